"""Lines and survival steps as native charts: lines by place, steps as a scatter whose line turns at right angles."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Any

from gtm_metrics.deck.extra import needed
from gtm_metrics.deck.forms import COUNT, ODDS, PERCENT, TIMES, Line, Lines
from gtm_metrics.deck.layout import FOOT, NAME, SMALL, Box, LinesPlan, lines_plan, mark_box
from gtm_metrics.deck.letters import one_line
from gtm_metrics.deck.native.paint import COLOURS, plain_axis, points, put_chart, put_text, rgb
from gtm_metrics.deck.native.xml import by_tens, every_days, place_plot

FORMATS = {
    PERCENT: '0.##\\ "%"',
    ODDS: '[<1]"";[<1000000]#,##0" to 1";#,##0,," million to 1"',
    TIMES: '0.##" ×"',
    COUNT: "#,##0",
}
DAYS_OF_A_WEEK = 7
LOW, HIGH = "95 % interval, low", "95 % interval, high"


def put_lines(slide: Any, form: Lines, box: Box) -> None:
    """Heading, chart, and each line's name at its end."""
    plan = lines_plan(form, box)
    head = plan.head
    title, caption = one_line(form.title, 15.0, head.width, True), one_line(form.caption, SMALL, head.width)
    put_text(slide, Box(head.x, head.y, head.width, 19), title, 15.0, COLOURS.ink, bold=True)
    put_text(slide, Box(head.x, head.y + 19, head.width, 16), caption, SMALL, COLOURS.quiet)
    whole = Box(box.x, plan.plot.y - 8, plan.plot.x2 - box.x + 16, plan.plot.height + FOOT + 12)
    (_steps if form.steps else _by_place)(slide, plan, whole)
    if form.mark is not None:
        place = mark_box(plan)
        put_text(slide, place, one_line(form.mark_label, SMALL, place.width), SMALL, COLOURS.ink)
    for i, y, name in plan.names:
        line = form.lines[i]
        place = Box(plan.plot.x2 + 10, y - 9, box.x2 - plan.plot.x2 - 8, 18)
        put_text(
            slide, place, name, NAME, _colour(line) if line.subject else COLOURS.quiet, bold=line.subject, middle=True
        )


def _series(form: Lines) -> list[tuple[str, tuple[float | None, ...], Line | None]]:
    """Every series: the ends of an interval, the lines, the number that matters."""
    found: list[tuple[str, tuple[float | None, ...], Line | None]] = []
    for line in form.lines:
        if line.low and line.high:
            found += [(f"{line.name}, {LOW}", line.low, None), (f"{line.name}, {HIGH}", line.high, None)]
    found += [(line.name, line.values, line) for line in form.lines]
    if form.mark is not None:
        found.append((form.mark_label, tuple([form.mark] * len(form.at)), None))
    return found


def _by_place(slide: Any, plan: LinesPlan, whole: Box) -> None:
    form, times = plan.form, _times(plan)
    data = needed("pptx.chart.data").CategoryChartData(number_format="General")
    data.categories = [date.fromisoformat(day) for day in form.days] or list(form.at)
    every = _series(form)
    for name, values, _ in every:
        data.add_series(name, [None if v is None else round(_clipped(v, plan) * times, 10) for v in values])
    chart = put_chart(slide, "LINE", whole, data, form.title)
    place_plot(chart, whole, plan.plot)
    _values(chart.value_axis, plan)
    across = chart.category_axis
    _quiet(across)
    if form.days:
        _dated(across, form, plan.every)
    else:
        _spaced(across, plan.every)
    for series, (name, _, line) in zip(chart.plots[0].series, every, strict=True):
        series.smooth = False
        _dress(series, name, line, form)


