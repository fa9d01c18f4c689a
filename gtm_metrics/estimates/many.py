"""Many chances looked at together: what each is worth when the best of them are picked out."""

import numpy as np
from numpy.typing import ArrayLike

from gtm_metrics.estimates.counts import FloatArray


def corrected(p: ArrayLike) -> FloatArray:
    """The q of each of the chances p, which were all tried together: of those told at q <= 0.05 one in twenty is luck.

    Benjamini and Hochberg 1995: the k-th smallest of m counts m / k times, and no more than a greater one does. Any
    shape is one family; none gives none.
    """
    p_ = np.asarray(p, dtype=np.float64)
    upwards = np.argsort(p_, axis=None)
    times = p_.ravel()[upwards] * (p_.size / np.arange(1, p_.size + 1))
    q = np.empty(p_.size)
    q[upwards] = np.minimum(1.0, np.minimum.accumulate(times[::-1])[::-1])
    return q.reshape(p_.shape)
