"""The conditional e-value of one table and the log moment generating function under it.

K(theta) = log sum_k P0(k) exp(theta k), P0 = Hypergeometric(N, m, n). It is summed exactly, outwards from the mode:
each term is the one before times a ratio of four whole numbers, so no large logarithms are subtracted. A walk ends
where the terms left are together below 1e-18 of the sum, which no double can hold beside it: cutting there leaves
the sum as it was, bit by bit, and a table's value does not depend on the tables computed with it.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gtm_metrics.estimates import FloatArray
from gtm_metrics.evidence.tables import Margins, least_successes, margins, successes_within

NEGLIGIBLE = 1e-18
LARGEST_THETA = 100.0
LEAD_TO_WAIT_FOR = float(np.log(1.5))
AT_ONCE = 65_536  # numbers a walk works on: they stay in the processor's cache
STEPS = 8  # steps between two looks at which tables are through
SCALE = 300  # sums above 2^300 are halved that often; between two looks they grow by less than 2^600
BITS = 21  # three counts below 2^21 make one whole number to sort by


def log_conditional_mgf(n: ArrayLike, N: ArrayLike, m: ArrayLike, theta: ArrayLike) -> FloatArray:
    """K(theta) of the segment's successes given the margins, if it is no different; shape (..., theta).

    `n`, `N`, `m` are broadcast against each other; `theta` (log odds ratios) adds its axis at the end, a scalar
    none. Equal tables are summed once. Exact to about 1e-14 + 1e-15 |K|; cost grows with the distance between
    the modes at the smallest and largest theta. Raises ValueError on margins of no table or |theta| > 100.
    """
    of = margins(n, N, m)
    grid = np.asarray(theta, dtype=np.float64)
    if not np.all(np.abs(grid) <= LARGEST_THETA):
        raise ValueError(f"theta is a log odds ratio and must lie between -{LARGEST_THETA} and {LARGEST_THETA}")
    flat = Margins(*(np.ravel(part) for part in of))
    result = least_successes(flat)[:, np.newaxis] * np.ravel(grid)
    open_ = np.flatnonzero((flat.n > 0) & (flat.n < flat.N) & (flat.m > 0) & (flat.m < flat.N))
    if open_.size and grid.size:
        tables, which = _distinct(Margins(*(part[open_] for part in flat)))
        result[open_] = _summed(tables, np.ravel(grid))[which]
    return np.asarray(result.reshape(of.n.shape + grid.shape))


def conditional_log_evalue(
    x: ArrayLike,
    n: ArrayLike,
    N: ArrayLike,
    m: ArrayLike,
    theta: ArrayLike,
    phi: ArrayLike = 1.0,
    null_theta: float = 0.0,
) -> FloatArray:
    """log e of each table and theta, [(theta - theta0) x - (K(theta) - K(theta0))] / phi; shape (..., theta).

    It speaks against a log odds ratio of at most theta0 = `null_theta` where theta lies above it, of at least
    theta0 where below: its expectation under those is at most 1 (Turner, Ly and Gruenwald; ter Schure et al. 2024).
    The tables are strata: add their logs over bands, then divide by one phi. `phi` >= 1 tempers (Jensen) and
    must not be a function of this week's x. Raises ValueError on what is no table and on phi below 1.
    """
    of = margins(n, N, m)
    grid = np.asarray(theta, dtype=np.float64)
    temper = np.asarray(phi, dtype=np.float64)
    if not np.all(temper >= 1):
        raise ValueError("phi must be 1 or more: it may only weaken the evidence")
    x_ = successes_within(x, of)
    K = log_conditional_mgf(*of, grid)
    axes = (...,) + (np.newaxis,) * grid.ndim
    log_e = x_[axes] * (grid - null_theta) - K
    if null_theta:
        log_e = log_e + log_conditional_mgf(*of, null_theta)[axes]
    return np.asarray(log_e / temper[axes])


def expected_log_growth(
    n: ArrayLike, N: ArrayLike, m: ArrayLike, theta: float = LEAD_TO_WAIT_FOR, phi: ArrayLike = 1.0
) -> FloatArray:
    """What a stratum adds to log e on average if the log odds ratio is `theta`: (theta K'(theta) - K(theta)) / phi.

    Unit: nats (the Kullback-Leibler divergence from "no different"), close to V theta^2 / 2. Counts and phi are
    broadcast. The mean K' = n m / N exp(theta + K1 - K), K1 being that of the table with one trial of the segment
    and one success less, because k C(m, k) = m C(m - 1, k - 1). Raises ValueError on margins of no table.
    """
    of = margins(n, N, m)
    one = (of.n > 0) & (of.m > 0)
    n2, N2, m2 = (np.stack([part, np.where(one, part - 1, 0.0)]) for part in of)
    K, less = log_conditional_mgf(n2, N2, m2, theta)
    mean = np.where(one, of.n * of.m / np.maximum(of.N, 1.0) * np.exp(theta + less - K), 0.0)
    return np.asarray(np.maximum(theta * mean - K, 0.0) / np.asarray(phi, dtype=np.float64))


def _distinct(of: Margins) -> tuple[Margins, NDArray[np.intp]]:
    """The different tables, by rising support, and which of them each table is. n and m may change places."""
    few, many = np.minimum(of.n, of.m), np.maximum(of.n, of.m)
    if of.N.max() < 2**BITS:
        packed = (few.astype(np.int64) << 2 * BITS) | (many.astype(np.int64) << BITS) | of.N.astype(np.int64)
        kinds, which = np.unique(packed, return_inverse=True)
        low = 2**BITS - 1
        parts = (kinds >> 2 * BITS, kinds & low, (kinds >> BITS) & low)
    else:
        rows, which = np.unique(np.stack([few, of.N, many]), axis=1, return_inverse=True)
        parts = (rows[0], rows[1], rows[2])
    return Margins(*(part.astype(np.float64) for part in parts)), np.ravel(which)


def _summed(of: Margins, theta: FloatArray) -> FloatArray:
    """K of tables that have two outcomes or more, shape (table, theta)."""
    rows, place = np.unique(np.append(theta, 0.0), return_inverse=True)
    rows, wanted, null = rows[:, np.newaxis], place[:-1], int(place[-1])
    chunk = max(AT_ONCE // len(rows), 64)
    result = np.empty((len(of.n), len(theta)))
    for begin in range(0, len(of.n), chunk):
        n, N, m = (part[begin : begin + chunk] for part in of)
        mode = np.floor((n + 1) * (m + 1) / (N + 2))
        others = N - n - m + mode
        up, up_scale = _walk(n - mode, m - mode, mode + 1, others + 1, rows)
        down, down_scale = (part[::-1] for part in _walk(mode, others, n - mode + 1, m - mode + 1, -rows[::-1]))
        scale = np.maximum(up_scale, down_scale)
        total = np.ldexp(1.0, -scale) + np.ldexp(up, up_scale - scale) + np.ldexp(down, down_scale - scale)
        K = np.log(total / total[null]) + np.log(2.0) * scale + mode * rows
        result[begin : begin + chunk] = K[wanted].T
    return result


def _walk(
    a: FloatArray, b: FloatArray, c: FloatArray, d: FloatArray, theta: FloatArray
) -> tuple[FloatArray, NDArray[np.int32]]:
    """Sum, beside the mode's term of 1, of the terms on one side of it, as sum * 2^scale; both (theta, table).

    Term j is term j - 1 times exp(theta) (a - j + 1) (b - j + 1) / ((c + j - 1) (d + j - 1)); it is 0 from where a
    or b is used up. `theta` rises along its first axis: the higher, the longer the walk.
    """
    result = np.zeros((len(theta), len(a)))
    scales = np.zeros(result.shape, dtype=np.int32)
    growth = np.exp(theta)
    term, total, scale = np.ones_like(result), result.copy(), scales.copy()
    steps = max(1, min(STEPS, int(200 / max(float(theta[-1, 0]), 1.0))))
    at, begin, lowest = np.arange(len(a)), 0, 0
    while at.size:
        for j in range(begin, begin + steps):
            ratio = (a - j) * (b - j)
            ratio /= (c + j) * (d + j)
            term *= ratio
            term *= growth
            total += term
        begin += steps
        if (total[-1] > 2.0**SCALE).any():
            halved = np.where(total > 2.0**SCALE, -SCALE, 0).astype(np.int32)
            total, term, scale = np.ldexp(total, halved), np.ldexp(term, halved), scale - halved
        while len(growth) > 1 and _is_through(term[0], total[0], ratio * growth[0]).all():
            result[lowest, at], scales[lowest, at] = total[0], scale[0]
            term, total, scale, growth, lowest = term[1:], total[1:], scale[1:], growth[1:], lowest + 1
        through = _is_through(term[-1], total[-1], ratio * growth[-1])
        if through.sum() * 4 >= at.size:
            done, stay = np.flatnonzero(through), np.flatnonzero(~through)
            result[lowest:, at[done]], scales[lowest:, at[done]] = total[:, done], scale[:, done]
            a, b, c, d, at = a[stay], b[stay], c[stay], d[stay], at[stay]
            term, total, scale = term[:, stay], total[:, stay], scale[:, stay]
    return result, scales


def _is_through(term: FloatArray, total: FloatArray, rho: FloatArray) -> NDArray[np.bool_]:
    """Whether the terms after this one, which fall at least as fast as rho^j, no longer show in the total."""
    return np.asarray((term == 0) | (term * rho < NEGLIGIBLE * (1 - rho) * total))
