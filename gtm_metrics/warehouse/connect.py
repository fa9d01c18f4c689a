"""Connects a company's warehouse: which of our tables are there, what they hold, and how to select from them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa

from gtm_metrics.company import Company
from gtm_metrics.sources import TABLES, Layout, Naming, Table, naming_of
from gtm_metrics.warehouse import clean
from gtm_metrics.warehouse.built_in import NotThere
from gtm_metrics.warehouse.dialects import SQL_TYPES
from gtm_metrics.warehouse.door import (
    Meter,
    WarehouseError,
    as_it_stands,
    columns_of,
    open_engine,
    read,
    schemas_of,
    spelled,
)
from gtm_metrics.warehouse.relation import FAILED, NOT_CONNECTED, OK, Relation, facts_of, output, relation_from
from gtm_metrics.warehouse.resolve import Place, refuse_unknown_columns, resolve_table

LOADED = "gtm"
"""The schema of an embedded warehouse that holds our tables, already tidied."""


@dataclass(frozen=True, eq=False)
class Warehouse:
    """A connected warehouse: an engine and its relations. `version` changes when what it holds was loaded anew.

    `remembered` keeps small answers that many questions need, for as long as the connection, as relations are kept;
    `prepared` names what a load worked out beside our tables; `meter` adds up what the queries took.
    """

    engine: sa.Engine
    relations: Mapping[str, Relation]
    data_through: date | None
    version: str
    loaded: bool
    timeout_seconds: int = 120
    _sources: dict[str, sa.FromClause] = field(default_factory=dict, repr=False)
    remembered: dict[Any, pd.DataFrame] = field(default_factory=dict, repr=False)
    prepared: frozenset[str] = frozenset()
    meter: Meter = field(default_factory=Meter, repr=False)

    def connected(self, table: str) -> bool:
        """Whether the table is there and can be read."""
        return self.relations[table].status == OK

    def has(self, table: str, column: str) -> bool:
        """Whether the table is connected and the column holds anything."""
        return self.connected(table) and self.relations[table].has(column)

    def source(self, table: str, since: date | None = None) -> sa.FromClause:
        """The used rows of one of our tables, its columns in our types (attributes of accounts included).

        `since` asks for the rows with a day on or after it alone, and may get more. Raises WarehouseError when the
        table is not connected.
        """
        relation = self.relations[table]
        if relation.status != OK:
            raise WarehouseError(f"{table} is not connected: {relation.why}")
        kinds = {**{c.name: c.kind for c in relation.table.columns}, **relation.attributes}
        columns: list[Any] = [sa.column(name, SQL_TYPES[kind]()) for name, kind in kinds.items()]
        if self.loaded:
            return sa.table(table, *columns, schema=LOADED)
        # a query that names a table twice must name the same select, or its two would share a name
        if since is None or relation.since is None:
            name, sql = f"used_{table}", relation.sql
        else:
            name, sql = f"used_{table}_since_{since:%Y%m%d}", relation.since(since)
        return self._sources.setdefault(name, as_it_stands(sql).columns(*columns).cte(name))

    def kept(self, name: str, columns: Mapping[str, str]) -> sa.FromClause:
        """A prepared table with its columns and their kinds."""
        typed = [sa.column(column, SQL_TYPES[kind]()) for column, kind in columns.items()]
        return sa.table(name, *typed, schema=LOADED)

    def read(self, query: Any) -> pd.DataFrame:
        """The rows of a SELECT; WarehouseError when the warehouse does not answer."""
        return read(self.engine, query, self.timeout_seconds, self.meter)


def connect(company: Company, today: date) -> Warehouse:
    """Looks the company's tables up and counts them once. `today` is the day of the look: later rows are set aside.

    Raises WarehouseError when there is no warehouse or it does not answer; a table that cannot be read is a
    relation that failed, with its reason, and does not stop the others.
    """
    engine = open_engine(company.url, company.timeout_seconds, company.query_tag)
    if engine.dialect.name == "duckdb":
        there = read(
            engine, sa.text(f"select table_name from information_schema.tables where table_schema = '{LOADED}'")
        )
        if "loaded" in set(there["table_name"]):
            prepared = frozenset(there["table_name"]) - {*TABLES, "loaded"}
            return _loaded(engine, today, company.timeout_seconds, prepared)
    return _looked_up(engine, company, today)


def _loaded(engine: sa.Engine, today: date, timeout_seconds: int, prepared: frozenset[str]) -> Warehouse:
    relations: dict[str, Relation] = {}
    rows = read(engine, sa.text(f"select table_name, facts from {LOADED}.loaded"))
    facts = {name: json.loads(text) for name, text in rows.itertuples(index=False)}
    for name, table in TABLES.items():
        relations[name] = relation_from(table, facts.get(name, {"status": NOT_CONNECTED, "why": "not loaded"}))
    version = Path(str(engine.url.database)).name
    through = _through(relations, today)
    return Warehouse(engine, relations, through, version, True, timeout_seconds, prepared=prepared)


def _looked_up(engine: sa.Engine, company: Company, today: date) -> Warehouse:
    naming = naming_of(company)
    refuse_unknown_columns(naming)
    places = _places(engine, company, naming)
    edges = {name for name, _ in company.edges}
    relations = look_up(engine, naming, places, today, edges)
    version = today.isoformat()
    return Warehouse(engine, relations, _through(relations, today), version, False, company.timeout_seconds)


def _places(engine: sa.Engine, company: Company, naming: Naming) -> dict[str, Place]:
    """Where each layout's tables are: gtm.toml's schema, else the connector's usual one, else warehouse.schema."""
    there = schemas_of(engine)
    schemas = {layout.name: _schema(layout, company, there) for layout in naming.layouts}
    found = {schema: Place(schema, columns_of(engine, schema)) for schema in set(schemas.values())}
    return {name: found[schema] for name, schema in schemas.items()}


