"""The signal on pages, without a browser: what each company is told, that what is shown agrees with the verdict,
and what stands where nothing can be told. Every journal lies in the test's own folder."""

from __future__ import annotations

import os
import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from unittest import mock

import apps
import numpy as np
import pandas as pd
import pytest
import streamlit as st
from visits import Seen, Visitor, seen

from gtm_metrics import journal, words
from gtm_metrics.company import read_company
from gtm_metrics.controls import week as weekly
from gtm_metrics.controls.connected import Place
from gtm_metrics.rules import Rules
from gtm_metrics.warehouse import Warehouse, WarehouseError, connect

pytestmark = pytest.mark.xdist_group("pages signal")

SUBJECT = "DTC e-commerce"
WATCHED = "Every watched segment and its evidence"
HOLDS = "Whether the lead is still there with less data"
LIKE = "Whether the lead is there among its like"
MOVED = "The change of everyone's close rate, by segment and by part"
SHARED = "Watched segments that share accounts"
DECISIONS = "Decisions, the newest first"
DELIVERED = "Promised against delivered"


@pytest.fixture(scope="module")
def warehouses(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the session's warehouses lie."""
    return apps.shared_folder(tmp_path_factory)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where this module's journals lie."""
    return tmp_path_factory.mktemp("signal")


@pytest.fixture(scope="module")
def visitor(warehouses: Path) -> Visitor:
    """Opens pages."""
    return Visitor(warehouses, {})


COMPANIES: dict[str, tuple[str, tuple[str, ...]]] = {
    "winner": ("winner", ()),
    "no-winner": ("no-winner", ()),
    "young": ("young", ()),
    "small": ("small", ()),
    "empty": ("headers", ()),
    "accounts only": ("accounts only", ()),
    "one segment": ("odd", ("copy",)),
    "odd names": ("odd", ("hostile", "long")),
}
"""A company by name: its warehouse, and the dimensions it watches where those are not the usual ones."""


@pytest.fixture(scope="module")
def companies(warehouses: Path, own: Path) -> dict[str, apps.App]:
    """Every company with a journal of its own, refreshed by whoever opens it first."""
    return {
        name: apps.with_journal(warehouses, warehouse, own / name.replace(" ", "-"), watched)
        for name, (warehouse, watched) in COMPANIES.items()
    }


def copied(app: apps.App, other: apps.App) -> None:
    """The one company's journal becomes the other's; what still stands in its write-ahead log comes along."""
    files = [each.journal.removeprefix("sqlite:///") for each in (app, other)]
    with closing(sqlite3.connect(files[0])) as held, closing(sqlite3.connect(files[1])) as target:
        held.backup(target)


class Opened:
    """(company, page, **query) -> what is seen there, each page opened once."""

    def __init__(self, visitor: Visitor, companies: dict[str, apps.App]) -> None:
        self.visitor, self.companies = visitor, companies
        self.found: dict[Any, Seen] = {}

    def __call__(self, name: str, page: str, **query: str) -> Seen:
        key = (name, page, *sorted(query.items()))
        if key not in self.found:
            self.found[key] = seen(self.visitor.opened(self.companies[name], page, **query))
        return self.found[key]


@pytest.fixture(scope="module")
def opened(visitor: Visitor, companies: dict[str, apps.App]) -> Opened:
    """What is seen of the companies."""
    return Opened(visitor, companies)


def assert_fine(page: Seen) -> None:
    """No exception, one title of a sentence's length, and nothing missing printed."""
    assert page.exceptions == ()
    assert len(page.titles) == 1
    assert 3 <= len(page.titles[0].replace(words.NO_BREAK, " ").split()) <= 15, page.titles[0]
    assert not re.search(r"\b(None|nan|NaN|NaT|inf)\b|[{}]", " ".join(page.texts))
    for alt, frame in page.tables.items():
        if alt in (WATCHED, HOLDS, LIKE, MOVED, SHARED, DECISIONS, DELIVERED):
            assert not frame.astype(str).isin(["nan", "NaN", "NaT", "inf", "None"]).any().any(), alt


def told(page: Seen) -> str:
    """Everything said on a page, as one text."""
    return " ".join(page.texts).replace(words.NO_BREAK, " ")


@pytest.mark.parametrize(
    ("name", "page"), [*((name, "tighten") for name in COMPANIES), ("odd names", "home"), ("odd names", "segment")]
)
def test_every_company_is_told_something(opened: Opened, name: str, page: str) -> None:
    """No page fails, whatever can be judged; on Tighten one of the six words is the one that holds, or a sentence
    says why there is no verdict."""
    shown = opened(name, page)
    assert_fine(shown)
    if page == "tighten":
        held = [text for text in shown.texts if "-badge[● **" in text]
        assert len(held) == 1 or shown.titles[0] == "There is no verdict yet"


TITLES = {
    "winner": rf"^Tighten on {SUBJECT}: proven since \d+ \w+( \d{{4}})?(, and worth it)?$",
    "no-winner": r"keep selling broadly|stay loose|^Worth watching, not proven",
    "young": r"^Too early to call|keep selling broadly|stay loose",
    "small": r"stay loose$|^Too early to call|^Worth watching, not proven|is pulling ahead[;,]",
    "empty": r"^There is no verdict yet$",
    "accounts only": r"^There is no verdict yet$",
}


@pytest.mark.parametrize("name", TITLES)
def test_the_title_is_the_verdict(opened: Opened, name: str) -> None:
    """The planted segment is found where there is one and enough of it; elsewhere nobody is named as proven."""
    title = opened(name, "tighten").titles[0]
    assert re.search(TITLES[name], title), title
    if name != "winner":
        assert not re.match("Tighten on", title)


def test_one_segment_cannot_beat_anyone(opened: Opened) -> None:
    """A company of one segment has nobody else to compare it with: it is never proven, and its page says so."""
    shown = opened("one segment", "tighten", by="copy")
    assert "Tighten on" not in shown.titles[0]
    page = opened("one segment", "segment", by="copy", segment="All the same")
    assert_fine(page)
    assert "proof" in told(page) or "no verdict" in told(page)


def test_what_holds_up_agrees_with_the_verdict(opened: Opened) -> None:
    """A segment that is proven is proven on all the data, in the table too; every other test says which it is."""
    table = opened("winner", "tighten").tables[HOLDS].set_index("Test")
    assert opened("winner", "tighten").titles[0].startswith("Tighten on")
    assert table.loc["All the data", "Still there"] == "proven"
    judged = table[~table.index.str.startswith("Within")]
    assert set(judged["Still there"]) <= {"proven", "not proven"}
    within = table[table.index.str.startswith("Within")]
    assert len(within)
    assert within["Still there"].str.fullmatch(r"on \d of \d|too few to say").all()


def test_constants_changed_since_leave_the_week_as_it_was_judged(
    visitor: Visitor, warehouses: Path, own: Path, companies: dict[str, apps.App], opened: Opened
) -> None:
    """Where gtm.toml's constants changed since the last refresh, a page shows the week by the constants it was judged
    by: the same numbers, and "proven" where the verdict is."""
    before = opened("winner", "tighten")
    folder = own / "changed"
    changed = apps.with_journal(warehouses, "winner", folder, more="theta = [0.05]\nstratum_weeks = [13]\nalpha = 0.01")
    copied(companies["winner"], changed)
    after = seen(visitor.opened(changed, "tighten"))
    assert_fine(after)
    assert after.titles == before.titles
    pd.testing.assert_frame_equal(after.tables[HOLDS], before.tables[HOLDS])


@pytest.mark.parametrize("as_of", [date(2026, 11, 15), date(2026, 8, 30), date(2026, 1, 4)])
def test_evidence_drawn_is_evidence_judged(
    companies: dict[str, apps.App], opened: Opened, monkeypatch: pytest.MonkeyPatch, as_of: date
) -> None:
    """Worked out for the page, every segment's evidence is what the journal says it was in that week."""
    opened("winner", "tighten")
    app = companies["winner"]
    for key, value in app.environment.items():
        monkeypatch.setenv(key, value)
    company = read_company(app.config, app.environment)
    where = Place(company, connect(company, apps.AS_OF), f"drawn {as_of}")
    with journal.reading(weekly.engine_of(where)) as read:
        last = journal.last_refresh(read, as_of)
    assert last is not None
    head = (last["epoch"], last["week"], last["at"])
    now = weekly._week(where, where.name, app.journal, as_of, as_of, head, (), "")
    assert len(now.rows) >= 10
    for row in now.rows.to_dict("records"):
        comparison = now.comparisons[row["dimension"]]
        run = comparison.run(comparison.columns.row(row["segment"]), now.start(row))
        assert run.log_e_two[-1] == pytest.approx(row["log_e_two"], abs=1e-9), row["segment"]
        assert run.log_e_any[-1] == pytest.approx(row["log_e_any"], abs=1e-9), row["segment"]


def test_rules_are_those_of_the_refresh() -> None:
    """Constants and waiting times come from what the journal kept; one that this version does not know is left."""
    company = read_company(Path("/nonexistent/gtm.toml"), {})
    settings = {"rules": {"alpha": 0.05, "theta": [0.3, 0.5], "gone": 1}, "maturity": {"response_rate": 35}}
    rules, metrics = weekly.judged_by(company, settings, ["response_rate", "churn"])
    assert rules == Rules(alpha=0.05, theta=(0.3, 0.5))
    assert [metric.name for metric in metrics] == ["response_rate", "churn"]
    assert metrics[0].maturity == 35
    assert weekly.judged_by(company, {"rules": {}, "maturity": {}}, [])[0] == Rules()


def test_the_past_shows_what_was_known_then(opened: Opened) -> None:
    """As of an earlier day the page is the verdict of then: before its proof the segment is not proven, no later
    week is drawn, and nobody can decide in the past."""
    then, now = opened("winner", "tighten", as_of="2026-01-04"), opened("winner", "tighten")
    assert_fine(then)
    assert "to sunday 4 jan 2026" in told(then).lower()
    assert "Tighten on" not in then.titles[0]
    assert "Write into the journal" in told(now)
    assert "Write into the journal" not in told(then)
    race = next(alt for _, alt in then.charts if alt.startswith("The evidence, week by week"))
    assert "In the week of 29 Dec 2025" in race
    table = then.tables[HOLDS].set_index("Test")
    assert table.loc["All the data", "Still there"] == "not proven"


def test_the_segments_page_says_what_the_signal_says(opened: Opened) -> None:
    """A watched segment's page has its word, a link, an interval that is valid always, and says so; and the same
    evidence as the table of Tighten."""
    page = opened("winner", "segment", by="industry", segment=SUBJECT)
    assert_fine(page)
    assert ":green-badge[● **Tighten**]" in told(page)
    assert "Tighten positioning" in told(page)
    assert "always-valid" in told(page).lower()
    table = opened("winner", "tighten", show="segments").tables[WATCHED].set_index("Segment")
    assert table.loc[SUBJECT, "On two measures"] in told(page)
    drawn = [alt for _, alt in page.charts if "times the rest, with its interval" in alt]
    assert len(drawn) == 1
    assert re.search(r"\d\.\d\d times everyone else \(\d\.\d\d to \d\.\d\d\)", drawn[0])


def test_the_interval_is_of_the_measure_that_is_picked(opened: Opened) -> None:
    """The address picks the measure; the drawing and the table among its like are of that one."""
    page = opened("winner", "segment", by="industry", segment=SUBJECT, measure="churn")
    drawn = [alt for _, alt in page.charts if "times the rest, with its interval" in alt]
    assert drawn[0].startswith("Monthly churn")
    assert "Times the rest (churn)" in page.tables[LIKE]


def test_the_parts_of_a_change_add_up(opened: Opened) -> None:
    """Rate and mix make the change in every row, and the rows make the company's, as they are printed."""
    page = opened("winner", "segment", by="industry", segment=SUBJECT)
    table = page.tables[MOVED]
    parts = table[["By rate", "By mix", "Together"]].map(lambda cell: float(cell.replace("−", "-")))
    assert len(table) == 3
    assert np.allclose(parts["By rate"] + parts["By mix"], parts["Together"])
    assert np.allclose(parts.iloc[0] + parts.iloc[1], parts.iloc[2])
    rates = re.findall(r"[\d.]+", table["Close rate"].iloc[2])
    # both rates have one decimal, so their difference may be off by one unit of it
    assert float(rates[1]) - float(rates[0]) == pytest.approx(parts["Together"].iloc[2], abs=0.11)
    assert "Everyone's close rate" in told(page)


def test_there_is_nothing_before_all_weeks(opened: Opened) -> None:
    """Over all weeks there is no window before; the page says so instead of a table."""
    page = opened("winner", "segment", by="industry", segment=SUBJECT, window="all")
    assert_fine(page)
    assert MOVED not in page.tables
    assert "no window before" in told(page)


def test_shared_accounts_are_counted(opened: Opened) -> None:
    """Accounts in both are those of each segment by its share; a segment of another name and the same accounts is
    called that."""
    table = opened("winner", "segment", by="industry", segment=SUBJECT).tables[SHARED]
    assert set(table["Dimension"]) == {"Company size"}
    assert "No other is mostly the same accounts" in told(opened("winner", "segment", by="industry", segment=SUBJECT))
    twin = opened("odd names", "segment", by="industry", segment=SUBJECT)
    assert_fine(twin)
    named = twin.tables[SHARED].map(lambda cell: cell.replace(words.NO_BREAK, " ")).iloc[0]
    assert (named["Of this one"], named["Of that one"]) == ("100 %", "100 %")
    assert named.iloc[-1] == "mostly the same accounts"
    assert "mostly the same accounts, so what is said of one is said of the other" in told(twin)


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ({"by": "region", "segment": "DACH"}, "The signal judges the segments of"),
        ({"by": "industry", "and": "region"}, "Two dimensions crossed are not watched"),
        ({"by": "industry", "segment": "(not set)"}, "cannot win"),
    ],
    ids=["another dimension", "crossed", "not set"],
)
def test_what_is_not_watched_says_so(opened: Opened, query: dict[str, str], why: str) -> None:
    """Without a verdict there is no word and no always-valid interval; what needs no journal is still there."""
    page = opened("small", "segment", **query)
    assert_fine(page)
    assert "**Not watched.**" in told(page)
    assert why in told(page)
    assert "always-valid" not in told(page).lower()
    assert LIKE in page.tables
    assert "Mix or rate?" in told(page)


