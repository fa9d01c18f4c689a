"""Outcomes as bars: won, lost and no decision against each alternative, one row each."""

from __future__ import annotations

from itertools import pairwise

import pandas as pd

from gtm_metrics.charts.canvas import NARROW, Align, Band, Drawing, Mark, Rule, Spot, Text, drawn
from gtm_metrics.charts.lettering import fitted, text_width
from gtm_metrics.charts.palette import Palette, palette
from gtm_metrics.words import alternatives as said
from gtm_metrics.words import plain

WIDTH, ROW, HEAD = 980.0, 38.0, 26.0
NAME, VALUE, SMALL = 14.0, 13.0, 12.0
UNIT, GAP = 9.0, 3.0
"""A deal's square where there are too few for shares, and what lies between two."""
OVER = 20.0
"""On a phone a name stands over its bar, and takes so much room."""
BELOW = 18.0
"""Room under the first bar for what its line is called."""


def outcomes(rows: pd.DataFrame, benchmark: float, dark: bool = False, width: float = WIDTH) -> Drawing:
    """One bar an alternative: won from the left, no decision up to the right, lost between; n and close rate beside it.

    rows        `alternatives` over all segments, "(all)" first; where there is no close rate (too few deals) the bar
                is one square a deal
    benchmark   share of no decision elsewhere: a line over the bar of all deals, named at its foot

    The close rate is green where credibly ahead of the other alternatives, rust where behind. A click selects an
    alternative (parameter "segment"). On a phone names and numbers stand over the bars.
    """
    colours, records = palette(dark), rows.to_dict("records")
    described = said.described(rows)
    if not records or not records[0]["decided"]:
        return drawn([Text(0, 14, "No deal has been decided yet", VALUE, colours.quiet)], width, 28, dark, described)
    narrow = width < NARROW
    longest = max(text_width(plain(said.name_of(row)), NAME, True) for row in records)
    left = 0.0 if narrow else min(longest + 18, 0.3 * width)
    labels = [said.bar_label(row) for row in records]
    room = width if narrow else width - left - max(text_width(label, VALUE, True) for label in labels) - 14
    shares = records[0]["close_rate"] is not None
    below = BELOW if shares else 0.0
    head, tall = (HEAD + OVER, ROW + OVER) if narrow else (HEAD, ROW)
    height = head + ROW + tall * (len(records) - 1) + below
    marks: list[Mark] = []
    for i, (row, label) in enumerate(zip(records, labels, strict=True)):
        y = head + ROW / 2 + tall * i + (below if i else 0.0)
        name_room = width - text_width(label, VALUE, True) - 12 if narrow else left - 14
        name = fitted(plain(said.name_of(row)), NAME, name_room, i == 0)
        top = y - ROW / 2 - (OVER if narrow else 0.0)
        called = y if not narrow else top + 12 if i else NAME / 2 + 2
        marks.append(Text(0, called, name, NAME, colours.ink, bold=i == 0))
        line = left + (1 - benchmark) * room if i == 0 and shares else None
        rated = row["close_rate"] is not None
        marks += _shares(row, left, room, y, colours, line) if rated else _squares(row, left, room, y, colours)
        told = row["status"] in ("ahead", "behind")
        ink = colours.of(row["status"]) if told else colours.ink
        end: tuple[float, Align] = (width, "right") if narrow else (left + room + 14, "left")
        marks.append(Text(end[0], called, label, VALUE, ink, end[1], bold=told))
        if i:
            marks.append(Spot(0, top, width, y + ROW / 2, row["alternative"], "Outcomes", said.counts(row)))
        if line is not None:
            half = text_width(said.BENCHMARK_LABEL, SMALL) / 2
            marks.append(Rule(line, y - 16, line, y + 16, colours.ink, 1.6))
            at = min(max(line, half), width - half)
            marks.append(Text(at, y + 25, said.BENCHMARK_LABEL, SMALL, colours.quiet, "center"))
    marks += _heads(records[0], left, room, head, colours) if shares else _key(left, head, colours)
    return drawn(marks, width, height, dark, described)


PARTS = ("won", "lost", "no_decision")
"""Parts of a bar from left to right: full, pale, and hollow where nothing was decided."""


def _part(name: str, x: float, x2: float, y: float, half: float, colours: Palette) -> list[Mark]:
    """One part of a bar, or one square."""
    if name != "no_decision":
        colour = colours.quiet if name == "won" else colours.band
        return [Band(((x, y - half, y + half), (x2, y - half, y + half)), colour)]
    corners = ((x, y - half), (x2, y - half), (x2, y + half), (x, y + half), (x, y - half))
    return [Rule(*a, *b, colours.mark, 1.0) for a, b in pairwise(corners)]


def _shares(row: said.Row, left: float, room: float, y: float, colours: Palette, line: float | None) -> list[Mark]:
    """The parts of a bar, each with its count where it has room and no line crosses it."""
    marks: list[Mark] = []
    x = left
    for name in PARTS:
        wide = row[name] / row["decided"] * room
        if wide:
            marks += _part(name, x + 0.5, x + max(wide - 1.0, 1), y, 11, colours)
        text = f"{row[name]:,}"
        half, at = text_width(text, VALUE, True) / 2, x + wide / 2
        if line is not None and abs(at - line) < half + 5:
            at = line + (half + 6) * (1 if x + wide - line > line - x else -1)
        if wide > 2 * half + 8:
            ink = colours.page if name == "won" else colours.ink
            marks.append(Text(at, y, text, VALUE, ink, "center", bold=name == "won"))
        x += wide
    return marks


def _squares(row: said.Row, left: float, room: float, y: float, colours: Palette) -> list[Mark]:
    """A square a deal: won, lost, no decision."""
    step = min(UNIT + GAP, room / max(row["decided"], 1))
    deals = [name for name in PARTS for _ in range(row[name])]
    return [
        mark
        for i, name in enumerate(deals)
        for mark in _part(name, left + i * step, left + (i + 1) * step - GAP, y, 4.5, colours)
    ]


def _heads(row: said.Row, left: float, room: float, head: float, colours: Palette) -> list[Mark]:
    """What the parts are, over the first bar: won at its left, no decision at its right, lost where it has room."""
    won, lost = (row[name] / row["decided"] * room for name in ("won", "lost"))
    middle, y = left + won + lost / 2, head - 8
    marks: list[Mark] = [Text(left, y, "won", SMALL, colours.quiet)]
    marks.append(Text(left + room, y, "no decision", SMALL, colours.quiet, "right"))
    half = text_width("lost", SMALL) / 2
    if left + 40 < middle - half and middle + half < left + room - 90:
        marks.append(Text(middle, y, "lost", SMALL, colours.quiet, "center"))
    return marks


def _key(left: float, head: float, colours: Palette) -> list[Mark]:
    """What the squares are, where every row has too few deals for shares."""
    marks: list[Mark] = []
    x, y = left, head - 12
    for name, words in zip(PARTS, ("won", "lost", "no decision"), strict=True):
        marks += _part(name, x, x + UNIT, y, 4.5, colours)
        marks.append(Text(x + UNIT + 6, y, words, SMALL, colours.quiet))
        x += UNIT + 6 + text_width(words, SMALL) + 18
    return marks
