"""The statements of by_hand.py as PostgreSQL takes them, over the tables as they come, their keys made unique.

A load finds the opportunity of a call that names none, and the accounts that are known; here that stands in the SQL.
"""

from __future__ import annotations

from datetime import date

from benchmarks import by_hand

HELD = """
logged as (select c.* from public.calls c join public.accounts k using (account_id)),
assigned as (
    select call_id, opportunity_id, held_at, understood from logged where opportunity_id is not null
    union all
    select call_id, opportunity_id, held_at, understood from (
        select c.call_id, o.opportunity_id, c.held_at, c.understood, row_number() over (
            partition by c.call_id order by cast(o.created_at as date), o.opportunity_id collate "C") as nth
        from logged c join public.opportunities o using (account_id)
        where c.opportunity_id is null and cast(o.created_at as date) <= cast(c.held_at as date) + 30
            and (o.closed_at is null or cast(o.closed_at as date) >= cast(c.held_at as date))) as near
    where nth = 1),
held as ("""

MONTHS = """cast((extract(year from w.week + 6) - extract(year from s.started_on)) * 12
            + extract(month from w.week + 6) - extract(month from s.started_on) as integer)"""

OTHERWISE = (
    ("\nheld as (", HELD),
    ("gtm.calls", "assigned"),
    ("c.held_at, c.call_id)", 'c.held_at, c.call_id collate "C")'),
    ("to_months(cast(date_diff('month', s.started_on, w.week + 6) as integer))", f"interval '1 month' * {MONTHS}"),
    ("date_diff('month', s.started_on, w.week + 6)", MONTHS),
    ("interval 7 day", "interval '7 day'"),
    ("gtm.", "public."),
)
"""What PostgreSQL writes otherwise, each in place of what stands before it."""


def statement(metric: str, as_of: date, since: date | None, first_day: date, weeks: int) -> str:
    """The statement for a metric, with the arguments of `by_hand.statement`."""
    text = by_hand.statement(metric, as_of, since, first_day, weeks)
    for of_duckdb, of_postgresql in OTHERWISE:
        text = text.replace(of_duckdb, of_postgresql)
    columns = "1, 2, 3, 4" if metric == "calls_to_understanding" else "1, 2, 3"
    return text.replace("group by all", f"group by {columns}")
