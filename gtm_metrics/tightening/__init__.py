"""What came of tightening: did it work, and does the work drift out of the segment again? Pure: no warehouse."""

from gtm_metrics.tightening.drifting import KINDS, LATELY_WEEKS, PROMISE, RISE, Drift, drifts, running, watched_from
from gtm_metrics.tightening.standing import standing
from gtm_metrics.tightening.worked import WORKED_COLUMNS, worked

__all__ = [
    "KINDS",
    "LATELY_WEEKS",
    "PROMISE",
    "RISE",
    "WORKED_COLUMNS",
    "Drift",
    "drifts",
    "running",
    "standing",
    "watched_from",
    "worked",
]
