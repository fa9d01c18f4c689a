"""gtm-metrics customers: rows with the names on the page, and what is refused."""

from __future__ import annotations

from pathlib import Path

import apps
import pytest
from commands import run

from gtm_metrics import customers, demo, journal
from gtm_metrics.measures import value

pytestmark = pytest.mark.xdist_group("pages customers")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the companies' warehouses lie."""
    return apps.shared_folder(tmp_path_factory)


def test_customers_are_the_first_and_the_last(folder: Path) -> None:
    """A row an account, best first, from either end; ids, names and every part, missing ones null."""
    app = apps.an_app(folder, "small")
    ran = run(app.url, "customers", "--limit", "3", "--format", "json", config=app.config)
    assert ran.code == 0
    n = ran.rows[0]["customers"]
    assert [row["place"] for row in ran.rows] == [1, 2, 3, n - 2, n - 1, n]
    assert list(ran.rows[0])[: len(value.LIST_COLUMNS)] == list(value.LIST_COLUMNS)
    assert list(ran.rows[0])[-2:] == ["as_of", "data_through"]
    assert ran.rows[0]["tier"] == "best"
    assert ran.rows[-1]["tier"] == "worst"
    assert ran.rows[0]["part_advocacy"] is None
    assert "engagement is left out: usage_weeks is not connected" in ran.err


def test_traits_are_rows(folder: Path) -> None:
    """--traits: every trait of a side with counts, lift, interval, p, q and how many were tried."""
    app = apps.an_app(folder, "winner")
    best = run(app.url, "customers", "--traits", "best", "--format", "json", config=app.config)
    assert (best.code, best.err) == (0, "")
    assert list(best.rows[0]) == [*customers.TRAIT_COLUMNS, "as_of", "data_through"]
    assert (best.rows[0]["attribute"], best.rows[0]["value"]) == demo.TRUTH["winner"].fond
    assert best.rows[0]["status"] == "found"
    assert {row["side"] for row in best.rows} == {"best"}
    pairs = run(app.url, "customers", "--traits", "worst", "--pairs", "--format", "json", config=app.config)
    assert all(row["attribute_2"] for row in pairs.rows)
    assert pairs.rows[0]["tried"] > best.rows[0]["tried"]


def test_the_seven_criteria_are_rows(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """--criteria: a row a sign with the counts of both sides; what people answered stands on each of its rows."""
    url = f"sqlite:///{tmp_path / 'journal.sqlite'}"
    monkeypatch.setenv("GTM_JOURNAL", url)
    engine = journal.open_journal(url)
    journal.answer(engine, "will advocate", "three gave talks", "Ada", apps.AS_OF)
    engine.dispose()
    app = apps.an_app(folder, "winner")
    ran = run(app.url, "customers", "--criteria", "profile", "--format", "json", config=app.config)
    assert ran.code == 0
    answered = ["answer", "answered_by", "answered_on"]
    assert list(ran.rows[0]) == [*customers.CRITERIA_COLUMNS, *answered, "of", "as_of", "data_through"]
    assert "nobody has kept a profile: Team is Operations; 75 customers beside 436" in ran.err
    rows = {row["sign"]: row for row in ran.rows}
    assert (rows["won_in_time"]["rest_n"], rows["won_in_time"]["n"]) == (436, 75)
    assert [rows[name]["answer"] for name in ("promoter", "referred", "grown")] == ["three gave talks"] * 2 + [None]
    assert rows["promoter"]["answered_on"] == apps.AS_OF.isoformat()
    small = apps.an_app(folder, "small")
    none = run(small.url, "customers", "--criteria", "profile", config=small.config)
    assert none.code == 2
    assert "there is no profile" in none.err
    best = run(small.url, "customers", "--criteria", "best", "--format", "json", config=small.config)
    assert {row["met"] for row in best.rows if row["status"] == "no_data"} == {None}
    assert (best.rows[0]["met"], best.rows[0]["n"], best.rows[0]["share"]) == (10, 10, None)


def test_without_subscriptions_nobody_is_listed(folder: Path) -> None:
    """Accounts alone: no row, the reason on stderr, and exit code 0."""
    app = apps.an_app(folder, "accounts only")
    for words in ((), ("--traits", "best")):
        ran = run(app.url, "customers", *words, "--format", "json", config=app.config)
        assert (ran.code, ran.rows) == (0, [])
        assert "nobody is scored: subscriptions is not connected" in ran.err
    for whose in ("profile", "best"):
        ran = run(app.url, "customers", "--criteria", whose, "--format", "json", config=app.config)
        assert ran.code == 0
        assert {row["status"] for row in ran.rows} == {"no_data"}


@pytest.mark.parametrize("words", [("--limit", "0"), ("--limit", "many"), ("--traits", "middle")])
def test_what_cannot_be_meant_is_refused(folder: Path, words: tuple[str, ...]) -> None:
    """A limit that is no number of accounts, a side that is none: exit code 2."""
    app = apps.an_app(folder, "small")
    assert run(app.url, "customers", *words, config=app.config).code == 2
