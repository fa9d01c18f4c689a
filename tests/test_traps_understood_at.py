"""Traps of calls where only the deal says when the prospect understood (rule 2)."""

from __future__ import annotations

from datetime import date

import pytest

pytestmark = pytest.mark.xdist_group("traps")
METRIC = "calls_to_understanding"


def trials(told, **asked):
    """[call, call number, success], in the order held."""
    rows = told.rows(METRIC, **asked).sort_values(["at", "row_id"])
    return rows[["row_id", "age", "successes"]].values.tolist()


def test_the_last_call_before_understanding(told):
    """The success is the last call held on or before the day of understood_at; calls after it are no trials.

    opportunities | opportunity | account | created_at | understood_at
                  | o           | a       | 2025-01-06 | 2025-01-20 12:00
    calls         | call | account | opportunity | held_at
                  | 1    | a       | o           | 2025-01-07 09:00
                  | 2    | a       | o           | 2025-01-14 09:00
                  | 3    | a       | o           | 2025-01-21 00:00
    """
    assert trials(told) == [["1", 1, 0], ["2", 2, 1]]


def test_a_later_call_of_the_same_day(told):
    """A call in the evening of the day they understood is held on that day: it, the last one, is the success.

    opportunities | opportunity | account | created_at | understood_at
                  | o           | a       | 2025-01-06 | 2025-01-20 12:00
    calls         | call    | account | opportunity | held_at
                  | morning | a       | o           | 2025-01-20 09:00
                  | evening | a       | o           | 2025-01-20 23:30
    """
    assert trials(told) == [["morning", 1, 0], ["evening", 2, 1]]


def test_14_and_15_days(told):
    """A last call 14 days before understanding did it, one 15 days before did not, and still is a trial.

    opportunities | opportunity | account | created_at | understood_at
                  | 14          | a       | 2025-01-06 | 2025-01-21 23:59
                  | 15          | b       | 2025-01-06 | 2025-01-22 00:00
    calls         | call | account | opportunity | held_at
                  | 14   | a       | 14          | 2025-01-07 00:00
                  | 15   | b       | 15          | 2025-01-07 23:59
    """
    assert trials(told) == [["14", 1, 1], ["15", 1, 0]]


def test_understood_without_a_call(told):
    """A prospect who understood before the first call, or had none, makes no trial.

    opportunities | opportunity | account | created_at | understood_at
                  | before      | a       | 2025-01-06 | 2025-01-08
                  | no call     | b       | 2025-01-06 | 2025-01-08
    calls         | call | account | opportunity | held_at
                  | 1    | a       | before      | 2025-01-09
    """
    assert told(METRIC) == (0, 0)


def test_not_understood_yet(told):
    """A prospect who left or is still talking: every call is a trial, none a success.

    opportunities | opportunity | account | created_at | closed_at  | outcome
                  | left        | a       | 2025-01-06 | 2025-01-17 | no_decision
                  | talking     | b       | 2025-01-06 |            |
    calls         | call | account | opportunity | held_at
                  | 1    | a       | left        | 2025-01-07
                  | 2    | a       | left        | 2025-01-08
                  | 3    | b       | talking     | 2025-01-09
    """
    assert trials(told) == [["1", 1, 0], ["2", 2, 0], ["3", 1, 0]]


def test_understanding_is_known_from_its_day(told):
    """Before the day of understood_at the call has not done it; from that day on it has.

    opportunities | opportunity | account | created_at | understood_at
                  | o           | a       | 2025-01-06 | 2025-01-27 08:00
    calls         | call | account | opportunity | held_at
                  | 1    | a       | o           | 2025-01-16
                  | 2    | a       | o           | 2025-01-28
    """
    frame = told.tally(METRIC, as_of=date(2025, 1, 26)).frame
    assert frame["successes"].tolist() == [0]
    frame = told.tally(METRIC, as_of=date(2025, 1, 28)).frame
    assert (frame["trials"].tolist(), frame["successes"].tolist()) == ([1], [1])


def test_split_by_the_deal(told):
    """A call is split by its deal's source and seller, whichever call of the deal it is.

    opportunities | opportunity | account | created_at | understood_at | lead_source | owner_id
                  | o           | a       | 2025-01-06 | 2025-01-09    | Referral    | ann
    calls         | call | account | opportunity | held_at
                  | 1    | a       | o           | 2025-01-07
                  | 2    | a       | o           | 2025-01-08
    """
    splits = ("lead_source", "owner_id")
    assert told.by(METRIC, *splits, splits=splits) == {("Referral", "ann"): (2, 1)}
