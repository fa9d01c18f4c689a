"""The tabs of Tighten positioning in a browser: a deep link opened first, a voice written down, back and forward."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import apps
import pytest
from tabs import TIGHTEN, Open, chrome, opened

pytestmark = pytest.mark.xdist_group("browser")

__all__ = ["chrome", "opened"]

SONG = f"{TIGHTEN}?tab=song"


@pytest.fixture(scope="module")
def server(chrome: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One server with a journal of its own."""
    app = apps.with_journal(apps.shared_folder(tmp_path_factory), "winner", tmp_path_factory.mktemp("song"))
    with apps.served(app) as address:
        yield address


def test_a_voice_is_written_down_and_there_for_everybody(opened: Open, server: str) -> None:
    """The first address a new server sees is the tab's: it opens there; a voice is written by the form, and another
    reader sees it. A click on another tab changes the address, and back goes back."""
    tab = opened(server).go(SONG).entitled("Nobody has been asked yet")
    tab.page.get_by_role("button", name="Write down a voice").click()
    form = tab.page.get_by_test_id("stForm").first
    form.get_by_label("Who speaks").fill("Ada")
    form.get_by_label("Or another, in their words").fill("Agencies that run shops")
    form.get_by_label("Why this one").fill("One rollout, ten shops")
    form.get_by_label("Written down by").fill("Ada")
    form.get_by_role("button", name="Write into the journal").click()
    tab.entitled("Only founder has been asked")
    other = opened(server).go(SONG).entitled("Only founder has been asked")
    other.page.get_by_test_id("stTable").filter(has_text="Agencies that run shops").first.wait_for()
    other.page.get_by_role("radio", name="What we will say").or_(
        other.page.get_by_role("button", name="What we will say")
    ).first.click()
    other.entitled("Nobody has written down yet what we will say").at(TIGHTEN, tab="say")
    other.page.go_back()
    other.entitled("Only founder has been asked").at(TIGHTEN, tab="song")
    assert tab.errors == other.errors == []
    assert all(url.startswith(("http://localhost", "http://127.0.0.1", "data:", "blob:")) for url in other.requests)
