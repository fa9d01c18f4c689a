"""Tables that leave the product say what the screen says, and no name in them can act."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gtm_metrics.exports import HIDDEN, csv_of, defused, without_names, xlsx_of

TABLE = pd.DataFrame(
    {
        "Account": ["=1+1", "@SUM(A1)", "Müller, \"Söhne\"", "-5", "+49 30", "\t=cmd", " =HYPERLINK(1)", None],
        "Reasons": [("referred by =x", "answered"), (), ["one"], [], [], [], [], []],
        "MRR": [1.5, 2, -3, float("nan"), 0, 0, 0, 0],
        "On": pd.to_datetime(["2026-11-22", None, "2026-01-02", None, None, None, None, None]),
    }
)


def rows(text: bytes) -> list[list[str]]:
    """The cells of a CSV."""
    return list(csv.reader(io.StringIO(text.decode("utf-8-sig"), newline="")))


def strings(book: bytes) -> list[str]:
    """Every text of a workbook."""
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        return re.findall(r"<t[^>]*>([^<]*)</t>", parts.read("xl/sharedStrings.xml").decode())


def sheet(book: bytes) -> str:
    """The first sheet's XML."""
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        return parts.read("xl/worksheets/sheet1.xml").decode()


def test_no_name_in_a_csv_is_a_formula() -> None:
    """Text that begins like a formula, also behind spaces, gets an apostrophe; negative numbers stay numbers."""
    found = rows(csv_of(TABLE))
    assert found[0] == ["Account", "Reasons", "MRR", "On"]
    assert [row[0] for row in found[1:]] == [
        "'=1+1", "'@SUM(A1)", 'Müller, "Söhne"', "'-5", "'+49 30", "'\t=cmd", "' =HYPERLINK(1)", ""]
    assert [row[2] for row in found[1:5]] == ["1.5", "2.0", "-3.0", ""]
    assert found[1][1] == "referred by =x; answered"
    assert [row[3] for row in found[1:4]] == ["2026-11-22", "", "2026-01-02"]


@given(st.text(max_size=20))
def test_whatever_the_text_is_a_csv_cell_does_not_begin_a_formula(text: str) -> None:
    """A cell of text never begins, after spaces, with what a spreadsheet calculates, and the text is all there."""
    cell = defused(text)
    assert not cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert cell.removeprefix("'") == text or cell == text


def test_a_workbook_holds_text_numbers_and_days_and_no_formula() -> None:
    """Names stand as they are, as text; the sheet has numbers and days in their own kind, and nothing calculates."""
    book = xlsx_of({"Targets": TABLE}, "Look-alikes")
    assert {"=1+1", "@SUM(A1)", "-5", "referred by =x; answered"} <= set(strings(book))
    assert "<f>" not in sheet(book)
    assert "<v>1.5</v>" in sheet(book)
    days = (date(2026, 11, 22) - date(1899, 12, 30)).days
    assert f"<v>{days}</v>" in sheet(book)


def test_a_workbook_of_nothing_still_opens() -> None:
    """A table without rows keeps its headings."""
    assert "Account" in strings(xlsx_of({"Targets": TABLE.iloc[:0]}))


@pytest.mark.parametrize("name", ["", "x" * 32, "a/b", "a:b"])
def test_a_sheet_that_cannot_be_called_so_is_refused(name: str) -> None:
    """The message names the sheet and what may stand in a name."""
    with pytest.raises(ValueError, match="1 to 31 characters"):
        xlsx_of({name: TABLE})


def test_names_are_taken_out() -> None:
    """With names hidden a line keeps its numbers, and nothing of the name or its address is left."""
    shown = without_names(TABLE.assign(CRM="https://crm/1"), {"Account": HIDDEN, "CRM": ""})
    assert shown["Account"].tolist()[:2] == ["Account 1", "Account 2"]
    assert shown["CRM"].isna().all()
    assert b"crm" not in csv_of(shown)
    assert TABLE["Account"].iloc[0] == "=1+1"


def test_what_a_cell_cannot_hold_is_told_in_it() -> None:
    """A text of 40,000 characters is cut and says so, infinity and a number of 20 digits are texts, half a letter a
    question mark, control characters are written as Excel writes them; one of 10,000 is all there."""
    odd = {"Note": ["x" * 40_000, "y" * 10_000, "a\udcffb", "\x1b[31mred\x00", float("inf"), 12345678901234567890]}
    held = strings(xlsx_of({"Odd": pd.DataFrame(odd, dtype=object)}))
    cut, whole, half, control, infinite, large = held[1:]
    assert cut.endswith("x … (cut)")
    assert len(cut) == 32_767
    assert whole == "y" * 10_000
    assert half == "a?b"
    assert control == "_x001B_[31mred_x0000_"
    assert (infinite, large) == ("inf", "12345678901234567890")
    assert rows(csv_of(pd.DataFrame(odd, dtype=object)))[3] == ["a?b"]
