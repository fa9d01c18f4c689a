"""The bowling alley: pins in a rack, the head pin in front, each ring a share of its market, lines the ties."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from gtm_metrics.charts.canvas import Drawing, Line, Mark, Shape, Text, Wire, drawn
from gtm_metrics.charts.clear import box_of
from gtm_metrics.charts.lettering import fitted, text_width
from gtm_metrics.charts.palette import Palette, palette
from gtm_metrics.charts.plot import VALUE
from gtm_metrics.charts.rack import LINE, Placed, Rack, Stand, Tied, rack
from gtm_metrics.markets import MARKET
from gtm_metrics.words import alley as said
from gtm_metrics.words import plain

WIDTH = 460.0
HEAD, NEXT, DOWN = "head pin", "next", "down"
APART = ("not now", "never")
"""Pins that nobody plays for: drawn fainter."""
SHARE, SMALL = 13.0, 12.0
INNER = 0.76
"""A ring's inner edge over its outer."""
INSIDE = 1.4
"""Radii of its ring that a share may take across."""
DASHES = 18
"""Dashes of a ring that is no share of a market."""
FOOT = 20.0


def alley(
    pins: pd.DataFrame, ties: pd.DataFrame, dark: bool = False, width: float = WIDTH, most: float | None = None
) -> Drawing:
    """The rack with its ties.

    pins   one row a pin: segment, row (0 in front), place (0 at the left; both None of one that has no place), status,
           customers, market, share (0..1 or None), share_of ("market", else the ring is dashed), down; dimension
           where there are several
    ties   one row a pair: a, b (segments), weight (0..1), and the counts behind it as `markets.alley` gives them

    most   pixels in height from which rows close up; None where there is no bound

    Hovering over a pin or a tie tells what it stands for; a click selects its pin (parameter "segment"). Ties that
    find no room are counted under the drawing, and pins without a place named there.
    """
    colours, inside = palette(dark), pins["row"].notna()
    front = pins[inside].sort_values(["row", "place"]).to_dict("records")
    aside = pins[~inside].to_dict("records")
    tied = ties.sort_values("weight", ascending=False, kind="stable").to_dict("records")
    described = said.alley_described([*front, *aside], tied)
    if not front:
        return drawn([Text(0, 14, said.NO_PINS, VALUE, colours.quiet)], width, 28, dark, described)
    index = {row["segment"]: i for i, row in enumerate(front)}
    tied = [row for row in tied if row["a"] in index and row["b"] in index and row["a"] != row["b"]]
    stands = [
        Stand(plain(r["segment"]), said.status_label(r["status"]), int(r["row"]), int(r["place"]), _bold(r))
        for r in front
    ]
    lines = [Tied(index[r["a"]], index[r["b"]], _weight(r), said.tie_label(r)) for r in tied]
    plan = rack(stands, lines, width, colours.ink, colours.quiet, most)
    marks: list[Mark] = [Line(tie.points, colours.band, tie.width) for tie in plan.ties]
    for row, placed in zip(front, plan.pins, strict=True):
        marks += pin_marks(row, placed, plan.radius, colours)
    marks += [tie.number for tie in plan.ties if tie.number]
    for tie in plan.ties:
        row = tied[tie.tie]
        behind, before = sorted((row["a"], row["b"]), key=lambda name: -index[name])
        told = said.tie_told(row, before)
        marks.append(Wire(tie.points, max(12.0, tie.width), _dimension(front[index[behind]]), behind, told))
    marks += [wire for row, placed in zip(front, plan.pins, strict=True) for wire in _answers(row, placed, plan)]
    below = [line for line in (said.aside([row["segment"] for row in aside]), said.left_out(plan.left_out)) if line]
    for i, line in enumerate(below):
        marks.append(Text(0, plan.height + 10 + FOOT * i, fitted(line, SMALL, width), SMALL, colours.quiet))
    return drawn(marks, width, plan.height + FOOT * len(below), dark, described)


def _bold(row: Mapping[Any, Any]) -> bool:
    return row["status"] in (HEAD, NEXT)


def _weight(row: Mapping[Any, Any]) -> float:
    return float(said.known(row["weight"]) or 0.0)


def _dimension(row: Mapping[Any, Any]) -> str:
    return str(row.get("dimension") or "")


def pin_marks(row: Mapping[Any, Any], at: Placed, radius: float, colours: Palette) -> list[Mark]:
    """A pin: the page under it, so that ties end at its ring; the ring, its share, the share in words, its name.

    One that is down lies there filled.
    """
    down, status = bool(row["down"]) or row["status"] == DOWN, row["status"]
    arc, track = colours.mark, colours.faint
    if status == HEAD:
        arc, track = colours.ahead, colours.ahead_band
    elif status == NEXT:
        arc, track = colours.ink, colours.band
    fill = colours.band if down else colours.page
    marks: list[Mark] = [Shape(at.x, at.y, "circle", 4 * (radius - 1.2) ** 2, fill, colours.page)]
    share = said.known(row["share"])
    dashed = share is None or row.get("share_of") != MARKET
    track = colours.band if dashed and status != HEAD else track
    area = 4 * radius**2
    ends = [(0.0, 1.0)] if not dashed else [(i / DASHES, (i + 0.55) / DASHES) for i in range(DASHES)]
    marks.append(Shape(at.x, at.y, _ring(ends), area, track, "transparent"))
    if share:
        part = [(low, min(high, share)) for low, high in ends if low < share]
        marks.append(Shape(at.x, at.y, _ring(part), area, arc, "transparent"))
    ink = colours.quiet if status in APART or share is None else colours.ink
    told = said.share_label(row)
    size = SHARE * min(1.0, INSIDE * radius / text_width(told, SHARE, True))
    marks.append(Text(at.x, at.y, told, size, ink, "center", bold=True))
    for text in at.name:
        faded = Text(text.x, text.y, text.text, text.size, colours.quiet, text.align, text.bold)
        marks.append(faded if status in APART else text)
    return [*marks, at.status] if at.status else marks


def _ring(parts: list[tuple[float, float]]) -> str:
    """Parts of a ring as an SVG path around 0, 0 with radius 1; in turns from the top, clockwise."""
    return "".join(_part(low, min(high, low + 0.9999)) for low, high in parts)


def _part(low: float, high: float) -> str:
    far = int(high - low > 0.5)
    (ax, ay), (bx, by) = _at(low, 1.0), _at(high, 1.0)
    (cx, cy), (dx, dy) = _at(high, INNER), _at(low, INNER)
    return (
        f"M{ax:.4f},{ay:.4f}A1,1,0,{far},1,{bx:.4f},{by:.4f}"
        f"L{cx:.4f},{cy:.4f}A{INNER},{INNER},0,{far},0,{dx:.4f},{dy:.4f}Z"
    )


def _at(turn: float, radius: float) -> tuple[float, float]:
    return radius * math.sin(2 * math.pi * turn), -radius * math.cos(2 * math.pi * turn)


def _answers(row: Mapping[Any, Any], at: Placed, plan: Rack) -> list[Wire]:
    """The pin, its ring and its name answer to pointing and to a click."""
    ends = ((at.x - plan.radius, at.y), (at.x + plan.radius, at.y))
    key, told = (_dimension(row), str(row["segment"])), said.pin_told(row)
    names = [(box_of(text), text.y) for text in at.name]
    written = [Wire(((box.left, y), (box.right, y)), LINE, *key, told) for box, y in names]
    return [Wire(ends, 2 * plan.radius, *key, told), *written]
