"""Question -> sums, and lists of deals and accounts: what is measured besides the funnel; `value`: customers."""

from gtm_metrics.measures.activity import INSIDE, OUTSIDE, WORK, Activity, activity, dilution
from gtm_metrics.measures.alternatives import Against, against, champions, discounts
from gtm_metrics.measures.apart import REASONS, counted_apart
from gtm_metrics.measures.called import called
from gtm_metrics.measures.catalogue import GROUPS, MEASURES, SUM, Measure, measure_named
from gtm_metrics.measures.cycle import Cycle, cycle, cycle_rows, velocity
from gtm_metrics.measures.gaps import data_gaps, switched_off
from gtm_metrics.measures.left_to_win import LeftToWin, left_to_win
from gtm_metrics.measures.look_alikes import LookAlikes, look_alikes
from gtm_metrics.measures.no_decision import lost_to_no_decision
from gtm_metrics.measures.outside import OUTSIDE_COLUMNS, worked_outside
from gtm_metrics.measures.overlap import OVERLAP_COLUMNS, overlap, overlaps
from gtm_metrics.measures.profile import NOTHING_KEPT, Fit, Rule, fits, rules_of
from gtm_metrics.measures.reach import PACE_WEEKS, REACH_COLUMNS, Reach, reach, reach_of
from gtm_metrics.measures.reasons import NOT_RECORDED, OTHERS, OUTCOMES, Reasons, reasons
from gtm_metrics.measures.referenceable import Referenceable, referenceable
from gtm_metrics.measures.sums import Sums, sums
from gtm_metrics.measures.this_week import THINGS, Thing, Things, this_week
from gtm_metrics.measures.values import VALUE_COLUMNS, in_order, values

__all__ = [
    "GROUPS",
    "INSIDE",
    "MEASURES",
    "NOTHING_KEPT",
    "NOT_RECORDED",
    "OTHERS",
    "OUTCOMES",
    "OUTSIDE",
    "OUTSIDE_COLUMNS",
    "OVERLAP_COLUMNS",
    "PACE_WEEKS",
    "REACH_COLUMNS",
    "REASONS",
    "SUM",
    "THINGS",
    "VALUE_COLUMNS",
    "WORK",
    "Activity",
    "Against",
    "Cycle",
    "Fit",
    "LeftToWin",
    "LookAlikes",
    "Measure",
    "Reach",
    "Reasons",
    "Referenceable",
    "Rule",
    "Sums",
    "Thing",
    "Things",
    "activity",
    "against",
    "called",
    "champions",
    "counted_apart",
    "cycle",
    "cycle_rows",
    "data_gaps",
    "dilution",
    "discounts",
    "fits",
    "in_order",
    "left_to_win",
    "look_alikes",
    "lost_to_no_decision",
    "measure_named",
    "overlap",
    "overlaps",
    "reach",
    "reach_of",
    "reasons",
    "referenceable",
    "rules_of",
    "sums",
    "switched_off",
    "this_week",
    "values",
    "velocity",
    "worked_outside",
]
