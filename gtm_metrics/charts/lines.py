"""A segment beside everyone else along a line: over time, call by call, month by month."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from gtm_metrics.charts.canvas import Band, Drawing, Line, Mark, Rule, Shape, Text, drawn
from gtm_metrics.charts.lettering import fitted, text_width
from gtm_metrics.charts.palette import Palette, palette
from gtm_metrics.charts.scales import Scale, domain, limits, tick_labels, ticks
from gtm_metrics.metrics import CALLS_COUNTED, Metric
from gtm_metrics.question import ALL
from gtm_metrics.words import (
    count_label,
    curve_described,
    day,
    dot_label,
    percent,
    plain,
    trend_described,
)
from gtm_metrics.words.numbers import Row

WIDTH, HEIGHT = 520.0, 250.0
HEAD, FOOT, LEFT, RIGHT = 48.0, 40.0, 46.0, 158.0
VALUE, SMALL, HEADER, CAPTION = 13.0, 11.5, 15.5, 12.5
REST = "Everyone else"
FIRST_AT_RISK = 30
"""Prospects or customers a curve must begin with; fewer are told as a count."""
LAST_AT_RISK = 8
"""A curve ends where fewer are left: beyond, every one of them is a jump."""


@dataclass(frozen=True)
class Side:
    """One of the lines: its places in order, x by x; None is a gap. `low`, `high` its interval where known.

    Each run of places without a gap is its own line, and nothing is drawn between two runs.
    """

    name: str
    values: tuple[tuple[float, float, float | None, float | None] | None, ...]
    last: str
    subject: bool


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
    records = frame.to_dict("records")
    ends: list[date] = list(dict.fromkeys(row["period_end"] for row in records))
    place = {end: float(i) for i, end in enumerate(ends)}
    sides = [
        _side(name, [row for row in records if row["side"] == side], place, metric, side == "segment")
        for side, name in (("rest", REST), ("segment", "Everyone" if segment == ALL else plain(segment)))
        if any(row["side"] == side for row in records)
    ]
    intervals = [(v[2], v[3]) for side in sides for v in side.values if v and v[2] is not None and v[3] is not None]
    points = [v[1] for side in sides for v in side.values if v]
    low, high = domain(points, intervals, limits(metric)) if points else limits(metric)
    plot = _Plot(width, height, (0.0, max(1.0, len(ends) - 1.0)), (limits(metric)[0], high), colours, standing)
    marks = _header(metric.label, metric.direction, width, colours)
    described = trend_described(frame, metric, segment)
    if not points:
        marks += _too_early(records, metric, colours)
        return Drawing(drawn(marks, width, HEAD + 30, dark), described)
    values = ticks(low if low > limits(metric)[0] else limits(metric)[0], high, 4)
    marks += plot.across(values, tick_labels(metric, values))
    marks += _dates(ends, plot)
    marks += _gap_counts([row for row in records if row["side"] == "segment"], metric, place, plot)
    marks += plot.lines(sides, steps=False)
    return Drawing(drawn(marks, width, height, dark), described)


def ladder(
    rows: pd.DataFrame,
    segment: str,
    standing: str = "",
    dark: bool = False,
    width: float = WIDTH,
    height: float = HEIGHT,
) -> Drawing:
    """Share that has understood by call 1 to 6: the segment, and every other of the rows dashed beside it.

    rows   `curve` of calls_to_understanding for the segment and what to set beside it: a tally whose other
           segments are named as one, or "(all)"
    """
    kept = rows[[age <= CALLS_COUNTED for age in rows["age"]]]
    title = "Understood by call"
    described = curve_described(kept, "Share that has understood, call by call", "call", gone=True)

    def at(row: Row) -> tuple[float, float, float | None, float | None]:
        low, high = row["low"], row["high"]
        return row["age"], 1 - row["survival"], None if high is None else 1 - high, None if low is None else 1 - low

    ages = [str(age) for age in range(1, CALLS_COUNTED + 1)]
    look = _Look(title, "higher is better", described, (1.0, float(CALLS_COUNTED)), "prospects", steps=False)
    return _curves(kept, segment, at, ages, look, standing, dark, (width, height))


def survival(
    rows: pd.DataFrame,
    segment: str,
    standing: str = "",
    dark: bool = False,
    width: float = WIDTH,
    height: float = HEIGHT,
) -> Drawing:
    """Share still a customer after each month, from 100 %; drops at month 12 hold the renewal.

    rows   `curve` of churn for the segment and what to set beside it, as for `ladder`
    """
    described = curve_described(rows, "Share still a customer, by months of tenure", "month", gone=False)
    last = max([row["age"] for row in rows.to_dict("records") if row["at_risk"] >= LAST_AT_RISK], default=0) + 1
    every = next(step for step in (1, 3, 6, 12, 24, 60, 120) if last / step <= 8 or step == 120)
    months = [str(month) if month % every == 0 else "" for month in range(last + 1)]

    def at(row: Row) -> tuple[float, float, float | None, float | None]:
        return row["age"], row["survival"], row["low"], row["high"]

    look = _Look("Still a customer", "months since they began", described, (0.0, float(last)), "customers", steps=True)
    return _curves(rows, segment, at, months, look, standing, dark, (width, height))


@dataclass(frozen=True)
class _Look:
    """What tells a ladder from a survival curve."""

    title: str
    caption: str
    described: str
    across: tuple[float, float]
    unit: str
    steps: bool


def _curves(
    rows: pd.DataFrame,
    segment: str,
    at: Callable[[Row], tuple[float, float, float | None, float | None]],
    labels: Sequence[str],
    look: _Look,
    standing: str,
    dark: bool,
    size: tuple[float, float],
) -> Drawing:
    """The segment's curve and the others'; those that begin with too few are told as counts."""
    colours, (width, height) = palette(dark), size
    tables = {name: table.to_dict("records") for name, table in rows.groupby("segment", sort=False)}
    sides, few = [], []
    for name in sorted(tables, key=lambda each: each == segment):
        called = "Everyone" if name == ALL else plain(name)
        begun = max(row["at_risk"] for row in tables[name])
        kept = [row for row in tables[name] if row["at_risk"] >= LAST_AT_RISK and row["survival"] is not None]
        if begun < FIRST_AT_RISK or not kept:
            few.append(f"{called}: {begun:,} of {FIRST_AT_RISK} {look.unit}")
            continue
        values = [at(row) for row in kept]
        start = [(0.0, 1.0, None, None)] if look.steps else []
        end = [(values[-1][0] + 1, *values[-1][1:])] if look.steps else []
        last = percent(values[-1][1], begun)
        sides.append(Side(called, (*start, *values, *end), last, name == segment))
    marks = _header(look.title, look.caption, width, colours)
    if not sides:
        text = f"Too early to say. {'; '.join(few)}" if few else "Nobody has begun yet"
        marks.append(Text(0, HEAD + 14, fitted(text, VALUE, width), VALUE, colours.quiet))
        return Drawing(drawn(marks, width, HEAD + 30, dark), look.described)
    plot = _Plot(width, height, look.across, (0.0, 1.0), colours, standing)
    quarters = [0.0, 0.25, 0.5, 0.75, 1.0]
    marks += plot.across(quarters, [percent(value, 0) for value in quarters])
    marks += [
        Text(plot.x.at(look.across[0] + i), plot.base + 16, label, SMALL, colours.quiet, "center")
        for i, label in enumerate(labels)
        if label
    ]
    marks += plot.lines(sides, look.steps)
    if few:
        text = fitted(f"Too early: {'; '.join(few)}", SMALL, width)
        marks.append(Text(0, height - 6, text, SMALL, colours.quiet))
    return Drawing(drawn(marks, width, height, dark), look.described)


class _Plot:
    """The panel of a line chart: two scales, its grid, and its lines with their names at the end."""

    def __init__(
        self,
        width: float,
        height: float,
        across: tuple[float, float],
        up: tuple[float, float],
        colours: Palette,
        standing: str,
    ) -> None:
        self.base = height - FOOT
        self.end = width - RIGHT
        self.x = Scale(*across, LEFT, self.end)
        self.y = Scale(*up, self.base, HEAD + 12)
        self.colours = colours
        self.standing = standing
        self.grid: list[float] = []

    def across(self, values: Sequence[float], labels: Sequence[str]) -> list[Mark]:
        """Faint lines across, each with its number at the left."""
        marks: list[Mark] = []
        self.grid = [self.y.at(value) for value in values]
        for y, label in zip(self.grid, labels, strict=True):
            marks.append(Rule(LEFT, y, self.end, y, self.colours.grid))
            marks.append(Text(LEFT - 8, y, label, SMALL, self.colours.quiet, "right"))
        return marks

    def lines(self, sides: Sequence[Side], steps: bool) -> list[Mark]:
        """Bands under lines under points; names at the right, kept off each other."""
        marks: list[Mark] = []
        for side in sides:
            colour, band = self._colours_of(side)
            for run in _runs(side.values):
                path = _stepped(run) if steps else run
                if side.subject:
                    edges = [(v[0], v[2], v[3]) for v in path if v[2] is not None and v[3] is not None]
                    marks.append(Band(tuple(self._edge(*edge) for edge in edges), band))
                points = tuple((self.x.at(v[0]), self.y.at(v[1])) for v in path)
                marks.append(Line(points, colour, 2.6 if side.subject else 1.6, not side.subject))
                if not steps:
                    marks += [self._point(v, colour, side.subject) for v in run if side.subject or len(run) == 1]
        return marks + self._names([side for side in sides if any(side.values)])

    def _edge(self, x: float, low: float | None, high: float | None) -> tuple[float, float, float]:
        assert low is not None
        assert high is not None
        return self.x.at(x), self.y.at(low), self.y.at(high)

    def _point(self, value: tuple[float, float, float | None, float | None], colour: str, solid: bool) -> Shape:
        x, y = self.x.at(value[0]), self.y.at(value[1])
        return Shape(x, y, "circle", 34, colour if solid else self.colours.page, colour)

    def _colours_of(self, side: Side) -> tuple[str, str]:
        if not side.subject:
            return self.colours.mark, self.colours.wash
        line = self.colours.of(self.standing) if self.standing else self.colours.ink
        return line, self.colours.wash_of(self.standing)

    def _names(self, sides: Sequence[Side]) -> list[Mark]:
        """Each name beside its line's last point, clear of the lines that run on and of the other names."""
        ends = {side.name: next(v for v in reversed(side.values) if v) for side in sides}
        marks: list[Mark] = []
        clear: dict[str, float] = {}
        for side in sides:
            x = self.x.at(ends[side.name][0])
            others = [
                self.y.at(v[1])
                for other in sides
                for v in other.values
                if other is not side and v and self.x.at(v[0]) >= x - 1
            ]
            taken = [(y, 13.0) for y in others] + [(y, 8.0) for y in self.grid]
            y = self.y.at(ends[side.name][1])
            clear[side.name] = _free(y, taken) if self.end - x > 1 else y
        for side in sides:
            colour = self._colours_of(side)[0] if side.subject else self.colours.quiet
            x = self.x.at(ends[side.name][0]) + 12
            value = f"{side.last} "
            room = self.end + RIGHT - x - text_width(value, VALUE, side.subject)
            text = value + fitted(side.name, VALUE, room, side.subject)
            y = _apart(clear, 17.0)[side.name]
            marks.append(Text(x, y, text, VALUE, colour, bold=side.subject))
        return marks


