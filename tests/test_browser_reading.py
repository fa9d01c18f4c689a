"""Every page as it opens, light and dark: axe-core's rules for whoever reads by screen reader, by keyboard or with weak
eyes, and a picture beside the one that was approved.

GTM_APPROVE=1 writes tests/approved/pictures anew. A picture is kept small and grey: fonts may differ from machine to
machine and dates from day to day; a chart that is gone, a table that is cut or the other theme may not. Measured over
these pages: other hinting moves a field's ink by a tenth, a machine with one other family of fonts by two thirds at
most and 4.5 % of the pixels; a chart, half a chart, tables or the menu that are gone empty fields to the last tenth.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apps
import numpy as np
import pytest
from PIL import Image
from tabs import Open, Tab, chrome, opened

__all__ = ["chrome", "opened"]

pytestmark = pytest.mark.xdist_group("browser reading")

PAGES = ("", "segment", "tighten", "tighten?tab=say", "tighten?tab=song", "tighten?tab=tracked", "best-fit",
         "alternatives", "follow-on-markets", "board-deck", "warehouse", "definitions")  # fmt: skip
BOARDS = tuple(f"{page}{'&' if '?' in page else '?'}view=board" for page in PAGES)
PICTURES = Path(__file__).parent / "approved" / "pictures"
SMALL = (180, 112)
"""Pixels of a picture that is kept: one for 8 by 8 of the screen."""
STRONG, SHARE = 24, 0.05
"""Two pixels differ when they lie this many of 255 greys apart; two pictures when more than this share of them do."""
FIELDS, INK, LEFT = (12, 8), 4, 0.2
"""A picture has so many fields across and down. One that holds ink, on average so many greys from the page's ground,
may not hold less than this share of it in the other."""
OVER = """() => {
    const drawn = '[data-testid=stVegaLiteChart], [data-testid=stDataFrame], [data-testid=stTable]'
    const kinds = 'h1, h2, h3, p, ' + drawn
    const box = each => {
        const text = document.createRange()
        text.selectNodeContents(each)
        return (each.matches(drawn) ? each : text).getBoundingClientRect()
    }
    const all = [...document.querySelectorAll('[data-testid=stMain] :is(' + kinds + ')')].filter(
        each => each.checkVisibility() && !each.parentElement.closest(kinds + ', button')).map(
        each => [each.dataset.testid ?? each.textContent, box(each)])
    const over = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 5
        && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 5
    return all.flatMap(([name, its], i) => all.slice(0, i).filter(([_, other]) => over(its, other)).map(
        ([other]) => `${name.slice(0, 40)} lies over ${other.slice(0, 40)}`))
}"""
"""Texts, charts and tables that lie over one another by more than five pixels."""
STREAMLITS_OWN = ["[data-testid=stSidebarNav]"]
"""Its menu is a list with groups between list and items, which the rules do not allow; no setting changes it."""
GRAVE = ("serious", "critical")


PHONE = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
    "user_agent": "Mozilla/5.0 (Linux; Android 14; Pixel 7) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/130.0.0.0 Mobile Safari/537.36",
}
SMALLEST = 11
"""Pixels of type that is not too small for a phone."""
ON_PHONE = """smallest => {
    const told = [], main = document.querySelector('[data-testid=stMain]')
    for (const each of [document.documentElement, main])
        if (each.scrollWidth > each.clientWidth) told.push(`${each.tagName} scrolls to ${each.scrollWidth}`)
    for (const each of main.querySelectorAll('[data-testid=stTable]')) {
        const inside = each.querySelector('table').getBoundingClientRect().right - each.getBoundingClientRect().right
        if (inside > 1) told.push(`the table of ${each.querySelector('th').textContent} is ${inside} pixels too wide`)
    }
    for (const chart of main.querySelectorAll('[data-testid=stVegaLiteChart] svg')) {
        const frame = chart.getBoundingClientRect()
        const texts = [...chart.querySelectorAll('text')].filter(each => each.textContent)
        const boxes = texts.map(each => each.getBoundingClientRect())
        texts.forEach((each, i) => {
            const its = boxes[i], size = parseFloat(getComputedStyle(each).fontSize)
            if (size < smallest) told.push(`${each.textContent} is ${size} px`)
            if (its.left < frame.left - 1 || its.right > frame.right + 1) told.push(`${each.textContent} is cut off`)
            for (let j = 0; j < i; j++) {
                const across = Math.min(its.right, boxes[j].right) - Math.max(its.left, boxes[j].left)
                const down = Math.min(its.bottom, boxes[j].bottom) - Math.max(its.top, boxes[j].top)
                if (across > 1 && down > 4) told.push(`${each.textContent} lies over ${texts[j].textContent}`)
            }
        })
    }
    return told
}"""
"""What is wrong with a page on a phone: it scrolls sideways, a table of words does, or a chart's text is small, cut off
or over another (a box of text is taller than its letters, by about four pixels)."""


WATCHED = """new PerformanceObserver(list => list.getEntries().forEach(each => {
    const own = each.sources.some(({node}) => node?.parentElement?.closest('[data-testid=stMainBlockContainer]'))
    if (own) window.moved = (window.moved ?? 0) + each.value
})).observe({type: 'layout-shift', buffered: true})"""
"""Adds up how far what stands on a page moves while it loads. That the whole page makes room for the menu is not the
page's: 0.25 on a screen, nothing on a phone, where the menu is shut."""
MOVED = 0.1
"""A page may move by so much while it loads: the bound below which web.dev calls a layout's shift good."""
TABS = """() => {
    window.seen = []
    const look = () => {
        const main = document.querySelector('[data-testid=stMain]')
        const charts = main.querySelectorAll('[data-testid=stVegaLiteChart]').length
        window.seen.push([main.querySelector('h1')?.textContent ?? '', charts])
        requestAnimationFrame(look)
    }
    look()
}"""
"""Keeps the title and the number of charts of every frame that is drawn from now on."""


