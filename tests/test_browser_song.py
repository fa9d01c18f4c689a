"""The tabs of Tighten positioning in a browser: a deep link opened first, a voice written down, back and forward."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import apps
import pytest
from test_browser import MILLISECONDS, TIGHTEN, Open, Tab, chrome, opened

pytestmark = pytest.mark.xdist_group("browser")

__all__ = ["chrome", "opened"]

SONG, SAY = f"{TIGHTEN}?tab=song", "say"


@pytest.fixture(scope="module")
def server(chrome: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One server with a journal of its own."""
    app = apps.with_journal(apps.shared_folder(tmp_path_factory), "winner", tmp_path_factory.mktemp("song"))
    with apps.served(app) as address:
        yield address


def told(tab: Tab, title: str) -> Tab:
    """Waits until the title holds these words and the script is done."""
    from playwright.sync_api import expect

    expect(tab.page.locator("h1")).to_contain_text(title, timeout=MILLISECONDS)
    tab.page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')
    assert tab.page.get_by_test_id("stException").count() == 0
    return tab


def at(tab: Tab, path: str, title: str) -> Tab:
    """Opens a path and waits until the title holds these words."""
    tab.page.goto(tab.server + path)
    return told(tab, title)


def test_a_voice_is_written_down_and_there_for_everybody(opened: Open, server: str) -> None:
    """The first address a new server sees is the tab's: it opens there; a voice is written by the form, and another
    reader sees it. A click on another tab changes the address, and back goes back."""
    tab = at(opened(server), SONG, "Nobody has been asked yet")
    tab.page.get_by_role("button", name="Write down a voice").click()
    form = tab.page.get_by_test_id("stForm").first
    form.get_by_label("Who speaks").fill("Ada")
    form.get_by_label("Or another, in their words").fill("Agencies that run shops")
    form.get_by_label("Why this one").fill("One rollout, ten shops")
    form.get_by_label("Written down by").fill("Ada")
    form.get_by_role("button", name="Write into the journal").click()
    told(tab, "Only founder has been asked")
    other = at(opened(server), SONG, "Only founder has been asked")
    assert "Agencies that run shops" in other.page.get_by_test_id("stTable").first.inner_text()
    other.page.get_by_role("radio", name="What we will say").or_(
        other.page.get_by_role("button", name="What we will say")
    ).first.click()
    told(other, "Nobody has written down yet what we will say")
    assert other.query["tab"] == SAY
    other.page.go_back()
    told(other, "Only founder has been asked")
    assert other.query["tab"] == "song"
    assert tab.errors == other.errors == []
    assert all(url.startswith(("http://localhost", "http://127.0.0.1", "data:", "blob:")) for url in other.requests)
