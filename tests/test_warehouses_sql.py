"""Every query we may ask, compiled for DuckDB, PostgreSQL and Snowflake and read back by a parser; nothing is asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
import sqlglot
from sqlglot import exp

from gtm_metrics.company import Company, read_company
from gtm_metrics.measures import GROUPS, OUTCOMES, counted_apart, cycle, data_gaps, reasons, sums, this_week
from gtm_metrics.metrics import METRICS, Metric
from gtm_metrics.question import Question
from gtm_metrics.sources import SHIPPED, TABLES, naming
from gtm_metrics.tallies import rows, tally
from gtm_metrics.warehouse import OK, Warehouse
from gtm_metrics.warehouse.door import open_engine
from gtm_metrics.warehouse.look import look_up, relations_of
from gtm_metrics.warehouse.resolve import Place
from gtm_metrics.warehouse.selects import SQLGLOT
from gtm_metrics.warehouse.snowflake import KEPT_WORDS

TODAY = date(2026, 3, 4)
URLS = {
    "duckdb": "duckdb:///:memory:",
    "postgresql": "postgresql+psycopg://reader@127.0.0.1:1/db",
    "snowflake": "snowflake://reader@account/db/schema",
}
UNPARSED = {"TO_TIMESTAMP_NTZ"}
"""Functions that Snowflake has and its parser here does not know."""
ATTRIBUTES = {"industry": "text", "employees": "number", "pilot": "boolean", "order": "text", "left": "text"}
"""Extra columns of accounts; the last two are words that SQL keeps for itself."""


@dataclass
class Asked:
    """What would have been sent to a warehouse of one dialect."""

    engine: sa.Engine
    queries: list[str] = field(default_factory=list)

    def read(self, engine: sa.Engine, query: Any, timeout_seconds: int = 0, meter: Any = None) -> pd.DataFrame:
        """Stands in for the door: notes the SQL, answers with one row where nothing is grouped, else with none."""
        sql = str(query.compile(dialect=self.engine.dialect, compile_kwargs={"literal_binds": True}))
        self.queries.append(sql)
        if not isinstance(query, sa.TextClause):
            columns = [column.name for column in query.selected_columns]
            totals = all(isinstance(column.type, sa.Integer) for column in query.selected_columns)
            alone = totals and not getattr(query, "_group_by_clauses", ())
            return pd.DataFrame([[0] * len(columns)] if alone else None, columns=columns)
        tree = self.parsed(sql)
        names = tree.named_selects
        if "pg_typeof" in sql:
            return pd.DataFrame([dict.fromkeys(names, "text")])
        if "bool_or" in sql:
            # every other column of text is tidy already, so that both ways of reading one are asked
            return pd.DataFrame([{name: place % 2 == 0 for place, name in enumerate(names)}])
        if "counted" not in names:
            told = (select.named_selects for select in tree.find_all(exp.Select))
            return pd.DataFrame(columns=next(columns for columns in told if columns != ["*"]))
        dates = {name: TODAY for name in names if name.startswith(("first_", "last_"))}
        return pd.DataFrame([{**dict.fromkeys(names, 9), **dates, "set_aside": None}])

    def parsed(self, sql: str) -> Any:
        """The one statement that the SQL holds."""
        statements = sqlglot.parse(sql, read=SQLGLOT[self.engine.dialect.name])
        assert len(statements) == 1, sql
        return statements[0]


@pytest.fixture(scope="module", params=URLS)
def dialect(request: pytest.FixtureRequest) -> str:
    """The name of each dialect in turn."""
    return str(request.param)


@pytest.fixture(scope="module")
def asked(dialect: str) -> Iterator[Asked]:
    """An engine of the dialect that is never connected, with the door bricked up."""
    noted = Asked(open_engine(URLS[dialect]) if dialect == "snowflake" else sa.create_engine(URLS[dialect]))
    with pytest.MonkeyPatch.context() as patch:
        # a module's name in its package is that of its function, so both are reached through what stands in them
        for asks in (look_up, Warehouse.read):
            patch.setitem(asks.__globals__, "read", noted.read)
        yield noted
    noted.engine.dispose()


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """A company that cuts employees into bands."""
    path = tmp_path_factory.mktemp("company") / "gtm.toml"
    path.write_text("[segments]\nedges = {employees = [50, 200]}\n")
    return read_company(path, {})


@pytest.fixture(scope="module")
def warehouse(asked: Asked) -> Warehouse:
    """Our nine tables as a warehouse of the dialect spells them, looked up without one."""
    spelled = str.upper if asked.engine.dialect.name == "snowflake" else str
    columns = {spelled(name): {spelled(column): "text" for column in table.names} for name, table in TABLES.items()}
    columns[spelled("accounts")] |= {spelled(column): "text" for column in ATTRIBUTES}
    own = naming(SHIPPED / "own")
    found = look_up(asked.engine, own, {"own": Place(spelled("sales"), columns)}, TODAY, {"employees"})
    relations = relations_of(asked.engine, found, TODAY)
    assert {relation.status for relation in relations.values()} == {OK}
    accounts = replace(relations["accounts"], attributes=ATTRIBUTES)
    return Warehouse(asked.engine, {**relations, "accounts": accounts}, TODAY, "", False)


def checked(asked: Asked, sql: str) -> Any:
    """Fails unless the SQL is one SELECT of what all three warehouses know; returns its tree."""
    tree = asked.parsed(sql)
    assert isinstance(tree, exp.Query), sql
    assert not list(tree.find_all(exp.Filter)), f"Snowflake has no FILTER: {sql}"
    assert not list(tree.find_all(exp.Insert, exp.Update, exp.Delete, exp.Lock, exp.Into)), sql
    names = list(tree.find_all(exp.Identifier))
    plain = {name.name.lower() for name in names if not name.quoted}
    cased = {name.name for name in names if name.quoted and name.name == name.name.lower()}
    if asked.engine.dialect.name == "snowflake":
        assert not plain & cased, f"quoted in lower case and unquoted, which is upper case: {plain & cased}"
        kept = plain & KEPT_WORDS
        assert not kept, f"words that Snowflake keeps for itself, unquoted: {kept}"
        # IS TRUE and IS FALSE are nowhere in its documentation, = TRUE is
        assert not [test for test in tree.find_all(exp.Is) if isinstance(test.expression, exp.Boolean)], sql
        unknown = {function.name for function in tree.find_all(exp.Anonymous)} - UNPARSED
        assert not unknown, f"not a function that Snowflake is known to have: {unknown}"
        # EXISTS may stand in its WHERE clauses only, and what may be correlated there is nowhere said in full
        assert not list(tree.find_all(exp.Exists)), sql
    return tree


def test_tidying_and_profiles_are_one_select(asked: Asked, warehouse: Warehouse) -> None:
    """The SELECTs under every table, and those that count its rows by reason, parse in the warehouse's own dialect."""
    profiles = [sql for sql in asked.queries if "count(*) as counted" in sql]
    assert len(profiles) == len(TABLES)
    for sql in profiles:
        checked(asked, sql)
    for relation in warehouse.relations.values():
        checked(asked, relation.sql)


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_tallies_and_rows_are_one_select(asked: Asked, warehouse: Warehouse, company: Company, metric: Metric) -> None:
    """Each metric's tally by every kind of segment and key, and the rows behind it, parse in each dialect."""
    tidy = replace(warehouse, loaded=True)
    before = len(asked.queries)
    by_age = Question(TODAY, ("left", "order"), "pilot", None, metric.splits)
    tally(tidy, company, metric, Question(TODAY, ("employees",), scope=(("order", "first"), ("pilot", "yes"))))
    tally(tidy, company, metric, by_age, ("age",))
    tally(tidy, company, metric, Question(TODAY), ())
    rows(tidy, company, metric, Question(TODAY, ("industry",), weeks=None), ("software",), limit=10)
    for sql in asked.queries[before:]:
        tree = checked(asked, sql)
        assert {"trials", "change", "won"} & set(tree.named_selects), sql
    assert len(asked.queries) - before >= 4


