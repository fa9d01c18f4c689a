"""Asks the warehouse for the weeks that may still change: one query a metric, for every dimension at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from gtm_metrics.company import Company
from gtm_metrics.metrics import Metric
from gtm_metrics.refresh.calendar import frozen_through
from gtm_metrics.rules import Rules
from gtm_metrics.tallies import tally_each
from gtm_metrics.warehouse import Warehouse
from gtm_metrics.weeks import WEEK, sunday

CELLS = ("dimension", "metric", "week", "segment", "band", "trials", "successes")

Spans = Mapping[str, Mapping[str, Sequence[str | None]]]
"""{dimension: {metric: [first frozen week or None for all, last frozen week]}}, dates as ISO text."""

Tell = Callable[[str], None]
"""Takes a line of progress."""


@dataclass(frozen=True, eq=False)
class Counts:
    """A series (dimension and metric) as the warehouse tells it now, in its weeks from `first` through `last`.

    begin  the series' first frozen week; None for all. first is never before it, and None where everything was asked
    after  the first of the weeks that are not frozen yet
    cells  week | segment | band | trials | successes
    """

    dimension: str
    metric: str
    begin: date | None
    first: date | None
    after: date | None
    last: date
    cells: pd.DataFrame

    @property
    def fresh(self) -> pd.DataFrame:
        """The cells that are frozen now."""
        return self.cells if self.after is None else self.cells[self.cells["week"] >= pd.Timestamp(self.after)]


@dataclass(frozen=True)
class Frozen:
    """What a refresh freezes: cells (columns CELLS), and how far every series is frozen after it."""

    cells: pd.DataFrame
    spans: Spans


def count(
    warehouse: Warehouse,
    company: Company,
    dimensions: Sequence[str],
    metrics: Sequence[Metric],
    week: date,
    before: Spans,
    since: date | None,
    look_back: int | None,
    tell: Tell,
) -> tuple[Counts, ...]:
    """Every series as it was known at the end of refresh week `week`: what it freezes, and the weeks looked at again.

    before     how far every series was frozen; a dimension that is not in it is counted from the beginning
    since      the refresh before this one; a metric that could not be counted then starts with what came after it
    look_back  how many frozen weeks are asked for again; None: all of them
    """
    counts = []
    for metric in metrics:
        last = frozen_through(metric, week, company.rules)
        asked: dict[date | None, list[tuple[str, date | None, date | None]]] = defaultdict(list)
        for dimension in dimensions:
            begin, after = _resumes(metric, before.get(dimension), since, company.rules)
            asked[_looks_from(begin, after, look_back)].append((dimension, begin, after))
        for first, series in asked.items():
            found = tally_each(
                warehouse, company, metric, [name for name, _, _ in series], sunday(week), first, sunday(last)
            )
            for dimension, begin, after in series:
                if dimension in found:
                    counts.append(Counts(dimension, metric.name, begin, first, after, last, found[dimension]))
            told = "all weeks" if first is None else f"weeks from {first}"
            tell(f"{metric.label} by {', '.join(name for name, _, _ in series)}: {told} through {last}")
    return tuple(counts)


def _resumes(
    metric: Metric, known: Mapping[str, Sequence[str | None]] | None, since: date | None, rules: Rules
) -> tuple[date | None, date | None]:
    """(first frozen week of the series, first week that is not frozen yet); None where everything is."""
    if known is None or since is None:
        return None, None
    if metric.name in known:
        begin, last = known[metric.name]
        return date.fromisoformat(begin) if begin else None, date.fromisoformat(str(last)) + WEEK
    # evidence of weeks that went by uncounted is not made up for
    after = frozen_through(metric, since, rules) + WEEK
    return after, after


def _looks_from(begin: date | None, after: date | None, look_back: int | None) -> date | None:
    """The first week to ask for; None for the beginning."""
    if after is None or look_back is None:
        return begin
    first = after - look_back * WEEK
    return first if begin is None else max(begin, first)


def freeze(counts: Sequence[Counts], before: Spans) -> Frozen:
    """The cells that are frozen for good, and how far every series reaches with them."""
    spans: dict[str, dict[str, list[str | None]]] = {d: {m: list(s) for m, s in of.items()} for d, of in before.items()}
    cells = []
    for series in counts:
        if series.after is not None and series.after > series.last:
            continue
        cells.append(series.fresh.assign(dimension=series.dimension, metric=series.metric))
        begin = series.begin.isoformat() if series.begin else None
        spans.setdefault(series.dimension, {})[series.metric] = [begin, series.last.isoformat()]
    return Frozen(pd.concat([_none(), *cells], ignore_index=True)[list(CELLS)], spans)


def _none() -> pd.DataFrame:
    kinds: dict[str, Any] = {"week": "datetime64[us]", "trials": "int64", "successes": "int64"}
    return pd.DataFrame({c: pd.Series([], dtype=kinds.get(c, "object")) for c in CELLS})
