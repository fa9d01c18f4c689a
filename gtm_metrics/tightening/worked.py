"""Did it work: a segment's measures before and since the decision, beside everyone else's in the same weeks."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from gtm_metrics.estimates import Z95
from gtm_metrics.funnel import EVERYONE_ELSE, beside_everyone_else, funnel
from gtm_metrics.funnel.pools import object_frame
from gtm_metrics.metrics import Metric
from gtm_metrics.question import Tally

MORE, LESS, LEVEL = "more", "less", "level"
WORKED_COLUMNS = (
    "metric", "segment", "trials_before", "successes_before", "before", "before_low", "before_high",
    "trials_since", "successes_since", "since", "low", "high", "moved", "moved_low", "moved_high", "standing", "why",
)  # fmt: skip


def worked(before: Tally, since: Tally, metric: Metric, segment: str) -> pd.DataFrame:
    """Two rows of a metric, the segment's and everyone else's, each before and since.

    before, since   estimate with its 95 % interval; None below the metric's minimum, the counts stay and `why` says it
    moved           of the segment: how many times its odds of success grew as much as everyone else's, with its 95 %
                    interval (Woolf 1955, half a count added to each cell as in Haldane 1955); 1 is as much. A season
                    that lifts all is no merit of the decision. None where a side is too early
    standing        'more' where the whole interval lies on the better side of 1, 'less' on the worse, 'level' between;
                    '' where it is not told

    Counted are closed weeks. Raises ValueError as `funnel.funnel` does.
    """
    sides = {
        name: {str(row["segment"]): row for row in _rows(tally, metric, segment).to_dict("records")}
        for name, tally in (("before", before), ("since", since))
    }
    moved = _moved(sides, segment)
    rows = []
    for name in (segment, EVERYONE_ELSE):
        then, now = (sides[side].get(name, {}) for side in ("before", "since"))
        mine: tuple[Any, ...] = moved if name == segment and moved else (None, None, None)
        why = next((str(row["why"]) for row in (then, now) if row.get("why")), "" if then and now else "nothing yet")
        rows.append(
            {
                "metric": metric.name, "segment": name,
                "trials_before": then.get("trials"), "successes_before": then.get("successes"),
                "before": then.get("estimate"), "before_low": then.get("low"), "before_high": then.get("high"),
                "trials_since": now.get("trials"), "successes_since": now.get("successes"),
                "since": now.get("estimate"), "low": now.get("low"), "high": now.get("high"),
                "moved": mine[0], "moved_low": mine[1], "moved_high": mine[2],
                "standing": _standing(mine, metric), "why": why,
            }
        )  # fmt: skip
    return object_frame({name: [row[name] for row in rows] for name in WORKED_COLUMNS})


def _rows(tally: Tally, metric: Metric, segment: str) -> pd.DataFrame:
    beside = beside_everyone_else(tally, (segment,)) if tally.status == "ok" else tally
    return funnel(beside, metric)


def _moved(sides: dict[str, dict[str, Any]], segment: str) -> tuple[float, float, float] | None:
    """(ratio, low, high) of the two odds ratios since : before; None where a side has no estimate."""
    rows = [sides[side].get(name) for name in (segment, EVERYONE_ELSE) for side in ("since", "before")]
    if any(row is None or row["estimate"] is None for row in rows):
        return None
    logs, spread = [], 0.0
    for row in rows:
        assert row is not None
        x, rest = row["successes"] + 0.5, row["trials"] - row["successes"] + 0.5
        logs.append(math.log(x / rest))
        spread += 1 / x + 1 / rest
    moved, reach = (logs[0] - logs[1]) - (logs[2] - logs[3]), Z95 * math.sqrt(spread)
    return math.exp(moved), math.exp(moved - reach), math.exp(moved + reach)


def _standing(moved: tuple[Any, ...], metric: Metric) -> str:
    ratio, low, high = moved
    if ratio is None:
        return ""
    # a call on which nobody understood is a failure: of calls to understanding, too, more success is better
    better = metric.higher_is_better or metric.estimate == "calls"
    if low > 1:
        return MORE if better else LESS
    if high < 1:
        return LESS if better else MORE
    return LEVEL
