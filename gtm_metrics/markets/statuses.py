"""What a pin is by its counts and by what people say: its share, whether it is down, its place in the order. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from gtm_metrics.markets.said import DOWN, HEAD, NEVER, NEXT, NOT_NOW, STANDING

MARKET, KNOWN = "market", "accounts we know"


def counts_of(frame: pd.DataFrame, names: Sequence[str]) -> dict[str, dict[str, int | None]]:
    """Pin -> column -> count, None where it is not known; a pin without any account has 0 of what is known."""
    columns = [name for name in frame.columns if name != "pin"]
    known = {name: len(frame) > 0 and not frame[name].isna().all() for name in columns}
    found: dict[str, dict[str, int | None]] = {
        name: {column: 0 if known[column] else None for column in columns} for name in names
    }
    for row in frame.to_dict("records"):
        if row["pin"] in found:
            found[row["pin"]] = {str(c): None if pd.isna(row[c]) else int(row[c]) for c in columns}
    return found


def share_of(
    name: str,
    counts: Mapping[str, Mapping[str, int | None]],
    sizes: Mapping[str, Mapping[str, Any]],
    missing: Mapping[str, str],
) -> dict[str, Any]:
    """customers | market | market_source | share | share_of; a share is at most 1, None where customers are unknown."""
    customers, accounts = counts[name].get("customers"), counts[name].get("accounts")
    size = sizes.get(name)
    market = int(size["number"]) if size else None
    whole = market if market is not None else accounts
    share = None if customers is None or not whole else min(1.0, customers / whole)
    source = f"{size['source']}, {size['who']}" if size else None
    return {
        "customers": customers, "market": market, "market_source": source, "share": share,
        "share_of": MARKET if market is not None else KNOWN,
    }  # fmt: skip


def is_down(name: str, shares: Mapping[str, Mapping[str, Any]], kept: Mapping[str, Any], down_at: float) -> bool:
    """People say so, or the share of the market reaches the mark; of accounts known alone nobody knows the market."""
    if kept.get(name, {}).get("status") == DOWN:
        return True
    share = shares[name]
    return share["share_of"] == MARKET and share["share"] is not None and share["share"] >= down_at


def status_of(name: str, head: str | None, down: set[str], kept: Mapping[str, Any]) -> str:
    """The pin's status: the head pin and those that are down go before what people keep of it."""
    if name == head:
        return DOWN if name in down else HEAD
    said = str(kept.get(name, {}).get("status") or STANDING)
    if said in (NEVER, NOT_NOW):
        return said
    return DOWN if name in down else STANDING if said == HEAD else said


def as_ruled(ranked: list[str], marked: Mapping[str, Any], kept: Mapping[str, Any]) -> list[str]:
    """The order of the evidence with the pins that people placed moved to their places, the first place first."""
    wanted = {name: int(row["value"]) for name, row in marked.items() if name in ranked and row["value"] >= 1}
    for name, row in kept.items():
        if row["status"] == NEXT and name in ranked:
            wanted.setdefault(name, 1)
    ruled = [name for name in ranked if name not in wanted]
    for name in sorted(wanted, key=lambda each: (wanted[each], ranked.index(each))):
        ruled.insert(min(wanted[name] - 1, len(ruled)), name)
    return ruled


def overruled(
    ruled: list[str], first: str | None, marked: Mapping[str, Any], kept: Mapping[str, Any]
) -> dict[str, Any] | None:
    """segment | who | on | why of the judgement that put another first than the evidence; None without one."""
    if not ruled or ruled[0] == first:
        return None
    row = marked.get(ruled[0]) or kept.get(ruled[0]) or {}
    return {"segment": ruled[0], "who": row.get("who"), "on": row.get("on"), "why": row.get("why")}
