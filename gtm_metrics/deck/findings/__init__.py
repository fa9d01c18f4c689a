"""The findings a board may be shown, in the order of a deck. Each is a function of (asked, doors) that gives a Slide,
or in a sentence why there is none: a new one is a file here and a line in FINDINGS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gtm_metrics.deck.asked import Asked, Doors
from gtm_metrics.deck.findings.alternatives import alternatives
from gtm_metrics.deck.findings.best_fit import best_fit
from gtm_metrics.deck.findings.decided import decided
from gtm_metrics.deck.findings.decision import decision
from gtm_metrics.deck.findings.health import health
from gtm_metrics.deck.findings.learned import learned
from gtm_metrics.deck.findings.markets import markets
from gtm_metrics.deck.findings.quarter import quarter
from gtm_metrics.deck.findings.segment import segment
from gtm_metrics.deck.findings.verdict import verdict
from gtm_metrics.deck.slide import Slide

DECK = "board-deck"
"""The path of the page that shows the slides themselves."""


@dataclass(frozen=True)
class Finding:
    """One finding: its name in an address and on the command line, what it is called, what makes its slide, the path of
    the page that shows the same, and that page's window where it is not the deck's."""

    name: str
    label: str
    made: Callable[[Asked, Doors], Slide | str]
    page: str = DECK
    window: str = ""


FINDINGS: tuple[Finding, ...] = (
    Finding("health", "Funnel health", health, ""),
    Finding("quarter", "The quarter", quarter, "", "quarter"),
    Finding("verdict", "The verdict", verdict, "tighten"),
    Finding("decision", "The decision", decision, "tighten"),
    Finding("segment", "A segment", segment, "segment"),
    Finding("best-fit", "Best-fit customers", best_fit, "best-fit"),
    Finding("alternatives", "Alternatives", alternatives, "alternatives"),
    Finding("markets", "Follow-on markets", markets, "follow-on-markets"),
    Finding("decided", "Decisions since the last board", decided),
    Finding("learned", "What was learned and ruled out", learned),
)
NAMES = tuple(finding.name for finding in FINDINGS)


def finding_named(name: str) -> Finding:
    """The finding of this name; KeyError lists the known names."""
    found = next((finding for finding in FINDINGS if finding.name == name), None)
    if found is None:
        raise KeyError(f"no finding is called {name!r}; there are {', '.join(NAMES)}")
    return found
