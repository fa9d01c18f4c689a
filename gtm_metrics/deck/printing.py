"""Printing a deck: slides that were printed before under the same filters come back as they were, others are made and
kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from gtm_metrics import __version__, journal
from gtm_metrics.deck.asked import Asked, Doors
from gtm_metrics.deck.findings import finding_named
from gtm_metrics.deck.slide import Slide, slide_from


@dataclass(frozen=True)
class Deck:
    """The slides of a deck, in the order asked for.

    kept      names of the findings that were printed before and stand as they were
    left_out  name -> why there is no slide
    """

    slides: tuple[Slide, ...]
    kept: tuple[str, ...]
    left_out: dict[str, str]

    def without_names(self) -> Deck:
        """The deck with account names hidden."""
        return Deck(tuple(slide.hidden() for slide in self.slides), self.kept, self.left_out)


def deck_of(asked: Asked, doors: Doors, names: Sequence[str], anew: bool = False) -> Deck:
    """The slides of these findings: as printed before where they were, unless `anew`. Nothing is kept by this.

    Raises Refused for a dimension or a window that is not known, WarehouseError and JournalError.
    """
    before = {} if anew else _printed(asked, doors, names)
    slides: list[Slide] = []
    left_out = {}
    for name in names:
        made = before.get(name) or finding_named(name).made(asked, doors)
        if isinstance(made, Slide):
            slides.append(made)
        else:
            left_out[name] = made
    return Deck(tuple(slides), tuple(before), left_out)


def keep(engine: sa.Engine, deck: Deck, asked: Asked, who: str, today: date, anew: bool = False) -> None:
    """Keeps the slides of a deck that leaves the house, so that the same deck gives the same figures ever after."""
    made = {slide.finding: slide.as_json() for slide in deck.slides if anew or slide.finding not in deck.kept}
    if made:
        journal.keep_slides(engine, made, asked.filters, asked.as_of, __version__, who, today, anew)


def _printed(asked: Asked, doors: Doors, names: Sequence[str]) -> dict[str, Slide]:
    with journal.reading(doors.journal) as seen:
        found = {name: journal.printed(seen, name, asked.filters) for name in names}
    return {name: slide_from(kept) for name, kept in found.items() if kept is not None}
