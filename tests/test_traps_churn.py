"""Traps of churn: subscriptions that overlap, adjoin or leave gaps, tenure by the calendar, ends that lie ahead."""

from __future__ import annotations

from datetime import date

import pytest

pytestmark = pytest.mark.xdist_group("traps")
BY_WEEK = ("week", "band", "age")


def test_overlapping_subscriptions(told):
    """Two subscriptions at once are one customer, who leaves when the last one ends, whichever began last.

    subscriptions | account | started_on | ended_on   | mrr
                  | a       | 2025-02-03 | 2025-03-03 | 10
                  | a       | 2025-02-10 | 2025-02-12 | 5
                  | a       | 2025-02-11 | 2025-02-20 | 5
    """
    weeks = told.by("churn", "week")
    assert weeks == {"2025-02-03": (1, 0), "2025-02-10": (1, 0), "2025-02-17": (1, 0), "2025-02-24": (1, 0),
                     "2025-03-03": (1, 1)}


def test_a_subscription_within_another(told):
    """An add-on that ended long ago ends nothing: the next one is compared with the longest still running.

    subscriptions | account | started_on | ended_on
                  | a       | 2025-02-03 | 2025-06-02
                  | a       | 2025-02-10 | 2025-02-12
                  | a       | 2025-04-07 | 2025-05-05
    """
    # 3 February to 2 June are the Mondays of 18 weeks
    assert told("churn") == (18, 1)
    assert told.rows("churn")["row_id"].nunique() == 1


def test_gap_of_0_30_and_31_days(told):
    """A gap of 30 days is no leaving, and the customer is at risk throughout; after 31 days a new spell begins.

    subscriptions | account | started_on | ended_on
                  | gap 0   | 2025-01-06 | 2025-03-03
                  | gap 0   | 2025-03-03 | 2025-04-07
                  | gap 30  | 2025-01-06 | 2025-03-03
                  | gap 30  | 2025-04-02 | 2025-04-07
                  | gap 31  | 2025-01-06 | 2025-03-03
                  | gap 31  | 2025-04-03 | 2025-04-07
    """
    pieces = told.rows("churn").groupby(["account_id", "at"])[["trials", "successes"]].sum()
    first, again = date(2025, 1, 6), date(2025, 4, 3)
    # 6 January to 7 April are the Mondays of 14 weeks; to 3 March 9, from 31 March to 7 April 2
    assert {(account, at.date()): tuple(counts) for (account, at), counts in
            zip(pieces.index, pieces.to_numpy().tolist(), strict=True)} == {
        ("gap 0", first): (14, 1), ("gap 30", first): (14, 1), ("gap 31", first): (9, 1), ("gap 31", again): (2, 1)}


def test_tenure_after_a_gap(told):
    """Tenure runs on over a gap of 30 days and begins at 0 again after a longer one.

    subscriptions | account | started_on | ended_on
                  | joined  | 2024-01-01 | 2024-06-03
                  | joined  | 2024-07-03 | 2024-07-03
                  | anew    | 2024-01-01 | 2024-06-02
                  | anew    | 2024-07-03 | 2024-07-03
    """
    left = told.rows("churn").query("successes == 1")[["account_id", "age", "band"]].values.tolist()
    assert sorted(left) == [["anew", 0, "0-3"], ["anew", 4, "4-11"], ["joined", 4, "4-11"]]
    assert told.by("churn", "age", keys=BY_WEEK, as_of=date(2024, 8, 31))[6] == (1, 1)


def test_renewal_is_counted_by_sunday(told):
    """A customer who leaves on the Tuesday before the first anniversary, a Thursday, left at the renewal.

    subscriptions | account | started_on | ended_on
                  | a       | 2024-03-13 | 2025-03-11
                  | stays   | 2024-03-13 |
    """
    weeks = told.by("churn", "week", "band", as_of=date(2025, 6, 30))
    assert weeks["2025-03-03", "4-11"] == (2, 0)
    assert weeks["2025-03-10", "renewal"] == (2, 1)
    # 13 April is the Sunday on which month 13 begins
    assert [w for w, band in weeks if band == "renewal"] == ["2025-03-10", "2025-03-17", "2025-03-24", "2025-03-31"]
    assert weeks["2025-04-07", "other"] == (1, 0)


