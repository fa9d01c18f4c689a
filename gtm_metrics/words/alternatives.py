"""What we have to beat, in sentences."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any, TypeAlias

import pandas as pd

from gtm_metrics.alternatives import ALL_ALTERNATIVES, BENCHMARK, NOT_RECORDED, STATUS_QUO, Finding, Q
from gtm_metrics.question import Question
from gtm_metrics.words.numbers import NO_BREAK, count, day, days, percent, times
from gtm_metrics.words.plain import enumerated, escaped, named, shortened_words

Row: TypeAlias = Mapping[Hashable, Any]

EVERY = ALL_ALTERNATIVES
BENCHMARK_LABEL = f"about {100 * BENCHMARK:.0f}{NO_BREAK}% of B2B deals end in no decision (Dunford)"
SOURCE = "Dunford; 40-60 % in Dixon and McKenna, The JOLT Effect, 2022"
EMPTY = "No deal was decided in this window"
STATUS = {
    "ahead": "we win more",
    "behind": "we win less",
    "not_apart": "cannot be told apart",
    "too_early": "too few to say",
    "not_compared": "",
}
SPENT = {
    "little_comes_out": "much goes in, little comes out",
    "much_comes_out": "more comes out than goes in",
    "not_apart": "cannot be told apart",
    "too_early": "too few to say",
}


def name_of(row: Row) -> str:
    """What an alternative is called on the page."""
    return "All decided deals" if row["alternative"] == EVERY else str(row["alternative"])


def counts(row: Row) -> str:
    """3 won, 6 lost, 11 no decision."""
    return f"{row['won']:,} won, {row['lost']:,} lost, {row['no_decision']:,} no decision"


def bar_label(row: Row) -> str:
    """26.0 % won of 1,018; the counts where there are too few for a rate."""
    if row["close_rate"] is None:
        return counts(row)
    return f"{percent(row['close_rate'], row['decided'])} won of {row['decided']:,}"


def described(rows: pd.DataFrame) -> str:
    """Alternative by alternative, what became of the deals."""
    lines = [f"{named(name_of(row))}: {counts(row)}" for row in rows.to_dict("records")]
    return f"Won, lost and no decision by alternative. {enumerated(lines)}."


def title(found: Finding, minimum: int) -> str:
    """The finding in at most 15 words: what takes the most of what is not won, else the counts."""
    lost = found.losses
    if not lost.decided:
        return EMPTY
    if not lost.not_won:
        return f"All {count(lost.decided, 'decided deal')} in this window were won"
    if lost.not_won < minimum:
        return f"{lost.to_status_quo:,} of {lost.not_won:,} deals not won went to the status quo"
    share = lost.to_status_quo / lost.not_won
    if found.beats_us_most is not None and share < 0.5:
        name = escaped(shortened_words(found.beats_us_most["alternative"], 4, 40))
        return f"{name} beats us most: we win {percent(found.beats_us_most['close_rate'], 0)} against it"
    if lost.unknown > max(lost.to_status_quo, lost.to_rivals):
        return "Most of what we lose, we lose to nobody on record"
    if lost.to_rivals > lost.to_status_quo:
        return f"Rivals take {percent(lost.to_rivals / lost.not_won, 0)} of what we lose, the status quo less"
    return f"{percent(share, 0)} of what we lose goes to the status quo, not to a rival"


def paragraph(found: Finding, minimum: int, named: bool = True) -> str:
    """How the losses divide, how many ended in no decision, and which alternative stands apart.

    named   whether any deal names an alternative
    """
    lost = found.losses
    if not lost.decided:
        return LONGER
    parts = [
        f"Of {count(lost.decided, 'decided deal')} **{lost.won:,}** were won. Of the {lost.not_won:,} others "
        f"**{lost.no_decision:,}** ended in no decision and {lost.to_status_quo - lost.no_decision:,} were lost to a "
        f"status quo on record; {lost.to_rivals:,} were lost to a rival, {lost.unknown:,} to nobody on record."
    ]
    if lost.decided >= minimum:
        share = percent(lost.no_decision / lost.decided, lost.decided)
        parts.append(f"No decision takes {share} of all; elsewhere it is about {100 * BENCHMARK:.0f}{NO_BREAK}%.")
    for row, word in ((found.beats_us_most, "less"), (found.beats_us_least, "more")):
        if row is not None:
            name = escaped(row["alternative"])
            parts.append(f"Against **{name}** we win {word}: {times(row['ratio'])} the rate against the others.")
    if not named:
        parts.append(
            "No deal names an alternative: opportunities.competitor is not connected, or empty in this window."
        )
    elif found.beats_us_most is None and found.beats_us_least is None:
        parts.append("No alternative can be told apart from the others.")
    return " ".join(parts)


def note(rows: pd.DataFrame, question: Question, first: Any, last: Any, minimum: int) -> str:
    """The footnote: what a row counts, how many, when, from how many on, how it is compared."""
    decided = int(rows.iloc[0]["decided"]) if len(rows) else 0
    when = f"{days(first, last)}" if first is not None else f"to {day(last)}"
    return (
        f"New deals decided, by close date; n = {decided:,}, {when}, as of {day(question.as_of)}. Alternative: as on "
        f"record; {STATUS_QUO}: a word of alternatives.status_quo stands in it; {NOT_RECORDED}: none named. Line: "
        f"no decision elsewhere ({SOURCE}). Below {minimum} deals: counts, a square a deal. Green or rust: apart from "
        f"the other alternatives at q {Q:g}, exact, corrected for every one that was tried."
    )


LONGER = "Take a longer window, or see on the Warehouse page what is connected."
SEGMENTS = (
    "Close rate (95 % interval) of decided deals; counts where there are few. ▲ ▼: apart from the same alternative "
    f"in the other segments at q {Q:g}, corrected for every cell that was tried."
)
INVOLVED = (
    "Functions by the words of the title. Recorded afterwards: the champion was named once the deal was decided, which "
    "happens to winners more often; it proves nothing."
)
GIVEN = (
    "Given, not caused: deals with a discount differ in more than the discount. Ended within a year: of the won whose "
    "subscription began a year ago or more."
)
NO_PRICES = "No decided deal in this window has both its amount and its list price on record."
EFFORT = (
    "Touches and calls spent on decided deals, won or not; the interval is that of the share of wins. Much and little: "
    f"apart from the share of effort at q {Q:g}, corrected for every segment that was tried."
)
