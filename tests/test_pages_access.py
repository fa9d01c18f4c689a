"""What one may not do is not offered: a viewer finds no form on any page, and files without names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest import mock

import apps
import pytest
import visits

from gtm_metrics import journal
from gtm_metrics.access import EDITOR, VIEWER, Reader
from gtm_metrics.controls import show, tabs, who
from gtm_metrics.warehouse.door import as_it_stands, open_engine, read

pytestmark = pytest.mark.xdist_group("pages access")

VIEWS = [
    *((page, "") for page in visits.PATHS),
    *(("tighten", tab) for tab in (tabs.TRACKED, tabs.SAY, tabs.SONG)),
]
WITH_FORMS = {("best-fit", ""), ("markets", ""), ("tighten", tabs.SAY), ("tighten", tabs.SONG)}
"""Pages and tabs on which an editor can change something before a week is judged."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> apps.App:
    """The winner's company with a journal of its own; nobody refreshes it here."""
    folder = tmp_path_factory.mktemp("access")
    return apps.with_journal(apps.shared_folder(tmp_path_factory), "winner", folder, ("industry",))


def forms(block: Any) -> Iterator[Any]:
    """Every form in a part of a page."""
    for child in block.children.values():
        if hasattr(child, "children"):
            if child.type == "form":
                yield child
            yield from forms(child)


def opened(app: apps.App, page: str, tab: str, role: str) -> Any:
    """The page as one with this role sees it."""
    with mock.patch.object(who, "NEAR", Reader("Vera (vera@fernhill.example)", role, signed=False)):
        session = visits.Visitor(app.config.parent, {}).opened(app, page, **({tabs.TAB: tab} if tab else {}))
        if page != "markets":
            return session
        # its forms stand there one at a time, the one that is picked
        session.session_state["change"] = "move"
        with mock.patch.dict("os.environ", app.environment):
            return session.run()


@pytest.mark.parametrize(("page", "tab"), VIEWS)
def test_a_viewer_finds_no_form(app: apps.App, page: str, tab: str) -> None:
    """No page offers a viewer anything that would write, and every page opens for them."""
    session = opened(app, page, tab, VIEWER)
    assert not session.exception
    assert session.title
    assert list(forms(session._tree)) == []


@pytest.mark.parametrize(("page", "tab"), sorted(WITH_FORMS))
def test_an_editor_finds_the_forms(app: apps.App, page: str, tab: str) -> None:
    """The same pages have forms for an editor: the test above looks for what is there."""
    assert list(forms(opened(app, page, tab, EDITOR)._tree))


@pytest.mark.parametrize(("page", "query"), [("best-fit", {}), ("segment", {"rows": "close_rate"})])
@pytest.mark.parametrize("role", [VIEWER, EDITOR])
def test_a_viewer_takes_files_without_names(app: apps.App, page: str, query: dict[str, str], role: str) -> None:
    """Of the same page an editor's file names accounts; a viewer's has as many lines and none of the names."""
    taken: list[Any] = []
    reader = Reader("Vera (vera@fernhill.example)", role, signed=False)
    with mock.patch.object(who, "NEAR", reader), mock.patch.object(show.st, "download_button") as button:
        visits.Visitor(app.config.parent, {}).opened(app, page, **query)
        with mock.patch.dict("os.environ", app.environment):
            taken = [call.args[1]() for call in button.call_args_list if call.args[0] == "CSV"]
    engine = journal.open_journal(app.journal)
    with journal.reading(engine) as seen:
        last = journal.audit(seen).iloc[0]
    engine.dispose()
    names = set(read(open_engine(app.url), as_it_stands("select name from gtm.accounts"))["name"].dropna())
    assert taken
    named = [name for name in names if any(name in file.decode("utf-8-sig") for file in taken)]
    assert bool(named) == (role == EDITOR)
    assert all(file.decode("utf-8-sig").count("\n") > 20 for file in taken)
    assert (last["who"], last["what"]) == (reader.name, "took CSV")
    assert last["details"]["names"] == (role == EDITOR)
