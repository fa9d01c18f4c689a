"""The customer value score, made in the warehouse: percentile ranks, their weighted mean, place and tier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from gtm_metrics.company import Company
from gtm_metrics.measures.money import paying
from gtm_metrics.measures.value import inputs
from gtm_metrics.measures.value.parts import BEST, MIDDLE, NEXT, PARTS, WORST, Input, Part
from gtm_metrics.question import Question
from gtm_metrics.tallies.known import accounts_known, known
from gtm_metrics.warehouse import Warehouse
from gtm_metrics.warehouse.dialects import code_point
from gtm_metrics.warehouse.needs import lacks

DIGITS = 1e9
"""Scores are compared to nine digits: what differs behind them is how a warehouse adds."""


@dataclass(frozen=True)
class Recipe:
    """What the score is made of here.

    weights  part -> its weight over the sum of those that could be counted: they add to 1
    missing  part or input -> why it is left out, of those that gtm.toml gives a weight
    """

    weights: Mapping[str, float]
    missing: Mapping[str, str]

    @property
    def parts(self) -> tuple[Part, ...]:
        """The parts with a weight, in order."""
        return tuple(part for part in PARTS if part.name in self.weights)

    def inputs(self, part: Part) -> tuple[Input, ...]:
        """The inputs of a part that could be counted."""
        return tuple(each for each in part.inputs if each.name not in self.missing)


def recipe(warehouse: Warehouse, company: Company, question: Question) -> Recipe:
    """The recipe of gtm.toml as far as the warehouse has what it needs; the weights of the rest are rescaled.

    Prices in several currencies are never added: then revenue is left out, with how many accounts pay in each.
    """
    wanted = {name: weight for name, weight in company.weights if weight > 0}
    missing: dict[str, str] = {}
    kept: dict[str, float] = {}
    for part in PARTS:
        if part.name not in wanted:
            continue
        lacking = {each.name: why for each in part.inputs if (why := lacks(warehouse, each.needs))}
        if part.name == "revenue" and not lacking and (why := several(warehouse, question)):
            lacking = {"mrr": why}
        if part.name == "effort" and not lacking and (why := lacks(warehouse, "opportunities.outcome")):
            lacking = {"effort": why}
        if len(lacking) == len(part.inputs):
            missing[part.name] = "; ".join(dict.fromkeys(lacking.values()))
        else:
            kept[part.name] = wanted[part.name]
        missing |= {name: why for name, why in lacking.items() if name not in missing}
    total = sum(kept.values())
    return Recipe({name: weight / total for name, weight in kept.items()}, missing)


def several(warehouse: Warehouse, question: Question) -> str:
    """Why prices cannot be added, with the accounts in each currency; '' where there is one or none on record."""
    paid = known(warehouse, "subscriptions", question.as_of)
    currency = sa.func.upper(paid.c.currency)
    found = warehouse.read(
        sa.select(currency.label("currency"), sa.func.count(sa.distinct(paid.c.account_id)).label("n"))
        .where(paying(paid, question.as_of), paid.c.mrr.is_not(None), paid.c.currency.is_not(None))
        .group_by(currency)
    )
    each = sorted(zip(found["currency"].tolist(), found["n"].tolist(), strict=True))
    if len(each) < 2:
        return ""
    told = ", ".join(f"{name}: {int(n):,} accounts" for name, n in each)
    return f"prices in several currencies are never added ({told})"


def scored(warehouse: Warehouse, company: Company, question: Question, made: Recipe) -> sa.Select[Any]:
    """A row a customer in the question's scope, for others to join; nothing is read here.

    account_id | since | ended_on | stayed | pays (1, 0) | weeks_used | the inputs `days`, `nps`, ... | the parts
    `part_retention`, ... (percentile ranks, 0 to 1) | score (0 to 1) | place (1 is the best) | customers | tier.

    A percentile rank is the share of the other customers that have a value and stand below, those alike counting
    half; alone it is 0.5. A part that an account lacks is left out and the other weights are rescaled. Of equal scores
    the account whose id comes first by code point stands before. Who has no part at all has no score and no row.
    """
    people = inputs.customers(warehouse, question.as_of)
    accounts = accounts_known(warehouse, company, question)
    joined: Any = people.join(accounts, accounts.c.account_id == people.c.account_id)
    names = [each.name for part in made.parts for each in made.inputs(part) if each.name != "days"]
    from_each = {name: inputs.SELECTS[name](warehouse, company, question.as_of) for name in names}
    for source in from_each.values():
        joined = joined.outerjoin(source, source.c.account_id == people.c.account_id)
    stays = people.c.ended_on.is_(None)
    days = sa.case((stays, people.c.stayed + inputs.STILL), else_=people.c.stayed)
    columns = [days.label("days"), *(_value(name, source, stays).label(name) for name, source in from_each.items())]
    if "engagement" in from_each:
        columns.append(from_each["engagement"].c.weeks_used)
    told = (people.c.account_id, people.c.since, people.c.ended_on, people.c.stayed)
    raw = sa.select(*told, sa.case((stays, 1), else_=0).label("pays"), *columns).select_from(joined).subquery("raw")
    ranks = [
        rank(raw.c[each.name], each.more).label(f"rank_{each.name}")
        for part in made.parts
        for each in made.inputs(part)
    ]
    ranked = sa.select(raw, *ranks).subquery("ranked")
    means = [
        _mean([(ranked.c[f"rank_{each.name}"], 1.0) for each in made.inputs(part)]).label(f"part_{part.name}")
        for part in made.parts
    ]
    parted = sa.select(*(ranked.c[column.name] for column in raw.c), *means).subquery("parted")
    weighed = [(parted.c[f"part_{name}"], weight) for name, weight in made.weights.items()]
    score = _double(sa.func.round(_mean(weighed) * _double(DIGITS))) / _double(DIGITS)
    whole = sa.select(parted, score.label("score")).subquery("whole")
    place = sa.func.row_number().over(order_by=(whole.c.score.desc(), code_point(whole.c.account_id)))
    placed = (
        sa.select(whole, place.label("place"), sa.func.count().over().label("customers"))
        .where(whole.c.score.is_not(None))
        .subquery("placed")
    )
    return sa.select(placed, tier(placed).label("tier"))


def tier(placed: Any) -> sa.ColumnElement[str]:
    """best: the first 1 %, at least one; next best: up to 10 %; worst: the last 10 %, rounded down; middle: between."""
    first = sa.or_(placed.c.place == 1, placed.c.place * 100 <= placed.c.customers)
    last = (placed.c.customers - placed.c.place + 1) * 10 <= placed.c.customers
    return sa.case((first, BEST), (placed.c.place * 10 <= placed.c.customers, NEXT), (last, WORST), else_=MIDDLE)


def rank(value: Any, more: bool = True) -> Any:
    """The percentile rank of a value among those that are there; null where it is not."""
    there = sa.case((value.is_(None), 0), else_=1)
    below = sa.func.rank().over(partition_by=there, order_by=value if more else value.desc())
    alike, known_values = sa.func.count().over(partition_by=value), sa.func.count(value).over()
    share = (_double(below - 1) + _double(alike - 1) / _double(2)) / sa.func.nullif(
        _double(known_values - 1), _double(0)
    )
    return sa.case((value.is_(None), None), (known_values == 1, _double(0.5)), else_=share)


def _value(name: str, source: Any, stays: Any) -> Any:
    """An input where no row says otherwise: nobody was referred, nothing is paid by who left."""
    if name == "referred":
        return sa.func.coalesce(source.c.referred, 0)
    if name == "mrr":
        return sa.case((source.c.pays.is_(None), _double(0)), else_=source.c.mrr)
    return source.c[name]


def _mean(weighed: list[tuple[Any, float]]) -> Any:
    """The weighted mean of those that are there; null where none is."""
    if not weighed:
        return sa.cast(sa.null(), sa.Double())
    top: Any = _double(0)
    over: Any = _double(0)
    for value, weight in weighed:
        top = top + sa.func.coalesce(value * _double(weight), _double(0))
        over = over + sa.case((value.is_(None), _double(0)), else_=_double(weight))
    return top / sa.func.nullif(over, _double(0))


def _double(value: Any) -> Any:
    return sa.cast(value, sa.Double())
