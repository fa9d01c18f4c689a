"""The profile on the Best-fit page, without a browser: what the forms write, and what page and home say afterwards."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from unittest import mock

import apps
import pytest
from streamlit.testing.v1 import AppTest
from test_pages import assert_fine
from test_pages_signal import visitor, warehouses
from visits import Visitor, seen

from gtm_metrics import journal
from gtm_metrics.company import read_company
from gtm_metrics.measures import this_week
from gtm_metrics.question import Question
from gtm_metrics.warehouse import connect
from gtm_metrics.words import escaped

pytestmark = pytest.mark.xdist_group("pages decide")

__all__ = ["visitor", "warehouses"]

ALIKE = "Accounts that fit the profile and are left to win, with what speaks for each"


@pytest.fixture(scope="module")
def kept(visitor: Visitor, warehouses: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The winner, whose people keep a profile through the form and put an account on the never list."""
    app = apps.with_journal(warehouses, "winner", tmp_path_factory.mktemp("profile"))
    engine = journal.open_journal(app.journal)
    with mock.patch.dict(os.environ, app.environment):
        session = visitor.opened(app, "best-fit")
        before = seen(session)
        empty = seen(_submitted(session))
        session.text_input[0].set_value("Anna <b>")
        session.text_area[0].set_value("They stay; **everyone** says so")
        after = seen(_submitted(session))
    row = before.tables[ALIKE].iloc[0]
    with journal.reading(engine) as read:
        versions = journal.profiles(read)
    with mock.patch.dict(os.environ, app.environment):
        session = visitor.opened(app, "best-fit")
        line = next(each for each in session.text_input if each.label == "What they said, in one line")
        line.set_value("It saves us **Fridays**")
        next(each for each in session.text_input if each.label == "Theme").set_value("time")
        next(each for each in session.text_input if each.label == "Heard by").set_value("Ben")
        noted = seen(_submitted(session, last=True))
        notes = [(each.label, each.value) for each in session.text_input if each.label.startswith("What they said")]
        [each for each in session.multiselect if each.label == "Industry"][1].set_value(["Agencies"])
        [each for each in session.text_input if each.label == "Who"][1].set_value("Cleo")
        session.text_area[1].set_value("they leave")
        [each for each in session.button if each.label == "Write into the journal"][1].click()
        unwanted = seen(session.run())
        [each for each in session.text_input if each.label == "Who"][-1].set_value("Ben")
        next(each for each in session.button if each.label == "Take it back").click()
        taken_back = seen(session.run())
    deal = _open_deal(app)
    journal.put_on_list(engine, "never", {deal[0]: deal[1]}, "a competitor", "Ben", apps.AS_OF)
    listed, home = seen(visitor.opened(app, "best-fit")), seen(visitor.opened(app, "home"))
    with mock.patch.dict(os.environ, app.environment):
        session = visitor.opened(app, "best-fit")
        labels = [each.label for each in session.text_input]
        why = labels.index("Why it is taken back")
        session.text_input[why].set_value("too *narrow*")
        session.text_input[labels.index("Who", why)].set_value("Dora")
        next(each for each in session.button if each.label == "Take the profile back").click()
        without = seen(session.run())
    engine.dispose()
    return {"before": before, "empty": empty, "after": after, "first": row, "versions": versions, "listed": listed,
            "home": home, "deal": deal, "noted": noted, "form": notes,
            "unwanted": unwanted, "without": without, "taken back": taken_back, "history": _history(app)}  # fmt: skip


def _history(app: apps.App) -> tuple[int, int]:
    """(notes in effect, lines of the audit that tell of notes)."""
    engine = journal.open_journal(app.journal)
    with journal.reading(engine) as read:
        told = len(journal.notes(read)), int(journal.audit(read)["what"].str.contains("note").sum())
    engine.dispose()
    return told


def _open_deal(app: apps.App) -> tuple[str, str]:
    """An account with an open new deal: its id and name."""
    warehouse = connect(read_company(app.config, app.environment), apps.AS_OF)
    found = this_week(warehouse, read_company(app.config, app.environment), Question(apps.AS_OF)).frame
    row = found[found["kind"] == "biggest_open"].iloc[0]
    return str(row["account_id"]), str(row["account"])


def _submitted(session: AppTest, last: bool = False) -> AppTest:
    [each for each in session.button if each.label == "Write into the journal"][-1 if last else 0].click()
    return session.run()


def test_the_data_suggest_a_profile(kept: dict[str, Any]) -> None:
    """While nobody kept one, the planted trait is suggested, and those who fit are named with reasons."""
    shown = kept["before"]
    assert_fine(shown)
    assert any("The data suggest **Team is" in text for text in shown.texts)
    table = shown.tables[ALIKE]
    assert 10 <= len(table) <= 100
    assert table["Why"].str.contains("Team: ").all()
    assert table["CRM"].str.startswith("https://crm.example.com/").all()
    assert any("accounts fit; " in text and "left to win" in text for text in shown.texts)


def test_a_profile_needs_who_and_why(kept: dict[str, Any]) -> None:
    """An empty form is refused in words and writes nothing."""
    assert any("is missing; say it in words" in text for text in kept["empty"].texts)
    assert len(kept["versions"]) == 1


