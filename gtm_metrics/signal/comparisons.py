"""One dimension compared with itself: weekly leads, running sums and evidence, each computed once and kept.

Arrays are (metric, segment, column). Evidence begins in a column: the first one of a segment, the one after its
signal (for being worse since), the one after it was reopened.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gtm_metrics.estimates import gamma_poisson_shrinkage
from gtm_metrics.evidence import (
    Detector,
    Standing,
    combine_mean,
    combine_partial_conjunction,
    hypergeometric_moments,
    predictable_dispersion_from,
    reopen_detector,
    segment_evidence,
    segment_standing,
)
from gtm_metrics.signal.columns import Columns, Floats, MetricColumns
from gtm_metrics.signal.rules import Rules


@dataclass(frozen=True)
class Weekly:
    """Per metric, segment and column: successes, their fair share and its variance if the segment is no different."""

    observed: Floats
    expected: Floats
    variance: Floats


@dataclass(frozen=True)
class Sums:
    """Running sums since a column, at the end of each comparison period; (metric, segment, column).

    fair_share     E0, the segment's share of all successes by its share of trials
    beside_rest    its successes where there was a rest to compare with, and
    expected_rest  those it would have had there at the rest's rate
    """

    fair_share: Floats
    beside_rest: Floats
    expected_rest: Floats


@dataclass(frozen=True)
class Run:
    """Evidence of one segment from column `start` on: log e-values, (metric, column) and (column,).

    Before `start`, and where nothing could be compared yet, they are 0. With one metric `log_e_two` is -inf.
    """

    start: int
    log_e_better: Floats
    log_e_worse: Floats
    log_e_any: Floats
    log_e_two: Floats


@dataclass
class Comparison:
    """A dimension on the refresh clock; `registered` are the rows that may win.

    before  where things stood after fewer columns of the same (`carried.Carried.states`); after where they stand now.
    Who works something out that goes on from week to week takes the one and leaves the other, under one name.
    """

    columns: Columns
    registered: tuple[int, ...]
    rules: Rules
    before: Mapping[str, Mapping[str, NDArray[Any]]] = field(default_factory=dict, repr=False)
    after: dict[str, Mapping[str, NDArray[Any]]] = field(default_factory=dict, repr=False)
    _runs: dict[tuple[int, int], Run] = field(default_factory=dict, repr=False)
    _sums: dict[int, Sums] = field(default_factory=dict, repr=False)
    _ratios: dict[tuple[int, int, int], Floats] = field(default_factory=dict, repr=False)

    _phi: dict[tuple[int, int], Floats] = field(default_factory=dict, repr=False)
    _kept: dict[tuple[object, ...], Floats] = field(default_factory=dict, repr=False)

    @property
    def metrics(self) -> tuple[MetricColumns, ...]:
        """The metrics, in order."""
        return self.columns.metrics

    @property
    def signs(self) -> tuple[int, ...]:
        """1 where more successes are better, -1 where fewer are, per metric."""
        return tuple(metric.sign for metric in self.metrics)

    @property
    def labels(self) -> tuple[str, ...]:
        """The metrics' names on screen."""
        return tuple(metric.metric.label for metric in self.metrics)

    @cached_property
    def weekly(self) -> Weekly:
        """Observed and expected successes column by column, bands summed."""
        parts = [_moments(metric.x, metric.n) for metric in self.metrics]
        observed = np.stack([metric.x.sum(axis=2) for metric in self.metrics])
        return Weekly(observed, np.stack([e for e, _ in parts]), np.stack([v for _, v in parts]))

    @cached_property
    def has_data(self) -> Floats:
        """How many columns up to each one had a trial of any metric in any segment; shape (column,)."""
        any_trial = np.any([metric.n.any(axis=(0, 2)) for metric in self.metrics], axis=0)
        return np.cumsum(any_trial).astype(np.float64)

    def sums(self, start: int) -> Sums:
        """Running sums of every segment since column `start`."""
        if start not in self._sums:
            parts = [_running(metric, start) for metric in self.metrics]
            self._sums[start] = Sums(*(np.stack(part) for part in zip(*parts, strict=True)))
        return self._sums[start]

    def shrunken(self, metric: int, start: int, column: int) -> Floats:
        """Shrunken ratios of all segments at a column, NaN for those not registered; shape (segment,)."""
        key = (metric, start, column)
        if key not in self._ratios:
            sums, rows = self.sums(start), list(self.registered)
            ratio = np.full(len(self.columns.segments), np.nan)
            ratio[rows] = gamma_poisson_shrinkage(
                sums.beside_rest[metric, rows, column], sums.expected_rest[metric, rows, column]
            )[0]
            self._ratios[key] = ratio
        return self._ratios[key]

    def ratios(self, row: int, start: int, column: int) -> Floats:
        """The segment's shrunken ratio on each metric; shape (metric,)."""
        return np.array([self.shrunken(k, start, column)[row] for k in range(len(self.metrics))])

    def prepare(self, start: int, rows: Sequence[int]) -> None:
        """Compute the evidence of `rows` since column `start` at once, where it is not known yet."""
        missing = [row for row in rows if (start, row) not in self._runs]
        if not missing:
            return
        parts = [self._evidence(k, start, missing) for k in range(len(self.metrics))]
        better, worse = (np.stack(part) for part in zip(*parts, strict=True))
        every = run_of(start, better, worse)
        for i, row in enumerate(missing):
            self._runs[start, row] = Run(start, better[:, i], worse[:, i], every.log_e_any[i], every.log_e_two[i])

    def worse(self, row: int, start: int) -> Floats:
        """The largest evidence since column `start`, over the metrics, that the segment is worse; (column,)."""
        parts = [self._evidence(k, start, [row], robust=False)[1] for k in range(len(self.metrics))]
        return np.asarray(np.stack(parts)[:, 0].max(axis=0))

    def _evidence(self, k: int, start: int, rows: Sequence[int], robust: bool = True) -> tuple[Floats, Floats]:
        """`metric_evidence`, gone on with from where it stood."""
        metric = self.metrics[k]
        x, n, begin = metric.strata(start)
        if x.shape[1] == 0:
            return _nothing(metric, rows)
        name = f"{'evidence' if robust else 'worse'} {start} {k} {rows[0]}"
        stood = self.before.get(name)
        same = stood is not None and stood["rows"].tolist() == list(rows)
        before = Standing(*(stood[part] for part in Standing._fields)) if stood is not None and same else None
        rules, phi = self.rules.evidence(metric.stratum), self.dispersion(k, begin, x, n)
        standing = segment_standing(x, n, phi, metric.sign > 0, robust, rules, rows, before)
        self.after[name] = {**standing._asdict(), "rows": np.array(rows)}
        return metric.on_columns(standing.log_e_better, begin), metric.on_columns(standing.log_e_worse, begin)

    def run(self, row: int, start: int) -> Run:
        """The segment's evidence since column `start`."""
        self.prepare(start, [row])
        return self._runs[start, row]

    def detector(self, row: int, start: int, carrying: Sequence[int]) -> Floats:
        """log R of the reopening detector since column `start`, the mean over the carrying metrics; (column,).

        A period of several weeks stakes as much as its weeks would, so the alarm means the same for all metrics.
        """
        parts = []
        for k in carrying:
            metric = self.metrics[k]
            x, n, begin = metric.strata(metric.aligned(start))
            log_sr = np.full(x.shape[1], -np.inf)
            watched = max(0, (start - begin) // metric.stratum)
            if x.shape[1] > watched:
                rules, name = self.rules.evidence(metric.stratum), f"detector {start} {k} {row}"
                phi, stood = self.dispersion(k, begin, x, n)[row], self.before.get(name)
                before = None if stood is None else Detector(*(stood[part] for part in Detector._fields))
                detector = reopen_detector(x, n, row, watched, metric.sign > 0, phi, rules, before)
                self.after[name], log_sr = detector._asdict(), detector.log_r
            parts.append(metric.on_columns(log_sr + np.log(metric.stratum), begin, before=-np.inf))
        return combine_mean(np.stack(parts))

    def kept(self, key: tuple[object, ...], make: Callable[[], Floats]) -> Floats:
        """What `make` gives, made once for a key."""
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]

    def dispersion(self, k: int, begin: int, x: Floats, n: Floats) -> Floats:
        """phi of every segment and period, learned from all the history there is."""
        if (k, begin) not in self._phi:
            fair, variance = self.weekly.expected[k, :, begin:], self.weekly.variance[k, :, begin:]
            if self.metrics[k].stratum > 1:
                fair, variance = _moments(x, n)
            rules = self.rules.evidence(self.metrics[k].stratum)
            self._phi[k, begin] = predictable_dispersion_from(x.sum(axis=2), fair, variance, rules)
        return self._phi[k, begin]


