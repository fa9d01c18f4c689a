"""Cycle, reasons, things to do, gaps and what is counted apart, on small drawn companies."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest

from gtm_metrics.measures import (
    NOT_RECORDED,
    OTHERS,
    THINGS,
    Things,
    counted_apart,
    cycle,
    cycle_rows,
    data_gaps,
    reasons,
    sums,
    this_week,
    velocity,
)
from gtm_metrics.question import Question

TODAY = date(2026, 6, 30)
BY_DATA = {thing.kind for thing in THINGS} - {"on_never", "outside"}
"""Kinds that data alone tell; the others are told where people keep a profile or a list."""
SETTINGS = {"segments": {"dimensions": ["industry"]}, "metrics": {"minimum_trials": 10}}


def question(told, as_of: date = TODAY, **more: Any) -> Question:
    """A question about the accounts drawn in one test."""
    return Question(as_of, **{"weeks": None, "scope": (("trap", told.trap),), **more})


def week(told, as_of: date = TODAY, limit: int = 10) -> Things:
    """This week's things of those accounts."""
    return this_week(told.small.warehouse, told.small.company, question(told, as_of), limit)


def listed(found: Things, kind: str, *columns: str) -> list[Any]:
    """Rows of a kind in their order, ids as drawn; one column gives plain values."""
    frame = found.frame[found.frame["kind"] == kind]
    rows = [tuple(str(v).rpartition("/")[2] if isinstance(v, str) else v for v in row)
            for row in frame[list(columns)].itertuples(index=False)]
    return [row[0] for row in rows] if len(columns) == 1 else rows


def apart(told, metric: str, **more: Any) -> dict[str, tuple[int, int | None]]:
    """{key: (n, of)} of what is counted apart of a metric."""
    asked = question(told, **more)
    found = counted_apart(told.small.warehouse, told.small.company, told.small.metric(metric), asked)
    return {row["key"]: (row["n"], row["of"]) for row in found.to_dict("records")}


def test_the_cycle_lets_lost_deals_leave_and_counts_open_ones_for_as_long_as_they_are_open(told):
    """Eight deals won after 10, 20, ... 80 days, one lost after 5, one open for 15; one was logged after the fact.

    opportunities | account | created_at | closed_at  | outcome
                  | a       | 2026-01-01 | 2026-01-11 | won
                  | b       | 2026-01-01 | 2026-01-21 | won
                  | c       | 2026-01-01 | 2026-01-31 | won
                  | d       | 2026-01-01 | 2026-02-10 | won
                  | e       | 2026-01-01 | 2026-02-20 | won
                  | f       | 2026-01-01 | 2026-03-02 | won
                  | g       | 2026-01-01 | 2026-03-12 | won
                  | h       | 2026-01-01 | 2026-03-22 | won
                  | i       | 2026-01-01 | 2026-01-06 | lost
                  | j       | 2026-06-15 |            |
                  | k       | 2026-06-10 | 2026-06-01 | won
                  | l       | 2026-01-01 | 2026-01-02 | lost
    """
    ask = question(told, scope=(("trap", told.trap),))
    found = cycle_rows(cycle(told.small.warehouse, told.small.company, ask)).iloc[0]
    assert found[["won", "other", "open", "logged_late"]].tolist() == [8, 2, 1, 1]
    # At risk 11, 10, 9 on days 1, 5, 10: the incidence of the first win is 9/11 * 1/9 = 1/11. The open deal leaves
    # after day 15, so each of the seven later wins adds 8/11 / 7. Half of the last, 9/22, is passed by the fourth
    # of them: day 50. Had the open deal been left out, the plain median of the won deals would be 40.
    assert found["median_days"] == 50
    # Asked on 14 June it was not there yet: nothing is open and the plain median is told
    before = cycle_rows(cycle(told.small.warehouse, told.small.company, question(told, date(2026, 6, 14)))).iloc[0]
    assert (before["open"], before["median_days"]) == (0, 40)


