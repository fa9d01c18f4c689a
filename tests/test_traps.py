"""Traps of outreach, weeks and deals, each with the few rows that spring it, through load, connect and tally.

The tables in a docstring are what the test runs on: conftest.py loads those of all tests of a module at once, and
`told` sees the rows of its own test. An empty cell is null.
"""

from __future__ import annotations

from datetime import date

import pytest

pytestmark = pytest.mark.xdist_group("traps")


def test_fan_out(told):
    """An account with many touches, deals and subscriptions is multiplied by none of them.

    touches       | account | sent_at          | replied_at
                  | a       | 2025-01-06 09:00 |
                  | a       | 2025-01-08 09:00 | 2025-01-09 10:00
                  | a       | 2025-01-10 09:00 | 2025-01-11 10:00
    opportunities | account | created_at       | closed_at  | outcome
                  | a       | 2025-01-15       | 2025-01-30 | won
                  | a       | 2025-01-16       | 2025-01-31 | lost
    subscriptions | account | started_on       | ended_on
                  | a       | 2025-02-03       | 2025-02-17
                  | a       | 2025-02-03       | 2025-02-17
                  | a       | 2025-02-10       | 2025-02-12
    """
    assert told("response_rate") == (1, 1)
    assert told("close_rate") == (2, 1)
    assert told("won_in_time") == (2, 1)
    assert told.by("churn", "week") == {"2025-02-03": (1, 0), "2025-02-10": (1, 0), "2025-02-17": (1, 1)}


def test_unripe_weeks(told):
    """A week counts once its Sunday and 21 days have passed, as a whole: not a day earlier, not in part.

    touches | account | sent_at          | replied_at
            | early   | 2026-06-01 09:00 | 2026-06-02 09:00
            | late    | 2026-06-07 09:00 |
            | unripe  | 2026-06-08 09:00 | 2026-06-09 09:00
    """
    assert told("response_rate", as_of=date(2026, 6, 27)) == (0, 0)
    assert told("response_rate", as_of=date(2026, 6, 28)) == (2, 1)
    waiting = told.tally("response_rate", as_of=date(2026, 6, 28)).waiting
    assert (waiting["trials"].sum(), waiting["successes"].sum()) == (1, 1)


def test_the_running_week(told):
    """A week that has not ended is waiting, even where a metric needs no time to ripen.

    opportunities | account | created_at | closed_at        | outcome
                  | a       | 2026-06-01 | 2026-06-22       | won
                  | a       | 2026-06-01 | 2026-06-28 23:30 | lost
    """
    assert told("close_rate", as_of=date(2026, 6, 27)) == (0, 0)
    assert told.tally("close_rate", as_of=date(2026, 6, 27)).waiting["trials"].sum() == 1
    assert told("close_rate", as_of=date(2026, 6, 28)) == (2, 1)


def test_sunday_2330(told):
    """Sunday 23:30 UTC belongs to the week that ends, whatever offset the instant is written with.

    touches | account | sent_at
            | utc     | 2025-03-09 23:30
            | zulu    | 2025-03-09T23:30:00Z
            | east    | 2025-03-10 00:30+02:00
            | evening | 2025-03-09 23:30+02:00
            | west    | 2025-03-09 23:30-02:00
            | monday  | 2025-03-10 00:00
    """
    assert told.by("response_rate", "week") == {"2025-03-03": (4, 0), "2025-03-10": (2, 0)}


def test_offsets_in_a_file(warehouse_of, tmp_path):
    """A CSV file's "00:30+02:00" of a Monday is an instant of the Sunday before, and "23:30-02:00" of the Monday after.

    touches | account | sent_at                   | replied_at
            | a       | 2025-03-10T00:30:00+02:00 | 2025-03-31T01:00:00+02:00
            | b       | 2025-03-09 23:30:00-02:00 | 2025-04-01 01:00:00+02:00
    """
    (tmp_path / "accounts.csv").write_text("account_id\na\nb\n", encoding="utf-8")
    (tmp_path / "touches.csv").write_text(
        "touch_id,account_id,sent_at,replied_at\n"
        "1,a,2025-03-10T00:30:00+02:00,2025-03-31T01:00:00+02:00\n"
        "2,b,2025-03-09 23:30:00-02:00,2025-04-01 01:00:00+02:00\n", encoding="utf-8")
    frame = warehouse_of(tmp_path).tally("response_rate").frame
    counts = zip(frame["week"].dt.date, frame["trials"], frame["successes"], strict=True)
    # a was sent on Sunday 9 March and answered on its day 21, both in UTC; b on Monday 10 March, its day 21
    assert sorted(counts) == [(date(2025, 3, 3), 1, 1), (date(2025, 3, 10), 1, 1)]


