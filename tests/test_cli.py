"""The command line says the same numbers as the code, in the contract's rows."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from commands import AS_OF, CONFIG, Demos, Row, asked_json, demos_in, one_line, run

from gtm_metrics import demo
from gtm_metrics.company import Company, read_company
from gtm_metrics.funnel import CURVE_COLUMNS, ROW_COLUMNS, curve, funnel
from gtm_metrics.metrics import NAMES
from gtm_metrics.question import ALL, NOT_SET, Question
from gtm_metrics.tallies import metrics_of, tally
from gtm_metrics.tallies.tally import KEYS
from gtm_metrics.warehouse import Warehouse, connect
from gtm_metrics.weeks import WEEK, closed_through, sunday

# One worker builds each warehouse once.
pytestmark = pytest.mark.xdist_group("cli")

DAYS = ("first_week", "last_week", "as_of", "data_through")
FRACTIONS = ("estimate", "low", "high", "rest_estimate", "ratio", "shrunken_ratio")


@pytest.fixture(scope="module")
def demos(tmp_path_factory: pytest.TempPathFactory) -> Demos:
    """demos("winner") is the story's warehouse, built once for every file that tests the command line."""
    return demos_in(tmp_path_factory.getbasetemp())


@pytest.fixture(scope="module")
def winner(demos: Demos) -> Path:
    """The winner story's warehouse."""
    return demos("winner")


@pytest.fixture(scope="module")
def opened(winner: Path) -> tuple[Warehouse, Company]:
    """The winner story's warehouse and company, as the code opens them."""
    company = read_company(CONFIG, {"GTM_WAREHOUSE": f"duckdb:///{winner}"})
    return connect(company, datetime.now(UTC).date()), company


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


def mantel_haenszel(trials: pd.DataFrame, strata: list[str]) -> dict[str, float]:
    """Each segment's rate ratio over everyone else in the same strata."""
    counts = trials.pivot_table(index=strata, columns="segment", values=["trials", "successes"], aggfunc="sum",
                                fill_value=0)
    x, n = counts["successes"], counts["trials"]
    everyone = n.sum(axis=1)
    y, others = -x.sub(x.sum(axis=1), axis=0), -n.sub(everyone, axis=0)
    # Mantel and Haenszel 1959: sum x (N - n) / N over sum y n / N
    return dict((x * others).div(everyone, axis=0).sum() / (y * n).div(everyone, axis=0).sum())


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
    sized = mantel_haenszel(counted.closed, ["segment_2", "week", "band"])
    mixed = mantel_haenszel(counted.closed, ["week", "band"])
    compared = [(row, before) for row, before in zip(within, plain, strict=True) if row["ratio"] is not None]
    assert len(compared) >= 5
    for row, before in compared:
        assert row["ratio"] == pytest.approx(sized[row["segment"]], rel=1e-9)
        assert before["ratio"] == pytest.approx(mixed[row["segment"]], rel=1e-9)
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
