"""Read = used + set aside: every row of a table, with the reason why it is not used, or none.

The marking is one SELECT a table, the same on every warehouse. The embedded warehouse runs it once, when it is
loaded; elsewhere it stands under every query.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date

from gtm_metrics.sources import DOMAINS, Table
from gtm_metrics.warehouse.dialects import WHOLE, cast_text

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

DATED = ("date", "instant")
TEXT = ("text", "character varying")
"""PostgreSQL's types of text, of which every value is kept to the letter."""


@dataclass(frozen=True)
class Writing:
    """How one warehouse is written to: its dialect's name and how it spells our own names."""

    dialect: str
    name: Callable[[str], str]

    def code_point(self, name: str, kind: str) -> str:
        """SQL that sorts a column of text by code point: PostgreSQL otherwise sorts by the server's language."""
        if self.dialect != "postgresql":
            return name
        return f'cast({name} as varchar) collate "C"' if kind == "text" else name

    def days_on(self, day: str, count: int) -> str:
        """SQL for the date `count` days after `day`."""
        if self.dialect == "snowflake":
            return f"dateadd(day, {count}, {day})"
        return f"({day} + {count})"


def typed(
    table: Table,
    source: str,
    present: tuple[str, ...],
    attributes: Mapping[str, str],
    write: Writing,
    types: Mapping[str, str] | None = None,
    tidy: Collection[str] = (),
) -> str:
    """A SELECT of our columns in our types over a layout's SELECT, plus the first required column it cannot read.

    A required column that holds something no type can read makes the row unusable; an optional one becomes null
    (`unreadable_counts` counts those). `types` are the warehouse's types of the source's columns, where they are known;
    `tidy` those of text that a look at all rows found tidied already: they are taken as they stand.
    """
    types = types or {}
    columns, unreadable = [], []
    for column in table.columns:
        name = write.name(column.name)
        raw = f"source.{name}" if column.name in present else "cast(null as varchar)"
        cast = cast_text(write.dialect, raw, column.kind, types.get(column.name, ""))
        if column.kind in DATED and write.dialect == "duckdb":
            # a file may hold a day before the first year, or minus infinity; no calendar here does
            cast = f"case when {cast} >= date '0001-01-01' then {cast} end"
        if (table.name, column.name) in DOMAINS:
            cast = f"replace(lower({cast}), ' ', '_')"
        if column.name in tidy:
            cast = raw
        columns.append(f"{cast} as {name}")
        if column.required and column.kind != "text" and write.dialect == "duckdb":
            filled = is_filled(raw, types.get(column.name, ""))
            unreadable.append(f"when {filled} and {cast} is null then 'unreadable {column.name}'")
    for name, kind in attributes.items():
        raw = f"source.{write.name(name)}"
        cast = raw if name in tidy else cast_text(write.dialect, raw, kind, types.get(name, ""))
        columns.append(f"{cast} as {write.name(name)}")
    given = "source.set_aside" if "set_aside" in present else "cast(null as varchar)"
    reason = f"case {' '.join(unreadable)} else {given} end" if unreadable else given
    return f"select {', '.join(columns)}, {reason} as gtm_reason from ({source}) as source"


def untidy(
    table: Table,
    source: str,
    present: tuple[str, ...],
    attributes: Mapping[str, str],
    write: Writing,
    types: Mapping[str, str],
) -> str:
    """A SELECT of one row: for each column of text in PostgreSQL, whether any value is not as `typed` would tidy it.

    '' where there is no such column. Other warehouses do not tell the types of a SELECT's columns.
    """
    kinds = {**{c.name: c.kind for c in table.columns if c.name in present}, **attributes}
    told = []
    for name, kind in kinds.items():
        if write.dialect != "postgresql" or kind != "text" or types.get(name) not in TEXT:
            continue
        raw, words = f"source.{write.name(name)}", DOMAINS.get((table.name, name))
        if words:
            other = f"{raw} not in ({', '.join(map(repr, words))})"
        else:
            other = f"{raw} is distinct from {cast_text(write.dialect, raw, kind)}"
        told.append(f"coalesce(bool_or({other}), false) as {write.name(name)}")
    return f"select {', '.join(told)} from ({source}) as source" if told else ""


