"""Questions and their windows: closed weeks, fiscal periods, what is not connected, what is refused."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gtm_metrics.company import Refused
from gtm_metrics.metrics import METRICS, NAMES, metric_named, metrics_with
from gtm_metrics.question import Question
from gtm_metrics.sources import TABLES
from gtm_metrics.tallies import not_connected, offered, window
from gtm_metrics.warehouse import NOT_CONNECTED, OK, Relation, Warehouse
from gtm_metrics.weeks import (
    add_months,
    closed_through,
    last_complete_week,
    monday,
    quarter_start,
    sunday,
    weeks_within,
    year_start,
)

pytestmark = pytest.mark.xdist_group("tallies")
SETTINGS = {"segments": {"edges": {"employees": [50]}, "labels": {"industry": "Trade"}},
            "metrics": {"won_in_time_weeks": 4}}
days = st.dates(date(2000, 1, 1), date(2100, 1, 1))
maturities = st.sampled_from([metric.maturity for metric in METRICS])


# The calendar


@given(maturities, days)
def test_a_week_is_closed_as_a_whole(maturity, as_of):
    """The last closed week's Sunday and maturity have passed by as_of, the next week's have not."""
    week = closed_through(maturity, as_of)
    assert week.weekday() == 0
    assert sunday(week) + timedelta(days=maturity) <= as_of < sunday(week) + timedelta(days=maturity + 7)


def test_closed_weeks_on_known_days():
    """Monday names the week; a week without maturity closes on its Sunday, one of 21 days on the Sunday three on."""
    # Sunday 28 June 2026 ends the week of 22 June
    assert monday(date(2026, 6, 28)) == date(2026, 6, 22)
    assert closed_through(0, date(2026, 6, 28)) == date(2026, 6, 22)
    assert closed_through(0, date(2026, 6, 27)) == date(2026, 6, 15)
    assert closed_through(21, date(2026, 6, 28)) == date(2026, 6, 1)
    assert closed_through(21, date(2026, 6, 27)) == date(2026, 5, 25)
    assert last_complete_week(date(2026, 6, 27)) == date(2026, 6, 21)
    # weeks do not care for the new year: 1 January 2026 is a Thursday
    assert monday(date(2026, 1, 1)) == date(2025, 12, 29)


@given(days, st.integers(1, 12))
def test_fiscal_periods_hold_their_day(day, starts):
    """A quarter is three whole months that hold the day and lie in a fiscal year that starts in the month set."""
    quarter, year = quarter_start(day, starts), year_start(day, starts)
    assert quarter <= day < add_months(quarter, 3)
    assert year <= quarter < add_months(year, 12)
    assert (year.month, year.day, quarter.day) == (starts, 1, 1)
    assert (quarter.month - starts) % 3 == 0


@given(days, st.integers(1, 12))
def test_every_week_belongs_to_one_quarter(day, starts):
    """Quarters as whole weeks follow on each other without a gap, each week in the one that holds its Monday."""
    start = quarter_start(day, starts)
    first, last = weeks_within(start, add_months(start, 3))
    assert start <= first <= last < add_months(start, 3)
    assert (last - first).days // 7 in (11, 12, 13)
    assert weeks_within(add_months(start, 3), add_months(start, 6))[0] == last + timedelta(days=7)


def test_fiscal_quarters_on_known_days():
    """A fiscal year from February: January is the end of its last quarter."""
    assert quarter_start(date(2026, 1, 31), 2) == date(2025, 11, 1)
    assert year_start(date(2026, 1, 31), 2) == date(2025, 2, 1)
    assert year_start(date(2026, 2, 1), 2) == date(2026, 2, 1)
    # the first Monday of the second quarter of 2026 is 6 April, the last 29 June
    assert weeks_within(date(2026, 4, 1), date(2026, 7, 1)) == (date(2026, 4, 6), date(2026, 6, 29))


# Windows of a question


@given(st.sampled_from(METRICS), days, st.integers(1, 104))
def test_the_last_n_weeks_are_closed_weeks_of_the_metric(metric, as_of, weeks):
    """--weeks N is N weeks that end with the metric's own last closed one, whatever other metrics have closed."""
    first, last = window(metric, Question(as_of, weeks=weeks))
    assert last == closed_through(metric.maturity, as_of)
    assert (last - first).days == 7 * (weeks - 1)


