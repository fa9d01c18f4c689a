"""Frozen weeks in, verdicts out: every registered segment of every watched dimension, week by week."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, partial
from typing import Any

import numpy as np
import pandas as pd

from gtm_metrics.metrics import Metric
from gtm_metrics.question import NOT_SET
from gtm_metrics.signal.accounts import LeaveOneOut
from gtm_metrics.signal.carried import Carried, go_on, key_of, leave
from gtm_metrics.signal.columns import column_of, columns_of, refresh_clock
from gtm_metrics.signal.comparisons import Comparison
from gtm_metrics.signal.details import Said, details_of
from gtm_metrics.signal.histories import Entry, history_of
from gtm_metrics.signal.moments import packed, unpacked
from gtm_metrics.signal.rows import Candidate, rows_of
from gtm_metrics.signal.rules import Rules
from gtm_metrics.signal.states import luck_figure, shares_of_alpha


@dataclass(frozen=True)
class Judged:
    """What the weeks say.

    k         segments ever registered, over all dimensions; luck: the chance of ever naming a wrong one
    weeks     refresh weeks, Mondays
    last      gates, metrics and waits of the last week, of each candidate that is judged in it
    carried   by dimension, what spares the judgement of one more week that of all weeks before it
    """

    k: int
    alpha: float
    luck: float
    weeks: tuple[date, ...]
    metrics: tuple[Metric, ...]
    rules: Rules
    candidates: tuple[Candidate, ...] = field(repr=False)
    comparisons: dict[str, Comparison] = field(repr=False)
    accounts: dict[str, LeaveOneOut] = field(repr=False)
    last: tuple[Said, ...] = field(repr=False)
    carried: dict[str, Carried] = field(repr=False)

    @cached_property
    def verdicts(self) -> pd.DataFrame:
        """One row per week, dimension and segment, from the segment's first week on; columns COLUMNS.

        week, since, evidence_since: Mondays of refresh weeks (datetime64). log_e_any, log_e_two: natural logs
        (log_e_two NaN where one metric is connected). threshold: plain e-value that log_e_two must reach. carrying:
        list of metric names. gates: {name: {passed, reason}} and metrics: {name: {...}} with weeks_to_decide (float or
        None) and why_not_decidable: those of the last week; {}, {}, None and '' elsewhere, see `at`. reopen: the
        detector's value, None without a standing signal.
        """
        return self.since(self.weeks[0])

    def since(self, week: date) -> pd.DataFrame:
        """The rows of `verdicts` from a refresh week on."""
        return rows_of(
            self.candidates, range(self.weeks.index(week), len(self.weeks)), self.weeks, self.metrics, self.last
        )

    def at(self, week: Any) -> pd.DataFrame:
        """The rows of one refresh week with gates, metrics and waits filled in. KeyError when it was not judged."""
        column = column_of(week, refresh_clock(self.weeks))
        if column >= len(self.weeks) or self.weeks[column] != pd.Timestamp(week).date():
            raise KeyError(f"no refresh week is {week}; there are {self.weeks[0]} to {self.weeks[-1]}")
        known = _details(self.candidates, self.comparisons, self.accounts, self.weeks, column)
        return rows_of(self.candidates, range(column, column + 1), self.weeks, self.metrics, known)


def judged(
    frozen: pd.DataFrame,
    registry: pd.DataFrame,
    metrics: Sequence[Metric],
    weeks: Sequence[Any],
    rules: Rules | None = None,
    decisions: pd.DataFrame | None = None,
    accounts: pd.DataFrame | None = None,
    carried: Mapping[str, Carried] | None = None,
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
    carried    what a judgement of fewer of these weeks left (`Judged.carried`); where it was judged from anything else
               it is not used, and what comes out is the same with it and without
    Raises ValueError when there is no metric, or weeks are no consecutive Mondays.
    """
    if not metrics:
        raise ValueError("a verdict needs at least one evidence metric")
    rules = Rules() if rules is None else rules
    clock = refresh_clock(weeks)
    mondays = tuple(pd.Timestamp(week).date() for week in clock)
    registered = _latest(registry)
    comparisons, leave_one_out, left = {}, {}, {}
    candidates: list[Candidate] = []
    for columns in columns_of(frozen, registered, metrics, weeks, rules):
        mine = registered[registered["dimension"] == columns.dimension]
        rows = tuple(columns.row(segment) for segment in mine["segment"])
        entries = [_entry(one, columns.row(str(one.segment)), clock, rules) for one in mine.itertuples()]
        decided = [_decided(decisions, columns.dimension, columns.segments[row], clock) for row in rows]
        comparison = Comparison(columns, rows, rules)
        out = LeaveOneOut(comparison, accounts, mondays)
        key = partial(key_of, columns, clock[0], entries, decided, accounts is not None, rules)
        go_on(comparison, out, (carried or {}).get(columns.dimension), key)
        comparisons[columns.dimension], leave_one_out[columns.dimension] = comparison, out
        for first in {entry.first for entry in entries}:
            comparison.prepare(first, [entry.row for entry in entries if entry.first == first])
        stood = unpacked(comparison.before.get("history"))
        histories = {
            entry.row: history_of(comparison, entry, decision, out.consult, stood.get(entry.row))
            for entry, decision in zip(entries, decided, strict=True)
        }
        comparison.after["history"] = packed(histories)
        candidates += [
            Candidate(columns.dimension, columns.segments[one.row], one, one.thesis, histories[one.row])
            for one in entries
        ]
        left[columns.dimension] = key
    candidates.sort(key=lambda one: (one.dimension, one.segment))
    batches = int(registered["batch"].max()) if len(registered) else 1
    last = _details(candidates, comparisons, leave_one_out, mondays, len(mondays) - 1)
    return Judged(
        k=int(registered["k"].max()) if len(registered) else 0,
        alpha=rules.alpha,
        luck=luck_figure(rules.alpha, batches),
        weeks=mondays,
        metrics=tuple(metrics),
        rules=rules,
        candidates=tuple(candidates),
        comparisons=comparisons,
        accounts=leave_one_out,
        last=last,
        carried={name: leave(comparisons[name], leave_one_out[name], len(mondays), key) for name, key in left.items()},
    )


def _details(
    candidates: Sequence[Candidate],
    comparisons: Mapping[str, Comparison],
    accounts: Mapping[str, LeaveOneOut],
    weeks: tuple[date, ...],
    column: int,
) -> tuple[Said, ...]:
    """Gates, metrics and waits of a column, of each candidate that is judged in it."""
    return tuple(
        details_of(comparisons[one.dimension], one.entry, one.at(column), weeks, accounts[one.dimension])
        for one in candidates
        if column >= one.entry.first
    )


def _latest(registry: pd.DataFrame) -> pd.DataFrame:
    """The rows that may win: no "(not set)", each segment in its latest epoch; with thesis and theses."""
    rows = registry[registry["segment"] != NOT_SET]
    if "thesis" not in rows:
        rows = rows.assign(thesis=False)
    if "theses" not in rows:
        rows = rows.assign(theses=rows["batch"].map(rows["thesis"].astype(int).groupby(rows["batch"]).sum()))
    return rows.sort_values("epoch", kind="stable").drop_duplicates(["dimension", "segment"], keep="last")


def _entry(registered: Any, row: int, clock: np.ndarray[Any, Any], rules: Rules) -> Entry:
    batch, k, is_thesis = int(registered.batch), int(registered.k), bool(registered.thesis)
    thesis, others = shares_of_alpha(k, int(registered.theses), rules.thesis_share)
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
