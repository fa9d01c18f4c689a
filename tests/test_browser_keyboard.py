"""By the keyboard alone in a browser: every control of home is reached, in the order of the screen, and seen to be;
what is chosen follows.

Streamlit draws a ring around buttons, pills, select boxes and links in a text; links of the menu and to another page
get a faint tint instead. The toolbar of a chart or a table stays unseen while one of its buttons has the focus, and
only the words of the tooltip show where that is. No setting of the theme changes either of the two.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import apps
import pytest
from tabs import HOME, SEGMENT, TIGHTEN, Open, Tab, chrome, opened

__all__ = ["chrome", "opened"]

pytestmark = pytest.mark.xdist_group("browser")

MANY = 120
"""No page of the demo company has so many stops; a walk that takes more goes round in a circle."""
FOUND = """() => {
    const look = each => each.checkVisibility({opacityProperty: true}) && JSON.stringify(
        [each, each.parentElement].map(one => getComputedStyle(one)).map(its => [
            its.outlineStyle === 'none' ? '' : its.outline, its.boxShadow, its.backgroundColor, its.borderColor]))
    const pointed = '[data-testid=stSelectbox] button'
    const kinds = 'a[href], button, input, select, textarea, [data-testid=data-grid-canvas]'
    const all = [...document.querySelectorAll(kinds)].filter(
        each => each.checkVisibility({visibilityProperty: true}) && !each.disabled && !each.matches(pointed))
    const groups = [...new Set(all.map(each => each.closest('[data-testid=stButtonGroup]') ?? each))]
    window.walk = {look, all, looks: all.map(look)}
    return all.map(each => ({
        name: each.ariaLabel || each.textContent, drawn: each.matches('canvas'),
        group: groups.indexOf(each.closest('[data-testid=stButtonGroup]') ?? each),
        block: each.closest('[data-testid=stSidebar], [data-testid=stMain]')?.dataset.testid ?? '',
        ...each.getBoundingClientRect().toJSON()}))
}"""
"""All controls that are there, with the place of each before anything scrolls; how each looks without the focus is kept
in the page. The pills of a row are one group: Tab stops at one of them, arrows reach the others. The arrow of a select
box is the mouse's: the box itself opens by the keyboard."""
STOP = "() => document.activeElement === document.body ? null : window.walk.all.indexOf(document.activeElement)"
"""Which control has the focus; -1 is another stop (the page itself, the frame of a table), null the end of the page."""
SEEN = """n => {
    const each = window.walk.all[n], box = each.getBoundingClientRect(), now = window.walk.look(each)
    const told = [...document.querySelectorAll('[data-testid=stTooltipContent]')].map(one => one.textContent)
    return box.top > -1 && box.bottom < innerHeight + 1 && (now ? now !== window.walk.looks[n]
        : told.some(text => text && each.ariaLabel?.startsWith(text)))
}"""
"""Whether the control with the focus is in sight and looks otherwise than without; or its tooltip says what it is."""
MARKED = "each => document.getElementById(each.getAttribute('aria-activedescendant'))?.textContent ?? ''"
"""The option of an open select box that Enter would choose."""


