"""refresh, signal, decide and journal on the command line: what they print, and their exit codes."""

from __future__ import annotations

import argparse
import json
import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pandas as pd
import pytest
from conftest import Small, WarehouseOf
from refreshes import LAST, SETTINGS, USUAL, WEEK, company

from gtm_metrics.commands import asking, decide, journal, signal
from gtm_metrics.commands.signal import SEGMENT
from gtm_metrics.company import Company, Refused
from gtm_metrics.warehouse import Warehouse, WarehouseError
from gtm_metrics.weeks import sunday

TODAY = sunday(LAST)


@dataclass
class Line:
    """A command line of one company; `shown` is the last frame that was printed."""

    small: Small
    company: Company
    shown: pd.DataFrame
    away: bool = False

    def __call__(self, *argv: str, as_of: date | None = None, today: date = TODAY) -> int:
        """Runs one command and gives its exit code."""
        parser = argparse.ArgumentParser()
        commands = parser.add_subparsers()

        def command(name: str, run: Any, text: str) -> argparse.ArgumentParser:
            sub = commands.add_parser(name, help=text)
            sub.add_argument("--format", default="table")
            sub.set_defaults(run=run)
            return sub

        signal.add_signal(command)
        decide.add_decide(command)
        journal.add_journal(command)
        options = parser.parse_args(argv)
        code: int = options.run(options, self.company, as_of, today)
        return code

    def show(self, frame: pd.DataFrame, _form: str) -> None:
        """Keeps what would be printed."""
        self.shown = frame

    def opened(self, _company: Company, _today: date, anew: bool = False) -> Warehouse:
        """The company's warehouse, unless it is away."""
        if self.away:
            raise WarehouseError("the warehouse did not answer")
        return self.small.warehouse


@pytest.fixture(scope="module")
def usual(warehouse_of: WarehouseOf) -> Small:
    """The company whose commands these are."""
    return warehouse_of(company(USUAL, weeks=26), **SETTINGS)


@pytest.fixture
def line(usual: Small, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Line:
    """A command line with a journal of its own."""
    monkeypatch.setenv("GTM_JOURNAL", f"sqlite:///{tmp_path / 'kept.sqlite'}")
    line = Line(usual, usual.company, pd.DataFrame())
    monkeypatch.setattr(asking, "opened", line.opened)
    for commands in (signal, decide, journal):
        monkeypatch.setattr(commands, "show", line.show)
    return line


def test_refresh_prints_what_it_did(line: Line, capsys: pytest.CaptureFixture[str]) -> None:
    """The first refresh says what it asks for, when evidence starts and what it took; the second has nothing to do."""
    assert line("refresh") == 0
    assert bool(line.shown.loc[0, "done"]) is True
    said = capsys.readouterr().err
    assert "first connection" in said
    assert said.count("by industry, size: all weeks through") == 4
    took = re.search(r"(\d+) queries, which went through ([\d,]+) rows, ([\d,]+) rows came back in", said)
    assert took is not None
    assert all(int(number.replace(",", "")) > 0 for number in took.groups())
    assert line("refresh") == 0
    assert bool(line.shown.loc[0, "done"]) is False
    assert capsys.readouterr().err == ""


def test_signal_prints_the_verdict_and_every_segment(line: Line, capsys: pytest.CaptureFixture[str]) -> None:
    """The JSON has the verdict, its week, K and luck, and of every segment its keys in their order."""
    assert line("signal", "--format", "json") == 0
    said = json.loads(capsys.readouterr().out, parse_constant=lambda text: pytest.fail(text))
    assert list(said) == ["verdict", "as_of", "week", "k", "alpha", "luck", "reconstructed", "segments"]
    assert (said["k"], said["alpha"], said["luck"], said["reconstructed"]) == (6, 0.1, 0.1, False)
    assert said["verdict"]["kind"] in ("loose", "watch", "too_early", "emerging", "tighten")
    assert [list(row) for row in said["segments"]] == [list(SEGMENT.values())] * 6
    assert all(row["gates"] and row["metrics"] for row in said["segments"])


def test_signal_of_a_day_in_the_past_prints_what_was_known_then(
    line: Line, capsys: pytest.CaptureFixture[str]
) -> None:
    """--as-of prints the rows of the last week that was over then; of a week before all there is no verdict."""
    line("refresh", as_of=None)
    before = date(2026, 1, 14)
    assert line("signal", "--format", "json", as_of=before) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["as_of"], said["week"], said["reconstructed"]) == ("2026-01-14", "2026-01-05", True)
    assert line("signal", "--format", "json", as_of=date(2020, 1, 1)) == 0
    assert json.loads(capsys.readouterr().out) == {
        "verdict": None, "as_of": None, "week": None, "k": None, "alpha": None, "luck": None, "reconstructed": None,
        "segments": [],
    }


