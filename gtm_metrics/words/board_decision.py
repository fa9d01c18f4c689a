"""The decision before a board, as plain text: choose, give up, cost, check by."""

from __future__ import annotations

from datetime import date, timedelta

from gtm_metrics.funnel.ceiling import Ceiling
from gtm_metrics.words.board import unmarked
from gtm_metrics.words.decided import decision_line
from gtm_metrics.words.findings import Voice
from gtm_metrics.words.gates import as_day
from gtm_metrics.words.numbers import MISSING, Row, count, day, money
from gtm_metrics.words.signal import Told, luck

REVIEW_WEEKS = 13
"""After a quarter there is a quarter's evidence more."""
PROVEN = ("tighten", "tightened")


def title(told: Told, key: tuple[str, str], made: Row | None, reach: Ceiling | None = None) -> str:
    """What the board is asked, or told, in at most fifteen words."""
    name = Voice(False).name(key[1])
    if made is not None and made["kind"] == "tighten":
        review = as_day(made["review_on"])
        return f"Decided: tighten on {name}" + (f"; review on {day(review)}" if review else "; no review is set")
    if made is not None:
        return f"Decided on {day(as_day(made['decided_at']))}: stay loose, keep selling broadly"
    if told.kind in PROVEN:
        if reach is not None and reach.won_outside_a_quarter is not None:
            return f"To decide: tighten on {name}, giving up {reach.won_outside_a_quarter:,.0f} deals a quarter"
        return f"To decide: tighten positioning on {name}"
    if told.kind == "lead_lost":
        return f"To decide: {name} has lost its lead; go back to selling broadly"
    if told.key:
        return f"Nothing to decide yet: {name} leads, but it is not proven"
    return "Nothing to decide: stay loose, no segment stands out yet"


def paragraph(told: Told, made: Row | None, reach: Ceiling | None) -> str:
    """The decision as it stands in the journal, or what there is to weigh."""
    if made is not None:
        return decision_line(made, markdown=False)
    if told.kind in PROVEN and reach is not None:
        return (
            "Tightening is a bet on one kind of customer: what is chosen, what is given up for it, what it costs and "
            "when it is looked at again stand side by side."
        )
    return "Nothing is lost by waiting: evidence goes on being gathered, week by week, until it suffices."


def choices(
    told: Told, key: tuple[str, str], made: Row | None, reach: Ceiling | None, currency: str
) -> list[tuple[str, str]]:
    """Choose, give up, cost, check by: each with what data say of it."""
    name = Voice(False).text(key[1])
    tighten = made["kind"] == "tighten" if made is not None else told.kind in PROVEN
    chosen = f"{name}: position, message and list are made for it" if tighten else "Stay loose: keep selling broadly"
    rows = [("Choose", chosen)]
    if tighten and reach is not None:
        rows += [("Give up", _given_up(reach, currency)), ("Cost", _cost(reach))]
    elif tighten:
        rows += [("Give up", "Deals outside it: not known, deals are not connected")]
    else:
        rows += [("Give up", "Nothing: what is sold today goes on"), ("Cost", _waiting(told, name))]
    return [*rows, ("Check by", _check(told, made))]


def note(told: Told, reach: Ceiling | None, as_of: date, weeks: int) -> str:
    """Definition, period, as of."""
    parts = [luck(told.luck)]
    if reach is not None:
        parts.append(
            f"Paces: means of the {weeks} weeks before; a quarter is 13 weeks. A ceiling and no forecast: the "
            "segment's close rate is held, and as many deals as now would have to be found in it alone."
        )
    return " ".join([*parts, f"As of {day(as_of)}."])


def notes(reach: Ceiling | None) -> str:
    """What a speaker may be asked."""
    if reach is None:
        return "No ceiling is told: no segment is named, or deals are not connected."
    return reach.why or "What is given up: deals won outside the segment a quarter, and the pipeline open outside it."


def _given_up(reach: Ceiling, currency: str) -> str:
    parts = []
    if reach.won_outside_a_quarter is not None:
        parts.append(f"{reach.won_outside_a_quarter:,.0f} deals a quarter are won elsewhere")
        if reach.amount_outside_a_quarter is not None:
            parts[-1] += f" ({money(reach.amount_outside_a_quarter, currency)})"
    if reach.open_pipeline_outside is not None:
        parts.append(f"{money(reach.open_pipeline_outside, currency)} of pipeline is open elsewhere")
    return "; ".join(parts) or "Not known: deals have no amounts"


def _cost(reach: Ceiling) -> str:
    parts = []
    if reach.left is not None:
        lasts = f", {count(reach.weeks_of_list, 'week')} of list" if reach.weeks_of_list is not None else ""
        parts.append(f"{count(reach.left, 'account')} left to win{lasts}")
    if reach.touches_a_week and reach.touches_in_segment_a_week is not None:
        moved = reach.touches_a_week - reach.touches_in_segment_a_week
        parts.append(f"{moved:,.0f} of {reach.touches_a_week:,.0f} first touches a week move into it")
    return "; ".join(parts) or "Not known: touches are not connected"


def _waiting(told: Told, name: str) -> str:
    if told.wait is not None:
        return f"About {count(round(told.wait), 'week')} more until a lead of 1.5 times could be proven"
    return unmarked(f"The lead of {name} is not proven" if told.key else "None that can be counted")


def _check(told: Told, made: Row | None) -> str:
    review = as_day(made["review_on"]) if made is not None else None
    if review:
        return day(review)
    if told.week is None:
        return MISSING
    return f"{day(told.week + timedelta(days=6, weeks=REVIEW_WEEKS))}: a quarter's evidence more"
