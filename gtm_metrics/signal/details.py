"""All that is said of one segment in one week beside its state: gates, metrics, waits."""

from __future__ import annotations

from datetime import date, timedelta
from math import inf

import numpy as np
from numpy.polynomial.chebyshev import chebvander

from gtm_metrics.estimates import mantel_haenszel_rate_ratio, odds_to_rate_ratio
from gtm_metrics.evidence import confidence_sequence, interval_grid, log_conditional_mgf
from gtm_metrics.signal.columns import Floats
from gtm_metrics.signal.comparisons import Comparison
from gtm_metrics.signal.histories import Accounts, Entry, gates_of
from gtm_metrics.signal.moments import Moment
from gtm_metrics.signal.states import LATCHED
from gtm_metrics.signal.waits import growth_each, recent_periods, weeks_to_tighten, why_not

Said = dict[str, object]
CHEBYSHEV_POINTS = 20


def details_of(
    comparison: Comparison, entry: Entry, moment: Moment, weeks: tuple[date, ...], accounts: Accounts
) -> Said:
    """The columns gates, metrics, weeks_to_decide and why_not_decidable of a verdict row."""
    run = comparison.run(entry.row, moment.start)
    gates = gates_of(comparison, entry.row, run, moment.column, accounts)
    wait, why = wait_of(comparison, entry, moment)
    return {
        "gates": {gate.name: {"passed": gate.passed, "reason": gate.reason} for gate in gates},
        "metrics": {
            metric.metric.name: metric_details(comparison, k, entry.row, moment, weeks)
            for k, metric in enumerate(comparison.metrics)
        },
        "weeks_to_decide": wait,
        "why_not_decidable": why,
    }


def growth_of(comparison: Comparison, row: int, column: int, first: int) -> Floats:
    """Pace of each metric at 1.5 times the odds, as known at a column; (metric,), nats a week."""

    def everybody() -> Floats:
        return np.stack([_growth(comparison, k, first, column) for k in range(len(comparison.metrics))])

    return comparison.kept(("growth", first, column), everybody)[:, row]


def _growth(comparison: Comparison, k: int, first: int, column: int) -> Floats:
    """The same of every segment on metric k; what the last column knew of its periods is taken over."""
    metric, name = comparison.metrics[k], f"growth {first} {k}"
    x, n, _ = metric.strata(first)
    since, whole = recent_periods(metric, first, column + 1, comparison.rules)
    if since == whole:
        return np.zeros(len(n))
    stood, known = comparison.before.get(name), since
    each = np.empty((len(n), 0))
    if stood is not None and since >= stood["begin"]:
        each = stood["each"][:, since - int(stood["begin"]) :][:, : whole - since]
        known = since + each.shape[1]
    fresh = slice(known, whole)
    each = np.concatenate([each, growth_each(metric, n[:, fresh], x[:, fresh], n[:, fresh], comparison.rules)], axis=1)
    comparison.after[name] = {"begin": np.array(since), "each": each}
    return np.asarray(each.sum(axis=1) / ((whole - since) * metric.stratum))


def wait_of(comparison: Comparison, entry: Entry, moment: Moment) -> tuple[float | None, str]:
    """(weeks to a decision if the segment had 1.5 times the odds, '') or (None, why it cannot be counted down)."""
    if moment.state in LATCHED:
        return None, ""
    growth = growth_of(comparison, entry.row, moment.column, entry.first)
    wait = weeks_to_tighten(growth, moment.log_threshold, moment.log_e_two, comparison.rules)
    why = why_not(wait, growth, comparison.labels, comparison.rules)
    return (None, why) if why else (wait, "")


ESTIMATES = (
    "trials",
    "successes",
    "rate_ratio",
    "rest_rate",
    "low",
    "estimate",
    "high",
    "rate_ratio_low",
    "rate_ratio_high",
)


