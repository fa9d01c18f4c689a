"""What sets the best customers and the worst apart: tiers by attribute in, lifts with their evidence out. Pure.

A tier is a fixed share of the customers, so the share of a trait within the tier over its share among all is the same
number as the tier's share of those with the trait over the tier's share of all: lift either way.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gtm_metrics.estimates import corrected, exact_p, wilson
from gtm_metrics.measures.value.parts import BEST, NEXT, WORST
from gtm_metrics.question import NOT_SET

SIDES: Mapping[str, tuple[str, ...]] = {"best": (BEST, NEXT), "worst": (WORST,)}
"""What is compared with all customers: the best tenth (best and next best), and the worst tenth."""

READ_BELOW = 12
"""Fewer accounts than these in a tier are read one by one and not compared."""

LEAST = 12
"""Customers with a trait below which it is not tried: one large account is no segment."""

Q = 0.10
"""Of the traits that are told, at most this share is expected to be luck (Benjamini and Hochberg 1995)."""

FOUND, NOT_APART, TOO_FEW, READ = "found", "not_apart", "too_few", "read_them"

TRAIT_COLUMNS = (
    "side", "attribute", "value", "attribute_2", "value_2", "n", "in_tier", "tier_size", "customers", "lift", "low",
    "high", "p", "q", "tried", "status",
)  # fmt: skip

KEYS = ["attribute", "value", "attribute_2", "value_2"]


def traits(frame: pd.DataFrame, least: int = LEAST, q: float = Q) -> pd.DataFrame:
    """Every trait beside all customers, a row a trait and side: TRAIT_COLUMNS, found ones first, the strongest first.

    frame   attribute | value | attribute_2 | value_2 | tier | n, as `grouped` counts; attribute '' is everyone
    lift    share of the tier that has the trait / share of all customers that has it
    low, high  its 95 % interval: Wilson's of the tier's share of those with the trait, over the tier's share of all
    p       of so many or more, or so few or fewer, in a tier drawn by lot (hypergeometric), the smaller doubled
    q       p corrected for all that were tried, of both sides together (Benjamini-Hochberg)
    status  found (q at most `q`), not_apart, too_few (under `least` customers have it: not tried, counts only), or
            read_them (the tier has fewer than 12 accounts: not tried)
    "(not set)" is no trait, nor is what every customer has.
    """
    everyone = frame[frame["attribute"] == ""]
    customers = int(everyone["n"].sum())
    rows = []
    for side, tiers in SIDES.items():
        size = int(everyone.loc[everyone["tier"].isin(tiers), "n"].sum())
        for key, group in frame[frame["attribute"] != ""].groupby(KEYS, sort=True):
            n = int(group["n"].sum())
            if NOT_SET in key or n == customers:
                continue
            inside = int(group.loc[group["tier"].isin(tiers), "n"].sum())
            status = READ if size < READ_BELOW else TOO_FEW if n < least else ""
            rows.append((side, *key, n, inside, size, customers, *[None] * 5, 0, status))
    found = pd.DataFrame(rows, columns=list(TRAIT_COLUMNS), dtype=object)
    tried = found["status"] == ""
    found["tried"] = int(tried.sum())
    if tried.any():
        found.loc[tried, ["lift", "low", "high", "p", "q"]] = _told(found[tried])
        found.loc[tried, "status"] = [FOUND if each <= q else NOT_APART for each in found.loc[tried, "q"]]
    return _ordered(found)


def _told(tried: pd.DataFrame) -> np.ndarray:
    """lift, low, high, p, q of each row, as objects."""
    n, inside, size, customers = (
        np.asarray(tried[name], dtype=np.int64) for name in ("n", "in_tier", "tier_size", "customers")
    )
    base = size / customers
    low, high = wilson(inside, n)
    p = exact_p(inside, size, customers, n)
    told = np.column_stack([inside / n / base, low / base, high / base, p, corrected(p)])
    return told.astype(object)


def _ordered(found: pd.DataFrame) -> pd.DataFrame:
    """By side; then what was found, by q and lift; then what was not, by p; then what was not tried, by its count."""
    place = {FOUND: 0, NOT_APART: 1, TOO_FEW: 2, READ: 2}

    def key(row: Mapping[Any, Any]) -> tuple[Any, ...]:
        told = row["p"] is not None
        by = (row["q"], -abs(np.log(max(row["lift"], 1e-9)))) if told else (0.0, -row["n"])
        return (list(SIDES).index(row["side"]), place[row["status"]], *by, *(str(row[name]) for name in KEYS))

    rows = found.to_dict("records")
    order = sorted(range(len(rows)), key=lambda i: key(rows[i]))
    return found.iloc[order].reset_index(drop=True)


def strongest(told: pd.DataFrame, most: int) -> list[dict[str, dict[Any, Any]]]:
    """The traits that were tried, each as side -> its row, at most `most` of the smallest p.

    In the order to show them: found ones first, then those more frequent among the best.
    """
    tried = told[told["p"].notna()]
    sides: dict[tuple[Any, ...], dict[str, dict[Any, Any]]] = {}
    for row in tried.to_dict("records"):
        sides.setdefault(tuple(row[name] for name in KEYS), {})[row["side"]] = row

    def key(pair: tuple[tuple[Any, ...], dict[str, dict[Any, Any]]]) -> tuple[Any, ...]:
        rows = pair[1].values()
        return (all(row["status"] != FOUND for row in rows), min(row["p"] for row in rows), *map(str, pair[0]))

    def lead(rows: dict[str, dict[Any, Any]]) -> tuple[Any, ...]:
        told_best = rows.get("best")
        lift = told_best["lift"] if told_best else 1 / max(next(iter(rows.values()))["lift"], 1e-9)
        return (all(row["status"] != FOUND for row in rows.values()), -lift)

    return sorted((rows for _, rows in sorted(sides.items(), key=key)[:most]), key=lead)


def shared(told: pd.DataFrame, side: str) -> pd.DataFrame:
    """The found traits that are more frequent on a side: what its customers share."""
    there = told[(told["side"] == side) & (told["status"] == FOUND)]
    return there[[lift > 1 for lift in there["lift"]]].reset_index(drop=True)


def suggested(
    told: pd.DataFrame, among: Collection[str], side: str = "best", most: int = 2
) -> list[tuple[str, tuple[str, ...]]]:
    """The profile that the found traits of a side suggest: (attribute, values) of at most `most` attributes.

    The attributes with the smallest q first; of each every value that was found. [] where nothing was.
    """
    rules: dict[str, list[str]] = {}
    for row in shared(told, side).to_dict("records"):
        if row["attribute"] in among and not row["attribute_2"]:
            rules.setdefault(str(row["attribute"]), []).append(str(row["value"]))
    return [(name, tuple(sorted(values))) for name, values in list(rules.items())[:most]]


@dataclass(frozen=True)
class Loved:
    """A segment too small to measure that has its share of the best tenth twice over: counts, no rate."""

    attribute: str
    value: str
    n: int
    best: int


def small_but_loved(frame: pd.DataFrame, among: Collection[str], minimum: int, most: int = 3) -> list[Loved]:
    """Segments of the attributes `among` with 3 customers or more, but under `minimum`, of whom at least 2, and twice
    as many as among all, are of the best tenth; the most lopsided first, at most `most`.

    They are names to read and no finding: of many small segments some look like this by luck.
    """
    everyone = frame[frame["attribute"] == ""]
    customers, size = int(everyone["n"].sum()), int(everyone.loc[everyone["tier"].isin(SIDES["best"]), "n"].sum())
    found = []
    single = frame[frame["attribute"].isin(list(among)) & (frame["attribute_2"] == "") & (frame["value"] != NOT_SET)]
    for (attribute, value), group in single.groupby(["attribute", "value"], sort=True):
        n, best = int(group["n"].sum()), int(group.loc[group["tier"].isin(SIDES["best"]), "n"].sum())
        if 3 <= n < minimum and best >= 2 and best * customers >= 2 * size * n:
            found.append((float(exact_p(best, size, customers, n)), Loved(str(attribute), str(value), n, best)))
    return [loved for _, loved in sorted(found, key=lambda pair: (pair[0], pair[1].attribute, pair[1].value))[:most]]


@dataclass(frozen=True)
class Held:
    """What the first `percent` of the customers hold of all MRR: `n` of them, `share` None where nothing is paid."""

    order: str
    percent: int
    n: int
    share: float | None


def held(curve: pd.DataFrame, order: str, percents: tuple[int, ...] = (1, 10, 20)) -> list[Held]:
    """The share of MRR held by the first 1, 10 and 20 % (at least one customer), in order of "score" or "mrr".

    curve   order | percent | n | mrr, a row a hundredth of the customers
    """
    mine = curve[curve["order"] == order].sort_values("percent")
    if mine.empty:
        return []
    total = float(mine["mrr"].sum())
    first = int(mine["percent"].iloc[0])
    found = []
    for percent in percents:
        part = mine[mine["percent"] <= max(percent, first)]
        share = float(part["mrr"].sum()) / total if total > 0 else None
        found.append(Held(order, percent, int(part["n"].sum()), share))
    return found


def came_from(frame: pd.DataFrame, attribute: str) -> pd.DataFrame:
    """value | best | best_share | rest | rest_share: where the best tenth came from, beside all other customers.

    The most frequent first, "(not set)" last; shares are None below 12 customers of a side.
    """
    mine = frame[(frame["attribute"] == attribute) & (frame["attribute_2"] == "")]
    best = mine[mine["tier"].isin(SIDES["best"])].groupby("value")["n"].sum()
    rest = mine[~mine["tier"].isin(SIDES["best"])].groupby("value")["n"].sum()
    every = sorted({*best.index, *rest.index}, key=lambda v: (v == NOT_SET, -int(best.get(v, 0) + rest.get(v, 0)), v))
    both = (int(best.sum()), int(rest.sum()))
    rows = []
    for value in every:
        counts = (int(best.get(value, 0)), int(rest.get(value, 0)))
        shares = [n / whole if whole >= READ_BELOW else None for n, whole in zip(counts, both, strict=True)]
        rows.append((value, counts[0], shares[0], counts[1], shares[1]))
    return pd.DataFrame(rows, columns=["value", "best", "best_share", "rest", "rest_share"], dtype=object)
