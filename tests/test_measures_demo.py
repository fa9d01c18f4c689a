"""The demo company's money in plain pandas beside the same from the warehouse, and what must add up on it."""

from __future__ import annotations

from datetime import date

import duckdb
import pandas as pd
import pytest
import sqlalchemy as sa

from gtm_metrics import customers, demo
from gtm_metrics.company import read_company
from gtm_metrics.measures import (
    GROUPS,
    counted_apart,
    cycle,
    cycle_rows,
    data_gaps,
    measure_named,
    sums,
    this_week,
    value,
    values,
)
from gtm_metrics.question import NOT_SET, Question
from gtm_metrics.warehouse import connect

BY = ("industry",)


@pytest.fixture(scope="module")
def company(warehouse_of):
    """The demo company with a winner, loaded once for this file."""
    return warehouse_of(demo.company(), demo.AS_OF, segments={"dimensions": ["industry"]})


def rows_of(small, table: str) -> pd.DataFrame:
    """The used rows of one table."""
    return small.warehouse.read(sa.text(f"select * from gtm.{table}"))


def paid_on(paid: pd.DataFrame, day: date) -> pd.DataFrame:
    """The subscriptions paid for on a day."""
    when = pd.Timestamp(day)
    return paid[(paid["started_on"] <= when) & (paid["ended_on"].isna() | (paid["ended_on"] > when))]


@pytest.mark.parametrize("as_of", [demo.AS_OF, date(2026, 3, 31)])
def test_retention_is_what_plain_pandas_makes_of_the_rows(company, as_of):
    """GRR and NRR by segment, account by account in pandas, equal the ones added up in the warehouse."""
    paid = rows_of(company, "subscriptions").merge(rows_of(company, "accounts")[["account_id", "industry"]])
    start, end = paid_on(paid, as_of - pd.Timedelta(weeks=52)), paid_on(paid, as_of)
    unknown = set(start[start["mrr"].isna()]["account_id"]) | set(end[end["mrr"].isna()]["account_id"])
    before = start[~start["account_id"].isin(unknown)].groupby("account_id")["mrr"].sum()
    after = end.groupby("account_id")["mrr"].sum().reindex(before.index, fill_value=0)
    each = pd.DataFrame({"before": before, "kept": before.combine(after, min), "after": after})
    industry = paid.drop_duplicates("account_id").set_index("account_id")["industry"].fillna(NOT_SET)
    by_segment = each.groupby(industry.reindex(each.index)).sum()
    found = sums(company.warehouse, company.company, Question(as_of, BY), "retention")
    for name, top in (("grr", "kept"), ("nrr", "after")):
        frame = values(found, measure_named(name)).set_index("segment")["value"]
        assert frame["(all)"] == pytest.approx(each[top].sum() / each["before"].sum())
        expected = (by_segment[top] / by_segment["before"]).to_dict()
        assert frame.drop("(all)").to_dict() == pytest.approx(expected)


def test_customers_and_pipeline_are_the_rows_of_the_day(company):
    """Paying accounts, MRR and open amounts, added up in pandas from the used rows, are the warehouse's."""
    ask = Question(demo.AS_OF, BY)
    paying = paid_on(rows_of(company, "subscriptions"), demo.AS_OF)
    found = sums(company.warehouse, company.company, ask, "customers").frame.groupby("measure")["total"].sum()
    assert found["customers"] == paying["account_id"].nunique()
    assert found["mrr"] == pytest.approx(paying["mrr"].sum())
    deals = rows_of(company, "opportunities")
    still = deals[deals["outcome"].isna() & deals["type"].fillna("new").eq("new")]
    open_ones = sums(company.warehouse, company.company, ask, "pipeline").frame.groupby("measure")["total"].sum()
    assert (open_ones["open_deals"], open_ones["open_pipeline"]) == (len(still), pytest.approx(still["amount"].sum()))


@pytest.mark.parametrize("group", GROUPS)
def test_segments_add_up_to_everyone(company, group):
    """Every sum over segments is the sum that was asked for without any."""
    ask = {"as_of": demo.AS_OF, "weeks": 26}
    whole = sums(company.warehouse, company.company, Question(**ask), group).frame.set_index("measure")
    parts = sums(company.warehouse, company.company, Question(**ask, by=BY), group).frame
    added = parts.groupby("measure")[["n", "total", "total_squares"]].sum()
    assert len(added) == len(whole) > 0
    pd.testing.assert_frame_equal(added.sort_index(), whole.sort_index(), check_index_type=False)


def test_deals_tie_out_with_the_close_rate_and_effort_with_deals(company):
    """Decided and won deals are the close rate's trials and successes, segment by segment, in deals and in effort."""
    asked = {"by": BY, "weeks": 26}
    tally = company.tally("close_rate", demo.AS_OF, **asked).closed.groupby("segment")[["trials", "successes"]].sum()
    for group in ("deals", "effort"):
        frame = sums(company.warehouse, company.company, Question(demo.AS_OF, **asked), group).frame
        counts = frame.pivot_table(index="segment", columns="measure", values="n")
        assert counts["decided"].to_dict() == tally["trials"].to_dict()
        assert counts["won"].to_dict() == tally["successes"].to_dict()


