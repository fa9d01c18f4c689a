"""A warehouse that changes, shuts us out or ends what it was asked: the page says so, and what was read stands."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from unittest import mock

import apps
import duckdb
import pytest
import servers
import sqlalchemy as sa
import streamlit as st
from commands import run
from conftest import Small
from refreshes import EARLIER, everything, refreshed
from test_pages_away import AS_READ, assert_fine, forget, pressed, told
from visits import Seen, Visitor, seen

from gtm_metrics import demo, warehouse
from gtm_metrics.company import read_company
from gtm_metrics.controls import connected
from gtm_metrics.journal import open_journal
from gtm_metrics.sources import TABLES
from gtm_metrics.warehouse import (
    FAILED,
    NOT_CONNECTED,
    OK,
    Relation,
    WarehouseAway,
    WarehouseError,
    WarehouseRefuses,
    look,
)
from gtm_metrics.warehouse.door import as_it_stands, open_engine, read
from gtm_metrics.warehouse.trouble import WarehouseSlow
from gtm_metrics.weeks import WEEK

pytestmark = pytest.mark.xdist_group("one PostgreSQL")
CHANGED = "The warehouse does not give all that it gave"
OLD, NEW = "otter-old-17", "otter-new-18"
"""Passwords of the role that reads."""


@dataclass(frozen=True, eq=False)
class Read:
    """The small company in PostgreSQL, asked by a role that only reads, as it was when home was open and refreshed.

    folder  its settings, journal and kept answers; home what it showed
    """

    folder: Path
    url: str
    owner: str
    home: Seen

    @property
    def reader(self) -> str:
        """The role."""
        return self.url.split("//")[1].split(":")[0]

    def sql(self, *statements: str) -> None:
        """Runs statements as the owner of the database; {reader} stands for the role."""
        engine = sa.create_engine(self.owner, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with engine.connect() as connection:
            for each in statements:
                connection.execute(as_it_stands(each.replace("{reader}", self.reader)))

    @contextmanager
    def changed(self, *statements: str, back: Sequence[str]) -> Iterator[None]:
        """The database so changed, and as it was again afterwards, whatever happens."""
        self.sql(*statements)
        try:
            yield
        finally:
            self.sql(*back)


@pytest.fixture(scope="module")
def visitor(tmp_path_factory: pytest.TempPathFactory) -> Visitor:
    return Visitor(apps.shared_folder(tmp_path_factory), {})


@pytest.fixture(scope="module")
def once(visitor: Visitor, server: servers.Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Read]:
    """Made once for all tests of this file, each of which leaves the database as it was."""
    folder = tmp_path_factory.mktemp("read")
    frames = {name: frame for name, frame in demo.company("small", apps.SEED, apps.AS_OF).items() if name in TABLES}
    shared = apps.with_journal(visitor.folder, "small", folder, ("industry",))
    owner = server.create("faults", frames)
    name = f"reader_{owner.rpartition('_')[2]}"
    url = owner.replace(f"postgres:{servers.PASSWORD}@", f"{name}:{OLD}@")
    before = Read(folder, url, owner, Seen((), (), (), (), {}))
    before.sql("create role {reader} login", LET_IN, "grant select on all tables in schema public to {reader}")
    forget()
    yield replace(before, home=seen(visitor.opened(replace(shared, url=url), "home")))
    forget()


@pytest.fixture
def app(once: Read, tmp_path: Path) -> Iterator[apps.App]:
    """A copy of it in a process that remembers nothing: what a restart finds on the same day."""
    own = tmp_path / "own"
    shutil.copytree(once.folder, own)
    forget()
    yield apps.App(own / "gtm.toml", once.url, f"sqlite:///{own / 'journal.sqlite'}")
    forget()


CHANGES = {
    "an optional column renamed": (
        "alter table opportunities rename column competitor to rival",
        "alter table opportunities rename column rival to competitor",
        "opportunities.competitor is no longer there",
    ),
    "a required column renamed": (
        "alter table opportunities rename column created_at to made_at",
        "alter table opportunities rename column made_at to created_at",
        "table opportunities has no column created_at",
    ),
    "a type changed": (
        "alter table opportunities alter column created_at type text using 'about ' || created_at::text",
        "alter table opportunities alter column created_at type timestamp using substr(created_at, 7)::timestamp",
        "opportunities cannot be read: the warehouse refuses what is asked of it: invalid input syntax for type",
    ),
    "a table dropped": (
        "alter table opportunities rename to gone",
        "alter table gone rename to opportunities",
        "opportunities cannot be read: the warehouse has no table opportunities",
    ),
    "a right taken away": (
        "revoke select on opportunities from {reader}",
        "grant select on opportunities to {reader}",
        "opportunities cannot be read: the warehouse refuses what is asked of it: permission denied for table",
    ),
    "accounts dropped": (
        "alter table accounts rename to gone",
        "alter table gone rename to accounts",
        "accounts cannot be read: the warehouse has no table accounts",
    ),
}
"""What happens to a warehouse overnight, what undoes it, and what the page says."""




def the_line(page: Seen, said: str) -> str:
    """The one line of a page that says how up to date it is, as it is read."""
    assert_fine(page)
    (line,) = [text for text in page.texts if said in text]
    return line.replace("\\", "")


@pytest.mark.parametrize("name", CHANGES)
def test_what_changes_overnight_is_told_and_stands_as_read(
    visitor: Visitor, once: Read, app: apps.App, name: str
) -> None:
    """The page names it, shows the figures that need it as they were read, and says when."""
    change, undo, said = CHANGES[name]
    with once.changed(change, back=[undo]):
        page = seen(visitor.opened(app, "home"))
    line = the_line(page, CHANGED)
    assert said in line
    assert "What needs it is shown as read on " in line
    assert (page.titles, page.charts) == (once.home.titles, once.home.charts)


def test_what_changes_under_an_open_page(visitor: Visitor, once: Read, app: apps.App) -> None:
    """A table that is dropped while the page is open: the next run says so, and the next start; the Warehouse page has
    the tables as they are, a view that nobody had open has no number; some minutes after the table is back so are the
    figures, without anybody's doing, and at once with "Ask again"."""
    visitor.opened(app, "home")
    with once.changed("alter table opportunities rename to gone", back=["alter table gone rename to opportunities"]):
        for restarted in (False, True):
            st.cache_data.clear()
            if restarted:
                forget()
            page = seen(visitor.opened(app, "home"))
            assert "the warehouse has no table opportunities" in the_line(page, CHANGED)
            assert page.charts == once.home.charts
        found = seen(visitor.opened(app, "warehouse"))
        assert_fine(found)
        states = next(frame for alt, frame in found.tables.items() if alt.startswith("One row a table"))
        assert "no table opportunities" in states.set_index("Table")["Why"]["opportunities"]
        other = seen(visitor.opened(app, "home", by="region", window="52"))
        assert_fine(other)
        assert other.titles == ("There is no figure for this view yet",)
        assert not other.charts
    session = visitor.opened(app, "home")
    the_line(seen(session), CHANGED)
    with mock.patch.object(connected, "AGAIN_SECONDS", -1):
        assert CHANGED not in told(seen(visitor.opened(app, "home")))
    assert CHANGED not in told(pressed(visitor, app, session))


