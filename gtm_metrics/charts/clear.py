"""Where a label can stand so that no line crosses it and no other label meets it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from gtm_metrics.charts.canvas import Text
from gtm_metrics.charts.lettering import text_width

Floats = NDArray[np.float64]
TALL = 0.42
"""Half the height of a line of type, over its size: capitals, descenders and a little air."""


@dataclass(frozen=True)
class Box:
    """A rectangle; pixels from the top left."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        """Whether the two overlap; edges that touch do not."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


def box_of(text: Text) -> Box:
    """The room a label takes."""
    wide = text_width(text.text, text.size, text.bold)
    left = text.x - {"left": 0.0, "center": 0.5, "right": 1.0}[text.align] * wide
    return Box(left, text.y - TALL * text.size, left + wide, text.y + TALL * text.size)


def strokes(paths: Iterable[Sequence[tuple[float, float]]]) -> Floats:
    """The straight pieces of all paths as boxes, (n, 4): left, top, right, bottom."""
    ends = ((a, b) for path in paths for a, b in pairwise(path))
    pieces = [(min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1])) for a, b in ends]
    return np.array(pieces, dtype=float).reshape(-1, 4)


def clear(box: Box, pieces: Floats, taken: Iterable[Box]) -> bool:
    """Whether neither a piece of a line nor another label lies in the box."""
    if any(box.meets(other) for other in taken):
        return False
    left, top, right, bottom = pieces.T
    inside = (left < box.right) & (right > box.left) & (top < box.bottom) & (bottom > box.top)
    return not bool(inside.any())


def inside(box: Box, within: Box) -> bool:
    """Whether the box lies wholly in another."""
    across = within.left <= box.left and box.right <= within.right
    return across and within.top <= box.top and box.bottom <= within.bottom


def thick(path: Iterable[tuple[float, float]], wide: float) -> Floats:
    """The points of a line with half its width, (n, 3); they stand so close that between two nothing fits."""
    return np.array([(x, y, wide / 2) for x, y in path], dtype=float).reshape(-1, 3)


def comes_near(lines: Floats, box: Box, apart: float) -> bool:
    """Whether any of the lines (`thick`) comes nearer to the box than `apart`."""
    x, y, half = lines.T
    across = np.maximum(np.maximum(box.left - x, x - box.right), 0)
    up = np.maximum(np.maximum(box.top - y, y - box.bottom), 0)
    return bool((np.hypot(across, up) - half < apart).any())


def first_clear(tried: Iterable[Text], pieces: Floats, taken: Sequence[Box], within: Box) -> Text | None:
    """The first of the places that is clear and inside `within`; None where none is."""
    for text in tried:
        box = box_of(text)
        if inside(box, within) and clear(box, pieces, taken):
            return text
    return None


def stacked(wanted: Sequence[tuple[float, float]], low: float, high: float) -> list[float]:
    """Middles of blocks (wanted middle, height) one under the other without overlap, between low and high.

    Each stands as near to where it is wanted as the others let it; the order of the wanted middles is kept. Blocks
    higher in all than the room start at `low`.
    """
    order = sorted(range(len(wanted)), key=lambda i: wanted[i][0])
    groups: list[tuple[list[int], float, float]] = []  # members, top, height
    for i in order:
        middle, height = wanted[i]
        members, tall = [i], height
        top = _inside(middle - height / 2, tall, low, high)
        while groups and groups[-1][1] + groups[-1][2] > top + 1e-9:
            above = groups.pop()
            members, tall = above[0] + members, above[2] + tall
            top = _inside(_level(members, wanted), tall, low, high)
        groups.append((members, top, tall))
    placed = [0.0] * len(wanted)
    for members, top, _ in groups:
        for i in members:
            placed[i] = top + wanted[i][1] / 2
            top += wanted[i][1]
    return placed


def _level(members: Sequence[int], wanted: Sequence[tuple[float, float]]) -> float:
    """The top of a group at which its blocks are, on average, where they are wanted."""
    offset, tops = 0.0, []
    for i in members:
        tops.append(wanted[i][0] - wanted[i][1] / 2 - offset)
        offset += wanted[i][1]
    return sum(tops) / len(tops)


def _inside(top: float, height: float, low: float, high: float) -> float:
    return max(low, min(top, high - height))
