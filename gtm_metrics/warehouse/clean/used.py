"""What is asked of the rows once they are marked: those that are used, and how many are not, by reason."""

from __future__ import annotations

from gtm_metrics.sources import Table
from gtm_metrics.warehouse.clean.writing import Writing


def used(table: Table, marked_sql: str, attributes: tuple[str, ...], write: Writing) -> str:
    """A SELECT of the rows that are used, without the mark."""
    names = ", ".join(write.name(name) for name in [*table.names, *attributes])
    counts = "set_aside is null"
    if write.dialect == "postgresql":
        # of what it has no statistics of it takes one row in 200 to be null, and would plan for a handful of rows
        counts = "case when set_aside is null then 1 end is not null"
    return f"select {names} from ({marked_sql}) as m where {counts}"


def profile(table: Table, marked_sql: str, write: Writing) -> str:
    """A SELECT that counts a table's rows by reason, how often each column is filled, and its first and last days."""
    filled = ", ".join(f"count({write.name(c.name)}) as filled_{c.name}" for c in table.columns)
    # what no calendar holds (PostgreSQL's "infinity": never ends) is no first or last day
    within = {
        d: f"case when cast({write.name(d)} as date) between date '0001-01-01' and date '9999-12-31' "
        f"then cast({write.name(d)} as date) end"
        for d in table.dated
    }
    ends = ", ".join(f"min({at}) as first_{d}, max({at}) as last_{d}" for d, at in within.items())
    return f"select set_aside, count(*) as counted, {filled}, {ends} from ({marked_sql}) as m group by set_aside"
