"""Sums and their values: money and effort of small drawn companies, each number worked out beside its rows."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest

from gtm_metrics.company import Refused
from gtm_metrics.measures import GROUPS, MEASURES, Sums, measure_named, sums, values
from gtm_metrics.question import Question
from gtm_metrics.sources import TABLES
from gtm_metrics.tables.cells import value_cell

TODAY = date(2026, 6, 30)
SETTINGS = {"segments": {"dimensions": ["industry"]}}


def asked(told, group: str, as_of: date = TODAY, keys: tuple[str, ...] = (), **more: Any) -> Sums:
    """A group's sums over the accounts drawn in one test."""
    question = Question(as_of, **{"weeks": None, "scope": (("trap", told.trap),), **more})
    return sums(told.small.warehouse, told.small.company, question, group, keys)


def added(found: Sums) -> dict[str, tuple[int, float]]:
    """{measure: (n, total)} over all segments."""
    table = found.frame.groupby("measure")[["n", "total"]].sum()
    return {str(name): (int(n), float(total)) for name, n, total in table.itertuples()}


def value(found: Sums, name: str, segment: str = "(all)", minimum: int = 1) -> Any:
    """A measure's value for one segment."""
    frame = values(found, measure_named(name), minimum)
    return frame[frame["segment"] == segment]["value"].iloc[0]


def test_a_customer_pays_on_the_day_and_its_price_may_be_unknown(told):
    """An account is one customer with all its subscriptions, until the first day no longer paid for; a price that
    is not recorded makes a customer and no money.

    subscriptions | account | started_on | ended_on   | mrr
                  | a       | 2025-01-01 |            | 100
                  | a       | 2025-03-01 |            | 50
                  | ended   | 2025-01-01 | 2026-06-30 | 70
                  | notice  | 2025-01-01 | 2026-07-01 | 30
                  | unknown | 2025-01-01 |            |
    """
    found = asked(told, "customers")
    assert added(found) == {"customers": (3, 3.0), "mrr": (2, 180.0), "unpriced": (1, 1.0)}
    assert value(found, "arpa") == 90.0
    # the day before, the one that ended was a customer still
    assert added(asked(told, "customers", date(2026, 6, 29)))["customers"] == (4, 4.0)


def test_retention_follows_a_closed_cohort(told):
    """GRR and NRR take who paid 52 weeks ago and what they pay now: new customers do not enter, one that grew
    covers no one's loss in GRR, and an unknown price at either end leaves the account out.

    subscriptions | account | started_on | ended_on   | mrr
                  | grew    | 2025-01-01 | 2026-01-01 | 100
                  | grew    | 2026-01-01 |            | 130
                  | left    | 2025-01-01 | 2026-02-01 | 100
                  | shrank  | 2025-01-01 | 2026-03-01 | 100
                  | shrank  | 2026-03-01 |            | 60
                  | stayed  | 2025-01-01 |            | 100
                  | late    | 2025-07-02 |            | 900
                  | unknown | 2025-01-01 | 2026-01-01 | 80
                  | unknown | 2026-01-01 |            |
    """
    found = asked(told, "retention")
    assert (found.first_day, found.last_day) == (date(2025, 7, 1), TODAY)
    assert added(found) == {
        "start_mrr": (4, 400.0), "end_mrr": (4, 290.0), "kept_mrr": (4, 260.0), "change_mrr": (4, -110.0),
        "lost_mrr": (2, 140.0), "churned_mrr": (1, 100.0), "contraction_mrr": (1, 40.0), "expansion_mrr": (1, 30.0),
        "unpriced": (1, 1.0)}
    # METRICS: GRR = (400 - 100 - 40) / 400, NRR = (400 - 100 - 40 + 30) / 400
    assert (value(found, "grr"), value(found, "nrr")) == (0.65, 0.725)


