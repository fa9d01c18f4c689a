"""demo, load and check: what is built and read, what is set aside, and that a failed load changes nothing."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import duckdb
import pytest
from commands import AS_OF, Demos, asked_json, demos_in, one_line, run

from gtm_metrics import demo
from gtm_metrics.sources import TABLES

# One worker builds each warehouse once.
pytestmark = pytest.mark.xdist_group("cli")

LOADED = ["table", "status", "rows_read", "rows_used", "rows_set_aside", "reasons", "first", "last"]


@pytest.fixture(scope="module")
def demos(tmp_path_factory: pytest.TempPathFactory) -> Demos:
    """demos("winner") is the story's warehouse, built once for every file that tests the command line."""
    return demos_in(tmp_path_factory.getbasetemp())


def exported(warehouse: Path) -> dict[str, str]:
    """Every table, used and set aside, as CSV text, rows sorted over all columns."""
    with duckdb.connect() as con:
        # attached, since the command may have the file open in this process with other settings
        con.execute(f"attach '{warehouse}' as made (read_only)")
        names = con.execute("select schema_name, table_name from duckdb_tables() where database_name = 'made' "
                            "and table_name <> 'loaded' order by all").fetchall()
        return {f"{schema}.{name}": con.execute(f"from made.{schema}.{name} order by all").df().to_csv(index=False)
                for schema, name in names}


@pytest.mark.parametrize("story", demo.STORIES)
def test_demo_builds_each_story(demos: Demos, story: str) -> None:
    """A story is built with exit code 0 and reported in the contract's rows, every dirty row set aside and counted."""
    report = demos.built(story)
    assert report.code == 0
    assert [list(row) for row in report.rows] == [LOADED] * len(TABLES)
    assert [row["table"] for row in report.rows] == list(TABLES)
    there = [row for row in report.rows if row["status"] == "ok"]
    tables = exported(demos(story))
    for row in there:
        for schema, count in (("gtm", row["rows_used"]), ("aside", row["rows_set_aside"])):
            assert tables[f"{schema}.{row['table']}"].count("\n") == 1 + count
        assert row["reasons"] == demo.DIRTY[row["table"]]
        assert row["rows_set_aside"] == sum(row["reasons"].values())
        assert row["rows_read"] == row["rows_used"] + row["rows_set_aside"]
        assert date.fromisoformat(row["first"]) <= date.fromisoformat(row["last"]) <= AS_OF


def test_a_table_that_is_not_connected_reads_as_nothing_not_as_zero(demos: Demos) -> None:
    """The small story has no touches: their counts and days are null, in its report and in its check."""
    small = demos("small")
    for rows in (demos.built("small").rows, asked_json(small, "check")):
        touches = next(row for row in rows if row["table"] == "touches")
        assert touches == {"table": "touches", "status": "not_connected", "rows_read": None, "rows_used": None,
                           "rows_set_aside": None, "reasons": {}, "first": None, "last": None}


def test_the_same_seed_and_day_build_the_same_bytes(demos: Demos, tmp_path: Path) -> None:
    """Two builds of a story with one seed and day hold byte-identical tables; another seed holds others."""
    again, other = tmp_path / "again.duckdb", tmp_path / "other.duckdb"
    asked = ("demo", "--story", "young", "--as-of", AS_OF.isoformat())
    assert [run(again, *asked).code, run(other, *asked, "--seed", "8").code] == [0, 0]
    first = exported(demos("young"))
    assert len(first) == 2 * len(TABLES) + 1  # what was worked out beforehand as well
    assert exported(again) == first
    assert exported(other)["gtm.accounts"] != first["gtm.accounts"]


def test_a_demo_that_is_there_is_left_alone_if_missing_is_asked(tmp_path: Path) -> None:
    """--if-missing builds a warehouse once and then leaves it; without it a build replaces the one that is there."""
    target = tmp_path / "demo.duckdb"
    small = ("demo", "--story", "small", "--as-of", AS_OF.isoformat())
    assert run(target, *small, "--if-missing").code == 0
    version = os.readlink(target)
    left = run(target, *small, "--if-missing")
    assert (left.code, left.out, left.err) == (0, "", "The warehouse demo.duckdb is there already.\n")
    assert os.readlink(target) == version
    assert run(target, *small).code == 0
    assert os.readlink(target) != version


def test_another_demo_keeps_the_journal_of_the_one_before(tmp_path: Path) -> None:
    """Building over a company moves its journal out of the way, under a name that is free: its weeks are not theirs."""
    target, mine = tmp_path / "x.duckdb", tmp_path / "x.journal.sqlite"
    for n in (1, 2):
        mine.write_text(f"journal {n}")
        assert run(target, "demo", "--story", "young", "--as-of", AS_OF.isoformat()).code == 0
        assert not mine.exists()
        assert (tmp_path / f"x.journal-{n}.sqlite").read_text() == f"journal {n}"


