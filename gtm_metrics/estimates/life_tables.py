"""Life tables: survival from counts at risk and events, age by age along the last axis.

`at_risk[..., j]` reached age j + 1 (call number, or period of tenure) and `events[..., j]` had the event
there; whoever is at risk at one age and missing at the next without an event was censored. At an age where
nobody is at risk survival stays what it was. A table in which nobody is ever at risk has no survival: NaN
throughout.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gtm_metrics.estimates.counts import FloatArray, as_part_of
from gtm_metrics.estimates.rates import Z95

HALF = 0.5 + 1e-12  # a product of fractions that equals one half may come out a rounding above it


def kaplan_meier(at_risk: ArrayLike, events: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """(survival, median): survival after the events of each age (Kaplan and Meier 1958), shape as given.

    The median, one a table, is the first age, counted from 1, at which survival is one half or less; NaN
    where it is not reached. Raises ValueError when events exceed those at risk.
    """
    d, n = as_part_of("events", events, "at_risk", at_risk)
    staying = np.divide(n - d, n, out=np.ones_like(n), where=n != 0)
    survival = np.where(_nobody(n), np.nan, np.cumprod(staying, axis=-1))
    reached = survival <= HALF
    first = np.argmax(reached, axis=-1) + 1.0 if reached.shape[-1] else np.zeros(reached.shape[:-1])
    return survival, np.where(reached.any(axis=-1), first, np.nan)


def survival_interval(at_risk: ArrayLike, events: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Interval (low, high) of the survival at each age: Greenwood on the scale of log(-log S), which keeps
    it within 0 and 1 (Kalbfleisch and Prentice 1980).

    NaN where survival is exactly 1 (no event yet) or 0: the scale ends there, and a width of zero would claim
    a certainty the counts do not have.
    """
    survival, _ = kaplan_meier(at_risk, events)
    inside = np.where((survival > 0) & (survival < 1), survival, np.nan)
    standard_error = np.sqrt(np.cumsum(_greenwood_terms(at_risk, events), axis=-1))
    with np.errstate(invalid="ignore"):
        reach = np.exp(Z95 * standard_error / -np.log(inside))
    return inside**reach, inside ** (1 / reach)


def restricted_mean_calls(
    at_risk: ArrayLike, events: ArrayLike, calls: int = 6
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(estimate, low, high): mean calls to understanding, restricted to the first `calls`, one a table.

    Estimate = S(0) + ... + S(calls - 1), S(0) = 1: whoever has not understood counts as `calls`. Ends =
    estimate ± 1.96 sqrt(sum A_j^2 d_j / (n_j (n_j - d_j))), A_j = S(j) + ... + S(calls - 1), a term with A_j =
    0 being 0 (Irwin 1949; Klein and Moeschberger 2003, section 4.5). They are not clipped. A call nobody
    reached carries S forward, so a table that ends early leans on its last call. Nobody at risk in the
    first `calls` - 1 calls: NaN. Raises ValueError when calls < 2 or events exceed those at risk.
    """
    if calls < 2:
        raise ValueError(f"calls is {calls}; restricted to fewer than 2 calls the mean is 1 whatever happens")
    d, n = as_part_of("events", events, "at_risk", at_risk)
    d, n = _to_length(d, calls - 1), _to_length(n, calls - 1)
    survival, _ = kaplan_meier(n, d)
    still_to_come = np.cumsum(survival[..., ::-1], axis=-1)[..., ::-1]
    with np.errstate(invalid="ignore"):
        terms = np.where(still_to_come == 0, 0.0, still_to_come**2 * _greenwood_terms(n, d))
    estimate = 1 + survival.sum(axis=-1)
    reach = Z95 * np.sqrt(terms.sum(axis=-1))
    return estimate, estimate - reach, estimate + reach


def _nobody(at_risk: FloatArray) -> NDArray[np.bool_]:
    return np.asarray(at_risk.sum(axis=-1, keepdims=True) == 0)


def _greenwood_terms(at_risk: ArrayLike, events: ArrayLike) -> FloatArray:
    """d / (n (n - d)) at each age; 0 without events, infinite where all at risk had the event."""
    d, n = as_part_of("events", events, "at_risk", at_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(d == 0, 0.0, d / (n * (n - d)))


def _to_length(table: FloatArray, length: int) -> FloatArray:
    """The first `length` ages; ages beyond the table have nobody at risk."""
    missing = max(0, length - table.shape[-1])
    return np.pad(table[..., :length], [(0, 0)] * (table.ndim - 1) + [(0, missing)])
