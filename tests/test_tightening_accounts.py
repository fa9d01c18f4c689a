"""Accounts by name behind a decision: those that carry a segment's lead, and the customers who could speak for us."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import pandas as pd
import pytest
import random_companies as companies

from gtm_metrics.measures import best_accounts, referenceable, tally_of_accounts, without
from gtm_metrics.metrics import METRICS
from gtm_metrics.question import Question
from gtm_metrics.tallies import tally

TODAY = date(2026, 6, 30)
SETTINGS = {"segments": {"dimensions": ["industry"]}}


def question(told, as_of: date = TODAY, **more: Any) -> Question:
    """A question about the accounts drawn in one test."""
    return Question(as_of, **{"by": ("industry",), "weeks": None, "scope": (("trap", told.trap),), **more})


def asked(told, measure, *more: Any, as_of: date = TODAY, window: Any = None, **options: Any) -> Any:
    """What a measure answers about the accounts drawn in one test, by industry."""
    ask = question(told, as_of, weeks=window)
    return measure(told.small.warehouse, told.small.company, ask, *more, **options)


def table(frame: pd.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    """Rows of a frame as plain tuples; ids as drawn, days as ISO dates."""
    def plain(value: Any) -> Any:
        if isinstance(value, pd.Timestamp):
            return value.date().isoformat()
        return value.rpartition("/")[2] if isinstance(value, str) else value
    return [tuple(plain(value) for value in row) for row in frame[list(columns)].itertuples(index=False)]


def test_the_best_accounts_have_the_largest_lead_over_the_rests_rate_of_the_same_week(told):
    """Week 1: the rest won 1 of 4, so a win there is worth 0.75 and two deals of one account 2 - 0.5; week 2: the rest
    won 1 of 2; in week 3 there is no rest, and a win there counts for nothing.

    accounts      | account | industry
                  | twice   | x
                  | early   | x
                  | later   | x
                  | alone   | x
                  | loser   | x
                  | r       | y
    opportunities | account | created_at | closed_at  | outcome
                  | twice   | 2026-05-01 | 2026-06-01 | won
                  | twice   | 2026-05-01 | 2026-06-01 | won
                  | early   | 2026-05-01 | 2026-06-02 | won
                  | loser   | 2026-05-01 | 2026-06-02 | lost
                  | r       | 2026-05-01 | 2026-06-02 | won
                  | r       | 2026-05-01 | 2026-06-02 | lost
                  | r       | 2026-05-01 | 2026-06-02 | lost
                  | r       | 2026-05-01 | 2026-06-02 | no_decision
                  | later   | 2026-05-01 | 2026-06-08 | won
                  | r       | 2026-05-01 | 2026-06-08 | won
                  | r       | 2026-05-01 | 2026-06-08 | lost
                  | alone   | 2026-05-01 | 2026-06-15 | won
    """
    small = told.small
    where = (small.warehouse, small.company, small.metric("close_rate"), question(told))
    found = best_accounts(*where, ("x",), 9)
    assert table(found, "account_id", "trials", "successes", "expected", "lead") == [
        ("twice", 2, 2, 0.5, 1.5), ("early", 1, 1, 0.25, 0.75), ("later", 1, 1, 0.5, 0.5)]
    assert best_accounts(*where, ("x",), 1)["account_id"].tolist() == [f"{told.trap}/twice"]
    # the other way round: beside x, which won 3 of 4 and 1 of 1, the one account of y has no lead
    assert best_accounts(*where, ("y",)).empty
    for wrong in ({"segment": ("x", "y")}, {"segment": ("x",), "limit": 0}):
        with pytest.raises(ValueError, match=r"does not name a segment|at least 1"):
            best_accounts(*where, **wrong)


def test_the_best_customers_are_those_that_stayed_where_others_left(told):
    """Churn is better when lower: in the one week in which one of two others left, staying is worth a half, whoever
    left then loses a half, and who was not a customer yet has nothing.

    accounts      | account | industry
                  | stayed  | x
                  | left    | x
                  | new     | x
                  | r       | y
                  | s       | y
    subscriptions | account | started_on | ended_on   | mrr
                  | stayed  | 2026-01-05 |            | 1
                  | left    | 2026-01-05 | 2026-03-04 | 1
                  | new     | 2026-03-09 |            | 1
                  | r       | 2026-01-05 | 2026-03-03 | 1
                  | s       | 2026-01-05 |            | 1
    """
    small = told.small
    found = best_accounts(small.warehouse, small.company, small.metric("churn"), question(told), ("x",))
    # as of 30 June churn counts weeks to that of 25 May, 21 from that of 5 January on
    assert table(found, "account_id", "trials", "successes", "expected", "lead") == [("stayed", 21, 0, 0.5, 0.5)]


def by_hand(counted: pd.DataFrame, each: pd.DataFrame, sign: int) -> dict[str, float]:
    """account -> lead, from a tally by segment, week and band and the same of single accounts of one segment."""
    segment = each["segment"].iloc[0]
    rest = counted[counted["segment"] != segment].groupby(["week", "band"])[["trials", "successes"]].sum()
    joined = each.merge(rest, on=["week", "band"], suffixes=("", "_rest"))
    lead = joined["successes"] - joined["trials"] * joined["successes_rest"] / joined["trials_rest"]
    return {str(name): sign * float(value) for name, value in lead.groupby(joined["account_id"]).sum().items()}


@pytest.fixture(scope="module")
def random_company() -> dict[str, pd.DataFrame]:
    """A company full of the distances at which a rule turns over."""
    return companies.frames_of(companies.a_company(random.Random(3), rule=1, accounts=160))


@pytest.fixture(scope="module")
def random_small(warehouse_of, random_company):
    """That company's warehouse; deals count as won in time within 4 weeks."""
    return warehouse_of(random_company, companies.TODAY, metrics={"won_in_time_weeks": 4})


