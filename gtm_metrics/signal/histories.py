"""The history of one segment: week by week from evidence, gates and decisions to its state.

What a week says rests on that week's column and those before it, so later weeks change nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gtm_metrics.signal.columns import Floats
from gtm_metrics.signal.comparisons import Comparison, Run
from gtm_metrics.signal.gates import (
    BlockLead,
    Gate,
    ahead_on_all,
    block_lead,
    is_fading,
    lead_blocks,
    material,
    most_events,
    nothing_worse,
    without_top_account,
)
from gtm_metrics.signal.moments import History, Moment, history_from
from gtm_metrics.signal.rules import Rules
from gtm_metrics.signal.states import (
    LATCHED,
    REOPENED,
    STATES,
    STAY_LOOSE,
    TIGHTEN_NOW,
    TIGHTENED,
    carrying_metrics,
    log_threshold,
    signal_state,
)

Accounts = Callable[[int, int, int], "list[tuple[str, float]] | None"]
"""(row, start, column) -> log better-on-two evidence without each top account; None: judged without accounts."""


@dataclass(frozen=True)
class Entry:
    """A segment as it was registered: its row, first column, batch, epoch, K, and h, how many share alpha; whether it
    was named in advance."""

    row: int
    first: int
    batch: int
    epoch: int
    k: int
    h: float
    thesis: bool = False


@dataclass(frozen=True)
class Watch:
    """A standing signal: its column, the metrics that carry it, and from the week after it the reopening detector
    and the largest evidence of being worse, both (column,) in logs."""

    column: int
    carrying: tuple[int, ...]
    detector: Floats
    worse: Floats

    def lost(self, column: int, rules: Rules) -> bool:
        """The lead is lost: the detector reached 260, or some metric is credibly worse since the signal."""
        if column <= self.column:
            return False
        return bool(self.detector[column] >= np.log(rules.reopen_weeks) or self.worse[column] >= np.log(rules.worse))


def lead_of(comparison: Comparison, row: int, start: int, column: int) -> tuple[BlockLead, int]:
    """The segment's lead in recent blocks since `start`, and the metric with most events on which it is counted."""
    weekly, span = comparison.weekly, slice(start, column + 1)
    k = most_events(weekly.expected[:, row, span])
    o, e, v = (one[k, row, span] for one in (weekly.observed, weekly.expected, weekly.variance))
    return block_lead(o, e, v, comparison.signs[k], comparison.rules), k


def cheap_gates(comparison: Comparison, row: int, run: Run, column: int) -> tuple[Gate, Gate]:
    """Gates 1 and 3, which need no shrinkage."""
    lead, k = lead_of(comparison, row, run.start, column)
    worse = nothing_worse(run.log_e_worse[:, column], comparison.labels, comparison.rules)
    return lead_blocks(lead, comparison.labels[k], comparison.rules), worse


def ratio_gates(comparison: Comparison, row: int, run: Run, column: int) -> tuple[Gate, Gate]:
    """Gates 2 and 4, from the shrunken ratios."""
    ratios = comparison.ratios(row, run.start, column)
    shares = comparison.sums(run.start).fair_share[:, row, column]
    rules, signs, labels = comparison.rules, comparison.signs, comparison.labels
    return ahead_on_all(ratios, shares, signs, labels, rules), material(ratios, signs, labels, rules)


def gates_of(comparison: Comparison, row: int, run: Run, column: int, accounts: Accounts) -> tuple[Gate, ...]:
    """All five gates, in order."""
    one, three = cheap_gates(comparison, row, run, column)
    two, four = ratio_gates(comparison, row, run, column)
    if run.log_e_two[column] < np.log(comparison.rules.account):
        reason = f"The evidence on two metrics is below {comparison.rules.account:g} to 1 with all its accounts"
        five = Gate("without_top_account", False, reason)
    else:
        five = without_top_account(accounts(row, run.start, column), comparison.rules)
    return one, two, three, four, five


def may_be_material(comparison: Comparison, row: int, start: int, column: int) -> bool:
    """Whether gate 4 can be passed at all: shrinking draws a ratio towards 1, never beyond the plain one."""
    sums = comparison.sums(start)
    o, e = sums.beside_rest[:, row, column], sums.expected_rest[:, row, column]
    times = comparison.rules.material_ratio * (1 - 1e-9)
    ahead = np.where(np.array(comparison.signs) > 0, (o > 0) & (o >= times * e), (e > 0) & (e >= times * o))
    return int(ahead.sum()) >= 2


