"""What only a browser shows: addresses, clicks, downloads, the board page, dark colours, and where requests go."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import apps
import pandas as pd
import pytest
import visits
from tabs import HOME, SEGMENT, Open, Tab, chrome, opened

from gtm_metrics import journal

__all__ = ["chrome", "opened"]

pytestmark = pytest.mark.xdist_group("browser")

DEEP = {
    "home": ("/?by=region&window=26", r"26 weeks.*by region"),
    "segment": ("/segment?segment=Education&window=52&as_of=2026-10-04", r"52 weeks to sunday 4 oct 2026.*by industry"),
    "alternatives": ("/alternatives?window=52&against=Tandemly", r"^alternatives.*52 weeks.*by industry"),
    "best-fit": ("/best-fit", "the last 24 months"),
    "warehouse": ("/warehouse", "warehouse"),
    "definitions": ("/definitions", "definitions"),
}


@pytest.fixture(scope="module")
def winner(tmp_path_factory: pytest.TempPathFactory) -> apps.App:
    """The demo company in which one segment leads."""
    return apps.an_app(apps.shared_folder(tmp_path_factory), "winner")


@pytest.fixture(scope="module")
def server(chrome: Any, winner: apps.App) -> Iterator[str]:
    """One server for every test that does not ask for a fresh one."""
    with apps.served(winner) as address:
        yield address


@pytest.mark.parametrize("page", DEEP)
def test_a_deep_link_opens_first_on_a_fresh_server(opened: Open, winner: apps.App, page: str) -> None:
    """The first address a new server sees is a page with filters: that page opens, with its menu, without a dialog,
    the filters are those of the link, and no request goes to another host (`opened` counts them). The deals against
    the alternative of a link are listed, and those against another where it is clicked."""
    path, says = DEEP[page]
    with apps.served(winner) as fresh:
        tab = opened(fresh).go(path, says)
        assert tab.page.get_by_role("dialog").count() == 0
        assert tab.page.get_by_test_id("stSidebarNavLink").count() == len(visits.PATHS)
        tab.at(urlsplit(path).path, **dict(parse_qsl(urlsplit(path).query)))
        if page == "segment":
            assert "Education" in tab.title
        if page == "alternatives":
            deals_against(tab, "Tandemly")
            click_on_an_alternative(tab, "Norvane")
        tab.leave()


def test_look_alikes_are_put_on_a_list(opened: Open, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The Best-fit page is the first address a new server sees: it opens with the link's choices. An account that is
    ticked is put on the never list by the form; it is named no longer, and the journal says who set it apart."""
    app = apps.with_journal(apps.shared_folder(tmp_path_factory), "winner", tmp_path)
    with apps.served(app) as fresh:
        tab = opened(fresh).go("/best-fit?criteria=best&list=worst", "the last 24 months")
        assert tab.page.get_by_role("dialog").count() == 0
        tab.at("/best-fit", criteria="best", list="worst")
        table = tab.page.locator(".st-key-look-alikes").get_by_test_id("stDataFrame")
        name, second = tab.tick(table, 0), tab.place(tab.cell(table, 1))["text"]
        assert name != second
        form = tab.page.get_by_test_id("stForm").filter(has_text="Set apart:")
        form.get_by_text(f"Set apart: {name}").wait_for()
        form.get_by_label("Who").fill("Ada")
        form.get_by_label("Why").fill("a competitor")
        form.get_by_role("button", name="Write into the journal").click()
        tab.page.get_by_text("On a list: 1").wait_for()
        tab.soon(tab.cell(table, 0).text_content, second)
        tab.leave()
    engine = journal.open_journal(app.journal)
    with journal.reading(engine) as kept:
        rows = journal.listed(kept)
    engine.dispose()
    assert rows[["account", "kind", "who", "why"]].to_numpy().tolist() == [[name, "never", "Ada", "a competitor"]]


def test_a_copied_address_opens_the_same_view(opened: Open, server: str, winner: apps.App) -> None:
    """Dimension and window go into the address by name; the address shows the same after a reload, and to somebody
    else on another server that has just started."""
    tab = opened(server).go(HOME, "13 weeks.*by industry")
    tab.page.get_by_test_id("stButtonGroup").get_by_text("Company size", exact=True).click()
    tab.until("13 weeks.*by company size")
    choose(tab, "Window", "26 weeks")
    tab.until("26 weeks.*by company size")
    tab.at(HOME, by="employees", window="26")
    before = (tab.title, tab.written())
    assert len(before[1]) > 20
    tab.page.reload()
    tab.until("26 weeks.*by company size").soon(lambda: (tab.title, tab.written()), before)
    with apps.served(winner) as fresh:
        other = opened(fresh).go(tab.page.url.removeprefix(server), "26 weeks.*by company size")
        other.soon(lambda: (other.title, other.written()), before)
        other.leave()