def is_filled(expression: str, data_type: str) -> str:
    """SQL for whether a DuckDB expression says anything: blank text does not."""
    if data_type in ("TIMESTAMP", "DATE", "BOOLEAN", "DOUBLE", *WHOLE):
        return f"{expression} is not null"
    return f"nullif(trim(cast({expression} as varchar)), '') is not null"


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
        return f"select {', '.join(picks)}, {reason} from ({_once(table, f'({typed_sql})', since, n)}) t"
    if unique:
        with_parts.append(f"ranked as ({_once(table, 'typed', since, n)})")
    else:
        # the rows since a day are few: what is named twice of them is worked out once
        with_parts += _ranked(table, n, key, same_key, order, "" if since else again, since)
    return f"with {', '.join(with_parts)} select {', '.join(picks)}, {reason} from ranked t {' '.join(joins)}"


def _once(table: Table, rows: str, since: date | None, name: Callable[[str], str]) -> str:
    """A SELECT of rows of which no key is found twice, each the only copy of its own."""
    only = f" where {_recent(table, since, name)}" if since else ""
    return f"select t.*, 1 as gtm_copy, 1 as gtm_place from {rows} t{only}"


def _ranked(
    table: Table,
    name: Callable[[str], str],
    key: str,
    same_key: str,
    order: str,
    again: str,
    since: date | None,
) -> list[str]:
    """WITH parts that end in `ranked`: the rows of `typed`, with gtm_copy and gtm_place among their key's copies."""
    # columns of our own begin with gtm_: an attribute may well be called copy or place
    recent = _recent(table, since, name)
    rows, left, near = "typed", "", []
    if since:
        # a copy of a recent row may be an old one, so the old ones are gone through for their keys, and once alone
        rows, left = "near", f" where d.gtm_many = 1 or {recent}"
        near = [
            f"recent as (select t.* from typed t where {recent})",
            f"older as (select t.* from typed t where not coalesce({recent}, false) "
            f"and {key} in (select {key} from recent))",
            "near as (select * from recent union all select * from older)",
        ]
    return [
        *near,
        # a row that the layout sets aside (a deleted version, say) is no copy of the one that counts
        f"twice as (select {key}, 1 as gtm_many from {rows} where gtm_reason is null "
        f"group by {key} having count(*) > 1)",
        # the mark is looked at after the join: within it, DuckDB would compare every row with every duplicate
        f"counted as {again}(select t.*, case when t.gtm_reason is null then d.gtm_many end as gtm_many "
        f"from {rows} t left join twice d on {same_key}{left})",
        # duplicates are rare: only they are sorted, every other row passes by
        f"ranked as (select t.*, row_number() over (partition by {key} order by {order}) as gtm_copy, "
        f"rank() over (partition by {key} order by {order}) as gtm_place from counted t where t.gtm_many = 1 "
        f"union all select t.*, 1 as gtm_copy, 1 as gtm_place from counted t where t.gtm_many is null)",
    ]


def _recent(table: Table, since: date | None, name: Callable[[str], str]) -> str:
    """SQL for whether any day of a row `t` lies on or after `since`."""
    if since is None:
        return ""
    dated = [column.name for column in table.columns if column.kind in DATED]
    # an instant compared as it is may be looked up in an index, its day would be worked out of every row
    return "(" + " or ".join(f"t.{name(d)} >= date '{since.isoformat()}'" for d in dated) + ")"


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
    dated = [c.name for c in table.columns if c.kind in DATED]
    # what no calendar holds (PostgreSQL's "infinity": never ends) is no first or last day
    within = {
        d: f"case when cast({write.name(d)} as date) between date '0001-01-01' and date '9999-12-31' "
        f"then cast({write.name(d)} as date) end"
        for d in dated
    }
    ends = ", ".join(f"min({at}) as first_{d}, max({at}) as last_{d}" for d, at in within.items())
    return f"select set_aside, count(*) as counted, {filled}, {ends} from ({marked_sql}) as m group by set_aside"
