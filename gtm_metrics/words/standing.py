"""How up to date a page is, in a line: the warehouse away, a new week being judged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from gtm_metrics.words.numbers import day
from gtm_metrics.words.plain import escaped

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def as_read(why: str, read_at: datetime | None) -> str:
    """Why the warehouse is not asked (Markdown), and as of when the figures are that stand on the page instead.

    read_at   None where none stand there, and all is the journal's
    """
    plain = why.strip().rstrip(".").removeprefix("the warehouse did not answer: ")
    reason = escaped(f"it {plain.removeprefix('the warehouse ')}" if plain.startswith("the warehouse ") else plain)
    if read_at is None:
        return f"The warehouse does not answer ({reason}). This is what the journal holds."
    return f"The warehouse does not answer ({reason}). Figures as read on {moment(read_at)}."


def without(lost: Iterable[str], read_at: datetime | None) -> str:
    """What the warehouse does not give of what it gave, and as of when figures are that need it (Markdown).

    read_at   None where none stand there, and all is the journal's
    """
    said = "; ".join(escaped(why.strip().rstrip(".")) for why in lost)
    if read_at is None:
        return f"The warehouse does not give all that it gave ({said}). This is what the journal holds."
    kept = f"What needs it is shown as read on {moment(read_at)}; the other figures are asked for now"
    return f"The warehouse does not give all that it gave ({said}). {kept}."


def moment(at: datetime) -> str:
    """Mon 23 Nov 2026, 07:12 UTC."""
    return f"{WEEKDAYS[at.weekday()]} {day(at.date())}, {at:%H:%M} UTC"


def refreshing(lines: Sequence[str]) -> str:
    """How far a refresh is (Markdown): what it has asked last."""
    last = f": {escaped(lines[-1])}" if lines else ""
    return f"Judging the weeks that have settled{last}"


def not_refreshed(why: str) -> str:
    """Why a new week has no verdict yet (Markdown)."""
    return f"The new week could not be judged, so this is what the journal holds: {escaped(why.strip().rstrip('.'))}."
