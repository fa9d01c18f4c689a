"""The same company in DuckDB, PostgreSQL and plain files: the same facts and the same counts, to the integer."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest
import servers
import sqlalchemy as sa
from places import OWN, Place, answers, counts, facts, place_of, same
from untidy import TODAY

from gtm_metrics.company import read_company
from gtm_metrics.metrics import METRICS, metric_named
from gtm_metrics.question import Question
from gtm_metrics.sources import TABLES
from gtm_metrics.tallies import tally
from gtm_metrics.warehouse import Warehouse, WarehouseError, connect
from gtm_metrics.warehouse.build import load_folder, load_frames
from gtm_metrics.warehouse.clean import REASONS
from gtm_metrics.warehouse.door import as_it_stands, open_engine, read
from gtm_metrics.warehouse.selects import refusal

pytestmark = pytest.mark.xdist_group("one PostgreSQL")
HALF_AN_HOUR = "Asia/Kolkata"
"""A zone that is no whole hour from UTC."""


COMPANIES = ("untidy 1", "untidy 2", "winner", "small")


@pytest.fixture(scope="session")
def places(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Place]:
    """Two untidy companies, one a rule of understanding, and two of the demo's."""
    return {name: place_of(name, tmp_path_factory.mktemp(name.replace(" ", "-"))) for name in COMPANIES}


def test_untidy_companies_hold_every_reason_and_every_metric(places: dict[str, Place]) -> None:
    """What the places are compared on is not empty: each reason to set a row aside occurs, each metric has trials."""
    for name in ("untidy 1", "untidy 2"):
        found = places[name].embedded()
        reasons = {reason for table in TABLES for reason in found[f"{table}: reasons"]}
        assert {*REASONS, "unknown outcome", "unknown direction"} <= reasons
        for metric in METRICS:
            counted = [answer["trials"].sum() for asked, answer in found.items()
                       if asked.startswith(metric.name) and isinstance(answer, pd.DataFrame)]
            assert all(counted), (metric.name, counted)
        assert not any("calls.understood" in str(found[asked]) for asked in found if asked.endswith("status"))
        assert (found["calls: filled"]["understood"] > 0) == (name == "untidy 1")


def test_the_demo_has_whom_to_win_and_whom_to_disqualify(places: dict[str, Place]) -> None:
    """What is compared of the profile is not empty: look-alikes, some on a list, deals outside it, deals lost."""
    found = places["winner"].embedded()
    assert len(found["look-alikes"]) > 10
    assert found["listed"]["on_list"] > 5
    assert found["to disqualify beside"]["outside"] > 10
    assert len(found["lost to no decision"]) > 10


@pytest.mark.parametrize("name", ["untidy 1", "untidy 2", "small"])
def test_customers_alike_are_among_those_compared(places: dict[str, Place], name: str) -> None:
    """Ties are handled alike only if there are some: ranks that several customers share, and equal scores whose places
    the ids alone decide."""
    listed = places[name].embedded()["best and worst"]
    parts = [column for column in listed if column.startswith("part_")]
    assert any(listed[part].dropna().duplicated().sum() > 2 for part in parts)
    assert listed["score"].duplicated().any()


@pytest.mark.parametrize(("name", "zone"), [("untidy 1", None), ("untidy 2", HALF_AN_HOUR), ("winner", None),
                                            ("small", HALF_AN_HOUR)])
def test_postgresql_counts_as_duckdb_does(server: servers.Postgres, places: dict[str, Place], name: str,
                                          zone: str | None) -> None:
    """PostgreSQL gives every fact, count and row of the embedded warehouse, in whatever zone instants are written."""
    place = places[name]
    url = server.create(name, place.frames, zone)
    same(answers(place, place.at(url)), place.embedded())


def tidied(warehouse: Warehouse) -> dict[str, pd.DataFrame]:
    """What a loaded warehouse holds: every table's used rows, in one order."""
    return {name: warehouse.read(sa.text(f"select * from gtm.{name} order by all"))
            for name in TABLES if warehouse.connected(name)}


