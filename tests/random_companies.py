"""Small random companies, full of the distances at which a rule turns over: 21 and 22 days, 90 and 91, 30 and 31.

Chance is an argument: the same `random.Random` gives the same company.
"""

from __future__ import annotations

import random
from datetime import date, datetime, time, timedelta
from typing import Any

import pandas as pd

from gtm_metrics.sources import TABLES

Row = dict[str, Any]
Company = dict[str, list[Row]]

FIRST = date(2024, 1, 1)
TODAY = date(2025, 12, 31)
WON_IN_TIME_WEEKS = 4
EDGES: dict[str, tuple[float, float]] = {"employees": (50.0, 200.0)}
DIMENSIONS = ("industry", "region", "employees", "pilot")
APART = (0, 0, 1, 6, 7, 13, 14, 15, 20, 21, 22, 29, 30, 31, 60, 61, 90, 91, 150)
TIMES = (time(0), time(0), time(9), time(12, 30), time(23, 59, 59))
INDUSTRIES = ("Ärzte", "health", "software")


def a_company(chance: random.Random, rule: int, accounts: int = 24, dirty: bool = False) -> Company:
    """Accounts with everything that hangs on them. Rule 1 records understanding on calls, rule 2 on deals.

    One settled customer an industry, older than all others, keeps every metric connected at any as_of.
    """
    company: Company = {name: [] for name in TABLES}
    for industry in INDUSTRIES:
        _settled(company, industry, rule)
    for n in range(accounts):
        _account(company, chance, f"a{n:02}", rule)
    for rows in company.values():
        chance.shuffle(rows)
    if dirty:
        for name, rows in company.items():
            rows += [_spoiled(chance, name, chance.choice(rows)) for _ in range(8 if rows else 0)]
            chance.shuffle(rows)
    return company


def frames_of(company: Company) -> dict[str, pd.DataFrame]:
    """The tables as frames, every column of ours in each."""
    return {name: pd.DataFrame(rows, columns=_columns(name, rows)) for name, rows in company.items()}


def _columns(name: str, rows: list[Row]) -> list[str]:
    return list(dict.fromkeys([*TABLES[name].names, *(c for row in rows for c in row)]))


def _at(chance: random.Random, when: date) -> datetime:
    return datetime.combine(when, chance.choice(TIMES))


def _later(chance: random.Random, when: date, *more: int) -> date:
    return when + timedelta(days=chance.choice((*APART, *more)))


def _maybe(chance: random.Random, value: Any, share: float = 0.5) -> Any:
    return value if chance.random() < share else None


def _settled(company: Company, industry: str, rule: int) -> None:
    account, start = f"old {industry}", datetime(2022, 3, 7, 9)
    company["accounts"].append({"account_id": account, "created_on": start.date(), "industry": industry,
                                "region": "EU", "employees": 60.0, "pilot": True})
    company["touches"].append({"touch_id": f"{account} t", "account_id": account, "sent_at": start,
                               "replied_at": start + timedelta(days=1)})
    for n, outcome in enumerate(("won", "lost")):
        deal = f"{account} {outcome}"
        company["opportunities"].append({
            "opportunity_id": deal, "account_id": account, "created_at": start + timedelta(days=n),
            "closed_at": start + timedelta(days=20), "outcome": outcome, "understood_at": start + timedelta(days=9),
            "advanced_at": start + timedelta(days=9)})
        company["calls"].append({"call_id": f"{deal} c", "account_id": account, "opportunity_id": deal,
                                 "held_at": start + timedelta(days=9), "understood": True if rule == 1 else None})
    company["subscriptions"].append({"subscription_id": f"{account} s", "account_id": account,
                                     "started_on": date(2022, 4, 1), "mrr": 100.0})


def _account(company: Company, chance: random.Random, account: str, rule: int) -> None:
    start = FIRST + timedelta(days=chance.randrange(500))
    company["accounts"].append({
        "account_id": account, "name": account.upper(), "owner": chance.choice((None, "Ann", "Bo")),
        "created_on": _maybe(chance, _later(chance, start), 0.9), "industry": chance.choice((None, *INDUSTRIES)),
        "region": chance.choice((None, "EU", "US")), "employees": chance.choice((None, 10.0, 49.0, 50.0, 199.0, 200.0)),
        "pilot": chance.choice((None, True, False))})
    _touches(company, chance, account, start)
    deals = _deals(company, chance, account, start)
    _calls(company, chance, account, start, deals, rule)
    _subscriptions(company, chance, account, start)
    _aftercare(company, chance, account, start)


def _touches(company: Company, chance: random.Random, account: str, start: date) -> None:
    sent = start
    for n in range(chance.randrange(6)):
        sent = _later(chance, sent)
        at = _at(chance, sent)
        replied = _maybe(chance, _at(chance, _later(chance, sent)), 0.4)
        company["touches"].append({
            "touch_id": f"{account} t{n}", "account_id": account, "sent_at": at, "replied_at": replied,
            "direction": chance.choice((None, "outbound", "outbound", "inbound")),
            "channel": chance.choice((None, "e-mail", "call"))})


