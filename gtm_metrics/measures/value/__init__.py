"""Question -> customers by value: the score an account, tiers by attribute, and lists by name."""

from gtm_metrics.measures.value.backtest import BackTest, back_test
from gtm_metrics.measures.value.criteria import MET_COLUMNS, Met, criteria, seven
from gtm_metrics.measures.value.groups import CAMPAIGN, Grouped, concentration, grouped
from gtm_metrics.measures.value.lists import LIST_COLUMNS, MOST, ends, from_hell, of_segments, own_column
from gtm_metrics.measures.value.parts import BEST, MIDDLE, NEXT, PARTS, TIERS, WORST, Input, Part
from gtm_metrics.measures.value.score import Recipe, recipe, scored
from gtm_metrics.measures.value.seven import Criterion, Sign

__all__ = [
    "BEST",
    "CAMPAIGN",
    "LIST_COLUMNS",
    "MET_COLUMNS",
    "MIDDLE",
    "MOST",
    "NEXT",
    "PARTS",
    "TIERS",
    "WORST",
    "BackTest",
    "Criterion",
    "Grouped",
    "Input",
    "Met",
    "Part",
    "Recipe",
    "Sign",
    "back_test",
    "concentration",
    "criteria",
    "ends",
    "from_hell",
    "grouped",
    "of_segments",
    "own_column",
    "recipe",
    "scored",
    "seven",
]