def metric_details(comparison: Comparison, k: int, row: int, moment: Moment, weeks: tuple[date, ...]) -> Said:
    """One metric of one segment since its evidence began, through the last whole comparison period.

    Keys: log_e_better, log_e_worse, odds_ratio {estimate, low, high} (always-valid 95 % interval), rate_ratio
    (Mantel-Haenszel) with rate_ratio_low and _high (the interval at the rest's rate), shrunken_ratio, rest_rate,
    fair_share, trials, successes, first_week, last_week (the metric's own weeks), period_weeks. None where unknown.
    """
    metric, column, start = comparison.metrics[k], moment.column, moment.start
    run = comparison.run(row, start)
    begin = max(start, metric.first)
    periods = max(0, (column - begin + 1) // metric.stratum)
    found = dict(zip(ESTIMATES, estimates_of(comparison, k, start, column)[:, row].tolist(), strict=True))
    last = begin + periods * metric.stratum - 1
    lag = timedelta(weeks=metric.lag)
    return {
        "log_e_better": float(run.log_e_better[k, column]),
        "log_e_worse": float(run.log_e_worse[k, column]),
        "period_weeks": metric.stratum,
        "trials": int(found["trials"]),
        "successes": int(found["successes"]),
        "fair_share": float(comparison.sums(start).fair_share[k, row, column]),
        "shrunken_ratio": _number(comparison.shrunken(k, start, column)[row]),
        "odds_ratio": {name: _number(found[name]) for name in ("estimate", "low", "high")},
        **{name: _number(found[name]) for name in ("rate_ratio", "rate_ratio_low", "rate_ratio_high", "rest_rate")},
        "first_week": weeks[begin] - lag if periods else None,
        "last_week": weeks[last] - lag if periods else None,
    }


def estimates_of(comparison: Comparison, k: int, start: int, column: int) -> Floats:
    """ESTIMATES of every registered segment on metric k since `start`, (estimate, segment); NaN where unknown."""

    def everybody() -> Floats:
        metric, rows = comparison.metrics[k], list(comparison.registered)
        out = np.full((len(ESTIMATES), len(comparison.columns.segments)), np.nan)
        out[:2] = 0
        x, n, begin = metric.strata(start)
        periods = max(0, (column - begin + 1) // metric.stratum)
        if periods and rows:
            x, n = x[:, :periods], n[:, :periods]
            N, m = n.sum(axis=0), x.sum(axis=0)
            own_x, own_n = x[rows], n[rows]
            others, theirs = ((one - own).sum(axis=(1, 2)) for one, own in ((N, own_n), (m, own_x)))
            rest = np.divide(theirs, others, out=np.full(len(rows), np.nan), where=others > 0)
            odds = _intervals(comparison, k, rows, start, periods)
            out[0, rows], out[1, rows] = own_n.sum(axis=(1, 2)), own_x.sum(axis=(1, 2))
            out[2, rows], out[3, rows] = mantel_haenszel_rate_ratio(own_x, own_n, N, m, axis=(1, 2)), rest
            out[4:7, rows] = odds
            out[7, rows], out[8, rows] = (_as_rate_ratio(end, rest) for end in (odds[0], odds[2]))
        return out

    return comparison.kept(("estimates", k, start, column), everybody)


def _intervals(comparison: Comparison, k: int, rows: list[int], start: int, periods: int) -> Floats:
    """(low, estimate, high) of the rows' odds ratios over the periods since `start`, valid however often one looks.

    K(theta) summed over strata is smooth: it is taken at a few Chebyshev points and read off the polynomial through
    them, to better than a thousandth of a nat. What fewer periods summed up to is gone on with.
    """
    metric, rules = comparison.metrics[k], comparison.rules.evidence()
    x, n, begin = metric.strata(start)
    phi = comparison.dispersion(k, begin, x, n)[rows, :periods]
    grid = interval_grid(rules)
    half, degree = float(grid[-1]), CHEBYSHEV_POINTS - 1
    points = np.cos(np.pi * (np.arange(CHEBYSHEV_POINTS) + 0.5) / CHEBYSHEV_POINTS)
    name = f"interval {start} {k}"
    stood = comparison.before.get(name)
    begun, at_points, observed = 0, np.zeros((len(rows), CHEBYSHEV_POINTS)), np.zeros(len(rows))
    if stood is not None and stood["periods"] <= periods:
        begun, at_points, observed = int(stood["periods"]), stood["at_points"], stood["observed"]
    new = slice(begun, periods)
    K = log_conditional_mgf(n[rows, new], n[:, new].sum(axis=0), x[:, new].sum(axis=0), half * points).sum(axis=2)
    at_points = at_points + (K / phi[:, new, np.newaxis]).sum(axis=1)
    observed = observed + (x[rows, new].sum(axis=2) / phi[:, new]).sum(axis=1)
    comparison.after[name] = {"periods": np.array(periods), "at_points": at_points, "observed": observed}
    coefficients = np.linalg.solve(chebvander(points, degree), at_points.T)
    loglik = observed[:, np.newaxis] * grid - (chebvander(grid / half, degree) @ coefficients).T
    return np.stack(confidence_sequence(loglik, comparison.rules.interval_alpha, grid, rules))


def _as_rate_ratio(odds: Floats, rest_rate: Floats) -> Floats:
    """The rate ratios that ends of intervals mean at the rest's rates; NaN where either is unknown."""
    known = np.isfinite(odds) & np.isfinite(rest_rate)
    out = np.full(len(odds), np.nan)
    out[known] = odds_to_rate_ratio(odds[known], rest_rate[known])
    return out


def _number(value: object) -> float | None:
    number = float(value)  # type: ignore[arg-type]
    return number if -inf < number < inf else None
