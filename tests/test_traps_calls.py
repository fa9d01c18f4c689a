"""Traps of calls where each call records whether the prospect understood (rule 1), and whose call a call is."""

from __future__ import annotations

from datetime import date

import pytest

pytestmark = pytest.mark.xdist_group("traps")
METRIC = "calls_to_understanding"


def trials(told, **asked):
    """[call, call number, success], in the order held."""
    rows = told.rows(METRIC, **asked).sort_values(["at", "row_id"])
    return rows[["row_id", "age", "successes"]].values.tolist()


def test_calls_after_understanding(told):
    """The first call they understood on is the success; later ones are no trials, whatever they record.

    opportunities | opportunity | account | created_at
                  | o           | a       | 2025-01-06
    calls         | call | account | opportunity | held_at    | understood
                  | 1    | a       | o           | 2025-01-07 | false
                  | 2    | a       | o           | 2025-01-08 | true
                  | 3    | a       | o           | 2025-01-09 | true
                  | 4    | a       | o           | 2025-01-10 | false
    """
    assert trials(told) == [["1", 1, 0], ["2", 2, 1]]


def test_unrecorded_calls(told):
    """A call nobody recorded is no trial and still has its number: the next one is the third, not the second.

    opportunities | opportunity | account | created_at
                  | o           | a       | 2025-01-06
    calls         | call | account | opportunity | held_at    | understood
                  | 1    | a       | o           | 2025-01-07 | false
                  | 2    | a       | o           | 2025-01-08 |
                  | 3    | a       | o           | 2025-01-09 | false
                  | 4    | a       | o           | 2025-01-10 |
                  | 5    | a       | o           | 2025-01-13 | true
    """
    assert trials(told) == [["1", 1, 0], ["3", 3, 0], ["5", 5, 1]]
    assert told.by(METRIC, "band") == {"1": (1, 0), "3": (1, 0), "4+": (1, 1)}


def test_calls_at_the_same_instant(told):
    """Calls are numbered by when they were held, then by call id, not in the order of the file.

    opportunities | opportunity | account | created_at
                  | o           | a       | 2025-01-06
    calls         | call | account | opportunity | held_at          | understood
                  | b    | a       | o           | 2025-01-07 09:00 | true
                  | z    | a       | o           | 2025-01-07 08:00 | false
                  | a    | a       | o           | 2025-01-07 09:00 | false
    """
    assert trials(told) == [["z", 1, 0], ["a", 2, 0], ["b", 3, 1]]


def test_each_prospect_counts_from_one(told):
    """Two deals of one account are two prospects, each with a first call; expansion deals are none.

    opportunities | opportunity | account | created_at | type
                  | one         | a       | 2025-01-06 | new
                  | two         | a       | 2025-01-06 |
                  | more        | a       | 2025-01-06 | expansion
    calls         | call | account | opportunity | held_at    | understood
                  | 1    | a       | one         | 2025-01-07 | false
                  | 2    | a       | two         | 2025-01-08 | true
                  | 3    | a       | one         | 2025-01-09 | true
                  | 4    | a       | more        | 2025-01-10 | true
    """
    assert trials(told) == [["1", 1, 0], ["2", 1, 1], ["3", 2, 1]]


def test_rule_one_goes_before_rule_two(told):
    """Where calls record understanding, what the deal says about it is not asked.

    opportunities | opportunity | account | created_at | understood_at
                  | o           | a       | 2025-01-06 | 2025-01-07
    calls         | call | account | opportunity | held_at    | understood
                  | 1    | a       | o           | 2025-01-07 | false
                  | 2    | a       | o           | 2025-01-09 | true
    """
    assert trials(told) == [["1", 1, 0], ["2", 2, 1]]


def test_understanding_is_not_known_before_the_call(told):
    """On the day between two calls the prospect has not understood yet.

    opportunities | opportunity | account | created_at
                  | o           | a       | 2025-01-06
    calls         | call | account | opportunity | held_at    | understood
                  | 1    | a       | o           | 2025-01-06 | false
                  | 2    | a       | o           | 2025-01-20 | true
    """
    assert told(METRIC, as_of=date(2025, 1, 25)) == (0, 0)
    assert told(METRIC, as_of=date(2025, 1, 26)) == (1, 0)
    assert told(METRIC, as_of=date(2025, 2, 9)) == (2, 1)


