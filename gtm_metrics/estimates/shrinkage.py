"""Observed over expected, pulled towards 1 by as much as the segments themselves suggest."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaincinv, gammaln

from gtm_metrics.estimates.counts import FloatArray, as_counts

# The true ratios have sd 1 / sqrt(a). At 0.05 it is 4.5, beyond any market; below about 0.01 the
# mean of a segment without successes would lie outside its own 90 % band.
SMALLEST_A = 0.05
LARGEST_A = 1e6  # times the largest count: there segments differ by less than any count can show
GRID_POINTS = 64
STIRLING_FROM = 20.0


def gamma_poisson_shrinkage(
    observed: ArrayLike, expected: ArrayLike
) -> tuple[FloatArray, float, FloatArray, FloatArray]:
    """(ratio, a, q05, q95): shrunken ratios (O + a) / (E + a) with their 90 % bands.

    O, E = observed, expected: the segments' successes, and those expected at the rest's rate, each of shape
    (segments,). Model: O ~ Poisson(E r), r ~ Gamma(shape a, rate a), mean 1; `a` maximises the negative
    binomial likelihood over the segments, the bands are Gamma(O + a, rate E + a) quantiles (Clayton and
    Kaldor 1987, the prior mean held at 1). A ratio lies between 1 and O / E. Where the segments differ no
    more than luck would have it, a runs to its upper bound (a million times the largest count) and every
    ratio to 1. One segment alone sets its own a. O > 0 at E = 0 takes part in ranking but not in choosing
    a. O = E = 0 and NaN counts give NaN; if no segment has E > 0 all are NaN, a too. It ranks and displays;
    it carries no guarantee against error. Raises ValueError on negative counts or other shapes.
    """
    o, e = as_counts("observed", observed), as_counts("expected", expected)
    if o.ndim != 1 or o.shape != e.shape:
        raise ValueError(f"observed and expected need one entry a segment each, got {o.shape} and {e.shape}")
    informative = np.isfinite(o + e) & (e > 0)
    a = _likeliest_a(o[informative], e[informative])
    shape = np.where(o + e > 0, o + a, np.nan)
    rate = e + a
    return shape / rate, a, gammaincinv(shape, 0.05) / rate, gammaincinv(shape, 0.95) / rate


def negative_binomial_log_likelihood(a: ArrayLike, observed: FloatArray, expected: FloatArray) -> FloatArray:
    """Log likelihood of each `a` less that of the Poisson (a without end), summed over segments:
    sum of lnG(O + a) - lnG(a) - O ln a - (O + a) ln(1 + E / a) + E.

    For large a the gamma functions are written out by Stirling's series and the large parts cancelled by
    hand, so that the likelihood stays smooth where it flattens towards the Poisson.
    """
    k = np.asarray(a, dtype=np.float64)[..., np.newaxis]
    gammas = gammaln(observed + k) - gammaln(k) - observed * np.log(k)
    direct = gammas - (observed + k) * np.log1p(expected / k) + expected
    u = (observed - expected) / (expected + k)
    cancelled = (expected + k) * ((1 + u) * np.log1p(u) - u)
    series = cancelled - 0.5 * np.log1p(observed / k) + _stirling_tail(observed + k) - _stirling_tail(k)
    return np.asarray(np.where(k < STIRLING_FROM, direct, series).sum(axis=-1))


def _stirling_tail(z: FloatArray) -> FloatArray:
    """What lnG(z) has beyond (z - 1/2) ln z - z + ln(2 pi) / 2, to 1e-12 for z >= 20."""
    return (1 / 12 - (1 / 360 - 1 / (1260 * z * z)) / (z * z)) / z


def _likeliest_a(observed: FloatArray, expected: FloatArray) -> float:
    """A grid over log a, drawn anew around its best point until that is known to 1e-8: no second hump traps it."""
    if observed.size == 0:
        return float("nan")
    largest = LARGEST_A * max(1.0, float(observed.max()), float(expected.max()))
    low, high = np.log(SMALLEST_A), np.log(largest)
    while high - low > 1e-8:
        grid = np.linspace(low, high, GRID_POINTS)
        best = int(np.argmax(negative_binomial_log_likelihood(np.exp(grid), observed, expected)))
        low, high = grid[max(best - 1, 0)], grid[min(best + 1, GRID_POINTS - 1)]
    return float(np.exp(grid[best]))
