"""The bowling alley as native shapes: a pin is a ring with an arc for its share, a tie a line."""

from __future__ import annotations

from typing import Any

from gtm_metrics.charts.canvas import Text
from gtm_metrics.charts.rack import Placed
from gtm_metrics.deck.extra import needed
from gtm_metrics.deck.forms import Alley, Pin
from gtm_metrics.deck.layout import AlleyPlan, Box, alley_plan
from gtm_metrics.deck.letters import LINE, text_width
from gtm_metrics.deck.native.paint import COLOURS, emu, points, put_text, rgb
from gtm_metrics.markets import MARKET

TOP = 270.0
"""Degrees of an arc's beginning: they run clockwise from the right."""
THICK = 0.12
"""An arc's thickness over its shape's size."""
A_DEGREE = 60_000 / 100_000
"""One degree as python-pptx counts an angle that adjusts a shape."""


def put_alley(slide: Any, form: Alley, box: Box) -> None:
    """Ties under pins under names."""
    plan = alley_plan(form, box, COLOURS.ink, COLOURS.quiet)
    for tie in plan.rack.ties:
        _tie(slide, [plan.at(x, y) for x, y in tie.points], tie.width)
    for pin, placed in zip(form.pins, plan.rack.pins, strict=True):
        _pin(slide, plan, pin, placed)
    for tie in plan.rack.ties:
        if tie.number:
            _text(slide, plan, tie.number, tie.number.colour)


def _tie(slide: Any, path: list[tuple[float, float]], width: float) -> None:
    first, *rest = [(emu(x), emu(y)) for x, y in path]
    builder = slide.shapes.build_freeform(*first, scale=1.0)
    builder.add_line_segments(rest, close=False)
    shape = builder.convert_to_shape()
    shape.fill.background()
    shape.line.color.rgb = rgb(COLOURS.band)
    shape.line.width = points(width)
    _flat(shape)


def _pin(slide: Any, plan: AlleyPlan, pin: Pin, placed: Placed) -> None:
    kinds = needed("pptx.enum.shapes").MSO_SHAPE
    x, y = plan.at(placed.x, placed.y)
    radius, head = plan.rack.radius, pin.status == "head pin"
    arc, track = (COLOURS.ahead, COLOURS.ahead_band) if head else (COLOURS.mark, COLOURS.faint)
    if pin.status == "next":
        arc, track = COLOURS.ink, COLOURS.band
    dashed = pin.share is None or pin.share_of != MARKET
    inner = radius * (1 - THICK)
    ring = slide.shapes.add_shape(kinds.OVAL, emu(x - inner), emu(y - inner), emu(2 * inner), emu(2 * inner))
    ring.name = pin.name
    ring.fill.solid()
    ring.fill.fore_color.rgb = rgb(COLOURS.band if pin.down else COLOURS.page)
    ring.line.color.rgb = rgb(COLOURS.band if dashed and not head else track)
    ring.line.width = points(2 * THICK * radius)
    if dashed:
        ring.line.dash_style = needed("pptx.enum.dml").MSO_LINE.SQUARE_DOT
    _flat(ring)
    if pin.share and pin.share > 0:
        size = emu(2 * radius)
        part = slide.shapes.add_shape(kinds.BLOCK_ARC, emu(x - radius), emu(y - radius), size, size)
        part.adjustments[0] = TOP * A_DEGREE
        part.adjustments[1] = (TOP + 360 * min(pin.share, 0.999)) % 360 * A_DEGREE
        part.adjustments[2] = THICK
        part.fill.solid()
        part.fill.fore_color.rgb = rgb(arc)
        part.line.fill.background()
        _flat(part)
    faded = pin.status in ("not now", "never")
    ink = COLOURS.quiet if faded or pin.share is None else COLOURS.ink
    wide = text_width(pin.label, 12.0, True) + 8
    put_text(slide, Box(x - wide / 2, y - 9, wide, 18), pin.label, 12.0, ink, bold=True, align="center", middle=True)
    for text in placed.written:
        _text(slide, plan, text, COLOURS.quiet if faded else text.colour)


def _text(slide: Any, plan: AlleyPlan, text: Text, colour: str) -> None:
    """A line of text where the plan has it."""
    size = text.size * plan.letters
    wide, high = text_width(text.text, size, text.bold) / 0.97 + 4, size * LINE + 3
    x, y = plan.at(text.x, text.y)
    left = {"left": x, "center": x - wide / 2, "right": x - wide}[text.align]
    place = Box(left, y - high / 2, wide, high)
    put_text(slide, place, text.text, size, colour, bold=text.bold, align=text.align, middle=True)


def _flat(shape: Any) -> None:
    """Takes the theme's own look away, which has a shadow."""
    style = shape._element.find(f"{{{shape._element.nsmap['p']}}}style")
    if style is not None:
        shape._element.remove(style)
