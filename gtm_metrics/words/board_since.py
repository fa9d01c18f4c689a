"""Decisions since the last board, as plain text."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from gtm_metrics.words.decided import KINDS, NO_THESIS
from gtm_metrics.words.evidence import odds
from gtm_metrics.words.findings import Voice
from gtm_metrics.words.gates import as_day
from gtm_metrics.words.numbers import Row, count, day
from gtm_metrics.words.signal import ON_SCREEN

COLUMNS = ("On", "Decided", "By", "Why", "Evidence then and now")
WITHOUT = ("As of", "Decided", "What the evidence says")
NOTHING, NOT_JUDGED = "No decision is on record", "No week has been judged yet"
SHORT = {"tighten": "tighten on {}", "loose": "stay loose", "thesis": "name {} as the thesis"}


def title(found: Sequence[Row], since: date) -> str:
    """How many, and the newest one, in at most fifteen words."""
    if not found:
        return f"No decision on record since {day(since)}"
    newest = found[-1]
    name = Voice(False).name(newest["segment"], 4) if newest["segment"] else ""
    kind = str(newest["kind"])
    what = SHORT[kind].format(name) if name or kind != "thesis" else "the thesis taken back"
    if len(found) == 1:
        return f"One decision since {day(since)}: {what}"
    return f"{len(found):,} decisions since {day(since)}, the newest: {what}"


def paragraph(found: Sequence[Row], standing: int, more: int) -> str:
    """What the table holds: those since the last board, then `standing` ones from before that are in effect."""
    if not found and standing:
        return f"{count(standing, 'decision')} from before {'stands' if standing == 1 else 'stand'}."
    if not found:
        return (
            "Nothing was tightened, loosened or named in advance. A decision that was made elsewhere can still be "
            "written down, with the evidence of the day."
        )
    due = sum(as_day(row["review_on"]) is not None for row in found)
    parts = [f"{due:,} of them {'has' if due == 1 else 'have'} a day on which to look again."]
    if standing:
        parts.append(f"{count(standing, 'decision')} from before {'stands' if standing == 1 else 'stand'} under them.")
    if more > 0:
        parts.append(f"{count(more, 'older one')} not shown here; the workbook has all.")
    return " ".join(parts)


def line(row: Row, now: Row | None, taken_back: Collection[int]) -> tuple[str, str, str, str, str]:
    """A row of the table."""
    voice = Voice(False)
    what = KINDS[str(row["kind"])].format(voice.text(row["segment"])) if row["segment"] else ""
    what = what or (NO_THESIS if row["kind"] == "thesis" else "Stay loose")
    what += ", taken back since" if row["id"] in taken_back else ""
    then = (row["evidence"] or {}).get("log_e_two")
    stood = [f"then {odds(then)}"] if row["evidence"] else []
    stood += [f"now {odds(now['log_e_two'])}: {ON_SCREEN[now['state']].lower()}"] if now else []
    return day(as_day(row["decided_at"])), what, voice.text(row["who"]), voice.text(row["why"]), "; ".join(stood)


def note(since: date, as_of: date, printed: bool, made: int) -> str:
    """What the last board is, as of when."""
    last = "the as-of day of the last deck printed"
    if not printed:
        last = "the start of the last fiscal quarter; no deck was printed before"
    return (
        f"Since {day(since)}: {last}. Evidence: what a fair bet on the segment beating everyone else on two measures "
        f"had won, in the week of the decision and now. n = {count(made, 'decision')}. As of {day(as_of)}."
    )
