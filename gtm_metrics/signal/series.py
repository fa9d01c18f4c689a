"""A segment through time, for pages: how it stood each week, its lead, a ratio with its interval, what holds up.

Displays of the same frozen counts that the verdict is judged from. They carry no guarantee of their own, but for the
interval, which may be looked at every week.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from gtm_metrics.estimates import mantel_haenszel_rate_ratio, odds_to_rate_ratio
from gtm_metrics.evidence import confidence_sequence, interval_grid, log_likelihood_path
from gtm_metrics.signal.accounts import LeaveOneOut
from gtm_metrics.signal.columns import Floats
from gtm_metrics.signal.comparisons import Comparison

AHEAD, BEHIND, LEVEL, NONE = "ahead", "behind", "level", "none"
STRIP_WEEKS = 26
LEAD_WEEKS = 12
WITHOUT_WEEKS = 4


@dataclass(frozen=True)
class Held:
    """One question of "does it hold up?": whether better-on-two still reaches proof, and the leading metric's ratio.

    times, low, high   rate ratio to the rest with its always-valid interval; None where there is none
    """

    test: str
    proven: bool | None
    times: float | None
    low: float | None
    high: float | None


def week_standings(comparison: Comparison, row: int, weeks: Sequence[date]) -> pd.DataFrame:
    """metric, week (refresh week), standing: the last refresh weeks of a segment, metrics in order.

    ahead or behind: more or fewer successes than its fair share of that week's (fewer are better where the metric
    says so); level: exactly its share, or a week in which nobody or everybody had one; none: it had no trial.
    """
    weekly, since = comparison.weekly, max(0, len(weeks) - STRIP_WEEKS)
    rows = []
    for k, metric in enumerate(comparison.metrics):
        lead = metric.sign * (weekly.observed[k, row] - weekly.expected[k, row])
        trials = metric.n[row].sum(axis=1)
        for i in range(since, len(weeks)):
            stands = NONE if not trials[i] else LEVEL if abs(lead[i]) < 1e-9 else AHEAD if lead[i] > 0 else BEHIND
            rows.append((metric.metric.name, pd.Timestamp(weeks[i]), stands))
    return pd.DataFrame(rows, columns=["metric", "week", "standing"])


def week_leads(comparison: Comparison, row: int) -> list[float]:
    """The segment's lead in each of the last refresh weeks, all metrics together: 0 is its fair share, 1 is as far
    ahead as luck alone would bring it in one week of six.

    Per metric (O - E) / sqrt(V), in the better direction; summed and divided by the root of how many could be
    compared that week (Stouffer), so a week of many measures looks no larger than one of few. 0 where none could.
    """
    weekly = comparison.weekly
    ahead = np.array(comparison.signs)[:, np.newaxis] * (weekly.observed[:, row] - weekly.expected[:, row])
    variance = weekly.variance[:, row]
    each = np.divide(ahead, np.sqrt(variance), out=np.zeros_like(ahead), where=variance > 0)
    compared = np.maximum((variance > 0).sum(axis=0), 1)
    return [round(float(value), 3) for value in (each.sum(axis=0) / np.sqrt(compared))[-LEAD_WEEKS:]]


def ratio_path(comparison: Comparison, k: int, row: int, start: int, weeks: Sequence[date]) -> pd.DataFrame:
    """week, estimate, low, high: times the rest on metric `k`, as it stood in each refresh week from `start` on.

    Rate ratio (Mantel-Haenszel) and the always-valid interval of the odds ratio, as a rate ratio at the rest's rate
    so far. None where nothing could be compared yet.
    """
    metric = comparison.metrics[k]
    x, n, begin = metric.strata(start)
    parts = {"estimate": np.empty(0), "low": np.empty(0), "high": np.empty(0)}
    if x.shape[1]:
        phi = comparison.dispersion(k, begin, x, n)[row]
        parts = _ratios(comparison, x[row], n[row], x.sum(axis=0), n.sum(axis=0), phi)
    frame = pd.DataFrame({"week": pd.to_datetime(list(weeks)[start:])})
    for name, values in parts.items():
        on = metric.on_columns(values, begin, before=np.nan) if values.size else np.full(len(weeks), np.nan)
        frame[name] = pd.Series(on[start:]).astype(object).where(np.isfinite(on[start:]), None)
    return frame


def holds_up(
    comparison: Comparison, accounts: LeaveOneOut, row: int, start: int, log_threshold: float, k: int
) -> list[Held]:
    """Does the verdict hold up: without its best accounts, without the last weeks, on the last half year alone.

    start           the column its evidence began in; log_threshold what better-on-two must reach
    k               the metric whose ratio stands beside: the one that carries most
    Removing all three best accounts a metric at once is harsher than the gate, which removes them one by one.
    """
    last = comparison.weekly.observed.shape[2] - 1
    run = comparison.run(row, start)
    found = [Held("All the data", bool(run.log_e_two[last] >= log_threshold), *_times(comparison, k, row, start, last))]
    named = accounts.top(row, start, last) if accounts.accounts is not None else []
    if named:
        left = float(accounts.path(row, start, named)[last])
        times = _times(comparison, k, row, start, last, _cells_of(accounts, row, k, named))
        found.append(Held("Without its best accounts", left >= log_threshold, *times))
    before = last - WITHOUT_WEEKS
    if before > start:
        times = _times(comparison, k, row, start, before)
        found.append(
            Held(f"Without the last {WITHOUT_WEEKS} weeks", bool(run.log_e_two[before] >= log_threshold), *times)
        )
    weeks = comparison.rules.recent_weeks
    recent = last + 1 - weeks
    if recent > start:
        alone = comparison.run(row, recent).log_e_two[last]
        times = _times(comparison, k, row, recent, last)
        found.append(Held(f"On the last {weeks} weeks alone", bool(alone >= log_threshold), *times))
    return found


def _cells_of(accounts: LeaveOneOut, row: int, k: int, named: Sequence[str]) -> tuple[Floats, Floats]:
    """(successes, trials) of these accounts on one metric, of shape (column, band)."""
    metric, part = accounts.comparison.metrics[k], accounts.rows(row)[k]
    gone = np.isin(part.account.astype(str), list(named))
    x, n = np.zeros(metric.x.shape[1:]), np.zeros(metric.n.shape[1:])
    np.add.at(x, (part.column[gone], part.band[gone]), part.successes[gone])
    np.add.at(n, (part.column[gone], part.band[gone]), part.trials[gone])
    return x, n


def _times(
    comparison: Comparison, k: int, row: int, start: int, last: int, without: tuple[Floats, Floats] | None = None
) -> tuple[float | None, float | None, float | None]:
    """(ratio, low, high) of a metric over columns start to last."""
    metric = comparison.metrics[k]
    if without is not None:
        x, n = metric.x.copy(), metric.n.copy()
        x[row] = np.maximum(x[row] - without[0], 0)
        n[row] = np.maximum(n[row] - without[1], x[row])
        metric = replace(metric, x=x, n=n)
    x, n, begin = metric.strata(start)
    periods = max(0, last - begin + 1) // metric.stratum
    if not periods:
        return None, None, None
    phi = comparison.dispersion(k, begin, x, n)[row, :periods]
    cut = [values[:periods] for values in (x[row], n[row], x.sum(axis=0), n.sum(axis=0))]
    parts = _ratios(comparison, cut[0], cut[1], cut[2], cut[3], phi)
    ratio, low, high = (float(parts[name][-1]) for name in ("estimate", "low", "high"))
    return tuple(value if np.isfinite(value) else None for value in (ratio, low, high))  # type: ignore[return-value]


def _ratios(comparison: Comparison, x: Floats, n: Floats, m: Floats, N: Floats, phi: Floats) -> dict[str, Floats]:
    """Running ratio and interval of a segment's tables (period, band) beside all trials N and successes m."""
    rules = comparison.rules.evidence()
    grid = interval_grid(rules)
    path = log_likelihood_path(x, n, N, m, phi, grid, bands=True)
    low, _, high = confidence_sequence(path, comparison.rules.interval_alpha, grid, rules)
    periods = range(1, len(x) + 1)
    ratio = np.array([float(mantel_haenszel_rate_ratio(x[:p], n[:p], N[:p], m[:p], axis=(0, 1))) for p in periods])
    others, other_successes = ((a - b).sum(axis=1).cumsum() for a, b in ((N, n), (m, x)))
    rest = np.divide(other_successes, others, out=np.full(len(x), np.nan), where=others > 0)
    known = np.isfinite(rest)
    ends = [np.full(len(x), np.nan) for _ in range(2)]
    for end, odds in zip(ends, (low, high), strict=True):
        usable = known & np.isfinite(odds) & (odds > 0)
        end[usable] = odds_to_rate_ratio(odds[usable], rest[usable])
    return {"estimate": ratio, "low": ends[0], "high": ends[1]}
