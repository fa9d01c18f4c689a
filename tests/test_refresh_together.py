"""Refreshes that run at once or are killed: one row a week, the same verdicts, and never a part of one."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import servers
import sqlalchemy as sa
from conftest import TODAY, Small, WarehouseOf
from refreshes import EARLIER, LAST, SETTINGS, WEEK, company, everything, read, refreshed

from gtm_metrics import journal
from gtm_metrics.company import Refused, read_company
from gtm_metrics.journal.tables import INSERT_ONLY, VERSION, Base
from gtm_metrics.refresh import refresh
from gtm_metrics.warehouse import connect
from gtm_metrics.weeks import monday, sunday

pytestmark = [pytest.mark.xdist_group("one PostgreSQL"), pytest.mark.usefixtures("processes_find_tests")]

EVERYTHING = os.environ.get("GTM_REQUIRE_ALL") == "1"
"""Whether there is time for every trial: where each change is checked there is, at a desk a few will do."""

AT_ONCE = 12 if EVERYTHING else 4
"""Times that two refreshes run at once."""

KILLS = int(os.environ.get("GTM_KILLS", "50" if EVERYTHING else "6"))
"""Times that a refresh is killed at a random moment."""

CONTEXT = multiprocessing.get_context("forkserver")
# what a process needs is imported once, in the server they are forked from, which finds the tests by PYTHONPATH
CONTEXT.set_forkserver_preload(["test_refresh_together", "duckdb_sqlalchemy", "alembic.command"])
WRITTEN = ("refreshes", "segment_registry", "frozen_tallies", "frozen_accounts", "restatements", "verdicts")


@pytest.fixture(scope="module")
def few(warehouse_of: WarehouseOf) -> Small:
    """A company of two segments in one dimension and of two metrics: quick to refresh."""
    frames = company({"Retail": 0.3, "Banks": 0.5}, weeks=20)
    frames["accounts"] = frames["accounts"].drop(columns="created_on")
    tables = ("accounts", "opportunities", "calls")
    settings = {**SETTINGS, "segments": {"dimensions": ["industry"]}}
    return warehouse_of({name: frames[name] for name in tables}, **settings)


DUE = EARLIER - (LAST - EARLIER) - 10 * WEEK


def refreshed_elsewhere(config: Path, warehouse: str, url: str, day: date, start: Any = None) -> None:
    """What a process of its own does: opens the warehouse and the journal, and refreshes."""
    its = read_company(config, {"GTM_WAREHOUSE": warehouse})
    connected, engine = connect(its, TODAY), journal.open_journal(url)
    if start is not None:
        start.wait(60)
    refresh(connected, its, engine, day, f"process {os.getpid()}")


def elsewhere(small: Small, url: str, day: date, start: Any = None) -> Any:
    """That process, started."""
    asked = (small.company.folder / "gtm.toml", small.company.url, url, day, start)
    process = CONTEXT.Process(target=refreshed_elsewhere, args=asked)
    process.start()
    return process


def plainly(kept: sa.Engine) -> dict[str, list[Any]]:
    """Every row a refresh writes, but for who wrote it and when."""
    rows: dict[str, list[Any]] = {}
    with kept.connect() as connection:
        for name in WRITTEN:
            columns = [c for c in Base.metadata.tables[name].columns if c.name not in ("by", "at", "id")]
            rows[name] = sorted(str(tuple(row)) for row in connection.execute(sa.select(*columns)))
    return rows


@pytest.fixture(scope="module")
def alone(few: Small, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    """What one refresh writes when nobody disturbs it."""
    kept = journal.open_journal(f"sqlite:///{tmp_path_factory.mktemp('alone') / 'kept.sqlite'}")
    assert refreshed(few, kept, DUE).done
    return plainly(kept)


def opened_elsewhere(url: str, start: Any) -> None:
    """What a process of its own does: opens the journal when all are ready."""
    start.wait(60)
    journal.open_journal(url).dispose()


def test_processes_open_a_new_journal_at_once(tmp_path: Path) -> None:
    """Of processes that open a journal that is not there one makes it, and all can read it."""
    for trial in range(6 if EVERYTHING else 2):
        url, start = f"sqlite:///{tmp_path / f'{trial}.sqlite'}", CONTEXT.Barrier(3)
        openers = [CONTEXT.Process(target=opened_elsewhere, args=(url, start)) for _ in range(3)]
        for opener in openers:
            opener.start()
        for opener in openers:
            opener.join(60)
        assert [opener.exitcode for opener in openers] == [0, 0, 0]
        engine = journal.open_journal(url)
        with engine.connect() as connection:
            assert connection.execute(sa.text("select version_num from alembic_version")).all() == [(VERSION,)]


def test_two_refreshes_at_once_write_one(few: Small, alone: dict[str, list[Any]], tmp_path: Path) -> None:
    """Of two processes that refresh a week at once neither fails, and what is written is what one alone writes."""
    for trial in range(AT_ONCE):
        url, start = f"sqlite:///{tmp_path / f'{trial}.sqlite'}", CONTEXT.Barrier(2)
        both = [elsewhere(few, url, sunday(DUE), start) for _ in range(2)]
        for process in both:
            process.join(60)
        assert [process.exitcode for process in both] == [0, 0]
        kept = journal.open_journal(url)
        assert plainly(kept) == alone
        with kept.connect() as connection:
            assert len(set(connection.execute(sa.text("select by from refreshes")).scalars())) == 1
        kept.dispose()


def taken(few: Small, url: str) -> float:
    """Seconds that a refresh of a new journal takes in a process of its own, undisturbed."""
    began = time.monotonic()
    whole = elsewhere(few, url, sunday(DUE))
    whole.join(60)
    return time.monotonic() - began


def killed(few: Small, alone: dict[str, list[Any]], journal_at: Callable[[str], str], kills: int) -> None:
    """Kills refreshes of new journals at random moments; each must have written all of it or nothing."""
    chance = random.Random(11)
    lasts = min(taken(few, journal_at(f"whole_{n}")) for n in range(2))
    left: list[bool] = []
    for trial in range(kills):
        url = journal_at(f"killed_{trial}")
        process = elsewhere(few, url, sunday(DUE))
        # the write itself is the last tenth; every other kill aims there
        process.join(lasts * (chance.uniform(0.75, 1.05) if trial % 2 else chance.random()))
        if process.pid is not None and process.is_alive():
            os.kill(process.pid, signal.SIGKILL)
        process.join(60)
        kept = journal.open_journal(url)
        found = plainly(kept)
        left.append(any(found.values()))
        assert found == alone or not any(found.values())
        if trial % 10 == 0:
            refreshed(few, kept, DUE)
            assert plainly(kept) == alone
        kept.dispose()
    assert not all(left)


def test_a_refresh_that_is_killed_leaves_nothing_half_written(
    few: Small, alone: dict[str, list[Any]], tmp_path: Path
) -> None:
    """Killed at any moment, a refresh has written all of it or nothing, and the next one completes it."""
    killed(few, alone, lambda name: f"sqlite:///{tmp_path / name}.sqlite", KILLS)


def test_a_refresh_that_is_killed_leaves_nothing_half_written_in_postgresql(
    few: Small, alone: dict[str, list[Any]], server: servers.Postgres
) -> None:
    """In PostgreSQL too: the server takes back what the killed process had begun, migrations included."""
    killed(few, alone, lambda name: server.create(name, {}), KILLS // 3 + 1)


def test_a_journal_in_postgresql_keeps_the_same(
    few: Small, alone: dict[str, list[Any]], server: servers.Postgres, tmp_path: Path
) -> None:
    """In PostgreSQL the journal holds the same rows, decisions work, and no row can be changed."""
    kept = journal.open_journal(server.create("journal", {}))
    refreshed(few, kept, DUE)
    assert plainly(kept) == alone
    journal.open_journal(kept.url.render_as_string(hide_password=False)).dispose()
    number = journal.decide(kept, "tighten", "industry", "Banks", "it leads", "Ada", date(2026, 3, 4))
    journal.decide(kept, "loose", "", "", "luck", "Ada", date(2026, 3, 5), replaces=number)
    with pytest.raises(Refused, match="taken back already"):
        journal.decide(kept, "loose", "", "", "luck", "Ada", date(2026, 3, 5), replaces=number)
    later = refreshed(few, kept, DUE + WEEK)
    assert (later.done, later.week) == (True, DUE + WEEK)
    sqlite = journal.open_journal(f"sqlite:///{tmp_path / 'beside.sqlite'}")
    for week in (DUE, DUE + WEEK):
        refreshed(few, sqlite, week)
    assert plainly(kept) == plainly(sqlite)
    assert list(read(kept, journal.verdicts)["segment"]) == ["Banks", "Retail"]
    rule = [{"dimension": "industry", "segments": ["Banks"]}]
    journal.keep_profile(kept, "ideal", "Banks", rule, [], "they stay", "Ada", date(2026, 3, 4))
    with pytest.raises(Refused, match="version 1 was kept by Ada"):
        journal.keep_profile(kept, "ideal", "Retail", rule, [], "they stay", "Ben", date(2026, 3, 5))
    journal.put_on_list(kept, "never", {"a": "Acme"}, "too small", "Ada", date(2026, 3, 4))
    journal.put_on_list(kept, "not_now", {"a": "Acme"}, "next year", "Ada", date(2026, 3, 5), date(2027, 1, 1))
    assert read(kept, journal.listed)[["account_id", "kind"]].to_numpy().tolist() == [["a", "not_now"]]
    assert read(kept, journal.profiles)["rules"].iloc[0] == rule
    before = everything(kept)
    for table in INSERT_ONLY:
        column = Base.metadata.tables[table].columns.keys()[-1]
        same = f'update {table} set "{column}" = "{column}"'
        for change in (same, f"delete from {table}", f"truncate {table} cascade"):
            with pytest.raises(sa.exc.IntegrityError, match="is insert-only"), journal.writing(kept) as writer:
                writer.execute(sa.text(change))
    assert everything(kept) == before


def test_two_refreshes_at_once_write_one_in_postgresql(
    few: Small, alone: dict[str, list[Any]], server: servers.Postgres
) -> None:
    """In PostgreSQL too, two processes that open and refresh a new journal at once write it once."""
    for trial in range(3):
        url, start = server.create(f"at_once_{trial}", {}), CONTEXT.Barrier(2)
        both = [elsewhere(few, url, sunday(DUE), start) for _ in range(2)]
        for process in both:
            process.join(60)
        assert [process.exitcode for process in both] == [0, 0]
        kept = journal.open_journal(url)
        assert plainly(kept) == alone
        kept.dispose()


def test_the_company_of_these_tests_has_verdicts(alone: dict[str, list[Any]]) -> None:
    """What is compared above is something: weeks, segments, frozen counts and verdicts."""
    assert monday(DUE) == DUE
    assert len(alone["refreshes"]) > 8
    assert len(alone["segment_registry"]) == 2
    assert len(alone["verdicts"]) == 2 * len(alone["refreshes"])