def run_of(start: int, better: Floats, worse: Floats) -> Run:
    """The run of a segment from its metrics' log e-values, (metric, column); or of several, (metric, row, column)."""
    two = combine_partial_conjunction(better, 2) if better.shape[0] > 1 else np.full(better.shape[1:], -np.inf)
    return Run(start, better, worse, combine_mean(better), two)


def metric_evidence(metric: MetricColumns, start: int, rows: Sequence[int], rules: Rules) -> tuple[Floats, Floats]:
    """(log e better, log e worse) of `rows` since column `start` on the refresh clock; (row, column)."""
    x, n, begin = metric.strata(start)
    if x.shape[1] == 0:
        return _nothing(metric, rows)
    ev = segment_evidence(x, n, metric.sign > 0, rules=rules.evidence(metric.stratum), only=rows)
    return metric.on_columns(ev.log_e_better, begin), metric.on_columns(ev.log_e_worse, begin)


def _nothing(metric: MetricColumns, rows: Sequence[int]) -> tuple[Floats, Floats]:
    nothing = np.zeros((len(rows), metric.x.shape[1]))
    return nothing, nothing


def _moments(x: Floats, n: Floats) -> tuple[Floats, Floats]:
    mean, variance = hypergeometric_moments(n, n.sum(axis=0), x.sum(axis=0))
    return mean.sum(axis=2), variance.sum(axis=2)


def _running(metric: MetricColumns, start: int) -> tuple[Floats, Floats, Floats]:
    x, n, begin = metric.strata(start)
    trials, successes = n.sum(axis=0), x.sum(axis=0)
    others = trials - n
    rate = np.divide(successes - x, others, out=np.zeros_like(x), where=others > 0)
    beside = np.where(others > 0, x, 0.0)
    each = (_moments(x, n)[0], beside.sum(axis=2), (n * rate).sum(axis=2))
    fair_share, beside_rest, expected_rest = (metric.on_columns(np.cumsum(one, axis=1), begin) for one in each)
    return fair_share, beside_rest, expected_rest