def _free(y: float, taken: Sequence[tuple[float, float]]) -> float:
    """The place nearest to y that keeps its distance from every one taken: (place, distance) pairs."""
    tried = [y, *(other + way * least for other, least in taken for way in (-1, 1))]
    free = [place for place in tried if all(abs(place - other) >= least - 0.01 for other, least in taken)]
    return min(free, key=lambda place: abs(place - y), default=y)


def _side(name: str, rows: Sequence[Row], place: dict[date, float], metric: Metric, subject: bool) -> Side:
    values = tuple(
        None if row["estimate"] is None else (place[row["period_end"]], row["estimate"], row["low"], row["high"])
        for row in rows
    )
    last = next((row for row in reversed(rows) if row["estimate"] is not None), None)
    return Side(name, values, dot_label(metric, last["estimate"], last["trials"]) if last else "", subject)


def _runs(
    values: Sequence[tuple[float, float, float | None, float | None] | None],
) -> list[list[tuple[float, float, float | None, float | None]]]:
    """The stretches without a gap."""
    runs: list[list[tuple[float, float, float | None, float | None]]] = [[]]
    for value in values:
        if value is None:
            runs.append([])
        else:
            runs[-1].append(value)
    return [run for run in runs if run]


def _stepped(
    run: Sequence[tuple[float, float, float | None, float | None]],
) -> list[tuple[float, float, float | None, float | None]]:
    """A step's corners: level until the next age, then straight down."""
    path = [run[0]]
    for before, after in zip(run, run[1:], strict=False):
        path += [(after[0], *before[1:]), after]
    return path


