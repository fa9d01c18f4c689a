"""Pages when the warehouse is away or slow, and while a new week is being judged."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import apps
import pandas as pd
import pytest
import servers
import streamlit as st
from streamlit.testing.v1 import AppTest
from visits import SECONDS, Seen, Visitor, seen

from gtm_metrics import demo
from gtm_metrics import refresh as acts
from gtm_metrics.controls import week as weekly
from gtm_metrics.sources import TABLES
from gtm_metrics.warehouse import Warehouse, WarehouseAway, WarehouseError

AS_READ = "Figures as read on "
PAGES = ("home", "tighten", "segment")


@pytest.fixture(scope="module")
def visitor(tmp_path_factory: pytest.TempPathFactory) -> Visitor:
    return Visitor(apps.shared_folder(tmp_path_factory), {})


@pytest.fixture
def app(visitor: Visitor, tmp_path: Path) -> Iterator[apps.App]:
    """The small company with a warehouse, settings and a journal of its own."""
    shared = apps.with_journal(visitor.folder, "small", tmp_path, ("industry",))
    own = Path(shutil.copy(Path(shared.url.removeprefix("duckdb:///")).resolve(), tmp_path / "its.duckdb"))
    forget()
    yield replace(shared, url=f"duckdb:///{own}")
    forget()


def forget() -> None:
    """What a new process does not know."""
    st.cache_resource.clear()
    st.cache_data.clear()


def told(page: Seen) -> str:
    return " ".join(page.texts).replace("\\", "").replace("\u2060", "")


def assert_fine(page: Seen) -> None:
    assert page.exceptions == ()
    assert len(page.titles) == 1


def took_away(app: apps.App) -> Path:
    file = Path(app.url.removeprefix("duckdb:///"))
    return file.rename(file.with_name("elsewhere"))


def test_after_a_restart_without_the_warehouse_pages_open_and_say_how_old_they_are(
    visitor: Visitor, app: apps.App
) -> None:
    """Home, Tighten and Segment show the figures that were last read, the verdict of the journal, and on each one line
    says since when; once the file is back, the next page shows it."""
    before = {page: seen(visitor.opened(app, page)) for page in PAGES}
    elsewhere = took_away(app)
    forget()
    for page in PAGES:
        after = seen(visitor.opened(app, page))
        assert_fine(after)
        assert after.titles == before[page].titles
        assert after.charts == before[page].charts
        said = "This is what the journal holds" if page == "tighten" else AS_READ
        assert sum(said in text for text in after.texts) == 1, page
        assert "there is no warehouse at" in told(after)
        assert AS_READ not in told(before[page])
    elsewhere.rename(Path(app.url.removeprefix("duckdb:///")))
    assert AS_READ not in told(seen(visitor.opened(app, "home")))


def pressed(visitor: Visitor, app: apps.App, session: AppTest) -> Seen:
    """The page after "Ask again"."""
    with mock.patch.dict("os.environ", app.environment):
        return seen(session.button(key="ask again").click().run())


def test_what_was_never_asked_has_no_number(visitor: Visitor, app: apps.App) -> None:
    """Another window and another dimension than were read: a sentence, no chart and no table."""
    visitor.opened(app, "home")
    took_away(app)
    forget()
    page = seen(visitor.opened(app, "home", by="region", window="52"))
    assert_fine(page)
    assert page.titles == ("There is no figure for this view yet",)
    assert AS_READ in told(page)
    assert not page.charts
    assert not page.tables


def test_without_anything_kept_tighten_opens_from_the_journal(visitor: Visitor, app: apps.App, tmp_path: Path) -> None:
    """The folder is deleted: home says that the warehouse cannot be opened, Tighten shows the journal's verdict."""
    before = seen(visitor.opened(app, "tighten"))
    took_away(app)
    shutil.rmtree(tmp_path / "journal.cache")
    forget()
    home, tighten = (seen(visitor.opened(app, page)) for page in ("home", "tighten"))
    assert home.titles == ("The dashboard cannot open the warehouse",)
    assert tighten.exceptions == ()
    assert tighten.titles[0].removesuffix(", and worth it") == before.titles[0].removesuffix(", and worth it")
    assert "This is what the journal holds" in told(tighten)
    (tmp_path / "journal.sqlite").unlink()
    forget()
    assert seen(visitor.opened(app, "tighten")).titles == home.titles


