"""One table of two sides and two outcomes, exactly: how likely so uneven a split is by luck alone."""

import numpy as np
from numpy.typing import ArrayLike

from gtm_metrics.estimates.counts import FloatArray


def exact_p(x: ArrayLike, n: ArrayLike, N: ArrayLike, m: ArrayLike) -> FloatArray:
    """Chance of a count as far out as x among n of N drawn by lot, m of which are successes; at most 1.

    Exact (hypergeometric, as in Fisher's test); two-sided by doubling the smaller tail. The four are broadcast.
    """
    # half a second to import, which most commands and pages have no use for
    from scipy.stats import hypergeom

    x_, n_, N_, m_ = np.broadcast_arrays(*(np.asarray(each, dtype=np.int64) for each in (x, n, N, m)))
    fewer, more = hypergeom.cdf(x_, N_, m_, n_), hypergeom.sf(x_ - 1, N_, m_, n_)
    return np.asarray(np.minimum(1.0, 2 * np.minimum(fewer, more)))


def exact_share_p(x: ArrayLike, n: ArrayLike, share: ArrayLike) -> FloatArray:
    """Chance of a count as far out as x among n dealt by lot, each with the chance `share`; at most 1.

    Exact (binomial); two-sided by doubling the smaller tail. The three are broadcast.
    """
    from scipy.stats import binom

    x_, n_ = np.asarray(x, dtype=np.int64), np.asarray(n, dtype=np.int64)
    p = np.asarray(share, dtype=np.float64)
    return np.asarray(np.minimum(1.0, 2 * np.minimum(binom.cdf(x_, n_, p), binom.sf(x_ - 1, n_, p))))
