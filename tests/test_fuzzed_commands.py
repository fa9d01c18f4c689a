"""Whatever is typed after gtm-metrics, it ends with 0, 1 or 2 and a sentence; never with a traceback."""

from __future__ import annotations

import argparse
import contextlib
import csv
import io
import json
import random
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from unittest import mock

import apps
import pytest

from gtm_metrics import cli, journal
from gtm_metrics.commands.decide import KINDS
from gtm_metrics.exports import defused

TIMES = 240
SEGMENT = ("--dimension=industry", "--segment=Retail")
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
NOT_RUN = ("demo", "deck")
"""They take seconds each, and have a test of their own."""
NASTY = (
    *apps.HOSTILE,
    "",
    " ",
    "-1",
    "0",
    "99999999999999999999999999",
    "1e309",
    "nan",
    "-inf",
    "٣",
    "9999-12-31",
    "3000-01-01",
    "0001-01-01",
    "2026-02-30",
    "2026-11-15",
    "'; drop table accounts; --",
    '" or 1=1 --',
    "%s%n{0}{}$(id)`id`",
    "a=b",
    "=",
    "industry=Retail",
    "\x1b[31mred\x07\x08",
    "two\r\nlines\u2028three",
    "x" * 10_000,
    "\udcff\udc80",
    "../../../../etc/passwd",
    "/dev/null/x",
    "postgresql://u:p@localhost:1/x",
    "none",
    "all",
)


