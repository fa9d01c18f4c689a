"""Several processes write one journal, some of them are killed: nothing acknowledged is lost, nobody's change is
overwritten unread; and the journal of the first version goes on. On SQLite and on a real PostgreSQL."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable
from datetime import date
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest
import servers
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from journals import FIRST, TODAY, a_full_journal, as_it_came, first_in, written_out

from gtm_metrics import journal
from gtm_metrics.company import Refused
from gtm_metrics.journal.open import made_at, versions
from gtm_metrics.journal.tables import INSERT_ONLY, VERSION, Audited, Base, Decision

pytestmark = [pytest.mark.xdist_group("one PostgreSQL"), pytest.mark.usefixtures("processes_find_tests")]

EVERYTHING = os.environ.get("GTM_REQUIRE_ALL") == "1"
"""Whether there is time for every trial: where each change is checked there is, at a desk a few will do."""

ROUNDS = 30 if EVERYTHING else 10
"""Times that two processes change one pin at once."""

KILLS = 12 if EVERYTHING else 4
"""Times that a process is killed while it writes."""

LONGEST_SECONDS = 0.4
"""A process that is killed has written for at most this long."""

TRIALS, ROWS = 3, 5_000
"""Times that an import is killed, and its rows: enough that it lasts."""

PIN = ("industry", "Retail")
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["test_journal_together"])
Place = Callable[[], str]


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Places for new journals, in files or in a database of a real server."""
    if request.param == "sqlite":
        numbers = iter(range(99))
        return lambda: f"sqlite:///{tmp_path / f'{next(numbers)}.sqlite'}"
    server: servers.Postgres = request.getfixturevalue("server")
    return lambda: server.create("together", {})


def started(work: Callable[..., None], *given: Any) -> tuple[Any, Connection]:
    """A process that does the work, and what it tells."""
    hear, tell = CONTEXT.Pipe(duplex=False)
    process = CONTEXT.Process(target=work, args=(tell, *given))
    process.start()
    tell.close()
    return process, hear


def told_by(process: Any, hear: Connection) -> list[Any]:
    """All that a process tells, until it ends."""
    said: list[Any] = []
    try:
        while hear.poll(60):
            said.append(hear.recv())
    except EOFError:
        pass
    process.join(60)
    return said


def owns(tell: Connection, url: str, name: str, rounds: int, start: Any) -> None:
    """Makes itself the pin's owner, round by round at the same time as another; tells each round what came of it."""
    engine = journal.open_journal(url)
    for saw in range(1, rounds + 1):
        start.wait(60)
        try:
            journal.keep_pin(engine, *PIN, {"owner": f"{name} {saw}"}, "mine", name, TODAY, saw)
            tell.send("")
        except Refused as refused:
            tell.send(str(refused))
        start.wait(60)


def test_of_two_processes_that_change_a_pin_one_wins_and_the_other_is_told(place: Place) -> None:
    """Each time exactly one of two changes is kept, the other's author is told whose; the history has every change."""
    url, start = place(), CONTEXT.Barrier(2)
    engine = journal.open_journal(url)
    journal.keep_pin(engine, *PIN, {}, "it leads", "Ada", TODAY)
    both = [started(owns, url, name, ROUNDS, start) for name in ("Ben", "Cy")]
    ben, cy = (told_by(*one) for one in both)
    assert len(ben) == len(cy) == ROUNDS
    winners = []
    for saw, (bens, cys) in enumerate(zip(ben, cy, strict=True), start=1):
        assert (bens == "") != (cys == ""), "exactly one is kept"
        winner = "Ben" if bens == "" else "Cy"
        winners.append(f"{winner} {saw}")
        assert f"version {saw + 1} (owner '{winner} {saw}') was kept by {winner}" in bens + cys
    with journal.reading(engine) as seen:
        events, pins = journal.pin_events(seen), journal.pins(seen)
        assert journal.pins(seen, TODAY).equals(pins)
    assert list(events["version"]) == list(range(1, ROUNDS + 2))
    assert [now["owner"] for now in events["now"]] == ["", *winners]
    assert [then.get("owner") for then in events["then"]] == [None, "", *winners[:-1]]
    assert list(pins["owner"]) == winners[-1:]


