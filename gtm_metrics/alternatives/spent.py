"""What was given and spent: discount depth beside winning and staying, effort beside wins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from gtm_metrics.alternatives.against import Q
from gtm_metrics.estimates import corrected, exact_share_p, wilson

DEEP = "deep (top tenth)"
BANDS = ((None, 0, "none"), (1, 10, "1 to 10 %"), (11, 20, "11 to 20 %"), (21, None, "over 20 %"))
DISCOUNTS = ("band", "won", "decided", "close_rate", "low", "high", "ended", "year", "ended_share")
EFFORT = (
    "segment", "effort", "effort_share", "won", "decided", "win_share", "win_low", "win_high", "p", "q", "status",
)  # fmt: skip


def deep_from(frame: pd.DataFrame) -> int | None:
    """The discount, in whole per cent, from which a won deal is in the top tenth of discounts given; None without one.

    frame   percent | outcome | n. The tenth is at most a tenth, ties with the last of them left out.
    """
    won = frame[(frame["outcome"] == "won")].groupby("percent")["n"].sum().sort_index(ascending=False)
    total, above, found = int(won.sum()), 0, None
    for percent, n in won.items():
        above += int(n)
        if 10 * above > total or int(str(percent)) <= 0:
            break
        found = int(str(percent))
    return found


def by_discount(frame: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """DISCOUNTS, a row a band of discount, and once more those in the top tenth: given, not caused.

    ended of year: of the won whose subscription began a year ago, those that ended within that year; both None where
    no subscriptions are connected. A rate or share below `minimum` is None.
    """
    deep = deep_from(frame)
    bands = [*BANDS, *([(deep, None, DEEP)] if deep is not None else [])]
    rows = []
    for low, high, name in bands:
        inside = frame
        if low is not None:
            inside = inside[inside["percent"] >= low]
        if high is not None:
            inside = inside[inside["percent"] <= high]
        rows.append(_band(name, inside, minimum))
    return pd.DataFrame({name: pd.Series([row.get(name) for row in rows], dtype=object) for name in DISCOUNTS})


def _band(name: str, inside: pd.DataFrame, minimum: int) -> dict[str, Any]:
    won, n = int(inside.loc[inside["outcome"] == "won", "n"].sum()), int(inside["n"].sum())
    row: dict[str, Any] = {"band": name, "won": won, "decided": n}
    if n >= minimum:
        ends = wilson(won, n)
        row |= {"close_rate": won / n, "low": float(ends[0]), "high": float(ends[1])}
    if "year" in inside:
        ended, year = int(inside["ended"].sum()), int(inside["year"].sum())
        row |= {"ended": ended, "year": year, "ended_share": ended / year if year >= minimum else None}
    return row


def effort_and_wins(
    spent: Mapping[str, float], won: Mapping[str, int], decided: Mapping[str, int], minimum: int
) -> pd.DataFrame:
    """EFFORT, a row a segment, the most effort first: its share of all touches and calls beside that of all wins.

    p, q     exact, of so few or so many wins where each fell to a segment by its share of effort; q corrects p for all
             segments that were tried (Benjamini-Hochberg)
    status   little_comes_out or much_comes_out where q is at most Q, not_apart, or too_early (under `minimum` decided
             deals, or wins in all: not tried)
    """
    all_spent, all_won = sum(spent.values()), sum(won.values())
    rows, tried = [], []
    for segment in sorted(spent, key=lambda name: (-spent[name], name)):
        mine, n = won.get(segment, 0), decided.get(segment, 0)
        row: dict[str, Any] = {
            "segment": segment,
            "effort": int(spent[segment]),
            "effort_share": spent[segment] / all_spent if all_spent else None,
            "won": mine,
            "decided": n,
            "status": "too_early",
        }
        if n >= minimum and all_won >= minimum and all_spent:
            low, high = wilson(mine, all_won)
            share = spent[segment] / all_spent
            row |= {"win_share": mine / all_won, "win_low": float(low), "win_high": float(high)}
            row["p"] = float(exact_share_p(mine, all_won, share))
            tried.append(row)
        rows.append(row)
    for row, q in zip(tried, corrected([row["p"] for row in tried]).tolist(), strict=True):
        little = row["win_share"] < row["effort_share"]
        row |= {"q": q, "status": "not_apart" if q > Q else "little_comes_out" if little else "much_comes_out"}
    return pd.DataFrame({name: pd.Series([row.get(name) for row in rows], dtype=object) for name in EFFORT})
