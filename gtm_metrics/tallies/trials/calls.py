"""Calls with prospects: numbered, and on which of them the prospect understood."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from gtm_metrics.metrics import UNDERSTANDING_DAYS, Metric
from gtm_metrics.tallies.known import known
from gtm_metrics.tallies.trials.deals import is_new
from gtm_metrics.tallies.trials.trial import between, one_if, trials_of
from gtm_metrics.warehouse import Warehouse
from gtm_metrics.warehouse.dialects import code_point, day, days_between


def prospect_calls(warehouse: Warehouse, as_of: date, joined: bool = False) -> sa.Subquery:
    """Every call held with a prospect, numbered, with the number of the call on which they understood (or null).

    Rule 1, where calls say it: the first call marked understood. Rule 2, where opportunities do: the last call held
    on or before the day of understood_at, at most 14 days before it. `counted` tells trials from other calls.
    """
    calls = known(warehouse, "calls", as_of, joined=joined)
    deals = known(warehouse, "opportunities", as_of, joined=joined)
    number = sa.func.row_number().over(
        partition_by=code_point(calls.c.opportunity_id), order_by=(calls.c.held_at, code_point(calls.c.call_id))
    )
    held = (
        sa.select(
            deals.c.account_id,
            calls.c.call_id,
            calls.c.opportunity_id,
            calls.c.held_at,
            day(calls.c.held_at).label("held_on"),
            calls.c.understood,
            day(deals.c.understood_at).label("understood_on"),
            deals.c.closed_at,
            deals.c.outcome,
            deals.c.lead_source,
            deals.c.owner_id,
            deals.c.champion_title,
            number.label("number"),
        )
        .join_from(calls, deals, calls.c.opportunity_id == deals.c.opportunity_id)
        .where(is_new(deals))
        .subquery("held")
    )
    prospect = code_point(held.c.opportunity_id)
    if warehouse.has("calls", "understood"):
        first = sa.func.min(sa.case((held.c.understood == sa.true(), held.c.number))).over(partition_by=prospect)
        numbered = sa.select(held, first.label("understood_call")).subquery("numbered")
        before = sa.or_(numbered.c.understood_call.is_(None), numbered.c.number <= numbered.c.understood_call)
        counted = sa.and_(numbered.c.understood.is_not(None), before)
        success = numbered.c.number == numbered.c.understood_call
    else:
        last = sa.func.max(sa.case((held.c.held_on <= held.c.understood_on, held.c.number))).over(partition_by=prospect)
        numbered = sa.select(held, last.label("understood_call")).subquery("numbered")
        counted = sa.or_(numbered.c.understood_on.is_(None), numbered.c.held_on <= numbered.c.understood_on)
        success = sa.and_(
            numbered.c.number == numbered.c.understood_call,
            days_between(numbered.c.held_on, numbered.c.understood_on) <= UNDERSTANDING_DAYS,
        )
    return sa.select(numbered, one_if(counted).label("counted"), one_if(success).label("success")).subquery(
        "prospect_calls"
    )


def calls_to_understanding(
    warehouse: Warehouse, metric: Metric, as_of: date, since: date | None, until: date
) -> sa.Select[Any]:
    """A call held with a prospect who had not understood yet; the call on which they did is the success."""
    calls = prospect_calls(warehouse, as_of, joined=True)
    number = calls.c.number
    band = sa.case((number == 1, "1"), (number == 2, "2"), (number == 3, "3"), else_="4+")
    splits = (calls.c.lead_source, calls.c.owner_id, calls.c.champion_title)
    found = trials_of(
        calls.c.account_id, calls.c.call_id, calls.c.held_at, calls.c.success, *splits, band=band, age=number
    )
    query = found.where(calls.c.counted == 1)
    return between(query, calls.c.held_on, since, until)
