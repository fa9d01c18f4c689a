"""Frozen weeks that the warehouse tells otherwise now: noticed once and kept; what was frozen stays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pandas as pd

from gtm_metrics.company import Company
from gtm_metrics.journal.tables import LATE, RECLASSIFIED
from gtm_metrics.metrics import Metric
from gtm_metrics.refresh.counting import Spans, count
from gtm_metrics.warehouse import Warehouse

NUMBERS = ["trials", "successes"]
CELL = ["dimension", "metric", "week", "segment"]


def restated(
    warehouse: Warehouse,
    company: Company,
    metrics: Sequence[Metric],
    dimensions: Sequence[str],
    week: date,
    spans: Spans,
    frozen: pd.DataFrame,
    noticed: pd.DataFrame,
    full: bool,
) -> list[dict[str, Any]]:
    """Rows of tables.Restatement (without epoch and noticed_in): what moved since it was frozen or last noticed.

    Totals a week are asked for over all frozen weeks, and by segment where they moved; with `full` by segment over
    all of them, which also finds what only changed its segment.
    """
    rows: list[dict[str, Any]] = []
    told = _told(frozen, noticed)
    for metric in metrics:
        mine = [d for d in dimensions if metric.name in spans.get(d, {})]
        weeks = {} if full else _moved(warehouse, company, metric, mine, week, spans, told)
        for dimension in mine:
            begin, last = spans[dimension][metric.name]
            first, until = (begin and date.fromisoformat(begin)), date.fromisoformat(str(last))
            if not full:
                if not weeks.get(dimension):
                    continue
                first, until = min(weeks[dimension]), max(weeks[dimension])
            now = count(warehouse, company, metric, (dimension,), week, first or None, until)
            if now is None:
                continue
            before = told[(told["dimension"] == dimension) & (told["metric"] == metric.name)]
            asked = None if full else {pd.Timestamp(w) for w in weeks[dimension]}
            rows += _rows(metric.name, dimension, before, now, frozen, asked, until)
    return rows


def _told(frozen: pd.DataFrame, noticed: pd.DataFrame) -> pd.DataFrame:
    """What the warehouse last told of every cell over its bands: as it was frozen, or as it was noticed since."""
    told = frozen.groupby(CELL, as_index=False)[NUMBERS].sum()
    if noticed.empty:
        return told
    newest = noticed.drop_duplicates(CELL, keep="last")
    since = newest[CELL].assign(trials=newest["now_trials"], successes=newest["now_successes"])
    both = pd.concat([told, since.astype(dict.fromkeys(NUMBERS, "int64"))], ignore_index=True)
    return both.drop_duplicates(CELL, keep="last").reset_index(drop=True)


def _moved(
    warehouse: Warehouse,
    company: Company,
    metric: Metric,
    dimensions: Sequence[str],
    week: date,
    spans: Spans,
    told: pd.DataFrame,
) -> dict[str, set[date]]:
    """{dimension: weeks whose total differs}; one query for all dimensions, because a total has none."""
    if not dimensions:
        return {}
    begins = [spans[d][metric.name][0] for d in dimensions]
    first = None if None in begins else min(date.fromisoformat(str(b)) for b in begins)
    last = max(date.fromisoformat(str(spans[d][metric.name][1])) for d in dimensions)
    counted = count(warehouse, company, metric, (), week, first, last)
    if counted is None:
        return {}
    now = counted.groupby("week")[NUMBERS].sum()
    found: dict[str, set[date]] = {}
    for dimension in dimensions:
        begin, until = spans[dimension][metric.name]
        mine = told[(told["dimension"] == dimension) & (told["metric"] == metric.name)]
        both = _beside(now, mine.groupby("week")[NUMBERS].sum(), "_then")
        both = both[both.index <= pd.Timestamp(str(until))]
        if begin is not None:
            both = both[both.index >= pd.Timestamp(begin)]
        differs = (both["trials_now"] != both["trials_then"]) | (both["successes_now"] != both["successes_then"])
        found[dimension] = {w.date() for w in both.index[differs]}
    return found


def _beside(now: pd.DataFrame, other: pd.DataFrame, suffix: str) -> pd.DataFrame:
    """trials and successes of both, of whatever either has; what the other lacks is a count of 0."""
    both = now.merge(other, how="outer", left_index=True, right_index=True, suffixes=("_now", suffix))
    return both.fillna(0).astype("int64")


def _rows(
    metric: str,
    dimension: str,
    before: pd.DataFrame,
    counted: pd.DataFrame,
    frozen: pd.DataFrame,
    asked: set[pd.Timestamp] | None,
    until: date,
) -> list[dict[str, Any]]:
    """A row a cell that moved since it was last told; `then` is what was frozen."""
    now = counted.groupby(["week", "segment"])[NUMBERS].sum()
    last = before.set_index(["week", "segment"])[NUMBERS]
    mine = frozen[(frozen["dimension"] == dimension) & (frozen["metric"] == metric)]
    then = mine.groupby(["week", "segment"])[NUMBERS].sum()
    both = _beside(now, last, "_last").join(then).fillna(0).astype("int64").reset_index()
    both = both[both["week"] <= pd.Timestamp(until)]
    if asked is not None:
        both = both[both["week"].isin(asked)]
    totals = both.groupby("week")[[f"{n}_{at}" for n in NUMBERS for at in ("now", "last")]].sum()
    same = (totals["trials_now"] == totals["trials_last"]) & (totals["successes_now"] == totals["successes_last"])
    moved = both[(both["trials_now"] != both["trials_last"]) | (both["successes_now"] != both["successes_last"])]
    return [
        {
            "dimension": dimension,
            "metric": metric,
            "week": cell["week"].date(),
            "segment": cell["segment"],
            "kind": RECLASSIFIED if same[cell["week"]] else LATE,
            "then_trials": cell["trials"],
            "then_successes": cell["successes"],
            "now_trials": cell["trials_now"],
            "now_successes": cell["successes_now"],
        }
        for cell in moved.to_dict("records")
    ]