def test_reply_on_a_later_touch(told):
    """The reply may sit on any outbound touch of the account, but not before the first one was sent.

    touches | account | sent_at          | replied_at       | direction
            | later   | 2025-01-06 09:00 |                  | outbound
            | later   | 2025-01-20 09:00 | 2025-01-22 09:00 |
            | before  | 2025-01-06 09:00 | 2025-01-06 08:59 |
            | at once | 2025-01-06 09:00 | 2025-01-06 09:00 |
    """
    assert told("response_rate") == (3, 2)
    replied = told.rows("response_rate")[["account_id", "successes"]].values
    assert dict(replied) == {"later": 1, "before": 0, "at once": 1}


def test_reply_on_day_21_and_22(told):
    """Day 21 counts to its last minute, by day; day 22 does not count.

    touches | account | sent_at          | replied_at
            | day 21  | 2025-01-06 00:00 | 2025-01-27 23:59
            | day 22  | 2025-01-06 23:59 | 2025-01-28 00:00
    """
    assert dict(told.rows("response_rate")[["account_id", "successes"]].values) == {"day 21": 1, "day 22": 0}


def test_sequence_gap_of_90_and_91(told):
    """A gap of 90 days goes on with the sequence, one of 91 starts another, by day and from the last touch.

    touches | account | sent_at
            | gap 90  | 2025-01-06 00:00
            | gap 90  | 2025-04-06 23:59
            | gap 91  | 2025-01-06 23:59
            | gap 91  | 2025-04-07 00:00
            | drip    | 2025-01-06 09:00
            | drip    | 2025-03-06 09:00
            | drip    | 2025-05-06 09:00
            | drip    | 2025-07-06 09:00
    """
    assert told.rows("response_rate")["account_id"].value_counts().to_dict() == {"gap 90": 1, "gap 91": 2, "drip": 1}


def test_gap_across_a_window(told):
    """A touch before the window still holds the sequence together: a window does not make a touch a first one.

    touches | account | sent_at
            | a       | 2026-03-30 09:00
            | a       | 2026-06-01 09:00
            | new     | 2026-06-02 09:00
    """
    assert told("response_rate", weeks=1) == (1, 0)
    assert told("response_rate", weeks=13) == (2, 0)


def test_paying_that_day(told):
    """Outreach to an account that pays that day is no trial; the first day no longer paid for is one again.

    touches       | account   | sent_at
                  | pays      | 2025-02-10 09:00
                  | starts    | 2025-02-10 09:00
                  | paid      | 2025-02-10 09:00
                  | will pay  | 2025-02-10 09:00
                  | free plan | 2025-02-10 09:00
    subscriptions | account   | started_on | ended_on   | mrr
                  | pays      | 2025-01-01 |            |
                  | starts    | 2025-02-10 | 2025-06-01 | 10
                  | paid      | 2025-01-01 | 2025-02-10 | 10
                  | will pay  | 2025-02-11 |            | 10
                  | free plan | 2025-01-01 |            | 0
    """
    assert set(told.rows("response_rate")["account_id"]) == {"paid", "will pay", "free plan"}


def test_inbound(told):
    """An inbound touch starts no sequence, holds none together, and is not a reply; nor is our reply to it.

    touches | account | sent_at          | direction | replied_at
            | came    | 2025-01-06 09:00 | inbound   | 2025-01-06 10:00
            | both    | 2025-01-06 09:00 | inbound   |
            | both    | 2025-01-08 09:00 | Outbound  |
            | both    | 2025-01-09 09:00 | inbound   | 2025-01-09 10:00
            | bridge  | 2025-01-06 09:00 | outbound  |
            | bridge  | 2025-03-06 09:00 | inbound   |
            | bridge  | 2025-04-20 09:00 | outbound  |
    """
    assert told.rows("response_rate")["account_id"].value_counts().to_dict() == {"both": 1, "bridge": 2}
    assert told("response_rate") == (3, 0)


def test_close_date_at_midnight_of_the_day_of_creation(told):
    """A close DATE at 00:00 on the afternoon it was created is an ordinary deal: days decide order, not instants.

    opportunities | opportunity | account | created_at       | closed_at  | outcome
                  | same day    | a       | 2025-03-10 15:00 | 2025-03-10 | won
    """
    assert told.table("opportunities", "opportunity_id", aside=True) == []
    assert told.by("close_rate", "week") == {"2025-03-10": (1, 1)}
    assert told.by("won_in_time", "week") == {"2025-03-10": (1, 1)}