FIRST_COME: dict[str, Callable[[sa.Engine, str], Any]] = {
    "a new pin": lambda e, who: journal.keep_pin(e, "size", "small", {"owner": who}, "new", who, TODAY),
    "the head pin": lambda e, who: journal.keep_pin(e, "team", who, {"status": "head pin"}, "it leads", who, TODAY),
    "a size": lambda e, who: journal.keep_market_size(e, *PIN, 9, who, TODAY, who, TODAY),
    "a judgement": lambda e, who: journal.keep_judgement(e, *PIN, "order", 1, who, who, TODAY),
    "a canvas": lambda e, who: journal.keep_canvas(e, "value themes", who, [], who, TODAY),
    "a card": lambda e, who: journal.keep_card(e, "Head", [{"to": who, "must_answer": "x"}], who, TODAY),
    "a profile": lambda e, who: journal.keep_profile(
        e, "ideal", who, [{"dimension": "industry", "segments": ["Retail"]}], [], who, who, TODAY),
}
"""What only one can be the first to keep; in each whoever keeps it is named."""


def comes_first(tell: Connection, url: str, name: str, start: Any) -> None:
    """Keeps the first of everything at the same time as another, and tells what was refused."""
    engine = journal.open_journal(url)
    for what, keep in FIRST_COME.items():
        start.wait(60)
        try:
            keep(engine, name)
        except Refused as refused:
            tell.send((what, str(refused)))


def test_of_two_processes_that_are_first_one_is(place: Place) -> None:
    """Of what was not there yet, the first pin, size, card and so on, one of two is kept too, and the other is told."""
    url, start = place(), CONTEXT.Barrier(2)
    engine = journal.open_journal(url)
    both = [started(comes_first, url, name, start) for name in ("Ben", "Cy")]
    told = dict(told_by(*both[0])), dict(told_by(*both[1]))
    assert [sum(what in one for one in told) for what in FIRST_COME] == [1] * len(FIRST_COME)
    by = {what: "Cy" if what in told[0] else "Ben" for what in FIRST_COME}
    assert all(by[what] in (told[0] | told[1])[what] for what in FIRST_COME)
    with journal.reading(engine) as seen:
        kept = {"a new pin": journal.pins(seen).query("dimension == 'size'"),
                "the head pin": journal.pins(seen).query("status == 'head pin'"), "a size": journal.market_sizes(seen),
                "a judgement": journal.judgements(seen), "a canvas": journal.canvas_versions(seen),
                "a card": journal.cards(seen), "a profile": journal.profiles(seen)}
    assert {what: list(rows["who"]) for what, rows in kept.items()} == {what: [name] for what, name in by.items()}


def adds(tell: Connection, url: str, name: str, count: int, start: Any) -> None:
    """Adds rows of several kinds while others do, and tells their numbers."""
    engine = journal.open_journal(url)
    start.wait(60)
    for n in range(count):
        note = journal.note(engine, "a", "Acme", f"{name} {n}", "", name, TODAY)
        vouch = journal.vouch(engine, "vouch", PIN, ("industry", "Banks"), f"{name} {n}", "", name, TODAY)
        vote = journal.vote(engine, "sales", f"{name} {n}", *PIN, "they stay", name, TODAY)
        tell.send((note, vouch, vote))


def test_of_three_processes_that_add_nothing_is_lost(place: Place) -> None:
    """Every row that one of three processes was given a number for is there once, and stands in the audit."""
    url, start, count = place(), CONTEXT.Barrier(3), ROUNDS
    names = ("Ada", "Ben", "Cy")
    engine = journal.open_journal(url)
    said = [told_by(*one) for one in [started(adds, url, name, count, start) for name in names]]
    wanted = sorted(f"{name} {n}" for name in names for n in range(count))
    with journal.reading(engine) as seen:
        frames = (journal.notes(seen), journal.vouches(seen), journal.votes(seen))
        noted = journal.audit(seen)
    for which, (frame, column) in enumerate(zip(frames, ("said", "name", "person"), strict=True)):
        assert sorted(frame[column]) == wanted
        assert sorted(frame["id"]) == sorted(numbers[which] for one in said for numbers in one)
    assert len(noted) == 3 * len(wanted)


