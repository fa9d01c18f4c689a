"""Frozen weeks in, verdicts out: every registered segment of every watched dimension, week by week."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from gtm_metrics.metrics import Metric
from gtm_metrics.question import NOT_SET
from gtm_metrics.signal.accounts import LeaveOneOut
from gtm_metrics.signal.columns import column_of, columns_of, refresh_clock
from gtm_metrics.signal.comparisons import Comparison
from gtm_metrics.signal.details import details_of
from gtm_metrics.signal.histories import Entry, Moment, history_of
from gtm_metrics.signal.rules import Rules
from gtm_metrics.signal.states import luck_figure, shares_of_alpha

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
    moments: tuple[Moment, ...]


@dataclass(frozen=True)
class Judged:
    """What the weeks say.

    verdicts  one row per week, dimension and segment, from the segment's first week on; columns COLUMNS.
              week, since, evidence_since: Mondays of refresh weeks (datetime64). log_e_any, log_e_two: natural logs
              (log_e_two NaN where one metric is connected). threshold: plain e-value that log_e_two must reach.
              carrying: list of metric names. gates: {name: {passed, reason}} and metrics: {name: {...}} with
              weeks_to_decide (float or None) and why_not_decidable: those of the last week; {} , {}, None and ''
              elsewhere, see `at`. reopen: the detector's value, None without a standing signal.
    k         segments ever registered, over all dimensions; luck: the chance of ever naming a wrong one
    weeks     refresh weeks, Mondays
    """

    verdicts: pd.DataFrame
    k: int
    alpha: float
    luck: float
    weeks: tuple[date, ...]
    metrics: tuple[Metric, ...]
    rules: Rules
    candidates: tuple[Candidate, ...] = field(repr=False)
    comparisons: dict[str, Comparison] = field(repr=False)
    accounts: dict[str, LeaveOneOut] = field(repr=False)

    def at(self, week: Any) -> pd.DataFrame:
        """The rows of one refresh week with gates, metrics and waits filled in. KeyError when it was not judged."""
        column = column_of(week, refresh_clock(self.weeks))
        if column >= len(self.weeks) or self.weeks[column] != pd.Timestamp(week).date():
            raise KeyError(f"no refresh week is {week}; there are {self.weeks[0]} to {self.weeks[-1]}")
        return self._rows(column)

    def _rows(self, column: int) -> pd.DataFrame:
        rows = []
        for candidate in self.candidates:
            if column >= candidate.entry.first:
                row = _row(candidate, candidate.moments[column - candidate.entry.first], self.weeks, self.metrics)
                moment = candidate.moments[column - candidate.entry.first]
                known = details_of(
                    self.comparisons[candidate.dimension],
                    candidate.entry,
                    moment,
                    self.weeks,
                    self.accounts[candidate.dimension],
                )
                rows.append({**row, **known})
        return _frame(rows)


def judged(
    frozen: pd.DataFrame,
    registry: pd.DataFrame,
    metrics: Sequence[Metric],
    weeks: Sequence[Any],
    rules: Rules | None = None,
    decisions: pd.DataFrame | None = None,
    accounts: pd.DataFrame | None = None,
) -> Judged:
    """Every registered segment's state in every refresh week. Later weeks never change what earlier ones said.

    frozen     dimension, metric, week (its own, Monday), segment ("(not set)" included), band, trials, successes
    registry   dimension, segment, first_week (refresh week its evidence counts from), batch, k, epoch and, where
               known, registered_week (refresh week of registration: data up to it fix the comparison periods) and
               thesis (it was named in advance: then it has half of its batch's alpha; theses, how many of its batch
               were, where that cannot be told from the rows). Who is named later has no part in it.
               Segments in no row of it, and "(not set)", only serve as part of the rest. Of a segment registered in
               several epochs the latest counts.
    metrics    the evidence metrics connected at registration, in order; their number M is fixed then
    weeks      refresh weeks in order, consecutive Mondays
    decisions  kind, dimension, segment, week: of kind tighten and loose, others count for nothing
    accounts   dimension, segment, metric, account_id, week, band, trials, successes: what gate 5 leaves out. None
               judges without that gate; a segment without rows does not pass it.
    Raises ValueError when there is no metric, or weeks are no consecutive Mondays.
    """
    if not metrics:
        raise ValueError("a verdict needs at least one evidence metric")
    rules = Rules() if rules is None else rules
    clock = refresh_clock(weeks)
    mondays = tuple(pd.Timestamp(week).date() for week in clock)
    registered = _latest(registry)
    comparisons, leave_one_out, candidates = {}, {}, []
    for columns in columns_of(frozen, registered, metrics, weeks, rules):
        mine = registered[registered["dimension"] == columns.dimension]
        rows = tuple(columns.row(segment) for segment in mine["segment"])
        comparison = Comparison(columns, rows, rules)
        out = LeaveOneOut(comparison, accounts, mondays)
        comparisons[columns.dimension], leave_one_out[columns.dimension] = comparison, out
        entries = [_entry(one, columns.row(str(one.segment)), clock) for one in mine.itertuples()]
        for first in {entry.first for entry in entries}:
            comparison.prepare(first, [entry.row for entry in entries if entry.first == first])
        for entry in entries:
            segment = columns.segments[entry.row]
            decided = _decided(decisions, columns.dimension, segment, clock)
            moments = tuple(history_of(comparison, entry, decided, out))
            candidates.append(Candidate(columns.dimension, segment, entry, entry.thesis, moments))
    candidates.sort(key=lambda one: (one.dimension, one.segment))
    batches = int(registered["batch"].max()) if len(registered) else 1
    unfilled = Judged(
        verdicts=_frame([]),
        k=int(registered["k"].max()) if len(registered) else 0,
        alpha=rules.alpha,
        luck=luck_figure(rules.alpha, batches),
        weeks=mondays,
        metrics=tuple(metrics),
        rules=rules,
        candidates=tuple(candidates),
        comparisons=comparisons,
        accounts=leave_one_out,
    )
    past = [
        _row(candidate, moment, mondays, unfilled.metrics)
        for column in range(len(mondays) - 1)
        for candidate in candidates
        if column >= candidate.entry.first
        for moment in (candidate.moments[column - candidate.entry.first],)
    ]
    verdicts = pd.concat([_frame(past), unfilled.at(mondays[-1])], ignore_index=True)
    return Judged(**{**unfilled.__dict__, "verdicts": verdicts})


def _latest(registry: pd.DataFrame) -> pd.DataFrame:
    """The rows that may win: no "(not set)", each segment in its latest epoch; with thesis and theses."""
    rows = registry[registry["segment"] != NOT_SET]
    if "thesis" not in rows:
        rows = rows.assign(thesis=False)
    if "theses" not in rows:
        rows = rows.assign(theses=rows.groupby("batch")["thesis"].transform("sum"))
    return rows.sort_values("epoch", kind="stable").drop_duplicates(["dimension", "segment"], keep="last")


def _entry(registered: Any, row: int, clock: np.ndarray[Any, Any]) -> Entry:
    batch, k, is_thesis = int(registered.batch), int(registered.k), bool(registered.thesis)
    thesis, others = shares_of_alpha(k, int(registered.theses))
    first = column_of(registered.first_week, clock)
    return Entry(row, first, batch, int(registered.epoch), k, thesis if is_thesis else others, is_thesis)


def _decided(
    decisions: pd.DataFrame | None, dimension: str, segment: str, clock: np.ndarray[Any, Any]
) -> dict[int, str]:
    """column -> tighten or loose, for one segment; of several in a week the last."""
    if decisions is None or decisions.empty:
        return {}
    mine = decisions[
        (decisions["dimension"] == dimension)
        & (decisions["segment"] == segment)
        & decisions["kind"].isin(["tighten", "loose"])
    ]
    return {column_of(one.week, clock): str(one.kind) for one in mine.itertuples()}


def _row(
    candidate: Candidate, moment: Moment, weeks: tuple[date, ...], metrics: tuple[Metric, ...]
) -> dict[str, object]:
    start = weeks[min(moment.start, len(weeks) - 1)]
    return {
        "week": weeks[moment.column],
        "dimension": candidate.dimension,
        "segment": candidate.segment,
        "epoch": candidate.entry.epoch,
        "batch": candidate.entry.batch,
        "state": moment.state,
        "since": weeks[moment.since],
        "log_e_any": moment.log_e_any,
        "log_e_two": moment.log_e_two if len(metrics) > 1 else np.nan,
        "threshold": float(np.exp(moment.log_threshold)),
        "carrying": [metrics[k].name for k in moment.carrying],
        "gates": {},
        "weeks_to_decide": None,
        "why_not_decidable": "",
        "fading": moment.fading,
        "metrics": {},
        "reopened_before": moment.reopened_before,
        "reopen": _watched(moment),
        "evidence_since": start,
        "thesis": candidate.thesis,
    }


def _watched(moment: Moment) -> float | None:
    """The reopening detector's value, 0 in the week of the signal; None where no signal stood."""
    if moment.signal is None and not np.isfinite(moment.reopen):
        return None
    return float(np.exp(min(moment.reopen, 700.0)))


def _frame(rows: list[dict[str, object]]) -> pd.DataFrame:
    """Rows as a frame in which missing is None, never NaN, but for log_e_two."""
    frame = pd.DataFrame({name: pd.Series([row[name] for row in rows], dtype=object) for name in COLUMNS})
    for name in ("week", "since", "evidence_since"):
        frame[name] = pd.to_datetime(frame[name])
    kinds = dict.fromkeys(("log_e_any", "log_e_two", "threshold"), "float64")
    whole = dict.fromkeys(("epoch", "batch", "reopened_before"), "int64")
    text = dict.fromkeys(("dimension", "segment", "state", "why_not_decidable"), "str")
    return frame.astype({**kinds, **whole, **text, "fading": "bool", "thesis": "bool"})