@pytest.fixture
def typed_at(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> apps.App:
    """The small company with a journal and settings of its own, in a folder that is the working one."""
    app = apps.with_journal(apps.shared_folder(tmp_path_factory), "small", tmp_path / "own", ("industry",))
    here = tmp_path / "here" / "deep" / "down" / "far"
    here.mkdir(parents=True)
    monkeypatch.chdir(here)
    for name, value in app.environment.items():
        monkeypatch.setenv(name, value)
    journal.open_journal(app.journal).dispose()
    return app


def commands() -> Iterator[tuple[list[str], argparse.ArgumentParser]]:
    """Every command with its parser; one that has commands of its own comes once for each of them."""
    for words, parser in _below([], cli._parser()):
        if words[0] not in NOT_RUN:
            yield words, parser


def _below(words: list[str], parser: argparse.ArgumentParser) -> Iterator[tuple[list[str], argparse.ArgumentParser]]:
    inner = next((a for a in parser._actions if isinstance(a, argparse._SubParsersAction)), None)
    if inner is None:
        yield words, parser
        return
    for name, sub in inner.choices.items():
        yield from _below([*words, name], sub)


def typed(rng: random.Random, words: Sequence[str], parser: argparse.ArgumentParser) -> list[str]:
    """A line: what the command must have, and some of what it may, each with a value that fits or a nasty one."""

    def value(action: argparse.Action) -> str:
        fits = list(map(str, action.choices or ("industry", "3", "Retail", "2026-11-01")))
        return rng.choice(fits) if rng.random() < 0.5 else rng.choice(NASTY)

    line, kind = list(words), rng.choice(list(KINDS))
    options = [a for a in parser._actions if a.option_strings and a.dest not in ("help", "config", "json")]
    chosen = rng.sample(options, rng.randint(0, min(6, len(options))))
    if words == ["decide"]:
        line.append(kind)
        chosen = [a for a in options if a.dest in KINDS[kind].needs or (a in chosen and a.dest in KINDS[kind].takes)]
    for action in chosen:
        line += [f"{action.option_strings[-1]}={value(action)}"] if action.nargs != 0 else [action.option_strings[-1]]
    if words != ["decide"]:
        line += [value(action) for action in parser._actions if not action.option_strings]
    return line


def ran(line: Sequence[str]) -> tuple[int, str, str]:
    """(exit code, stdout, stderr) of a line in this process, through streams as strict as a terminal's."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8", "backslashreplace")
    nobody = mock.patch.object(sys, "stdin", io.StringIO())
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), nobody:
        try:
            code = cli.main(line)
        except SystemExit as left:
            code = int(left.code or 0)
        out.flush()
        err.flush()
    read = [stream.buffer.getvalue().decode() for stream in (out, err)]  # type: ignore[attr-defined]
    return code, read[0], read[1]


def kept(app: apps.App) -> tuple[bytes, tuple[Path, ...]]:
    """What no command here may change: the warehouse's bytes, and which files lie beside it."""
    file = Path(app.url.removeprefix("duckdb:///")).resolve()
    return file.read_bytes(), tuple(sorted(file.parent.glob(f"{file.name.split('.')[0]}*.duckdb")))


def test_every_command_answers_whatever_is_typed(typed_at: apps.App) -> None:
    """240 lines by chance, half of them decisions: each ends with 0, 1 or 2, trouble has its sentence, no terminal is
    sent a control character in it, and the warehouse is the same to the byte."""
    rng = random.Random(11)
    before = kept(typed_at)
    every = [(words, parser) for words, parser in commands() if words not in (["load"], ["decide"])]
    decide = next(each for each in commands() if each[0] == ["decide"])
    for number in range(TIMES):
        line = typed(rng, *(decide if number % 2 else every[number // 2 % len(every)]))
        code, _out, err = ran(line)
        assert code in (0, 1, 2), line
        assert (code == 0) or err.startswith("gtm-metrics"), line
        assert not CONTROL.search(err), line
    assert kept(typed_at) == before


@pytest.mark.parametrize("name", NOT_RUN)
def test_what_writes_files_answers_whatever_is_typed(typed_at: apps.App, name: str) -> None:
    """24 lines with an option that fits and others by chance, at least one of them nasty: each ends with 0, 1 or 2,
    trouble has its sentence, and the warehouse and its folder are what they were."""
    rng, before = random.Random(12), kept(typed_at)
    parser = next(parser for words, parser in _below([], cli._parser()) if words == [name])
    options = [a for a in parser._actions if a.option_strings and a.nargs != 0 and a.dest not in ("help", "config")]
    for number in range(24):
        nasty = rng.sample(options, rng.randint(1, 2))
        line = [name, *(f"{action.option_strings[-1]}={rng.choice(NASTY)}" for action in nasty)]
        fits = {"--out": ("board.pptx", "board.xlsx", "pictures")[number % 3], "--finding": "decided"}
        there = {action.option_strings[-1] for action in nasty}
        line += [f"{option}={value}" for option, value in fits.items() if name == "deck" and option not in there]
        code, _out, err = ran(line)
        assert code in (0, 1, 2), line
        assert code == 0 or err.startswith("gtm-metrics"), line
        assert not CONTROL.search(err), line
    assert kept(typed_at) == before


def test_a_load_of_what_is_no_folder_changes_nothing(typed_at: apps.App) -> None:
    """Every nasty text in place of the folder, and of the day: exit 1 or 2 with a sentence, the warehouse and what lies
    beside it the same to the byte."""
    before = kept(typed_at)
    lines = [*(("load", text) for text in NASTY), *(("load", ".", f"--as-of={text}") for text in NASTY)]
    for line in lines:
        code, out, err = ran(line)
        assert code in (1, 2), line
        assert (out, err.startswith("gtm-metrics")) == ("", True), line
        assert not CONTROL.search(err), line
    assert kept(typed_at) == before


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (("undo", "--number=99999999999999999999", "--why=x", "--who=x"), "a number of more than 64 bits"),
        (("judge", "--on=order", "--value=nan", "--why=x", "--who=x", *SEGMENT), "the place in the order is nan"),
        (("vote", "--function=sales", "--why=\udcff", "--who=x", *SEGMENT), "a text with half a letter in it"),
    ],
)
def test_what_the_journal_cannot_hold_is_refused(typed_at: apps.App, more: Sequence[str], says: str) -> None:
    """A number beyond 64 bits, one that is none, and bytes that are no text: exit 2 and a sentence."""
    code, out, err = ran(("decide", *more))
    assert (code, out) == (2, "")
    assert says in err


@pytest.mark.parametrize("day", ["0001-01-01", "1969-12-31", "3000-01-01", "9999-12-31"])
def test_a_day_before_or_after_all_weeks_is_refused(typed_at: apps.App, day: str) -> None:
    """Weeks are counted back and forth from the day asked for, so it lies within what a calendar holds."""
    code, _out, err = ran(("funnel", f"--as-of={day}"))
    assert code == 2
    assert f"'{day}' is no day from 1970-01-01 to 2999-12-31" in err


TEXTS = (*apps.HOSTILE, "x" * 10_000, "'; drop table votes; --", "\x1b[31mred\x07", "a\r\nb\u2028c", "-1+1")


def test_a_reason_comes_back_as_it_was_typed(typed_at: apps.App) -> None:
    """Markup, formulas, SQL, control characters, turned writing and 10,000 characters: the same in JSON and in the
    journal's export, no formula in CSV, and nothing that acts on a terminal."""
    for number, text in enumerate(TEXTS):
        ran(("decide", "vote", "--function=sales", f"--why={text}", f"--who={number} {text}", *SEGMENT))
    votes = json.loads(ran(("journal", "votes", "--format=json"))[1])
    assert [vote["reasons"] for vote in votes] == list(TEXTS)
    assert [vote["person"] for vote in votes] == [f"{number} {text}" for number, text in enumerate(TEXTS)]
    exported = json.loads(ran(("journal", "export"))[1])
    assert [vote["reasons"] for vote in exported["tables"]["votes"]] == list(TEXTS)
    lines = list(csv.DictReader(io.StringIO(ran(("journal", "votes", "--format=csv"))[1], newline="")))
    assert [line["reasons"] for line in lines] == [defused(text) for text in TEXTS]
    table = ran(("journal", "votes"))[1]
    assert len(table.splitlines()) == len(TEXTS) + 1
    assert not CONTROL.search(table)
    assert "\u202e" not in table
