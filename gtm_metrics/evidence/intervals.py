"""An interval of the odds ratio that may be looked at every week."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logsumexp

from gtm_metrics.estimates import FloatArray
from gtm_metrics.evidence.conditional import log_conditional_mgf
from gtm_metrics.evidence.rules import RULES, EvidenceRules
from gtm_metrics.evidence.tables import margins, successes_within


def interval_grid(rules: EvidenceRules = RULES) -> FloatArray:
    """The log odds ratios on which an interval is tabulated, in rising order."""
    half = round(rules.interval_end / rules.interval_step)
    return np.asarray(np.arange(-half, half + 1) * rules.interval_step, dtype=np.float64)


def log_likelihood_path(
    x: ArrayLike,
    n: ArrayLike,
    N: ArrayLike,
    m: ArrayLike,
    phi: ArrayLike = 1.0,
    grid: ArrayLike | None = None,
    bands: bool = False,
) -> FloatArray:
    """Cumulative conditional log likelihood sum (theta x - K(theta)) / phi up to each week, (..., week, theta).

    The counts are broadcast, (..., week), or with `bands` (..., week, band), bands being summed; `phi` is
    (..., week). `grid`: log odds ratios, `interval_grid` if not given. Raises ValueError on what is no table.
    """
    theta = interval_grid() if grid is None else np.asarray(grid, dtype=np.float64)
    of = margins(n, N, m)
    x_ = successes_within(x, of)
    temper = np.asarray(phi, dtype=np.float64)
    if not np.all(temper >= 1):
        raise ValueError("phi must be 1 or more: it may only weaken the evidence")
    weekly = x_[..., np.newaxis] * theta - log_conditional_mgf(*of, theta)
    if bands:
        weekly = weekly.sum(axis=-2)
    return np.asarray(np.cumsum(weekly / temper[..., np.newaxis], axis=-2))


def confidence_sequence(
    loglik: ArrayLike, alpha: float = 0.05, grid: ArrayLike | None = None, rules: EvidenceRules = RULES
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(low, estimate, high) of the odds ratio, each (...), from log likelihoods (..., theta) on an even grid.

    The set of th0 with l(th0) > log sum_g q_g exp(l(th_g)) - log(1 / alpha), q a normal mixture of sd `interval_sd`
    (Robbins 1970): over all weeks together it misses the true odds ratio with chance at most alpha. l is concave, so
    the set is an interval; an end between two points is put where the line through the two points inside meets the
    bound, which lies outside the true end and no further than the next point. The estimate is the top of the
    parabola through the highest points. An end beyond the grid is 0 or infinity; an estimate beyond it is the grid's
    end; without data there is no estimate (NaN). Raises ValueError when alpha is no share or the grid does not fit.
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha is {alpha}; it must lie between 0 and 1")
    theta = interval_grid(rules) if grid is None else np.asarray(grid, dtype=np.float64)
    path = np.asarray(loglik, dtype=np.float64)
    if theta.ndim != 1 or len(theta) < 3 or path.shape[-1:] != theta.shape or not np.ptp(np.diff(theta)) < 1e-9:
        raise ValueError(f"loglik needs one entry a theta of an even grid, got {path.shape} and {theta.shape}")
    log_q = -0.5 * (theta / rules.interval_sd) ** 2
    log_q = log_q - logsumexp(log_q)
    above = path - (logsumexp(path + log_q, axis=-1, keepdims=True) + np.log(alpha))
    step = theta[1] - theta[0]
    low = theta[0] + step * _first_inside(above)
    high = theta[-1] - step * _first_inside(above[..., ::-1])
    low, high = np.where(above[..., 0] > 0, -np.inf, low), np.where(above[..., -1] > 0, np.inf, high)
    return np.exp(low), np.exp(_top(path, theta, step)), np.exp(high)


def _first_inside(above: FloatArray) -> FloatArray:
    """Where, in steps from the first point, the concave `above` first reaches 0: never after it does."""
    inside = np.argmax(above > 0, axis=-1)
    here, after = _at(above, inside), _at(above, np.minimum(inside + 1, above.shape[-1] - 1))
    slope = here - after
    # The line through two points inside rises from the bound by `here`; falling or flat, it never meets it there.
    back = np.divide(here, -slope, out=np.ones_like(here), where=slope < 0)
    usable = (slope < 0) & (after > 0)
    return np.asarray(inside - np.where(usable, np.minimum(back, 1.0), 1.0))


def _top(path: FloatArray, theta: FloatArray, step: float) -> FloatArray:
    """log odds ratio of the highest point, by the parabola through it and its neighbours; NaN where all is flat."""
    best = np.argmax(path, axis=-1)
    middle = np.clip(best, 1, len(theta) - 2)
    before, here, after = (_at(path, middle + by) for by in (-1, 0, 1))
    bend = 2 * here - before - after
    off = np.divide(after - before, 2 * bend, out=np.zeros_like(here), where=bend > 0)
    at_end = best != middle
    peak = np.where(at_end, theta[best], theta[middle] + step * np.clip(off, -1.0, 1.0))
    return np.where(np.ptp(path, axis=-1) == 0, np.nan, peak)


def _at(values: FloatArray, index: NDArray[np.intp]) -> FloatArray:
    return np.asarray(np.take_along_axis(values, index[..., np.newaxis], axis=-1)[..., 0])
