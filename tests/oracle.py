"""METRICS.md once more in plain Python, row by row: the second opinion that every count is held against.

A company is {table: [row, ...]}, a row a dict of Python values under our own column names. Nothing here is
fast, and nothing is taken from the SQL: each function is the sentence of METRICS.md it quotes.
"""

from __future__ import annotations

import calendar
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from gtm_metrics.sources import DOMAINS, TABLES

Row = dict[str, Any]
Company = dict[str, list[Row]]
NOT_SET = "(not set)"


@dataclass(frozen=True)
class Trial:
    """One trial, by the day that puts it into a week."""

    account_id: str
    row_id: str
    day: date
    success: bool
    band: str = ""
    age: int = 0


def day(value: date | datetime | None) -> date | None:
    """The UTC day of a date or an instant."""
    return value.date() if isinstance(value, datetime) else value


def days(before: date | datetime | None, after: date | datetime | None) -> int:
    """Whole days from one to the other, by day."""
    return (day(after) - day(before)).days


def monday(when: date) -> date:
    """Weeks are UTC weeks from Monday, named by that date."""
    return when - timedelta(days=when.weekday())


def month_later(start: date, months: int) -> date:
    """start + k months, clamped to the month's end."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


def last_closed(maturity: int, as_of: date) -> date:
    """A week counts as a whole, once its Sunday + the metric's maturity <= as_of."""
    week = monday(as_of)
    while week + timedelta(days=6 + maturity) > as_of:
        week -= timedelta(days=7)
    return week


# Read = used + set aside


def tidied(company: Company, today: date) -> tuple[Company, dict[str, Counter[str]]]:
    """The rows that are used, and how many are not, by table and reason. The first reason that holds is it."""
    used: Company = {}
    aside: dict[str, Counter[str]] = {}
    for name in sorted(company, key=lambda n: (n != "accounts", n != "opportunities")):
        table = TABLES[name]
        rows = [{**dict.fromkeys(table.names), **row} for row in company[name]]
        used[name], aside[name] = [], Counter()
        for row, reason in [(row, _unusable(name, row, used, today)) for row in _kept_first(name, rows, aside)]:
            if reason:
                aside[name][reason] += 1
            else:
                used[name].append(row)
    for call in used.get("calls", []):
        call["opportunity_id"] = prospect_of(call, used.get("opportunities", []))
    for deal in used.get("opportunities", []):
        # a closed_at without outcome is a forecast: the row is open
        deal["closed_at"] = deal["closed_at"] if deal["outcome"] else None
    return used, aside


def _kept_first(name: str, rows: list[Row], aside: dict[str, Counter[str]]) -> Iterator[Row]:
    """One row a key is kept, the first over all columns; identical and conflicting copies counted apart."""
    table = TABLES[name]
    by_key: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        if any(row[k] is None for k in table.key if table.column(k).required):
            aside[name]["null key"] += 1
        else:
            by_key[tuple(row[k] for k in table.key)].append(row)
    columns = [*table.names, *(c for c in dict.fromkeys(c for row in rows for c in row) if c not in table.names)]
    for copies in by_key.values():
        texts = [tuple((row.get(c) is None, row.get(c) or 0) for c in columns) for row in copies]
        order = sorted(range(len(copies)), key=lambda i: [_comparable(v) for v in texts[i]])
        yield copies[order[0]]
        for place, i in enumerate(order[1:], start=1):
            again = any(texts[i] == texts[j] for j in order[:place])
            aside[name][f"duplicate key, {'identical' if again else 'conflicting'}"] += 1


def _comparable(cell: tuple[bool, Any]) -> tuple[bool, Any]:
    """Nulls last; an instant and a day of one column compare as instants."""
    null, value = cell
    if isinstance(value, date) and not isinstance(value, datetime):
        return null, datetime(value.year, value.month, value.day)
    return null, value


def _unusable(name: str, row: Row, used: Company, today: date) -> str:
    table = TABLES[name]
    known = {account["account_id"] for account in used.get("accounts", [])}
    deals = used.get("opportunities", [])
    for column in table.columns:
        if column.required and row[column.name] is None and column.name not in (*table.key, *table.accounts):
            return f"no {column.name}"
    if any(row[account] not in known for account in table.accounts):
        return "account unknown"
    for (where, column_name), words in DOMAINS.items():
        if where == name and row[column_name] is not None and row[column_name] not in words:
            return f"unknown {column_name}"
    if table.ends and row[table.ends] is not None and days(row[table.begins], row[table.ends]) < 0:
        return "ends before it starts"
    if row[table.begins] is not None and days(today, row[table.begins]) > 0:
        return "in the future of the load"
    if name == "opportunities" and row["outcome"] is not None and row["closed_at"] is None:
        return "outcome without closed_at"
    if name == "subscriptions" and row["mrr"] == 0:
        return "free"
    if name == "nps_responses" and not 0 <= row["score"] <= 10:
        return "score out of range"
    if name == "calls" and "opportunities" in used:
        if row["opportunity_id"] is not None and row["opportunity_id"] not in {d["opportunity_id"] for d in deals}:
            return "opportunity unknown"
        if prospect_of(row, deals) is None:
            return "call without opportunity"
    return ""


