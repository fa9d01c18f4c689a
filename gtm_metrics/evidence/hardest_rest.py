"""Which other segment, taken out of the rest, makes a segment look least ahead."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gtm_metrics.estimates import FloatArray
from gtm_metrics.evidence.rules import RULES
from gtm_metrics.evidence.tables import hypergeometric_moments, segments_and_all

TIE = 1e-12  # two that are level may come out a rounding apart


def hardest_rest_candidates(
    x: ArrayLike, n: ArrayLike, segment: int, sign: int, drop_one_from: int = RULES.drop_one_from
) -> dict[int, int]:
    """{other segment j: first week, from 0} in which z without j was the least of all, in the order they came.

    `x`, `n`: successes and trials, (segment, week) or (segment, week, band); `segment`: which row is judged; `sign`:
    1 where higher is better, -1 where lower is. z_j(w) = sign * sum (x - E0) / sqrt(sum V) over weeks up to w and
    bands, E0 and V from all but j. Every j at the least is taken, so the order of segments does not matter; a j
    without trials so far is no part of the rest and is not. Weeks in which fewer than `drop_one_from` segments have
    had trials bring none. Later weeks change nothing. Raises ValueError on shapes and on a sign other than 1 or -1.
    """
    if sign not in (1, -1):
        raise ValueError(f"sign is {sign}; 1 means higher is better, -1 lower")
    x_, n_, _, _ = segments_and_all(x, n)
    return candidates_of(x_, n_, segment, sign, removable(n_, drop_one_from))


def removable(n: FloatArray, drop_one_from: int) -> NDArray[np.bool_]:
    """(segment, week): it has had trials by then, and enough segments have; from n (segment, week, band)."""
    seen = np.cumsum(n.sum(axis=2), axis=1) > 0
    return np.asarray(seen & (seen.sum(axis=0) >= drop_one_from))


def candidates_of(x: FloatArray, n: FloatArray, segment: int, sign: int, may_go: NDArray[np.bool_]) -> dict[int, int]:
    """`hardest_rest_candidates` from (segment, week, band) arrays and what is `removable`."""
    others = np.delete(np.arange(len(x)), segment)
    if not may_go[others].any():
        return {}
    fair, variance = hypergeometric_moments(n[segment], n.sum(axis=0) - n[others], x.sum(axis=0) - x[others])
    ahead = sign * np.cumsum((x[segment] - fair).sum(axis=2), axis=1)
    information = np.cumsum(variance.sum(axis=2), axis=1)
    defined = may_go[others] & (information > 0)
    z = np.divide(ahead, np.sqrt(information), out=np.full_like(ahead, np.inf), where=defined)
    least = defined & (z <= z.min(axis=0) + TIE)
    first = {int(others[j]): int(np.argmax(least[j])) for j in np.flatnonzero(least.any(axis=1))}
    return dict(sorted(first.items(), key=lambda item: item[1]))
