"""The way back: the address at which the dashboard shows what a slide says, with the slide's filters."""

from __future__ import annotations

from urllib.parse import urlencode

from gtm_metrics.deck.asked import Asked
from gtm_metrics.deck.findings import DECK, finding_named


def view_of(dashboard: str, name: str, asked: Asked) -> str:
    """The address of the view behind a finding: its page with the deck's filters, so that it shows the same figures
    for as long as the data stand still. `dashboard` is where it is opened; '' gives ''."""
    if not dashboard:
        return ""
    finding = finding_named(name)
    filters = {**asked.filters, "window": finding.window or asked.window}
    filters |= {"slides": name} if finding.page == DECK else {}
    given = urlencode({key: value for key, value in filters.items() if value})
    return f"{dashboard.rstrip('/')}/{finding.page}?{given}"
