"""What text says: of which kind an attribute's is, and how many values are there that no type can read."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from gtm_metrics.sources import Table
from gtm_metrics.warehouse import clean
from gtm_metrics.warehouse.dialects import cast_text
from gtm_metrics.warehouse.resolve import Resolved

LARGEST_GUESSED = 200_000
"""Values looked at to tell whether an attribute that came as text holds numbers."""


def guessed(con: duckdb.DuckDBPyConnection, resolved: Resolved, names: list[str]) -> dict[str, str]:
    """Attributes that came as text and hold nothing but numbers (no leading zeros), yes or no, or dates."""
    guessed: dict[str, str] = {}
    for name in names:
        column = '"' + name.replace('"', '""') + '"'
        row = con.execute(
            f"select count(*), count(case when regexp_full_match(v, '-?(0|[1-9][0-9]*)(\\.[0-9]+)?') then 1 end), "
            f"count(case when lower(v) in ('true', 'false') then 1 end), count(try_cast(v as date)) from "
            f"(select trim(cast({column} as varchar)) as v from ({resolved.sql}) as s limit {LARGEST_GUESSED}) as x "
            f"where v <> ''"
        ).fetchone() or (0, 0, 0, 0)
        total, numbers, booleans, dates = row
        for kind, count in (("boolean", booleans), ("number", numbers), ("date", dates)):
            if total and count == total:
                guessed[name] = kind
                break
    return guessed


def unreadable(
    con: duckdb.DuckDBPyConnection, table: Table, resolved: Resolved, types: Mapping[str, str], write: clean.Writing
) -> dict[str, int]:
    """How many values are there but say nothing: of optional columns of ours, and of those a header reads as a kind."""
    found = _unread(con, resolved)
    optional = [c for c in table.columns if not c.required and c.kind != "text" and c.name in types]
    if not optional:
        return found
    counts = ", ".join(
        f"count(case when {clean.is_filled(f's.{write.name(c.name)}', types[c.name])} "
        f"and {cast_text(write.dialect, f's.{write.name(c.name)}', c.kind, types[c.name])} is null then 1 end)"
        for c in optional
    )
    row = con.execute(f"select {counts} from ({resolved.sql}) as s").fetchone() or ()
    return {**{c.name: int(n) for c, n in zip(optional, row, strict=True) if n}, **found}


def _unread(con: duckdb.DuckDBPyConnection, resolved: Resolved) -> dict[str, int]:
    """How many texts of each source a header's kind could not read, by table and column."""
    found: dict[str, int] = {}
    for source in dict.fromkeys(cast.source for cast in resolved.casts):
        casts = [cast for cast in resolved.casts if cast.source == source]
        counts = ", ".join(
            f"count(case when {clean.is_filled(c.raw, 'VARCHAR')} and {c.read} is null then 1 end)" for c in casts
        )
        row = con.execute(f"select {counts} from {source}").fetchone() or ()
        found |= {c.column: int(n) for c, n in zip(casts, row, strict=True) if n}
    return found
