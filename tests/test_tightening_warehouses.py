"""What stands behind tightening, asked of DuckDB and of PostgreSQL: the same answers, to the integer."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from tightened import tightened
from untidy import TODAY, untidy

from gtm_metrics.company import read_company
from gtm_metrics.sources import SHIPPED
from gtm_metrics.warehouse import connect
from gtm_metrics.warehouse.build import load_frames


@pytest.mark.xdist_group("one PostgreSQL")
def test_postgresql_answers_as_duckdb_does(server, tmp_path):
    """An untidy company, its ids such as sort by language: every measure here is the same from both warehouses."""
    (tmp_path / "gtm.toml").write_text("[segments]\nedges = {employees = [50, 200]}\n", encoding="utf-8")
    company, frames = read_company(tmp_path / "gtm.toml", {}), untidy(seed=1, rule=1, accounts=120)
    load_frames(frames, tmp_path / "it.duckdb", SHIPPED / "own", TODAY, {"employees"}, lambda said: None)
    embedded, stored = f"duckdb:///{tmp_path}/it.duckdb", server.create("tightening", frames)
    expected, found = (tightened(connect(replace(company, url=url), TODAY), company) for url in (embedded, stored))
    assert list(found) == list(expected)
    for about, frame in expected.items():
        pd.testing.assert_frame_equal(found[about], frame, obj=about)
    assert all(len(frame) > 0 for frame in expected.values())
