"""A slide: the finding as its headline, what shows it, and what travels with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import pandas as pd

from gtm_metrics.deck.forms import Form, Table, as_json, from_json
from gtm_metrics.exports import HIDDEN
from gtm_metrics.journal import JournalError, plain
from gtm_metrics.words import ELLIPSIS, shortened
from gtm_metrics.words.findings import TITLE_WORDS

WRITTEN = ("why",)
"""Columns, in small letters, that hold what people wrote."""
LEFT_OUT, LEFT_OUT_NOTE = "(left out with the names)", "Names are hidden: what people wrote is left out."


@dataclass(frozen=True)
class Sheet:
    """A table of the workbook; `accounts` are its columns that name accounts. Days are ISO text."""

    name: str
    columns: tuple[str, ...]
    cells: tuple[tuple[Any, ...], ...]
    accounts: tuple[str, ...] = ()

    @property
    def frame(self) -> pd.DataFrame:
        """The table as a frame, its cells as they are."""
        return pd.DataFrame(list(self.cells), columns=list(self.columns), dtype=object)


@dataclass(frozen=True)
class Slide:
    """One finding for a board.

    finding       its name in FINDINGS
    over          the small line over the headline
    headline      the finding in at most 15 words, computed from the data
    paragraph     the finding in sentences whose numbers are the chart's
    forms         what shows it, side by side; `shares` their parts of the width, or of the height where they are
                  `stacked`
    footnote      definition, n, period, as of, filters
    notes         definitions for whoever speaks
    sheets        the tables behind it
    written       what people wrote that stands in the paragraph: it may name accounts
    """

    finding: str
    over: str
    headline: str
    paragraph: str
    forms: tuple[Form, ...]
    footnote: str
    notes: str
    sheets: tuple[Sheet, ...] = ()
    shares: tuple[float, ...] = field(default=(1.0,))
    stacked: bool = False
    written: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        # every finding words its own; a longer one is cut rather than kept from the board
        if len(self.headline.split()) > TITLE_WORDS:
            object.__setattr__(self, "headline", " ".join(self.headline.split()[:TITLE_WORDS]) + ELLIPSIS)

    def hidden(self) -> Slide:
        """The slide with account names hidden, in its tables and in its workbook; what people wrote is left out, since
        it may name anybody, and the footnote says so."""
        forms = tuple(_without_names(form) if isinstance(form, Table) else form for form in self.forms)
        paragraph = self.paragraph
        for text in self.written:
            paragraph = paragraph.replace(text, LEFT_OUT)
        out = paragraph != self.paragraph or any(
            LEFT_OUT in row for form in forms if isinstance(form, Table) for row in form.cells
        )
        footnote = f"{self.footnote} {LEFT_OUT_NOTE}" if out else self.footnote
        sheets = tuple(map(_sheet_without_names, self.sheets))
        return replace(self, forms=forms, sheets=sheets, paragraph=paragraph, footnote=footnote)

    def as_json(self) -> dict[str, Any]:
        """The slide as the journal keeps it."""
        texts = ("finding", "over", "headline", "paragraph", "footnote", "notes", "shares", "stacked", "written")
        sheets = [{"name": s.name, "columns": s.columns, "cells": s.cells, "accounts": s.accounts} for s in self.sheets]
        kept = {name: getattr(self, name) for name in texts}
        found: dict[str, Any] = plain({**kept, "forms": [as_json(form) for form in self.forms], "sheets": sheets})
        return found


def slide_from(kept: Mapping[str, Any]) -> Slide:
    """The slide that was kept. Raises JournalError for one that no program kept so."""
    try:
        return _slide_from(kept)
    except (KeyError, TypeError, ValueError, AttributeError) as odd:
        called = shortened(kept.get("finding", "?"), 40)
        raise JournalError(
            f"the slide {called} that the journal keeps cannot be read ({type(odd).__name__}: {shortened(odd, 80)}); "
            "print the deck anew"
        ) from odd


def _slide_from(kept: Mapping[str, Any]) -> Slide:
    sheets = tuple(
        Sheet(one["name"], tuple(one["columns"]), tuple(tuple(c) for c in one["cells"]), tuple(one["accounts"]))
        for one in kept["sheets"]
    )
    if any(len(cells) != len(sheet.columns) for sheet in sheets for cells in sheet.cells):
        raise ValueError("a sheet's rows are not as wide as its head")
    forms = tuple(from_json(one) for one in kept["forms"])
    texts = {name: kept[name] for name in ("finding", "over", "headline", "paragraph", "footnote", "notes")}
    # slides kept by an earlier version do not say what of them people wrote
    written = kept.get("written", (kept["paragraph"],) if kept["finding"] == "decision" else ())
    look = {"shares": tuple(kept["shares"]), "stacked": kept.get("stacked", False), "written": tuple(written)}
    return Slide(**texts, forms=forms, sheets=sheets, **look)


def sheet_of(name: str, frame: pd.DataFrame, accounts: tuple[str, ...] = ()) -> Sheet:
    """A frame as a table of the workbook: plain numbers, days as ISO text, lists and groups in words."""
    columns = tuple(str(column) for column in frame.columns)
    rows = [tuple(_cell(value) for value in row) for row in frame.itertuples(index=False, name=None)]
    return Sheet(name, columns, tuple(rows), accounts)


def _cell(value: Any) -> Any:
    if isinstance(value, Mapping):
        return "; ".join(f"{name} = {one}" for name, one in value.items())
    if isinstance(value, list | tuple):
        return "; ".join(str(one) for one in value)
    return value.isoformat()[:10] if isinstance(value, date) else plain(value)


def _without_names(table: Table) -> Table:
    return replace(table, cells=_hidden(table.columns, table.cells, table.accounts))


def _sheet_without_names(sheet: Sheet) -> Sheet:
    places = [sheet.columns.index(name) for name in sheet.accounts]
    return replace(sheet, cells=_hidden(sheet.columns, sheet.cells, places))


def _hidden(columns: Sequence[str], cells: Sequence[tuple[Any, ...]], accounts: Sequence[int]) -> Any:
    """Cells with accounts numbered by their line, and without what people wrote."""
    written = {place for place, name in enumerate(columns) if name.lower() in WRITTEN}

    def shown(line: int, place: int, cell: Any) -> Any:
        if not cell:
            return cell
        return HIDDEN.format(line) if place in accounts else LEFT_OUT if place in written else cell

    return tuple(
        tuple(shown(line, place, cell) for place, cell in enumerate(row)) for line, row in enumerate(cells, start=1)
    )
