"""What is measured besides the funnel: money and other totals, one row each. Constants only.

A sum is counted in the warehouse (n, total, total of squares) and adds over segments and weeks. A ratio names
the sums it is made of. Pages, definitions and tests iterate over MEASURES.
"""

from __future__ import annotations

from gtm_metrics.measures.catalogue.customers import ENDED, KEPT, ON_THE_DAY, RETENTION_WEEKS
from gtm_metrics.measures.catalogue.deals import DECIDED, OPEN, SPENT, SPENT_DAYS
from gtm_metrics.measures.catalogue.measure import MEAN, PART, RATIO, SHARE, SUM, Measure

MEASURES: tuple[Measure, ...] = (*ON_THE_DAY, *OPEN, *KEPT, *DECIDED, *SPENT, *ENDED)

BY_NAME = {measure.name: measure for measure in MEASURES}

_RETENTION = (
    "start_mrr",
    "end_mrr",
    "kept_mrr",
    "lost_mrr",
    "change_mrr",
    "churned_mrr",
    "contraction_mrr",
    "expansion_mrr",
    "unpriced",
)

GROUPS: dict[str, tuple[str, ...]] = {
    "customers": ("customers", "mrr", "unpriced"),
    "pipeline": ("open_deals", "open_pipeline"),
    "retention": _RETENTION,
    "window_retention": _RETENTION,
    "deals": (
        "decided",
        "won",
        "no_decision",
        "won_or_lost",
        "won_amount",
        "decided_amount",
        "not_won_amount",
        "discounts",
    ),
    "effort": ("decided", "won", "touches_spent", "calls_spent", "effort", "touched_won", "inbound_won"),
    "endings": ("ended_subscriptions", "ended_mrr"),
}
"""Sums that one query counts. retention runs over the 52 weeks to as_of, window_retention over the window."""


def measure_named(name: str) -> Measure:
    """The measure called `name`; KeyError lists the known names."""
    if name not in BY_NAME:
        raise KeyError(f"no measure is called {name!r}; there are {', '.join(BY_NAME)}")
    return BY_NAME[name]


__all__ = [
    "BY_NAME",
    "GROUPS",
    "MEAN",
    "MEASURES",
    "PART",
    "RATIO",
    "RETENTION_WEEKS",
    "SHARE",
    "SPENT_DAYS",
    "SUM",
    "Measure",
    "measure_named",
]
