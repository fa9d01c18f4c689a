"""The way back: the address at which the dashboard shows what a slide says, with the slide's filters."""

from __future__ import annotations

from urllib.parse import urlencode

from gtm_metrics.deck.asked import Asked

PAGES = {
    "health": "",
    "quarter": "",
    "verdict": "tighten",
    "decision": "tighten",
    "segment": "segment",
    "best-fit": "best-fit",
    "alternatives": "alternatives",
    "markets": "follow-on-markets",
}
"""The page of a finding; any other is shown by the board deck itself."""
DECK = "board-deck"


def view_of(dashboard: str, finding: str, asked: Asked) -> str:
    """The address of the view behind a finding: its page with the deck's filters, so that it shows the same figures
    for as long as the data stand still. `dashboard` is where it is opened; '' gives ''."""
    if not dashboard:
        return ""
    filters = {name: value for name, value in asked.filters.items() if value}
    if finding == "quarter":
        filters["window"] = "quarter"
    if finding not in PAGES:
        filters["slides"] = finding
    return f"{dashboard.rstrip('/')}/{PAGES.get(finding, DECK)}?{urlencode(filters)}"
