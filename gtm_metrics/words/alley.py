"""What stands in and beside the drawing of the bowling alley: shares, ties, and the drawing told in words."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, TypeAlias

import pandas as pd

from gtm_metrics.markets import MARKET
from gtm_metrics.words.markets import tie_words
from gtm_metrics.words.numbers import NO_BREAK, count, percent
from gtm_metrics.words.plain import enumerated, named, plain

Row: TypeAlias = Mapping[Hashable, Any]

UNKNOWN = "?"
"""What stands where there are no data: never a zero."""
WRITTEN = ("head pin", "next", "not now", "never", "down")
"""What people say of a pin that stands under its name; the others are candidates, or simply stand."""
NO_PINS = "No pin stands yet"
NO_PLACES = "No pin has both ease and benefit yet"
PLACES_NOTE = "Ease and benefit from 0 to 1, from the data; large: the next pin; hollow: not to be captured now."
ORDER_NOTE = (
    "Share: customers of the market where its size is given, else of the accounts we know. Score: ease × benefit. "
    "Known: how much of what the score rests on is counted rather than supposed. Requests from pins that are not aimed "
    "at are parked: counted here, not chased."
)
EASE, BENEFIT = "Easier to capture →", "Greater strategic benefit ↑"


def known(value: Any) -> Any:
    """The value; None where a frame holds a gap in any of its forms."""
    return None if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)) else value


def share_label(row: Row) -> str:
    """38 % inside a ring, <1 % and >99 % where rounding would make it nothing or all; ? where it is not known."""
    share = known(row["share"])
    if share is None:
        return UNKNOWN
    rounded = round(100 * share)
    if share > 0 and rounded == 0:
        return f"<1{NO_BREAK}%"
    if share < 1 and rounded == 100:
        return f">99{NO_BREAK}%"
    return f"{rounded}{NO_BREAK}%"


def status_label(status: object) -> str:
    """What stands under a pin's name: head pin, next, not now, never, down; '' of one that only stands."""
    return str(status) if status in WRITTEN else ""


def tie_label(row: Row) -> str:
    """The number beside a tie: referrals where there are any, else what else ties the two, with its name."""
    told = (
        ("referrals", ""),
        ("vouched", " vouch"),
        ("accounts_in_both", " in both"),
        ("shared_competitors", " rivals"),
        ("shared_attributes", " alike"),
    )
    for name, what in told:
        number = known(row.get(name))
        if number:
            return f"{int(number):,}{what}"
    return ""


def of_market(row: Row) -> str:
    """213 customers, 38 % of a market of 560; 41 customers, 9 % of the 455 accounts we know; what is missing."""
    customers, market, share = (known(row.get(name)) for name in ("customers", "market", "share"))
    if customers is None:
        return "customers not known"
    told = count(int(customers), "customer")
    if share is None:
        return f"{told}, share not known"
    part = percent(share, 0)
    if row.get("share_of") == MARKET:
        return f"{told}, {part} of the market" if market is None else f"{told}, {part} of a market of {int(market):,}"
    return f"{told}, {part} of accounts we know"


def pin_told(row: Row) -> str:
    """What hovering over a pin tells."""
    status = str(row["status"])
    return f"{of_market(row)}; {status}" if status else of_market(row)


def tie_told(row: Row, other: object) -> str:
    """What hovering over a tie tells."""
    return f"with {named(other)}: {tie_words(row)}"


def alley_described(pins: Sequence[Row], ties: Sequence[Row]) -> str:
    """The drawing in words, a sentence a pin from the front, then the ties, the strongest first."""
    if not pins:
        return f"{NO_PINS}."
    told = [f"{named(row['segment'])}: {pin_told(row)}" for row in pins]
    tied = [f"{named(row['a'])} and {named(row['b'])}: {tie_words(row)}" for row in ties]
    between = f" Ties, the strongest first. {enumerated(tied, '. ')}." if tied else " No tie between pins is known."
    return f"The bowling alley, from the head pin to the back. {enumerated(told, '. ')}.{between}"


def left_out(ties: int) -> str:
    """The line under the drawing for ties that found no room in it; '' where all did."""
    return f"{count(ties, 'weaker tie')} not drawn: all are in the table" if ties else ""


def aside(names: Sequence[object]) -> str:
    """The line under the drawing for pins that have no place in the rack; '' where all have one."""
    return f"Not in the alley: {', '.join(plain(name) for name in names)}" if names else ""


def places_described(pins: Sequence[Row]) -> str:
    """Ease and benefit of every pin in words, and who has none."""
    placed = [row for row in pins if known(row["ease"]) is not None and known(row["benefit"]) is not None]
    unplaced = [named(row["segment"]) for row in pins if row not in placed]
    told = [f"{named(r['segment'])}: ease {r['ease']:.2f}, benefit {r['benefit']:.2f}" for r in placed]
    head = "Ease of capture and strategic benefit, each from 0 to 1."
    said = f"{head} {enumerated(told, '. ')}." if told else f"{NO_PLACES}."
    return f"{said} Not known: {enumerated(unplaced, ', ')}." if unplaced and told else said


def not_placed(names: Sequence[object], bare: int = 0) -> str:
    """The line under the scatter for pins without ease or benefit, and for dots whose names found no room; '' where
    there are none."""
    told = [f"? {', '.join(plain(name) for name in names)}"] if names else []
    told += [f"{count(bare, 'name')} without room: point at the dots, or see the table"] if bare else []
    return "; ".join(told)
