"""A large made-up company as Parquet files, made by DuckDB from range() and hash(): the same for the same seed.

Touches come as sequences of eight over some weeks, calls belong to opportunities, some attributes are missing and
one row in a thousand is a copy or names nobody we know, so that a load has something to set aside.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

ACCOUNTS = 1_000_000
FIRST_DAY = date(2021, 7, 5)
AS_OF = date(2026, 6, 28)
"""A Sunday: the last day of the last whole week."""

EDGES = (50, 200, 1000)
TOML = """\
[warehouse]
url = "duckdb:///{file}"
layout = "own"
timeout_seconds = 600
[segments]
dimensions = ["industry", "employees", "region"]
[segments.labels]
employees = "Company size"
[segments.edges]
employees = [50, 200, 1000]
"""


@dataclass(frozen=True)
class Size:
    """How many rows each table has, for a number of touches."""

    touches: int
    accounts: int = ACCOUNTS

    @property
    def calls(self) -> int:
        """Three for a hundred touches."""
        return self.touches * 3 // 100

    @property
    def opportunities(self) -> int:
        """Three for two hundred touches."""
        return self.touches * 3 // 200

    @property
    def subscriptions(self) -> int:
        """Six for a thousand touches."""
        return self.touches * 6 // 1000


def _draw(seed: int, what: str, of: str, below: int | str) -> str:
    """SQL for a whole number in [0, below) that depends on the row `of`, the purpose and the seed alone."""
    return f"cast(hash({of}, '{what}', {seed}) % ({below}) as bigint)"


def _one_of(seed: int, what: str, of: str, words: tuple[str | None, ...]) -> str:
    listed = ", ".join("null" if word is None else f"'{word}'" for word in words)
    return f"(array[{listed}])[1 + {_draw(seed, what, of, len(words))}]"


INDUSTRIES = ("Agency", "Education", "Energy", "Finance", "Health", "Logistics", "Retail", "Software")
REGIONS = ("APAC", "DACH", "Nordics", "UK", "US")


def tables(size: Size, seed: int) -> dict[str, str]:
    """{table: SELECT that makes it}, each a scan of range()."""
    span = (AS_OF - FIRST_DAY).days
    first = f"date '{FIRST_DAY}'"
    known = f"timestamp '{AS_OF} 23:59:59'"

    def draw(what: str, of: str, below: int | str) -> str:
        return _draw(seed, what, of, below)

    def one_of(what: str, of: str, words: tuple[str | None, ...]) -> str:
        return _one_of(seed, what, of, words)

    # accounts are numbered as they were created, evenly over the year before the first day and all days after it
    days = span + 366

    def account(what: str, of: str, begins: str) -> str:
        # one of those created by the day on which its row begins: a row older than its account counts nowhere until
        # the account is there, and then restates its week
        there = f"(({draw(begins, of, span)} + 366) * {size.accounts} + {days - 1}) // {days}"
        return f"case when {draw('lost', of, 1000)} = 0 then 'X' else 'A' end || {draw(what, of, there)}"

    def when(what: str, of: str) -> str:
        return f"({first} + cast({draw(what, of, span)} as integer) + to_seconds({draw(what + 's', of, 86_400)}))"

    created = when("created", "i")
    closed = f"({created} + to_seconds(864000 + {draw('closed', 'i', 110 * 86_400)}))"
    deal = draw("deal", "i", size.opportunities)
    return {
        "accounts": f"""
            select 'A' || i as account_id, 'Account ' || i as name,
                {first} - 365 + cast(i * {days} // {size.accounts} as integer) as created_on,
                {one_of('source', 'i', ('inbound', 'outbound', 'partner', 'event', None))} as lead_source,
                'Owner ' || {draw('owner', 'i', 40)} as owner,
                case when {draw('unset', 'i', 20)} > 0 then {one_of('industry', 'i', INDUSTRIES)} end as industry,
                case when {draw('unsized', 'i', 20)} > 0
                     then [20, 100, 500, 3000][1 + {draw('size', 'i', 4)}] + {draw('people', 'i', 25)} end as employees,
                {one_of('region', 'i', REGIONS)} as region
            from range({size.accounts}) as r(i)""",
        "touches": f"""
            select 'T' || case when {draw('copy', 'i', 1000)} = 0 and i > 0 then i - 1 else i end as touch_id,
                {account('sequence', 'i // 8', 'start')} as account_id, sent_at,
                {one_of('channel', 'i', ('e-mail', 'e-mail', 'call', 'social', 'event'))} as channel,
                {one_of('direction', 'i', (*['outbound'] * 18, 'inbound', None))} as direction,
                'Campaign ' || {draw('campaign', 'i // 8', 200)} as campaign,
                case when {draw('reply', 'i', 40)} = 0 and replied_at <= {known} then replied_at end as replied_at
            from (select i, sent_at, sent_at + to_seconds({draw('wait', 'i', 30 * 86_400)}) as replied_at
                  from (select i, {when('start', 'i // 8')} + to_seconds((i % 8) * {draw('pace', 'i // 8', 5 * 86_400)})
                        as sent_at from range({size.touches}) as r(i)) as sent) as touch
            where sent_at <= {known}""",
        "opportunities": f"""
            select 'O' || i as opportunity_id, {account('buyer', 'i', 'created')} as account_id, created_at,
                {one_of('type', 'i', (*['new'] * 8, 'expansion', None))} as type,
                case when outcome is not null then closed_at end as closed_at, outcome,
                case when outcome = 'won' then {one_of('why', 'i', ('price', 'speed', 'fit'))} end as win_reason,
                case when outcome <> 'won' then {one_of('not', 'i', ('price', 'missing', 'timing'))} end as loss_reason,
                {one_of('against', 'i', ('Acme', 'Globex', 'Status quo', None))} as competitor,
                case when {draw('grasp', 'i', 2)} = 0 and advanced_at <= {known} then advanced_at end as understood_at,
                case when {draw('pass', 'i', 5)} < 3 and advanced_at <= {known} then advanced_at end as advanced_at,
                1000.0 + {draw('amount', 'i', 90_000)} as amount, 'USD' as currency,
                {one_of('champion', 'i', ('CFO', 'Head of Sales', 'RevOps', None))} as champion_title,
                1 + {draw('people', 'i', 9)} as people_involved,
                {one_of('origin', 'i', ('inbound', 'outbound', 'partner'))} as lead_source,
                'U' || {draw('seller', 'i', 40)} as owner_id
            from (select *, case when closed_at <= {known} and {draw('decided', 'i', 10)} < 9
                                 then {one_of('outcome', 'i', ('won', 'lost', 'lost', 'no_decision'))} end as outcome
                  from (select i, {created} as created_at, {closed} as closed_at,
                            {created} + to_seconds({draw('advance', 'i', 80 * 86_400)}) as advanced_at
                        from range({size.opportunities}) as r(i)) as dated) as deal
            where created_at <= {known}""",
        "calls": f"""
            select 'C' || call as call_id, {account('buyer', 'i', 'created')} as account_id, held_at,
                case when {draw('linked', 'call', 20)} > 0 then 'O' || i end as opportunity_id,
                10 + {draw('minutes', 'call', 50)} as minutes,
                case {draw('understood', 'call', 10)} when 0 then null when 1 then true when 2 then true
                     else false end as understood
            from (select call, i, {created} + to_seconds({draw('held', 'call', 70 * 86_400)}) as held_at
                  from (select i as call, {deal} as i from range({size.calls}) as r(i)) as linked) as held
            where held_at <= {known}""",
        "subscriptions": f"""
            select 'S' || i as subscription_id, {account('payer', 'i', 'begins')} as account_id, started_on,
                case when {draw('stays', 'i', 3)} = 0 then started_on + cast(30 + {draw('paid', 'i', 900)} as integer)
                end as ended_on,
                100.0 + {draw('mrr', 'i', 5000)} as mrr, 'USD' as currency
            from (select i, {first} + cast({draw('begins', 'i', span)} as integer) as started_on
                  from range({size.subscriptions}) as r(i)) as spell""",
    }


def write(folder: Path, size: Size, seed: int) -> None:
    """One Parquet file a table into `folder`, streamed, so that memory stays bounded."""
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as con:
        con.execute("set preserve_insertion_order = false")
        for name, query in tables(size, seed).items():
            target = str(folder / f"{name}.parquet").replace("'", "''")
            con.execute(f"copy ({query}) to '{target}' (format parquet)")


def write_toml(file: Path, warehouse: Path) -> Path:
    """A gtm.toml for the company, beside its warehouse."""
    file.write_text(TOML.format(file=warehouse), encoding="utf-8")
    return file