def prospect_of(call: Row, deals: list[Row]) -> str | None:
    """A call without opportunity_id belongs to the account's opportunity open that day, else to the next
    created within 30 days, of two to the older."""
    if call["opportunity_id"] is not None:
        return str(call["opportunity_id"])
    own = [deal for deal in deals if deal["account_id"] == call["account_id"]]
    own = [d for d in own if not (d["outcome"] and days(d["closed_at"], call["held_at"]) > 0)]
    open_then = [d for d in own if days(d["created_at"], call["held_at"]) >= 0]
    coming = [d for d in own if 1 <= days(call["held_at"], d["created_at"]) <= 30]
    older = sorted(open_then or coming, key=lambda d: (day(d["created_at"]), d["opportunity_id"]))
    return older[0]["opportunity_id"] if older else None


# What was known


def as_known(company: Company, as_of: date) -> Company:
    """A row that begins after as_of is absent; a fact known after it is null."""
    known: Company = {}
    for name, rows in company.items():
        table = TABLES[name]
        known[name] = []
        for row in rows:
            begins = row.get(table.begins)
            if begins is not None and day(begins) > as_of:
                continue
            later = {c.name for c in table.columns if c.known_at
                     and (row.get(c.known_at) is None or day(row[c.known_at]) > as_of)}
            known[name].append({c: None if c in later else v for c, v in row.items()})
    return known


# Trials


def _by(rows: list[Row], column: str) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row[column]].append(row)
    return groups


def response_rate(known: Company) -> Iterator[Trial]:
    """No outbound touch in the 90 days before, by day, and not paying that day; the reply on any outbound
    touch, from that instant through day 21 by day."""
    paid = _by(known.get("subscriptions", []), "account_id")
    sent = [t for t in known["touches"] if t["direction"] in (None, "outbound")]
    for account, touches in _by(sent, "account_id").items():
        touches.sort(key=lambda t: (t["sent_at"], t["touch_id"]))
        for i, touch in enumerate(touches):
            when = day(touch["sent_at"])
            if any(days(earlier["sent_at"], when) <= 90 for earlier in touches[:i]):
                continue
            if any(s["started_on"] <= when and (s["ended_on"] is None or s["ended_on"] > when) for s in paid[account]):
                continue
            replied = any(t["replied_at"] is not None and t["replied_at"] >= touch["sent_at"]
                          and days(when, t["replied_at"]) <= 21 for t in touches)
            yield Trial(account, touch["touch_id"], when, replied)


def calls_to_understanding(known: Company, rule: int) -> Iterator[Trial]:
    """A call held with a prospect who had not understood; number by held_at, call_id among the held calls."""
    calls = _by(known["calls"], "opportunity_id")
    for deal in _new(known):
        understood_on = day(deal["understood_at"])
        held = sorted(calls[deal["opportunity_id"]], key=lambda c: (c["held_at"], c["call_id"]))
        understood = False
        for number, call in enumerate(held, start=1):
            if understood:
                break
            if rule == 1:
                understood = bool(call["understood"])
                counts, success = call["understood"] is not None, understood
            else:
                counts = understood_on is None or day(call["held_at"]) <= understood_on
                later = [c for c in held[number:] if understood_on and day(c["held_at"]) <= understood_on]
                success = bool(understood_on and counts and not later and days(call["held_at"], understood_on) <= 14)
            if counts:
                band = str(number) if number < 4 else "4+"
                yield Trial(deal["account_id"], call["call_id"], day(call["held_at"]), success, band, number)


def _new(known: Company) -> list[Row]:
    return [deal for deal in known["opportunities"] if deal["type"] in (None, "new")]


def opened(deal: Row) -> date:
    """A deal closed on a day before its creation counts as created that day."""
    created, closed = day(deal["created_at"]), day(deal["closed_at"])
    return min(created, closed) if closed else created


def close_rate(known: Company) -> Iterator[Trial]:
    """Won / (won + lost + no decision), type new, by close date."""
    for deal in _new(known):
        if deal["outcome"]:
            yield Trial(deal["account_id"], deal["opportunity_id"], day(deal["closed_at"]), deal["outcome"] == "won")


def won_in_time(known: Company, weeks: int) -> Iterator[Trial]:
    """An opportunity created; won within M weeks."""
    for deal in _new(known):
        won = deal["outcome"] == "won" and days(opened(deal), deal["closed_at"]) <= 7 * weeks
        yield Trial(deal["account_id"], deal["opportunity_id"], opened(deal), won)


