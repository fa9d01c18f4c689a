"""Where everything stands on a slide of 1280 by 720 pixels; the picture and the native slide share it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from gtm_metrics.charts.rack import Rack, Stand, Tied, rack
from gtm_metrics.charts.scales import Scale
from gtm_metrics.deck.forms import CALLS, ODDS, PERCENT, Alley, Bars, Dots, Lines, Panel, Table, written
from gtm_metrics.deck.letters import LINE, SAFE, Fitted, fitted, one_line, text_width
from gtm_metrics.deck.slide import Slide
from gtm_metrics.words.alley import status_label

WIDTH, HEIGHT = 1280.0, 720.0
LEFT, RIGHT = 56.0, 1224.0
OVER, TITLE, BODY, SMALL, NOTE = 13.0, 30.0, 15.0, 12.0, 10.5
GAP, BETWEEN = 44.0, 18.0
"""What lies between two charts side by side, and between two one above the other."""
ROW, CLOSEST = 54.0, 20.0
"""Height of a row, and the least."""
ROOMY = {1: 110.0, 2: 110.0, 3: 78.0, 4: 78.0}
"""With so few rows each may be so high."""


@dataclass(frozen=True)
class Box:
    """A rectangle; pixels from the top left."""

    x: float
    y: float
    width: float
    height: float

    @property
    def x2(self) -> float:
        """Its right edge."""
        return self.x + self.width

    @property
    def y2(self) -> float:
        """Its lower edge."""
        return self.y + self.height


@dataclass(frozen=True)
class Words:
    """A text that fits its box."""

    box: Box
    fitted: Fitted
    bold: bool = False


@dataclass(frozen=True)
class Page:
    """The texts of a slide and the boxes of its charts."""

    over: Words
    headline: Words
    paragraph: Words
    footnote: Words
    charts: tuple[Box, ...]


def page_of(slide: Slide) -> Page:
    """Where the slide's texts stand, and what they leave to its charts."""
    wide = RIGHT - LEFT
    head = fitted(slide.headline, (TITLE, 27.0, 24.0, 21.0), wide, 76.0, bold=True)
    y = 58.0 + head.height
    body = fitted(slide.paragraph, (BODY, 14.0, 13.0, 12.0), wide, 74.0)
    note = fitted(slide.footnote, (NOTE, 10.0, 9.5, 9.0, 8.5), wide, 80.0)
    foot = HEIGHT - 22.0 - note.height
    top = y + 10.0 + (body.height if slide.paragraph else 0.0) + 18.0
    room = wide - GAP * (len(slide.forms) - 1)
    charts: list[Box] = []
    x, down = LEFT, top
    high = foot - 16.0 - top
    for share in slide.shares:
        if slide.stacked:
            charts.append(Box(LEFT, down, wide, (high - BETWEEN * (len(slide.forms) - 1)) * share))
            down += charts[-1].height + BETWEEN
        else:
            charts.append(Box(x, top, room * share, high))
            x += room * share + GAP
    return Page(
        Words(Box(LEFT, 30.0, wide, 20.0), Fitted(OVER, (one_line(slide.over, OVER, wide),))),
        Words(Box(LEFT, 52.0, wide, head.height + 4), head, bold=True),
        Words(Box(LEFT, y + 10.0, wide, body.height + 2), body),
        Words(Box(LEFT, foot, wide, note.height + 4), note),
        tuple(charts),
    )


@dataclass(frozen=True)
class PanelPlan:
    """One panel of a dot chart: the box of its dots (rows from its top), its scale in numbers, its ticks.

    captions   the lines under its title
    rest_at    where "everyone else" stands over the first row's tick: its middle; None without one
    """

    panel: Panel
    head: Box
    captions: tuple[str, ...]
    plot: Box
    low: float
    high: float
    ticks: tuple[float, ...]
    rest_at: tuple[float, float] | None = None

    @property
    def scale(self) -> Scale:
        """From numbers to pixels."""
        return Scale(self.low, self.high, self.plot.x, self.plot.x2)


@dataclass(frozen=True)
class DotsPlan:
    """A dot chart: rows of one height, names at the left."""

    form: Dots
    names: tuple[str, ...]
    name_size: float
    value_size: float
    left: float
    row: float
    top: float
    panels: tuple[PanelPlan, ...]

    def middle(self, i: int) -> float:
        """The y of a row's dots."""
        return self.top + self.row * (i + 0.5)

    @property
    def end(self) -> float:
        """The y under the last row."""
        return self.top + self.row * len(self.form.rows)


