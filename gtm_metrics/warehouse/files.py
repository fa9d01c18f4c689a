"""CSV and Parquet files, or frames, into a staging schema: everything as it stands, nothing judged yet."""

from __future__ import annotations

import csv
import re
import zlib
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

from gtm_metrics.sources import Naming
from gtm_metrics.warehouse.delimited import encoding_of, first_record, mended, recoded, told_apart
from gtm_metrics.warehouse.layout import asked_for, normal, quoted
from gtm_metrics.warehouse.trouble import WarehouseError

TEXT = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz")
READ = (*TEXT, ".parquet")
Say = Callable[[str], None]

UNREADABLE = (duckdb.Error, OSError, EOFError, UnicodeError, csv.Error, zlib.error)
"""What a file that is not what its name says is met with."""

_SPLIT_WRONG = ("MISSING COLUMNS", "TOO MANY COLUMNS")
"""What DuckDB says of a line that has not as many values as the header; all else goes to the patient reader."""


@dataclass(frozen=True)
class Staged:
    """What a schema of staging holds: {table: {column: type}}, and how many lines of a file could not be split.

    read_in_place   files that are read where they lie, each time a query needs them
    """

    columns: Mapping[str, Mapping[str, str]]
    broken: Mapping[str, int]
    schema: str = "main"
    read_in_place: tuple[Path, ...] = ()


def stage_folder(
    con: duckdb.DuckDBPyConnection, folder: Path, naming: Naming, scratch: Path, say: Say
) -> dict[str, Staged]:
    """The files of a folder that layouts ask for, each a table named like it, by layout; `say` names the others.

    A layout that has a subfolder of its name reads the files there and no others.

    scratch  a folder for copies of files that are not in UTF-8 or have broken lines

    Raises WarehouseError naming the file that cannot be read, or two that would be one table.
    """
    if not folder.is_dir():
        raise WarehouseError(f"{folder} is not a folder")
    there = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    inside = {normal(path.name): path for path in there if path.is_dir()}
    own = {layout.name: inside[normal(layout.name)] for layout in naming.layouts if normal(layout.name) in inside}
    wanted = {layout.name: asked_for(layout.files.values()) for layout in naming.layouts}
    shared = frozenset().union(*(names for name, names in wanted.items() if name not in own))
    found = {"main": _wanted([path for path in there if path not in own.values()], shared, say)}
    for name, place in own.items():
        con.execute(f"create schema staging.{quoted(name)}")
        found[name] = _wanted(sorted(p for p in place.iterdir() if not p.name.startswith(".")), wanted[name], say)
    if not any(found.values()):
        raise WarehouseError(f"{folder} holds no {', '.join(READ)} file that the layout asks for")
    staged = {schema: _staged(con, files, schema, scratch, say) for schema, files in found.items()}
    return {layout.name: staged[layout.name if layout.name in own else "main"] for layout in naming.layouts}


def _wanted(there: Iterable[Path], wanted: Set[str], say: Say) -> dict[str, Path]:
    """{table: file} of those that are wanted by the names of relations, as `layout.normal` writes them."""
    files: dict[str, Path] = {}
    passed = []
    for path in there:
        table = _table_of(path)
        if table is None or normal(table) not in wanted:
            passed.append(path.name + "/" * path.is_dir())
            continue
        twin = next((other for other in files if normal(other) == normal(table)), None)
        if twin is not None:
            raise WarehouseError(f"{files[twin].name} and {path.name} would both be the table {table}")
        files[table] = path
    if passed:
        say(f"  not read, since the layout asks for none of them: {', '.join(passed)}")
    return files


def _staged(con: duckdb.DuckDBPyConnection, files: Mapping[str, Path], schema: str, scratch: Path, say: Say) -> Staged:
    """Files as tables of a schema of staging."""
    place = f"staging.{quoted(schema)}"
    broken: dict[str, int] = {}
    in_place: list[Path] = []
    for table, path in files.items():
        say(f"  reading {path.name}")
        try:
            if path.name.lower().endswith(".parquet"):
                # a view: Parquet has types and is quick to read again, a copy of it is not quick to write
                file = str(path).replace("'", "''")
                con.execute(f"create view {place}.{quoted(table)} as select * from read_parquet('{file}')")
                in_place.append(path)
            else:
                broken[table] = _stage_text(con, f"{place}.{quoted(table)}", path, scratch / f"{schema}-{table}", say)
        except UNREADABLE as error:
            said = (str(error).splitlines() or [type(error).__name__])[0]
            raise WarehouseError(f"{path.name} cannot be read: {said}") from error
    lines = {table: n for table, n in broken.items() if n}
    return Staged(_columns(con, files, place), lines, schema, tuple(in_place))


