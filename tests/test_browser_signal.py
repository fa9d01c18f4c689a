"""The signal in a browser: Tighten opened first by its address, on a slide, in the dark; deciding; a row that opens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import apps
import pytest
from tabs import TIGHTEN, Open, chrome, opened
from test_browser import colours, luminance

from gtm_metrics import journal

pytestmark = pytest.mark.xdist_group("browser")

__all__ = ["chrome", "opened"]

SUBJECT = "DTC e-commerce"


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> apps.App:
    """The demo company in which one segment leads, with a journal of its own."""
    return apps.with_journal(apps.shared_folder(tmp_path_factory), "winner", tmp_path_factory.mktemp("browser"))


@pytest.fixture(scope="module")
def server(chrome: Any, company: apps.App) -> Iterator[str]:
    """One server for every test."""
    with apps.served(company) as address:
        yield address


def test_tighten_opens_first_on_a_fresh_server(opened: Open, server: str) -> None:
    """The first address a new server sees is Tighten's: it refreshes, opens, and its title is the verdict."""
    tab = opened(server).go(TIGHTEN, "tighten positioning · to sunday")
    assert tab.path == TIGHTEN
    assert tab.title.startswith(f"Tighten on {SUBJECT}: proven since")
    assert tab.page.get_by_test_id("stSidebarNavLink").get_by_text("Tighten positioning").count() == 1
    assert len(tab.charts()) == 2
    assert SUBJECT in tab.written(0)


def test_a_board_page_of_the_verdict_fits_a_slide(opened: Open, server: str) -> None:
    """At 1280x720 there is no menu and no form, and everything is in sight, the footnote included."""
    tab = opened(server, viewport={"width": 1280, "height": 720}).go(f"{TIGHTEN}?view=board", "tighten positioning")
    for absent in ("stSidebar", "stToolbar", "stPopover", "stSelectbox"):
        assert not any(each.is_visible() for each in tab.page.get_by_test_id(absent).all()), absent
    kinds = ("stVegaLiteChart", "stCaptionContainer", "stMarkdown", "stHeading", "stTable")
    shown = tab.boxes(*kinds)
    assert len(shown) >= 6
    assert tab.measured("main.scrollHeight - main.clientHeight") <= 0
    assert max(box["bottom"] for box in shown) <= 720
    assert max(box["right"] for box in shown) <= 1280
    assert "as of 15 nov 2026" in tab.page.get_by_test_id("stCaptionContainer").last.inner_text().lower()


def test_a_click_on_a_watched_segment_opens_it(opened: Open, server: str) -> None:
    """A row of the table of watched segments that is ticked opens that segment, with its dimension in the address;
    its page links back."""
    tab = opened(server).go(f"{TIGHTEN}?show=segments", "tighten positioning")
    segment = tab.tick(tab.page.get_by_test_id("stDataFrame").first, 2)
    tab.until("^segment.*13 weeks")
    assert tab.query["segment"] == segment
    assert tab.query.get("by", "industry") in ("industry", "employees")
    assert segment in tab.title
    tab.page.get_by_test_id("stMain").get_by_test_id("stPageLink-NavLink").get_by_text("Tighten positioning").click()
    tab.until("^tighten positioning").soon(lambda: tab.path, TIGHTEN)


@pytest.mark.parametrize("what", ["name", "line"])
def test_a_click_on_the_race_opens_the_segment(opened: Open, server: str, what: str) -> None:
    """The name at the end of a line, and the line anywhere along it, open their segment with its dimension."""
    tab = opened(server).go(TIGHTEN, "tighten positioning · to sunday")
    drawing = tab.page.get_by_test_id("stVegaLiteChart").first
    if what == "name":
        tab.click(drawing.locator("svg text").get_by_text(SUBJECT, exact=True).first)
    else:
        middle = drawing.evaluate(
            "chart => { const lines = [...chart.querySelectorAll('svg path[stroke=transparent]')];"
            "const longest = lines.reduce((a, b) => a.getTotalLength() > b.getTotalLength() ? a : b);"
            "const at = longest.getPointAtLength(longest.getTotalLength() / 2), to = longest.getScreenCTM();"
            "return [at.x * to.a + to.e, at.y * to.d + to.f]; }"
        )
        tab.page.mouse.click(*middle)
    tab.until("^segment.*13 weeks")
    assert (tab.query["segment"], tab.query.get("by", "industry")) == (SUBJECT, "industry")


def test_the_keyboard_opens_a_segment_too(opened: Open, server: str) -> None:
    """Who points at nothing walks to a row of the table of watched segments and ticks it: arrows, then Shift+Space."""
    tab = opened(server).go(f"{TIGHTEN}?show=segments", "tighten positioning · to sunday")
    table = tab.page.get_by_test_id("stDataFrame").first
    table.scroll_into_view_if_needed()
    segment = tab.place(tab.cell(table, 2))["text"]
    table.locator("canvas").first.focus()
    for row in (1, 2):
        tab.page.keyboard.press("ArrowDown")
        table.locator(f"tbody tr:nth-child({row + 1}) td[aria-selected=true]").wait_for(state="attached")
    tab.page.keyboard.press("Shift+Space")
    tab.until("^segment.*13 weeks")
    assert tab.query["segment"] == segment


def test_tighten_is_dark_where_the_reader_is(opened: Open, server: str) -> None:
    """In the dark the page and its drawings have their own colours, and say the same."""
    light = opened(server).go(TIGHTEN, "tighten positioning")
    dark = opened(server, color_scheme="dark").go(TIGHTEN, "tighten positioning")
    dark.page.wait_for_function(
        "() => [...document.querySelectorAll('[data-testid=stVegaLiteChart] svg text')].every(t => {"
        "const [r, g, b] = t.getAttribute('fill').startsWith('#')"
        " ? t.getAttribute('fill').match(/\\w\\w/g).map(h => parseInt(h, 16)) : t.getAttribute('fill').match(/\\d+/g);"
        "return (+r + +g + +b) > 3 * 90})"
    )
    assert luminance(dark) < 40 < 220 < luminance(light)
    assert not colours(dark) & colours(light)
    dark.soon(lambda: [dark.written(n) for n in (0, 1)], [light.written(n) for n in (0, 1)])


def test_deciding_in_the_browser_writes_into_the_journal(opened: Open, server: str, company: apps.App) -> None:
    """The form, filled in and sent, becomes one row of the journal, and the page lists it."""
    tab = opened(server).go(TIGHTEN, "tighten positioning")
    tab.page.get_by_test_id("stPopover").get_by_role("button").click()
    form = tab.page.get_by_test_id("stForm")
    form.get_by_text("Name it as the thesis").click()
    form.get_by_label("Who", exact=True).fill("Anna")
    form.get_by_label("Why, in a sentence").fill("we know them best")
    form.get_by_role("button", name="Write into the journal").click()
    listed = tab.page.get_by_test_id("stTable").filter(has_text="we know them best")
    listed.filter(has_text=re.compile("thesis", re.IGNORECASE)).wait_for()
    engine = journal.open_journal(company.journal)
    with journal.reading(engine) as read:
        rows = journal.decisions(read)
    engine.dispose()
    assert list(zip(rows["kind"], rows["segment"], rows["who"], rows["why"], strict=True)) == [
        ("thesis", SUBJECT, "Anna", "we know them best")
    ]
