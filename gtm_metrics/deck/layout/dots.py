"""Where the parts of a dot chart stand."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from gtm_metrics.charts.scales import Scale
from gtm_metrics.deck.forms import Dots, Panel, written
from gtm_metrics.deck.layout.axes import domain_of, row_height
from gtm_metrics.deck.layout.page import FOOT, GAP, HEAD, SMALL, Box
from gtm_metrics.deck.letters import SAFE, one_line, text_width

CAPTION_LINE = 15.0
REST_LABEL, REST_SIZE = "everyone else", 11.0
"""What stands over the first tick of everyone else's."""
ROOM_OVER = 34.0
"""Rows of this height have room for a label between them."""


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
