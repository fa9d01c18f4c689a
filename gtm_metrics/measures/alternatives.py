"""What decided deals were up against: alternatives, champions and people, discounts, each counted by outcome."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd
import sqlalchemy as sa

from gtm_metrics.company import Company
from gtm_metrics.measures.shared import between, decided_days, segment_name
from gtm_metrics.question import Question
from gtm_metrics.tallies.known import accounts_known, known, refuse_unknown
from gtm_metrics.tallies.spells import spells
from gtm_metrics.tallies.trials import is_new
from gtm_metrics.warehouse import Warehouse
from gtm_metrics.warehouse.dialects import add_days, day
from gtm_metrics.warehouse.needs import lacking

AFTER_DAYS, BEFORE_DAYS = 92, 31
"""A subscription that starts within these days of the win is what was sold."""
YEAR_DAYS = 365

TEXTS = ("segment", "competitor", "outcome", "title")
DECIDED = ("opportunities.outcome",)


@dataclass(frozen=True)
class Against:
    """Decided deals of type new, counted in groups.

    frame    outcome | n and the columns of the count, one row a group; rows of disjoint groups add
    status   ok or not_connected; `why` says it in words, '' when ok
    """

    frame: pd.DataFrame
    status: str
    why: str
    first_day: date | None
    last_day: date


def against(warehouse: Warehouse, company: Company, question: Question) -> Against:
    """segment | competitor | outcome | n | no_reason: the alternative as it was written, None where none is on
    record; no_reason is how many of n that were lost or ended in no decision say no reason.

    Deals are those of the close rate. Raises Refused for an unknown dimension.
    """

    def columns(deals: Any, accounts: Any) -> list[Any]:
        return [segment_name(accounts, question).label("segment"), deals.c.competitor, deals.c.outcome]

    def flags(deals: Any) -> dict[str, Any]:
        return {"no_reason": sa.and_(deals.c.outcome != "won", deals.c.loss_reason.is_(None))}

    return _counted(warehouse, company, question, DECIDED, columns, flags)


def champions(warehouse: Warehouse, company: Company, question: Question) -> Against:
    """title | afterwards | people | outcome | n: who wanted it, whether that was recorded after the decision (1), and
    how many took part (None: not on record).

    A champion who was named after as_of was not known then: no title. Raises Refused as `against` does.
    """

    def columns(deals: Any, accounts: Any) -> list[Any]:
        there = sa.or_(deals.c.named_on.is_(None), deals.c.named_on <= question.as_of)
        late = sa.and_(there, deals.c.champion_title.is_not(None), deals.c.named_on > day(deals.c.closed_at))
        return [
            sa.case((there, deals.c.champion_title)).label("title"),
            sa.cast(sa.case((late, 1), else_=0), sa.BigInteger()).label("afterwards"),
            deals.c.people_involved.label("people"),
            deals.c.outcome,
        ]

    return _counted(warehouse, company, question, DECIDED, columns, deals_of=_with_champion)


def discounts(warehouse: Warehouse, company: Company, question: Question) -> Against:
    """percent | outcome | n | year | ended: the discount in whole per cent of the list price, below 0 where more was
    asked; `year` counts the won whose subscription began a year ago or more, `ended` those that it did not outlast.

    Deals with both prices alone. Raises Refused as `against` does.
    """
    paying = warehouse.connected("subscriptions")

    def columns(deals: Any, accounts: Any) -> list[Any]:
        return [deals.c.percent, deals.c.outcome]

    def flags(deals: Any) -> dict[str, Any]:
        return {"year": deals.c.year == 1, "ended": deals.c.ended == 1} if paying else {}

    needs = (*DECIDED, "opportunities.amount", "opportunities.list_amount")
    return _counted(warehouse, company, question, needs, columns, flags, deals_of=_priced)


def _counted(
    warehouse: Warehouse,
    company: Company,
    question: Question,
    needs: tuple[str, ...],
    columns: Callable[[Any, Any], list[Any]],
    flags: Callable[[Any], dict[str, Any]] = lambda deals: {},
    deals_of: Callable[[Warehouse, Question, date | None, date], sa.Subquery] | None = None,
) -> Against:
    for name in (*question.by, *(n for n, _ in question.scope)):
        refuse_unknown(warehouse, company, name)
    first, last = decided_days(company, question)
    why = lacking(warehouse, needs)
    if why:
        return Against(pd.DataFrame(), "not_connected", why, first, last)
    deals = (deals_of or _decided)(warehouse, question, first, last)
    accounts = accounts_known(warehouse, company, question)
    by, told = columns(deals, accounts), flags(deals)
    # grouped outside, because PostgreSQL takes an expression that holds a parameter for another one each time
    each = (
        sa.select(*by, *(sa.case((condition, 1), else_=0).label(name) for name, condition in told.items()))
        .join_from(deals, accounts, accounts.c.account_id == deals.c.account_id)
        .subquery("each")
    )
    keys = [column for column in each.c if column.name not in told]
    totals = [sa.cast(sa.func.sum(each.c[name]), sa.BigInteger()).label(name) for name in told]
    count = sa.cast(sa.func.count(), sa.BigInteger()).label("n")
    frame = warehouse.read(sa.select(*keys, count, *totals).group_by(*keys))
    return Against(_fixed(frame), "ok", "", first, last)


def _fixed(frame: pd.DataFrame) -> pd.DataFrame:
    """The same types from every warehouse: texts as objects, None where there is none, the rest whole numbers."""
    kept = {
        name: frame[name].astype(object).where(frame[name].notna(), None)
        if name in TEXTS
        else frame[name].astype("Int64")
        for name in frame
    }
    return pd.DataFrame(kept, columns=frame.columns)


def _decided(warehouse: Warehouse, question: Question, first: date | None, last: date) -> sa.Subquery:
    """New deals decided in the window."""
    deals = known(warehouse, "opportunities", question.as_of)
    when = between(day(deals.c.closed_at), first, last)
    return sa.select(deals).where(is_new(deals), deals.c.outcome.is_not(None), when).subquery("decided")


def _with_champion(warehouse: Warehouse, question: Question, first: date | None, last: date) -> sa.Subquery:
    """`_decided` with named_on, the day the champion was named, known by then or not."""
    deals, every = _decided(warehouse, question, first, last), warehouse.source("opportunities")
    named = sa.select(every.c.opportunity_id, day(every.c.champion_named_at).label("named_on")).subquery("named")
    joined = deals.join(named, named.c.opportunity_id == deals.c.opportunity_id)
    return sa.select(deals, named.c.named_on).select_from(joined).subquery("with_champion")


def _priced(warehouse: Warehouse, question: Question, first: date | None, last: date) -> sa.Subquery:
    """account_id | opportunity_id | outcome | percent | year | ended of decided deals with both prices."""
    deals = _decided(warehouse, question, first, last)
    depth = 1 - sa.cast(deals.c.amount, sa.Double()) / sa.func.nullif(sa.cast(deals.c.list_amount, sa.Double()), 0)
    # a millionth of a per cent more, so that 0.15 held as 0.1499999 is 15 everywhere
    percent = sa.cast(sa.func.floor(100 * depth + 0.500001), sa.BigInteger()).label("percent")
    both = sa.and_(deals.c.amount.is_not(None), deals.c.list_amount > 0)
    each = sa.select(deals.c.account_id, deals.c.opportunity_id, deals.c.outcome, deals.c.closed_at, percent)
    priced = each.where(both).subquery("priced")
    if not warehouse.connected("subscriptions"):
        return priced
    spell = spells(warehouse, question.as_of)
    won_on = day(priced.c.closed_at)
    sold = sa.and_(
        spell.c.account_id == priced.c.account_id,
        priced.c.outcome == "won",
        spell.c.started_on >= add_days(won_on, -BEFORE_DAYS),
        spell.c.started_on <= add_days(won_on, AFTER_DAYS),
    )
    old = spell.c.started_on <= question.as_of - timedelta(days=YEAR_DAYS)
    ended = sa.and_(old, spell.c.ended_on <= add_days(spell.c.started_on, YEAR_DAYS))
    names = [priced.c[name] for name in ("account_id", "opportunity_id", "outcome", "percent")]
    return (
        sa.select(
            *names,
            sa.func.max(sa.case((old, 1), else_=0)).label("year"),
            sa.func.max(sa.case((ended, 1), else_=0)).label("ended"),
        )
        .select_from(priced.outerjoin(spell, sold))
        .group_by(*names)
        .subquery("with_year")
    )
