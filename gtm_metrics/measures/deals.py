"""New opportunities as money and effort: the open ones, those decided in the window, what was spent on them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from gtm_metrics.company import Company
from gtm_metrics.measures.catalogue import SPENT_DAYS
from gtm_metrics.measures.shared import NO_CURRENCY, Counted, between, decided_days, one
from gtm_metrics.question import Question
from gtm_metrics.tallies.known import known
from gtm_metrics.tallies.trials import is_new, opened_on, outbound
from gtm_metrics.warehouse import Warehouse
from gtm_metrics.warehouse.dialects import add_days, code_point, day, week_of


def pipeline(warehouse: Warehouse, company: Company, question: Question) -> Counted:
    """New opportunities that are open on as_of."""
    if not warehouse.connected("opportunities"):
        return Counted(None, "open deals", question.as_of, question.as_of)
    deals = known(warehouse, "opportunities", question.as_of)
    rows = (
        sa.select(
            deals.c.account_id,
            *_currency(deals),
            sa.literal(1).label("open_deals"),
            deals.c.amount.label("open_pipeline"),
        )
        .where(is_new(deals), deals.c.outcome.is_(None))
        .subquery("pipeline")
    )
    return Counted(rows, "open deals", question.as_of, question.as_of)


def decided(warehouse: Warehouse, company: Company, question: Question) -> Counted:
    """New opportunities decided within the question's closed weeks: the trials of the close rate."""
    first, last = decided_days(company, question)
    if not warehouse.connected("opportunities"):
        return Counted(None, "decided deals", first, last)
    deals = known(warehouse, "opportunities", question.as_of)
    won, amount = deals.c.outcome == "won", deals.c.amount
    listed = sa.and_(won, deals.c.list_amount > 0, amount.is_not(None))
    rows = (
        sa.select(
            deals.c.account_id,
            *_currency(deals),
            week_of(deals.c.closed_at).label("week"),
            *_outcomes(deals),
            sa.case((won, amount)).label("won_amount"),
            amount.label("decided_amount"),
            sa.case((sa.not_(won), amount)).label("not_won_amount"),
            sa.case((listed, 1 - amount / sa.func.nullif(deals.c.list_amount, 0))).label("discounts"),
        )
        .where(_decided(deals, first, last))
        .subquery("decided")
    )
    return Counted(rows, "decided deals", first, last)


def effort(warehouse: Warehouse, company: Company, question: Question) -> Counted:
    """The same deals with the touches and calls spent on each, and whether they came to us first."""
    first, last = decided_days(company, question)
    if not warehouse.connected("opportunities"):
        return Counted(None, "decided deals", first, last)
    deals = known(warehouse, "opportunities", question.as_of)
    at = sa.cast(sa.null(), sa.DateTime())
    nothing = sa.select(
        deals.c.opportunity_id,
        sa.cast(sa.null(), sa.BigInteger()).label("spent"),
        at.label("inbound_at"),
        at.label("outbound_at"),
    ).where(sa.false())
    touches = (
        _touches(warehouse, deals, question, first, last)
        if warehouse.connected("touches")
        else nothing.subquery("touched")
    )
    calls = _calls(warehouse, deals, question) if warehouse.connected("calls") else nothing.subquery("called")
    won = deals.c.outcome == "won"
    touched = sa.and_(won, sa.or_(touches.c.inbound_at.is_not(None), touches.c.outbound_at.is_not(None)))
    inbound = sa.and_(
        won,
        touches.c.inbound_at.is_not(None),
        sa.or_(touches.c.outbound_at.is_(None), touches.c.inbound_at < touches.c.outbound_at),
    )
    by_touch, by_call = sa.func.coalesce(touches.c.spent, 0), sa.func.coalesce(calls.c.spent, 0)
    rows = (
        sa.select(
            deals.c.account_id,
            NO_CURRENCY.label("currency"),
            NO_CURRENCY.label("currency_2"),
            week_of(deals.c.closed_at).label("week"),
            *_outcomes(deals),
            by_touch.label("touches_spent"),
            by_call.label("calls_spent"),
            (by_touch + by_call).label("effort"),
            one(touched).label("touched_won"),
            one(inbound).label("inbound_won"),
        )
        .select_from(
            deals.outerjoin(touches, touches.c.opportunity_id == deals.c.opportunity_id).outerjoin(
                calls, calls.c.opportunity_id == deals.c.opportunity_id
            )
        )
        .where(_decided(deals, first, last))
        .subquery("effort")
    )
    return Counted(rows, "decided deals", first, last)


