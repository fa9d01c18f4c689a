"""The tabs of Tighten positioning, without a browser: what was tightened tracked, what we say, the same song or not."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from unittest import mock

import apps
import duckdb
import pytest
from streamlit.testing.v1 import AppTest
from test_pages_signal import SUBJECT, assert_fine, copied, own, told, visitor, warehouses
from visits import Visitor, seen

from gtm_metrics import journal
from gtm_metrics.journal.tables import PARTS
from gtm_metrics.words import positioning as words

pytestmark = pytest.mark.xdist_group("pages decide")

__all__ = ["own", "visitor", "warehouses"]

DECIDED_ON = date(2026, 3, 4)
OUTSIDE = "Share of the work outside, before and since"
WORKED = "The measures before the decision and since"
BEHIND = "Accounts worked outside since the decision"
VOICES = "Who names which best-fit segment, and why"
CARDS = "Champions, what each must answer and to whom"
MIX = "The whole company's change, by mix and by rate"


def decided(app: apps.App, on: date = DECIDED_ON) -> apps.App:
    """The app, its people having tightened on a day."""
    engine = journal.open_journal(app.journal)
    journal.decide(engine, "tighten", "industry", SUBJECT, "they love it", "Anna", on)
    engine.dispose()
    return app


@pytest.fixture(scope="module")
def winner(visitor: Visitor, warehouses: Path, own: Path) -> apps.App:
    """A company of which a page was opened, so that its weeks are judged; nobody decided anything."""
    app = apps.with_journal(warehouses, "winner", own / "song")
    assert_fine(seen(visitor.opened(app, "tighten")))
    return app


@pytest.fixture(scope="module")
def another(winner: apps.App, own: Path) -> Callable[[str], apps.App]:
    """(name) -> the same company with a journal of its own that says the same."""

    def made(name: str) -> apps.App:
        app = replace(winner, journal=f"sqlite:///{own / name}.sqlite")
        copied(winner, app)
        return app

    return made


def test_before_a_decision_there_is_nothing_to_track(visitor: Visitor, winner: apps.App) -> None:
    """The tab says what it will show and how to get there; home has no line of it."""
    page = seen(visitor.opened(winner, "tighten", tab="tracked"))
    assert_fine(page)
    assert page.titles == ("Nobody has decided to tighten yet",)
    assert "Decide on the first tab" in told(page)


def test_what_came_of_a_decision_is_tracked(visitor: Visitor, another: Callable[[str], apps.App]) -> None:
    """Every kind of work with its share outside then and since, the four measures on both sides with counts, mix and
    rate; nothing drifts in the demo company, and home keeps silent."""
    app = decided(another("tracked"))
    page = seen(visitor.opened(app, "tighten", tab="tracked"))
    assert_fine(page)
    assert f"go outside {SUBJECT}" in page.titles[0]
    assert "no share of the work outside" in told(page)
    shares = page.tables[OUTSIDE].set_index("Work outside")
    assert list(shares.index) == ["First touches", "Deals opened", "Deals won", "Pipeline opened"]
    assert shares["Last 13 weeks"].str.contains("%").all()
    assert list(shares["Alarm"][:3]) == ["quiet"] * 3
    measures = page.tables[WORKED]
    assert "decided 4 Mar 2026" in page.charts[0][0]
    assert list(measures["Of"]) == [SUBJECT, "Everyone else"] * 4
    assert measures["Since"].str.contains(r"\d+ \w+ .*of [\d,]+").all()
    assert measures["Odds grew, times the rest's"].str.contains("–").sum() == 4
    assert len(page.tables[MIX]) == 4
    listed = page.tables[BEHIND]
    assert len(listed) == 500
    assert SUBJECT not in set(listed["Segment"])
    assert "Diluted" not in told(seen(visitor.opened(app, "home")))


def test_a_profile_that_is_kept_is_watched_too(visitor: Visitor, another: Callable[[str], apps.App]) -> None:
    """Beside the decision, or without one, the work outside the ideal profile is watched from the day it was kept."""
    app = another("profiled")
    engine = journal.open_journal(app.journal)
    rules = [{"dimension": "industry", "segments": [SUBJECT, "Healthcare"]},
             {"dimension": "region", "segments": ["North America", "DACH"]}]
    journal.keep_profile(engine, "ideal", "these two", rules, [], "they stay", "Anna", DECIDED_ON)
    engine.dispose()
    alone = seen(visitor.opened(app, "tighten", tab="tracked"))
    assert_fine(alone)
    assert "of first touches go outside the profile" in alone.titles[0]
    assert WORKED not in alone.tables
    assert " × " in alone.tables[BEHIND]["Segment"][0]
    both = seen(visitor.opened(decided(app), "tighten", tab="tracked"))
    assert f"go outside {SUBJECT}" in both.titles[0]
    assert f"{SUBJECT} is " in told(both)
    assert "of the customers (" in told(both)
    asked = seen(visitor.opened(app, "tighten", tab="tracked", of="profile"))
    assert asked.titles == alone.titles


def test_on_the_day_of_the_decision_it_says_when_it_begins(
    visitor: Visitor, another: Callable[[str], apps.App]
) -> None:
    """A decision of the last week has no whole week behind it yet."""
    page = seen(visitor.opened(decided(another("fresh"), date(2026, 11, 20)), "tighten", tab="tracked"))
    assert_fine(page)
    assert "the first whole week is not over" in page.titles[0]
    assert "begins with the first whole week after 20 Nov 2026" in told(page)
    assert OUTSIDE not in page.tables


def test_work_that_leaves_the_segment_rings_on_home_and_on_the_page(
    visitor: Visitor, another: Callable[[str], apps.App], own: Path
) -> None:
    """From May on no deal of the segment is opened any more: the alarm names it, with the accounts behind it."""
    app = decided(another("diluted"))
    file = own / "diluted.duckdb"
    shutil.copy(app.url.removeprefix("duckdb:///"), file)
    with duckdb.connect(str(file)) as warehouse:
        gone = warehouse.execute(
            "delete from gtm.opportunities where created_at >= '2026-05-04' and account_id in "
            "(select account_id from gtm.accounts where industry = ?)", [SUBJECT]).fetchone()
        assert gone
        assert gone[0] > 50
    app = replace(app, url=f"duckdb:///{file}")
    page = seen(visitor.opened(app, "tighten", tab="tracked"))
    assert_fine(page)
    assert page.titles[0] == f"Diluted: 100\u00a0% of deals opened go outside {SUBJECT} again"
    assert page.tables[OUTSIDE].set_index("Work outside")["Alarm"]["Deals opened"].startswith("rings since ")
    home = told(seen(visitor.opened(app, "home")))
    assert "Diluted since the week of" in home
    assert "The accounts behind it" in home
    assert "Diluted since the week of" in told(seen(visitor.opened(app, "tighten")))


def submitted(session: AppTest, form: str) -> AppTest:
    """The session after the button of a form, by the beginning of the form's name, was pressed."""
    button = next(each for each in session.button if each.proto.form_id.startswith(form))
    button.click()
    return session.run()


