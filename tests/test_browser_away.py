"""In a browser: a new week comes to a page that is open; a server without its warehouse shows what was last read."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import apps
import pytest
from tabs import MILLISECONDS, TIGHTEN, Open, Tab, chrome, opened

__all__ = ["chrome", "opened"]

pytestmark = pytest.mark.xdist_group("browser away")


def test_a_new_week_comes_by_itself_and_stays_without_the_warehouse(
    opened: Open, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Home opens with the funnel before its week is judged, and shows the verdict without being touched; a fresh server
    whose warehouse is gone opens home, Tighten and Segment, each with the line that says so."""
    shared = apps.with_journal(apps.shared_folder(tmp_path_factory), "winner", tmp_path, ("industry",))
    text = shared.config.read_text(encoding="utf-8").replace("refresh_wait_seconds = 600", "refresh_wait_seconds = 0")
    shared.config.write_text(text, encoding="utf-8")
    own = Path(shutil.copy(Path(shared.url.removeprefix("duckdb:///")).resolve(), tmp_path / "its.duckdb"))
    app = replace(shared, url=f"duckdb:///{own}")
    segment = "/segment?by=industry&segment=DTC%20e-commerce"
    with apps.served(app) as server:
        tab = opened(server)
        until(tab, "/", "Time to tighten positioning")
        title = tab.title
        until(tab, TIGHTEN, "Does it hold up?")
        until(tab, segment, "The rows behind a number")
        tab.leave()
    own.unlink()
    with apps.served(app) as server:
        tab = opened(server)
        until(tab, "/", "Figures as read on")
        tab.soon(lambda: tab.title, title)
        until(tab, TIGHTEN, "This is what the journal holds")
        until(tab, segment, "Figures as read on")
        tab.leave()


def until(tab: Tab, path: str, says: str) -> None:
    """Opens a page, and waits until it says this by itself."""
    tab.page.goto(tab.server + path)
    tab.page.get_by_text(says).first.wait_for(timeout=MILLISECONDS)
    tab.still()
