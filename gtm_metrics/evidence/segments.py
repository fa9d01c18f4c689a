"""Each segment of a dimension against the rest of it, on one metric, week after week."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gtm_metrics.estimates import FloatArray
from gtm_metrics.evidence.conditional import log_conditional_mgf
from gtm_metrics.evidence.dispersion import predictable_dispersion_from
from gtm_metrics.evidence.hardest_rest import candidates_of, removable
from gtm_metrics.evidence.processes import log_eprocess, start_weights
from gtm_metrics.evidence.rules import RULES, EvidenceRules
from gtm_metrics.evidence.tables import hypergeometric_moments, segments_and_all

AT_ONCE = 400_000  # tables; with six thetas about 100 megabytes


@dataclass(frozen=True, eq=False)
class MetricEvidence:
    """What one metric says of each segment after each week; every array is (segment, week)."""

    log_e_better: FloatArray
    """log E that the segment is better than the rest, and than the rest without any one other segment."""
    log_e_worse: FloatArray
    """log E that it is worse than the rest."""
    phi: FloatArray
    """What that week's log e was divided by, 1 or more."""
    observed: FloatArray
    """Successes that week, bands summed."""
    expected: FloatArray
    """The fair share of that week's successes, n m / N, bands summed."""
    expected_rest: FloatArray
    """Successes that week at the rest's rate, n (m - x) / (N - n), over the strata that have a rest."""
    observed_beside_rest: FloatArray
    """Successes that week in the strata that have a rest: the O to set beside `expected_rest`."""
    variance: FloatArray
    """Null variance of that week's successes, bands summed."""


class _Tables(NamedTuple):
    """x and n (row, week, band) against N and m of the same shape, and the row's phi (row, week)."""

    x: FloatArray
    n: FloatArray
    N: FloatArray
    m: FloatArray
    phi: FloatArray


def segment_evidence(
    x: ArrayLike,
    n: ArrayLike,
    higher_is_better: bool,
    robust_rest: bool = True,
    rules: EvidenceRules = RULES,
    only: Sequence[int] | None = None,
) -> MetricEvidence:
    """E-processes of every segment against the rest, one entry a segment and week.

    `x`, `n`: successes and trials of all segments of the dimension, "(not set)" included, (segment, week) or
    (segment, week, band), closed weeks in order; the rest is what the other rows hold. `robust_rest`: E^better_w is the
    least of the full rest's and of those without j, j from `hardest_rest_candidates` by week w; phi is the full
    rest's. E^worse rests on the full rest. `only`: rows to judge (all rows still make the rest and phi); the arrays
    then hold those, in that order. No value depends on a later week. Raises ValueError on what cannot be counts.
    """
    x_, n_, N, m = segments_and_all(x, n)
    rows = np.arange(len(x_)) if only is None else np.asarray(only, dtype=np.intp)
    sign = 1 if higher_is_better else -1
    fair, variance = hypergeometric_moments(n_, N, m)
    phi = predictable_dispersion_from(x_, fair, variance, rules)
    all_trials, all_successes, _ = np.broadcast_arrays(N, m, n_[rows])
    full = _Tables(x_[rows], n_[rows], all_trials, all_successes, phi[rows])
    theta = sign * np.asarray(rules.theta)
    better, worse = np.split(_log_e(full, np.concatenate([theta, -theta])), 2, axis=-1)
    log_better = _mixed(better, rules)
    if robust_rest:
        _lower_to_hardest_rest(log_better, x_, n_, phi, rows, sign, rules)
    others = N - n_[rows]
    at_rest = np.divide(n_[rows] * (m - x_[rows]), others, out=np.zeros_like(others), where=others > 0)
    return MetricEvidence(
        log_e_better=log_better,
        log_e_worse=_mixed(worse, rules),
        phi=phi[rows],
        observed=x_[rows].sum(axis=2),
        expected=fair[rows].sum(axis=2),
        expected_rest=at_rest.sum(axis=2),
        observed_beside_rest=np.where(others > 0, x_[rows], 0.0).sum(axis=2),
        variance=variance[rows].sum(axis=2),
    )


def _lower_to_hardest_rest(
    log_better: FloatArray,
    x: FloatArray,
    n: FloatArray,
    phi: FloatArray,
    rows: NDArray[np.intp],
    sign: int,
    rules: EvidenceRules,
) -> None:
    """Lowers log E (row, week) to those without one other segment, each from the week it first looked hardest."""
    may_go = removable(n, rules.drop_one_from)
    pairs = [
        (place, int(segment), other, first)
        for place, segment in enumerate(rows)
        for other, first in candidates_of(x, n, int(segment), sign, may_go).items()
    ]
    N, m = n.sum(axis=0), x.sum(axis=0)
    theta = sign * np.asarray(rules.theta)
    for batch in _batches(pairs, max(1, AT_ONCE // max(N.size, 1))):
        place, segment, other, first = (np.array(column) for column in zip(*batch, strict=True))
        without = _Tables(x[segment], n[segment], N - n[other], m - x[other], phi[segment])
        log_e = _mixed(_log_e(without, theta), rules)
        log_e[np.arange(log_e.shape[1]) < first[:, np.newaxis]] = np.inf
        np.minimum.at(log_better, place, log_e)


def _log_e(of: _Tables, theta: FloatArray) -> FloatArray:
    """Tempered log e of each row, week and theta, bands summed."""
    K = log_conditional_mgf(of.n, of.N, of.m, theta).sum(axis=2)
    return np.asarray((of.x.sum(axis=2)[..., np.newaxis] * theta - K) / of.phi[..., np.newaxis])


def _mixed(log_e: FloatArray, rules: EvidenceRules) -> FloatArray:
    """The e-process of each row: equal parts on each theta, starts weighted by the rules."""
    weeks = log_e.shape[-2]
    return log_eprocess(log_e, pi=start_weights(weeks, rules.start_mass, rules.start_hazard))


def _batches(pairs: list[tuple[int, int, int, int]], size: int) -> Iterable[list[tuple[int, int, int, int]]]:
    return (pairs[begin : begin + size] for begin in range(0, len(pairs), size))
