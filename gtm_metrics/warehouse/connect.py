"""Connects a company's warehouse: which of our tables are there, what they hold, and how to select from them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
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
from gtm_metrics.warehouse.resolve import (
    Place,
    Resolved,
    Sought,
    refuse_unknown_columns,
    resolve_table,
)

LOADED = "gtm"
"""The schema of an embedded warehouse that holds our tables, already tidied."""

OK, NOT_CONNECTED, FAILED = "ok", "not_connected", "failed"


@dataclass(frozen=True)
class Relation:
    """One of our tables as a warehouse has it.

    status      ok, not_connected or failed; `why` says it in words
    filled      how many used rows have a value, by column; a column that is empty throughout is not connected
    attributes  extra columns of accounts and their kind
    reasons     rows set aside, by reason; rows_read = rows_used + their sum
    unreadable  values of optional columns that no type could read and that count as missing, by column
    spans       first and last day of every date and instant, by column
    found       (our name, table, column) of what was found; `sql` the SELECT behind it
    layout      the layout that gave it; `sought` every name its file looked for, with the candidates
    since       gives the SELECT of the rows with a day on or after a date: those before need not be tidied; None where
                all of them stand ready
    """

    table: Table
    status: str
    why: str = ""
    filled: Mapping[str, int] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)
    rows_read: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    unreadable: Mapping[str, int] = field(default_factory=dict)
    spans: Mapping[str, tuple[date, date]] = field(default_factory=dict)
    found: tuple[tuple[str, str, str], ...] = ()
    sql: str = ""
    layout: str = ""
    sought: tuple[Sought, ...] = ()
    since: Callable[[date], str] | None = field(default=None, repr=False, compare=False)

    @property
    def rows_set_aside(self) -> int:
        """Rows that are not used, over all reasons."""
        return sum(self.reasons.values())

    @property
    def rows_used(self) -> int:
        """Rows that count."""
        return self.rows_read - self.rows_set_aside

    @property
    def first(self) -> date | None:
        """The day the first used row begins."""
        return self.spans[self.table.begins][0] if self.table.begins in self.spans else None

    @property
    def last(self) -> date | None:
        """The day the last used row begins."""
        return self.spans[self.table.begins][1] if self.table.begins in self.spans else None

    def has(self, column: str) -> bool:
        """Whether the column holds anything at all."""
        return self.filled.get(column, 0) > 0


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


def output(
    table: Table, names: tuple[str, ...], resolved: Resolved, numeric: set[str]
) -> tuple[tuple[str, ...], dict[str, str]]:
    """Names that a layout's SELECT yields, and for accounts the kinds of those that are not ours: attributes.

    A name that ends in an underscore is the file's own and no attribute.
    """
    lost = [c.name for c in table.columns if c.required and c.name not in names]
    if lost:
        raise WarehouseError(f"the layout's {table.name}.sql yields no {', '.join(lost)}")
    if not table.attributes:
        return names, {}
    attributes = {}
    types = dict(resolved.extra)
    for name in names:
        if name not in table.names and name != "set_aside" and not name.endswith("_"):
            attributes[name] = "number" if name in numeric else _kind(types.get(name, "varchar"))
    return names, attributes


def _kind(data_type: str) -> str:
    kind = data_type.lower()
    if kind.startswith(("bool",)):
        return "boolean"
    if kind.startswith(("date", "timestamp")):
        return "date"
    if kind.startswith(
        (
            "int",
            "bigint",
            "hugeint",
            "smallint",
            "tinyint",
            "ubigint",
            "uinteger",
            "double",
            "real",
            "float",
            "decimal",
            "numeric",
            "number",
        )
    ):
        return "number"
    return "text"


def facts_of(
    table: Table,
    profile: pd.DataFrame,
    attributes: Mapping[str, str],
    layout: Layout,
    resolved: Resolved,
    unreadable: Mapping[str, int],
) -> dict[str, Any]:
    """What a profile says of a table, as plain JSON-able facts."""
    good = profile[profile["set_aside"].isna()]
    bad = profile[profile["set_aside"].notna()].sort_values("set_aside")
    filled, spans = {}, {}
    for column in table.columns:
        filled[column.name] = int(good[f"filled_{column.name}"].sum())
        if column.kind in clean.DATED and filled[column.name]:
            ends = [good[f"{end}_{column.name}"].iloc[0] for end in ("first", "last")]
            if not pd.isna(ends[0]):
                spans[column.name] = [pd.Timestamp(end).date().isoformat() for end in ends]
    return {
        "status": OK,
        "why": "",
        "filled": filled,
        "attributes": dict(attributes),
        "spans": spans,
        "rows_read": int(profile["counted"].sum()),
        "reasons": {str(reason): int(n) for reason, n in zip(bad["set_aside"], bad["counted"], strict=True)},
        "unreadable": dict(unreadable),
        "found": [list(f) for f in resolved.found],
        "sql": resolved.sql,
        "layout": layout.name,
        "sought": [[s.relation, s.name, list(s.candidates), s.table, s.column] for s in resolved.sought],
    }


def relation_from(table: Table, facts: Mapping[str, Any]) -> Relation:
    """The Relation of plain facts, as `loaded` keeps them."""
    spans = {name: (date.fromisoformat(a), date.fromisoformat(b)) for name, (a, b) in facts.get("spans", {}).items()}
    found = tuple((a, b, c) for a, b, c in facts.get("found", []))
    sought = tuple(Sought(a, b, tuple(c), d, e) for a, b, c, d, e in facts.get("sought", []))
    same = ("filled", "attributes", "rows_read", "reasons", "unreadable", "sql", "layout")
    plain = {name: facts[name] for name in same if name in facts}
    return Relation(table, facts["status"], facts.get("why", ""), spans=spans, found=found, sought=sought, **plain)


def _through(relations: Mapping[str, Relation], today: date) -> date | None:
    """The last day on which any connected table has an instant, at the latest today."""
    # the end of a subscription may be a plan: it does not say that data have arrived
    last = [
        end for relation in relations.values() for column, (_, end) in relation.spans.items() if column != "ended_on"
    ]
    return max((min(day, today) for day in last), default=None)