def test_nothing_is_shown_in_its_place_where_nothing_is_kept(visitor: Visitor, app: apps.App, tmp_path: Path) -> None:
    """kept_answers_mb = 0: no answer lies beside the journal, and no page pretends."""
    config = tmp_path / "gtm.toml"
    config.write_text(f"{config.read_text()}\n[warehouse]\nkept_answers_mb = 0\n", encoding="utf-8")
    visitor.opened(app, "home")
    assert not list((tmp_path / "journal.cache").glob("answers/*"))
    took_away(app)
    forget()
    assert seen(visitor.opened(app, "home")).titles == ("The dashboard cannot open the warehouse",)


@pytest.mark.parametrize("page", ["home", "segment"])
def test_a_warehouse_that_goes_away_in_the_middle_of_a_page_is_as_last_read(
    visitor: Visitor, app: apps.App, page: str
) -> None:
    """The first question that finds it away makes the page anew of what was last read; the next page asks nothing."""
    before = seen(visitor.opened(app, page))
    forget()
    asked: list[object] = []

    def gone(*given: Any) -> pd.DataFrame:
        asked.append(given)
        raise WarehouseAway("the warehouse did not answer: connection **refused**")

    with mock.patch.dict(Warehouse.read.__globals__, {"read": gone}):
        after = seen(visitor.opened(app, page))
        number = len(asked)
        again = seen(visitor.opened(app, page))
    assert_fine(after)
    assert after.titles == before.titles == again.titles
    assert "Figures as read on" in told(after)
    assert r"connection \*\*refused\*\*" in " ".join(after.texts)
    assert number == len(asked) >= 1


def test_a_slow_warehouse_is_not_waited_for(visitor: Visitor, app: apps.App, tmp_path: Path) -> None:
    """What was read before is shown after patience_seconds, with its age, though an answer would come in the end."""
    config = tmp_path / "gtm.toml"
    config.write_text(f"{config.read_text()}\n[warehouse]\npatience_seconds = 1\n", encoding="utf-8")
    before = seen(visitor.opened(app, "home"))
    forget()
    late, answered = threading.Event(), []
    real = Warehouse.read.__globals__["read"]

    def slow(*given: Any) -> pd.DataFrame:
        late.wait(SECONDS)
        answered.append(given)
        return real(*given)

    try:
        with mock.patch.dict(Warehouse.read.__globals__, {"read": slow}):
            after = seen(visitor.opened(app, "home"))
            assert answered == []
    finally:
        late.set()
    assert_fine(after)
    assert after.titles == before.titles
    assert "it had no answer within 1 seconds" in told(after)


@pytest.fixture
def held(app: apps.App, tmp_path: Path) -> Iterator[tuple[threading.Event, list[int]]]:
    """A company whose refresh tells a line and then waits to be let go; how often it was begun."""
    config = tmp_path / "gtm.toml"
    text = config.read_text().replace("refresh_wait_seconds = 600", "refresh_wait_seconds = 0")
    config.write_text(text, encoding="utf-8")
    go, begun = threading.Event(), []

    def act(*given: Any, tell: Callable[[str], None], **named: Any) -> Any:
        begun.append(1)
        tell("Response rate by industry: **13** weeks")
        go.wait(SECONDS)
        return acts.refresh(*given, tell=tell, **named)

    with mock.patch.object(weekly, "refresh", act):
        yield go, begun
        go.set()


def bars(session: AppTest) -> list[str]:
    return [each.proto.text for each in session.get("progress")]


def judged(visitor: Visitor, app: apps.App, *pages: str) -> dict[str, AppTest]:
    """Sessions of these pages, opened until none of them shows that a refresh is under way."""
    end = time.monotonic() + SECONDS
    while True:
        sessions = {page: visitor.opened(app, page) for page in pages}
        if not any(bars(session) for session in sessions.values()) or time.monotonic() > end:
            return sessions
        time.sleep(0.2)