def test_a_tally_over_untidied_tables_is_one_select(asked: Asked, warehouse: Warehouse, company: Company) -> None:
    """Where nothing was loaded the tidying stands in front of the tally, once a table, however often it is named."""
    tally(warehouse, company, METRICS[0], Question(TODAY, ("order",)))
    tree = checked(asked, asked.queries[-1])
    named = sorted(cte.alias for cte in tree.args["with_"].expressions)
    # of touches those suffice that lie at most 90 days before the first week asked about
    # rows of unknown accounts fall out where the tally joins accounts, so they are not looked for before
    assert named == ["used_accounts", "used_subscriptions_joined", "used_touches_since_20250812_joined"]
    assert "known_accounts" not in asked.queries[-1]


def test_measures_and_lists_are_one_select(asked: Asked, warehouse: Warehouse, company: Company) -> None:
    """Every group of sums, every list, and what is counted apart, parse in each dialect."""
    tidy, question = replace(warehouse, loaded=True), Question(TODAY, ("industry", "order"), weeks=None)
    before = len(asked.queries)
    for group in GROUPS:
        sums(tidy, company, question, group)
    for kind in OUTCOMES:
        reasons(tidy, company, question, ("software", "first"), kind)
    for metric in METRICS:
        counted_apart(tidy, company, metric, question)
    this_week(tidy, company, question)
    cycle(tidy, company, question)
    data_gaps(tidy, company, question)
    for sql in asked.queries[before:]:
        checked(asked, sql)
    assert len(asked.queries) - before >= len(GROUPS) + len(OUTCOMES) + len(METRICS) + 3


def test_a_filter_or_an_exists_in_the_wrong_place_would_be_noticed() -> None:
    """The check itself: FILTER, EXISTS in a select list, an unknown function, mixed quoting and kept words fail it."""
    asked = Asked(open_engine(URLS["snowflake"]))
    checked(asked, "select sum(case when a > 1 then 1 else 0 end) as s from t")
    for sql in ("select sum(a) filter (where a > 1) as s from t", 'select t."a", t.a from t',
                "select btrimmed(a) from t", "select left.a from t as left",
                "select case when a is true then 1 end as s from t",
                "select case when exists (select 1 from u where u.a = t.a) then 1 end as s from t"):
        with pytest.raises(AssertionError):
            checked(asked, sql)
