"""A layout's file against one warehouse: its names looked up, and what the body reads handed to it in those names."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from sqlalchemy.engine.interfaces import Dialect

from gtm_metrics.company import Refused
from gtm_metrics.sources import Layout, Naming
from gtm_metrics.warehouse.built_in import Beside, NotThere, built_in
from gtm_metrics.warehouse.dialects import NULLS, TEXTS, at_path, cast_text, counted_from_1970, in_host, in_words
from gtm_metrics.warehouse.layout import (
    BUILT_IN,
    LONGEST,
    Reads,
    Wanted,
    header,
    normal,
    quoted,
    read_by,
    snake,
    text_of,
)
from gtm_metrics.warehouse.selects import refusal, strangers
from gtm_metrics.warehouse.trouble import WarehouseAway, WarehouseError

Columns = Mapping[str, Mapping[str, str]]

PICKS = re.compile(r"\s*select\s[\w\s,*]+\sfrom\s+(?P<relation>\w+)\s*", re.ASCII)
"""A body that only picks columns of one relation."""

NEAR = 5
"""How many columns a refusal names as near the one that is not there."""


@dataclass(frozen=True)
class Place:
    """Where a layout's tables are: the schema ('' is the connection's own) and {table: {column: data type}}."""

    schema: str
    columns: Columns


@dataclass(frozen=True)
class Sought:
    """A name that a file reads, the candidates for it, and which of them the warehouse has ('' where none)."""

    relation: str
    name: str
    candidates: tuple[str, ...]
    table: str
    column: str


@dataclass(frozen=True)
class Cast:
    """Text that a header reads as something else: which column of which source, as it stands and as it is read."""

    source: str
    column: str
    raw: str
    read: str


@dataclass(frozen=True)
class Told:
    """What the systems say of themselves, by the names of their files of counts; `untold` why one is missing."""

    counts: Mapping[str, int]
    untold: Mapping[str, str]


@dataclass(frozen=True)
class Resolved:
    """A file's SELECT against one warehouse: the SQL, what each name was found as, and what is missing.

    tables  the warehouse's table for each relation read, in order; '' for an optional one that is not there
    found   (name, table, column); `extra` the names and types of the columns that `*` hands on
    sought  every name that was looked for, with its candidates
    casts   what is read from text as a date, a number, yes or no
    """

    sql: str
    tables: tuple[str, ...]
    found: tuple[tuple[str, str, str], ...]
    missing: tuple[str, ...]
    extra: tuple[tuple[str, str], ...]
    sought: tuple[Sought, ...] = ()
    casts: tuple[Cast, ...] = ()


def resolve_table(
    table: str, naming: Naming, places: Mapping[str, Place], kept: Mapping[str, str], dialect: Dialect
) -> tuple[Layout, Resolved]:
    """One of our tables through the last layout that has it: whose file there is, and whose relations.

    `places` by the layouts' names; `kept` the SELECTs of our tables that are there already. Raises NotThere, with
    what each layout misses, and WarehouseError as `resolve` does.
    """
    missed = []
    for layout in reversed(naming.layouts):
        if table not in layout.files:
            continue
        beside = Beside(naming.columns_of(layout.name), naming.words, kept)
        try:
            return layout, resolve(layout.files[table], places[layout.name], beside, dialect)
        except NotThere as missing:
            missed.append(f"{layout.name}: {missing}" if len(naming.layouts) > 1 else str(missing))
    alone = "the layout has no" if len(naming.layouts) == 1 else "none of the layouts has a"
    raise NotThere("; ".join(missed) or f"{alone} {table}.sql")


def count_sources(
    naming: Naming, places: Mapping[str, Place], dialect: Dialect, ask: Callable[[str], pd.DataFrame]
) -> Told:
    """What the systems say of themselves, each count from the last layout that can be asked for it.

    A count that no layout could make has its reason. Raises WarehouseAway: a warehouse that does not answer is none.
    """
    found: dict[str, int] = {}
    untold: dict[str, str] = {}
    for layout in naming.layouts:
        for name, path in layout.counts.items():
            try:
                beside = Beside(naming.columns_of(layout.name), naming.words)
                found[name] = _counted(ask(resolve(path, places[layout.name], beside, dialect).sql))
            except WarehouseAway:
                raise
            except (NotThere, WarehouseError) as failure:
                untold[name] = f"{layout.name}: {str(failure).splitlines()[0]}"
    return Told(found, {name: why for name, why in untold.items() if name not in found})


def _counted(rows: pd.DataFrame) -> int:
    """The count that a file of counts yields. Raises WarehouseError where that is anything else."""
    try:
        value = rows["counted"].item()
        if isinstance(value, str) or int(value) != value:
            raise TypeError
    except (KeyError, TypeError, ValueError, OverflowError):
        raise WarehouseError("it must yield one row, whose counted is a whole number") from None
    return int(value)


def refuse_unknown_columns(naming: Naming) -> None:
    """Raises Refused, with the names that there are, where gtm.toml gives a column for a name no layout reads."""
    known = [
        (layout.name, f"{read.relation}.{want.name}")
        for layout in naming.layouts
        for path in layout.files.values()
        for read in (read_by(path) if naming.columns else ())
        if read.relation not in BUILT_IN
        for want in read.columns
    ]
    allowed = {name for _, name in known} | {f"{layout}.{name}" for layout, name in known}
    for given, _ in naming.columns:
        if given not in allowed:
            names = list(dict.fromkeys(name for _, name in known))
            near = difflib.get_close_matches(given, names, NEAR)
            hint = f"near it are {', '.join(near)}; all are {', '.join(names)}" if near else f"there are {names}"
            raise Refused(f"gtm.toml: warehouse.columns names {given!r}, which no layout reads; {hint}")


def resolve(path: Path, place: Place, beside: Beside, dialect: Dialect) -> Resolved:
    """The SELECT of a source file with its names looked up in a place.

    Raises NotThere when a relation is not in the warehouse, WarehouseError when a required column is not, or one that
    gtm.toml gives.
    """
    file = f"{path.parent.name}/{path.name}"
    _, reads, body = header(text_of(path), file)
    _refuse_body(body, reads, file, dialect.name)
    tables = {normal(table): table for table in place.columns}
    prefix = "".join(quoted(part) + "." for part in place.schema.split(".") if part)
    ours = dialect.identifier_preparer.quote
    # first, where the body's own names for relations do not yet stand in the way of the warehouse's
    parts = built_in(reads, beside, dialect)
    used: list[str] = []
    extra: list[tuple[str, str]] = []
    sought: list[Sought] = []
    handed_on: list[tuple[str, str, str]] = []
    casts: list[Cast] = []
    handed: dict[str, str] = {}
    for read in (read for read in reads if read.relation not in BUILT_IN):
        table = next((tables[normal(c)] for c in read.candidates if normal(c) in tables), None)
        if table is None and not read.optional:
            raise NotThere(f"the warehouse has no table {' or '.join(read.candidates)}")
        used.append(table or "")
        columns = place.columns[table] if table else {}
        picks = []
        places: dict[str, str] = {}
        for want in read.columns:
            earlier = want.candidates[0] if want.kind == "words" and want.candidates[0] in places else ""
            given = f"{read.relation}.{want.name}" in beside.columns
            at = places[earlier] if earlier and not given else _at(want, read, columns, beside, table, file)
            places[want.name] = at
            sought.append(Sought(read.relation, want.name, want.candidates, table or "", at))
            pick = _picked(want, at, columns, dialect)
            picks.append(f"{pick} as {ours(want.name)}")
            if at and want.kind not in ("", "text", "words", "host"):
                raw, data_type = _raw(at, columns, dialect)
                if data_type.lower().startswith(TEXTS) or not data_type:
                    casts.append(Cast(f"{prefix}{quoted(table or '')}", f"{table}.{at}", raw, pick))
        if read.rest and table is not None:
            taken = {_column(s.column, columns) for s in sought if s.relation == read.relation}
            names = {want.name for want in read.columns}
            for actual, kind in columns.items():
                name = _rest_of(snake(actual), read.rest)
                if actual not in taken and name and name not in names and not actual.startswith("_"):
                    names.add(name)
                    extra.append((name, kind))
                    handed_on.append((name, table, actual))
                    picks.append(f"{quoted(actual)} as {ours(name)}")
        source = f" from {prefix}{quoted(table)}" if table else " where 1 = 0"
        handed[read.relation] = f"select {', '.join(picks)}{source}"
        if table and not prefix:
            # unqualified and within a WITH item of its own name, Snowflake would take the table for that item
            raw = ours(f"raw_{read.relation}")
            parts.append(f"{raw} as (select * from {quoted(table)})")
            source = f" from {raw}"
        parts.append(f"{ours(read.relation)} as (select {', '.join(picks)}{source})")
    _refuse_undecided(reads, sought, used)
    # the line end closes a comment on the body's last line
    sql = f"with {', '.join(parts)} select * from ({body}\n) as body"
    plain = PICKS.fullmatch(body)
    if plain and handed.keys() == {plain["relation"]}:
        # PostgreSQL does not plan through a WITH within a part, and would hand every column of every row on
        sql = f"{body[: plain.start('relation')]}({handed[plain['relation']]}) as {ours(plain['relation'])}"
    found = (*((s.name, s.table, s.column) for s in sought if s.column), *handed_on)
    missing = tuple(s.name for s in sought if not s.column)
    return Resolved(sql, tuple(used), found, missing, tuple(extra), tuple(sought), tuple(casts))


def _refuse_body(body: str, reads: tuple[Reads, ...], file: str, dialect: str) -> None:
    """Raises WarehouseError where a file's body is not one SELECT of what its header names."""
    why = refusal(body, dialect)
    if why:
        raise WarehouseError(f"{file}: {why}")
    others = strangers(body, dialect, frozenset(read.relation.lower() for read in reads))
    if others:
        raise WarehouseError(
            f"{file}: the SELECT reads {others[0][:LONGEST]}, which its header does not name; a line "
            '"-- reads: table(columns)" must say what it reads'
        )


