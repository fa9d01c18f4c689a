"""Ease of capture across, strategic benefit up: a dot a pin, each with its name beside it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from gtm_metrics.charts.canvas import Drawing, Mark, Rule, Shape, Text, Wire, drawn
from gtm_metrics.charts.clear import Box, Floats, box_of, comes_near, thick
from gtm_metrics.charts.lettering import fitted, text_width
from gtm_metrics.charts.palette import Palette, palette
from gtm_metrics.charts.plot import VALUE
from gtm_metrics.charts.scales import Scale
from gtm_metrics.words import alley as said
from gtm_metrics.words import plain

WIDTH, HEIGHT = 330.0, 330.0
HEAD, FOOT, EDGE = 22.0, 24.0, 6.0
NAME, SMALL, AXIS = 13.0, 12.0, 12.5
LINE = 15.0
SHORTER = (0.45, 0.25, 0.12)
"""Shares of the drawing's width that a name may take, tried one after another."""
DOT, SUBJECT = 5.5, 8.0
"""Radius of a dot, and of the next pin's."""
KEEP = 2.0
"""What lies between a name and anything else."""
FARTHER = (18.0, 28.0, 40.0, 54.0, 70.0, 88.0, 108.0)
"""How far from its dot a name stands that finds no room beside it."""
SPREAD = 0.2
"""Of the scale from 0 to 1 this much is shown at the least, so that pins that are alike look alike."""

ORDERS, LINES = 4, 60
"""Orders that are tried in which names choose their places, and free places of a name whose line is tried."""

Align = Literal["left", "center", "right"]
ALIGNED: Mapping[float, Align] = {0.0: "left", 0.5: "center", 1.0: "right"}


@dataclass(frozen=True)
class Dot:
    """A dot to be named: its centre and radius, its name and whether that is bold."""

    x: float
    y: float
    radius: float
    name: str
    bold: bool = False


@dataclass(frozen=True)
class Named:
    """The names of dots that lie on each other, one under the other, and the line that joins them to their dots where
    they stand apart: (from, to)."""

    texts: tuple[Text, ...]
    joined: tuple[tuple[float, float], tuple[float, float]] | None

    @property
    def box(self) -> Box:
        """The room that all of them take."""
        boxes = [box_of(text) for text in self.texts]
        left, right = min(box.left for box in boxes), max(box.right for box in boxes)
        return Box(left - KEEP, boxes[0].top - KEEP / 2, right + KEEP, boxes[-1].bottom + KEEP / 2)


def capture(pins: pd.DataFrame, dark: bool = False, width: float = WIDTH, height: float = HEIGHT) -> Drawing:
    """A dot a pin that has both numbers.

    pins   segment, status, ease and benefit (0..1, None where they cannot be told), dimension where there are several

    A click on a dot or its name selects the segment. A pin without either number is named under the drawing.
    """
    colours, every = palette(dark), pins.to_dict("records")
    described = said.places_described(every)
    rows = [row for row in every if said.known(row["ease"]) is not None and said.known(row["benefit"]) is not None]
    unknown = [row["segment"] for row in every if row not in rows]
    if not rows:
        return drawn([Text(0, 14, said.NO_PLACES, VALUE, colours.quiet)], width, 28, dark, described)
    base, top = height - FOOT, HEAD
    x = Scale(*_shown([row["ease"] for row in rows]), EDGE + 18, width - 18)
    y = Scale(*_shown([row["benefit"] for row in rows]), base - 18, top + 18)
    dots = [_dot(row, x.at(row["ease"]), y.at(row["benefit"])) for row in rows]
    marks: list[Mark] = [
        Rule(EDGE, top, EDGE, base, colours.tick),
        Rule(EDGE, base, width, base, colours.tick),
        Text(0, 9, said.BENEFIT, AXIS, colours.quiet),
        Text(width, base + 14, said.EASE, AXIS, colours.quiet, "right"),
    ]
    for row, dot in zip(rows, dots, strict=True):
        marks += _looks(row, dot, colours)
        marks.append(Wire(((dot.x - 9, dot.y), (dot.x + 9, dot.y)), 18.0, *_key(row), _told(row)))
    names = named(dots, Box(EDGE + 3, top, width, base - 3), colours.ink)
    for members, name in names:
        if name.joined:
            marks.append(Rule(*name.joined[0], *name.joined[1], colours.tick))
        for i, text in zip(members, name.texts, strict=True):
            box = box_of(text)
            wire = Wire(((box.left, text.y), (box.right, text.y)), NAME, *_key(rows[i]), _told(rows[i]))
            marks += [text, wire]
    without = said.not_placed(unknown, len(rows) - sum(len(members) for members, _ in names))
    if without:
        short = fitted(without, SMALL, width)
        marks.append(Text(0, height + 10, short, SMALL, colours.quiet))
    return drawn(marks, width, height + (FOOT if without else 0), dark, described)


