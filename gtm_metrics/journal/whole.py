"""The whole journal as one JSON text, and a journal made of such a text: every row of every table, nothing left out.

Written out, read into an empty journal and written out again, the text is the same to the byte, whichever of the
databases the journal lies in. Rows are ordered by their keys, a row a line.

    {"format": "gtm-metrics journal", "version": "0005", "tables": {"audit": [{"id": 1, ...}, ...], ...}}

Days and moments (UTC) are ISO, what is missing is null, numbers that are not finite are text ("inf").
"""

from __future__ import annotations

import json
import math
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from gtm_metrics.company import Refused
from gtm_metrics.journal import shapes
from gtm_metrics.journal.open import (
    JournalError,
    first_line,
    made_at,
    open_journal,
    reading,
    shown,
    version_of,
    versions,
    writing,
)
from gtm_metrics.journal.tables import VERSION, Base
from gtm_metrics.journal.tables.base import JSON
from gtm_metrics.journal.write import audited

FORMAT = "gtm-metrics journal"
KEYS = ("format", "version", "tables")
BYTE_ORDER = {"postgresql": "C", "sqlite": "BINARY"}
"""The collation by which both databases put text in the same order."""

LONGEST = 80
"""Characters of a value that a message repeats."""

Rows = dict[str, list[dict[str, Any]]]


def exported(journal: sa.Connection) -> Iterator[str]:
    """The journal as JSON, piece by piece, one state of it: that in which the first piece is taken.

    journal  a connection of `reading(engine)`

    Raises JournalError for a value that JSON cannot hold.
    """
    yield f'{{"format": {json.dumps(FORMAT)}, "version": {json.dumps(version_of(journal))}, "tables": {{'
    for number, (name, table) in enumerate(sorted(Base.metadata.tables.items())):
        yield f"{',' if number else ''}\n{json.dumps(name)}: ["
        between = "\n"
        for row in journal.execute(sa.select(table).order_by(*_key(table, journal.dialect.name))):
            told = {column.name: _told(value) for column, value in zip(table.columns, row, strict=True)}
            try:
                yield between + json.dumps(told, ensure_ascii=False, allow_nan=False)
            except ValueError as error:
                raise JournalError(f"a row of {name} cannot be written as JSON: {error}") from error
            between = ",\n"
        yield "]"
    yield "}}\n"


