"""What a warehouse suggests for gtm.toml, and that the text is read back as it was meant."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from conftest import TODAY, WarehouseOf

from gtm_metrics.company import read_company
from gtm_metrics.proposal import LEAST_WINS, gtm_toml, proposed, settings_of, settings_with, weeks_for
from gtm_metrics.proposal.attributes import EDGES, readable_edges
from gtm_metrics.warehouse import connect


def accounts(**columns: list[object]) -> pd.DataFrame:
    """A hundred accounts with these attributes."""
    ids = [f"a{n:03}" for n in range(100)]
    return pd.DataFrame({"account_id": ids, "created_on": "2025-01-01", **columns})


def deals(won: int, days: int) -> pd.DataFrame:
    """Deals of as many accounts, each won so many days after it was opened."""
    opened = date(2026, 1, 5)
    return pd.DataFrame({
        "opportunity_id": [f"o{n}" for n in range(won)], "account_id": [f"a{n:03}" for n in range(won)],
        "created_at": opened.isoformat(), "closed_at": (opened + timedelta(days=days)).isoformat(), "outcome": "won",
    })


def test_attributes_with_few_common_values_are_proposed(warehouse_of: WarehouseOf) -> None:
    """Two to fifteen common values and few missing: a dimension. Names, one value, and what is mostly empty are not,
    each with the reason."""
    small = warehouse_of({"accounts": accounts(
        industry=["Retail"] * 60 + ["Banks"] * 38 + ["Farms", None],
        is_partner=["true"] * 30 + ["false"] * 70,
        slogan=[f"We do {n}" for n in range(100)],
        planet=["Earth"] * 100,
        empty_mostly=["x"] * 20 + ["y"] * 20 + [None] * 60,
        employees=[1 + 10 * n for n in range(100)],
        founded=[2001 + n % 20 for n in range(100)],
    )})
    found = proposed(small.warehouse, small.company)
    assert [a.name for a in found.dimensions] == ["industry", "employees", "is_partner"]
    industry = found.dimensions[0]
    assert (industry.values, industry.missing) == (("Retail", "Banks"), pytest.approx(0.01))
    assert found.edges == {"employees": (200.0, 500.0)}
    assert {a.name: a.why for a in found.attributes if a.why} == {
        "slogan": "100 different values", "planet": "nearly all accounts have 'Earth'",
        "empty_mostly": "60% of accounts have none",
        "founded": "no readable numbers cut it into bands of enough accounts"}


@pytest.mark.parametrize(("values", "edges"), [
    (range(1, 101), (20.0, 50.0)),
    ([1] * 50 + [1000] * 50, (1000.0,)),
    ([7] * 100, ()),
    ([], ()),
])
def test_numbers_are_cut_where_people_cut(values: list[int], edges: tuple[float, ...]) -> None:
    """Edges are 1, 2 and 5 of powers of ten near the quarters, and each band holds a twentieth at least."""
    found = readable_edges({edge: sum(v < edge for v in values) for edge in EDGES}, len(values))
    steps = [0, *(sum(v < e for v in values) for e in found), len(values)]
    assert all(b - a >= 0.05 * len(values) for a, b in pairwise(steps)) or not found
    assert set(found) <= set(EDGES)
    assert bool(found) == bool(edges)


@pytest.mark.parametrize(("days", "weeks"), [(1, 4), (28, 4), (29, 8), (91, 13), (92, 26), (365, 52), (900, 52)])
def test_m_is_rounded_up_to_a_span_that_people_know(days: float, weeks: int) -> None:
    """The 80th percentile of the won cycle, up to 4, 8, 13, 26 or 52 weeks."""
    assert weeks_for(days, LEAST_WINS).weeks == weeks


def test_m_comes_from_the_won_cycle(warehouse_of: WarehouseOf) -> None:
    """Forty deals each won in 60 days: 13 weeks; of fewer than twenty none is proposed, and why is said."""
    small = warehouse_of({"accounts": accounts(), "opportunities": deals(40, 60)})
    told = proposed(small.warehouse, small.company).won_in_time
    assert (told.weeks, told.days, told.won) == (13, 60.0, 40)
    few = warehouse_of({"accounts": accounts(), "opportunities": deals(19, 60)})
    told = proposed(few.warehouse, few.company).won_in_time
    assert (told.weeks, told.won, told.why) == (None, 19, "19 won deals in the last two years; it takes 20")
    bare = warehouse_of({"accounts": accounts()})
    assert proposed(bare.warehouse, bare.company).won_in_time.why.startswith("opportunities is not connected")


def test_a_written_gtm_toml_is_read_back_as_it_was_meant(tmp_path: Path) -> None:
    """Whatever a company has set, its settings written and read again are the same company; text with quotes, line
    ends and points in names too."""
    first = tmp_path / "gtm.toml"
    first.write_text('''
[warehouse]
url = "duckdb:///data/mine.duckdb"
layouts = ["fivetran_salesforce", "fivetran_stripe"]
schemas = {fivetran_stripe = "bill ing"}
columns = {"opportunity.loss_reason" = "why_c"}
words = {no_decision = ["did \\"nothing\\"", "a\\nb"]}
[segments]
dimensions = ["industry", "odd name"]
labels = {"odd name" = "It's \\u007f # odd"}
edges = {"odd name" = [0.5, 200, 5000000000]}
[signal]
dimensions = ["industry"]
thesis = {dimension = "industry", segment = "Banks"}
alpha = 0.05
theta = [0.1, 1.0]
[metrics]
won_in_time_weeks = 26
[display]
currency = "€"
account_url = "https://crm.example.com/{account_id}"
''', encoding="utf-8")
    company = read_company(first, {})
    second = tmp_path / "again.toml"
    notes = {"metrics.won_in_time_weeks": "a\nnote", "segments.edges": "cut here", "metrics.minimum_trials": "as usual"}
    second.write_text(gtm_toml(settings_of(company), notes, "Two\nlines"), encoding="utf-8")
    again = read_company(second, {})
    assert {**again.__dict__, "url_from": ""} == {**company.__dict__, "url_from": ""}
    with pytest.raises(KeyError, match="not a setting"):
        gtm_toml({"warehouse.urll": "x"})


def test_no_password_is_written(tmp_path: Path) -> None:
    """An address with a password, or from the environment, is left out of the proposal."""
    path = tmp_path / "gtm.toml"
    path.write_text('[warehouse]\nurl = "postgresql+psycopg://reader:secret@db/company"\n', encoding="utf-8")
    assert "secret" not in gtm_toml(settings_of(read_company(path, {})))
    elsewhere = read_company(path, {"GTM_WAREHOUSE": "postgresql+psycopg://reader:hidden@db/company"})
    assert "hidden" not in gtm_toml(settings_of(elsewhere))


def test_the_proposal_opens_the_warehouse(warehouse_of: WarehouseOf, tmp_path: Path) -> None:
    """What is proposed is read back without a complaint; what the company has named before stays as it is."""
    small = warehouse_of({"accounts": accounts(industry=["Retail", "Banks"] * 50), "opportunities": deals(40, 60)})
    found = proposed(small.warehouse, small.company)
    settings, notes = settings_with(settings_of(small.company), found)
    path = tmp_path / "gtm.toml"
    path.write_text(gtm_toml(settings, notes), encoding="utf-8")
    again = read_company(path, {})
    assert [d.name for d in again.dimensions] == ["industry"]
    assert again.won_in_time_weeks == 13
    assert "40 won deals were won within 60 days" in path.read_text(encoding="utf-8")
    kept, _ = settings_with({"segments.dimensions": ("region",)}, found)
    assert kept["segments.dimensions"] == ("region",)
    assert found.through is not None
    assert found.through <= TODAY


@pytest.mark.parametrize("kind", ["postgresql", "snowflake"])
def test_every_warehouse_suggests_the_same(request: pytest.FixtureRequest, kind: str,
                                           warehouse_of: WarehouseOf) -> None:
    """PostgreSQL and Snowflake lead to DuckDB's proposal, attribute by attribute."""
    frames = {"opportunities": deals(40, 60), "accounts": accounts(
        industry=["Retail", "Banks"] * 50, is_partner=[True] * 30 + [False] * 70, employees=range(1, 101))}
    small = warehouse_of(frames)
    if kind == "postgresql":
        url = request.getfixturevalue("server").create("proposal", frames)
    else:
        url = request.getfixturevalue("emulated").create("PROPOSAL", frames)
    there = connect(replace(small.company, url=url), TODAY)
    expected = proposed(small.warehouse, small.company)
    assert [a.name for a in expected.dimensions] == ["industry", "employees", "is_partner"]
    assert proposed(there, small.company) == expected
