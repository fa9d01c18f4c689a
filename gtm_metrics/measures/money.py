"""Subscriptions as money: who pays what on a day, what became of a closed cohort, what ended."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from gtm_metrics.company import Company
from gtm_metrics.measures.catalogue import RETENTION_WEEKS
from gtm_metrics.measures.shared import NO_CURRENCY, Counted, between, decided_days, one
from gtm_metrics.question import Question
from gtm_metrics.tallies.known import known
from gtm_metrics.warehouse import Warehouse
from gtm_metrics.warehouse.dialects import week_of
from gtm_metrics.weeks import WEEK


def paying(paid: Any, day: date) -> Any:
    """Whether a subscription is paid for on a day: it has begun, and its first day no longer paid for lies after."""
    return sa.and_(paid.c.started_on <= day, sa.or_(paid.c.ended_on.is_(None), paid.c.ended_on > day))


def customers(warehouse: Warehouse, company: Company, question: Question) -> Counted:
    """Accounts that pay on as_of, with the MRR that is recorded."""
    day = question.as_of
    if not warehouse.connected("subscriptions"):
        return Counted(None, "accounts", day, day)
    paid = known(warehouse, "subscriptions", day)
    rows = (
        sa.select(
            paid.c.account_id,
            *_currencies(paid),
            sa.literal(1).label("customers"),
            sa.func.sum(paid.c.mrr).label("mrr"),
            _unpriced(paid).label("unpriced"),
        )
        .where(paying(paid, day))
        .group_by(paid.c.account_id)
        .subquery("customers")
    )
    return Counted(rows, "accounts", day, day)


def retention(warehouse: Warehouse, company: Company, question: Question) -> Counted:
    """The closed cohort of 52 weeks before as_of, on that day and on as_of."""
    return _cohort(warehouse, question.as_of, question.as_of - RETENTION_WEEKS * WEEK, question.as_of)


def window_retention(warehouse: Warehouse, company: Company, question: Question) -> Counted:
    """The closed cohort of the evening before the window's first week, then and on the window's last day.

    A question over all weeks has no start to close a cohort at: it is answered over 52 weeks.
    """
    first, last = decided_days(company, question)
    if first is None:
        return retention(warehouse, company, question)
    return _cohort(warehouse, question.as_of, first - timedelta(days=1), last)


def _cohort(warehouse: Warehouse, as_of: date, start: date, end: date) -> Counted:
    """Accounts that paid on `start`, a row each, with what they paid on the two days.

    An account with a price that is not recorded on one of them is out of the money and counted as `unpriced`.
    """
    if not warehouse.connected("subscriptions"):
        return Counted(None, "accounts", start, end)
    paid = known(warehouse, "subscriptions", as_of)
    then, now = paying(paid, start), paying(paid, end)
    each = (
        sa.select(
            paid.c.account_id,
            *_currencies(paid),
            sa.func.sum(sa.case((then, paid.c.mrr))).label("before"),
            sa.func.coalesce(sa.func.sum(sa.case((now, paid.c.mrr))), 0).label("after"),
            sa.func.sum(sa.case((now, 1), else_=0)).label("subscriptions"),
            _unpriced(paid).label("unpriced"),
        )
        .where(sa.or_(then, now))
        .group_by(paid.c.account_id)
        .having(sa.func.sum(sa.case((then, 1), else_=0)) > 0)
        .subquery("each")
    )
    before = sa.case((each.c.unpriced.is_(None), each.c.before))
    after = sa.case((each.c.unpriced.is_(None), each.c.after))
    left, less = each.c.subscriptions == 0, after < before
    rows = sa.select(
        each.c.account_id,
        each.c.currency,
        each.c.currency_2,
        before.label("start_mrr"),
        after.label("end_mrr"),
        sa.case((less, after), else_=before).label("kept_mrr"),
        sa.case((less, before - after)).label("lost_mrr"),
        (after - before).label("change_mrr"),
        sa.case((left, before)).label("churned_mrr"),
        sa.case((sa.and_(less, sa.not_(left)), before - after)).label("contraction_mrr"),
        sa.case((after > before, after - before)).label("expansion_mrr"),
        each.c.unpriced,
    ).subquery("cohort")
    return Counted(rows, "accounts", start, end)


def endings(warehouse: Warehouse, company: Company, question: Question) -> Counted:
    """Subscriptions that ended within the question's closed weeks."""
    first, last = decided_days(company, question)
    if not warehouse.connected("subscriptions"):
        return Counted(None, "subscriptions", first, last)
    paid = known(warehouse, "subscriptions", question.as_of)
    rows = (
        sa.select(
            paid.c.account_id,
            sa.func.upper(paid.c.currency).label("currency"),
            NO_CURRENCY.label("currency_2"),
            week_of(paid.c.ended_on).label("week"),
            sa.literal(1).label("ended_subscriptions"),
            paid.c.mrr.label("ended_mrr"),
        )
        .where(between(paid.c.ended_on, first, last))
        .subquery("endings")
    )
    return Counted(rows, "subscriptions", first, last)


def _currencies(paid: Any) -> list[Any]:
    """The currency of an account's priced subscriptions, and a second one where there is."""
    of_price = sa.func.upper(sa.case((paid.c.mrr.is_not(None), paid.c.currency)))
    lowest, highest = sa.func.min(of_price), sa.func.max(of_price)
    return [lowest.label("currency"), sa.case((highest > lowest, highest)).label("currency_2")]


def _unpriced(paid: Any) -> Any:
    """1 for an account with a subscription whose price is not recorded, else null."""
    return sa.func.max(one(paid.c.mrr.is_(None)))
