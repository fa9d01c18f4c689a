"""Processes killed with SIGKILL at random moments while they write: how much that was acknowledged was lost.

What is killed is a process of its own: one that writes decisions into a journal and tells each that was kept, one that
refreshes a new journal, one that loads files over a warehouse. After every kill the next start looks at what is there:
each acknowledged row once, a refresh whole or not there, a warehouse that is the old or the new one. It stops with an
error where that is not so.
"""

from __future__ import annotations

import multiprocessing
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import duckdb
import sqlalchemy as sa

from benchmarks.report import Line, Part, Report
from gtm_metrics import demo, journal
from gtm_metrics.company import Company, read_company
from gtm_metrics.journal.tables import Base
from gtm_metrics.refresh import refresh
from gtm_metrics.sources import SHIPPED
from gtm_metrics.tallies import prepared
from gtm_metrics.warehouse import connect
from gtm_metrics.warehouse.build import load_folder, load_frames
from tests.servers import NoServer, postgres

AS_OF, SEED, DAY = date(2026, 11, 15), 7, date(2026, 11, 16)
ROOT = Path(__file__).parent.parent
WRITERS, REFRESHES, LOADS = 20, 8, 8
"""Kills of each kind in each repetition (a third of the refreshes in PostgreSQL)."""
LONGEST_SECONDS = 0.5
"""A writer that is killed has written for at most this long."""
OURS = ("refreshes", "segment_registry", "frozen_tallies", "frozen_accounts", "restatements", "verdicts")
PART = Part(
    "Killed at random moments",
    "Processes are killed with SIGKILL while they write, a new one each time, at a moment drawn evenly from the time "
    "that an undisturbed one takes (writers: from half a second), every other refresh and load about its end, where it "
    "writes. What is lost is counted after every kill by a start "
    "that opens what is there; refreshes and loads are whole or not there, and the next one completes them. PostgreSQL "
    "here does not wait for its disk: what is killed is our process, not the server.",
    ("", "killed", "acknowledged, or what was there", "share lost or half written"),
)
CONTEXT = multiprocessing.get_context("forkserver")
Places = Callable[[], str]


def measure(repeats: int, seed: int, report: Report) -> None:
    """Adds a line for writers, refreshes and loads; journals in SQLite and, where there is a server, in PostgreSQL."""
    report.open("faults", PART)
    CONTEXT.set_forkserver_preload(["benchmarks.faults", "duckdb_sqlalchemy", "alembic.command"])
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        company = _company(folder)
        numbers = iter(range(10_000))

        def in_a_file() -> str:
            return f"sqlite:///{folder / f'{next(numbers)}.sqlite'}"

        _journals("SQLite", in_a_file, company, repeats, 1, chance, report)
        try:
            with postgres() as server:
                _journals("PostgreSQL", lambda: server.create("killed", {}), company, repeats, 3, chance, report)
        except NoServer as why:
            print(f"  PostgreSQL: not measured, {why}")
        _loads(folder, repeats * LOADS, chance, report)


