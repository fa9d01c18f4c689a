"""HubSpot's whole numbers for our ids, and those of the rows that a count must not take."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

DECOY = 9_000_000_000
"""Ids from here on are rows that must not count."""

CONTACT_OF = -600_000_000
"""Between the id of a company and that of whom to call there."""


def hub(our_id: object) -> int:
    """HubSpot's whole number for one of our ids: T-000012 and A-00012 are different."""
    letter, _, number = str(our_id).partition("-")
    return ord(letter[0]) * 10_000_000 + int(number.replace("-", ""))


def hubs(ids: Iterable[object]) -> pd.Series:
    """`hub` of a column, null where there is none."""
    return pd.Series([pd.NA if pd.isna(i) else hub(i) for i in ids], dtype="Int64")
