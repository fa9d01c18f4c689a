"""Colours, sizes and the one Altair theme, light and dark, shared by the screen and the export.

Grey for everything, green for credibly ahead, rust for credibly behind. Every text colour stands at 4.5:1 or
more on its page, every mark that carries a number at 3:1 (WCAG 2.2, success criteria 1.4.3 and 1.4.11).
"""

from __future__ import annotations

from dataclasses import dataclass

import altair as alt

FONT = '"Source Sans", "Source Sans 3", "Source Sans Pro", sans-serif'
"""Streamlit's own family first; the next two are what it is called where it is installed."""


@dataclass(frozen=True)
class Palette:
    """The colours of one theme. ink, quiet, ahead and behind are read as text; page lies under everything."""

    page: str
    ink: str
    quiet: str
    mark: str
    tick: str
    band: str
    faint: str
    grid: str
    ahead: str
    ahead_band: str
    behind: str
    behind_band: str
    wash: str
    ahead_wash: str
    behind_wash: str

    def of(self, standing: str) -> str:
        """Colour of a dot and its number: green 'ahead', rust 'behind', else the grey of marks."""
        return {"ahead": self.ahead, "behind": self.behind}.get(standing, self.mark)

    def band_of(self, standing: str) -> str:
        """Colour of the bar under it, its interval."""
        return {"ahead": self.ahead_band, "behind": self.behind_band}.get(standing, self.band)

    def wash_of(self, standing: str) -> str:
        """Colour of an interval that is an area."""
        return {"ahead": self.ahead_wash, "behind": self.behind_wash}.get(standing, self.wash)


LIGHT = Palette(
    page="#FFFFFF",
    ink="#17191E",
    quiet="#62666D",
    mark="#868B92",
    tick="#8E9298",
    band="#D9DBDF",
    faint="#E3E5E8",
    grid="#ECECEA",
    ahead="#0B6E4F",
    ahead_band="#A9D3C2",
    behind="#B03A20",
    behind_band="#E9BEB2",
    wash="#EEEFF1",
    ahead_wash="#DCEDE6",
    behind_wash="#F7E4DE",
)
DARK = Palette(
    page="#161817",
    ink="#ECEDE9",
    quiet="#A4A9A5",
    mark="#838984",
    tick="#7C827D",
    band="#414642",
    faint="#2E322F",
    grid="#272A28",
    ahead="#4CC295",
    ahead_band="#24563F",
    behind="#EC8468",
    behind_band="#6B3527",
    wash="#262A27",
    ahead_wash="#1A3529",
    behind_wash="#3B221C",
)


def palette(dark: bool) -> Palette:
    """The colours of the dark or the light theme."""
    return DARK if dark else LIGHT


def theme(dark: bool = False) -> alt.theme.ThemeConfig:
    """The Altair theme. Every drawing carries it in its own config, so that two readers, one in the dark,
    never share a setting; it is registered as well ("gtm_light", "gtm_dark") for charts made by others.
    """
    colours = palette(dark)
    return {
        "config": {
            "font": FONT,
            "background": colours.page,
            "padding": 0,
            "view": {"stroke": None},
            "axis": {
                "domain": False,
                "ticks": False,
                "gridColor": colours.grid,
                "labelColor": colours.quiet,
                "labelFontSize": 12,
                "titleColor": colours.quiet,
                "titleFontSize": 12,
                "titleFontWeight": "normal",
            },
            "legend": {"disable": True},
            "text": {"color": colours.ink, "fontSize": 13},
            "line": {"strokeWidth": 2, "color": colours.mark},
            "bar": {"color": colours.mark},
            "range": {"category": [colours.ahead, colours.mark, colours.behind, colours.ink, colours.band]},
        }
    }


@alt.theme.register("gtm_light", enable=False)
def _light() -> alt.theme.ThemeConfig:
    return theme(dark=False)


@alt.theme.register("gtm_dark", enable=False)
def _dark() -> alt.theme.ThemeConfig:
    return theme(dark=True)