def stage_frames(con: duckdb.DuckDBPyConnection, frames: Mapping[str, pd.DataFrame]) -> Staged:
    """Frames as tables of the same names. Raises WarehouseError naming the frame that cannot be read."""
    for table, frame in frames.items():
        try:
            con.register("incoming", frame)
            con.execute(f"create table staging.{quoted(table)} as select * from incoming")
            con.unregister("incoming")
        except duckdb.Error as error:
            raise WarehouseError(f"the frame {table} cannot be read: {str(error).splitlines()[0]}") from error
    return Staged(_columns(con, frames, "staging.main"), {})


def _table_of(path: Path) -> str | None:
    """The table that a file would be: its name without the ending; None for a file of another kind."""
    ending = next((end for end in sorted(READ, key=len, reverse=True) if path.name.lower().endswith(end)), None)
    return re.sub(r"\W+", "_", path.name[: -len(ending)]) if ending and path.is_file() else None


def _stage_text(con: duckdb.DuckDBPyConnection, table: str, path: Path, scratch: Path, say: Say) -> int:
    """One text file as a table of columns of text; returns the number of lines that do not fit its header."""
    if path.stat().st_size == 0:
        raise WarehouseError(f"{path.name} is empty: it needs at least a line of column names")
    encoding = encoding_of(path)
    text = path
    if encoding != "utf-8-sig":
        say(f"  {path.name} is not in UTF-8; it is read as {encoding}")
        text = recoded(path, encoding, scratch.with_name(f"{scratch.name}.csv"))
    separator, names = first_record(text)
    columns = told_apart(names)
    for was, now in zip(names, columns, strict=True):
        if was != now:
            say(f"  {path.name} has the column {was} more than once; a later one is read as {now}")
    if "" in names:
        say(f"  {path.name} has a column without a name, which is left out")
    broken = None
    try:
        broken = _read_text(con, table, text, separator, columns)
    except duckdb.Error:
        say(f"  {path.name} has lines that do not hold together; they are read one by one")
    if broken is None:
        whole = scratch.with_name(f"{scratch.name}-mended.csv")
        broken = mended(text, separator, len(names), whole)
        _read_text(con, table, whole, separator, columns)
    _plain_numbers(con, table, [name for name in columns if name], separator)
    return broken


def _read_text(
    con: duckdb.DuckDBPyConnection, table: str, path: Path, separator: str, columns: list[str]
) -> int | None:
    """The table of a UTF-8 file; the number of lines left out, or None where lines run into one another."""
    types = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(columns)))
    picks = ", ".join(f"c{i} as {quoted(name)}" for i, name in enumerate(columns) if name)
    con.execute("drop table if exists rejects")
    con.execute("drop table if exists scans")
    con.execute(
        f"create or replace table {table} as select {picks} from read_csv(?, auto_detect = false, "
        f"delim = '{separator}', quote = '\"', escape = '\"', header = true, columns = {{{types}}}, "
        f"store_rejects = true, rejects_table = 'rejects', rejects_scan = 'scans', rejects_limit = 0)",
        [str(path)],
    )
    kinds = con.execute("select distinct cast(error_type as varchar) from rejects").fetchall()
    if any(kind not in _SPLIT_WRONG for (kind,) in kinds):
        return None
    lines = con.execute("select count(distinct line_byte_position) from rejects").fetchone() or (0,)
    return int(lines[0])


def _plain_numbers(con: duckdb.DuckDBPyConnection, table: str, columns: list[str], separator: str) -> None:
    """Decimal commas to points where a column of a file that does not separate by commas holds numbers alone.

    In a file that does, a comma within a number can only part thousands.
    """
    commas = (
        con.execute(
            f"select {', '.join(f'count(case when contains({quoted(c)}, chr(44)) then 1 end)' for c in columns)} "
            f"from {table}"
        ).fetchone()
        or ()
    )
    candidates = [column for column, count in zip(columns, commas, strict=True) if count]
    if not candidates:
        return
    if separator == ",":
        pattern, part, point = r"-?([0-9]{1,3}(,[0-9]{3})+|[0-9]+)(\.[0-9]+)?", ",", "."
    else:
        pattern, part, point = r"-?([0-9]{1,3}([. ][0-9]{3})+|[0-9]+)(,[0-9]+)?", ". ", ","
    misfits = (
        con.execute(
            "select "
            + ", ".join(
                f"count(case when trim({quoted(c)}) <> '' and not regexp_full_match(trim({quoted(c)}), "
                f"'{pattern}') then 1 end)"
                for c in candidates
            )
            + f" from {table}"
        ).fetchone()
        or ()
    )
    numbers = [column for column, count in zip(candidates, misfits, strict=True) if not count]
    if numbers:
        plain = ", ".join(
            f"replace(translate({quoted(c)}, '{part}', ''), '{point}', '.') as {quoted(c)}" for c in numbers
        )
        con.execute(f"create or replace table {table} as select * replace ({plain}) from {table}")


def _columns(con: duckdb.DuckDBPyConnection, tables: Iterable[str], place: str) -> dict[str, dict[str, str]]:
    found = {}
    for table in tables:
        columns = con.execute(f"select * from {place}.{quoted(table)} limit 0").description or []
        found[table] = {name: str(kind) for name, kind, *_ in columns}
    return found