def test_an_end_after_as_of_is_not_churned(told):
    """Asked as of a day before it ended, a subscription is paid for, and its revenue is retained in full.

    subscriptions | account | started_on | ended_on   | mrr
                  | a       | 2025-01-01 | 2026-06-15 | 100
                  | b       | 2025-01-01 |            | 100
    """
    before, after = asked(told, "retention", date(2026, 6, 14)), asked(told, "retention", date(2026, 6, 15))
    assert (value(before, "grr"), value(after, "grr")) == (1.0, 0.5)
    assert "churned_mrr" not in added(before)
    assert added(after)["churned_mrr"] == (1, 100.0)


def test_window_retention_runs_over_the_windows_own_days(told):
    """Over the last 13 closed weeks the cohort closes on the Sunday before the first and is read on the last Sunday.

    subscriptions | account | started_on | ended_on   | mrr
                  | a       | 2025-01-01 | 2026-03-29 | 100
                  | b       | 2025-01-01 | 2026-03-30 | 100
                  | c       | 2025-01-01 | 2026-06-29 | 100
    """
    found = asked(told, "window_retention", weeks=13)
    assert (found.first_day, found.last_day) == (date(2026, 3, 29), date(2026, 6, 28))
    # a had left on the first day; b leaves within; c leaves after the last Sunday
    assert (added(found)["start_mrr"], value(found, "nrr")) == ((2, 200.0), 0.5)


def test_several_currencies_are_refused_with_the_count_of_each(told):
    """Euros and dollars are never added: customers are counted all the same, MRR says what stands in the way.

    subscriptions | account | started_on | mrr | currency
                  | a       | 2025-01-01 | 100 | USD
                  | b       | 2025-01-01 | 90  | EUR
                  | both    | 2025-01-01 | 10  | USD
                  | both    | 2025-01-01 | 10  | EUR
                  | none    | 2025-01-01 | 10  |
    """
    found = asked(told, "customers")
    why = "amounts in several currencies are never added (accounts: 1 in EUR, 1 in EUR and USD, 1 in USD)"
    assert found.status("mrr") == ("not_measurable", why)
    assert found.status("customers") == ("ok", "")
    assert set(added(found)) == {"customers"}
    assert found.currency is None
    row = values(found, measure_named("arpa")).iloc[0]
    assert (row["n"], row["value"], row["status"], row["why"]) == (None, None, "not_measurable", why)


def test_one_currency_in_two_spellings_and_none_is_one(told):
    """A currency that is left out, or typed in small letters, is not a second one.

    subscriptions | account | started_on | mrr | currency
                  | a       | 2025-01-01 | 100 | USD
                  | b       | 2025-01-01 | 90  | usd
                  | none    | 2025-01-01 | 10  |
    """
    found = asked(told, "customers")
    assert (found.currency, added(found)["mrr"]) == ("USD", (3, 200.0))


def test_an_account_billed_in_another_currency_at_the_end_is_refused(told):
    """Retention compares two days: who changed currency in between has no ratio.

    subscriptions | account | started_on | ended_on   | mrr | currency
                  | a       | 2025-01-01 | 2026-01-01 | 100 | USD
                  | a       | 2026-01-01 |            | 90  | EUR
    """
    assert asked(told, "retention").status("kept_mrr")[0] == "not_measurable"


def test_deals_of_the_window_are_those_the_close_rate_counts(told):
    """New deals decided in closed weeks enter, with the amounts they record; a discount needs both prices, and the
    amount-weighted rate weighs by money.

    opportunities | account | created_at | closed_at  | outcome     | type      | amount | list_amount
                  | a       | 2026-01-01 | 2026-06-28 | won         |           | 1000   | 1250
                  | b       | 2026-01-01 | 2026-03-30 | won         | new       | 500    | 500
                  | c       | 2026-01-01 | 2026-06-29 | won         |           | 9000   | 9000
                  | d       | 2026-01-01 | 2026-03-29 | won         |           | 9000   | 9000
                  | e       | 2026-01-01 | 2026-05-01 | lost        |           | 1500   | 2000
                  | f       | 2026-01-01 | 2026-05-02 | no_decision |           |        |
                  | g       | 2026-01-01 | 2026-05-02 | won         | expansion | 9000   | 9000
                  | h       | 2026-01-01 |            |             |           | 700    |
    """
    found = asked(told, "deals", weeks=13)
    assert added(found) == {
        "decided": (4, 4.0), "won": (2, 2.0), "no_decision": (1, 1.0), "won_or_lost": (3, 3.0),
        "won_amount": (2, 1500.0), "decided_amount": (3, 3000.0), "not_won_amount": (1, 1500.0),
        "discounts": (2, pytest.approx(0.2))}
    assert value(found, "deal_size") == 750.0
    assert value(found, "discount") == pytest.approx(0.1)
    assert value(found, "amount_close_rate") == 0.5
    assert (value(found, "no_decision_share"), value(found, "narrow_close_rate")) == (0.25, pytest.approx(2 / 3))
    assert int(told.tally("close_rate", weeks=13).closed["trials"].sum()) == 4
    assert added(asked(told, "pipeline")) == {"open_deals": (1, 1.0), "open_pipeline": (1, 700.0)}


