"""One segment in one column, and what stands around it: names, headers, the tick that is named."""

from __future__ import annotations

from collections.abc import Sequence

from gtm_metrics.charts.canvas import Line, Mark, Rule, Shape, Spot, Text
from gtm_metrics.charts.layout import GAP, NEAR, Column, Sizes, interval_of, label_of
from gtm_metrics.charts.lettering import fitted, text_width
from gtm_metrics.charts.palette import Palette
from gtm_metrics.charts.scales import Scale, tick_labels, ticks
from gtm_metrics.words import STATUS, Standing, cell_described, column_captions, plain

REST = "everyone else"


def column_head(column: Column, sizes: Sizes, colours: Palette, height: float) -> list[Mark]:
    """Header, direction, cohort; at the foot the axis. A metric that cannot be measured says so."""
    metric, everyone, quiet = column.metric, column.everyone, colours.quiet
    direction, cohort = column_captions(metric, everyone["last_week"] if everyone else None)
    room, k = column.x2 - column.x, sizes.caption / 12.5
    label = fitted(metric.label, sizes.header, room + GAP - 8, bold=True)
    marks: list[Mark] = [
        Text(column.x, 9 * k, label, sizes.header, colours.ink, bold=True),
        Text(column.x, 28 * k, direction, sizes.caption, quiet),
        Text(column.x, 44 * k, fitted(cohort, sizes.caption, room + 20), sizes.caption, quiet),
    ]
    if everyone and not column.measured:
        words = STATUS[everyone["status"]]
        return [*marks[:2], Text(column.x, sizes.head + sizes.row / 2, words, sizes.value, quiet)]
    if not any(interval_of(metric, row) or row["status"] == "ok" for row in column.rows.values()):
        return marks
    scale = column.scale
    most = max(2, min(5, int((scale.end - scale.start) / (44 * k))))
    values = ticks(scale.low, scale.high, most)
    for value, text in zip(values, tick_labels(metric, values), strict=True):
        x = _inside(scale.at(value), text_width(text, sizes.small), column)
        marks.append(Text(x, height - 11.0 * k, text, sizes.small, quiet, "center"))
    return marks


def name_of(segment: str, bold: bool, y: float, few: str, room: float, sizes: Sizes, colours: Palette) -> list[Mark]:
    """The segment's name, and under it `few`, its smallest n; where rows close up beside it, if there is room."""
    text = fitted(plain(segment), sizes.name, room, bold)
    name = Text(0, y, text, sizes.name, colours.ink, bold=bold)
    if not sizes.compact:
        small = fitted(few, sizes.small, room) if few else ""
        return [name, Text(0, y + 0.37 * sizes.row, small, sizes.small, colours.quiet)] if few else [name]
    after = text_width(text, sizes.name, bold) + NEAR
    if not few or after + text_width(few, sizes.small) > room:
        return [name]
    return [name, Text(after, y + 0.5, few, sizes.small, colours.quiet)]


def cell(column: Column, segment: str, y: float, standing: str, sizes: Sizes, colours: Palette) -> list[Mark]:
    """One segment in one column."""
    row = column.rows.get(segment)
    if row is None or row["trials"] is None:
        return [] if row or not column.measured else [_count("none yet", column, y, None, sizes, colours)]
    between = interval_of(column.metric, row)
    label = label_of(column.metric, row)
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


def _bar(between: tuple[float, float], scale: Scale, y: float, colour: str, width: float) -> Rule:
    return Rule(scale.at(between[0]), y, scale.at(between[1]), y, colour, width)


def _runs_on(between: tuple[float, float], scale: Scale, y: float, colours: Palette) -> list[Mark]:
    """A small arrowhead where the interval goes on beyond the panel."""
    ends = [(scale.start, -1)] * (between[0] < scale.low) + [(scale.end, 1)] * (between[1] > scale.high)
    tips = [((x + 3 * way, y - 3.5), (x + 6.5 * way, y), (x + 3 * way, y + 3.5)) for x, way in ends]
    return [Line(tip, colours.mark, 1.4) for tip in tips]


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


def spots(
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


def rest_label(columns: Sequence[Column], segments: Sequence[str], sizes: Sizes, colours: Palette) -> list[Mark]:
    """One tick is named where it stands: the first with nothing under it, of rows that close up one of the last row.
    Else the footnote says it."""
    if sizes.compact:
        return _named_below(columns, segments, sizes, colours)
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


def _named_below(columns: Sequence[Column], segments: Sequence[str], sizes: Sizes, colours: Palette) -> list[Mark]:
    y = sizes.head + sizes.row * len(segments) + 9
    for column in columns:
        row = column.rows.get(segments[-1])
        if row is not None and row["rest_estimate"] is not None:
            x = _inside(column.scale.at(row["rest_estimate"]), text_width(REST, sizes.small), column)
            return [Text(x, y, REST, sizes.small, colours.quiet, "center")]
    return []


def _crowded(column: Column, below: Sequence[str], x: float, half: float, sizes: Sizes) -> bool:
    """Whether the number of the row below would touch a label here."""
    row = column.rows.get(below[0]) if below else None
    if row is None or row["trials"] is None:
        return False
    between = interval_of(column.metric, row)
    at = row["estimate"] if row["status"] == "ok" else sum(between) / 2 if between else None
    if at is None:
        return False
    label = text_width(label_of(column.metric, row), sizes.value, True)
    return abs(_inside(column.scale.at(at), label, column) - x) < half + label / 2 + 6