def _rest_of(name: str, prefixes: tuple[str, ...]) -> str:
    """What follows the first of the prefixes that a name begins with; '' when it begins with none."""
    return next((name.removeprefix(prefix) for prefix in prefixes if name.startswith(prefix)), "")


def _refuse_undecided(reads: tuple[Reads, ...], sought: list[Sought], used: list[str]) -> None:
    """Raises NotThere when none of the relations, or none of the names, is there of which one must be."""
    from_warehouse = [read for read in reads if read.relation not in BUILT_IN]
    decisive = [(read, table) for read, table in zip(from_warehouse, used, strict=True) if read.decisive]
    if decisive and not any(table for _, table in decisive):
        names = " or ".join(name for read, _ in decisive for name in read.candidates)
        raise NotThere(f"the warehouse has no table {names}")
    named = {(read.relation, want.name) for read in reads for want in read.columns if want.decisive}
    found = [s for s in sought if (s.relation, s.name) in named]
    if found and not any(s.column for s in found):
        names = " or ".join(candidate for s in found for candidate in s.candidates)
        raise NotThere(f"table {found[0].table} has no column {names}")


def _at(want: Wanted, read: Reads, columns: Mapping[str, str], beside: Beside, table: str | None, file: str) -> str:
    """Where a name is found: a column as the warehouse spells it, with the path into it if there is one; '' if not."""
    there = {normal(column): column for column in columns}
    given = beside.columns.get(f"{read.relation}.{want.name}")
    if given and table:
        column, *path = _parts(given, there)
        if normal(column) not in there:
            names = {normal(name): name for name in columns}
            near = [names[n] for n in difflib.get_close_matches(normal(column), names, NEAR, 0.5)]
            hint = f"near it are {', '.join(near)}" if near else f"it has {', '.join(columns)}"
            raise WarehouseError(
                f"gtm.toml: warehouse.columns {read.relation}.{want.name} is {given!r}, and table {table} has no such "
                f"column; {hint}"
            )
        return ".".join((there[normal(column)], *path))
    for candidate in want.candidates:
        column, *path = _parts(candidate, there)
        if normal(column) in there:
            return ".".join((there[normal(column)], *path))
    if not want.optional and table is not None:
        raise WarehouseError(f"{file}: table {table} has no column {' or '.join(want.candidates)}")
    return ""