def _apart(places: dict[str, float], least: float) -> dict[str, float]:
    """The places, at least so far from each other, in the same order."""
    ordered = sorted(places, key=lambda name: places[name])
    moved = dict(places)
    for _ in range(len(ordered) * 4):
        for upper, lower in zip(ordered, ordered[1:], strict=False):
            lacking = least - (moved[lower] - moved[upper])
            if lacking > 0.01:
                moved[upper] -= lacking / 2
                moved[lower] += lacking / 2
    return moved


def _header(title: str, caption: str, width: float, colours: Palette) -> list[Mark]:
    return [
        Text(0, 9, fitted(title, HEADER, width, True), HEADER, colours.ink, bold=True),
        Text(0, 28, caption, CAPTION, colours.quiet),
    ]


def _dates(ends: Sequence[date], plot: _Plot) -> list[Mark]:
    """The last day of each period, as many as fit; the last one always, with its year."""
    marks: list[Mark] = []
    taken = plot.end + 40
    for i, end in reversed(list(enumerate(ends))):
        text = day(end) if i == len(ends) - 1 else day(end).rsplit(" ", 1)[0]
        half = text_width(text, SMALL) / 2
        x = plot.x.at(float(i))
        if x + half + 10 < taken:
            marks.append(Text(x, plot.base + 16, text, SMALL, plot.colours.quiet, "center"))
            taken = x - half
    return marks


def _gap_counts(rows: Sequence[Row], metric: Metric, place: dict[date, float], plot: _Plot) -> list[Mark]:
    """Where the segment has a gap, its counts, as far as there is room."""
    marks: list[Mark] = []
    taken = 0.0
    for row in rows:
        if row["estimate"] is not None:
            continue
        text = count_label(metric, row["successes"], row["trials"])
        half, x = text_width(text, SMALL) / 2, plot.x.at(place[row["period_end"]])
        if x - half > taken:
            marks.append(Text(x, plot.base + 31, text, SMALL, plot.colours.quiet, "center"))
            taken = x + half + 8
    return marks


def _too_early(records: Sequence[Row], metric: Metric, colours: Palette) -> list[Mark]:
    ours = [row for row in records if row["side"] == "segment"]
    most = max((row["trials"] for row in ours), default=0)
    text = (
        f"Too early to say: at most {most:,} of {metric.minimum:,} {metric.unit} in any period"
        if ours
        else "No closed period yet"
    )
    return [Text(0, HEAD + 14, text, VALUE, colours.quiet)]


