"""Which of the shipped layouts lie in a warehouse, and where: told from its catalogue alone, by the names they read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from gtm_metrics.sources import SHIPPED, Layout, layout_in, shipped_layouts
from gtm_metrics.warehouse.catalogue import columns_by_schema
from gtm_metrics.warehouse.door import open_engine
from gtm_metrics.warehouse.layout import BUILT_IN, Reads, normal, read_by
from gtm_metrics.warehouse.resolve import Columns

WITH_ACCOUNTS = ("CRM", "our tables")
"""Kinds of layouts of which one is taken, and which must give accounts."""
ADDED = ("sequencer", "calls", "support", "surveys", "billing")
"""Kinds that add to them, in the order in which gtm.toml names them: of each of our tables the last is read."""


@dataclass(frozen=True)
class Candidate:
    """A layout in a schema: which of our tables it can give there, and which relations it found and missed.

    signed  whether the tables bear a column of the connector that the layout is named for
    usual   whether the schema is one that the connector usually writes to
    """

    layout: Layout
    schema: str
    tables: tuple[str, ...]
    found: tuple[str, ...]
    missing: tuple[str, ...]
    signed: bool
    usual: bool

    def __str__(self) -> str:
        every = len(self.found) + len(self.missing)
        told = f"{self.layout.name} in schema {self.schema}: {len(self.found)} of {every} tables"
        return f"{told}, missing {', '.join(self.missing)}" if self.missing else told


def catalogue(url: str, timeout_seconds: int) -> Mapping[str, Columns]:
    """{schema: {table: {column: data type}}} of a warehouse, without its own and without empty schemas.

    In Snowflake that is the connection's database. Raises WarehouseError when the warehouse does not answer.
    """
    engine: sa.Engine = open_engine(url, timeout_seconds)
    try:
        return columns_by_schema(engine)
    finally:
        engine.dispose()


def candidates(there: Mapping[str, Columns]) -> tuple[Candidate, ...]:
    """Every shipped layout in every schema in which it gives one of our tables, the likeliest first.

    Of layouts that share their files, one stands for each schema: that of the connector whose columns are there.
    """
    layouts = [layout_in(SHIPPED / name) for name in shipped_layouts()]
    every = [_candidate(layout, schema, columns) for schema, columns in there.items() for layout in layouts]
    able = sorted((one for one in every if _goes(one)), key=_place)
    seen: dict[tuple[str, frozenset[object]], Candidate] = {}
    for one in able:
        seen.setdefault((one.schema, frozenset(one.layout.files.values())), one)
    return tuple(seen.values())


def chosen(among: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """The best CRM, or our own tables, and the best of each kind that adds to it; () where none gives accounts."""
    first = next((one for one in among if one.layout.kind in WITH_ACCOUNTS), None)
    if first is None:
        return ()
    held = {(first.schema, relation) for relation in first.found}
    more = []
    for kind in ADDED:
        of_kind = (one for one in among if one.layout.kind == kind)
        # what the first reads already is its own table, and no other system's
        fresh = (one for one in of_kind if not {(one.schema, relation) for relation in one.found} <= held)
        more += list(fresh)[:1]
    return (first, *more)


def _candidate(layout: Layout, schema: str, columns: Columns) -> Candidate:
    tables = {normal(name): {normal(column) for column in held} for name, held in columns.items()}
    read = {table: [r for r in read_by(path) if r.relation not in BUILT_IN] for table, path in layout.files.items()}
    relations = list(dict.fromkeys(r.candidates for reads in read.values() for r in reads))
    found = [names[0] for names in relations if any(normal(name) in tables for name in names)]
    sign = normal(layout.name.split("_")[0])
    return Candidate(
        layout,
        schema,
        tuple(table for table, reads in read.items() if _readable(reads, tables)),
        tuple(found),
        tuple(names[0] for names in relations if names[0] not in found),
        any(column.startswith(sign) for held in tables.values() for column in held),
        schema.lower() in layout.schemas,
    )


def _readable(reads: Sequence[Reads], tables: Mapping[str, set[str]]) -> bool:
    """Whether a file's relations are there with the columns that it cannot do without."""
    there = [read for read in reads if _at(read, tables) is not None]
    if any(read not in there and not read.optional for read in reads):
        return False
    decisive = [read for read in reads if read.decisive]
    if decisive and not any(read in there for read in decisive):
        return False
    return all(_columns_there(read, _at(read, tables) or set()) for read in there)


def _at(read: Reads, tables: Mapping[str, set[str]]) -> set[str] | None:
    return next((tables[normal(name)] for name in read.candidates if normal(name) in tables), None)


def _columns_there(read: Reads, columns: set[str]) -> bool:
    # a path into JSON begins with the column that holds it
    return all(
        want.optional or any(normal(name.split(".")[0]) in columns for name in want.candidates) for want in read.columns
    )


def _goes(one: Candidate) -> bool:
    return "accounts" in one.tables if one.layout.kind in WITH_ACCOUNTS else bool(one.tables)


def _place(one: Candidate) -> tuple[int, int, bool, bool, int, str]:
    """Most of our tables, most relations, the connector's own columns, its usual schema; then the shorter name."""
    return -len(one.tables), -len(one.found), not one.signed, not one.usual, len(one.schema), one.layout.name
