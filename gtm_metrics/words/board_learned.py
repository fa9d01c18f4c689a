"""What was learned and ruled out, as plain text: Healthcare is not more than 1.5 times the rest."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from gtm_metrics.words.evidence import spoken
from gtm_metrics.words.findings import Voice
from gtm_metrics.words.numbers import count, day, listed

Verdicts = Mapping[tuple[str, str], tuple[list[str], list[str]]]
"""Of a segment: the measures on which 1.5 times the rest is ruled out, and those on which it is open."""
NAMED = 3


def title(found: Verdicts) -> str:
    """What is ruled out, in at most fifteen words."""
    voice = Voice(False)
    closed = [key[1] for key, (out, still) in found.items() if out and not still]
    some = [(key[1], out) for key, (out, still) in found.items() if out and still]
    if len(closed) == 1:
        return f"{voice.name(closed[0], 4)} is not more than 1.5 times the rest, on any measure"
    if closed:
        return f"1.5 times the rest is ruled out for {len(closed):,} of {count(len(found), 'segment')}"
    if some:
        name, out = max(some, key=lambda each: len(each[1]))
        where = f"{len(out)} measures" if len(out) > 1 else spoken(out[0])
        return f"{voice.name(name, 4 if len(out) == 1 else 5)} is not 1.5 times the rest on {where}"
    return "Nothing is ruled out yet: any segment may still be 1.5 times better"


def paragraph(found: Verdicts) -> str:
    """Who is ruled out on everything, who on something, and what that is worth."""
    voice = Voice(False)
    closed = [voice.name(key[1]) for key, (out, still) in found.items() if out and not still]
    cells = sum(len(out) for out, _ in found.values())
    of = sum(len(out) + len(still) for out, still in found.values())
    parts = []
    if closed:
        more = f" and {len(closed) - NAMED:,} more" if len(closed) > NAMED else ""
        parts.append(f"On every measure: {', '.join(closed[:NAMED]) if more else listed(closed)}{more}.")
    parts.append(
        f"A lead of 1.5 times is ruled out in {cells:,} of {of:,} comparisons of a segment and a measure. Where it is, "
        "waiting longer for that lead is waiting in vain: that much is learned, and worth as much as a lead."
    )
    return " ".join(parts)


def note(last: date, as_of: date, more: int, found: Verdicts) -> str:
    """Definition, n, period, as of."""
    cells = sum(len(out) + len(still) for out, still in found.values())
    hidden = f" {count(more, 'segment')} of which less is known not shown." if more > 0 else ""
    return (
        "Dot: times as good as everyone else in the same weeks (of churn, times as few leave); bar: the 95 % interval "
        "that may be looked at every week, so that a bar left of the line rules 1.5 times out however often one has "
        "looked. Of many such intervals one in twenty may miss. Green circle: the interval lies above 1; rust "
        "diamond: below. "
        f"n = {count(cells, 'comparison')} of {count(len(found), 'segment')}. "
        f"Frozen weeks to Sunday {day(last)}, as of {day(as_of)}.{hidden}"
    )
