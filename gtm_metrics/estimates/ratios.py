"""One segment beside the rest, stratum by stratum (week, or week and band).

x of n: the segment's successes and trials in a stratum; m of N: those of all, the segment included. The
strata lie along `axis` (one or several); what is left are the segments. The four are broadcast, so N and m
need no segment axis.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gtm_metrics.estimates.counts import FloatArray, as_counts, as_part_of
from gtm_metrics.estimates.rates import Z95

Axis = int | tuple[int, ...]


def mantel_haenszel_rate_ratio(x: ArrayLike, n: ArrayLike, N: ArrayLike, m: ArrayLike, axis: Axis = -1) -> FloatArray:
    """Success rate of the segment over that of the rest, pooled over strata: R / S with
    R = sum x (N - n) / N and S = sum (m - x) n / N (Mantel and Haenszel 1959, their weights on rates).

    A stratum with nobody in the segment or nobody in the rest adds nothing. NaN where S is 0: the rest had
    no success beside this segment. Raises ValueError when the four cannot be counts of one table.
    """
    segment, rest, _ = _pooled(x, n, N, m, axis)
    return np.divide(segment, rest, out=np.full_like(segment, np.nan), where=rest > 0)


def mantel_haenszel_interval(
    x: ArrayLike, n: ArrayLike, N: ArrayLike, m: ArrayLike, axis: Axis = -1, z: float = Z95
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(ratio, low, high): the rate ratio R / S of `mantel_haenszel_rate_ratio`, its interval normal on the
    log scale with variance P / (R S), P = sum [m n (N - n) / N^2 - x (m - x) / N] (Greenland, Robins 1985).

    With no success on one side there is no logarithm. There the interval is the set of ratios r with
    (R - r S)^2 <= z^2 r P, the construction of Sato (1990): 0 to z^2 P / S^2 when the segment had none,
    R^2 / (z^2 P) to infinity, ratio NaN, when the rest had none. No success at all, or no stratum with both
    sides: NaN. It holds for one look; watched week by week the always-valid interval is the right one.
    """
    segment, rest, spread = _pooled(x, n, N, m, axis)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratio = np.where(rest > 0, segment / rest, np.nan)
        reach = np.exp(z * np.sqrt(spread / (segment * rest)))
        low, high = ratio / reach, ratio * reach
        segment_had_none = (segment == 0) & (rest > 0)
        low = np.where(segment_had_none, 0.0, low)
        high = np.where(segment_had_none, z * z * spread / rest**2, high)
        rest_had_none = (rest == 0) & (segment > 0)
        low = np.where(rest_had_none, segment**2 / (z * z * spread), low)
        high = np.where(rest_had_none, np.inf, high)
    return ratio, low, high


def credibly_apart(low: ArrayLike, high: ArrayLike) -> NDArray[np.int8]:
    """1 where the whole interval of a ratio lies above 1, -1 where below, 0 where it holds 1 or is NaN.

    Above is ahead for a metric where higher is better, behind for one where lower is.
    """
    above = np.asarray(low, dtype=np.float64) > 1
    below = np.asarray(high, dtype=np.float64) < 1
    return above.astype(np.int8) - below.astype(np.int8)


def odds_to_rate_ratio(odds_ratio: ArrayLike, rest_rate: ArrayLike) -> FloatArray:
    """The rate ratio that this odds ratio means where the rest succeed at `rest_rate`: OR / (1 - p + p OR)
    (Zhang and Yu 1998). Raises ValueError when an odds ratio is negative or a rate lies outside 0 to 1.
    """
    odds = as_counts("odds_ratio", odds_ratio)
    rate = np.asarray(rest_rate, dtype=np.float64)
    if np.any(rate < 0) or np.any(rate > 1):
        raise ValueError("rest_rate is a share and must lie between 0 and 1")
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(odds / (1 - rate + rate * odds))


def expected_at_rest_rate(x: ArrayLike, n: ArrayLike, N: ArrayLike, m: ArrayLike) -> FloatArray:
    """Successes the segment would have had at the rest's rate of each stratum: sum n (m - x) / (N - n),
    over the last axis.

    A stratum without a rest (N = n) has no rate to expect by and is left out: set it beside
    `observed_beside_rest`, which leaves out the same ones, not beside all of the segment's successes.
    """
    x_, n_, N_, m_ = _tables(x, n, N, m)
    others = N_ - n_
    terms = np.divide(n_ * (m_ - x_), others, out=np.zeros_like(x_), where=others != 0)
    return np.asarray(terms.sum(axis=-1))


def observed_beside_rest(x: ArrayLike, n: ArrayLike, N: ArrayLike) -> FloatArray:
    """The segment's successes in the strata that have a rest (N > n): the O to set beside
    `expected_at_rest_rate`."""
    x_, n_ = as_part_of("x", x, "n", n)
    n_, N_ = as_part_of("n", n_, "N", N)
    return np.asarray(np.where(n_ == N_, 0.0, x_).sum(axis=-1))


def _tables(
    x: ArrayLike, n: ArrayLike, N: ArrayLike, m: ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """The four broadcast to one shape, refused unless each is one 2x2 table."""
    x_, n_, N_, m_ = np.broadcast_arrays(as_counts("x", x), as_counts("n", n), as_counts("N", N), as_counts("m", m))
    as_part_of("x", x_, "n", n_)
    as_part_of("x", x_, "m", m_)
    as_part_of("n", n_, "N", N_)
    if np.any(m_ - x_ > N_ - n_):
        raise ValueError("m - x exceeds N - n: the rest has more successes than trials")
    return x_, n_, N_, m_


def _pooled(
    x: ArrayLike, n: ArrayLike, N: ArrayLike, m: ArrayLike, axis: Axis
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The ratio's numerator R, its denominator S, and Greenland and Robins' P, each summed over strata.

    P is written as sum [x n g + y (N - n) f] / N^2, y, f and g being the rest's successes and the failures on
    either side: the same number, without a difference that rounding could leave above 0.
    """
    x_, n_, N_, m_ = _tables(x, n, N, m)
    weight = np.divide(1.0, N_, out=np.zeros_like(N_), where=N_ != 0)
    y, rest_n = m_ - x_, N_ - n_
    segment = x_ * rest_n * weight
    rest = y * n_ * weight
    spread = (x_ * n_ * (rest_n - y) + y * rest_n * (n_ - x_)) * weight * weight
    return (
        np.asarray(segment.sum(axis=axis)),
        np.asarray(rest.sum(axis=axis)),
        np.asarray(spread.sum(axis=axis)),
    )
