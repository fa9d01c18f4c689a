"""What we have to beat, and where we do: counts of decided deals -> rates, comparisons, shares. Pure: no warehouse."""

from gtm_metrics.alternatives.against import (
    ALL_ALTERNATIVES,
    BENCHMARK,
    COLUMNS,
    NOT_RECORDED,
    STATUS_QUO,
    Finding,
    Losses,
    Q,
    alternatives,
    finding,
    folded,
    losses,
    named,
    trust,
)
from gtm_metrics.alternatives.involved import AFTERWARDS, FUNCTIONS, by_function, by_people, function_of
from gtm_metrics.alternatives.spent import by_discount, deep_from, effort_and_wins

__all__ = [
    "AFTERWARDS",
    "ALL_ALTERNATIVES",
    "BENCHMARK",
    "COLUMNS",
    "FUNCTIONS",
    "NOT_RECORDED",
    "STATUS_QUO",
    "Finding",
    "Losses",
    "Q",
    "alternatives",
    "by_discount",
    "by_function",
    "by_people",
    "deep_from",
    "effort_and_wins",
    "finding",
    "folded",
    "function_of",
    "losses",
    "named",
    "trust",
]
