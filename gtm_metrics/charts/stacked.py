"""The funnel dots on a phone: a panel a metric, one under the other, each segment's name over its row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from gtm_metrics.charts.canvas import Mark, Text, lowered
from gtm_metrics.charts.cells import REST, cell, column_head, name_of, spots
from gtm_metrics.charts.layout import NEAR, Column, Sizes, columns_of, few_of
from gtm_metrics.charts.lettering import text_width
from gtm_metrics.charts.palette import Palette
from gtm_metrics.metrics import Metric
from gtm_metrics.question import ALL
from gtm_metrics.words import Standing, plain

ROW = 44.0
"""A row is as high as a finger is wide."""
OVER, UNDER = 0.27, 0.7
"""Where a row's name and its dot stand, in parts of its height."""
BETWEEN = 26.0
"""Pixels between two panels."""
SIZES = Sizes(
    row=ROW, head=60.0, foot=30.0, name=14.0, value=13.5, header=15.5, caption=12.5, small=11.5, dot=88.0, above=0.0,
    compact=True,
)  # fmt: skip


def stacked(
    rows: pd.DataFrame,
    metrics: tuple[Metric, ...],
    segments: Sequence[str],
    standing: Standing,
    subject: str,
    width: float,
    colours: Palette,
) -> tuple[list[Mark], float]:
    """The marks of all panels and the height they take; arguments as those of `funnel_dots`."""
    marks: list[Mark] = []
    top = 0.0
    for _, mine in rows.groupby("metric", sort=False):
        few = few_of(mine[mine["segment"] != ALL], metrics)
        for column in columns_of(mine, metrics, 0.0, width, SIZES):
            count = len(segments) if column.measured else 1
            height = SIZES.head + ROW * count + SIZES.foot
            panel = column_head(column, SIZES, colours, height)
            for i, segment in enumerate(segments if column.measured else ()):
                y = SIZES.head + ROW * i
                bold, stands = segment == subject, standing.get((column.metric.name, segment), "")
                panel += name_of(segment, bold, y + OVER * ROW, few.get(segment, ""), width, SIZES, colours)
                panel += cell(column, segment, y + UNDER * ROW, stands, SIZES, colours)
                panel += spots(segment, y + ROW / 2, [column], standing, SIZES, width)
            panel += _rest(column, segments, subject, few, colours)
            marks += [lowered(mark, top) for mark in panel]
            top += height + BETWEEN
    return marks, max(top - BETWEEN, 28.0)


def _rest(
    column: Column, segments: Sequence[str], subject: str, few: Mapping[str, str], colours: Palette
) -> list[Mark]:
    """One tick is named over itself: the first beside whose segment's name there is room. Else the footnote says it."""
    half = text_width(REST, SIZES.small) / 2
    for i, segment in enumerate(segments):
        row = column.rows.get(segment)
        if row is None or row["rest_estimate"] is None:
            continue
        name = text_width(plain(segment), SIZES.name, segment == subject)
        taken = name + (NEAR + text_width(few[segment], SIZES.small) if segment in few else 0.0)
        x = min(column.scale.at(row["rest_estimate"]), column.x2 - half)
        if x - half > taken + NEAR:
            y = SIZES.head + ROW * (i + OVER)
            return [Text(x, y, REST, SIZES.small, colours.quiet, "center")]
    return []