HEAD = 44.0
FOOT = 24.0
CAPTION_LINE = 15.0
REST_LABEL, REST_SIZE = "everyone else", 11.0
"""What stands over the first tick of everyone else's."""


def dots_plan(form: Dots, box: Box) -> DotsPlan:
    """Where a dot chart's parts stand in its box."""
    count = max(1, len(form.rows))
    has_line = any(panel.line_label for panel in form.panels)
    foot = FOOT + (16.0 if has_line else 0.0)
    first = 0.24 * box.width
    widths = max(1.0, (box.width - first + GAP) / max(1, len(form.panels)) - GAP + 20)
    two = any(text_width(panel.caption, SMALL) > widths * SAFE for panel in form.panels)
    head = HEAD + CAPTION_LINE * two
    row = row_height(count, box.height - head - foot)
    size = 14.0 if row >= 30 else 12.0
    value = 13.0 if row >= 30 else 11.5
    widest = max((text_width(name, size, bold=True) for name in form.rows), default=0.0)
    left = min(widest + 24, first)
    room = (box.width - left + GAP) / max(1, len(form.panels))
    panels = []
    for i, panel in enumerate(form.panels):
        x, x2 = box.x + left + i * room, box.x + left + (i + 1) * room - GAP
        side = max((text_width(label, value, bold=True) for label in panel.labels), default=0.0) + 12
        low, high, ticks = domain_of(panel)
        plot = Box(x + 8, box.y + head, x2 - x - 8 - side, row * count)
        heading = Box(x, box.y, x2 - x + 20, head - 6)
        lines = caption_lines(panel.caption, heading.width, two)
        plan = PanelPlan(panel, heading, lines, plot, low, high, spaced(ticks, panel.unit, plot.width))
        panels.append(replace(plan, rest_at=_rest_at(plan, row)))
    names = tuple(one_line(name, size, left - 14, name == form.subject) for name in form.rows)
    return DotsPlan(form, names, size, value, left, row, box.y + head, tuple(panels))


def caption_lines(caption: str, width: float, two: bool) -> tuple[str, ...]:
    """A caption on one line, or on `two`: the second is what stands after its semicolon."""
    first, mark, second = caption.partition("; ")
    lines = (first, second) if two and mark else (caption,)
    return tuple(one_line(line, SMALL, width) for line in lines)


def spaced(ticks: tuple[float, ...], unit: str, width: float) -> tuple[float, ...]:
    """Every so many of the ticks, so that no label meets the next one; the first is kept."""
    widest = max(text_width(written(tick, unit), SMALL - 1) for tick in ticks) + 8
    apart_by = width / max(1, len(ticks) - 1)
    return ticks[:: max(1, math.ceil(widest / max(apart_by, 1.0)))]


def _rest_at(plan: PanelPlan, row: float) -> tuple[float, float] | None:
    """The middle of the label of everyone else's tick: over that of the first row that has one, where there is room."""
    first = next((i for i, value in enumerate(plan.panel.rest) if value is not None), None)
    if first is None or (first and row < ROOM_OVER):
        return None
    half = text_width(REST_LABEL, REST_SIZE) / 2
    x = plan.scale.at(plan.panel.rest[first] or 0.0)
    y = plan.plot.y + row * (first + 0.5) - min(9.0, 0.36 * row) - 7.0
    return min(max(x, plan.plot.x - 8 + half), plan.head.x2 - half), y


ROOM_OVER = 34.0
"""Rows of this height have room for a label between them."""


def row_height(rows: int, room: float) -> float:
    """How high each row is: what there is room for, within reason."""
    return max(CLOSEST, min(ROOMY.get(rows, ROW), room / rows))


