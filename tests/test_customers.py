"""What sets best and worst apart, on counts alone: known answers, and how often luck is told as a trait."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import false_discovery_control

from gtm_metrics import customers
from gtm_metrics.customers import FOUND, NOT_APART, READ, TOO_FEW
from gtm_metrics.estimates import corrected, exact_p

TIERS = ("best", "next best", "middle", "worst")


def counted(tiers: Any, **attributes: Any) -> pd.DataFrame:
    """The frame that `grouped` would give of customers of these tiers with these attributes, an array each."""
    rows = [("", "", tier, int((tiers == tier).sum())) for tier in TIERS]
    for name, held in attributes.items():
        codes, values = pd.factorize(held)
        place = np.array([TIERS.index(tier) for tier in tiers]) if tiers.dtype == object else tiers
        table = np.zeros((len(values), len(TIERS)), dtype=int)
        np.add.at(table, (codes, place), 1)
        rows += [(name, value, TIERS[j], int(table[i, j])) for i, value in enumerate(values) for j in range(len(TIERS))
                 if table[i, j]]
    frame = pd.DataFrame(rows, columns=["attribute", "value", "tier", "n"])
    return frame.assign(attribute_2="", value_2="")


def a_company(n: int) -> np.ndarray:
    """The tiers of n customers."""
    first, tenth = max(1, n // 100), n // 10
    return np.array(["best"] * first + ["next best"] * (tenth - first) + ["middle"] * (n - 2 * tenth)
                    + ["worst"] * tenth, dtype=object)


def test_p_is_fishers_doubled() -> None:
    """The lady who tastes tea names four of four cups: 1 in 70 (Fisher 1935), doubled for the other side."""
    assert exact_p(4, 4, 8, 4) == pytest.approx(2 / 70)
    assert exact_p(0, 4, 8, 4) == pytest.approx(2 / 70)
    assert exact_p(2, 4, 8, 4) == 1.0


def test_q_is_benjamini_hochbergs() -> None:
    """The fifteen p-values of Benjamini and Hochberg 1995, section 4.1: four are told at 0.05."""
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528,
         0.7590, 1.0000]
    q = corrected(p)
    assert int((q <= 0.05).sum()) == 4
    assert q[3] == pytest.approx(0.0095 * 15 / 4)
    assert q[[0, 5, 6, 14]] == pytest.approx([0.0015, 0.0298 * 15 / 7, 0.0298 * 15 / 7, 1.0])


def test_q_is_another_programs_to_the_bit() -> None:
    """Of a thousand chances, some alike, in a table of 40 by 25, SciPy says what we say; of none it says nothing."""
    p = np.random.default_rng(7).beta(0.3, 1, size=(40, 25)).round(3)
    assert np.array_equal(corrected(p).ravel(), false_discovery_control(p.ravel(), method="bh"))
    assert corrected([]).size == 0


def test_a_trait_of_the_best_is_found_with_its_lift() -> None:
    """400 customers, 40 of the best tenth, of whom 30 are red, as 60 of all are: five times as often as all."""
    tiers = a_company(400)
    red = np.array(["red"] * 30 + ["blue"] * 10 + ["red"] * 30 + ["blue"] * 330, dtype=object)
    other = np.array(["x", "y"] * 200, dtype=object)
    told = customers.traits(counted(tiers, colour=red, letter=other))
    row = told.iloc[0]
    assert (row["side"], row["value"], row["n"], row["in_tier"], row["tier_size"]) == ("best", "red", 60, 30, 40)
    assert row["lift"] == pytest.approx((30 / 40) / (60 / 400)) == 5.0
    assert row["low"] < 5.0 < row["high"]
    assert (row["status"], row["tried"]) == (FOUND, 8)
    assert set(told.loc[told["attribute"] == "letter", "status"]) == {NOT_APART}
    assert list(customers.shared(told, "best")["value"]) == ["red"]
    assert list(customers.shared(told, "worst")["value"]) == ["blue"]


def test_one_large_account_is_no_segment() -> None:
    """A value that a handful of customers has is not tried, though all of them are the best; its counts stay."""
    tiers = a_company(400)
    named = np.array(["whale"] * 11 + ["fish"] * 389, dtype=object)
    told = customers.traits(counted(tiers, kind=named)).set_index(["side", "value"])
    row = told.loc[("best", "whale")]
    assert (row["status"], row["n"], row["in_tier"]) == (TOO_FEW, 11, 11)
    assert row[["lift", "low", "high", "p", "q"]].isna().all()


def test_a_small_tier_is_read_and_not_compared() -> None:
    """119 customers have eleven in the best tenth: nothing is tried, nothing has a lift; with 120 it is."""
    for n, status, tried in ((119, READ, 0), (120, NOT_APART, 4)):
        told = customers.traits(counted(a_company(n), letter=np.array((["x", "y"] * 60)[:n], dtype=object)))
        assert set(told["status"]) == {status}
        assert set(told["tried"]) == {tried}


def test_what_is_not_set_is_no_trait() -> None:
    """Neither "(not set)" nor what every customer has is tried."""
    tiers = a_company(300)
    told = customers.traits(counted(tiers, gone=np.array(["(not set)", "a"] * 150, dtype=object),
                                    same=np.array(["one"] * 300, dtype=object)))
    assert set(told["value"]) == {"a"}


def test_luck_is_told_no_oftener_than_promised() -> None:
    """Traits dealt by lot to 500 customers, 200 times: in at most one company of ten is any of them told."""
    chance = np.random.default_rng(5)
    tiers = a_company(500)
    shares = {"industry": [0.4, 0.2, 0.15, 0.1, 0.08, 0.07], "size": [0.5, 0.3, 0.2], "region": [0.25] * 4,
              "tool": [0.3, 0.3, 0.2, 0.1, 0.1], "country": [0.1] * 10}
    place = np.array([TIERS.index(tier) for tier in tiers])
    wrong = 0
    for _ in range(200):
        rows = [("", "", tier, int((place == i).sum())) for i, tier in enumerate(TIERS)]
        for name, share in shares.items():
            table = np.zeros((len(share), 4), dtype=int)
            np.add.at(table, (chance.choice(len(share), 500, p=share), place), 1)
            rows += [(name, f"v{i}", TIERS[j], int(n)) for (i, j), n in np.ndenumerate(table) if n]
        frame = pd.DataFrame(rows, columns=["attribute", "value", "tier", "n"]).assign(attribute_2="", value_2="")
        wrong += bool((customers.traits(frame)["status"] == FOUND).any())
    assert wrong / 200 <= customers.Q


def test_small_but_loved_is_twice_the_share_and_no_claim() -> None:
    """A segment of 12 of whom 4 are of the best tenth is named; one of 40 or with one such customer is not."""
    tiers = a_company(400)
    held = np.array(["large"] * 20 + ["few"] * 4 + ["one"] + ["rest"] * 15 + ["few"] * 8 + ["one"] * 3 + ["large"] * 20
                    + ["rest"] * 329, dtype=object)
    frame = counted(tiers, kind=held)
    assert customers.small_but_loved(frame, ["kind"], 30) == [customers.Loved("kind", "few", 12, 4)]
    assert customers.small_but_loved(frame, ["other"], 30) == []


def test_what_the_first_hold() -> None:
    """Of 50 customers the best holds what one holds; the first 10 % are five; nothing paid has no share."""
    curve = pd.DataFrame({"order": "score", "percent": range(2, 101, 2), "n": 1, "mrr": [50.0, *[1.0] * 49]})
    one, five, ten = customers.held(curve, "score")
    assert (one.n, one.share) == (1, pytest.approx(50 / 99))
    assert (five.n, five.share) == (5, pytest.approx(54 / 99))
    assert ten.n == 10
    assert customers.held(curve.assign(mrr=0.0), "score")[0].share is None
    assert customers.held(curve, "mrr") == []


def test_where_the_best_came_from() -> None:
    """Counts and shares of each source, most frequent first, those that are not set last; few have no share."""
    tiers = a_company(400)
    source = np.array(["ad"] * 30 + ["(not set)"] * 10 + ["ad"] * 90 + ["friend"] * 270, dtype=object)
    told = customers.came_from(counted(tiers, source=source), "source")
    assert told.to_dict("records") == [
        {"value": "friend", "best": 0, "best_share": 0.0, "rest": 270, "rest_share": 0.75},
        {"value": "ad", "best": 30, "best_share": 0.75, "rest": 90, "rest_share": 0.25},
        {"value": "(not set)", "best": 10, "best_share": 0.25, "rest": 0, "rest_share": 0.0}]
    few = customers.came_from(counted(a_company(50), source=np.array(["a", "b"] * 25, dtype=object)), "source")
    assert few["best_share"].tolist() == [None, None]
