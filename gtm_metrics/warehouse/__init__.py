"""The warehouse: the only door to it, layouts, what is set aside, and the embedded one's loading."""

from gtm_metrics.warehouse.connect import Warehouse, connect, told_by_source
from gtm_metrics.warehouse.door import Meter
from gtm_metrics.warehouse.profile import Keep
from gtm_metrics.warehouse.relation import FAILED, NOT_CONNECTED, OK, Relation
from gtm_metrics.warehouse.resolve import Told
from gtm_metrics.warehouse.selects import SQLGLOT
from gtm_metrics.warehouse.trouble import WarehouseAway, WarehouseError, WarehouseRefuses

PROVED = tuple(SQLGLOT)
"""Dialects on which every count is tested."""

__all__ = [
    "FAILED",
    "NOT_CONNECTED",
    "OK",
    "PROVED",
    "Keep",
    "Meter",
    "Relation",
    "Told",
    "Warehouse",
    "WarehouseAway",
    "WarehouseError",
    "WarehouseRefuses",
    "connect",
    "told_by_source",
]