def test_what_is_gone_for_good_is_left_out_in_the_end(visitor: Visitor, once: Read, app: apps.App) -> None:
    """After LOST_DAYS a table that was dropped is one that is not connected: the page counts the rest alone."""
    change, back = "alter table subscriptions rename to gone", "alter table gone rename to subscriptions"
    with once.changed(change, back=[back]), mock.patch.object(connected, "LOST_DAYS", 0):
        page = seen(visitor.opened(app, "home"))
    assert_fine(page)
    assert CHANGED not in told(page)
    assert "subscriptions is not connected" in told(page)


def test_a_change_that_loses_nothing_is_followed(visitor: Visitor, once: Read, app: apps.App) -> None:
    """A column becomes text, which reads as the same days: the page is looked at anew and shows the same, no line."""
    closed_at = "alter table opportunities alter column closed_at type"
    with once.changed(f"{closed_at} text", back=[f"{closed_at} timestamp using closed_at::timestamp"]):
        page = seen(visitor.opened(app, "home"))
    assert_fine(page)
    assert CHANGED not in told(page)
    assert page.charts == once.home.charts


def test_a_file_that_is_changed_overnight(visitor: Visitor, tmp_path: Path) -> None:
    """A DuckDB file that another program replaces: while there is none an open page goes on with the one it opened; the
    new one is read at once, and what it lost is told."""
    shared = apps.with_journal(visitor.folder, "untidied", tmp_path / "own", ("industry",))
    file = Path(shutil.copy(Path(shared.url.removeprefix("duckdb:///")), tmp_path / "its.duckdb"))
    app = replace(shared, url=f"duckdb:///{file}")
    forget()
    before = seen(visitor.opened(app, "home"))
    new = Path(shutil.copy(file, tmp_path / "new.duckdb"))
    with duckdb.connect(str(new)) as con:
        con.execute("alter table opportunities rename column outcome to result")
    file.rename(tmp_path / "old.duckdb")
    st.cache_data.clear()
    assert seen(visitor.opened(app, "home")).charts == before.charts
    new.replace(file)
    after = seen(visitor.opened(app, "home"))
    assert_fine(after)
    assert after.charts == before.charts
    assert "opportunities.outcome is no longer there" in told(after)
    forget()