def test_velocity_multiplies_what_its_parts_say(told):
    """Open deals x close rate x deal size / cycle days: 2 x 0.8 x 100 / 10, and no number below the minimum.

    opportunities | account | created_at | closed_at  | outcome | amount | currency
                  | a1      | 2026-01-01 | 2026-01-11 | won     | 100    | USD
                  | a2      | 2026-01-01 | 2026-01-11 | won     | 100    | USD
                  | a3      | 2026-01-01 | 2026-01-11 | won     | 100    | USD
                  | a4      | 2026-01-01 | 2026-01-11 | won     | 100    | USD
                  | a5      | 2026-01-01 | 2026-01-11 | won     | 100    | USD
                  | a6      | 2026-01-01 | 2026-01-11 | won     | 100    | USD
                  | a7      | 2026-01-01 | 2026-01-11 | won     | 100    | USD
                  | a8      | 2026-01-01 | 2026-01-11 | won     | 100    | USD
                  | b1      | 2026-01-01 | 2026-01-11 | lost    | 900    | USD
                  | b2      | 2026-01-01 | 2026-01-11 | lost    | 900    | USD
                  | c1      | 2026-06-01 |            |         | 500    | USD
                  | c2      | 2026-06-01 |            |         | 500    | USD
    """
    small, ask = told.small, question(told)
    pipeline, deals = (sums(small.warehouse, small.company, ask, group) for group in ("pipeline", "deals"))
    took = cycle(small.warehouse, small.company, ask)
    row = velocity(pipeline, deals, took, 10).iloc[0]
    assert row[["open_deals", "close_rate", "deal_size", "cycle_days", "per_day", "status"]].tolist() == [
        2, 0.8, 100.0, 10.0, pytest.approx(16.0), "ok"]
    early = velocity(pipeline, deals, took, 11).iloc[0]
    assert early[["per_day", "status", "why"]].tolist() == [None, "too_early", "10 of 11 decided deals"]


def test_reasons_add_up_with_the_unrecorded_kept(told):
    """The most frequent reason, one row for all others, and the deals without one: n adds up to all deals of the
    segment, the rest's to everyone else's, and no decision counts as a deal not won.

    accounts      | account | industry
                  | a       | x
                  | b       | y
    opportunities | account | created_at | closed_at  | outcome     | loss_reason
                  | a       | 2026-01-01 | 2026-05-01 | lost        | price
                  | a       | 2026-01-01 | 2026-05-01 | no_decision | price
                  | a       | 2026-01-01 | 2026-05-01 | lost        | timing
                  | a       | 2026-01-01 | 2026-05-01 | lost        |
                  | a       | 2026-01-01 | 2026-05-01 | won         | price
                  | b       | 2026-01-01 | 2026-05-01 | lost        | feature
    """
    small, ask = told.small, question(told, by=("industry",))
    found = reasons(small.warehouse, small.company, ask, ("x",), "loss_reason", 1)
    rows = found.frame[["reason", "n", "of", "rest_n", "rest_of"]].values.tolist()
    assert rows == [["price", 2, 4, 0, 1], [OTHERS, 1, 4, 1, 1], [NOT_RECORDED, 1, 4, 0, 1]]
    assert found.frame["share"].tolist() == [None, None, None]  # 4 deals, of the 10 a share needs
    everyone = reasons(small.warehouse, small.company, ask, None, "loss_reason", 3).frame
    assert everyone["n"].sum() == 5
    assert everyone["rest_n"].tolist() == [None] * 4
    with pytest.raises(ValueError, match="no reason is called"):
        reasons(small.warehouse, small.company, ask, None, "colour")


