"""Survival as it is read: who has understood call by call, who is still a customer month by month."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from gtm_metrics.charts.canvas import Drawing, Mark, Text, drawn
from gtm_metrics.charts.lettering import fitted
from gtm_metrics.charts.palette import palette
from gtm_metrics.charts.plot import HEIGHT, SMALL, WIDTH, Place, Plot, Side, heading, instead
from gtm_metrics.metrics import CALLS_COUNTED
from gtm_metrics.question import ALL
from gtm_metrics.words import curve_described, percent, plain
from gtm_metrics.words.numbers import Row

FIRST_AT_RISK = 30
"""Prospects or customers a curve must begin with; fewer are told as a count."""
LAST_AT_RISK = 8
"""A curve ends where fewer are left: beyond, each of them is a jump."""
QUARTERS = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True)
class Look:
    """What tells a ladder from a survival curve: `labels` stand under the ages from `first` on."""

    title: str
    caption: str
    unit: str
    first: int
    labels: Sequence[str]
    steps: bool
    place: Callable[[Row], Place]


def ladder(
    rows: pd.DataFrame,
    segment: str,
    standing: str = "",
    dark: bool = False,
    width: float = WIDTH,
    height: float = HEIGHT,
) -> Drawing:
    """Share that has understood by call 1 to 6: the segment, and every other of the rows dashed beside it.

    rows       `curve` of calls_to_understanding for the segment and what to set beside it: a tally whose
               other segments are named as one, or "(all)"
    standing   'ahead' or 'behind' colours the segment's line
    """

    def understood(row: Row) -> Place:
        low, high = (None if row[key] is None else 1 - row[key] for key in ("high", "low"))
        return Place(row["age"], 1 - row["survival"], low, high)

    calls = [str(call) for call in range(1, CALLS_COUNTED + 1)]
    caption = "by number of calls, higher is better"
    look = Look("Understood by call", caption, "prospects", 1, calls, False, understood)
    kept = rows[rows["age"].map(lambda age: age <= CALLS_COUNTED).astype(bool)]
    described = curve_described(kept, "Share that has understood, call by call", "call", gone=True)
    return _drawn(kept, segment, look, described, standing, dark, (width, height))


def survival(
    rows: pd.DataFrame,
    segment: str,
    standing: str = "",
    dark: bool = False,
    width: float = WIDTH,
    height: float = HEIGHT,
) -> Drawing:
    """Share still a customer by months of tenure, from 100 %; the drop at month 12 holds the renewal.

    rows       `curve` of churn for the segment and what to set beside it, as for `ladder`
    """

    def stayed(row: Row) -> Place:
        return Place(row["age"], row["survival"], row["low"], row["high"])

    ages = [row["age"] for row in rows.to_dict("records") if row["at_risk"] >= LAST_AT_RISK]
    last = max(ages, default=0) + 1
    every = next((step for step in (1, 3, 6, 12, 24, 60) if last / step <= 8), 120)
    months = ["" if month % every else str(month) for month in range(last + 1)]
    look = Look("Still a customer", "by months since they began", "customers", 0, months, True, stayed)
    described = curve_described(rows, "Share still a customer, by months of tenure", "month", gone=False)
    return _drawn(rows, segment, look, described, standing, dark, (width, height))


def _drawn(
    rows: pd.DataFrame,
    segment: str,
    look: Look,
    described: str,
    standing: str,
    dark: bool,
    size: tuple[float, float],
) -> Drawing:
    """The segment's curve over the others'; those that begin with too few are told as counts."""
    colours, (width, height) = palette(dark), size
    sides, few = [], []
    tables = {name: table.to_dict("records") for name, table in rows.groupby("segment", sort=False)}
    for name in sorted(tables, key=lambda each: each == segment):
        called = "Everyone" if name == ALL else plain(name)
        begun = max(row["at_risk"] for row in tables[name])
        kept = [row for row in tables[name] if row["at_risk"] >= LAST_AT_RISK and row["survival"] is not None]
        if begun < FIRST_AT_RISK or not kept:
            few.append(f"{called} {begun:,} of {FIRST_AT_RISK} {look.unit}")
        else:
            sides.append(_side(called, [look.place(row) for row in kept], begun, name == segment, look.steps))
    marks = heading(look.title, look.caption, width, colours)
    if not sides:
        sentence = f"Too early to say: {', '.join(few)}" if few else "Nobody has begun yet"
        text, low_height = instead(sentence, width, colours)
        return drawn([*marks, text], width, low_height, dark, described)
    across = (float(look.first), float(look.first + len(look.labels) - 1))
    plot = Plot(width, height, across, (0.0, 1.0), QUARTERS, colours, standing, [side.name for side in sides])
    marks += plot.grid([percent(level, 0) for level in QUARTERS])
    ages = [(plot.x.at(float(look.first + i)), label) for i, label in enumerate(look.labels) if label]
    marks += [plot.below(x, label) for x, label in ages]
    marks += plot.lines(sides, look.steps)
    if few:
        told: Mark = Text(0, height - 7, fitted(f"Too early: {', '.join(few)}", SMALL, width), SMALL, colours.quiet)
        marks.append(told)
    return drawn(marks, width, height, dark, described)


def _side(name: str, places: Sequence[Place], begun: int, subject: bool, steps: bool) -> Side:
    """A curve; as steps it starts at 100 % and stays level through its last age."""
    last = places[-1]
    end = Place(last.x + 1, last.value, last.low, last.high)
    path = (Place(0.0, 1.0), *places, end) if steps else tuple(places)
    return Side(name, path, percent(last.value, begun), subject)
