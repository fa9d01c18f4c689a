"""How long until one of several outcomes: cumulative incidence, which lets the other outcomes leave."""

import numpy as np
from numpy.typing import ArrayLike

from gtm_metrics.estimates.counts import FloatArray, as_counts


def cumulative_incidence(wanted: ArrayLike, others: ArrayLike, open_: ArrayLike) -> FloatArray:
    """Share that has had the wanted outcome by each time, along the last axis (Aalen and Johansen 1978).

    One entry a time in rising order: how many had the wanted outcome then, how many another one (from then on they
    can no longer have the wanted one), and how many were last seen then, still open. Those of a time are all at
    risk at it. Without open ones it is the plain share of all. Raises ValueError for a negative count.
    """
    won, left, seen = np.broadcast_arrays(
        as_counts("wanted", wanted), as_counts("others", others), as_counts("open_", open_)
    )
    leaving = won + left + seen
    at_risk = np.cumsum(leaving[..., ::-1], axis=-1)[..., ::-1]
    share = np.divide(won, at_risk, out=np.zeros_like(at_risk), where=at_risk > 0)
    staying = np.divide(at_risk - won - left, at_risk, out=np.ones_like(at_risk), where=at_risk > 0)
    before = np.concatenate([np.ones_like(staying[..., :1]), np.cumprod(staying, axis=-1)[..., :-1]], axis=-1)
    return np.asarray(np.cumsum(before * share, axis=-1))


def time_until(times: ArrayLike, incidence: ArrayLike, share: float = 0.5) -> float:
    """The first of `times` by which `share` of those who ever have the outcome had it; NaN where nobody has.

    The last incidence stands for "ever": what lies beyond the times is not seen. Without open ones this is the
    plain quantile of the times of those who had it. Raises ValueError for a share outside 0 to 1.
    """
    if not 0 < share <= 1:
        raise ValueError(f"share is {share}; it must lie above 0 and be at most 1")
    when, reached = np.asarray(times, dtype=np.float64), np.asarray(incidence, dtype=np.float64)
    if not len(reached) or not reached[-1] > 0:
        return float("nan")
    return float(when[np.argmax(reached >= share * reached[-1] - 1e-12)])