def test_a_period_ends_where_weeks_are_still_open():
    """A window of given weeks keeps its first and stops at the last closed week; all weeks have no first."""
    metric = metric_named("response_rate")
    period = (date(2026, 4, 6), date(2026, 6, 29))
    assert window(metric, Question(date(2026, 6, 28), weeks=period)) == (date(2026, 4, 6), date(2026, 6, 1))
    assert window(metric, Question(date(2027, 6, 28), weeks=period)) == period
    assert window(metric, Question(date(2026, 6, 28), weeks=None)) == (None, date(2026, 6, 1))


def test_a_window_counts_its_weeks_and_no_others(told):
    """One trial a week: a window of N counts N, a period its own, and what began since is waiting.

    opportunities | account | created_at | closed_at  | outcome
                  | a       | 2026-06-01 | 2026-06-01 | won
                  | a       | 2026-06-01 | 2026-06-08 | lost
                  | a       | 2026-06-01 | 2026-06-15 | won
                  | a       | 2026-06-01 | 2026-06-22 | won
                  | a       | 2026-06-01 | 2026-06-29 | won
    """
    thursday = date(2026, 6, 25)
    assert [told("close_rate", thursday, weeks=n) for n in (1, 2, 3, None)] == [(1, 1), (2, 1), (3, 2), (3, 2)]
    tally = told.tally("close_rate", thursday, weeks=2)
    assert (tally.first_week, tally.last_week) == (date(2026, 6, 8), date(2026, 6, 15))
    assert tally.waiting["week"].tolist() == [pd.Timestamp(2026, 6, 22)]
    week = date(2026, 6, 8)
    period = told.tally("close_rate", thursday, weeks=(week, week))
    assert (period.frame["trials"].sum(), period.first_week, period.last_week) == (1, week, week)
    assert period.waiting.empty
    everything = told.tally("close_rate", thursday, weeks=None)
    assert everything.first_week == date(2026, 6, 1)


def test_a_window_before_anything_closed(told):
    """A period that has not closed a week yet has no first week, counts nothing, and everything in it is waiting.

    opportunities | account | created_at | closed_at  | outcome
                  | a       | 2026-06-01 | 2026-06-22 | won
                  | a       | 2026-06-01 | 2026-06-01 | lost
    """
    tally = told.tally("close_rate", date(2026, 6, 25), weeks=(date(2026, 6, 22), date(2026, 6, 29)))
    assert tally.first_week is None
    assert tally.closed.empty
    assert tally.waiting["trials"].tolist() == [1]


def test_m_of_won_in_time_is_the_companys(told):
    """M weeks of gtm.toml decide both who won in time and when a week is ripe.

    opportunities | account | created_at | closed_at  | outcome
                  | day 28  | 2025-01-06 | 2025-02-03 | won
                  | day 29  | 2025-01-06 | 2025-02-04 | won
    """
    metric = told.small.metric("won_in_time")
    assert (metric.maturity, metric.success) == (28, "won within 4 weeks of creation")
    assert told("won_in_time", date(2025, 2, 8)) == (0, 0)
    assert told("won_in_time", date(2025, 2, 9)) == (2, 1)


def test_settings_reach_every_metric():
    """Minimum counts are the company's: trials for events, customer-weeks for churn."""
    for metric in metrics_with(26, 50, 900):
        assert metric.minimum == (900 if metric.name == "churn" else 50)
        assert "{" not in metric.success


# Columns


def test_a_tally_has_the_columns_asked_for(told):
    """Columns come in one order and in fixed types; a tally without rows or reason to count has them too.

    accounts      | account | industry | region
                  | a       | Software | EU
    opportunities | account | created_at | closed_at  | outcome | competitor
                  | a       | 2025-01-06 | 2025-02-03 | won     | Acme
    """
    asked = {"by": ("industry", "region"), "within": "employees", "splits": ("competitor",)}
    for as_of in (date(2025, 6, 30), date(2024, 6, 30)):
        frame = told.tally("close_rate", as_of, **asked).frame
        assert list(frame.columns) == ["metric", "segment", "segment_2", "within", "week", "band", "competitor",
                                       "trials", "successes"]
        assert [str(frame[c].dtype) for c in ("week", "trials", "successes")] == ["datetime64[us]", "int64", "int64"]
    assert len(told.tally("close_rate", date(2025, 6, 30), **asked).frame) == 1
    absent = told.tally("response_rate", by=("industry",))
    assert (absent.status, str(absent.frame["week"].dtype)) == ("not_connected", "datetime64[us]")


# What is not connected


