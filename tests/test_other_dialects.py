"""A dialect that no test proves: check looks tables up, asks each metric once, and says plainly what came of it."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import apps
import duckdb_sqlalchemy
import pytest
import sqlalchemy as sa
from commands import one_line, run

from gtm_metrics.warehouse import PROVED
from gtm_metrics.warehouse.door import only_select


class Another(duckdb_sqlalchemy.Dialect):
    """A database that speaks a SQL of its own, as far as the product can tell."""

    name = "anotherdb"
    supports_statement_cache = False


class Lacking(Another):
    """One that cannot count in months: it refuses what churn is counted by."""

    name = "lackingdb"
    supports_statement_cache = False

    def do_execute(self, cursor: object, statement: str, parameters: object, context: object = None) -> None:
        """Refuses calendar arithmetic by intervals."""
        if "interval" in statement:
            raise self.loaded_dbapi.Error("no such type: interval\nat line 1")
        super().do_execute(cursor, statement, parameters, context)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> apps.App:
    """A company whose raw tables nobody loaded, and two dialects by which to reach them."""
    for dialect in (Another, Lacking):
        sa.dialects.registry.register(dialect.name, __name__, dialect.__name__)
    return apps.an_app(apps.shared_folder(tmp_path_factory), "untidied")


@pytest.fixture
def file(app: apps.App, tmp_path: Path) -> Path:
    """The tables once more: within one process DuckDB opens a file with one set of settings alone."""
    return Path(shutil.copy(app.url.removeprefix("duckdb:///"), tmp_path / "copy.duckdb"))


def test_a_dialect_that_is_not_tested_is_tried_metric_by_metric(app: apps.App, file: Path) -> None:
    """Its tables are counted as DuckDB's are; then each metric is asked, and one line says that nobody tested it."""
    known = run(app.url, "check", "--format", "json", config=app.config)
    ran = run(f"anotherdb:///{file}", "check", "--format", "json", config=app.config)
    assert (ran.code, ran.rows) == (0, known.rows)
    assert known.err == ""
    assert one_line(ran.err) == (
        "gtm-metrics: 5 of 5 metrics could be counted (anotherdb is not tested; duckdb, postgresql, snowflake are)\n")


def test_a_metric_that_it_cannot_count_is_named(app: apps.App, file: Path) -> None:
    """Each that fails has a line with the database's own reason, and check says so by its exit code."""
    ran = run(f"lackingdb:///{file}", "check", "--format", "json", config=app.config)
    assert ran.code == 1
    *failed, last = ran.err.splitlines()
    assert failed == ["gtm-metrics: churn: the warehouse refuses what is asked of it: no such type: interval"]
    assert last.startswith("gtm-metrics: 4 of 5 metrics could be counted (lackingdb is not tested")


def test_a_dialect_that_cannot_be_looked_up_says_that_it_is_not_tested(tmp_path: Path) -> None:
    """SQLite has no information_schema: its own words, and which dialects are tested, in one line."""
    sqlite3.connect(tmp_path / "x.db").close()
    ran = run(f"sqlite:///{tmp_path}/x.db", "check")
    assert (ran.code, ran.out) == (1, "")
    assert "information_schema" in one_line(ran.err)
    assert f"(sqlite is not tested; {', '.join(PROVED)} are)" in ran.err


@pytest.mark.parametrize("dialect", ["anotherdb", "mssql", "mysql"])
def test_sql_of_any_dialect_is_read_before_it_leaves(dialect: str) -> None:
    """A dialect whose name the parser does not know is held to one SELECT like the others."""
    assert only_select("select 1", dialect) == "select 1"
    with pytest.raises(RuntimeError, match="only"):
        only_select("delete from t", dialect)
