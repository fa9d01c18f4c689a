"""Customers to act on: those about to renew and those who have just left, each in the columns of `thing`."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from gtm_metrics.company import Company
from gtm_metrics.measures import value
from gtm_metrics.measures.deal_things import thing
from gtm_metrics.measures.money import paying
from gtm_metrics.measures.shared import between, days_back
from gtm_metrics.question import Question
from gtm_metrics.tallies.known import known
from gtm_metrics.tallies.spells import RENEWAL_MONTHS, spells
from gtm_metrics.warehouse import Warehouse
from gtm_metrics.warehouse.dialects import add_months, days_between, week_of
from gtm_metrics.weeks import WEEK, closed_through

RENEWAL_DAYS = 60
LEFT_DAYS = 30
LATELY_WEEKS, BEFORE_WEEKS, LESS_PERCENT = 4, 13, 50


def renewal(warehouse: Warehouse, company: Company, question: Question) -> sa.Select[Any]:
    """Customers, a spell each, whose month 12, 24, ... begins within the next 60 days, with what they pay."""
    as_of = question.as_of
    spell, paid = spells(warehouse, as_of), known(warehouse, "subscriptions", as_of)
    spans = warehouse.relations["subscriptions"].spans
    earliest = min(spans["started_on"][0], as_of) if "started_on" in spans else as_of
    years = range(1, as_of.year - earliest.year + 2)
    month = sa.values(sa.column("months", sa.Integer()), name="month").data([(RENEWAL_MONTHS * y,) for y in years])
    begins = add_months(spell.c.started_on, month.c.months)
    pays = _mrr(paid, paying(paid, as_of), [paid.c.account_id])
    return (
        thing(
            spell,
            begins,
            -days_between(sa.literal(as_of, sa.Date()), begins),
            amount=pays.c.mrr,
            currency=pays.c.currency,
            mark=month.c.months,
        )
        .select_from(
            spell.join(
                month, between(begins, as_of + timedelta(days=1), as_of + timedelta(days=RENEWAL_DAYS))
            ).outerjoin(pays, pays.c.account_id == spell.c.account_id)
        )
        .where(spell.c.ended_on.is_(None))
    )


def left(warehouse: Warehouse, company: Company, question: Question) -> sa.Select[Any]:
    """Accounts whose spell ended in the last 30 days, with what they last paid and why they ended."""
    as_of = question.as_of
    first = days_back(as_of, LEFT_DAYS)
    spell, paid = spells(warehouse, as_of), known(warehouse, "subscriptions", as_of)
    ended = _mrr(paid, paid.c.ended_on.is_not(None), [paid.c.account_id, paid.c.ended_on])
    return (
        thing(
            spell,
            spell.c.ended_on,
            days_between(sa.literal(first, sa.Date()), spell.c.ended_on),
            amount=ended.c.mrr,
            currency=ended.c.currency,
            reason=ended.c.end_reason,
        )
        .select_from(
            spell.join(ended, sa.and_(ended.c.account_id == spell.c.account_id, ended.c.ended_on == spell.c.ended_on))
        )
        .where(between(spell.c.ended_on, first, as_of))
    )


def using_less(warehouse: Warehouse, company: Company, question: Question) -> sa.Select[Any]:
    """Customers that stood in the best tenth by value 13 weeks ago, pay still, and use the product half as much or
    less: active users a week in the last 4 complete weeks against the 13 before them; a week without use is 0.
    """
    as_of, then = question.as_of, replace(question, as_of=question.as_of - BEFORE_WEEKS * WEEK)
    best = value.scored(warehouse, company, then, value.recipe(warehouse, company, then)).subquery("scored_then")
    last = closed_through(0, as_of)
    since = last - (LATELY_WEEKS - 1) * WEEK
    use = known(warehouse, "usage_weeks", as_of)
    week = week_of(use.c.week)
    lately, before = between(week, since, last), between(week, since - BEFORE_WEEKS * WEEK, since - WEEK)
    users = (
        sa.select(
            use.c.account_id,
            _a_week(use, lately, LATELY_WEEKS).label("lately"),
            _a_week(use, before, BEFORE_WEEKS).label("before"),
        )
        .where(sa.or_(lately, before))
        .group_by(use.c.account_id)
        .subquery("users")
    )
    paid = known(warehouse, "subscriptions", as_of)
    pays = _mrr(paid, paying(paid, as_of), [paid.c.account_id])
    less = 100 * (1 - users.c.lately / users.c.before)
    return (
        thing(best, sa.literal(last, sa.Date()), less, amount=pays.c.mrr, currency=pays.c.currency, mark=less)
        .select_from(
            best.join(users, users.c.account_id == best.c.account_id).join(pays, pays.c.account_id == best.c.account_id)
        )
        .where(best.c.tier.in_((value.BEST, value.NEXT)), users.c.before > 0, less >= LESS_PERCENT)
    )


def _a_week(use: Any, when: Any, weeks: int) -> Any:
    users = sa.func.coalesce(sa.func.sum(sa.case((when, use.c.active_users), else_=0)), 0)
    return sa.cast(users, sa.Double()) / sa.cast(sa.literal(weeks), sa.Double())


def _mrr(paid: Any, when: Any, groups: list[Any]) -> sa.Subquery:
    """groups | mrr | currency | end_reason of an account's subscriptions; MRR in two currencies is not added."""
    lowest, highest = (end(sa.func.upper(paid.c.currency)) for end in (sa.func.min, sa.func.max))
    single = sa.or_(lowest.is_(None), lowest == highest)
    return (
        sa.select(
            *groups,
            sa.case((single, sa.func.sum(paid.c.mrr))).label("mrr"),
            sa.case((single, lowest)).label("currency"),
            sa.func.min(paid.c.end_reason).label("end_reason"),
        )
        .where(when)
        .group_by(*groups)
        .subquery("bills")
    )
