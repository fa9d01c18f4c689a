"""Means and ratios of totals, from sums and sums of squares: what n | total | total_squares can say."""

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from gtm_metrics.estimates.counts import FloatArray
from gtm_metrics.estimates.rates import Z95


def mean_interval(
    n: ArrayLike, total: ArrayLike, total_squares: ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(mean, low, high) of n values by Student's t with n - 1 degrees of freedom (Student 1908).

    No mean (NaN) where n is 0, no ends where n is below 2. It describes the values as a sample; over amounts
    that lean far to one side the ends are rough for n below about 30.
    """
    count, summed, squares = (np.asarray(values, dtype=np.float64) for values in (n, total, total_squares))
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(count > 0, summed / count, np.nan)
        variance = np.maximum(squares - summed * mean, 0.0) / np.where(count > 1, count - 1, np.nan)
        reach = special.stdtrit(count - 1, 0.975) * np.sqrt(variance / count)
    return mean, mean - reach, mean + reach


def ratio_interval(
    n: ArrayLike,
    top: ArrayLike,
    top_squares: ArrayLike,
    bottom: ArrayLike,
    bottom_squares: ArrayLike,
    difference_squares: ArrayLike,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(ratio, low, high) of two totals over the same n rows: R = sum y / sum x, with the variance
    n / (n - 1) sum (y - R x)^2 / (sum x)^2 (Cochran 1977, Sampling Techniques, chapter 6, without the
    finite population correction).

    difference_squares: sum of (x - y)^2, from which sum x y = (sum x^2 + sum y^2 - it) / 2. No ratio (NaN) where
    sum x is not positive, no ends where n is below 2.
    """
    count, y, yy, x, xx, apart = (
        np.asarray(values, dtype=np.float64)
        for values in (n, top, top_squares, bottom, bottom_squares, difference_squares)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(x > 0, y / x, np.nan)
        off = np.maximum(yy - ratio * (xx + yy - apart) + ratio**2 * xx, 0.0)
        variance = off * count / np.where(count > 1, count - 1, np.nan) / x**2
        reach = Z95 * np.sqrt(variance)
    return ratio, ratio - reach, ratio + reach
