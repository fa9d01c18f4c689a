"""Deals to act on: one SELECT a kind, each in the columns of `thing`."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from gtm_metrics.company import Company
from gtm_metrics.measures.cycle import CYCLE_WEEKS, LEAST_WON, USUAL
from gtm_metrics.measures.profile import Fit, fits
from gtm_metrics.measures.shared import NO_CURRENCY, between, days_back
from gtm_metrics.question import Question
from gtm_metrics.tallies.known import accounts_known, known
from gtm_metrics.tallies.trials import is_new, opened_on
from gtm_metrics.warehouse import Warehouse
from gtm_metrics.warehouse.dialects import day, days_between
from gtm_metrics.weeks import WEEK

WEEK_DAYS = 7
NO_REASON_DAYS = 13 * 7

NO_NUMBER: Any = sa.cast(sa.null(), sa.BigInteger())
NO_TEXT: Any = sa.cast(sa.null(), sa.String())


def thing(
    of: Any,
    happened_on: Any,
    rank: Any,
    *,
    owner: Any = NO_TEXT,
    opportunity_id: Any = NO_TEXT,
    amount: Any = None,
    currency: Any = NO_CURRENCY,
    reason: Any = NO_TEXT,
    calls: Any = NO_NUMBER,
    mark: Any = NO_NUMBER,
    apart: Any = NO_TEXT,
) -> sa.Select[Any]:
    """account_id | owner | opportunity_id | happened_on | amount | currency | reason | calls | mark | rank | apart.

    The largest rank stands first, within each value of `apart`.
    """
    worth: Any = sa.cast(sa.null() if amount is None else amount, sa.Double())
    return sa.select(
        of.c.account_id,
        owner.label("owner"),
        opportunity_id.label("opportunity_id"),
        sa.cast(happened_on, sa.Date()).label("happened_on"),
        worth.label("amount"),
        currency.label("currency"),
        reason.label("reason"),
        sa.cast(calls, sa.BigInteger()).label("calls"),
        sa.cast(mark, sa.Double()).label("mark"),
        sa.cast(rank, sa.Double()).label("rank"),
        apart.label("apart"),
    )


def won(warehouse: Warehouse, company: Company, question: Question) -> sa.Select[Any]:
    """Deals won in the 7 days to as_of, with why they bought."""
    return _closed(warehouse, question, "won", "win_reason", WEEK_DAYS)


def lost(warehouse: Warehouse, company: Company, question: Question) -> sa.Select[Any]:
    """Deals lost in the 7 days to as_of, with why."""
    return _closed(warehouse, question, "lost", "loss_reason", WEEK_DAYS)


def no_decision(warehouse: Warehouse, company: Company, question: Question) -> sa.Select[Any]:
    """Deals that ended in no decision in the 7 days to as_of, with why."""
    return _closed(warehouse, question, "no_decision", "loss_reason", WEEK_DAYS)


def no_reason(warehouse: Warehouse, company: Company, question: Question) -> sa.Select[Any]:
    """Deals lost in the last 13 weeks with no reason on record."""
    lost_ones = _closed(warehouse, question, "lost", "loss_reason", NO_REASON_DAYS).subquery("lost_ones")
    return sa.select(lost_ones).where(lost_ones.c.reason.is_(None))


def _closed(warehouse: Warehouse, question: Question, outcome: str, reason: str, days: int) -> sa.Select[Any]:
    deals = known(warehouse, "opportunities", question.as_of)
    closed = day(deals.c.closed_at)
    first = days_back(question.as_of, days)
    return _deal(deals, closed, days_between(sa.literal(first, sa.Date()), closed), reason=deals.c[reason]).where(
        is_new(deals), deals.c.outcome == outcome, between(closed, first, question.as_of)
    )


def stalled_calls(warehouse: Warehouse, company: Company, question: Question) -> sa.Select[Any]:
    """Open deals with many calls held and no understanding on record."""
    deals, calls = _open(warehouse, question), known(warehouse, "calls", question.as_of)
    understood = sa.func.max(sa.case((calls.c.understood == sa.true(), 1), else_=0))
    about = (
        sa.select(
            calls.c.opportunity_id,
            sa.func.count().label("held"),
            understood.label("understood"),
            sa.func.max(day(calls.c.held_at)).label("last_on"),
        )
        .group_by(calls.c.opportunity_id)
        .subquery("about")
    )
    query = _deal(deals, about.c.last_on, about.c.held, calls=about.c.held, mark=sa.literal(company.stalled_calls))
    query = query.join_from(deals, about, about.c.opportunity_id == deals.c.opportunity_id)
    query = query.where(about.c.held >= company.stalled_calls)
    # one rule a warehouse, as in the metric: calls say it, or else deals do
    if warehouse.has("calls", "understood"):
        return query.where(about.c.understood == 0)
    return query.where(deals.c.understood_at.is_(None))


def quiet(warehouse: Warehouse, company: Company, question: Question) -> sa.Select[Any]:
    """Open deals whose last call, or touch or reply of the account, lies many weeks back; the latest to fall quiet
    first, as they can be saved still."""
    deals = _open(warehouse, question)
    opened = opened_on(deals)
    last: list[Any] = [opened]
    joined: Any = deals
    if warehouse.connected("calls"):
        calls = known(warehouse, "calls", question.as_of)
        called = _latest(calls, calls.c.opportunity_id, sa.func.max(day(calls.c.held_at)))
        joined = joined.outerjoin(called, called.c.of == deals.c.opportunity_id)
        last.append(sa.func.coalesce(called.c.last_on, opened))
    if warehouse.connected("touches"):
        touches = known(warehouse, "touches", question.as_of)
        sent, replied = (sa.func.max(day(when)) for when in (touches.c.sent_at, touches.c.replied_at))
        touched = _latest(touches, touches.c.account_id, sa.func.greatest(sent, sa.func.coalesce(replied, sent)))
        joined = joined.outerjoin(touched, touched.c.of == deals.c.account_id)
        last.append(sa.func.coalesce(touched.c.last_on, opened))
    latest = sa.func.greatest(*last)
    return (
        _deal(deals, latest, -_age(latest, question.as_of), mark=sa.literal(company.stalled_weeks))
        .select_from(joined)
        .where(latest <= question.as_of - company.stalled_weeks * WEEK)
    )


def _latest(source: Any, of: Any, when: Any) -> sa.Subquery:
    return sa.select(of.label("of"), when.label("last_on")).select_from(source).group_by(of).subquery()


def open_long(warehouse: Warehouse, company: Company, question: Question) -> sa.Select[Any]:
    """Deals open for longer than 8 in 10 of the won deals took; those logged after the fact say no duration."""
    deals, past = _open(warehouse, question), known(warehouse, "opportunities", question.as_of)
    accounts = accounts_known(warehouse, company, Question(question.as_of, scope=question.scope))
    took = days_between(day(past.c.created_at), day(past.c.closed_at))
    # a value and not a join: PostgreSQL would reckon it anew for each open deal
    usual = (
        sa.select(sa.case((sa.func.count() >= LEAST_WON, sa.func.percentile_cont(USUAL).within_group(took))))
        .select_from(past.join(accounts, accounts.c.account_id == past.c.account_id))
        .where(
            is_new(past),
            past.c.outcome == "won",
            took >= 0,
            between(day(past.c.closed_at), question.as_of - CYCLE_WEEKS * WEEK, question.as_of),
        )
        .correlate(None)
        .scalar_subquery()
    )
    age = _age(opened_on(deals), question.as_of)
    return _deal(deals, opened_on(deals), age, mark=usual).where(age > usual)


def biggest_open(warehouse: Warehouse, company: Company, question: Question) -> sa.Select[Any]:
    """Open deals with an amount."""
    deals = _open(warehouse, question)
    return _deal(deals, opened_on(deals), deals.c.amount, apart=sa.func.upper(deals.c.currency)).where(
        deals.c.amount.is_not(None)
    )


def outside(warehouse: Warehouse, company: Company, question: Question, fit: Fit) -> sa.Select[Any]:
    """Open deals of accounts that do not fit the profile, unless they are on the never list; most calls first."""
    deals, accounts = _with_calls(warehouse, question), known(warehouse, "accounts", question.as_of)
    fitting = sa.case((fits(warehouse, company, accounts, fit.rules), 1), else_=0)
    judged = sa.select(accounts.c.account_id, fitting.label("fits")).subquery("judged")
    query = _spent(deals).join_from(deals, judged, judged.c.account_id == deals.c.account_id)
    return query.where(judged.c.fits == 0, deals.c.account_id.not_in(fit.never))


def on_never(warehouse: Warehouse, company: Company, question: Question, fit: Fit) -> sa.Select[Any]:
    """Open deals of accounts on the never list; most calls first."""
    deals = _with_calls(warehouse, question)
    return _spent(deals).where(deals.c.account_id.in_(fit.never))


def _with_calls(warehouse: Warehouse, question: Question) -> sa.Subquery:
    """Open deals with `held`, their calls so far; null where calls are not connected."""
    deals = _open(warehouse, question)
    if not warehouse.connected("calls"):
        return sa.select(deals, NO_NUMBER.label("held")).subquery("with_calls")
    calls = known(warehouse, "calls", question.as_of)
    held = sa.select(calls.c.opportunity_id, sa.func.count().label("held")).group_by(calls.c.opportunity_id).subquery()
    joined = deals.outerjoin(held, held.c.opportunity_id == deals.c.opportunity_id)
    number = sa.cast(sa.func.coalesce(held.c.held, 0), sa.BigInteger()).label("held")
    return sa.select(deals, number).select_from(joined).subquery("with_calls")


def _spent(deals: sa.Subquery) -> sa.Select[Any]:
    return _deal(deals, opened_on(deals), sa.func.coalesce(deals.c.held, 0), calls=deals.c.held)


def _open(warehouse: Warehouse, question: Question) -> sa.Subquery:
    """New opportunities that are open on as_of."""
    deals = known(warehouse, "opportunities", question.as_of)
    columns = [
        deals.c[name]
        for name in (
            "account_id",
            "opportunity_id",
            "created_at",
            "closed_at",
            "understood_at",
            "owner",
            "amount",
            "currency",
        )
    ]
    return sa.select(*columns).where(is_new(deals), deals.c.outcome.is_(None)).subquery("open_deals")


def _deal(deals: Any, happened_on: Any, rank: Any, **more: Any) -> sa.Select[Any]:
    return thing(
        deals,
        happened_on,
        rank,
        owner=deals.c.owner,
        opportunity_id=deals.c.opportunity_id,
        amount=deals.c.amount,
        currency=deals.c.currency,
        **more,
    )


def _age(since: Any, as_of: date) -> Any:
    return days_between(since, sa.literal(as_of, sa.Date()))