def test_signal_needs_only_the_journal(line: Line, capsys: pytest.CaptureFixture[str]) -> None:
    """While the warehouse is away the last verdict is printed, and a line says so."""
    line("signal", "--format", "json")
    first = capsys.readouterr().out
    line.away = True
    assert line("signal", "--format", "json", today=TODAY + 3 * WEEK) == 0
    printed = capsys.readouterr()
    assert printed.out == first
    assert printed.err == "gtm-metrics: the warehouse did not answer; this is what the journal holds\n"


def test_the_history_has_one_row_a_week(line: Line) -> None:
    """--history prints every refreshed week once, oldest first, and says which were reconstructed."""
    assert line("signal", "--history") == 0
    weeks = line.shown["week"]
    assert list(weeks) == list(pd.date_range(weeks.iloc[0], weeks.iloc[-1], freq="7D"))
    assert list(line.shown["reconstructed"]) == [True] * (len(weeks) - 1) + [False]


def test_a_decision_is_written_and_printed(line: Line) -> None:
    """decide writes the decision, and journal prints it."""
    line("refresh")
    asked = ("--dimension", "industry", "--segment", "Schools", "--why", "it leads", "--who", "Ada")
    assert line("decide", "tighten", *asked, "--review", "2026-12-01", today=date(2026, 6, 3)) == 0
    assert list(line.shown["segment"]) == ["Schools"]
    for what, rows in (("decisions", 1), ("segments", 6), ("restatements", 0), ("audit", 3)):
        assert line("journal", what) == 0
        assert len(line.shown) == rows


def test_a_pin_that_is_no_segment_is_told(line: Line, capsys: pytest.CaptureFixture[str]) -> None:
    """A pin beside the segments that are judged may be new, or a slip of the pen: it is kept, and told."""
    line("refresh")
    capsys.readouterr()
    asked = ("decide", "pin", "--dimension", "industry", "--why", "next door", "--who", "Ada", "--segment")
    assert line(*asked, "Shcools") == 0
    assert capsys.readouterr().err == (
        "gtm-metrics: 'Shcools' is no segment that is judged; industry has Banks, Clinics, Retail, Schools\n")
    assert line(*asked, "Schools") == 0
    assert capsys.readouterr().err == ""
    assert list(line.shown["segment"]) == ["Schools"]


def test_a_decision_is_of_today(line: Line) -> None:
    """A decision takes no day of the past, and none about a segment nobody judges."""
    with pytest.raises(Refused, match="takes no --as-of"):
        line("decide", "loose", "--why", "x", "--who", "Ada", as_of=date(2026, 1, 1))
    with pytest.raises(Refused, match="is not a segment that is judged"):
        line("decide", "tighten", "--dimension", "industry", "--segment", "Retail", "--why", "x", "--who", "Ada")


def test_where_nothing_is_watched_signal_says_so(line: Line, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a dimension to watch the exit code is 0, no segment is printed, and one line says why."""
    line.company = replace(line.company, dimensions=())
    assert line("signal") == 0
    assert line.shown.empty
    assert "nothing to judge: no dimension is watched" in capsys.readouterr().err
