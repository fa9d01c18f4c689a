"""What is known of each customer, a select an input: how long it stays, recommends, uses, pays, costs and asks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd
import sqlalchemy as sa

from gtm_metrics.company import Company
from gtm_metrics.measures.deals import effort as effort_spent
from gtm_metrics.measures.money import paying
from gtm_metrics.measures.referenceable import latest_scores
from gtm_metrics.measures.shared import between
from gtm_metrics.measures.value.parts import MONTHS, USAGE_WEEKS
from gtm_metrics.question import Question
from gtm_metrics.tallies.known import known
from gtm_metrics.tallies.spells import spells
from gtm_metrics.tallies.trials import is_new
from gtm_metrics.warehouse import Warehouse
from gtm_metrics.warehouse.dialects import code_point, day, days_between, on_day, week_of
from gtm_metrics.weeks import WEEK, closed_through

DAYS_A_MONTH = 365.25 / 12
STILL = 100_000
"""Added to the days of who still pays, more than any stay: they all rank above those who left."""


def since(as_of: date) -> date:
    """The day 24 months before, clamped to the month's end: who ended on it or before is no customer any more."""
    return (pd.Timestamp(as_of) - pd.DateOffset(months=MONTHS)).date()


def customers(warehouse: Warehouse, as_of: date) -> sa.Subquery:
    """Who paid in the last 24 months: account_id | since | ended_on (null: pays) | stayed, days of the last stay."""
    spell = spells(warehouse, as_of)
    nth = sa.func.row_number().over(
        partition_by=spell.c.account_id, order_by=(spell.c.started_on.desc(), code_point(spell.c.spell_id))
    )
    rows = sa.select(spell.c.account_id, spell.c.started_on, spell.c.ended_on, nth.label("nth")).subquery("stays")
    stayed = days_between(rows.c.started_on, sa.func.coalesce(rows.c.ended_on, on_day(as_of)))
    return (
        sa.select(rows.c.account_id, rows.c.started_on.label("since"), rows.c.ended_on, stayed.label("stayed"))
        .where(rows.c.nth == 1, sa.or_(rows.c.ended_on.is_(None), rows.c.ended_on > since(as_of)))
        .subquery("customers")
    )


def nps(warehouse: Warehouse, company: Company, as_of: date) -> sa.Subquery:
    """account_id | nps: the mean of the latest answer a person."""
    said = latest_scores(warehouse, as_of)
    return sa.select(said.c.account_id, said.c.score.label("nps")).subquery("nps_of")


def referred(warehouse: Warehouse, company: Company, as_of: date) -> sa.Subquery:
    """account_id | referred: accounts it brought."""
    tie = known(warehouse, "referrals", as_of)
    return (
        sa.select(
            tie.c.referrer_account_id.label("account_id"),
            sa.func.count(sa.distinct(tie.c.referred_account_id)).label("referred"),
        )
        .group_by(tie.c.referrer_account_id)
        .subquery("referred_by")
    )


def engagement(warehouse: Warehouse, company: Company, as_of: date) -> sa.Subquery:
    """account_id | weeks_used | engagement, 0 to 1; no row where no use was ever recorded.

    Where no seats are on record it is the share of weeks alone.
    """
    use = known(warehouse, "usage_weeks", as_of)
    last = closed_through(0, as_of)
    lately = between(week_of(use.c.week), last - (USAGE_WEEKS - 1) * WEEK, last)
    used = sa.and_(lately, use.c.active_users > 0)
    weeks = sa.func.count(sa.distinct(sa.case((used, week_of(use.c.week)))))
    seated = sa.and_(used, use.c.seats > 0)
    active = _double(sa.func.sum(sa.case((seated, use.c.active_users))))
    seats = _double(sa.func.sum(sa.case((seated, use.c.seats))))
    share = sa.case(
        (seats.is_(None), _double(sa.literal(1))), (active > seats, _double(sa.literal(1))), else_=active / seats
    )
    return (
        sa.select(
            use.c.account_id,
            weeks.label("weeks_used"),
            (_double(weeks) / _double(sa.literal(USAGE_WEEKS)) * share).label("engagement"),
        )
        .group_by(use.c.account_id)
        .subquery("used_by")
    )


def mrr(warehouse: Warehouse, company: Company, as_of: date) -> sa.Subquery:
    """account_id | mrr on the day, to the cent; null where a price is not on record; no row for who does not pay."""
    paid = known(warehouse, "subscriptions", as_of)
    unpriced = sa.func.sum(sa.case((paid.c.mrr.is_(None), 1), else_=0))
    total = _double(sa.func.round(_double(sa.func.sum(paid.c.mrr)) * 100)) / _double(sa.literal(100))
    return (
        sa.select(paid.c.account_id, sa.case((unpriced == 0, total)).label("mrr"), sa.literal(1).label("pays"))
        .where(paying(paid, as_of))
        .group_by(paid.c.account_id)
        .subquery("pays_now")
    )


def effort(warehouse: Warehouse, company: Company, as_of: date) -> sa.Subquery:
    """account_id | effort: touches and calls spent on its decided deals; no row where none was won."""
    rows = effort_spent(warehouse, company, Question(as_of, weeks=None)).rows
    return (
        sa.select(rows.c.account_id, _double(sa.func.sum(rows.c.effort)).label("effort"))
        .group_by(rows.c.account_id)
        .having(sa.func.count(rows.c.won) > 0)
        .subquery("spent_on")
    )


def tickets(warehouse: Warehouse, company: Company, as_of: date) -> sa.Subquery:
    """account_id | tickets: a month of its last stay, in which a stay under a month counts as one."""
    asked, stay = known(warehouse, "tickets", as_of), customers(warehouse, as_of)
    within = sa.and_(
        asked.c.account_id == stay.c.account_id,
        day(asked.c.opened_at) >= stay.c.since,
        sa.or_(stay.c.ended_on.is_(None), day(asked.c.opened_at) <= stay.c.ended_on),
    )
    months = _double(stay.c.stayed) / _double(sa.literal(DAYS_A_MONTH))
    floor = sa.case((months < 1, _double(sa.literal(1))), else_=months)
    return (
        sa.select(stay.c.account_id, (_double(sa.func.count(asked.c.ticket_id)) / sa.func.min(floor)).label("tickets"))
        .select_from(stay.outerjoin(asked, within))
        .group_by(stay.c.account_id)
        .subquery("asked_by")
    )


def discount(warehouse: Warehouse, as_of: date) -> sa.Subquery:
    """account_id | discount: 1 - amount / list amount over its won new deals that record both."""
    deals = known(warehouse, "opportunities", as_of)
    amount, listed = _double(sa.func.sum(deals.c.amount)), _double(sa.func.sum(deals.c.list_amount))
    return (
        sa.select(deals.c.account_id, (1 - amount / sa.func.nullif(listed, _double(sa.literal(0)))).label("discount"))
        .where(is_new(deals), deals.c.outcome == "won", deals.c.amount.is_not(None), deals.c.list_amount > 0)
        .group_by(deals.c.account_id)
        .subquery("given_to")
    )


SELECTS: dict[str, Callable[[Warehouse, Company, date], sa.Subquery]] = {
    "nps": nps,
    "referred": referred,
    "engagement": engagement,
    "mrr": mrr,
    "effort": effort,
    "tickets": tickets,
}
"""By the name of an input: where it comes from; `days` comes with the customers themselves."""


def _double(value: Any) -> Any:
    return sa.cast(value, sa.Double())
