"""The panel of a line chart: two scales, a faint grid, lines with gaps, and each line's name at its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from gtm_metrics.charts.canvas import NARROW, Band, Line, Mark, Rule, Shape, Text
from gtm_metrics.charts.lettering import fitted, text_width
from gtm_metrics.charts.palette import Palette
from gtm_metrics.charts.scales import Scale

WIDTH, HEIGHT = 520.0, 250.0
HEAD, FOOT, LEFT = 48.0, 40.0, 46.0
VALUE, SMALL, HEADER, CAPTION = 13.0, 11.5, 15.5, 12.5
NUMBERS, KEY, SAMPLE = 72.0, 18.0, 18.0
"""On a phone: room for the number at a line's end, height of a row of the key, length of the piece of line in it."""


@dataclass(frozen=True)
class Place:
    """One point of a line in its own units, with its interval where there is one."""

    x: float
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Side:
    """One of the lines: its places by x, None for a gap, and its last number as written.

    Each run of places without a gap is a line of its own; nothing is drawn between two runs.
    """

    name: str
    places: tuple[Place | None, ...]
    last: str
    subject: bool

    @property
    def end(self) -> Place | None:
        """The last place there is."""
        return next((place for place in reversed(self.places) if place), None)

    @property
    def runs(self) -> list[list[Place]]:
        """The stretches without a gap."""
        found: list[list[Place]] = [[]]
        for place in self.places:
            if place is None:
                found.append([])
            else:
                found[-1].append(place)
        return [run for run in found if run]


@dataclass(frozen=True)
class Plot:
    """Where things are: `across` and `up` are what the scales run over, `levels` the numbers of the grid.

    On a phone the `names` of the lines stand in a key over the panel, and only numbers at the lines' ends.
    """

    width: float
    height: float
    across: tuple[float, float]
    up: tuple[float, float]
    levels: Sequence[float]
    colours: Palette
    standing: str
    names: Sequence[str]
    x: Scale = field(init=False)
    y: Scale = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "x", Scale(*self.across, LEFT, self.width - self.margin))
        object.__setattr__(self, "y", Scale(*self.up, self.base, self.head + 12))

    @property
    def margin(self) -> float:
        """Room at the right for the names, on a phone for numbers."""
        return NUMBERS if self.narrow else min(176.0, 0.4 * self.width)

    @property
    def narrow(self) -> bool:
        """Whether this is a phone's drawing."""
        return self.width < NARROW

    @property
    def head(self) -> float:
        """The y where heading and key end."""
        return HEAD + (KEY * (1 + max(row for row, _, _ in self._keyed())) if self.narrow and self.names else 0.0)

    def _keyed(self) -> list[tuple[int, float, str]]:
        """Each name's place in the key: its row, where its piece of line begins, and the name as it is written."""
        placed: list[tuple[int, float, str]] = []
        row, x = 0, 0.0
        for name in self.names:
            written = fitted(name, SMALL, self.width - SAMPLE - 6, True)
            wide = SAMPLE + 6 + text_width(written, SMALL, True)
            row, x = (row + 1, 0.0) if x and x + wide > self.width else (row, x)
            placed.append((row, x, written))
            x += wide + 16
        return placed

    def _key(self, sides: Sequence[Side]) -> list[Mark]:
        """A piece of each line with its name."""
        marks: list[Mark] = []
        named = {side.name: side for side in sides}
        for name, (row, x, written) in zip(self.names, self._keyed(), strict=True):
            side, y = named[name], HEAD - 2 + KEY * row
            colour = self._colours_of(side)[0]
            ink = colour if side.subject else self.colours.quiet
            marks.append(Line(((x, y), (x + SAMPLE, y)), colour, 2.6 if side.subject else 1.6, not side.subject))
            marks.append(Text(x + SAMPLE + 6, y, written, SMALL, ink, bold=side.subject))
        return marks

    @property
    def base(self) -> float:
        """The y of the lowest number."""
        return self.height - FOOT

    def grid(self, labels: Sequence[str]) -> list[Mark]:
        """Faint lines across, each with its number at the left."""
        marks: list[Mark] = []
        for level, label in zip(self.levels, labels, strict=True):
            y = self.y.at(level)
            marks.append(Rule(LEFT, y, self.x.end, y, self.colours.grid))
            marks.append(Text(LEFT - 8, y, label, SMALL, self.colours.quiet, "right"))
        return marks

    def below(self, x: float, text: str, row: int = 0) -> Text:
        """A label under the panel, in its first or second row."""
        return Text(x, self.base + 16 + 15 * row, text, SMALL, self.colours.quiet, "center")

    def lines(self, sides: Sequence[Side], steps: bool = False) -> list[Mark]:
        """Bands under lines under points, and the names."""
        marks: list[Mark] = []
        for side in sides:
            colour, wash = self._colours_of(side)
            for run in side.runs:
                path = _stepped(run) if steps else run
                if side.subject:
                    marks.append(Band(self._edges(path), wash))
                points = tuple((self.x.at(place.x), self.y.at(place.value)) for place in path)
                marks.append(Line(points, colour, 2.6 if side.subject else 1.6, not side.subject))
                dots = run if side.subject or len(run) == 1 else []
                fill = colour if side.subject else self.colours.page
                if not steps:
                    marks += [self._dot(place, fill, colour) for place in dots]
        ended = [side for side in sides if side.end]
        return marks + self._names(ended) + (self._key(sides) if self.narrow else [])

    def _edges(self, path: Sequence[Place]) -> tuple[tuple[float, float, float], ...]:
        return tuple(
            (self.x.at(place.x), self.y.at(place.low), self.y.at(place.high))
            for place in path
            if place.low is not None and place.high is not None
        )

    def _dot(self, place: Place, fill: str, stroke: str) -> Shape:
        return Shape(self.x.at(place.x), self.y.at(place.value), "circle", 34, fill, stroke)

    def _colours_of(self, side: Side) -> tuple[str, str]:
        if not side.subject:
            return self.colours.mark, self.colours.wash
        line = self.colours.of(self.standing) if self.standing else self.colours.ink
        return line, self.colours.wash_of(self.standing)

    def _names(self, sides: Sequence[Side]) -> list[Mark]:
        """Each name beside its line's last point, clear of lines that run on, of the grid, of each other."""
        ends = {side.name: side.end for side in sides if side.end}
        wanted = {}
        for name, end in ends.items():
            x, y = self.x.at(end.x), self.y.at(end.value)
            others = [place for side in sides if side.name != name for place in side.places if place]
            running = [(self.y.at(p.value), 13.0) for p in others if self.x.at(p.x) >= x - 1]
            levels = [(self.y.at(level), 8.0) for level in self.levels]
            wanted[name] = _free(y, running + levels) if self.x.end - x > 1 else y
        clear = _apart(wanted, 17.0)
        marks: list[Mark] = []
        for side in sides:
            colour = self._colours_of(side)[0] if side.subject else self.colours.quiet
            x = self.x.at(ends[side.name].x) + 12
            room = self.width - x - text_width(f"{side.last} ", VALUE, side.subject)
            text = side.last if self.narrow else f"{side.last} {fitted(side.name, VALUE, room, side.subject)}"
            marks.append(Text(x, clear[side.name], text, VALUE, colour, bold=side.subject))
        return marks


