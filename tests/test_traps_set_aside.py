"""Traps of untidy tables: every reason to set a row aside, and which of several copies is kept.

Read = used + set aside: what is not used is told by reason, never dropped.
"""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from gtm_metrics.sources import TABLES
from gtm_metrics.warehouse.clean import REASONS

pytestmark = pytest.mark.xdist_group("traps")


def aside(told, table, *columns):
    """The rows of a table that are set aside, with their reason."""
    return told.table(table, *columns, "set_aside", aside=True)


def test_copies(told):
    """Of the copies of a key the first over all columns is kept, nulls last; identical and conflicting count apart.

    touches | touch | account | sent_at    | channel | campaign
            | 1     | a       | 2025-01-07 | e-mail  | x
            | 1     | a       | 2025-01-06 | social  | x
            | 1     | a       | 2025-01-06 | social  | x
            | 2     | a       | 2025-01-06 |         | a
            | 2     | a       | 2025-01-06 | social  | z
            | 2     | a       | 2025-01-06 | social  |
    """
    assert told.table("touches", "touch_id", "channel", "campaign") == [("1", "social", "x"), ("2", "social", "z")]
    assert aside(told, "touches", "touch_id", "channel") == [
        ("1", "e-mail", "duplicate key, conflicting"),
        ("1", "social", "duplicate key, identical"),
        ("2", None, "duplicate key, conflicting"),
        ("2", "social", "duplicate key, conflicting"),
    ]


def test_copies_that_are_alike_but_not_like_the_kept_one(told):
    """A copy is identical when an earlier copy says the same, even where that one conflicts with the kept row.

    touches | touch | account | sent_at    | channel
            | 1     | a       | 2025-01-06 | call
            | 1     | a       | 2025-01-06 | social
            | 1     | a       | 2025-01-06 | social
    """
    assert aside(told, "touches", "touch_id", "channel") == [
        ("1", "social", "duplicate key, conflicting"), ("1", "social", "duplicate key, identical")]


def test_letters_are_compared_by_code_point(told):
    """Capitals come before small letters, and both before accents, in whatever language the server sorts.

    touches | touch | account | sent_at    | channel
            | 1     | a       | 2025-01-06 | ä
            | 1     | a       | 2025-01-06 | b
            | 1     | a       | 2025-01-06 | Z
    """
    assert told.table("touches", "touch_id", "channel") == [("1", "Z")]


def test_the_kept_copy_may_itself_be_unusable(told):
    """Which copy is kept is decided before anything else, so no copy is chosen for being convenient.

    accounts      | account
                  | b
    opportunities | opportunity | account | created_at
                  | o           | a       | 2025-01-06
                  | o           | b       | 2025-01-06
    """
    assert told.table("opportunities", "opportunity_id") == []
    assert aside(told, "opportunities", "account_id") == [
        ("a", "account unknown"), ("b", "duplicate key, conflicting")]


def test_copies_of_an_account(told):
    """An account that is there twice is one account with the attributes of the first copy; its rows count once.

    accounts | account | industry
             | a       | Software
             | a       | Health
             | a       |
    touches  | account | sent_at
             | a       | 2025-01-06
    """
    assert told.by("response_rate", "segment", by=("industry",)) == {"Health": (1, 0)}


def test_null_key(told):
    """A row without its id is set aside, however many there are; they are not copies of each other.

    touches | touch | account | sent_at    | replied_at
            |       | a       | 2025-01-06 |
            |       | a       | 2025-01-06 |
            | 1     | a       | 2025-01-06 | 2025-01-07
    """
    assert aside(told, "touches", "account_id") == [("a", "null key"), ("a", "null key")]
    assert told("response_rate") == (1, 1)


def test_a_key_of_several_columns(told):
    """Answers of unnamed people at the same instant are copies; at another instant, or of a named person, they are not.

    nps_responses | account | answered_at      | score | person_id
                  | a       | 2025-01-06 09:00 | 9     |
                  | a       | 2025-01-06 09:00 | 9     |
                  | a       | 2025-01-06 09:00 | 3     |
                  | a       | 2025-01-06 09:01 | 9     |
                  | a       | 2025-01-06 09:00 | 9     | p
    """
    assert told.table("nps_responses", "account_id", "score") == [("a", 3), ("a", 9), ("a", 9)]
    assert aside(told, "nps_responses", "account_id") == [
        ("a", "duplicate key, conflicting"), ("a", "duplicate key, identical")]


def test_account_unknown(told):
    """A row of an account that is not there, or of none, is set aside; a referral needs both.

    accounts  | account
              | a
    touches   | account | sent_at
              | a       | 2025-01-06
              | nobody  | 2025-01-06
              |         | 2025-01-06
    referrals | referrer_account | referred_account | referred_at
              | a                | nobody           | 2025-01-06
              | nobody           | a                | 2025-01-06
              | a                | a                | 2025-01-06
    """
    assert aside(told, "touches", "touch_id") == [("1", "account unknown"), ("2", "account unknown")]
    assert aside(told, "referrals", "referrer_account_id", "referred_account_id") == [
        ("a", "nobody", "account unknown"), ("nobody", "a", "account unknown")]