UNREADABLE = ("nonsense", f"postgresql://ada:{OLD}@[::1/x", f"duckdb//{OLD}", f"postgresql://a:{OLD}@h:x/d")


@pytest.mark.parametrize("url", UNREADABLE, ids=range(len(UNREADABLE)))
def test_an_address_that_cannot_be_read_is_told(visitor: Visitor, tmp_path: Path, url: str) -> None:
    """The page says so in a sentence, without a part of the password."""
    shared = apps.with_journal(visitor.folder, "small", tmp_path)
    page = seen(visitor.opened(replace(shared, url=url), "home"))
    assert_fine(page)
    assert page.titles == ("The dashboard cannot open the warehouse",)
    assert "URL cannot be read" in told(page)
    assert OLD not in told(page)


def test_what_is_refused_without_a_change_is_told(visitor: Visitor, once: Read, app: apps.App) -> None:
    """The tables are as they were and one question is refused: what was read stands in for it, and the reason is told;
    where nothing is kept the page says it and nothing else."""

    def refuses(*_given: object) -> object:
        raise WarehouseRefuses("the warehouse refuses what is asked of it: division **by** zero")

    with mock.patch.dict(warehouse.Warehouse.read.__globals__, {"read": refuses}):
        page = seen(visitor.opened(app, "home"))
        assert "it: division **by** zero" in the_line(page, CHANGED)
        assert r"\*\*by\*\*" in " ".join(page.texts)
        assert page.charts == once.home.charts
        text = app.config.read_text(encoding="utf-8")
        app.config.write_text(f"{text}\n[warehouse]\nkept_answers_mb = 0\n", encoding="utf-8")
        bare = seen(visitor.opened(app, "home"))
    assert_fine(bare)
    assert bare.titles == ("The warehouse refuses what is asked",)


RENAMED = (("competitor", "rival"), ("rival", "competitor"))
SHUT_OUT = {
    "a password changed": (f"alter role {{reader}} password '{NEW}'", "password authentication failed"),
    "a password past its day": ("alter role {reader} valid until '2020-01-01'", "password authentication failed"),
    "a role that may not log in": ("alter role {reader} nologin", "is not permitted to log in"),
}
"""How a role is shut out, and what the server says then."""
LET_IN = f"alter role {{reader}} login password '{OLD}' valid until 'infinity'"
END = "select pg_terminate_backend(pid) from pg_stat_activity where usename = '{reader}'"



@pytest.mark.parametrize("name", SHUT_OUT)
def test_credentials_that_no_longer_hold_are_told_at_the_start(
    visitor: Visitor, once: Read, app: apps.App, name: str
) -> None:
    """Pages show what was read and say that we are not let in; where nothing was read they say that alone; the password
    is not told."""
    shut_out, said = SHUT_OUT[name]
    with once.changed(shut_out, END, back=[LET_IN]):
        line = the_line(seen(visitor.opened(app, "home")), AS_READ)
        shutil.rmtree(app.config.parent / "journal.cache")
        forget()
        bare = seen(visitor.opened(app, "home"))
    assert "The warehouse does not answer (it does not let us in: " in line
    assert said in line
    assert bare.titles == ("The dashboard cannot open the warehouse",)
    assert "the warehouse does not let us in: " in told(bare)
    assert said in told(bare)
    assert OLD not in line + told(bare)


def test_credentials_that_end_while_the_app_runs(visitor: Visitor, once: Read, app: apps.App) -> None:
    """Connections that stand go on, and those that died are made anew, without a line; with the password changed they
    cannot be: the page is as it was read, and once it is let in again "Ask again" shows it."""
    visitor.opened(app, "home")
    once.sql(END)
    st.cache_data.clear()
    page = seen(visitor.opened(app, "home"))
    assert_fine(page)
    assert AS_READ not in told(page)
    assert page.charts == once.home.charts
    with once.changed(SHUT_OUT["a password changed"][0], END, back=[LET_IN]):
        st.cache_data.clear()
        session = visitor.opened(app, "home")
        assert "it does not let us in" in the_line(seen(session), AS_READ)
    assert AS_READ not in told(pressed(visitor, app, session))


