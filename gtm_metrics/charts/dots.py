"""Funnel dots: a row a segment, a column a metric, each number beside everyone else's in the same weeks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from gtm_metrics.charts.canvas import Drawing, Line, Mark, Rule, Shape, Spot, Text, drawn
from gtm_metrics.charts.lettering import fitted, text_width
from gtm_metrics.charts.palette import Palette, palette
from gtm_metrics.charts.scales import Scale, domain, limits, tick_labels, ticks
from gtm_metrics.funnel import grey_interval
from gtm_metrics.metrics import METRICS, Metric, metric_named
from gtm_metrics.question import ALL
from gtm_metrics.words import (
    STATUS,
    Standing,
    cell_described,
    column_captions,
    count,
    count_label,
    dot_label,
    dots_described,
    plain,
)
from gtm_metrics.words.numbers import Row

WIDTH = 980.0
"""What a 1440 pixel wide window leaves beside the menu; a wider one stretches it."""
COMPACT_ABOVE = 12
"""Segments up to which a number stands above its dot; beyond, rows close up and it stands at the side."""
BOARD_ROWS = 9
"""The same on a board page, which has 720 pixels for everything."""
SMALL = 100
"""A segment's smallest n is told beside its name up to here."""
REST = "everyone else"


@dataclass(frozen=True)
class Sizes:
    """Type and room of one drawing, in pixels."""

    row: float
    head: float
    foot: float
    name: float
    value: float
    header: float
    caption: float
    small: float
    dot: float
    above: float
    compact: bool


@dataclass(frozen=True)
class Column:
    """One metric's place: its panel from x to x2, the scale inside it, its row of each segment."""

    metric: Metric
    everyone: Row | None
    rows: Mapping[str, Row]
    x: float
    x2: float
    scale: Scale


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
    width       pixels, everything included; the height follows from the number of segments

    Where there is no rate the counts stand, over a faint interval from `metric.least` trials on. A click
    selects a segment (parameter "segment").
    """
    colours = palette(dark)
    segments = [name for name in dict.fromkeys(rows["segment"]) if name != ALL]
    standing: Standing = {
        (name, row["segment"]): row["standing"] for name, frame in standings.items() for row in frame.to_dict("records")
    }
    sizes = _sizes(len(segments), board)
    names_width = _names_width(segments, subject, sizes, width)
    columns = _columns(rows, tuple(metrics), names_width, width, sizes)
    height = sizes.head + sizes.row * max(1, len(segments)) + sizes.foot
    described = dots_described(rows, standing, metrics)
    if not columns or not segments:
        text = "Nothing is connected that could stand here" if not columns else "No segment has begun yet"
        marks: list[Mark] = [Text(0, 14, text, sizes.value, colours.quiet)]
        return Drawing(drawn(marks, width, 28, dark), described)
    marks = [mark for column in columns for mark in _column_head(column, sizes, colours, height)]
    for i, segment in enumerate(segments):
        y = sizes.head + sizes.row * (i + 0.5)
        marks += _name(segment, segment == subject, y, columns, sizes, colours, names_width)
        for column in columns:
            marks += _cell(column, segment, y, standing.get((column.metric.name, segment), ""), sizes, colours)
        marks += _spots(segment, y, columns, standing, sizes, width)
    marks += _rest_label(columns, segments, sizes, colours)
    return Drawing(drawn(marks, width, height, dark), described)


def _sizes(segments: int, board: bool) -> Sizes:
    compact = segments > (BOARD_ROWS if board else COMPACT_ABOVE)
    k = 1.15 if board else 1.0
    row = (22.0 if compact else 40.0) * (1.06 if board else 1.0)
    return Sizes(
        row=row,
        head=68 * k if compact else 64 * k,
        foot=30 * k,
        name=(12.5 if compact else 14) * k,
        value=(12 if compact else 13) * k,
        header=15.5 * k,
        caption=12.5 * k,
        small=11 * k,
        dot=(52 if compact else 88) * k,
        above=15.5 * k,
        compact=compact,
    )


def _names_width(segments: Sequence[str], subject: str, sizes: Sizes, width: float) -> float:
    """Room for the longest name, up to a quarter of the drawing."""
    widths = [text_width(plain(name), sizes.name, name == subject) for name in segments]
    return min(max([84.0, *widths]) + 22, 0.23 * width)


def _columns(
    rows: pd.DataFrame, metrics: tuple[Metric, ...], left: float, width: float, sizes: Sizes
) -> list[Column]:
    by_metric: dict[str, dict[str, Row]] = {}
    for row in rows.to_dict("records"):
        by_metric.setdefault(row["metric"], {})[row["segment"]] = row
    shown = [
        name
        for name, found in by_metric.items()
        if any(row["status"] != "not_connected" for row in found.values())
    ]
    gap = 34.0
    room = (width - left + gap) / max(1, len(shown))
    columns = []
    for i, name in enumerate(shown):
        found = dict(by_metric[name])
        everyone = found.pop(ALL, None)
        metric = metric_named(name, metrics)
        x, x2 = left + i * room, left + (i + 1) * room - gap
        inner = x2 - (_gutter(metric, found.values(), sizes) if sizes.compact else 0)
        low, high = _domain(metric, list(found.values()))
        columns.append(Column(metric, everyone, found, x, x2, Scale(low, high, x + 7, inner - 9)))
    return columns


def _gutter(metric: Metric, rows: Sequence[Row] | object, sizes: Sizes) -> float:
    """Room at the side of a compact panel for its widest number."""
    texts = [_label(metric, row) for row in rows]  # type: ignore[attr-defined]
    return max([text_width(text, sizes.value, bold=True) for text in texts], default=0.0) + 12


def _label(metric: Metric, row: Row) -> str:
    if row["status"] == "ok":
        return dot_label(metric, row["estimate"], row["trials"])
    return "" if row["trials"] is None else count_label(metric, row["successes"], row["trials"])


def _interval(metric: Metric, row: Row) -> tuple[float, float] | None:
    """The row's own interval, or the grey one of its counts."""
    if row["status"] == "ok":
        return None if row["low"] is None or row["high"] is None else (row["low"], row["high"])
    return None if row["trials"] is None else grey_interval(metric, row["trials"], row["successes"])


