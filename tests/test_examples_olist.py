"""Olist's real seller funnel, counted again by hand: won in time, as of, what was learned by winning."""

from __future__ import annotations

import csv
import re
from datetime import date
from pathlib import Path

import duckdb
import pytest
import sqlalchemy as sa
from conftest import DATA, Small, WarehouseOf
from example_data import by_segment, connected, count, example, readme

from gtm_metrics import customers
from gtm_metrics.measures import value
from gtm_metrics.question import Question
from gtm_metrics.tallies.known import dimensions, known

pytestmark = pytest.mark.xdist_group("examples")
OLIST_THROUGH = date(2018, 11, 14)
SELLERS = """
    select seller_id as account_id, min(business_segment) as business_segment, min(lead_type) as lead_type,
           cast(min(won_date) as date) as won_on, round(min(gmv), 2) as mrr
    from read_csv($deals, all_varchar = true)
    join (select seller_id, cast(replace(gmv, ',', '.') as double) as gmv
          from read_csv($sellers, delim = ';', header = true, all_varchar = true)) using (seller_id)
    group by seller_id
"""
"""A row a won seller that sold: its segment, when it was won and the merchandise it sold."""
ORIGINS = {
    "organic_search": (219, 2296), "paid_search": (150, 1586), "social": (59, 1350), "unknown": (157, 1099),
    "direct_traffic": (50, 499), "email": (12, 493), "referral": (21, 284), "(not set)": (12, 60),
}