def domain_of(panel: Panel) -> tuple[float, float, tuple[float, ...]]:
    """(low, high, ticks) of a panel, round numbers at both ends: every number is in it; intervals reach at most twice
    the usual reach beyond them, so that one wild interval squeezes nobody."""
    points = [v for v in (*panel.values, *panel.rest, panel.line) if v is not None]
    ends = [(a, b) for a, b in zip(panel.low, panel.high, strict=True) if a is not None and b is not None]
    if not points and not ends:
        return 0.0, 1.0, (0.0, 1.0)
    points = points or [(a + b) / 2 for a, b in ends]
    reach = 2 * median([(b - a) / 2 for a, b in ends]) if ends else 0.0
    low = min(points) if not ends else max(min([*points, *(a for a, _ in ends)]), min(points) - reach)
    high = max(points) if not ends else min(max([*points, *(b for _, b in ends)]), max(points) + reach)
    floor = 1.0 if panel.unit == CALLS else 0.0
    return rounded(low, high, floor, 1.0 if panel.unit == PERCENT else None)


def rounded(
    low: float, high: float, floor: float | None = None, ceiling: float | None = None, most: int = 4
) -> tuple[float, float, tuple[float, ...]]:
    """(low, high, ticks) widened to a round step; from `floor` where the numbers begin near it."""
    if high - low < 1e-9:
        low, high = low - 0.05 * max(1.0, abs(low)), high + 0.05 * max(1.0, abs(high))
    if floor is not None and low - floor < 0.3 * (high - low):
        low = floor
    rough = (high - low) / most
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * k for k in (1.0, 2.0, 2.5, 5.0, 10.0) if size * k >= rough - 1e-12)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = tuple(round(i * step, 12) for i in range(first, last + 1))
    end = min(ticks[-1], ceiling) if ceiling is not None else ticks[-1]
    return ticks[0], end, tuple(tick for tick in ticks if tick <= end)


@dataclass(frozen=True)
class LinesPlan:
    """A line chart: its plot's box, its scale in numbers, the ticks of both axes, names at the lines' ends."""

    form: Lines
    head: Box
    plot: Box
    low: float
    high: float
    ticks: tuple[float, ...]
    every: int
    names: tuple[tuple[int, float, str], ...]

    @property
    def log(self) -> bool:
        """Whether numbers grow by tens."""
        return self.form.unit == ODDS

    def x(self, place: float) -> float:
        """The pixel of a place."""
        return self.plot.x + place / max(1, len(self.form.at) - 1) * self.plot.width

    def y(self, value: float) -> float:
        """The pixel of a number, cut at the ends."""
        ends = [self.low, self.high, min(max(value, self.low), self.high)]
        a, b, v = (math.log10(each) for each in ends) if self.log else ends
        return self.plot.y2 - (v - a) / (b - a) * self.plot.height


NAME, NAME_LINE = 13.0, 17.0
MARK_LINE = 16.0
"""Height of the label of a number that matters."""


def lines_plan(form: Lines, box: Box) -> LinesPlan:
    """Where a line chart's parts stand in its box."""
    values = [v for line in form.lines for v in (*line.values, *line.low, *line.high) if v is not None]
    values += [form.mark] if form.mark is not None else []
    if form.unit == ODDS:
        top = max(5, math.ceil(math.log10(max(values, default=1.0)) - 1e-9))
        low, high, ticks = 0.1, 10.0**top, tuple(10.0**i for i in range(0, top + 1, 2 if top > 5 else 1))
    else:
        ceiling = 1.0 if form.unit == PERCENT else None
        low, high, ticks = rounded(min(values, default=0.0), max(values, default=1.0), 0.0, ceiling)
    left = max(text_width(written(tick, form.unit), SMALL) for tick in ticks) + 12
    named = [(i, line) for i, line in enumerate(form.lines) if line.label and any(v is not None for v in line.values)]
    right = max([text_width(line.label, NAME, bold=True) for _, line in named], default=0.0) / SAFE + 14
    right = min(right, 0.34 * box.width)
    plot = Box(box.x + left, box.y + HEAD, box.width - left - right, box.height - HEAD - FOOT)
    wide = max((text_width(label, SMALL) for label in form.at), default=0.0) + 18
    every = max(1, math.ceil(wide * max(1, len(form.at) - 1) / max(plot.width, 1.0)))
    plan = LinesPlan(form, Box(box.x, box.y, box.width, HEAD - 6), plot, low, high, ticks, every, ())
    wanted = {i: plan.y(next(v for v in reversed(line.values) if v is not None)) for i, line in named}
    clear = apart(wanted, NAME_LINE, plot.y - 6, plot.y2 + 6)
    room = box.x2 - plot.x2 - 12
    names = tuple((i, clear[i], one_line(line.label, NAME, room, line.subject)) for i, line in named)
    return LinesPlan(form, plan.head, plot, low, high, ticks, every, names)