def test_logged_late(told):
    """A deal closed on a day before its creation counts as created that day, once it is there to be known.

    opportunities | account | created_at       | closed_at  | outcome
                  | a       | 2025-03-20 09:00 | 2025-03-05 | won
    """
    assert told.by("won_in_time", "week") == {"2025-03-03": (1, 1)}
    assert told.by("close_rate", "week") == {"2025-03-03": (1, 1)}
    assert told("close_rate", as_of=date(2025, 3, 19)) == (0, 0)
    assert told("close_rate", as_of=date(2025, 3, 20)) == (1, 1)


def test_forecast_close_date(told):
    """A close date without an outcome is a forecast: the deal is open, whether the day has passed or not.

    opportunities | opportunity | account | created_at | closed_at  | outcome | competitor
                  | passed      | a       | 2025-01-06 | 2025-02-01 |         | Acme
                  | to come     | a       | 2025-01-06 | 2026-12-31 |         |
                  | won         | a       | 2025-01-06 | 2025-02-01 | won     |
    """
    assert told("close_rate") == (1, 1)
    assert told("won_in_time") == (3, 1)
    assert told.table("opportunities", "opportunity_id", "closed_at")[0] == ("passed", None)
    assert told.table("opportunities", "opportunity_id", aside=True) == []


def test_closing_after_as_of(told):
    """Who wins tomorrow is open today: outcome and competitor are known from the close date on.

    opportunities | account | created_at | closed_at        | outcome | competitor
                  | a       | 2025-01-06 | 2025-01-19 23:30 | won     | Acme
    """
    assert told("close_rate", as_of=date(2025, 1, 18)) == (0, 0)
    assert told.by("close_rate", "competitor", as_of=date(2025, 1, 19), splits=("competitor",)) == {"Acme": (1, 1)}


def test_won_in_91_and_92_days(told):
    """Won within 13 weeks is through day 91 after creation, by day.

    opportunities | opportunity | account | created_at       | closed_at        | outcome
                  | day 91      | a       | 2025-01-06 00:00 | 2025-04-07 23:59 | won
                  | day 92      | a       | 2025-01-06 23:59 | 2025-04-08 00:00 | won
                  | lost        | a       | 2025-01-06       | 2025-01-07       | lost
                  | open        | a       | 2025-01-06       |                  |
    """
    won = told.rows("won_in_time")[["row_id", "successes"]].values
    assert dict(won) == {"day 91": 1, "day 92": 0, "lost": 0, "open": 0}


def test_expansion_deals(told):
    """Only deals of type new are prospects; a type that is not recorded is new.

    opportunities | account | created_at | closed_at  | outcome     | type
                  | a       | 2025-01-06 | 2025-02-01 | won         | expansion
                  | a       | 2025-01-06 | 2025-02-01 | won         | renewal
                  | a       | 2025-01-06 | 2025-02-01 | No Decision | New
                  | a       | 2025-01-06 | 2025-02-01 | lost        |
    """
    assert told("close_rate") == (2, 0)
    assert told("won_in_time") == (2, 0)
    assert told.by("close_rate", "outcome", splits=("outcome",)) == {"lost": (1, 0), "no_decision": (1, 0)}


def test_stand_ins_to_their_last_day(told):
    """An opportunity by day 30 was reached, passing the stage by day 60 is advancing; a day later is neither.

    accounts      | account | created_on
                  | day 30  | 2025-01-06
                  | day 31  | 2025-01-06
                  | never   | 2025-01-06
                  | undated |
    opportunities | account | created_at       | advanced_at
                  | day 30  | 2025-02-05 23:59 | 2025-04-06 23:59
                  | day 31  | 2025-02-06 00:00 | 2025-04-08 00:00
                  | undated | 2025-01-06       |
    """
    reached = told.rows("reached_opportunity")[["account_id", "successes"]].values
    assert dict(reached) == {"day 30": 1, "day 31": 0, "never": 0}
    advanced = told.rows("advanced")[["account_id", "successes"]].values
    assert dict(advanced) == {"day 30": 1, "day 31": 0, "undated": 0}


def test_an_account_that_did_not_exist_yet(told):
    """What hangs on an account counts from the day the account entered the CRM.

    accounts | account | created_on
             | a       | 2025-02-10
    touches  | account | sent_at
             | a       | 2025-01-06 09:00
    """
    assert told("response_rate", as_of=date(2025, 2, 9)) == (0, 0)
    assert told("response_rate", as_of=date(2025, 2, 10)) == (1, 0)
