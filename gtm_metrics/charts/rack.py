"""Where pins, their names, their ties and the numbers beside them stand: pins in a rack, the head pin in front.

Names go first, each to the side where no tie of its own passes: outside at the edges of the rack, above in the last
row, below elsewhere, where ties end at the name instead of at the ring. Ties follow, the strongest first: straight,
or bent around what stands in the way. A tie that finds no way, or no room for its number, is left out and counted.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeAlias

import numpy as np

from gtm_metrics.charts.canvas import Text
from gtm_metrics.charts.clear import Box, Floats, box_of, comes_near, inside, thick
from gtm_metrics.charts.lettering import in_lines, text_width

Side: TypeAlias = Literal["above", "below", "left", "right"]
Point: TypeAlias = tuple[float, float]

WIDEST, NARROWEST = 150.0, 92.0
"""Pixels between two neighbours at the most; and at the least where they stand closer for a name at the edge."""
LOWEST, HIGHEST = 116.0, 132.0
"""Pixels between two rows; as in a real rack, a pin is as far from those behind it as from its neighbour."""
CLOSEST, ENDS = 62.0, 128.0
"""Pixels between two rows where the height is bounded, at the least; and what lies before the first row and behind the
last: names of two lines, statuses and half a ring each."""
DEEP = math.sqrt(3) / 2
AIR = 7.0
"""Between a ring and its name."""
NAME, STATUS, NUMBER, LINE = 13.5, 12.0, 12.0, 15.5
THIN, THICK = 1.4, 8.0
"""Width of the weakest tie and of one of weight 1."""
KEEP = 3.0
"""What lies at least between a line and a letter or another pin's ring."""
BENDS = (0.0, 0.1, -0.1, 0.18, -0.18, 0.28, -0.28, 0.4, -0.4)
"""How far a tie is bent at its middle, over its length."""
ALONG = (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8)
"""Where on the part of a tie that is seen its number may stand."""
HIDDEN = 0.4
"""A tie begins this far from a pin's centre, in radii of its ring, which covers it."""
A_PIN = 2
"""Ties drawn at the most, a pin."""
SEEN = 12.0
"""Pixels of a tie that must be seen."""


@dataclass(frozen=True)
class Stand:
    """A pin to be placed: its name, what stands under it, its row from the front and place from the left."""

    name: str
    status: str
    row: int
    place: int
    bold: bool = False


@dataclass(frozen=True)
class Tied:
    """A tie to be drawn between two pins by their index: its weight 0..1 and what stands beside it."""

    a: int
    b: int
    weight: float
    label: str


@dataclass(frozen=True)
class Placed:
    """A pin's centre, the side its name stands on, and the lines of its name, the last its status where it has one."""

    x: float
    y: float
    side: Side
    name: tuple[Text, ...]
    status: Text | None

    @property
    def written(self) -> tuple[Text, ...]:
        """Every line of text beside the pin."""
        return self.name if self.status is None else (*self.name, self.status)


@dataclass(frozen=True)
class Drawn:
    """A tie's line and its number; `tie` is its index."""

    tie: int
    points: tuple[Point, ...]
    width: float
    number: Text | None


@dataclass(frozen=True)
class Rack:
    """The plan: pins in their order, the ties that are drawn, how many are not; `radius` of a ring, its outer edge."""

    width: float
    height: float
    radius: float
    pins: tuple[Placed, ...]
    ties: tuple[Drawn, ...]
    left_out: int


def rack(
    pins: Sequence[Stand], ties: Sequence[Tied], width: float, ink: str, quiet: str, most: float | None = None
) -> Rack:
    """The plan of an alley of this width in pixels; `ink` and `quiet` are the colours of names and of the rest.

    most   the height it may take where that is bounded: rows close up, as far as names leave them room
    """
    rows = 1 + max(pin.row for pin in pins)
    across = min(WIDEST, width / rows)
    across = min(across, max(NARROWEST, min((_leaves(pin, rows, across, width) for pin in pins), default=across)))
    deep = min(max(across * DEEP, LOWEST), HIGHEST)
    if most is not None and rows > 1:
        deep = min(deep, max(CLOSEST, (most - ENDS) / (rows - 1)))
    radius = min(32.0, 0.25 * across, 0.28 * deep)
    # a name below that is as tall as the row stands between the rings in front of it
    narrow = 2 * radius + AIR + 3 * LINE + KEEP > deep
    below = across - 2 * (radius + KEEP) if narrow else across - 10
    behind = [pin for pin in pins if pin.row == rows - 1]
    lines = max(len(_lines(pin, _room(pin, rows, across, width, radius, below))) + bool(pin.status) for pin in behind)
    top = (AIR + LINE * lines if rows > 1 else 0) + radius + 6
    placed = tuple(_placed(pin, rows, across, deep, top, width, radius, below, ink, quiet) for pin in pins)
    bottom = max(box_of(text).bottom for pin in placed for text in pin.written)
    height = max(bottom, max(pin.y for pin in placed) + radius) + 6
    drawn = _ties(placed, ties, Box(0, 0, width, height), radius, quiet)
    wanted = sum(tie.weight > 0 for tie in ties)
    return Rack(width, height, radius, placed, drawn, wanted - len(drawn))


