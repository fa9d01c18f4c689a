"""Which other segment, taken out of the rest, makes a segment look least ahead."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gtm_metrics.estimates import FloatArray
from gtm_metrics.evidence.tables import hypergeometric_moments

TIE = 1e-12  # two that are level may come out a rounding apart
AT_ONCE = 400_000  # tables: about 3 megabytes an array


def removable(n: FloatArray, drop_one_from: int) -> NDArray[np.bool_]:
    """(segment, week): it has had trials by then, and enough segments have; from n (segment, week, band)."""
    seen = np.cumsum(n.sum(axis=2), axis=1) > 0
    return np.asarray(seen & (seen.sum(axis=0) >= drop_one_from))


class Leads(NamedTuple):
    """Behind z after some weeks, of each judged row without each segment: sum (x - E0) and sum V, (row, segment)."""

    ahead: FloatArray
    information: FloatArray


def least_ahead(
    x: FloatArray,
    n: FloatArray,
    rows: NDArray[np.intp],
    sign: int,
    may_go: NDArray[np.bool_],
    before: Leads | None = None,
) -> tuple[NDArray[np.intp], Leads]:
    """(the first of these weeks in which z of the row without the segment was the least, -1 if in none; the sums).

    x, n: successes and trials, (segment, week, band), of weeks that follow on those `before` holds the sums of; rows:
    which segments are judged; sign: 1 where higher is better, -1 where lower is; may_go (segment, week): what is
    `removable`. z_j(w) = sign * sum (x - E0) / sqrt(sum V) over weeks up to w and bands, E0 and V from all but j.
    Every j at the least is taken, so the order of segments does not matter; later weeks change nothing. Shapes
    (row, segment).
    """
    before = before or Leads(np.zeros((len(rows), len(x))), np.zeros((len(rows), len(x))))
    first = np.full((len(rows), len(x)), -1, dtype=np.intp)
    ahead, information = before.ahead.copy(), before.information.copy()
    N, m = n.sum(axis=0), x.sum(axis=0)
    at_once = max(1, AT_ONCE // max(x.size, 1))
    for begin in range(0, len(rows) if x.shape[1] else 0, at_once):
        part = slice(begin, begin + at_once)
        own = rows[part]
        itself = own[:, np.newaxis] == np.arange(len(x))
        gone = np.where(itself, 0.0, 1.0)[..., np.newaxis, np.newaxis]
        fair, variance = hypergeometric_moments(n[own][:, np.newaxis], N - gone * n, m - gone * x)
        lead = _running(ahead[part], (x[own][:, np.newaxis] - fair).sum(axis=3))
        known = _running(information[part], variance.sum(axis=3))
        defined = (may_go & ~itself[..., np.newaxis]) & (known > 0)
        z = np.divide(sign * lead, np.sqrt(known), out=np.full_like(lead, np.inf), where=defined)
        least = defined & (z <= z.min(axis=1, keepdims=True) + TIE)
        first[part] = np.where(least.any(axis=2), least.argmax(axis=2), -1)
        ahead[part], information[part] = lead[..., -1], known[..., -1]
    return first, Leads(ahead, information)


def _running(before: FloatArray, weekly: FloatArray) -> FloatArray:
    """Sums up to each week, the last axis, of what follows on the sums `before`."""
    return np.asarray(np.cumsum(np.concatenate([before[..., np.newaxis], weekly], axis=-1), axis=-1)[..., 1:])