def test_decided_deals_of_the_last_seven_days_come_with_their_reasons(told):
    """Seven days end with as_of: a deal closed on the eighth day back is not of this week, a renewal is no new deal,
    and the deal's owner goes before the account's.

    accounts      | account | name | owner
                  | a       | Ann  | Olga
    opportunities | opportunity | account | created_at | closed_at        | outcome     | type    | owner | amount
                  | w           | a       | 2026-06-01 | 2026-06-24 09:00 | won         |         | Finn  | 10
                  | old         | a       | 2026-06-01 | 2026-06-23 23:59 | won         |         |       |
                  | l           | a       | 2026-06-01 | 2026-06-30 23:59 | lost        |         |       | 20
                  | r           | a       | 2026-06-01 | 2026-06-28       | won         | renewal |       |
    opportunities | opportunity | account | created_at | closed_at        | outcome     | win_reason | loss_reason
                  | why         | a       | 2026-06-01 | 2026-06-25       | won         | speed      |
                  | n           | a       | 2026-06-01 | 2026-06-28       | no_decision |            | silence
    """
    found = week(told)
    columns = ("opportunity_id", "account", "owner", "amount", "reason")
    assert listed(found, "won", *columns) == [("why", "Ann", "Olga", None, "speed"), ("w", "Ann", "Finn", 10.0, None)]
    assert listed(found, "lost", *columns) == [("l", "Ann", "Olga", 20.0, None)]
    assert listed(found, "no_decision", *columns) == [("n", "Ann", "Olga", None, "silence")]
    assert listed(found, "no_reason", "opportunity_id") == ["l"]
    assert {kind: found.counts[kind] for kind in ("won", "lost", "no_decision")} == {
        "won": 2, "lost": 1, "no_decision": 1}
    # as of the day before, the deal lost on the 30th is open
    assert week(told, date(2026, 6, 29)).counts["lost"] == 0


def test_stalled_and_quiet_deals_are_open_and_past_their_bounds(told):
    """Four calls without understanding stall a deal, three or an understanding do not; six weeks without a call or a
    touch make it quiet, the latest first, a touch or a reply to the account wakes it.

    opportunities | opportunity | account | created_at
                  | stalled     | a       | 2026-06-01
                  | three       | b       | 2026-06-01
                  | grasped     | c       | 2026-06-01
                  | quiet       | d       | 2026-03-01
                  | longer      | e       | 2026-02-01
                  | touched     | f       | 2026-03-01
                  | replied     | g       | 2026-03-01
                  | young       | h       | 2026-05-20
    calls         | account | opportunity | held_at    | understood
                  | a       | stalled     | 2026-06-02 | false
                  | a       | stalled     | 2026-06-03 | false
                  | a       | stalled     | 2026-06-04 |
                  | a       | stalled     | 2026-06-05 | false
                  | b       | three       | 2026-06-02 | false
                  | b       | three       | 2026-06-03 | false
                  | b       | three       | 2026-06-04 | false
                  | c       | grasped     | 2026-06-02 | false
                  | c       | grasped     | 2026-06-03 | true
                  | c       | grasped     | 2026-06-04 | false
                  | c       | grasped     | 2026-06-05 | false
                  | d       | quiet       | 2026-05-19 | false
    touches       | account | sent_at    | replied_at
                  | f       | 2026-05-20 |
                  | g       | 2026-03-02 | 2026-06-20
    """
    found = week(told)
    # 30 June less six weeks is 19 May: that day's call is just far enough back
    assert listed(found, "stalled_calls", "opportunity_id", "calls", "mark") == [("stalled", 4, 4)]
    assert listed(found, "quiet", "opportunity_id", "weeks", "mark") == [("quiet", 6, 6), ("longer", 21, 6)]
    assert listed(week(told, limit=1), "quiet", "opportunity_id") == ["quiet"]
    assert week(told, limit=1).counts["quiet"] == 2


