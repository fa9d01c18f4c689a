"""Successes out of trials: the rate's interval, and the weekly hazard as a monthly churn."""

import numpy as np
from numpy.typing import ArrayLike

from gtm_metrics.estimates.counts import FloatArray, as_part_of

Z95 = 1.959963984540054  # 97.5 % quantile of the standard normal: two-sided 95 %
WEEKS_A_MONTH = 52 / 12


def wilson(successes: ArrayLike, trials: ArrayLike, z: float = Z95) -> tuple[FloatArray, FloatArray]:
    """Wilson score interval (low, high) of successes / trials, as fractions (Wilson 1927).

    The two are broadcast against each other. Zero trials give NaN for both ends: no data is no interval.
    Raises ValueError when successes exceed trials or a count is negative.
    """
    s, n = as_part_of("successes", successes, "trials", trials)
    n = np.where(n > 0, n, np.nan)
    z2 = z * z
    high = (2 * s + z2 + z * np.sqrt(z2 + 4 * s * (n - s) / n)) / (2 * (n + z2))
    # Both ends are roots of one quadratic: their product over the larger one loses no digits near s = 0.
    low = s * s / n / ((n + z2) * high)
    rate = s / n
    return np.minimum(low, rate), np.clip(high, rate, 1.0)


def monthly_churn(weekly_hazard: ArrayLike) -> FloatArray:
    """Share lost in a month at this weekly hazard: 1 - (1 - h)^(52/12), accurate for small h. NaN stays NaN.

    Raises ValueError when a hazard lies outside 0 to 1.
    """
    hazard = np.asarray(weekly_hazard, dtype=np.float64)
    if np.any(hazard < 0) or np.any(hazard > 1):
        raise ValueError("weekly_hazard is a share of customers and must lie between 0 and 1")
    with np.errstate(divide="ignore"):
        return np.asarray(-np.expm1(WEEKS_A_MONTH * np.log1p(-hazard)))


def monthly_churn_interval(left: ArrayLike, customer_weeks: ArrayLike, z: float = Z95) -> tuple[FloatArray, FloatArray]:
    """Interval (low, high) of the monthly churn: the Wilson ends of left / customer_weeks, each turned
    monthly.

    Zero customer-weeks give NaN. Raises ValueError as `wilson` does.
    """
    low, high = wilson(left, customer_weeks, z)
    return monthly_churn(low), monthly_churn(high)
