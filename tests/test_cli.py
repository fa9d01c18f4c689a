"""The command line says the same numbers, in the contract's rows, with an exit code a scheduler can act on."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import math
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from gtm_metrics import demo
from gtm_metrics.cli import main
from gtm_metrics.company import Company, read_company
from gtm_metrics.funnel import CURVE_COLUMNS, ROW_COLUMNS, curve, funnel
from gtm_metrics.metrics import NAMES
from gtm_metrics.question import ALL, NOT_SET, Question
from gtm_metrics.sources import TABLES
from gtm_metrics.tallies import metrics_of, tally
from gtm_metrics.tallies.tally import KEYS
from gtm_metrics.warehouse import Warehouse, connect
from gtm_metrics.weeks import WEEK, closed_through, sunday

# One worker builds each warehouse once.
pytestmark = pytest.mark.xdist_group("cli")

ROOT = Path(__file__).parent.parent
CONFIG = ROOT / "gtm.toml"
AS_OF = date(2025, 6, 29)
"""A Sunday that lies behind every clock these tests run by: what is due today differs from day to day."""

LOADED = ["table", "status", "rows_read", "rows_used", "rows_set_aside", "reasons", "first", "last"]
DAYS = ("first_week", "last_week", "as_of", "data_through")
FRACTIONS = ("estimate", "low", "high", "rest_estimate", "ratio", "shrunken_ratio")

Row = dict[str, Any]


@dataclass(frozen=True)
class Ran:
    """What one command gave: its exit code, and what it wrote to stdout and to stderr."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[Row]:
        """The JSON rows on stdout; NaN and the infinite are no JSON."""
        def refuse(constant: str) -> None:
            raise AssertionError(f"{constant} is no JSON")

        rows: list[Row] = json.loads(self.out, parse_constant=refuse)
        return rows


def run(warehouse: Path | str, *argv: str | Path, config: Path | None = CONFIG) -> Ran:
    """One command in this process; `warehouse` is an embedded one's file, or a URL."""
    out, err = io.StringIO(), io.StringIO()
    asked = [*map(str, argv), *([] if config is None else ["--config", str(config)])]
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        patch.delenv("GTM_CONFIG", raising=False)
        patch.setenv("GTM_WAREHOUSE", warehouse if isinstance(warehouse, str) else f"duckdb:///{warehouse}")
        try:
            code = main(asked)
        except SystemExit as left:
            code = int(left.code or 0)
    return Ran(code, out.getvalue(), err.getvalue())


def asked_json(warehouse: Path, *argv: str | Path, config: Path = CONFIG) -> list[Row]:
    """The JSON rows of a command that goes well and says nothing else."""
    ran = run(warehouse, *argv, "--format", "json", config=config)
    assert (ran.code, ran.err) == (0, "")
    return ran.rows


class Demos:
    """The stories' warehouses, each built by the command when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.built: dict[str, Ran] = {}

    def __call__(self, story: str) -> Path:
        target = self.folder / f"{story}.duckdb"
        if story not in self.built:
            self.built[story] = run(
                target, "demo", "--story", story, "--as-of", AS_OF.isoformat(), "--format", "json")
        return target


@pytest.fixture(scope="module")
def demos(tmp_path_factory: pytest.TempPathFactory) -> Demos:
    """demos("winner") is the story's warehouse; demos.built["winner"] what building it gave."""
    return Demos(tmp_path_factory.mktemp("demos"))


@pytest.fixture(scope="module")
def winner(demos: Demos) -> Path:
    """The winner story's warehouse."""
    return demos("winner")


@pytest.fixture(scope="module")
def opened(winner: Path) -> tuple[Warehouse, Company]:
    """The winner story's warehouse and company, as the code opens them."""
    company = read_company(CONFIG, {"GTM_WAREHOUSE": f"duckdb:///{winner}"})
    return connect(company, datetime.now(UTC).date()), company


def exported(warehouse: Path) -> dict[str, str]:
    """Every table, used and set aside, as CSV text, rows sorted over all columns."""
    with duckdb.connect(str(warehouse), read_only=True) as con:
        names = con.execute(
            "select schema_name, table_name from duckdb_tables() where table_name <> 'loaded' order by all").fetchall()
        return {f"{schema}.{name}": con.execute(f"from {schema}.{name} order by all").df().to_csv(index=False)
                for schema, name in names}


