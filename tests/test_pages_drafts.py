"""Forms while others write: the later writer is told, words are not lost, and what is written is what was seen."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from unittest import mock

import apps
import pandas as pd
import pytest
from visits import Visitor

from gtm_metrics import journal
from gtm_metrics.journal.tables import IDEAL

pytestmark = pytest.mark.xdist_group("pages drafts")

ON = date(2026, 11, 16)
WHY = "Why, in a sentence"


class Reader:
    """Somebody who has a page open."""

    def __init__(self, app: apps.App, folder: Path, page: str, **query: str) -> None:
        self.app, self.session = app, Visitor(folder, {}).opened(app, page, **query)

    def fill(self, form: str, **fields: Any) -> None:
        """Sets fields of the form of that name by their labels."""
        for label, value in fields.items():
            found = [each for each in self.widgets() if each.label == label and form in (each.form_id or "")]
            assert len(found) == 1, (label, [(each.label, each.form_id) for each in self.widgets()])
            found[0].set_value(value)

    def widgets(self) -> list[Any]:
        """Every field of the page."""
        session = self.session
        return [*session.text_input, *session.text_area, *session.selectbox, *session.multiselect]

    def value(self, form: str, label: str) -> Any:
        """What stands in a field."""
        return next(each.value for each in self.widgets() if each.label == label and form in (each.form_id or ""))

    def write(self, form: str) -> list[str]:
        """Presses the form's button; what the page says went wrong."""
        with mock.patch.dict(os.environ, self.app.environment):
            next(each for each in self.session.button if each.key == f"write {form}").click()
            self.session.run()
        assert not self.session.exception
        return [each.value for each in self.session.error]


@pytest.fixture
def app(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> apps.App:
    """The small company with a journal of the test's own."""
    return apps.with_journal(apps.shared_folder(tmp_path_factory), "small", tmp_path)


@pytest.fixture
def engine(app: apps.App) -> Iterator[Any]:
    """The journal, as somebody else writes into it meanwhile."""
    opened = journal.open_journal(app.journal)
    yield opened
    opened.dispose()


def held(engine: Any, read: Any, *more: Any) -> pd.DataFrame:
    """What a reader of the journal gives."""
    with journal.reading(engine) as seen:
        frame: pd.DataFrame = read(seen, *more)
        return frame


def test_of_two_who_keep_a_profile_the_later_is_told(app: apps.App, engine: Any, tmp_path: Path) -> None:
    """Ben is told who was faster, keeps what he picked and wrote, and may then write over it."""
    ben = Reader(app, tmp_path, "best-fit")
    rules = [{"dimension": "region", "segments": ["Europe"]}]
    journal.keep_profile(engine, IDEAL, "Region is Europe", rules, [], "we know it", "Anna", ON)
    form = f"{IDEAL} profile"
    ben.fill(form, Industry=["Education"], Who="Ben", **{WHY: "they stay"})
    [told] = ben.write(form)
    assert "Anna" in told
    assert ben.value(form, "Industry") == ["Education"]
    assert ben.value(form, WHY) == "they stay"
    assert len(held(engine, journal.profiles, date(2999, 1, 1), IDEAL)) == 1
    assert ben.write(form) == []
    kept = held(engine, journal.profiles, date(2999, 1, 1), IDEAL)
    assert sorted(kept["who"]) == ["Anna", "Ben"]


def test_a_note_is_kept_though_somebody_noted_another_meanwhile(app: apps.App, engine: Any, tmp_path: Path) -> None:
    """What Ben wrote is kept, and the form is empty again."""
    ben = Reader(app, tmp_path, "best-fit")
    journal.note(engine, "A1", "Acme", "It is fast", "speed", "Anna", ON)
    ben.fill("note", **{"What they said, in one line": "It saves Fridays", "Theme": "time", "Heard by": "Ben"})
    assert ben.write("note") == []
    notes = held(engine, journal.notes, date(2999, 1, 1))
    assert sorted(notes["said"]) == ["It is fast", "It saves Fridays"]
    assert ben.value("note", "What they said, in one line") == ""


def test_the_note_that_was_picked_is_taken_back(app: apps.App, engine: Any, tmp_path: Path) -> None:
    """A newer note that came meanwhile stands first in the list by then, and stays."""
    journal.note(engine, "A1", "Acme", "It is fast", "speed", "Anna", ON)
    ben = Reader(app, tmp_path, "best-fit")
    journal.note(engine, "A2", "Birch", "It is dear", "price", "Anna", ON)
    ben.fill("take back a note", Who="Ben")
    assert ben.write("take back a note") == []
    assert held(engine, journal.notes, date(2999, 1, 1))["said"].tolist() == ["It is dear"]


def test_of_two_who_write_the_canvas_the_later_is_told(app: apps.App, engine: Any, tmp_path: Path) -> None:
    """Ben's lines stay in the form under the sentence that tells of Anna's."""
    ben, part = Reader(app, tmp_path, "tighten", tab="say"), "value themes"
    journal.keep_canvas(engine, part, "Less work", [], "Anna", ON, None)
    form = f"canvas {part}"
    ben.fill(form, **{"Value themes, a line each": "More sales", "Who": "Ben"})
    [told] = ben.write(form)
    assert "Anna" in told
    assert ben.value(form, "Value themes, a line each") == "More sales"
    assert ben.write(form) == []
