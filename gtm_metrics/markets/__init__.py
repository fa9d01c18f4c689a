"""Which pin falls next: counts of markets and what ties them -> order, reasons, how much it is worth. Pure."""

from gtm_metrics.markets.alley import BY_LUCK, CLOSE, FEW, NO_TIES, Alley, alley
from gtm_metrics.markets.answers import ANSWER_COLUMNS, QUESTIONS, TOO_EARLY, UNKNOWN
from gtm_metrics.markets.demand import CONVERTING, DEMAND_COLUMNS, EARLY, QUIET, demand, no_demand
from gtm_metrics.markets.doors import TIE_COLUMNS
from gtm_metrics.markets.order import luck
from gtm_metrics.markets.places import PIN_COLUMNS
from gtm_metrics.markets.said import BY_DECISION, BY_PIN, BY_SIGNAL, Said
from gtm_metrics.markets.statuses import KNOWN, MARKET

__all__ = [
    "ANSWER_COLUMNS",
    "BY_DECISION",
    "BY_LUCK",
    "BY_PIN",
    "BY_SIGNAL",
    "CLOSE",
    "CONVERTING",
    "DEMAND_COLUMNS",
    "EARLY",
    "FEW",
    "KNOWN",
    "MARKET",
    "NO_TIES",
    "PIN_COLUMNS",
    "QUESTIONS",
    "QUIET",
    "TIE_COLUMNS",
    "TOO_EARLY",
    "UNKNOWN",
    "Alley",
    "Said",
    "alley",
    "demand",
    "luck",
    "no_demand",
]
