"""The customer value score on rows drawn by hand and on random companies: who is a customer, ranks, ties, tiers."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import random_companies as companies
from conftest import TODAY, Told
from hypothesis import given, settings
from hypothesis import strategies as st

from gtm_metrics import customers
from gtm_metrics.estimates import concordance
from gtm_metrics.measures import value
from gtm_metrics.measures.value.groups import readable
from gtm_metrics.question import Question

PARTS = tuple(part.name for part in value.PARTS)
EVERY_PART = tuple((name, float(place + 1)) for place, name in enumerate(PARTS))


def scored(small: Any, as_of: date = TODAY, weights: Any = None, scope: Any = ()) -> pd.DataFrame:
    """Every customer with its score, by account, read as a page never would."""
    company = small.company if weights is None else replace(small.company, weights=weights)
    question = Question(as_of, scope=scope)
    made = value.recipe(small.warehouse, company, question)
    query = value.scored(small.warehouse, company, question, made)
    return small.warehouse.read(query).set_index("account_id").sort_values("place")


def of(told: Told, *weighed: str, as_of: date = TODAY) -> pd.DataFrame:
    """The customers drawn in a test, scored by these parts alone (by the usual recipe where none is named)."""
    weights = tuple((name, 1.0 if name in weighed else 0.0) for name in PARTS) if weighed else None
    frame = scored(told.small, as_of, weights, (("trap", told.trap),))
    return frame.rename(index=lambda name: name.removeprefix(f"{told.trap}/"))


def test_a_customer_paid_within_24_months(told: Told) -> None:
    """Whoever paid on a day of the last 24 months is scored: one that ended on that very day two years ago is not.

    subscriptions | account | started_on | ended_on   | mrr
                  | gone    | 2023-01-01 | 2024-06-30 | 100
                  | last    | 2023-01-01 | 2024-07-01 | 100
                  | pays    | 2026-06-30 |            | 100
                  | later   | 2026-07-01 |            | 100
    """
    assert set(of(told, "retention").index) == {"last", "pays"}


def test_who_still_pays_stands_above_who_left(told: Told) -> None:
    """Retention: a customer of a month who pays ranks above one who left after years; then the longer stay.

    subscriptions | account | started_on | ended_on   | mrr
                  | years   | 2020-01-01 | 2026-01-01 | 100
                  | short   | 2025-12-01 | 2026-01-01 | 100
                  | month   | 2026-06-01 |            | 100
                  | two     | 2026-05-01 |            | 100
    """
    part = of(told, "retention")["part_retention"].to_dict()
    assert part == pytest.approx({"two": 1.0, "month": 2 / 3, "years": 1 / 3, "short": 0.0})


def test_those_alike_share_a_rank_and_ids_break_the_tie(told: Told) -> None:
    """Three who pay the same stand at the middle of their places; who is better placed follows the id's code points.

    subscriptions | account | started_on | mrr
                  | b       | 2025-01-01 | 100
                  | B       | 2025-01-01 | 100
                  | ä       | 2025-01-01 | 100
                  | more    | 2025-01-01 | 200
                  | less    | 2025-01-01 | 50
    """
    frame = of(told, "revenue")
    assert frame["part_revenue"].to_dict() == pytest.approx({"more": 1.0, "B": 0.5, "b": 0.5, "ä": 0.5, "less": 0.0})
    assert list(frame.index) == ["more", "B", "b", "ä", "less"]
    assert frame["tier"].to_dict() == {"more": "best", "B": "middle", "b": "middle", "ä": "middle", "less": "middle"}


def test_a_part_that_is_missing_rescales_the_weights(told: Told) -> None:
    """An account nobody asked is scored by what is known of it; one whose price is not on record has no revenue.

    subscriptions | account | started_on | mrr
                  | asked   | 2025-01-01 | 100
                  | not     | 2025-01-01 | 200
                  | price   | 2025-01-01 |
    nps_responses | account | answered_at | score | person_id
                  | asked   | 2025-02-01  | 3     | p
                  | asked   | 2025-03-01  | 9     | p
                  | price   | 2025-02-01  | 4     | q
    """
    frame = of(told, "advocacy", "revenue")
    assert frame["nps"].fillna(-1).to_dict() == {"asked": 9, "price": 4, "not": -1}
    assert frame["part_advocacy"].fillna(-1).to_dict() == {"asked": 1.0, "price": 0.0, "not": -1}
    assert frame["part_revenue"].fillna(-1).to_dict() == {"asked": 0.0, "price": -1, "not": 1.0}
    assert frame["score"].to_dict() == {"asked": 0.5, "price": 0.0, "not": 1.0}


def test_engagement_is_weeks_used_times_seats_active(told: Told) -> None:
    """Of the last 13 complete weeks two were used, by half of the seats; who never used is not known to use nothing.

    subscriptions | account | started_on | mrr
                  | used    | 2025-01-01 | 100
                  | before  | 2025-01-01 | 100
                  | never   | 2025-01-01 | 100
    usage_weeks   | account | week       | active_users | seats
                  | used    | 2026-06-15 | 4            | 10
                  | used    | 2026-06-22 | 6            | 10
                  | used    | 2026-03-16 | 10           | 10
                  | used    | 2026-06-29 | 10           | 10
                  | before  | 2025-06-02 | 9            | 10
    """
    frame = of(told, "engagement")
    assert frame["engagement"].to_dict() == pytest.approx({"used": 2 / 13 * 0.5, "before": 0.0})
    assert frame.loc["used", "weeks_used"] == 2


def test_support_and_effort_count_against(told: Told) -> None:
    """Fewer tickets a month and fewer touches and calls spent are better; both are out unless gtm.toml wants them.

    subscriptions | account | started_on | mrr
                  | quiet   | 2026-01-01 | 100
                  | loud    | 2026-01-01 | 100
    tickets       | account | opened_at
                  | loud    | 2026-02-01
                  | loud    | 2026-03-01
    opportunities | opportunity | account | created_at | closed_at  | outcome
                  | o1          | quiet   | 2025-11-03 | 2025-12-01 | won
                  | o2          | loud    | 2025-11-03 | 2025-12-01 | won
    touches       | account | sent_at
                  | loud    | 2025-11-01
                  | loud    | 2025-11-10
                  | quiet   | 2025-11-02
    """
    frame = of(told, "support", "effort")
    assert frame["effort"].to_dict() == {"quiet": 1, "loud": 2}
    assert frame.loc["loud", "tickets"] == pytest.approx(2 / (180 / (365.25 / 12)))
    assert frame["score"].to_dict() == {"quiet": 1.0, "loud": 0.0}
    assert "part_support" not in of(told)


def test_prices_in_several_currencies_leave_revenue_out(warehouse_of: Any) -> None:
    """They are never added: revenue is left out, with the accounts in each, and the other weights are rescaled."""
    accounts = pd.DataFrame({"account_id": ["a", "b", "c"]})
    paid = pd.DataFrame({"subscription_id": ["1", "2", "3"], "account_id": ["a", "b", "c"],
                         "started_on": ["2025-01-01"] * 3, "mrr": [1, 2, 3], "currency": ["eur", "USD", "EUR"]})
    small = warehouse_of({"accounts": accounts, "subscriptions": paid})
    made = value.recipe(small.warehouse, small.company, Question(TODAY))
    assert made.weights == {"retention": 1.0}
    assert "never added (EUR: 2 accounts, USD: 1 accounts)" in made.missing["revenue"]
    assert "usage_weeks is not connected" in made.missing["engagement"]
    grouped = value.grouped(small.warehouse, small.company, Question(TODAY))
    assert grouped.tiers == {"best": 1, "next best": 0, "middle": 2, "worst": 0}
    assert value.concentration(small.warehouse, small.company, Question(TODAY), made).empty


def test_without_subscriptions_there_is_no_customer(warehouse_of: Any) -> None:
    """Only accounts: nothing is scored, and what is missing is said."""
    small = warehouse_of({"accounts": pd.DataFrame({"account_id": ["a"], "created_on": ["2025-01-01"]})})
    grouped = value.grouped(small.warehouse, small.company, Question(TODAY))
    assert grouped.frame.empty
    assert "subscriptions is not connected" in grouped.missing


@pytest.mark.parametrize(("quarters", "edges"), [
    ([47.0, 163.0, 1234.0], (47, 160, 1200)), ([3.0, 3.0, 4.0], (3, 4)), ([0.0, 0.014, 0.0523], (0, 0.014, 0.052)),
    ([None, None, None], ())])
def test_numbers_are_cut_at_readable_quarters(quarters: list[Any], edges: tuple[float, ...]) -> None:
    """A number without edges of its own is cut at its quarters, rounded to two digits, each once."""
    assert readable(quarters) == pytest.approx(edges)


def test_every_figure_of_the_score_is_documented() -> None:
    """docs/customers.md has a row a figure: its part's setting, what it is called, what it is, what it needs."""
    page = (Path(__file__).parent.parent / "docs" / "customers.md").read_text(encoding="utf-8")
    rows = [line for line in page.split("## The seven")[0].splitlines() if line.startswith("|")][2:]
    figures = [(part, each) for part in value.PARTS for each in part.inputs]
    assert len(rows) == len(figures)
    for row, (part, each) in zip(rows, figures, strict=True):
        for told in (f"`value.{part.name}`", part.label, each.label, each.definition[1:], each.needs):
            assert told in row
    numbers = (f"fewer than {customers.LEAST} customers", f"fewer than {customers.READ_BELOW} accounts",
               f"at most {customers.Q:g}")
    assert all(told in " ".join(page.split()) for told in numbers)


