"""Follow-on markets in a browser: a pin is moved, the order overruled; a server started anew still tells of both."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import apps
import pytest
from tabs import MARKETS, Open, Tab, chrome, opened

from gtm_metrics import journal

pytestmark = pytest.mark.xdist_group("browser")

__all__ = ["chrome", "opened"]

SAYS = "follow-on markets · 52 weeks"
HEAD, MOVED, PUT_FIRST = "DTC e-commerce", "Healthcare", "Education"


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> apps.App:
    """The demo company in which one segment leads, with a journal of its own."""
    own = tmp_path_factory.mktemp("markets")
    return apps.with_journal(apps.shared_folder(tmp_path_factory), "winner", own, ("industry",))


@pytest.fixture(scope="module")
def server(chrome: Any, company: apps.App) -> Iterator[str]:
    """One server for every test."""
    with apps.served(company) as address:
        yield address


def form(tab: Tab, name: str, asks: str) -> Any:
    """The form of that name, picked, which asks this and no other does."""
    tab.page.get_by_test_id("stButtonGroup").get_by_text(name, exact=True).click()
    found = tab.page.get_by_test_id("stForm").filter(has=tab.page.get_by_label(asks))
    found.wait_for()
    tab.still()
    return found


def picked(tab: Tab, inside: Any, label: str, option: str) -> None:
    """Picks an option of a list."""
    inside.get_by_role("combobox", name=label).click()
    tab.page.get_by_role("option", name=option, exact=True).click()


def test_a_board_page_of_the_alley_fits_a_slide(opened: Open, server: str) -> None:
    """The first address a new server sees; at 1280x720 rack, scatter and footnotes are in sight, and no form."""
    tab = opened(server, viewport={"width": 1280, "height": 720}).go(f"{MARKETS}?view=board", SAYS)
    assert tab.title.startswith(f"Finish {HEAD} first: ")
    assert len(tab.charts()) == 2
    assert tab.measured("main.scrollHeight - main.clientHeight") <= 0
    kinds = ("stVegaLiteChart", "stCaptionContainer", "stMarkdown", "stHeading")
    shown = tab.boxes(*kinds)
    assert max(box["bottom"] for box in shown) <= 720
    assert max(box["right"] for box in shown) <= 1280
    assert tab.page.get_by_test_id("stButtonGroup").count() == 0


def test_a_click_on_a_name_tells_of_that_pin(opened: Open, server: str) -> None:
    """The name of a pin in the rack, clicked, is the one whose six questions stand beside it."""
    tab = opened(server).go(MARKETS, SAYS)
    tab.click(tab.charts()[0].locator("svg text").get_by_text("Logistics", exact=True).first)
    tab.page.get_by_test_id("stTable").filter(has_text="Why Logistics").wait_for()
    tab.soon(lambda: tab.query["pin"], "Logistics")


def test_what_people_change_is_there_after_a_restart(opened: Open, chrome: Any, company: apps.App) -> None:
    """A pin put off with an owner, and another put first against the evidence with a reason: the title follows, and a
    server started anew says the same and has both in its history, with who and why."""
    with apps.served(company) as address:
        tab = opened(address).go(f"{MARKETS}?pin={MOVED}", SAYS)
        by_evidence = tab.title
        move = form(tab, "Move the pin", "Status")
        picked(tab, move, "Status", "not now")
        move.get_by_label("Owner").fill("Ben")
        move.get_by_label("Who", exact=True).fill("Anna")
        move.get_by_label("Why, in a sentence").fill("hospitals buy in spring")
        move.get_by_role("button", name="Write into the journal").click()
        tab.page.get_by_test_id("stTable").filter(has_text="hospitals buy in spring").wait_for()
        tab.until(SAYS).go(f"{MARKETS}?pin={PUT_FIRST}", SAYS)
        order = form(tab, "Overrule the order", "Why, against the evidence")
        order.get_by_label("Who", exact=True).fill("Carl")
        order.get_by_label("Why, against the evidence").fill("a partner opens the door")
        order.get_by_role("button", name="Write into the journal").click()
        tab.page.get_by_test_id("stTable").filter(has_text="a partner opens the door").wait_for()
        overruled = tab.entitled(f"Then {PUT_FIRST}$").title
        tab.leave()
    assert by_evidence != overruled
    with apps.served(company) as address:
        again = opened(address).go(f"{MARKETS}?show=history", SAYS).entitled(f"^{re.escape(overruled)}$")
        history = again.page.get_by_test_id("stTable").filter(has_text="a partner opens the door").inner_text()
        assert "not now" in again.written(0)
        again.leave()
    for told in (MOVED, "hospitals buy in spring", "Anna", "owner Ben", PUT_FIRST, "Place in the order: 1", "Carl"):
        assert told in history
    engine = journal.open_journal(company.journal)
    with journal.reading(engine) as read:
        assert journal.pins(read)["status"].tolist() == ["not now"]
    engine.dispose()
