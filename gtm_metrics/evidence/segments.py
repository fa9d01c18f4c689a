"""Each segment of a dimension against the rest of it, on one metric, week after week."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gtm_metrics.estimates import FloatArray
from gtm_metrics.evidence.conditional import log_conditional_mgf
from gtm_metrics.evidence.dispersion import predictable_dispersion_from
from gtm_metrics.evidence.hardest_rest import Leads, least_ahead, removable
from gtm_metrics.evidence.processes import log_eprocess_on, start_weights
from gtm_metrics.evidence.rules import RULES, EvidenceRules
from gtm_metrics.evidence.tables import hypergeometric_moments, segments_and_all

AT_ONCE = 400_000  # tables; with six thetas about 100 megabytes


class Standing(NamedTuple):
    """Where the evidence of a metric stands after some weeks: all it takes to go on without looking at them again.

    wealth       log S(theta) of each row, being better and then being worse, (row, 2 theta)
    pairs        (place of the row, other segment) of the rests without one segment that count, and their pair_wealth
    ahead, information  the sums behind who looks hardest, (row, segment)
    """

    log_e_better: FloatArray
    log_e_worse: FloatArray
    wealth: FloatArray
    pairs: NDArray[np.intp]
    pair_wealth: FloatArray
    ahead: FloatArray
    information: FloatArray


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


class _Counts(NamedTuple):
    """A dimension: x and n (segment, week, band), N and m (week, band), phi (segment, week)."""

    x: FloatArray
    n: FloatArray
    N: FloatArray
    m: FloatArray
    phi: FloatArray

    def beside_rest(self, rows: NDArray[np.intp], begun: int) -> _Tables:
        """The rows beside everyone else, from week `begun` on."""
        x, n, phi = (part[rows, begun:] for part in (self.x, self.n, self.phi))
        N, m, _ = np.broadcast_arrays(self.N[begun:], self.m[begun:], n)
        return _Tables(x, n, N, m, phi)

    def without(self, rows: NDArray[np.intp], pairs: NDArray[np.intp], begun: int) -> _Tables:
        """The rows of the pairs beside everyone else but the pairs' other segment, from week `begun` on."""
        own, other = rows[pairs[:, 0]], pairs[:, 1]
        x, n, phi = (part[own, begun:] for part in (self.x, self.n, self.phi))
        return _Tables(x, n, self.N[begun:] - self.n[other, begun:], self.m[begun:] - self.x[other, begun:], phi)


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
    least of the full rest's and of those without j, j from `least_ahead` by week w; phi is the full
    rest's. E^worse rests on the full rest. `only`: rows to judge (all rows still make the rest and phi); the arrays
    then hold those, in that order. No value depends on a later week. Raises ValueError on what cannot be counts.
    """
    x_, n_, N, m = segments_and_all(x, n)
    rows = np.arange(len(x_)) if only is None else np.asarray(only, dtype=np.intp)
    fair, variance = hypergeometric_moments(n_, N, m)
    phi = predictable_dispersion_from(x_, fair, variance, rules)
    standing = segment_standing(x_, n_, phi, higher_is_better, robust_rest, rules, rows)
    others = N - n_[rows]
    at_rest = np.divide(n_[rows] * (m - x_[rows]), others, out=np.zeros_like(others), where=others > 0)
    return MetricEvidence(
        log_e_better=standing.log_e_better,
        log_e_worse=standing.log_e_worse,
        phi=phi[rows],
        observed=x_[rows].sum(axis=2),
        expected=fair[rows].sum(axis=2),
        expected_rest=at_rest.sum(axis=2),
        observed_beside_rest=np.where(others > 0, x_[rows], 0.0).sum(axis=2),
        variance=variance[rows].sum(axis=2),
    )


def segment_standing(
    x: FloatArray,
    n: FloatArray,
    phi: FloatArray,
    higher_is_better: bool,
    robust_rest: bool,
    rules: EvidenceRules,
    rows: ArrayLike,
    before: Standing | None = None,
) -> Standing:
    """The e-processes of `segment_evidence` and where they stand; x, n (segment, week, band), phi (segment, week).

    `before`: where the same rows stood over the first weeks of the same counts under the same rules. Only the weeks
    since are worked out, and all comes out as it would at once.
    """
    judged = np.asarray(rows, dtype=np.intp)
    sign = 1 if higher_is_better else -1
    counts = _Counts(x, n, n.sum(axis=0), x.sum(axis=0), phi)
    begun = 0 if before is None else before.log_e_better.shape[1]
    theta = sign * np.asarray(rules.theta)
    weekly = _log_e(counts.beside_rest(judged, begun), np.concatenate([theta, -theta]))
    stood = (None, None) if before is None else np.split(before.wealth, 2, axis=-1)
    (better, better_wealth), (worse, worse_wealth) = (
        _mixed(part, x.shape[1], rules, wealth)
        for part, wealth in zip(np.split(weekly, 2, axis=-1), stood, strict=True)
    )
    if robust_rest:
        pairs, pair_wealth, leads = _lower_to_hardest_rest(better, counts, judged, sign, rules, before)
    else:
        pairs, pair_wealth = np.empty((0, 2), dtype=np.intp), np.empty((0, len(theta)))
        leads = Leads(np.empty((0, 0)), np.empty((0, 0)))
    if before is not None:
        better = np.concatenate([before.log_e_better, better], axis=1)
        worse = np.concatenate([before.log_e_worse, worse], axis=1)
    wealth = np.concatenate([better_wealth, worse_wealth], axis=-1)
    return Standing(better, worse, wealth, pairs, pair_wealth, *leads)


def _lower_to_hardest_rest(
    log_better: FloatArray,
    counts: _Counts,
    rows: NDArray[np.intp],
    sign: int,
    rules: EvidenceRules,
    before: Standing | None,
) -> tuple[NDArray[np.intp], FloatArray, Leads]:
    """Lowers log E (row, week) to those without one other segment, each from the week it first looked hardest; (pairs,
    their wealth, the sums behind z) as `Standing` holds them."""
    x, n = counts.x, counts.n
    weeks, begun = x.shape[1], x.shape[1] - log_better.shape[1]
    theta = sign * np.asarray(rules.theta)
    may_go = removable(n, rules.drop_one_from)
    known, wealth, sums = np.empty((0, 2), dtype=np.intp), np.empty((0, len(theta))), None
    if before is not None:
        known, wealth, sums = before.pairs, before.pair_wealth, Leads(before.ahead, before.information)
    first, leads = least_ahead(x[:, begun:], n[:, begun:], rows, sign, may_go[:, begun:], sums)
    if len(known):
        first[known[:, 0], known[:, 1]] = -1
        log_e, wealth = _mixed(_log_e(counts.without(rows, known, begun), theta), weeks, rules, wealth)
        np.minimum.at(log_better, known[:, 0], log_e)
    fresh = np.argwhere(first >= 0)
    parts = [wealth]
    for pairs in _batches(fresh, max(1, AT_ONCE // max(counts.N.size, 1))):
        log_e, of_pairs = _mixed(_log_e(counts.without(rows, pairs, 0), theta), weeks, rules, None)
        log_e = log_e[:, begun:]
        log_e[np.arange(log_e.shape[1]) < first[pairs[:, 0], pairs[:, 1]][:, np.newaxis]] = np.inf
        np.minimum.at(log_better, pairs[:, 0], log_e)
        parts.append(of_pairs)
    return np.concatenate([known, fresh]), np.concatenate(parts), leads


def _log_e(of: _Tables, theta: FloatArray) -> FloatArray:
    """Tempered log e of each row, week and theta, bands summed."""
    K = log_conditional_mgf(of.n, of.N, of.m, theta).sum(axis=2)
    return np.asarray((of.x.sum(axis=2)[..., np.newaxis] * theta - K) / of.phi[..., np.newaxis])


def _mixed(
    log_e: FloatArray, weeks: int, rules: EvidenceRules, wealth: FloatArray | None
) -> tuple[FloatArray, FloatArray]:
    """The e-process of each row over the last of `weeks` weeks: equal parts on each theta, starts weighted by the
    rules; and the wealth it ends with."""
    return log_eprocess_on(log_e, start_weights(weeks, rules.start_mass, rules.start_hazard), wealth)


def _batches(pairs: NDArray[np.intp], size: int) -> Iterable[NDArray[np.intp]]:
    return (pairs[begin : begin + size] for begin in range(0, len(pairs), size))
