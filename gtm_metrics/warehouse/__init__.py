"""The warehouse: the only door to it, layouts, what is set aside, and the embedded one's loading."""

from gtm_metrics.warehouse.connect import FAILED, NOT_CONNECTED, OK, Relation, Warehouse, connect
from gtm_metrics.warehouse.door import Meter, WarehouseError

__all__ = ["FAILED", "NOT_CONNECTED", "OK", "Meter", "Relation", "Warehouse", "WarehouseError", "connect"]
