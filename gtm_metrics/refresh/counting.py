"""Asks the warehouse for the weeks that are to be frozen, a series (dimension and metric) one narrow query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from gtm_metrics.company import Company
from gtm_metrics.metrics import Metric
from gtm_metrics.question import Question
from gtm_metrics.refresh.calendar import frozen_through
from gtm_metrics.rules import Rules
from gtm_metrics.tallies import tally
from gtm_metrics.warehouse import Warehouse
from gtm_metrics.weeks import WEEK, sunday

CELLS = ("dimension", "metric", "week", "segment", "band", "trials", "successes")

Spans = Mapping[str, Mapping[str, Sequence[str | None]]]
"""{dimension: {metric: [first frozen week or None for all, last frozen week]}}, dates as ISO text."""


@dataclass(frozen=True)
class Frozen:
    """What a refresh freezes: cells (columns CELLS), and how far every series is frozen after it."""

    cells: pd.DataFrame
    spans: Spans


def freeze(
    warehouse: Warehouse,
    company: Company,
    rules: Rules,
    dimensions: Sequence[str],
    metrics: Sequence[Metric],
    week: date,
    before: Spans,
    since: date | None,
) -> Frozen:
    """Counts what refresh week `week` freezes, as it was known at the end of that week's Sunday.

    before  how far every series was frozen; a dimension that is not in it is frozen from the beginning
    since   the refresh before this one; a metric that could not be counted then starts with what came after it
    """
    cells: list[pd.DataFrame] = []
    spans: dict[str, dict[str, list[str | None]]] = {d: {m: list(s) for m, s in of.items()} for d, of in before.items()}
    for dimension in dimensions:
        known = before.get(dimension)
        for metric in metrics:
            begin, after = _resumes(metric, known, since, rules)
            last = frozen_through(metric, week, rules)
            if after is not None and after > last:
                continue
            counted = count(warehouse, company, metric, (dimension,), week, after, last)
            if counted is None:
                continue
            cells.append(counted.assign(dimension=dimension, metric=metric.name))
            spans.setdefault(dimension, {})[metric.name] = [begin, last.isoformat()]
    return Frozen(pd.concat([_none(), *cells], ignore_index=True)[list(CELLS)], spans)


def _resumes(
    metric: Metric, known: Mapping[str, Sequence[str | None]] | None, since: date | None, rules: Rules
) -> tuple[str | None, date | None]:
    """(first frozen week of the series, first week to ask for); None where everything is."""
    if known is None or since is None:
        return None, None
    if metric.name in known:
        begin, last = known[metric.name]
        return begin, date.fromisoformat(str(last)) + WEEK
    # evidence of weeks that went by uncounted is not made up for
    after = frozen_through(metric, since, rules) + WEEK
    return after.isoformat(), after


def count(
    warehouse: Warehouse,
    company: Company,
    metric: Metric,
    by: tuple[str, ...],
    week: date,
    first: date | None,
    last: date,
) -> pd.DataFrame | None:
    """The metric's cells in its weeks from `first` (None: the beginning) through `last`, known at the end of `week`.

    week | segment (where asked for) | band | trials | successes. None where it cannot be counted.
    """
    asked = None if first is None else (first, last)
    counted = tally(warehouse, company, metric, Question(sunday(week), by=by, weeks=asked))
    if counted.status != "ok":
        return None
    frame = counted.frame
    inside = frame["week"] <= pd.Timestamp(last)
    if first is not None:
        inside &= frame["week"] >= pd.Timestamp(first)
    return frame[inside].drop(columns="metric").reset_index(drop=True)


def _none() -> pd.DataFrame:
    kinds: dict[str, Any] = {"week": "datetime64[us]", "trials": "int64", "successes": "int64"}
    return pd.DataFrame({c: pd.Series([], dtype=kinds.get(c, "object")) for c in CELLS})