def _side(pin: Stand, rows: int) -> Side:
    """Where no tie of the pin's own passes, as far as there is such a side."""
    if pin.row == 0:
        return "below"
    if pin.row == rows - 1:
        return "above"
    return "left" if pin.place == 0 else "right" if pin.place == pin.row else "below"


def _room(pin: Stand, rows: int, across: float, width: float, radius: float, below: float) -> float:
    """Pixels a line of the pin's name may take; `below` is what one below its pin may."""
    side = _side(pin, rows)
    if side in ("left", "right"):
        return width / 2 - across * pin.row / 2 - radius - AIR - 2
    return width - 4 if pin.row == 0 else below if side == "below" else across - 10


def _leaves(pin: Stand, rows: int, across: float, width: float) -> float:
    """How far neighbours may stand from each other so that a name at an edge need not be cut within a word."""
    if _side(pin, rows) not in ("left", "right"):
        return across
    word = max(text_width(word, NAME, pin.bold) for word in pin.name.split() or [pin.name])
    return (width - 2 * (min(32.0, 0.25 * across) + AIR + 2 + word)) / pin.row


def _lines(pin: Stand, room: float) -> list[str]:
    return in_lines(pin.name, NAME, room, pin.bold)


def _placed(
    pin: Stand,
    rows: int,
    across: float,
    deep: float,
    top: float,
    width: float,
    radius: float,
    below: float,
    ink: str,
    quiet: str,
) -> Placed:
    x = width / 2 + across * (pin.place - pin.row / 2)
    y = top + deep * (rows - 1 - pin.row)
    side = _side(pin, rows)
    names = _lines(pin, _room(pin, rows, across, width, radius, below))
    total = LINE * (len(names) + bool(pin.status))
    first = {"below": y + radius + AIR, "above": y - radius - AIR - total}.get(side, y - total / 2) + LINE / 2
    at = {"left": x - radius - AIR, "right": x + radius + AIR}.get(side, x)
    align: Literal["left", "center", "right"]
    align = "right" if side == "left" else "left" if side == "right" else "center"
    texts = tuple(Text(at, first + LINE * i, name, NAME, ink, align, pin.bold) for i, name in enumerate(names))
    under = Text(at, first + LINE * len(names), pin.status, STATUS, quiet, align) if pin.status else None
    return Placed(x, y, side, texts, under)


def _ties(pins: Sequence[Placed], ties: Sequence[Tied], within: Box, radius: float, colour: str) -> tuple[Drawn, ...]:
    """The ties that find a way, the strongest first, each with its number."""
    names = [[box_of(text) for text in pin.written] for pin in pins]
    taken = [box for boxes in names for box in boxes]
    rings = [Box(pin.x - radius, pin.y - radius, pin.x + radius, pin.y + radius) for pin in pins]
    lines: Floats = np.empty((0, 3))
    drawn: list[Drawn] = []
    order = sorted((i for i, tie in enumerate(ties) if tie.weight > 0), key=lambda i: (-ties[i].weight, i))
    for i in order:
        if len(drawn) == A_PIN * len(pins):
            break
        tie, wide = ties[i], THIN + (THICK - THIN) * min(1.0, ties[i].weight)
        for path in _paths(pins[tie.a], pins[tie.b]):
            seen = _seen(path, (tie.a, tie.b), pins, names, radius, wide)
            if seen is None or not _free(seen, (tie.a, tie.b), pins, taken, within, radius, wide):
                continue
            every = np.vstack([lines, thick(seen, wide)])
            number = _number(tie.label, seen, wide, every, [*taken, *rings], within, colour)
            if number is None and tie.label:
                continue
            drawn.append(Drawn(i, tuple((round(x, 1), round(y, 1)) for x, y in seen), wide, number))
            lines = every
            taken += [box_of(number)] if number else []
            break
    return tuple(drawn)


