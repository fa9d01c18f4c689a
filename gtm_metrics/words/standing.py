"""How up to date a page is, in a line: the warehouse away, a new week being judged."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from gtm_metrics.words.numbers import day
from gtm_metrics.words.plain import escaped

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def as_read(why: str, read_at: datetime | None) -> str:
    """Why the warehouse is not asked (Markdown), and as of when the figures are that stand on the page instead.

    read_at   None where none stand there, and all is the journal's
    """
    reason = escaped(why.strip().rstrip("."))
    if read_at is None:
        return f"The warehouse does not answer ({reason}). This is what the journal holds."
    return f"The warehouse does not answer ({reason}). Figures as read on {moment(read_at)}."


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