def test_second_renewal(told):
    """Month 24 is a renewal again, month 25 is not.

    subscriptions | account | started_on
                  | a       | 2023-03-13
    """
    weeks = told.by("churn", "week", "age", "band", keys=BY_WEEK)
    assert ("2025-03-10", 24, "renewal") in weeks
    assert ("2025-03-03", 23, "other") in weeks
    assert ("2025-04-07", 25, "other") in weeks
    assert {band for _, age, band in weeks if age in (12, 24, 36)} == {"renewal"}


def test_month_end_clamp(told):
    """A month after 31 January is the last of February, and four months after it 31 May, not 28 May.

    subscriptions | account | started_on
                  | a       | 2025-01-31
    """
    first = {}
    for week, age in told.by("churn", "week", "age", keys=BY_WEEK):
        first.setdefault(age, week)
    # Sundays: 2 March is the first on or after 28 February, 1 June the first on or after 31 May
    assert (first[1], first[2], first[3], first[4]) == ("2025-02-24", "2025-03-31", "2025-04-28", "2025-05-26")


def test_leap_day(told):
    """A year after 29 February is 28 February: the renewal is in that week.

    subscriptions | account | started_on | ended_on
                  | a       | 2024-02-29 | 2025-02-28
    """
    assert told.by("churn", "week", "band")["2025-02-24", "renewal"] == (1, 1)


def test_scheduled_end(told):
    """An end that lies ahead is not churn: today the account is a customer, whatever the contract says.

    subscriptions | account | started_on | ended_on   | end_reason
                  | a       | 2026-05-04 | 2026-12-31 | too dear
    """
    assert told("churn") == (4, 0)
    assert told.tally("churn").waiting["successes"].sum() == 0
    assert told.tally("churn").waiting["trials"].sum() == 5


def test_end_known_from_its_day(told):
    """A customer who left is a customer on the day before.

    subscriptions | account | started_on | ended_on
                  | a       | 2025-02-03 | 2025-02-12
    """
    before, after = (told.tally("churn", as_of=date(2025, 2, d)).frame for d in (11, 12))
    assert before["trials"].tolist() == after["trials"].tolist() == [1, 1]
    assert (before["successes"].sum(), after["successes"].sum()) == (0, 1)


def test_churn_ripens_for_30_days(told):
    """A week is closed 30 days after its Sunday, when a pause can no longer turn out to be none.

    subscriptions | account | started_on | ended_on
                  | paused  | 2025-02-03 | 2025-02-09
                  | paused  | 2025-03-11 |
                  | left    | 2025-02-03 | 2025-02-09
    """
    assert told("churn", as_of=date(2025, 3, 10)) == (0, 0)
    assert told("churn", as_of=date(2025, 3, 11)) == (2, 1)


def test_the_running_week_keeps_its_customers(told):
    """Tenure that turns over between today and Sunday moves a customer to the next band, not out of the week.

    subscriptions | account | started_on
                  | a       | 2025-01-31
    """
    # Wednesday 28 May; month 4 begins on Saturday 31 May
    frame = told.tally("churn", as_of=date(2025, 5, 28)).frame
    assert frame["trials"].tolist() == [1] * 18
    assert frame["band"].tolist() == ["0-3"] * 17 + ["4-11"]


def test_a_day_of_paying(told):
    """A customer who pays from Sunday to Monday is at risk in both weeks; one who never paid a day is at risk in one.

    subscriptions | account | started_on | ended_on
                  | sunday  | 2025-02-09 | 2025-02-10
                  | nothing | 2025-02-09 | 2025-02-09
    """
    assert told.by("churn", "week") == {"2025-02-03": (2, 1), "2025-02-10": (1, 1)}


def test_free_and_unknown_money(told):
    """A free plan (mrr 0) is no customer; money that is not recorded is a customer all the same.

    subscriptions | account | started_on | ended_on   | mrr
                  | free    | 2025-02-03 | 2025-02-10 | 0
                  | unsaid  | 2025-02-03 | 2025-02-10 |
                  | grew    | 2025-01-06 | 2025-02-03 | 0.00
                  | grew    | 2025-02-03 | 2025-02-10 | 10
    """
    assert told.by("churn", "week") == {"2025-02-03": (2, 0), "2025-02-10": (2, 2)}
    assert told.table("subscriptions", "account_id", "set_aside", aside=True) == [("free", "free"), ("grew", "free")]
