"""Printing a deck: slides that were printed before under the same filters come back as they were, others are made and
kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import sqlalchemy as sa

from gtm_metrics import __version__, journal
from gtm_metrics.deck.asked import Asked, Doors
from gtm_metrics.deck.findings import NAMES, finding_named
from gtm_metrics.deck.slide import Slide, slide_from
from gtm_metrics.deck.view import view_of

NOT_KEPT = "it was not printed before, and the warehouse does not answer"


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
            slides.append(made if name in before else _led_back(made, asked, doors))
        else:
            left_out[name] = made
    return Deck(tuple(slides), tuple(before), left_out)


def _led_back(slide: Slide, asked: Asked, doors: Doors) -> Slide:
    """The slide whose notes say where the dashboard shows it."""
    address = view_of(doors.company.dashboard_url, slide.finding, asked)
    return replace(slide, notes=f"{slide.notes}\nThis view: {address}") if address else slide


def kept_deck(engine: sa.Engine, given: Mapping[str, str], names: Sequence[str] = ()) -> tuple[Asked, Deck] | None:
    """The deck as the journal alone holds it: the newest of these filters (a part of Asked.filters) that holds every
    one of `names`, or what it holds where none are named; None where there is none."""
    with journal.reading(engine) as seen:
        decks: dict[str, dict[str, str]] = {}
        holds: dict[str, set[str]] = {}
        for finding, filters in journal.printings(seen):
            key = repr(sorted(filters.items()))
            decks.setdefault(key, filters)
            holds.setdefault(key, set()).add(finding)
        for key, filters in decks.items():
            if given.items() <= filters.items() and set(names) <= holds[key]:
                as_of = date.fromisoformat(filters["as_of"])
                asked = Asked(as_of, filters["by"], filters["window"], filters["segment"])
                wanted = [name for name in names or NAMES if name in holds[key]]
                found = {name: journal.printed(seen, name, filters) for name in wanted}
                slides = tuple(slide_from(kept) for kept in found.values() if kept is not None)
                left_out = {} if names else {name: NOT_KEPT for name in NAMES if name not in holds[key]}
                return asked, Deck(slides, tuple(found), left_out)
    return None


def keep(engine: sa.Engine, deck: Deck, asked: Asked, who: str, today: date, anew: bool = False) -> None:
    """Keeps the slides of a deck that leaves the house, so that the same deck gives the same figures ever after."""
    made = {slide.finding: slide.as_json() for slide in deck.slides if anew or slide.finding not in deck.kept}
    if made:
        journal.keep_slides(engine, made, asked.filters, asked.as_of, __version__, who, today, anew)


def _printed(asked: Asked, doors: Doors, names: Sequence[str]) -> dict[str, Slide]:
    with journal.reading(doors.journal) as seen:
        found = {name: journal.printed(seen, name, asked.filters) for name in names}
    return {name: slide_from(kept) for name, kept in found.items() if kept is not None}
