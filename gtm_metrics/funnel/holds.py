"""Does it hold up? A segment's lead without the last weeks, and among its like.

Pure functions of tallies. Each test is the Mantel-Haenszel ratio again, of fewer rows or over finer strata.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from gtm_metrics.estimates import FloatArray, credibly_apart, mantel_haenszel_interval
from gtm_metrics.funnel.beside import EVERYONE_ELSE, beside_everyone_else
from gtm_metrics.funnel.pools import object_frame
from gtm_metrics.funnel.rows import funnel
from gtm_metrics.funnel.segments import checked
from gtm_metrics.funnel.standing import AHEAD, BEHIND
from gtm_metrics.funnel.strata import beside_rest, strata_of
from gtm_metrics.metrics import Metric
from gtm_metrics.question import CROSS, Tally

ALL_DATA = "all_data"
WITHOUT_LAST = "without_last_weeks"
WITHIN = "within"
LAST_WEEKS = 4

HOLDS_COLUMNS = (
    "test", "within", "metric", "trials", "successes", "rest_trials", "rest_successes", "compared", "ratio", "low",
    "high", "ahead", "standing", "held", "status", "why",
)  # fmt: skip
WITHIN_COLUMNS = (
    "value", "trials", "successes", "estimate", "low", "high", "rest_estimate", "compared", "ratio", "ratio_low",
    "ratio_high", "ahead", "status", "why",
)  # fmt: skip


@dataclass(frozen=True)
class Tallies:
    """The tallies of one metric that its tests are made of, each by week and band of the same question.

    within   dimension -> the same grouped by that dimension too (Question.within)
    """

    metric: Metric
    all_data: Tally
    within: Mapping[str, Tally] = field(default_factory=dict)


def holds_up(segment: tuple[str, ...], tallies: Sequence[Tallies], last_weeks: int = LAST_WEEKS) -> pd.DataFrame:
    """HOLDS_COLUMNS, a row a test and metric: all the data, without the last weeks, within each further dimension;
    tests in that order, metrics as given.

    trials ... rest_successes   of the closed weeks that the test leaves; the rest is everyone else
    compared    the segment's trials that have someone else's beside them in the same stratum: week x band, x the
                further dimension where the test is within one
    ratio       times the rest: Mantel-Haenszel over these strata; low, high its 95 % interval (Greenland and Robins
                1985), for one look at one test. None where too early, and for an end that is not finite
    ahead       whether the ratio lies on the better side of 1, whatever the metric's direction; None without ratio
    standing    'ahead' or 'behind' where the whole interval lies off 1, else ''
    held        of the tests that take something away: whether still ahead where all the data are; None where all the
                data are not ahead, or nothing can be told
    status, why ok; too_early with the counts where fewer than the metric's minimum can be compared, on either side;
                or the tally's own

    A lead that is gone within a dimension was that dimension's (Simpson 1951); one that only gets wider
    intervals has fewer trials to stand on, so `held` follows the ratio and not the interval. Raises ValueError when
    last_weeks < 1, or a tally counts another metric, spells, or is not grouped as the test needs.
    """
    if last_weeks < 1:
        raise ValueError(f"last_weeks is {last_weeks}; leaving out at least 1 tests something")
    rows: list[dict[str, Any]] = []
    for of in tallies:
        whole = _row(ALL_DATA, "", segment, of.metric, of.all_data)
        tests = [_row(WITHOUT_LAST, "", segment, of.metric, _without_last(of.all_data, last_weeks))]
        for dimension, tally in of.within.items():
            if tally.status == "ok" and "within" not in tally.frame:
                raise ValueError(f"the tally within {dimension} is not grouped by it")
            tests.append(_row(WITHIN, dimension, segment, of.metric, tally))
        for test in tests:
            test["held"] = test["ahead"] if whole["ahead"] else None
        rows += [whole, *tests]
    order = list(dict.fromkeys((row["test"], row["within"]) for row in rows))
    kinds = [ALL_DATA, WITHOUT_LAST, WITHIN]
    rows.sort(key=lambda row: (kinds.index(row["test"]), order.index((row["test"], row["within"]))))
    return object_frame({name: [row[name] for row in rows] for name in HOLDS_COLUMNS})


def held_by_test(holds: pd.DataFrame) -> pd.DataFrame:
    """test | within | held | of, a row a test that takes something away: on how many metrics the lead is still there,
    of those where there was one and the test can tell. `of` 0 is no answer."""
    tests = holds[holds["test"] != ALL_DATA]
    rows = [
        {"test": test, "within": within, "held": sum(v is True for v in held), "of": sum(v is not None for v in held)}
        for (test, within), held in (
            (key, group["held"].tolist()) for key, group in tests.groupby(["test", "within"], sort=False)
        )
    ]
    return object_frame({name: [row[name] for row in rows] for name in ("test", "within", "held", "of")})


def within_each(segment: tuple[str, ...], metric: Metric, tally: Tally) -> pd.DataFrame:
    """WITHIN_COLUMNS, a row a value of the further dimension: the segment beside everyone else with that value.

    estimate, low, high and rest_estimate are as in funnel rows, ratio, its ends and ahead as in `holds_up`; what the
    one ratio within the dimension sums up. Values by code point. Empty where the tally is not ok. Raises ValueError
    when the tally is not grouped by a further dimension, or not as the metric's estimate needs (calls: by age).
    """
    checked(tally, metric)
    if tally.status != "ok":
        return object_frame({name: [] for name in WITHIN_COLUMNS})
    if "within" not in tally.frame:
        raise ValueError("the tally is not grouped by a further dimension")
    rows: list[dict[str, Any]] = []
    for value in sorted(tally.frame["within"].unique()):
        frame = tally.frame[tally.frame["within"] == value].drop(columns="within")
        part = replace(tally, frame=frame, question=replace(tally.question, within=None))
        two = beside_everyone_else(part, segment)
        found = {str(row["segment"]): row for row in funnel(two, metric).to_dict("records")}
        mine = found.get(CROSS.join(segment))
        if mine is None:
            continue
        row = {name: mine.get(name) for name in WITHIN_COLUMNS}
        compared = _row(WITHIN, "", segment, metric, part)
        ends = {"ratio_low": compared["low"], "ratio_high": compared["high"]}
        row |= ends | {name: compared[name] for name in ("compared", "ratio", "ahead")} | {"value": value}
        if EVERYONE_ELSE in found and mine["status"] == "ok":
            row |= {"status": compared["status"], "why": compared["why"]}
        rows.append(row)
    return object_frame({name: [row[name] for row in rows] for name in WITHIN_COLUMNS})


def _without_last(tally: Tally, weeks: int) -> Tally:
    """The closed weeks without the last ones."""
    if tally.status != "ok" or tally.last_week is None:
        return tally
    if "week" not in tally.frame:
        raise ValueError(f"the tally of {tally.metric} is not grouped by week, so its last weeks cannot be left out")
    until = pd.Timestamp(tally.last_week) - pd.Timedelta(weeks=weeks)
    return replace(tally, frame=tally.frame[tally.frame["week"] <= until], last_week=until.date())


def _row(test: str, within: str, segment: tuple[str, ...], metric: Metric, tally: Tally) -> dict[str, Any]:
    """One test of one metric: counts, ratio and what can be said of it; `held` None."""
    checked(tally, metric)
    row: dict[str, Any] = dict.fromkeys(HOLDS_COLUMNS)
    row |= {"test": test, "within": within, "metric": metric.name, "standing": ""}
    if tally.status != "ok":
        return row | {"status": tally.status, "why": tally.why}
    if metric.shape == "exposure" and "age" in tally.frame:
        raise ValueError(f"a tally of {metric.name} grouped by age counts spells, not {metric.unit}")
    closed = tally.closed
    outside = pd.Series(False, index=closed.index)
    for name, value in zip(("segment", "segment_2"), segment, strict=False):
        outside |= closed[name] != value
    trials, successes = (
        [int(closed.loc[side, column].sum()) for side in (~outside, outside)] for column in ("trials", "successes")
    )
    ratio, low, high, compared, beside = (
        float(value[0]) for value in beside_rest(strata_of(closed.assign(code=outside.astype(int))), 1, _compared)
    )
    row |= {
        "trials": trials[0],
        "successes": successes[0],
        "rest_trials": trials[1],
        "rest_successes": successes[1],
        "compared": int(compared),
        "status": "ok",
        "why": "",
    }
    if min(compared, beside) < metric.minimum:
        whose = "" if compared <= beside else " of everyone else"
        said = f"{int(min(compared, beside)):,} of {metric.minimum:,} {metric.unit}{whose} that can be compared"
        return row | {"status": "too_early", "why": said}
    better = 1 if metric.higher_is_better or metric.estimate == "calls" else -1
    apart = better * int(credibly_apart(low, high))
    # the rest without a success is behind by any factor: no ratio, but a side
    side = math.inf if math.isnan(ratio) and not math.isnan(low) else ratio
    return row | {
        "ratio": _finite(ratio),
        "low": _finite(low),
        "high": _finite(high),
        "ahead": None if math.isnan(side) else bool(side > 1 if better > 0 else side < 1),
        "standing": {1: AHEAD, -1: BEHIND}.get(apart, ""),
    }


def _compared(x: FloatArray, n: FloatArray, N: FloatArray, m: FloatArray) -> tuple[FloatArray, ...]:
    """(ratio, low, high, compared, beside): the trials of the segment that have a rest, and the rest's beside them."""
    both = (n > 0) & (n < N)
    return (
        *mantel_haenszel_interval(x, n, N, m),
        np.where(both, n, 0.0).sum(axis=-1),
        np.where(both, N - n, 0.0).sum(axis=-1),
    )


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
