"""What the tests of decks share: a company with a journal, refreshed once, and readers that are not this program's."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import apps
import pptx
import sqlalchemy as sa

from gtm_metrics import deck, journal
from gtm_metrics.company import read_company
from gtm_metrics.deck.letters import text_width
from gtm_metrics.refresh import refresh
from gtm_metrics.warehouse import connect

TODAY = date(2026, 11, 20)
LINE = 1.22
EMU = 9525


@dataclass(frozen=True)
class Company:
    """A demo company whose last week was judged, and what a deck of it is asked through."""

    doors: deck.Doors
    asked: deck.Asked


def a_company(folder: Path, name: str, by: str = "industry") -> Company:
    """The app called `name`, its journal refreshed once a worker."""
    doors = _doors(folder, name)
    through = doors.warehouse.data_through
    assert through is not None
    return Company(doors, deck.Asked(through, by))


@cache
def _doors(folder: Path, name: str) -> deck.Doors:
    app = apps.with_journal(folder, name, folder / f"deck {name}", ("industry", "employees"))
    company = read_company(app.config, {"GTM_WAREHOUSE": app.url})
    warehouse = connect(company, TODAY)
    file = folder / f"deck {name}" / "journal.sqlite"
    file.unlink(missing_ok=True)
    engine = journal.open_journal(f"sqlite:///{file}")
    refresh(warehouse, company, engine, TODAY, "test")
    return deck.asking(company, warehouse, engine)


def decided(folder: Path) -> deck.Slide:
    """The decisions of a small company whose people have made some, in a journal of their own."""
    company = with_decisions(folder)
    (slide,) = made(company, "decided")
    return slide


def with_decisions(folder: Path) -> Company:
    """A small company whose people have decided four times; one names a customer and a lost deal in its why."""
    company = _with_decisions(folder)
    return replace(company, asked=replace(company.asked, known=TODAY))


@cache
def _with_decisions(folder: Path) -> Company:
    company = a_company(folder, "small")
    file = folder / "deck small" / "decided.sqlite"
    file.unlink(missing_ok=True)
    engine = copied(company.doors.journal, file)
    for day, kind, segment, why, review in DECISIONS:
        dimension = "industry" if segment else ""
        journal.decide(engine, kind, dimension, segment, why, "Anna", date.fromisoformat(day), review)
    return replace(company, doors=replace(company.doors, journal=engine))


def copied(engine: sa.Engine, file: Path) -> sa.Engine:
    """A journal of SQLite once more."""
    with closing(sqlite3.connect(str(engine.url.database))) as before, closing(sqlite3.connect(file)) as after:
        before.backup(after)
    return journal.open_journal(f"sqlite:///{file}")


DECISIONS = (
    ("2026-06-05", "loose", "", "too few deals to choose from", None),
    ("2026-08-10", "thesis", "DTC e-commerce", "Vale Studio asked for it, and so did five of their friends", None),
    ("2026-10-02", "thesis", "Agencies", "Harbour Partners, whom we lost in July, came back by themselves", None),
    ("2026-11-18", "tighten", "DTC e-commerce", "Vale Studio and Merit Outfitters stay; others leave.",
     date(2027, 2, 15)),
)  # fmt: skip
"""day | kind | segment | why | to be looked at again: as people write it."""


def made(company: Company, *names: str) -> tuple[deck.Slide, ...]:
    """The slides of these findings, or of all there are; each made once a worker."""
    return tuple(slide for name in names or deck.NAMES if (slide := _made(company, name)) is not None)


@cache
def _made(company: Company, name: str) -> deck.Slide | None:
    found = deck.deck_of(company.asked, company.doors, (name,), anew=True).slides
    return found[0] if found else None


def opened(data: bytes) -> Any:
    """A PowerPoint file as python-pptx reads it."""
    return pptx.Presentation(BytesIO(data))


def charts(slide: Any) -> list[Any]:
    """The native charts of a slide, from left to right."""
    return [shape.chart for shape in slide.shapes if shape.has_chart]


def xs(series: Any) -> list[float]:
    """The x of a scatter series."""
    tag = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
    return [float(v.text) for v in series._element.find(f"{tag}xVal").iter(f"{tag}v")]


@dataclass(frozen=True)
class Text:
    """A text in its box, all in pixels."""

    text: str
    size: float
    bold: bool
    width: float
    height: float

    @property
    def needs(self) -> tuple[float, float]:
        """Width of its widest line, and height of all of them, when it wraps in its box."""
        lines: list[str] = [""]
        for word in self.text.split(" "):
            longer = f"{lines[-1]} {word}".strip()
            if text_width(longer, self.size, self.bold) <= self.width or not lines[-1]:
                lines[-1] = longer
            else:
                lines.append(word)
        widest = max(text_width(line, self.size, self.bold) for line in lines)
        return widest, len(lines) * self.size * LINE


def texts(slide: Any) -> Iterator[Text]:
    """Every text of a slide: of its boxes, and of the cells of its tables."""
    for shape in slide.shapes:
        if shape.has_text_frame and shape.text_frame.text:
            yield _text(shape.text_frame, shape.width, shape.height)
        if shape.has_table:
            columns, rows = shape.table.columns, shape.table.rows
            for i, row in enumerate(rows):
                for j, column in enumerate(columns):
                    cell = shape.table.cell(i, j)
                    if cell.text_frame.text:
                        across = column.width - cell.margin_left - cell.margin_right
                        down = row.height - cell.margin_top - cell.margin_bottom
                        yield _text(cell.text_frame, across, down)


def _text(frame: Any, width: int, height: int) -> Text:
    run = frame.paragraphs[0].runs[0]
    return Text(frame.text, run.font.size.pt / 0.75, bool(run.font.bold), width / EMU, height / EMU)