def one_line(text: str) -> str:
    """The text, which is one line that this program begins."""
    assert text.count("\n") == 1
    assert text.startswith("gtm-metrics")
    return text


@pytest.mark.parametrize("story", demo.STORIES)
def test_demo_builds_each_story(demos: Demos, story: str) -> None:
    """A story is built with exit code 0 and reported in the contract's rows, every dirty row set aside and counted."""
    demos(story)
    built = demos.built[story]
    assert built.code == 0
    assert [list(row) for row in built.rows] == [LOADED] * len(TABLES)
    assert [row["table"] for row in built.rows] == list(TABLES)
    there = [row for row in built.rows if row["status"] == "ok"]
    expected = demo.company(story, as_of=AS_OF)
    assert {row["table"]: row["rows_read"] for row in there} == {name: len(f) for name, f in expected.items()}
    for row in there:
        assert row["reasons"] == demo.DIRTY[row["table"]]
        assert row["rows_set_aside"] == sum(row["reasons"].values())
        assert row["rows_read"] == row["rows_used"] + row["rows_set_aside"]
        assert date.fromisoformat(row["first"]) <= date.fromisoformat(row["last"]) <= AS_OF


def test_a_table_that_is_not_connected_reads_as_nothing_not_as_zero(demos: Demos) -> None:
    """The small story has no touches: their counts and days are null, in its report and in its check."""
    small = demos("small")
    for rows in (demos.built["small"].rows, asked_json(small, "check")):
        touches = next(row for row in rows if row["table"] == "touches")
        assert touches == {"table": "touches", "status": "not_connected", "rows_read": None, "rows_used": None,
                           "rows_set_aside": None, "reasons": {}, "first": None, "last": None}


def test_the_same_seed_and_day_build_the_same_bytes(demos: Demos, tmp_path: Path) -> None:
    """Two builds of a story with one seed and day hold byte-identical tables; another seed holds others."""
    again, other = tmp_path / "again.duckdb", tmp_path / "other.duckdb"
    asked = ("demo", "--story", "young", "--as-of", AS_OF.isoformat())
    assert [run(again, *asked).code, run(other, *asked, "--seed", "8").code] == [0, 0]
    first = exported(demos("young"))
    assert len(first) == 2 * len(TABLES)
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
    demos("small")
    loaded = run(target, "load", files, "--as-of", AS_OF.isoformat(), "--format", "json")
    assert loaded.code == 0
    assert loaded.rows == demos.built["small"].rows
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
    """A DuckDB file of one's own without accounts exits 1, with the rows on stdout and one line a trouble on stderr."""
    file = tmp_path / "own.duckdb"
    with duckdb.connect(str(file)) as con:
        con.execute("create table touches as select 'T' as touch_id, 'A' as account_id, now() as sent_at")
    ran = run(file, "check", "--format", "json")
    assert ran.code == 1
    assert [(row["table"], row["status"]) for row in ran.rows[:2]] == [
        ("accounts", "not_connected"), ("touches", "failed")]
    assert ran.err.splitlines() == [
        "gtm-metrics: accounts: the warehouse has no table accounts",
        "gtm-metrics: touches: accounts is not connected, and every row belongs to one"]


def test_funnel_rows_have_the_contracts_keys_types_and_order(winner: Path) -> None:
    """Rows of the funnel carry the contract's keys in its order, plain types, ISO days, and are sorted as it says."""
    rows = asked_json(winner, "funnel", "--by", "industry")
    assert {tuple(row) for row in rows} == {ROW_COLUMNS}
    assert list(dict.fromkeys(row["metric"] for row in rows)) == [
        "response_rate", "calls_to_understanding", "close_rate", "won_in_time", "churn"]
    for name in dict.fromkeys(row["metric"] for row in rows):
        named = [row["segment"] for row in rows if row["metric"] == name]
        assert named == [ALL, *sorted(demo.INDUSTRIES), NOT_SET]
    for row in rows:
        assert row["by"] == ({} if row["segment"] == ALL else {"industry": row["segment"]})
        assert all(isinstance(row[key], int) for key in ("trials", "successes", "waiting"))
        assert all(row[key] is None or isinstance(row[key], float) for key in FRACTIONS)
        assert all(date.fromisoformat(row[key]).isoformat() == row[key] for key in DAYS)
        assert (row["why"] == "") == (row["status"] == "ok")
        if row["segment"] == ALL:
            assert row["rest_estimate"] is row["ratio"] is row["shrunken_ratio"] is None
        if row["status"] == "too_early":
            assert all(row[key] is None for key in FRACTIONS)
    assert {row["status"] for row in rows} == {"ok", "too_early"}


