"""A measure of money, effort or time as a cell."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import pandas as pd

from gtm_metrics import words
from gtm_metrics.measures import SUM, measure_named

Row = Mapping[Hashable, Any]

EXACT_BELOW = 10_000
"""Money up to which every unit is told: between $1,180 and $1,420 there is a difference, between $1k and $1k none."""


def value_cell(name: str, row: Row, currency: str) -> str:
    """The value of the measure `name` in a row of `measures.values`, in its unit; "10 / 22" of a share that rests on
    too few, a dash where there is none. Raises KeyError for no measure."""
    value, n = row["value"], row["n"]
    if row["status"] == "too_early" and isinstance(n, int):
        return f"{row['met']:,} / {n:,}"
    if not isinstance(value, int | float):
        return words.MISSING
    if name == "nrr":
        return f"{100 * value:,.0f} %"  # may lie above 100
    if measure_named(name).kind in ("share", "part") or name in ("grr", "amount_close_rate", "discount"):
        return words.percent(float(value), n if isinstance(n, int) else 0)
    if measure_named(name).money:
        return words.money(float(value), currency, exact=abs(float(value)) < EXACT_BELOW)
    return f"{value:,.0f}" if measure_named(name).kind == SUM else f"{value:,.1f}"


def said_of_any(frame: pd.DataFrame, columns: Iterable[str]) -> pd.DataFrame:
    """The table without those of these columns in which nothing is written: room for the others."""
    return frame.drop(columns=[name for name in columns if not (frame[name].fillna("") != "").any()])
