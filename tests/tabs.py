"""A page of the app in a browser, as its reader has it: what is done there, and what must come of it.

A machine may be slow, and what an earlier run of the page showed stands until the next has shown its own. So nothing
is read once and compared: `soon` waits for a reading, `until` for an overline that only the finished run shows, and
whatever is clicked by its place on the screen must first stay where it is.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import apps
import pytest

SECONDS = 120
"""A page may take this long on a machine that does much else; the first of a server and a profile takes the most."""
MILLISECONDS = 1000 * SECONDS

STILL = """() => {
    const all = id => [...document.querySelectorAll(`[data-testid=${id}]`)]
    const charts = all('stVegaLiteChart')
    const done = all('stApp')[0]?.dataset.testScriptState === 'notRunning' && document.fonts.status === 'loaded'
        && !document.querySelector('[data-testid=stSkeleton], [data-testid=stProgress], [data-stale=true]')
        && charts.every(chart => chart.querySelector('svg text')) && [...document.images].every(image => image.complete)
    const placed = each => [each.textContent, ...Object.values(each.getBoundingClientRect().toJSON())]
    const now = done && JSON.stringify([location.href, ...[...charts, ...all('stDataFrame')].map(placed)])
    window.stood = {now, frames: now && now === window.stood?.now ? window.stood.frames + 1 : 0}
    return window.stood.frames >= 2
}"""
"""The script is done, fonts, charts and pictures are there; for two frames charts and tables stood as they stand."""

PLACE = """async each => {
    each.scrollIntoViewIfNeeded()
    let was = '', frames = 0
    while (frames < 2) {
        await new Promise(requestAnimationFrame)
        const now = JSON.stringify(each.getBoundingClientRect())
        frames = now === was ? frames + 1 : 0
        was = now
    }
    return each.isConnected ? {...JSON.parse(was), text: each.textContent} : null
}"""
"""Where an element is and what it says, scrolled into sight, once it has stood there for two frames; null if it was
taken away meanwhile."""

HEAD = ROW = 35
"""Pixels of a table's head and of each of its rows."""
HOME, SEGMENT, TIGHTEN, MARKETS, DECK = "/", "/segment", "/tighten", "/follow-on-markets", "/board-deck"
Open = Callable[..., "Tab"]


