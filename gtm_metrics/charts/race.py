"""The evidence race: for every watched segment, how strongly the weeks so far speak for it, and the line of proof."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from gtm_metrics.charts.calendar import months
from gtm_metrics.charts.canvas import NARROW, Drawing, Line, Mark, Rule, Shape, Text, Wire, drawn
from gtm_metrics.charts.clear import Box, box_of, first_clear, stacked, strokes
from gtm_metrics.charts.lettering import fitted, in_lines, text_width
from gtm_metrics.charts.palette import Palette, palette
from gtm_metrics.charts.plot import SMALL, VALUE, heading, instead
from gtm_metrics.charts.scales import Scale
from gtm_metrics.words import plain
from gtm_metrics.words.evidence import RACE_CAPTION, RACE_TITLE, odds, proof_label, race_described

WIDTH, HEIGHT = 600.0, 360.0
LEVELS = ((1.0, "none"), (10.0, "some"), (1e3, "strong"), (1e5, "overwhelming"))
"""The e-values the axis has words for. Ten to one is where a segment is watched; "strong" stands two decades higher,
above the proof line of anything up to a hundred segments, so that no evidence reads strong before it is proof."""
LOWEST, HIGHEST = math.log(1 / 20), math.log(1e8)
"""Lines are cut here: what speaks against a segment is told elsewhere, and beyond 1e8 nothing is left to tell."""
LEFT, HEAD, FOOT = 82.0, 62.0, 30.0
LINE = 14.5
"""Height of a line of a label that runs over several."""
NO_WEEK = "No week is frozen yet, so there is no evidence to draw"
NO_PAIR = "One measure is connected; evidence takes two that agree"
REACH, EVERY = 13.0, 3
"""How thick a line is for who points at it, and of how many of its points one is enough for that."""

Key = tuple[str, str]
"""A segment: dimension and name."""


@dataclass(frozen=True)
class Runner:
    """One segment's line: (place of the week, log e) in order."""

    key: Key
    points: tuple[tuple[int, float], ...]

    @property
    def last(self) -> float:
        """The newest log e."""
        return self.points[-1][1]


@dataclass(frozen=True)
class Track:
    """Where things are: weeks across, log e up."""

    width: float
    height: float
    weeks: Sequence[date]
    highest: float
    colours: Palette
    x: Scale = field(init=False)
    y: Scale = field(init=False)

    def __post_init__(self) -> None:
        margin = min(172.0, 0.3 * self.width)
        object.__setattr__(self, "x", Scale(0.0, max(1.0, len(self.weeks) - 1.0), LEFT, self.width - margin))
        object.__setattr__(self, "y", Scale(LOWEST, self.highest, self.height - FOOT, HEAD))

    @property
    def narrow(self) -> bool:
        """Whether this is a phone's drawing."""
        return self.width < NARROW

    def path(self, runner: Runner) -> list[tuple[float, float]]:
        """The line in pixels, cut at the top where it leaves the drawing."""
        found = []
        for i, value in runner.points:
            found.append((round(self.x.at(i), 1), round(self.y.at(value), 1)))
            if value > self.highest:
                break
        return found


def race(
    frame: pd.DataFrame,
    subject: Key | None,
    segments: int,
    standing: str = "",
    thesis: Key | None = None,
    since: date | None = None,
    dark: bool = False,
    width: float = WIDTH,
    height: float = HEIGHT,
) -> Drawing:
    """Evidence that a segment is better on at least two measures, week by week, for every watched segment.

    frame      one row a week and segment: week (Monday), dimension, segment, log_e_two (natural), threshold (plain
               e-value at which this segment is proven); all of the same weeks' clock
    subject    the segment the page is about, in bold; None where there is none
    segments   how many segments the proof allows for
    standing   'ahead' draws the subject in green, 'behind' in rust, '' in ink (a leaning is not a finding)
    thesis     the segment named in advance: it has its own line of proof, and its name
    since      the refresh week in which the subject was proven; a ring marks it

    A click on a line or on its name selects the segment (parameter "segment", with its dimension).
    """
    colours = palette(dark)
    weeks = sorted({_day(week) for week in frame["week"]})
    runners = _runners(frame, weeks)
    described = race_described(frame, subject, segments)
    marks = heading(RACE_TITLE, RACE_CAPTION, width, colours)
    if not runners:
        text, low_height = instead(NO_PAIR if len(frame) else NO_WEEK, width, colours)
        return drawn([*marks, text], width, low_height, dark, described)
    proofs = _proofs(frame, subject, thesis)
    top = max(math.log(LEVELS[-1][0]), *(value for runner in runners.values() for _, value in runner.points))
    track = Track(width, height, weeks, min(top + 0.3, HIGHEST), colours)
    marks += _grid(track)
    others = [runner for key, runner in runners.items() if key != subject]
    marks += [mark for runner in others for mark in _line(track, runner, colours.band, 1.4)]
    named = _named(runners, subject, thesis)
    paths = [track.path(runner) for runner in runners.values()]
    colour = colours.of(standing) if standing else colours.ink
    if subject in runners:
        marks += _line(track, runners[subject], colour, 2.8)
        marks += _ring(track, runners[subject], since, colour)
    marks += _proof_lines(track, proofs)
    marks += _labels(track, runners, named, subject, colour, proofs, segments, paths)
    marks += _wires(track, runners, subject)
    return drawn(marks, width, height, dark, described)


