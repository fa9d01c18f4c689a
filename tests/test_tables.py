"""What pages list: columns in which nobody said anything, gaps in words, stages, orders and links."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from gtm_metrics import alternatives as judged
from gtm_metrics import definitions, tables
from gtm_metrics.controls import show
from gtm_metrics.tables import alternatives as tables_alternatives
from gtm_metrics.tables import markets as tables_markets
from gtm_metrics.tables.cells import said_of_any, value_cell


def test_a_column_in_which_nobody_said_anything_leaves_its_room() -> None:
    """Of the columns named those without a word are gone; a zero is a word, and other columns stay as they are."""
    frame = pd.DataFrame({"a": ["", None], "b": ["", "x"], "c": [0, 0], "d": ["", ""]})
    assert list(said_of_any(frame, ("a", "b", "c"))) == ["b", "c", "d"]
    assert list(said_of_any(frame.iloc[:0], ("a",))) == ["b", "c", "d"]


@pytest.mark.parametrize(("name", "row", "told"), [
    ("narrow_close_rate", {"value": None, "n": 22, "met": 10, "status": "too_early"}, "10 / 22"),
    ("ended_subscriptions", {"value": 37.0, "n": 37, "status": "ok"}, "37"),
    ("customers", {"value": 1204.0, "n": 1204, "status": "ok"}, "1,204"),
    ("effort_per_win", {"value": 7.24, "n": 59, "status": "ok"}, "7.2"),
    ("nrr", {"value": None, "n": 0, "status": "ok"}, "–"),
])  # fmt: skip
def test_a_measure_is_told_in_its_unit(name: str, row: dict[str, Any], told: str) -> None:
    """Counts where a share rests on too few, whole numbers of what is counted, a dash where there is nothing."""
    assert value_cell(name, row, "$") == told


def test_what_a_gap_hides_is_told_in_a_line() -> None:
    """Three numbers are named and the others counted; where all are by one attribute it is named once."""
    by = "Response rate by Region; Close rate by Region; Monthly churn by Region"
    hidden = [by, "Close rate by Region", "Close rate", "A; B; C; D; E", "A by Region; B by Team", ""]
    frame = pd.DataFrame([{"gap": "x", "share": 0.5, "n": 1, "of": 2, "mend": "", "switches_off": each}
                          for each in hidden])  # fmt: skip
    assert tables.gaps(frame)["What it hides"].tolist() == [
        "3 numbers by Region", "Close rate by Region", "Close rate", "A; B; C; and 2 more", "A by Region; B by Team", ""
    ]  # fmt: skip


def test_what_is_not_set_stands_last_among_segments() -> None:
    """Deals of accounts whose attribute nobody filled in are listed under the segments that have a name."""
    deals = pd.DataFrame([("(not set)", "x", "won", 2), ("Zoo", "x", "lost", 3), ("Art", "x", "won", 1)],
                         columns=["segment", "alternative", "outcome", "n"])  # fmt: skip
    assert tables_alternatives.by_segment(judged.alternatives(deals, 30))["Segment"].tolist() == [
        "Art", "Zoo", "(not set)"]


@pytest.mark.parametrize(("years", "told"), [((0, 0), None), ((None, None), "not connected"), ((4, 0), "1 of 4")])
def test_nothing_of_nothing_is_no_number(years: tuple[Any, Any], told: str | None) -> None:
    """Where no subscription is a year old there is no column of those that ended; one without any has a dash."""
    rows = [{"band": band, "won": 9, "decided": 20, "close_rate": None, "low": None, "high": None, "year": year,
             "ended": 1 if year else year, "ended_share": None} for band, year in zip("ab", years, strict=True)]
    shown = tables_alternatives.discounts(pd.DataFrame(rows, dtype=object))
    assert (tables_alternatives.AGED in shown) == (told is not None)
    if told:
        assert shown[tables_alternatives.AGED].tolist() == [told, told if None in years else "–"]


def test_the_order_has_no_market_where_nobody_gave_its_size() -> None:
    """The share is then one of the accounts we know in every row, and says so in the note alone."""
    pin = {"order": 1, "segment": "A", "status": "next", "customers": 9, "market": None, "share": 0.1, "ease": 0.2,
           "share_of": "accounts we know", "benefit": 0.3, "score": 0.06, "left": 4, "open_deals": 2, "requests": 1,
           "certainty": 0.9, "weak": False, "leadership": None, "owner": None}  # fmt: skip
    bare = tables_markets.order(pd.DataFrame([pin], dtype=object))
    assert not {"Market", "Leads", "Owner"} & set(bare)
    assert bare["Share"].tolist() == ["10\u00a0%"]
    sized = pin | {"segment": "B", "market": 90, "market_source": "register", "share_of": "market", "owner": "Ben"}
    both = tables_markets.order(pd.DataFrame([pin, sized], dtype=object))
    assert both["Market"].tolist() == ["no size", "90 (register)"]
    assert both["Share"].tolist() == ["10\u00a0% of the accounts we know", "10\u00a0% of the market"]
    assert both["Owner"].tolist() == ["", "Ben"]


def test_definitions_are_headed_in_words() -> None:
    """No name of a column as the code has it stands over a table that a page shows."""
    every = (definitions.setting_definitions(), definitions.table_definitions())
    heads = [head for frame in every for head in definitions.headed(frame)]
    assert "One row per" in heads
    assert all(head[0].isupper() and "_" not in head for head in heads)


@pytest.mark.parametrize("url", ["https://crm.example/a?b=(1)&c=<x>", "https://crm.example/a> [x](javascript:y)\n- z"])
def test_an_address_in_a_short_table_is_a_link_and_nothing_else(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """It opens as "open"; nothing in it ends the link early, and where there is no address the cell is empty."""
    held = []
    monkeypatch.setattr(show.st, "table", lambda frame, **_: held.append(frame))
    show.table(pd.DataFrame({"Account": ["*A*", "B"], "CRM": [url, None]}), "accounts")
    first, second = held[0]["CRM"]
    assert first.startswith("[open](<https://crm.example/a")
    assert first.endswith(">)")
    assert not set("<>\n ") & set(first[len("[open](<") : -len(">)")])
    assert (second, held[0].loc[0, "Account"]) == ("", "\\*A\\*")