@pytest.mark.parametrize(
    ("seconds", "said"), [(60, "did not answer: terminating connection"), (1, "no answer after 1 seconds")]
)
def test_a_query_that_the_server_ends(once: Read, seconds: int, said: str) -> None:
    """Ended by an administrator, or because its time is over: told in words, and the next question is answered."""
    engine = open_engine(once.url, seconds)
    caught: list[WarehouseError] = []

    def asks() -> None:
        with pytest.raises(WarehouseAway) as trouble:
            read(engine, as_it_stands("select pg_sleep(20)"), seconds)
        caught.append(trouble.value)

    asking = threading.Thread(target=asks)
    asking.start()
    if seconds > 1:
        running = f"{END} and query like '%pg_sleep%' and state = 'active'"
        deadline = time.monotonic() + 10
        while asking.is_alive() and time.monotonic() < deadline:
            time.sleep(0.1)
            once.sql(running)
    asking.join(20)
    assert said in str(caught[0])
    assert len(read(engine, as_it_stands("select 1 as one"), seconds)) == 1


def test_a_warehouse_that_goes_away_in_the_middle_of_a_look(app: apps.App) -> None:
    """It is away as a whole, and no table is called unreadable; where only one table takes too long that one is."""
    company, real = read_company(app.config, app.environment), look.read

    def fails(trouble: WarehouseError) -> Callable[..., object]:
        def reads(engine: object, query: object, *given: object) -> object:
            if "people_involved" in str(query):  # of opportunities alone
                raise trouble
            return real(engine, query, *given)

        return reads

    with (
        mock.patch.object(look, "read", fails(WarehouseAway("the warehouse did not answer: it ended"))),
        pytest.raises(WarehouseAway, match="it ended"),
    ):
        warehouse.connect(company, apps.AS_OF)
    with mock.patch.object(look, "read", fails(WarehouseSlow("the warehouse had no answer after 1 seconds"))):
        found = warehouse.connect(company, apps.AS_OF).relations
    assert found["accounts"].status == OK
    assert [relation.why for relation in found.values() if relation.status == FAILED] == [
        "the warehouse had no answer after 1 seconds"
    ]


