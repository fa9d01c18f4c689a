"""Has a share risen? Weeks since a day against the weeks before it, looked at every week. Pure functions of counts.

x of n a week: how many of the week's trials fell on the side that is watched. The share before is known from some
weeks only, and the evidence pays for that itself: it is the least over every share that may have been true.
"""

import numpy as np
from numpy.typing import ArrayLike

from gtm_metrics.estimates import FloatArray
from gtm_metrics.evidence.processes import log_eprocess, start_weights
from gtm_metrics.evidence.rules import RULES
from gtm_metrics.evidence.tables import as_whole

DRIFT_HAZARD = 1 / 52
"""Chance, each week, that a share begins to drift: once in a year."""
SHARES = 81
"""Shares that may have been true before, about the one observed."""
FARTHEST = 6.0
"""How far they reach, in standard errors: what lies beyond, the weeks before rule out by themselves."""


def share_dispersion(x: ArrayLike, n: ArrayLike) -> float:
    """tau2: the variance of a week's luck on the log odds of a share, by moments; at least sd_floor squared.

    Squared deviations from the share of all weeks beyond what chance alone gives, and products of deviations up to
    `lags` weeks apart (Bartlett's weights; at most a quarter of the weeks), so luck that lasts counts too. Deviations
    from a mean of the same weeks are too small; what that takes off grows with the lags and is put back. Without a
    trial, or without a week to spare, it is the floor. Raises ValueError on what is no count.
    """
    x_, n_ = _weeks(x, n)
    weeks, trials = len(x_), n_.sum()
    least = RULES.sd_floor**2
    if not trials:
        return least
    share = x_.sum() / trials
    v = n_ * share * (1 - share)
    beyond = x_ - n_ * share
    lags = min(RULES.lags, weeks // 4)
    tau2 = 0.0
    for lag in range(lags + 1):
        together = (beyond[lag:] * beyond[: weeks - lag]).sum() - (0.0 if lag else v.sum())
        found = together / (RULES.dispersion_weight + (v[lag:] * v[: weeks - lag]).sum())
        tau2 += 2 * (1 - lag / (lags + 1)) * max(found, 0.0) if lag else found
    return max(float(tau2 * weeks / max(weeks - lags - 1, 1)), least)


def log_share_drift(x: ArrayLike, n: ArrayLike, x_before: ArrayLike, n_before: ArrayLike, tau2: float) -> FloatArray:
    """log E after each week, shape (week,), that the share lies above what it was before.

    For a share q before, e_w(theta) = (theta x - n log(1 - q + q exp theta)) / phi_w is an e-value in logs against a
    chance of at most q in week w (Chernoff 1952), phi_w = 1 + tau2 n q (1 - q) its temper; mixed over thetas and over
    the week a drift begins in it is an e-process A(q). R(q), the same bet the other way on the weeks before, is an
    e-value against their chance having been q. Whatever the true share was, min over q of R(q) A(q) is at most
    R A at that share, and their product is an e-process: over all weeks together it exceeds c with chance at most
    1 / c while the share does not rise. `tau2` (`share_dispersion`) must not rest on the weeks watched. Raises
    ValueError on what is no count and on tau2 below 0.
    """
    x_, n_ = _weeks(x, n)
    before, of = _weeks(x_before, n_before)
    if not tau2 >= 0:
        raise ValueError(f"tau2 is {tau2}; a variance is 0 or more")
    theta = np.asarray(RULES.theta)
    q = _shares(before.sum(), of.sum(), tau2, max(len(of), 1))
    log_r = np.logaddexp.reduce(_log_e(before, of, q, -theta, tau2).sum(axis=1), axis=-1) - np.log(len(theta))
    weekly = _log_e(x_, n_, q, theta, tau2)
    log_a = log_eprocess(weekly, pi=start_weights(len(x_), RULES.start_mass, DRIFT_HAZARD))
    return np.asarray((log_r[:, np.newaxis] + log_a).min(axis=0))


def _weeks(x: ArrayLike, n: ArrayLike) -> tuple[FloatArray, FloatArray]:
    x_, n_ = as_whole("x", x), as_whole("n", n)
    if x_.shape != n_.shape or x_.ndim != 1:
        raise ValueError(f"x and n need one entry a week, got {x_.shape}, {n_.shape}")
    if np.any(x_ > n_):
        raise ValueError("x exceeds n: a part is larger than its whole")
    return x_, n_


def _shares(x: float, n: float, tau2: float, weeks: int) -> FloatArray:
    """The shares that may have been true, evenly on the log odds about the observed one."""
    share = (x + 0.5) / (n + 1)
    v = (n + 1) * share * (1 - share)
    reach = min(FARTHEST * np.sqrt((1 + tau2 * v / weeks) / v), 8.0)
    return np.asarray(1 / (1 + np.exp(-(np.log(share / (1 - share)) + np.linspace(-reach, reach, SHARES)))))


def _log_e(x: FloatArray, n: FloatArray, q: FloatArray, theta: FloatArray, tau2: float) -> FloatArray:
    """Tempered log e of each share, week and theta."""
    phi = 1 + tau2 * n * (q * (1 - q))[:, np.newaxis]
    K = n[:, np.newaxis] * np.log1p(q[:, np.newaxis, np.newaxis] * np.expm1(theta))
    return np.asarray((x[:, np.newaxis] * theta - K) / phi[..., np.newaxis])