def choose(tab: Tab, label: str, option: str) -> None:
    """Picks an option of a select box."""
    tab.page.get_by_test_id("stSelectbox").filter(has_text=label).locator("input").click()
    tab.page.get_by_role("option", name=option, exact=True).click()


def test_filters_stay_from_page_to_page(opened: Open, server: str) -> None:
    """Through the menu the filters stay, by way of a page that has none too; Back undoes a choice."""
    view = "26 weeks to sunday 4 oct 2026.*by company size"
    tab = opened(server).go("/?by=employees&window=26&as_of=2026-10-04", view)
    menu(tab, "Segment")
    tab.until(f"^segment.*{view}")
    assert {"by", "window", "as_of", "segment"} == set(tab.query)
    menu(tab, "Warehouse")
    tab.until("^warehouse")
    menu(tab, "Funnel health")
    tab.until(f"^funnel health.*{view}")
    tab.page.get_by_test_id("stButtonGroup").get_by_text("Region", exact=True).click()
    tab.until("26 weeks.*by region")
    tab.page.go_back()
    tab.until("26 weeks.*by company size")
    assert tab.query["by"] == "employees"


def menu(tab: Tab, page: str) -> None:
    """Goes to a page by the menu."""
    tab.page.get_by_test_id("stSidebarNavLink").get_by_text(page, exact=True).click()


def test_a_click_on_a_chart_opens_the_segment(opened: Open, server: str) -> None:
    """A click on a segment's row in the chart opens its page, with the filters kept."""
    tab = opened(server).go("/?by=region&window=26", "26 weeks.*by region")
    name = tab.charts()[0].locator("svg text", has_text=re.compile("^(UK|DACH|Nordics|North America)"))
    segment = tab.click(name.first)
    tab.until("^segment.*26 weeks.*by region").at(SEGMENT, by="region", window="26", segment=segment)
    assert segment in tab.title


def deals_against(tab: Tab, name: str) -> None:
    """Waits until deals are listed, more than five, and every one of them was lost against that alternative. What
    an earlier run of the page has listed stands until the next has listed its own."""
    tab.page.get_by_test_id("stDataFrame").nth(1).locator("tbody tr").first.wait_for(state="attached")
    tab.page.wait_for_function(
        """name => {
            const table = document.querySelectorAll('[data-testid=stDataFrame]')[1]
            const rows = [...(table?.querySelectorAll('tbody tr') ?? [])]
            return rows.length > 5 && rows.every(row => row.querySelectorAll('td')[5].textContent === name)
        }""",
        arg=name,
    )


def click_on_an_alternative(tab: Tab, name: str) -> None:
    """A click on an alternative in the chart lists the deals against it, and puts it into the address."""
    tab.click(tab.charts()[0].locator("svg text", has_text=re.compile(f"^{name}$")).first)
    tab.at("/alternatives", window="52", against=name)
    deals_against(tab, name)


def test_a_click_on_a_row_opens_the_segment(opened: Open, server: str) -> None:
    """A row of the table that is ticked opens that row's segment, with the filters kept."""
    tab = opened(server).go("/?by=region&window=26", "26 weeks.*by region")
    segment = tab.tick(tab.page.get_by_test_id("stDataFrame").first, 1)
    tab.until("^segment.*26 weeks.*by region").at(SEGMENT, by="region", window="26", segment=segment)


