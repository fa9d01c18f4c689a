"""The rows of the contract: one for everyone and one a segment."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gtm_metrics.estimates import (
    FloatArray,
    expected_at_rest_rate,
    gamma_poisson_shrinkage,
    mantel_haenszel_rate_ratio,
    monthly_churn_interval,
    observed_beside_rest,
    wilson,
)
from gtm_metrics.funnel.pools import added, estimated, object_frame, or_none, pooled
from gtm_metrics.funnel.segments import Segment, checked, segments_of
from gtm_metrics.funnel.strata import Strata, beside_rest, strata_of
from gtm_metrics.metrics import Metric
from gtm_metrics.question import ALL, Tally

ROW_COLUMNS = (
    "metric", "dimension", "segment", "by", "trials", "successes", "estimate", "low", "high",
    "rest_estimate", "ratio", "shrunken_ratio", "waiting", "status", "why", "first_week", "last_week",
    "as_of", "data_through",
)  # fmt: skip


def funnel(tally: Tally, metric: Metric) -> pd.DataFrame:
    """The contract rows of one metric: "(all)", the named segments by code point, those not set last.

    trials, successes, waiting   int; None where the metric is not connected or not measurable
    estimate, low, high          the metric's statistic and its 95 % interval: a fraction, or calls
    rest_estimate                the same statistic of every other trial, pooled; None on "(all)"
    ratio                        Mantel-Haenszel rate ratio over week and band (and `within`); None where the
                                 rest had no success
    shrunken_ratio               what segments are ranked by (Clayton and Kaldor 1987); None on "(not set)"
    status, why                  ok; too_early with "9 of 30 decided deals"; or the tally's own

    Counted are closed weeks; `waiting` counts trials begun since. Below the metric's minimum the counts stay
    and the rest is None. The minimum holds for the other side too: beside fewer trials than that there is
    no rest_estimate and no ratio. How much ratios are pulled towards 1 is estimated from all named segments,
    those too early included: they tell as much about how far segments differ as their size allows.
    Raises ValueError when the tally counts another metric or is not grouped as the metric needs.
    """
    checked(tally, metric)
    if tally.status != "ok":
        return _rows(tally, metric, (), {"status": [tally.status], "why": [tally.why]})
    segments, coded = segments_of(tally)
    closed, count = coded.closed, len(segments)
    everyone = pooled(closed, np.zeros(len(closed), dtype=np.int64), 1, metric)
    grouped = closed if segments else closed.iloc[:0]
    each = pooled(grouped, grouped["code"].to_numpy(dtype=np.int64), count, metric)
    rest = everyone.without(each)
    counts = everyone.followed_by(each)
    estimate, low, high = (or_none(values) for values in estimated(metric, counts))
    comparable = (each.trials >= metric.minimum) & (rest.trials >= metric.minimum)
    ratio, shrunken = _ratios(strata_of(closed), segments)
    started = coded.waiting
    waiting = added(started["trials"], started["code"].to_numpy(dtype=np.int64), max(1, count)).tolist()
    early = [trials < metric.minimum for trials in counts.trials.tolist()]
    return _rows(
        tally,
        metric,
        segments,
        {
            "trials": counts.trials.tolist(),
            "successes": counts.successes.tolist(),
            "estimate": estimate,
            "low": low,
            "high": high,
            "rest_estimate": [None, *_where(comparable, estimated(metric, rest)[0])],
            "ratio": [None, *_where(comparable, ratio)],
            "shrunken_ratio": [None, *_where(comparable, shrunken)],
            "waiting": [sum(waiting), *waiting[:count]],
            "status": ["too_early" if is_early else "ok" for is_early in early],
            "why": [
                f"{trials:,} of {metric.minimum:,} {metric.unit}" if is_early else ""
                for trials, is_early in zip(counts.trials.tolist(), early, strict=True)
            ],
        },
    )


def grey_interval(metric: Metric, trials: int, successes: int) -> tuple[float, float] | None:
    """95 % interval (low, high) of a segment too small for a rate, on the metric's own scale; from `least`
    trials up to its minimum, else None. Calls have none: their mean needs more than two counts.
    """
    if metric.estimate == "calls" or not metric.least <= trials < metric.minimum:
        return None
    ends = monthly_churn_interval if metric.estimate == "churn" else wilson
    low, high = ends(successes, trials)
    return float(low), float(high)


def _ratios(strata: Strata, segments: tuple[Segment, ...]) -> tuple[FloatArray, FloatArray]:
    """(ratio, shrunken ratio) of each segment, NaN where there is none."""
    ratio, observed, expected = beside_rest(strata, len(segments), _beside_rest)
    named = np.array([segment.named for segment in segments], dtype=bool)
    shrunken = np.full(len(segments), np.nan)
    shrunken[named] = gamma_poisson_shrinkage(observed[named], expected[named])[0]
    return ratio, shrunken


def _beside_rest(x: FloatArray, n: FloatArray, N: FloatArray, m: FloatArray) -> tuple[FloatArray, ...]:
    return (
        mantel_haenszel_rate_ratio(x, n, N, m),
        observed_beside_rest(x, n, N),
        expected_at_rest_rate(x, n, N, m),
    )


def _where(condition: NDArray[np.bool_], values: FloatArray) -> list[float | None]:
    return or_none(np.where(condition, values, np.nan))


def _rows(tally: Tally, metric: Metric, segments: tuple[Segment, ...], columns: dict[str, list[Any]]) -> pd.DataFrame:
    """The columns given, with what all rows share; those not given are None."""
    count = 1 + len(segments)
    shared: dict[str, Any] = {
        "metric": metric.name,
        "dimension": tally.question.dimension,
        "first_week": tally.first_week,
        "last_week": tally.last_week,
        "as_of": tally.question.as_of,
        "data_through": tally.data_through,
    }
    names: dict[str, list[Any]] = {
        "segment": [ALL, *(segment.name for segment in segments)],
        "by": [{}, *(dict(segment.by) for segment in segments)],
    }
    all_columns = {name: [value] * count for name, value in shared.items()} | names | columns
    return object_frame({name: all_columns.get(name, [None] * count) for name in ROW_COLUMNS})
