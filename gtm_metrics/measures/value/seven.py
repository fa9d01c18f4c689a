"""The seven criteria of an ideal customer (Lincoln Murphy), each by what our tables can say of it. No SQL.

A criterion is asked of customers alone: what stands here is what those who bought did, not what a prospect says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gtm_metrics.measures.value.parts import USAGE_WEEKS

ANSWER_DAYS = 21
"""Days after the first outbound touch in which an answer counts, as for the response rate."""

YEAR_MONTHS = 12
PROMOTER = 9


@dataclass(frozen=True)
class Sign:
    """One thing that a customer did or did not: by it data speak to a criterion.

    among  the customers of whom it is known: the others are in neither count
    needs  tables and columns it is counted from, each as in Metric.needs
    part   the part of the value score that counts much the same; '' where none does
    """

    name: str
    label: str
    among: str
    needs: tuple[str, ...]
    part: str = ""


@dataclass(frozen=True)
class Criterion:
    """One of the seven: what it means of a customer, and the signs of it."""

    name: str
    meaning: str
    signs: tuple[Sign, ...]


def seven_with(weeks: int, limits: Mapping[str, float]) -> tuple[Criterion, ...]:
    """The seven criteria in the words of a company: within how many weeks a deal is won in time, and its limits."""
    return (
        Criterion(
            "ready",
            "it has the problem and wants it solved now",
            (
                Sign(
                    "won_in_time",
                    f"its first deal was won within {weeks} weeks of its creation",
                    "customers with a won new deal",
                    ("opportunities.outcome",),
                ),
            ),
        ),
        Criterion(
            "willing",
            "it acts when it is spoken to, or of its own accord",
            (
                Sign(
                    "answered",
                    f"it reached out by itself, or answered within {ANSWER_DAYS} days of the first outbound touch",
                    "customers with a touch on a day before their first as a customer",
                    ("touches",),
                ),
            ),
        ),
        Criterion(
            "able",
            "it has the money",
            (
                Sign(
                    "near_list",
                    f"it was won at a discount of at most {_percent(limits['discount_at_most'])}",
                    "customers whose won new deals have an amount and a list amount",
                    ("opportunities.outcome", "opportunities.amount", "opportunities.list_amount"),
                ),
            ),
        ),
        Criterion(
            "can be made successful",
            "it gets out of the product what it came for",
            (
                Sign(
                    "in_use",
                    f"it used the product in at least {limits['weeks_used_at_least']:g} of the last {USAGE_WEEKS} "
                    "complete weeks",
                    f"customers that have paid for {USAGE_WEEKS} weeks or more, pay still, and have use on record",
                    ("usage_weeks",),
                    "engagement",
                ),
                Sign(
                    "stayed_a_year",
                    f"it still paid {YEAR_MONTHS} months after it began",
                    f"customers that began {YEAR_MONTHS} to 24 months ago",
                    ("subscriptions",),
                    "retention",
                ),
            ),
        ),
        Criterion(
            "cost-effective to acquire",
            "winning it takes little",
            (
                Sign(
                    "little_effort",
                    "no more touches and calls were spent on its decided deals than on those of the median customer",
                    "customers with a won new deal",
                    ("opportunities.outcome", "touches or calls"),
                    "effort",
                ),
            ),
        ),
        Criterion(
            "room to grow",
            "it can come to pay more",
            (
                Sign(
                    "grown",
                    f"it pays at least {_percent(limits['grown_by_at_least'])} more than on its first day",
                    f"customers that have paid for {YEAR_MONTHS} months or more, pay still, with both prices on record",
                    ("subscriptions.mrr",),
                    "revenue",
                ),
            ),
        ),
        Criterion(
            "will advocate",
            "it tells others",
            (
                Sign(
                    "promoter",
                    f"its people's latest answers to the 0 to 10 question are {PROMOTER} or more on average",
                    "customers that answered",
                    ("nps_responses",),
                    "advocacy",
                ),
                Sign("referred", "it brought another account", "all customers", ("referrals",), "advocacy"),
            ),
        ),
    )


def _percent(share: float) -> str:
    return f"{100 * share:.15g} %"