@pytest.mark.parametrize("view", ["", "board"])
def test_a_board_page_of_the_segment_is_as_before(opened: Opened, view: str) -> None:
    """The signal's part is not on the board page, which has no room for it."""
    page = opened("winner", "segment", by="industry", segment=SUBJECT, **({"view": view} if view else {}))
    assert ("Is the lead real?" in told(page)) is (not view)


def test_waits_are_told_in_a_few_words(opened: Opened) -> None:
    """How long proof takes fits its column, whatever the company: no reason in full, no number of years."""
    for name in ("winner", "no-winner", "young", "small"):
        waits = opened(name, "tighten", show="segments").tables[WATCHED]["Proof in"]
        assert (waits.str.len() <= 24).all(), waits.tolist()
        assert waits.str.fullmatch(
            r"–|over two years|about \d+ months|\d+ weeks?|not known|needs a second measure"
        ).all()


@pytest.mark.parametrize("name", ["winner", "no-winner", "small", "odd names"])
def test_the_foot_of_the_page_shows_one_thing_at_a_time(opened: Opened, name: str) -> None:
    """What the verdict rests on stands there first; the other parts are a click away and have their address, one that
    is not offered shows the first."""
    parts = {"": "The evidence and the five gates", "segments": WATCHED, "nonsense": "The evidence and the five gates"}
    proven = opened(name, "tighten").titles[0].startswith("Tighten on")
    change = "What to change when positioning is tightened"
    parts |= {"change": change if proven else parts[""], "decisions": parts[""]}
    for part, alt in parts.items():
        page = opened(name, "tighten", **({"show": part} if part else {}))
        assert_fine(page)
        feet = {WATCHED, DECISIONS, change, parts[""]} & set(page.tables)
        assert feet == {alt}, part
    assert ("Decisions" in told(opened(name, "tighten"))) is False


