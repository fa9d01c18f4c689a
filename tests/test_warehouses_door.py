"""The door lets SELECTs through and nothing else, says how long it waited, and never tells a secret."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
import sqlalchemy as sa

from gtm_metrics.warehouse import WarehouseError
from gtm_metrics.warehouse.catalogue import columns_of, schemas_of, spelled
from gtm_metrics.warehouse.door import Meter, as_it_stands, only_select, open_engine, read
from gtm_metrics.warehouse.selects import refusal

TABLE = sa.table("t", sa.column("a", sa.Integer()))
ENDLESS = "select count(*) from range(100000000) a, range(100000000) b where a.range + b.range < 0"

REFUSED = {
    "insert": "insert into t values (1)",
    "update": "update t set a = 1",
    "delete": "delete from t",
    "merge": "merge into t using u on t.a = u.a when matched then delete",
    "drop": "drop table t",
    "create": "create table u as select * from t",
    "alter": "alter table t add column b int",
    "truncate": "truncate table t",
    "copy": "copy t to 'out.csv'",
    "set": "set default_transaction_read_only = off",
    "begin": "begin read write",
    "call": "call something()",
    "grant": "grant all on t to public",
    "explain": "explain analyze delete from t",
    "two statements": "select 1; select 2",
    "a write behind a select": "select 1; drop table t",
    "nothing": "  ",
    "no SQL": "sel ect from from",
}
OF_ONE_DIALECT = [
    ("postgresql", "with gone as (delete from t returning a) select * from gone"),
    ("postgresql", "with made as (insert into t values (1) returning a) select * from made"),
    ("postgresql", "select * into u from t"),
    ("postgresql", "select * from t for update"),
    ("postgresql", "select * from (select * from t for share) as s"),
    ("postgresql", "copy t from program 'true'"),
    ("postgresql", "do $$ begin end $$"),
    ("duckdb", "attach 'other.duckdb' as other"),
    ("duckdb", "pragma database_list"),
    ("duckdb", "install httpfs"),
    ("duckdb", "load httpfs"),
    ("duckdb", "export database 'folder'"),
    ("snowflake", "put file:///etc/hosts @stage"),
    ("snowflake", "execute immediate 'drop table t'"),
    ("snowflake", "use role accountadmin"),
    ("postgresql", "select set_config('default_transaction_read_only', 'off', false)"),
    ("postgresql", "select pg_catalog.pg_terminate_backend(pid) from pg_stat_activity"),
    ("postgresql", 'select "pg_read_file"(chr(47))'),
    ("postgresql", "select a from t where pg_try_advisory_lock(1)"),
    ("postgresql", "select * from dblink('dbname=x', 'delete from t') as d(a int)"),
    ("postgresql", "select query_to_xml('delete from t', true, true, '')"),
    ("postgresql", "select lo_export(1, 'file')"),
    ("postgresql", "select nextval('s')"),
    ("postgresql", "select 1 union all select setval('s', 1)"),
    ("duckdb", "select * from read_text('/etc/passwd')"),
    ("duckdb", "select (select content from read_blob('/etc/passwd'))"),
    ("duckdb", "from read_csv('/etc/passwd')"),
    ("duckdb", "select * from glob('/*')"),
    ("duckdb", "select getenv('HOME')"),
    ("duckdb", "select * from query('select 1')"),
    ("duckdb", "select * from sqlite_scan('journal.sqlite', 'audit')"),
    ("snowflake", "select system$abort_session(1)"),
    ("postgresql", r"""select U&"\0073et_config"('default_transaction_read_only', 'off', false)"""),
    ("postgresql", """select u&"s!0065t_config" uescape '!' ('work_mem', '1GB', false)"""),
    ("postgresql", "select * from ts_stat('select pg_terminate_backend(1)')"),
    ("postgresql", "select ts_rewrite('a'::tsquery, 'select t, s from others')"),
    ("postgresql", "select * from crosstab('select pg_read_file(1)') as c(a int)"),
    ("postgresql", "select brin_summarize_new_values('i'), gin_clean_pending_list('i')"),
    ("postgresql", "select binary_upgrade_set_next_pg_type_oid(1)"),
    ("postgresql", "select * from http_get('http://127.0.0.1/')"),
    ("postgresql", "select aws_s3.query_export_to_s3('select 1', null)"),
    ("postgresql", "select a from t order by (select setval('s', 1))"),
    ("postgresql", "select sum(a) filter (where nextval('s') > 0) from t"),
    ("postgresql", "select * from rows from (set_config('a', 'b', false)) as x"),
    ("postgresql", "select 1 /* /* */ ; drop table t; /* */"),
    ("postgresql", "select 1 /*/**/; drop table t; --*/"),
    ("postgresql", "select $a$ $$ $a$; drop table t"),
    ("postgresql", "select '\\'; drop table t; --'"),
    ("postgresql", "select E'\\\\'; drop table t; --'"),
    ("postgresql", "select 1 -- \r; drop table t"),
    ("postgresql", "select 1;\x00drop table t"),
    ("duckdb", "select * from postgres_execute('other', 'drop table t')"),
    ("duckdb", "call enable_logging(storage = 'file')"),
    ("duckdb", "from enable_logging()"),
    ("duckdb", "select * from json_execute_serialized_sql('{}')"),
    ("duckdb", "select * from which_secret('s3://a', 's3')"),
    ("duckdb", "select * from st_read('/etc/passwd')"),
    ("duckdb", "select ('HOME').getenv()"),
    ("duckdb", "select list_transform(['HOME'], lambda x: getenv(x))"),
    ("duckdb", "select * from t positional join read_text('x')"),
    ("duckdb", "select * from (summarize t)"),
    ("duckdb", "select '\\'; drop table t; --'"),
    ("snowflake", "select identifier('system$cancel_all_queries')(1)"),
    ("snowflake", "select * from identifier('t')"),
    ("snowflake", "select * from table('t')"),
    ("snowflake", "select * from table($named)"),
    ("snowflake", "select * from table(to_query('drop table t'))"),
    ("snowflake", "select $1 from @stage/file.csv"),
    ("snowflake", "select * from directory(@stage)"),
    ("snowflake", "select get_presigned_url(@stage, 'file.csv')"),
    ("snowflake", "select s.nextval from t"),
    ("snowflake", "select db.public.s.NEXTVAL"),
    ("snowflake", "select n.nextval from t, table(getnextval(s)) as n"),
    ("snowflake", "select snowflake.cortex.complete('model', a) from t"),
    ("snowflake", "with shown as (show tables) select 1"),
    ("snowflake", "select * from table(result_scan(last_query_id()))"),
    ("snowflake", "select 1 ->> select 2"),
    ("snowflake", "select 1 /* /* */; drop table t /* */"),
    ("snowflake", "begin drop table t; end;"),
]
HARMLESS = {"icu_calendar_names", "json_each", "json_tree", "repeat_row", "summary", "test_all_types",
            "test_vector_types", "histogram", "histogram_values", "range", "generate_series", "repeat", "unnest"}
"""Functions of DuckDB that make tables, and neither read nor change anything."""


@pytest.mark.parametrize("dialect", ["duckdb", "postgresql", "snowflake"])
@pytest.mark.parametrize("sql", REFUSED.values(), ids=REFUSED.keys())
def test_text_that_is_not_one_select_is_refused(sql: str, dialect: str) -> None:
    """Whatever changes something, is more than one statement or cannot be read does not pass, in any dialect."""
    with pytest.raises(WarehouseError, match=r"SELECT|cannot be read"):
        only_select(sql, dialect)


@pytest.mark.parametrize(("dialect", "sql"), OF_ONE_DIALECT)
def test_writes_that_one_dialect_knows_are_refused(dialect: str, sql: str) -> None:
    """A write that hides in a SELECT or a function, takes a lock, or reaches out of the tables does not pass either."""
    with pytest.raises(WarehouseError, match=r"SELECT|cannot be read"):
        only_select(sql, dialect)


@pytest.mark.parametrize("sql", ["select 1", "with x as (select 1 as a) select a from x", "select 1 union all select 2",
                                 "select 'delete from t; drop table t' as said -- insert",
                                 "select nextval, query, lo_export from setval as glob where read_csv = 'nextval()'",
                                 "select lower(a), count(*) over (), their_own(a), pg_typeof(a) from t"])
def test_selects_pass(sql: str) -> None:
    """One SELECT passes as it is, whatever words stand inside its texts, names and comments, and whatever functions of
    the warehouse's own it calls."""
    assert all(only_select(sql, dialect) == sql for dialect in ("duckdb", "postgresql", "snowflake"))


