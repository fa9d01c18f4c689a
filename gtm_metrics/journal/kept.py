"""Rows that people keep and others take the place of: which are in effect, and how the next one is written.

A row is never changed: another names it in `replaces`. Whoever changes one says which they looked at, so that of two
who change it at once the later is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd
import sqlalchemy as sa

from gtm_metrics.company import Refused
from gtm_metrics.journal.open import writing
from gtm_metrics.journal.read import frame
from gtm_metrics.journal.tables import (
    Canvas,
    Card,
    Criterion,
    Listed,
    Mark,
    MarketSize,
    Note,
    Profile,
    Vote,
    Vouch,
)
from gtm_metrics.journal.write import audited

Kept = (
    type[Profile]
    | type[Listed]
    | type[Note]
    | type[Criterion]
    | type[MarketSize]
    | type[Vouch]
    | type[Mark]
    | type[Vote]
    | type[Canvas]
    | type[Card]
)
TAKEN_BACK: dict[str, Kept] = {table.__tablename__: table for table in (MarketSize, Vouch, Mark, Vote, Canvas, Card)}
"""Tables whose rows `take_back` takes back, by name."""


def in_effect(journal: sa.Connection, table: Kept, as_of: date | None = None) -> pd.DataFrame:
    """The rows that none replaces (by `as_of`) and that take nothing back, in the order written."""
    later = sa.alias(table.__table__)
    newer = sa.select(later.c.id).where(later.c.replaces == table.id)
    if as_of is not None:
        newer = newer.where(later.c.on <= as_of)
    query = until_day(sa.select(table), table, as_of).where(~newer.exists(), table.gone == sa.false())
    return frame(journal, query.order_by(table.id))


def until_day(query: Any, table: Kept, as_of: date | None) -> Any:
    """The query, of what was kept by that day."""
    return query if as_of is None else query.where(table.on <= as_of)


def last_of(journal: sa.Connection, table: Kept, key: Mapping[str, Any]) -> dict[str, Any] | None:
    """The row written last under a key, by column, whether it keeps or takes back; None before the first."""
    columns = table.__table__.c
    mine = [columns[name] == value for name, value in key.items()]
    found = frame(journal, sa.select(table).where(*mine).order_by(table.id.desc()).limit(1))
    return None if found.empty else {str(name): value for name, value in found.iloc[0].items()}


def next_row(
    engine: sa.Engine, table: Kept, key: Sequence[str], row: Mapping[str, Any], saw: int | None, thing: str, what: str
) -> int:
    """Keeps a row in place of the last one with the same key; its version where the table counts them, else its number.

    saw    the version (the number) its author looked at, None where there was none
    thing  what it is, for whoever is told that it has changed
    what   what the audit calls it

    Raises Refused where another row was kept meanwhile.
    """
    counts = "version" in table.__table__.c
    told = {name: row[name] for name in key}
    with writing(engine) as journal:
        last = last_of(journal, table, told)
        there = None if last is None else int(last["version" if counts else "id"])
        if there != saw and not (saw is None and last is not None and last["gone"]):
            raise Refused(f"{thing} has changed since you looked at it: {_now(last, counts)}; {_LOOK}")
        values = dict(row)
        if counts:
            values["version"] = (there or 0) + 1
            told |= {"version": values["version"], "gone": row["gone"]}
        number = written(journal, table, values, what, None if last is None else int(last["id"]), told)
    return int(values["version"]) if counts else number


_LOOK = "look again before you change it"


def _now(last: Mapping[str, Any] | None, counts: bool) -> str:
    if last is None:
        return "there is none"
    which = f"version {last['version']}" if counts else f"number {last['id']}"
    return f"{which} was {'taken back' if last['gone'] else 'kept'} by {last['who']} on {last['on']}"


def write(engine: sa.Engine, table: Kept, row: Mapping[str, Any], what: str, replaces: int | None) -> int:
    """Adds a row, in place of a row in effect where one is named; its number. Raises Refused where it is not."""
    with writing(engine) as journal:
        if replaces is not None and not (in_effect(journal, table)["id"] == replaces).any():
            raise Refused(f"there is no {table.__tablename__} row {replaces} in effect: it was changed or taken back")
        return written(journal, table, row, what, replaces)


def written(
    journal: sa.Connection,
    table: Kept,
    row: Mapping[str, Any],
    what: str,
    replaces: int | None,
    told: Mapping[str, Any] | None = None,
) -> int:
    """Adds a row and notes it, with `told` beside its number; the number."""
    insert = sa.insert(table).values(**row, replaces=replaces).returning(table.id)
    number = int(journal.execute(insert).scalar_one())
    audited(journal, str(row["who"]), what, {"number": number, "replaces": replaces} | dict(told or {}))
    return number


def take_back(engine: sa.Engine, table: str, number: int, who: str, today: date) -> int:
    """A row in effect no longer counts; it stays in the history. The number of the taking back.

    table  one of TAKEN_BACK. Raises Refused where that row is not in effect.
    """
    if table not in TAKEN_BACK:
        raise Refused(f"a row is taken back of {', '.join(TAKEN_BACK)}, not of {table!r}")
    refuse_blank(who=who)
    kept = TAKEN_BACK[table]
    with writing(engine) as journal:
        there = in_effect(journal, kept)
        mine = there[there["id"] == number]
        if mine.empty:
            raise Refused(f"there is no row {number} of {table} in effect: it was changed or taken back")
        row = {str(name): value for name, value in mine.iloc[0].items() if name not in ("id", "at", "replaces")}
        row |= {"who": who.strip(), "on": today, "gone": True}
        if "version" in row:
            row["version"] = int(row["version"]) + 1
        return written(journal, kept, row, f"took back of {table}", number)


def told_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    """A rule as it is kept, segments once and in order. Raises Refused where it names no dimension or no segment."""
    dimension, segments = rule.get("dimension"), rule.get("segments")
    if not dimension or not isinstance(segments, list | tuple) or not segments:
        raise Refused(f"a rule names a dimension and the segments that fit, not {dict(rule)!r}")
    return {"dimension": str(dimension), "segments": sorted({str(one) for one in segments})}


def refuse_blank(**given: str) -> None:
    """Raises Refused where one of the words is missing."""
    for name, said in given.items():
        if not said.strip():
            raise Refused(f"{name.replace('_', ' ')} is missing; say it in words")