@pytest.fixture(scope="module")
def server(chrome: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of the demo company with a journal of its own."""
    app = apps.with_journal(apps.shared_folder(tmp_path_factory), "winner", tmp_path_factory.mktemp("reading"))
    with apps.served(app) as address:
        yield address


def small(shot: bytes) -> Image.Image:
    """A screenshot as it is kept."""
    return Image.open(io.BytesIO(shot)).convert("L").resize(SMALL, Image.Resampling.BOX)


def apart(one: Image.Image, other: Image.Image) -> float:
    """The share of pixels in which two pictures differ."""
    greys = [np.asarray(each, dtype=np.int16) for each in (one, other)]
    return float((np.abs(greys[0] - greys[1]) > STRONG).mean())


def ink(picture: Image.Image) -> Any:
    """How far each field's pixels lie from the page's ground, its most frequent grey, on average; down by across."""
    greys = np.asarray(picture, dtype=np.int16)
    across, down = SMALL[0] // FIELDS[0], SMALL[1] // FIELDS[1]
    far = np.abs(greys - np.bincount(greys.ravel()).argmax())
    return far.reshape(FIELDS[1], down, FIELDS[0], across).mean(axis=(1, 3))


def emptied(one: Image.Image, other: Image.Image) -> int:
    """Fields that hold something in one of two pictures and next to nothing in the other."""
    less, more = np.sort([ink(one), ink(other)], axis=0)
    return int(((more > INK) & (less < LEFT * more)).sum())


def file_of(page: str, scheme: str) -> Path:
    """Where the approved picture of a page lies."""
    name = re.sub(r"[?&](tab|view)=", "-", page).strip("-") or "home"
    return PICTURES / f"{name}-{scheme}.png"


def unlike(shot: Image.Image, file: Path) -> str:
    """What to say of a page that does not look as approved."""
    if not file.exists():
        return f"{file.name} was never approved"
    share, gone = apart(shot, Image.open(file)), emptied(shot, Image.open(file))
    fine = share <= SHARE and gone == 0
    return "" if fine else f"{file.name}: {share:.1%} of the picture is not as approved, {gone} fields came or went"


def looks_otherwise(tab: Tab, page: str, scheme: str) -> list[str]:
    """What to say of a page's look, and of what lies over something else on it; under GTM_APPROVE=1 it is approved."""
    shot, file = small(tab.page.screenshot()), file_of(page, scheme)
    if os.environ.get("GTM_APPROVE") == "1":
        PICTURES.mkdir(exist_ok=True)
        shot.save(file, optimize=True)
    told = unlike(shot, file)
    return [*([told] if told else []), *(f"{file.stem}: {over}" for over in tab.page.evaluate(OVER))]


def moves(tab: Tab, page: str) -> list[str]:
    """What to say of a page whose parts move too far while it loads."""
    moved = tab.page.evaluate("window.moved ?? 0")
    return [f"{page or 'home'} moves by {moved:.3f} while it loads"] if moved > MOVED else []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_breaks_a_grave_rule_or_looks_otherwise(opened: Open, server: str, scheme: str) -> None:
    """Names, roles, contrast of 4.5 to 1 and the rest of WCAG that a machine can check; and the approved picture."""
    from axe_playwright_python.sync_playwright import Axe

    tab = opened(server, color_scheme=scheme)
    tab.page.add_init_script(WATCHED)
    broken = []
    for page in PAGES:
        tab.go(f"/{page}")
        broken += [*looks_otherwise(tab, page, scheme), *moves(tab, page)]
        found = Axe().run(tab.page, {"exclude": STREAMLITS_OWN}).response["violations"]
        broken += [
            f"{page or 'home'}: {rule['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
            for rule in found
            if rule["impact"] in GRAVE
            for node in rule["nodes"]
        ]
    assert not broken, "\n".join(broken)


def test_board_pages_look_as_approved(opened: Open, server: str) -> None:
    """At 1280 by 720 without menu and toolbar, and nothing to scroll."""
    tab = opened(server, viewport={"width": 1280, "height": 720})
    broken = []
    for page in BOARDS:
        tab.go(f"/{page}")
        broken += looks_otherwise(tab, page, "light")
        if tab.measured("main.scrollHeight > main.clientHeight + 1"):
            broken.append(f"{page}: the page is higher than the screen")
    assert not broken, "\n".join(broken)


def test_every_page_fits_a_phone(opened: Open, server: str) -> None:
    """At 390 by 844, by touch: no page and no table of words scrolls sideways; what stands in charts is large enough,
    whole and apart."""
    tab = opened(server, **PHONE)
    tab.page.add_init_script(WATCHED)
    broken = []
    for page in PAGES:
        tab.go(f"/{page}")
        told = [*tab.page.evaluate(ON_PHONE, SMALLEST), *tab.page.evaluate(OVER)]
        broken += [*(f"{page or 'home'}: {each}" for each in told), *moves(tab, page)]
    assert not broken, "\n".join(broken)


def test_nothing_of_another_tab_stands_under_a_title(opened: Open, server: str) -> None:
    """From the verdict, which has charts, to what we will say, which has none: in no frame do both stand there."""
    tab = opened(server).go("/tighten", "segments in")
    assert tab.charts()
    before = tab.title
    tab.page.evaluate(TABS)
    tab.page.get_by_text("What we will say", exact=True).click()
    tab.until("what we will say")
    seen = tab.page.evaluate("window.seen")
    assert seen[0][0] == before
    assert seen[-1] == [tab.title, 0]
    assert {charts for title, charts in seen if title == tab.title} == {0}


def test_another_page_is_another_picture() -> None:
    """No two approved pictures pass for each other, of either theme: the comparison above can tell pages apart."""
    files = sorted(PICTURES.glob("*.png"))
    pictures = [Image.open(file) for file in files]
    assert len(files) == 2 * len(PAGES) + len(BOARDS)
    close = [(a.name, b.name) for i, a in enumerate(files) for j, b in enumerate(files[:i])
             if apart(pictures[i], pictures[j]) <= SHARE]  # fmt: skip
    assert close == []


TABLES = "[data-testid=stDataFrame], [data-testid=stTable]"
WITHOUT = """kinds => document.querySelectorAll(kinds).forEach(each => {
    each.style.visibility = each.style.visibility === 'hidden' ? '' : 'hidden'
})"""
"""Hides what is shown of these kinds, and shows what was hidden."""


def test_what_is_broken_is_seen(opened: Open, server: str) -> None:
    """A page as it opens is as approved; without its chart, its tables or the menu, each put back before the next is
    gone, it is not, and a title that slips onto what stands below it is told."""
    tab, file = opened(server).go("/segment"), file_of("segment", "light")
    for kinds in ("[data-testid=stVegaLiteChart]", TABLES, "[data-testid=stSidebar]"):
        assert unlike(small(tab.page.screenshot()), file) == "", f"before {kinds} is gone"
        tab.page.evaluate(WITHOUT, kinds)
        assert unlike(small(tab.page.screenshot()), file) != "", f"without {kinds}"
        tab.page.evaluate(WITHOUT, kinds)
    assert tab.page.evaluate(OVER) == []
    tab.page.evaluate("document.querySelector('h1').style.cssText = 'position: relative; top: 40px'")
    assert any(tab.title[:40] in each for each in tab.page.evaluate(OVER))
