"""Full disks, clocks, zones and secrets: what is wrong is said, what was acknowledged stays, the next start heals."""

from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import apps
import pytest
from commands import run
from test_fuzzed_files import ACCOUNTS, CONFIG, DEALS
from visits import PATHS, Visitor, every, seen

from gtm_metrics import journal
from gtm_metrics.company import read_company
from gtm_metrics.journal import open as opening
from gtm_metrics.warehouse.profile import key_of

VOTE = ("decide", "vote", "--function", "sales", "--who", "Ada", "--dimension", "industry", "--segment", "Retail")
PASSWORD = "lenient-otter-9417"


@pytest.fixture
def app(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> apps.App:
    """The small company with settings and a journal of its own."""
    found = apps.with_journal(apps.shared_folder(tmp_path_factory), "small", tmp_path / "own", ("industry",))
    monkeypatch.setenv("GTM_JOURNAL", found.journal)
    journal.open_journal(found.journal).dispose()
    return found


@contextmanager
def room(size: int) -> Iterator[None]:
    """No file grows past so many bytes: a write beyond fails, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def rows(app: apps.App, table: str) -> int:
    """How many rows a table of the journal holds."""
    engine = journal.open_journal(app.journal)
    with journal.reading(engine) as read:
        found = read.exec_driver_sql(f"select count(*) from {table}").scalar()
    engine.dispose()
    return int(found or 0)


def test_a_full_disk_loses_nothing_that_was_acknowledged(app: apps.App) -> None:
    """Votes until the disk is full: each that exited 0 is there, the others are told and are not; with room again the
    next goes through."""
    file = Path(app.journal.removeprefix("sqlite:///"))
    size = max(each.stat().st_size for each in file.parent.glob("journal.sqlite*")) + 60_000
    with room(size):
        ran = [run(app.url, *VOTE, "--why", "x" * length, config=app.config) for length in (1, 9_000, 900_000, 990_000)]
    assert [each.code for each in ran] == [0, 0, 1, 1]
    assert all("did not answer" in each.err for each in ran[2:])
    assert rows(app, "votes") == 2
    assert run(app.url, *VOTE, "--why", "room again", config=app.config).code == 0
    assert rows(app, "votes") == 3


def test_a_refresh_on_a_full_disk_is_whole_or_not_there(app: apps.App) -> None:
    """The first refresh finds no room: exit 1, a sentence, no week; with room again it is the one of any other day."""
    with room(300_000):
        ran = run(app.url, "refresh", config=app.config)
    assert ran.code == 1
    assert "gtm-metrics: the journal" in ran.err
    assert rows(app, "refreshes") == rows(app, "frozen_tallies") == 0
    assert run(app.url, "refresh", config=app.config).code == 0
    assert rows(app, "refreshes") > 0


def test_an_answer_comes_though_there_is_no_room_to_keep_it(app: apps.App) -> None:
    """No byte may be written: the funnel is the same as with room, and nothing broken is left to be read."""
    asked = ("funnel", "--by", "industry", "--format", "json")
    with room(0):
        without = run(app.url, *asked, config=app.config)
    assert without.code == 0
    assert without.rows == run(app.url, *asked, config=app.config).rows


def test_a_load_without_room_leaves_the_old_warehouse(app: apps.App, tmp_path: Path) -> None:
    """Exit 1 and a sentence; what is there stays, nothing is left beside it, and with room the load goes through."""
    files, target = tmp_path / "files", tmp_path / "mine.duckdb"
    files.mkdir()
    lines = "".join(f"A{n},Industry {n % 5},2025-01-01\n" for n in range(20_000))
    (files / "accounts.csv").write_text(f"account_id,industry,created_on\n{lines}", encoding="utf-8")
    load = ("load", files, "--as-of", "2026-06-30", "--format", "json")
    assert run(target, *load, config=app.config).code == 0
    before = sorted(tmp_path.glob("mine*.duckdb*")), os.readlink(target)
    with room(200_000):
        ran = run(target, *load, config=app.config)
    assert ran.code == 1
    assert "gtm-metrics: " in ran.err
    assert (sorted(tmp_path.glob("mine*.duckdb*")), os.readlink(target)) == before
    assert run(target, *load, config=app.config).code == 0


def test_a_file_that_finds_no_room_is_not_left_half(app: apps.App, tmp_path: Path) -> None:
    """An export of the journal and a support file: a sentence, and no file under the name that was asked for."""
    assert run(app.url, *VOTE, "--why", "x" * 50_000, config=app.config).code == 0
    for argv in (("journal", "export", tmp_path / "out.json"), ("support", "--out", tmp_path / "out.zip")):
        with room(1_000):
            ran = run(app.url, *argv, config=app.config)
        assert ran.code in (1, 2)
        assert "cannot be written" in ran.err or "did not answer" in ran.err
        assert not Path(argv[-1]).exists()


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Kiritimati"])
def test_the_machines_zone_moves_no_number(app: apps.App, zone: str) -> None:
    """Through both changes of the clock: the funnel of all weeks is the same to the last digit in any zone."""
    asked = ("funnel", "--by", "industry", "--weeks", "all", "--format", "json")
    there = subprocess.run(
        [sys.executable, "-m", "gtm_metrics.cli", *asked],
        env={**os.environ, **app.environment, "TZ": zone},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert there.stdout == run(app.url, *asked, config=app.config).out


SECRET_URLS = (
    f"postgresql://ada:{PASSWORD}@127.0.0.1:1/x",
    f"postgresql://ada:{PASSWORD}@127.0.0.1:port/x",
    f"postgresql://ada:{PASSWORD}@[::1/x",
    f"nonsense://ada:{PASSWORD}@host/x",
    f"postgresql//ada:{PASSWORD}@host",
    f"postgresql://ada:half/{PASSWORD}@host/x",
    f"postgresql://ada:half@{PASSWORD}@127.0.0.1:1/x",
    f"postgresql://ada:half:{PASSWORD}@host:{PASSWORD}/x",
    f"duckdb:///nowhere/{{0}}.duckdb?motherduck_token={PASSWORD}",
)
"""Addresses that cannot be reached or read, each with a password in it."""


@pytest.mark.parametrize("url", SECRET_URLS, ids=range(len(SECRET_URLS)))
@pytest.mark.parametrize("place", ["GTM_WAREHOUSE", "GTM_JOURNAL", "gtm.toml"])
def test_no_password_is_told(
    app: apps.App,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    url: str,
    place: str,
) -> None:
    """Whatever fails, no line of a command, of the log at debug, nor the support file holds the password."""
    monkeypatch.setenv("GTM_LOG", "json")
    monkeypatch.setenv("GTM_LOG_LEVEL", "debug")
    monkeypatch.chdir(tmp_path)
    config, warehouse = tmp_path / "gtm.toml", app.url
    config.write_text(f"[warehouse]\nurl = '{url}'\n" if place == "gtm.toml" else "", encoding="utf-8")
    if place == "GTM_JOURNAL":
        monkeypatch.setenv("GTM_JOURNAL", url)
    else:
        warehouse = url if place == "GTM_WAREHOUSE" else ""
    for argv in (("check",), ("refresh",), ("journal", "votes"), ("support",), ("definitions", "--format", "json")):
        ran = run(warehouse, *argv, config=config)
        assert ran.code in (0, 1, 2)
        assert PASSWORD not in ran.out + ran.err
    told = capfd.readouterr()
    assert PASSWORD not in told.out + told.err
    if Path("gtm-support.zip").exists():
        with zipfile.ZipFile("gtm-support.zip") as bundle:
            assert not any(PASSWORD.encode() in bundle.read(name) for name in bundle.namelist())


def test_no_password_stands_on_a_page_or_in_a_file(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    """A warehouse that does not answer, its address in secrets.toml beside secrets of signing in: nothing that a page
    sends to the browser holds a password, no line of the log at debug, and no file that the app wrote."""
    folder = tmp_path / "company"
    app = apps.with_journal(apps.shared_folder(tmp_path_factory), "small", folder, ("industry",))
    secrets = folder / ".streamlit" / "secrets.toml"
    secrets.parent.mkdir()
    secrets.write_text(
        f'[connections.warehouse]\nurl = "postgresql://ada:{PASSWORD}@127.0.0.1:1/x"\n'
        f'[auth]\ncookie_secret = "{PASSWORD}"\nclient_secret = "{PASSWORD}"\n'
    )
    monkeypatch.delenv("GTM_WAREHOUSE", raising=False)
    caplog.set_level("DEBUG")
    for page in PATHS:
        session = Visitor(folder, {}).opened(replace(app, url=""), page)
        sent = "".join(str(getattr(each, "proto", "")) for each in every(session._tree))
        assert not session.exception
        assert " not answer" in sent
        assert PASSWORD not in sent
    assert PASSWORD not in caplog.text
    written = [file for file in folder.rglob("*") if file.is_file() and file != secrets]
    assert written
    assert not [file for file in written if PASSWORD.encode() in file.read_bytes()]


def test_what_one_role_was_answered_is_not_kept_for_another(tmp_path: Path) -> None:
    """Kept answers belong to a connection, its role and database included; a new password or token changes nothing."""

    def key(url: str) -> str:
        return key_of(read_company(tmp_path / "gtm.toml", {"GTM_WAREHOUSE": url}))

    one = "snowflake://ada:x@host/db/main?warehouse=w&role=analyst"
    assert key(one) == key(one.replace(":x@", ":y@")) == key(f"{one}&token=abc")
    others = {key(one.replace(*change)) for change in (("analyst", "admin"), ("/main", "/other"), ("ada", "eve"))}
    assert len({key(one), *others}) == 4


def test_two_warehouses_of_one_process_are_two(tmp_path: Path) -> None:
    """The same settings, tables and names behind two connections, opened in turn: each shows its own counts, the first
    time and from the cache."""
    config = tmp_path / "gtm.toml"
    config.write_text(CONFIG, encoding="utf-8")
    two = []
    for name, accounts in (("one", ACCOUNTS), ("other", b"\n".join(ACCOUNTS.splitlines()[:13]) + b"\n")):
        files = tmp_path / name
        files.mkdir()
        (files / "accounts.csv").write_bytes(accounts)
        (files / "opportunities.csv").write_bytes(DEALS)
        target = tmp_path / f"{name}.duckdb"
        assert run(target, "load", files, "--as-of", "2025-06-30", config=config).code == 0
        two.append(apps.App(config, f"duckdb:///{target}", f"sqlite:///{tmp_path / 'journal.sqlite'}"))
    visitor = Visitor(tmp_path, {})
    shown = [" ".join(seen(visitor.opened(app, "home", by="industry", window="52")).texts) for app in [*two, *two]]
    assert "28 of 30 accounts" in shown[0]
    assert "12 of 30 accounts" in shown[1]
    assert shown[:2] == shown[2:]


def test_a_journal_that_is_locked_is_waited_for_and_then_told(app: apps.App, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process writes for longer than patience lasts: exit 1 and a sentence; read it may be all the while, and
    afterwards the vote goes through."""
    usual = opening.PATIENCE_SECONDS
    monkeypatch.setattr(opening, "PATIENCE_SECONDS", 1)
    with sqlite3.connect(app.journal.removeprefix("sqlite:///"), isolation_level=None) as other:
        other.execute("begin immediate")
        began = time.monotonic()
        ran = run(app.url, *VOTE, "--why", "x", config=app.config)
        assert (ran.code, ran.err.count("\n")) == (1, 1)
        assert "did not answer: database is locked" in ran.err
        assert 0.9 < time.monotonic() - began < usual
        assert run(app.url, "journal", "votes", config=app.config).code == 0
        other.execute("rollback")
    other.close()
    assert run(app.url, *VOTE, "--why", "x", config=app.config).code == 0


def test_a_clock_that_jumps_back_unsays_nothing(app: apps.App) -> None:
    """A refresh for a day three weeks before the last one, and then for the last again: the weeks and verdicts that
    were written are all there, unchanged."""

    def told() -> list[object]:
        ran = run(app.url, "journal", "refreshes", "--format", "json", config=app.config)
        assert ran.code == 0
        return ran.rows

    assert run(app.url, "refresh", "--as-of", "2026-11-08", config=app.config).code == 0
    before, verdicts = told(), rows(app, "verdicts")
    for day in ("2026-10-18", "2026-11-08"):
        assert run(app.url, "refresh", "--as-of", day, config=app.config).code in (0, 2)
    assert told()[: len(before)] == before
    assert rows(app, "verdicts") >= verdicts
    last = (before[-1], told()[-1])
    assert last[0] == last[1]


def test_garbage_in_every_file_beside_the_journal_heals(app: apps.App) -> None:
    """Profile, answers and what a refresh left are cut short or overwritten: the next commands give the same rows."""

    def told() -> list[object]:
        assert run(app.url, "refresh", "--as-of", "2026-11-08", config=app.config).code == 0
        asked = (("funnel", "--by", "industry"), ("signal",), ("journal", "refreshes"))
        return [run(app.url, *argv, "--format", "json", config=app.config).rows for argv in asked]

    before = told()
    folder = app.config.parent
    beside = [each for each in folder.rglob("*") if each.is_file() and each.suffix in (".json", ".npz", ".arrow")]
    assert beside
    for spoil in (lambda whole: whole[: len(whole) // 2], lambda _: b"\x00\xffgarbage", lambda _: b"{}", lambda _: b""):
        for file in beside:
            file.write_bytes(spoil(file.read_bytes()))
        assert told() == before