@pytest.mark.parametrize("name", COMPANIES)
def test_files_are_tidied_as_frames_are(places: dict[str, Place], name: str) -> None:
    """The same tables written as CSV, nothing but text, give every fact and the same rows to count, types included."""
    place = places[name]
    files, target = place.folder / "files", place.folder / "files.duckdb"
    files.mkdir()
    for table, frame in place.frames.items():
        frame.to_csv(files / f"{table}.csv", index=False)
    load_folder(files, target, OWN, place.today, {"employees"}, lambda said: None)
    found, expected = place.at(f"duckdb:///{target}"), place.at(place.embedded_url())
    same(facts(place, found), facts(place, expected))
    same(tidied(found), tidied(expected))


def test_a_duckdb_of_ones_own_counts_as_a_loaded_one(places: dict[str, Place]) -> None:
    """A DuckDB file that holds the raw tables, not loaded by us, is tidied under every query to the same counts."""
    place = places["untidy 1"]
    with duckdb.connect(str(place.folder / "own.duckdb")) as con:
        for table, frame in place.frames.items():
            con.register("incoming", frame)
            con.execute(f"create table {table} as select * from incoming")
    warehouse = place.at(f"duckdb:///{place.folder}/own.duckdb")
    assert not warehouse.loaded
    found = facts(place, warehouse) | counts(place, warehouse, metric_named("calls_to_understanding"))
    same(found, {asked: answer for asked, answer in place.embedded().items() if asked in found})


@pytest.mark.parametrize("kind", ["duckdb", "postgresql"])
def test_rows_since_a_day_are_those_among_all(server: servers.Postgres, places: dict[str, Place], kind: str) -> None:
    """Asked for since a day, a table gives the rows it gives otherwise that have a day on or after it, each once.

    Also where the copy that one of them is set aside for, or used in place of, lies long before that day.
    """
    place = places["untidy 1"]
    url = server.create("since", place.frames) if kind == "postgresql" else f"duckdb:///{place.folder}/since.duckdb"
    if kind == "duckdb":
        with duckdb.connect(str(place.folder / "since.duckdb")) as con:
            for table, frame in place.frames.items():
                con.register("incoming", frame)
                con.execute(f"create table {table} as select * from incoming")
    warehouse, fewer, searched = place.at(url), 0, 0
    for name, relation in warehouse.relations.items():
        if relation.chosen is None or len(TABLES[name].key) > 1:
            continue
        dated = list(TABLES[name].dated)
        every = warehouse.read(as_it_stands(relation.sql))
        days = every[dated].apply(pd.to_datetime)
        for day in days[TABLES[name].begins].dropna().quantile([0.1, 0.5, 0.9]).dt.normalize():
            told = relation.chosen(day.date(), False)
            found = warehouse.read(as_it_stands(told))
            recent = found[(found[dated].apply(pd.to_datetime) >= day).any(axis=1)]
            expected = every[(days >= day).any(axis=1)]
            rows = [sorted(frame.astype(str).itertuples(index=False, name=None)) for frame in (recent, expected)]
            assert rows[0] == rows[1], (name, day)
            fewer += len(found) < len(every)
            searched += "near as" in told
    assert fewer
    assert searched


