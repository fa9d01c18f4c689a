"""Layouts that a test writes, and what a load through them says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
from conftest import TODAY

from gtm_metrics.sources import Naming
from gtm_metrics.warehouse.build import load_frames

Make = Callable[..., Naming]
ACCOUNTS = """-- one row per company
-- reads: company(account_id = id, name ?, *)
select * from company
"""


def loaded(tmp_path: Path, naming: Naming, **frames: pd.DataFrame) -> tuple[dict[str, Any], Callable[[str], list[Any]]]:
    """The facts of a load, and how to ask what it wrote."""
    target = tmp_path / "made.duckdb"
    facts = load_frames(frames, target, naming, TODAY, set(), lambda _line: None)

    def rows(query: str) -> list[Any]:
        with duckdb.connect(str(target), read_only=True) as con:
            return con.execute(query).fetchall()

    return facts, rows
