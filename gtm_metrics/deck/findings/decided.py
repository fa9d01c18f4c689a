"""Decisions since the last board: what was decided, by whom, why, and how the evidence stands since."""

from __future__ import annotations

from datetime import date

from gtm_metrics import journal
from gtm_metrics.deck.asked import Asked, Doors
from gtm_metrics.deck.forms import Table
from gtm_metrics.deck.slide import Slide, sheet_of
from gtm_metrics.deck.week import Week, week_of
from gtm_metrics.weeks import add_months, quarter_start
from gtm_metrics.words import board_since as said
from gtm_metrics.words import day, signal
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
    replaced = set(every["replaces"].dropna())
    ids = {row["id"] for row in found}
    standing = [] if now is None else [row for row in now.decisions.to_dict("records") if row["id"] not in ids]
    cells = tuple(said.line(row, _state(now, row), replaced) for row in [*found[::-1], *standing[::-1]])
    verdict = signal.title(now.told, now.row(now.told.key), markdown=False) if now else ""
    table = Table(said.COLUMNS, cells[:SHOWN], (1.0, 1.7, 1.0, 3.2, 1.7), size=16.0)
    if not cells:
        table = Table(
            said.WITHOUT, ((day(asked.as_of), said.NOTHING, verdict or said.NOT_JUDGED),), (1, 2, 3), size=16.0
        )
    kept = every[every["id"].isin([row["id"] for row in found])]
    names = ["decided_at", "kind", "dimension", "segment", "who", "why", "review_on", "replaces"]
    return Slide(
        finding="decided",
        over=f"Decisions since the last board · {day(since)} to {day(asked.decided_by)}",
        headline=said.title(found, since),
        paragraph=said.paragraph(found, len(standing), len(cells) - SHOWN),
        forms=(table,),
        footnote=said.note(since, asked.as_of, printed, len(found)),
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
