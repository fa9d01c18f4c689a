"""Customers to act on: those about to renew and those who have just left, each in the columns of `thing`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from gtm_metrics.company import Company
from gtm_metrics.measures.deal_things import thing
from gtm_metrics.measures.money import paying
from gtm_metrics.measures.shared import between, days_back
from gtm_metrics.question import Question
from gtm_metrics.tallies.known import known
from gtm_metrics.tallies.spells import RENEWAL_MONTHS, spells
from gtm_metrics.warehouse import Warehouse
from gtm_metrics.warehouse.dialects import add_months, days_between

RENEWAL_DAYS = 60
LEFT_DAYS = 30


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
