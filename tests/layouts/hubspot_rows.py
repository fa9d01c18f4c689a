"""HubSpot's rows as the tests of its traps draw them, in the names of both layouts."""

from __future__ import annotations

from typing import Any

import pandas as pd
import sqlalchemy as sa
from conftest import Small


def table(text: str) -> pd.DataFrame:
    """A frame of text from a drawn table: a line of names, then a line a row, cells apart by |; empty is null."""
    rows = [[cell.strip() or None for cell in line.split("|")] for line in text.strip().splitlines()]
    return pd.DataFrame(rows[1:], columns=rows[0], dtype="str")


DEAL = {"closedate": "property_closedate", "is_closed_won": "property_hs_is_closed_won",
        "is_closed": "property_hs_is_closed", "closed_lost_reason": "property_closed_lost_reason"}
"""Short for the names of a deal's properties."""
FIVETRAN = {"warehouse": {"layout": "fivetran_hubspot"}}
COMPANIES = table("""
    id | property_name | property_domain
    1  | Alder         | alder.example
    2  | Birch         | birch.example
    11 | Cedar         | cedar.example
""")


def of(small: Small, name: str, columns: str, where: str = "gtm") -> list[tuple[Any, ...]]:
    """The rows of one table, used or `aside`, instants as text to the minute, sorted."""
    frame = small.warehouse.read(sa.text(f"select {columns} from {where}.{name}"))
    said = [[None if pd.isna(v) else str(v)[:16] if isinstance(v, pd.Timestamp) else v for v in row]
            for row in frame.astype("object").itertuples(index=False)]
    return sorted((tuple(row) for row in said), key=str)