def test_every_function_of_duckdb_that_makes_a_table_is_known() -> None:
    """Whatever this release of DuckDB brings is harmless or does not pass: a new one must be looked at here."""
    with duckdb.connect() as con:
        told = con.execute("select distinct function_name from duckdb_functions() where function_type like 'table%'")
        names = {str(name) for (name,) in told.fetchall()}
    assert len(names) > 50
    assert {name for name in names if not refusal(f'select * from "{name}"(1)', "duckdb")} <= HARMLESS


@pytest.mark.parametrize("sql", [
    "select u & a, u&a, 'U&\"x\"' from t",
    'select "u"&"set_config" from t',
    "select U&'\\0041' as letter",
    "select nextval from t",
    "select E'it\\'s; drop table t' as said",
    "select $$it's; drop table t$$ as said",
    "select 1 /* a /* b */ ; drop table t */",
])
def test_what_only_looks_like_an_attempt_passes(sql: str) -> None:
    """In PostgreSQL: a column called u, escapes in a text, texts and comments that hold a statement."""
    assert only_select(sql, "postgresql") == sql


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A DuckDB file with one table of three rows."""
    path = tmp_path / "own.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("create table t as select range::int as a from range(3)")
    return path


CONSTRUCTS = {
    "insert": sa.insert(TABLE).values(a=1),
    "update": sa.update(TABLE).values(a=1),
    "delete": sa.delete(TABLE),
    "create": sa.schema.CreateTable(sa.Table("u", sa.MetaData(), sa.Column("a", sa.Integer()))),
    "text": sa.text("delete from t"),
    "text with columns": sa.text("delete from t returning a").columns(sa.column("a", sa.Integer())),
    "text as a part": sa.select(sa.text("delete from t returning a").columns(sa.column("a", sa.Integer())).cte("gone")),
    "write as a part": sa.select(sa.delete(TABLE).returning(TABLE.c.a).cte("gone").c.a),
    "write beside": sa.select(TABLE.c.a).add_cte(sa.insert(TABLE).values(a=1).returning(TABLE.c.a).cte("made")),
    "lock": sa.select(TABLE.c.a).with_for_update(),
    "lock in a part": sa.select(sa.select(TABLE.c.a).with_for_update(read=True).subquery("locked").c.a),
    "lock in a union": sa.union_all(sa.select(TABLE.c.a), sa.select(TABLE.c.a)).with_for_update(),
    "plain string": "select 1",
}


@pytest.mark.parametrize("query", CONSTRUCTS.values(), ids=CONSTRUCTS.keys())
def test_constructs_that_are_not_one_select_are_refused(file: Path, query: sa.Select[tuple[int]]) -> None:
    """What SQLAlchemy builds is looked through to its innermost part before anything is asked of the warehouse."""
    with pytest.raises(WarehouseError, match=r"only .*SELECT goes through this door"):
        read(open_engine(f"duckdb:///{file}"), query)


def test_the_file_itself_refuses_to_be_written(file: Path) -> None:
    """Past the door DuckDB is still open for reading only, and reaches no other file."""
    engine = open_engine(f"duckdb:///{file}")
    with engine.connect() as connection, pytest.raises(sa.exc.SQLAlchemyError, match="read-only"):
        connection.execute(sa.text("insert into t values (4)"))
    with pytest.raises(WarehouseError, match="refuses what is asked of it"):
        read(engine, sa.text("select * from '/etc/hostname.csv'"))
    assert read(engine, sa.select(sa.func.count().label("N")).select_from(TABLE))["n"].tolist() == [3]


def test_what_queries_took_is_added_up(file: Path) -> None:
    """A meter counts queries, the rows that came back and those gone through; DuckDB may tell nothing of a query."""
    engine, meter = open_engine(f"duckdb:///{file}"), Meter()
    read(engine, sa.text("select count(*) from range(1000)"), meter=meter)
    read(engine, sa.text("select * from range(3)"), meter=meter)
    assert (meter.queries, meter.rows, meter.scanned) == (2, 4, 1003)
    assert meter.seconds > 0


def test_a_query_that_outlives_its_time_is_stopped_in_words(file: Path) -> None:
    """DuckDB is interrupted after timeout_seconds; the error names the seconds, the setting, and no SQL."""
    engine = open_engine(f"duckdb:///{file}")
    with pytest.raises(WarehouseError, match=r"^the warehouse had no answer after 1 seconds .*warehouse\.timeout"):
        read(engine, sa.text(ENDLESS), timeout_seconds=1)
    assert len(read(engine, sa.text("select a from t"))) == 3


def test_colons_percents_and_backslashes_stand_for_themselves(file: Path) -> None:
    """A layout's SQL reaches the warehouse as it is written: casts by ::, times of day, LIKE patterns, backslashes."""
    sql = r"select a::varchar as a, '10:30' as at, 'a\b\:c' as path, 'x' like '%' as alike from t where a = 1"
    assert read(open_engine(f"duckdb:///{file}"), as_it_stands(sql)).iloc[0].tolist() == ["1", "10:30", r"a\b\:c", True]


