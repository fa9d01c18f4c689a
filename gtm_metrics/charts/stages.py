"""The stage-by-week strip: a row a metric, a cell a week, ahead of everyone else in that week or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import pandas as pd

from gtm_metrics.charts.calendar import months
from gtm_metrics.charts.canvas import NARROW, Band, Drawing, Mark, Shape, Text, drawn
from gtm_metrics.charts.lettering import in_lines, text_width
from gtm_metrics.charts.palette import Palette, palette
from gtm_metrics.charts.plot import HEADER, SMALL, VALUE
from gtm_metrics.words.evidence import KEY, short, stages_described, stages_title

WIDTH = 980.0
HEAD, ROW, CELL, FOOT = 52.0, 25.0, 20.0, 24.0
LOW = 6.0
"""Height of a week behind: less than a third of one ahead, so that grey print tells them apart."""
WIDEST = 34.0
LINE = 19.0
"""Between the two lines of a title that one does not hold."""


def stages(
    frame: pd.DataFrame, labels: Mapping[str, str] | None = None, dark: bool = False, width: float = WIDTH
) -> Drawing:
    """Week by week, on each metric, how the segment stood beside everyone else.

    frame     metric, week (Monday), standing ('ahead', 'behind', 'level', 'none'); metrics in the order of rows,
              every metric over the same weeks
    labels    what a row is called, by metric; its one word where none is given

    Ahead fills the cell, behind is low and rust, level is a dash, no data a dot: it reads in grey print. The number at
    the end of a row is its weeks ahead; the title holds them all.
    """
    colours = palette(dark)
    weeks = sorted({_day(week) for week in frame["week"]})
    names = [str(name) for name in dict.fromkeys(frame["metric"])]
    standing = {
        (str(metric), _day(week)): str(stands)
        for metric, week, stands in zip(frame["metric"], frame["week"], frame["standing"], strict=True)
    }
    counts = {name: (sum(standing.get((name, week)) == "ahead" for week in weeks), len(weeks)) for name in names}
    described = stages_described(frame, counts)
    told = stages_title(counts)
    # on a phone the counts stand at the rows alone
    title = in_lines(told.partition(": ")[0] if width < NARROW else told, HEADER, width, True)
    marks: list[Mark] = [Text(0, 9 + LINE * i, line, HEADER, colours.ink, bold=True) for i, line in enumerate(title)]
    head = HEAD + LINE * (len(title) - 1)
    if not weeks:
        marks.append(Text(0, head - 18, "No week is frozen yet: nothing to set side by side", VALUE, colours.quiet))
        return drawn(marks, width, head - 2, dark, described)
    words = {name: (labels or {}).get(name) or short(name).capitalize() for name in names}
    left = max(text_width(word, VALUE) for word in words.values()) + 16
    right = text_width(f"{len(weeks)} of {len(weeks)}", VALUE) + 14
    pitch = min(WIDEST, (width - left - right) / len(weeks))
    marks += _key(head - 20, colours)
    for row, name in enumerate(names):
        y = head + ROW * (row + 0.5)
        marks.append(Text(0, y, words[name], VALUE, colours.ink))
        for i, week in enumerate(weeks):
            marks += _cell(standing.get((name, week), "none"), left + pitch * i, pitch, y, colours)
        told = f"{counts[name][0]:,} of {len(weeks):,}"
        marks.append(Text(left + pitch * len(weeks) + 10, y, told, VALUE, colours.quiet))
    base = head + ROW * len(names)
    marks += _dates(weeks, left, pitch, base, colours)
    return drawn(marks, width, base + FOOT, dark, described)


def _cell(standing: str, x: float, pitch: float, y: float, colours: Palette) -> list[Mark]:
    """One week of one metric, in a cell of so many pixels from x."""
    gap = min(8.0, 0.24 * pitch)
    left, right = x, x + pitch - gap
    top, bottom = y - CELL / 2, y + CELL / 2
    if standing == "ahead":
        return [_block(left, top, right, bottom, colours.ahead)]
    if standing == "behind":
        return [_block(left, bottom - LOW, right, bottom, colours.behind)]
    if standing == "level":
        return [_block(left, y - 1, right, y + 1, colours.mark)]
    return [Shape((left + right) / 2, y, "circle", 7, colours.mark, colours.mark)]


def _block(left: float, top: float, right: float, bottom: float, colour: str) -> Band:
    return Band(((left, top, bottom), (right, top, bottom)), colour)


def _key(y: float, colours: Palette) -> list[Mark]:
    """The four marks with their names, in one line under the title."""
    marks: list[Mark] = []
    x = 0.0
    for standing, word in KEY:
        marks += _cell(standing, x, 15.0, y, colours)
        marks.append(Text(x + 18, y, word, SMALL, colours.quiet))
        x += 18 + text_width(word, SMALL) + 22
    return marks


def _dates(weeks: Sequence[date], left: float, pitch: float, base: float, colours: Palette) -> list[Mark]:
    """Months under the cells in which they begin."""
    middle = 0.38 * pitch
    labels = months(weeks, lambda i: left + pitch * i + middle, SMALL)
    return [Text(x, base + 13, label, SMALL, colours.quiet, "center") for x, label in labels]


def _day(week: object) -> date:
    return pd.Timestamp(str(week)).date()
