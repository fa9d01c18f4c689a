"""The Board deck page, without a browser: slides as pictures with their words, files to take, what is missing."""

from __future__ import annotations

import os
from datetime import date
from io import BytesIO
from pathlib import Path
from unittest import mock
from zipfile import ZipFile

import apps
import decks
import openpyxl
import pytest
from streamlit.testing.v1 import AppTest
from visits import Visitor, seen

from gtm_metrics import deck, journal
from gtm_metrics.controls import slides
from gtm_metrics.deck import extra

pytestmark = pytest.mark.xdist_group("decks")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the companies' warehouses lie."""
    return apps.shared_folder(tmp_path_factory)


@pytest.fixture(scope="module")
def app(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> apps.App:
    """A small company with a journal of its own."""
    return apps.with_journal(folder, "small", tmp_path_factory.mktemp("page"), ("industry",))


def pictures(page: AppTest) -> list[str]:
    """What each picture says to who does not see it."""
    return [each.proto.imgs[0].alt for each in page.get("image")]


def test_each_finding_is_shown_as_a_picture_with_its_words(app: apps.App, folder: Path) -> None:
    """Under an address its findings stand one below the other; headline, explanation and footnote are its text
    alternative; buttons hand each over, and all of them."""
    page = Visitor(folder, {}).opened(app, "board-deck", slides="alternatives,decided")
    assert seen(page).exceptions == ()
    first, second = pictures(page)
    assert "status quo" in first
    assert "15 Nov 2026" in first
    assert second.startswith("No decision on record since ")
    labels = [each.proto.label for each in page.get("download_button")]
    assert labels == ["PowerPoint", "Pictures", "Workbook", "PNG", "SVG", "PNG", "SVG"]


def test_with_names_hidden_no_account_is_named(app: apps.App, folder: Path) -> None:
    """The best customers of a small company are listed by name; hidden they are numbered in what leaves."""
    visitor = Visitor(folder, {})
    page = visitor.opened(app, "board-deck", slides="best-fit", names="hidden")
    assert seen(page).exceptions == ()
    assert page.toggle[0].value is True
    with mock.patch.dict(os.environ, app.environment):
        page.toggle[0].set_value(False).run()
    assert page.query_params.get("names") is None
    assert seen(page).exceptions == ()


def test_a_board_page_is_the_slide_alone(app: apps.App, folder: Path) -> None:
    """?view=board: no picker and no button, the first slide that was asked for."""
    page = Visitor(folder, {}).opened(app, "board-deck", slides="decided", view="board")
    assert len(pictures(page)) == 1
    assert not page.get("download_button")
    assert not page.title


def test_without_the_extra_words_stand_in_place_of_pictures(
    app: apps.App, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What to install stands where the buttons were; the workbook is there; each slide is told in words."""
    monkeypatch.setattr(extra, "find_spec", lambda name: None)
    page = Visitor(folder, {}).opened(app, "board-deck", slides="decided")
    assert not pictures(page)
    assert [each.proto.label for each in page.get("download_button")] == ["Workbook"]
    texts = " ".join(seen(page).texts)
    assert "vl-convert-python is not installed" in texts
    assert "python-pptx is not installed" in texts
    assert any(each.value.startswith("No decision on record") for each in page.subheader)


def test_where_nothing_is_connected_each_finding_says_why(folder: Path) -> None:
    """Accounts alone: the page opens and tells what is missing for each slide."""
    page = Visitor(folder, {}).opened(apps.an_app(folder, "accounts only"), "board-deck")
    found = seen(page)
    assert found.exceptions == ()
    assert sum(text.startswith("No slide for ") for text in found.texts) == 6


def test_what_is_taken_is_kept(folder: Path, tmp_path: Path) -> None:
    """A file that leaves keeps its slides in the journal, once; the pictures are one file, a PNG and an SVG a slide."""
    company = decks.a_company(folder, "small")
    found = deck.deck_of(company.asked, company.doors, ("alternatives", "decided"), anew=True)
    url = f"sqlite:///{tmp_path / 'taken.sqlite'}"
    with mock.patch.dict(os.environ, {"GTM_JOURNAL": url}):
        for _ in range(2):
            data = slides._kept(
                company.doors.company, company.asked, found, "Anna", lambda: slides._pictures(found.slides)
            )
    names = ["01-alternatives.png", "01-alternatives.svg", "02-decided.png", "02-decided.svg"]
    assert ZipFile(BytesIO(data)).namelist() == names
    engine = journal.open_journal(url)
    with journal.reading(engine) as read:
        kept = journal.slides(read)
    engine.dispose()
    assert kept["finding"].tolist() == ["alternatives", "decided"]
    assert set(kept["who"]) == {"Anna"}
    assert {each.date() for each in kept["as_of"]} == {date(2026, 11, 15)}
    assert openpyxl.load_workbook(BytesIO(deck.workbook_of(found.slides, company.doors.metrics))).sheetnames
