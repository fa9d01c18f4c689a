"""Every page for whoever reads by screen reader, by keyboard or with weak eyes: axe-core's rules, light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import apps
import pytest
from test_browser import Open, chrome, opened

__all__ = ["chrome", "opened"]

pytestmark = pytest.mark.xdist_group("browser reading")

PAGES = ("", "segment", "tighten", "tighten?tab=say", "tighten?tab=song", "tighten?tab=tracked", "best-fit",
         "alternatives", "follow-on-markets", "board-deck", "warehouse", "definitions")  # fmt: skip
STREAMLITS_OWN = ["[data-testid=stSidebarNav]"]
"""Its menu is a list with groups between list and items, which the rules do not allow; no setting changes it."""
GRAVE = ("serious", "critical")


@pytest.fixture(scope="module")
def server(chrome: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of the demo company with a journal of its own."""
    app = apps.with_journal(apps.shared_folder(tmp_path_factory), "winner", tmp_path_factory.mktemp("reading"))
    with apps.served(app) as address:
        yield address


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_breaks_a_grave_rule(opened: Open, server: str, scheme: str) -> None:
    """Names, roles, contrast of 4.5 to 1 and the rest of WCAG that a machine can check, on every page as it opens."""
    from axe_playwright_python.sync_playwright import Axe

    tab = opened(server, color_scheme=scheme)
    broken = []
    for page in PAGES:
        tab.page.goto(f"{server}/{page}")
        tab.page.locator("h1").first.wait_for()
        # a page whose refresh is under way is made anew when it is done
        tab.page.wait_for_function(
            """() => document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'
                && !document.querySelector('[data-testid=stProgress], [data-testid=stSkeleton], [data-stale=true]')"""
        )
        found = Axe().run(tab.page, {"exclude": STREAMLITS_OWN}).response["violations"]
        broken += [
            f"{page or 'home'}: {rule['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
            for rule in found
            if rule["impact"] in GRAVE
            for node in rule["nodes"]
        ]
    assert not broken, "\n".join(broken)