def contract_rows(warehouse: Warehouse, company: Company, question: Question) -> list[Row]:
    """The rows that tally and funnel give when called directly, days as ISO text."""
    frames = [funnel(tally(warehouse, company, m, question, KEYS[m.estimate]), m) for m in metrics_of(company)
              if m.stand_in_for is None]
    return [{k: v.isoformat() if isinstance(v, date) else v for k, v in row.items()}
            for frame in frames for row in frame.to_dict("records")]


@pytest.mark.parametrize(("argv", "question"), [
    ((), Question(AS_OF, ("industry",))),
    (("--by", "team", "--weeks", "26"), Question(AS_OF, ("team",), None, 26)),
    (("--by", "employees", "--weeks", "all", "--as-of", "2024-12-31"),
     Question(date(2024, 12, 31), ("employees",), None, None)),
    (("--by", "region", "--by", "team", "--weeks", "52"), Question(AS_OF, ("region", "team"), None, 52)),
    (("--by", "industry", "--within", "employees", "--weeks", "52"),
     Question(AS_OF, ("industry",), "employees", 52)),
], ids=["as it comes", "weeks", "all weeks of the past", "crossed", "within"])
def test_funnel_gives_the_numbers_of_the_code(
    winner: Path, opened: tuple[Warehouse, Company], argv: Sequence[str], question: Question
) -> None:
    """Whatever is asked, the command's rows are those of tally and funnel called directly, to the last digit."""
    rows = asked_json(winner, "funnel", *argv)
    assert rows == contract_rows(*opened, question)


def test_two_dimensions_are_crossed(winner: Path) -> None:
    """--by twice gives rows of pairs: dimension "a × b", segment "A × B", and both values in `by`."""
    rows = asked_json(winner, "funnel", "--by", "region", "--by", "team", "--weeks", "52")
    assert {row["dimension"] for row in rows} == {"region × team"}
    row = next(row for row in rows if row["segment"] == "Nordics × Sales")
    assert row["by"] == {"region": "Nordics", "team": "Sales"}
    close = [row for row in rows if row["metric"] == "close_rate"]
    assert sum(row["trials"] for row in close[1:]) == close[0]["trials"]


def mantel_haenszel(trials: pd.DataFrame, segment: str, strata: list[str]) -> float:
    """The rate ratio of a segment over everyone else in the same strata, stratum by stratum in plain Python."""
    above = below = 0.0
    for _, stratum in trials.groupby(strata):
        here = stratum["segment"] == segment
        x, n = stratum.loc[here, "successes"].sum(), stratum.loc[here, "trials"].sum()
        y, others = stratum.loc[~here, "successes"].sum(), stratum.loc[~here, "trials"].sum()
        # Mantel and Haenszel 1959: sum x (N - n) / N over sum y n / N
        above += x * others / (n + others)
        below += y * n / (n + others)
    return above / below


@pytest.mark.parametrize("name", ["response_rate", "calls_to_understanding", "close_rate", "churn"])
def test_within_compares_inside_each_value_of_another_dimension(
    winner: Path, opened: tuple[Warehouse, Company], name: str
) -> None:
    """--within changes no count and no rate; its ratio is Mantel and Haenszel's over size of company, week and band."""
    asked = ("funnel", "--by", "industry", "--weeks", "52")
    plain = [row for row in asked_json(winner, *asked) if row["metric"] == name]
    within = [row for row in asked_json(winner, *asked, "--within", "employees") if row["metric"] == name]
    ratios = ("ratio", "shrunken_ratio")
    assert [{k: v for k, v in row.items() if k not in ratios} for row in within] == [
        {k: v for k, v in row.items() if k not in ratios} for row in plain]

    warehouse, company = opened
    metric = next(m for m in metrics_of(company) if m.name == name)
    counted = tally(warehouse, company, metric, Question(AS_OF, ("industry", "employees"), None, 52))
    compared = [(row, before) for row, before in zip(within, plain, strict=True) if row["ratio"] is not None]
    assert len(compared) >= 5
    for row, before in compared:
        sized = mantel_haenszel(counted.closed, row["segment"], ["segment_2", "week", "band"])
        assert row["ratio"] == pytest.approx(sized, rel=1e-9)
        assert before["ratio"] == pytest.approx(
            mantel_haenszel(counted.closed, row["segment"], ["week", "band"]), rel=1e-9)
    assert any(abs(math.log(row["ratio"] / before["ratio"])) > 0.01 for row, before in compared)