def test_call_without_opportunity(told):
    """It belongs to the deal open that day, first and last day included, else to the next created within 30 days.

    opportunities | opportunity | account | created_at       | closed_at  | outcome
                  | o           | a       | 2025-03-10 15:00 | 2025-04-10 | lost
    calls         | call        | account | held_at          | understood
                  | day -31     | a       | 2025-02-07 09:00 | false
                  | day -30     | a       | 2025-02-08 09:00 | false
                  | day 0       | a       | 2025-03-10 09:00 | false
                  | closing day | a       | 2025-04-10 18:00 | true
                  | day after   | a       | 2025-04-11 09:00 | false
                  | stranger's  | b       | 2025-03-20 09:00 | false
    """
    assert trials(told) == [["day -30", 1, 0], ["day 0", 2, 0], ["closing day", 3, 1]]
    aside = told.table("calls", "call_id", "set_aside", aside=True)
    assert aside == [(call, "call without opportunity") for call in ("day -31", "day after", "stranger's")]


def test_call_between_two_deals(told):
    """Of two open deals the older has the call; an open deal goes before one still to come; ids decide a tie.

    opportunities | opportunity | account | created_at       | closed_at  | outcome
                  | younger     | open    | 2025-03-05       |            |
                  | older       | open    | 2025-03-03       |            |
                  | closed      | ended   | 2025-01-06       | 2025-02-28 | lost
                  | next        | ended   | 2025-03-20       |            |
                  | after next  | ended   | 2025-03-21       |            |
                  | open        | coming  | 2025-03-09       |            |
                  | soon        | coming  | 2025-03-12       |            |
                  | b           | tie     | 2025-03-03 08:00 |            |
                  | a           | tie     | 2025-03-03 18:00 |            |
    calls         | call | account | held_at    | understood
                  | 1    | open    | 2025-03-10 | true
                  | 2    | ended   | 2025-03-10 | true
                  | 3    | coming  | 2025-03-10 | true
                  | 4    | tie     | 2025-03-10 | true
    """
    of = dict(told.table("calls", "call_id", "opportunity_id"))
    assert of == {"1": "older", "2": "next", "3": "open", "4": "a"}


def test_call_of_a_deal_logged_late(told):
    """A deal logged next month takes no call from the deal that was open; alone it gets those held by its closing.

    opportunities | opportunity | account | created_at | closed_at  | outcome
                  | open        | two     | 2025-03-05 |            |
                  | late        | two     | 2025-03-20 | 2025-03-04 | won
                  | alone       | one     | 2025-03-20 | 2025-03-10 | won
    calls         | call | account | held_at    | understood
                  | 1    | two     | 2025-03-10 | true
                  | 2    | one     | 2025-03-10 | true
                  | 3    | one     | 2025-03-11 | false
    """
    assert told.table("calls", "call_id", "opportunity_id") == [("1", "open"), ("2", "alone")]
    assert told(METRIC, as_of=date(2025, 3, 30)) == (2, 2)


def test_call_of_a_forecast_deal(told):
    """A deal whose close date is a forecast is still open on the days after it.

    opportunities | opportunity | account | created_at | closed_at  | outcome
                  | o           | a       | 2025-03-03 | 2025-03-07 |
    calls         | call | account | held_at    | understood
                  | 1    | a       | 2025-03-10 | true
    """
    assert trials(told) == [["1", 1, 1]]


def test_copies_of_a_call_without_opportunity(told):
    """Each copy of a call is assigned by its own account and day: the kept one gets no deal of the other's account.

    opportunities | opportunity | account | created_at
                  | o           | b       | 2025-03-03
    calls         | call | account | held_at    | understood
                  | 1    | a       | 2025-03-10 | true
                  | 1    | b       | 2025-03-10 | true
    """
    assert told(METRIC) == (0, 0)
    assert told.table("calls", "account_id", "set_aside", aside=True) == [
        ("a", "call without opportunity"), ("b", "duplicate key, conflicting")]
