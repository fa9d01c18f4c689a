"""One load: rows staged, every table of ours built through the layouts, marked, profiled and kept beside its facts."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import sqlalchemy as sa

from gtm_metrics.sources import TABLES, Naming, Table, naming
from gtm_metrics.warehouse import clean
from gtm_metrics.warehouse.build.swap import swapped_in
from gtm_metrics.warehouse.build.text import guessed, unreadable
from gtm_metrics.warehouse.built_in import NotThere
from gtm_metrics.warehouse.confined import alone_a_select, shut, within
from gtm_metrics.warehouse.connect import LOADED
from gtm_metrics.warehouse.files import Staged, stage_folder, stage_frames
from gtm_metrics.warehouse.layout import quoted
from gtm_metrics.warehouse.relation import FAILED, NOT_CONNECTED, facts_of, output
from gtm_metrics.warehouse.resolve import Place, Told, count_sources, refuse_unknown_columns, resolve_table
from gtm_metrics.warehouse.trouble import WarehouseError

Say = Callable[[str], None]
Stage = Callable[[duckdb.DuckDBPyConnection, Path], Mapping[str, Staged]]
"""Stages rows into the schemas of `staging`: what each holds, by the name of the layout that reads it."""
Facts = dict[str, dict[str, Any]]
Prepare = Callable[[Facts, sa.Engine], Mapping[str, str]]
"""From a load's facts and DuckDB's engine, what to work out once: name -> SELECT over the tables just loaded."""

SECONDS_A_TABLE = 3600.0
"""How long layouts' SQL may take for one of our tables: a hundred million touches take a fifth of it."""


def nothing(_facts: Facts, _engine: sa.Engine) -> Mapping[str, str]:
    """A Prepare that works nothing out."""
    return {}


def load_folder(
    source: Path,
    target: Path,
    layouts: Naming | Path,
    today: date,
    numeric: set[str],
    say: Say,
    prepare: Prepare = nothing,
    seconds: float = SECONDS_A_TABLE,
) -> Facts:
    """CSV and Parquet files of `source` into the embedded warehouse `target`, through layouts or the folder of one.

    The files of a layout may lie in a subfolder named like it. `prepare` says what to work out beside our tables;
    without it every question works it out. Returns what `loaded` keeps, a table a key. Raises WarehouseError, and
    changes nothing, when there is no file that a layout asks for, a file cannot be read, a table that is there lacks
    what it must have, or the layouts' SQL for one of our tables takes longer than `seconds`.
    """

    names = naming(layouts)

    def stage(con: duckdb.DuckDBPyConnection, scratch: Path) -> Mapping[str, Staged]:
        return stage_folder(con, source, names, scratch, say)

    return _loaded(target, _Load(stage, names, today, numeric, say, prepare, seconds))


def load_frames(
    frames: Mapping[str, pd.DataFrame],
    target: Path,
    layouts: Naming | Path,
    today: date,
    numeric: set[str],
    say: Say,
    prepare: Prepare = nothing,
    seconds: float = SECONDS_A_TABLE,
) -> Facts:
    """Frames named like the layouts' relations into the embedded warehouse `target`; otherwise as `load_folder`."""
    names = naming(layouts)

    def stage(con: duckdb.DuckDBPyConnection, _scratch: Path) -> Mapping[str, Staged]:
        return dict.fromkeys((layout.name for layout in names.layouts), stage_frames(con, frames))

    return _loaded(target, _Load(stage, names, today, numeric, say, prepare, seconds))


@dataclass(frozen=True)
class _Load:
    """One load: where its rows come from, through what, and as of when."""

    stage: Stage
    naming: Naming
    today: date
    numeric: set[str]
    say: Say
    prepare: Prepare
    seconds: float


class LoadFailed(WarehouseError):
    """A load that changed nothing, with the facts of every table it got to."""

    def __init__(self, facts: Facts, why: str) -> None:
        super().__init__(f"nothing was loaded: {why}")
        self.facts = facts


def _loaded(target: Path, load: _Load) -> Facts:
    refuse_unknown_columns(load.naming)

    def write(building: Path, scratch: Path) -> Facts:
        facts = _build(building, scratch, load)
        failed = {name: fact["why"] for name, fact in facts.items() if fact["status"] == FAILED}
        if failed:
            raise LoadFailed(facts, "; ".join(f"{name}: {why}" for name, why in failed.items()))
        return facts

    return swapped_in(target, write)