def _shown(values: Sequence[float]) -> tuple[float, float]:
    """The part of 0..1 that is shown: all values with some air, and never less than SPREAD."""
    low, high = min(values), max(values)
    reach = max(SPREAD / 2, 0.55 * (high - low))
    middle = min(max((low + high) / 2, reach), 1 - reach) if reach < 0.5 else 0.5
    return middle - reach, middle + reach


def _dot(row: Mapping[Any, Any], x: float, y: float) -> Dot:
    subject = row["status"] == "next"
    return Dot(x, y, SUBJECT if subject else DOT, plain(row["segment"]), subject)


def _looks(row: Mapping[Any, Any], dot: Dot, colours: Palette) -> list[Mark]:
    """The next pin is a large dot, one that stands a grey one; the head pin, those down and those not played for are
    hollow, because nothing is to be captured there."""
    hollow = row["status"] in ("head pin", "down", "not now", "never") or bool(row.get("down"))
    line = colours.ahead if row["status"] == "head pin" else colours.ink if dot.bold else colours.mark
    return [Shape(dot.x, dot.y, "circle", 4 * dot.radius**2, colours.page if hollow else line, line)]


def _key(row: Mapping[Any, Any]) -> tuple[str, str]:
    return _dimension(row), str(row["segment"])


def _dimension(row: Mapping[Any, Any]) -> str:
    return str(row.get("dimension") or "")


def _told(row: Mapping[Any, Any]) -> str:
    return f"ease {row['ease']:.2f}, benefit {row['benefit']:.2f}; {row['status']}"


def named(dots: Sequence[Dot], within: Box, ink: str) -> list[tuple[tuple[int, ...], Named]]:
    """Names of dots, of those that lie on each other as one block: where neither a dot, nor another name, nor a line
    that joins one lies. Those that come first choose first, unless one would then find no place: that one goes before.

    Names are shortened where they must be. One that finds no place in any of some orders is missing.
    """
    spots = [Box(dot.x - dot.radius, dot.y - dot.radius, dot.x + dot.radius, dot.y + dot.radius) for dot in dots]
    groups = [tuple(sorted(group, key=lambda i: dots[i].y)) for group in _groups(spots)]
    found: dict[tuple[int, ...], Named] = {}
    for _ in range(ORDERS):
        tried = _in_turn(groups, dots, spots, within, ink)
        found = tried if sum(map(len, tried)) > sum(map(len, found)) else found
        without = [group for group in groups if group not in tried]
        if not without:
            break
        groups = [*without, *(group for group in groups if group in tried)]
    return list(found.items())


def _in_turn(
    groups: Sequence[tuple[int, ...]], dots: Sequence[Dot], spots: Sequence[Box], within: Box, ink: str
) -> dict[tuple[int, ...], Named]:
    """The names of those groups that find a place, each where those before it leave it one."""
    found: dict[tuple[int, ...], Named] = {}
    taken, lines = list(spots), np.empty((0, 3))
    for members in groups:
        own = [spots[i] for i in members]
        others = [box for box in taken if box not in own]
        for share in SHORTER:
            room = share * (within.right - within.left)
            names = [(fitted(dots[i].name, NAME, room, dots[i].bold), dots[i].bold) for i in members]
            chosen = _place(own, names, others, taken, lines, within, ink)
            if chosen:
                found[members] = chosen
                taken.append(chosen.box)
                lines = np.vstack([lines, _joining(chosen)])
                break
    return found


def _groups(spots: Sequence[Box]) -> list[list[int]]:
    """Dots that lie on each other, directly or by way of others, in the order of the first of each group."""
    groups: list[list[int]] = []
    for i, spot in enumerate(spots):
        met = [group for group in groups if any(spot.meets(spots[j]) for j in group)]
        whole = sorted([i, *(j for group in met for j in group)])
        groups = sorted([*(group for group in groups if group not in met), whole])
    return groups


def _place(
    own: Sequence[Box],
    names: Sequence[tuple[str, bool]],
    others: Sequence[Box],
    taken: Sequence[Box],
    lines: Floats,
    within: Box,
    ink: str,
) -> Named | None:
    """The first place for a block of names that is free: beside its dots, around them ever farther away with a line
    that joins them, then anywhere, the nearest first. The line meets no other name and no other dot."""
    around = Box(
        min(box.left for box in own),
        min(box.top for box in own),
        max(box.right for box in own),
        max(box.bottom for box in own),
    )
    dot = ((around.left + around.right) / 2, (around.top + around.bottom) / 2)
    wide = max(text_width(name, NAME, bold) for name, bold in names)
    places = _tried(around, dot, len(names), within)
    boxes = np.array([(box.left, box.top, box.right, box.bottom) for box in others]).reshape(-1, 4)
    for i in _empty(places, wide, len(names), taken, lines, within)[:LINES]:
        x, y, share, joined = places[i]
        align = ALIGNED[share]
        texts = _block(float(x), float(y), align, names, ink)
        each = _joined(texts, dot, (float(x), float(y)), around) if joined else Named(texts, None)
        path = _joining(each)
        if not comes_near(path, each.box, 0.4) and not _meets_any(path, boxes):
            return each
    return None


