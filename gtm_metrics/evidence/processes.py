"""E-values multiplied up over weeks: betting on every possible start at once, or starting afresh for ever.

Everything is in logs. Arrays are (..., week, theta); weeks are in order, and no value depends on a later week.
"""

import numpy as np
from numpy.typing import ArrayLike

from gtm_metrics.estimates import FloatArray
from gtm_metrics.evidence.rules import RULES


def start_weights(weeks: int, mass: float = RULES.start_mass, hazard: float = RULES.start_hazard) -> FloatArray:
    """Stake on a lead that starts in week 1, 2, ..., shape (weeks,): `mass` on the first, the rest geometric.

    Over an endless horizon they sum to 1. Raises ValueError unless 0 <= mass <= 1 and 0 < hazard <= 1.
    """
    if not (0 <= mass <= 1 and 0 < hazard <= 1):
        raise ValueError(f"mass is {mass} and hazard {hazard}; both are shares, and the hazard is above 0")
    later = (1 - mass) * hazard * (1 - hazard) ** np.arange(weeks - 1.0)
    return np.concatenate([[mass], later])[:weeks]


def log_eprocess(log_e: ArrayLike, pi: ArrayLike | None = None) -> FloatArray:
    """log E after each week, shape (..., week), of the weekly `log_e` (..., week, theta); all thetas weigh the same.

    E_w = mean over g of S_w(g) + 1 - sum_{j <= w} pi_j with S_w(g) = (S_{w-1}(g) + pi_w) e_w(g): a mixture over
    effects and over start weeks, an e-process if each e is an e-value given the weeks before. `pi`: stakes by start
    week, `start_weights` if not given; [1, 0, 0, ...] is the plain product from the first week. Raises ValueError
    when log_e has no axis of thetas or pi does not fit.
    """
    weekly = np.asarray(log_e, dtype=np.float64)
    if weekly.ndim < 2:
        raise ValueError("log_e is (..., week, theta)")
    weeks = weekly.shape[-2]
    stakes = start_weights(weeks) if pi is None else np.asarray(pi, dtype=np.float64)
    if stakes.shape != (weeks,) or np.any(stakes < 0) or stakes.sum() > 1 + 1e-9:
        raise ValueError("pi holds one share a week, none negative, at most 1 together")
    return log_eprocess_on(weekly, stakes, None)[0]


def log_eprocess_on(weekly: FloatArray, pi: FloatArray, wealth: FloatArray | None) -> tuple[FloatArray, FloatArray]:
    """(log E after each further week, log S after the last) of e-processes that stood at `wealth`.

    `weekly`: log e of the further weeks, (..., week, theta); `pi`: stakes of all weeks, those before included;
    `wealth`: log S(g) so far, (..., theta), None before the first week. Going on gives what starting over does.
    """
    if wealth is None:
        wealth = np.full(weekly.shape[:-2] + weekly.shape[-1:], -np.inf)
    begun = len(pi) - weekly.shape[-2]
    with np.errstate(divide="ignore"):
        log_stakes = np.log(pi)
        log_kept = np.log(np.maximum(1 - np.cumsum(pi), 0.0))
    path = np.empty(weekly.shape)
    for week in range(weekly.shape[-2]):
        wealth = np.logaddexp(wealth, log_stakes[begun + week]) + weekly[..., week, :]
        path[..., week, :] = wealth
    return np.logaddexp(_log_mean(path), log_kept[begun:]), wealth


def log_shiryaev_roberts_on(weekly: FloatArray, detector: FloatArray | None) -> tuple[FloatArray, FloatArray]:
    """(log R after each further week, log R(g) after the last) of a detector that stood at `detector` (..., theta).

    R_w(g) = (R_{w-1}(g) + 1) e_w(g), meaned over g: an e-detector, which stays below any bound c for at least c weeks
    on average while nothing changes (Shin, Ramdas and Rinaldo 2024). `weekly`: log e, (..., week, theta); `detector`
    None before the first week.
    """
    if detector is None:
        detector = np.full(weekly.shape[:-2] + weekly.shape[-1:], -np.inf)
    path = np.empty(weekly.shape)
    for week in range(weekly.shape[-2]):
        detector = np.logaddexp(detector, 0.0) + weekly[..., week, :]
        path[..., week, :] = detector
    return _log_mean(path), detector


def _log_mean(path: FloatArray) -> FloatArray:
    """log of the mean over the last axis. `path` is written over."""
    path += np.log(1 / max(path.shape[-1], 1))
    top = np.maximum(path.max(axis=-1, keepdims=True), np.finfo(np.float64).min)
    path -= top
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(np.exp(path, out=path).sum(axis=-1)) + top[..., 0])