def _decided(deals: Any, first: Any, last: Any) -> Any:
    return sa.and_(is_new(deals), deals.c.outcome.is_not(None), between(day(deals.c.closed_at), first, last))


def _outcomes(deals: Any) -> list[Any]:
    return [
        sa.literal(1).label("decided"),
        one(deals.c.outcome == "won").label("won"),
        one(deals.c.outcome == "no_decision").label("no_decision"),
        one(deals.c.outcome != "no_decision").label("won_or_lost"),
    ]


def _currency(deals: Any) -> list[Any]:
    of_amount = sa.func.upper(sa.case((deals.c.amount.is_not(None), deals.c.currency)))
    return [of_amount.label("currency"), NO_CURRENCY.label("currency_2")]


def _touches(warehouse: Warehouse, deals: Any, question: Question, first: Any, last: Any) -> sa.Subquery:
    """opportunity_id | spent | inbound_at | outbound_at: touches spent, and the first either way up to its opening.

    A touch within reach of two deals of the account belongs to the older; only accounts with a deal decided in the
    window are looked at.
    """
    every = known(warehouse, "opportunities", question.as_of)
    touches = known(warehouse, "touches", question.as_of)
    looked_at = sa.select(deals.c.account_id).where(_decided(deals, first, last))
    opened, sent = opened_on(every), day(touches.c.sent_at)
    near = (
        sa.select(
            touches.c.touch_id,
            touches.c.sent_at,
            outbound(touches).label("ours"),
            every.c.opportunity_id,
            (sent <= opened).label("before"),
            sa.func.row_number()
            .over(partition_by=touches.c.touch_id, order_by=(opened, code_point(every.c.opportunity_id)))
            .label("nth"),
        )
        .join_from(
            touches,
            every,
            sa.and_(
                every.c.account_id == touches.c.account_id,
                sent >= add_days(opened, -SPENT_DAYS),
                sa.or_(every.c.closed_at.is_(None), sent <= day(every.c.closed_at)),
            ),
        )
        .where(is_new(every), touches.c.account_id.in_(looked_at))
        .subquery("near")
    )
    mine = sa.and_(near.c.nth == 1, near.c.ours)
    return (
        sa.select(
            near.c.opportunity_id,
            sa.func.sum(sa.case((mine, 1), else_=0)).label("spent"),
            sa.func.min(sa.case((sa.and_(near.c.before, sa.not_(near.c.ours)), near.c.sent_at))).label("inbound_at"),
            sa.func.min(sa.case((sa.and_(near.c.before, near.c.ours), near.c.sent_at))).label("outbound_at"),
        )
        .group_by(near.c.opportunity_id)
        .subquery("touched")
    )


def _calls(warehouse: Warehouse, deals: Any, question: Question) -> sa.Subquery:
    """opportunity_id | spent: calls held about a deal, to the day of its close."""
    calls, about = known(warehouse, "calls", question.as_of), known(warehouse, "opportunities", question.as_of)
    return (
        sa.select(calls.c.opportunity_id, sa.func.count().label("spent"))
        .join_from(calls, about, about.c.opportunity_id == calls.c.opportunity_id)
        .where(sa.or_(about.c.closed_at.is_(None), day(calls.c.held_at) <= day(about.c.closed_at)))
        .group_by(calls.c.opportunity_id)
        .subquery("called")
    )