def _steps(slide: Any, plan: LinesPlan, whole: Box) -> None:
    form, times = plan.form, _times(plan)
    data = needed("pptx.chart.data").XyChartData(number_format="General")
    every = [each for each in _series(form) if any(value is not None for value in each[1])]
    corners = [_corners(values, times) for _, values, _ in every]
    # LibreOffice draws no series before one with more points: shorter ones end in the same point again
    longest = max(map(len, corners))
    for (name, _, _), points_of in zip(every, corners, strict=True):
        series = data.add_series(name)
        for x, y in points_of + [points_of[-1]] * (longest - len(points_of)):
            series.add_data_point(x, y)
    chart = put_chart(slide, "XY_SCATTER_LINES_NO_MARKERS", whole, data, form.title)
    place_plot(chart, whole, plan.plot)
    _values(chart.value_axis, plan)
    plain_axis(chart.category_axis, 0.0, float(max(1, len(form.at) - 1)), float(plan.every), "General", False)
    for series, (name, _, line) in zip(chart.plots[0].series, every, strict=True):
        series.smooth = False
        _dress(series, name, line, form)


def _corners(values: tuple[float | None, ...], times: float) -> list[tuple[int, float]]:
    """A step's corners: level until the next place, then straight to it."""
    known = [(i, round(v * times, 10)) for i, v in enumerate(values) if v is not None]
    found = known[:1]
    for (_, v), (after, then) in pairwise(known):
        found += [(after, v), (after, then)]
    return found


def _times(plan: LinesPlan) -> float:
    return 100.0 if plan.form.unit == PERCENT else 1.0


def _clipped(value: float, plan: LinesPlan) -> float:
    """A number as far as the axis goes: what grows by tens is cut at both ends."""
    return min(max(value, plan.low), plan.high) if plan.log else value


def _values(axis: Any, plan: LinesPlan) -> None:
    times = _times(plan)
    a, b = plan.ticks[0], plan.ticks[min(1, len(plan.ticks) - 1)]
    step = (b / a if plan.log else (b - a) * times) or None
    form = FORMATS.get(plan.form.unit, "0.##")
    plain_axis(axis, plan.low * times, plan.high * times, step, form, True)
    if plan.log:
        by_tens(axis)
    axis.crosses_at = plan.low * times


def _quiet(axis: Any) -> None:
    enum = needed("pptx.enum.chart")
    axis.has_major_gridlines = False
    axis.major_tick_mark = axis.minor_tick_mark = enum.XL_TICK_MARK.NONE
    axis.format.line.fill.background()
    axis.tick_label_position = enum.XL_TICK_LABEL_POSITION.LOW
    axis.tick_labels.font.size = points(SMALL)
    axis.tick_labels.font.color.rgb = rgb(COLOURS.quiet)


def _dated(axis: Any, form: Lines, every: int) -> None:
    """Days, a label every so many places."""
    apart = (date.fromisoformat(form.days[-1]) - date.fromisoformat(form.days[0])).days // max(1, len(form.days) - 1)
    axis.tick_labels.number_format = "d mmm" if apart <= DAYS_OF_A_WEEK else "mmm yy"
    axis.tick_labels.number_format_is_linked = False
    every_days(axis, max(1, every * apart))


def _spaced(axis: Any, every: int) -> None:
    """A label every so many places; points stand on the edges, as they are drawn."""
    element = axis._element
    for name in ("tickLblSkip", "tickMarkSkip"):
        child = element.makeelement(f"{{{element.nsmap['c']}}}{name}", {"val": str(every)})
        following = element.find(f"{{{element.nsmap['c']}}}noMultiLvlLbl")
        (following.addprevious if following is not None else element.append)(child)


def _dress(series: Any, name: str, line: Line | None, form: Lines) -> None:
    series.marker.style = needed("pptx.enum.chart").XL_MARKER_STYLE.NONE
    look = series.format.line
    if line is None:
        mark = name == form.mark_label
        look.color.rgb = rgb(COLOURS.ink if mark else COLOURS.band)
        look.width = points(1.4)
        if mark:
            look.dash_style = needed("pptx.enum.dml").MSO_LINE.DASH
        return
    look.color.rgb = rgb(_colour(line))
    look.width = points(2.8 if line.subject else 1.5)
    if line.dashed:
        look.dash_style = needed("pptx.enum.dml").MSO_LINE.DASH


def _colour(line: Line) -> str:
    if not line.subject:
        return COLOURS.mark if line.dashed else COLOURS.band
    return COLOURS.of(line.standing) if line.standing else COLOURS.ink
