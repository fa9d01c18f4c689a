"""Dot and interval as native scatter charts, one a panel; rows stand where their names do.

An interval is a series of its two ends, not an error bar: other programs that open the file lose horizontal ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gtm_metrics.deck.extra import needed
from gtm_metrics.deck.forms import CALLS, PERCENT, TIMES, Dots
from gtm_metrics.deck.layout import (
    CAPTION_LINE,
    FOOT,
    REST_LABEL,
    REST_SIZE,
    SMALL,
    Box,
    DotsPlan,
    PanelPlan,
    dots_plan,
)
from gtm_metrics.deck.letters import one_line, text_width
from gtm_metrics.deck.native.paint import COLOURS, plain_axis, points, put_chart, put_line, put_text, rgb
from gtm_metrics.deck.native.xml import error_bars, place_plot

FORMATS = {PERCENT: '0.##\\ "%"', CALLS: "0.##", TIMES: '0.##" ×"'}
KINDS = (("ahead", "Ahead of everyone else"), ("behind", "Behind everyone else"), ("", "Cannot be told apart"))
REST = "Everyone else"
BESIDE = 20.0
"""Pixels of the chart at either side of its plot, for the labels of the axis."""


def put_dots(slide: Any, form: Dots, box: Box) -> None:
    """The names, and a chart a panel."""
    plan = dots_plan(form, box)
    for i, (row, name) in enumerate(zip(form.rows, plan.names, strict=True)):
        place = Box(box.x, plan.middle(i) - 10, plan.left - 8, 20)
        bold = row == form.subject
        put_text(slide, place, name, plan.name_size, COLOURS.ink, bold=bold, middle=True, name=f"Row {i + 1}")
    for each in plan.panels:
        head = each.head
        title = one_line(each.panel.title, 15.0, head.width, True)
        put_text(slide, Box(head.x, head.y, head.width, 19), title, 15.0, COLOURS.ink, bold=True)
        for i, caption in enumerate(each.captions):
            place = Box(head.x, head.y + 19 + CAPTION_LINE * i, head.width, 16)
            put_text(slide, place, caption, SMALL, COLOURS.quiet)
        _panel(slide, plan, each)


def _panel(slide: Any, plan: DotsPlan, each: PanelPlan) -> None:
    panel, rows = each.panel, len(plan.form.rows)
    series = _series(plan, each)
    whole = Box(each.plot.x - BESIDE, each.plot.y - 6, each.plot.width + 2 * BESIDE, each.plot.height + FOOT + 10)
    if series:
        times = _times(each)
        data = needed("pptx.chart.data").XyChartData(number_format="General")
        for one in series:
            added = data.add_series(one.name)
            for x, y in one.points:
                added.add_data_point(round(x * times, 10), y)
        chart = put_chart(slide, "XY_SCATTER", whole, data, f"{panel.title}: dots and intervals")
        place_plot(chart, whole, each.plot)
        step = (each.ticks[1] - each.ticks[0]) * times if len(each.ticks) > 1 else None
        plain_axis(chart.category_axis, each.low * times, each.high * times, step, FORMATS[panel.unit], True)
        plain_axis(chart.value_axis, 0.0, float(rows), None, "General", False)
        chart.value_axis.visible = False
        for native, one in zip(chart.plots[0].series, series, strict=True):
            _dress(native, one, plan.row)
    _beside(slide, plan, each)


def _beside(slide: Any, plan: DotsPlan, each: PanelPlan) -> None:
    """The labels of the rows, and the line all stand beside."""
    panel = each.panel
    for i, label in enumerate(panel.labels):
        standing, value = panel.standings[i], panel.values[i]
        ink = COLOURS.of(standing) if standing else COLOURS.ink if value is not None else COLOURS.quiet
        wide = text_width(label, plan.value_size, True) + 12
        place = Box(each.plot.x2 + 12, plan.middle(i) - 10, wide, 20)
        if label:
            put_text(slide, place, label, plan.value_size, ink, bold=bool(standing), middle=True)
    if each.rest_at is not None:
        half = text_width(REST_LABEL, REST_SIZE) / 2 + 4
        place = Box(each.rest_at[0] - half, each.rest_at[1] - 7, 2 * half, 14)
        put_text(slide, place, REST_LABEL, REST_SIZE, COLOURS.quiet, align="center", middle=True)
    if panel.line is not None:
        x, end = each.scale.at(panel.line), plan.end
        put_line(slide, x, each.plot.y, x, end, COLOURS.tick, 1.6, dashed=True)
        half = text_width(panel.line_label, 12.0) / 2 + 4
        at = min(max(x, each.plot.x + half - 8), each.head.x2 - half)
        place = Box(at - half, end + 22, 2 * half, 16)
        put_text(slide, place, panel.line_label, 12.0, COLOURS.quiet, align="center")


@dataclass(frozen=True)
class Series:
    """One series of a panel's chart: (number, height) points, drawn as a line, as ticks or as dots."""

    name: str
    points: tuple[tuple[float, float], ...]
    drawn: str
    standing: str = ""


