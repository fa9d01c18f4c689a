"""Findings as a board's slides: pictures, a PowerPoint file with native charts, a workbook; the same ever after."""

from gtm_metrics.deck.asked import Asked, Doors, asking
from gtm_metrics.deck.extra import missing
from gtm_metrics.deck.findings import FINDINGS, NAMES, Finding, finding_named
from gtm_metrics.deck.native import pptx_of
from gtm_metrics.deck.picture import drawing_of, png_of, svg_of
from gtm_metrics.deck.printing import Deck, deck_of, keep, kept_deck
from gtm_metrics.deck.slide import Sheet, Slide
from gtm_metrics.deck.workbook import workbook_of

__all__ = [
    "FINDINGS",
    "NAMES",
    "Asked",
    "Deck",
    "Doors",
    "Finding",
    "Sheet",
    "Slide",
    "asking",
    "deck_of",
    "drawing_of",
    "finding_named",
    "keep",
    "kept_deck",
    "missing",
    "png_of",
    "pptx_of",
    "svg_of",
    "workbook_of",
]