def test_a_kept_profile_stands_with_its_author(kept: dict[str, Any]) -> None:
    """The journal has rules, evidence and author; the page shows sentence, version and why, as text."""
    row = kept["versions"].iloc[0]
    assert [rule["dimension"] for rule in row["rules"]] == ["team"]
    assert {one["attribute"] for one in row["evidence"]} == {"team"}
    text = next(text for text in kept["after"].texts if "Version 1, kept by" in text)
    assert "Anna" in text
    assert "**everyone**" not in text


def test_who_is_never_to_be_sold_to_stands_on_home(kept: dict[str, Any]) -> None:
    """Home names the open deal of an account on the never list, and deals outside the profile with what they took."""
    apart = kept["listed"].tables["Accounts that people set apart"]
    assert apart["List"].tolist() == ["Never"]
    things = kept["home"].tables["Names to act on this week"]
    never = things[things["What"] == "On the never list"]
    assert len(never) >= 1
    outside = things[things["What"] == "Outside the profile"]
    assert len(outside) == 10
    assert outside["Detail"].str.contains("call").all()


def test_whom_to_call_is_named_and_what_they_said_is_kept(kept: dict[str, Any]) -> None:
    """Five of each kind with a contact; a line written down stands beside the account, as text, and in its theme."""
    table = kept["before"].tables["Whom to call, with a contact and what they said"]
    counts = table["Who"].value_counts().to_dict()
    assert {kind: counts[kind] for kind in ("Best", "Next best", "Worst")} == {"Best": 5, "Next best": 5, "Worst": 5}
    assert 1 <= counts["Lost to no decision"] <= 5
    assert 1 <= counts["Small but loved"] <= 3
    assert table["Account"].is_unique
    assert table["Contact"].str.len().gt(0).mean() > 0.9
    shown = kept["noted"]
    assert_fine(shown)
    assert shown.tables["Whom to call, with a contact and what they said"].iloc[0]["Said"] == "It saves us **Fridays**"
    assert shown.tables["Themes, how often each was heard and from whom"].iloc[0]["Theme"] == "time"
    assert kept["form"] == [("What they said, in one line", "")]


def test_what_stood_behind_a_profile_is_shown(kept: dict[str, Any]) -> None:
    """Before a profile is kept there is no evidence of it; afterwards its traits of that day stand with counts."""
    alt = "Evidence and versions: the traits of that day"
    assert alt not in kept["before"].tables
    table = kept["after"].tables[alt]
    assert table["Tenth"].tolist() == ["best", "worst"]
    assert table["Trait"].str.startswith("Team").all()
    row = kept["versions"].iloc[0]["evidence"][0]
    assert table["Here"].iloc[0].replace("\u00a0", " ") == f"{row['in_tier']} of {row['tier_size']}"


def test_a_negative_profile_is_kept_beside_the_other(kept: dict[str, Any]) -> None:
    """Who fits it is named no longer among the look-alikes and is counted; the ideal profile stays as it was."""
    shown = kept["unwanted"]
    assert_fine(shown)
    assert any(text.startswith("Not wanted: **Industry is Agencies**. Version 1, kept by Cleo") for text in shown.texts)
    assert any("fit the negative profile too" in text for text in shown.texts)
    assert any("Version 1, kept by" in text and "Anna" in text for text in shown.texts)


def test_a_profile_is_taken_back_and_stays_in_the_history(kept: dict[str, Any]) -> None:
    """What the data suggest stands in its place again, the other profile stays, and the versions tell who and why."""
    shown = kept["without"]
    assert_fine(shown)
    assert any("The data suggest **Team is" in text for text in shown.texts)
    assert any(text.startswith("Not wanted: **Industry is Agencies**") for text in shown.texts)
    versions = shown.tables["Evidence and versions: every version, the newest first"]
    assert len(versions) == 2
    assert {"Dora", escaped("too *narrow*")} <= {str(cell) for cell in versions.iloc[0]}


def test_a_line_is_taken_back_and_stays_in_the_history(kept: dict[str, Any]) -> None:
    """The line stands on the page no longer; the journal's audit tells of both."""
    shown = kept["taken back"]
    assert_fine(shown)
    assert set(shown.tables["Whom to call, with a contact and what they said"]["Said"]) == {""}
    assert "What customers said, the newest first" not in shown.tables
    assert kept["history"] == (0, 2)


def test_home_names_look_alikes_to_call(kept: dict[str, Any]) -> None:
    """Five of those the Best-fit page lists, in its order, with owner, reasons and a link into the CRM."""
    table = kept["home"].tables["Look-alikes to call"]
    assert len(table) == 5
    assert list(table.columns) == ["Account", "Owner", "Why", "CRM"]
    assert table["Account"].tolist() == [escaped(name) for name in kept["listed"].tables[ALIKE]["Account"].head(5)]
    assert table["CRM"].str.fullmatch(r"\[open\]\(<https://crm\.example\.com/accounts/[^<>]+>\)").all()
    assert any("left to win by the profile (Team is" in text for text in kept["home"].texts)
