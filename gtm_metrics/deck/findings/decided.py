"""Decisions since the last board: what was decided, by whom, why, and how the evidence stands since."""

from __future__ import annotations

from datetime import date

from gtm_metrics import journal
from gtm_metrics.deck.asked import Asked, Doors
from gtm_metrics.deck.forms import Table
from gtm_metrics.deck.slide import Slide, sheet_of
from gtm_metrics.deck.told import Week, week_of
from gtm_metrics.weeks import add_months, quarter_start
from gtm_metrics.words import board_since as said
from gtm_metrics.words import day
from gtm_metrics.words.gates import as_day
from gtm_metrics.words.numbers import Row

SHOWN = 8


def decided(asked: Asked, doors: Doors) -> Slide | str:
    """The slide; where nothing was decided it says so, which is news to a board as well."""
    since, printed = last_board(asked, doors)
    with journal.reading(doors.journal) as seen:
        every = journal.decisions(seen, asked.decided_by, replaced=True)
    found = [r for r in every.to_dict("records") if since < (as_day(r["decided_at"]) or since) <= asked.decided_by]
    now = week_of(asked, doors)
    cells = tuple(said.line(row, _state(now, row), set(every["replaces"].dropna())) for row in found[::-1])
    nothing = ((day(asked.as_of), said.NOTHING, "", "", ""),)
    kept = every[every["id"].isin([row["id"] for row in found])]
    names = ["decided_at", "kind", "dimension", "segment", "who", "why", "review_on", "replaces"]
    return Slide(
        finding="decided",
        over=f"Decisions since the last board · {day(since)} to {day(asked.decided_by)}",
        headline=said.title(found, since),
        paragraph=said.paragraph(found, since, printed, len(cells) - SHOWN),
        forms=(Table(said.COLUMNS, cells[:SHOWN] or nothing, (1.0, 1.7, 1.0, 3.2, 1.7)),),
        footnote=said.note(since, asked.as_of, printed),
        notes="Decisions stand in the journal with the evidence of their day; none is changed, only taken back.",
        sheets=(sheet_of("Decisions", kept[names].reset_index(drop=True)),),
    )


def last_board(asked: Asked, doors: Doors) -> tuple[date, bool]:
    """The day of the last deck that was printed for an earlier day, and that there is one; else the end of the
    quarter before the last one."""
    with journal.reading(doors.journal) as seen:
        before = journal.last_printed(seen, asked.as_of)
    if before is not None:
        return before, True
    return add_months(quarter_start(asked.as_of, doors.company.fiscal_year_starts), -3), False


def _state(now: Week | None, row: Row) -> Row | None:
    return now.row((row["dimension"], row["segment"])) if now else None
