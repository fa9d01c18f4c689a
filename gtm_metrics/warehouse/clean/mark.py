"""Every row of a table with the reason why it is not used, or none."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from gtm_metrics.sources import DOMAINS, Table
from gtm_metrics.warehouse.clean.copies import once, ranked
from gtm_metrics.warehouse.clean.writing import Writing

REASONS = (
    "null key",
    "duplicate key, identical",
    "duplicate key, conflicting",
    "account unknown",
    "opportunity unknown",
    "call without opportunity",
    "ends before it starts",
    "in the future of the load",
    "outcome without closed_at",
    "free",
    "score out of range",
)
"""The reasons that do not name a column; "no sent_at", "unreadable sent_at" and "unknown outcome" do."""

COPIES = ("duplicate key, identical", "duplicate key, conflicting")
"""Those that say that a key was found more than once."""


def marked(
    table: Table,
    typed_sql: str,
    attributes: Mapping[str, str],
    kept: Mapping[str, str],
    loaded_on: date,
    write: Writing,
    stored: bool = False,
    since: date | None = None,
    unique: bool = False,
    joined: bool = False,
) -> str:
    """A SELECT of our columns and `set_aside`: null for a row that is used, else the first reason that holds.

    kept       the SELECTs of accounts and opportunities that are used, by table name (missing: not connected)
    loaded_on  rows that begin after the end of this day lie in the future of the load
    stored     whether `typed_sql` only reads a table, as in the embedded warehouse's load
    since      leaves out the rows of which every day lies before this one: what is left is marked as among all rows,
               because copies of its keys are looked for everywhere; the table must have a key of one column, and where
               copies are looked for rows without a key, which count nowhere, may be left out as well
    unique     a look at all rows found no key twice, so none is looked for
    joined     rows of an unknown account are not marked, because what is asked joins accounts and drops them anyway; a
               call is marked all the same: it counts towards the number of calls of a deal of another account. A call
               of an unknown opportunity is not marked either, because what asks for calls joins opportunities too
    """
    n = write.name
    accounts = () if joined and table.name != "calls" else table.accounts
    names = [*table.names, *attributes]
    key = ", ".join(n(name) for name in table.key)
    same_key = " and ".join(
        f"t.{n(k)} {'=' if table.column(k).required else 'is not distinct from'} d.{n(k)}" for k in table.key
    )
    kinds = {**{c.name: c.kind for c in table.columns}, **attributes}
    order = ", ".join(f"{write.code_point(n(name), kinds[name])} asc nulls last" for name in names)
    key_null = " or ".join(f"t.{n(k)} is null" for k in table.key if table.column(k).required)
    joins, reasons = [], [f"when {key_null} then 'null key'"]
    reasons += [
        "when t.gtm_copy > 1 and t.gtm_place < t.gtm_copy then 'duplicate key, identical'",
        "when t.gtm_copy > 1 then 'duplicate key, conflicting'",
    ]
    reasons += [
        f"when t.{n(c.name)} is null then 'no {c.name}'"
        for c in table.columns
        if c.required and c.name not in table.key and c.name not in table.accounts
    ]
    for index, account in enumerate(accounts):
        joins.append(f"left join known_accounts a{index} on a{index}.account_id = t.{n(account)}")
        reasons.append(f"when a{index}.account_id is null then 'account unknown'")
    reasons += [
        f"when t.{n(column)} not in ({', '.join(repr(word) for word in words)}) then 'unknown {column}'"
        for (name, column), words in DOMAINS.items()
        if name == table.name
    ]
    begins = f"cast(t.{n(table.begins)} as date)"
    if table.ends:
        reasons.append(f"when cast(t.{n(table.ends)} as date) < {begins} then 'ends before it starts'")
    reasons.append(f"when {begins} > date '{loaded_on.isoformat()}' then 'in the future of the load'")
    opportunity = f"t.{n('opportunity_id')}"
    # DuckDB would copy what is named twice into memory; what already is a table is read again
    again = "not materialized " if stored or (since and write.dialect != "snowflake") else ""
    with_parts = [f"typed as {again}({typed_sql})"]
    if accounts:
        with_parts.append(f"known_accounts as (select account_id from ({kept['accounts']}) as k)")
    if table.name == "opportunities":
        reasons.append("when t.outcome is not null and t.closed_at is null then 'outcome without closed_at'")
    if table.name == "subscriptions":
        reasons.append("when t.mrr = 0 then 'free'")
    if table.name == "nps_responses":
        reasons.append("when t.score not between 0 and 10 then 'score out of range'")
    if table.name == "calls" and "opportunities" in kept:
        with_parts += _call_parts(kept["opportunities"], write)
        if not joined:
            joins.append(f"left join deals own on own.opportunity_id = {opportunity}")
            reasons.append(f"when {opportunity} is not null and own.opportunity_id is null then 'opportunity unknown'")
        joins.append(
            "left join assigned on assigned.call_id = t.call_id and assigned.account_id = t.account_id "
            "and assigned.held_on = cast(t.held_at as date)"
        )
        reasons.append(
            f"when {opportunity} is null and assigned.opportunity_id is null then 'call without opportunity'"
        )
        opportunity = f"coalesce({opportunity}, assigned.opportunity_id)"
    picks = [f"t.{n(name)}" for name in names]
    if table.name == "calls":
        picks = [f"{opportunity} as {n(name)}" if name == "opportunity_id" else f"t.{n(name)}" for name in names]
    if table.name == "opportunities":
        # a close date without an outcome is a forecast: the row is open
        picks = [
            f"case when t.outcome is not null then t.{n(name)} end as {n(name)}"
            if name == "closed_at"
            else f"t.{n(name)}"
            for name in names
        ]
    reason = f"coalesce(t.gtm_reason, case {' '.join(reasons)} end) as set_aside"
    if unique and len(with_parts) == 1:
        # PostgreSQL does not plan through a WITH within a part, and would hand every column of every row on
        return f"select {', '.join(picks)}, {reason} from ({once(table, f'({typed_sql})', since, n)}) t"
    if unique:
        with_parts.append(f"ranked as ({once(table, 'typed', since, n)})")
    else:
        # the rows since a day are few: what is named twice of them is worked out once
        with_parts += ranked(table, n, key, same_key, order, "" if since else again, since)
    return f"with {', '.join(with_parts)} select {', '.join(picks)}, {reason} from ranked t {' '.join(joins)}"


def _call_parts(opportunities: str, write: Writing) -> list[str]:
    """A call without an opportunity: the one open that day, of two the older, else the next within 30 days."""
    # by the day it was logged, not the day it was closed before: otherwise a deal logged next month would take a
    # call away from the deal that was open, and what was known then would change
    until = write.days_on("c.held_on", 30)
    return [
        "deals as (select opportunity_id, account_id, cast(created_at as date) as created_on, "
        f"cast(closed_at as date) as closed_on from ({opportunities}) as k)",
        "loose as (select distinct call_id, account_id, cast(held_at as date) as held_on from typed "
        "where opportunity_id is null)",
        # copies of a call may differ in account and day, so each is assigned by itself; the deals open that day were
        # created before those still to come, so the oldest goes first
        "assigned as (select call_id, account_id, held_on, opportunity_id from (select c.call_id, c.account_id, "
        "c.held_on, o.opportunity_id, row_number() over (partition by c.call_id, c.account_id, c.held_on "
        f"order by o.created_on, {write.code_point('o.opportunity_id', 'text')}) as nth "
        "from loose c join deals o on o.account_id = c.account_id "
        f"where o.created_on <= {until} and (o.closed_on is null or o.closed_on >= c.held_on)) as candidates "
        "where nth = 1)",
    ]
