"""Frames as a page lists them: every number formatted, every row's meaning in its columns."""

from gtm_metrics.tables.home import gaps, happened, kinds, not_listed, nothing_to_do, segments, things
from gtm_metrics.tables.links import CRM, crm_link
from gtm_metrics.tables.segment import adds_up, answers, days_of, four_numbers, involved, money, rows_behind, to_read

__all__ = [
    "CRM",
    "adds_up",
    "answers",
    "crm_link",
    "days_of",
    "four_numbers",
    "gaps",
    "happened",
    "involved",
    "kinds",
    "money",
    "not_listed",
    "nothing_to_do",
    "rows_behind",
    "segments",
    "things",
    "to_read",
]
