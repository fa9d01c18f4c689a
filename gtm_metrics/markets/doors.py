"""What ties the pins, as rows: each pair, whom a pin leans on, to which others it opens a door. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from gtm_metrics.estimates import FloatArray
from gtm_metrics.markets.order import Rack
from gtm_metrics.markets.ties import Ties

TIE_COLUMNS = (
    "a", "b", "weight", "referrals", "referrals_there", "referrals_back", "shared_competitors", "shared_attributes",
    "accounts_in_both", "vouched",
)  # fmt: skip

OPENS = 0.05
"""Weight of a tie from which a pin is said to open a door."""


def leaning(rack: Rack, place: int) -> dict[str, Any]:
    """leans_on | referrals_from | opens of one pin."""
    weight, names = rack.ties.weight, rack.ties.names
    others = [each for each in rack.fallen if each != place]
    most = max(others, key=lambda each: (float(weight[each, place]), -each)) if others else None
    doors = [p for p in rack.standing if p != place and _tied(rack.ties, place, p) and weight[place, p] >= OPENS]
    return {
        "leans_on": None if most is None or not _tied(rack.ties, most, place) else names[most],
        "referrals_from": None if most is None else int(rack.ties.referrals[most, place]),
        "opens": [names[p] for p in sorted(doors, key=lambda p: (-float(weight[place, p]), p))],
    }


def _tied(ties: Ties, a: int, b: int) -> bool:
    """Whether anything was seen that makes word travel from a to b."""
    seen = ties.referrals[a, b] + ties.vouched[a, b] + ties.competitors[a, b] + ties.attributes[a, b] + ties.both[a, b]
    return bool(seen > 0)


def tie_rows(ties: Ties, in_order: Sequence[str]) -> pd.DataFrame:
    """A row a pair with anything that ties it, the strongest first."""
    at, weight = {name: place for place, name in enumerate(ties.names)}, ties.weight
    rows: list[dict[str, Any]] = []
    for first, a in enumerate(in_order):
        for b in in_order[first + 1 :]:
            i, j = at[a], at[b]
            if _tied(ties, i, j) or _tied(ties, j, i):
                rows.append(
                    {
                        "a": a,
                        "b": b,
                        "weight": _either(weight, i, j),
                        "referrals": int(ties.referrals[i, j] + ties.referrals[j, i]),
                        "referrals_there": int(ties.referrals[i, j]),
                        "referrals_back": int(ties.referrals[j, i]),
                        "shared_competitors": int(ties.competitors[i, j]),
                        "shared_attributes": int(ties.attributes[i, j]),
                        "accounts_in_both": int(ties.both[i, j]),
                        "vouched": int(ties.vouched[i, j] + ties.vouched[j, i]),
                    }
                )
    rows.sort(key=lambda row: (-row["weight"], row["a"], row["b"]))
    return pd.DataFrame({name: pd.Series([row[name] for row in rows], dtype=object) for name in TIE_COLUMNS})


def _either(weight: FloatArray, i: int, j: int) -> float:
    """The weight of a line: word travels one way or the other."""
    return float(1 - (1 - weight[i, j]) * (1 - weight[j, i]))
