"""Connects a company's warehouse: which of our tables are there, what they hold, and how to select from them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa

from gtm_metrics.company import Company
from gtm_metrics.sources import TABLES, Layout, Naming, naming_of
from gtm_metrics.warehouse.answers import Answers
from gtm_metrics.warehouse.catalogue import Ask, columns_of, schemas_of, spelled
from gtm_metrics.warehouse.dialects import SQL_TYPES
from gtm_metrics.warehouse.door import Meter, as_it_stands, open_engine, read
from gtm_metrics.warehouse.look import look_up, relations_of
from gtm_metrics.warehouse.profile import Facts, Keep, Profile, keep_profile, last_profile, reusable, stamp_of
from gtm_metrics.warehouse.relation import NOT_CONNECTED, OK, Relation, relation_from
from gtm_metrics.warehouse.resolve import Place, Told, count_sources, refuse_unknown_columns
from gtm_metrics.warehouse.trouble import WarehouseError

LOADED = "gtm"
"""The schema of an embedded warehouse that holds our tables, already tidied."""


@dataclass(frozen=True, eq=False)
class Warehouse:
    """A connected warehouse: an engine and its relations. `version` changes when what it holds was loaded anew.

    `remembered` keeps small answers that many questions need, for as long as the connection, as relations are kept;
    `prepared` names what a load worked out beside our tables; `meter` adds up what the queries took. `looked_at` says
    when the tables were looked at; `from_profile` whether that was before this connection. `answers` keeps what is
    read, for when it cannot be.
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
    looked_at: datetime | None = None
    from_profile: bool = False
    answers: Answers | None = field(default=None, repr=False)

    def connected(self, table: str) -> bool:
        """Whether the table is there and can be read."""
        return self.relations[table].status == OK

    def has(self, table: str, column: str) -> bool:
        """Whether the table is connected and the column holds anything."""
        return self.connected(table) and self.relations[table].has(column)

    def source(self, table: str, since: date | None = None, joined: bool = False) -> sa.FromClause:
        """The used rows of one of our tables, its columns in our types (attributes of accounts included).

        `since` asks for the rows with a day on or after it alone, and may get more. `joined` says that they will be
        joined to known accounts, and calls to opportunities, so that those of unknown ones may be among them. Raises
        WarehouseError when the table is not connected.
        """
        relation = self.relations[table]
        if relation.status != OK:
            raise WarehouseError(f"{table} is not connected: {relation.why}")
        kinds = {**{c.name: c.kind for c in relation.table.columns}, **relation.attributes}
        columns: list[Any] = [sa.column(name, SQL_TYPES[kind]()) for name, kind in kinds.items()]
        if self.loaded:
            return sa.table(table, *columns, schema=LOADED)
        # a query that names a table twice must name the same select, or its two would share a name
        name, sql = f"used_{table}", relation.sql
        if relation.chosen is not None and (since or joined):
            name += f"_since_{since:%Y%m%d}" if since else ""
            name += "_joined" if joined else ""
            sql = relation.chosen(since, joined)
        return self._sources.setdefault(name, as_it_stands(sql).columns(*columns).cte(name))

    def set_aside(self, table: str) -> sa.FromClause:
        """The rows of one of our tables that do not count, with the reason in `set_aside`."""
        relation = self.relations[table]
        kinds = {**{c.name: c.kind for c in relation.table.columns}, "set_aside": "text"}
        columns: list[Any] = [sa.column(name, SQL_TYPES[kind]()) for name, kind in kinds.items()]
        if self.loaded:
            return sa.table(table, *columns, schema="aside")
        return as_it_stands(relation.aside).columns(*columns).cte(f"aside_{table}")

    def kept(self, name: str, columns: Mapping[str, str]) -> sa.FromClause:
        """A prepared table with its columns and their kinds."""
        typed = [sa.column(column, SQL_TYPES[kind]()) for column, kind in columns.items()]
        return sa.table(name, *typed, schema=LOADED)

    def read(self, query: Any) -> pd.DataFrame:
        """The rows of a SELECT; WarehouseError when the warehouse does not answer."""

        def ask() -> pd.DataFrame:
            return read(self.engine, query, self.timeout_seconds, self.meter)

        return self.answers.read(self.engine, query, ask) if self.answers else ask()


def connect(company: Company, today: date, keep: Keep | None = None, anew: bool = False) -> Warehouse:
    """Looks the company's tables up and counts them once. `today` is the day of the look: later rows are set aside.

    `keep` says where looks are kept: one of the same day is used in place of looking again, unless `anew`. Raises
    WarehouseError when there is no warehouse or it does not answer; a table that cannot be read is a relation that
    failed, with its reason, and does not stop the others.
    """
    engine = open_engine(company.url, company.timeout_seconds, company.query_tag)
    profile = None if anew else reusable(company, today, keep)
    if profile is not None:
        return standing(engine, company, profile, from_profile=True)
    return as_it_is(engine, company, today, keep)