LINE, FAINT, TICKS, DOTS, UNSEEN = "line", "faint line", "ticks", "dots", "unseen"


def _series(plan: DotsPlan, each: PanelPlan) -> list[Series]:
    """Intervals lowest, a series a row; then everyone else's numbers; then dots, by how they stand.

    LibreOffice draws no series before one with more points, so one of all rows stands first, unseen.
    """
    panel, rows = each.panel, plan.form.rows
    heights = [len(rows) - i - 0.5 for i in range(len(rows))]
    inside = [
        v if v is not None else low if low is not None else each.low
        for v, low in zip(panel.values, panel.low, strict=True)
    ]
    found = [Series("Rows", tuple(zip(inside, heights, strict=True)), UNSEEN)]
    for i, (row, low, high) in enumerate(zip(rows, panel.low, panel.high, strict=True)):
        if low is not None and high is not None:
            # beyond the axis there is nothing to see, and another program would draw over what stands beside
            ends = ((max(low, each.low), heights[i]), (min(high, each.high), heights[i]))
            drawn = LINE if panel.values[i] is not None else FAINT
            found.append(Series(f"{row}: 95 % interval", ends, drawn, panel.standings[i]))
    if len(found) == 1 and not any(v is not None for v in panel.values):
        return []
    rest = tuple((value, heights[i]) for i, value in enumerate(panel.rest) if value is not None)
    found += [Series(REST, rest, TICKS)] if rest else []
    for standing, name in KINDS:
        dots = tuple(
            (value, heights[i])
            for i, value in enumerate(panel.values)
            if value is not None and panel.standings[i] == standing
        )
        found += [Series(name, dots, DOTS, standing)] if dots else []
    return found


def _times(each: PanelPlan) -> float:
    """Percent is written as such, so that whoever edits the chart sees 18.2 and not 0.182."""
    return 100.0 if each.panel.unit == PERCENT else 1.0


def _dress(native: Any, one: Series, row: float) -> None:
    """How a series is drawn."""
    markers = needed("pptx.enum.chart").XL_MARKER_STYLE
    marker, line = native.marker, native.format.line
    if one.drawn in (LINE, FAINT):
        marker.style = markers.NONE
        line.color.rgb = rgb(COLOURS.band_of(one.standing) if one.drawn == LINE else COLOURS.faint)
        line.width = points(5.0)
        return
    line.fill.background()
    if one.drawn == UNSEEN:
        marker.style = markers.NONE
        return
    if one.drawn == TICKS:
        marker.style = markers.NONE
        half = [min(9.0, 0.36 * row) / row] * len(one.points)
        error_bars(native, "y", half, half, COLOURS.tick.lstrip("#"), 2.0)
        return
    marker.style = markers.DIAMOND if one.standing == "behind" else markers.CIRCLE
    marker.size = 9
    colour = COLOURS.of(one.standing)
    if one.standing:
        marker.format.fill.solid()
        marker.format.fill.fore_color.rgb = rgb(colour)
    else:
        marker.format.fill.background()
    marker.format.line.color.rgb = rgb(colour)
    marker.format.line.width = points(1.8)
