"""Text that comes from data: cleaned, shortened, and kept from ever becoming markup.

A segment may be called `:red[sale] $x^2$ <b>`; on screen it must read exactly so.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import accumulate

ELLIPSIS = "…"
LONGEST = 1_000
"""Characters that a text has on a page where nobody says otherwise; of a longer one both ends stand, and files hold it
whole."""
LONGEST_NAME, LONGEST_TOLD = 200, 16_000
"""Characters of a name in a drawing's words, and of what those words list: some 50 segments with four measures each."""
BLANK = "(blank)"
WORD_JOINER = "\u2060"
"""Invisible and without width: parts what Streamlit would otherwise join into a symbol or a link."""

_UNSEEN = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_SPECIAL = re.compile(r"([\\*_\[\]$:<>#|~`&!^{}])")
_LINE_START = re.compile(r"^(?:([-+=])|(\d{1,9})([.)]))(?=\s|$|[-+=])")
_JOINED = re.compile(
    r"(?<=:)(?=\S)"  # emoji shortcodes, icons, directives and addresses
    r"|(?<=@)(?=\S)|(?<=www)(?=\.)"  # mail and web addresses, which become links without any markup
    r"|(?<=-)(?=[->])|(?<=<)(?=[-=])|(?<=[>~])(?==)",  # -> <- -- <= >= ~= become arrows, dashes and signs
    re.IGNORECASE,
)


def plain(text: object) -> str:
    """The text on one line: control characters and line ends are spaces, runs of spaces one space, marks
    without width and those that turn the direction of writing are gone. "(blank)" when nothing is left.
    """
    cleaned = _UNSEEN.sub("", str(text))
    spaced = "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp", "Zs") else c for c in cleaned)
    whole = "".join("\ufffd" if unicodedata.category(c) == "Cs" else c for c in spaced)
    return " ".join(whole.split()) or BLANK


def escaped(text: object, limit: int = LONGEST) -> str:
    """The text as Markdown that Streamlit shows literally: no markup, LaTeX, emoji shortcode, icon, colour
    directive, HTML, typographic symbol or link can come of it. Of one longer than `limit` both ends stand.

    A backslash is enough for what the Markdown parser reads. Shortcodes, addresses and symbols are sought
    in the finished text, where the backslash is gone: a word joiner stands in their way.
    """
    parted = _JOINED.sub(WORD_JOINER, shortened(text, limit))
    return _LINE_START.sub(_escaped_start, _SPECIAL.sub(r"\\\1", parted))


def _escaped_start(found: re.Match[str]) -> str:
    sign, number, mark = found.groups()
    return f"\\{sign}" if sign else f"{number}\\{mark}"


def shortened(text: object, limit: int) -> str:
    """The text in at most `limit` characters, an ellipsis in its middle: both ends of a name tell it apart.

    Raises ValueError when limit < 1.
    """
    if limit < 1:
        raise ValueError(f"limit is {limit}; a shortened text keeps at least 1 character")
    whole = plain(text)
    if len(whole) <= limit:
        return whole
    tail = (limit - 1) // 2
    head = whole[: limit - 1 - tail].rstrip()
    end = whole[len(whole) - tail :].lstrip()
    while end and unicodedata.combining(end[0]):
        end = end[1:]
    return f"{head}{ELLIPSIS}{end}"


def named(text: object) -> str:
    """A name in a drawing's words: as plain text, both ends of one that is long."""
    return shortened(text, LONGEST_NAME)


def enumerated(parts: Sequence[str], between: str = "; ") -> str:
    """What a drawing's words list, one after the other; of very many the first, and how many more there are."""
    ends = accumulate(len(part) + len(between) for part in parts)
    kept = max(1, sum(end <= LONGEST_TOLD for end in ends))
    more = f"{'And' if between == '. ' else 'and'} {len(parts) - kept:,} more"
    return between.join(parts if kept >= len(parts) else [*parts[:kept], more])


def shortened_words(text: object, words: int, limit: int) -> str:
    """The text in at most `words` words (2 or more) and `limit` characters."""
    if words < 2:
        raise ValueError(f"words is {words}; a shortened name keeps at least 2")
    parts = plain(text).split()
    if len(parts) > words:
        tail = words // 2
        parts = [*parts[: words - tail - 1], parts[words - tail - 1] + ELLIPSIS, *parts[-tail:]]
    return shortened(" ".join(parts), limit)
