"""A random company made hard for a warehouse: ids that sort by language, blanks, ties, halves, and every dirty kind."""

from __future__ import annotations

import random
from datetime import date, datetime
from typing import Any

import pandas as pd
from random_companies import TODAY, a_company, frames_of

Rows = list[dict[str, Any]]

SORTS_BY_LANGUAGE = ("", "A-", "a_", "Ä")
"""Put before an id: by code point "A-" < "a_" < "Ä", in a dictionary they are all the same letter."""

NO_BREAK_SPACE = "\u00a0"


def untidy(seed: int, rule: int, accounts: int = 40) -> dict[str, pd.DataFrame]:
    """Raw frames of all nine tables; understanding is recorded by `rule` (1: on calls, 2: on opportunities)."""
    company = a_company(random.Random(seed), rule, accounts, dirty=True)
    for name, rows in _by_hand(understood=True if rule == 1 else None).items():
        company[name] += rows
    for rows in company.values():
        for row in rows:
            row.update({column: _hostile(value) for column, value in row.items() if column.endswith("_id")})
    for n, row in enumerate(company["opportunities"]):
        row["people_involved"] = (0.5, 1.5, 2.5, float("nan"))[n % 4]
    for n, row in enumerate(company["accounts"]):
        row["order"] = ("first", "Second", NO_BREAK_SPACE, None)[n % 4]
    return frames_of(company)


def _hostile(value: Any) -> Any:
    if not isinstance(value, str) or not value.strip():
        return value
    plain = value.strip()
    return value.replace(plain, SORTS_BY_LANGUAGE[sum(map(ord, plain)) % 4] + plain)


def _by_hand(understood: bool | None) -> dict[str, Rows]:
    """What chance may not bring, a trap a row."""
    noon = datetime(2025, 3, 3, 12)
    loose = {"held_at": datetime(2025, 3, 4, 9), "opportunity_id": None, "understood": understood}
    return {
        "accounts": [
            {"account_id": "hand", "created_on": date(2024, 1, 1), "industry": "software", "employees": 49.999},
            {"account_id": f"{NO_BREAK_SPACE}hand ", "created_on": date(2024, 1, 1), "industry": "software",
             "employees": 49.999},
            {"account_id": "  ", "industry": "health"},
            {"account_id": "blank", "industry": " ", "region": "", "employees": 200.0},
            # of two that conflict the lower number counts, not the one that is first as text
            {"account_id": "twice", "industry": "health", "employees": 200.0},
            {"account_id": "twice", "industry": "health", "employees": 49.0},
            {"account_id": "old one", "created_on": date(1, 1, 1), "industry": "health"},
        ],
        "touches": [
            {"touch_id": "twice", "account_id": "twice", "sent_at": noon, "replied_at": noon},
            *({"touch_id": f"hand t{n}", "account_id": "hand", "sent_at": noon, "channel": channel}
              for n, channel in enumerate(("e-mail", "call", "social"))),
            {"touch_id": "hand inbound", "account_id": "blank", "sent_at": noon, "direction": "Inbound",
             "replied_at": noon},
            {"touch_id": "hand sideways", "account_id": "blank", "sent_at": noon, "direction": "sideways"},
        ],
        # two opportunities opened on one day: a call without one belongs to the first by code point
        "opportunities": [
            {"opportunity_id": f"hand o{n}", "account_id": "hand", "created_at": datetime(2025, 3, 1, 9),
             "outcome": outcome, "closed_at": closed, "lead_source": f"source {n}"}
            for n, (outcome, closed) in enumerate((
                ("no decision", datetime(2025, 5, 1)), ("Won", datetime(2025, 5, 2)), (None, None), (" ", None)))
        ] + [
            {"opportunity_id": "hand maybe", "account_id": "hand", "created_at": noon, "outcome": "maybe"},
            {"opportunity_id": "hand undated", "account_id": "hand", "created_at": noon, "outcome": "lost"},
        ],
        "calls": [
            *({"call_id": f"hand c{n}", "account_id": "hand", **loose} for n in range(4)),
            {"call_id": "hand stray", "account_id": "old one", **loose},
            {"call_id": "hand nowhere", "account_id": "hand", **loose, "opportunity_id": "nowhere"},
        ],
        # the same start twice, an end that is only planned, an end far away, a free one, an end before the start
        "subscriptions": [
            *({"subscription_id": f"hand s{n}", "account_id": "hand", "started_on": date(2024, 1, 31),
               "ended_on": date(2024, 2, end), "mrr": 10.0} for n, end in enumerate((29, 29, 10))),
            {"subscription_id": "hand planned", "account_id": "blank", "started_on": date(2025, 1, 30),
             "ended_on": date(2027, 1, 1), "mrr": None},
            {"subscription_id": "hand far", "account_id": "old one", "started_on": date(2024, 12, 31),
             "ended_on": date(9999, 12, 31), "mrr": 5.0},
            {"subscription_id": "hand free", "account_id": "hand", "started_on": date(2025, 6, 1), "mrr": 0.0},
            {"subscription_id": "hand back", "account_id": "hand", "started_on": date(2025, 6, 1),
             "ended_on": date(2025, 5, 1), "mrr": 1.0},
            {"subscription_id": "hand future", "account_id": "hand", "started_on": date(2026, 6, 1), "mrr": 1.0},
        ],
        "nps_responses": [
            {"account_id": "hand", "answered_at": noon, "score": 11, "person_id": "p"},
            {"account_id": "hand", "answered_at": noon, "score": 9, "person_id": None},
            {"account_id": "hand", "answered_at": noon, "score": 9, "person_id": None},
            {"account_id": "hand", "answered_at": noon, "score": 3, "person_id": " "},
        ],
    }


__all__ = ["TODAY", "untidy"]