def test_a_layout_finds_no_account_through_a_deal_that_is_set_aside(tmp_path: Path) -> None:
    """An e-mail named by a deal of an unknown account belongs to the account of the person it went to, and counts.

    Also where unknown accounts need not be looked for, because what is asked joins accounts: there such deals are among
    the rows, but for a layout. And of five calls on a deal of ours the second, logged on an unknown account, is none.

        mail m1: deal d2 (of an account nobody knows), person of a1     -> a1, one trial
        calls 1, 2 (account x9), 3, 4 of deal d1; understood on 4       -> the third call
    """
    sent = pd.Timestamp("2025-05-05 09:00")
    held = [sent + pd.Timedelta(days=n) for n in range(4)]
    frames = {
        "accounts": pd.DataFrame({"account_id": ["a1"], "industry": ["software"]}),
        "opportunities": pd.DataFrame({"opportunity_id": ["d1", "d2"], "account_id": ["a1", "x9"],
                                       "created_at": [sent, sent]}),
        "calls": pd.DataFrame({"call_id": list("1234"), "account_id": ["a1", "x9", "a1", "a1"], "held_at": held,
                               "opportunity_id": ["d1"] * 4, "understood": [False, False, False, True]}),
        "mails": pd.DataFrame({"mail_id": ["m1"], "deal_id": ["d2"], "person_account": ["a1"], "sent": [sent],
                               "answered": [sent + pd.Timedelta(days=2)]}),
    }
    with duckdb.connect(str(tmp_path / "company.duckdb")) as con:
        for table, frame in frames.items():
            con.register("incoming", frame)
            con.execute(f"create table {table} as select * from incoming")
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "touches.sql").write_text(
        "-- one row per e-mail\n"
        "-- reads: mails(mail_id, deal_id, person_account, sent, answered)\n"
        "-- reads: our_opportunities(opportunity_id, account_id)\n"
        "select mail_id as touch_id, coalesce(o.account_id, person_account) as account_id, sent as sent_at,\n"
        "answered as replied_at from mails as m left join our_opportunities as o on o.opportunity_id = m.deal_id\n")
    (tmp_path / "gtm.toml").write_text(
        f'[warehouse]\nurl = "duckdb:///{tmp_path}/company.duckdb"\nlayouts = ["own", "mail"]\n')
    company = read_company(tmp_path / "gtm.toml", {})
    warehouse = connect(company, date(2026, 3, 1))
    asked = Question(date(2026, 3, 1), ("industry",), weeks=None)
    mails, calls = (tally(warehouse, company, metric_named(name), asked, keys).frame
                    for name, keys in (("response_rate", ("week",)), ("calls_to_understanding", ("age",))))
    assert mails[["segment", "trials", "successes"]].values.tolist() == [["software", 1, 1]]
    assert calls[["age", "trials", "successes"]].sort_values("age").values.tolist() == [[1, 1, 0], [2, 1, 0], [3, 1, 1]]
    assert warehouse.relations["calls"].reasons == {"account unknown": 1}


def test_a_table_without_copies_is_not_searched_for_them(places: dict[str, Place], tmp_path: Path) -> None:
    """Where the look at a table found no key twice, queries do not look again, and count what they counted before."""
    place = places["small"]
    once = {table: frame.drop_duplicates(list(TABLES[table].key)) for table, frame in place.frames.items()}
    for name, frames in (("copies", place.frames), ("once", once)):
        with duckdb.connect(str(tmp_path / f"{name}.duckdb")) as con:
            for table, frame in frames.items():
                con.register("incoming", frame)
                con.execute(f"create table {table} as select * from incoming")
    load_frames(once, tmp_path / "loaded.duckdb", OWN, place.today, {"employees"}, lambda said: None)
    copies, own, loaded = (place.at(f"duckdb:///{tmp_path / name}.duckdb") for name in ("copies", "once", "loaded"))
    assert "gtm_many" not in own.relations["opportunities"].sql
    assert "gtm_many" in copies.relations["opportunities"].sql
    for name in ("won_in_time", "churn"):
        same(counts(place, own, metric_named(name)), counts(place, loaded, metric_named(name)))


def test_text_that_is_tidy_is_taken_as_it_stands(server: servers.Postgres, tmp_path: Path) -> None:
    """PostgreSQL tidies only columns of text of which the look found a value with blanks, or no word we know.

    Whatever is tidied, the deals that count are those of a load: a1 by an id with a no-break space, and "New " as new.
    """
    opened = pd.to_datetime(["2025-05-05", "2025-05-06", "2025-05-07"])
    frames = {
        "accounts": pd.DataFrame({"account_id": ["a1\u00a0", "a2"], "industry": ["software", "retail"]}),
        "opportunities": pd.DataFrame({"opportunity_id": ["d1", "d2", "d3"], "account_id": ["a1", "a2", "a2"],
                                       "created_at": opened, "type": ["New ", "expansion", None],
                                       "closed_at": opened, "outcome": ["won", "lost", "lost"]}),
    }
    load_frames(frames, tmp_path / "loaded.duckdb", OWN, TODAY, set(), lambda said: None)
    (tmp_path / "gtm.toml").write_text(f'[warehouse]\nurl = "duckdb:///{tmp_path}/loaded.duckdb"\n')
    company = read_company(tmp_path / "gtm.toml", {})
    here = connect(replace(company, url=server.create("tidy", frames)), TODAY)
    asked = Question(TODAY, ("industry",), weeks=None)
    there, loaded = (tally(warehouse, company, metric_named("close_rate"), asked, ("week",)).frame
                     for warehouse in (here, connect(company, TODAY)))
    order = ["segment", "week"]
    pd.testing.assert_frame_equal(*(f.sort_values(order, ignore_index=True) for f in (there, loaded)))
    assert sorted(there[["segment", "successes"]].values.tolist()) == [["retail", 0], ["software", 1]]
    accounts, deals = (here.relations[name].sql for name in frames)
    assert ("btrim(cast(source.account_id" in accounts, "btrim(cast(source.industry" in accounts) == (True, False)
    assert ("btrim(cast(source.type" in deals, "btrim(cast(source.outcome" in deals) == (True, False)