def field(session: AppTest, label: str, form: str = "") -> Any:
    """The one field of a label, of the form whose name begins so."""
    fields = [*session.text_input, *session.text_area, *session.selectbox, *session.multiselect]
    return next(each for each in fields if each.label == label and each.proto.form_id.startswith(form))


def test_an_empty_canvas_asks_and_offers(visitor: Visitor, winner: apps.App) -> None:
    """Nothing is written: every part asks its question, and all but the category have rows of data with numbers."""
    page = seen(visitor.opened(winner, "tighten", tab="say"))
    assert_fine(page)
    assert page.titles == ("Nobody has written down yet what we will say",)
    assert "Still to write: competitive alternatives" in told(page)
    assert set(page.tables) == {f"{offered}, with numbers" for offered in words.OFFERED.values()}
    assert all(frame["Numbers"].str.contains(r"\d").all() for frame in page.tables.values())
    assert "Status quo" in set(page.tables[f"{words.OFFERED[PARTS[0]]}, with numbers"].iloc[:, 0])


def test_the_canvas_keeps_what_is_written_and_every_version(
    visitor: Visitor, another: Callable[[str], apps.App]
) -> None:
    """A part is written, with a row taken over from the data, then changed: both versions stay, a part without words is
    refused, and a value theme says how often it is heard and from whom."""
    app = another("canvas")
    engine = journal.open_journal(app.journal)
    for account in ("Acme", "Bolt"):
        journal.note(engine, account, f"{account} <b>", "we get an hour back a day", "Time back", "Anna", DECIDED_ON)
    with mock.patch.dict(os.environ, app.environment):
        session = visitor.opened(app, "tighten", tab="say")
        empty = submitted(session, f"canvas {PARTS[2]}")
        assert "text is missing" in told(seen(empty))
        field(session, "Value themes, a line each").set_value("Time back, every day\nPride **in** it")
        field(session, "Who", f"canvas {PARTS[2]}").set_value("Anna")
        page = seen(submitted(session, f"canvas {PARTS[2]}"))
        assert_fine(page)
        assert page.titles == ("What we will say: one of five parts are written down",)
        themes = page.tables["Value themes, how often each is heard, from whom"]
        assert list(themes["Heard"]) == [r"said twice by Acme \<b\>, Bolt \<b\>", "not heard from anybody yet"]
        taken = field(session, "Take over from the data", f"canvas {PARTS[0]}")
        taken.set_value(["Status quo"])
        field(session, "Who", f"canvas {PARTS[0]}").set_value("Ben")
        page = seen(submitted(session, f"canvas {PARTS[0]}"))
        field(session, "Value themes, a line each").set_value("Time back")
        field(session, "Who", f"canvas {PARTS[2]}").set_value("Cy")
        page = seen(submitted(session, f"canvas {PARTS[2]}"))
    assert page.titles == ("What we will say: two of five parts are written down",)
    versions = page.tables["Every version of the canvas, the newest first"]
    assert list(versions["Version"]) == ["2", "1", "1"]
    assert list(versions["Text"]) == ["Time back", "Status quo", r"Time back, every day; Pride \*\*in\*\* it"]
    with journal.reading(engine) as read:
        kept = journal.canvas_versions(read, PARTS[0])
    assert any(row["name"] == "Status quo" and "no decision" in row["numbers"] for row in kept["evidence"].iloc[0])
    for part in (PARTS[1], PARTS[3], PARTS[4]):
        journal.keep_canvas(engine, part, f"{part} of ours", [], "Anna", DECIDED_ON)
    engine.dispose()
    whole = seen(visitor.opened(app, "tighten", tab="say"))
    assert whole.titles == ("What we will say: all five parts are written down",)
    assert "instead of **Status quo**: **market category of ours**. What only we can do:" in told(whole)
    past = seen(visitor.opened(app, "tighten", tab="say", as_of="2026-01-04"))
    assert past.titles == ("Nobody has written down yet what we will say",)


