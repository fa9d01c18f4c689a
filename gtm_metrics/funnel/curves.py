"""Survival by age: who is still there after each month of tenure, who has not understood after each call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from gtm_metrics.estimates import kaplan_meier, survival_interval
from gtm_metrics.funnel.pools import added, object_frame, or_none
from gtm_metrics.funnel.segments import IntArray, checked, segments_of
from gtm_metrics.metrics import Metric
from gtm_metrics.question import ALL, Tally

CURVE_COLUMNS = ("metric", "dimension", "segment", "age", "at_risk", "events", "survival", "low", "high")
FIRST_AGE = {"calls": 1, "churn": 0}
"""By the metric's estimate: calls are numbered from 1, whole months of tenure from 0."""


def curve(tally: Tally, metric: Metric, segments: Sequence[str] | None = None) -> pd.DataFrame:
    """The contract rows of a life table (Kaplan and Meier 1958), ages ascending, segments in row order.

    The tally is grouped by age and asked over all weeks; its trials are those who reached that age (for
    churn: spells, not customer-weeks), its successes the events there. A frame without weeks is taken whole.
    `segments` picks some by name ("(all)" among them), None is everyone and every segment; one with nobody
    ever at risk has no rows.

    survival    share without the event after the events of that age; low, high by Greenwood on the
                log(-log) scale, None before the first event and once survival is 0
    The counts at risk stand in every row: a table of a few is drawn as such, or not at all, by whoever shows
    it. Raises ValueError for a metric that has no ages, or a tally not grouped by them.
    """
    checked(tally, metric)
    if metric.estimate not in FIRST_AGE:
        raise ValueError(f"{metric.name} has no ages; a curve is of {' or '.join(FIRST_AGE)}")
    if tally.status != "ok":
        return object_frame({name: [] for name in CURVE_COLUMNS})
    if "age" not in tally.frame.columns:
        raise ValueError(f"the tally of {metric.name} is not grouped by age")
    found, coded = segments_of(tally)
    frame = coded.closed if "week" in coded.frame.columns else coded.frame
    age = frame["age"].to_numpy(dtype=np.int64) - FIRST_AGE[metric.estimate]
    if (age < 0).any():
        raise ValueError(f"ages of {metric.name} begin at {FIRST_AGE[metric.estimate]}")
    count, ages = len(found), int(age.max(initial=-1)) + 1
    cells = frame["code"].to_numpy(dtype=np.int64) * ages + age
    shape = (max(1, count), ages)
    at_risk, events = (
        added(frame[column], cells, shape[0] * shape[1]).reshape(shape) for column in ("trials", "successes")
    )
    tables: list[tuple[str, IntArray, IntArray]] = [(ALL, at_risk.sum(axis=0), events.sum(axis=0))]
    tables += [(segment.name, at_risk[i], events[i]) for i, segment in enumerate(found)]
    rows = [
        row
        for name, n, d in tables
        if segments is None or name in segments
        for row in _life_table(name, n, d, FIRST_AGE[metric.estimate])
    ]
    shared = {"metric": metric.name, "dimension": tally.question.dimension}
    return object_frame({name: [(shared | row)[name] for row in rows] for name in CURVE_COLUMNS})


def _life_table(segment: str, at_risk: IntArray, events: IntArray, first_age: int) -> list[dict[str, Any]]:
    """One row an age, up to the last that anybody reached."""
    reached = int(np.flatnonzero(at_risk).max(initial=-1)) + 1
    n, d = at_risk[:reached], events[:reached]
    survival, _ = kaplan_meier(n, d)
    low, high = survival_interval(n, d)
    columns = zip(n.tolist(), d.tolist(), or_none(survival), or_none(low), or_none(high), strict=True)
    return [
        {"segment": segment, "age": first_age + i}
        | dict(zip(("at_risk", "events", "survival", "low", "high"), values, strict=True))
        for i, values in enumerate(columns)
    ]
