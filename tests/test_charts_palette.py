"""Colours of the charts: text and marks stand out, light and dark, and app and charts share them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import altair as alt
import pytest

from gtm_metrics import charts
from gtm_metrics.charts.palette import DARK, LIGHT


def luminance(colour):
    """Relative luminance of #RRGGBB."""
    # WCAG 2.2, definition of relative luminance.
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    """Contrast ratio of two colours."""
    # WCAG 2.2, definition of contrast ratio.
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_text_and_marks_stand_out(colours):
    """Text has a contrast of 4.5 on the page and on washes, marks that carry a number have 3 (WCAG 2.2)."""
    for text in (colours.ink, colours.quiet, colours.ahead, colours.behind):
        assert contrast(text, colours.page) >= 4.5
    for mark in (colours.mark, colours.tick):
        assert contrast(mark, colours.page) >= 3
    assert contrast(colours.ahead, colours.ahead_wash) >= 3
    assert contrast(colours.behind, colours.behind_wash) >= 3


def test_the_app_and_the_charts_share_their_colours():
    """config.toml has the charts' page, ink and green, fonts of Streamlit's own, and asks nobody elsewhere."""
    text = (Path(__file__).parents[1] / ".streamlit" / "config.toml").read_text()
    config = tomllib.loads(text)
    for name, colours in (("light", LIGHT), ("dark", DARK)):
        part = config["theme"][name]
        assert (part["backgroundColor"], part["textColor"]) == (colours.page, colours.ink)
        assert (part["greenColor"], part["redColor"]) == (colours.ahead, colours.behind)
        assert contrast(part["textColor"], part["sidebar"]["backgroundColor"]) >= 4.5
        assert contrast(part["primaryColor"], part["backgroundColor"]) >= 3
        assert contrast("#FFFFFF", part["primaryColor"]) >= 3
    assert config["theme"]["font"] == "sans-serif"
    assert not re.search(r"https?://|url", text)
    assert config["browser"]["gatherUsageStats"] is config["runner"]["magicEnabled"] is False
    assert "enableAgentApi" not in config["server"]


def test_the_theme_is_registered_and_left_alone():
    """Both themes go by name, and neither is switched on for everyone: readers may differ."""
    assert {"gtm_light", "gtm_dark"} <= set(alt.theme.names())
    assert alt.theme.active not in ("gtm_light", "gtm_dark")
    assert charts.theme(True)["config"]["background"] == DARK.page
