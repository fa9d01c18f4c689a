"""How much more a segment's weeks swing than chance alone: learned from the other segments' past weeks."""

import numpy as np
from numpy.typing import ArrayLike

from gtm_metrics.estimates import FloatArray
from gtm_metrics.evidence.rules import RULES, EvidenceRules


def predictable_dispersion_from(x: ArrayLike, e: ArrayLike, v: ArrayLike, rules: EvidenceRules = RULES) -> FloatArray:
    """phi = 1 + tau2 v of each segment and week, shape (segment, week), never below 1 + sd_floor^2 v.

    `x`, `e`, `v`: the segments' successes, fair shares and null variances, each (segment, week) or (segment, week,
    band); bands are summed first. tau2 is the variance of a random segment-week effect on the log odds, by moments
    (after DerSimonian and Laird 1986), from weeks before this one and segments other than this one: squared
    deviations beyond v, and products of deviations up to `lags` weeks apart, so luck that lasts counts too. What a
    segment showed on average before is subtracted first: a lasting lead is no noise. Raises ValueError on unequal
    shapes.
    """
    observed, fair, variance = (_summed_bands(part) for part in (x, e, v))
    if not observed.shape == fair.shape == variance.shape:
        raise ValueError(f"x, e and v need one shape, got {observed.shape}, {fair.shape}, {variance.shape}")
    beyond = observed - fair
    level = _before(beyond) / (_before(variance) + 1 / rules.level_sd**2)
    deviation = beyond - variance * level
    lags = range(max(0, min(rules.lags, observed.shape[1] - 1)) + 1)
    above, below = _times_earlier(deviation, lags), _times_earlier(variance, lags)
    above[0] -= variance
    together = _of_others(_before(above)) / (rules.dispersion_weight + _of_others(_before(below)))
    tau2 = together[0]
    for lag in lags[1:]:
        tau2 = tau2 + 2 * (1 - lag / (rules.lags + 1)) * np.maximum(together[lag], 0.0)
    return np.asarray(1 + np.maximum(tau2, rules.sd_floor**2) * variance)


def _summed_bands(values: ArrayLike) -> FloatArray:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim not in (2, 3):
        raise ValueError(f"x, e and v are (segment, week) or (segment, week, band), got {array.ndim} axes")
    return array if array.ndim == 2 else np.asarray(array.sum(axis=2))


def _before(values: FloatArray) -> FloatArray:
    """Sum over the weeks (last axis) before each week."""
    out = np.zeros_like(values)
    np.cumsum(values[..., :-1], axis=-1, out=out[..., 1:])
    return out


def _times_earlier(values: FloatArray, lags: range) -> FloatArray:
    """Each week's value times the one so many weeks earlier, 0 in the first weeks; (lag, segment, week)."""
    out = np.zeros((len(lags), *values.shape))
    for lag in lags:
        np.multiply(values[:, lag:], values[:, : values.shape[1] - lag], out=out[lag, :, lag:])
    return out


def _of_others(values: FloatArray) -> FloatArray:
    """Sum over the other segments (last axis but one), from both ends: no segment's own value is added and taken away
    again."""
    earlier, later = np.zeros_like(values), np.zeros_like(values)
    np.cumsum(values[..., :-1, :], axis=-2, out=earlier[..., 1:, :])
    np.cumsum(values[..., :0:-1, :], axis=-2, out=later[..., -2::-1, :] if values.shape[-2] > 1 else later[..., :0, :])
    earlier += later
    return earlier
