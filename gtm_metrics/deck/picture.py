"""A slide as a picture: PNG of 1920 by 1080 and SVG, without a browser."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from gtm_metrics.charts.alley import pin_marks
from gtm_metrics.charts.canvas import Band, Drawing, Mark, Rule, Shape, Text, drawn
from gtm_metrics.charts.canvas import Line as Path
from gtm_metrics.charts.palette import Palette, palette
from gtm_metrics.deck.extra import needed
from gtm_metrics.deck.forms import Alley, Bars, Dots, Line, Lines, Table, written
from gtm_metrics.deck.layout import (
    CAPTION_LINE,
    HEIGHT,
    NAME,
    REST_LABEL,
    REST_SIZE,
    SMALL,
    WIDTH,
    AlleyPlan,
    BarsPlan,
    Box,
    LinesPlan,
    PanelPlan,
    TablePlan,
    Words,
    alley_plan,
    bars_plan,
    dots_plan,
    lines_plan,
    mark_box,
    page_of,
    table_plan,
)
from gtm_metrics.deck.letters import LINE, one_line, text_width
from gtm_metrics.deck.slide import Slide

FAMILY = "Arial, Liberation Sans, sans-serif"
SCALE = 1.5
"""From a slide's pixels to those of the image."""


def png_of(slide: Slide, dark: bool = False) -> bytes:
    """The slide as a PNG of 1920 by 1080 pixels. Raises Refused where the export extra is not installed."""
    made: bytes = needed("vl_convert").vegalite_to_png(_spec(slide, dark), scale=SCALE)
    return made


def svg_of(slide: Slide, dark: bool = False) -> str:
    """The slide as SVG. Raises Refused where the export extra is not installed."""
    made: str = needed("vl_convert").vegalite_to_svg(_spec(slide, dark))
    return made


def _spec(slide: Slide, dark: bool) -> dict[str, Any]:
    spec: dict[str, Any] = json.loads(json.dumps(drawing_of(slide, dark).spec))
    spec["config"] |= {"font": FAMILY}
    return spec


def drawing_of(slide: Slide, dark: bool = False) -> Drawing:
    """The slide as a drawing of 1280 by 720 pixels."""
    return drawn(marks_of(slide, dark), WIDTH, HEIGHT, dark, f"{slide.headline}. {slide.paragraph}")


def marks_of(slide: Slide, dark: bool = False) -> list[Mark]:
    """What is drawn, in its order."""
    colours, page = palette(dark), page_of(slide)
    marks: list[Mark] = [*_words(page.over, colours.quiet), *_words(page.headline, colours.ink)]
    marks += [*_words(page.paragraph, colours.ink), *_words(page.footnote, colours.quiet)]
    for form, box in zip(slide.forms, page.charts, strict=True):
        if isinstance(form, Dots):
            marks += _dots(form, box, colours)
        elif isinstance(form, Lines):
            marks += _lines(lines_plan(form, box), colours)
        elif isinstance(form, Bars):
            marks += _bars(bars_plan(form, box), colours)
        elif isinstance(form, Alley):
            marks += _alley(alley_plan(form, box, colours.ink, colours.quiet), colours)
        else:
            marks += _table(form, box, colours)
    return marks


def _words(words: Words, colour: str) -> Iterator[Mark]:
    size = words.fitted.size
    for i, line in enumerate(words.fitted.lines):
        y = words.box.y + (i + 0.5) * size * LINE
        yield Text(words.box.x, y, line, size, colour, bold=words.bold)


def _head(box: Box, title: str, captions: Sequence[str], colours: Palette) -> Iterator[Mark]:
    yield Text(box.x, box.y + 8, one_line(title, 15.0, box.width, True), 15.0, colours.ink, bold=True)
    for i, caption in enumerate(captions):
        yield Text(box.x, box.y + 26 + CAPTION_LINE * i, one_line(caption, SMALL, box.width), SMALL, colours.quiet)


def _dots(form: Dots, box: Box, colours: Palette) -> Iterator[Mark]:
    plan = dots_plan(form, box)
    for i, (row, name) in enumerate(zip(form.rows, plan.names, strict=True)):
        bold = row == form.subject
        yield Text(box.x, plan.middle(i), name, plan.name_size, colours.ink, bold=bold)
    for each in plan.panels:
        yield from _head(each.head, each.panel.title, each.captions, colours)
        yield from _across(each, plan.end, colours)
        for i in range(len(form.rows)):
            yield from _dot(each, i, plan.middle(i), plan.row, plan.value_size, colours)


