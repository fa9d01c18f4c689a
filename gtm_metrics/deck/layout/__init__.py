"""Where everything stands on a slide of 1280 by 720 pixels; the picture and the native slide share it."""

from gtm_metrics.deck.layout.alley import AlleyPlan, alley_plan
from gtm_metrics.deck.layout.bars import BarsPlan, bars_plan
from gtm_metrics.deck.layout.dots import CAPTION_LINE, REST_LABEL, REST_SIZE, DotsPlan, PanelPlan, dots_plan, spaced
from gtm_metrics.deck.layout.lines import NAME, LinesPlan, lines_plan, mark_box
from gtm_metrics.deck.layout.page import FOOT, HEIGHT, SMALL, WIDTH, Box, Words, page_of
from gtm_metrics.deck.layout.table import TablePlan, table_plan

__all__ = [
    "CAPTION_LINE",
    "FOOT",
    "HEIGHT",
    "NAME",
    "REST_LABEL",
    "REST_SIZE",
    "SMALL",
    "WIDTH",
    "AlleyPlan",
    "BarsPlan",
    "Box",
    "DotsPlan",
    "LinesPlan",
    "PanelPlan",
    "TablePlan",
    "Words",
    "alley_plan",
    "bars_plan",
    "dots_plan",
    "lines_plan",
    "mark_box",
    "page_of",
    "spaced",
    "table_plan",
]