def _domain(metric: Metric, rows: Sequence[Row]) -> tuple[float, float]:
    points = [row[key] for row in rows for key in ("estimate", "rest_estimate") if row[key] is not None]
    solid = [found for row in rows if row["status"] == "ok" and (found := _interval(metric, row))]
    faint = [found for row in rows if row["status"] != "ok" and (found := _interval(metric, row))]
    return domain(points, solid or faint, limits(metric))


def _column_head(column: Column, sizes: Sizes, colours: Palette, height: float) -> list[Mark]:
    """Header, direction, cohort; at the foot the axis."""
    metric, everyone = column.metric, column.everyone
    last_week = everyone["last_week"] if everyone else None
    direction, cohort = column_captions(metric, last_week)
    room = column.x2 - column.x
    k = sizes.caption / 12.5
    marks: list[Mark] = [
        Text(column.x, 9 * k, fitted(metric.label, sizes.header, room, True), sizes.header, colours.ink, bold=True),
        Text(column.x, 28 * k, direction, sizes.caption, colours.quiet),
        Text(column.x, 44 * k, fitted(cohort, sizes.caption, room + 20), sizes.caption, colours.quiet),
    ]
    if not any(_interval(metric, row) or row["status"] == "ok" for row in column.rows.values()):
        if everyone and everyone["trials"] is None:
            words = STATUS[everyone["status"]]
            marks.append(Text(column.x, sizes.head + sizes.row / 2, words, sizes.value, colours.quiet))
        return marks
    values = ticks(column.scale.low, column.scale.high, max(2, min(5, int(room / 52))))
    for value, text in zip(values, tick_labels(metric, values), strict=True):
        half = text_width(text, sizes.small) / 2
        x = min(max(column.scale.at(value), column.x + half), column.x2 - half)
        marks.append(Text(x, height - sizes.foot / 2 + 4, text, sizes.small, colours.quiet, "center"))
    return marks


def _name(
    segment: str, bold: bool, y: float, columns: Sequence[Column], sizes: Sizes, colours: Palette, width: float
) -> list[Mark]:
    """The segment's name, and under it the smallest n a rate of its row rests on, where that is small."""
    name = Text(0, y, fitted(plain(segment), sizes.name, width - 18, bold), sizes.name, colours.ink, bold=bold)
    counts = [
        (row["trials"], column.metric.unit)
        for column in columns
        if column.metric.shape == "event" and (row := column.rows.get(segment)) and row["status"] == "ok"
    ]
    smallest, unit = min(counts, default=(SMALL + 1, ""))
    if sizes.compact or smallest > SMALL:
        return [name]
    words = fitted(f"{count(smallest)} {unit}", sizes.small, width - 18)
    return [name, Text(0, y + 0.37 * sizes.row, words, sizes.small, colours.quiet)]


