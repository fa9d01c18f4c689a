"""What a customer's value is made of: the parts of the score, each with its inputs in words. Constants only."""

from __future__ import annotations

from dataclasses import dataclass

MONTHS = 24
"""Whoever paid at any time in so many months is scored: the worst are often those who left."""

USAGE_WEEKS = 13


@dataclass(frozen=True)
class Input:
    """One figure of an account that is ranked among customers: `needs` as in Metric.needs, `more` is better or less."""

    name: str
    label: str
    definition: str
    needs: str
    more: bool = True


@dataclass(frozen=True)
class Part:
    """One part of the score: the mean of the percentile ranks of those of its inputs that an account has."""

    name: str
    label: str
    inputs: tuple[Input, ...]


PARTS: tuple[Part, ...] = (
    Part(
        "retention",
        "Retention",
        (
            Input(
                "days",
                "Time as a customer",
                "whether the account still pays, then how long its last stay has lasted",
                "subscriptions",
            ),
        ),
    ),
    Part(
        "advocacy",
        "Advocacy",
        (
            Input("nps", "NPS answer", "the mean of the latest answer a person, 0 to 10", "nps_responses"),
            Input("referred", "Accounts referred", "how many accounts it brought", "referrals"),
        ),
    ),
    Part(
        "engagement",
        "Engagement",
        (
            Input(
                "engagement",
                "Engagement",
                f"share of the last {USAGE_WEEKS} complete weeks with use, times the share of seats active in them",
                "usage_weeks",
            ),
        ),
    ),
    Part(
        "revenue",
        "Revenue",
        (Input("mrr", "MRR", "what it pays a month, nothing once it has left", "subscriptions.mrr"),),
    ),
    Part(
        "effort",
        "Effort to win",
        (
            Input(
                "effort",
                "Touches and calls",
                "touches and calls spent on the account's decided deals, where one was won; fewer is better",
                "touches or calls",
                more=False,
            ),
        ),
    ),
    Part(
        "support",
        "Support load",
        (
            Input(
                "tickets", "Tickets a month", "tickets a month of its last stay; fewer is better", "tickets", more=False
            ),
        ),
    ),
)

BEST, NEXT, MIDDLE, WORST = "best", "next best", "middle", "worst"
TIERS = (BEST, NEXT, MIDDLE, WORST)
"""The best 1 % (at least one), those up to 10 %, all between, the last 10 %."""
