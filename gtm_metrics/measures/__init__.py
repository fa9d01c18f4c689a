"""Question -> sums, and lists of deals and accounts: what is measured besides the funnel."""

from gtm_metrics.measures.apart import REASONS, counted_apart
from gtm_metrics.measures.catalogue import GROUPS, MEASURES, Measure, measure_named
from gtm_metrics.measures.cycle import Cycle, cycle, cycle_rows, velocity
from gtm_metrics.measures.gaps import data_gaps
from gtm_metrics.measures.reasons import NOT_RECORDED, OTHERS, OUTCOMES, Reasons, reasons
from gtm_metrics.measures.sums import Sums, sums
from gtm_metrics.measures.this_week import THINGS, Thing, Things, this_week
from gtm_metrics.measures.values import VALUE_COLUMNS, values

__all__ = [
    "GROUPS",
    "MEASURES",
    "NOT_RECORDED",
    "OTHERS",
    "OUTCOMES",
    "REASONS",
    "THINGS",
    "VALUE_COLUMNS",
    "Cycle",
    "Measure",
    "Reasons",
    "Sums",
    "Thing",
    "Things",
    "counted_apart",
    "cycle",
    "cycle_rows",
    "data_gaps",
    "measure_named",
    "reasons",
    "sums",
    "this_week",
    "values",
    "velocity",
]