def _day(week: object) -> date:
    return pd.Timestamp(str(week)).date()


def _runners(frame: pd.DataFrame, weeks: Sequence[date]) -> dict[Key, Runner]:
    """Every segment's line; weeks before it was registered are absent."""
    place = {week: i for i, week in enumerate(weeks)}
    found: dict[Key, list[tuple[int, float]]] = {}
    rows = zip(frame["week"], frame["dimension"], frame["segment"], frame["log_e_two"], strict=True)
    for week, dimension, segment, value in rows:
        if value is not None and not pd.isna(value):
            found.setdefault((str(dimension), str(segment)), []).append((place[_day(week)], float(value)))
    return {key: Runner(key, tuple(sorted(points))) for key, points in found.items()}


def _proofs(frame: pd.DataFrame, subject: Key | None, thesis: Key | None) -> dict[str, float]:
    """The lines of proof by whom they are for: 'all' where one holds for everybody, else 'thesis' and 'others'."""
    last = frame.sort_values("week").groupby(["dimension", "segment"], sort=False)["threshold"].last()
    named = {key: float(value) for key, value in last.items() if isinstance(key, tuple)}
    if thesis in named and len(named) > 1:
        others = [value for key, value in named.items() if key != thesis]
        return {"thesis": named[thesis], "others": max(set(others), key=others.count)}
    if subject in named:
        return {"all": named[subject]}
    values = list(named.values())
    return {"all": max(set(values), key=values.count)}


def _grid(track: Track) -> list[Mark]:
    """A faint line a word, the word at its left; months below."""
    marks: list[Mark] = []
    for value, word in LEVELS:
        y = track.y.at(math.log(value))
        marks.append(Rule(LEFT, y, track.x.end, y, track.colours.grid))
        marks.append(Text(LEFT - 8, y, word, SMALL, track.colours.quiet, "right"))
    base = track.height - FOOT
    for x, label in months(track.weeks, lambda i: track.x.at(i), SMALL):
        marks.append(Rule(x, base + 2, x, base + 6, track.colours.tick))
        marks.append(Text(x, base + 16, label, SMALL, track.colours.quiet, "center"))
    return marks


def _line(track: Track, runner: Runner, colour: str, width: float) -> list[Mark]:
    """The line, a dot where it is a single week, an arrowhead where it leaves at the top."""
    path = track.path(runner)
    if len(path) == 1:
        return [Shape(*path[0], "circle", 30, colour, colour)]
    marks: list[Mark] = [Line(tuple(path), colour, width)]
    if len(path) < len(runner.points) or runner.last > track.highest:
        x, y = path[-1]
        marks.append(Line(((x - 4, y - 3), (x, y - 8), (x + 4, y - 3)), colour, width * 0.7))
    return marks


def _ring(track: Track, runner: Runner, since: date | None, colour: str) -> list[Mark]:
    """The week of proof on the line."""
    found = [(i, value) for i, value in runner.points if since is not None and track.weeks[i] == since]
    if not found or found[0][1] > track.highest:
        return []
    i, value = found[0]
    return [Shape(track.x.at(i), track.y.at(value), "circle", 70, track.colours.page, colour)]


def _proof_lines(track: Track, proofs: Mapping[str, float]) -> list[Mark]:
    ends = (track.x.start, track.x.end)
    marks: list[Mark] = []
    for who, value in proofs.items():
        y = track.y.at(math.log(value))
        colour = track.colours.quiet if who == "others" else track.colours.ink
        marks.append(Line(((ends[0], y), (ends[1], y)), colour, 1.3, True))
    return marks


