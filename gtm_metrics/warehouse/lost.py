"""What a warehouse had when it was looked at before and has no longer: tables and columns, told by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from gtm_metrics.warehouse.door import as_it_stands, read
from gtm_metrics.warehouse.relation import OK, Relation
from gtm_metrics.warehouse.trouble import WarehouseError


def lost(before: Mapping[str, Relation], now: Mapping[str, Relation]) -> dict[str, str]:
    """By our table what is gone since the look before, as a clause; what is as it was is left out.

    Where accounts cannot be read no table can, and that is told once.
    """
    found = {}
    for name, relation in before.items():
        if relation.status == OK:
            why = _why(relation, now[name])
            if why:
                found[name] = why
    return {"accounts": found["accounts"]} if "accounts" in found and now["accounts"].status != OK else found


def _why(before: Relation, now: Relation) -> str:
    if now.status != OK:
        return f"{before.table.name} cannot be read: {now.why}"
    there = {(name, table) for name, table, _ in now.found}
    names, tables = ({pair[place] for pair in there} for place in (0, 1))
    # a name that another relation has now is not lost
    gone = [
        (table, column)
        for name, table, column in before.found
        if name not in names or (table in tables and (name, table) not in there)
    ]
    computed = set(before.attributes) - {name for name, _, _ in before.found}
    gone += [(before.table.name, name) for name in sorted(computed - set(now.attributes))]
    columns = list(dict.fromkeys(f"{table}.{column}" for table, column in gone))
    return f"{', '.join(columns)} {'is' if len(columns) == 1 else 'are'} no longer there" if columns else ""


def back(engine: sa.Engine, before: Mapping[str, Relation], tables: Iterable[str], timeout_seconds: int) -> bool:
    """Whether what a look found of these tables can be asked for again; no row of them is read."""
    try:
        for name in tables:
            read(engine, as_it_stands(f"select * from ({before[name].sql}) as b limit 0"), timeout_seconds)
    except WarehouseError:
        return False
    return True
