"""Texts that are attempts, in a browser: nothing of them runs, leads away, asks for anything, or breaks a page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import apps
import hostile
import pytest
from tabs import DECK, HOME, MARKETS, SEGMENT, TIGHTEN, Open, chrome, opened

from gtm_metrics.controls import tabs

__all__ = ["chrome", "opened"]
pytestmark = pytest.mark.xdist_group("browser")

VIEWS = (
    HOME,
    f"{SEGMENT}?by=industry",
    "/best-fit",
    "/alternatives",
    f"{MARKETS}?show=people",
    TIGHTEN,
    *(f"{TIGHTEN}?{tabs.TAB}={tab}" for tab in (tabs.TRACKED, tabs.SAY, tabs.SONG)),
    DECK,
    "/warehouse",
    "/definitions",
)
FOUND = """main => ({
    ran: window.ran ?? null,
    title: document.title,
    made: [...main.querySelectorAll('script, iframe, object, embed, base, svg[onload], [onerror], [onload], [onclick]')]
        .map(each => each.outerHTML.slice(0, 200)),
    images: [...main.querySelectorAll('img')].map(each => each.src.slice(0, 60)),
    links: [...main.querySelectorAll('a[href], area[href], form[action]')].map(each => each.href || each.action),
    wide: main.scrollWidth - main.clientWidth,
    high: main.scrollHeight,
    text: main.innerText.replaceAll('\\u2060', ''),
})"""
"""What a page has become: whether anything ran, what it holds that could act or lead away, its size and its words."""


@pytest.fixture(scope="module")
def server(chrome: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The hostile company, its journal full of it, served once for every view."""
    folder: Path = tmp_path_factory.mktemp("hostile")
    with apps.served(hostile.an_app(folder)) as address:
        yield address


def test_on_no_page_does_a_text_act(opened: Open, server: str) -> None:
    """Every view in one browser: no script ran, no dialog opened, no element and no address comes of a text (`opened`
    counts requests to other hosts and errors); what is seen of it is the text; no page is wider than its window, or
    longer than its rows."""
    tab, asked = opened(server), []
    tab.page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    seen = ""
    for path in VIEWS:
        found = tab.go(path).measured(FOUND.removeprefix("main => "))
        assert (found["ran"], asked) == (None, []), path
        assert "taken" not in found["title"], path
        assert found["made"] == [], path
        assert not [image for image in found["images"] if hostile.EVIL in image], path
        hosts = {(urlsplit(link).scheme, urlsplit(link).netloc) for link in found["links"]}
        assert hosts <= {("http", urlsplit(server).netloc), ("https", "crm.example.com")}, path
        assert found["wide"] <= 1, path
        assert found["high"] < 12_000, path
        seen += found["text"]
    assert "<script>alert('x')</script>" in seen
    assert "**bold** _it_ `code` ~~gone~~" in seen
    assert "[run](javascript:window.ran=1)" in seen
    assert "$x^2$ and $$y$$ at $5" in seen