def test_ends_before_it_starts(told):
    """An end on an earlier day is a mistake; by day, so an end at 00:00 of the day it began is none.

    subscriptions | account | started_on | ended_on
                  | wrong   | 2025-02-10 | 2025-02-09
                  | a day   | 2025-02-10 | 2025-02-10
    tickets       | account | opened_at        | closed_at
                  | wrong   | 2025-02-10 00:00 | 2025-02-09 23:59
                  | a day   | 2025-02-10 15:00 | 2025-02-10
    """
    assert aside(told, "subscriptions", "account_id") == [("wrong", "ends before it starts")]
    assert aside(told, "tickets", "account_id") == [("wrong", "ends before it starts")]


def test_in_the_future_of_the_load(told):
    """What begins after the day of the load is set aside; the last minute of that day is not.

    accounts | account | created_on
             | a       | 2026-06-30
             | b       | 2026-07-01
    touches  | touch  | account | sent_at
             | tonight | a      | 2026-06-30 23:59
             | morning | a      | 2026-07-01 00:00
             | b's     | b      | 2026-06-30 09:00
    """
    assert aside(told, "accounts", "account_id") == [("b", "in the future of the load")]
    assert aside(told, "touches", "touch_id") == [
        ("b's", "account unknown"), ("morning", "in the future of the load")]


def test_outcome_without_closed_at(told):
    """A deal that is decided on no day is set aside, with its calls.

    opportunities | opportunity | account | created_at | outcome
                  | o           | a       | 2025-01-06 | won
    calls         | call | account | opportunity | held_at    | understood
                  | 1    | a       | o           | 2025-01-07 | true
    """
    assert aside(told, "opportunities", "opportunity_id") == [("o", "outcome without closed_at")]
    assert aside(told, "calls", "call_id") == [("1", "opportunity unknown")]


def test_call_without_opportunity(told):
    """A call of an account that has no deal is set aside; one whose deal is not there says so.

    calls         | call | account | opportunity | held_at
                  | 1    | a       |             | 2025-01-07
                  | 2    | a       | gone        | 2025-01-07
    opportunities | opportunity | account | created_at
                  | other       | b       | 2025-01-06
    """
    assert aside(told, "calls", "call_id") == [("1", "call without opportunity"), ("2", "opportunity unknown")]


def test_words_we_do_not_know(told):
    """Outcome, type and direction hold a few words, however they are cased or spaced; others are set aside.

    opportunities | opportunity | account | created_at | closed_at  | outcome     | type
                  | 1           | a       | 2025-01-06 | 2025-01-07 | No Decision | NEW
                  | 2           | a       | 2025-01-06 | 2025-01-07 | maybe       |
                  | 3           | a       | 2025-01-06 |            |             | upsell
    touches       | touch | account | sent_at    | direction
                  | 1     | a       | 2025-01-06 | Outbound
                  | 2     | a       | 2025-01-06 | sideways
    """
    assert told.table("opportunities", "opportunity_id", "outcome", "type") == [("1", "no_decision", "new")]
    assert aside(told, "opportunities", "opportunity_id") == [("2", "unknown outcome"), ("3", "unknown type")]
    assert aside(told, "touches", "touch_id") == [("2", "unknown direction")]


def test_what_cannot_be_read(told):
    """A required date that is none sets the row aside, missing or unreadable; an optional one is null and counted.

    touches | touch | account | sent_at    | replied_at
            | 1     | a       |            |
            | 2     | a       | yesterday  |
            | 3     | a       | 2025-01-06 | soon
    """
    assert aside(told, "touches", "touch_id") == [("1", "no sent_at"), ("2", "unreadable sent_at")]
    assert told("response_rate") == (1, 0)
    assert told.small.warehouse.relations["touches"].unreadable == {"replied_at": 1}


def test_score_out_of_range(told):
    """An answer to the 0-10 question lies from 0 to 10.

    nps_responses | account | answered_at      | score
                  | a       | 2025-01-06 09:00 | 0
                  | a       | 2025-01-06 09:01 | 10
                  | a       | 2025-01-06 09:02 | 11
                  | a       | 2025-01-06 09:03 | -1
    """
    reasons = {score: reason for _, score, reason in aside(told, "nps_responses", "account_id", "score")}
    assert reasons == {-1: "score out of range", 11: "score out of range"}


def test_free(told):
    """A subscription at nothing a month is no customer; one whose price is not recorded is.

    subscriptions | account | started_on | mrr
                  | free    | 2025-02-10 | 0.0
                  | unsaid  | 2025-02-10 |
    """
    assert aside(told, "subscriptions", "account_id") == [("free", "free")]


def test_read_is_used_and_set_aside(drawn_tables):
    """In every table the rows read are those used and those set aside, and each reason there is was met above."""
    connected = [r for r in drawn_tables.warehouse.relations.values() if r.status == "ok"]
    assert {r.table.name for r in connected} == set(TABLES) - {"usage_weeks"}
    for relation in connected:
        count = "select count(*) as n from {}." + relation.table.name
        used, unused = (drawn_tables.warehouse.read(sa.text(count.format(schema))).loc[0, "n"]
                        for schema in ("gtm", "aside"))
        assert (relation.rows_used, relation.rows_set_aside, relation.rows_read) == (used, unused, used + unused)
    assert set(REASONS) <= {reason for relation in connected for reason in relation.reasons}