def test_a_share_below_the_minimum_keeps_its_counts(told):
    """Three deals give no percentage of no decision, but they are counted, and the sentence says how many.

    opportunities | account | created_at | closed_at  | outcome
                  | a       | 2026-01-01 | 2026-05-01 | won
                  | b       | 2026-01-01 | 2026-05-01 | lost
                  | c       | 2026-01-01 | 2026-05-01 | no_decision
    """
    row = values(asked(told, "deals"), measure_named("no_decision_share"), 30).iloc[0]
    assert (row["n"], row["value"], row["low"], row["status"]) == (3, None, None, "too_early")
    assert (row["met"], row["why"]) == (1, "3 of 30 decided deals")
    assert value_cell("no_decision_share", row, "$") == "1 / 3"


def test_effort_is_what_was_spent_on_decided_deals_to_their_close(told):
    """Touches count from 90 days before the opening to the day of the close, calls to the day of the close; of two
    deals within reach the older one has the touch; effort per win spreads it all over the wins.

    opportunities | opportunity | account | created_at | closed_at  | outcome
                  | a           | a       | 2026-05-01 | 2026-06-01 | won
                  | b-older     | b       | 2026-03-01 |            |
                  | b           | b       | 2026-05-01 | 2026-05-20 | lost
                  | c           | c       | 2026-05-03 | 2026-05-20 | won
    touches       | account | sent_at    | direction
                  | a       | 2026-01-30 |
                  | a       | 2026-01-31 |
                  | a       | 2026-05-10 | inbound
                  | a       | 2026-05-15 | outbound
                  | a       | 2026-06-01 | outbound
                  | a       | 2026-06-02 | outbound
                  | b       | 2026-05-05 | outbound
                  | c       | 2026-04-30 | inbound
                  | c       | 2026-05-02 | outbound
    calls         | account | opportunity | held_at
                  | a       | a           | 2026-05-05
                  | a       | a           | 2026-06-01
                  | a       | a           | 2026-06-02
    """
    found = asked(told, "effort")
    # a: touches of 31 Jan, 15 May, 1 Jun and two calls; b: its touch belongs to the older deal; c: one touch
    assert added(found) == {
        "decided": (3, 3.0), "won": (2, 2.0), "touches_spent": (3, 4.0), "calls_spent": (3, 2.0), "effort": (3, 6.0),
        "touched_won": (2, 2.0), "inbound_won": (1, 1.0)}
    assert value(found, "effort_per_win") == 3.0
    # a was written to first, on 31 January; c came to us on 30 April
    assert value(found, "inbound_share") == 0.5


def test_endings_count_subscriptions_not_customers(told):
    """A change of price ends a subscription: it is counted under its own name beside churn.

    subscriptions | account | started_on | ended_on   | mrr
                  | a       | 2025-01-01 | 2026-06-28 | 100
                  | a       | 2026-06-28 |            | 120
                  | b       | 2025-01-01 | 2026-06-29 | 70
    """
    found = asked(told, "endings", weeks=1)
    assert added(found) == {"ended_subscriptions": (1, 1.0), "ended_mrr": (1, 100.0)}