def test_weeks_are_the_last_closed_ones_of_each_metric(winner: Path, opened: tuple[Warehouse, Company]) -> None:
    """--weeks 4 is the last four weeks each metric has closed; --weeks all begins with the first that has a trial."""
    last = {m.name: closed_through(m.maturity, AS_OF) for m in metrics_of(opened[1])}
    for row in asked_json(winner, "funnel", "--weeks", "4"):
        assert row["last_week"] == last[row["metric"]].isoformat()
        assert row["first_week"] == (last[row["metric"]] - 3 * WEEK).isoformat()
    first = sunday(AS_OF - 156 * WEEK) - timedelta(days=6)
    for row in asked_json(winner, "funnel", "--weeks", "all"):
        assert row["last_week"] == last[row["metric"]].isoformat()
        assert row["first_week"] < (first + 30 * WEEK).isoformat()


def test_a_stage_that_is_not_connected_has_one_row_without_counts(demos: Demos) -> None:
    """In the small story outreach and calls have no counts but their reason; stand-ins come last, as in METRICS."""
    rows = asked_json(demos("small"), "funnel", "--by", "industry", "--weeks", "all")
    metrics = list(dict.fromkeys(row["metric"] for row in rows))
    assert metrics == [name for name in NAMES if name in metrics]
    assert {"response_rate", "calls_to_understanding", "reached_opportunity", "advanced"} <= set(metrics)
    for name, table in (("response_rate", "touches"), ("calls_to_understanding", "calls")):
        [row] = [row for row in rows if row["metric"] == name]
        assert (row["segment"], row["status"]) == (ALL, "not_connected")
        assert row["why"].startswith(f"{table} is not connected")
        assert all(row[key] is None for key in ("trials", "successes", "waiting", *FRACTIONS))


def test_a_young_company_is_too_early_and_that_is_fine(demos: Demos) -> None:
    """After twelve weeks most rows are too early: counts stay, "why" says how many of how many, exit code 0."""
    rows = asked_json(demos("young"), "funnel", "--by", "industry")
    early = [row for row in rows if row["status"] == "too_early"]
    assert len(early) > len(rows) / 2
    for row in early:
        minimum = 400 if row["metric"] == "churn" else 30
        assert row["trials"] < minimum
        assert row["why"].startswith(f"{row['trials']} of {minimum} ")


def test_an_attribute_learned_by_winning_is_not_measurable(tmp_path: Path) -> None:
    """Where an attribute is known for the won alone, its close rate is one row without counts that says so; exit 0."""
    folder = tmp_path / "files"
    folder.mkdir()
    accounts = pd.DataFrame({"account_id": [f"A{i}" for i in range(60)],
                             "plan": ["Pro" if i < 20 else None for i in range(60)]})
    deals = pd.DataFrame({"opportunity_id": accounts["account_id"], "account_id": accounts["account_id"],
                          "created_at": "2025-05-05", "closed_at": "2025-06-02",
                          "outcome": ["won" if i < 20 else "lost" for i in range(60)]})
    accounts.to_csv(folder / "accounts.csv", index=False)
    deals.to_csv(folder / "opportunities.csv", index=False)
    target = tmp_path / "mine.duckdb"
    assert run(target, "load", folder, "--as-of", "2025-06-08").code == 0
    [row] = [row for row in asked_json(target, "funnel", "--by", "plan") if row["metric"] == "close_rate"]
    assert (row["segment"], row["status"], row["trials"], row["waiting"]) == (ALL, "not_measurable", None, None)
    assert row["why"] == "plan is known for 100% of the won deals and 0% of the others: it was learned by winning"


def test_without_a_dimension_the_first_there_is_is_taken(winner: Path, tmp_path: Path) -> None:
    """Without --by the rows are by the first dimension of gtm.toml, or by the first attribute where it names none."""
    assert {row["dimension"] for row in asked_json(winner, "funnel")} == {"industry"}
    bare = tmp_path / "gtm.toml"
    bare.write_text("", encoding="utf-8")
    assert {row["dimension"] for row in asked_json(winner, "funnel", config=bare)} == {"country"}


