"""What a load works out once gives every count that the tables themselves give, whatever the day asked about."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from gtm_metrics import demo
from gtm_metrics.company import read_company
from gtm_metrics.measures import counted_apart
from gtm_metrics.metrics import metric_named
from gtm_metrics.question import Question
from gtm_metrics.sources import SHIPPED
from gtm_metrics.tallies import prepared, rows, tally
from gtm_metrics.tallies.trials import STARTS
from gtm_metrics.warehouse import Warehouse, connect
from gtm_metrics.warehouse.build import load_frames

AS_OF = date(2026, 6, 28)
RESPONSE = metric_named("response_rate")


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Warehouse, Warehouse]:
    """One company loaded twice: with what is worked out beforehand, and without."""
    folder = tmp_path_factory.mktemp("prepared")
    frames = demo.company("young", 3, AS_OF)
    found = []
    for name, prepare in (("with", {"prepare": prepared}), ("without", {})):
        target = folder / f"{name}.duckdb"
        load_frames(frames, target, SHIPPED / "own", AS_OF, {"employees"}, lambda _line: None, **prepare)
        company = read_company(folder / "gtm.toml", {"GTM_WAREHOUSE": f"duckdb:///{target}"})
        found.append(connect(company, AS_OF))
    return found[0], found[1]


@pytest.mark.parametrize("weeks", [None, 5])
@pytest.mark.parametrize("days_ago", [0, 9, 30, 55])
def test_prepared_starts_give_the_tables_counts(
    both: tuple[Warehouse, Warehouse], days_ago: int, weeks: int | None, tmp_path: Path
) -> None:
    """Tally, rows behind it and what is counted apart are those of a warehouse that prepared nothing."""
    assert [STARTS in each.prepared for each in both] == [True, False]
    company = read_company(tmp_path / "gtm.toml", {})
    question = Question(AS_OF - timedelta(days=days_ago), ("industry",), weeks=weeks)
    counted = [tally(each, company, RESPONSE, question).frame.sort_values(["segment", "week"]) for each in both]
    assert counted[0]["trials"].sum() > 0
    assert counted[0].reset_index(drop=True).equals(counted[1].reset_index(drop=True))
    behind = [rows(each, company, RESPONSE, question, (), 10_000) for each in both]
    assert len(behind[0]) > 0
    assert behind[0].equals(behind[1])
    apart = [counted_apart(each, company, RESPONSE, question) for each in both]
    assert apart[0].equals(apart[1])


def test_a_company_without_touches_prepares_nothing(tmp_path: Path) -> None:
    """Where no touches were loaded there is no table of starts, and the load goes through."""
    frames = {"accounts": demo.company("young", 3, AS_OF)["accounts"]}
    target = tmp_path / "x.duckdb"
    load_frames(frames, target, SHIPPED / "own", AS_OF, {"employees"}, lambda _line: None, prepared)
    company = read_company(tmp_path / "gtm.toml", {"GTM_WAREHOUSE": f"duckdb:///{target}"})
    assert connect(company, AS_OF).prepared == frozenset()
