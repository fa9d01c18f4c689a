"""The 2x2 table of one stratum: segment or not, success or not, its margins held fixed.

A stratum is a week, or a week and band. n = trials of the segment, N and m = trials and successes of all, x = the
segment's successes. With the margins given and no difference between segment and rest, x is hypergeometric,
whatever that week's common rate is (Fisher 1935).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from gtm_metrics.estimates import FloatArray


class Margins(NamedTuple):
    """Segment trials, all trials, all successes: float64 whole numbers of one shape."""

    n: FloatArray
    N: FloatArray
    m: FloatArray


def as_whole(name: str, values: ArrayLike) -> FloatArray:
    """The values as float64. Raises ValueError unless each is a whole number from 0."""
    counts = np.asarray(values, dtype=np.float64)
    if not np.all((counts >= 0) & (counts == np.floor(counts)) & np.isfinite(counts)):
        raise ValueError(f"{name} holds what is no count; counts are whole and 0 or more, and no data is 0 trials")
    return counts


def margins(n: ArrayLike, N: ArrayLike, m: ArrayLike) -> Margins:
    """The three broadcast to one shape. Raises ValueError when they are no margins of one table."""
    n_, N_, m_ = np.broadcast_arrays(as_whole("n", n), as_whole("N", N), as_whole("m", m))
    if np.any(n_ > N_) or np.any(m_ > N_):
        raise ValueError("n or m exceeds N: N counts all trials, those of the segment and the successful ones too")
    return Margins(n_, N_, m_)


def least_successes(of: Margins) -> FloatArray:
    """The fewest successes the segment can have: those that exceed the rest's trials."""
    return np.maximum(0.0, of.m - (of.N - of.n))


def successes_within(x: ArrayLike, of: Margins) -> FloatArray:
    """x as float64. Raises ValueError where a table with these margins cannot have it."""
    x_ = as_whole("x", x)
    if np.any(x_ < least_successes(of)) or np.any(x_ > np.minimum(of.n, of.m)):
        raise ValueError("x does not fit its margins: 0 <= x <= n, and the rest has m - x successes of N - n trials")
    return x_


def hypergeometric_moments(n: ArrayLike, N: ArrayLike, m: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """(mean, variance) of the segment's successes if it is no different: the fair share n m / N and
    n m (N - n) (N - m) / (N^2 (N - 1)).

    Broadcast against each other; unit: successes. Both are 0 without trials, the variance also at N = 1. Raises
    ValueError when n or m exceeds N or a count is not whole.
    """
    n_, N_, m_ = margins(n, N, m)
    all_ = np.maximum(N_, 1.0)
    mean = n_ * (m_ / all_)
    return mean, mean * ((N_ - n_) / all_) * ((N_ - m_) / np.maximum(N_ - 1.0, 1.0))


def segments_and_all(x: ArrayLike, n: ArrayLike) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """(x, n, N, m) of a dimension: x and n as (segment, week, band), N and m as (week, band).

    `x` and `n` have shape (segment, week) or (segment, week, band). Raises ValueError on other or unequal shapes,
    on more successes than trials and on what is no count.
    """
    x_, n_ = as_whole("x", x), as_whole("n", n)
    if x_.shape != n_.shape or x_.ndim not in (2, 3):
        raise ValueError(f"x and n need one shape, (segment, week[, band]), got {x_.shape}, {n_.shape}")
    if np.any(x_ > n_):
        raise ValueError("x exceeds n: the segment has more successes than trials")
    if x_.ndim == 2:
        x_, n_ = x_[:, :, np.newaxis], n_[:, :, np.newaxis]
    return x_, n_, n_.sum(axis=0), x_.sum(axis=0)
