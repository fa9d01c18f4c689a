"""Champions, people and discounts of decided deals in plain Python, row by row: a second opinion on the SQL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import oracle
from oracle import Company, Row

NONE = "(not recorded)"
FUNCTIONS: dict[str | None, str] = {
    "Head of Marketing": "marketing", "VP, Sales": "sales", "CTO & Co-Founder": "IT", "Wizard": "other", None: NONE,
}  # fmt: skip
"""Titles and what each is, by reading them."""

BANDS = {10: "1 to 10 %", 20: "11 to 20 %", 10**6: "over 20 %"}

Counts = dict[str, tuple[int, int]]


def decided(used: Company, as_of: date) -> Iterator[tuple[Row, Row]]:
    """Each new deal decided by the last Sunday on or before as_of, of an account known by then; as known, and as it
    stands."""
    known = oracle.as_known(used, as_of)
    accounts = {account["account_id"] for account in known["accounts"]}
    whole = {deal["opportunity_id"]: deal for deal in used["opportunities"]}
    for deal in known["opportunities"]:
        if deal["type"] in (None, "new") and deal["outcome"] and deal["account_id"] in accounts:
            closed = oracle.day(deal["closed_at"])
            if closed + timedelta(days=6 - closed.weekday()) <= as_of:
                yield deal, whole[deal["opportunity_id"]]


def by_function(used: Company, as_of: date) -> Counts:
    """{function: (won, decided)}; a champion named after the decision stands apart, one named after as_of is nobody."""

    def group(deal: Row, whole: Row) -> str:
        named = oracle.day(whole["champion_named_at"])
        if whole["champion_title"] is None or (named is not None and named > as_of):
            return NONE
        if named is not None and named > oracle.day(deal["closed_at"]):
            return "recorded afterwards"
        return FUNCTIONS[whole["champion_title"]]

    return _won_of(used, as_of, group)


def by_people(used: Company, as_of: date) -> Counts:
    """{number of people: (won, decided)}."""
    ends = {1: "1", 3: "2 to 3", 6: "4 to 6", 10**6: "7 and more"}

    def group(deal: Row, _whole: Row) -> str:
        people = deal["people_involved"]
        return NONE if not people else next(name for end, name in ends.items() if people <= end)

    return _won_of(used, as_of, group)


def by_discount(used: Company, as_of: date) -> dict[str, tuple[int, int, int, int]]:
    """{band: (won, decided, ended, of those that began a year ago)}, of deals with both prices."""
    known = oracle.as_known(used, as_of)
    spells: dict[str, list[tuple[date, date | None]]] = {}
    for account in {row["account_id"] for row in known["subscriptions"]}:
        rows = [row for row in known["subscriptions"] if row["account_id"] == account]
        spells[account] = [(start, end) for _, start, end in oracle._spells(rows)]
    found: dict[str, list[int]] = {band: [0, 0, 0, 0] for band in ("none", *BANDS.values())}
    for deal, _ in decided(used, as_of):
        if deal["amount"] is None or not deal["list_amount"]:
            continue
        percent = 100 - 100 * Fraction(deal["amount"]) / Fraction(deal["list_amount"])
        whole = int((percent + Fraction(1, 2)) // 1)
        band = found["none" if whole < 1 else next(name for end, name in BANDS.items() if whole <= end)]
        band[1] += 1
        if deal["outcome"] != "won":
            continue
        band[0] += 1
        won_on = oracle.day(deal["closed_at"])
        sold = [(start, end) for start, end in spells.get(deal["account_id"], [])
                if -31 <= oracle.days(won_on, start) <= 92 and oracle.days(start, as_of) >= 365]
        band[3] += bool(sold)
        band[2] += any(end is not None and oracle.days(start, end) <= 365 for start, end in sold)
    return {name: (won, n, ended, year) for name, (won, n, ended, year) in found.items()}


def _won_of(used: Company, as_of: date, group: Callable[[Row, Row], str]) -> Counts:
    won: Counter[str] = Counter()
    every: Counter[str] = Counter()
    for deal, whole in decided(used, as_of):
        name = group(deal, whole)
        every[name] += 1
        won[name] += deal["outcome"] == "won"
    return {name: (won[name], n) for name, n in every.items()}


def with_champions_and_prices(company: Company, chance: Any) -> Company:
    """The company, its deals given champions, people and prices, each missing now and then."""
    for deal in company["opportunities"]:
        closed = deal["closed_at"] or deal["created_at"]
        listed = chance.choice((None, 100, 200, 400))
        deal |= {
            "champion_title": chance.choice(list(FUNCTIONS)),
            "champion_named_at": chance.choice((None, closed + timedelta(days=chance.choice((-30, 0, 1, 40))))),
            "people_involved": chance.choice((None, 1, 2, 3, 4, 6, 7, 12)),
            "list_amount": listed,
            "amount": chance.choice((None, *(listed * (100 - off) / 100 for off in (-5, 0, 1, 10, 11, 20, 21, 40))))
            if listed else None,
        }  # fmt: skip
    return company
