"""The seven criteria of an ideal customer: who meets a sign on rows drawn by hand, and what is said of the counts."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import TODAY, Told

from gtm_metrics import customers
from gtm_metrics.company import Company, Refused, read_company
from gtm_metrics.customers import IN_SCORE, LESS, MORE, NO_DATA, NOT_APART, TOO_FEW
from gtm_metrics.journal.tables import CRITERIA
from gtm_metrics.measures import Rule, value
from gtm_metrics.question import Question

SETTINGS = {"segments": {"dimensions": ["industry"]}}
SHOPS = (Rule("industry", ("Shop",)),)


def of(told: Told, sign: str, rules: Any = (), as_of: date = TODAY) -> tuple[int, int, int, int]:
    """(met, n, rest_met, rest_n) of the customers drawn in one test."""
    question = Question(as_of, scope=(("trap", told.trap),))
    small = told.small
    made = value.recipe(small.warehouse, small.company, question)
    met = value.criteria(small.warehouse, small.company, question, made, rules)
    assert not met.missing
    row = met.frame.set_index("sign").loc[sign]
    return int(row["met"]), int(row["n"]), int(row["rest_met"]), int(row["rest_n"])


def test_ready_is_won_in_time(told: Told) -> None:
    """Of a customer's won new deals the first counts: won on day 91 is within 13 weeks, on day 92 it is not; one that
    was logged after its close is. Who has no won deal on record is in neither count.

    accounts      | account | industry
                  | day91   | Shop
                  | day92   | Shop
                  | logged  | Shop
                  | none    | Shop
                  | other   | Bank
    subscriptions | account | started_on | mrr
                  | day91   | 2025-01-01 | 100
                  | day92   | 2025-01-01 | 100
                  | logged  | 2025-01-01 | 100
                  | none    | 2025-01-01 | 100
                  | other   | 2025-01-01 | 100
    opportunities | account | created_at | closed_at  | outcome | type
                  | day91   | 2025-01-01 | 2025-04-02 | won     |
                  | day91   | 2025-05-01 | 2026-05-01 | won     |
                  | day92   | 2025-01-01 | 2025-04-03 | won     | new
                  | day92   | 2025-05-01 | 2025-05-02 | won     | expansion
                  | logged  | 2025-03-01 | 2025-02-01 | won     |
                  | other   | 2025-01-01 | 2025-01-08 | won     |
    """
    assert of(told, "won_in_time", SHOPS) == (2, 3, 1, 1)


def test_willing_is_an_answer_in_21_days_or_a_touch_of_its_own(told: Told) -> None:
    """Touches before the first day as a customer count: an answer on day 21 does, on day 22 not, to any touch; who
    reached out by itself is willing without one. A first touch that has not had its 21 days is not counted yet.

    accounts      | account | industry
                  | day21   | Shop
                  | day22   | Shop
                  | came    | Shop
                  | after   | Shop
                  | young   | Shop
                  | none    | Bank
    subscriptions | account | started_on | mrr
                  | day21   | 2025-06-01 | 100
                  | day22   | 2025-06-01 | 100
                  | came    | 2025-06-01 | 100
                  | after   | 2025-06-01 | 100
                  | young   | 2026-06-25 | 100
                  | none    | 2025-06-01 | 100
    touches       | account | sent_at    | replied_at | direction
                  | day21   | 2025-01-01 |            |
                  | day21   | 2025-01-10 | 2025-01-22 | outbound
                  | day22   | 2025-01-01 | 2025-01-23 |
                  | came    | 2025-01-01 |            |
                  | came    | 2025-03-01 |            | inbound
                  | after   | 2025-01-01 |            |
                  | after   | 2025-06-01 |            | inbound
                  | young   | 2026-06-10 |            |
    """
    assert of(told, "answered", SHOPS) == (2, 4, 0, 0)


def test_able_is_a_discount_of_at_most_the_limit(told: Told) -> None:
    """Won at exactly a fifth off is able, at 21 % it is not; without a list amount it is not known.

    subscriptions | account | started_on | mrr
                  | fifth   | 2025-01-01 | 100
                  | more    | 2025-01-01 | 100
                  | unknown | 2025-01-01 | 100
    opportunities | account | created_at | closed_at  | outcome | amount | list_amount
                  | fifth   | 2024-12-01 | 2025-01-01 | won     | 800    | 1000
                  | more    | 2024-12-01 | 2025-01-01 | won     | 790    | 1000
                  | unknown | 2024-12-01 | 2025-01-01 | won     | 790    |
    """
    met, n, rest_met, rest_n = of(told, "near_list")
    assert (met + rest_met, n + rest_n) == (1, 2)


def test_successful_is_use_in_ten_of_thirteen_weeks(told: Told) -> None:
    """Of those who pay, have for 13 weeks, and have use on record: ten weeks with use are enough, nine are not. Who
    left or came lately is not counted.

    accounts      | account | industry
                  | never   | Bank
                  | left    | Shop
                  | young   | Shop
                  | idle    | Shop
                  | used    | Shop
    subscriptions | account | started_on | ended_on   | mrr
                  | never   | 2025-01-01 |            | 100
                  | left    | 2025-01-01 | 2026-06-01 | 100
                  | young   | 2026-05-01 |            | 100
                  | idle    | 2025-01-01 |            | 100
                  | used    | 2025-01-01 |            | 100
    usage_weeks   | account | week       | active_users
                  | left    | 2026-05-04 | 3
                  | young   | 2026-05-04 | 3
                  | idle    | 2026-04-20 | 3
                  | used    | 2026-04-20 | 3
                  | used    | 2026-04-27 | 3
                  | used    | 2026-05-04 | 3
                  | used    | 2026-05-11 | 3
                  | used    | 2026-05-18 | 3
                  | used    | 2026-05-25 | 3
                  | used    | 2026-06-01 | 3
                  | used    | 2026-06-08 | 3
                  | used    | 2026-06-15 | 3
                  | used    | 2026-06-22 | 3
    """
    assert of(told, "in_use", SHOPS) == (1, 2, 0, 0)
    assert of(told, "in_use", SHOPS, date(2026, 6, 21))[0] == 0


def test_who_began_a_year_ago_stayed_or_not(told: Told) -> None:
    """Of the stays that began 12 to 24 months ago the first of each account counts: who left before its twelfth month
    and came back did not stay. Who began earlier is not counted: of those who left long ago nobody would be left.

    subscriptions | account | started_on | ended_on   | mrr
                  | stayed  | 2025-06-30 |            | 100
                  | year    | 2025-01-01 | 2026-01-01 | 100
                  | month11 | 2025-01-01 | 2025-12-31 | 100
                  | back    | 2024-08-01 | 2024-10-01 | 100
                  | back    | 2025-03-01 |            | 100
                  | young   | 2025-07-01 |            | 100
                  | old     | 2024-06-30 |            | 100
    """
    met, n, rest_met, rest_n = of(told, "stayed_a_year")
    assert (met + rest_met, n + rest_n) == (2, 4)


def test_little_effort_is_no_more_than_the_median_customers(told: Told) -> None:
    """Touches and calls of 1, 2, 2 and 5: the median is 2, and who took as many took little.

    accounts      | account | industry
                  | one     | Shop
                  | two     | Shop
                  | also    | Bank
                  | five    | Bank
    subscriptions | account | started_on | mrr
                  | one     | 2025-06-01 | 100
                  | two     | 2025-06-01 | 100
                  | also    | 2025-06-01 | 100
                  | five    | 2025-06-01 | 100
    opportunities | account | created_at | closed_at  | outcome
                  | one     | 2025-02-01 | 2025-05-01 | won
                  | two     | 2025-02-01 | 2025-05-01 | won
                  | also    | 2025-02-01 | 2025-05-01 | won
                  | five    | 2025-02-01 | 2025-05-01 | won
    touches       | account | sent_at
                  | one     | 2025-02-02
                  | two     | 2025-02-02
                  | two     | 2025-02-03
                  | also    | 2025-02-02
                  | also    | 2025-02-03
                  | five    | 2025-02-02
                  | five    | 2025-02-03
                  | five    | 2025-02-04
                  | five    | 2025-02-05
                  | five    | 2025-02-06
    """
    assert of(told, "little_effort", SHOPS) == (2, 2, 1, 2)


def test_grown_is_a_tenth_more_than_on_the_first_day(told: Told) -> None:
    """Of those who have paid for a year and do: 110 after 100 has grown, 109 has not. A price that is not on record at
    either end leaves the account out.

    subscriptions | account | started_on | ended_on   | mrr
                  | tenth   | 2025-01-01 | 2026-01-01 | 100
                  | tenth   | 2026-01-01 |            | 110
                  | less    | 2025-01-01 | 2026-01-01 | 100
                  | less    | 2026-01-01 |            | 109
                  | added   | 2025-01-01 |            | 100
                  | added   | 2026-01-01 |            | 50
                  | unknown | 2025-01-01 |            |
                  | later   | 2025-01-01 |            | 100
                  | later   | 2026-01-01 |            |
                  | young   | 2025-07-01 | 2026-01-01 | 100
                  | young   | 2026-01-01 |            | 300
                  | left    | 2025-01-01 | 2026-01-01 | 100
    """
    met, n, rest_met, rest_n = of(told, "grown")
    assert (met + rest_met, n + rest_n) == (2, 3)


def test_advocates_answer_nine_or_bring_another(told: Told) -> None:
    """A mean of the latest answers of 9 is a promoter, 8.5 is none, and who was not asked is not counted; every
    customer may have brought another.

    subscriptions | account | started_on | mrr
                  | nine    | 2025-01-01 | 100
                  | half    | 2025-01-01 | 100
                  | silent  | 2025-01-01 | 100
    nps_responses | account | answered_at | score | person_id
                  | nine    | 2025-02-01  | 2     | p
                  | nine    | 2025-03-01  | 9     | p
                  | half    | 2025-03-01  | 9     | p
                  | half    | 2025-03-01  | 8     | q
    referrals     | referrer_account | referred_account | referred_at
                  | silent           | other            | 2025-04-01
    accounts      | account
                  | nine
                  | half
                  | silent
                  | other
    """
    for sign, expected in (("promoter", (1, 2)), ("referred", (1, 3))):
        met, n, rest_met, rest_n = of(told, sign)
        assert (met + rest_met, n + rest_n) == expected


def test_what_is_missing_is_no_data_and_never_zero(warehouse_of: Any) -> None:
    """Accounts and subscriptions alone: each other sign says which table it takes, and has no count."""
    accounts = pd.DataFrame({"account_id": ["a", "b"], "industry": ["Shop", "Bank"]})
    paid = pd.DataFrame({"subscription_id": ["1", "2"], "account_id": ["a", "b"], "started_on": ["2025-01-01"] * 2,
                         "mrr": [1, 2], "currency": ["EUR", "USD"]})
    small = warehouse_of({"accounts": accounts, "subscriptions": paid})
    question = Question(TODAY)
    made = value.recipe(small.warehouse, small.company, question)
    met = value.criteria(small.warehouse, small.company, question, made, SHOPS)
    seven = value.seven(small.company)
    found = customers.criteria(met.frame, met.missing, seven, 30, made.weights).set_index("sign")
    assert (met.inside, met.rest, met.middle) == (1, 1, None)
    assert list(found.index[found["status"] != NO_DATA]) == ["stayed_a_year"]
    gone = found[found["status"] == NO_DATA]
    assert gone[["met", "n", "share", "rest_met", "rest_n", "q"]].isna().all().all()
    assert "touches is not connected" in gone.loc["answered", "why"]
    assert gone.loc["grown", "why"] == "prices in several currencies are never added (EUR: 1 accounts, USD: 1 accounts)"
    with pytest.raises(Refused, match="nothing_such"):
        value.criteria(small.warehouse, small.company, question, made, (Rule("nothing_such", ("x",)),))


def test_without_customers_every_sign_says_why(warehouse_of: Any) -> None:
    """Accounts alone: no group, no count, and the table it takes."""
    small = warehouse_of({"accounts": pd.DataFrame({"account_id": ["a"]})})
    met = value.criteria(small.warehouse, small.company, Question(TODAY), value.Recipe({}, {}))
    assert (met.inside, met.rest, len(met.frame)) == (0, 0, 0)
    assert {why.split(":")[0] for why in met.missing.values()} == {"subscriptions is not connected"}


@pytest.fixture
def company(tmp_path: Path) -> Company:
    """A company with the usual settings."""
    return read_company(tmp_path / "gtm.toml", {})


def judged(company: Company, counts: dict[str, tuple[int, int, int, int]], scored: Any = ()) -> pd.DataFrame:
    """The signs by name, of which only these were counted."""
    frame = pd.DataFrame([(name, *each) for name, each in counts.items()], columns=list(value.MET_COLUMNS))
    return customers.criteria(frame, {}, value.seven(company), 30, scored).set_index("sign")


def test_a_sign_is_told_where_luck_could_not(company: Company) -> None:
    """60 of 80 beside 100 of 400 is more, 2 of 80 beside 200 of 400 less, 20 of 80 beside 100 of 400 neither; the
    shares with Wilson's interval, q over the three that were tried."""
    found = judged(company, {"won_in_time": (60, 80, 100, 400), "answered": (2, 80, 200, 400),
                             "near_list": (20, 80, 100, 400)})
    assert found.loc[["won_in_time", "answered", "near_list"], "status"].tolist() == [MORE, LESS, NOT_APART]
    assert set(found["tried"]) == {3}
    row = found.loc["won_in_time"]
    assert (row["share"], row["rest_share"]) == (0.75, 0.25)
    # Wilson 1927: (p + z^2/2n +- z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n) of 60 of 80
    assert (row["low"], row["high"]) == (pytest.approx(0.645153, abs=1e-6), pytest.approx(0.831938, abs=1e-6))
    assert row["p"] <= row["q"] < 1e-9
    assert found.loc["promoter", "status"] == NO_DATA
    assert found.loc["promoter", "why"] == "nobody of them has it on record"


