"""The board's slide in a browser: findings are chosen, the deck is taken, and the file says what the page said."""

from __future__ import annotations

from pathlib import Path

import apps
import decks
import pytest
from tabs import DECK, Open, Tab, chrome, opened

__all__ = ["chrome", "opened"]

pytestmark = pytest.mark.xdist_group("browser")


def pictures(tab: Tab, what: str = "alt") -> list[str]:
    """What each slide's picture says to who does not see it, its headline first; or its `src`."""
    script = "(all, what) => all.map(each => each.getAttribute(what))"
    return list(tab.page.locator("[data-testid=stImage] img").evaluate_all(script, what))


def taken(tab: Tab) -> list[list[str]]:
    """Texts of each slide of the PowerPoint file that the button hands over, the title first; read by python-pptx."""
    with tab.page.expect_download() as download:
        tab.page.get_by_test_id("stDownloadButton").get_by_role("button", name="PowerPoint").click()
    assert download.value.suggested_filename == f"board-deck-{apps.AS_OF}.pptx"
    file = decks.opened(Path(download.value.path()).read_bytes())
    return [[each.shapes.title.text_frame.text, *(text.text for text in decks.texts(each))] for each in file.slides]


def test_a_deck_is_chosen_and_taken(opened: Open, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """One slide by its address, a second by a click: both are in the file, headline for headline. Account names hidden,
    the file names nobody whom it named before, and the address says so to whoever is sent it."""
    app = apps.with_journal(apps.shared_folder(tmp_path_factory), "small", tmp_path, ("industry",))
    with apps.served(app) as server:
        tab = opened(server).go(f"{DECK}?slides=alternatives", "^board deck")
        assert len(pictures(tab)) == 1
        tab.page.get_by_test_id("stButtonGroup").get_by_text("Best-fit customers", exact=True).click()
        tab.soon(lambda: len(pictures(tab)), 2).still().at(DECK, slides="best-fit,alternatives")
        shown, drawn, named = pictures(tab), pictures(tab, "src"), taken(tab)
        assert all(alt.startswith(slide[0]) for alt, slide in zip(shown, named, strict=True))
        tab.page.get_by_text("Hide account names").click()
        tab.soon(lambda: pictures(tab, "src")[0] != drawn[0], True).still()
        tab.at(DECK, slides="best-fit,alternatives", names="hidden")
        hidden = taken(tab)
        tab.leave()
    assert [slide[0] for slide in hidden] == [slide[0] for slide in named]
    numbered = [text for text in hidden[0] if text.startswith("Account ")]
    gone = set(named[0]) - set(hidden[0])
    assert len(numbered) == len(gone) >= 3, (numbered, gone)
