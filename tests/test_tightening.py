"""What stands behind tightening: accounts left to win, where the work goes, overlap, and the pace of it all,
and who could speak for us."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest

from gtm_metrics.company import Refused
from gtm_metrics.measures import (
    INSIDE,
    REACH_COLUMNS,
    Rule,
    activity,
    dilution,
    left_to_win,
    overlap,
    overlaps,
    reach,
    referenceable,
    sums,
    worked_outside,
)
from gtm_metrics.question import ALL, Question
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


def test_an_account_left_to_win_never_paid_has_nothing_open_and_was_not_lost_lately(told):
    """Every account stands in one column: paid first, though it has an open deal too; a free plan is no payment; lost
    182 days ago is left again; no decision takes no one off, and is counted.

    accounts      | account  | industry
                  | paid     | x
                  | ex       | x
                  | won      | x
                  | free     | x
                  | open     | x
                  | upsell   | x
                  | lost     | x
                  | forgiven | x
                  | wavering | x
                  | fresh    | x
                  | other    | y
                  | unknown  |
    subscriptions | account  | started_on | ended_on   | mrr
                  | paid     | 2026-06-30 |            | 10
                  | ex       | 2024-01-01 | 2024-02-01 | 10
                  | free     | 2025-01-01 |            | 0
    opportunities | account  | created_at | closed_at  | outcome     | type
                  | paid     | 2026-06-01 |            |             |
                  | won      | 2026-06-01 | 2026-06-02 | won         |
                  | open     | 2026-06-01 |            |             |
                  | upsell   | 2026-06-01 |            |             | expansion
                  | lost     | 2025-11-01 | 2025-12-31 | lost        |
                  | forgiven | 2025-11-01 | 2025-12-30 | lost        |
                  | wavering | 2025-11-01 | 2026-06-01 | no_decision |
    """
    found = asked(told, left_to_win)
    assert (found.status, found.not_known, found.lost_since) == ("ok", (), date(2025, 12, 31))
    columns = ("segment", "accounts", "paid", "open_deal", "lost_lately", "on_list", "left", "no_decision_lately")
    assert table(found.frame, *columns) == [
        ("(not set)", 1, 0, 0, 0, 0, 1, 0), ("x", 10, 3, 2, 1, 0, 4, 1), ("y", 1, 0, 0, 0, 0, 1, 0)]
    # set apart by people: 'fresh' was left, 'paid' counts where it stood
    listed = asked(told, left_to_win, [f"{told.trap}/fresh", f"{told.trap}/paid", "nobody"])
    assert table(listed.frame, *columns)[1] == ("x", 10, 3, 2, 1, 1, 3, 1)


def test_accounts_left_are_those_that_were_left_on_the_day(told):
    """Asked as of an earlier day, what came after is not known: the deal was open, the customer not yet one.

    accounts      | account | industry | created_on
                  | a       | x        | 2026-01-01
                  | b       | x        | 2026-01-01
                  | late    | x        | 2026-06-15
    subscriptions | account | started_on | mrr
                  | a       | 2026-06-20   | 10
    opportunities | account | created_at | closed_at  | outcome
                  | b       | 2026-03-01 | 2026-06-10 | lost
    """
    columns = ("accounts", "paid", "open_deal", "lost_lately", "left")
    assert table(asked(told, left_to_win).frame, *columns) == [(3, 1, 0, 1, 1)]
    assert table(asked(told, left_to_win, as_of=date(2026, 6, 9)).frame, *columns) == [(2, 0, 1, 0, 1)]
    assert table(asked(told, left_to_win, as_of=date(2026, 2, 1)).frame, *columns) == [(2, 0, 0, 0, 2)]


def test_accounts_left_say_what_they_could_not_take_off(warehouse_of):
    """Without opportunities only who pays is taken off, and that is said; without both nothing is told at all."""
    accounts = pd.DataFrame({"account_id": ["a", "b"], "industry": ["x", "x"]})
    paid = pd.DataFrame({"subscription_id": ["s"], "account_id": ["a"], "started_on": ["2026-01-01"], "mrr": [1]})
    ask = Question(TODAY, ("industry",))
    small = warehouse_of({"accounts": accounts, "subscriptions": paid})
    found = left_to_win(small.warehouse, small.company, ask)
    assert found.frame[["accounts", "paid", "left"]].to_numpy().tolist() == [[2, 1, 1]]
    assert found.not_known == ("which deals are open or lost",)
    alone = warehouse_of({"accounts": accounts})
    nothing = left_to_win(alone.warehouse, alone.company, ask)
    assert (nothing.status, len(nothing.frame)) == ("not_connected", 0)
    assert nothing.why == "neither subscriptions nor opportunities.outcome is connected"
    with pytest.raises(Refused, match="not a dimension"):
        left_to_win(small.warehouse, small.company, Question(TODAY, ("colour",)))


def test_dilution_is_the_share_of_the_work_outside_a_segment(told):
    """Week by week the share of first touches, opened deals, their amounts and wins that went elsewhere, those not set
    included; a week without any has no share, inbound touches and expansions are not our work, and a touch that follows
    another within 90 days is no decision of its own. By name the accounts behind add up to the counts outside.

    accounts      | account | industry
                  | a       | x
                  | b       | y
                  | none    |
    touches       | account | sent_at          | direction
                  | a       | 2026-06-01 09:00 |
                  | a       | 2026-06-07 23:59 | outbound
                  | b       | 2026-06-03 09:00 | outbound
                  | none    | 2026-06-04 09:00 | outbound
                  | b       | 2026-06-05 09:00 | inbound
                  | b       | 2026-06-15 09:00 | outbound
                  | a       | 2026-06-29 09:00 | outbound
    opportunities | account | created_at | closed_at  | outcome | amount | type
                  | a       | 2026-06-02 | 2026-06-16 | won     | 300    |
                  | b       | 2026-06-03 |            |         | 100    |
                  | b       | 2026-06-04 |            |         |        |
                  | b       | 2026-06-04 | 2026-06-16 | won     | 900    | expansion
                  | b       | 2026-06-17 | 2026-06-16 | won     |        |
    """
    work = asked(told, activity)
    assert (dict(work.missing), work.first_day, work.last_day) == ({}, None, date(2026, 6, 28))
    found = dilution(work, ("x",))
    by_kind = {what: table(rows, "week", "total", "outside", "share") for what, rows in found.groupby("what")}
    # the window's four weeks; the touch of 29 June lies in a week that is not over
    assert by_kind["touches"] == [("2026-06-01", 3, 2, 2 / 3), ("2026-06-08", 0, 0, None), ("2026-06-15", 0, 0, None),
                                  ("2026-06-22", 0, 0, None)]
    # logged after the fact, the last deal was opened on the day it closed
    assert by_kind["opened"] == [("2026-06-01", 3, 2, 2 / 3), ("2026-06-08", 0, 0, None), ("2026-06-15", 1, 1, 1.0),
                                 ("2026-06-22", 0, 0, None)]
    assert by_kind["pipeline"][0] == ("2026-06-01", 400, 100, 0.25)
    assert by_kind["wins"][2] == ("2026-06-15", 2, 1, 0.5)
    assert list(by_kind) == ["opened", "pipeline", "touches", "wins"]
    with pytest.raises(ValueError, match="does not name a segment"):
        dilution(work, ("x", "y"))
    rules = (Rule("industry", ("x",)),)
    by_rules = dilution(asked(told, activity, rules), (INSIDE,))
    pd.testing.assert_frame_equal(by_rules, found)
    assert dilution(asked(told, activity, (Rule("industry", ("x", "y")),)), (INSIDE,))["outside"].sum() == 1
    behind = asked(told, worked_outside, rules)
    assert table(behind, "account_id", "segment", "touches", "opened", "pipeline", "wins", "last_on", "in_all") == [
        ("b", "y", 1, 3, 100.0, 1, "2026-06-16", 2), ("none", "(not set)", 1, 0, None, 0, "2026-06-04", 2)]
    kinds = {what: sum(rows["outside"]) for what, rows in found.groupby("what")}
    assert {what: behind[what].dropna().sum() for what in kinds} == kinds
    assert len(asked(told, worked_outside, rules, limit=1)) == 1
    with pytest.raises(ValueError, match="at least one"):
        asked(told, worked_outside, ())
    with pytest.raises(ValueError, match="at least 1"):
        asked(told, worked_outside, rules, limit=0)


def test_a_pipeline_in_two_currencies_is_not_added(told):
    """Amounts in dollars and euros: deals and wins are counted, the pipeline says why it is not.

    accounts      | account | industry
                  | a       | x
    opportunities | account | created_at | amount | currency
                  | a       | 2026-06-02 | 300    | USD
                  | a       | 2026-06-02 | 300    | eur
    """
    work = asked(told, activity)
    why = "amounts in several currencies are never added (EUR, USD)"
    assert (work.missing["pipeline"], work.currency) == (("not_measurable", why), None)
    assert set(dilution(work, ("x",))["what"]) == {"opened", "touches", "wins"}
    assert table(work.frame, "what", "segment", "n", "total") == [("opened", "x", 2, 2.0)]


def test_overlap_goes_both_ways(told):
    """Three of four accounts of x lie in EU, which has five: 75 % of the one and 60 % of the other.

    accounts | account | industry | region | pilot_size
             | a       | x        | EU     | s
             | b       | x        | EU     | s
             | c       | x        | EU     | s
             | d       | x        |        | s
             | e       | y        | EU     | m
             | f       | y        | EU     | m
             | g       | y        | US     | m
    """
    counts = asked(told, overlaps, ("region", "industry", "pilot_size"))
    assert counts.groupby(["segment", "dimension"])["accounts"].sum().to_dict() == {
        ("x", "region"): 4, ("x", "pilot_size"): 4, ("y", "region"): 3, ("y", "pilot_size"): 3}
    found = table(overlap(counts, "x"), "dimension", "value", "both", "accounts", "others", "of_segment", "of_other")
    assert found == [("region", "EU", 3, 4, 5, 0.75, 0.6), ("region", "(not set)", 1, 4, 1, 0.25, 1.0),
                     ("pilot_size", "s", 4, 4, 4, 1.0, 1.0)]
    assert len(overlap(counts, "z")) == 0
    small = told.small
    with pytest.raises(ValueError, match="of one dimension"):
        overlaps(small.warehouse, small.company, question(told, by=()), ("region",))


def test_reach_counts_what_is_left_beside_the_pace_of_the_work(told):
    """Over two weeks: two first touches are one a week, two decided deals 13 a quarter; a touch whose answer is still
    awaited counts, one of a week that is not over does not.

    accounts      | account | industry
                  | a       | x
                  | b       | x
                  | c       | y
                  | d       | y
                  | e       | y
    touches       | account | sent_at          | replied_at
                  | a       | 2026-06-15 09:00 | 2026-06-16 09:00
                  | c       | 2026-06-24 09:00 |
                  | d       | 2026-06-29 09:00 |
                  | e       | 2026-06-12 09:00 |
    opportunities | account | created_at | closed_at  | outcome | amount
                  | a       | 2026-06-01 | 2026-06-20 | won     | 500
                  | b       | 2026-06-01 | 2026-06-28 | lost    | 100
                  | c       | 2026-06-01 |            |         | 70
                  | d       | 2026-06-01 | 2026-06-29 | won     | 900
    """
    ask = question(told, weeks=2)
    small = told.small
    where = (small.warehouse, small.company)
    parts = (left_to_win(*where, ask), tally(*where, small.metric("response_rate"), ask),
             sums(*where, ask, "deals"), sums(*where, ask, "pipeline"))
    found = reach(*parts)
    assert (found.weeks, found.first_day, found.last_day) == (2, date(2026, 6, 15), date(2026, 6, 28))
    assert tuple(found.frame.columns) == REACH_COLUMNS
    columns = ("segment", "accounts", "left", "first_touches_a_week", "decided", "decided_a_quarter", "won_a_quarter",
               "won_amount", "open_deals", "open_pipeline")
    assert table(found.frame, *columns) == [
        (ALL, 5, 1, 1.0, 2, 13.0, 6.5, 500.0, 1, 70.0), ("x", 2, 0, 0.5, 2, 13.0, 6.5, 500.0, 0, 0.0),
        ("y", 3, 1, 0.5, 0, 0.0, 0.0, 0.0, 1, 70.0)]
    with pytest.raises(ValueError, match="different questions"):
        reach(*parts[:3], sums(*where, question(told, by=()), "pipeline"))
    with pytest.raises(ValueError, match="needs a window"):
        reach(*parts[:2], sums(*where, question(told), "deals"), parts[3])


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