def test_voices_are_written_down_and_the_outlier_named(visitor: Visitor, another: Callable[[str], apps.App]) -> None:
    """Nobody was asked; then one by the form, three more: who sings otherwise is named, with the data of every segment
    beside it, and that of the data's own."""
    app = another("voices")
    with mock.patch.dict(os.environ, app.environment):
        session = visitor.opened(app, "tighten", tab="song")
        page = seen(session)
        assert_fine(page)
        assert page.titles == ("Nobody has been asked yet for the best-fit segment",)
        assert list(page.tables[VOICES]["Who"]) == ["nobody asked yet"] * 5
        field(session, "Who speaks").set_value("Ada <b>")
        field(session, "Best-fit segment").set_value(("industry", "Healthcare"))
        field(session, "Why this one").set_value("big **budgets**")
        field(session, "Written down by").set_value("Ada <b>")
        page = seen(submitted(session, "vote"))
    assert page.titles == ("Only founder has been asked: name what the others say",)
    engine = journal.open_journal(app.journal)
    for function in ("sales", "product", "customer success"):
        journal.vote(engine, function, f"One of {function}", "industry", SUBJECT, "they stay", "Anna", DECIDED_ON)
    cy = journal.vote(engine, "marketing", "Cy", "", "Agencies", "they spend", "Cy", DECIDED_ON)
    engine.dispose()
    page = seen(visitor.opened(app, "tighten", tab="song"))
    assert_fine(page)
    assert page.titles == (f"Three of five functions name {SUBJECT}",)
    assert "(founder) names Healthcare and Cy (marketing) names Agencies. The data say the same" in told(page)
    assert list(page.tables[VOICES]["Sings"]) == ["another song", "another song", "along", "along", "along"]
    data = page.tables["The segments named, measure by measure"]
    assert list(data["Segment"]) == [SUBJECT, "Agencies", "Healthcare"]
    assert list(data["Signal"]) == ["Tighten", "not watched", "Loose"]
    assert list(data["Response rate"].str.contains(r", else .*\(n.[\d,]+\)")) == [True, False, True]
    assert "Why they bought" in told(page)
    with mock.patch.dict(os.environ, app.environment):
        session = visitor.opened(app, "tighten", tab="song")
        field(session, "Which", "take back votes").set_value(cy)
        field(session, "Who", "take back votes").set_value("Anna")
        page = seen(submitted(session, "take back votes"))
    assert page.titles == (f"Three of four functions name {SUBJECT}",)
    assert "Not asked yet: marketing" in told(page)


