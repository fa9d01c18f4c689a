"""Customers counted by the signs of the seven criteria: those of a profile, or the best tenth, beside everyone else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd
import sqlalchemy as sa

from gtm_metrics.company import Company
from gtm_metrics.measures.profile import Rule, fits
from gtm_metrics.measures.value import inputs
from gtm_metrics.measures.value.parts import BEST, NEXT, USAGE_WEEKS
from gtm_metrics.measures.value.score import Recipe, scored, several
from gtm_metrics.measures.value.seven import ANSWER_DAYS, PROMOTER, YEAR_MONTHS, Criterion, seven_with
from gtm_metrics.question import Question
from gtm_metrics.tallies.known import accounts_known, known
from gtm_metrics.tallies.spells import spells
from gtm_metrics.tallies.trials import is_new, opened_on, outbound
from gtm_metrics.warehouse import Warehouse
from gtm_metrics.warehouse.dialects import add_days, add_months, code_point, day, days_between
from gtm_metrics.warehouse.needs import lacking

EXACTLY = 1e-9
"""A share that is the limit meets it, however a warehouse divides."""

MET_COLUMNS = ("sign", "met", "n", "rest_met", "rest_n")


@dataclass(frozen=True)
class Met:
    """Customers by the signs of the seven criteria.

    frame    sign | met | n | rest_met | rest_n, a row a sign that could be counted: of the n of the group of whom it is
             known so many meet it, and of everyone else's rest_n. int64
    inside   customers of the group; rest: all others
    middle   touches and calls spent on the median customer; None where they are not counted
    missing  sign -> why it could not be counted
    """

    frame: pd.DataFrame
    inside: int
    rest: int
    middle: float | None
    missing: Mapping[str, str]


def seven(company: Company) -> tuple[Criterion, ...]:
    """The seven criteria with the company's own limits in their words."""
    return seven_with(company.won_in_time_weeks, dict(company.limits))


def criteria(
    warehouse: Warehouse, company: Company, question: Question, made: Recipe, rules: tuple[Rule, ...] = ()
) -> Met:
    """Customers of the last 24 months that fit the rules (without rules: the best tenth by score) and all others.

    At most three queries. Raises Refused for an unknown dimension.
    """
    signs = [each for criterion in seven(company) for each in criterion.signs]
    nobody = lacking(warehouse, ("accounts", "subscriptions"))
    if not nobody and not rules and not made.weights:
        nobody = "no part of the score can be counted, so that there is no best tenth"
    if nobody:
        return Met(_frame([]), 0, 0, None, {each.name: nobody for each in signs})
    missing = {each.name: why for each in signs if (why := lacking(warehouse, each.needs))}
    if "grown" not in missing and (why := several(warehouse, question)):
        missing["grown"] = why
    group = _group(warehouse, company, question, made, rules)
    there = [name for name in SIGNS if name not in missing]
    found = warehouse.read(_counted(warehouse, company, question, group, there))
    rows = {int(row["inside"]): row for row in found.to_dict("records")}
    counts = {name: (*_of(rows.get(1), name), *_of(rows.get(0), name)) for name in there}
    middle = None
    if "little_effort" not in missing:
        spent = warehouse.read(_spent(warehouse, company, question, group))
        middle, counts["little_effort"] = _little(spent)
    ordered = [(each.name, *counts[each.name]) for each in signs if each.name in counts]
    inside, rest = (int(rows[side]["customers"]) if side in rows else 0 for side in (1, 0))
    return Met(_frame(ordered), inside, rest, middle, missing)


def _group(
    warehouse: Warehouse, company: Company, question: Question, made: Recipe, rules: tuple[Rule, ...]
) -> sa.Subquery:
    """account_id | inside (1, 0) of every customer in scope."""
    people = inputs.customers(warehouse, question.as_of)
    scope = accounts_known(warehouse, company, question)
    joined: Any = people.join(scope, scope.c.account_id == people.c.account_id)
    if rules:
        source = known(warehouse, "accounts", question.as_of)
        joined = joined.join(source, source.c.account_id == people.c.account_id)
        inside = _flag(fits(warehouse, company, source, rules))
    else:
        base = scored(warehouse, company, question, made).subquery("scored")
        joined = joined.outerjoin(base, base.c.account_id == people.c.account_id)
        inside = _flag(base.c.tier.in_((BEST, NEXT)))
    return sa.select(people.c.account_id, inside.label("inside")).select_from(joined).subquery("sides")