def test_csv_holds_the_same_values_as_json(winner: Path) -> None:
    """CSV has the contract's keys as its header and every number in full; missing is an empty cell."""
    rows = asked_json(winner, "funnel", "--by", "industry")
    ran = run(winner, "funnel", "--by", "industry", "--format", "csv")
    read = list(csv.DictReader(io.StringIO(ran.out)))
    assert list(read[0]) == list(ROW_COLUMNS)
    for row, cells in zip(rows, read, strict=True):
        for key in ("trials", "successes", "waiting", *FRACTIONS):
            assert (None if cells[key] == "" else float(cells[key])) == row[key]
        assert all(cells[key] == row[key] for key in ("metric", "segment", "status", "why", *DAYS))
        assert cells["by"] == "; ".join(f"{k}={v}" for k, v in row["by"].items())


def test_a_table_is_read_by_people(winner: Path) -> None:
    """The table has a line a row under its header, numbers to four digits, and shows no None and no NaN."""
    ran = run(winner, "funnel", "--by", "industry")
    rows = asked_json(winner, "funnel", "--by", "industry")
    lines = ran.out.splitlines()
    assert len(lines) == 1 + len(rows)
    assert lines[0].split() == list(ROW_COLUMNS)
    assert f"{rows[0]['estimate']:.4g}" in lines[1].split()
    assert "None" not in ran.out
    assert "nan" not in ran.out.lower()


@pytest.mark.parametrize("name", ["churn", "calls_to_understanding"])
def test_curve_gives_the_life_table_of_the_code(winner: Path, opened: tuple[Warehouse, Company], name: str) -> None:
    """curve prints the contract's rows over all closed weeks: those of tally and curve called directly."""
    warehouse, company = opened
    rows = asked_json(winner, "curve", name, "--by", "industry")
    metric = next(m for m in metrics_of(company) if m.name == name)
    counted = tally(warehouse, company, metric, Question(AS_OF, ("industry",), None, None), ("age",))
    assert rows == curve(counted, metric).to_dict("records")
    assert {tuple(row) for row in rows} == {CURVE_COLUMNS}
    everyone = [row for row in rows if row["segment"] == ALL]
    assert [row["age"] for row in everyone] == list(range(everyone[0]["age"], everyone[0]["age"] + len(everyone)))
    assert everyone[0]["age"] == (0 if name == "churn" else 1)
    survival = [row["survival"] for row in everyone]
    assert survival == sorted(survival, reverse=True)


def test_a_curve_that_is_not_connected_says_why(demos: Demos) -> None:
    """Without calls there is no curve: no rows, exit code 0, the reason on stderr."""
    ran = run(demos("small"), "curve", "calls_to_understanding", "--format", "json")
    assert (ran.code, ran.rows) == (0, [])
    assert "calls is not connected" in one_line(ran.err)


def test_definitions_are_those_of_the_company(winner: Path, tmp_path: Path) -> None:
    """definitions prints a row a metric with the company's own M and minimums, and needs no warehouse."""
    config = tmp_path / "gtm.toml"
    config.write_text("[metrics]\nwon_in_time_weeks = 26\nminimum_trials = 50\n", encoding="utf-8")
    rows = asked_json(tmp_path / "none.duckdb", "definitions", config=config)
    assert [row["metric"] for row in rows] == list(NAMES)
    by_name = {row["metric"]: row for row in rows}
    assert by_name["won_in_time"]["success"] == "won within 26 weeks of creation"
    assert by_name["won_in_time"]["maturity_days"] == 26 * 7
    assert (by_name["close_rate"]["minimum"], by_name["churn"]["minimum"]) == (50, 400)
    assert by_name["churn"]["bands"] == ["0-3", "4-11", "renewal", "other"]
    for form in ("table", "csv"):
        assert run(tmp_path / "none.duckdb", "definitions", "--format", form, config=config).out.count("churn") >= 1


