"""Which trials: one SELECT a metric, a row a trial, every definition of METRICS.md in one place.

Each yields account_id | row_id | at | week | band | age | trials | successes | splits of the metric.
`since` and `until` are the first and last day whose trials are wanted; `since` None is from the beginning. Whatever
counts them joins accounts, so that of a warehouse that was not loaded those of unknown accounts may be among them.
"""

from functools import partial

from gtm_metrics.tallies.trials.accounts import ACCOUNT_DETAILS, reached_opportunity
from gtm_metrics.tallies.trials.calls import calls_to_understanding, prospect_calls
from gtm_metrics.tallies.trials.deals import advanced, close_rate, is_new, opened_on, won_in_time
from gtm_metrics.tallies.trials.touches import FAR, STARTS, STARTS_COLUMNS, outbound, response_rate, sequence_starts
from gtm_metrics.tallies.trials.trial import Trials

EVENTS: dict[str, Trials] = {
    "response_rate": response_rate,
    "calls_to_understanding": calls_to_understanding,
    "close_rate": close_rate,
    "won_in_time": won_in_time,
    "reached_opportunity": reached_opportunity,
    "advanced": advanced,
}
"""The trials of every metric of shape event; churn, an exposure, stands in spells.py."""

COUNTED: dict[str, Trials] = {**EVENTS, "response_rate": partial(response_rate, with_names=False)}
"""The same trials where nothing but their number is asked for: by week, band and segment, without splits."""

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