def mark_box(plan: LinesPlan) -> Box:
    """Where the label of the number that matters stands: over its line or under it, as far left as no line runs
    through it, nor one of the grid where that can be helped."""
    level, plot = plan.y(plan.form.mark or 0.0), plan.plot
    wide = min(text_width(plan.form.mark_label, SMALL) / SAFE + 6, plot.width)
    tops = (level - MARK_LINE - 2, level + 3)
    steps = [plot.x + 4 + 20 * i for i in range(int((plot.width - wide) / 20) + 1)] or [plot.x + 4]
    boxes = [Box(x, top, wide, MARK_LINE) for x in steps for top in tops if plot.y - 4 <= top <= plot.y2 - MARK_LINE]
    return min(boxes or [Box(plot.x + 4, tops[0], wide, MARK_LINE)], key=lambda box: _crossed(plan, box))


def _crossed(plan: LinesPlan, box: Box) -> int:
    """How much of what is drawn runs through a box: lines weigh more than the grid."""
    places = len(plan.form.at) - 1
    found = 0
    for line in plan.form.lines:
        for i, (a, b) in enumerate(pairwise(line.values[: places + 1])):
            if a is None or b is None or plan.x(i + 1) < box.x - 2 or plan.x(i) > box.x2 + 2:
                continue
            y, y2 = sorted((plan.y(a), plan.y(b)))
            found += 100 if y <= box.y2 + 1 and y2 >= box.y - 1 else 0
    return found + sum(box.y - 1 <= plan.y(tick) <= box.y2 + 1 for tick in plan.ticks)


def apart(wanted: dict[int, float], least: float, top: float, end: float) -> dict[int, float]:
    """The places in their order, moved until each is `least` from the next and all lie between top and end."""
    ordered = sorted(wanted, key=lambda key: wanted[key])
    placed: list[float] = []
    for key in ordered:
        placed.append(max(wanted[key], placed[-1] + least if placed else top))
    over = max(0.0, placed[-1] - end) if placed else 0.0
    for i in range(len(placed) - 1, -1, -1):
        limit = end if i == len(placed) - 1 else placed[i + 1] - least
        placed[i] = min(placed[i], limit) if over else placed[i]
    return dict(zip(ordered, placed, strict=True))


@dataclass(frozen=True)
class BarsPlan:
    """A bar chart: the box of its bars, rows of one height, names at the left and labels at the right."""

    form: Bars
    head: Box
    plot: Box
    row: float
    names: tuple[str, ...]
    left: float
    most: float

    def middle(self, i: int) -> float:
        """The y of a row's bar."""
        return self.plot.y + self.row * (i + 0.5)

    @property
    def half(self) -> float:
        """Half of a bar's height."""
        return min(26.0, 0.34 * self.row)

    def has_bar(self, i: int) -> bool:
        """Whether a row is drawn: one of too few is told in its label alone."""
        return self.form.parts[0].values[i] is not None

    def label_at(self, i: int) -> float:
        """The x of a row's label: at the end of its bar, or of all bars where they are shares."""
        if not self.has_bar(i):
            return self.plot.x + 2
        return self.plot.x2 + 14 if self.form.shares else self.plot.x + self.length(self.whole(i), i) + 10

    def whole(self, i: int) -> float:
        """What a row's bar counts to."""
        return sum(part.values[i] or 0.0 for part in self.form.parts)

    def length(self, value: float, i: int) -> float:
        """Pixels of a number in a row."""
        of = self.whole(i) if self.form.shares else self.most
        return value / of * self.plot.width if of else 0.0


def bars_plan(form: Bars, box: Box) -> BarsPlan:
    """Where a bar chart's parts stand in its box."""
    count = max(1, len(form.rows))
    head = HEAD + 22.0
    row = row_height(count, box.height - head - 6.0)
    widest = max((text_width(name, 14.0, bold=True) for name in form.rows), default=0.0)
    left = min(widest + 24, 0.28 * box.width)
    ends = [label for label, value in zip(form.labels, form.parts[0].values, strict=True) if value is not None]
    right = min(max((text_width(label, 13.0, bold=True) for label in ends), default=0.0) + 16, 0.34 * box.width)
    plot = Box(box.x + left, box.y + head, box.width - left - right, row * count)
    names = tuple(one_line(name, 14.0, left - 14, name == form.subject) for name in form.rows)
    whole = [sum(part.values[i] or 0.0 for part in form.parts) for i in range(len(form.rows))]
    return BarsPlan(
        form, Box(box.x, box.y, box.width, HEAD - 6), plot, row, names, left, max(whole, default=1.0) or 1.0
    )


