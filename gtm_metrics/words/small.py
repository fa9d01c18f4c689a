"""What can be said where volume cannot prove: what cannot be known, what would change that, which way it leans."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gtm_metrics.signal.waits import MERGE, OUTREACH, THESIS, Leaning, Lever
from gtm_metrics.words.evidence import told_of_measures
from gtm_metrics.words.findings import Voice
from gtm_metrics.words.numbers import count

LEVERS = {
    MERGE: "Merge to {segments} segments",
    THESIS: "Name one segment in advance",
    OUTREACH: "Connect outreach",
}
"""What shortens the wait, by the judge's name for it."""
LONGEST = 104
"""Weeks beyond which a wait is not counted down."""
COUNTED = re.compile(r"takes about ([\d,]+) weeks")
"""How the judge says a wait that is too long."""


@dataclass(frozen=True)
class Small:
    """The fields of signal.SmallCompany: what to say where every decision is over two years away."""

    why: str
    levers: tuple[Lever, ...]
    leaning: Leaning | None
    touches_per_arm: int | None


def small_of(said: Mapping[str, Any] | None) -> Small | None:
    """The same, from `asdict` or the JSON that the journal keeps."""
    if not said:
        return None
    leans = said["leaning"]
    levers = tuple(Lever(**lever) for lever in said["levers"])
    return Small(said["why"], levers, Leaning(**leans) if leans else None, said["touches_per_arm"])


def wait(weeks: float | None, longest: int = LONGEST) -> str:
    """14 weeks; a wait over two years is not counted down, and a year or more is told in months."""
    if weeks is None or math.isnan(weeks):
        return "out of reach"
    if weeks > longest:
        return "over two years" if longest == LONGEST else f"over {count(longest, 'week')}"
    if weeks >= 52:
        return f"about {math.ceil(weeks * 12 / 52)} months"
    return count(max(1, math.ceil(weeks)), "week")


def lever_name(lever: Lever) -> str:
    """Merge to 3 segments; name one segment in advance; connect outreach."""
    known = LEVERS.get(lever.name, f"{lever.name[:1].upper()}{lever.name[1:]}")
    return known.format(segments="" if lever.segments is None else lever.segments)


def cannot_know(why: str, ratio: float = 1.5) -> str:
    """What cannot be known at this volume, in a sentence: no countdown where the wait is over two years."""
    if why:
        return f"{why[:1].upper()}{countdown(why)[1:].rstrip('.')}."
    return f"At this volume a lead of {ratio:g} times the odds cannot be proven."


def no_lever(levers: Sequence[Lever]) -> str:
    """That none of the levers alone brings proof within two years; '' where one does, or there is none."""
    within = any(lever.weeks is not None and lever.weeks <= LONGEST for lever in levers)
    return "" if within or not levers else "Not one of these alone would bring proof within two years:"


def countdown(why: str) -> str:
    """The judge's reason as it is told, its weeks as `wait` has them: nobody counts 1,019 weeks down."""

    def told(found: re.Match[str]) -> str:
        weeks = float(found[1].replace(",", ""))
        return f"takes {wait(weeks if weeks < LONGEST else math.inf)}"  # of 104.3 weeks the judge says 104

    return told_of_measures(COUNTED.sub(told, why))


def leaning(found: Leaning) -> str:
    """Which way the counts lean, priced honestly: Markdown without colour, because it is no finding."""
    name, equal = Voice(True).name(found.segment), count(found.segments, "equal segment")
    if found.one_in_of_all < 1.5:
        return f"The counts lean towards nobody: the luckiest of {equal} would get as far as {name}."
    of_all, alone = _times_in(found.one_in_of_all), _times_in(found.one_in)
    return (
        f"The counts lean towards {name}: the luckiest of {equal} would get this far 1 time in {of_all} (one picked in "
        f"advance 1 time in {alone}). Looked at once and not protected against looking every week: a reason to read "
        "and call its accounts, not to decide."
    )


def settling_test(touches: int | None, a_week: float | None, segment: str, ratio: float, power: float) -> str:
    """The test that would settle it: accounts first touched in each arm, and how long that takes here.

    touches   accounts needed in each of the two arms to find a lead of `ratio` times the odds with that power
    a_week    accounts first touched a week in all, None where outreach is not connected
    """
    if touches is None:
        return (
            "How large a test would settle it cannot be said: that takes a response rate, and no answer to outreach is "
            "on record."
        )
    name = Voice(True).name(segment)
    head = (
        f"The test that would settle it: **{count(touches, 'account')}** of {name} and as many others, first touched "
        f"in the same weeks with the same words. It finds a lead of {ratio:g} times the odds in {100 * power:.0f} of "
        "100 tries."
    )
    if not a_week:
        return head
    return (
        f"{head} At {count(round(a_week), 'first touch', 'first touches')} a week that is {wait(2 * touches / a_week)}."
    )


def _times_in(one_in: float) -> str:
    """3, 20, 1,000, or over a million."""
    if one_in >= 1e6:
        return "over a million"
    if one_in < 10:
        return f"{max(1, round(one_in)):,}"
    places = 1 - math.floor(math.log10(one_in))
    return f"{round(one_in, min(0, places)):,.0f}"
