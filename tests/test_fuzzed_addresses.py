"""Whatever stands in an address, each page opens: no exception, one title, and nothing written or changed."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import apps
import pytest
from visits import PATHS, Visitor, asked, seen

from gtm_metrics import journal

KEYS = (
    "by", "and", "window", "as_of", "segment", "view", "show", "tab", "week", "dimension", "metric", "behind", "slides",
    "names", "pin", "function", "against", "of", "theme", "account", "page", "embed", "embed_options",
)  # fmt: skip
"""What pages look for in an address, and what they might."""
NASTY = (
    *apps.HOSTILE, "", " ", "0", "-1", "1e309", "nan", "None", "true", "9" * 400, "\u0663", "0001-01-01", "9999-12-31",
    "1970-01-01", "2026-02-30", "2026-11-15T25:00", "'; drop table accounts; --", '" or 1=1 --', "%00%ff", "\x00",
    "\x1b[31m", "a\r\nSet-Cookie: x=1", "../../../../etc/passwd", "{{7*7}}${7*7}", "x" * 10_000, "industry",
    "industry,region", "account_id", "created_on", "board", "decided", "decisions", "all", "13", "quarter",
)  # fmt: skip
TIMES = 20
KEPT = ("decisions", "votes", "notes", "lists", "profiles", "pins", "canvas", "slides")
"""Tables of the journal that people alone write into, a page that is looked at never."""


@pytest.fixture(scope="module")
def visitor(tmp_path_factory: pytest.TempPathFactory) -> Visitor:
    return Visitor(apps.shared_folder(tmp_path_factory), {})


@pytest.fixture(scope="module")
def app(visitor: Visitor, tmp_path_factory: pytest.TempPathFactory) -> Iterator[apps.App]:
    """The small company with a journal of its own; the warehouse is the same to the byte in the end, and nobody has
    decided anything."""
    found = apps.with_journal(visitor.folder, "small", tmp_path_factory.mktemp("addresses"), ("industry",))
    file = Path(found.url.removeprefix("duckdb:///"))
    before = file.read_bytes()
    yield found
    assert file.read_bytes() == before
    engine = journal.open_journal(found.journal)
    with journal.reading(engine) as read:
        written = {name: read.exec_driver_sql(f"select count(*) from {name}").scalar() for name in KEPT}
    engine.dispose()
    assert written == dict.fromkeys(KEPT, 0)


@pytest.mark.parametrize("page", PATHS)
def test_every_page_opens_under_any_address(visitor: Visitor, app: apps.App, page: str) -> None:
    """Twenty addresses in one session, few keys and all at once: markup, SQL, days that are none, 10,000 characters."""
    rng = random.Random(page)
    session = visitor.opened(app, page)
    with mock.patch.dict(os.environ, app.environment):
        for number in range(TIMES):
            names = KEYS if number % 2 else rng.sample(KEYS, 5)
            for name in list(session.query_params):
                del session.query_params[name]
            query = {name: rng.choice(NASTY) for name in names}
            found = seen(asked(session, query))
            # a board page of the deck is the slide alone
            slide = page == "board-deck" and query.get("view") == "board"
            assert (found.exceptions, len(found.titles)) == ((), 0 if slide else 1), query
