"""How long until a decision, what cannot be known at this volume, and what would shorten it.

The pace is the expected growth of the log e-value a week (nats) if a segment had 1.5 times the rest's odds. The
waits are that pace's least time (Wald) times what was measured on top of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, inf, log, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from gtm_metrics.evidence import expected_log_growth
from gtm_metrics.signal.columns import Columns, Floats, MetricColumns
from gtm_metrics.signal.rules import Rules
from gtm_metrics.signal.states import log_threshold

MERGE = "merge segments"
THESIS = "name a thesis"
OUTREACH = "connect outreach"

STAND_INS_OF_RESPONSE = ("reached_opportunity",)


@dataclass(frozen=True)
class Lever:
    """Something that shortens the wait: `weeks` from now to a decision with it, None when still out of reach.

    segments  how many segments would be left (merging); thresholds already include the new start
    assumes   what is taken for granted, in a sentence; '' when nothing is
    """

    name: str
    weeks: float | None
    segments: int | None = None
    assumes: str = ""


@dataclass(frozen=True)
class Leaning:
    """Where the counts point where nothing can be proven: not protected against looking often.

    one_in         a segment no better than the rest would get this far 1 time in so many, looked at once
    one_in_of_all  the luckiest of all `segments` equal segments would, 1 time in so many
    """

    dimension: str
    segment: str
    one_in: float
    one_in_of_all: float
    segments: int


def recent_periods(columns: MetricColumns, start: int, end: int, rules: Rules) -> tuple[int, int]:
    """(first, one past the last) of the whole periods since column `start` in the last year before column `end`."""
    begin = max(start, columns.first)
    whole = max(0, end - begin) // columns.stratum
    return max(0, whole - max(1, rules.pace_weeks // columns.stratum)), whole


def growth_each(columns: MetricColumns, segments: Floats, x: Floats, n: Floats, rules: Rules) -> Floats:
    """Expected growth of log e of segments with these trials (row, period, band), period by period; (row, period).

    x, n: of all segments, (segment, period, band)."""
    trials, successes = n.sum(axis=0), x.sum(axis=0)
    theta = columns.sign * log(rules.planned_ratio)
    return np.asarray(expected_log_growth(segments, trials[np.newaxis], successes[np.newaxis], theta).sum(axis=2))


def merged_growth_a_week(columns: MetricColumns, into: int, start: int, end: int, rules: Rules) -> float:
    """Expected growth of log e a week, from the margins of the last year before column `end`, of one of `into` equal
    segments that hold all trials between them."""
    x, n, _ = columns.strata(start)
    since, whole = recent_periods(columns, start, end, rules)
    if since == whole:
        return 0.0
    x, n = x[:, since:whole], n[:, since:whole]
    part = np.floor(n.sum(axis=0, keepdims=True) / into)
    return float(growth_each(columns, part, x, n, rules).sum()) / ((whole - since) * columns.stratum)


def weeks_to_tighten(growth: ArrayLike, threshold: float, log_e_two: float, rules: Rules) -> float:
    """Weeks until "better on at least two" at 1.5 times the odds: 1.5 log((M - 1) h / alpha) / KL of the second
    fastest metric (both must carry it), less what is reached already; infinite with fewer than two metrics.

    threshold: log of what the e-value must reach.
    """
    kl = np.sort(np.asarray(growth, dtype=np.float64))[::-1]
    if kl.size < 2 or kl[1] <= 0:
        return inf
    to_go = threshold + log(kl.size - 1) - max(0.0, log_e_two)
    return rules.tighten_pace * max(0.0, to_go) / float(kl[1])


def weeks_to_enough(columns_seen: int, fair_shares: ArrayLike, metrics: int, rules: Rules) -> float:
    """Weeks until a segment is no longer too early: 8 columns, and two metrics with a fair share of 5."""
    share = np.asarray(fair_shares, dtype=np.float64)
    with np.errstate(divide="ignore"):
        each = np.maximum(0.0, rules.least_fair_share - share) * max(columns_seen, 1) / share
    each[share <= 0] = inf
    needed = min(2, metrics)
    slowest = float(np.sort(each)[needed - 1]) if share.size >= needed else inf
    return max(float(rules.least_columns - columns_seen), slowest, 0.0)


def why_not(weeks: float, growth: ArrayLike, labels: Sequence[str], rules: Rules) -> str:
    """Why there is no countdown, in a sentence; '' when the wait is short enough to give."""
    kl = np.asarray(growth, dtype=np.float64)
    if len(labels) < 2:
        return "One metric is connected; a decision needs two that agree"
    if np.sum(kl > 0) < 2:
        silent = ", ".join(label for label, g in zip(labels, kl, strict=True) if g <= 0)
        return f"Fewer than two metrics have successes to compare; none yet on {silent}"
    if weeks > rules.longest_wait:
        return (
            f"At this volume a lead of {rules.planned_ratio:g} times the odds takes about {weeks:,.0f} weeks to prove"
        )
    return ""


def levers(
    dimension: Columns, growth: ArrayLike, k: int, batch: int, start: int, end: int, rules: Rules
) -> tuple[Lever, ...]:
    """Merging to two or three segments, naming a thesis, connecting outreach, each with its own wait.

    growth: the segment's own pace per metric, of shape (metrics,). Each is a new start, hence a new batch: what
    it must reach is doubled, and evidence begins at nothing.
    """
    own = np.asarray(growth, dtype=np.float64)
    out = []
    for into in (2, 3):
        merged = [merged_growth_a_week(metric, into, start, end, rules) for metric in dimension.metrics]
        out.append(Lever(MERGE, _fresh(merged, k + into, batch, rules), segments=into))
    out.append(Lever(THESIS, _fresh(own, 1 / rules.thesis_share, batch, rules)))
    names = [metric.metric.name for metric in dimension.metrics]
    if "response_rate" not in names:
        answered = _outreach_growth(dimension, rules)
        kept = [g for g, name in zip(own, names, strict=True) if name not in STAND_INS_OF_RESPONSE]
        assumes = (
            f"{rules.outreach_touches} accounts first touched a week over all segments, "
            f"{100 * rules.outreach_rate:g} % of them answering"
        )
        out.append(Lever(OUTREACH, _fresh([*kept, answered], k, batch, rules), assumes=assumes))
    return tuple(out)


def _fresh(growth: ArrayLike, h: float, batch: int, rules: Rules) -> float | None:
    weeks = weeks_to_tighten(growth, log_threshold(h, 0, batch + 1, rules.alpha), 0.0, rules)
    return weeks if weeks < inf else None


def _outreach_growth(dimension: Columns, rules: Rules) -> float:
    """Pace of a response rate for a segment with an equal share of the assumed touches, over a quarter's table."""
    quarter = 13
    trials = float(rules.outreach_touches * quarter)
    successes = float(round(trials * rules.outreach_rate))
    segment = float(round(trials / max(2, len(dimension.segments))))
    theta = log(rules.planned_ratio)
    shape = (1, 1)
    growth = expected_log_growth(np.full(shape, segment), np.full(shape, trials), np.full(shape, successes), theta)
    return float(np.sum(growth)) / quarter


