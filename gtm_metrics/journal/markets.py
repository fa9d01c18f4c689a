"""What people say of markets: how large one is, who in it would vouch for us in another, and their judgements."""

from __future__ import annotations

from datetime import date

import pandas as pd
import sqlalchemy as sa

from gtm_metrics.company import Refused
from gtm_metrics.journal.kept import in_effect, next_row, refuse_blank, until_day, write
from gtm_metrics.journal.read import frame
from gtm_metrics.journal.tables import MARKS, ORDER, PLACES, VOUCHES, Mark, MarketSize, Vouch

KEY = ("dimension", "segment")
CHANGED = ("id", *KEY, "who", "on", "replaces", "gone", "at")
"""Columns that what people say of a market has whatever it is."""


def market_sizes(journal: sa.Connection, as_of: date | None = None) -> pd.DataFrame:
    """One row a segment whose market somebody sized (by `as_of`): the columns of tables.MarketSize."""
    return in_effect(journal, MarketSize, as_of)


def vouches(journal: sa.Connection, as_of: date | None = None) -> pd.DataFrame:
    """One row a vouch or case study (known on `as_of`), oldest first: the columns of tables.Vouch."""
    return in_effect(journal, Vouch, as_of)


def judgements(journal: sa.Connection, as_of: date | None = None) -> pd.DataFrame:
    """One row a segment and question on which people gave a judgement (by `as_of`): the columns of tables.Mark."""
    return in_effect(journal, Mark, as_of)


def market_changes(journal: sa.Connection, as_of: date | None = None) -> pd.DataFrame:
    """One row a size, vouch or judgement that was ever kept or taken back (by `as_of`), also those replaced since.

    Columns: kind (market_sizes, vouches, judgements), id, dimension, segment, said ({column: value} of what is the
    kind's own), who, on, replaces, gone, at; in the order written.
    """
    found = []
    for table in (MarketSize, Vouch, Mark):
        rows = frame(journal, until_day(sa.select(table), table, as_of))
        for row in rows.to_dict("records"):
            own = {str(name): value for name, value in row.items() if name not in CHANGED}
            found.append({"kind": table.__tablename__, **{name: row[name] for name in CHANGED}, "said": own})
    found.sort(key=lambda row: (row["at"], row["kind"], row["id"]))
    return pd.DataFrame(found, columns=["kind", *CHANGED, "said"], dtype=object)


def keep_market_size(
    engine: sa.Engine,
    dimension: str,
    segment: str,
    number: int,
    source: str,
    dated: date,
    who: str,
    today: date,
    saw: int | None = None,
) -> int:
    """Keeps how many accounts a segment's market has, whose number that is and of which day; the row's number.

    saw  the number of the row its author looked at, None where there was none

    Raises Refused for words that are missing, a size that is no whole number above 0, a day to come, and where
    somebody else gave a size meanwhile.
    """
    refuse_blank(segment=segment, source=source, who=who)
    if isinstance(number, bool) or int(number) != number or number < 1:
        raise Refused(f"the market of {segment} has {number} accounts; it must be a whole number from 1 on")
    if dated > today:
        raise Refused(f"the size is of {dated}; it must not lie after {today}")
    row = {"dimension": dimension, "segment": segment, "number": int(number), "source": source.strip(), "dated": dated,
           "who": who.strip(), "on": today, "gone": False}  # fmt: skip
    return next_row(engine, MarketSize, KEY, row, saw, f"the market size of {segment}", "market size")


def vouch(
    engine: sa.Engine,
    kind: str,
    from_: tuple[str, str],
    to: tuple[str, str],
    name: str,
    what: str,
    who: str,
    today: date,
) -> int:
    """Keeps that somebody in one segment would vouch for us in another, or a case study that does; its number.

    from_, to  (dimension, segment) each; name is who would vouch, or what the case study is called
    """
    if kind not in VOUCHES:
        raise Refused(f"what makes word travel is one of {', '.join(VOUCHES)}, not {kind!r}")
    refuse_blank(segment=from_[1], to=to[1], name=name, who=who)
    if from_ == to:
        raise Refused(f"{from_[1]} vouches for us to another segment, not to itself")
    row = {"kind": kind, "dimension": from_[0], "segment": from_[1], "to_dimension": to[0], "to_segment": to[1],
           "name": name.strip(), "what": what.strip(), "who": who.strip(), "on": today, "gone": False}  # fmt: skip
    return write(engine, Vouch, row, kind, None)


def keep_judgement(
    engine: sa.Engine,
    dimension: str,
    segment: str,
    question: str,
    value: float,
    why: str,
    who: str,
    today: date,
    saw: int | None = None,
) -> int:
    """Keeps a judgement beside the evidence; its number.

    question  one of the six, "leadership", or "order"
    value     0 (no) to 1 (yes); of "order" the place, 1 for the pin that is to fall next
    saw       the number of the row its author looked at, None where there was none

    Raises Refused for words that are missing, a value that cannot be, and where somebody else judged meanwhile.
    """
    if question not in MARKS:
        raise Refused(f"a judgement is on one of {', '.join(MARKS)}, not {question!r}")
    refuse_blank(segment=segment, why=why, who=who)
    if question == ORDER and not (1 <= value <= PLACES and value == int(value)):
        raise Refused(f"the place in the order is {value:g}; it must be a whole number from 1 to {PLACES}")
    if question != ORDER and not 0 <= value <= 1:
        raise Refused(f"the judgement on {question} is {value:g}; it must lie between 0 (no) and 1 (yes)")
    row = {"dimension": dimension, "segment": segment, "question": question, "value": float(value), "why": why.strip(),
           "who": who.strip(), "on": today, "gone": False}  # fmt: skip
    thing = f"the judgement on {question} of {segment}"
    return next_row(engine, Mark, (*KEY, "question"), row, saw, thing, "judgement")