def _journals(
    where: str, place: Places, company: Company, repeats: int, fewer: int, chance: random.Random, report: Report
) -> None:
    _writers(where, place(), repeats * WRITERS, chance, report)
    _refreshes(where, place, company, max(repeats * REFRESHES // fewer, 1), chance, report)


def _company(folder: Path) -> Company:
    """The small demo company, loaded."""
    target = folder / "small.duckdb"
    frames = demo.company("small", SEED, AS_OF)
    load_frames(frames, target, SHIPPED / "own", AS_OF, {"employees"}, lambda _line: None, prepared)
    (folder / "gtm.toml").write_text('[segments]\ndimensions = ["industry"]\n', encoding="utf-8")
    return read_company(folder / "gtm.toml", {"GTM_WAREHOUSE": f"duckdb:///{target}"})


@contextmanager
def _started(work: Callable[..., None], *given: Any) -> Iterator[tuple[Any, Connection]]:
    """A process that does the work, and what it tells; killed on the way out."""
    hear, tell = CONTEXT.Pipe(duplex=False)
    process: Any = CONTEXT.Process(target=work, args=(tell, *given))
    process.start()
    tell.close()
    try:
        yield process, hear
    finally:
        process.kill()
        process.join(60)


def _all_told(hear: Connection) -> list[Any]:
    said = []
    try:
        while hear.poll(60):
            said.append(hear.recv())
    except EOFError:
        pass
    return said


def writes(tell: Connection, url: str) -> None:
    """Keeps one decision after another, and tells the number of each that was kept."""
    engine = journal.open_journal(url)
    while True:
        tell.send(journal.decide(engine, "loose", "", "", "killed at random", "benchmark", DAY))


def _writers(where: str, url: str, kills: int, chance: random.Random, report: Report) -> None:
    acknowledged: set[int] = set()
    before: set[int] = set()
    begun = time.perf_counter()
    for _ in range(kills):
        with _started(writes, url) as (process, hear):
            assert hear.poll(60), "it writes"
            time.sleep(chance.uniform(0, LONGEST_SECONDS))
            process.kill()
            acknowledged.update(_all_told(hear))
        engine = journal.open_journal(url)
        with journal.writing(engine):
            # a server may still be at work on what was asked of it
            pass
        with journal.reading(engine) as seen:
            kept = journal.decisions(seen, replaced=True)["id"].tolist()
        engine.dispose()
        assert len(kept) == len(set(kept))
        assert acknowledged <= set(kept), f"lost: {sorted(acknowledged - set(kept))}"
        untold = set(kept) - acknowledged - before
        assert len(untold) <= 1, "at most the one it was about to tell"
        before |= untold
    seconds = time.perf_counter() - begun
    found = f"{len(acknowledged):,} decisions"
    report.add(Line("faults", f"a process that decides, {where}", f"{kills} times, {seconds:.0f} s", found, 0.0))


def _moment(kill: int, chance: random.Random) -> float:
    """When it is killed, as a share of the time it takes: every other time about its end, where it writes."""
    return chance.uniform(0.8, 1.6) if kill % 2 else chance.random()


def refreshes(tell: Connection, config: Path, warehouse: str, url: str) -> None:
    """Refreshes a journal, and tells when it is done."""
    company = read_company(config, {"GTM_WAREHOUSE": warehouse})
    done = refresh(connect(company, AS_OF), company, journal.open_journal(url), AS_OF, "benchmark")
    tell.send(done.done)


def _written(url: str) -> dict[str, list[str]]:
    """Every row of a refresh, but for who wrote it and when."""
    engine = journal.open_journal(url)
    rows = {}
    with journal.reading(engine) as seen:
        for name in OURS:
            columns = [c for c in Base.metadata.tables[name].columns if c.name not in ("by", "at", "id")]
            rows[name] = sorted(str(tuple(row)) for row in seen.execute(sa.select(*columns)))
    engine.dispose()
    return rows


def _refreshes(where: str, place: Places, company: Company, kills: int, chance: random.Random, report: Report) -> None:
    asked = (company.folder / "gtm.toml", company.url)

    def undisturbed(url: str) -> float:
        began = time.perf_counter()
        with _started(refreshes, *asked, url) as (process, hear):
            assert _all_told(hear)
            process.join(60)
        return time.perf_counter() - began

    first = place()
    lasts = min(undisturbed(first), undisturbed(place()))
    whole = _written(first)
    begun, finished = time.perf_counter(), 0
    for kill in range(kills):
        url = place()
        with _started(refreshes, *asked, url) as (process, _hear):
            process.join(lasts * _moment(kill, chance))
        found = _written(url)
        finished += found == whole
        assert found == whole or not any(found.values()), f"half written: {url}"
        if found != whole:
            undisturbed(url)
            assert _written(url) == whole, f"not completed: {url}"
    seconds = time.perf_counter() - begun
    said = f"{finished} whole, {kills - finished} not there; the next start made these whole"
    report.add(Line("faults", f"a refresh of a new journal, {where}", f"{kills} times, {seconds:.0f} s", said, 0.0))


def loads(_tell: Connection, files: Path, target: Path) -> None:
    """Loads the files."""
    load_folder(files, target, SHIPPED / "own", AS_OF, {"employees"}, lambda _line: None, prepared)


def _files(folder: Path, story: str) -> Path:
    folder.mkdir()
    for name, frame in demo.company(story, SEED, AS_OF).items():
        frame.to_csv(folder / f"{name}.csv", index=False)
    return folder


def _accounts(target: Path) -> int:
    with duckdb.connect(str(target.resolve()), read_only=True) as con:
        found = con.execute("select count(*) from gtm.accounts").fetchone()
    assert found
    return int(found[0])


def _loads(folder: Path, kills: int, chance: random.Random, report: Report) -> None:
    target = folder / "mine.duckdb"
    files = [_files(folder / story, story) for story in ("small", "young")]
    sizes, lasts = [], 0.0
    for each in files:
        began = time.perf_counter()
        with _started(loads, each, target) as (process, _hear):
            process.join(300)
        lasts = time.perf_counter() - began
        sizes.append(_accounts(target))
    assert sizes[0] != sizes[1]
    begun, new = time.perf_counter(), 0
    for kill in range(kills):
        now, to = _accounts(target), kill % 2
        with _started(loads, files[to], target) as (process, _hear):
            process.join(lasts * _moment(kill // 2, chance))
        found = _accounts(target)
        assert found in (now, sizes[to]), f"neither the old nor the new one: {found} accounts"
        new += found == sizes[to] != now
    load_folder(files[0], target, SHIPPED / "own", AS_OF, {"employees"}, lambda _line: None, prepared)
    left = [each for each in folder.glob("mine*") if not each.name.endswith(".lock")]
    assert _accounts(target) == sizes[0]
    assert len(left) == 2, f"the next load tidies up: {left}"
    seconds = time.perf_counter() - begun
    said = f"{new} times the new one, {kills - new} the old one"
    report.add(Line("faults", "a load over a warehouse, DuckDB", f"{kills} times, {seconds:.0f} s", said, 0.0))
