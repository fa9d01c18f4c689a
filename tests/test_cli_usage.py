"""What was typed wrong exits 2, what cannot be read exits 1, each with one line that says what to do."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from commands import CONFIG, ROOT, Demos, asked_json, demos_in, one_line, run

from gtm_metrics.cli import main

# One worker builds each warehouse once.
pytestmark = pytest.mark.xdist_group("cli")


@pytest.fixture(scope="module")
def demos(tmp_path_factory: pytest.TempPathFactory) -> Demos:
    """demos("winner") is the story's warehouse, built once for every file that tests the command line."""
    return demos_in(tmp_path_factory.getbasetemp())


@pytest.fixture(scope="module")
def winner(demos: Demos) -> Path:
    """The winner story's warehouse."""
    return demos("winner")


@pytest.mark.parametrize(("argv", "says"), [
    ((), "required: COMMAND"),
    (("board",), "invalid choice: 'board'"),
    (("deck",), "required: --out"),
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


@pytest.mark.parametrize("argv", [
    ("refresh",), ("signal",), ("journal",), ("decide", "loose", "--why", "x", "--who", "Ada"), ("markets",),
    ("customers", "--criteria", "profile"), ("targets",), ("deck", "--out", "FILE.xlsx"), ("digest",),
], ids=lambda argv: argv[0])  # fmt: skip
def test_a_journal_that_cannot_be_opened_is_trouble(
    winner: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, argv: Sequence[str]
) -> None:
    """Every command that needs the journal exits 1 with nothing on stdout, and says last why it cannot be opened."""
    monkeypatch.setenv("GTM_JOURNAL", "duckdb:///x.duckdb")
    ran = run(winner, *(str(tmp_path / word) if word.startswith("FILE") else word for word in argv))
    assert (ran.code, ran.out) == (1, "")
    told = ran.err.splitlines()[-1]
    assert told.startswith("gtm-metrics: ")
    assert told.endswith("the journal lives in a SQLite file or in PostgreSQL")


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
    for n, file in enumerate(settings.values()):
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

