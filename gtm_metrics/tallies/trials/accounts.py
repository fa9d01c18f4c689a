"""Accounts themselves: whether one had an opportunity soon after it was created."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from gtm_metrics.metrics import STAND_IN_OPPORTUNITY_DAYS, Metric
from gtm_metrics.tallies.known import known
from gtm_metrics.tallies.trials.deals import opened_on
from gtm_metrics.tallies.trials.trial import between, one_if, trials_of
from gtm_metrics.warehouse import Warehouse
from gtm_metrics.warehouse.dialects import add_days

ACCOUNT_DETAILS = ("created_on", "lead_source")
"""What the trials that are accounts themselves need of them."""


def reached_opportunity(
    warehouse: Warehouse, metric: Metric, as_of: date, since: date | None, until: date, among: sa.Subquery | None = None
) -> sa.Select[Any]:
    """An account by the week it was created; it had an opportunity within 30 days.

    `among` are the accounts to count (all that are known), with created_on and lead_source; what else they carry,
    their segments, stands in the row too, so that they need not be joined again.
    """
    accounts = known(warehouse, "accounts", as_of) if among is None else among
    carried = [] if among is None else [c for c in among.c if c.name not in ("account_id", *ACCOUNT_DETAILS)]
    deals = known(warehouse, "opportunities", as_of, joined=True)
    opened = sa.select(deals.c.account_id, sa.func.min(opened_on(deals)).label("opened_on"))
    first = opened.group_by(deals.c.account_id).subquery("first_opportunity")
    reached = first.c.opened_on <= add_days(accounts.c.created_on, STAND_IN_OPPORTUNITY_DAYS)
    at = sa.cast(accounts.c.created_on, sa.DateTime())
    query = trials_of(
        accounts.c.account_id, accounts.c.account_id, at, one_if(reached), accounts.c.lead_source, *carried
    ).select_from(accounts.outerjoin(first, first.c.account_id == accounts.c.account_id))
    return between(query.where(accounts.c.created_on.is_not(None)), accounts.c.created_on, since, until)