POOL = 3


@cache
def company(seed: int) -> companies.Company:
    """A random company; of the last one rows are dirty."""
    return companies.a_company(random.Random(100 + seed), rule=1, accounts=60, dirty=seed == POOL - 1)


@pytest.fixture(scope="module")
def pool(warehouse_of: Any) -> list[Any]:
    """Their warehouses."""
    edges = {"segments": {"edges": {name: list(cuts) for name, cuts in companies.EDGES.items()}}}
    return [warehouse_of(companies.frames_of(company(seed)), companies.TODAY, **edges) for seed in range(POOL)]


@settings(max_examples=12, deadline=None, derandomize=True)
@given(seed=st.integers(0, POOL - 1), as_of=st.dates(date(2024, 3, 1), companies.TODAY),
       weights=st.lists(st.sampled_from([0.0, 0.5, 1.0, 7.0]), min_size=6, max_size=6).filter(any))
def test_the_laws_of_the_score(pool: list[Any], seed: int, as_of: date, weights: list[float]) -> None:
    """Ranks lie within 0 and 1; the score is their weighted mean, so it rises with each part; places follow the score,
    and tiers follow the places: they part the customers, the best 1 % at least one, the worst 10 %."""
    recipe = tuple(zip(PARTS, weights, strict=True))
    frame = scored(pool[seed], as_of, recipe)
    names = [name for name in PARTS if f"part_{name}" in frame]
    parts = frame[[f"part_{name}" for name in names]].astype(float)
    assert ((parts >= 0) & (parts <= 1)).where(parts.notna(), True).all().all()
    if frame.empty:
        return
    weighed = parts * [dict(recipe)[name] for name in names]
    over = parts.notna() @ pd.Series({f"part_{name}": dict(recipe)[name] for name in names}, dtype=float)
    assert frame["score"].astype(float).to_list() == pytest.approx((weighed.sum(axis=1) / over).to_list(), abs=2e-9)
    assert list(frame["place"]) == list(range(1, len(frame) + 1))
    assert frame["score"].is_monotonic_decreasing
    n = len(frame)
    told = frame["tier"].value_counts()
    first = max(1, n // 100) if n else 0
    assert told.get("best", 0) == first
    assert told.get("next best", 0) == max(0, n // 10 - first)
    assert told.get("worst", 0) == n // 10
    order = [value.TIERS.index(tier) for tier in frame["tier"]]
    assert order == sorted(order)


@settings(max_examples=4, deadline=None, derandomize=True)
@given(seed=st.integers(0, POOL - 1), as_of=st.dates(date(2024, 6, 1), companies.TODAY))
def test_groups_add_up_to_the_customers(pool: list[Any], seed: int, as_of: date) -> None:
    """Every attribute parts the customers of each tier, and so does every pair; lists hold the places they are of."""
    small, question = pool[seed], Question(as_of)
    single = value.grouped(small.warehouse, small.company, question)
    double = value.grouped(small.warehouse, small.company, question, pairs=True)
    for told in (single, double):
        sums = told.frame.groupby(["attribute", "attribute_2", "tier"])["n"].sum()
        for _, each in sums.groupby(level=[0, 1]):
            assert each.droplevel([0, 1]).to_dict() == {t: n for t, n in single.tiers.items() if n}
    frame = scored(small, as_of)
    assert sum(single.tiers.values()) + single.unscored == len(frame) + single.unscored
    assert single.tiers == {tier: int((frame["tier"] == tier).sum()) for tier in value.TIERS}
    curve = value.concentration(small.warehouse, small.company, question, single.recipe)
    if len(curve):
        for _, order in curve.groupby("order"):
            assert order["n"].sum() == len(frame)
            assert order["mrr"].sum() == pytest.approx(frame["mrr"].astype(float).sum())
    ends = value.ends(small.warehouse, small.company, question, single.recipe, 3, 2)
    wanted = sorted({*range(1, 4), len(frame) - 1, len(frame)} & set(frame["place"]))
    assert list(ends["place"]) == wanted


def test_customers_from_hell_are_worst_twice(warehouse_of: Any) -> None:
    """Only who is in the worst tenth of at least two of the four is named, with the numbers: here a deep discount and
    many tickets; a deep discount alone is not enough, and nobody is marked by what is not connected."""
    ids = [f"c{n:02}" for n in range(20)]
    paid = pd.DataFrame({"subscription_id": ids, "account_id": ids, "started_on": "2025-06-30", "mrr": 100})
    deals = pd.DataFrame({"opportunity_id": ids, "account_id": ids, "created_at": "2025-05-01",
                          "closed_at": "2025-06-01", "outcome": "won", "list_amount": 100,
                          "amount": [40, 50, *[99 - n for n in range(18)]]})
    asked = ["c00"] * 24 + [name for name in ids[2:] for _ in range(2)]
    tickets = pd.DataFrame({"ticket_id": range(len(asked)), "account_id": asked, "opened_at": "2026-01-05"})
    small = warehouse_of({"accounts": pd.DataFrame({"account_id": ids, "name": ids}), "subscriptions": paid,
                          "opportunities": deals, "tickets": tickets})
    found = value.from_hell(small.warehouse, small.company, Question(TODAY))
    assert list(found["account_id"]) == ["c00"]
    row = found.iloc[0]
    assert (row["discount"], row["marks"], row["in_all"], row["effort"]) == (0.6, 2, 1, None)
    assert row["tickets"] == pytest.approx(24 / (365 / (365.25 / 12)))


@settings(max_examples=6, deadline=None, derandomize=True)
@given(seed=st.integers(0, POOL - 1), as_of=st.dates(date(2025, 3, 1), companies.TODAY))
def test_the_back_test_is_what_every_pair_says(pool: list[Any], seed: int, as_of: date) -> None:
    """The concordance made of sums is the share of pairs, counted one by one, in which who stayed had scored higher."""
    small = pool[seed]
    tested = value.back_test(small.warehouse, small.company, Question(as_of))
    then = scored(small, tested.then)
    then = then[then["pays"] == 1]
    now = scored(small, as_of, (("retention", 1.0),))
    stays = then.index.isin(now[now["pays"] == 1].index)
    scores = then["score"].astype(float)
    pairs = [(a > b) + (a == b) / 2 for a in scores[stays] for b in scores[~stays]]
    assert (tested.stayed.n, tested.left.n) == (int(stays.sum()), int((~stays).sum()))
    found = concordance(tested.stayed, tested.left)
    if not pairs:
        assert found is None
        return
    assert found is not None
    assert found.estimate == pytest.approx(sum(pairs) / len(pairs), abs=1e-6)
    assert tested.left.total / tested.left.n == pytest.approx(found.estimate, abs=1e-6)
    assert 0 <= found.low <= found.estimate <= found.high <= 1
