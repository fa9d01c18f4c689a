"""The one sentence's worth of a week: is it time to tighten, on whom, and if not, what can and cannot be known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from gtm_metrics.signal.columns import column_of, refresh_clock
from gtm_metrics.signal.details import growth_of, wait_of
from gtm_metrics.signal.judge import Judged
from gtm_metrics.signal.moments import Moment
from gtm_metrics.signal.rows import Candidate
from gtm_metrics.signal.rules import Rules
from gtm_metrics.signal.states import (
    EMERGING,
    INSUFFICIENT_DATA,
    LATCHED,
    REOPENED,
    TIGHTEN_NOW,
    TIGHTENED,
    WATCH,
    luck_figure,
)
from gtm_metrics.signal.waits import Leaning, Lever, leaning_prices, levers, touches_per_arm, weeks_to_enough
from gtm_metrics.weeks import sunday

KIND_OF = {TIGHTENED: "tightened", TIGHTEN_NOW: "tighten", EMERGING: "emerging", WATCH: "watch", REOPENED: "lead_lost"}
ORDER = ("tightened", "tighten", "emerging", "watch", "lead_lost")


@dataclass(frozen=True)
class Thesis:
    """A segment named in advance, and how it stands: ahead or behind (10 to 1 on any metric), or level."""

    dimension: str
    segment: str
    state: str
    since: date
    standing: str
    log_e_any: float
    threshold: float


@dataclass(frozen=True)
class SmallCompany:
    """What to say where a decision is over two years away for every segment.

    why              what cannot be known at this volume, of the segment that would be known first
    levers           what would shorten it, each with its own wait
    leaning          where the counts point, priced; None when nothing is ahead
    touches_per_arm  first touches in each arm of the test that would settle it; None without a response rate
    """

    why: str
    levers: tuple[Lever, ...]
    leaning: Leaning | None
    touches_per_arm: int | None


@dataclass(frozen=True)
class Verdict:
    """The verdict over all watched dimensions in one refresh week.

    kind      tighten, tightened, emerging, watch, loose, too_early or lead_lost
    segment   whom it is about, in `dimension`; None for loose and too_early
    since     the refresh week in which that state began
    carrying  names of the metrics that carry it
    luck      chance of ever naming a wrong segment, over all `k` segments and all weeks
    others    (dimension, segment, state) of further segments in a state that is worth a word
    wait      weeks to a decision of the segment, or of the one that would be known first; None without a countdown
    enough_in weeks until the first segment is no longer too early, for too_early
    small     what to say where nothing can be decided within two years; None elsewhere
    """

    kind: str
    dimension: str | None
    segment: str | None
    since: date | None
    carrying: tuple[str, ...]
    fading: bool
    luck: float
    k: int
    week: date
    as_of: date
    thesis: Thesis | None
    others: tuple[tuple[str, str, str], ...]
    wait: float | None
    enough_in: float | None
    small: SmallCompany | None


def verdict_of(judged: Judged, week: Any = None) -> Verdict:
    """The verdict of a refresh week, the last one unless another is given. KeyError when it was not judged."""
    week = judged.weeks[-1] if week is None else pd.Timestamp(week).date()
    if week not in judged.weeks:
        raise KeyError(f"no refresh week is {week}; there are {judged.weeks[0]} to {judged.weeks[-1]}")
    column = column_of(week, refresh_clock(judged.weeks))
    standing = [(candidate, candidate.at(column)) for candidate in judged.candidates if column >= candidate.entry.first]
    told = sorted(standing, key=lambda one: _rank(*one))
    notable = [(KIND_OF[moment.state], candidate, moment) for candidate, moment in told if moment.state in KIND_OF]
    early = all(moment.state == INSUFFICIENT_DATA for _, moment in standing)
    kind, candidate, moment = notable[0] if notable else ("too_early" if early else "loose", None, None)
    entries = [one.entry for one, _ in standing]
    waits = _waits(judged, standing)
    wait = (
        wait_of(judged.comparisons[candidate.dimension], candidate.entry, moment)[0] if candidate and moment else None
    )
    return Verdict(
        kind=kind,
        dimension=candidate.dimension if candidate else None,
        segment=candidate.segment if candidate else None,
        since=judged.weeks[moment.since] if moment else None,
        carrying=tuple(judged.metrics[k].name for k in moment.carrying) if moment else (),
        fading=bool(moment and moment.fading),
        luck=luck_figure(judged.alpha, max((entry.batch for entry in entries), default=1)),
        k=max((entry.k for entry in entries), default=0),
        week=week,
        as_of=sunday(week),
        thesis=_thesis(judged, standing),
        others=tuple((c.dimension, c.segment, m.state) for _, c, m in notable[1:]),
        wait=wait if candidate else min((one for one in waits if one is not None), default=None),
        enough_in=_enough_in(judged, standing, column) if kind == "too_early" else None,
        small=_small(judged, standing, column)
        if kind in ("loose", "too_early", "watch", "emerging") and all(w is None for w in waits)
        else None,
    )


def _rank(candidate: Candidate, moment: Moment) -> tuple[object, ...]:
    """What people decided comes first, the latest first: tightened, or a tightened lead that is lost. Then what is
    proven, longest first; then the strongest evidence; last leads lost that nobody had acted on."""
    kind = KIND_OF.get(moment.state, "loose")
    before = moment.since - 1
    acted = kind == "lead_lost" and before >= candidate.entry.first and candidate.at(before).state == TIGHTENED
    place = 0 if acted else ORDER.index(kind) if kind in ORDER else len(ORDER)
    began = -moment.since if place == 0 else moment.since if kind == "tighten" else 0
    return place, began, -moment.log_e_any, candidate.dimension, candidate.segment


def _waits(judged: Judged, standing: list[tuple[Candidate, Moment]]) -> list[float | None]:
    return [
        wait_of(judged.comparisons[candidate.dimension], candidate.entry, moment)[0]
        for candidate, moment in standing
        if moment.state not in LATCHED
    ]


def _thesis(judged: Judged, standing: list[tuple[Candidate, Moment]]) -> Thesis | None:
    """Of theses that were named for several batches, the last."""
    for candidate, moment in sorted(standing, key=lambda one: -one[0].entry.batch):
        if candidate.thesis:
            run = judged.comparisons[candidate.dimension].run(candidate.entry.row, moment.start)
            worse = run.log_e_worse[:, moment.column].max() >= np.log(judged.rules.worse)
            ahead = moment.log_e_any >= np.log(judged.rules.watch)
            return Thesis(
                candidate.dimension,
                candidate.segment,
                moment.state,
                judged.weeks[moment.since],
                "behind" if worse else "ahead" if ahead else "level",
                moment.log_e_any,
                float(np.exp(moment.log_threshold)),
            )
    return None


def _enough_in(judged: Judged, standing: list[tuple[Candidate, Moment]], column: int) -> float | None:
    waits = []
    for candidate, _ in standing:
        comparison, entry = judged.comparisons[candidate.dimension], candidate.entry
        seen = comparison.has_data[column] - (comparison.has_data[entry.first - 1] if entry.first else 0.0)
        shares = comparison.sums(entry.first).fair_share[:, entry.row, column]
        waits.append(weeks_to_enough(int(seen), shares, len(judged.metrics), judged.rules))
    soonest = min(waits, default=np.inf)
    return float(soonest) if np.isfinite(soonest) else None


def _small(judged: Judged, standing: list[tuple[Candidate, Moment]], column: int) -> SmallCompany | None:
    """Of the segment whose second fastest metric is fastest: why, levers; and the leaning over all of them."""
    if not standing:
        return None
    growth = {
        id(candidate): growth_of(
            judged.comparisons[candidate.dimension], candidate.entry.row, column, candidate.entry.first
        )
        for candidate, _ in standing
    }
    first, moment = max(standing, key=lambda one: float(np.sort(growth[id(one[0])])[-2:][0]))
    comparison, entry = judged.comparisons[first.dimension], first.entry
    own = growth[id(first)]
    batches = max(candidate.entry.batch for candidate, _ in standing)
    k = max(candidate.entry.k for candidate, _ in standing)
    leaning = _leaning(judged, standing, column)
    return SmallCompany(
        why=wait_of(comparison, entry, moment)[1],
        levers=levers(comparison.columns, own, k, batches, entry.first, column + 1, judged.rules),
        leaning=leaning,
        touches_per_arm=_touches(judged, column, judged.rules),
    )


def _leaning(judged: Judged, standing: list[tuple[Candidate, Moment]], column: int) -> Leaning | None:
    ahead, variance = [], []
    for candidate, moment in standing:
        comparison, row, span = (
            judged.comparisons[candidate.dimension],
            candidate.entry.row,
            slice(moment.start, column + 1),
        )
        weekly = comparison.weekly
        lead = (weekly.observed[:, row, span] - weekly.expected[:, row, span]).sum(axis=1)
        v = weekly.variance[:, row, span]
        ahead.append(float(np.dot(comparison.signs, lead)))
        variance.append(float((v * (1 + judged.rules.sd_floor**2 * v)).sum()))
    one_in, of_all = leaning_prices(ahead, variance, len(standing))
    best = int(np.argmax(one_in))
    if ahead[best] <= 0 or one_in[best] <= 2:
        return None
    candidate = standing[best][0]
    return Leaning(candidate.dimension, candidate.segment, float(one_in[best]), float(of_all[best]), len(standing))


def _touches(judged: Judged, column: int, rules: Rules) -> int | None:
    """From the response rate of everybody over the last year."""
    for comparison in judged.comparisons.values():
        for metric in comparison.metrics:
            if metric.metric.name == "response_rate":
                span = slice(max(0, column + 1 - rules.pace_weeks), column + 1)
                trials, successes = metric.n[:, span].sum(), metric.x[:, span].sum()
                rate = float(successes / trials) if trials else 0.0
                return touches_per_arm(rate, rules.planned_ratio, rules.test_level, rules.test_power)
    return None