def test_what_is_counted_apart_and_the_trials_make_up_the_whole(company):
    """Sequences begun and calls held are the metric's trials plus what is counted apart, none lost."""
    ask = Question(demo.AS_OF, weeks=26)
    for name, taken in (("response_rate", ["sequence_while_paying"]),
                        ("calls_to_understanding", ["not_recorded", "after_understanding"])):
        apart = counted_apart(company.warehouse, company.company, company.metric(name), ask).set_index("key")
        trials = company.tally(name, demo.AS_OF, weeks=26).closed["trials"].sum()
        assert trials + sum(apart.loc[key, "n"] for key in taken) == apart.loc[taken[0], "of"]


def test_the_cycle_counts_every_new_deal_once(company):
    """Won, other, open and logged late together are the new deals opened in the last 104 weeks."""
    found = cycle(company.warehouse, company.company, Question(demo.AS_OF, BY))
    counts = cycle_rows(found).set_index("segment").loc["(all)", ["won", "other", "open", "logged_late"]]
    opened = company.tally("won_in_time", demo.AS_OF, keys=("week",))
    first = pd.Timestamp(found.first_day)
    deals = rows_of(company, "opportunities")
    new = deals[deals["type"].fillna("new").eq("new")]
    day = new[["created_at", "closed_at"]].min(axis=1).dt.normalize().where(
        new["closed_at"] < new["created_at"].dt.normalize(), new["created_at"].dt.normalize())
    assert counts.sum() == (day >= first).sum()
    assert counts.sum() <= opened.frame["trials"].sum()


def test_a_warehouse_that_was_not_loaded_gives_the_same(warehouse_of, tmp_path):
    """The raw tables behind a layout, tidied under each query, give what the loaded warehouse gives."""
    frames, ask = demo.company("small"), Question(demo.AS_OF, BY, weeks=26)
    loaded = warehouse_of(frames, demo.AS_OF)
    with duckdb.connect(str(tmp_path / "raw.duckdb")) as raw:
        for name, frame in frames.items():
            raw.register("incoming", frame)
            raw.execute(f"create table {name} as select * from incoming")
    company = read_company(tmp_path / "gtm.toml", {"GTM_WAREHOUSE": f"duckdb:///{tmp_path / 'raw.duckdb'}"})
    pairs = [(loaded.warehouse, loaded.company), (connect(company, demo.AS_OF), company)]
    assert [warehouse.loaded for warehouse, _ in pairs] == [True, False]
    for group in ("retention", "deals"):
        one, other = (sums(*pair, ask, group).frame for pair in pairs)
        order = ["measure", "segment"]
        one, other = (frame.sort_values(order, ignore_index=True) for frame in (one, other))
        pd.testing.assert_frame_equal(one, other)
    for asked in (lambda *pair: this_week(*pair, ask).frame, lambda *pair: cycle_rows(cycle(*pair, ask)),
                  lambda *pair: data_gaps(*pair, ask)):
        one, other = (asked(*pair) for pair in pairs)
        assert len(one) > 0
        pd.testing.assert_frame_equal(one, other)


def test_a_small_company_with_crm_and_billing_has_five_kinds_of_things_to_do(warehouse_of):
    """The small story connects neither outreach nor calls and still gives at least five lists with names in them."""
    small = warehouse_of(demo.company("small"), demo.AS_OF)
    found = this_week(small.warehouse, small.company, Question(demo.AS_OF))
    assert sum(n > 0 for n in found.counts.values()) >= 5
    assert found.frame.groupby("kind").size().le(10).all()
    gaps = data_gaps(small.warehouse, small.company, Question(demo.AS_OF))
    assert {"touches", "calls"} <= set(gaps["about"].head(4))


def test_the_planted_trait_of_good_customers_is_found(company):
    """Customers bought by Operations use more, recommend and refer: that is what the best share; nothing but company
    size, by which prices grow, is told besides; the industry that is loved and small is named among those to read."""
    told = value.grouped(company.warehouse, company.company, Question(demo.AS_OF))
    found = customers.traits(told.frame)
    shared = customers.shared(found, "best")
    assert list(zip(shared["attribute"], shared["value"], strict=True)) == [demo.TRUTH["winner"].fond]
    assert shared.iloc[0]["lift"] > 2
    assert shared.iloc[0]["low"] > 1
    besides = found[(found["status"] == customers.FOUND) & (found["attribute"] != "team")]
    assert set(besides["attribute"]) <= {"employees"}
    loved = customers.small_but_loved(told.frame, ["industry"], 30)
    assert [each.value for each in loved] == [demo.TRUTH["winner"].loved]


def test_without_a_planted_trait_none_is_told(warehouse_of):
    """The company in which nothing differs: of about a hundred traits tried none is told."""
    small = warehouse_of(demo.company("no-winner"), demo.AS_OF, segments={"dimensions": ["industry"]})
    found = customers.traits(value.grouped(small.warehouse, small.company, Question(demo.AS_OF)).frame)
    assert found["tried"].iloc[0] > 50
    assert not (found["status"] == customers.FOUND).any()
