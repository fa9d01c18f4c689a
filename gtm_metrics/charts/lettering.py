"""How wide a text will be, so that labels can be laid out before anything is drawn."""

from __future__ import annotations

import unicodedata

from gtm_metrics.words import shortened

ADVANCES = (
    200, 289, 426, 497, 497, 824, 609, 249, 303, 303, 418, 497, 249, 311, 249, 350, 497, 497, 497, 497,
    497, 497, 497, 497, 497, 497, 249, 249, 497, 497, 497, 425, 847, 543, 588, 571, 615, 527, 494, 617,
    652, 263, 479, 579, 486, 727, 647, 664, 566, 664, 569, 534, 536, 645, 515, 786, 513, 476, 539, 303,
    350, 303, 497, 500, 542, 504, 553, 456, 555, 496, 292, 504, 544, 246, 247, 495, 255, 829, 547, 542,
    555, 555, 347, 419, 338, 544, 467, 719, 446, 467, 425, 303, 241, 303, 497,
)  # fmt: skip
"""Advance widths of Source Sans Regular, U+0020 to U+007E, in thousandths of the size."""
OTHERS = {"…": 948, "×": 497, "–": 480, "−": 497, "\u00a0": 200, "·": 249, "›": 271, "‹": 271}
BOLD = 1.07


def text_width(text: str, size: float, bold: bool = False) -> float:
    """Width in pixels at this size. Letters the table does not hold count as wide ones."""
    thousandths = sum(_advance(character) for character in text)
    return thousandths * size / 1000 * (BOLD if bold else 1)


def fitted(text: str, size: float, width: float, bold: bool = False) -> str:
    """The text, shortened in its middle until it is at most `width` pixels wide (one character at least)."""
    limit = len(text)
    short = shortened(text, max(1, limit))
    while limit > 1 and text_width(short, size, bold) > width:
        limit = min(limit - 1, int(limit * width / text_width(short, size, bold)) + 1)
        short = shortened(text, max(1, limit))
    return short


def in_lines(text: str, size: float, width: float, bold: bool = False) -> list[str]:
    """The text in one line, or in two that fit; shortened in its middle where two do not hold it."""
    if text_width(text, size, bold) <= width:
        return [text]
    words = text.split()
    halves = [(" ".join(words[:i]), " ".join(words[i:])) for i in range(1, len(words))]
    fit = [pair for pair in halves if all(text_width(half, size, bold) <= width for half in pair)]
    if fit:
        return list(min(fit, key=lambda pair: max(text_width(half, size, bold) for half in pair)))
    begun = [pair for pair in halves if text_width(pair[0], size, bold) <= width]
    if not begun:
        return [fitted(text, size, width, bold)]
    first, rest = begun[-1]
    return [first, fitted(rest, size, width, bold)]


def _advance(character: str) -> int:
    code = ord(character)
    if 32 <= code < 127:
        return ADVANCES[code - 32]
    if unicodedata.combining(character) or unicodedata.category(character) == "Cf":
        return 0
    if unicodedata.east_asian_width(character) in ("W", "F"):
        return 1000
    return OTHERS.get(character, 650)