def all_pass(comparison: Comparison, row: int, run: Run, column: int, accounts: Accounts) -> bool:
    """Whether all five are passed, asked from the cheapest on and no further than the first that is not."""
    return (
        all(gate.passed for gate in cheap_gates(comparison, row, run, column))
        and may_be_material(comparison, row, run.start, column)
        and all(gate.passed for gate in ratio_gates(comparison, row, run, column))
        and without_top_account(accounts(row, run.start, column), comparison.rules).passed
    )


def enough_data(comparison: Comparison, row: int, first: int) -> NDArray[np.bool_]:
    """Per column: 8 columns with data since the segment's first week, and two metrics (one, where only one is
    connected) with a fair share of 5."""
    rules, seen = comparison.rules, comparison.has_data
    columns = seen - (seen[first - 1] if first else 0.0)
    taking_part = (comparison.sums(first).fair_share[:, row] >= rules.least_fair_share).sum(axis=0)
    return np.asarray((columns >= rules.least_columns) & (taking_part >= min(2, len(comparison.metrics))))


def history_of(
    comparison: Comparison,
    entry: Entry,
    decided: Mapping[int, str],
    accounts: Accounts,
    before: History | None = None,
) -> History:
    """One moment a week from the segment's first column on.

    decided: column -> tighten or loose, the journal's decisions on this segment; before: its history so far, which
    is gone on with.
    """
    rules, row = comparison.rules, entry.row
    enough = enough_data(comparison, row, entry.first)
    run = comparison.run(row, entry.first)
    state: str | None = None
    watch: Watch | None = None
    since, reopened_before, proven_once, begun = entry.first, 0, False, entry.first
    if before is not None and len(before.column):
        last = before.at(int(before.column[-1]))
        state, since, reopened_before, begun = last.state, last.since, last.reopened_before, last.column + 1
        proven = before.state == STATES.index(TIGHTEN_NOW)
        proven_once = bool((proven & (before.reopened_before == reopened_before)).any())
        run = comparison.run(row, last.start)
        watch = None if last.signal is None else standing(comparison, row, run, last.signal)
    out: list[Moment] = []
    for column in range(begun, comparison.weekly.observed.shape[2]):
        decision = decided.get(column)
        if decision == "loose" and state == TIGHTENED:
            state = TIGHTEN_NOW if proven_once else STAY_LOOSE
            watch = watch if proven_once else None
        lost = watch is not None and watch.lost(column, rules)
        any_, two = float(run.log_e_any[column]), float(run.log_e_two[column])
        threshold = log_threshold(entry.h, reopened_before, entry.batch, rules.alpha)
        asked = two >= threshold and state not in LATCHED
        now = signal_state(
            state,
            any_,
            two,
            entry.h,
            asked and all_pass(comparison, row, run, column, accounts),
            bool(enough[column]),
            lost,
            rules.alpha,
            reopened_before,
            batch=entry.batch,
            decided=decision == "tighten",
            rules=rules,
        )
        detector = float(watch.detector[column]) if watch is not None and column > watch.column else -np.inf
        if now == REOPENED and state != REOPENED:
            watch, proven_once = None, False
            reopened_before += 1
            run = comparison.run(row, column + 1)
            any_, two = float(run.log_e_any[column]), float(run.log_e_two[column])
            threshold = log_threshold(entry.h, reopened_before, entry.batch, rules.alpha)
        if now in LATCHED and watch is None:
            watch = standing(comparison, row, run, column)
        proven_once |= now == TIGHTEN_NOW
        since = since if now == state else column
        out.append(
            Moment(
                column=column,
                state=now,
                since=since,
                log_e_any=any_,
                log_e_two=two,
                log_threshold=threshold,
                carrying=watch.carrying if watch else strongest(run, column, rules),
                fading=now in LATCHED and is_fading(lead_of(comparison, row, run.start, column)[0], rules),
                start=run.start,
                signal=watch.column if watch else None,
                reopened_before=reopened_before,
                reopen=detector,
            )
        )
        state = now
    return history_from(out, len(comparison.metrics), before)


def standing(comparison: Comparison, row: int, run: Run, column: int) -> Watch:
    """The signal that begins in `column`, watched from the week after it on the metrics that carry it."""
    carrying = carrying_metrics(run.log_e_better[:, column].tolist(), comparison.rules.watch)
    detector, worse = comparison.detector(row, column + 1, carrying), comparison.worse(row, column + 1)
    return Watch(column, carrying, detector, worse)


def strongest(run: Run, column: int, rules: Rules) -> tuple[int, ...]:
    """The metrics that would carry a signal today: those among `carrying_metrics` with any evidence at all."""
    log_e = run.log_e_better[:, column].tolist()
    return tuple(k for k in carrying_metrics(log_e, rules.watch) if log_e[k] > 0)