def _build(building: Path, scratch: Path, load: _Load) -> Facts:
    engine = sa.create_engine("duckdb:///:memory:")
    dialect = engine.dialect
    write = clean.Writing("duckdb", dialect.identifier_preparer.quote)
    facts: Facts = {}
    with duckdb.connect(str(building)) as con:
        con.execute("set TimeZone = 'UTC'")
        con.execute(f"attach '{str(scratch / 'staging.duckdb').replace(chr(39), chr(39) * 2)}' as staging")
        _pack(con, False)
        staged = load.stage(con, scratch)
        shut(con, staged)
        con.execute(f"create schema {LOADED}")
        con.execute("create schema aside")
        kept: dict[str, str] = {}
        for name in sorted(TABLES, key=lambda n: (n != "accounts", n != "opportunities")):
            try:
                with within(con, load.seconds, name):
                    facts[name] = _table(con, TABLES[name], load, staged, dialect, kept, write)
                kept[name] = f"select * from {LOADED}.{name}"
                load.say(f"  {name}: {_counted(facts[name])}")
            except NotThere as missing:
                facts[name] = {"status": NOT_CONNECTED, "why": str(missing)}
            except (WarehouseError, duckdb.Error) as failure:
                facts[name] = {"status": FAILED, "why": str(failure).splitlines()[0]}
        told = _told(con, load, staged, dialect)
        facts["accounts"] |= {"told": told.counts, "untold": told.untold}
        if facts["accounts"]["status"] == NOT_CONNECTED:
            facts["accounts"]["status"] = FAILED
        con.execute(f"create table {LOADED}.loaded (table_name varchar, facts varchar)")
        for name in TABLES:
            con.execute(f"insert into {LOADED}.loaded values (?, ?)", [name, json.dumps(facts[name])])
        _forget(con)
        _pack(con, True)
        if not any(facts[name]["status"] == FAILED for name in TABLES):
            for name, select in load.prepare(facts, engine).items():
                con.execute(f"create table {LOADED}.{name} as {select}")
        con.execute("detach staging")
        con.execute("checkpoint")
    return {name: facts[name] for name in TABLES}


def _told(con: duckdb.DuckDBPyConnection, load: _Load, staged: Mapping[str, Staged], dialect: Any) -> Told:
    """What the loaded systems say of themselves, before any rule of ours."""
    places = {name: Place(f"staging.{held.schema}", held.columns) for name, held in staged.items()}

    def ask(sql: str) -> pd.DataFrame:
        try:
            with within(con, load.seconds, "what a system says of itself"):
                return alone_a_select(con, sql).df().rename(columns=str.lower)
        except duckdb.Error as error:
            raise WarehouseError(str(error)) from error

    return count_sources(load.naming, places, dialect, ask)


def _table(
    con: duckdb.DuckDBPyConnection,
    table: Table,
    load: _Load,
    staged: Mapping[str, Staged],
    dialect: Any,
    kept: Mapping[str, str],
    write: clean.Writing,
) -> dict[str, Any]:
    if table.accounts and "accounts" not in kept and load.naming.has(table.name):
        raise WarehouseError("accounts is not there, and every row belongs to one")
    places = {name: Place(f"staging.{held.schema}", held.columns) for name, held in staged.items()}
    layout, resolved = resolve_table(table.name, load.naming, places, kept, dialect)
    described = alone_a_select(con, f"select * from ({resolved.sql}) as b limit 0").description or []
    types = {name: str(kind) for name, kind, *_ in described}
    names, attributes = output(table, tuple(types), resolved, load.numeric)
    attributes = {**attributes, **guessed(con, resolved, [n for n, kind in attributes.items() if kind == "text"])}
    typed = clean.typed(table, resolved.sql, names, attributes, write, types)
    con.execute(f"create table staging.typed_{table.name} as {typed}")
    marked = clean.marked(table, f"select * from staging.typed_{table.name}", attributes, kept, load.today, write, True)
    con.execute(f"create table staging.marked_{table.name} as {marked}")
    con.execute(f"drop table staging.typed_{table.name}")
    everything = f"select * from staging.marked_{table.name}"
    profile = con.execute(clean.profile(table, everything, write)).df()
    order = ", ".join(name for name in ("account_id", table.begins) if name in table.names)
    _pack(con, True)
    con.execute(
        f"create table {LOADED}.{table.name} as "
        f"{clean.used(table, everything, tuple(attributes), write)} order by {order}"
    )
    con.execute(f"create table aside.{table.name} as {everything} where set_aside is not null")
    _pack(con, False)
    con.execute(f"drop table staging.marked_{table.name}")
    facts = facts_of(table, profile, attributes, layout, resolved, unreadable(con, table, resolved, types, write))
    # lines that a file's reader could not split belong to the tables that read the file first
    broken = sum(staged[layout.name].broken.get(name, 0) for name in resolved.tables[:1])
    if broken:
        facts["rows_read"] += broken
        facts["reasons"] = {**facts["reasons"], "unreadable line": broken}
    return facts


def _pack(con: duckdb.DuckDBPyConnection, on: bool) -> None:
    """Packs what is written from here on, or not: packing what is thrown away in a minute takes a third of a load."""
    con.execute(f"set force_compression = '{'auto' if on else 'uncompressed'}'")


def _forget(con: duckdb.DuckDBPyConnection) -> None:
    """Empties staging, which would otherwise be written out in full only to be deleted."""
    for kind, relations in (("view", "duckdb_views()"), ("table", "duckdb_tables()")):
        for schema, name in con.execute(
            f"select schema_name, {kind}_name from {relations} where database_name = 'staging' and not internal"
        ).fetchall():
            con.execute(f"drop {kind} staging.{quoted(schema)}.{quoted(name)}")


def _counted(facts: Mapping[str, Any]) -> str:
    """A table's rows in one line: how many were read, and how many of them are set aside, by reason."""
    line = f"{facts['rows_read']:,} rows read"
    reasons = ", ".join(f"{n:,} {reason}" for reason, n in facts["reasons"].items())
    return f"{line}, {sum(facts['reasons'].values()):,} set aside: {reasons}" if reasons else line
