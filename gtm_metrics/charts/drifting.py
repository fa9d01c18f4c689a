"""Where the work goes, week by week: the share outside of each kind, with the day that people decided."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pandas as pd

from gtm_metrics.charts.calendar import months
from gtm_metrics.charts.canvas import Drawing, Line, Mark, Rule, Text, drawn
from gtm_metrics.charts.lettering import text_width
from gtm_metrics.charts.palette import palette
from gtm_metrics.charts.plot import HEIGHT, SMALL, WIDTH, Place, Plot, Side, heading, instead
from gtm_metrics.tightening import LATELY_WEEKS, Drift
from gtm_metrics.words import day, percent
from gtm_metrics.words import tightening as said

LEVELS = (0.0, 0.25, 0.5, 0.75, 1.0)


def drifting(
    shares: pd.DataFrame,
    found: Sequence[Drift],
    decided: date,
    dark: bool = False,
    width: float = WIDTH,
    height: float = HEIGHT,
) -> Drawing:
    """The share of the work outside over the last 13 weeks, week by week; a kind that rings is rust, else the first is
    dark and the others grey.

    shares   what | week | share of `tightening.running`: None where nothing was done
    """
    colours = palette(dark)
    described = said.drift_described(shares, found, decided)
    marks: list[Mark] = heading(
        "Work outside, of all work", f"share over the last {LATELY_WEEKS} weeks", width, colours
    )
    weeks = sorted({week.date() for week in shares["week"]})
    ringing = {each.what for each in found if each.rings}
    kinds = [each.what for each in found if each.log_e is not None]
    subject = next((what for what in kinds if what in ringing), kinds[0] if kinds else "")
    sides = [_side(what, shares, weeks, what == subject) for what in kinds]
    sides = [side for side in sides if side.end]
    if not sides:
        text, low_height = instead("No kind of work goes back far enough yet", width, colours)
        return drawn([*marks, text], width, low_height, dark, described)
    across = (0.0, max(1.0, len(weeks) - 1.0))
    standing = "behind" if ringing else ""
    plot = Plot(width, height, across, (0.0, 1.0), LEVELS, colours, standing, [side.name for side in sides])
    marks += plot.grid([percent(level, 0) for level in LEVELS])
    for x, label in months(weeks, lambda i: plot.x.at(float(i)), SMALL):
        marks.append(Rule(x, plot.base + 3, x, plot.base + 7, colours.tick))
        marks.append(plot.below(x, label))
    marks += _decided(decided, weeks, plot)
    marks += [mark for mark in plot.lines(sides) if not _is_dot(mark)]
    return drawn(marks, width, height, dark, described)


def _is_dot(mark: Mark) -> bool:
    return type(mark).__name__ == "Shape"


def _side(what: str, shares: pd.DataFrame, weeks: Sequence[date], subject: bool) -> Side:
    mine = {row["week"].date(): row["share"] for row in shares[shares["what"] == what].to_dict("records")}
    places = tuple(
        None if mine.get(week) is None else Place(float(i), float(mine[week])) for i, week in enumerate(weeks)
    )
    last = next((place.value for place in reversed(places) if place), None)
    return Side(said.WORK[what], places, percent(last, 0) if last is not None else "", subject)


def _decided(on: date, weeks: Sequence[date], plot: Plot) -> list[Mark]:
    """A dashed line at the week of the decision, its day over it; nothing where it lies outside."""
    at = (on - weeks[0]) / timedelta(weeks=1)
    if not 0 <= at <= len(weeks) - 1:
        return []
    x, top, label = plot.x.at(at), plot.head + 2, f"decided {day(on)}"
    late = x + text_width(label, SMALL) + 6 > plot.x.end
    line = Line(((x, top), (x, plot.base)), plot.colours.quiet, 1.2, True)
    return [line, Text(x - 6 if late else x + 6, top, label, SMALL, plot.colours.quiet, "right" if late else "left")]
