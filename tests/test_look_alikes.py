"""Accounts that fit a profile and are left to win, by name and with what speaks for each."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest

from gtm_metrics.company import Refused
from gtm_metrics.measures import Fit, LookAlikes, Rule, look_alikes, lost_to_no_decision, this_week
from gtm_metrics.question import NOT_SET, Question
from gtm_metrics.words import profile

TODAY = date(2026, 6, 30)
SETTINGS = {"segments": {"dimensions": ["industry", "employees"], "edges": {"employees": [50]}}}
RETAIL = Rule("industry", ("Retail", "Wholesale"))
LARGE = Rule("employees", ("50 and more",))


def asked(told, *rules: Rule, as_of: date = TODAY, on_lists: Any = (), limit: int = 100) -> LookAlikes:
    """Look-alikes among the accounts drawn in one test."""
    question = Question(as_of, scope=(("trap", told.trap),))
    lists = [f"{told.trap}/{name}" for name in on_lists]
    return look_alikes(told.small.warehouse, told.small.company, question, rules, lists, limit)


def names(found: LookAlikes) -> list[str]:
    """Account ids in their order, as drawn."""
    return [str(one).rpartition("/")[2] for one in found.frame["account_id"]]


def test_only_accounts_that_fit_every_rule_and_are_left_to_win_are_listed(told):
    """Whoever paid, has a deal open, was lost lately or is on a list is counted as such, and not listed.

    accounts      | account   | industry  | employees
                  | small     | Retail    | 10
                  | unknown   | Retail    |
                  | fit       | Retail    | 50
                  | also      | Wholesale | 900
                  | other     | Banks     | 900
                  | customer  | Retail    | 900
                  | former    | Retail    | 900
                  | bought    | Retail    | 900
                  | in_talks  | Retail    | 900
                  | lost      | Retail    | 900
                  | long_lost | Retail    | 900
                  | never     | Retail    | 900
    subscriptions | account  | started_on | ended_on   | mrr
                  | customer | 2026-01-01 |            | 10
                  | former   | 2024-01-01 | 2024-05-01 | 10
    opportunities | account   | created_at | closed_at  | outcome
                  | bought    | 2026-01-01 | 2026-02-01 | won
                  | in_talks  | 2026-06-01 |            |
                  | lost      | 2026-01-01 | 2026-06-01 | lost
                  | long_lost | 2024-01-01 | 2024-06-01 | lost
    """
    found = asked(told, RETAIL, LARGE, on_lists=["never", "customer"])
    assert names(found) == ["also", "fit", "long_lost"]
    assert found.counts == {"fit": 9, "paid": 3, "open_deal": 1, "lost_lately": 1, "on_list": 1, "left": 3}
    assert found.frame["segments"].iloc[0] == (("industry", "Wholesale"), ("employees", "50 and more"))
    assert names(asked(told, RETAIL, LARGE, on_lists=["never"], limit=2)) == ["also", "fit"]
    assert names(asked(told, Rule("employees", (NOT_SET,)))) == ["unknown"]
    assert asked(told, Rule("industry", ("Farms",))).counts == dict.fromkeys(found.counts, 0)


def test_who_fits_the_negative_profile_too_is_not_named(told):
    """An account that meets every rule of it is counted apart, unless it would not be left anyway.

    accounts      | account  | industry | employees
                  | wanted   | Retail   | 10
                  | unwanted | Retail   | 900
                  | customer | Retail   | 900
                  | unknown  | Retail   |
    subscriptions | account  | started_on | mrr
                  | customer | 2026-01-01 | 10
    """
    question = Question(TODAY, scope=(("trap", told.trap),))
    found = look_alikes(told.small.warehouse, told.small.company, question, (RETAIL,), (), 100, (RETAIL, LARGE))
    assert names(found) == ["unknown", "wanted"]
    assert {name: n for name, n in found.counts.items() if n} == {"fit": 4, "paid": 1, "unwanted": 1, "left": 2}
    assert profile.who_is_left(found.counts, 2) == (
        "4 accounts fit; 1 already paid, 1 fit the negative profile too; 2 left to win.")
    unknown = (Rule("nothing_such", ("x",)),)
    with pytest.raises(Refused, match="nothing_such"):
        look_alikes(told.small.warehouse, told.small.company, question, (RETAIL,), (), 1, unknown)


def test_what_speaks_for_an_account_comes_first(told):
    """Referred by a customer, then who reached out, then who answered, then who could not decide; then the longest
    left in peace. An answer of a year ago no longer speaks; what happens after the day is not known.

    accounts      | account  | industry | name
                  | quiet    | Retail   | Quiet
                  | written  | Retail   | Written
                  | recently | Retail   | Recently
                  | wavered  | Retail   | Wavered
                  | answered | Retail   | Answered
                  | came     | Retail   | Came
                  | brought  | Retail   | Brought
                  | giver    | Banks    | Giver
    touches       | account  | sent_at          | direction | replied_at
                  | written  | 2026-01-05 09:00 |           | 2025-06-01 09:00
                  | recently | 2026-06-01 09:00 |           |
                  | answered | 2026-05-01 09:00 | outbound  | 2026-05-03 09:00
                  | came     | 2026-05-09 09:00 | inbound   |
    opportunities | account | created_at | closed_at  | outcome
                  | wavered | 2026-01-01 | 2026-03-01 | no_decision
    referrals     | referrer_account_id | referred_account_id | referred_at
                  | giver               | brought             | 2026-04-01 09:00
    """
    found = asked(told, RETAIL)
    assert names(found) == ["brought", "came", "answered", "wavered", "quiet", "written", "recently"]
    rows = found.frame.set_index(found.frame["account"])
    assert rows.loc["Brought", "referred_by"] == "Giver"
    assert rows.loc["Came", "came_on"] == pd.Timestamp("2026-05-09")
    assert rows.loc["Answered", "answered_on"] == pd.Timestamp("2026-05-03")
    assert rows["no_decision"].tolist() == [False, False, False, True, False, False, False]
    assert rows.loc["Written", "last_touch"] == pd.Timestamp("2026-01-05")
    assert pd.isna(rows.loc["Written", "answered_on"])
    assert names(asked(told, RETAIL, as_of=date(2026, 4, 30)))[:2] == ["brought", "wavered"]
    assert names(asked(told, RETAIL, as_of=date(2025, 12, 31)))[0] == "answered"


def test_what_is_not_connected_is_said_and_not_guessed(warehouse_of):
    """Without touches and referrals nobody has answered or been brought; without deals and payments nobody is
    listed, since a customer could be among them."""
    accounts = pd.DataFrame({"account_id": ["a", "b"], "industry": ["Retail", "Retail"]})
    paid = pd.DataFrame({"subscription_id": ["s"], "account_id": ["a"], "started_on": ["2026-01-01"], "mrr": [1]})
    question = Question(TODAY)
    small = warehouse_of({"accounts": accounts, "subscriptions": paid})
    found = look_alikes(small.warehouse, small.company, question, (RETAIL,))
    assert found.frame["account_id"].tolist() == ["b"]
    assert found.frame[["referred_by", "answered_on", "came_on"]].isna().all(axis=None)
    assert set(found.missing) == {"touches", "referrals"}
    alone = warehouse_of({"accounts": accounts})
    nothing = look_alikes(alone.warehouse, alone.company, question, (RETAIL,))
    assert (len(nothing.frame), nothing.counts) == (0, {})
    assert "neither subscriptions nor opportunities.outcome" in nothing.missing["who pays"]


def test_a_rule_that_cannot_be_applied_is_refused(warehouse_of):
    """A dimension that is not there, no rule at all and a limit of nothing are refused."""
    paid = pd.DataFrame({"subscription_id": ["s"], "account_id": ["a"], "started_on": ["2026-01-01"], "mrr": [1]})
    accounts = pd.DataFrame({"account_id": ["a"], "industry": ["x"], "employees": [9]})
    small = warehouse_of({"accounts": accounts, "subscriptions": paid}, **SETTINGS)
    with pytest.raises(Refused, match="'planet' is not a dimension"):
        look_alikes(small.warehouse, small.company, Question(TODAY), (Rule("planet", ("Mars",)),))
    with pytest.raises(Refused, match=r"asks for employees '51\+'; with the edges of gtm.toml it is"):
        look_alikes(small.warehouse, small.company, Question(TODAY), (Rule("employees", ("51+",)),))
    with pytest.raises(ValueError, match="at least one"):
        look_alikes(small.warehouse, small.company, Question(TODAY), ())
    with pytest.raises(ValueError, match="limit is 0"):
        look_alikes(small.warehouse, small.company, Question(TODAY), (RETAIL,), limit=0)


def test_open_deals_to_disqualify_are_named_with_what_was_spent(told):
    """Open new deals outside the profile, most calls first, and those of accounts that are never to be sold to;
    renewals and decided deals are none, and without a profile or a list nobody is asked for.

    accounts      | account | industry | owner
                  | fits    | Retail   | Ada
                  | not     | Banks    | Ben
                  | unset   |          | Ben
                  | never   | Banks    | Cy
                  | done    | Banks    | Cy
    opportunities | account | opportunity_id | created_at | closed_at  | outcome | type    | amount
                  | fits    | o1             | 2026-06-01 |            |         |         |
                  | not     | o2             | 2026-06-02 |            |         |         | 500
                  | unset   | o3             | 2026-05-05 |            |         |         |
                  | never   | o4             | 2026-06-01 |            |         |         |
                  | done    | o5             | 2026-06-01 | 2026-06-02 | lost    |         |
                  | not     | o6             | 2026-06-01 |            |         | renewal |
    calls         | call_id | account | opportunity_id | held_at          | understood
                  | c1      | unset   | o3             | 2026-05-06 10:00 | no
                  | c2      | unset   | o3             | 2026-05-09 10:00 | no
                  | c3      | not     | o2             | 2026-06-03 10:00 | no
                  | late    | not     | o2             | 2026-07-03 10:00 | no
    """
    small, question = told.small, Question(TODAY, scope=(("trap", told.trap),))
    fit = Fit((RETAIL,), (f"{told.trap}/never",))
    found = this_week(small.warehouse, small.company, question, fit=fit)
    rows = found.frame[found.frame["kind"].isin(["outside", "on_never"])]
    named = [tuple(row) for row in rows[["kind", "account_id", "owner", "calls", "weeks", "amount"]].to_numpy()]
    assert [(kind, str(one).rpartition("/")[2], *rest) for kind, one, *rest in named] == [
        ("on_never", "never", "Cy", 0, 4, None),
        ("outside", "unset", "Ben", 2, 8, None),
        ("outside", "not", "Ben", 1, 4, 500.0),
    ]
    assert (found.counts["outside"], found.counts["on_never"]) == (2, 1)
    plain = this_week(small.warehouse, small.company, question)
    assert not {"outside", "on_never"} & ({*plain.counts} | {*plain.missing})


def test_deals_lately_lost_to_no_decision_are_named_once_an_account(told):
    """The latest of each account, at most 26 weeks old; expansions are none, and what closes later is not known.

    accounts      | account | name | contact | owner
                  | a       | A    | Ann     | Ada
                  | b       | B    |         | Ben
                  | c       | C    |         |
    opportunities | account | opportunity_id | created_at | closed_at  | outcome     | type      | loss_reason
                  | a       | o1             | 2025-01-01 | 2026-05-01 | no_decision |           | frozen
                  | a       | o2             | 2025-01-01 | 2026-06-01 | no_decision |           |
                  | b       | o3             | 2025-01-01 | 2025-12-31 | no_decision |           | budget
                  | c       | o4             | 2025-01-01 | 2026-06-05 | no_decision | expansion |
                  | c       | o5             | 2025-01-01 | 2025-12-30 | no_decision |           |
                  | b       | o6             | 2025-01-01 | 2026-06-09 | lost        |           |
    """
    small = told.small
    ask = Question(TODAY, scope=(("trap", told.trap),))
    found = lost_to_no_decision(small.warehouse, small.company, ask)
    assert found[["account", "contact", "owner", "reason"]].to_numpy().tolist() == [
        ["A", "Ann", "Ada", None], ["B", None, "Ben", "budget"]]
    assert found["closed_on"].tolist() == [pd.Timestamp("2026-06-01"), pd.Timestamp("2025-12-31")]
    before = lost_to_no_decision(small.warehouse, small.company, Question(date(2026, 5, 31), scope=ask.scope), 1)
    assert before["reason"].tolist() == ["frozen"]
    with pytest.raises(ValueError, match="limit is 0"):
        lost_to_no_decision(small.warehouse, small.company, ask, 0)


def test_the_best_customers_that_use_less_are_named(warehouse_of):
    """Of twenty customers the best two of 13 weeks ago: one halves its use, one keeps it; a middling one stops too, and
    is no best customer. What happens after the day does not count."""
    last = pd.Timestamp("2026-06-22")
    names = [f"c{n:02}" for n in range(20)]
    accounts = pd.DataFrame({"account_id": names, "name": names, "industry": "Retail"})
    paid = pd.DataFrame(
        {"subscription_id": names, "account_id": names, "started_on": "2024-01-01", "mrr": [100 - n for n in range(20)]}
    )
    rows = []
    for ago in range(-1, 40):
        week = (last - pd.Timedelta(weeks=ago)).date().isoformat()
        for n, name in enumerate(names):
            users = 40 - n
            if ago < 4 and name in ("c00", "c09"):
                users = 18 if name == "c00" else 0
            rows.append((name, week, users if ago >= 0 else 0, 40))
    use = pd.DataFrame(rows, columns=["account_id", "week", "active_users", "seats"])
    small = warehouse_of({"accounts": accounts, "subscriptions": paid, "usage_weeks": use}, date(2026, 7, 10))
    found = this_week(small.warehouse, small.company, Question(TODAY))
    mine = found.frame[found.frame["kind"] == "using_less"]
    assert mine[["account_id", "amount", "mark"]].to_numpy().tolist() == [["c00", 100.0, 55]]
    assert found.counts["using_less"] == 1
    before = this_week(small.warehouse, small.company, Question(date(2026, 5, 31)))
    assert before.counts["using_less"] == 0
