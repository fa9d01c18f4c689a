"""Funnel dots: a row a segment, a column a metric, each number beside everyone else's in the same weeks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from gtm_metrics.charts.canvas import NARROW, Drawing, Mark, Text, drawn
from gtm_metrics.charts.cells import cell, column_head, name_of, rest_label, spots
from gtm_metrics.charts.layout import columns_of, few_of, names_width, sizes_for
from gtm_metrics.charts.palette import palette
from gtm_metrics.charts.stacked import stacked
from gtm_metrics.metrics import METRICS, Metric
from gtm_metrics.question import ALL
from gtm_metrics.words import Standing, dots_described

WIDTH = 980.0
"""What a 1440 pixel wide window leaves beside the menu."""


def funnel_dots(
    rows: pd.DataFrame,
    standings: Mapping[str, pd.DataFrame],
    metrics: Sequence[Metric] = METRICS,
    subject: str = "",
    dark: bool = False,
    board: bool = False,
    width: float = WIDTH,
) -> Drawing:
    """The home chart: dot = the segment, pale bar = its 95 % interval, tick = everyone else, same weeks.

    rows        contract rows (`funnel`) of the metrics to show, one below the other; columns stand in the
                order metrics first appear, segments in the order they do; a metric that is not connected
                has no column, one that cannot be measured says so in its own
    standings   by metric name, as `standings` gives them: green filled circle ahead, rust diamond behind,
                hollow grey circle where no difference can be told
    subject     the segment in bold
    width       pixels, everything included; the height follows from the number of segments. On a phone the columns
                stand one under the other, each name over its row

    Where there is no rate the counts stand, over a faint interval from `metric.least` trials on. A click
    selects a segment (parameter "segment"); the drawing itself depends on no selection.
    """
    colours = palette(dark)
    segments = [name for name in dict.fromkeys(rows["segment"]) if name != ALL]
    standing: Standing = {
        (name, row["segment"]): row["standing"] for name, frame in standings.items() for row in frame.to_dict("records")
    }
    described = dots_described(rows, standing, metrics)
    marks: list[Mark]
    if width < NARROW and segments and len(rows):
        marks, height = stacked(rows, tuple(metrics), segments, standing, subject, width, colours)
        return drawn(marks, width, height, dark, described)
    sizes = sizes_for(len(segments), board)
    few = few_of(rows[rows["segment"] != ALL], metrics)
    left = names_width(segments, subject, few, sizes, width)
    columns = columns_of(rows, tuple(metrics), left, width, sizes)
    if not columns or not segments:
        text = "No segment has begun yet" if columns else "Nothing is connected that could stand here"
        marks = [Text(0, 14, text, sizes.value, colours.quiet)]
        return drawn(marks, width, 28, dark, described)
    height = sizes.head + sizes.row * len(segments) + sizes.foot
    marks = [mark for column in columns for mark in column_head(column, sizes, colours, height)]
    for i, segment in enumerate(segments):
        y = sizes.head + sizes.row * (i + 0.5)
        marks += name_of(segment, segment == subject, y, few.get(segment, ""), left - 18, sizes, colours)
        for column in columns:
            stands = standing.get((column.metric.name, segment), "")
            marks += cell(column, segment, y, stands, sizes, colours)
        marks += spots(segment, y, columns, standing, sizes, width)
    marks += rest_label(columns, segments, sizes, colours)
    return drawn(marks, width, height, dark, described)
