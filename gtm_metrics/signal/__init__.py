"""Loose or tight? Frozen weeks in, a state for every segment in every week out, each with its reasons.

Pure functions of counts, decisions and rules: no warehouse, no journal, no clock, no chance, no words of a page.
"""

from gtm_metrics.signal.accounts import leave_one_account_out
from gtm_metrics.signal.carried import Carried
from gtm_metrics.signal.columns import lag_weeks
from gtm_metrics.signal.gates import GATES, BlockLead, Gate, block_lead, block_length
from gtm_metrics.signal.judge import Judged, judged
from gtm_metrics.signal.rows import COLUMNS
from gtm_metrics.signal.rules import CONSTANTS, Constant, Rules
from gtm_metrics.signal.states import (
    EMERGING,
    INSUFFICIENT_DATA,
    REOPENED,
    STATES,
    STAY_LOOSE,
    TIGHTEN_NOW,
    TIGHTENED,
    WATCH,
    carrying_metrics,
    log_threshold,
    luck_figure,
    signal_state,
)
from gtm_metrics.signal.verdict import SmallCompany, Thesis, Verdict, verdict_of
from gtm_metrics.signal.waits import Leaning, Lever, touches_per_arm

__all__ = [
    "COLUMNS",
    "CONSTANTS",
    "EMERGING",
    "GATES",
    "INSUFFICIENT_DATA",
    "REOPENED",
    "STATES",
    "STAY_LOOSE",
    "TIGHTENED",
    "TIGHTEN_NOW",
    "WATCH",
    "BlockLead",
    "Carried",
    "Constant",
    "Gate",
    "Judged",
    "Leaning",
    "Lever",
    "Rules",
    "SmallCompany",
    "Thesis",
    "Verdict",
    "block_lead",
    "block_length",
    "carrying_metrics",
    "judged",
    "lag_weeks",
    "leave_one_account_out",
    "log_threshold",
    "luck_figure",
    "signal_state",
    "touches_per_arm",
    "verdict_of",
]