def test_deals_open_longer_than_usual_and_the_biggest_ones(told):
    """Of nine deals won in 10 days or, one of them, in 30, eight in ten took at most 10: an open deal of 11 days is
    longer. The biggest stand in order, within each currency.

    opportunities | opportunity | account | created_at | closed_at  | outcome | amount | currency
                  | w1          | a       | 2026-01-01 | 2026-01-11 | won     |        |
                  | w2          | a       | 2026-01-01 | 2026-01-11 | won     |        |
                  | w3          | a       | 2026-01-01 | 2026-01-11 | won     |        |
                  | w4          | a       | 2026-01-01 | 2026-01-11 | won     |        |
                  | w5          | a       | 2026-01-01 | 2026-01-11 | won     |        |
                  | w6          | a       | 2026-01-01 | 2026-01-11 | won     |        |
                  | w7          | a       | 2026-01-01 | 2026-01-11 | won     |        |
                  | w8          | a       | 2026-01-01 | 2026-01-11 | won     |        |
                  | w9          | a       | 2026-01-01 | 2026-01-31 | won     |        |
                  | long        | a       | 2026-06-19 |            |         | 5      | USD
                  | not-yet     | a       | 2026-06-20 |            |         | 7      | USD
                  | yen         | a       | 2026-06-20 |            |         | 900    | JPY
    """
    found = week(told)
    assert listed(found, "open_long", "opportunity_id", "mark", "weeks") == [("long", 10, 1)]
    assert found.counts["biggest_open"] == 3
    # one list a currency, each in its own order
    assert listed(week(told, limit=1), "biggest_open", "opportunity_id") == ["not-yet", "yen"]


def test_renewals_ahead_and_accounts_that_have_just_left(told):
    """A customer whose month 12, 24, ... begins in the next 60 days is named with what it pays; who stopped paying
    within 30 days and did not come back is named with why.

    subscriptions | account | started_on | ended_on   | mrr | end_reason
                  | soon    | 2024-07-01 |            | 50  |
                  | soon    | 2025-03-01 |            | 25  |
                  | edge    | 2025-08-29 |            | 10  |
                  | after   | 2025-08-30 |            | 10  |
                  | today   | 2025-06-30 |            | 10  |
                  | gone    | 2025-01-01 | 2026-06-01 | 40  | budget
                  | long    | 2025-01-01 | 2026-05-31 | 40  | budget
                  | back    | 2025-01-01 | 2026-06-10 | 40  | budget
                  | back    | 2026-06-20 |            | 40  |
    """
    found = week(told)
    renewing = [("soon", 75.0, 24, date(2026, 7, 1)), ("edge", 10.0, 12, date(2026, 8, 29))]
    rows = listed(found, "renewal", "account_id", "amount", "mark", "on")
    assert [(account, amount, month, on.date()) for account, amount, month, on in rows] == renewing
    assert listed(found, "left", "account_id", "amount", "reason") == [("gone", 40.0, "budget")]


def test_a_company_with_crm_and_billing_only_still_has_things_to_do(warehouse_of):
    """Without touches and calls the lists that need them say so, and the others are there."""
    deals = pd.DataFrame({
        "opportunity_id": ["1", "2", "3", "4"], "account_id": ["a"] * 4, "created_at": ["2026-06-01"] * 4,
        "closed_at": ["2026-06-29", "2026-06-29", "2026-06-29", None], "loss_reason": [None, None, "price", None],
        "outcome": ["won", "lost", "no_decision", None], "amount": [1, 2, 3, 4]})
    paid = pd.DataFrame({"subscription_id": ["1", "2"], "account_id": ["a", "b"], "mrr": [5, 6],
                         "started_on": ["2025-07-15", "2025-01-15"], "ended_on": [None, "2026-06-15"]})
    small = warehouse_of({"accounts": pd.DataFrame({"account_id": ["a", "b"]}), "opportunities": deals,
                          "subscriptions": paid})
    found = this_week(small.warehouse, small.company, Question(TODAY))
    assert set(found.missing) == {"stalled_calls", "quiet", "using_less"}
    assert "calls is not connected" in found.missing["stalled_calls"]
    listed_kinds = set(found.frame["kind"])
    assert listed_kinds == {"won", "lost", "no_decision", "biggest_open", "no_reason", "renewal", "left"}
    assert found.counts["open_long"] == 0  # one won deal does not say what is usual
    assert set(found.counts) | set(found.missing) == BY_DATA