def test_the_first_refresh_goes_on_behind_the_funnel(
    visitor: Visitor, app: apps.App, held: tuple[threading.Event, list[int]]
) -> None:
    """With an empty journal home shows the funnel and a bar with what is being asked, Tighten says that it is being
    judged; one refresh is begun however many look on; when it is over the verdict is there, and no bar."""
    go, begun = held
    sessions = {page: visitor.opened(app, page) for page in ("home", "tighten", "home")}
    home, tighten = (seen(sessions[page]) for page in ("home", "tighten"))
    assert_fine(home)
    assert_fine(tighten)
    assert home.charts
    assert "being judged for the first time" in told(tighten)
    for page in ("home", "tighten"):
        assert len(bars(sessions[page])) == 1, page
        assert r"Response rate by industry\: \*\*13\*\* weeks" in bars(sessions[page])[0]
    assert begun == [1]
    go.set()
    sessions = judged(visitor, app, "home", "tighten")
    assert not bars(sessions["home"])
    after = seen(sessions["tighten"])
    assert after.charts
    assert "being judged" not in told(after)
    assert begun == [1]


def test_a_refresh_that_fails_is_told_once_and_not_tried_again(
    visitor: Visitor, app: apps.App, held: tuple[threading.Event, list[int]]
) -> None:
    """The page says why in words; pages opened after it do not begin another."""
    begun: list[int] = []

    def fails(*_given: Any, **_named: Any) -> Any:
        begun.append(1)
        raise WarehouseError("opportunities cannot be **read**")

    with mock.patch.object(weekly, "refresh", fails):
        judged(visitor, app, "home")
        pages = [seen(visitor.opened(app, "home")) for _ in range(2)]
    for page in pages:
        assert_fine(page)
        assert page.charts
        (said,) = [text for text in page.texts if "could not be judged" in text]
        assert r"\*\*read\*\*" in said
    assert begun == [1]


SOON = 60
"""Seconds in which a page must be made without its server, on a machine that does much else."""


def test_a_postgresql_server_that_is_stopped(visitor: Visitor, stoppable: servers.Postgres, tmp_path: Path) -> None:
    """A real server ends while its connections stand open: pages soon show what was read, and one line says so.

    Also the doctor's part of the Warehouse page, whose counts of the source itself are those last read; and after a
    restart, when nobody remembers that the server was there.
    """
    frames = {name: frame for name, frame in demo.company("small", apps.SEED, apps.AS_OF).items() if name in TABLES}
    shared = apps.with_journal(visitor.folder, "small", tmp_path, ("industry",))
    app = replace(shared, url=stoppable.create("away", frames))
    forget()
    pages = ("warehouse", "home")
    before = {page: seen(visitor.opened(app, page)) for page in pages}
    ties = next(alt for alt in before["warehouse"].tables if "in the source" in alt)
    stoppable.stop()
    for restarted in (False, True):
        st.cache_data.clear()
        if restarted:
            st.cache_resource.clear()
        for page in pages:
            begun = time.monotonic()
            after = seen(visitor.opened(app, page))
            assert time.monotonic() - begun < SOON, page
            assert_fine(after)
            assert after.titles == before[page].titles, page
            assert sum(AS_READ in text for text in after.texts) == 1, page
            if page == "warehouse":
                pd.testing.assert_frame_equal(after.tables[ties], before[page].tables[ties])
    forget()


def test_what_the_source_says_was_never_asked(visitor: Visitor, stoppable: servers.Postgres, tmp_path: Path) -> None:
    """The Warehouse page was not open while the server answered: its tables are the look's, a line says the rest."""
    frames = {name: frame for name, frame in demo.company("small", apps.SEED, apps.AS_OF).items() if name in TABLES}
    shared = apps.with_journal(visitor.folder, "small", tmp_path, ("industry",))
    app = replace(shared, url=stoppable.create("away", frames))
    forget()
    visitor.opened(app, "home")
    stoppable.stop()
    forget()
    page = seen(visitor.opened(app, "warehouse"))
    assert page.exceptions == ()
    assert len(page.titles) == 1
    assert "was not asked while the warehouse answered" in told(page)
    assert any(alt.startswith("One row a table") for alt in page.tables)
    forget()