class Tab:
    """One page in a profile of its own, with the requests it made and the errors it reported."""

    def __init__(self, page: Any, server: str) -> None:
        self.page, self.server = page, server
        self.requests: list[str] = []
        self.errors: list[str] = []
        page.set_default_timeout(MILLISECONDS)
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _heard(self, line: Any) -> None:
        """Keeps an error. On a path other than / Streamlit looks for its own server below that path first, is told
        404, and looks at / then: that is how it finds its root and no error of the page."""
        if line.type == "error" and not re.search(r"^/[\w-]+/_stcore/", urlsplit(line.location.get("url", "")).path):
            self.errors.append(f"{line.text} {line.location.get('url', '')}")

    def go(self, path: str, says: str = "") -> Tab:
        """Opens a path of the server, and waits until its overline matches `says` and nothing of it is to come. Without
        `says` a title will do, or a slide's picture, which holds its own."""
        self.page.goto(self.server + path)
        if says:
            return self.until(says)
        self.page.locator("h1, [data-testid=stImage] img").first.wait_for()
        return self.still()

    def until(self, says: str) -> Tab:
        """Waits until the page's overline matches `says` (case apart) and nothing of it is to come. After an action
        `says` must be what the page did not say before, or its earlier run passes for the next."""
        return self._says(self.page.get_by_test_id("stCaptionContainer"), says)

    def entitled(self, says: str) -> Tab:
        """The same of its title."""
        return self._says(self.page.locator("h1"), says)

    def _says(self, where: Any, says: str) -> Tab:
        from playwright.sync_api import expect

        pattern = re.compile(says, re.IGNORECASE | re.DOTALL)
        expect(where.first).to_have_text(pattern, timeout=MILLISECONDS)
        return self.still()

    def still(self) -> Tab:
        """Waits until the script is done and all it shows stays where it is; an exception on the page is one here."""
        self.page.wait_for_function(STILL)
        assert self.page.get_by_test_id("stException").all_inner_texts() == []
        return self

    def soon(self, read: Callable[[], Any], wanted: Any) -> Tab:
        """Waits until a reading of the page is what is wanted."""
        end = time.monotonic() + SECONDS
        while (found := read()) != wanted and time.monotonic() < end:
            self.page.wait_for_timeout(50)
        assert found == wanted, f"{found} is not {wanted}"
        return self

    def at(self, path: str, **query: str) -> Tab:
        """Waits until the address is this one, to its last parameter."""
        return self.soon(lambda: (self.path, self.query), (path, query))

    def leave(self) -> None:
        """Closes the page, before its server ends: a page without one reports that as an error."""
        self.page.close()

    def place(self, what: Any) -> dict[str, Any]:
        """The box (x, y, width, height) and the `text` of an element that has come to rest."""
        what.wait_for(state="attached")
        end = time.monotonic() + SECONDS
        while (found := what.evaluate(PLACE)) is None and time.monotonic() < end:
            pass
        assert found is not None, f"{what} is taken away again and again"
        return dict(found)

    def click(self, what: Any) -> str:
        """Clicks in the middle of an element, whatever lies over it, as in a chart; what the element says."""
        box = self.place(what)
        self.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        return str(box["text"])

    def tick(self, table: Any, row: int) -> str:
        """Ticks a row of a table, counted from 0; what its first cell says."""
        name, box = self.place(self.cell(table, row))["text"], self.place(table)
        self.page.mouse.click(box["x"] + 16, box["y"] + HEAD + ROW * (row + 0.5))
        return str(name)

    def cell(self, table: Any, row: int) -> Any:
        """The first cell of a row. Tables are drawn; what a screen reader is told of them comes a fifth of a second
        after what is seen, so that a cell is waited for and never read once."""
        return table.locator("tbody tr").nth(row).locator("td").first

    @property
    def query(self) -> dict[str, str]:
        """The address's query."""
        return {key: values[0] for key, values in parse_qs(urlsplit(self.page.url).query).items()}

    @property
    def path(self) -> str:
        """The address's path."""
        return urlsplit(self.page.url).path

    @property
    def title(self) -> str:
        """The finding at the top."""
        return str(self.page.locator("h1").first.inner_text())

    def charts(self) -> list[Any]:
        """The charts, in order."""
        return list(self.page.get_by_test_id("stVegaLiteChart").all())

    def written(self, chart: int = 0) -> list[str]:
        """Every text in a chart."""
        return list(self.charts()[chart].locator("svg text").all_text_contents())

    def measured(self, what: str) -> Any:
        """What a script says of the element that scrolls."""
        return self.page.get_by_test_id("stMain").evaluate(f"main => {what}")

    def boxes(self, *kinds: str) -> list[dict[str, float]]:
        """The boxes of all elements of these kinds that are seen, measured in one moment."""
        wanted = ", ".join(f"[data-testid={kind}]" for kind in kinds)
        script = "all => all.map(each => each.getBoundingClientRect().toJSON()).filter(box => box.width && box.height)"
        return list(self.page.locator(wanted).evaluate_all(script))


@pytest.fixture(scope="module")
def chrome() -> Iterator[Any]:
    """One browser for the module; without it the tests are skipped, or fail where GTM_REQUIRE_ALL is 1."""
    try:
        with apps.browser() as opened:
            yield opened
    except apps.NoBrowser as missing:
        if os.environ.get("GTM_REQUIRE_ALL") == "1":
            pytest.fail(f"{missing} (GTM_REQUIRE_ALL is 1)")
        pytest.skip(str(missing))


@pytest.fixture
def opened(chrome: Any) -> Iterator[Open]:
    """(server, **context) -> a Tab with a fresh profile. Whatever a test does there: no request may leave for
    another host, and the console stays free of errors.
    """
    tabs: list[tuple[Any, Tab]] = []

    def made(server: str, **context: Any) -> Tab:
        profile = chrome.new_context(**{"viewport": {"width": 1440, "height": 900}, **context})
        tabs.append((profile, Tab(profile.new_page(), server)))
        return tabs[-1][1]

    yield made
    for profile, tab in tabs:
        profile.close()
        host = urlsplit(tab.server).netloc
        gone = [
            url for url in tab.requests if urlsplit(url).scheme not in ("data", "blob") and urlsplit(url).netloc != host
        ]
        assert tab.requests
        assert not gone
        assert not tab.errors