@pytest.fixture(scope="module")
def olist(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Small:
    """The Olist example."""
    return example("olist", data / "olist", tmp_path_factory.mktemp("olist"))


def test_what_olist_does_not_hold_is_not_connected(olist: Small) -> None:
    """Every stage that the files do not hold is not connected, with its reason, and no stand-in takes its place."""
    assert connected(olist) == {"won_in_time"}


def won_of_may(small: Small, as_of: date) -> tuple[int, int]:
    """How many of the opportunities created in May 2018 are won, and how many there are, as of a day."""
    deals = known(small.warehouse, "opportunities", as_of)
    of_may = deals.c.created_at.between(date(2018, 5, 1), date(2018, 6, 1))
    query = sa.select(sa.func.count(deals.c.outcome).label("won"), sa.func.count().label("n")).where(of_may)
    row = small.warehouse.read(query).iloc[0]
    return int(row["won"]), int(row["n"])


def test_olist_counts_every_lead(olist: Small) -> None:
    """Every lead is an account and an opportunity, and 842 of the 8,000 were won by the last day of the data."""
    assert olist.warehouse.data_through == OLIST_THROUGH
    for table in ("accounts", "opportunities"):
        relation = olist.warehouse.relations[table]
        # olist_marketing_qualified_leads_dataset.csv: 8,000 rows, mql_id unique
        assert (relation.rows_read, relation.rows_set_aside) == (8000, 0)
    deals = known(olist.warehouse, "opportunities", OLIST_THROUGH)
    won = olist.warehouse.read(sa.select(sa.func.count().label("n")).where(deals.c.outcome == "won"))
    # olist_closed_deals_dataset.csv: 842 rows, mql_id unique, each in the leads
    assert int(won["n"].iloc[0]) == 842


def test_olist_won_in_time_by_origin(olist: Small) -> None:
    """Won within 13 weeks of first contact, by origin, is what plain SQL over the two files counts."""
    told = by_segment(olist, "won_in_time", "origin", OLIST_THROUGH)
    # counted by SQL over the two files: won_date - first_contact_date <= 91 days, by origin
    assert {origin: told[origin] for origin in ORIGINS} == ORIGINS
    names = ("marketing_qualified_leads", "closed_deals")
    files = [str(DATA / "olist" / f"olist_{name}_dataset.csv") for name in names]
    with duckdb.connect() as con:
        plain = con.execute(
            "select coalesce(origin, '(not set)'), "
            "count(case when won_date::date - first_contact_date <= 91 then 1 end), count(*) "
            "from read_csv(?) l left join read_csv(?) d using (mql_id) group by 1", files).fetchall()
    assert told == {origin: (won, n) for origin, won, n in plain}
    rows = {origin: (count(won), count(leads)) for origin, won, leads, _ in readme("olist", 4)}
    assert {origin: rows[origin] for origin in told} == told
    assert rows["all"] == (sum(won for won, _ in told.values()), sum(n for _, n in told.values()))


# leads of May 2018 and their wins, by SQL over the two files
@pytest.mark.parametrize(("as_of", "won"), [(date(2018, 5, 31), 70), (OLIST_THROUGH, 130)])
def test_olist_as_of(olist: Small, as_of: date, won: int) -> None:
    """A win is known from its own day on: the same leads of May count 70 wins at its end and 130 in November."""
    assert won_of_may(olist, as_of) == (won, 1303)


def test_olist_close_rate_is_not_measurable(olist: Small) -> None:
    """Without a lost deal there is no close rate, and the sentence says so."""
    told = olist.tally("close_rate", OLIST_THROUGH)
    assert (told.status, told.frame.empty) == ("not_measurable", True)
    assert "won deals and none that was lost" in told.why


LEARNED = ("business_segment", "lead_type", "lead_behaviour_profile", "business_type", "owner", "seller_state",
           "seller_tier")


@pytest.mark.parametrize("metric", ["won_in_time", "close_rate"])
@pytest.mark.parametrize("dimension", LEARNED)
def test_olist_refuses_what_was_learned_by_winning(olist: Small, metric: str, dimension: str) -> None:
    """What is known of won leads alone is refused as a dimension of winning, with its reason."""
    told = olist.tally(metric, OLIST_THROUGH, by=(dimension,))
    assert told.status == "not_measurable"
    assert metric == "close_rate" or re.fullmatch(rf"{dimension} is known .*: it was learned by winning", told.why)


def test_olist_dimensions(olist: Small) -> None:
    """Origin comes first, every dimension but the landing page and it was learned by winning, and numbers are none."""
    names = [dimension.name for dimension in dimensions(olist.warehouse, olist.company)]
    assert names[0] == "origin"
    assert set(names) == {"origin", "landing_page", *LEARNED}
    attributes = olist.warehouse.relations["accounts"].attributes
    assert {name for name, kind in attributes.items() if kind == "number"} == {
        "orders", "merchandise_value", "review_score", "negative_review_rate", "on_time_rate"}


def test_olist_decimal_commas(olist: Small) -> None:
    """The merchandise value of won sellers is the sum of the file's decimal commas, to the cent."""
    with (DATA / "olist" / "olist_closed_deals_dataset.csv").open(encoding="utf-8") as deals:
        sellers = {row["seller_id"] for row in csv.DictReader(deals)}
    with (DATA / "olist" / "seller_metrics.csv").open(encoding="utf-8-sig") as handle:
        values = [row["gmv"] for row in csv.DictReader(handle, delimiter=";") if row["seller_id"] in sellers]
    value = olist.warehouse.source("accounts").c.merchandise_value
    got = olist.warehouse.read(sa.select(sa.func.sum(value).label("total"), sa.func.count(value).label("n"))).iloc[0]
    assert int(got["n"]) == len(values) == 376
    assert float(got["total"]) == pytest.approx(sum(float(v.replace(",", ".")) for v in values), abs=0.005)


def test_olist_few_sellers_hold_most_and_one_is_no_segment(data: Path, warehouse_of: WarehouseOf) -> None:
    """Won sellers by the merchandise they sold: a tenth of them holds most of it, as in the files, and no business
    segment of a seller or a few is told."""
    with duckdb.connect() as con:
        rows = con.execute(SELLERS, {"deals": str(data / "olist" / "olist_closed_deals_dataset.csv"),
                                     "sellers": str(data / "olist" / "seller_metrics.csv")}).df()
    paid = rows.assign(subscription_id=rows["account_id"], started_on=rows["won_on"])
    small = warehouse_of({"accounts": rows[["account_id", "business_segment", "lead_type"]],
                          "subscriptions": paid[["subscription_id", "account_id", "started_on", "mrr"]]},
                         OLIST_THROUGH, value={"retention": 0, "revenue": 1})
    asked = (small.warehouse, small.company, Question(OLIST_THROUGH))
    told = value.grouped(*asked)
    ten = {held.percent: held for held in customers.held(value.concentration(*asked, told.recipe), "mrr")}[10]
    largest = rows["mrr"].sort_values(ascending=False)
    assert ten.n == len(rows) // 10 == sum(told.tiers[tier] for tier in ("best", "next best"))
    assert ten.share == pytest.approx(largest.head(ten.n).sum() / largest.sum())
    assert ten.share > 0.5
    found = customers.traits(told.frame)
    few = found[found["n"] < customers.LEAST]
    assert len(few) > 5
    assert set(few["status"]) == {customers.TOO_FEW}