def test_columns_are_those_of_the_connections_own_schema(file: Path) -> None:
    """Without a schema in gtm.toml the connection's own is looked at, with one that one, as the warehouse spells it."""
    with duckdb.connect(str(file)) as con:
        con.execute('create schema "Other"')
        con.execute('create table "Other".u (b varchar)')
    engine = open_engine(f"duckdb:///{file}")
    assert columns_of(engine, "") == {"t": {"a": "INTEGER"}}
    assert columns_of(engine, spelled(schemas_of(engine), "OTHER")) == {"u": {"b": "VARCHAR"}}
    with pytest.raises(WarehouseError, match=r"warehouse\.schema is 'another'; there are Other, "):
        spelled(schemas_of(engine), "another")


@pytest.mark.parametrize("url", [
    "no url at all with hunter2",
    "hunter2",
    "postgresql+psycopg://me:hunter2@127.0.0.1:port/db",
    "postgresql+psycopg://me:hunter2@127.0.0.1:1/db",
    "postgresql+psycopg://me:x@hunter2@127.0.0.1:1/db",
    "postgresql+psycopg://me:x@hunter2/y@127.0.0.1:1/db",
    "postgresql+psycopg://127.0.0.1:1/db?password=hunter2",
    "nodialect://me:hunter2@host/db",
    "duckdb://?motherduck_token=hunter2",
    "duckdb:///nowhere.duckdb?motherduck_token=hunter2",
])
def test_an_error_shows_no_password(url: str) -> None:
    """A URL that cannot be read, a dialect that is not there or a server that is away: no part of a secret is told."""
    with pytest.raises(WarehouseError) as refusal:
        read(open_engine(url), sa.text("select 1"))
    assert "hunter2" not in str(refusal.value)
    assert refusal.value.__cause__ is None or "hunter2" not in str(refusal.value.__cause__)


def test_a_missing_warehouse_is_named(tmp_path: Path) -> None:
    """A DuckDB file that is not there is told by its path; nothing is made in its place."""
    with pytest.raises(WarehouseError, match=r"there is no warehouse at .*missing\.duckdb"):
        open_engine(f"duckdb:///{tmp_path}/missing.duckdb")
    assert list(tmp_path.iterdir()) == []
