"""A segment beside the rest, stratum by stratum: same week, same band, and within the same further dimension.

The rest is every other trial of the stratum, "(not set)" included.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gtm_metrics.estimates import FloatArray
from gtm_metrics.funnel.segments import IntArray

STRATUM_COLUMNS = ("within", "week", "band")
CELLS_AT_ONCE = 2_000_000  # 16 MB an array: many segments over many weeks must not fill the memory

Statistic = Callable[[FloatArray, FloatArray, FloatArray, FloatArray], tuple[FloatArray, ...]]
"""Of x and n (segments, strata), N and m (strata,): successes and trials of the segments and of all."""


@dataclass(frozen=True)
class Strata:
    """Each row's segment and stratum with its counts; `count` is how many strata there are."""

    segment: IntArray
    stratum: IntArray
    trials: FloatArray
    successes: FloatArray
    count: int


def strata_of(frame: pd.DataFrame) -> Strata:
    """The rows of a coded tally by segment and stratum, the strata being those columns that the frame has."""
    combined = np.zeros(len(frame), dtype=np.int64)
    for column in STRATUM_COLUMNS:
        if column in frame.columns:
            codes, values = pd.factorize(frame[column], sort=True, use_na_sentinel=False)
            combined = combined * max(1, len(values)) + codes
    present, stratum = np.unique(combined, return_inverse=True)
    return Strata(
        segment=frame["code"].to_numpy(dtype=np.int64),
        stratum=stratum.astype(np.int64),
        trials=frame["trials"].to_numpy(dtype=np.float64),
        successes=frame["successes"].to_numpy(dtype=np.float64),
        count=len(present),
    )


def beside_rest(strata: Strata, segments: int, statistic: Statistic) -> tuple[FloatArray, ...]:
    """The statistic of every segment, a block of segments at a time; each array has shape (segments,)."""
    everyone_n = _added(strata.stratum, strata.trials, strata.count)
    everyone_x = _added(strata.stratum, strata.successes, strata.count)
    at_once = max(1, CELLS_AT_ONCE // max(1, strata.count))
    blocks = [
        statistic(*_tables(strata, first, min(first + at_once, segments)), everyone_n, everyone_x)
        for first in range(0, max(1, segments), at_once)
    ]
    return tuple(np.concatenate(parts) for parts in zip(*blocks, strict=True))


def _tables(strata: Strata, first: int, last: int) -> tuple[FloatArray, FloatArray]:
    """(x, n) of the segments from first to before last, shape (segments, strata)."""
    inside = (strata.segment >= first) & (strata.segment < last)
    cell = (strata.segment[inside] - first) * strata.count + strata.stratum[inside]
    shape = (last - first, strata.count)
    cells = shape[0] * shape[1]
    x = _added(cell, strata.successes[inside], cells).reshape(shape)
    n = _added(cell, strata.trials[inside], cells).reshape(shape)
    return x, n


def _added(codes: IntArray, counts: FloatArray, groups: int) -> FloatArray:
    return np.bincount(codes, weights=counts, minlength=groups).astype(np.float64)
