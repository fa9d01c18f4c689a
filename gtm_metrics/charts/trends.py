"""A segment and everyone else over time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd

from gtm_metrics.charts.canvas import Drawing, Mark, Text, drawn
from gtm_metrics.charts.lettering import fitted, text_width
from gtm_metrics.charts.palette import palette
from gtm_metrics.charts.plot import HEIGHT, SMALL, WIDTH, Place, Plot, Side, heading, instead
from gtm_metrics.charts.scales import domain, limits, tick_labels, ticks
from gtm_metrics.metrics import Metric
from gtm_metrics.question import ALL
from gtm_metrics.words import count_label, day, dot_label, plain, trend_described
from gtm_metrics.words.numbers import Row

REST = "Everyone else"


def trend_lines(
    frame: pd.DataFrame,
    metric: Metric,
    segment: str,
    standing: str = "",
    dark: bool = False,
    width: float = WIDTH,
    height: float = HEIGHT,
) -> Drawing:
    """The segment over time (solid, with its 95 % interval) beside everyone else (dashed).

    frame      as `trend` gives it. A period without enough is a gap, never a line across; its counts stand
               under its date
    standing   'ahead' or 'behind' colours the line green or rust, as the dots of the same screen
    """
    colours = palette(dark)
    described = trend_described(frame, metric, segment)
    rows: dict[str, list[Row]] = {"rest": [], "segment": []}
    for row in frame.to_dict("records"):
        rows[row["side"]].append(row)
    ends = [row["period_end"] for row in rows["segment"]]
    name = "Everyone" if segment == ALL else plain(segment)
    sides = [_side(REST, rows["rest"], metric, False), _side(name, rows["segment"], metric, True)]
    places = [place for side in sides for place in side.places if place]
    marks = heading(metric.label, metric.direction, width, colours)
    if not places:
        text, low_height = instead(_too_early(rows["segment"], metric), width, colours)
        return drawn([*marks, text], width, low_height, dark, described)
    lowest = limits(metric)[0]
    intervals = [(p.low, p.high) for p in places if p.low is not None and p.high is not None]
    highest = domain([place.value for place in places], intervals, limits(metric))[1]
    levels = ticks(lowest, highest, 4)
    across = (0.0, max(1.0, len(ends) - 1.0))
    plot = Plot(width, height, across, (lowest, highest), levels, colours, standing, [side.name for side in sides])
    marks += plot.grid(tick_labels(metric, levels))
    marks += _dates(ends, plot)
    marks += _gap_counts(rows["segment"], name, metric, plot)
    marks += plot.lines(sides)
    return drawn(marks, width, height, dark, described)


def _side(name: str, rows: Sequence[Row], metric: Metric, subject: bool) -> Side:
    places = tuple(
        None if row["estimate"] is None else Place(float(i), row["estimate"], row["low"], row["high"])
        for i, row in enumerate(rows)
    )
    last = next((row for row in reversed(rows) if row["estimate"] is not None), None)
    return Side(name, places, dot_label(metric, last["estimate"], last["trials"]) if last else "", subject)


def _dates(ends: Sequence[date], plot: Plot) -> list[Mark]:
    """The last day of each period, as many as fit; the last one always, with its year."""
    marks: list[Mark] = []
    taken = plot.width
    for i, end in reversed(list(enumerate(ends))):
        text = day(end) if i == len(ends) - 1 else day(end).rsplit(" ", 1)[0]
        half, x = text_width(text, SMALL) / 2, plot.x.at(float(i))
        if x + half + 10 < taken:
            marks.append(plot.below(x, text))
            taken = x - half
    return marks


def _gap_counts(rows: Sequence[Row], name: str, metric: Metric, plot: Plot) -> list[Mark]:
    """Where the segment has a gap, its counts, as far as there is room; at the right, whose they are. On a phone
    there is no room for that: they are of the line whose gaps they fill."""
    marks: list[Mark] = []
    taken = 0.0
    for i, row in enumerate(rows):
        text = count_label(metric, row["successes"], row["trials"])
        half, x = text_width(text, SMALL) / 2, plot.x.at(float(i))
        if row["estimate"] is None and x - half > taken:
            marks.append(plot.below(x, text, row=1))
            taken = x + half + 8
    if not marks:
        return []
    if plot.narrow:
        return marks
    x = max(taken + 4, plot.x.end + 12)
    y = plot.below(x, "", row=1).y
    return [*marks, Text(x, y, fitted(name, SMALL, plot.width - x), SMALL, plot.colours.quiet)]


def _too_early(rows: Sequence[Row], metric: Metric) -> str:
    if not rows:
        return "No period is closed yet"
    most = max(row["trials"] for row in rows)
    return f"Too early to say: at most {most:,} of {metric.minimum:,} {metric.unit} in a period"