def _cell(
    column: Column, segment: str, y: float, standing: str, sizes: Sizes, colours: Palette
) -> list[Mark]:
    """One segment in one column."""
    row = column.rows.get(segment)
    if row is None or row["trials"] is None:
        return [] if row or _unmeasured(column) else [_count("none yet", column, y, None, sizes, colours)]
    between = _interval(column.metric, row)
    label = _label(column.metric, row)
    if row["status"] != "ok":
        faint: list[Mark] = [_bar(between, column.scale, y, colours.faint, 3.0)] if between else []
        faint += _runs_on(between, column.scale, y, colours) if between else []
        return [*faint, _count(label, column, y, between, sizes, colours)]
    marks: list[Mark] = []
    if between:
        marks.append(_bar(between, column.scale, y, colours.band_of(standing), 4.0))
        marks += _runs_on(between, column.scale, y, colours)
    if row["rest_estimate"] is not None:
        x, half = column.scale.at(row["rest_estimate"]), 6.0 if sizes.compact else 7.0
        marks.append(Rule(x, y - half, x, y + half, colours.tick, 1.6))
    x, colour = column.scale.at(row["estimate"]), colours.of(standing)
    shape, area = ("diamond", sizes.dot * 1.15) if standing == "behind" else ("circle", sizes.dot)
    marks.append(Shape(x, y, shape, area, colour if standing else colours.page, colour))
    ink = colour if standing else colours.ink
    if sizes.compact:
        return [*marks, Text(column.x2, y, label, sizes.value, ink, "right", bool(standing))]
    at = _inside(x, text_width(label, sizes.value, bool(standing)), column)
    return [*marks, Text(at, y - sizes.above, label, sizes.value, ink, "center", bool(standing))]


def _unmeasured(column: Column) -> bool:
    return bool(column.everyone and column.everyone["trials"] is None)


def _bar(between: tuple[float, float], scale: Scale, y: float, colour: str, width: float) -> Rule:
    return Rule(scale.at(between[0]), y, scale.at(between[1]), y, colour, width)


def _runs_on(
    between: tuple[float, float], scale: Scale, y: float, colours: Palette
) -> list[Mark]:
    """A small arrowhead where the interval goes on beyond the panel."""
    ends = [(scale.start, -1)] * (between[0] < scale.low) + [(scale.end, 1)] * (between[1] > scale.high)
    return [
        Line(((x + 3 * way, y - 3.5), (x + 6.5 * way, y), (x + 3 * way, y + 3.5)), colours.mark, 1.4) for x, way in ends
    ]


def _count(
    text: str,
    column: Column,
    y: float,
    between: tuple[float, float] | None,
    sizes: Sizes,
    colours: Palette,
) -> Text:
    """The counts where no rate is given: above their faint interval, else on the row."""
    if sizes.compact:
        return Text(column.x2, y, text, sizes.value, colours.quiet, "right")
    if between is None:
        return Text(column.scale.start, y, text, sizes.value, colours.quiet)
    middle = (column.scale.at(between[0]) + column.scale.at(between[1])) / 2
    at = _inside(middle, text_width(text, sizes.value), column)
    return Text(at, y - sizes.above + 2, text, sizes.value, colours.quiet, "center")


def _inside(x: float, width: float, column: Column) -> float:
    """The middle of a label of this width, moved so that it stays in its panel."""
    return min(max(x, column.x + width / 2), column.x2 - width / 2)


def _spots(
    segment: str, y: float, columns: Sequence[Column], standing: Standing, sizes: Sizes, width: float
) -> list[Mark]:
    """The whole row answers: under the name as well as in every panel."""
    top, bottom = y - sizes.row / 2, y + sizes.row / 2
    marks: list[Mark] = []
    edges = [0.0, *(column.x for column in columns[1:]), width]
    for column, x, x2 in zip(columns, edges, edges[1:], strict=False):
        row = column.rows.get(segment)
        stands = standing.get((column.metric.name, segment), "")
        told = row is not None and row["trials"] is not None
        numbers = cell_described(column.metric, row, stands) if row and told else "none yet"
        marks.append(Spot(x, top, x2, bottom, segment, column.metric.label, numbers))
    return marks


def _rest_label(
    columns: Sequence[Column], segments: Sequence[str], sizes: Sizes, colours: Palette
) -> list[Mark]:
    """One tick is named where it stands: the first under which nothing else does. Else the footnote says it."""
    if sizes.compact:
        return []
    half = text_width(REST, sizes.small) / 2
    for i, segment in enumerate(segments):
        y = sizes.head + sizes.row * (i + 0.5)
        for column in columns:
            row = column.rows.get(segment)
            if row is None or row["rest_estimate"] is None:
                continue
            x = _inside(column.scale.at(row["rest_estimate"]), 2 * half, column)
            if not _crowded(column, segments[i + 1 : i + 2], x, half, sizes):
                return [Text(x, y + 15.5, REST, sizes.small, colours.quiet, "center")]
    return []


def _crowded(column: Column, below: Sequence[str], x: float, half: float, sizes: Sizes) -> bool:
    """Whether the number of the row below would touch a label here."""
    row = column.rows.get(below[0]) if below else None
    if row is None or row["trials"] is None:
        return False
    between = _interval(column.metric, row)
    at = row["estimate"] if row["status"] == "ok" else sum(between) / 2 if between else None
    if at is None:
        return False
    label = text_width(_label(column.metric, row), sizes.value, True)
    return abs(_inside(column.scale.at(at), label, column) - x) < half + label / 2 + 6