def _counted(
    warehouse: Warehouse, company: Company, question: Question, group: sa.Subquery, names: list[str]
) -> sa.Select[Any]:
    """inside | customers | known_0 | met_0 | ...: of each sign in `names` whom it is known of, and who meets it."""
    joined: Any = group
    columns: list[Any] = [sa.func.count().label("customers")]
    for name in names:
        sign = SIGNS[name](warehouse, company, question.as_of).subquery(name)
        joined = joined.outerjoin(sign, sign.c.account_id == group.c.account_id)
        columns.append(sa.func.count(sign.c.met).label(f"known_{name}"))
        columns.append(sa.cast(sa.func.coalesce(sa.func.sum(sign.c.met), 0), sa.BigInteger()).label(f"met_{name}"))
    return sa.select(group.c.inside, *columns).select_from(joined).group_by(group.c.inside)


def _spent(warehouse: Warehouse, company: Company, question: Question, group: sa.Subquery) -> sa.Select[Any]:
    """inside | effort | n: customers by the touches and calls spent on them, few of them different."""
    spent = inputs.effort(warehouse, company, question.as_of)
    keys = [group.c.inside, spent.c.effort]
    joined = group.join(spent, spent.c.account_id == group.c.account_id)
    return sa.select(*keys, sa.func.count().label("n")).select_from(joined).group_by(*keys)


def _little(spent: pd.DataFrame) -> tuple[float | None, tuple[int, int, int, int]]:
    """The median customer's effort, and (met, n) of the group and of the rest: no more than that."""
    if spent.empty:
        return None, (0, 0, 0, 0)
    by = spent.groupby("effort")["n"].sum().sort_index()
    middle = float(by.index[int((2 * by.cumsum() >= by.sum()).to_numpy().argmax())])
    counts = []
    for side in (1, 0):
        mine = spent[spent["inside"] == side]
        counts += [int(mine.loc[mine["effort"] <= middle, "n"].sum()), int(mine["n"].sum())]
    return middle, (counts[0], counts[1], counts[2], counts[3])


def _of(row: Mapping[Any, Any] | None, name: str) -> tuple[int, int]:
    return (0, 0) if row is None else (int(row[f"met_{name}"]), int(row[f"known_{name}"]))


def _frame(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(MET_COLUMNS))
    return frame.astype(dict.fromkeys(MET_COLUMNS[1:], "int64") | {"sign": "object"})


def _flag(condition: Any) -> sa.ColumnElement[int]:
    return sa.case((condition, 1), else_=0)


def _months_back(as_of: date, months: int) -> date:
    return (pd.Timestamp(as_of) - pd.DateOffset(months=months)).date()


def _won_in_time(warehouse: Warehouse, company: Company, as_of: date) -> sa.Select[Any]:
    deals = known(warehouse, "opportunities", as_of)
    nth = sa.func.row_number().over(
        partition_by=deals.c.account_id, order_by=(day(deals.c.closed_at), code_point(deals.c.opportunity_id))
    )
    took = days_between(opened_on(deals), day(deals.c.closed_at))
    won = (
        sa.select(deals.c.account_id, took.label("took"), nth.label("nth"))
        .where(is_new(deals), deals.c.outcome == "won")
        .subquery("won_first")
    )
    in_time = _flag(won.c.took <= 7 * company.won_in_time_weeks)
    return sa.select(won.c.account_id, in_time.label("met")).where(won.c.nth == 1)


def _answered(warehouse: Warehouse, company: Company, as_of: date) -> sa.Select[Any]:
    touches, stays = known(warehouse, "touches", as_of), spells(warehouse, as_of)
    began = (
        sa.select(stays.c.account_id, sa.func.min(stays.c.started_on).label("began"))
        .group_by(stays.c.account_id)
        .subquery("first_stays")
    )
    sent, ours = day(touches.c.sent_at), outbound(touches)
    before = (
        sa.select(
            touches.c.account_id,
            sa.func.min(sa.case((ours, sent))).label("first_touch"),
            sa.func.min(sa.case((ours, day(touches.c.replied_at)))).label("answered_on"),
            sa.func.max(_flag(sa.not_(ours))).label("came"),
        )
        .select_from(touches.join(began, began.c.account_id == touches.c.account_id))
        .where(sent < began.c.began)
        .group_by(touches.c.account_id)
        .subquery("touched_before")
    )
    reach = add_days(before.c.first_touch, ANSWER_DAYS)
    met = _flag(sa.or_(before.c.came == 1, before.c.answered_on <= reach))
    told = sa.select(before.c.account_id, met.label("met"), before.c.first_touch).subquery("answering")
    due = as_of - timedelta(days=ANSWER_DAYS)
    return sa.select(told.c.account_id, told.c.met).where(sa.or_(told.c.met == 1, told.c.first_touch <= due))