def heading(title: str, caption: str, width: float, colours: Palette) -> list[Mark]:
    """A drawing's own header: what is measured, and how to read it."""
    return [
        Text(0, 9, fitted(title, HEADER, width, True), HEADER, colours.ink, bold=True),
        Text(0, 28, fitted(caption, CAPTION, width), CAPTION, colours.quiet),
    ]


def instead(text: str, width: float, colours: Palette) -> tuple[Text, float]:
    """The sentence where nothing can be drawn, and the height the drawing then has."""
    return Text(0, HEAD + 14, fitted(text, VALUE, width), VALUE, colours.quiet), HEAD + 30


def _stepped(run: Sequence[Place]) -> list[Place]:
    """A step's corners: level until the next age, then straight down."""
    path = [run[0]]
    for before, after in pairwise(run):
        path += [Place(after.x, before.value, before.low, before.high), after]
    return path


def _free(y: float, taken: Sequence[tuple[float, float]]) -> float:
    """The place nearest to y that keeps its distance from every one taken: (place, distance) pairs."""
    tried = [y, *(other + way * least for other, least in taken for way in (-1, 1))]
    free = [place for place in tried if all(abs(place - other) >= least - 0.01 for other, least in taken)]
    return min(free, key=lambda place: abs(place - y), default=y)


def _apart(places: Mapping[str, float], least: float) -> dict[str, float]:
    """The places in the same order, moved until each is so far from the next."""
    ordered = sorted(places, key=lambda name: places[name])
    moved = dict(places)
    for _ in range(4 * len(ordered)):
        for upper, lower in pairwise(ordered):
            lacking = max(0.0, least - (moved[lower] - moved[upper]))
            moved[upper] -= lacking / 2
            moved[lower] += lacking / 2
    return moved