@dataclass(frozen=True)
class TablePlan:
    """A table: its columns' edges, its rows' heights, what lies over and under a cell's text, and every cell's text as
    it fits."""

    form: Table
    box: Box
    edges: tuple[float, ...]
    heights: tuple[float, ...]
    around: float
    head: tuple[Fitted, ...]
    cells: tuple[tuple[Fitted, ...], ...]

    @property
    def named(self) -> int:
        """The column in bold, which says what a row is about: the first that is no rank."""
        return next((i for i, weight in enumerate(self.form.weights) if weight >= 0.5), 0)

    def beside(self, place: int) -> float:
        """What lies between a column's text and the next column."""
        return beside(self.form, place)


CELL = 9.0
"""Room around a cell's text."""


def beside(form: Table, place: int) -> float:
    """What lies between a column's text and the next column: more where numbers end and a text begins, nothing at the
    right edge."""
    if place == len(form.columns) - 1:
        return 0.0
    return 3 * CELL if place in form.numbers and place + 1 not in form.numbers else CELL


def table_plan(form: Table, box: Box) -> TablePlan:
    """Where a table's cells stand: rows as high as their text, smaller type where they do not fit, fewer lines a cell
    at the smallest."""
    whole = sum(form.weights)
    edges = [box.x]
    for weight in form.weights:
        edges.append(edges[-1] + box.width * weight / whole)
    widths = [b - a - beside(form, place) for place, (a, b) in enumerate(pairwise(edges))]
    titles = zip(form.columns, widths, strict=True)
    head = tuple(Fitted(SMALL, (one_line(name, SMALL, width, True),)) for name, width in titles)
    first = 28.0 if any(form.columns) else 0.0
    sizes = (form.size, *(each for each in (19.0, 16.0, 14.0, 13.0, 12.0, 11.0) if each < form.size))
    for size, lines in [(each, 99) for each in sizes] + [(sizes[-1], n) for n in (3, 2, 1)]:
        cells = _cells(form, widths, size, lines)
        texts = [max(len(cell.lines) for cell in row) * size * LINE for row in cells]
        around = max(CELL - 2.0, 0.8 * size)
        spare = box.height - first - sum(texts) - 2 * around * len(texts)
        if spare >= 0:
            # what is left goes between the rows, within reason
            around += min(spare / max(1, len(texts)), 1.2 * size) / 2
            break
    around += min(0.0, spare) / 2 / max(1, len(texts))
    heights = (first, *(text + 2 * around for text in texts))
    return TablePlan(form, box, tuple(edges), heights, around, head, cells)


def _cells(form: Table, widths: Sequence[float], size: float, lines: int) -> tuple[tuple[Fitted, ...], ...]:
    return tuple(
        tuple(
            fitted(cell, (size,), width, lines * size * LINE + 0.1, bold=True)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in form.cells
    )


NARROW = 0.9
"""Type of the rack over that of the page: Arial is so much wider than the page's typeface, by which it is laid out."""


@dataclass(frozen=True)
class AlleyPlan:
    """The rack in its box: `rack` counts from the box's top left; `letters` is what its type is multiplied by."""

    form: Alley
    box: Box
    rack: Rack
    letters: float = NARROW

    def at(self, x: float, y: float) -> tuple[float, float]:
        """A point of the rack on the slide."""
        return self.box.x + x, self.box.y + y


def alley_plan(form: Alley, box: Box, ink: str, quiet: str) -> AlleyPlan:
    """Where pins, ties and their words stand; `ink` and `quiet` are the colours of words."""
    stands = [
        Stand(pin.name, status_label(pin.status), pin.row, pin.place, pin.status in ("head pin", "next"))
        for pin in form.pins
    ]
    ties = [Tied(tie.a, tie.b, tie.weight, tie.label) for tie in form.ties]
    return AlleyPlan(form, box, rack(stands, ties, box.width, ink, quiet, box.height))
