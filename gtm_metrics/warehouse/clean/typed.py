"""A layout's columns in our types, text tidied; what no type can read is null, or makes its row unusable."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from gtm_metrics.sources import DOMAINS, Table
from gtm_metrics.warehouse.clean.writing import Writing
from gtm_metrics.warehouse.dialects import WHOLE, cast_text

TEXT = ("text", "character varying")
"""PostgreSQL's types of text, of which every value is kept to the letter."""


def typed(
    table: Table,
    source: str,
    present: tuple[str, ...],
    attributes: Mapping[str, str],
    write: Writing,
    types: Mapping[str, str] | None = None,
    tidy: Collection[str] = (),
) -> str:
    """A SELECT of our columns in our types over a layout's SELECT, plus the first required column it cannot read.

    A required column that holds something no type can read makes the row unusable; an optional one becomes null
    (a load counts those). `types` are the warehouse's types of the source's columns, where they are known; `tidy` those
    of text that a look at all rows found tidied already: they are taken as they stand.
    """
    types = types or {}
    columns, unreadable = [], []
    for column in table.columns:
        name = write.name(column.name)
        raw = f"source.{name}" if column.name in present else "cast(null as varchar)"
        cast = cast_text(write.dialect, raw, column.kind, types.get(column.name, ""))
        if column.name in table.dated and write.dialect == "duckdb":
            # a file may hold a day before the first year, or minus infinity; no calendar here does
            cast = f"case when {cast} >= date '0001-01-01' then {cast} end"
        if (table.name, column.name) in DOMAINS:
            cast = f"replace(lower({cast}), ' ', '_')"
        if column.name in tidy:
            cast = raw
        columns.append(f"{cast} as {name}")
        if column.required and column.kind != "text" and write.dialect == "duckdb":
            filled = is_filled(raw, types.get(column.name, ""))
            unreadable.append(f"when {filled} and {cast} is null then 'unreadable {column.name}'")
    for name, kind in attributes.items():
        raw = f"source.{write.name(name)}"
        cast = raw if name in tidy else cast_text(write.dialect, raw, kind, types.get(name, ""))
        columns.append(f"{cast} as {write.name(name)}")
    given = "source.set_aside" if "set_aside" in present else "cast(null as varchar)"
    reason = f"case {' '.join(unreadable)} else {given} end" if unreadable else given
    return f"select {', '.join(columns)}, {reason} as gtm_reason from ({source}) as source"


def untidy(
    table: Table,
    source: str,
    present: tuple[str, ...],
    attributes: Mapping[str, str],
    write: Writing,
    types: Mapping[str, str],
) -> str:
    """A SELECT of one row: for each column of text in PostgreSQL, whether any value is not as `typed` would tidy it.

    '' where there is no such column. Other warehouses do not tell the types of a SELECT's columns.
    """
    kinds = {**{c.name: c.kind for c in table.columns if c.name in present}, **attributes}
    told = []
    for name, kind in kinds.items():
        if write.dialect != "postgresql" or kind != "text" or types.get(name) not in TEXT:
            continue
        raw, words = f"source.{write.name(name)}", DOMAINS.get((table.name, name))
        if words:
            other = f"{raw} not in ({', '.join(map(repr, words))})"
        else:
            other = f"{raw} is distinct from {cast_text(write.dialect, raw, kind)}"
        told.append(f"coalesce(bool_or({other}), false) as {write.name(name)}")
    return f"select {', '.join(told)} from ({source}) as source" if told else ""


def is_filled(expression: str, data_type: str) -> str:
    """SQL for whether a DuckDB expression says anything: blank text does not."""
    if data_type in ("TIMESTAMP", "DATE", "BOOLEAN", "DOUBLE", *WHOLE):
        return f"{expression} is not null"
    return f"nullif(trim(cast({expression} as varchar)), '') is not null"