@pytest.mark.parametrize("accounts", [["a"], []], ids=["accounts only", "not even accounts"])
def test_nothing_but_accounts_gives_empty_lists_that_say_why(warehouse_of, accounts):
    """An empty company raises nothing: lists are empty, each says which table misses, gaps name the tables."""
    small = warehouse_of({"accounts": pd.DataFrame({"account_id": pd.Series(accounts, dtype=object)})})
    ask = Question(TODAY)
    found = this_week(small.warehouse, small.company, ask)
    assert found.frame.empty
    assert set(found.missing) == BY_DATA
    why = reasons(small.warehouse, small.company, ask, None, "win_reason")
    assert (why.status, len(why.frame)) == ("not_connected", 0)
    took = cycle(small.warehouse, small.company, ask)
    assert cycle_rows(took)["status"].tolist() == ["not_connected"]
    pipeline, deals = (sums(small.warehouse, small.company, ask, group) for group in ("pipeline", "deals"))
    assert velocity(pipeline, deals, took)["status"].tolist() == ["not_connected"]
    gaps = data_gaps(small.warehouse, small.company, ask)
    assert {"touches", "calls", "opportunities", "subscriptions"} <= set(gaps["about"])
    assert set(gaps["share"]) == {1.0}
    for metric in ("response_rate", "calls_to_understanding", "close_rate", "churn"):
        assert counted_apart(small.warehouse, small.company, small.metric(metric), ask).empty


def test_gaps_count_what_is_missing_and_say_what_it_hides(warehouse_of):
    """Half the lost deals without a reason, one of four accounts without an industry, one call set aside and no
    touches at all: each with its share, the missing table first."""
    deals = pd.DataFrame({
        "opportunity_id": ["1", "2", "3"], "account_id": ["a", "b", "c"],
        "created_at": ["2026-05-01", "2026-05-01", "2026-03-05"],
        "closed_at": ["2026-06-01", "2026-06-01", "2026-03-01"], "outcome": ["lost", "no_decision", "won"],
        "loss_reason": ["price", None, None]})
    calls = pd.DataFrame({"call_id": ["1", "2"], "account_id": ["a", "nobody"], "opportunity_id": ["1", None],
                          "held_at": ["2026-05-02"] * 2, "understood": [None, True]})
    small = warehouse_of({"accounts": pd.DataFrame({"account_id": list("abcd"), "industry": ["x", "x", "y", None]}),
                          "opportunities": deals, "calls": calls}, segments={"dimensions": ["industry"]})
    gaps = data_gaps(small.warehouse, small.company, Question(TODAY, ("industry",), weeks=None))
    table = gaps.set_index("about")
    assert table.loc["touches", "share"] == 1.0
    assert "Response rate" in table.loc["touches", "switches_off"]
    assert "GRR" in table.loc["subscriptions", "switches_off"]
    assert table.loc["opportunities.loss_reason", ["n", "of", "share"]].tolist() == [1, 2, 0.5]
    competitor = table.loc["opportunities.competitor"]
    assert (competitor["gap"], competitor["share"]) == ("opportunities.competitor is empty", 1.0)
    assert table.loc["accounts.industry", ["n", "of", "share"]].tolist() == [1, 4, 0.25]
    assert table.loc["won_in_time", ["gap", "n", "of"]].tolist() == [
        "Deals closed on a day before they were created", 1, 1]  # the two of May have 13 weeks to go
    assert table.loc["calls", ["gap", "n", "of"]].tolist() == ["Rows of calls set aside: 1 account unknown", 1, 2]
    assert gaps["hides"].is_monotonic_decreasing
    assert gaps["mend"].str.len().gt(0).all()


def test_response_counts_apart_paying_accounts_and_constant_drip(told):
    """A sequence begun while paying is no trial, and neither is an account whose outreach never paused for 90 days.

    touches       | account | sent_at
                  | new     | 2026-05-04
                  | paying  | 2026-05-04
                  | drip    | 2026-02-16
                  | drip    | 2026-05-04
    subscriptions | account | started_on | mrr
                  | paying  | 2026-01-01 | 5
    """
    found = apart(told, "response_rate", weeks=(date(2026, 5, 4), date(2026, 5, 4)))
    assert found == {"sequence_while_paying": (1, 2), "never_started": (1, 3)}
    # what is left of the two sequences is the metric's one trial
    assert told("response_rate", weeks=(date(2026, 5, 4), date(2026, 5, 4))) == (1, 0)


