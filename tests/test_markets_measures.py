"""What is counted of markets: who is in which, how far each is won, what ties them, and the six questions."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest

from gtm_metrics.company import Refused
from gtm_metrics.measures import markets
from gtm_metrics.question import ALL, Question

TODAY = date(2026, 6, 30)
SETTINGS = {
    "segments": {"dimensions": ["industry", "region", "employees"], "edges": {"employees": [50]}},
}


def asked(told: Any, as_of: date = TODAY, **more: Any) -> tuple[Any, ...]:
    """Warehouse, company and a question about the accounts drawn in one test."""
    scope = (("trap", told.trap),)
    return told.small.warehouse, told.small.company, Question(as_of, ("industry",), weeks=52, scope=scope, **more)


def counted(told: Any, kept: Any = (), on_lists: Any = (), as_of: date = TODAY) -> markets.Counted:
    """The counts of the pins there are, and of those kept."""
    where = asked(told, as_of)
    return markets.counted(*where, markets.pins(*where, kept), [f"{told.trap}/{name}" for name in on_lists])


def by(frame: pd.DataFrame, *columns: str) -> dict[Any, Any]:
    """Key -> the last column, or the last ones where there are several; None where it is not known."""
    keys = list(columns)
    rest = [name for name in frame if name not in keys]
    plain = frame.astype(object).where(frame.notna(), None)
    asked, told = (plain[names].itertuples(index=False, name=None) for names in (keys, rest))
    return {
        key if len(key) > 1 else key[0]: value if len(value) > 1 else value[0]
        for key, value in zip(asked, told, strict=True)
    }


def test_pins_are_those_kept_then_the_largest_values(told):
    """A kept pin of rules comes first, then values by accounts; "(not set)" is none. Accounts may be in two.

    accounts | account | industry | region | employees
             | a       | Retail   | EU     | 10
             | b       | Retail   | US     | 10
             | c       | Banks    | EU     | 90
             | d       |          | EU     | 90
    """
    rule = [{"dimension": "region", "segments": ["EU"]}, {"dimension": "employees", "segments": ["50 and more"]}]
    kept = markets.kept_pins(pd.DataFrame([
        {"dimension": "", "segment": "large EU", "rule": rule},
        {"dimension": "industry", "segment": "Banks", "rule": None},
    ]))  # fmt: skip
    where = asked(told)
    assert [pin.name for pin in markets.pins(*where, kept)] == ["large EU", "Banks", "Retail"]
    assert [pin.name for pin in markets.pins(*where)] == ["Retail", "Banks"]
    assert [pin.name for pin in markets.pins(*where, most=1)] == ["Retail"]
    found = counted(told, kept)
    assert by(found.frames["shares"], "pin")["large EU"][0] == 2
    assert by(found.frames["both"], "a", "b") == {("large EU", "Banks"): 1, ("Banks", "large EU"): 1}
    assert by(counted(told).frames["both"], "a", "b") == {}
    with pytest.raises(Refused, match="'planet' is not a dimension"):
        markets.counted(*where, [markets.segment_pin("planet", "Mars")])
    with pytest.raises(ValueError, match="pins are the values of one dimension"):
        markets.pins(where[0], where[1], Question(TODAY))


def test_two_values_called_alike_are_two_pins(told):
    """A value of another dimension that is called like one of this keeps its name, the other says its dimension.

    accounts | account | industry | region
             | a       | Other    | EU
             | b       | Retail   | Other
             | c       | Retail   | Other
    """
    kept = markets.kept_pins(pd.DataFrame([{"dimension": "region", "segment": "Other", "rule": None}]))
    shares = by(counted(told, kept).frames["shares"], "pin")
    assert {name: row[0] for name, row in shares.items()} == {ALL: 3, "Other": 2, "Retail": 2, "Other (industry)": 1}


def test_how_far_a_market_is_won(told):
    """Customers pay on the day; left are those never paid, not in talks, on no list; who asks came within 13 weeks.

    accounts      | account  | industry
                  | pays     | Retail
                  | left_us  | Retail
                  | talks    | Retail
                  | asks     | Retail
                  | long_ago | Retail
                  | listed   | Retail
                  | bank     | Banks
    subscriptions | account | started_on | ended_on   | mrr
                  | pays    | 2026-01-01 |            | 100
                  | left_us | 2025-01-01 | 2026-01-01 | 900
    opportunities | account | created_at | closed_at  | outcome
                  | talks   | 2026-06-01 |            |
                  | pays    | 2026-06-01 |            |
    touches       | account  | sent_at          | direction
                  | asks     | 2026-06-10 09:00 | inbound
                  | asks     | 2026-06-11 09:00 | inbound
                  | pays     | 2026-06-10 09:00 | inbound
                  | long_ago | 2026-03-31 09:00 | inbound
                  | bank     | 2026-06-10 09:00 | outbound
    """
    found = counted(told, on_lists=["listed"]).frames
    assert list(found["shares"]) == ["pin", "accounts", "customers", "left", "open_deals", "requests"]
    shares = by(found["shares"], "pin")
    assert shares["Retail"] == (6, 1, 2, 2, 1)
    assert shares["Banks"] == (1, 0, 1, 0, 0)
    assert shares[ALL] == (7, 1, 3, 2, 1)
    assert by(found["prices"], "pin") == {"Retail": (1, 100.0), ALL: (1, 100.0)}
    assert by(counted(told, as_of=date(2026, 6, 29)).frames["shares"], "pin")["Retail"][4] == 2


def test_referrals_go_from_market_to_market(told):
    """Of 12 months to the day, either way apart; what lies a day before does not count, nor what comes after.

    accounts  | account | industry
              | r       | Retail
              | r2      | Retail
              | b       | Banks
              | b2      | Banks
              | nobody  |
    referrals | referrer_account_id | referred_account_id | referred_at
              | r                   | b                   | 2025-07-01 00:00
              | r                   | b2                  | 2026-06-30 23:00
              | b                   | r2                  | 2026-01-01 09:00
              | nobody              | b                   | 2026-01-01 09:00
              | r2                  | r                   | 2026-01-01 09:00
              | b2                  | r                   | 2025-06-30 23:00
    """
    found = counted(told)
    assert found.since == date(2025, 7, 1)
    assert by(found.frames["referrals"], "a", "b") == {
        (ALL, ALL): 5, (ALL, "Banks"): 3, (ALL, "Retail"): 2, ("Banks", ALL): 1, ("Banks", "Retail"): 1,
        ("Retail", ALL): 3, ("Retail", "Banks"): 2, ("Retail", "Retail"): 1,
    }  # fmt: skip
    assert by(counted(told, as_of=date(2025, 6, 30)).frames["referrals"], "a", "b")["Banks", "Retail"] == 1


def test_what_markets_are_alike_in(told):
    """Competitors of decided deals as written; values of the other dimensions of gtm.toml, "(not set)" left out.

    accounts      | account | industry | region | employees
                  | a       | Retail   | EU     | 10
                  | b       | Retail   |        | 90
                  | c       | Banks    | EU     |
    opportunities | account | created_at | closed_at  | outcome | competitor
                  | a       | 2026-01-01 | 2026-02-01 | won     | Acme
                  | a       | 2026-01-01 | 2026-02-01 | lost    | Acme
                  | c       | 2026-01-01 | 2026-02-01 | lost    |
                  | c       | 2026-01-01 |            |         | Acme
    """
    found = counted(told).frames
    assert by(found["competitors"], "pin", "competitor") == {("Retail", "Acme"): 2, (ALL, "Acme"): 2}
    assert by(found["traits"], "pin", "dimension", "value") == {
        (ALL, "region", "EU"): 2, ("Retail", "region", "EU"): 1, ("Banks", "region", "EU"): 1,
        (ALL, "employees", "under 50"): 1, ("Retail", "employees", "under 50"): 1,
        (ALL, "employees", "50 and more"): 1, ("Retail", "employees", "50 and more"): 1,
    }  # fmt: skip


def test_who_came_without_being_asked(told):
    """An account is met once, by its first touch; of two at one instant ours was first. A channel is as written.

    accounts | account | industry
             | came    | Retail
             | asked   | Retail
             | tie     | Retail
             | old     | Retail
    touches  | account | sent_at          | direction | channel
             | came    | 2026-02-02 09:00 | inbound   | Web form
             | came    | 2026-02-03 09:00 | outbound  | email
             | asked   | 2026-02-02 09:00 |           | email
             | asked   | 2026-02-04 09:00 | inbound   | webinar
             | tie     | 2026-02-02 09:00 | inbound   |
             | tie     | 2026-02-02 09:00 | outbound  | email
             | old     | 2024-02-02 09:00 | inbound   | email
             | old     | 2026-02-02 09:00 | inbound   | email
    """
    found = counted(told).frames
    assert by(found["came"], "pin") == {"Retail": (3, 1), ALL: (3, 1)}
    touches = by(found["touches"], "pin", "direction", "channel")
    assert {key[1:]: n for key, n in touches.items() if key[0] == "Retail"} == {
        ("outbound", "email"): 3, ("inbound", "Web form"): 1, ("inbound", "webinar"): 1, ("inbound", None): 1,
        ("inbound", "email"): 1,
    }  # fmt: skip


def test_what_we_know_of_a_market_and_what_it_asked_for(told):
    """New deals opened with a budget for custom work, deals decided, calls held, the latest answer a person.

    accounts      | account | industry
                  | a       | Retail
                  | b       | Banks
    opportunities | account | created_at | closed_at  | outcome | custom_work_budget | type
                  | a       | 2026-01-01 | 2026-02-01 | won     | 5000               |
                  | a       | 2026-01-01 |            |         | 0                  | new
                  | a       | 2026-01-01 | 2026-01-02 | won     | 9000               | renewal
                  | b       | 2024-01-01 | 2026-02-01 | lost    | 100                |
    calls         | account | held_at          | opportunity_id
                  | a       | 2026-01-10 09:00 | 0
                  | a       | 2026-01-11 09:00 | 0
    nps_responses | account | answered_at      | score | person_id
                  | a       | 2026-01-01 09:00 | 2     | x
                  | a       | 2026-02-01 09:00 | 10    | x
                  | a       | 2026-02-01 09:00 | 6     | y
                  | b       | 2026-02-01 09:00 | 8     | z
    """
    found = counted(told).frames
    assert by(found["custom_work"], "pin") == {"Retail": (2, 1), ALL: (2, 1)}
    assert by(found["decided"], "pin") == {"Retail": 1, "Banks": 1, ALL: 2}
    assert by(found["calls_held"], "pin") == {"Retail": 2, ALL: 2}
    assert by(found["promoters"], "pin") == {"Retail": (2, 1, 1), "Banks": (1, 0, 0), ALL: (3, 1, 1)}


def test_stages_are_those_of_the_funnel(told):
    """Trials and successes by market and week as the close rate counts them; days to a win, none of a deal logged late.

    accounts      | account | industry
                  | a       | Retail
                  | b       | Banks
                  | c       |
    opportunities | account | created_at | closed_at  | outcome
                  | a       | 2026-01-05 | 2026-02-04 | won
                  | a       | 2026-02-10 | 2026-02-03 | won
                  | b       | 2026-01-05 | 2026-02-02 | lost
                  | c       | 2026-01-05 | 2026-01-15 | won
    """
    found = counted(told).frames
    closed = found["stages"][found["stages"]["stage"] == "close"].groupby("pin")[["trials", "successes"]].sum()
    assert closed["trials"].to_dict() == {ALL: 4, "Retail": 2, "Banks": 1}
    assert closed["successes"].to_dict() == {ALL: 3, "Retail": 2, "Banks": 0}
    assert by(found["cycles"], "pin", "days") == {("Retail", 30): 1, (ALL, 30): 1, (ALL, 10): 1}


def test_what_is_not_connected_is_missing_and_never_0(warehouse_of):
    """Accounts alone: every count that needs another table is missing with its reason, and the columns are unknown."""
    accounts = pd.DataFrame({"account_id": ["a", "b"], "industry": ["Retail", "Banks"]})
    small = warehouse_of({"accounts": accounts}, **SETTINGS)
    where = (small.warehouse, small.company, Question(TODAY, ("industry",), weeks=52))
    found = markets.counted(*where, markets.pins(*where))
    shares = by(found.frames["shares"], "pin")
    assert shares["Retail"] == (1, None, None, None, None)
    assert {"customers", "left", "open_deals", "requests", "referrals", "competitors", "prices", "came", "touches",
            "response", "close", "churn", "score"} <= set(found.missing)  # fmt: skip
    assert all(found.missing.values())


def test_prices_in_several_currencies_are_not_added(warehouse_of):
    """Customers who pay in two currencies have no sum, and the reason names both."""
    paid = pd.DataFrame({
        "subscription_id": ["s", "t"], "account_id": ["a", "b"], "started_on": ["2026-01-01"] * 2, "mrr": [1, 2],
        "currency": ["usd", "EUR"],
    })  # fmt: skip
    accounts = pd.DataFrame({"account_id": ["a", "b"], "industry": ["X", "Y"]})
    small = warehouse_of({"accounts": accounts, "subscriptions": paid})
    where = (small.warehouse, small.company, Question(TODAY, ("industry",)))
    found = markets.counted(*where, markets.pins(*where))
    assert found.frames["prices"].empty
    assert found.missing["prices"] == "prices in several currencies are never added (EUR, USD)"