def numbered(frames: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The frames with whole numbers for account ids, as floats wherever one is missing."""
    ids = {account: float(n) for n, account in enumerate(frames["accounts"]["account_id"].dropna().unique())}
    columns = {name: table.accounts or ("account_id",) for name, table in TABLES.items()}
    return {name: frame.assign(**{column: frame[column].map(ids) for column in columns[name]})
            for name, frame in frames.items()}


def test_ids_that_came_as_floats_are_whole_numbers(server: servers.Postgres, places: dict[str, Place]) -> None:
    """An account id is 7 in a column of floats, in one of whole numbers and in one of text, in every warehouse."""
    frames = numbered(places["untidy 1"].frames)
    frames["touches"] = frames["touches"].assign(account_id=frames["touches"]["account_id"].astype("Int64"))
    frames["calls"] = frames["calls"].assign(account_id=frames["calls"]["account_id"].astype("Int64").astype("string"))
    place = replace(places["untidy 1"], frames=frames, folder=places["untidy 1"].folder / "numbered", known={})
    place.folder.mkdir()
    loaded = place.folder / "loaded.duckdb"
    load_frames(frames, loaded, OWN, place.today, {"employees"}, lambda said: None)
    expected = facts(place, place.at(f"duckdb:///{loaded}"))
    assert expected["touches: rows_used"] > 50
    assert expected["calls: rows_used"] > 50
    same(facts(place, place.at(server.create("numbered", frames))), expected)


@pytest.fixture(scope="module")
def door(server: servers.Postgres) -> str:
    """A database with two accounts in its public schema and one elsewhere, there as a materialized view."""
    two = pd.DataFrame({"account_id": ["a", "b"], "created_on": ["2025-01-01"] * 2})
    url = server.create("door", {"accounts": two})
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        for statement in (
            "create schema elsewhere",
            "create materialized view elsewhere.accounts as select 'c' as account_id, date 'infinity' as created_on, "
            "timestamp '2025-01-01' as seen",
            "create role reader login password 'x' in role pg_read_all_data",
            "alter role reader set search_path = elsewhere",
        ):
            connection.execute(sa.text(statement))
    engine.dispose()
    return url


@pytest.mark.parametrize("sql", ["insert into accounts values ('z')", "delete from accounts", "drop table accounts",
                                 "create table z (a int)", "select * into z from accounts",
                                 "select * from accounts for update", "truncate accounts",
                                 "with gone as (delete from accounts returning *) select * from gone"])
def test_postgresql_itself_refuses_to_be_written(door: str, sql: str) -> None:
    """Past the door the session is still read-only: PostgreSQL answers no write and no lock, even to a superuser."""
    with (open_engine(door).connect() as connection,
          pytest.raises(sa.exc.DBAPIError, match=r"cannot execute .* in a read-only transaction")):
        connection.execute(sa.text(sql))


ASKED_ANEW = {"clock_timestamp", "random", "random_normal", "gen_random_uuid", "uuidv4", "uuidv7", "timeofday",
              "setseed", "currval", "lastval", "txid_status", "amvalidate", "bernoulli", "system", "pg_sleep",
              "pg_sleep_for", "pg_sleep_until", "dsnowball_init", "dsnowball_lexize"}
"""Functions of PostgreSQL that answer otherwise each time, and change nothing but their own session."""


def test_no_function_of_postgresql_that_acts_gets_through(door: str) -> None:
    """Of those that the server itself calls volatile and a SELECT can call, every one is harmless, tells a size or how
    something is defined, or is refused by its name."""
    callable_ = """select distinct p.proname as name from pg_catalog.pg_proc p where p.provolatile = 'v'
        and p.pronamespace = 'pg_catalog'::regnamespace and p.prorettype not in ('trigger'::regtype,
        'event_trigger'::regtype, 'language_handler'::regtype, 'index_am_handler'::regtype,
        'table_am_handler'::regtype, 'fdw_handler'::regtype, 'tsm_handler'::regtype)
        and p.prolang in (select oid from pg_catalog.pg_language) and not p.proname like 'plpgsql%'"""
    names = set(read(open_engine(door), sa.text(callable_.replace(":", "\\:")))["name"])
    assert len(names) > 100
    through = {name for name in names if not refusal(f'select "{name}"()', "postgresql")}
    assert {name for name in through if not re.fullmatch("pg_(get_|[a-z_]*size).*", name)} <= ASKED_ANEW


def test_texts_end_where_the_parser_says_on_any_server(door: str) -> None:
    """Where a server takes a backslash for an escape in every text, ours and its idea of a statement's end would
    differ: our sessions are told otherwise."""
    own = sa.create_engine(door, isolation_level="AUTOCOMMIT")
    with own.connect() as connection:
        connection.execute(sa.text("alter role reader set standard_conforming_strings = off"))
    own.dispose()
    url = sa.make_url(door).set(username="reader", password="x").render_as_string(hide_password=False)
    asked = sa.text(r"select '\' as text, current_setting('standard_conforming_strings') as set")
    assert read(open_engine(url), asked).iloc[0].tolist() == ["\\", "on"]


def test_postgresql_stops_a_query_that_outlives_its_time(server: servers.Postgres, door: str) -> None:
    """After timeout_seconds PostgreSQL gives up, and the error says so in words and in seconds."""
    engine = open_engine(door, 1)
    with pytest.raises(WarehouseError, match=r"^the warehouse had no answer after 1 seconds .*warehouse\.timeout"):
        read(engine, sa.text("select pg_sleep(20)"), 1)
    assert read(engine, sa.text("select 1 as one"), 1)["one"].tolist() == [1]


def test_a_wrong_password_is_not_repeated(server: servers.Postgres) -> None:
    """A server that refuses the password: the error names the user, never the password."""
    with pytest.raises(WarehouseError, match="password authentication failed") as refusal:
        read(open_engine(server.url("postgres", "hunter2%40x")), sa.text("select 1"))
    assert "hunter2" not in str(refusal.value) + str(refusal.value.__cause__)


def test_a_session_is_in_utc_on_a_server_that_is_not(door: str) -> None:
    """The server lives in New York, its sessions for us in UTC."""
    assert read(open_engine(door), sa.text("select current_setting('timezone') as zone"))["zone"].tolist() == ["UTC"]


def test_postgresql_is_sent_sql_as_it_is_written(door: str) -> None:
    """Casts by ::, times of day, LIKE patterns and backslashes reach PostgreSQL unchanged, parameters or not."""
    sql = r"select 1::varchar as a, '10:30' as at, 'a\b\:c' as path, 'x' like '%' as alike"
    assert read(open_engine(door), as_it_stands(sql)).iloc[0].tolist() == ["1", "10:30", r"a\b\:c", True]
    query = sa.select(as_it_stands(sql).columns(sa.column("a", sa.String())).cte("written").c.a, sa.literal("5 %"))
    assert read(open_engine(door), query).iloc[0].tolist() == ["1", "5 %"]


def test_the_schema_is_the_roles_own_or_the_one_named(server: servers.Postgres, door: str, tmp_path: Path) -> None:
    """Without warehouse.schema the tables of the role's search path are read, with it that schema's, views included."""
    mine = read_company(tmp_path / "gtm.toml", {"GTM_WAREHOUSE": door})
    named = replace(mine, schema="Elsewhere")
    searched = replace(mine, url=door.replace(f"postgres:{server.password}", "reader:x"))
    rows_used = [connect(company, TODAY).relations["accounts"].rows_used for company in (mine, named, searched)]
    assert rows_used == [2, 0, 0]
    relation = connect(named, TODAY).relations["accounts"]
    assert (relation.status, dict(relation.reasons), dict(relation.attributes), relation.first) == (
        "ok", {"in the future of the load": 1}, {"seen": "date"}, None)
