"""Follow-on markets: what is counted of each pin and of what ties pins. Aggregates only, the same everywhere."""

from gtm_metrics.measures.markets.counted import Counted, counted
from gtm_metrics.measures.markets.pins import MOST, NoMarkets, Pin, kept_pins, pins, segment_pin
from gtm_metrics.measures.markets.shares import REQUEST_DAYS
from gtm_metrics.measures.markets.ties import MONTHS

__all__ = [
    "MONTHS",
    "MOST",
    "REQUEST_DAYS",
    "Counted",
    "NoMarkets",
    "Pin",
    "counted",
    "kept_pins",
    "pins",
    "segment_pin",
]
