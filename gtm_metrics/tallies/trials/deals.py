"""Deals: which are new, when they were opened, and whether they were won, or got on, in time."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from gtm_metrics.metrics import STAND_IN_ADVANCED_DAYS, Metric
from gtm_metrics.tallies.known import known
from gtm_metrics.tallies.trials.trial import between, one_if, trials_of
from gtm_metrics.warehouse import Warehouse
from gtm_metrics.warehouse.dialects import add_days, day


def is_new(opportunities: Any) -> Any:
    """Opportunities of type new: a type that is not recorded is new."""
    return sa.or_(opportunities.c.type == "new", opportunities.c.type.is_(None))


def opened_on(opportunities: Any) -> Any:
    """The day an opportunity was opened; one closed on an earlier day was logged late and counts as opened then."""
    created, closed = day(opportunities.c.created_at), day(opportunities.c.closed_at)
    return sa.func.least(created, sa.func.coalesce(closed, created), type_=sa.Date())


def _deal(deals: Any, at: Any, success: Any) -> sa.Select[Any]:
    return trials_of(
        deals.c.account_id,
        deals.c.opportunity_id,
        at,
        one_if(success),
        deals.c.outcome,
        deals.c.competitor,
        deals.c.loss_reason,
        deals.c.win_reason,
        deals.c.champion_title,
        deals.c.people_involved,
        deals.c.owner_id,
        deals.c.lead_source,
    ).where(is_new(deals))


def close_rate(warehouse: Warehouse, metric: Metric, as_of: date, since: date | None, until: date) -> sa.Select[Any]:
    """A new opportunity that was decided, by its close date; no decision is a decision against us."""
    deals = known(warehouse, "opportunities", as_of, joined=True)
    query = _deal(deals, deals.c.closed_at, deals.c.outcome == "won").where(deals.c.outcome.is_not(None))
    return between(query, deals.c.closed_at, since, until)


def won_in_time(warehouse: Warehouse, metric: Metric, as_of: date, since: date | None, until: date) -> sa.Select[Any]:
    """A new opportunity by the week it was opened; won within M weeks of that day."""
    deals = known(warehouse, "opportunities", as_of, joined=True)
    opened = opened_on(deals)
    won = sa.and_(deals.c.outcome == "won", day(deals.c.closed_at) <= add_days(opened, metric.maturity))
    return between(_deal(deals, opened, won), opened, since, until)


def advanced(warehouse: Warehouse, metric: Metric, as_of: date, since: date | None, until: date) -> sa.Select[Any]:
    """A new opportunity by the week it was opened; it passed the stage of understanding within 60 days."""
    deals = known(warehouse, "opportunities", as_of, joined=True)
    opened = opened_on(deals)
    passed = day(deals.c.advanced_at) <= add_days(opened, STAND_IN_ADVANCED_DAYS)
    return between(_deal(deals, opened, passed), opened, since, until)
