"""Trials and successes added up group by group, and the statistic each metric shows of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gtm_metrics.estimates import (
    FloatArray,
    monthly_churn,
    monthly_churn_interval,
    restricted_mean_calls,
    wilson,
)
from gtm_metrics.funnel.segments import IntArray
from gtm_metrics.metrics import CALLS_COUNTED, Metric


@dataclass(frozen=True)
class Pool:
    """Counts of k groups: trials and successes, shape (k,); at_risk and events by call number from 1, shape
    (k, calls), which only a metric shown as calls has (calls is 0 for the others).
    """

    trials: IntArray
    successes: IntArray
    at_risk: IntArray
    events: IntArray

    def without(self, part: Pool) -> Pool:
        """What is left of these counts when `part` of them is taken away."""
        return Pool(
            self.trials - part.trials,
            self.successes - part.successes,
            self.at_risk - part.at_risk,
            self.events - part.events,
        )

    def total(self) -> Pool:
        """All groups as one."""
        return Pool(*(counts.sum(axis=0, keepdims=True) for counts in self._counts))

    def followed_by(self, other: Pool) -> Pool:
        """These groups, then those of the other pool."""
        pairs = zip(self._counts, other._counts, strict=True)
        return Pool(*(np.concatenate(pair) for pair in pairs))

    @property
    def _counts(self) -> tuple[IntArray, IntArray, IntArray, IntArray]:
        return self.trials, self.successes, self.at_risk, self.events


def pooled(frame: pd.DataFrame, codes: IntArray, groups: int, metric: Metric) -> Pool:
    """The counts of a tally's rows added up by group; `codes` has each row's group, 0 to groups - 1.

    Raises ValueError where the grouping of the frame cannot give the metric's statistic.
    """
    by_age = "age" in frame.columns
    if metric.estimate == "calls" and not by_age:
        raise ValueError(f"{metric.name} is read off call numbers; its tally must be grouped by age")
    if metric.shape == "exposure" and by_age:
        raise ValueError(f"a tally of {metric.name} grouped by age counts spells, not {metric.unit}")
    trials, successes = (added(frame[column], codes, groups) for column in ("trials", "successes"))
    if metric.estimate != "calls":
        none = np.zeros((groups, 0), dtype=np.int64)
        return Pool(trials, successes, none, none)
    call = frame["age"].to_numpy(dtype=np.int64)
    early = (call >= 1) & (call <= CALLS_COUNTED)
    cells = codes[early] * CALLS_COUNTED + call[early] - 1
    at_risk, events = (
        added(frame.loc[early, column], cells, groups * CALLS_COUNTED).reshape(groups, CALLS_COUNTED)
        for column in ("trials", "successes")
    )
    return Pool(trials, successes, at_risk, events)


def added(counts: pd.Series[Any], codes: IntArray, groups: int) -> IntArray:
    """Counts added up by group. Their sums are exact: doubles hold whole numbers up to 2^53."""
    values = counts.to_numpy(dtype=np.float64)
    return np.bincount(codes, weights=values, minlength=groups).astype(np.int64)


def estimated(metric: Metric, pool: Pool) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(estimate, low, high) of each group as the metric is shown, 95 %: s / n with Wilson's interval, the
    monthly churn, or the restricted mean calls. NaN below the metric's minimum: there is no rate there.
    """
    enough = pool.trials >= metric.minimum
    estimate, low, high = _statistic(metric, pool)
    return (
        np.where(enough, estimate, np.nan),
        np.where(enough, low, np.nan),
        np.where(enough, high, np.nan),
    )


def _statistic(metric: Metric, pool: Pool) -> tuple[FloatArray, FloatArray, FloatArray]:
    if metric.estimate == "calls":
        return restricted_mean_calls(pool.at_risk, pool.events, CALLS_COUNTED)
    rate = np.divide(pool.successes, pool.trials, out=np.full(pool.trials.shape, np.nan), where=pool.trials > 0)
    if metric.estimate == "churn":
        return monthly_churn(rate), *monthly_churn_interval(pool.successes, pool.trials)
    return rate, *wilson(pool.successes, pool.trials)


def or_none(values: FloatArray) -> list[float | None]:
    """Plain floats; NaN and the infinite, which JSON cannot carry, become None."""
    return [value if np.isfinite(value) else None for value in values.tolist()]


def object_frame(columns: Mapping[str, list[Any]]) -> pd.DataFrame:
    """A frame that keeps Python's own numbers, dates and None as they are."""
    return pd.DataFrame(dict(columns), dtype=object)
