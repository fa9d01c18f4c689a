"""Frozen cells as arrays on the refresh clock.

Column r of a metric is the last of its weeks that was frozen by the end of refresh week r: its week r - lag. A
comparison period (stratum) is 1, 4 or 13 such columns, fixed for good from the trials of the first weeks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gtm_metrics.metrics import Metric
from gtm_metrics.signal.rules import Rules

Floats = NDArray[np.float64]
DAY = np.timedelta64(1, "D")


@dataclass(frozen=True)
class MetricColumns:
    """One metric of one dimension: successes x and trials n of shape (segment, column, band).

    lag      weeks from the metric's own week to the refresh week that counts it
    bands    the names of the bands, in order
    first    first column in which any segment has a trial; the number of columns when there is none
    stratum  columns to a comparison period
    """

    metric: Metric
    x: Floats
    n: Floats
    bands: tuple[str, ...]
    lag: int
    first: int
    stratum: int

    @property
    def sign(self) -> int:
        """1 where more successes are better, -1 where fewer are (customers lost)."""
        return sign_of(self.metric)

    def strata(self, start: int) -> tuple[Floats, Floats, int]:
        """(x, n, begin): successes and trials (segment, period, band) of the whole periods from column `start`.

        Periods begin at `begin`, the later of `start` and the metric's first column; one that is not over is
        left out.
        """
        begin = max(start, self.first)
        segments, columns, bands = self.x.shape
        periods = max(0, columns - begin) // self.stratum
        if self.stratum == 1:
            return self.x[:, begin:], self.n[:, begin:], begin
        within = slice(begin, begin + periods * self.stratum)
        shape = (segments, periods, self.stratum, bands)
        return self.x[:, within].reshape(shape).sum(axis=2), self.n[:, within].reshape(shape).sum(axis=2), begin

    def aligned(self, start: int) -> int:
        """The earliest column from which whole periods lead up to column `start`: history that ends where it begins."""
        return start if start <= self.first else self.first + (start - self.first) % self.stratum

    def on_columns(self, values: Floats, begin: int, before: float = 0.0) -> Floats:
        """Running values (..., period) as (..., column): each column holds its last whole period's value."""
        columns = self.x.shape[1]
        period = (np.arange(columns) - begin + 1) // self.stratum
        padded = np.concatenate([np.full((*values.shape[:-1], 1), before), values], axis=-1)
        return np.asarray(padded[..., np.clip(period, 0, values.shape[-1])])


@dataclass(frozen=True)
class Columns:
    """One dimension: its segments ("(not set)" and unregistered ones included) and its metrics, in order."""

    dimension: str
    segments: tuple[str, ...]
    metrics: tuple[MetricColumns, ...]

    def row(self, segment: str) -> int:
        """Where the segment stands in the arrays."""
        return self.segments.index(segment)


def sign_of(metric: Metric) -> int:
    """1 where more successes of a trial are better. Understanding on this call is; leaving this week is not."""
    return -1 if metric.estimate == "churn" else 1


def lag_weeks(metric: Metric, rules: Rules) -> int:
    """Weeks from a metric's week to the refresh week at whose end it is closed and settled."""
    return ceil((metric.maturity + rules.settle_days) / 7)


def columns_of(
    frozen: pd.DataFrame, registry: pd.DataFrame, metrics: Sequence[Metric], weeks: Sequence[Any], rules: Rules
) -> tuple[Columns, ...]:
    """The dimensions of the registry as arrays over the refresh weeks `weeks`.

    frozen    one row a cell: dimension, metric, week, segment, band, trials, successes
    registry  dimension, segment, first_week and, where known, registered_week: the refresh week in which the
              segment was registered, up to which data may fix the comparison periods
    Cells outside the refresh weeks count for nothing. Raises ValueError when the weeks are not consecutive Mondays.
    """
    clock = refresh_clock(weeks)
    cells = _Cells(
        dimension=_coded(frozen["dimension"]),
        metric=_coded(frozen["metric"]),
        segment=_coded(frozen["segment"]),
        band=_coded(frozen["band"]),
        week=(frozen["week"].to_numpy().astype("datetime64[D]") - clock[0]) // (7 * DAY),
        trials=frozen["trials"].to_numpy(np.float64),
        successes=frozen["successes"].to_numpy(np.float64),
    )
    out = []
    for dimension, registered in registry.groupby("dimension", sort=True):
        mine = cells.dimension.of(str(dimension))
        there = cells.segment.names[np.unique(cells.segment.code[mine])]
        names = tuple(sorted(set(there) | set(registered["segment"])))
        fixed_by = _fixed_by(registered, clock)
        parts = tuple(
            _metric_columns(cells, mine & cells.metric.of(m.name), names, m, clock, fixed_by, rules) for m in metrics
        )
        out.append(Columns(str(dimension), names, parts))
    return tuple(out)