def _tried(around: Box, dot: tuple[float, float], count: int, within: Box) -> Floats:
    """Places in the order they are tried, (n, 4): x, y, which part of a name stands there (0 its beginning, 0.5 its
    middle, 1 its end), and whether a line joins it to its dots."""
    x, y = dot
    tall = (LINE * count + KEEP) / 2
    beside = [
        (around.right + 4, y, 0.0, 0.0),
        (around.left - 4, y, 1.0, 0.0),
        (x, around.top - 3 - tall, 0.5, 0.0),
        (x, around.bottom + 3 + tall, 0.5, 0.0),
    ]
    turns = [math.pi * turn / 8 for turn in range(16)]
    apart = [(x + away * math.cos(turn), y + away * math.sin(turn)) for away in FARTHER for turn in turns]
    grid = [
        (float(to), float(up))
        for to in np.arange(within.left + KEEP, within.right - KEEP, 9.0)
        for up in np.arange(within.top + tall, within.bottom - tall, 5.0)
    ]
    apart += sorted(grid, key=lambda place: math.dist(place, dot))
    return np.array([*beside, *((to, up, _part(dot, to, up), 1.0) for to, up in apart)])


def _part(dot: tuple[float, float], x: float, y: float) -> float:
    """Which part of a name stands there: the end that is nearest to its dot."""
    return 0.5 if abs(y - dot[1]) >= 0.8 * abs(x - dot[0]) else 0.0 if x > dot[0] else 1.0


def _empty(places: Floats, wide: float, count: int, taken: Sequence[Box], lines: Floats, within: Box) -> Sequence[int]:
    """The places at which a block of names as wide meets nothing."""
    left = places[:, 0] - places[:, 2] * wide - KEEP
    right, half = left + wide + 2 * KEEP, (LINE * (count - 1) + 0.84 * NAME + KEEP) / 2
    top, bottom = places[:, 1] - half, places[:, 1] + half
    free = (left >= within.left) & (right <= within.right) & (top >= within.top) & (bottom <= within.bottom)
    for box in taken:
        free &= (left >= box.right) | (right <= box.left) | (top >= box.bottom) | (bottom <= box.top)
    chosen = np.flatnonzero(free)
    x, y, thickness = lines.T
    across = np.maximum(np.maximum(left[chosen, None] - x, x - right[chosen, None]), 0)
    up = np.maximum(np.maximum(top[chosen, None] - y, y - bottom[chosen, None]), 0)
    found: list[int] = chosen[(np.hypot(across, up) - thickness >= KEEP).all(axis=1)].tolist()
    return found


def _meets_any(path: Floats, boxes: Floats) -> bool:
    """Whether a line comes too near to any of the boxes, (n, 4)."""
    x, y, half = path.T
    left, top, right, bottom = (edge[:, None] for edge in boxes.T)
    across = np.maximum(np.maximum(left - x, x - right), 0)
    up = np.maximum(np.maximum(top - y, y - bottom), 0)
    return bool((np.hypot(across, up) - half < KEEP).any())


def _block(x: float, y: float, align: Align, names: Sequence[tuple[str, bool]], ink: str) -> tuple[Text, ...]:
    first = y - LINE * (len(names) - 1) / 2
    return tuple(Text(x, first + LINE * i, name, NAME, ink, align, bold) for i, (name, bold) in enumerate(names))


def _joined(
    texts: tuple[Text, ...], dot: tuple[float, float], to: tuple[float, float], around: Box
) -> Named:
    """A block of names, and the line from its dots to its nearest end."""
    half, align = LINE * len(texts) / 2 + 1, texts[0].align
    if align == "center":
        end = (to[0], to[1] + half * (-1 if to[1] > dot[1] else 1))
    else:
        end = (to[0] + (-3.0 if align == "left" else 3.0), to[1])
    long = math.dist(end, dot)
    part = (math.hypot(around.right - around.left, around.bottom - around.top) / 2.8 + 1) / long if long else 1.0
    if part >= 0.9:
        return Named(texts, None)
    return Named(texts, ((dot[0] + part * (end[0] - dot[0]), dot[1] + part * (end[1] - dot[1])), end))


def _joining(each: Named) -> Floats:
    if each.joined is None:
        return thick((), 1.0)
    (x, y), (x2, y2) = each.joined
    steps = max(2, math.ceil(math.hypot(x2 - x, y2 - y) / 2) + 1)
    return thick(zip(np.linspace(x, x2, steps), np.linspace(y, y2, steps), strict=True), 1.0)