def touches_per_arm(rest_rate: float, odds_ratio: float, level: float = 0.05, power: float = 0.80) -> int | None:
    """First touches needed in each arm of a test that would settle it; None where the rate is 0 or 1.

    Two proportions, two-sided, no continuity correction (Fleiss, Levin and Paik 2003, equation 4.14), the second
    at `odds_ratio` times the odds of the first.
    """
    if not 0 < rest_rate < 1:
        return None
    p1 = rest_rate
    p2 = odds_ratio * p1 / (1 - p1 + odds_ratio * p1)
    z_level, z_power = ndtri(1 - level / 2), ndtri(power)
    middle = (p1 + p2) / 2
    root = z_level * sqrt(2 * middle * (1 - middle)) + z_power * sqrt(p1 * (1 - p1) + p2 * (1 - p2))
    return ceil(float(root / (p1 - p2)) ** 2)


def leaning_prices(ahead: ArrayLike, variance: ArrayLike, segments: int) -> tuple[Floats, Floats]:
    """(one_in, one_in_of_all) per segment from its successes ahead of its fair share, summed over metrics in the
    better direction, and their variance under luck: one-sided normal tail with a correction for continuity.
    """
    o_e, v = np.asarray(ahead, dtype=np.float64), np.asarray(variance, dtype=np.float64)
    z = np.divide(o_e - 0.5, np.sqrt(v), out=np.full_like(o_e, -inf), where=v > 0)
    p = ndtr(-z)
    of_all = -np.expm1(segments * np.log1p(-np.minimum(p, 1 - 1e-12)))
    tiny = 1e-12
    return np.asarray(1 / np.maximum(p, tiny)), np.asarray(1 / np.maximum(of_all, tiny))
