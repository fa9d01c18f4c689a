"""Follow-on markets of the demo company: the ties that were planted give the order, and the command says so."""

from __future__ import annotations

from pathlib import Path

import apps
import numpy as np
import pandas as pd
import pytest
from commands import run

from gtm_metrics import demo, markets
from gtm_metrics.commands.markets import PINS
from gtm_metrics.company import read_company
from gtm_metrics.demo.words import REFERS_TO
from gtm_metrics.follow_on import follow_on
from gtm_metrics.question import Question
from gtm_metrics.warehouse import connect

pytestmark = pytest.mark.xdist_group("pages customers")

HEAD = "DTC e-commerce"
AS_OF = ("--as-of", apps.AS_OF.isoformat())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the companies' warehouses lie."""
    return apps.shared_folder(tmp_path_factory)


def test_the_command_prints_the_order_that_was_planted(folder: Path) -> None:
    """The signal's leader in front, then the markets its people talk to, the larger first: those of REFERS_TO."""
    app = apps.an_app(folder, "winner")
    ran = run(app.url, "markets", "--format", "json", config=app.config)
    assert ran.code == 0
    assert list(ran.rows[0]) == [*PINS, "answers", "dimension", "as_of", "data_through"]
    assert set(ran.rows[1]["answers"]) == set(markets.QUESTIONS)
    order = [row["segment"] for row in ran.rows if row["order"]]
    talks_to = sorted(REFERS_TO[HEAD], key=lambda name: -demo.INDUSTRIES[name])
    assert order[:2] == talks_to[:2]
    assert (ran.rows[0]["segment"], ran.rows[0]["status"], ran.rows[0]["position"]) == (HEAD, "head pin", 0)
    assert f"Finish {HEAD} first: " in ran.err
    assert f"Then {order[0]}" in ran.err
    assert "weak" not in ran.err


def test_the_six_answers_and_the_ties_are_rows(folder: Path) -> None:
    """--answers: every question of every pin; --ties: pairs by weight; in all formats."""
    app = apps.an_app(folder, "small")
    answers = run(app.url, "markets", "--answers", *AS_OF, "--format", "json", config=app.config)
    assert (answers.code, {row["question"] for row in answers.rows}) == (0, set(markets.QUESTIONS))
    unknown = {row["part"]: row["why"] for row in answers.rows if row["status"] == markets.UNKNOWN}
    assert unknown["inbound"] == "touches is not connected: the warehouse has no table touches"
    assert all(row["number"] is None for row in answers.rows if row["status"] == markets.UNKNOWN)
    ties = run(app.url, "markets", "--ties", *AS_OF, "--format", "json", config=app.config)
    assert (ties.code, ties.rows) == (0, [])
    for form in ("csv", "table"):
        assert run(app.url, "markets", *AS_OF, "--format", form, config=app.config).out.count("\n") >= 9


def test_before_there_are_accounts_there_is_no_market(folder: Path) -> None:
    """A day before the first account: no row, the reason on stderr, exit code 0; an unknown dimension is refused."""
    app = apps.an_app(folder, "small")
    ran = run(app.url, "markets", "--by", "industry", "--as-of", "2019-12-31", "--format", "json", config=app.config)
    assert (ran.code, ran.rows) == (0, [])
    assert "no account has a value of industry by 2019-12-31, so there is no market to look at" in ran.err
    refused = run(app.url, "markets", "--by", "planet", *AS_OF, config=app.config)
    assert refused.code == 2
    assert "'planet' is not a dimension" in refused.err


def test_nobody_outside_the_target_is_said_to_convert_where_nobody_does(folder: Path) -> None:
    """--demand: every other watched market of the head pin's dimension, quiet, with what its evidence would need."""
    app = apps.an_app(folder, "winner")
    ran = run(app.url, "markets", "--demand", "--format", "json", config=app.config)
    assert (ran.code, {row["state"] for row in ran.rows}) == (0, {markets.QUIET})
    assert {row["segment"] for row in ran.rows} == set(demo.INDUSTRIES) - {HEAD}
    assert all(0 < row["evidence"] < row["needed"] for row in ran.rows)
    assert "Outside the target no market converts better than the others beyond luck." in ran.err


def test_dealing_the_referrals_anew_makes_them_luck() -> None:
    """The demo's referrals as they were planted are told from luck for every seed; dealt anew they are not."""
    rng = np.random.default_rng(2)
    names = list(demo.INDUSTRIES)
    told, dealt = [], []
    for seed in (1, 2, 3):
        frames = demo.company("winner", seed)
        industry = dict(zip(frames["accounts"]["account_id"], frames["accounts"]["industry"], strict=True))
        ends = frames["referrals"][["referrer_account_id", "referred_account_id"]].map(industry.get)
        known = [(a, b) for a, b in ends.itertuples(index=False) if a in names and b in names]
        told.append(markets.luck(table(names, known), rng))
        anew = rng.permutation([b for _, b in known])
        dealt.append(markets.luck(table(names, [(a, str(b)) for (a, _), b in zip(known, anew, strict=True)]), rng))
    assert max(p for p in told if p is not None) < 0.01
    assert min(p for p in dealt if p is not None) > 0.05


def test_an_order_by_shuffled_ties_is_weak(folder: Path) -> None:
    """The demo's own counts with the referrals of the year dealt anew: in at most 1 of 10 deals the order is not said
    to be weak; as they were planted it holds."""
    app = apps.an_app(folder, "winner")
    company = read_company(app.config, {"GTM_WAREHOUSE": app.url})
    question = Question(apps.AS_OF, ("industry",), weeks=52)
    warehouse, told = connect(company, apps.AS_OF), markets.Said(tightened=("industry", HEAD))
    frames = dict(follow_on(warehouse, company, question, told).counted.frames)
    rng, names = np.random.default_rng(4), set(demo.INDUSTRIES)
    ties = frames["referrals"]
    across = ties["a"].isin(names) & ties["b"].isin(names) & (ties["a"] != ties["b"])
    pairs = ties[across].loc[ties[across].index.repeat(ties[across]["n"]), ["a", "b"]]

    def weak(referrals: pd.DataFrame) -> bool:
        asked = (frames | {"referrals": referrals}, {}, told, company.markets, rng)
        return markets.BY_LUCK in markets.alley(*asked, draws=20).weak

    assert not weak(ties)
    found = 0
    for _ in range(20):
        dealt = pairs.assign(b=rng.permutation(pairs["b"].to_numpy()))
        counts = dealt[dealt["a"] != dealt["b"]].value_counts(["a", "b"]).rename("n").reset_index()
        found += weak(pd.concat([ties[~across], counts], ignore_index=True))
    assert found >= 18


def table(names: list[str], pairs: list[tuple[str, str]]) -> np.ndarray:
    """How many referrals go from each to each."""
    counts = np.zeros((len(names), len(names)))
    for a, b in pairs:
        counts[names.index(a), names.index(b)] += 1
    return counts