class _Coded(NamedTuple):
    """A column of few names: which of them each cell has."""

    code: NDArray[np.intp]
    names: NDArray[np.object_]

    def of(self, name: str) -> NDArray[np.bool_]:
        """Which cells have this name."""
        found = np.flatnonzero(self.names == name)
        return np.asarray(self.code == (found[0] if found.size else -1))


class _Cells(NamedTuple):
    """Frozen cells as arrays; week counts from the first refresh week."""

    dimension: _Coded
    metric: _Coded
    segment: _Coded
    band: _Coded
    week: NDArray[np.int64]
    trials: Floats
    successes: Floats


def _places(among: Sequence[str], names: NDArray[np.object_]) -> NDArray[np.intp]:
    """Where each of the names stands among these, -1 where it does not."""
    at = {name: i for i, name in enumerate(among)}
    return np.array([at.get(name, -1) for name in names], dtype=np.intp)


def _coded(column: pd.Series) -> _Coded:
    code, names = pd.factorize(column)
    return _Coded(code, np.asarray(names, dtype=object))


def refresh_clock(weeks: Sequence[Any]) -> NDArray[np.datetime64]:
    """The refresh weeks as days; ValueError unless they are consecutive Mondays, at least one."""
    clock = np.asarray(pd.DatetimeIndex(pd.to_datetime(list(weeks)))).astype("datetime64[D]")
    if clock.size == 0 or np.any(np.diff(clock) != 7 * DAY) or pd.Timestamp(clock[0]).weekday() != 0:
        raise ValueError("refresh weeks must be consecutive Mondays, at least one")
    return clock


def column_of(week: Any, clock: NDArray[np.datetime64]) -> int:
    """The first column whose refresh week is `week` or later: 0 when it lies before, past the end when after."""
    return int(np.searchsorted(clock, np.datetime64(pd.Timestamp(week), "D")))


def _fixed_by(registered: pd.DataFrame, clock: NDArray[np.datetime64]) -> int:
    """Columns that may be read to fix the comparison periods: those up to the dimension's first registration."""
    if "registered_week" not in registered or registered["registered_week"].isna().any():
        return clock.size
    return min(clock.size, column_of(registered["registered_week"].min(), clock) + 1)


def _metric_columns(
    cells: _Cells,
    mine: NDArray[np.bool_],
    segments: Sequence[str],
    metric: Metric,
    clock: NDArray[np.datetime64],
    fixed_by: int,
    rules: Rules,
) -> MetricColumns:
    lag = lag_weeks(metric, rules)
    bands = sorted(cells.band.names[np.unique(cells.band.code[mine])])
    band_at, segment_at = _places(bands, cells.band.names), _places(segments, cells.segment.names)
    column = cells.week + lag
    inside = np.flatnonzero(mine & (column >= 0) & (column < clock.size))
    shape = (len(segments), clock.size, max(1, len(bands)))
    place = (segment_at[cells.segment.code[inside]], column[inside], band_at[cells.band.code[inside]])
    n, x = np.zeros(shape), np.zeros(shape)
    np.add.at(n, place, cells.trials[inside])
    np.add.at(x, place, cells.successes[inside])
    used = np.flatnonzero(n.any(axis=(0, 2)))
    first = int(used[0]) if used.size else clock.size
    stratum = stratum_columns(n[:, first:fixed_by], rules)
    return MetricColumns(metric, x, n, tuple(map(str, bands)), lag, first, stratum)


def stratum_columns(n: Floats, rules: Rules) -> int:
    """Columns to a comparison period: the shortest that keeps 0.9 of the evidence, judged by the trials n (segment,
    column, band) of the first 26 columns with data (all, if fewer); the longest when none does, the shortest when
    there is nothing to look at yet.

    Comparing within a stratum of N trials, all segments together, costs one of them: (N - 1) / N of the evidence is
    kept (E0 and V of a sample drawn without replacement). A week of a hundred trials loses nothing, and a longer
    period would only be later; a week of three loses a third. Only trials are read, so the e-values stay valid.
    """
    look = n[:, : rules.stratum_look].sum(axis=0)
    lengths = sorted(int(length) for length in rules.stratum_weeks)
    if not look.any():
        return lengths[0]
    return next((length for length in lengths if _kept_share(look, length) >= rules.stratum_kept), lengths[-1])


def _kept_share(trials: Floats, length: int) -> float:
    """(trials - strata) / trials over the strata that hold any, in periods of `length` columns; (column, band)."""
    begins = np.arange(0, trials.shape[0], length)
    strata = np.add.reduceat(trials, begins, axis=0)
    return float(1 - np.count_nonzero(strata) / strata.sum())