def test_a_card_is_kept_beside_how_often_its_like_is_won(visitor: Visitor, another: Callable[[str], apps.App]) -> None:
    """What a title must answer to whom, with the close rate of deals with a champion of its function; half a pair is
    refused, and a second version takes the place of the first."""
    app = another("cards")
    with mock.patch.dict(os.environ, app.environment):
        session = visitor.opened(app, "tighten", tab="song")
        assert "No card yet" in told(seen(session))
        field(session, "The champion's title").set_value("Head of Marketing")
        field(session, "Asked by").set_value("CFO")
        field(session, "Who", "card").set_value("Anna")
        assert "must be answered to whom" in told(seen(submitted(session, "card")))
        field(session, "Must answer").set_value("What does it save <i>this</i> year?")
        page = seen(submitted(session, "card"))
        assert_fine(page)
        card = page.tables[CARDS]
        assert card.to_dict("records")[0]["Must answer"] == r"What does it save \<i\>this\</i\> year?"
        rates = page.tables["Close rate by the champion's function"].set_index("Champion")
        assert card["Won with such a champion"][0].startswith(rates["Close rate"]["marketing"])
        field(session, "The champion's title").set_value("Head of Marketing")
        field(session, "Asked by").set_value("CEO")
        field(session, "Must answer").set_value("Why now?")
        field(session, "Who", "card").set_value("Ben")
        page = seen(submitted(session, "card"))
    assert list(page.tables[CARDS]["Asked by"]) == ["CEO"]
    assert page.tables[CARDS]["Kept"][0].startswith("Ben, ")


@pytest.mark.parametrize("tab", ["say", "song", "tracked"])
@pytest.mark.parametrize("name", ["headers", "accounts only", "small"])
def test_the_tabs_open_where_little_is_known(
    visitor: Visitor, warehouses: Path, own: Path, name: str, tab: str
) -> None:
    """Without data every tab says what it is for, and what people would write can be written where it needs none."""
    page = seen(visitor.opened(apps.with_journal(warehouses, name, own / f"tabs {name}"), "tighten", tab=tab))
    assert_fine(page)


@pytest.mark.parametrize("tab", ["say", "song", "tracked"])
def test_each_tab_has_a_board_page(visitor: Visitor, another: Callable[[str], apps.App], tab: str) -> None:
    """?view=board: the tab that the address names, with its title, without pickers, forms and buttons."""
    app = decided(another(f"board {tab}"))
    page, board = (visitor.opened(app, "tighten", tab=tab, **view) for view in ({}, {"view": "board"}))
    assert_fine(seen(board))
    assert seen(board).titles == seen(page).titles
    assert page.button_group
    for widget in ("button_group", "button", "text_area", "text_input", "selectbox", "popover", "download_button"):
        assert not board.get(widget), widget