def relation(name: str, *columns: str, used: int = 5) -> Relation:
    """A table with so many used rows, in which these columns hold something."""
    return Relation(TABLES[name], OK, filled=dict.fromkeys(columns, used), rows_read=used)


def held(*relations: Relation) -> Warehouse:
    """A warehouse that nobody asks: only which tables and columns it has."""
    there = {r.table.name: r for r in relations}
    absent = {name: Relation(table, NOT_CONNECTED, f"the warehouse has no table {name}")
              for name, table in TABLES.items()}
    return Warehouse(None, {**absent, **there}, None, "", True)


ACCOUNTS = relation("accounts", "account_id", "created_on")
DEALS = relation("opportunities", "outcome", "advanced_at")


@pytest.mark.parametrize(("warehouse", "metric", "why"), [
    (held(ACCOUNTS), "response_rate", "touches is not connected: the warehouse has no table touches"),
    (held(relation("touches", used=0)), "response_rate", "touches holds no row that can be used"),
    (held(relation("touches", "sent_at")), "response_rate",
     "touches.replied_at is not connected: no row has a value"),
    (held(relation("touches", "replied_at")), "response_rate", ""),
    (held(DEALS), "calls_to_understanding", "calls is not connected: the warehouse has no table calls"),
    (held(relation("calls", "understood")), "calls_to_understanding",
     "opportunities is not connected: the warehouse has no table opportunities"),
    (held(relation("calls", "held_at"), DEALS), "calls_to_understanding",
     "neither calls.understood nor opportunities.understood_at is connected"),
    (held(relation("calls", "understood"), DEALS), "calls_to_understanding", ""),
    (held(relation("calls"), relation("opportunities", "understood_at")), "calls_to_understanding", ""),
    (held(relation("opportunities", "created_at")), "close_rate",
     "opportunities.outcome is not connected: no row has a value"),
    (held(relation("opportunities", "created_at")), "won_in_time",
     "opportunities.outcome is not connected: no row has a value"),
    (held(), "churn", "subscriptions is not connected: the warehouse has no table subscriptions"),
    (held(relation("subscriptions")), "churn", ""),
    (held(relation("accounts", "account_id"), DEALS), "reached_opportunity",
     "accounts.created_on is not connected: no row has a value"),
    (held(ACCOUNTS, DEALS), "reached_opportunity", ""),
    (held(relation("opportunities", "outcome")), "advanced",
     "opportunities.advanced_at is not connected: no row has a value"),
])
def test_what_is_not_connected_says_why(warehouse, metric, why):
    """A metric is not connected when a table or the column it rests on is missing or empty, never zero."""
    assert not_connected(warehouse, metric_named(metric)) == why


def test_stand_ins_are_offered_only_for_what_is_missing():
    """A stand-in is offered while the stage it stands in for is not connected and the stand-in itself is."""
    stages = {m.name for m in METRICS if m.stand_in_for is None}

    def stand_ins(*relations: Relation) -> set[str]:
        names = [m.name for m in offered(held(*relations), METRICS)]
        assert len(names) == len(set(names))
        assert stages <= set(names)
        return set(names) - stages

    replies, calls = relation("touches", "replied_at"), relation("calls", "understood")
    assert stand_ins(ACCOUNTS, DEALS) == {"reached_opportunity", "advanced"}
    assert stand_ins(ACCOUNTS, DEALS, replies) == {"advanced"}
    assert stand_ins(ACCOUNTS, DEALS, calls) == {"reached_opportunity"}
    assert stand_ins(ACCOUNTS, DEALS, replies, calls) == set()
    assert stand_ins(ACCOUNTS) == set()


def test_nothing_connected_is_not_zero(warehouse_of):
    """With accounts alone no metric counts anything: no row, a reason, and no rows behind it."""
    small = warehouse_of({"accounts": pd.DataFrame({"account_id": ["a"], "industry": ["Software"]})})
    for metric in NAMES:
        tally = small.tally(metric, by=("industry",))
        assert (tally.status, tally.frame.empty) == ("not_connected", True)
        assert tally.why
        assert small.rows(metric).empty


