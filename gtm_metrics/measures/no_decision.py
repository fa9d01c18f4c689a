"""Deals lately lost to no decision, by name, with whom to ask there."""

from __future__ import annotations

from typing import Any

import pandas as pd
import sqlalchemy as sa

from gtm_metrics.company import Company
from gtm_metrics.measures.shared import between, days_back
from gtm_metrics.question import Question
from gtm_metrics.tallies.known import accounts_known, known
from gtm_metrics.tallies.trials import is_new
from gtm_metrics.warehouse import Warehouse
from gtm_metrics.warehouse.dialects import code_point, day
from gtm_metrics.warehouse.needs import lacks

LATELY_DAYS = 26 * 7
COLUMNS = ("account_id", "account", "owner", "contact", "opportunity_id", "closed_on", "reason")


def lost_to_no_decision(warehouse: Warehouse, company: Company, question: Question, limit: int = 5) -> pd.DataFrame:
    """The last new deals that ended in no decision in the 26 weeks to as_of, one an account, the latest first.

    account_id | account | owner | contact | opportunity_id | closed_on (datetime64) | reason, missing None; empty where
    opportunities.outcome is not connected. Raises ValueError for a limit below 1.
    """
    if limit < 1:
        raise ValueError(f"limit is {limit}; it must be at least 1")
    if lacks(warehouse, "opportunities.outcome"):
        return _typed(pd.DataFrame(columns=list(COLUMNS)))
    deals = known(warehouse, "opportunities", question.as_of)
    accounts = accounts_known(warehouse, company, question, ("name", "owner", "contact"))
    closed = day(deals.c.closed_at)
    nth = sa.func.row_number().over(
        partition_by=deals.c.account_id, order_by=(closed.desc(), code_point(deals.c.opportunity_id))
    )
    named: Any = (
        sa.select(
            deals.c.account_id,
            accounts.c.name.label("account"),
            sa.func.coalesce(deals.c.owner, accounts.c.owner).label("owner"),
            accounts.c.contact,
            deals.c.opportunity_id,
            closed.label("closed_on"),
            deals.c.loss_reason.label("reason"),
            nth.label("nth"),
        )
        .select_from(deals.join(accounts, accounts.c.account_id == deals.c.account_id))
        .where(
            is_new(deals),
            deals.c.outcome == "no_decision",
            between(closed, days_back(question.as_of, LATELY_DAYS), question.as_of),
        )
        .subquery("undecided")
    )
    query = sa.select(*(named.c[name] for name in COLUMNS)).where(named.c.nth == 1)
    return _typed(warehouse.read(query.order_by(named.c.closed_on.desc(), code_point(named.c.account_id)).limit(limit)))


def _typed(found: pd.DataFrame) -> pd.DataFrame:
    columns: dict[str, Any] = {"closed_on": pd.to_datetime(found["closed_on"]).astype("datetime64[us]")}
    for name in COLUMNS:
        if name != "closed_on":
            cells = [None if pd.isna(value) else str(value) for value in found[name].tolist()]
            columns[name] = pd.Series(cells, index=found.index, dtype=object)
    return pd.DataFrame({name: columns[name] for name in COLUMNS})