def test_names_stay_names(opened: Opened) -> None:
    """Markup, direction marks and 200 characters in the names of watched segments are shown as they are written."""
    for page, query in (
        ("tighten", {}),
        ("tighten", {"show": "segments"}),
        ("segment", {"by": "hostile", "segment": apps.HOSTILE[1]}),
    ):
        shown = opened("odd names", page, **query)
        assert_fine(shown)
        for text in shown.texts:
            for brought in ("<script>", "**bold**", "https://evil", ":red[danger", "$x^2$", "\u202e"):
                assert not re.search(r"(?<!\\)" + re.escape(brought), text), (brought, text)
    long = opened("odd names", "segment", by="long", segment=apps.LONG)
    assert_fine(long)
    assert "**Not watched" not in told(long)


def test_a_journal_that_does_not_answer_is_told(visitor: Visitor, warehouses: Path, tmp_path: Path) -> None:
    """Where the journal cannot be opened no page fails: Tighten says so instead of a verdict, the others beside it."""
    app = apps.with_journal(warehouses, "small", tmp_path)
    (tmp_path / "file").write_text("where a folder should be", encoding="utf-8")
    app = replace(app, journal=f"sqlite:///{tmp_path / 'file' / 'journal.sqlite'}")
    for page in ("tighten", "home", "segment"):
        shown = seen(visitor.opened(app, page))
        assert_fine(shown)
        assert "journal" in told(shown).lower(), page
        assert "Traceback" not in told(shown)
    assert seen(visitor.opened(app, "tighten")).titles == ("There is no verdict: the journal does not answer",)


