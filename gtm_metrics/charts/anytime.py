"""An interval that may be looked at every week: one metric of a segment, times everyone else, through time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

import pandas as pd

from gtm_metrics.charts.calendar import months
from gtm_metrics.charts.canvas import NARROW, Drawing, Mark, Rule, Shape, Text, drawn
from gtm_metrics.charts.palette import palette
from gtm_metrics.charts.plot import HEIGHT, LEFT, SMALL, WIDTH, Place, Plot, Side, heading, instead
from gtm_metrics.metrics import Metric
from gtm_metrics.words import plain
from gtm_metrics.words.evidence import anytime_described, good_above_one, ratio_label
from gtm_metrics.words.numbers import Row

LEVELS = (0.25, 0.5, 0.75, 1.5, 2.0, 3.0, 4.0)
WIDEST = (0.2, 5.0)
"""The drawing never spans more than this: the first weeks' intervals run out of it instead of squeezing the rest."""
NARROWEST = (0.8, 1.25)


def anytime(
    frame: pd.DataFrame,
    metric: Metric,
    segment: str,
    dark: bool = False,
    width: float = WIDTH,
    height: float = HEIGHT,
) -> Drawing:
    """How many times the rest a segment is on one metric, week by week, and between what that was certain to lie.

    frame     week (Monday), estimate, low, high: ratios above 0, None or NaN where there is none
    The line turns green (rust) when the newest interval lies on the good (bad) side of 1; until then it is grey.
    """
    colours = palette(dark)
    described = anytime_described(frame, metric, segment)
    rows = [row for row in frame.to_dict("records") if _number(row["estimate"])]
    marks: list[Mark] = heading(f"{metric.label}: times the rest", _caption(metric), width, colours)
    if not rows:
        text, low_height = instead("Nothing of it can be set beside everyone else yet", width, colours)
        return drawn([*marks, text], width, low_height, dark, described)
    low, high = _span(rows)
    inside = [math.log(level) for level in LEVELS if low <= math.log(level) <= high]
    records = frame.to_dict("records")
    weeks = [pd.Timestamp(row["week"]).date() for row in records]
    across = (0.0, max(1.0, len(weeks) - 1.0))
    ratio, _, between = ratio_label(rows[-1]["estimate"], rows[-1]["low"], rows[-1]["high"]).partition(" (")
    told = f"({between}" if between else "the rest"
    told = f"{plain(segment)} {told}" if width < NARROW else told
    stands = side_of_one(rows[-1], metric)
    plot = Plot(width, height, across, (low, high), inside, colours, stands, ["everyone else", told])
    marks += plot.grid([f"{math.exp(level):.2g}" for level in inside])
    marks += _dates(weeks, plot)
    marks.append(Text(LEFT - 8, plot.y.at(0.0), "1", SMALL, colours.quiet, "right"))
    everyone = Side("everyone else", tuple(Place(x, 0.0) for x in across), "", False)
    ours = Side(told, tuple(_place(i, row) for i, row in enumerate(records)), ratio, True)
    lone = sum(bool(place) for place in ours.places) == 1
    lines = [mark for mark in plot.lines([everyone, ours]) if lone or not isinstance(mark, Shape)]
    return drawn([*marks, *lines], width, height, dark, described)


def side_of_one(row: Row, metric: Metric) -> str:
    """'ahead' or 'behind' where a row's interval lies on the good or the bad side of 1, else ''."""
    if not (_number(row["low"]) and _number(row["high"])) or row["low"] <= 1 <= row["high"]:
        return ""
    return "ahead" if (row["low"] > 1) == good_above_one(metric) else "behind"


def _caption(metric: Metric) -> str:
    return "above 1 is better" if good_above_one(metric) else "below 1 is better"


def _number(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value) and value > 0


def _span(rows: Sequence[Row]) -> tuple[float, float]:
    """Logs of the lowest and highest ratio drawn: the newer half's intervals, every estimate, at least 0.8 to 1.25."""
    newer = rows[len(rows) // 2 :]
    found = [row["estimate"] for row in rows]
    found += [row[side] for row in newer for side in ("low", "high") if _number(row[side])]
    low = max(WIDEST[0], min(NARROWEST[0], *found))
    high = min(WIDEST[1], max(NARROWEST[1], *found))
    return math.log(low) - 0.04, math.log(high) + 0.04


def _place(i: int, row: Row) -> Place | None:
    """The week's ratio and interval on the log scale; None where there is none."""
    if not _number(row["estimate"]):
        return None
    ends = [math.log(row[side]) if _number(row[side]) else None for side in ("low", "high")]
    return Place(float(i), math.log(row["estimate"]), ends[0], ends[1])


def _dates(weeks: list[date], plot: Plot) -> list[Mark]:
    marks: list[Mark] = []
    for x, label in months(weeks, lambda i: plot.x.at(float(i)), SMALL):
        marks.append(Rule(x, plot.base + 3, x, plot.base + 7, plot.colours.tick))
        marks.append(plot.below(x, label))
    return marks