@pytest.fixture(scope="module")
def gone(random_company) -> list[str]:
    """Accounts to take away; the settled ones stay, so that every metric stays connected."""
    return [str(name) for name in random_company["accounts"]["account_id"] if str(name).startswith("a1")]


@pytest.fixture(scope="module")
def smaller(warehouse_of, random_company, gone):
    """The same company, had these accounts never been there."""
    columns = {"referrals": "referrer_account_id"}
    fewer = {name: frame[~frame[columns.get(name, "account_id")].isin(gone)] for name, frame in random_company.items()}
    return warehouse_of(fewer, companies.TODAY, metrics={"won_in_time_weeks": 4})


@pytest.mark.parametrize("name", [metric.name for metric in METRICS])
def test_leads_are_what_the_tallies_say(random_small, name):
    """Of any company and metric: the query by account gives the leads that follow from the tally's own strata."""
    metric = random_small.metric(name)
    where = (random_small.warehouse, random_small.company, metric)
    ask = Question(companies.TODAY, ("industry",), weeks=None)
    counted = tally(*where, ask)
    accounts = sorted(random_small.rows(name, companies.TODAY, by=("industry",))["account_id"].unique())
    every = tally_of_accounts(*where, ask, accounts)
    closed = every[every["week"] <= pd.Timestamp(counted.last_week)]
    sign = 1 if metric.higher_is_better or metric.estimate == "calls" else -1
    ahead = 0
    for segment, each in closed.groupby("segment"):
        expected = {who: lead for who, lead in by_hand(counted.closed, each, sign).items() if lead > 1e-9}
        found = best_accounts(*where, ask, (segment,), 1000)
        assert dict(zip(found["account_id"], found["lead"], strict=True)) == pytest.approx(expected)
        assert found["lead"].tolist() == sorted(found["lead"], reverse=True)
        ahead += len(found)
    assert ahead > 3


@pytest.mark.parametrize("name", [metric.name for metric in METRICS])
def test_a_tally_without_accounts_is_that_of_a_company_without_them(random_small, smaller, gone, name):
    """Taking named accounts off a tally gives what the warehouse would have counted had they never been there."""
    metric = random_small.metric(name)
    for ask in (Question(companies.TODAY, weeks=26), Question(companies.TODAY, ("industry",), "region", None)):
        whole = tally(random_small.warehouse, random_small.company, metric, ask)
        named = tally_of_accounts(random_small.warehouse, random_small.company, metric, ask, gone)
        expected = tally(smaller.warehouse, smaller.company, metric, ask)
        found = without(whole, named)
        keys = [column for column in whole.frame if column not in ("metric", "trials", "successes")]
        pd.testing.assert_frame_equal(*(frame.sort_values(keys, ignore_index=True)[[*keys, "trials", "successes"]]
                                        for frame in (found.frame, expected.frame)))
    assert named["trials"].sum() > 10
    assert without(whole, named.iloc[:0]) is whole
    with pytest.raises(ValueError, match="different questions"):
        without(found, named)
    with pytest.raises(ValueError, match="is grouped by"):
        without(found, named.drop(columns="band"))


