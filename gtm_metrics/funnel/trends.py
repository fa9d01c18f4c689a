"""A segment and the rest over time, in periods of whole closed weeks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

import numpy as np
import pandas as pd

from gtm_metrics.funnel.pools import estimated, object_frame, or_none, pooled
from gtm_metrics.funnel.segments import checked, segments_of
from gtm_metrics.metrics import Metric
from gtm_metrics.question import ALL, Tally
from gtm_metrics.weeks import WEEK, sunday

TREND_COLUMNS = (
    "period_start", "period_end", "side", "trials", "successes", "estimate", "low", "high", "enough",
)  # fmt: skip
SPANS = ((4, 52), (13, 104), (26, 156))
"""Weeks a point stands for, and weeks drawn: the first with which most of a segment's points have enough is shown."""
SEGMENT = "segment"
REST = "rest"


def over_time(
    counted: Callable[[int], Tally], metric: Metric, segment: str, spans: Sequence[tuple[int, int]] = SPANS
) -> tuple[pd.DataFrame, int, Tally]:
    """(`trend`, the weeks a point stands for, the tally it is of) in the shortest periods most of which have enough.

    `counted` gives the tally of that many weeks; where no span does, the last one is told.
    """
    for span, weeks in spans:
        tally = counted(weeks)
        frame = trend(tally, metric, segment, span)
        here = frame[frame["side"] == SEGMENT]["enough"]
        if len(here) and here.mean() > 0.5:
            break
    return frame, span, tally


def trend(tally: Tally, metric: Metric, segment: str, span_weeks: int) -> pd.DataFrame:
    """The segment beside the rest in periods of `span_weeks` closed weeks, the last one ending with the last
    closed week; older first, in each the side 'segment', then 'rest'.

    period_start, period_end    first Monday and last Sunday; weeks at the start of the window that fill no
                                whole period are left out, and a window shorter than one has no rows
    trials, successes           counts, 0 where there was nothing
    estimate, low, high         as in `funnel`; None where not `enough`, that is below the metric's minimum

    "(all)" has no rest, so only the one side. A segment without a trial counts 0. Raises ValueError when
    span_weeks < 1, or as `funnel` does.
    """
    checked(tally, metric)
    if span_weeks < 1:
        raise ValueError(f"span_weeks is {span_weeks}; a period has at least 1 week")
    if tally.status != "ok" or tally.first_week is None or tally.last_week is None:
        return object_frame({name: [] for name in TREND_COLUMNS})
    periods = _weeks_from(tally.first_week, tally.last_week) // span_weeks
    start = tally.last_week + WEEK - periods * span_weeks * WEEK
    segments, coded = segments_of(tally)
    closed = coded.closed
    closed = closed[closed["week"] >= pd.Timestamp(start)]
    period = (closed["week"] - pd.Timestamp(start)).dt.days.to_numpy(dtype=np.int64) // (7 * span_weeks)
    code = closed["code"].to_numpy(dtype=np.int64)
    sides = (SEGMENT,) if segment == ALL else (SEGMENT, REST)
    matching = [i for i, each in enumerate(segments) if each.name == segment]
    side = np.zeros_like(code) if segment == ALL else (~np.isin(code, matching)).astype(np.int64)
    group = period * len(sides) + side
    pool = pooled(closed, group.astype(np.int64), periods * len(sides), metric)
    estimate, low, high = estimated(metric, pool)
    starts = [start + i * span_weeks * WEEK for i in range(periods) for _ in sides]
    return object_frame(
        {
            "period_start": starts,
            "period_end": [sunday(first + (span_weeks - 1) * WEEK) for first in starts],
            "side": list(sides) * periods,
            "trials": pool.trials.tolist(),
            "successes": pool.successes.tolist(),
            "estimate": or_none(estimate),
            "low": or_none(low),
            "high": or_none(high),
            "enough": (pool.trials >= metric.minimum).tolist(),
        }
    )


def _weeks_from(first: date, last: date) -> int:
    """How many weeks lie from the first Monday to the last, both in."""
    return max(0, (last - first) // WEEK + 1)
