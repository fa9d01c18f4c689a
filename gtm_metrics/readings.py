"""What a warehouse was read as: frames and sentences about tables, columns, and what was set aside."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from gtm_metrics.metrics import Metric
from gtm_metrics.warehouse import FAILED, OK, Relation, Warehouse

STATUS = {OK: "connected", "not_connected": "not connected", FAILED: "failed"}


def tables(relations: Iterable[Relation]) -> pd.DataFrame:
    """One row a table: status, rows read = used + set aside, first and last day, and why where it is not connected.

    A table that is not there has no number of rows, not even 0.
    """
    counts = ("Read", "Used", "Set aside")
    frame = pd.DataFrame(
        [
            {
                "Table": r.table.name,
                "One row per": r.table.grain,
                "Status": STATUS[r.status],
                "Read": r.rows_read if r.status == OK else None,
                "Used": r.rows_used if r.status == OK else None,
                "Set aside": r.rows_set_aside if r.status == OK else None,
                "First": r.first,
                "Last": r.last,
                "Why": r.why,
            }
            for r in relations
        ]
    )
    return frame.astype(dict.fromkeys(counts, "Int64"))


def set_aside(relations: Iterable[Relation]) -> pd.DataFrame:
    """One row a table and reason: rows that are not used, and values that could not be read."""
    rows = [{"Table": r.table.name, "Reason": reason, "Rows": n} for r in relations for reason, n in r.reasons.items()]
    values = [
        {"Table": r.table.name, "Reason": f"{column} cannot be read and counts as missing", "Rows": n}
        for r in relations
        for column, n in r.unreadable.items()
    ]
    return pd.DataFrame(rows + values, columns=["Table", "Reason", "Rows"]).sort_values(
        "Rows", ascending=False, ignore_index=True
    )


def switched_off(reasons: Iterable[tuple[Metric, str]]) -> pd.DataFrame:
    """One row a metric that cannot be counted here, with what it misses and what it needs."""
    return pd.DataFrame(
        [{"Metric": m.label, "Because": why, "It needs": ", ".join(m.needs)} for m, why in reasons if why],
        columns=["Metric", "Because", "It needs"],
    )


def columns(relation: Relation) -> pd.DataFrame:
    """One row a column of a table: where it was found and how many of the used rows have a value."""
    # of several relations that have the name, a layout's file reads first the one whose rows it yields
    places = {name: f"{table}.{column}" for name, table, column in reversed(relation.found)}
    rows = [
        {
            "Column": c.name,
            "Meaning": c.meaning,
            "Type": c.kind,
            "Required": c.required,
            "Found as": places.get(c.name, "by the layout's SELECT" if relation.has(c.name) else "not there"),
            "Rows with a value": relation.filled.get(c.name, 0),
        }
        for c in relation.table.columns
    ]
    rows += [
        {
            "Column": name,
            "Meaning": "attribute",
            "Type": kind,
            "Required": False,
            "Found as": places.get(name, "passed on"),
            "Rows with a value": None,
        }
        for name, kind in relation.attributes.items()
    ]
    return pd.DataFrame(rows)


def title(relations: Iterable[Relation]) -> str:
    """The finding of the Warehouse page, a sentence."""
    relations = list(relations)
    there = [r for r in relations if r.status == OK]
    failed = [r.table.name for r in relations if r.status == FAILED]
    read = sum(r.rows_read for r in there)
    aside = sum(r.rows_set_aside for r in there)
    if failed:
        which = f"The table {failed[0]}" if len(failed) == 1 else f"{len(failed)} of {len(relations)} tables"
        return f"{which} cannot be read"
    if not there:
        return "Nothing is connected yet"
    if not read:
        return f"No row yet in any of {len(there)} connected tables"
    kept = "every one is used" if not aside else f"{aside:,} set aside, each with its reason"
    return f"{read:,} rows read from {len(there)} of {len(relations)} tables; {kept}"


def paragraph(warehouse: Warehouse) -> str:
    """Where the numbers come from and how far they reach."""
    kind = {"duckdb": "DuckDB", "postgresql": "PostgreSQL", "snowflake": "Snowflake"}.get(
        warehouse.engine.dialect.name, warehouse.engine.dialect.name
    )
    through = f"{warehouse.data_through:%-d %b %Y}" if warehouse.data_through else "no day yet"
    where = f"an embedded {kind} file" if warehouse.loaded else kind
    at = warehouse.looked_at
    looked = f" Tables were looked at on {at:%-d %b %Y, %H:%M} UTC." if at and warehouse.from_profile else ""
    return (
        f"The numbers come from {where}; data through {through}.{looked} Tables are only read, never written. "
        "Rows that cannot count are set aside with a reason, and none is dropped in silence."
    )