@pytest.fixture(scope="module")
def server(chrome: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One server with a journal of its own; its page waits for the week's verdict, so that nothing comes later."""
    own = tmp_path_factory.mktemp("keyboard")
    with apps.served(apps.with_journal(apps.shared_folder(tmp_path_factory), "winner", own, ("industry",))) as address:
        yield address


def test_every_control_of_home_is_reached_in_order_and_seen(opened: Open, server: str) -> None:
    """From the address bar Tab reaches every control, from top to bottom in the menu and on the page, and leaves the
    page after the last. Each is in sight when it has the focus, and shows it. Tables are drawn: they are reached, and
    the ring around a cell is theirs."""
    tab = opened(server).go(HOME, "13 weeks.*by industry")
    controls = tab.page.evaluate(FOUND)
    stops: list[int] = []
    for _ in range(MANY):
        tab.page.keyboard.press("Tab")
        if (stop := tab.page.evaluate(STOP)) is None:
            break
        if stop >= 0 and not controls[stop]["drawn"]:
            tab.soon(lambda n=stop: (controls[n]["name"], tab.page.evaluate(SEEN, n)), (controls[stop]["name"], True))
        if stop >= 0 and stop not in stops:
            stops.append(stop)
    else:
        pytest.fail(f"after {MANY} stops the page was not left")
    reached = {controls[stop]["group"] for stop in stops}
    assert [each["name"] for each in controls if each["group"] not in reached] == []
    walked = [controls[stop] for stop in stops if not controls[stop]["drawn"]]
    assert [f"{b['name']} comes after {a['name']}" for a, b in pairwise(walked) if not follows(a, b)] == []


def follows(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether the other control stands below the one or to the right of it in its row, or in another block."""
    in_row = other["left"] >= one["right"] and other["bottom"] > one["top"]
    return one["block"] != other["block"] or in_row or bool(other["top"] >= one["bottom"])


def test_a_view_is_chosen_and_pages_are_opened_by_the_keyboard(opened: Open, server: str) -> None:
    """Arrow and Space choose a dimension, arrows and Enter a window: address, overline, headline and chart follow. More
    opens by Enter, and Escape gives the focus back to its button. Links of the menu open Segment in that view and
    Tighten, where arrow and Space change the tab."""
    tab = opened(server).go(HOME, "13 weeks.*by industry")
    press = tab.page.keyboard.press
    title = tab.title
    walk(tab, "Tab", pill(tab, "Industry"))
    press("ArrowRight")
    at(tab, pill(tab, "Company size"))
    press("Space")
    tab.until("13 weeks.*by company size").at(HOME, by="employees")
    tab.soon(lambda: (tab.title != title, "under 50" in tab.written()), (True, True))
    window = tab.page.get_by_test_id("stSelectbox").filter(has_text="Window").locator("input")
    walk(tab, "Tab", window)
    choose(tab, window, "26 weeks")
    tab.until("26 weeks.*by company size").at(HOME, by="employees", window="26")
    more = tab.page.get_by_test_id("stPopoverButton")
    press("Tab")
    at(tab, more)
    press("Enter")
    tab.page.get_by_test_id("stPopoverBody").wait_for()
    press("Escape")
    tab.page.get_by_test_id("stPopoverBody").wait_for(state="detached")
    at(tab, more)
    walk(tab, "Shift+Tab", tab.page.get_by_test_id("stSidebarNavLink").filter(has_text="Segment"))
    press("Enter")
    tab.until("^segment.*26 weeks.*by company size").entitled("under 50|50 to|200 to|1,000")
    tab.soon(lambda: (tab.path, tab.query["by"], tab.query["window"]), (SEGMENT, "employees", "26"))
    walk(tab, "Tab", tab.page.get_by_test_id("stSidebarNavLink").filter(has_text="Tighten positioning"))
    press("Enter")
    tab.until("^tighten positioning")
    walk(tab, "Tab", pill(tab, "Is it time?"))
    press("ArrowRight")
    at(tab, pill(tab, "Tightening, tracked"))
    press("Space")
    tab.entitled("Nobody has decided to tighten yet")
    tab.soon(lambda: (tab.path, tab.query.get("tab")), (TIGHTEN, "tracked"))
    tab.leave()


def pill(tab: Tab, says: str) -> Any:
    """A pill of a row, of which one is chosen."""
    return tab.page.get_by_role("radio", name=says, exact=True)


def at(tab: Tab, control: Any) -> None:
    """Waits until a control has the focus."""
    tab.soon(lambda: control.evaluate("each => each === document.activeElement"), True)


def walk(tab: Tab, key: str, control: Any) -> None:
    """Presses a key until a control has the focus, which a browser moves before it takes the next key."""
    for _ in range(MANY):
        tab.page.keyboard.press(key)
        if control.evaluate("each => each === document.activeElement"):
            return
    pytest.fail(f"{key} does not reach {control}")


def choose(tab: Tab, box: Any, option: str) -> None:
    """Opens a select box that has the focus, walks down to an option, chooses it, and waits until the list is gone."""
    options, marked = tab.page.get_by_role("option"), ""
    tab.page.keyboard.press("ArrowDown")
    options.first.wait_for()
    for _ in range(MANY):
        tab.soon(lambda was=marked: box.evaluate(MARKED) not in ("", was), True)
        if (marked := box.evaluate(MARKED)) == option:
            break
        tab.page.keyboard.press("ArrowDown")
    tab.page.keyboard.press("Enter")
    options.first.wait_for(state="detached")
    at(tab, box)
