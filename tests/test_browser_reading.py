"""Every page as it opens, light and dark: axe-core's rules for whoever reads by screen reader, by keyboard or with weak
eyes, and a picture beside the one that was approved.

GTM_APPROVE=1 writes tests/approved/pictures anew. A picture is kept small and grey: fonts may differ from machine to
machine and dates from day to day; a chart that is gone, a table that is cut or the other theme may not.
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
from tabs import Open, chrome, opened

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
STREAMLITS_OWN = ["[data-testid=stSidebarNav]"]
"""Its menu is a list with groups between list and items, which the rules do not allow; no setting changes it."""
GRAVE = ("serious", "critical")


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


def file_of(page: str, scheme: str) -> Path:
    """Where the approved picture of a page lies."""
    name = re.sub(r"[?&](tab|view)=", "-", page).strip("-") or "home"
    return PICTURES / f"{name}-{scheme}.png"


def looks_otherwise(tab: Any, page: str, scheme: str) -> list[str]:
    """What to say of a page that does not look as approved; under GTM_APPROVE=1 its look is approved."""
    shot, file = small(tab.page.screenshot()), file_of(page, scheme)
    if os.environ.get("GTM_APPROVE") == "1":
        PICTURES.mkdir(exist_ok=True)
        shot.save(file, optimize=True)
    if not file.exists():
        return [f"{file.name} was never approved"]
    share = apart(shot, Image.open(file))
    return [f"{page or 'home'}, {scheme}: {share:.0%} of the picture is not as approved"] if share > SHARE else []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_breaks_a_grave_rule_or_looks_otherwise(opened: Open, server: str, scheme: str) -> None:
    """Names, roles, contrast of 4.5 to 1 and the rest of WCAG that a machine can check; and the approved picture."""
    from axe_playwright_python.sync_playwright import Axe

    tab = opened(server, color_scheme=scheme)
    broken = []
    for page in PAGES:
        tab.go(f"/{page}")
        broken += looks_otherwise(tab, page, scheme)
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


def test_another_page_is_another_picture() -> None:
    """No two approved pictures pass for each other, of either theme: the comparison above can tell pages apart."""
    files = sorted(PICTURES.glob("*.png"))
    pictures = [Image.open(file) for file in files]
    assert len(files) == 2 * len(PAGES) + len(BOARDS)
    close = [(a.name, b.name) for i, a in enumerate(files) for j, b in enumerate(files[:i])
             if apart(pictures[i], pictures[j]) <= SHARE]  # fmt: skip
    assert close == []