def writes_on(tell: Connection, url: str, saw: int) -> None:
    """Changes a pin and adds a note, over and over, and tells the pin's version after each that was kept."""
    engine = journal.open_journal(url)
    while True:
        saw = journal.keep_pin(engine, *PIN, {"owner": f"owner {saw + 1}"}, "again", "Ada", TODAY, saw)
        tell.send(("pin", saw))
        journal.note(engine, "a", "Acme", f"note {saw}", "", "Ada", TODAY)
        tell.send(("note", saw))


def test_a_killed_writer_loses_nothing_that_was_acknowledged(place: Place) -> None:
    """Killed at a random moment, a process leaves every change it was told was kept, at most the one it was about to
    tell besides, and nothing half written: pins, history and audit agree."""
    url, chance = place(), random.Random(7)
    engine = journal.open_journal(url)
    version = journal.keep_pin(engine, *PIN, {}, "it leads", "Ada", TODAY)
    kept = {("pin", version)}
    for _ in range(KILLS):
        process, hear = started(writes_on, url, version)
        assert hear.poll(60), "it writes"
        time.sleep(LONGEST_SECONDS * chance.random())
        os.kill(process.pid, signal.SIGKILL)
        acknowledged = set(told_by(process, hear))
        assert process.exitcode == -signal.SIGKILL
        assert acknowledged
        kept |= acknowledged
        # the server may still be at work on what the process had asked for
        with journal.writing(engine):
            pass
        with journal.reading(engine) as seen:
            pins, events, notes, noted = (
                journal.pins(seen), journal.pin_events(seen), journal.notes(seen), journal.audit(seen))
            assert journal.pins(seen, TODAY).equals(pins)
        found = {("pin", int(one)) for one in events["version"]}
        found |= {("note", int(said.removeprefix("note "))) for said in notes["said"]}
        assert kept <= found
        assert len(found - kept) <= 1
        assert len(noted) == len(events) + len(notes)
        version, kept = int(pins["version"].iloc[0]), found
        assert list(events["version"]) == list(range(1, version + 1))
        assert pins["owner"].iloc[0] == f"owner {version}"


def fills(tell: Connection, url: str, text: str) -> None:
    """Imports a journal, and tells that it begins."""
    engine = journal.open_journal(url)
    tell.send("")
    journal.imported(engine, text, "all.json", "Ada")


def test_a_killed_import_leaves_all_or_nothing(place: Place, tmp_path: Path) -> None:
    """Killed while it fills a journal, an import leaves it empty or whole, and where it is empty may be done again."""
    source, chance, left = journal.open_journal(f"sqlite:///{tmp_path / 'source.sqlite'}"), random.Random(5), []
    with journal.writing(source) as writer:
        rows = [{"who": "Ada", "what": f"thing {n}", "details": {}} for n in range(ROWS)]
        journal.append(writer, Audited, rows)
    text, whole = written_out(source), journal.open_journal(place())
    began = time.monotonic()
    journal.imported(whole, text, "all.json", "Ada")
    lasts = time.monotonic() - began
    for trial in range(TRIALS):
        url = place()
        engine = journal.open_journal(url)
        process, hear = started(fills, url, text)
        assert hear.poll(60), "it begins"
        process.join(lasts * chance.random() * trial / TRIALS)  # the first as soon as it begins
        process.kill()
        process.join(60)
        with journal.writing(engine):
            pass
        left.append(len(json.loads(written_out(engine))["tables"]["audit"]))
        if left[-1] == 0:
            journal.imported(engine, text, "all.json", "Ada")
        assert as_it_came(engine) == text
    assert set(left) <= {0, ROWS + 1}
    assert 0 in left


