"""Frozen weeks that the warehouse tells otherwise now: noticed once and kept; what was frozen stays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from gtm_metrics.journal.tables import LATE, RECLASSIFIED
from gtm_metrics.refresh.counting import Counts, Spans

NUMBERS = ["trials", "successes"]
CELL = ["dimension", "metric", "week", "segment"]


def restated(
    counts: Sequence[Counts], spans: Spans, frozen: pd.DataFrame, noticed: pd.DataFrame
) -> list[dict[str, Any]]:
    """Rows of tables.Restatement (without epoch and noticed_in): what moved since it was frozen or last noticed.

    Of every series those weeks are compared that were frozen before (`spans`) and were asked for again. Late: the
    week's total moved. Reclassified: only segments did.
    """
    told = _told(frozen, noticed)
    rows: list[dict[str, Any]] = []
    for series in counts:
        span = spans.get(series.dimension, {}).get(series.metric)
        if span is None:
            continue
        first, until = series.first or series.begin, pd.Timestamp(str(span[1]))
        last, then = (_within(_of(frame, series), first, until) for frame in (told, frozen))
        rows += _rows(series, last, then, _within(series.cells, first, until))
    return rows


def _of(frame: pd.DataFrame, series: Counts) -> pd.DataFrame:
    return frame[(frame["dimension"] == series.dimension) & (frame["metric"] == series.metric)]


def _within(frame: pd.DataFrame, first: Any, until: pd.Timestamp) -> pd.DataFrame:
    inside = frame["week"] <= until
    return frame[inside if first is None else inside & (frame["week"] >= pd.Timestamp(first))]


def _told(frozen: pd.DataFrame, noticed: pd.DataFrame) -> pd.DataFrame:
    """What the warehouse last told of every cell over its bands: as it was frozen, or as it was noticed since."""
    told = frozen.groupby(CELL, as_index=False)[NUMBERS].sum()
    if noticed.empty:
        return told
    newest = noticed.drop_duplicates(CELL, keep="last")
    since = newest[CELL].assign(trials=newest["now_trials"], successes=newest["now_successes"])
    both = pd.concat([told, since.astype(dict.fromkeys(NUMBERS, "int64"))], ignore_index=True)
    return both.drop_duplicates(CELL, keep="last").reset_index(drop=True)


def _rows(series: Counts, before: pd.DataFrame, frozen: pd.DataFrame, counted: pd.DataFrame) -> list[dict[str, Any]]:
    """A row a cell that moved since it was last told (`before`); `then` is what was frozen."""
    now = counted.groupby(["week", "segment"])[NUMBERS].sum()
    last = before.set_index(["week", "segment"])[NUMBERS]
    then = frozen.groupby(["week", "segment"])[NUMBERS].sum()
    # what either lacks is a count of 0
    both = now.merge(last, how="outer", left_index=True, right_index=True, suffixes=("_now", "_last"))
    both = both.join(then).fillna(0).astype("int64").reset_index()
    totals = both.groupby("week")[[f"{n}_{at}" for n in NUMBERS for at in ("now", "last")]].sum()
    same = (totals["trials_now"] == totals["trials_last"]) & (totals["successes_now"] == totals["successes_last"])
    moved = both[(both["trials_now"] != both["trials_last"]) | (both["successes_now"] != both["successes_last"])]
    return [
        {
            "dimension": series.dimension,
            "metric": series.metric,
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