def _across(each: PanelPlan, end: float, colours: Palette) -> Iterator[Mark]:
    """A panel's axis, the line all rows stand beside, and what their ticks are."""
    scale = each.scale
    for tick in each.ticks:
        yield Rule(scale.at(tick), each.plot.y, scale.at(tick), end, colours.grid)
        yield Text(scale.at(tick), end + 12, written(tick, each.panel.unit), SMALL - 1, colours.quiet, "center")
    if each.panel.line is not None:
        x = scale.at(each.panel.line)
        yield Path(((x, each.plot.y), (x, end)), colours.tick, 1.6, dashed=True)
        half = text_width(each.panel.line_label, SMALL) / 2
        at = min(max(x, each.plot.x + half - 8), each.head.x2 - half)
        yield Text(at, end + 29, each.panel.line_label, SMALL, colours.quiet, "center")
    if each.rest_at is not None:
        yield Text(*each.rest_at, REST_LABEL, REST_SIZE, colours.quiet, "center")


def _dot(each: PanelPlan, i: int, y: float, row: float, size: float, colours: Palette) -> Iterator[Mark]:
    panel, scale, standing = each.panel, each.scale, each.panel.standings[i]
    colour, value = colours.of(standing), panel.values[i]
    low, high, rest = panel.low[i], panel.high[i], panel.rest[i]
    if low is not None and high is not None:
        band = colours.band_of(standing) if value is not None else colours.faint
        yield Rule(scale.at(low), y, scale.at(high), y, band, 5.0)
    if rest is not None:
        half = min(9.0, 0.36 * row)
        yield Rule(scale.at(rest), y - half, scale.at(rest), y + half, colours.tick, 2.0)
    if value is not None:
        shape, area = ("diamond", 120.0) if standing == "behind" else ("circle", 110.0)
        yield Shape(scale.at(value), y, shape, area, colour if standing else colours.page, colour)
    ink = colour if standing else colours.ink if value is not None else colours.quiet
    yield Text(each.plot.x2 + 12, y, panel.labels[i], size, ink, bold=bool(standing))


def _lines(plan: LinesPlan, colours: Palette) -> Iterator[Mark]:
    form, plot = plan.form, plan.plot
    yield from _head(plan.head, form.title, (form.caption,), colours)
    for tick in plan.ticks:
        yield Rule(plot.x, plan.y(tick), plot.x2, plan.y(tick), colours.grid)
        yield Text(plot.x - 8, plan.y(tick), written(tick, form.unit), SMALL, colours.quiet, "right")
    for place in range(len(form.at) - 1, -1, -plan.every):
        yield Text(plan.x(place), plot.y2 + 14, form.at[place], SMALL, colours.quiet, "center")
    for line in form.lines:
        colour, wash = _line_colours(line.subject, line.standing, line.dashed, colours)
        if line.low and line.high:
            yield from _band(plan, line, wash)
        for run in _runs(line.values):
            heights = [plan.y(value or 0.0) for value in line.values]
            points = tuple((plan.x(x), heights[i]) for x, i in _corners(run, form.steps))
            yield Path(points, colour, 2.8 if line.subject else 1.5, line.dashed)
            if len(run) == 1 or (line.subject and len(form.at) <= 40 and not form.steps):
                yield from (Shape(plan.x(i), heights[i], "circle", 40, colour, colour) for i in run)
    if form.mark is not None:
        y = plan.y(form.mark)
        yield Path(((plot.x, y), (plot.x2, y)), colours.ink, 1.4, dashed=True)
        box = mark_box(plan)
        label = one_line(form.mark_label, SMALL, box.width)
        yield Text(box.x, box.y + box.height / 2, label, SMALL, colours.ink)
    for i, y, name in plan.names:
        line = form.lines[i]
        colour = _line_colours(line.subject, line.standing, line.dashed, colours)[0] if line.subject else colours.quiet
        yield Text(plot.x2 + 10, y, name, NAME, colour, bold=line.subject)


def _band(plan: LinesPlan, line: Line, colour: str) -> Iterator[Mark]:
    """A line's interval, where both of its ends are known."""
    ends = [None if low is None or high is None else (low, high) for low, high in zip(line.low, line.high, strict=True)]
    for run in _runs(ends):
        places = [(plan.x(x), ends[i]) for x, i in _corners(run, plan.form.steps)]
        yield Band(tuple((x, plan.y(end[0]), plan.y(end[1])) for x, end in places if end), colour)


def _line_colours(subject: bool, standing: str, dashed: bool, colours: Palette) -> tuple[str, str]:
    if not subject:
        return colours.mark if dashed else colours.band, colours.wash
    return (colours.of(standing), colours.wash_of(standing)) if standing else (colours.ink, colours.wash)


def _runs(values: Any) -> list[list[int]]:
    """The places of each stretch without a gap."""
    found: list[list[int]] = [[]]
    for i, value in enumerate(values):
        if value is None:
            found.append([])
        else:
            found[-1].append(i)
    return [run for run in found if run]


def _corners(run: list[int], steps: bool) -> list[tuple[int, int]]:
    """(place across, which value) of a run: itself, or level until the next place and then straight to it."""
    if not steps:
        return [(i, i) for i in run]
    found = [(run[0], run[0])]
    for before, after in pairwise(run):
        found += [(after, before), (after, after)]
    return found


