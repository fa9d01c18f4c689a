"""How wide and how high a text will be on a slide, so that none leaves its box: wrapped, shrunk, cut by words."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

FONT = "Arial"
"""On every board member's machine; Liberation Sans, which stands in for it elsewhere, has the same widths."""
REGULAR = (
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556,
    556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334,
    260, 334, 584,
)  # fmt: skip
BOLD = (
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 333, 333, 584, 584, 584, 611, 975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556, 333, 556, 611, 556, 611,
    556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611, 611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389,
    280, 389, 584,
)  # fmt: skip
"""Advance widths of the two, U+0020 to U+007E, in thousandths of the size (Adobe's metrics of Helvetica)."""
OTHERS = {"…": 1000, "×": 584, "–": 556, "−": 584, "\u00a0": 278, "·": 333, "→": 1000, "≥": 549, "≤": 549, "’": 278}
LINE = 1.22
"""Height of a line over the size of its type."""
SAFE = 0.97
"""Share of a box's width that lines may take: another program's wrapping differs by a hair."""
CUT = "…"
HALF = 0.5
"""Share of a line that a cut text must fill; one of two long words would else lose the second altogether."""


@dataclass(frozen=True)
class Fitted:
    """A text in its box: the size of its type in pixels and its lines."""

    size: float
    lines: tuple[str, ...]

    @property
    def height(self) -> float:
        """What the lines take."""
        return len(self.lines) * self.size * LINE


def text_width(text: str, size: float, bold: bool = False) -> float:
    """Width in pixels of one line; letters that no table holds count as wide ones."""
    table = BOLD if bold else REGULAR
    return sum(_advance(character, table) for character in text) * size / 1000


def wrapped(text: str, size: float, width: float, bold: bool = False) -> list[str]:
    """The text in lines of at most `width` pixels; a word that is wider by itself is broken."""
    room, lines, line = width * SAFE, [], ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if text_width(longer, size, bold) <= room:
            line = longer
            continue
        lines += [line] if line else []
        *full, word = _broken(word, size, room, bold)
        lines += full
        line = word
    return [*lines, line] if line or not lines else lines


def _broken(word: str, size: float, room: float, bold: bool) -> Iterator[str]:
    """The word in parts of at most `room` pixels, at least a letter each; gone through once, however long it is."""
    table, begun, wide = BOLD if bold else REGULAR, 0, 0
    for i, character in enumerate(word):
        advance = _advance(character, table)
        if i > begun and (wide + advance) * size / 1000 > room:
            yield word[begun:i]
            begun, wide = i, 0
        wide += advance
    yield word[begun:]


def fitted(text: str, sizes: Sequence[float], width: float, height: float, bold: bool = False) -> Fitted:
    """The text in the largest of `sizes` (descending) at which it fits; at the smallest it is cut after a word, with
    an ellipsis."""
    for size in sizes:
        lines = wrapped(text, size, width, bold)
        if len(lines) * size * LINE <= height:
            return Fitted(size, tuple(lines))
    size = sizes[-1]
    most, words = max(1, int(height / (size * LINE) + 1e-9)), text.split(" ")
    low, high = 0, len(words) - 1
    while low < high:
        middle = (low + high + 1) // 2
        short = len(wrapped(_cut(words, middle), size, width, bold)) <= most
        low, high = (middle, high) if short else (low, middle - 1)
    return Fitted(size, tuple(wrapped(_cut(words, low), size, width, bold)[:most]))


def one_line(text: str, size: float, width: float, bold: bool = False) -> str:
    """The text on one line of at most `width` pixels: cut after a word, or within one where that would leave less than
    HALF of the line."""
    width *= SAFE
    if text_width(text, size, bold) <= width:
        return text
    words = text.split(" ")
    for kept in range(len(words) - 1, 0, -1):
        short = _cut(words, kept)
        wide = text_width(short, size, bold)
        if wide <= width:
            if wide >= HALF * width:
                return short
            break
    begin = text
    while begin and text_width(begin + CUT, size, bold) > width:
        begin = begin[:-1]
    return begin.rstrip(" ,;:.–") + CUT


def _cut(words: Sequence[str], kept: int) -> str:
    return " ".join(words[:kept]).rstrip(" ,;:.–") + CUT if kept else CUT


def _advance(character: str, table: Sequence[int]) -> int:
    code = ord(character)
    if 32 <= code < 127:
        return table[code - 32]
    if unicodedata.combining(character) or unicodedata.category(character) == "Cf":
        return 0
    known = OTHERS.get(character)
    if known is not None:
        return known
    plain = unicodedata.normalize("NFD", character)[0]
    if plain != character and 32 <= ord(plain) < 127:
        return max(table[ord(plain) - 32], 278)
    return 1000 if unicodedata.east_asian_width(character) in ("W", "F") else 780