def test_a_demo_ends_with_the_last_complete_week(tmp_path: Path) -> None:
    """Asked for on a Wednesday, the demo runs through the Sunday before."""
    ran = run(tmp_path / "demo.duckdb", "demo", "--story", "small", "--as-of", "2025-07-02", "--format", "json")
    assert "story small, through 2025-06-29" in ran.err
    assert max(row["last"] for row in ran.rows if row["last"]) <= "2025-06-29"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the small story's raw tables as CSV files."""
    folder = tmp_path_factory.mktemp("files")
    for name, frame in demo.company("small", as_of=AS_OF).items():
        frame.to_csv(folder / f"{name}.csv", index=False)
    return folder


def test_load_reads_a_folder_and_check_repeats_its_report(demos: Demos, files: Path, tmp_path: Path) -> None:
    """CSV files of the small story load with the demo's own report; check then gives the same rows."""
    target = tmp_path / "mine.duckdb"
    loaded = run(target, "load", files, "--as-of", AS_OF.isoformat(), "--format", "json")
    assert loaded.code == 0
    assert loaded.rows == demos.built("small").rows
    assert "opportunities: " in loaded.err
    assert asked_json(target, "check") == loaded.rows
    assert asked_json(target, "funnel", "--weeks", "all") == asked_json(demos("small"), "funnel", "--weeks", "all")


def test_a_failed_load_keeps_the_old_warehouse(files: Path, tmp_path: Path) -> None:
    """A folder with a table that lacks its key exits 1, reports it as failed, and leaves the old warehouse in place."""
    target, broken = tmp_path / "mine.duckdb", tmp_path / "broken"
    assert run(target, "load", files, "--as-of", AS_OF.isoformat()).code == 0
    version, numbers = os.readlink(target), asked_json(target, "funnel")
    broken.mkdir()
    (broken / "accounts.csv").write_text("account_id,industry\nA-1,Retail\n", encoding="utf-8")
    (broken / "touches.csv").write_text("touch_id,account_id\nT-1,A-1\n", encoding="utf-8")
    failed = run(target, "load", broken, "--format", "json")
    assert failed.code == 1
    assert {row["table"]: row["status"] for row in failed.rows if row["status"] != "not_connected"} == {
        "accounts": "ok", "touches": "failed"}
    assert next(row for row in failed.rows if row["table"] == "touches")["rows_read"] is None
    assert failed.err.splitlines()[-1].startswith("gtm-metrics: nothing was loaded: touches: ")
    assert "has no column sent_at" in failed.err.splitlines()[-1]
    assert os.readlink(target) == version
    assert asked_json(target, "funnel") == numbers


def test_a_folder_that_is_not_there_is_trouble(tmp_path: Path) -> None:
    """Loading from a folder that does not exist exits 1 with one line naming it."""
    ran = run(tmp_path / "mine.duckdb", "load", tmp_path / "nowhere")
    assert (ran.code, ran.out) == (1, "")
    assert "nowhere is not a folder" in one_line(ran.err)


def test_check_of_a_warehouse_without_accounts_is_trouble(tmp_path: Path) -> None:
    """A DuckDB file of one's own without accounts exits 1, with its rows on stdout and that one reason on stderr."""
    file = tmp_path / "own.duckdb"
    with duckdb.connect(str(file)) as con:
        con.execute("create table touches as select 'T' as touch_id, 'A' as account_id, now() as sent_at")
    ran = run(file, "check", "--format", "json")
    assert ran.code == 1
    assert [(row["table"], row["status"]) for row in ran.rows[:2]] == [
        ("accounts", "not_connected"), ("touches", "failed")]
    assert one_line(ran.err) == "gtm-metrics: accounts: the warehouse has no table accounts\n"


def test_check_names_each_table_that_failed(tmp_path: Path) -> None:
    """A table that lacks its key exits 1 with a line of its own; the others are still counted."""
    file = tmp_path / "own.duckdb"
    with duckdb.connect(str(file)) as con:
        con.execute("create table accounts as select 'A' as account_id, 'Retail' as industry")
        con.execute("create table touches as select 'T' as touch_id, 'A' as account_id")
    ran = run(file, "check", "--format", "json")
    assert ran.code == 1
    assert [(row["table"], row["status"], row["rows_used"]) for row in ran.rows[:2]] == [
        ("accounts", "ok", 1), ("touches", "failed", None)]
    assert one_line(ran.err) == "gtm-metrics: touches: own/touches.sql: table touches has no column sent_at\n"