def test_segments_and_weeks_add_up_to_everyone(told):
    """Sums by segment, "(not set)" included, by two dimensions and by week add up to the sums over all.

    accounts      | account | industry | size
                  | a       | x        | small
                  | b       | y        |
                  | c       |          | small
    opportunities | account | created_at | closed_at  | outcome | amount
                  | a       | 2026-01-01 | 2026-05-01 | won     | 10
                  | b       | 2026-01-01 | 2026-05-08 | won     | 20
                  | c       | 2026-01-01 | 2026-05-15 | lost    | 40
    """
    everyone = added(asked(told, "deals"))
    assert everyone["decided_amount"] == (3, 70.0)
    for by in (("industry",), ("industry", "size")):
        found = asked(told, "deals", by=by)
        assert added(found) == everyone
        frame = values(found, measure_named("deal_size"))
        assert frame["segment"].iloc[0] == "(all)"
        assert "(not set)" in frame["segment"].iloc[-1]
    weekly = asked(told, "deals", keys=("week",))
    assert added(weekly) == everyone
    assert weekly.frame["week"].dt.day_of_week.eq(0).all()
    sizes = values(asked(told, "deals", by=("industry",)), measure_named("won_amount"))
    assert sizes["value"].tolist() == [30.0, 10.0, 20.0, 0.0]
    assert sizes["rest_value"].tolist() == [None, 20.0, 10.0, 30.0]


def test_an_unknown_dimension_or_a_week_for_a_stock_is_refused(told):
    """A dimension that is not there and a week for customers of a day are errors that name what there is.

    subscriptions | account | started_on | mrr
                  | a       | 2025-01-01 | 1
    """
    with pytest.raises(Refused, match="colour"):
        asked(told, "customers", by=("colour",))
    with pytest.raises(ValueError, match="only deals, effort, endings do"):
        asked(told, "customers", keys=("week",))
    with pytest.raises(KeyError, match="is not counted in customers"):
        asked(told, "customers").status("won")


@pytest.mark.parametrize("group", GROUPS)
def test_only_accounts_gives_empty_sums_that_say_why(warehouse_of, group):
    """With nothing but accounts every measure is not connected, says which table misses, and nothing fails."""
    small = warehouse_of({"accounts": pd.DataFrame({"account_id": ["a"], "industry": ["x"]})})
    found = sums(small.warehouse, small.company, Question(TODAY, ("industry",)), group)
    assert found.frame.empty
    assert list(found.frame.columns) == ["measure", "segment", "n", "total", "total_squares"]
    assert {status for status, _ in found.missing.values()} == {"not_connected"}
    assert set(found.missing) == set(GROUPS[group])
    for measure in MEASURES:
        if measure.of in GROUPS[group]:
            assert values(found, measure)["status"].tolist() == ["not_connected"]


def test_a_ratio_over_nothing_is_missing_not_zero(warehouse_of):
    """Subscriptions that all began this month: no cohort, so no GRR, while customers are counted."""
    rows = pd.DataFrame({"subscription_id": ["1"], "account_id": ["a"], "started_on": ["2026-06-01"], "mrr": [5.0]})
    small = warehouse_of({"accounts": pd.DataFrame({"account_id": ["a"]}), "subscriptions": rows})
    found = sums(small.warehouse, small.company, Question(TODAY), "retention")
    assert values(found, measure_named("grr"))[["n", "value", "status"]].values.tolist() == [[0, None, "ok"]]


def test_every_measure_is_described_and_made_of_what_is_counted():
    """Each row of MEASURES has its words, needs tables there are, and ratios name sums of one group."""
    counted = {name for names in GROUPS.values() for name in names}
    for measure in MEASURES:
        assert all((measure.label, measure.unit, measure.definition.endswith("."), measure.needs))
        for part in (part for need in measure.needs for part in need.split(" or ")):
            table, *column = part.split(".")
            assert set(column) <= set(TABLES[table].names)
        parts = {part for part in (measure.of or measure.name, measure.over, measure.difference) if part}
        assert any(parts <= set(names) for names in GROUPS.values())
    assert counted == {measure.name for measure in MEASURES if measure.kind == "sum"}
