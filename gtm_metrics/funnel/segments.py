"""Which segments a tally holds, in the order rows are written, and which of them each count belongs to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gtm_metrics.metrics import Metric
from gtm_metrics.question import CROSS, NOT_SET, Tally

IntArray: TypeAlias = NDArray[np.int64]

SEGMENT_COLUMNS = ("segment", "segment_2")


@dataclass(frozen=True)
class Segment:
    """One value of the dimension, or one pair of values of two crossed ones.

    `named` is False where a value is "(not set)": such a segment counts in totals and in everybody's rest,
    but is never ranked, never ahead or behind, and no part of what the shrinkage is estimated from.
    """

    name: str
    by: dict[str, str]
    named: bool


def checked(tally: Tally, metric: Metric) -> Tally:
    """The tally itself; ValueError when it counts another metric or is not grouped as its question says."""
    if tally.metric != metric.name:
        raise ValueError(f"the tally counts {tally.metric}, not {metric.name}")
    columns = [column for column in SEGMENT_COLUMNS if column in tally.frame.columns]
    if tally.status == "ok" and len(columns) != len(tally.question.by):
        raise ValueError(
            f"the question segments by {list(tally.question.by)}, but the tally's frame has the segment "
            f"columns {columns}"
        )
    return tally


def segments_of(tally: Tally) -> tuple[tuple[Segment, ...], Tally]:
    """(segments, coded): the segments of the whole frame, open weeks included, named ones by code point and
    those that are not set last; and the tally with a column `code`, each row's position among them (0 where
    nothing is segmented by).
    """
    frame, dimensions = tally.frame, tally.question.by
    if not dimensions:
        return (), replace(tally, frame=frame.assign(code=0))
    columns = [pd.factorize(frame[column].fillna(NOT_SET), sort=True) for column in SEGMENT_COLUMNS[: len(dimensions)]]
    combined = np.zeros(len(frame), dtype=np.int64)
    for codes, values in columns:
        combined = combined * len(values) + codes
    _, first_row, position = np.unique(combined, return_index=True, return_inverse=True)
    found = [_segment(dimensions, [str(values[codes[row]]) for codes, values in columns]) for row in first_row]
    order = sorted(range(len(found)), key=lambda i: (not found[i].named, found[i].name))
    rank = np.empty(len(found), dtype=np.int64)
    rank[order] = np.arange(len(found))
    return tuple(found[i] for i in order), replace(tally, frame=frame.assign(code=rank[position]))


def _segment(dimensions: tuple[str, ...], values: list[str]) -> Segment:
    return Segment(
        name=CROSS.join(values),
        by=dict(zip(dimensions, values, strict=True)),
        named=NOT_SET not in values,
    )