def advanced(known: Company) -> Iterator[Trial]:
    """An opportunity created; it passed the stage where understanding is expected within 60 days."""
    for deal in _new(known):
        passed = deal["advanced_at"] is not None and days(opened(deal), deal["advanced_at"]) <= 60
        yield Trial(deal["account_id"], deal["opportunity_id"], opened(deal), passed)


def reached_opportunity(known: Company) -> Iterator[Trial]:
    """An account created; it had an opportunity within 30 days."""
    deals = _by(known["opportunities"], "account_id")
    for account in known["accounts"]:
        if account["created_on"] is not None:
            had = any(days(account["created_on"], opened(d)) <= 30 for d in deals[account["account_id"]])
            yield Trial(account["account_id"], account["account_id"], account["created_on"], had)


def churn(known: Company, as_of: date) -> Iterator[Trial]:
    """At risk in every week from that of started_on to that of ended_on, both in; it left in the week of
    ended_on. Tenure is counted at the week's Sunday."""
    for account, rows in _by(known["subscriptions"], "account_id").items():
        for spell_id, start, end in _spells(rows):
            week = monday(start)
            while week <= monday(end or as_of):
                tenure = 0
                while month_later(start, tenure + 1) <= week + timedelta(days=6):
                    tenure += 1
                yield Trial(account, spell_id, week, end is not None and week == monday(end), band_of(tenure), tenure)
                week += timedelta(days=7)


def band_of(months: int) -> str:
    """0-3, 4-11, renewal (12, 24, ...), other."""
    if months <= 3:
        return "0-3"
    if months <= 11:
        return "4-11"
    return "other" if months % 12 else "renewal"


def _spells(rows: list[Row]) -> Iterator[tuple[str, date, date | None]]:
    """Rows that overlap or lie at most 30 days apart are one spell; after a longer gap a new one begins."""
    together: list[list[Row]] = []
    for row in sorted(rows, key=lambda r: (r["started_on"], r["subscription_id"])):
        ends = [r["ended_on"] for r in together[-1]] if together else []
        if ends and (None in ends or days(max(ends), row["started_on"]) <= 30):
            together[-1].append(row)
        else:
            together.append([row])
    for spell in together:
        ends = [r["ended_on"] for r in spell]
        yield min(r["subscription_id"] for r in spell), spell[0]["started_on"], None if None in ends else max(ends)


def trials(used: Company, metric: str, as_of: date, weeks: int) -> list[Trial]:
    """Every trial of a metric begun by as_of, of accounts known by then. `weeks` is M of won_in_time."""
    known = as_known(used, as_of)
    rule = 1 if any(call["understood"] is not None for call in used.get("calls", [])) else 2
    found = {
        "response_rate": lambda: response_rate(known),
        "calls_to_understanding": lambda: calls_to_understanding(known, rule),
        "close_rate": lambda: close_rate(known),
        "won_in_time": lambda: won_in_time(known, weeks),
        "churn": lambda: churn(known, as_of),
        "reached_opportunity": lambda: reached_opportunity(known),
        "advanced": lambda: advanced(known),
    }[metric]()
    accounts = {account["account_id"] for account in known["accounts"]}
    return [trial for trial in found if trial.account_id in accounts]


def segment(account: Row, dimension: str, edges: dict[str, tuple[float, float]]) -> str:
    """A value, a band of a numeric one, or "(not set)"."""
    value = account.get(dimension)
    if value is None:
        return NOT_SET
    if dimension in edges:
        low, high = edges[dimension]
        return f"under {low:g}" if value < low else f"{low:g} to {high - 1:g}" if value < high else f"{high:g} and more"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def counted(found: list[Trial], accounts: list[Row], by: tuple[str, ...],
            edges: dict[str, tuple[float, float]]) -> dict[tuple[Any, ...], tuple[int, int]]:
    """{(segment, ..., week, band): (trials, successes)}."""
    of = {account["account_id"]: tuple(segment(account, d, edges) for d in by) for account in accounts}
    total: Counter[tuple[Any, ...]] = Counter()
    succeeded: Counter[tuple[Any, ...]] = Counter()
    for trial in found:
        group = (*of[trial.account_id], monday(trial.day), trial.band)
        total[group] += 1
        succeeded[group] += trial.success
    return {group: (total[group], succeeded[group]) for group in total}


def learned_by_winning(used: Company, as_of: date, by: tuple[str, ...]) -> bool:
    """Set for at least half of the won, and under a tenth as often for the others."""
    known = as_known(used, as_of)
    accounts = {account["account_id"]: account for account in known["accounts"]}
    deals = [d for d in _new(known) if d["account_id"] in accounts]
    sides = [[d for d in deals if (d["outcome"] == "won") is won] for won in (True, False)]
    if not all(sides):
        return False
    for name in by:
        won, others = (sum(accounts[d["account_id"]].get(name) is not None for d in s) / len(s) for s in sides)
        if won >= 0.5 and others < won / 10:
            return True
    return False