def test_commands_look_again_after_a_change(once: Read, app: apps.App, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that goes by today's look and finds a column gone says so and that the next one looks again, which it
    does."""
    asked = ("funnel", "--by", "industry", "--format", "json")
    rival, competitor = (f"alter table opportunities rename column {one} to {other}" for one, other in RENAMED)
    monkeypatch.setenv("GTM_JOURNAL", app.journal)
    with once.changed(rival, back=[competitor]):
        first = run(app.url, *asked, config=app.config)
        second = run(app.url, *asked, config=app.config)
        assert (first.code, second.code) == (1, 0)
        assert "the warehouse refuses what is asked of it: column" in first.err
        assert "and the next command looks again" in first.err


DAYS = {
    "accounts": "created_on",
    "opportunities": "greatest(created_at, closed_at, understood_at, advanced_at, champion_named_at)",
    "subscriptions": "started_on",
}
SHORT = [
    sql
    for table, day in DAYS.items()
    for sql in (
        f"alter table {table} rename to all_{table}",
        f"create view {table} as select * from all_{table} where {day} < date '2026-11-02'",
        f"grant select on {table} to {{reader}}",
    )
]
WHOLE = [f"create or replace view {table} as select * from all_{table}" for table in DAYS]
AGAIN = [sql for table in DAYS for sql in (f"drop view {table}", f"alter table all_{table} rename to {table}")]
SINCE: dict[str, tuple[list[str], list[str], list[str]]] = {
    "rows come twice": (
        [],
        ["insert into opportunities select * from opportunities"],
        ["delete from opportunities a using opportunities b "
         "where a.opportunity_id = b.opportunity_id and a.ctid > b.ctid"],
    ),
    "a blank": (
        [],
        ["update accounts set industry = industry || ' ' where account_id < 'A-00150'"],
        ["update accounts set industry = rtrim(industry)"],
    ),
    "two weeks come in": (SHORT, WHOLE, AGAIN),
    "a column comes": (
        ["alter table opportunities rename column advanced_at to got_on_at"],
        ["alter table opportunities rename column got_on_at to advanced_at"],
        [],
    ),
    "a table is dropped": (
        [],
        ["alter table subscriptions rename to gone"],
        ["alter table gone rename to subscriptions"],
    ),
}
"""By what happens between the day's look and a refresh: how it was at the look, what changed then, what undoes it."""


def without_journal(app: apps.App) -> None:
    """A process that remembers nothing finds no journal; what is kept of the warehouse is there."""
    forget()
    for file in app.config.parent.glob("journal.*"):
        if file.is_file():
            file.unlink()


def frozen(app: apps.App, visitor: Visitor | None = None) -> dict[str, list[object]]:
    """What the first refresh into an empty journal keeps: a command's, or that of a page which the visitor opens."""
    without_journal(app)
    if visitor:
        assert_fine(seen(visitor.opened(app, "home")))
    else:
        assert run(app.url, "refresh", "--as-of", "2026-11-15", config=app.config).code == 0
    kept = open_journal(app.journal)
    held = everything(kept)
    kept.dispose()
    return {table: held[table] for table in ("segment_registry", "frozen_tallies", "verdicts")}


@pytest.mark.parametrize("name", SINCE)
def test_no_week_is_frozen_by_a_look_from_before(
    visitor: Visitor, once: Read, app: apps.App, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Whatever came between the day's look and the refresh, what is frozen is what it is without that look."""
    at_the_look, change, undo = SINCE[name]
    monkeypatch.setenv("GTM_JOURNAL", app.journal)
    once.sql(*at_the_look)
    with once.changed(back=undo):
        assert run(app.url, "check", config=app.config).code == 0
        look = shutil.copytree(app.config.parent / "journal.cache", app.config.parent / "look")
        once.sql(*change)
        found = [frozen(app)]
        if name in ("a blank", "two weeks come in", "a table is dropped"):
            shutil.copytree(look, app.config.parent / "journal.cache", dirs_exist_ok=True)
            found.append(frozen(app, visitor))
        shutil.rmtree(app.config.parent / "journal.cache")
        without = frozen(app)
    assert without["frozen_tallies"]
    for each in found:
        assert each == without


def test_a_week_that_is_due_takes_one_look(
    visitor: Visitor, app: apps.App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refresh that has a week to freeze looks once, and what comes after it goes by that look; one that has none asks
    the warehouse nothing at all, be it a command or a page."""
    monkeypatch.setenv("GTM_JOURNAL", app.journal)
    # the package gives its function by this name
    connecting = import_module("gtm_metrics.warehouse.connect")
    looks, asked = mock.Mock(wraps=look.look_up), mock.Mock(wraps=read)
    monkeypatch.setattr(connecting, "look_up", looks)
    monkeypatch.setattr(connecting, "read", asked)
    due = ("refresh", "--as-of", "2026-11-15")
    without_journal(app)
    took = []
    for command in (due, due, ("funnel",)):
        looks.reset_mock()
        asked.reset_mock()
        assert run(app.url, *command, config=app.config).code == 0
        took.append((looks.call_count, asked.call_count > 0))
    assert took == [(1, True), (0, False), (0, True)]
    without_journal(app)
    looks.reset_mock()
    for _ in range(2):
        assert_fine(seen(visitor.opened(app, "home")))
        assert looks.call_count == 1


DROPPED = "it was dropped"


def test_a_refresh_without_a_table_judges_nothing(usual: Small, begun: sa.Engine) -> None:
    """A table, all accounts or a column that segments come from is gone on the night of the refresh: it says so and
    writes nothing, evidence does not begin again; with it back the week is judged as if nothing had been."""
    before = everything(begun)
    relations = usual.warehouse.relations
    accounts = replace(relations["accounts"], attributes={"size": "text"})
    losses = {
        "touches is not connected: it was dropped": {"touches": Relation(TABLES["touches"], NOT_CONNECTED, DROPPED)},
        "it was dropped": {"accounts": Relation(TABLES["accounts"], NOT_CONNECTED, DROPPED)},
        "industry": {"accounts": accounts},
    }
    for said, lost in losses.items():
        less = replace(usual.warehouse, relations={**relations, **lost}, remembered={})
        with pytest.raises(WarehouseError, match=f"so no week is frozen.*{said}"):
            refreshed(replace(usual, warehouse=less), begun, EARLIER + WEEK)
        assert everything(begun) == before
    done = refreshed(usual, begun, EARLIER + WEEK)
    assert (done.done, done.epoch, done.opened) == (True, 1, "")
