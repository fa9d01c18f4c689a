"""What teams do today, on the same counts: each way as (segment, week), whether it would name the segment then.

All look every week at the four metrics as a dashboard has them: successes by trials since the first week, without
strata, and every touch a trial.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from benchmarks.signal.market import CHURN
from benchmarks.signal.simulate import Cells, Counts

Flags = NDArray[np.bool_]
Scores = NDArray[np.float64]

NAIVE = "z above 1.96 on any metric"
TOP_THREE_WEEKS = "top of any metric three weeks running"
BONFERRONI = "z at 0.05 / (4 K) on any metric"
QUARTER_LEADER = "leads the last 13 weeks on two metrics"
WAYS = (NAIVE, TOP_THREE_WEEKS, BONFERRONI, QUARTER_LEADER)

QUARTER = 13
LEAST_SUCCESSES = 5  # of all segments together, before a leader is named


def named_today(cells: dict[str, Cells]) -> dict[str, Flags]:
    """Way -> (segment, week): the segments it names in that week."""
    z = {metric: _cumulative_z(metric, counted) for metric, counted in cells.items()}
    segments = next(iter(z.values())).shape[0]
    corrected = float(ndtri(1 - 0.05 / (len(z) * segments)))
    return {
        NAIVE: np.any([score > 1.96 for score in z.values()], axis=0),
        TOP_THREE_WEEKS: np.any([_three_running(_is_top(m, c, 1)) for m, c in cells.items()], axis=0),
        BONFERRONI: np.any([score > corrected for score in z.values()], axis=0),
        QUARTER_LEADER: np.sum([_is_top(m, c, QUARTER) for m, c in cells.items()], axis=0) >= 2,
    }


def _cumulative_z(metric: str, counted: Cells) -> Scores:
    """Two-sample z (pooled variance) of the segment's rate so far beside the rest's, better is positive."""
    x, n = (np.cumsum(part, axis=1, dtype=float) for part in counted.counted_today)
    rest_x, rest_n = x.sum(axis=0) - x, n.sum(axis=0) - n
    with np.errstate(divide="ignore", invalid="ignore"):
        pooled = (x + rest_x) / (n + rest_n)
        score = (x / n - rest_x / rest_n) / np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / rest_n))
    return np.asarray(np.nan_to_num(-score if metric == CHURN else score, posinf=0.0, neginf=0.0))


def _is_top(metric: str, counted: Cells, weeks: int) -> Flags:
    """The best rate over the last `weeks` weeks, alone at the top, once a whole such span is over."""
    x, n = (_last(part, weeks) for part in counted.counted_today)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.where(n > 0, (-x if metric == CHURN else x) / n, -np.inf)
    best = rate == rate.max(axis=0)
    known = (best.sum(axis=0) == 1) & (x.sum(axis=0) >= LEAST_SUCCESSES)
    known[: weeks - 1] = False
    return np.asarray(best & known)


def _last(values: Counts, weeks: int) -> Scores:
    total = np.cumsum(values, axis=1, dtype=float)
    earlier = np.zeros_like(total)
    earlier[:, weeks:] = total[:, :-weeks]
    return np.asarray(total - earlier)


def _three_running(top: Flags) -> Flags:
    out = np.zeros_like(top)
    out[:, 2:] = top[:, 2:] & top[:, 1:-1] & top[:, :-2]
    return out