def test_few_have_counts_and_what_the_score_counts_is_not_compared(company: Company) -> None:
    """29 of a side are too few for a share; what is in the score sets its best apart by the way they were chosen."""
    found = judged(company, {"won_in_time": (29, 29, 1, 400), "in_use": (80, 80, 1, 400), "grown": (80, 80, 1, 400)},
                   {"engagement", "advocacy"})
    few = found.loc["won_in_time"]
    assert (few["status"], few["met"], few["n"], few["share"], few["rest_share"]) == (TOO_FEW, 29, 29, None, 1 / 400)
    assert (found.loc["in_use", "status"], found.loc["in_use", "q"]) == (IN_SCORE, None)
    assert found.loc["grown", "status"] == MORE
    assert set(found["tried"]) == {1}


def test_luck_is_told_no_oftener_than_promised(company: Company) -> None:
    """Signs dealt by lot to 75 of 500 customers, 300 times: in at most one company of ten is any of them told."""
    chance, signs = np.random.default_rng(11), [s.name for c in value.seven(company) for s in c.signs]
    wrong = 0
    for _ in range(300):
        rates = chance.uniform(0.1, 0.9, len(signs))
        counts = {name: (int(chance.binomial(75, rate)), 75, int(chance.binomial(425, rate)), 425)
                  for name, rate in zip(signs, rates, strict=True)}
        wrong += bool(judged(company, counts)["status"].isin([MORE, LESS]).any())
    assert wrong / 300 <= customers.Q


def test_the_seven_are_those_that_the_journal_keeps(company: Company) -> None:
    """Names and order of the criteria are one list, and every sign has a count of its own."""
    seven = value.seven(company)
    assert tuple(each.name for each in seven) == CRITERIA
    signs = [sign.name for each in seven for sign in each.signs]
    assert len(set(signs)) == len(signs)
    assert {sign.part for each in seven for sign in each.signs} <= {"", *(part.name for part in value.PARTS)}


def test_every_criterion_is_documented(company: Company) -> None:
    """docs/customers.md has a row a sign: its criterion, what it is, of whom, what it needs."""
    page = (Path(__file__).parent.parent / "docs" / "customers.md").read_text(encoding="utf-8")
    rows = [line for line in page.split("## The seven criteria")[1].split("##")[0].splitlines() if line[:1] == "|"][2:]
    signs = [(each, sign) for each in value.seven(company) for sign in each.signs]
    assert len(rows) == len(signs)
    for row, (criterion, sign) in zip(rows, signs, strict=True):
        for told in (criterion.name.capitalize(), sign.label[1:], sign.among[1:], ", ".join(sign.needs)):
            assert told in row, (told, row)
