"""What one connection's readers are shown is never shown to another's: kept in the process, on disk, or judged."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import apps
import pytest
import servers
import sqlalchemy as sa
import streamlit as st
import visits
from visits import Seen, Visitor

from gtm_metrics import demo
from gtm_metrics.controls import connected

PAGES = ("home", "alternatives")
ROLES = ("west", "rest")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One folder for the answers that are kept of every connection, as where they share a journal."""
    monkeypatch.setattr(connected, "cache_folder", lambda _company: tmp_path / "answers")
    return tmp_path


@pytest.fixture
def doors(
    folder: Path, stoppable: servers.Postgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, apps.App]]:
    """The same settings for three connections: a DuckDB file, and one PostgreSQL database (another company) through two
    roles, each of which a row policy shows its own accounts. Each has a journal, as the documentation asks."""
    own = apps.with_journal(apps.shared_folder(tmp_path_factory), "small", folder, ("industry",))
    frames = dict(demo.company("small", apps.SEED + 1, apps.AS_OF))
    regions = sorted(frames["accounts"]["region"].dropna().unique())
    url = stoppable.create("switched", frames)
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("alter table accounts enable row level security"))
        for role, sign in zip(ROLES, ("=", "<>"), strict=True):
            connection.execute(sa.text(f"create role {role} login password 'x' in role pg_read_all_data"))
            policy = f"create policy {role} on accounts for select to {role} using (region {sign} '{regions[-1]}')"
            connection.execute(sa.text(policy))
    engine.dispose()
    found = {"file": own}
    for role in ROLES:
        theirs = sa.make_url(url).set(username=role, password="x").render_as_string(hide_password=False)
        found[role] = apps.App(own.config, theirs, f"sqlite:///{folder / role}.sqlite")
    yield found
    forget()


def forget() -> None:
    """What a new process does not know."""
    st.cache_resource.clear()
    st.cache_data.clear()


def figures(page: Seen) -> tuple[object, ...]:
    """What a page shows of numbers: its titles, what is written in its charts, its tables."""
    tables = tuple((name, frame.to_csv()) for name, frame in page.tables.items())
    return page.exceptions, page.titles, page.charts, tables


def seen(door: apps.App, page: str) -> Seen:
    """A new session's page."""
    return visits.seen(Visitor(door.config.parent, {}).opened(door, page))


def test_no_connection_is_shown_the_figures_of_another(
    doors: Mapping[str, apps.App], folder: Path, stoppable: servers.Postgres
) -> None:
    """Each role's pages are those of a process that knows no other connection, in whatever order all are asked for,
    twice; and when the server is gone, each is shown what was kept of its own."""
    alone = {}
    for name in ROLES:
        forget()
        shutil.rmtree(folder / "answers", ignore_errors=True)
        for page in PAGES:
            alone[name, page] = figures(seen(doors[name], page))
            assert alone[name, page][0] == ()
    forget()
    shutil.rmtree(folder / "answers")
    for names in (list(doors), list(doors)[::-1]):
        for page in PAGES:
            for name in names:
                found = figures(seen(doors[name], page))
                assert found == alone.setdefault((name, page), found), (name, page)
    for page in PAGES:
        assert len({repr(alone[name, page]) for name in doors}) == len(doors), page
    stoppable.stop()
    forget()
    for page in PAGES:
        for name in ROLES[::-1]:
            read = seen(doors[name], page)
            assert figures(read) == alone[name, page], (name, page)
            assert "Figures as read on" in " ".join(read.texts)