def _deals(company: Company, chance: random.Random, account: str, start: date) -> list[Row]:
    deals: list[Row] = []
    opened = start
    for n in range(chance.randrange(4)):
        opened = _later(chance, opened)
        ended = _later(chance, opened, -3, -1, 27, 28, 28, 29)
        deals.append({
            "opportunity_id": f"{account} o{n}", "account_id": account, "created_at": _at(chance, opened),
            "type": chance.choice((None, "new", "new", "expansion")), "closed_at": None, "outcome": None,
            "understood_at": _maybe(chance, _at(chance, _later(chance, opened))),
            "advanced_at": _maybe(chance, _at(chance, _later(chance, opened))),
            "competitor": chance.choice((None, "Status quo", "Acme"))})
        kind = chance.choice(("open", "forecast", "won", "won", "lost", "no_decision"))
        if kind != "open":
            deals[-1] |= {"closed_at": _at(chance, ended), "outcome": None if kind == "forecast" else kind}
    company["opportunities"] += deals
    return deals


def _calls(company: Company, chance: random.Random, account: str, start: date, deals: list[Row], rule: int) -> None:
    held = start
    for n in range(chance.randrange(7)):
        deal = chance.choice((None, *deals))
        if deal is not None and deal["understood_at"] is not None and chance.random() < 0.5:
            held = deal["understood_at"].date() - timedelta(days=chance.choice((-1, 0, 0, 1, 13, 14, 15)))
        else:
            held = _later(chance, held)
        company["calls"].append({
            "call_id": f"{account} c{n}", "account_id": account, "held_at": _at(chance, held),
            "opportunity_id": deal and deal["opportunity_id"],
            "understood": chance.choice((None, False, False, True)) if rule == 1 else None})


def _subscriptions(company: Company, chance: random.Random, account: str, start: date) -> None:
    begins = chance.choice((start, date(2024, 1, 31), date(2024, 2, 29), date(2024, 8, 31), date(2024, 12, 30)))
    for n in range(chance.randrange(4)):
        ends = begins + timedelta(days=chance.choice((0, 1, 28, 31, 92, 120, 364, 365, 366, 370, 400)))
        company["subscriptions"].append({
            "subscription_id": f"{account} s{n}", "account_id": account, "started_on": begins,
            "ended_on": _maybe(chance, ends, 0.8), "mrr": chance.choice((None, 10.0, 20.0))})
        begins = ends + timedelta(days=chance.choice((-40, -1, 0, 1, 29, 30, 31, 32, 90)))


def _aftercare(company: Company, chance: random.Random, account: str, start: date) -> None:
    at = _at(chance, _later(chance, start))
    company["nps_responses"].append({"account_id": account, "answered_at": at, "score": chance.randrange(11),
                                     "person_id": _maybe(chance, "p1")})
    company["usage_weeks"].append({"account_id": account, "week": start, "active_users": 3})
    company["tickets"].append({"ticket_id": f"{account} k", "account_id": account, "opened_at": at})
    company["referrals"].append({"referrer_account_id": account, "referred_account_id": f"old {INDUSTRIES[0]}",
                                 "referred_at": at})


def _spoiled(chance: random.Random, name: str, row: Row) -> Row:
    """A copy of a row with one thing wrong with it."""
    table = TABLES[name]
    key = table.key[0]
    fresh = dict(row) if len(table.key) > 1 else {**row, key: f"{row[key]} {chance.randrange(10**6)}"}
    begins, after = table.begins, date(2026, 1, 1)
    ways: list[Row] = [
        dict(row),
        {**row, table.names[-1]: None} if not table.columns[-1].required else dict(row),
        {**row, key: None},
        {**fresh, begins: datetime(2026, 1, 1) if isinstance(row[begins], datetime) else after},
    ]
    if table.accounts:
        ways += [{**fresh, "account_id" if "account_id" in row else table.accounts[0]: "nobody"}]
        ways += [{**fresh, begins: None}]
    ways += {
        "accounts": [{**row, "industry": "health"}, {**row, "region": None, "industry": None}],
        "touches": [{**fresh, "direction": "sideways"}, {**row, "channel": "fax"}],
        "opportunities": [{**fresh, "outcome": "won", "closed_at": None}, {**fresh, "outcome": "maybe"},
                          {**row, "outcome": None}],
        "calls": [{**fresh, "opportunity_id": "nothing"}, {**fresh, "opportunity_id": None},
                  {**row, "opportunity_id": None}, {**row, "account_id": "a00", "opportunity_id": None}],
        "subscriptions": [{**fresh, "mrr": 0.0}, {**fresh, "ended_on": date(2021, 1, 1)}, {**row, "mrr": 11.0}],
        "nps_responses": [{**row, "score": 11, "person_id": "p2"}],
    }.get(name, [])
    return chance.choice(ways)
