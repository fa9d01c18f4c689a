"""What sets best and worst apart: a row a trait, its frequency in either tenth over that among all customers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gtm_metrics.charts.canvas import NARROW, Drawing, Mark, Rule, Shape, Text, drawn, lowered
from gtm_metrics.charts.lettering import fitted, in_lines, text_width
from gtm_metrics.charts.palette import Palette, palette
from gtm_metrics.charts.scales import Scale
from gtm_metrics.customers import FOUND
from gtm_metrics.words import times
from gtm_metrics.words.customers import full_name, lifts_described

ROW, HEAD, FOOT = 34.0, 62.0, 30.0
NAME, VALUE, SMALL, HEADER, CAPTION = 13.5, 13.0, 11.5, 15.5, 12.5
LABEL, GAP = 128.0, 30.0
TALL, LINE = 44.0, 16.0
"""Height of a phone's row, which is as high as a finger is wide; between the two lines of a caption."""
AMONG = "as among all"
MOST = 6.0
"""Times beyond which an interval runs out of the picture."""

HEADS = {
    "best": ("The best tenth", "times as frequent as among all customers"),
    "worst": ("The worst tenth", "the same; then how many of all with the trait"),
}


def lifts(
    rows: Sequence[Mapping[str, Mapping[Any, Any]]], labels: Mapping[str, str], dark: bool, width: float
) -> Drawing:
    """A row a trait, a column a side.

    rows    side -> row of `customers.traits`, as `strongest` gives them

    On a phone the sides stand one under the other, each name over its row.
    """
    colours = palette(dark)
    described = lifts_described(rows, labels)
    marks: list[Mark]
    if not rows:
        return drawn([Text(0, 14, "No trait could be tried", VALUE, colours.quiet)], width, 28, dark, described)
    names = [full_name(next(iter(sides.values())), labels) for sides in rows]
    if width < NARROW:
        marks, height = _stacked(rows, names, width, colours)
        return drawn(marks, width, height, dark, described)
    left = min(max(text_width(name, NAME, True) for name in names) + 20, 0.3 * width)
    room = (width - left - GAP) / 2
    most = _most(rows)
    height = HEAD + ROW * len(rows) + FOOT
    marks = []
    for place, (side, (head, caption)) in enumerate(HEADS.items()):
        x = left + place * (room + GAP)
        scale = Scale(0.0, most, x, x + room - LABEL)
        marks += _head(x, head, [caption], rows, side, colours)
        middle = scale.at(1.0)
        marks.append(Rule(middle, HEAD - 6, middle, height - FOOT + 2, colours.tick, 1.4))
        marks.append(Text(middle, height - FOOT / 2 + 2, AMONG, SMALL, colours.quiet, "center"))
        for i, sides in enumerate(rows):
            if side in sides:
                marks += _cell(sides[side], scale, HEAD + ROW * (i + 0.5), x + room, colours)
    for i, (name, sides) in enumerate(zip(names, rows, strict=True)):
        bold = any(row["status"] == FOUND for row in sides.values())
        marks.append(Text(0, HEAD + ROW * (i + 0.5), fitted(name, NAME, left - 14, bold), NAME, colours.ink, bold=bold))
    return drawn(marks, width, height, dark, described)


def _most(rows: Sequence[Mapping[str, Mapping[Any, Any]]]) -> float:
    """Where the scales of both sides end."""
    return max(2.0, *(min(MOST, float(row["high"])) for sides in rows for row in sides.values()))


def _stacked(
    rows: Sequence[Mapping[str, Mapping[Any, Any]]], names: Sequence[str], width: float, colours: Palette
) -> tuple[list[Mark], float]:
    """The marks of both sides, one under the other, and the height they take."""
    scale = Scale(0.0, _most(rows), 6.0, width - 6.0)
    marks: list[Mark] = []
    top = 0.0
    for side, (head, caption) in HEADS.items():
        mine = [(name, sides[side]) for name, sides in zip(names, rows, strict=True) if side in sides]
        lines = in_lines(caption, CAPTION, width)
        marks += [lowered(mark, top) for mark in _head(0.0, head, lines, rows, side, colours)]
        begun = top + HEAD + LINE * (len(lines) - 1) - 14
        middle, base = scale.at(1.0), begun + TALL * len(mine)
        for i, (name, row) in enumerate(mine):
            y, bold = begun + TALL * i, row["status"] == FOUND
            marks.append(Rule(middle, y + 0.5 * TALL, middle, y + 0.92 * TALL, colours.tick, 1.4))
            found = _cell(row, scale, y + 0.7 * TALL, width, colours, 0.43 * TALL)
            marks += found
            room = width - text_width(_label(row), VALUE, bold) - 12
            marks.append(Text(0, y + 0.27 * TALL, fitted(name, NAME, room, bold), NAME, colours.ink, bold=bold))
        half = text_width(AMONG, SMALL) / 2
        marks.append(Text(max(middle, half), base + 10, AMONG, SMALL, colours.quiet, "center"))
        top = base + FOOT + 16
    return marks, top - 16


def _head(
    x: float,
    head: str,
    caption: Sequence[str],
    rows: Sequence[Mapping[str, Mapping[Any, Any]]],
    side: str,
    colours: Palette,
) -> list[Mark]:
    size = next((row["tier_size"] for sides in rows if (row := sides.get(side))), None)
    count = f", {size:,} customers" if size is not None else ", too few to compare"
    return [
        Text(x, 9, head + count, HEADER, colours.ink, bold=True),
        *(Text(x, 29 + LINE * i, line, CAPTION, colours.quiet) for i, line in enumerate(caption)),
    ]


def _label(row: Mapping[Any, Any]) -> str:
    return f"{times(row['lift'])} · {row['in_tier']:,} of {row['n']:,}" if row["in_tier"] else f"none of {row['n']:,}"


def _cell(
    row: Mapping[Any, Any], scale: Scale, y: float, end: float, colours: Palette, over: float = 0.0
) -> list[Mark]:
    """Interval, dot and label of one trait on one side, the label so many pixels over the dot."""
    standing = ""
    if row["status"] == FOUND:
        standing = "ahead" if (row["lift"] > 1) == (row["side"] == "best") else "behind"
    colour = colours.of(standing)
    low, high = scale.at(row["low"]), scale.at(row["high"])
    shape, area = ("diamond", 104) if standing == "behind" else ("circle", 90)
    ink = colour if standing else colours.quiet
    return [
        Rule(low, y, high, y, colours.band_of(standing), 4.0),
        Shape(scale.at(row["lift"]), y, shape, area, colour if standing else colours.page, colour),
        Text(end, y - over, _label(row), VALUE, ink, "right", bold=bool(standing)),
    ]