def _schema(layout: Layout, company: Company, there: tuple[str, ...]) -> str:
    own = dict(company.schemas).get(layout.name)
    if own:
        return spelled(there, own, f"warehouse.schemas.{layout.name}")
    lower = {name.lower() for name in there}
    usual = next((name for name in layout.schemas if name.lower() in lower), None)
    if usual:
        return spelled(there, usual)
    return spelled(there, company.schema) if company.schema else ""


def look_up(
    engine: sa.Engine, naming: Naming, places: Mapping[str, Place], today: date, numeric: set[str]
) -> dict[str, Relation]:
    """Every table of a company's layouts against a warehouse: resolved, marked, counted. `numeric` are numbers."""
    write = clean.Writing(engine.dialect.name, engine.dialect.identifier_preparer.quote)
    relations: dict[str, Relation] = {}
    before: dict[str, str] = {}
    for name in sorted(TABLES, key=lambda n: (n != "accounts", n != "opportunities")):
        table = TABLES[name]
        try:
            relation, used = _relation(engine, table, naming, places, today, numeric, before, write)
            if name in ("accounts", "opportunities"):
                before[name] = used
        except NotThere as missing:
            relation = Relation(table, NOT_CONNECTED, str(missing))
        except WarehouseError as failure:
            relation = Relation(table, FAILED, str(failure))
        relations[name] = relation
    return {name: relations[name] for name in TABLES}


def _relation(
    engine: sa.Engine,
    table: Table,
    naming: Naming,
    places: Mapping[str, Place],
    today: date,
    numeric: set[str],
    before: dict[str, str],
    write: clean.Writing,
) -> tuple[Relation, str]:
    """A table, and the SELECT of its used rows that names the tables `before` it instead of holding them."""
    kept = {name: f"select * from kept_{name}" for name in before}
    if table.accounts and "accounts" not in kept and naming.has(table.name):
        raise WarehouseError("accounts is not connected, and every row belongs to one")
    layout, resolved = resolve_table(table.name, naming, places, kept, engine.dialect)
    empty = read(engine, as_it_stands(_standing(f"select * from ({resolved.sql}) as b limit 0", before)))
    names, attributes = output(table, tuple(empty.columns), resolved, numeric)
    typed = clean.typed(table, resolved.sql, names, attributes, write)
    marked = clean.marked(table, typed, attributes, kept, today, write)
    profile = read(engine, as_it_stands(_standing(clean.profile(table, marked, write), before)))
    facts = facts_of(table, profile, attributes, layout, resolved, {})
    # copies are looked for under every query, but where this look at all rows found none
    unique = not any(reason in clean.COPIES for reason in facts["reasons"])
    earlier = dict(before)

    def used(since: date | None = None) -> str:
        counted = clean.marked(table, typed, attributes, kept, today, write, since=since, unique=unique)
        return clean.used(table, counted, tuple(attributes), write)

    def rows(since: date | None = None) -> str:
        return _standing(used(since), earlier)

    found = relation_from(table, {**facts, "sql": rows()})
    return replace(found, since=rows) if len(table.key) == 1 else found, used()


def _standing(select: str, before: dict[str, str]) -> str:
    """A SELECT that stands by itself: what it names of the tables before it goes in front, once each."""
    parts: list[str] = []
    text = select
    for name in reversed(before):
        if f"kept_{name}" in text:
            parts.insert(0, f"kept_{name} as ({before[name]})")
            text += before[name]
    return f"with {', '.join(parts)} {select}" if parts else select


def _through(relations: Mapping[str, Relation], today: date) -> date | None:
    """The last day on which any connected table has an instant, at the latest today."""
    # the end of a subscription may be a plan: it does not say that data have arrived
    last = [
        end for relation in relations.values() for column, (_, end) in relation.spans.items() if column != "ended_on"
    ]
    return max((min(day, today) for day in last), default=None)
