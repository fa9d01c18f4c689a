"""Whether a warehouse has what a count needs: "touches", "calls.understood", or one of several, "a.x or b.y"."""

from __future__ import annotations

from collections.abc import Iterable

from gtm_metrics.warehouse.connect import Warehouse


def lacks(warehouse: Warehouse, need: str) -> str:
    """Why a need is not met, in words; '' when it is."""
    whys = [_lacks(warehouse, *alternative.split(".")) for alternative in need.split(" or ")]
    if "" in whys:
        return ""
    return whys[0] if len(whys) == 1 else "neither " + " nor ".join(need.split(" or ")) + " is connected"


def lacking(warehouse: Warehouse, needs: Iterable[str]) -> str:
    """Why the first need that is not met is not; '' when all are."""
    return next((why for why in (lacks(warehouse, need) for need in needs) if why), "")


def _lacks(warehouse: Warehouse, table: str, column: str = "") -> str:
    relation = warehouse.relations[table]
    if not warehouse.connected(table):
        return f"{table} is not connected: {relation.why}"
    if relation.rows_used == 0:
        return f"{table} holds no row that can be used"
    if column and not relation.has(column):
        return f"{table}.{column} is not connected: no row has a value"
    return ""
