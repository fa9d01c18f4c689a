"""Tidy frames in, an Altair chart with its text alternative out.

One theme, light and dark, for the screen and the export.
"""

from gtm_metrics.charts.bars import reasons
from gtm_metrics.charts.canvas import Drawing
from gtm_metrics.charts.curves import ladder, survival
from gtm_metrics.charts.dots import funnel_dots
from gtm_metrics.charts.outcomes import outcomes
from gtm_metrics.charts.palette import DARK, LIGHT, Palette, palette, theme
from gtm_metrics.charts.trends import trend_lines

__all__ = [
    "DARK",
    "LIGHT",
    "Drawing",
    "Palette",
    "funnel_dots",
    "ladder",
    "outcomes",
    "palette",
    "reasons",
    "survival",
    "theme",
    "trend_lines",
]