def _parts(candidate: str, there: Mapping[str, str]) -> list[str]:
    """A candidate as its column and the path into it; a column may have points in its name."""
    return [candidate] if normal(candidate) in there else candidate.split(".")


def _column(at: str, columns: Mapping[str, str]) -> str:
    return at if at in columns else at.split(".")[0]


def _picked(want: Wanted, at: str, columns: Mapping[str, str], dialect: Dialect) -> str:
    """SQL for a name: the column it was found as, read as its kind; null where it was not."""
    if not at:
        return f"cast(null as {NULLS[want.kind or 'text'][dialect.name == 'snowflake']})"
    expression, data_type = _raw(at, columns, dialect)
    if want.kind in ("words", "host"):
        return in_words(expression) if want.kind == "words" else in_host(expression)
    plain = cast_text(dialect.name, expression, want.kind, data_type) if want.kind else expression
    if want.kind in ("date", "instant") and not data_type.lower().startswith(("date", "timestamp")):
        return counted_from_1970(dialect.name, expression, data_type, want.kind, plain)
    return plain


def _raw(at: str, columns: Mapping[str, str], dialect: Dialect) -> tuple[str, str]:
    """SQL for what stands at a place, and its type; a path leads to text of no type."""
    column = _column(at, columns)
    if at == column:
        return quoted(column), columns[column]
    path = tuple(at[len(column) + 1 :].split("."))
    return at_path(dialect.name, quoted(column), columns[column], path), ""