@pytest.mark.parametrize("name", ["winner", "small"])
def test_without_the_warehouse_tighten_shows_what_the_journal_holds(
    visitor: Visitor, companies: dict[str, apps.App], opened: Opened, own: Path, name: str
) -> None:
    """Where the warehouse stops answering Tighten keeps its verdict, its drawings and the evidence, which are frozen,
    says that it does not answer, and shows nothing that would have to be asked for."""
    before = opened(name, "tighten")
    app = replace(companies[name], journal=f"sqlite:///{own / f'{name} away.sqlite'}")
    copied(companies[name], app)
    for show in ("evidence", "segments", "change"):
        session = visitor.opened(app, "tighten", show=show)
        with (
            mock.patch.dict(os.environ, app.environment),
            mock.patch.object(Warehouse, "read", side_effect=WarehouseError("db.example.com does not answer")),
            # a week has come that nobody refreshed
            mock.patch.object(weekly, "is_due", return_value=True),
            mock.patch.object(weekly, "looked_at_now", side_effect=WarehouseError("db.example.com does not answer")),
        ):
            st.cache_data.clear()
            weekly._refreshed.clear()
            page = seen(session.run())
        assert_fine(page)
        assert page.titles[0].removesuffix(", and worth it") == before.titles[0].removesuffix(", and worth it")
        assert "could not be judged, so this is what the journal holds: db.example.com does not answer" in told(page)
        assert [alt for _, alt in page.charts] == [alt for _, alt in before.charts]
        assert "accounts left to win" not in told(page).lower()
    weekly._refreshed.clear()