def test_customers_to_name_pay_for_a_year_are_happy_and_use_it(told):
    """Listed by score, then by whom they brought; not the unhappy (the latest answer a person counts), the idle, the
    new, nor who left; never asked and never seen using it stand last.

    accounts      | account | industry | name  | contact
                  | best    | x        | Best  | Ann
                  | brings  | x        | Brin  |
                  | quiet   | x        | Quiet |
                  | unhappy | x        |       |
                  | idle    | x        |       |
                  | new     | x        |       |
                  | gone    | x        |       |
                  | other   | y        |       |
    subscriptions | account | started_on | ended_on   | mrr | currency
                  | best    | 2024-01-01 |            | 100 | usd
                  | best    | 2025-01-01 |            | 50  | USD
                  | brings  | 2025-06-30 |            | 70  | USD
                  | brings  | 2025-06-30 |            | 70  | EUR
                  | quiet   | 2023-01-01 |            |     |
                  | unhappy | 2024-01-01 |            | 10  | USD
                  | idle    | 2024-01-01 |            | 10  | USD
                  | new     | 2025-07-01 |            | 10  | USD
                  | gone    | 2024-01-01 | 2026-06-30 | 10  | USD
                  | other   | 2024-01-01 |            | 10  | USD
    nps_responses | account | answered_at | score | person_id
                  | best    | 2025-01-01  | 2     | p
                  | best    | 2026-01-01  | 9     | p
                  | best    | 2026-01-01  | 10    | q
                  | brings  | 2026-01-01  | 9     | p
                  | unhappy | 2026-01-01  | 10    | p
                  | unhappy | 2026-02-01  | 7     | p
                  | idle    | 2026-01-01  | 10    | p
                  | new     | 2026-01-01  | 10    | p
    usage_weeks   | account | week       | active_users
                  | best    | 2026-03-30 | 1
                  | best    | 2026-04-06 | 1
                  | best    | 2026-04-13 | 1
                  | best    | 2026-04-20 | 1
                  | best    | 2026-04-27 | 1
                  | best    | 2026-05-04 | 1
                  | best    | 2026-05-11 | 1
                  | best    | 2026-05-18 | 0
                  | idle    | 2026-03-23 | 1
                  | idle    | 2026-04-06 | 1
                  | idle    | 2026-04-13 | 1
                  | idle    | 2026-04-20 | 1
                  | idle    | 2026-04-27 | 1
                  | idle    | 2026-05-04 | 1
                  | idle    | 2026-05-11 | 1
    referrals     | referrer_account_id | referred_account_id | referred_at
                  | brings              | other               | 2026-01-01
                  | brings              | new                 | 2026-07-01
    """
    found = asked(told, referenceable, ("x",))
    assert (found.in_all, dict(found.missing)) == (3, {})
    columns = ("account_id", "account", "contact", "segment", "since", "mrr", "currency", "score", "answers",
               "weeks_used", "referred")
    assert table(found.frame, *columns) == [
        ("best", "Best", "Ann", "x", "2024-01-01", 150.0, "USD", 9.5, 2, 7, 0),
        ("brings", "Brin", None, "x", "2025-06-30", None, None, 9.0, 1, None, 1),
        ("quiet", "Quiet", None, "x", "2023-01-01", None, None, None, None, None, 0)]
    first = asked(told, referenceable, None, 1)
    assert (table(first.frame, "account_id"), first.in_all) == ([("best",)], 4)
    # the day before, 'brings' had not paid for a year and 'gone' was a customer
    before = asked(told, referenceable, ("x",), as_of=date(2026, 6, 29))
    assert table(before.frame, "account_id") == [("best",), ("quiet",), ("gone",)]


def test_customers_to_name_need_only_subscriptions(warehouse_of):
    """Without scores, use and referrals everyone who has paid for a year is listed, the longest first; without
    subscriptions no one is, and that is said."""
    paid = pd.DataFrame({"subscription_id": ["s", "t"], "account_id": ["a", "b"],
                         "started_on": ["2025-02-01", "2025-01-01"], "mrr": [1, 1]})
    small = warehouse_of({"accounts": pd.DataFrame({"account_id": ["a", "b"]}), "subscriptions": paid})
    found = referenceable(small.warehouse, small.company, Question(TODAY))
    assert found.frame["account_id"].tolist() == ["b", "a"]
    assert set(found.missing) == {"nps_responses", "usage_weeks", "referrals"}
    assert found.frame[["score", "weeks_used", "referred"]].to_numpy().tolist() == [[None] * 3] * 2
    bare = warehouse_of({"accounts": pd.DataFrame({"account_id": ["a"]})})
    nobody = referenceable(bare.warehouse, bare.company, Question(TODAY))
    assert (len(nobody.frame), nobody.in_all, "subscriptions" in nobody.missing) == (0, 0, True)
