"""Question -> trials -> tally, and the rows behind a number."""

from gtm_metrics.tallies.each import tally_each
from gtm_metrics.tallies.known import dimensions, refuse_unknown
from gtm_metrics.tallies.offered import in_funnel_order, metrics_of, not_connected, offered
from gtm_metrics.tallies.prepared import prepared
from gtm_metrics.tallies.rows import rows
from gtm_metrics.tallies.tally import sql_of, tally, window

__all__ = [
    "dimensions",
    "in_funnel_order",
    "metrics_of",
    "not_connected",
    "offered",
    "prepared",
    "refuse_unknown",
    "rows",
    "sql_of",
    "tally",
    "tally_each",
    "window",
]
