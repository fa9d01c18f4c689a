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
from gtm_metrics.signal.histories import Accounts, Entry, Moment, gates_of
from gtm_metrics.signal.states import LATCHED
from gtm_metrics.signal.waits import growth_a_week, weeks_to_tighten, why_not

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
        rows = range(len(comparison.columns.segments))
        return np.stack([growth_a_week(m, rows, first, column + 1, comparison.rules) for m in comparison.metrics])

    return comparison.kept(("growth", first, column), everybody)[:, row]


def wait_of(comparison: Comparison, entry: Entry, moment: Moment) -> tuple[float | None, str]:
    """(weeks to a decision if the segment had 1.5 times the odds, '') or (None, why it cannot be counted down)."""
    if moment.state in LATCHED:
        return None, ""
    growth = growth_of(comparison, entry.row, moment.column, entry.first)
    wait = weeks_to_tighten(growth, moment.log_threshold, moment.log_e_two, comparison.rules)
    why = why_not(wait, growth, comparison.labels, comparison.rules)
    return (None, why) if why else (wait, "")


def metric_details(comparison: Comparison, k: int, row: int, moment: Moment, weeks: tuple[date, ...]) -> Said:
    """One metric of one segment since its evidence began, through the last whole comparison period.

    Keys: log_e_better, log_e_worse, odds_ratio {estimate, low, high} (always-valid 95 % interval), rate_ratio
    (Mantel-Haenszel) with rate_ratio_low and _high (the interval at the rest's rate), shrunken_ratio, rest_rate,
    fair_share, trials, successes, first_week, last_week (the metric's own weeks), period_weeks. None where unknown.
    """
    metric, column, start = comparison.metrics[k], moment.column, moment.start
    run = comparison.run(row, start)
    x, n, begin = metric.strata(start)
    periods = max(0, (column - begin + 1) // metric.stratum)
    said: Said = {
        "log_e_better": float(run.log_e_better[k, column]),
        "log_e_worse": float(run.log_e_worse[k, column]),
        "period_weeks": metric.stratum,
        "trials": int(n[row, :periods].sum()),
        "successes": int(x[row, :periods].sum()),
        "fair_share": float(comparison.sums(start).fair_share[k, row, column]),
        "shrunken_ratio": _number(comparison.shrunken(k, start, column)[row]),
    }
    if periods == 0:
        none = dict.fromkeys(
            ("rate_ratio", "rate_ratio_low", "rate_ratio_high", "rest_rate", "first_week", "last_week")
        )
        return {**said, "odds_ratio": dict.fromkeys(("estimate", "low", "high")), **none}
    N, m = n[:, :periods].sum(axis=0), x[:, :periods].sum(axis=0)
    own_x, own_n = x[row, :periods], n[row, :periods]
    odds = interval_of(comparison, k, row, start, column)
    others = float((N - own_n).sum())
    rest = float((m - own_x).sum()) / others if others else np.nan
    last = begin + periods * metric.stratum - 1
    return {
        **said,
        "odds_ratio": odds,
        "rate_ratio": _number(mantel_haenszel_rate_ratio(own_x, own_n, N, m, axis=(0, 1))),
        "rate_ratio_low": _as_rate_ratio(odds["low"], rest),
        "rate_ratio_high": _as_rate_ratio(odds["high"], rest),
        "rest_rate": _number(rest),
        "first_week": weeks[begin] - timedelta(weeks=metric.lag),
        "last_week": weeks[last] - timedelta(weeks=metric.lag),
    }


def interval_of(comparison: Comparison, k: int, row: int, start: int, column: int) -> dict[str, float | None]:
    """{estimate, low, high} of the segment's odds ratio on metric k since `start`, valid however often one looks."""

    def everybody() -> Floats:
        out = np.full((3, len(comparison.columns.segments)), np.nan)
        rows = list(comparison.registered)
        out[:, rows] = _intervals(comparison, k, rows, start, column)
        return out

    low, hat, high = comparison.kept(("interval", k, start, column), everybody)[:, row]
    return {"estimate": _number(hat), "low": _number(low), "high": _number(high)}


def _intervals(comparison: Comparison, k: int, rows: list[int], start: int, column: int) -> Floats:
    """The same of several rows. K(theta) summed over strata is smooth: it is taken at a few Chebyshev points and
    read off the polynomial through them, to better than a thousandth of a nat."""
    metric, rules = comparison.metrics[k], comparison.rules.evidence()
    x, n, begin = metric.strata(start)
    periods = max(0, (column - begin + 1) // metric.stratum)
    phi = comparison.dispersion(k, begin, x, n)[rows, :periods]
    x, n = x[:, :periods], n[:, :periods]
    grid = interval_grid(rules)
    half = float(grid[-1])
    points = np.cos(np.pi * (np.arange(CHEBYSHEV_POINTS) + 0.5) / CHEBYSHEV_POINTS)
    K = log_conditional_mgf(n[rows], n.sum(axis=0), x.sum(axis=0), half * points).sum(axis=2)
    at_points = (K / phi[..., np.newaxis]).sum(axis=1)
    degree = CHEBYSHEV_POINTS - 1
    coefficients = np.linalg.solve(chebvander(points, degree), at_points.T)
    observed = (x[rows].sum(axis=2) / phi).sum(axis=1)
    loglik = observed[:, np.newaxis] * grid - (chebvander(grid / half, degree) @ coefficients).T
    return np.stack(confidence_sequence(loglik, comparison.rules.interval_alpha, grid, rules))


def _as_rate_ratio(odds: float | None, rest_rate: float) -> float | None:
    """The rate ratio that an end of the interval means at the rest's rate."""
    return None if odds is None or np.isnan(rest_rate) else _number(odds_to_rate_ratio(odds, rest_rate))


def _number(value: object) -> float | None:
    number = float(value)  # type: ignore[arg-type]
    return number if -inf < number < inf else None