@pytest.mark.parametrize(("argv", "says"), [
    ((), "required: COMMAND"),
    (("deck",), "invalid choice: 'deck'"),
    (("funnel", "--by", "industri"), "'industri' is not a dimension; there are industry, employees, region, "),
    (("funnel", "--by", "industry", "--within", "size"), "'size' is not a dimension; there are industry, "),
    (("funnel", "--by", "industry", "--by", "industry"), "it takes none, one, or two different dimensions"),
    (("funnel", "--by", "industry", "--by", "team", "--by", "region"), "it takes none, one, or two different"),
    (("funnel", "--by", "industry", "--within", "industry"), "give it another dimension"),
    (("funnel", "--by", "created_on"), "'created_on' is not a dimension"),
    (("funnel", "--weeks", "0"), "'0' is neither a number of weeks from 1 to 1,040 nor 'all'"),
    (("funnel", "--weeks", "1041"), "'1041' is neither"),
    (("funnel", "--weeks", "some"), "'some' is neither"),
    (("funnel", "--as-of", "2025-02-30"), "'2025-02-30' is no date such as 2026-11-15"),
    (("funnel", "--as-of", "yesterday"), "'yesterday' is no date"),
    (("funnel", "--format", "xml"), "invalid choice: 'xml'"),
    (("curve",), "required: metric"),
    (("curve", "close_rate"), "invalid choice: 'close_rate'"),
    (("curve", "churn", "--within", "team"), "unrecognized arguments: --within team"),
    (("demo", "--story", "loser"), "invalid choice: 'loser'"),
    (("demo", "--seed", "seven"), "invalid int value: 'seven'"),
    (("load",), "required: folder"),
])
def test_wrong_usage_is_told_in_one_line(winner: Path, argv: Sequence[str], says: str) -> None:
    """What was typed wrong exits 2 with nothing on stdout and one line on stderr that says what is possible."""
    ran = run(winner, *argv, config=CONFIG if argv else None)
    assert (ran.code, ran.out) == (2, "")
    assert says in one_line(ran.err)


def test_a_number_without_edges_is_refused(winner: Path, tmp_path: Path) -> None:
    """A numeric attribute is no dimension until gtm.toml cuts it: exit 2, with the line to write."""
    config = tmp_path / "gtm.toml"
    config.write_text('[segments]\ndimensions = ["employees"]\n', encoding="utf-8")
    ran = run(winner, "funnel", "--by", "employees", config=config)
    assert (ran.code, ran.out) == (2, "")
    assert one_line(ran.err) == (
        "gtm-metrics: employees is a number; give it edges in gtm.toml, such as segments.edges.employees = [50, 200]\n")


def test_a_seed_that_cannot_be_is_refused(tmp_path: Path) -> None:
    """A seed below 0 exits 2 with a line, and builds nothing."""
    ran = run(tmp_path / "demo.duckdb", "demo", "--seed", "-1")
    assert ran.code == 2
    assert ran.err.splitlines()[-1].startswith("gtm-metrics: no demo company with seed -1")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("argv", [("check",), ("funnel",), ("curve", "churn")], ids=lambda argv: argv[0])
def test_a_warehouse_that_is_not_there_is_trouble_with_a_way_out(tmp_path: Path, argv: Sequence[str]) -> None:
    """Without a warehouse a command exits 1 with one line: where it looked, and how to make one."""
    ran = run(tmp_path / "none.duckdb", *argv)
    assert (ran.code, ran.out) == (1, "")
    assert one_line(ran.err) == (
        f"gtm-metrics: there is no warehouse at {tmp_path}/none.duckdb; gtm-metrics demo builds the demo company's, "
        "gtm-metrics load FOLDER yours\n")


def test_a_file_that_is_no_warehouse_is_trouble(tmp_path: Path) -> None:
    """A file that DuckDB cannot open exits 1 with one line."""
    file = tmp_path / "text.duckdb"
    file.write_text("not a database\n" * 1000, encoding="utf-8")
    ran = run(file, "funnel")
    assert (ran.code, ran.out) == (1, "")
    assert "the warehouse did not answer" in one_line(ran.err)


def test_a_warehouse_without_a_day_is_trouble(tmp_path: Path) -> None:
    """Accounts without any date leave no day to count through: exit 1 and a line, unless --as-of names the day."""
    target = tmp_path / "mine.duckdb"
    (tmp_path / "accounts.csv").write_text("account_id,industry\nA-1,Retail\n", encoding="utf-8")
    assert run(target, "load", tmp_path).code == 0
    ran = run(target, "funnel")
    assert (ran.code, ran.out) == (1, "")
    assert "no row with a date" in one_line(ran.err)
    assert {row["status"] for row in asked_json(target, "funnel", "--as-of", "2025-06-29")} == {"not_connected"}