def _key(table: sa.Table, dialect: str) -> list[sa.ColumnElement[Any]]:
    def plainly(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
        return sa.collate(column, BYTE_ORDER[dialect]) if isinstance(column.type, sa.String) else column

    return [plainly(column) for column in table.primary_key.columns]


def _told(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def imported(engine: sa.Engine, text: str, name: str, who: str) -> dict[str, int]:
    """Fills an empty journal with an exported one; rows by table. All of it is kept, or nothing.

    name  what the text is called in messages: the file's name. A text of an older version is brought along first.
    who   whoever does it: after the rows of the text one more stands in the audit

    Raises JournalError for a text that is no export, was written by a newer version, or holds a row that cannot be,
    with name, key, value and what is allowed; Refused for a journal that holds rows already.
    """
    version, tables = _opened(text, name)
    rows = _checked(Base.metadata.tables, tables, name) if version == VERSION else _brought_along(version, tables, name)
    with _refused_by_the_database(name), writing(engine) as journal:
        _refuse_full(journal, engine)
        _fill(journal, Base.metadata.sorted_tables, rows)
        told = {"file": name, "version": version, "rows": sum(map(len, rows.values()))}
        audited(journal, who, "import", told)
    return {table: len(rows[table]) for table in sorted(rows)}


def _opened(text: str, name: str) -> tuple[str, Mapping[str, Any]]:
    """The version of an export and its tables."""

    def no_number(constant: str) -> None:
        raise JournalError(f"{name}: {_cut(constant)[1:-1]} is no number that JSON knows")

    def finite(number: str) -> float:
        if not math.isfinite(float(number)):
            no_number(number)
        return float(number)

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            twice = next(key for key, times in Counter(key for key, _ in pairs).items() if times > 1)
            raise JournalError(f"{name}: an object has the key {_cut(twice)} more than once; it must have it once")
        return found

    try:
        whole = json.loads(text, parse_constant=no_number, parse_float=finite, object_pairs_hook=once)
    except (ValueError, RecursionError) as error:
        raise JournalError(f"{name} is no JSON, or was cut off: {error}") from error
    if not isinstance(whole, dict) or whole.get("format") != FORMAT:
        found = _cut(whole.get("format")) if isinstance(whole, dict) else f"missing (a {type(whole).__name__})"
        raise JournalError(f'{name}: format is {found}; of an exported journal it is "{FORMAT}"')
    _refuse_other_keys(whole, KEYS, name, "")
    version, tables = whole["version"], whole["tables"]
    known = versions()
    if not isinstance(version, str) or version not in known:
        raise JournalError(
            f"{name}: version is {_cut(version)}; this program knows {known[0]} to {known[-1]}, so a newer one wrote "
            "it or none did"
        )
    if not isinstance(tables, dict):
        raise JournalError(f"{name}: tables is a {type(tables).__name__}; it must be an object of lists of rows")
    return str(version), tables


def _checked(described: Mapping[str, sa.Table], tables: Mapping[str, Any], name: str) -> Rows:
    """The rows as the journal takes them. Raises JournalError with the key of what cannot be."""
    _refuse_other_keys(tables, sorted(described), name, "tables.")
    rows: Rows = {}
    for table, given in tables.items():
        if not isinstance(given, list):
            raise JournalError(f"{name}: tables.{table} is a {type(given).__name__}; it must be a list of rows")
        columns = {column.name: (bool(column.nullable), *_read_as(column)) for column in described[table].columns}
        rows[table] = []
        for number, row in enumerate(given):
            here = f"tables.{table}[{number}]"
            if not isinstance(row, dict):
                raise JournalError(f"{name}: {here} is {_cut(row)}; it must be an object of columns")
            _refuse_other_keys(row, columns, name, f"{here}.")
            read = {column: _value(row[column], *how, f"{name}: {here}.{column}") for column, how in columns.items()}
            _refuse_odd(table, read, f"{name}: {here}")
            rows[table].append(read)
    return rows


def _refuse_odd(table: str, row: Mapping[str, Any], here: str) -> None:
    """Raises JournalError for a row that no program would have written, with the key of what is odd."""
    column = ""
    try:
        for column, value in row.items():
            shapes.refuse_odd(table, column, value)
        column = ""
        shapes.refuse_odd_row(row)
    except shapes.Odd as odd:
        key = f"{here}.{column}{odd.where}" if column else f"{here}{odd.where}"
        raise JournalError(f"{_line(key)} is {_cut(odd.value)}; it must be {odd.allowed}") from None


def _read_as(column: sa.Column[Any]) -> tuple[Callable[[Any], Any], str]:
    return next((how, what) for of, how, what in READ if isinstance(column.type, of))


def _refuse_other_keys(given: Mapping[str, Any], wanted: Any, name: str, before: str) -> None:
    missing, strange = [key for key in wanted if key not in given], [key for key in given if key not in wanted]
    if missing or strange:
        which = f"{before}{(missing or strange)[0][:LONGEST]} is {'missing' if missing else 'unknown'}"
        raise JournalError(f"{name}: {which}; there must be {', '.join(wanted)}")


def _value(value: Any, nullable: bool, reads: Callable[[Any], Any], kind: str, key: str) -> Any:
    """A value of the file as its column takes it."""
    if value is None and nullable:
        return None
    try:
        return reads(value)
    except (TypeError, ValueError, OverflowError):
        raise JournalError(f"{key} is {_cut(value)}; it must be {kind}") from None


def _line(key: str) -> str:
    """A key in one line of a message: what it is called within JSON is anybody's."""
    return key if len(key) <= 3 * LONGEST and key.isprintable() else repr(key[: 3 * LONGEST])[1:-1] + "…"


def _cut(value: Any) -> str:
    """The beginning of a value, as a message repeats it."""
    told = repr(value)
    return told if len(told) <= LONGEST else f"{told[:LONGEST]}…"


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(value)
    # moments here are UTC and say no zone; another's would be read as if it were
    if moment.tzinfo is not None:
        raise TypeError
    return moment


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _yes(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not -(2**63) <= value < 2**63:
        raise TypeError
    return value


def _number(value: Any) -> float:
    number = float(value)
    # SQLite would keep what is not a number as missing
    if isinstance(value, bool) or math.isnan(number) or (isinstance(value, str) and math.isfinite(number)):
        raise TypeError
    return number


READ: tuple[tuple[type[sa.types.TypeEngine[Any]], Callable[[Any], Any], str], ...] = (
    (sa.JSON, lambda value: value, "JSON"),
    (sa.DateTime, _moment, "a moment in UTC without a zone, such as 2026-11-15T08:30:00"),
    (sa.Date, date.fromisoformat, "a day such as 2026-11-15"),
    (sa.Boolean, _yes, "true or false"),
    (sa.Integer, _whole, "a whole number from -2^63 to 2^63 - 1"),
    (sa.Float, _number, 'a number, "inf" or "-inf"'),
    (sa.String, _text, "text"),
)
"""How the values of a type of column are read, and what is said of those that cannot be; the first that fits."""


def _brought_along(version: str, tables: Mapping[str, Any], name: str) -> Rows:
    """The rows of an older export as today's journal has them: a journal of that version is made and moved along."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'older.sqlite'}"
        old = made_at(url, version)
        older = sa.MetaData()
        older.reflect(old)
        older.remove(older.tables["alembic_version"])
        for table in older.tables.values():
            for column in table.columns:
                column.type = JSON if isinstance(column.type, sa.JSON) else column.type
        with _refused_by_the_database(name), writing(old) as journal:
            _fill(journal, older.sorted_tables, _checked(older.tables, tables, name))
        old.dispose()
        moved = open_journal(url)
        with reading(moved) as journal:
            rows = {
                table: [dict(row) for row in journal.execute(sa.select(described)).mappings()]
                for table, described in Base.metadata.tables.items()
            }
        moved.dispose()
    return rows


def _refuse_full(journal: sa.Connection, engine: sa.Engine) -> None:
    counts = {
        name: journal.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
        for name, table in sorted(Base.metadata.tables.items())
    }
    held = ", ".join(f"{count:,} of {name}" for name, count in counts.items() if count)
    if held:
        raise Refused(
            f"the journal at {shown(engine.url)} is not empty (rows: {held}); an import makes a whole journal: name a "
            "new place in GTM_JOURNAL or journal.url, or move that one away"
        )


@contextmanager
def _refused_by_the_database(name: str) -> Iterator[None]:
    try:
        yield
    except (sa.exc.IntegrityError, sa.exc.DataError) as error:
        raise JournalError(f"{name}: the journal refuses a row: {first_line(error)}") from error


def _fill(journal: sa.Connection, tables: list[sa.Table], rows: Rows) -> None:
    for table in tables:
        if not rows[table.name]:
            continue
        journal.execute(sa.insert(table), rows[table.name])
        if journal.dialect.name == "postgresql" and "id" in table.columns:
            # rows brought their numbers along; the next one must not be given one of them
            last = sa.select(sa.func.max(table.c.id)).scalar_subquery()
            of = sa.func.pg_get_serial_sequence(table.name, "id")
            journal.execute(sa.select(sa.func.setval(of, last)))