def _near_list(warehouse: Warehouse, company: Company, as_of: date) -> sa.Select[Any]:
    given = inputs.discount(warehouse, as_of)
    near = _flag(given.c.discount <= dict(company.limits)["discount_at_most"] + EXACTLY)
    return sa.select(given.c.account_id, near.label("met"))


def _in_use(warehouse: Warehouse, company: Company, as_of: date) -> sa.Select[Any]:
    people, use = inputs.customers(warehouse, as_of), inputs.engagement(warehouse, company, as_of)
    often = _flag(use.c.weeks_used >= dict(company.limits)["weeks_used_at_least"])
    return (
        sa.select(people.c.account_id, often.label("met"))
        .select_from(people.join(use, use.c.account_id == people.c.account_id))
        .where(people.c.ended_on.is_(None), people.c.stayed >= 7 * USAGE_WEEKS)
    )


def _stayed_a_year(warehouse: Warehouse, company: Company, as_of: date) -> sa.Select[Any]:
    stays, since = spells(warehouse, as_of), inputs.since(as_of)
    earlier = sa.func.lag(stays.c.started_on).over(partition_by=stays.c.account_id, order_by=stays.c.started_on)
    told = sa.select(stays.c.account_id, stays.c.started_on, stays.c.ended_on, earlier.label("earlier"))
    stay = told.subquery("stays_in_turn")
    stayed = sa.or_(stay.c.ended_on.is_(None), stay.c.ended_on >= add_months(stay.c.started_on, YEAR_MONTHS))
    return sa.select(stay.c.account_id, _flag(stayed).label("met")).where(
        stay.c.started_on > since,
        stay.c.started_on <= _months_back(as_of, YEAR_MONTHS),
        sa.or_(stay.c.earlier.is_(None), stay.c.earlier <= since),
    )


def _grown(warehouse: Warehouse, company: Company, as_of: date) -> sa.Select[Any]:
    people, now = inputs.customers(warehouse, as_of), inputs.mrr(warehouse, company, as_of)
    paid = known(warehouse, "subscriptions", as_of)
    unpriced = sa.func.sum(sa.case((paid.c.mrr.is_(None), 1), else_=0))
    then = (
        sa.select(people.c.account_id, sa.func.sum(paid.c.mrr).label("mrr"))
        .select_from(people.join(paid, paid.c.account_id == people.c.account_id))
        .where(
            people.c.ended_on.is_(None),
            people.c.since <= _months_back(as_of, YEAR_MONTHS),
            paid.c.started_on <= people.c.since,
            sa.or_(paid.c.ended_on.is_(None), paid.c.ended_on > people.c.since),
        )
        .group_by(people.c.account_id)
        .having(unpriced == 0)
        .subquery("paid_first")
    )
    more = 1 + dict(company.limits)["grown_by_at_least"] - EXACTLY
    grown = _flag(now.c.mrr >= then.c.mrr * sa.cast(sa.literal(more), sa.Double()))
    return (
        sa.select(then.c.account_id, grown.label("met"))
        .select_from(then.join(now, now.c.account_id == then.c.account_id))
        .where(now.c.mrr.is_not(None))
    )


def _promoter(warehouse: Warehouse, company: Company, as_of: date) -> sa.Select[Any]:
    said = inputs.nps(warehouse, company, as_of)
    return sa.select(said.c.account_id, _flag(said.c.nps >= PROMOTER - EXACTLY).label("met"))


def _referred(warehouse: Warehouse, company: Company, as_of: date) -> sa.Select[Any]:
    people, brought = inputs.customers(warehouse, as_of), inputs.referred(warehouse, company, as_of)
    joined = people.outerjoin(brought, brought.c.account_id == people.c.account_id)
    return sa.select(people.c.account_id, _flag(brought.c.referred > 0).label("met")).select_from(joined)


SIGNS: dict[str, Callable[[Warehouse, Company, date], sa.Select[Any]]] = {
    "won_in_time": _won_in_time,
    "answered": _answered,
    "near_list": _near_list,
    "in_use": _in_use,
    "stayed_a_year": _stayed_a_year,
    "grown": _grown,
    "promoter": _promoter,
    "referred": _referred,
}
"""By a sign's name: account_id | met (1, 0) of those of whom it is known; `little_effort` needs the median first."""
