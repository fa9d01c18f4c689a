"""Tables that leave the product: CSV and workbooks in which no name from a CRM can act as a formula."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from io import BytesIO
from math import isfinite
from typing import Any

import pandas as pd

ACTS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for the beginning of a formula, or skips to find one (OWASP, CSV injection)."""

HIDDEN = "Account {}"
NAMING = {"account": HIDDEN, "account_id": "", "row_id": "", "owner": "", "owner_id": "", "contact": "", "domain": "",
          "crm": "", "who": "", "with": "", "champion": "", "referred by": "", "heard by": ""}  # fmt: skip
"""Columns, in small letters, that say who somebody is, and what stands in their place where names are taken out."""
WIDEST = 60
LONGEST = 32_767
"""Characters a workbook's cell may hold (Excel's limits); of a longer text the beginning stands, and that it is cut."""
CUT = " … (cut)"


def defused(value: Any) -> Any:
    """The value as a CSV cell; text that a spreadsheet would calculate gets an apostrophe in front. Numbers stay."""
    if isinstance(value, list | tuple):
        value = "; ".join(str(one) for one in value)
    if isinstance(value, str) and value.lstrip(" ").startswith(ACTS):
        return f"'{value}"
    return value


def plain_line(text: str) -> str:
    """The text as one line in which nothing acts: control characters and marks of direction become spaces."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def csv_of(frame: pd.DataFrame) -> bytes:
    """The table as CSV in UTF-8 with its byte order mark, by which Excel knows it; days are ISO dates."""
    plain = frame.rename(columns=defused)
    for name in plain.columns:
        plain[name] = pd.Series([defused(_day(value)) for value in plain[name].tolist()], plain.index, dtype=object)
    return plain.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig", "replace")


def xlsx_of(sheets: Mapping[str, pd.DataFrame], title: str = "") -> bytes:
    """The tables as a workbook, a sheet each: text is text, numbers numbers, days days; the first row stays in sight.

    Raises ValueError for a name that no sheet may have (empty, over 31 characters, or with one of []:*?/\\).
    """
    import xlsxwriter

    for name in sheets:
        if not 1 <= len(name) <= 31 or set(name) & set("[]:*?/\\"):
            raise ValueError(f"a sheet cannot be called {name!r}; it takes 1 to 31 characters without []:*?/\\")
    held = BytesIO()
    # no string is ever read as a formula, a number or an address
    safe = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with xlsxwriter.Workbook(held, safe) as book:
        book.set_properties({"title": title})
        bold, on = book.add_format({"bold": True}), book.add_format({"num_format": "d mmm yyyy"})
        for name, frame in sheets.items():
            _sheet(book.add_worksheet(name), frame, bold, on)
    return held.getvalue()


def _sheet(sheet: Any, frame: pd.DataFrame, bold: Any, on: Any) -> None:
    sheet.freeze_panes(1, 0)
    for place, column in enumerate(frame.columns):
        sheet.write_string(0, place, str(column), bold)
        widest = len(str(column))
        for line, value in enumerate((_day(one) for one in frame[column].tolist()), start=1):
            if isinstance(value, list | tuple):
                value = "; ".join(str(one) for one in value)
            if value is None:
                continue
            if isinstance(value, date):
                sheet.write_datetime(line, place, value, on)
            elif isinstance(value, bool):
                sheet.write_boolean(line, place, value)
            elif isinstance(value, int | float) and isfinite(value) and value == float(value):
                sheet.write_number(line, place, value)
            else:
                sheet.write_string(line, place, _held(str(value)))
            widest = max(widest, 11 if isinstance(value, date) else len(str(value)))
        sheet.set_column(place, place, min(widest, WIDEST) + 2)
    if len(frame.columns):
        sheet.autofilter(0, 0, max(len(frame), 1), len(frame.columns) - 1)


def _held(text: str) -> str:
    """The text as a cell holds it: half a letter is a question mark, and no more of it than there is room for."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    return text if len(text) <= LONGEST else f"{text[: LONGEST - len(CUT)]}{CUT}"


def without_names(frame: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    """The table with names taken out: `columns` -> what stands in their place, numbered by line; '' leaves it empty."""
    shown = frame.copy()
    for column, instead in columns.items():
        if column in shown:
            cells = [instead.format(line) if instead else None for line in range(1, len(shown) + 1)]
            shown[column] = pd.Series(cells, shown.index, dtype=object)
    return shown


def nameless(frame: pd.DataFrame) -> pd.DataFrame:
    """The table without what NAMING lists, however its columns are spelled: "Account id" is account_id."""
    spelled = {str(name): str(name).casefold().replace(" ", "_") for name in frame.columns}
    known = {name.replace(" ", "_"): instead for name, instead in NAMING.items()}
    return without_names(frame, {name: known[plain] for name, plain in spelled.items() if plain in known})


def _day(value: Any) -> Any:
    """Instants at midnight as days, what is missing as None, numbers plain."""
    if value is None or value is pd.NaT or (not isinstance(value, list | tuple | str) and pd.isna(value)):
        return None
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, datetime) and (value.hour, value.minute, value.second, value.microsecond) == (0, 0, 0, 0):
        return value.date()
    return value
