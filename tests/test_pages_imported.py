"""A journal that came from a file: what an import takes, every page can show."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import apps
import hostile
import pytest
import visits
from test_fuzzed_commands import ran

from gtm_metrics import journal
from gtm_metrics.controls import tabs

MOST = 10**15
VIEWS = [
    *((page, {}) for page in ("home", "segment", "best-fit", "markets", "tighten", "board-deck")),
    *(("tighten", {tabs.TAB: tab}) for tab in (tabs.TRACKED, tabs.SAY)),
]
TAKEN: tuple[tuple[str, tuple[Any, ...], Any], ...] = (
    ("profiles", ("rules",), [{"dimension": "no such dimension", "segments": []}]),
    ("profiles", ("evidence",), []),
    ("canvas", ("text",), "- \n"),
    ("cards", ("answers",), []),
    ("decisions", ("evidence",), {}),
    ("decisions", ("review_on",), "2999-12-31"),
    ("decisions", ("decided_at",), "1970-01-01"),
    ("lists", ("until",), "1970-01-01"),
    ("lists", ("account_id",), "x" * 10_000),
    ("notes", ("theme",), ""),
    ("judgements", ("value",), 1_000_000),
    ("market_sizes", ("number",), MOST),
    ("market_sizes", ("dated",), "1970-01-01"),
    ("pins", ("position",), 14),
    ("pins", ("rule",), []),
    ("pin_events", ("now", "notes"), ""),
    ("votes", ("segment",), ""),
    ("vouches", ("to_segment",), "nowhere"),
    ("slides", ("slide", "forms"), [{"form": "pie"}]),
    ("slides", ("slide", "headline"), ""),
    ("verdicts", ("gates",), {}),
    ("verdicts", ("metrics",), {}),
    ("verdicts", ("log_e_any",), "inf"),
    ("verdicts", ("log_e_two",), None),
    ("verdicts", ("threshold",), None),
    ("verdicts", ("weeks_to_decide",), MOST),
    ("verdicts", ("since",), None),
    ("frozen_tallies", ("trials",), MOST),
    ("refreshes", ("frozen",), {}),
    ("refreshes", ("verdict", "wait"), MOST),
    ("refreshes", ("settings", "rules"), {"no such rule": [1]}),
)
"""(table, path in its last row, value): odd, and nothing that an import could refuse."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[apps.App]:
    """The small company, refreshed and written about; then its journal as a file, made odd, in a journal of its own."""
    folder = tmp_path_factory.mktemp("imported")
    found = apps.with_journal(apps.shared_folder(tmp_path_factory), "small", folder, ("industry",))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in found.environment.items():
            patch.setenv(name, value)
        assert ran(("refresh",))[0] == 0
        engine = journal.open_journal(found.journal)
        hostile.written(engine)
        engine.dispose()
        assert ran(("deck", f"--out={folder / 'board.xlsx'}", "--finding=health"))[0] == 0
        whole = json.loads(ran(("journal", "export"))[1])
    for table, path, value in TAKEN:
        rows = whole["tables"][table]
        # of profiles the ideal one and the negative one
        for place in rows if table == "profiles" else rows[-1:]:
            for step in path[:-1]:
                place = place[step]
            place[path[-1]] = value
    (folder / "odd.json").write_text(json.dumps(whole), encoding="utf-8")
    odd = apps.App(found.config, found.url, f"sqlite:///{folder / 'odd.sqlite'}")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in odd.environment.items():
            patch.setenv(name, value)
        code, _out, err = ran(("journal", "import", str(folder / "odd.json")))
        assert code == 0, err
        yield odd


@pytest.mark.parametrize(("page", "query"), VIEWS, ids=lambda part: "".join(part)[:20] if part else "plain")
def test_every_page_opens_on_it(app: apps.App, page: str, query: dict[str, str]) -> None:
    """Empty texts, profiles of what is not there, counts and days at the ends of what they may be: no exception."""
    found = visits.seen(visits.Visitor(app.config.parent, {}).opened(app, page, **query))
    assert found.exceptions == ()
    assert found.titles


def test_what_cannot_be_shown_is_said(app: apps.App) -> None:
    """Home names the dimension that is not there, and lists what else is to be done; a slide that cannot be read is
    named by the command, which says how to print it anew."""
    page = visits.Visitor(app.config.parent, {}).opened(app, "home")
    said = [each.value for each in (*page.warning, *page.caption)]
    for what in ("Deals outside the kept profile are not listed", "Nobody who fits the profile is named"):
        assert any(what in text and "no such" in text for text in said), said
    code, _out, err = ran(("deck", f"--out={app.config.parent / 'again.xlsx'}", "--finding=health"))
    assert code == 1
    assert "the slide health that the journal keeps cannot be read" in err
