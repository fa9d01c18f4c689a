"""Counts in, the rows of the contract out: how each segment does, and how it stands beside the rest.

Pure functions of a Tally: no warehouse, no clock, no chance. Every frame has object columns holding plain
Python numbers, dates and None, so that missing is null in JSON and never NaN.
"""

from gtm_metrics.funnel.beside import EVERYONE_ELSE, beside_everyone_else, in_order_of_lead
from gtm_metrics.funnel.ceiling import (
    DELIVERED_COLUMNS,
    Ceiling,
    ceiling,
    pace_delivered,
    promised_against_delivered,
)
from gtm_metrics.funnel.curves import CURVE_COLUMNS, curve
from gtm_metrics.funnel.findings import Finding, Symptom, compared, finding, finding_of, symptoms
from gtm_metrics.funnel.holds import (
    HOLDS_COLUMNS,
    WITHIN_COLUMNS,
    Tallies,
    held_by_test,
    holds_up,
    within_each,
)
from gtm_metrics.funnel.mix import MixOrRate, mix_or_rate
from gtm_metrics.funnel.rows import ROW_COLUMNS, funnel, grey_interval
from gtm_metrics.funnel.screen import Screen, on_home, ordered, screened
from gtm_metrics.funnel.standing import AHEAD, BEHIND, STANDING_COLUMNS, standings
from gtm_metrics.funnel.trends import SPANS, TREND_COLUMNS, over_time, trend

__all__ = [
    "AHEAD",
    "BEHIND",
    "CURVE_COLUMNS",
    "DELIVERED_COLUMNS",
    "EVERYONE_ELSE",
    "HOLDS_COLUMNS",
    "ROW_COLUMNS",
    "SPANS",
    "STANDING_COLUMNS",
    "TREND_COLUMNS",
    "WITHIN_COLUMNS",
    "Ceiling",
    "Finding",
    "MixOrRate",
    "Screen",
    "Symptom",
    "Tallies",
    "beside_everyone_else",
    "ceiling",
    "compared",
    "curve",
    "finding",
    "finding_of",
    "funnel",
    "grey_interval",
    "held_by_test",
    "holds_up",
    "in_order_of_lead",
    "mix_or_rate",
    "on_home",
    "ordered",
    "over_time",
    "pace_delivered",
    "promised_against_delivered",
    "screened",
    "standings",
    "symptoms",
    "trend",
    "within_each",
]