def _paths(a: Placed, b: Placed) -> Iterator[list[Point]]:
    """Ways from one centre to the other, in pieces of about 3 pixels: straight, then more and more bent."""
    across, up = b.x - a.x, b.y - a.y
    pieces = max(12, int(math.hypot(across, up) / 3))
    for bend in BENDS:
        # the curve's middle lies half as far from the straight line as its handle
        handle = (a.x + across / 2 - 2 * bend * up, a.y + up / 2 + 2 * bend * across)
        steps = [i / pieces for i in range(pieces + 1)]
        yield [_between(t, (a.x, a.y), handle, (b.x, b.y)) for t in steps]


def _between(t: float, start: Point, handle: Point, end: Point) -> Point:
    u = 1 - t
    x, y = (u * u * start[i] + 2 * u * t * handle[i] + t * t * end[i] for i in (0, 1))
    return x, y


def _seen(
    path: list[Point],
    ends: tuple[int, int],
    pins: Sequence[Placed],
    names: Sequence[Sequence[Box]],
    radius: float,
    wide: float,
) -> list[Point] | None:
    """The part of a way between its two pins, a name below its pin being a part of it.

    It begins well inside the ring, which is drawn over it, so that a drawing that is spread still joins the two.
    None where too little is left to be seen.
    """
    for pin in ends:
        half = len(path) // 2
        boxes = [_padded(box, KEEP + wide / 2) for box in names[pin]] if pins[pin].side == "below" else []
        hidden = [i for i in range(half) if _within(path[i], pins[pin], HIDDEN * radius) or _inside(path[i], boxes)]
        path = list(reversed(path[max(hidden, default=-1) + 1 :]))
    bare = [point for point in path if not any(_within(point, pins[pin], radius) for pin in ends)]
    long = sum(math.dist(a, b) for a, b in pairwise(bare))
    return path if long >= SEEN else None


def _free(
    path: Sequence[Point],
    ends: tuple[int, int],
    pins: Sequence[Placed],
    taken: Sequence[Box],
    within: Box,
    radius: float,
    wide: float,
) -> bool:
    """Whether a way meets no other pin, no name and no number, and stays in the drawing."""
    apart = radius + KEEP + wide / 2
    if any(_within(point, pin, apart) for i, pin in enumerate(pins) if i not in ends for point in path):
        return False
    if not all(_inside(point, [_padded(within, -wide / 2)]) for point in path):
        return False
    points = thick(path, wide)
    return not any(comes_near(points, box, KEEP) for box in taken)


def _number(
    label: str,
    path: Sequence[Point],
    wide: float,
    lines: Floats,
    taken: Sequence[Box],
    within: Box,
    colour: str,
) -> Text | None:
    """The number beside its tie, on either side, near its middle."""
    if not label:
        return None
    half = (text_width(label, NUMBER) / 2, 0.42 * NUMBER)
    for along in ALONG:
        i = min(max(1, round(along * (len(path) - 1))), len(path) - 2)
        across, up = path[i + 1][0] - path[i - 1][0], path[i + 1][1] - path[i - 1][1]
        long = math.hypot(across, up)
        out = (-up / long, across / long)
        for way in (1, -1):
            away = wide / 2 + KEEP + 1 + abs(out[0]) * half[0] + abs(out[1]) * half[1]
            x, y = path[i][0] + way * away * out[0], path[i][1] + way * away * out[1]
            text = Text(round(x, 1), round(y, 1), label, NUMBER, colour, "center")
            box = box_of(text)
            if inside(box, within) and not comes_near(lines, box, KEEP) and not any(box.meets(each) for each in taken):
                return text
    return None


def _padded(box: Box, by: float) -> Box:
    return Box(box.left - by, box.top - by, box.right + by, box.bottom + by)


def _within(point: Point, pin: Placed, distance: float) -> bool:
    return math.hypot(point[0] - pin.x, point[1] - pin.y) < distance


def _inside(point: Point, boxes: Sequence[Box]) -> bool:
    return any(box.left <= point[0] <= box.right and box.top <= point[1] <= box.bottom for box in boxes)
