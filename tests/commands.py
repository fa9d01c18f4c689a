"""What the tests of the command line share: a command run in this process, and the stories' warehouses."""

from __future__ import annotations

import contextlib
import io
import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from gtm_metrics.cli import main

ROOT = Path(__file__).parent.parent
CONFIG = ROOT / "gtm.toml"
AS_OF = date(2025, 6, 29)
"""A Sunday that lies behind every clock these tests run by: what is due today differs from day to day."""

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


def one_line(text: str) -> str:
    """The text, which is one line that this program begins."""
    assert text.count("\n") == 1
    assert text.startswith("gtm-metrics")
    return text


@dataclass(frozen=True)
class Demos:
    """The stories' warehouses through AS_OF, each built by the command when it is first asked for."""

    folder: Path

    def __call__(self, story: str) -> Path:
        """The story's warehouse."""
        assert self.built(story).code == 0
        return self.folder / f"{story}.duckdb"

    def built(self, story: str) -> Ran:
        """What building it gave."""
        return _built(self.folder / f"{story}.duckdb", story)


@cache
def _built(target: Path, story: str) -> Ran:
    return run(target, "demo", "--story", story, "--as-of", AS_OF.isoformat(), "--format", "json")


def demos_in(base: Path) -> Demos:
    """The stories' warehouses of a test run, shared by the files that test the command line."""
    return Demos(base / "commands")
