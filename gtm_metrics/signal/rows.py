"""What was judged as rows: one a week, dimension and segment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gtm_metrics.metrics import Metric
from gtm_metrics.signal.details import Said
from gtm_metrics.signal.histories import Entry
from gtm_metrics.signal.moments import History, Moment, history_from, joined
from gtm_metrics.signal.states import STATES

COLUMNS = (
    "week",
    "dimension",
    "segment",
    "epoch",
    "batch",
    "state",
    "since",
    "log_e_any",
    "log_e_two",
    "threshold",
    "carrying",
    "gates",
    "weeks_to_decide",
    "why_not_decidable",
    "fading",
    "metrics",
    "reopened_before",
    "reopen",
    "evidence_since",
    "thesis",
)


@dataclass(frozen=True)
class Candidate:
    """A registered segment with all that was judged of it."""

    dimension: str
    segment: str
    entry: Entry
    thesis: bool
    history: History

    def at(self, column: int) -> Moment:
        """What was judged of it in a column."""
        return self.history.at(column)


def rows_of(
    candidates: Sequence[Candidate],
    columns: range,
    weeks: tuple[date, ...],
    metrics: tuple[Metric, ...],
    known: Sequence[Said],
) -> pd.DataFrame:
    """The rows of these columns, in the order of their weeks and, within one, of the candidates.

    known  gates, metrics and waits of the last of the columns, of each candidate that has a row in it. Missing is
           None, never NaN, but for log_e_two. Rows that are told the same share it: it is there to be read.
    """
    begin, end = (
        [int(one.history.column.searchsorted(at)) for one in candidates] for at in (columns.start, columns.stop)
    )
    parts = [one.history.taken(slice(*cut)) for one, *cut in zip(candidates, begin, end, strict=True)]
    of = joined([history_from([], len(metrics)), *parts])
    who = np.repeat(np.arange(len(candidates)), [len(part.column) for part in parts])
    order = np.lexsort((who, of.column))
    of, who = of.taken(order), who[order]
    mondays = np.array(weeks, dtype="datetime64[s]")
    names = [metric.name for metric in metrics]
    kinds, which = np.unique(of.carrying, axis=0, return_inverse=True)
    carrying = [[names[k] for k in places if k >= 0] for places in kinds]
    watched = np.exp(np.minimum(of.reopen, 700.0)).astype(object)
    watched[(of.signal < 0) & ~np.isfinite(of.reopen)] = None
    entries = [one.entry for one in candidates]
    rows: dict[str, Any] = {
        "week": mondays[of.column],
        "dimension": _text([one.dimension for one in candidates], who),
        "segment": _text([one.segment for one in candidates], who),
        "epoch": np.array([entry.epoch for entry in entries], dtype=np.int64)[who],
        "batch": np.array([entry.batch for entry in entries], dtype=np.int64)[who],
        "state": _text(STATES, of.state),
        "since": mondays[of.since],
        "log_e_any": of.log_e_any,
        "log_e_two": of.log_e_two if len(names) > 1 else np.full(len(who), np.nan),
        "threshold": np.exp(of.log_threshold),
        "carrying": _objects([carrying[i] for i in which.ravel().tolist()]),
        "gates": _objects([{}] * len(who)),
        "weeks_to_decide": np.full(len(who), None),
        "fading": of.fading,
        "metrics": _objects([{}] * len(who)),
        "reopened_before": of.reopened_before,
        "reopen": watched,
        "evidence_since": mondays[np.minimum(of.start, len(mondays) - 1)],
        "thesis": np.array([one.thesis for one in candidates], dtype=bool)[who],
    }
    last = len(who) - len(known)
    why = [""] * last + [str(one["why_not_decidable"]) for one in known]
    for name in ("gates", "metrics", "weeks_to_decide"):
        rows[name][last:] = _objects([one[name] for one in known])
    rows["why_not_decidable"] = pd.array(why, dtype="str")
    return pd.DataFrame({name: rows[name] for name in COLUMNS})


def _text(names: Sequence[str], which: NDArray[np.int64]) -> Any:
    """names[which], turned into text once a name."""
    return pd.array(list(names), dtype="str").take(which)


def _objects(values: Sequence[object]) -> NDArray[np.object_]:
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out
