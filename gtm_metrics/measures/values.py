"""Sums -> values: a measure by segment, beside the rest. Pure: no warehouse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from gtm_metrics.estimates import FloatArray, mean_interval, ratio_interval, wilson
from gtm_metrics.measures.catalogue import MEAN, PART, RATIO, SHARE, SUM, Measure
from gtm_metrics.measures.sums import Sums
from gtm_metrics.question import ALL, CROSS, NOT_SET

LEAST = 8
"""Values below which a mean or a ratio has no interval: its ends would say more than the values do."""

VALUE_COLUMNS = ("measure", "segment", "n", "met", "value", "low", "high", "rest_n", "rest_value", "status", "why")

Wide = dict[tuple[str, str], FloatArray]


def values(sums: Sums, measure: Measure, minimum: int = 30) -> pd.DataFrame:
    """A row a segment of VALUE_COLUMNS, in the order of funnel rows.

    "(all)" first, segments by code point, "(not set)" last; two crossed dimensions give "a × b". n counts what the
    measure's unit says; met, of a share alone, how many of these. A sum's value is its total and has no interval; a
    mean has Student's t, a share Wilson's, a ratio the ends of `ratio_interval`, from 8 values. A share with fewer than
    `minimum` trials is too_early: the counts stay, the value is None, as for any rate. Missing is None, never NaN.
    Raises KeyError when the measure is not made of this group's sums.
    """
    parts = [name for name in (measure.of or measure.name, measure.over, measure.difference) if name]
    status, why = next((found for found in map(sums.status, parts) if found[0] != "ok"), ("ok", ""))
    if status != "ok":
        return _frame(measure, [ALL], {"status": [status], "why": [why]})
    segments, each = _wide(sums, parts)
    everyone = {key: column.sum(keepdims=True) for key, column in each.items()}
    each = {key: column[: len(segments)] for key, column in each.items()}
    rest = {key: everyone[key] - column for key, column in each.items()}
    both = {key: np.concatenate([everyone[key], column]) for key, column in each.items()}
    n, value, low, high = _estimated(measure, both, everyone)
    rest_n, rest_value, _, _ = _estimated(measure, rest, everyone)
    early = (n < minimum) if measure.kind == SHARE else np.zeros(len(n), dtype=bool)
    rest_early = (rest_n < minimum) if measure.kind == SHARE else np.zeros(len(rest_n), dtype=bool)
    return _frame(
        measure,
        [ALL, *segments],
        {
            "n": n.astype(int).tolist(),
            "met": _met(measure, both, len(n)),
            "value": _or_none(np.where(early, np.nan, value)),
            "low": _or_none(np.where(early, np.nan, low)),
            "high": _or_none(np.where(early, np.nan, high)),
            "rest_n": [None, *rest_n.astype(int).tolist()],
            "rest_value": [None, *_or_none(np.where(rest_early, np.nan, rest_value))],
            "status": ["too_early" if is_early else "ok" for is_early in early],
            "why": [
                f"{int(count):,} of {minimum:,} {measure.unit}" if is_early else ""
                for count, is_early in zip(n, early, strict=True)
            ],
        },
    )


def segments_in(frame: pd.DataFrame) -> pd.Series:
    """Each row's segment in one column: "" where nothing is segmented by, "a × b" of two crossed dimensions."""
    columns = [column for column in ("segment", "segment_2") if column in frame]
    if not columns:
        return pd.Series("", index=frame.index, dtype=object)
    return frame[columns[0]] if len(columns) == 1 else frame[columns[0]] + CROSS + frame[columns[1]]


def in_order(segments: Any) -> list[str]:
    """Segments as rows show them: named ones by code point, those that are not set last; "" is none."""
    return sorted({str(s) for s in segments if s != ""}, key=lambda s: (NOT_SET in s.split(CROSS), s))


def _wide(sums: Sums, parts: list[str]) -> tuple[list[str], Wide]:
    """Segments, and (sum, n | total | total_squares) -> a column over them (over everyone where there are none).

    A sum without a row is 0 of 0.
    """
    frame = sums.frame.assign(name=segments_in(sums.frame))
    segments = in_order(frame["name"]) if sums.question.by else []
    table = frame.groupby(["measure", "name"])[["n", "total", "total_squares"]].sum()
    index = pd.MultiIndex.from_product([parts, segments or [""]], names=["measure", "name"])
    filled = table.reindex(index, fill_value=0)
    wide: Wide = {}
    for place, part in enumerate(parts):
        rows = filled.iloc[place * len(segments or [""]) :][: len(segments or [""])]
        wide |= {(part, str(column)): np.asarray(rows[column], dtype=np.float64) for column in filled.columns}
    return segments, wide


def _estimated(measure: Measure, of: Wide, everyone: Wide) -> tuple[FloatArray, ...]:
    """(n, value, low, high), NaN where there is none."""
    top = measure.of or measure.name
    n, total, squares = (of[top, column] for column in ("n", "total", "total_squares"))
    none = np.full(len(n), np.nan)
    if measure.kind == SUM:
        return n, total, none, none
    if measure.kind == PART:
        whole = everyone[top, "total"]
        return n, np.divide(total, whole, out=none.copy(), where=whole > 0), none, none
    if measure.kind == MEAN:
        value, low, high = mean_interval(n, total, squares)
    else:
        over, over_squares = of[measure.over, "total"], of[measure.over, "total_squares"]
        n = of[measure.over, "n"]
        if measure.kind == SHARE:
            low, high = wilson(total, over)
            value = np.divide(total, over, out=none.copy(), where=over > 0)
            return n, value, low, high
        apart = of[measure.difference, "total_squares"] if measure.difference else none
        value, low, high = ratio_interval(n, total, squares, over, over_squares, apart)
    ends = n >= LEAST
    lowest = 0.0 if measure.kind == RATIO else -np.inf
    highest = np.inf if measure.at_most is None else measure.at_most
    return n, value, np.where(ends, np.maximum(low, lowest), np.nan), np.where(ends, np.minimum(high, highest), np.nan)


def _met(measure: Measure, of: Wide, rows: int) -> list[int | None]:
    """The counts that a share is made of; None for any other kind."""
    top = measure.of or measure.name
    return of[top, "total"].astype(int).tolist() if measure.kind == SHARE else [None] * rows


def _or_none(column: FloatArray) -> list[float | None]:
    return [float(value) if np.isfinite(value) else None for value in column]


def _frame(measure: Measure, segments: list[str], columns: dict[str, list[Any]]) -> pd.DataFrame:
    """The columns given, those not given None, as plain Python values."""
    every: dict[str, list[Any]] = {"measure": [measure.name] * len(segments), "segment": segments, **columns}
    return pd.DataFrame(
        {name: pd.Series(every.get(name, [None] * len(segments)), dtype=object) for name in VALUE_COLUMNS}
    )