def _bars(plan: BarsPlan, colours: Palette) -> Iterator[Mark]:
    form, plot = plan.form, plan.plot
    yield from _head(plan.head, form.title, (form.caption,), colours)
    yield from _part_names(plan, colours)
    for i in range(len(form.rows)):
        y, bold = plan.middle(i), form.rows[i] == form.subject
        yield Text(plan.head.x, y, plan.names[i], 14.0, colours.ink, bold=bold)
        x = plot.x
        for place, part in enumerate(form.parts if plan.has_bar(i) else ()):
            wide = plan.length(part.values[i] or 0.0, i)
            yield from _bar(place, x, x + wide, y, plan.half, colours)
            label = f"{part.values[i]:,.0f}"
            if wide > text_width(label, 13.0, True) + 8:
                ink = colours.page if place == 0 else colours.ink
                yield Text(x + wide / 2, y, label, 13.0, ink, "center", bold=place == 0)
            x += wide
        standing = form.standings[i]
        ink = colours.of(standing) if standing else colours.ink if plan.has_bar(i) else colours.quiet
        yield Text(plan.label_at(i), y, form.labels[i], 13.0, ink, bold=bool(standing))
    if form.line is not None and form.rows:
        x = plot.x + form.line * plot.width
        yield Path(((x, plot.y - 4), (x, plot.y + plan.row)), colours.ink, 1.6, dashed=True)
        half = text_width(form.line_label, SMALL) / 2
        at = min(max(x, plot.x + half), plot.x2 - half)
        yield Text(at, plot.y - 14, form.line_label, SMALL, colours.ink, "center")


def _bar(place: int, x: float, x2: float, y: float, half: float, colours: Palette) -> Iterator[Mark]:
    """A part: the first full, the second pale, the third hollow."""
    if x2 - x < 0.5:
        return
    if place < 2:
        colour = colours.quiet if place == 0 else colours.band
        yield Band(((x, y - half, y + half), (x2 - 1, y - half, y + half)), colour)
        return
    corners = ((x, y - half), (x2 - 1, y - half), (x2 - 1, y + half), (x, y + half), (x, y - half))
    yield from (Rule(*a, *b, colours.mark, 1.0) for a, b in pairwise(corners))


def _part_names(plan: BarsPlan, colours: Palette) -> Iterator[Mark]:
    """A key over the bars: what full, pale and hollow are; nothing where there is one part."""
    x, y = plan.plot.x, plan.plot.y - 14
    for place, part in enumerate(plan.form.parts if len(plan.form.parts) > 1 else ()):
        yield from _bar(place, x, x + 12, y, 5.0, colours)
        yield Text(x + 18, y, part.name, SMALL, colours.quiet)
        x += 18 + text_width(part.name, SMALL) + 22


def _alley(plan: AlleyPlan, colours: Palette) -> Iterator[Mark]:
    """Ties under pins under their words."""
    for tie in plan.rack.ties:
        yield Path(tuple(plan.at(x, y) for x, y in tie.points), colours.band, tie.width)
    for pin, placed in zip(plan.form.pins, plan.rack.pins, strict=True):
        row = {"status": pin.status, "down": pin.down, "share": pin.share, "share_of": pin.share_of}
        for mark in pin_marks(row, placed, plan.rack.radius, colours):
            if isinstance(mark, Shape | Text):
                yield _moved(mark, plan)
    for tie in plan.rack.ties:
        if tie.number:
            yield _moved(tie.number, plan)


def _moved(mark: Shape | Text, plan: AlleyPlan) -> Mark:
    """A mark of the rack where the rack stands, its type as wide as it was laid out."""
    x, y = plan.at(mark.x, mark.y)
    if isinstance(mark, Text):
        return replace(mark, x=x, y=y, size=mark.size * plan.letters)
    return replace(mark, x=x, y=y)


def _table(form: Table, box: Box, colours: Palette) -> Iterator[Mark]:
    plan = table_plan(form, box)
    y = box.y
    if plan.heights[0]:
        for place, name in enumerate(plan.head):
            yield _cell(plan, place, y + 12, name.lines[0], name.size, colours.quiet, True)
        y += plan.heights[0]
    for row, height in zip(plan.cells, plan.heights[1:], strict=True):
        yield Rule(box.x, y, box.x2, y, colours.band, 1.0)
        for place, cell in enumerate(row):
            for i, line in enumerate(cell.lines):
                at = y + plan.around + (i + 0.5) * cell.size * LINE
                yield _cell(plan, place, at, line, cell.size, colours.ink, place == plan.named)
        y += height
    yield Rule(box.x, y, box.x2, y, colours.band, 1.0)


def _cell(plan: TablePlan, place: int, y: float, text: str, size: float, colour: str, bold: bool) -> Text:
    """A line of a cell's text: numbers end where their column ends."""
    ends = place in plan.form.numbers
    x = plan.edges[place + 1] - plan.beside(place) if ends else plan.edges[place]
    return Text(x, y, text, size, colour, "right" if ends else "left", bold=bold)
