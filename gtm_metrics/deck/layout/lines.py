"""Where the parts of a line chart stand."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from gtm_metrics.deck.forms import ODDS, PERCENT, Lines, written
from gtm_metrics.deck.layout.axes import rounded
from gtm_metrics.deck.layout.page import FOOT, HEAD, SMALL, Box
from gtm_metrics.deck.letters import SAFE, one_line, text_width

NAME, NAME_LINE = 13.0, 17.0
MARK_LINE = 16.0
"""Height of the label of a number that matters."""


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
