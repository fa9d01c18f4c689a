"""What an embedded warehouse works out once, when it is loaded, because no day asked about changes it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import sqlalchemy as sa

from gtm_metrics.sources import TABLES
from gtm_metrics.tallies.trials import STARTS, STARTS_COLUMNS, sequence_starts
from gtm_metrics.warehouse import Warehouse
from gtm_metrics.warehouse.build import Facts
from gtm_metrics.warehouse.relation import relation_from

_ALWAYS = date(9000, 1, 1)
"""A day by which everything is known."""


def prepared(facts: Facts, engine: sa.Engine) -> Mapping[str, str]:
    """Tables to keep beside a load's own: name -> SELECT over them; none where touches were not loaded.

    The starts of sequences, when each was answered and whether the account was paying that day: a start looks back
    alone, an answer carries its instant, and whether a subscription was paid for on a day was known that day.
    """
    relations = {name: relation_from(table, facts[name]) for name, table in TABLES.items()}
    warehouse = Warehouse(engine, relations, None, "", True)
    if not warehouse.connected("touches"):
        return {}
    starts = sequence_starts(warehouse, _ALWAYS, None, _ALWAYS)
    columns = [starts.c[name] for name in STARTS_COLUMNS]
    query = sa.select(*columns).order_by(starts.c.sent_on, starts.c.account_id)
    return {STARTS: str(query.compile(engine, compile_kwargs={"literal_binds": True}))}