def test_the_first_versions_journal_goes_on(place: Place, tmp_path: Path) -> None:
    """A journal that the first version wrote opens with today's code: its rows are there, it has today's tables, takes
    new rows, refuses changes of old ones, and leaves and comes back whole."""
    url = place()
    if url.startswith("sqlite"):
        first_in(Path(url.removeprefix("sqlite:///")))
    else:
        raw = sa.create_engine(url).raw_connection()
        raw.cursor().execute((FIRST / "postgresql.sql").read_text(encoding="utf-8"))
        raw.commit()
        raw.close()
    engine = journal.open_journal(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert context.get_current_heads() == (VERSION,)
        assert compare_metadata(context, Base.metadata) == []
    with journal.reading(engine) as seen:
        judged, decided = journal.verdicts(seen), journal.decisions(seen, replaced=True)
        registered, noted = journal.registry(seen), journal.audit(seen)
        assert journal.pins(seen).empty
    assert judged[["segment", "log_e_any", "thesis"]].to_numpy().tolist() == [
        ["Retail", 2.5, False], ["Zürich & Söhne", -1.25, True]]
    assert judged["gates"].tolist() == [None, {"lead": {"passed": True, "reason": "Führt"}}]
    assert dict(zip(registered["segment"], registered["thesis"], strict=True)) == {
        "Retail": False, "Zürich & Söhne": True}
    assert list(zip(decided["kind"], decided["why"], decided["replaces"], strict=True)) == [
        ("loose", "nothing stands out", None), ("tighten", "it leads", None),
        ("loose", "it led by luck; \"x\" 'y'", 2)]
    assert decided["review_on"].tolist() == [None, date(2026, 9, 1), None]
    assert list(noted["who"]) == ["Ben", "Ada", "Ada"]
    assert journal.decide(engine, "loose", "", "", "still", "Cy", TODAY, replaces=3) == 4
    assert journal.keep_pin(engine, *PIN, {"status": "head pin"}, "it leads", "Ada", TODAY) == 1
    with engine.connect() as connection:
        held = {table for table in INSERT_ONLY if connection.execute(sa.select(Base.metadata.tables[table])).first()}
    assert held == {"audit", "decisions", "frozen_accounts", "frozen_tallies", "pin_events", "refreshes",
                    "restatements", "segment_registry", "verdicts"}
    for table in held:
        with pytest.raises(sa.exc.IntegrityError, match="is insert-only"), journal.writing(engine) as writer:
            writer.execute(sa.text(f"delete from {table}"))
    copy = journal.open_journal(place())
    journal.imported(copy, written_out(engine), "first.json", "Ada")
    assert as_it_came(copy) == written_out(engine)


def test_a_journal_of_every_version_goes_on(place: Place) -> None:
    """Whichever version made it, a journal that is opened has today's tables, keeps its rows and takes new ones."""
    for version in versions():
        url = place()
        old = made_at(url, version)
        with journal.writing(old) as writer:
            row = {"kind": "loose", "dimension": "", "segment": "", "why": version, "who": "Ada"}
            journal.append(writer, Decision, [row | {"decided_at": TODAY, "week": date(2026, 6, 22)}])
        old.dispose()
        engine = journal.open_journal(url)
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, Base.metadata) == []
        with journal.reading(engine) as seen:
            assert list(journal.decisions(seen)["why"]) == [version]
        assert journal.keep_pin(engine, *PIN, {}, "it leads", "Ada", TODAY) == 1
        engine.dispose()


def test_a_journal_moves_between_databases(server: servers.Postgres, tmp_path: Path) -> None:
    """From a file to PostgreSQL and back the journal is the same to the byte, whatever the words in it; and it goes on
    in both: no number is given twice."""
    text = written_out(a_full_journal(f"sqlite:///{tmp_path / 'full.sqlite'}"))
    there = journal.open_journal(server.create("moved", {}))
    journal.imported(there, text, "all.json", "Ada")
    assert as_it_came(there) == text
    back = journal.open_journal(f"sqlite:///{tmp_path / 'back.sqlite'}")
    journal.imported(back, as_it_came(there), "all.json", "Ada")
    assert as_it_came(back) == text
    for engine in (there, back):
        assert journal.note(engine, "c", "Cove", "fine", "", "Ada", TODAY) == 4
        assert journal.keep_pin(engine, "industry", "Farms", {}, "why not", "Ada", TODAY) == 1
        with pytest.raises(Refused, match=r"not empty \(rows: \d+ of audit"):
            journal.imported(engine, text, "all.json", "Ada")
    for change in ("update pins set owner = 'x'", "delete from pins", "truncate pins cascade",
                   "update pins set version = version + 1, segment = 'x'"):
        with pytest.raises(sa.exc.IntegrityError, match="version by version"), journal.writing(there) as writer:
            writer.execute(sa.text(change))
    assert journal.undo_pin(there, 1, "no", "Ben", TODAY, saw=1) == 2
