"""What the tests of the command line share: a command run in this process, and the stories' warehouses."""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
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


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="gtm-metrics-demos-")


@cache
def built(story: str) -> Ran:
    """What building the story's warehouse gave; it is built once a process."""
    return run(_file(story), "demo", "--story", story, "--as-of", AS_OF.isoformat(), "--format", "json")


def demo_of(story: str) -> Path:
    """The story's warehouse, through AS_OF."""
    assert built(story).code == 0
    return _file(story)


def _file(story: str) -> Path:
    return Path(_folder().name) / f"{story}.duckdb"
