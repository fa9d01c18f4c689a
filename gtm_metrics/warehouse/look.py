"""A look at a warehouse that is not loaded: each of our tables found, marked, counted; and the SELECTs that follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import sqlalchemy as sa

from gtm_metrics.sources import TABLES, Naming, Table
from gtm_metrics.warehouse import clean
from gtm_metrics.warehouse.built_in import NotThere
from gtm_metrics.warehouse.door import as_it_stands, read
from gtm_metrics.warehouse.profile import Facts
from gtm_metrics.warehouse.relation import FAILED, NOT_CONNECTED, OK, Relation, facts_of, output, relation_from
from gtm_metrics.warehouse.resolve import Place, resolve_table
from gtm_metrics.warehouse.trouble import WarehouseAway, WarehouseError, WarehouseSlow

IN_ORDER = sorted(TABLES, key=lambda n: (n != "accounts", n != "opportunities"))
"""Our tables, those first that the others name."""
BEFORE = ("accounts", "opportunities")


def look_up(engine: sa.Engine, naming: Naming, places: Mapping[str, Place], today: date, numeric: set[str]) -> Facts:
    """Every table of a company's layouts against a warehouse: resolved, marked, counted. `numeric` are numbers.

    The facts of a table that can be read hold besides `typed`, the SELECT of its rows in our types, and `unique`:
    whether no key was found twice. Raises WarehouseAway where the warehouse goes away in the middle of it.
    """
    write = _writing(engine)
    found: Facts = {}
    before: dict[str, str] = {}
    for name in IN_ORDER:
        table = TABLES[name]
        try:
            found[name] = _looked_at(engine, table, naming, places, today, numeric, before, write)
            if name in BEFORE:
                before[name] = _used(table, found[name], before, today, write)
        except NotThere as missing:
            found[name] = {"status": NOT_CONNECTED, "why": str(missing)}
        except WarehouseError as failure:
            # one that is away says nothing of its tables; one whose answer takes too long says that of this table
            if isinstance(failure, WarehouseAway) and not isinstance(failure, WarehouseSlow):
                raise
            found[name] = {"status": FAILED, "why": str(failure)}
    return {name: found[name] for name in TABLES}


def _writing(engine: sa.Engine) -> clean.Writing:
    return clean.Writing(engine.dialect.name, engine.dialect.identifier_preparer.quote)


def _looked_at(
    engine: sa.Engine,
    table: Table,
    naming: Naming,
    places: Mapping[str, Place],
    today: date,
    numeric: set[str],
    before: Mapping[str, str],
    write: clean.Writing,
) -> dict[str, Any]:
    """What is found of a table, of which the tables `before` it are a part by name."""
    kept = _by_name(before)
    if table.accounts and "accounts" not in kept and naming.has(table.name):
        raise WarehouseError("accounts is not connected, and every row belongs to one")
    layout, resolved = resolve_table(table.name, naming, places, kept, engine.dialect)
    empty = read(engine, as_it_stands(_standing(f"select * from ({resolved.sql}) as b limit 0", before)))
    names, attributes = output(table, tuple(empty.columns), resolved, numeric)
    types = _types(engine, resolved.sql, tuple(empty.columns), before, write)
    tidy = _tidy(engine, clean.untidy(table, resolved.sql, names, attributes, write, types), before)
    typed = clean.typed(table, resolved.sql, names, attributes, write, types, tidy)
    marked = clean.marked(table, typed, attributes, kept, today, write)
    profile = read(engine, as_it_stands(_standing(clean.profile(table, marked, write), before)))
    facts = facts_of(table, profile, attributes, layout, resolved, {})
    # copies are looked for under every query, but where this look at all rows found none
    unique = not any(reason in clean.COPIES for reason in facts["reasons"])
    return facts | {"typed": typed, "unique": unique}


def _types(
    engine: sa.Engine, select: str, names: tuple[str, ...], before: Mapping[str, str], write: clean.Writing
) -> dict[str, str]:
    """PostgreSQL's types of a SELECT's columns, for which no row of it is made; nothing of another warehouse."""
    if write.dialect != "postgresql":
        return {}
    told = ", ".join(f"cast(pg_typeof(b.{write.name(name)}) as text) as {write.name(name)}" for name in names)
    none = f"select {told} from (select 1) as one left join ({select}) as b on false"
    return dict(read(engine, as_it_stands(_standing(none, before))).iloc[0])


def _tidy(engine: sa.Engine, untidy: str, before: Mapping[str, str]) -> set[str]:
    """The columns of text that this look at all rows found tidy, which queries then take as they stand."""
    if not untidy:
        return set()
    found = read(engine, as_it_stands(_standing(untidy, before))).iloc[0]
    return {str(name) for name, any_untidy in found.items() if not any_untidy}


def relations_of(engine: sa.Engine, tables: Facts, today: date) -> dict[str, Relation]:
    """The relations of what a look found, with the SELECTs of their rows; nothing is asked."""
    write = _writing(engine)
    relations: dict[str, Relation] = {}
    before: dict[str, str] = {}
    # the same with the rows of unknown accounts
    joined: dict[str, str] = {}
    for name in IN_ORDER:
        relations[name] = _relation(TABLES[name], tables[name], dict(before), dict(joined), today, write)
        if name in BEFORE and relations[name].status == OK:
            before[name] = _used(TABLES[name], tables[name], before, today, write)
            joined[name] = _used(TABLES[name], tables[name], before, today, write, joined=True)
    return {name: relations[name] for name in TABLES}


def _relation(
    table: Table,
    facts: Mapping[str, Any],
    before: Mapping[str, str],
    joined_before: Mapping[str, str],
    today: date,
    write: clean.Writing,
) -> Relation:
    if facts["status"] != OK:
        return Relation(table, facts["status"], facts["why"])

    def rows(since: date | None = None, joined: bool = False) -> str:
        # copies of a key of several columns are not looked for among all rows
        first = since if len(table.key) == 1 else None
        # what a layout finds through a deal it must not find through one of an unknown account
        by_layout = any(f"kept_{name}" in facts["typed"] for name in BEFORE)
        named = joined_before if joined and not by_layout else before
        return _standing(_used(table, facts, named, today, write, first, joined), named)

    marked = clean.marked(table, facts["typed"], facts["attributes"], _by_name(before), today, write)
    aside = _standing(f"select * from ({marked}) as m where set_aside is not null", before)
    found = replace(relation_from(table, {**facts, "sql": rows()}), aside=aside)
    return replace(found, chosen=rows)


def _used(
    table: Table,
    facts: Mapping[str, Any],
    before: Mapping[str, str],
    today: date,
    write: clean.Writing,
    since: date | None = None,
    joined: bool = False,
) -> str:
    """The SELECT of a table's used rows, which names the tables `before` it instead of holding them."""
    typed, attributes = facts["typed"], facts["attributes"]
    counted = clean.marked(
        table,
        typed,
        attributes,
        _by_name(before),
        today,
        write,
        since=since,
        unique=facts["unique"],
        joined=joined,
    )
    return clean.used(table, counted, tuple(attributes), write)


def _by_name(before: Mapping[str, str]) -> dict[str, str]:
    return {name: f"select * from kept_{name}" for name in before}


def _standing(select: str, before: Mapping[str, str]) -> str:
    """A SELECT that stands by itself: what it names of the tables before it goes in front, once each."""
    parts: list[str] = []
    text = select
    for name in reversed(list(before)):
        if f"kept_{name}" in text:
            parts.insert(0, f"kept_{name} as ({before[name]})")
            text += before[name]
    return f"with {', '.join(parts)} {select}" if parts else select
