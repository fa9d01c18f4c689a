"""Which trials: one SELECT a metric, a row a trial, every definition of METRICS.md in one place."""

from gtm_metrics.tallies.trials.touches import (
    ACCOUNT_DETAILS,
    COUNTED,
    EVENTS,
    FAR,
    STARTS,
    STARTS_COLUMNS,
    is_new,
    opened_on,
    outbound,
    prospect_calls,
    reached_opportunity,
    sequence_starts,
)

__all__ = [
    "ACCOUNT_DETAILS",
    "COUNTED",
    "EVENTS",
    "FAR",
    "STARTS",
    "STARTS_COLUMNS",
    "is_new",
    "opened_on",
    "outbound",
    "prospect_calls",
    "reached_opportunity",
    "sequence_starts",
]