def test_calls_counts_apart_silence_calls_after_and_other_deals(told):
    """Calls that say nothing, calls after understanding and calls about renewals are no trials; of the closed deals
    with a call, those that ended without understanding have their own row.

    opportunities | opportunity | account | created_at | closed_at  | outcome | type
                  | got-it      | a       | 2026-04-01 |            |         |
                  | did-not     | b       | 2026-04-01 | 2026-05-01 | lost    |
                  | renewal     | c       | 2026-04-01 |            |         | renewal
    calls         | account | opportunity | held_at    | understood
                  | a       | got-it      | 2026-04-06 |
                  | a       | got-it      | 2026-04-07 | true
                  | a       | got-it      | 2026-04-08 | false
                  | b       | did-not     | 2026-04-09 | false
                  | c       | renewal     | 2026-04-10 | false
    """
    found = apart(told, "calls_to_understanding")
    assert found == {"not_recorded": (1, 4), "after_understanding": (1, 4), "other_type_calls": (1, None),
                     "left_without": (1, 1)}
    # 4 calls with prospects - 1 - 1
    assert told("calls_to_understanding") == (2, 1)


def test_understanding_on_deals_counts_apart_what_no_call_did(warehouse_of):
    """Where deals say when they were understood, one without a call in the 14 days before is counted apart."""
    deals = pd.DataFrame({"opportunity_id": ["1", "2"], "account_id": ["a", "b"], "created_at": ["2026-04-01"] * 2,
                          "understood_at": ["2026-04-20", "2026-04-21"]})
    calls = pd.DataFrame({"call_id": ["1", "2"], "account_id": ["a", "b"], "opportunity_id": ["1", "2"],
                          "held_at": ["2026-04-06", "2026-04-06"]})
    small = warehouse_of({"accounts": pd.DataFrame({"account_id": ["a", "b"]}), "opportunities": deals, "calls": calls})
    metric = small.metric("calls_to_understanding")
    found = counted_apart(small.warehouse, small.company, metric, Question(TODAY, weeks=None)).set_index("key")
    # 6 to 20 April is 14 days, to the 21st 15
    assert found.loc["without_call", ["n", "of"]].tolist() == [1, 2]


def test_deals_and_customers_count_apart_what_their_metrics_say(told):
    """No decision, other types, deals logged after the fact, unpriced customers, bridged gaps and those who came
    back after more than 30 days.

    opportunities | account | created_at | closed_at  | outcome     | type
                  | a       | 2026-01-05 | 2026-01-04 | won         |
                  | b       | 2026-01-05 | 2026-01-06 | no_decision |
                  | c       | 2026-01-05 | 2026-01-06 | won         | expansion
    subscriptions | account | started_on | ended_on   | mrr
                  | a       | 2025-01-01 | 2025-06-01 | 5
                  | a       | 2025-07-01 | 2025-08-01 | 5
                  | a       | 2025-09-01 |            |
    """
    assert apart(told, "close_rate") == {"no_decision": (1, 2), "other_type_decided": (1, None)}
    assert apart(told, "won_in_time") == {"logged_late": (1, 2), "other_type_opened": (1, None)}
    # 1 June to 1 July is 30 days: bridged; 1 August to 1 September 31: a new spell
    assert apart(told, "churn") == {"unpriced": (1, 1), "bridged": (1, None), "came_back": (1, None)}


def test_every_list_and_reason_has_its_words():
    """Each kind of thing has a label, a definition and an order, once."""
    assert len({thing.kind for thing in THINGS}) == len(THINGS)
    assert all(thing.label and thing.definition.endswith(".") and thing.first for thing in THINGS)
