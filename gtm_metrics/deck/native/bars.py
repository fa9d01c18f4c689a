"""Bars as a native stacked chart: of the whole where they are shares, else of counts."""

from __future__ import annotations

from typing import Any

from gtm_metrics.deck.extra import needed
from gtm_metrics.deck.forms import Bars
from gtm_metrics.deck.layout import SMALL, BarsPlan, Box, bars_plan
from gtm_metrics.deck.letters import one_line, text_width
from gtm_metrics.deck.native.paint import COLOURS, dress, plain_axis, points, put_chart, put_line, put_text, rgb
from gtm_metrics.deck.native.xml import place_plot

MARGIN = 4.0


def put_bars(slide: Any, form: Bars, box: Box) -> None:
    """Heading, key, names, the chart, labels, and the line to compare with."""
    plan = bars_plan(form, box)
    head = plan.head
    title, caption = one_line(form.title, 15.0, head.width, True), one_line(form.caption, SMALL, head.width)
    put_text(slide, Box(head.x, head.y, head.width, 19), title, 15.0, COLOURS.ink, bold=True)
    put_text(slide, Box(head.x, head.y + 19, head.width, 16), caption, SMALL, COLOURS.quiet)
    _key(slide, plan)
    _chart(slide, plan)
    for i in range(len(form.rows)):
        y, standing = plan.middle(i), form.standings[i]
        place = Box(head.x, y - 10, plan.plot.x - head.x - 8, 20)
        bold = form.rows[i] == form.subject
        put_text(slide, place, plan.names[i], 14.0, COLOURS.ink, bold=bold, middle=True)
        ink = COLOURS.of(standing) if standing else COLOURS.ink if plan.has_bar(i) else COLOURS.quiet
        x = plan.label_at(i)
        wide = text_width(form.labels[i], 13.0, True) + 14
        put_text(slide, Box(x, y - 10, wide, 20), form.labels[i], 13.0, ink, bold=bool(standing), middle=True)
    if form.line is not None and form.rows:
        x = plan.plot.x + form.line * plan.plot.width
        put_line(slide, x, plan.plot.y - 4, x, plan.plot.y + plan.row, COLOURS.ink, 1.6, dashed=True)
        half = text_width(form.line_label, SMALL) / 2 + 6
        at = min(max(x, plan.plot.x + half), plan.plot.x2 - half)
        place = Box(at - half, plan.plot.y - 23, 2 * half, 17)
        put_text(slide, place, form.line_label, SMALL, COLOURS.ink, align="center")


def _chart(slide: Any, plan: BarsPlan) -> None:
    form, plot = plan.form, plan.plot
    data = needed("pptx.chart.data").CategoryChartData(number_format="#,##0")
    data.categories = form.rows
    for part in form.parts:
        data.add_series(part.name, part.values)
    whole = Box(plot.x - MARGIN, plot.y - MARGIN, plot.width + 2 * MARGIN, plot.height + 2 * MARGIN)
    chart = put_chart(slide, "BAR_STACKED_100" if form.shares else "BAR_STACKED", whole, data, form.title)
    place_plot(chart, whole, plot)
    chart.category_axis.reverse_order = True
    chart.category_axis.visible = False
    plain_axis(chart.value_axis, 0.0, 1.0 if form.shares else plan.most, None, "General", False)
    chart.value_axis.visible = False
    bars = chart.plots[0]
    bars.gap_width = round(100 * (plan.row - 2 * plan.half) / (2 * plan.half))
    bars.overlap = 100
    for place, series in enumerate(bars.series):
        fill = series.format.fill
        fill.solid()
        fill.fore_color.rgb = rgb((COLOURS.quiet, COLOURS.band, COLOURS.page)[min(place, 2)])
        if place >= 2:
            series.format.line.color.rgb = rgb(COLOURS.mark)
            series.format.line.width = points(1.0)
        else:
            series.format.line.color.rgb = rgb(COLOURS.page)
        _labels(series, plan, place)


def _labels(series: Any, plan: BarsPlan, place: int) -> None:
    """The counts inside a part, where each has room."""
    part = plan.form.parts[place]
    centre = needed("pptx.enum.chart").XL_LABEL_POSITION.CENTER
    for i, value in enumerate(part.values):
        if value and plan.length(value, i) > text_width(f"{value:,.0f}", 13.0, True) + 8:
            label = series.points[i].data_label
            frame = label.text_frame
            frame.text = f"{value:,.0f}"
            dress(frame.paragraphs[0].runs[0].font, 13.0, COLOURS.page if place == 0 else COLOURS.ink, place == 0)
            label.position = centre


def _key(slide: Any, plan: BarsPlan) -> None:
    """What full, pale and hollow are; nothing where there is one part."""
    x, y = plan.plot.x, plan.plot.y - 14
    square = needed("pptx.enum.shapes").MSO_SHAPE.RECTANGLE
    for place, part in enumerate(plan.form.parts if len(plan.form.parts) > 1 else ()):
        size = 9525 * 10
        shape = slide.shapes.add_shape(square, round(x * 9525), round((y - 5) * 9525), size, size)
        shape.fill.solid()
        shape.fill.fore_color.rgb = rgb((COLOURS.quiet, COLOURS.band, COLOURS.page)[min(place, 2)])
        shape.line.color.rgb = rgb(COLOURS.mark if place >= 2 else COLOURS.page)
        shape.line.width = points(1.0)
        # the theme's own look of a shape has a shadow
        shape._element.remove(shape._element.find(f"{{{shape._element.nsmap['p']}}}style"))
        wide = text_width(part.name, SMALL) + 8
        put_text(slide, Box(x + 18, y - 9, wide, 17), part.name, SMALL, COLOURS.quiet, middle=True)
        x += 18 + wide + 14
