"""A layout's SQL file: its header says what it reads, its body is a static SELECT in exactly those names.

    -- one row per opportunity
    -- reads: opportunity(id, account_id, is_won, loss_reason = loss_reason_c | lost_reason_c ?)
    select ...

Each name is looked up among the warehouse's columns without regard to case, underscores, blanks and signs.
`a = b | c` takes the first of b and c that is there and calls it a; `?` makes a missing one null; `*` hands on
every other column; `relation?(...)` makes a missing relation one without rows; `a | b (...)` reads the first of
the relations a and b that is there, and the body calls it a.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine.interfaces import Dialect

from gtm_metrics.warehouse.door import WarehouseError, only_select

Columns = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Wanted:
    """A column a file reads: its name in the body, the candidates in the warehouse, and whether it may miss."""

    name: str
    candidates: tuple[str, ...]
    optional: bool


@dataclass(frozen=True)
class Reads:
    """A relation a file reads: its name in the body, the candidates in the warehouse, and which of its columns.

    `rest` hands on all other columns; an `optional` relation that is not there is one without rows.
    """

    relation: str
    candidates: tuple[str, ...]
    columns: tuple[Wanted, ...]
    rest: bool
    optional: bool


@dataclass(frozen=True)
class Resolved:
    """A file's SELECT against one warehouse: the SQL, what each name was found as, and what is missing.

    tables  the warehouse's table for each relation read, in order; '' for an optional one that is not there
    found   (name, table, column); `extra` the names and types of the columns that `*` hands on
    """

    sql: str
    tables: tuple[str, ...]
    found: tuple[tuple[str, str, str], ...]
    missing: tuple[str, ...]
    extra: tuple[tuple[str, str], ...]


class NotThere(LookupError):
    """The relation that a file reads is not in the warehouse."""


def normal(name: str) -> str:
    """A name without case, underscores, blanks and signs: how names are compared."""
    return re.sub(r"[\W_]+", "", name.lower())


def snake(name: str) -> str:
    """A warehouse's column name as a plain lower-case one."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name) if not name.isupper() else name
    return re.sub(r"\W+", "_", spaced).strip("_").lower()


def header(text: str, file: str) -> tuple[str, tuple[Reads, ...], str]:
    """Grain, what is read, and the body of a source file. Raises WarehouseError naming the file and the line."""
    lines = text.splitlines()
    comments = []
    while lines and (lines[0].startswith("--") or not lines[0].strip()):
        comments.append(lines.pop(0).removeprefix("--").strip())
    words = " ".join(comment for comment in comments if comment)
    grain = re.match(r"one row per (.+?)(?= reads:|$)", words)
    if not grain:
        raise WarehouseError(f'{file}: the first line must say "-- one row per ..."')
    reads = [_reads(part.strip(), file) for part in words.split("reads:")[1:]]
    if not reads:
        raise WarehouseError(f'{file}: a line "-- reads: table(columns)" must say what it reads')
    return grain.group(1), tuple(reads), "\n".join(lines)


def _reads(text: str, file: str) -> Reads:
    match = re.fullmatch(r"(\w+(?:\s*\|\s*\w+)*)\s*(\?)?\s*\((.*)\)", text)
    if not match:
        raise WarehouseError(f'{file}: "reads: {text}" is not of the form table | other (column, column ?, new = old)')
    relations, optional, inside = match.groups()
    tables = tuple(part.strip() for part in relations.split("|"))
    wanted, rest = [], False
    for item in (part.strip() for part in inside.split(",")):
        if item == "*":
            rest = True
            continue
        column = re.fullmatch(r"(\w+)(?:\s*=\s*([\w$]+(?:\s*\|\s*[\w$]+)*))?\s*(\?)?", item)
        if not column:
            raise WarehouseError(f'{file}: "{item}" in reads is not of the form name, new = old | older, or with ?')
        name, candidates, missing = column.groups()
        names = tuple(part.strip() for part in candidates.split("|")) if candidates else (name,)
        wanted.append(Wanted(name, names, bool(missing)))
    return Reads(tables[0], tables, tuple(wanted), rest, bool(optional))


def asked_for(folder: Path) -> frozenset[str]:
    """Every relation that a layout's files read, candidates included, as `normal` writes them."""
    reads = [
        read
        for path in sorted(folder.glob("*.sql"))
        for read in header(path.read_text(encoding="utf-8"), f"{folder.name}/{path.name}")[1]
    ]
    return frozenset(normal(candidate) for read in reads for candidate in read.candidates)


def resolve(path: Path, columns: Columns, schema: str, dialect: Dialect) -> Resolved:
    """The SELECT of a source file with its names looked up in `columns` ({table: {column: type}}).

    Raises NotThere when a relation is not in the warehouse, WarehouseError when a required column is not.
    """
    file = f"{path.parent.name}/{path.name}"
    _, reads, body = header(path.read_text(encoding="utf-8"), file)
    only_select(body, dialect.name)
    ours = dialect.identifier_preparer.quote
    tables = {normal(table): table for table in columns}
    prefix = "".join(quoted(part) + "." for part in schema.split(".") if part)
    parts, used, found, missing, extra = [], [], [], [], []
    for read in reads:
        table = next((tables[normal(c)] for c in read.candidates if normal(c) in tables), None)
        if table is None and not read.optional:
            raise NotThere(f"the warehouse has no table {' or '.join(read.candidates)}")
        used.append(table or "")
        there = {normal(column): column for column in columns[table]} if table else {}
        picks = []
        for want in read.columns:
            actual = next((there[normal(c)] for c in want.candidates if normal(c) in there), None)
            if actual is None and not want.optional and table is not None:
                raise WarehouseError(f"{file}: table {table} has no column {' or '.join(want.candidates)}")
            if actual is None:
                missing.append(want.name)
                picks.append(f"cast(null as varchar) as {ours(want.name)}")
            else:
                found.append((want.name, table or "", actual))
                picks.append(f"{quoted(actual)} as {ours(want.name)}")
        if read.rest and table is not None:
            taken = {actual for _, t, actual in found if t == table}
            names = {want.name for want in read.columns}
            for actual, kind in columns[table].items():
                name = snake(actual)
                if actual not in taken and name and name not in names:
                    names.add(name)
                    extra.append((name, kind))
                    found.append((name, table, actual))
                    picks.append(f"{quoted(actual)} as {ours(name)}")
        source = f" from {prefix}{quoted(table)}" if table else " where 1 = 0"
        if table and not prefix:
            # unqualified and within a WITH item of its own name, Snowflake would take the table for that item
            raw = ours(f"raw_{read.relation}")
            parts.append(f"{raw} as (select * from {quoted(table)})")
            source = f" from {raw}"
        parts.append(f"{ours(read.relation)} as (select {', '.join(picks)}{source})")
    sql = f"with {', '.join(parts)} select * from ({body}) as body"
    return Resolved(sql, tuple(used), tuple(found), tuple(missing), tuple(extra))


def quoted(name: str) -> str:
    """A name as SQL writes it, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'