def test_the_rows_download_as_they_are_counted(opened: Open, server: str) -> None:
    """The CSV holds as many rows as the page says, and its last columns add up to the number."""
    tab = opened(server).go("/segment?segment=Education&rows=close_rate&window=52", "52 weeks")
    said = tab.page.get_by_text(re.compile("rows, which add up to the number")).inner_text()
    rows, successes, trials = (int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*", said))
    with tab.page.expect_download() as download:
        tab.page.get_by_test_id("stDownloadButton").get_by_role("button", name="CSV").click()
    frame = pd.read_csv(download.value.path())
    assert download.value.suggested_filename.endswith(".csv")
    assert trials > 30
    assert (len(frame), frame["successes"].sum(), frame["trials"].sum()) == (rows, successes, trials)


BOARD = (
    "/?view=board",
    "/segment?view=board&segment=Education",
    "/?view=board&by=team",
    "/segment?view=board&by=region",
    "/best-fit?view=board",
)


def test_a_board_page_fits_a_slide(opened: Open, server: str) -> None:
    """At 1280x720 there is no menu, no toolbar and no picker, and everything is in sight, the footnote included."""
    tab = opened(server, viewport={"width": 1280, "height": 720})
    for path in BOARD:
        tab.go(path, "the last 24 months" if "best-fit" in path else "weeks")
        for absent in ("stSidebar", "stToolbar", "stSelectbox", "stButtonGroup"):
            assert not any(each.is_visible() for each in tab.page.get_by_test_id(absent).all()), (path, absent)
        shown = tab.boxes("stVegaLiteChart", "stCaptionContainer", "stMarkdown", "stHeading")
        assert len(shown) >= 4
        assert tab.measured("main.scrollHeight - main.clientHeight") <= 0, path
        assert max(box["bottom"] for box in shown) <= 720, path
        assert max(box["right"] for box in shown) <= 1280, path
        assert min(min(box["x"], box["y"]) for box in shown) >= 0, path
        assert "as of" in tab.page.get_by_test_id("stCaptionContainer").last.inner_text().lower(), path


FITTED = """() => [...document.querySelectorAll('[data-testid=stVegaLiteChart]')].every(chart =>
    Math.abs(chart.getBoundingClientRect().right - chart.querySelector('svg')?.getBoundingClientRect().right) <= 1)"""
"""Every drawing has been made anew for the width its place now has, and ends with it."""


@pytest.mark.parametrize("path", [HOME, SEGMENT])
def test_a_page_is_as_wide_as_the_window(opened: Open, server: str, path: str) -> None:
    """From 1280 to 1920 pixels nothing scrolls sideways, and every chart stands whole within the page, apart from
    the next."""
    tab = opened(server, viewport={"width": 1280, "height": 900}).go(path, "13 weeks")
    for width in (1280, 1920):
        tab.page.set_viewport_size({"width": width, "height": 900})
        tab.page.wait_for_function(FITTED)
        assert tab.still().measured("main.scrollWidth - main.clientWidth") <= 0, width
        assert tab.page.evaluate("document.documentElement.scrollWidth") <= width
        (main,), charts = tab.boxes("stMainBlockContainer"), tab.boxes("stVegaLiteChart")
        assert charts
        assert main["right"] <= width
        for box in charts:
            assert main["left"] <= box["left"] < box["right"] <= main["right"], width
        beside = [box for box in charts if box["top"] == charts[0]["top"]]
        assert all(one["right"] <= other["left"] for one, other in pairwise(beside)), width


def test_dark_is_dark_throughout(opened: Open, server: str) -> None:
    """Where the reader's system is dark the page is, and charts have their own colours for it: light on dark."""
    light = opened(server).go(HOME, "13 weeks")
    dark = opened(server, color_scheme="dark").go(HOME, "13 weeks")
    dark.page.wait_for_function(
        "() => [...document.querySelectorAll('[data-testid=stVegaLiteChart] svg text')].every(t => {"
        "const [r, g, b] = t.getAttribute('fill').startsWith('#')"
        " ? t.getAttribute('fill').match(/\\w\\w/g).map(h => parseInt(h, 16)) : t.getAttribute('fill').match(/\\d+/g);"
        "return (+r + +g + +b) > 3 * 110})"
    )
    assert luminance(dark) < 40 < 220 < luminance(light)
    assert not colours(dark) & colours(light)
    dark.soon(dark.written, light.written())


def luminance(tab: Tab) -> float:
    """How light the page's background is, 0 to 255."""
    colour = tab.page.get_by_test_id("stApp").evaluate("app => getComputedStyle(app).backgroundColor")
    return sum(int(part) for part in re.findall(r"\d+", colour)[:3]) / 3


def colours(tab: Tab) -> set[str]:
    """The colours of a chart's texts."""
    return set(
        tab.page.locator('[data-testid="stVegaLiteChart"] svg text').evaluate_all(
            "all => all.map(text => text.getAttribute('fill'))"
        )
    )
