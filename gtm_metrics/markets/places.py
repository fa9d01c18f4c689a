"""Where the pins stand in the rack: the head pin in front, those that are down, the order, those put off. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

import numpy as np
import pandas as pd

from gtm_metrics.markets.said import DOWN, NEVER, NOT_NOW

PIN_COLUMNS = (
    "segment", "dimension", "position", "row", "place", "status", "owner", "customers", "market", "market_source",
    "share", "share_of", "down", "accounts", "left", "open_deals", "requests", "ease", "benefit", "score", "rank",
    "order", "certainty", "weak", "leadership", "leans_on", "referrals_from", "opens",
)  # fmt: skip


def placed(
    rows: Mapping[str, dict[str, Any]],
    head: str | None,
    ruled: Sequence[str],
    status: Mapping[str, str],
    kept: Mapping[str, Mapping[str, Any]],
) -> pd.DataFrame:
    """The rows in order of position: the head pin, those that are down, the order, those put off; then "never"."""
    fallen = sorted(name for name in rows if status[name] == DOWN and name != head)
    off = sorted(name for name in rows if status[name] == NOT_NOW and name != head)
    never = sorted(name for name in rows if status[name] == NEVER and name != head)
    racked = ([head] if head else []) + fallen + list(ruled) + off
    put = _positions(racked, head, kept)
    lines = []
    for name in sorted(racked, key=lambda each: put[each]):
        position = put[name]
        row = int((np.sqrt(8 * position + 1) - 1) // 2)
        lines.append(rows[name] | {"position": position, "row": row, "place": position - row * (row + 1) // 2})
    lines += [rows[name] | {"position": None, "row": None, "place": None} for name in never]
    return pd.DataFrame({name: pd.Series([line[name] for line in lines], dtype=object) for name in PIN_COLUMNS})


def _positions(racked: Sequence[str], head: str | None, kept: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    """Pin -> place in the rack: the head pin's is 0, others' where people put them, the rest fill up in order."""
    put: dict[str, int] = {} if head is None else {head: 0}
    for name in racked:
        wanted = kept.get(name, {}).get("position")
        if name != head and wanted is not None and not pd.isna(wanted) and wanted > 0 and wanted not in put.values():
            put[name] = int(wanted)
    free = (place for place in count(1) if place not in set(put.values()))
    return {name: put[name] if name in put else next(free) for name in racked}