def as_it_is(engine: sa.Engine, company: Company, today: date, keep: Keep | None = None) -> Warehouse:
    """The warehouse behind an engine, looked at now; the look is kept in the place of others. Raises WarehouseError."""
    stamp, now = stamp_of(company), keep.now if keep else datetime.now(UTC)
    loaded = _loaded(engine) if engine.dialect.name == "duckdb" else None
    tables, prepared = loaded or (_looked_up(engine, company, today), ())
    version = Path(str(engine.url.database)).name if loaded else today.isoformat()
    profile = Profile(now, today, engine.dialect.name, loaded is not None, version, prepared, stamp, tables)
    keep_profile(company, keep, profile)
    return standing(engine, company, profile, from_profile=False)


def as_last_read(company: Company, keep: Keep) -> Warehouse | None:
    """The warehouse as the look found it that the last kept answers rest on; None without. Nothing is asked of it."""
    profile = last_profile(company, keep)
    if profile is None:
        return None
    try:
        engine = open_engine(company.url, company.timeout_seconds, company.query_tag)
    except WarehouseError:
        # its file is not there: an engine is needed only to write in its dialect
        if profile.dialect != "duckdb":
            return None
        engine = sa.create_engine("duckdb:///:memory:")
    return standing(engine, company, profile, from_profile=True)


def nothing_known(today: date) -> Warehouse:
    """A warehouse of which nothing is known, not even its tables: for what the journal alone can answer."""
    missing = {name: Relation(table, NOT_CONNECTED, "the warehouse does not answer") for name, table in TABLES.items()}
    return Warehouse(sa.create_engine("duckdb:///:memory:"), missing, None, today.isoformat(), False)


def standing(engine: sa.Engine, company: Company, profile: Profile, from_profile: bool) -> Warehouse:
    """A warehouse as a look at it found it; nothing is asked of it."""
    if profile.loaded:
        relations = {name: relation_from(table, profile.tables[name]) for name, table in TABLES.items()}
    else:
        relations = relations_of(engine, profile.tables, profile.today)
    return Warehouse(
        engine,
        relations,
        _through(relations, profile.today),
        profile.version,
        profile.loaded,
        company.timeout_seconds,
        prepared=frozenset(profile.prepared),
        looked_at=profile.looked_at,
        from_profile=from_profile,
    )


def _loaded(engine: sa.Engine) -> tuple[Facts, tuple[str, ...]] | None:
    """What a load kept of our tables, and the names of what it worked out beside them; None where none was loaded."""
    in_schema = f"select table_name from information_schema.tables where table_schema = '{LOADED}'"
    there = set(read(engine, sa.text(in_schema))["table_name"])
    if "loaded" not in there:
        return None
    rows = read(engine, sa.text(f"select table_name, facts from {LOADED}.loaded"))
    facts = {name: json.loads(text) for name, text in rows.itertuples(index=False)}
    missing = {"status": NOT_CONNECTED, "why": "not loaded"}
    return {name: facts.get(name, missing) for name in TABLES}, tuple(sorted(there - {*TABLES, "loaded"}))


def _looked_up(engine: sa.Engine, company: Company, today: date) -> Facts:
    naming = naming_of(company)
    refuse_unknown_columns(naming)
    places = _places(engine, company, naming)
    return look_up(engine, naming, places, today, {name for name, _ in company.edges})


def _places(engine: sa.Engine, company: Company, naming: Naming, ask: Ask | None = None) -> dict[str, Place]:
    """Where each layout's tables are: gtm.toml's schema, else the connector's usual one, else warehouse.schema."""
    there = schemas_of(engine, ask)
    schemas = {layout.name: _schema(layout, company, there) for layout in naming.layouts}
    found = {schema: Place(schema, columns_of(engine, schema, ask)) for schema in set(schemas.values())}
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


def told_by_source(warehouse: Warehouse, company: Company) -> Told:
    """What the layouts' systems say of themselves, by the names of their files of counts, without a rule of ours.

    A load counted it of what it loaded; otherwise the warehouse is asked, its catalogue too, through the answers it
    keeps, and WarehouseAway raised where it is away.
    """
    if warehouse.loaded:
        accounts = warehouse.relations["accounts"]
        return Told(accounts.told, accounts.untold)
    naming = naming_of(company)
    places = _places(warehouse.engine, company, naming, warehouse.read)

    def ask(sql: str) -> pd.DataFrame:
        return warehouse.read(as_it_stands(sql))

    return count_sources(naming, places, warehouse.engine.dialect, ask)


def _through(relations: Mapping[str, Relation], today: date) -> date | None:
    """The last day on which any connected table has an instant, at the latest today."""
    # the end of a subscription may be a plan: it does not say that data have arrived
    last = [
        end for relation in relations.values() for column, (_, end) in relation.spans.items() if column != "ended_on"
    ]
    return max((min(day, today) for day in last), default=None)
