"""What accounts are called, by their ids."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import sqlalchemy as sa

from gtm_metrics.company import Company
from gtm_metrics.tallies.known import known
from gtm_metrics.warehouse import Warehouse


def called(warehouse: Warehouse, company: Company, as_of: date, accounts: Iterable[str]) -> dict[str, str]:
    """account_id -> name of those of the accounts that have one on that day; none is asked for where none is named.

    `company` is there because every measure has it: names are the same in all of them.
    """
    wanted = sorted(set(accounts))
    if not wanted or not warehouse.connected("accounts"):
        return {}
    source = known(warehouse, "accounts", as_of)
    query = sa.select(source.c.account_id, source.c.name).where(source.c.account_id.in_(wanted))
    rows = warehouse.read(query.where(source.c.name.is_not(None))).to_dict("records")
    return {str(row["account_id"]): str(row["name"]) for row in rows}
