"""Customers counted by what they have in common: tier by attribute, and how value is concentrated. Sums only."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import pandas as pd
import sqlalchemy as sa

from gtm_metrics.company import Company, Dimension
from gtm_metrics.measures.value import inputs
from gtm_metrics.measures.value.parts import TIERS
from gtm_metrics.measures.value.score import Recipe, recipe, scored
from gtm_metrics.question import NOT_SET, Question
from gtm_metrics.tallies.known import accounts_known, dimensions, known, segment_of
from gtm_metrics.warehouse import Warehouse
from gtm_metrics.warehouse.dialects import code_point
from gtm_metrics.warehouse.needs import lacks

MOST_VALUES = 50
"""An attribute of more values names accounts and does not group them."""

NO_TRAITS = ("owner",)
"""Attributes that say who looks after an account and not what it is."""

CAMPAIGN = Dimension("first_campaign", "First campaign")
"""Where an account came from, beside its lead source: the campaign of the first touch that has one."""

QUARTERS = (0.25, 0.5, 0.75)

GROUP_COLUMNS = ("attribute", "value", "attribute_2", "value_2", "tier", "n", "high", "mrr")
CURVE_COLUMNS = ("order", "percent", "n", "mrr")


@dataclass(frozen=True)
class Grouped:
    """Customers by tier and attribute.

    recipe      what the score is made of
    attributes  those that were looked at, a numeric one with the edges it was cut at
    frame       attribute | value | attribute_2 | value_2 | tier | n | high | mrr, a row a group that has a customer;
                high counts those whose score is in the first quarter, mrr is None where revenue is not counted.
                attribute '' is everyone; attribute_2 is '' but for pairs. n and high int64; rows of tiers add
    unscored    customers without a single part to score
    missing     why there is nothing; '' where there is
    """

    question: Question
    recipe: Recipe
    attributes: tuple[Dimension, ...]
    frame: pd.DataFrame
    unscored: int
    missing: str

    @property
    def tiers(self) -> dict[str, int]:
        """Customers of each tier."""
        everyone = self.frame[self.frame["attribute"] == ""]
        counts = dict(zip(everyone["tier"], everyone["n"], strict=True))
        return {tier: int(counts.get(tier, 0)) for tier in TIERS}


def grouped(warehouse: Warehouse, company: Company, question: Question, pairs: bool = False) -> Grouped:
    """Customers of the last 24 months by tier and by every attribute of few values; of two at once where `pairs`.

    Two queries, whatever the number of attributes. Raises Refused for an unknown dimension of the scope.
    """
    missing = lacks(warehouse, "accounts") or lacks(warehouse, "subscriptions")
    if missing:
        return Grouped(question, Recipe({}, {}), (), _typed([]), 0, missing)
    made = recipe(warehouse, company, question)
    if not made.weights:
        why = "; ".join(dict.fromkeys(made.missing.values()))
        return Grouped(question, made, (), _typed([]), 0, f"no part of the score can be counted: {why}")
    attributes, everyone = _attributes(warehouse, company, question)
    sets: list[tuple[int, ...]] = [(), *((place,) for place in range(len(attributes)))]
    if pairs:
        sets = [(), *combinations(range(len(attributes)), 2)]
    found = warehouse.read(_counted(warehouse, company, question, made, attributes, sets))
    names = [each.name for each in attributes]
    rows = []
    for row in found.to_dict("records"):
        places = [place for place in range(len(names)) if not int(row[f"without_{place}"])]
        held = [(names[place], row[f"by_{place}"]) for place in places] + [("", "")] * (2 - len(places))
        mrr = None if pd.isna(row["mrr"]) else round(float(row["mrr"]), 2)
        rows.append((*held[0], *held[1], row["tier"], int(row["n"]), int(row["high"]), mrr))
    frame = _typed(rows)
    scored_customers = int(frame.loc[frame["attribute"] == "", "n"].sum())
    return Grouped(question, made, attributes, frame, everyone - scored_customers, "")


def concentration(warehouse: Warehouse, company: Company, question: Question, made: Recipe) -> pd.DataFrame:
    """order | percent | n | mrr: customers a hundredth at a time, from the first, in order of "score" and of "mrr".

    Few customers fill few hundredths; there are rows of those that have one. Empty where revenue is not counted.
    """
    if "revenue" not in made.weights:
        return pd.DataFrame({name: pd.Series(dtype=object) for name in CURVE_COLUMNS})
    base = scored(warehouse, company, question, made).subquery("scored")
    by_price = sa.func.row_number().over(
        order_by=(sa.func.coalesce(base.c.mrr, -1).desc(), code_point(base.c.account_id))
    )
    placed = sa.select(base.c.mrr, base.c.place, base.c.customers, by_price.label("by_price")).subquery("placed")
    parts = []
    for order, place in (("score", placed.c.place), ("mrr", placed.c.by_price)):
        share = sa.cast(100 * place, sa.Double()) / sa.cast(placed.c.customers, sa.Double())
        parts.append(
            sa.select(
                sa.literal(order, sa.String()).label("order"),
                sa.cast(sa.func.ceil(share), sa.BigInteger()).label("percent"),
                placed.c.mrr,
            )
        )
    both = sa.union_all(*parts).subquery("both")
    keys = [both.c.order, both.c.percent]
    total: Any = sa.cast(sa.func.sum(both.c.mrr), sa.Double()).label("mrr")
    found = warehouse.read(sa.select(*keys, sa.func.count().label("n"), total).group_by(*keys))
    found["mrr"] = found["mrr"].fillna(0.0).astype("float64").round(2)
    typed = found.astype({"order": "object", "percent": "int64", "n": "int64"})
    return typed.sort_values(["order", "percent"], ignore_index=True)[list(CURVE_COLUMNS)]


def wide(
    warehouse: Warehouse, question: Question, attributes: tuple[Dimension, ...], details: tuple[str, ...] = ()
) -> sa.Subquery:
    """account_id | by_0 | by_1 | ... | details: the value of an account in each attribute, "(not set)" where none."""
    source = known(warehouse, "accounts", question.as_of)
    columns: list[Any] = [source.c.account_id]
    joined: Any = source
    for place, attribute in enumerate(attributes):
        if attribute == CAMPAIGN:
            first = _campaigns(warehouse, question)
            joined = joined.outerjoin(first, first.c.account_id == source.c.account_id)
            columns.append(sa.func.coalesce(first.c.campaign, NOT_SET).label(f"by_{place}"))
        else:
            columns.append(segment_of(warehouse, source, attribute).label(f"by_{place}"))
    columns += [source.c[name] for name in details]
    return sa.select(*columns).select_from(joined).subquery("wide")


def _campaigns(warehouse: Warehouse, question: Question) -> sa.Subquery:
    """account_id | campaign of the first touch that has one, outbound or inbound, of those who are customers."""
    touch = known(warehouse, "touches", question.as_of)
    nth = sa.func.row_number().over(
        partition_by=touch.c.account_id, order_by=(touch.c.sent_at, code_point(touch.c.touch_id))
    )
    customers = sa.select(inputs.customers(warehouse, question.as_of).c.account_id)
    rows = sa.select(touch.c.account_id, touch.c.campaign, nth.label("nth")).where(
        touch.c.campaign.is_not(None), touch.c.account_id.in_(customers)
    )
    numbered = rows.subquery("campaigns")
    return sa.select(numbered.c.account_id, numbered.c.campaign).where(numbered.c.nth == 1).subquery("first_campaign")


def _attributes(warehouse: Warehouse, company: Company, question: Question) -> tuple[tuple[Dimension, ...], int]:
    """(what customers can be told apart by, how many customers there are), in one query.

    Every dimension of 2 to 50 values among customers, in the order of `dimensions`; then other numbers, cut at the
    customers' quarters rounded to two digits; then the first campaign.
    """
    people, source = inputs.customers(warehouse, question.as_of), known(warehouse, "accounts", question.as_of)
    scope = accounts_known(warehouse, company, question)
    named = [each for each in dimensions(warehouse, company) if each.name not in NO_TRAITS]
    taken = {each.name for each in named}
    kinds = warehouse.relations["accounts"].attributes
    numbers = [
        company.dimension(name) for name, kind in sorted(kinds.items()) if kind == "number" and name not in taken
    ]
    columns: list[Any] = [sa.func.count().label("everyone")]
    for place, each in enumerate(named):
        value = segment_of(warehouse, source, each)
        columns.append(sa.func.count(sa.distinct(sa.case((value != NOT_SET, value)))).label(f"values_{place}"))
    for place, each in enumerate(numbers):
        for share in QUARTERS:
            cut = sa.func.percentile_disc(sa.literal_column(str(share))).within_group(source.c[each.name])
            columns.append(cut.label(f"cut_{place}_{int(100 * share)}"))
    joined = people.join(source, source.c.account_id == people.c.account_id).join(
        scope, scope.c.account_id == people.c.account_id
    )
    found = warehouse.read(sa.select(*columns).select_from(joined)).to_dict("records")[0]
    kept = [each for place, each in enumerate(named) if 2 <= int(found[f"values_{place}"]) <= MOST_VALUES]
    for place, each in enumerate(numbers):
        edges = readable([found[f"cut_{place}_{int(100 * share)}"] for share in QUARTERS])
        if edges:
            kept.append(Dimension(each.name, each.label, edges))
    if not lacks(warehouse, "touches.campaign"):
        kept.append(CAMPAIGN)
    return tuple(kept), int(found["everyone"])


def readable(quarters: list[Any]) -> tuple[float, ...]:
    """Quarters rounded to two digits, each once, rising: 47, 163, 1,234 are 47, 160, 1,200."""
    there = [float(cut) for cut in quarters if cut is not None and not pd.isna(cut)]
    return tuple(sorted({_rounded(cut) for cut in there}))


def _rounded(value: float) -> float:
    if value == 0:
        return 0.0
    return round(value, 1 - math.floor(math.log10(abs(value))))


def _counted(
    warehouse: Warehouse,
    company: Company,
    question: Question,
    made: Recipe,
    attributes: tuple[Dimension, ...],
    sets: list[tuple[int, ...]],
) -> sa.Select[Any]:
    base = scored(warehouse, company, question, made).subquery("scored")
    apart = wide(warehouse, question, attributes)
    by = [apart.c[f"by_{place}"] for place in range(len(attributes))]
    money = base.c.mrr if "revenue" in made.weights else sa.cast(sa.null(), sa.Double())
    rows = (
        sa.select(
            base.c.tier,
            sa.case((base.c.place * 4 <= base.c.customers, 1), else_=0).label("high"),
            money.label("mrr"),
            *by,
        )
        .select_from(base.join(apart, apart.c.account_id == base.c.account_id))
        .subquery("rows")
    )
    columns = [rows.c[column.name] for column in by]
    grouping = sa.func.grouping_sets(*(sa.tuple_(rows.c.tier, *(columns[place] for place in each)) for each in sets))
    return sa.select(
        rows.c.tier,
        *columns,
        *(sa.func.grouping(column).label(f"without_{place}") for place, column in enumerate(columns)),
        sa.cast(sa.func.count(), sa.BigInteger()).label("n"),
        sa.cast(sa.func.sum(rows.c.high), sa.BigInteger()).label("high"),
        sa.cast(sa.func.sum(rows.c.mrr), sa.Double()).label("mrr"),
    ).group_by(grouping)


def _typed(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    order = {tier: place for place, tier in enumerate(TIERS)}
    rows = sorted(rows, key=lambda row: (row[0], row[2], str(row[1]), str(row[3]), order[row[4]]))
    frame = pd.DataFrame(rows, columns=list(GROUP_COLUMNS), dtype=object)
    return frame.astype({"n": "int64", "high": "int64"})


__all__ = ["CAMPAIGN", "Grouped", "concentration", "grouped", "readable", "wide"]