def test_a_warehouse_without_lost_deals(warehouse_of):
    """Where nothing was ever lost a close rate would be 100 %: it is not measurable, and won in time is."""
    deals = pd.DataFrame({"opportunity_id": ["1", "2"], "account_id": "a", "created_at": date(2025, 1, 6),
                          "closed_at": [date(2025, 2, 3), None], "outcome": ["won", None]})
    small = warehouse_of({"accounts": pd.DataFrame({"account_id": ["a"]}), "opportunities": deals})
    tally = small.tally("close_rate")
    assert tally.status == "not_measurable"
    assert tally.why == "the warehouse holds won deals and none that was lost or ended in no decision"
    won = small.tally("won_in_time")
    assert (won.status, won.frame["trials"].sum(), won.frame["successes"].sum()) == ("ok", 2, 1)


def test_data_through(warehouse_of):
    """Data reach to the last day on which any table has an instant, today at the latest; a plan is no instant."""
    frames = {
        "accounts": pd.DataFrame({"account_id": ["a"], "created_on": [date(2025, 1, 6)]}),
        "opportunities": pd.DataFrame({
            "opportunity_id": ["1", "2"], "account_id": "a", "created_at": date(2025, 2, 3),
            "closed_at": [date(2025, 3, 3), date(2025, 4, 7)], "outcome": ["lost", None]}),
        "subscriptions": pd.DataFrame({
            "subscription_id": ["1"], "account_id": "a", "started_on": date(2025, 2, 3), "ended_on": date(2026, 2, 3)})}
    # the deal decided on 3 March is the last thing that happened; the forecast and the scheduled end have not
    assert warehouse_of(frames).warehouse.data_through == date(2025, 3, 3)
    touches = pd.DataFrame({"touch_id": ["1"], "account_id": "a", "sent_at": date(2025, 3, 10),
                            "replied_at": date(2026, 7, 7)})
    small = warehouse_of({**frames, "touches": touches})
    assert small.warehouse.data_through == date(2026, 6, 30)
    assert small.tally("response_rate").data_through == date(2026, 6, 30)


# What is refused


@pytest.mark.parametrize(("given", "says"), [
    ({"by": ("a", "b", "c")}, "none, one, or two different dimensions"),
    ({"by": ("a", "a")}, "none, one, or two different dimensions"),
    ({"weeks": 0}, "at least 1"),
    ({"weeks": -13}, "at least 1"),
    ({"weeks": (date(2026, 4, 1), date(2026, 6, 29))}, "Mondays"),
    ({"weeks": (date(2026, 4, 6), date(2026, 6, 30))}, "Mondays"),
])
def test_a_question_that_cannot_be_meant_is_refused(given, says):
    """Three dimensions, one twice, no weeks, or weeks that are not named by their Mondays are no question."""
    with pytest.raises(ValueError, match=says):
        Question(date(2026, 6, 30), **given)


def test_a_question_is_its_own_key():
    """Equal questions are one cache key, and crossed dimensions have one name."""
    one, same = (Question(date(2026, 6, 30), ("industry", "region")) for _ in range(2))
    assert len({one, same, Question(date(2026, 6, 30), ("region", "industry"))}) == 2
    assert one.dimension == "industry × region"
    assert Question(date(2026, 6, 30)).dimension == ""


@pytest.mark.parametrize(("asked", "says"), [
    ({"by": ("planet",)}, r"'planet' is not a dimension; there are .*industry"),
    ({"within": "planet"}, "is not a dimension"),
    ({"scope": (("planet", "Earth"),)}, "is not a dimension"),
    ({"by": ("account_id",)}, "is not a dimension"),
    ({"by": ("name",)}, "is not a dimension"),
    ({"by": ("seats",)}, r"seats is a number; give it edges in gtm.toml, such as segments.edges.seats"),
    ({"by": ("founded",)}, "founded is a date, and a date is no segment"),
    ({"splits": ("channel",)}, "close_rate does not split by 'channel'; it splits by outcome"),
])
def test_what_accounts_do_not_have_is_refused(told, asked, says):
    """An unknown dimension lists the known ones; numbers want edges, dates are no segments, splits are the metric's.

    accounts      | account | industry | employees | seats | founded    | region
                  | a       | Software | 10        | 3     | 2001-01-01 | EU
                  | b       | Health   | 60        | 4     | 2002-01-01 | US
    opportunities | account | created_at | closed_at  | outcome
                  | a       | 2025-01-06 | 2025-02-03 | won
                  | b       | 2025-01-06 | 2025-02-03 | lost
    """
    with pytest.raises(Refused, match=says):
        told.small.tally("close_rate", **asked)
    with pytest.raises(Refused, match="churn does not split by 'outcome'; it splits by nothing"):
        told.small.tally("churn", splits=("outcome",))
