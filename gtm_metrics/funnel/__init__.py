"""Counts in, the rows of the contract out: how each segment does, and how it stands beside the rest.

Pure functions of a Tally: no warehouse, no clock, no chance. Every frame has object columns holding plain
Python numbers, dates and None, so that missing is null in JSON and never NaN.
"""

from gtm_metrics.funnel.beside import EVERYONE_ELSE, beside_everyone_else, in_order_of_lead
from gtm_metrics.funnel.curves import CURVE_COLUMNS, curve
from gtm_metrics.funnel.findings import Finding, Symptom, compared, finding, finding_of, symptoms
from gtm_metrics.funnel.rows import ROW_COLUMNS, funnel, grey_interval
from gtm_metrics.funnel.standing import AHEAD, BEHIND, STANDING_COLUMNS, standings
from gtm_metrics.funnel.trends import TREND_COLUMNS, trend

__all__ = [
    "AHEAD",
    "BEHIND",
    "CURVE_COLUMNS",
    "EVERYONE_ELSE",
    "ROW_COLUMNS",
    "STANDING_COLUMNS",
    "TREND_COLUMNS",
    "Finding",
    "Symptom",
    "beside_everyone_else",
    "compared",
    "curve",
    "finding",
    "finding_of",
    "funnel",
    "grey_interval",
    "in_order_of_lead",
    "standings",
    "symptoms",
    "trend",
]
