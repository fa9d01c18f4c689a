"""Shared Streamlit pieces: the warehouse, pickers that live in the address, the cached tally, present(chart)."""

from gtm_metrics.controls.address import View, choose, menu_position, open_segment, view
from gtm_metrics.controls.place import Place, ask, measured, place
from gtm_metrics.controls.screen import (
    Screen,
    Segment,
    compare,
    curves,
    every_segment,
    in_pairs,
    involved,
    money,
    order_of,
    pick_metric,
    reasons,
    rows_behind,
    segment,
    standing,
    trends,
)
from gtm_metrics.controls.show import dark, download, heading, present, width

__all__ = [
    "Place",
    "Screen",
    "Segment",
    "View",
    "ask",
    "choose",
    "compare",
    "curves",
    "dark",
    "download",
    "every_segment",
    "heading",
    "in_pairs",
    "involved",
    "measured",
    "menu_position",
    "money",
    "open_segment",
    "order_of",
    "pick_metric",
    "place",
    "present",
    "reasons",
    "rows_behind",
    "segment",
    "standing",
    "trends",
    "view",
    "width",
]
