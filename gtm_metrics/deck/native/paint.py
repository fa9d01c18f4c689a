"""Pixels, colours and texts of a native slide."""

from __future__ import annotations

from typing import Any

from gtm_metrics.charts.palette import LIGHT
from gtm_metrics.deck.extra import needed
from gtm_metrics.deck.layout import Box
from gtm_metrics.deck.letters import FONT, LINE

EMU = 9525
"""English metric units a pixel: 1280 of them are 13.333 inches, PowerPoint's 16:9."""
COLOURS = LIGHT
"""A deck is printed, projected and pasted into others: it is always light."""


def emu(pixels: float) -> int:
    """Pixels as PowerPoint counts."""
    return round(pixels * EMU)


def points(pixels: float) -> Any:
    """A type size in points."""
    return needed("pptx.util").Pt(round(pixels * 0.75, 2))


def rgb(colour: str) -> Any:
    """#0B6E4F as a colour."""
    return needed("pptx.dml.color").RGBColor.from_string(colour.lstrip("#"))


def put_text(
    slide: Any,
    box: Box,
    text: str,
    size: float,
    colour: str,
    *,
    bold: bool = False,
    align: str = "left",
    middle: bool = False,
    name: str = "",
) -> Any:
    """A text box without margins, which holds the text as one paragraph that wraps as it was measured."""
    enum = needed("pptx.enum.text")
    shape = slide.shapes.add_textbox(emu(box.x), emu(box.y), emu(box.width), emu(box.height))
    shape.name = name or shape.name
    frame = shape.text_frame
    frame.word_wrap = True
    frame.auto_size = enum.MSO_AUTO_SIZE.NONE
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    frame.vertical_anchor = enum.MSO_ANCHOR.MIDDLE if middle else enum.MSO_ANCHOR.TOP
    paragraph = frame.paragraphs[0]
    paragraph.alignment = {"left": enum.PP_ALIGN.LEFT, "center": enum.PP_ALIGN.CENTER, "right": enum.PP_ALIGN.RIGHT}[
        align
    ]
    paragraph.line_spacing = points(size * LINE)
    run = paragraph.add_run()
    run.text = text
    dress(run.font, size, colour, bold)
    return shape


def dress(font: Any, size: float, colour: str, bold: bool = False) -> None:
    """A font's family, size, colour and weight."""
    font.name, font.size, font.bold = FONT, points(size), bold
    font.color.rgb = rgb(colour)


def put_line(
    slide: Any, x: float, y: float, x2: float, y2: float, colour: str, width: float, dashed: bool = False
) -> Any:
    """A straight line."""
    kind = needed("pptx.enum.shapes").MSO_CONNECTOR.STRAIGHT
    line = slide.shapes.add_connector(kind, emu(x), emu(y), emu(x2), emu(y2))
    # the theme's own look of a line has a shadow
    line._element.remove(line._element.find(f"{{{line._element.nsmap['p']}}}style"))
    line.line.color.rgb = rgb(colour)
    line.line.width = points(width)
    if dashed:
        line.line.dash_style = needed("pptx.enum.dml").MSO_LINE.DASH
    return line


def put_chart(slide: Any, kind: str, box: Box, data: Any, name: str) -> Any:
    """A native chart that fills the box, without title and legend."""
    types = needed("pptx.enum.chart").XL_CHART_TYPE
    frame = slide.shapes.add_chart(getattr(types, kind), emu(box.x), emu(box.y), emu(box.width), emu(box.height), data)
    frame.name = name
    chart = frame.chart
    chart.has_legend = False
    chart.has_title = False
    chart.font.name = FONT
    chart.font.size = points(12.0)
    chart.font.color.rgb = rgb(COLOURS.quiet)
    return chart


def plain_axis(axis: Any, low: float, high: float, step: float | None, form: str, grid: bool) -> None:
    """A value axis as the drawings have it: faint grid, no line, no ticks, small labels."""
    enum = needed("pptx.enum.chart")
    axis.minimum_scale, axis.maximum_scale = low, high
    if step is not None:
        axis.major_unit = step
    axis.has_major_gridlines = grid
    if grid:
        axis.major_gridlines.format.line.color.rgb = rgb(COLOURS.grid)
        axis.major_gridlines.format.line.width = points(1.0)
    axis.has_minor_gridlines = False
    axis.major_tick_mark = axis.minor_tick_mark = enum.XL_TICK_MARK.NONE
    axis.format.line.fill.background()
    axis.tick_labels.number_format, axis.tick_labels.number_format_is_linked = form, False
    dress(axis.tick_labels.font, 11.0, COLOURS.quiet)