def _named(runners: Mapping[Key, Runner], subject: Key | None, thesis: Key | None) -> list[Key]:
    """Whose line carries its name: the subject, the segment named in advance, and who comes next."""
    rivals = sorted((key for key in runners if key not in (subject, thesis)), key=lambda key: -runners[key].last)
    first = [key for key in (subject, thesis) if key is not None and key in runners]
    return [*dict.fromkeys(first), *rivals[:1]]


def _labels(
    track: Track,
    runners: Mapping[Key, Runner],
    named: Sequence[Key],
    subject: Key | None,
    colour: str,
    proofs: Mapping[str, float],
    segments: int,
    paths: Sequence[Sequence[tuple[float, float]]],
) -> list[Mark]:
    """Names at the ends of their lines; what a line of proof allows for on it, or beside it where no room is left."""
    end, room = track.x.end + 10, track.width - track.x.end - 12
    levels = [((LEFT, y), (track.x.end, y)) for y in (track.y.at(math.log(value)) for value, _ in LEVELS)]
    lines = {who: track.y.at(math.log(value)) for who, value in proofs.items()}
    dashes = [((LEFT, y), (track.x.end, y)) for y in lines.values()]
    marks: list[Mark] = []
    taken: list[Box] = []
    aside: list[tuple[float, Key | None, list[tuple[str, bool, str]]]] = []
    pieces = strokes([*paths, *levels, *dashes])
    for who, y in lines.items():
        ink = track.colours.quiet if who == "others" else track.colours.ink
        whole = proof_label(who, segments)
        within = Box(LEFT, HEAD - 16, track.x.end, track.height - FOOT)
        found = first_clear(_along(y, whole, track, ink), pieces, taken, within)
        if found:
            marks.append(found)
            taken.append(box_of(found))
        else:
            aside.append((y, None, [(text, False, ink) for text in _wrapped(whole, room)]))
    for key in named:
        x, y = track.path(runners[key])[-1]
        bold = key == subject
        ink = colour if bold else track.colours.quiet
        inside = fitted(plain(key[1]), VALUE, track.width - x - 14, bold)
        here = [Text(x + 12, y, inside, VALUE, ink, bold=bold)] if x < track.x.end - 24 else []
        found = first_clear(here, pieces, taken, Box(LEFT, 0, track.width, track.height))
        if found:
            marks += [found, _name_wire(found, runners[key])]
            taken.append(box_of(found))
        else:
            name = plain(key[1])
            parts = in_lines(name, VALUE, room, bold) if track.narrow else [fitted(name, VALUE, room, bold)]
            aside.append((y, key, [(line, bold, ink) for line in parts]))
    blocks = [(y, LINE * len(rows) + 3) for y, _, rows in aside]
    for middle, (_, whose, rows) in zip(stacked(blocks, HEAD - 16, track.height - FOOT + 8), aside, strict=True):
        top = middle - LINE * (len(rows) - 1) / 2
        for i, (text, bold, ink) in enumerate(rows):
            written = Text(end, top + LINE * i, text, VALUE if len(rows) == 1 else SMALL, ink, bold=bold)
            marks += [written, _name_wire(written, runners[whose])] if whose else [written]
    return marks


def _along(y: float, text: str, track: Track, colour: str) -> Iterator[Text]:
    """Places on a line of proof, over it before under it, from the left."""
    for x in range(int(LEFT) + 6, int(track.x.end), 14):
        for way in (-10.0, 10.5):
            yield Text(float(x), y + way, text, SMALL, colour)


def _wrapped(text: str, room: float) -> list[str]:
    """The text in lines no wider than the room."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, SMALL) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return [fitted(line, SMALL, room) for line in lines]


def _wires(track: Track, runners: Mapping[Key, Runner], subject: Key | None) -> list[Mark]:
    """Every line answers, the subject's before those it crosses: whose it is, and the odds it has reached."""
    marks: list[Mark] = []
    for key in sorted(runners, key=lambda each: each == subject):
        path = track.path(runners[key])
        kept = path[:-1:EVERY] + path[-1:] if len(path) > 1 else [(path[0][0] - 6, path[0][1]), path[0]]
        marks.append(Wire(tuple(kept), REACH, *key, odds(runners[key].last)))
    return marks


def _name_wire(text: Text, runner: Runner) -> Wire:
    """The name of a line answers as the line does."""
    box = box_of(text)
    return Wire(((box.left, text.y), (box.right, text.y)), LINE, *runner.key, odds(runner.last))
