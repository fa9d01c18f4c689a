"""Several e-values made one, whatever their dependence. All in logs; the first axis is the one merged."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logsumexp

from gtm_metrics.estimates import FloatArray


def combine_mean(log_e: ArrayLike) -> FloatArray:
    """log of the mean over the first axis: evidence that at least one of them (a metric, say) is better.

    Shape (metric, ...) -> (...). The mean is the right merge under any dependence (Vovk and Wang 2021). A metric
    without data stands in it with e = 1. Raises ValueError when there is none to merge.
    """
    return combine_partial_conjunction(log_e, 1)


def combine_partial_conjunction(log_e: ArrayLike, r: int) -> FloatArray:
    """log of the mean of the M - r + 1 smallest over the first axis: evidence that at least `r` of M are better.

    Shape (metric, ...) -> (...); r = 1 is the mean, r = M the minimum. Whichever r - 1 are better, the mean of the
    others is an e-value, and this is at most that. Raises ValueError unless 1 <= r <= M.
    """
    logs = np.asarray(log_e, dtype=np.float64)
    count = logs.shape[0] if logs.ndim else 0
    if not 1 <= r <= count:
        raise ValueError(f"r is {r} of {count} e-values; it must lie between 1 and their number")
    smallest = np.sort(logs, axis=0)[: count - r + 1]
    return np.asarray(logsumexp(smallest, axis=0) - np.log(count - r + 1))
