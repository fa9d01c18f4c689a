"""What is true in the demo company, stated before a row is drawn: every row is generated from TRUTH."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta


@dataclass(frozen=True)
class Rates:
    """Chances that govern one segment. Weekly luck shared by all segments multiplies them, 1 on average.

    response          an account answers the first touch of a sequence within 21 days
    understanding     a call makes a prospect understand who had not
    leaving           such a prospect leaves after a call that did not
    close             a decided opportunity is won (won of won, lost and no decision)
    churn             a customer leaves, a month, outside the renewal day
    churn_at_renewal  a customer does not renew, a year

    Those of an opportunity are fixed in the week it is created: a new pitch changes new conversations.
    """

    response: float = 0.11
    understanding: float = 0.30
    leaving: float = 0.20
    close: float = 0.20
    churn: float = 0.016
    churn_at_renewal: float = 0.13

    def times(self, response: float = 1, understanding: float = 1, close: float = 1, churn: float = 1) -> Rates:
        """The same rates multiplied; `churn` multiplies the renewal's too."""
        return replace(
            self,
            response=self.response * response,
            understanding=self.understanding * understanding,
            close=self.close * close,
            churn=self.churn * churn,
            churn_at_renewal=self.churn_at_renewal * churn,
        )


@dataclass(frozen=True)
class Planted:
    """The one segment that pulls ahead, with its rates in the last `weeks` weeks to as_of."""

    dimension: str
    segment: str
    weeks: int
    rates: Rates

    def first_week(self, as_of: date) -> date:
        """The Monday from which the lead holds."""
        return as_of + timedelta(days=1 - 7 * self.weeks)


@dataclass(frozen=True)
class Truth:
    """The rates of each industry all along, and what was planted over them (None: nothing).

    loved: a segment too small to measure whose customers score high, use much and refer; its rates are level.
    fond: (attribute, value) of customers who do the same and are many; they answer, understand, buy and leave like all.
    """

    rates: Mapping[str, Rates]
    planted: Planted | None = None
    loved: str | None = None
    fond: tuple[str, str] | None = None

    def at(self, segment: str, week: date, as_of: date) -> Rates:
        """The rates of `segment` in the week named by the Monday `week`."""
        if self.planted and segment == self.planted.segment and week >= self.planted.first_week(as_of):
            return self.planted.rates
        return self.rates[segment]


INDUSTRIES: Mapping[str, float] = {
    "DTC e-commerce": 0.24,
    "B2B SaaS": 0.20,
    "Agencies": 0.14,
    "Education": 0.11,
    "Manufacturing": 0.11,
    "Healthcare": 0.08,
    "Logistics": 0.07,
    "Non-profit": 0.05,
}
"""Segments of the planted dimension and their share of the accounts."""

LEVEL = Rates()

# Differences a real company has, too small for anyone to act on; Manufacturing alone needs longer calls.
MILD: Mapping[str, Rates] = {
    "DTC e-commerce": LEVEL,
    "B2B SaaS": LEVEL.times(response=1.02, close=1.03),
    "Agencies": LEVEL.times(response=0.98, churn=1.04),
    "Education": LEVEL.times(understanding=0.97, churn=0.97),
    "Manufacturing": LEVEL.times(response=0.97, understanding=0.80),
    "Healthcare": LEVEL.times(response=0.99, close=0.97),
    "Logistics": LEVEL.times(understanding=1.03, churn=1.03),
    "Non-profit": LEVEL.times(response=1.03, close=0.98),
}

# Words that fit one kind of buyer: a quarter answers and not a tenth, two calls bring understanding and not three or
# four, two in five buy and not one in five, half as many leave.
LEADER = LEVEL.times(response=2.5, understanding=2.1, close=2.2, churn=0.5)

# A lead worth having that nobody can prove in twelve weeks.
EARLY_LEADER = LEVEL.times(response=1.5, understanding=1.4, close=1.5, churn=0.7)

TRUTH: Mapping[str, Truth] = {
    "winner": Truth(
        MILD,
        Planted("industry", "DTC e-commerce", 64, LEADER),
        loved="Non-profit",
        fond=("team", "Operations"),
    ),
    "no-winner": Truth(dict.fromkeys(INDUSTRIES, LEVEL)),
    "young": Truth(MILD, Planted("industry", "DTC e-commerce", 12, EARLY_LEADER)),
    "small": Truth(
        dict.fromkeys(INDUSTRIES, LEVEL),
        Planted("industry", "DTC e-commerce", 156, LEVEL.times(close=2)),
    ),
}
"""What each story's rows are drawn from, and what tests compare them with."""

STORIES: Mapping[str, str] = {
    "winner": "three years; one industry pulls ahead on all four metrics in the last 64 weeks",
    "no-winner": "the same company, and no industry differs",
    "young": "the same kind of company after 12 weeks of life",
    "small": "300 accounts, CRM and billing only; one industry wins twice as often",
}
"""The stories there are, each with its sentence."""

DIRTY: Mapping[str, Mapping[str, int]] = {
    "accounts": {
        "duplicate key, identical": 4,
        "duplicate key, conflicting": 3,
        "null key": 2,
        "in the future of the load": 3,
    },
    "touches": {
        "duplicate key, identical": 12,
        "duplicate key, conflicting": 5,
        "null key": 4,
        "account unknown": 6,
        "in the future of the load": 5,
    },
    "calls": {
        "duplicate key, identical": 5,
        "duplicate key, conflicting": 3,
        "null key": 2,
        "account unknown": 4,
        "in the future of the load": 3,
        "call without opportunity": 7,
    },
    "opportunities": {
        "duplicate key, identical": 4,
        "duplicate key, conflicting": 3,
        "null key": 2,
        "account unknown": 3,
        "in the future of the load": 2,
        "outcome without closed_at": 5,
    },
    "subscriptions": {
        "duplicate key, identical": 3,
        "duplicate key, conflicting": 2,
        "null key": 2,
        "account unknown": 2,
        "ends before it starts": 3,
        "in the future of the load": 2,
        "free": 6,
    },
    "nps_responses": {
        "duplicate key, identical": 2,
        "duplicate key, conflicting": 1,
        "null key": 2,
        "account unknown": 2,
        "in the future of the load": 2,
    },
    "usage_weeks": {
        "duplicate key, identical": 5,
        "duplicate key, conflicting": 3,
        "null key": 2,
        "account unknown": 4,
        "in the future of the load": 2,
    },
    "tickets": {
        "duplicate key, identical": 2,
        "duplicate key, conflicting": 1,
        "null key": 2,
        "account unknown": 2,
        "ends before it starts": 3,
        "in the future of the load": 2,
    },
    "referrals": {
        "duplicate key, identical": 1,
        "duplicate key, conflicting": 1,
        "null key": 1,
        "account unknown": 2,
        "in the future of the load": 1,
    },
}
"""Rows planted to be set aside, by table and reason; each fits its one reason and no other."""