@pytest.mark.parametrize("command", [("demo",), ("load", ".")], ids=lambda command: command[0])
@pytest.mark.parametrize("url", ["postgresql://u:lenient-otter@127.0.0.1/db", "lenient-otter", "duckdb:///:memory:"])
def test_only_an_embedded_warehouse_can_be_written(url: str, command: Sequence[str]) -> None:
    """demo and load refuse an address that is no DuckDB file, in a line that shows no password."""
    ran = run(url, *command)
    assert (ran.code, ran.out) == (2, "")
    assert "duckdb:///data/company.duckdb" in one_line(ran.err)
    assert "lenient-otter" not in ran.err


def test_settings_are_read_from_where_they_are_said_to_be(
    winner: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """--config goes before GTM_CONFIG, which goes before gtm.toml here; a file named but not there is refused."""
    settings = {name: tmp_path / f"{name}.toml" for name in ("asked", "environment", "gtm")}
    for n, (name, file) in enumerate(settings.items()):
        file.write_text(f"[metrics]\nminimum_trials = {40 + n}\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GTM_WAREHOUSE", f"duckdb:///{winner}")

    def minimum(*argv: str) -> int:
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            assert main(["definitions", "--format", "json", *argv]) == 0
        return int(json.loads(out.getvalue())[0]["minimum"])

    monkeypatch.delenv("GTM_CONFIG", raising=False)
    assert minimum() == 42
    monkeypatch.setenv("GTM_CONFIG", str(settings["environment"]))
    assert minimum() == 41
    assert minimum("--config", str(settings["asked"])) == 40
    missing = run(winner, "definitions", config=tmp_path / "none.toml")
    assert (missing.code, one_line(missing.err)) == (
        2, f"gtm-metrics: there is no settings file {tmp_path}/none.toml\n")


def test_a_setting_that_cannot_be_is_refused(winner: Path, tmp_path: Path) -> None:
    """A gtm.toml that is wrong stops every command with exit 2 and the setting's line."""
    config = tmp_path / "gtm.toml"
    config.write_text("[metrics]\nminimum_trials = 3\n", encoding="utf-8")
    ran = run(winner, "funnel", config=config)
    assert (ran.code, ran.out) == (2, "")
    assert "gtm.toml: metrics.minimum_trials is 3; it must be a whole number of trials from 10 to 1,000" in one_line(
        ran.err)


def process(warehouse: Path, command: str) -> subprocess.CompletedProcess[str]:
    """A shell line in a process of its own, `gtm-metrics` being this checkout's."""
    line = command.replace("gtm-metrics", f"{sys.executable} -m gtm_metrics.cli")
    return subprocess.run(
        ["bash", "-c", f"set -o pipefail; {line}"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
        env=os.environ | {"GTM_WAREHOUSE": f"duckdb:///{warehouse}"})


def test_a_process_gives_rows_and_its_exit_code(winner: Path) -> None:
    """Run as a program, the funnel prints its rows on stdout, nothing on stderr, and exits 0."""
    ran = process(winner, "gtm-metrics funnel --by team --format json")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert json.loads(ran.stdout) == asked_json(winner, "funnel", "--by", "team")


def test_a_reader_who_has_enough_is_no_trouble(winner: Path) -> None:
    """Piped into head, a long output ends without a traceback and with exit code 0."""
    ran = process(winner, "gtm-metrics funnel --by industry --by team --weeks all --format json | head -n 1")
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "[\n", "")


def test_the_installed_command_refuses_what_it_does_not_know(winner: Path) -> None:
    """The program that pip installs exits 2 on an unknown dimension, with one line on stderr."""
    program = Path(sys.executable).with_name("gtm-metrics")
    if not program.exists():
        pytest.skip("the package is not installed, so there is no gtm-metrics beside this Python")
    ran = subprocess.run([program, "funnel", "--by", "size"], cwd=ROOT, capture_output=True, text=True, timeout=120,
                         check=False, env=os.environ | {"GTM_WAREHOUSE": f"duckdb:///{winner}"})
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "'size' is not a dimension" in one_line(ran.stderr)
