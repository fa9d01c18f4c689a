"""A slide: the finding as its headline, what shows it, and what travels with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import pandas as pd

from gtm_metrics.deck.forms import Form, Table, as_json, from_json
from gtm_metrics.exports import HIDDEN
from gtm_metrics.journal import plain
from gtm_metrics.words import ELLIPSIS
from gtm_metrics.words.findings import TITLE_WORDS


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

    def __post_init__(self) -> None:
        # every finding words its own; a longer one is cut rather than kept from the board
        if len(self.headline.split()) > TITLE_WORDS:
            object.__setattr__(self, "headline", " ".join(self.headline.split()[:TITLE_WORDS]) + ELLIPSIS)

    def hidden(self) -> Slide:
        """The slide with account names hidden, in its tables and in its workbook."""
        forms = tuple(_without_names(form) if isinstance(form, Table) else form for form in self.forms)
        return replace(self, forms=forms, sheets=tuple(map(_sheet_without_names, self.sheets)))

    def as_json(self) -> dict[str, Any]:
        """The slide as the journal keeps it."""
        texts = ("finding", "over", "headline", "paragraph", "footnote", "notes", "shares", "stacked")
        sheets = [{"name": s.name, "columns": s.columns, "cells": s.cells, "accounts": s.accounts} for s in self.sheets]
        kept = {name: getattr(self, name) for name in texts}
        found: dict[str, Any] = plain({**kept, "forms": [as_json(form) for form in self.forms], "sheets": sheets})
        return found


def slide_from(kept: Mapping[str, Any]) -> Slide:
    """The slide that was kept."""
    sheets = tuple(
        Sheet(one["name"], tuple(one["columns"]), tuple(tuple(c) for c in one["cells"]), tuple(one["accounts"]))
        for one in kept["sheets"]
    )
    forms = tuple(from_json(one) for one in kept["forms"])
    texts = {name: kept[name] for name in ("finding", "over", "headline", "paragraph", "footnote", "notes")}
    return Slide(**texts, forms=forms, sheets=sheets, shares=tuple(kept["shares"]), stacked=kept.get("stacked", False))


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
    cells = tuple(
        tuple(HIDDEN.format(line) if place in table.accounts and cell else cell for place, cell in enumerate(row))
        for line, row in enumerate(table.cells, start=1)
    )
    return replace(table, cells=cells)


def _sheet_without_names(sheet: Sheet) -> Sheet:
    places = [sheet.columns.index(name) for name in sheet.accounts]
    cells = tuple(
        tuple(HIDDEN.format(line) if place in places and cell else cell for place, cell in enumerate(row))
        for line, row in enumerate(sheet.cells, start=1)
    )
    return replace(sheet, cells=cells)
