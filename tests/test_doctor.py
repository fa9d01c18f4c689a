"""The doctor: planted gaps are counted to the row, and what systems say of themselves ties out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from conftest import TODAY, WarehouseOf
from layouts import hubspot, salesforce
from layouts.beside import loaded
from layouts.company import part, used

from gtm_metrics import readings
from gtm_metrics.company import read_company
from gtm_metrics.demo import AS_OF
from gtm_metrics.doctor import Tie, examined
from gtm_metrics.sources import SHIPPED, Naming, layout_in
from gtm_metrics.warehouse import WarehouseAway, connect
from gtm_metrics.warehouse.resolve import Place, count_sources

FRAMES = {
    "accounts": pd.DataFrame({"account_id": ["a1", "a2"], "created_on": "2025-01-01"}),
    "opportunities": pd.DataFrame(
        [("o1", "a1", "won", "2026-02-01", None), ("o2", "a2", "lost", "2026-02-01", "price"),
         ("o3", "a2", "lost", "2026-02-01", None), ("o4", "zz", "won", "2026-02-01", None),
         ("o5", "a1", "won", "2026-02-01", None), ("o5", "a1", "won", "2026-02-01", None),
         ("o6", "a1", "won", None, None), ("o7", "a1", None, None, None), ("o8", "zz", None, None, None)],
        columns=["opportunity_id", "account_id", "outcome", "closed_at", "loss_reason"],
    ).assign(created_at="2026-01-01"),
    "subscriptions": pd.DataFrame(
        [("s1", "a1", None, 10.0), ("s2", "a2", "2026-01-01", 10.0), ("s3", "a2", None, 0.0)],
        columns=["subscription_id", "account_id", "ended_on", "mrr"]).assign(started_on="2025-06-01"),
}
TIES = (
    Tie("Won deals", 2, 5, {"account unknown": 1, "duplicate key, identical": 1, "outcome without closed_at": 1}),
    Tie("Open deals", 1, 2, {"account unknown": 1}),
    Tie("Active subscriptions", 1, 2, {"free": 1}),
)


@pytest.mark.parametrize("kind", ["embedded", "duckdb", "postgresql", "snowflake"])
def test_planted_gaps_are_counted_to_the_row(request: pytest.FixtureRequest, kind: str, warehouse_of: WarehouseOf,
                                             tmp_path: Path) -> None:
    """5 won in the CRM, 2 here: one of nobody, one twice, one without a day. The same wherever the tables lie."""
    small = warehouse_of(FRAMES)
    warehouse = small.warehouse
    if kind == "duckdb":
        with duckdb.connect(str(tmp_path / "raw.duckdb")) as con:
            for name, frame in FRAMES.items():
                con.register("incoming", frame)
                con.execute(f"create table {name} as select * from incoming")
        warehouse = connect(replace(small.company, url=f"duckdb:///{tmp_path / 'raw.duckdb'}"), TODAY)
    elif kind != "embedded":
        made = request.getfixturevalue("server" if kind == "postgresql" else "emulated")
        warehouse = connect(replace(small.company, url=made.create("DOCTOR", FRAMES)), TODAY)
    company = replace(small.company, url=str(warehouse.engine.url)) if kind == "duckdb" else small.company
    told = examined(warehouse, company)
    assert told.ties == TIES
    assert [tie.unexplained for tie in told.ties] == [0, 0, 0]
    assert (told.lost, told.no_reason) == (2, 1)
    assert told.ties[1].said() == "Open deals: 1 here; the source says 2; 1 set aside: account unknown"
    assert "touches is not connected" in set(told.off["gap"])


def test_what_is_not_explained_is_said() -> None:
    """A difference that no reason accounts for is told with its sign."""
    assert Tie("Won deals", 61, 63, {}).said() == "Won deals: 61 here; the source says 63; +2 not explained"


def test_the_proposed_gtm_toml_is_read_back(warehouse_of: WarehouseOf, tmp_path: Path) -> None:
    """The text that ends the report is settings without a complaint."""
    small = warehouse_of(FRAMES)
    (tmp_path / "gtm.toml").write_text(examined(small.warehouse, small.company).toml, encoding="utf-8")
    assert read_company(tmp_path / "gtm.toml", {}).layouts == ("own",)


@pytest.mark.parametrize("layout", ["fivetran_salesforce", "fivetran_hubspot"])
def test_each_crm_ties_out(layout: str, warehouse_of: WarehouseOf) -> None:
    """The demo company in a CRM's own tables: won and open deals tie out, nothing is unexplained."""
    rows = used(warehouse_of(part(), AS_OF))
    frames = salesforce.fivetran(rows) if layout == "fivetran_salesforce" else hubspot.fivetran(rows)
    small = warehouse_of(frames, AS_OF, warehouse={"layout": layout})
    told = examined(small.warehouse, small.company)
    assert [tie.label for tie in told.ties] == ["Won deals", "Open deals"]
    assert all(tie.here > 0 and tie.unexplained == 0 for tie in told.ties)


def test_a_count_that_cannot_be_made_has_its_reason(warehouse_of: WarehouseOf, tmp_path: Path) -> None:
    """A source's count that fails, or that no layout has, is told with why; the others tie out all the same."""
    layout = tmp_path / "mine"
    (layout / "counts").mkdir(parents=True)
    for name in ("accounts", "opportunities", "subscriptions"):
        (layout / f"{name}.sql").write_text((SHIPPED / "own" / f"{name}.sql").read_text())
    (layout / "counts" / "won_deals.sql").write_text((SHIPPED / "own" / "counts" / "won_deals.sql").read_text())
    (layout / "counts" / "open_deals.sql").write_text(
        "-- one row per count\n-- reads: opportunities(stage text)\nselect count(*) as counted from opportunities\n")
    small = warehouse_of(FRAMES, layout=layout)
    told = examined(small.warehouse, small.company)
    assert told.ties == TIES[:1]
    assert told.untold == {
        "Open deals": "mine: counts/open_deals.sql: table opportunities has no column stage",
        "Active subscriptions": "no layout has counts/active_subscriptions.sql",
    }
    assert readings.noticed(told, TODAY, TODAY)[1] == (
        "Active subscriptions could not be held against the source: no layout has counts/active_subscriptions.sql.")


def test_a_load_from_before_there_were_counts_asks_for_another(warehouse_of: WarehouseOf) -> None:
    """An embedded file in which no source was counted says to load it anew, not that its layout lacks the counts."""
    small = warehouse_of(FRAMES)
    relations = small.warehouse.relations
    accounts = replace(relations["accounts"], told={}, untold={})
    older = replace(small.warehouse, relations={**relations, "accounts": accounts})
    told = examined(older, small.company)
    assert told.ties == ()
    assert set(told.untold.values()) == {"load anew, the file is from before such counts"}


def test_a_warehouse_that_is_away_is_not_a_count_that_is_missing(warehouse_of: WarehouseOf) -> None:
    """A warehouse that does not answer is told as such, and not as a system that says nothing of itself."""
    def ask(_sql: str) -> int:
        raise WarehouseAway("the warehouse does not answer")

    own = layout_in(SHIPPED / "own")
    columns = {name: dict.fromkeys(frame.columns, "VARCHAR") for name, frame in FRAMES.items()}
    dialect = warehouse_of(FRAMES).warehouse.engine.dialect
    with pytest.raises(WarehouseAway):
        count_sources(Naming((own,)), {"own": Place("", columns)}, dialect, ask)


def test_a_deal_of_several_companies_is_counted(warehouse_of: WarehouseOf) -> None:
    """Of four deals one has two companies and none is the primary one: it counts for the smallest id, and is told."""
    small = warehouse_of({
        "company": pd.DataFrame({"id": ["1", "2"], "property_createdate": "2025-01-01"}),
        "deal": pd.DataFrame({"deal_id": ["a", "b", "c", "d"], "property_createdate": "2026-01-05",
                              "property_hs_is_closed_won": [True, False, False, False],
                              "property_closedate": "2026-02-01"}),
        "deal_company": pd.DataFrame(
            [("a", "1", "341"), ("a", "2", "5"), ("b", "1", "341"), ("b", "2", "341"), ("c", "2", "341")],
            columns=["deal_id", "company_id", "type_id"]),
    }, warehouse={"layout": "fivetran_hubspot"})
    told = examined(small.warehouse, small.company)
    assert told.several == 1
    assert "1 deal of several companies, none marked as primary: the smallest id is taken." in (
        readings.noticed(told, TODAY, TODAY))
    assert told.ties == (Tie("Won deals", 1, 1, {}), Tie("Open deals", 2, 3, {"account unknown": 1}))


def test_a_billing_customer_of_no_account_is_an_orphan(tmp_path: Path) -> None:
    """Of four subscriptions, two of a stranger and one of somebody at a mail provider are three without an account."""
    customers = [("c1", "pay@acme.example"), ("c2", "pay@stranger.example"), ("c3", "somebody@gmail.com")]
    small = loaded(tmp_path, {"accounts": pd.DataFrame({"account_id": ["a1"], "domain": "acme.example"})},
                   "fivetran_stripe", {
        "customer": pd.DataFrame(customers, columns=["id", "email"]),
        "subscription_history": pd.DataFrame(
            [("s1", "c1"), ("s2", "c2"), ("s3", "c2"), ("s4", "c3")], columns=["id", "customer_id"]
        ).assign(status="active", created=pd.Timestamp("2025-06-01"), start_date=pd.Timestamp("2025-06-01")),
    }, TODAY)
    frame = readings.concepts(small.warehouse, TODAY).set_index("Table")
    assert frame.loc["subscriptions", "Without an account"] == 3 / 4
    assert small.warehouse.relations["subscriptions"].reasons == {
        "billing customer without account": 2, "billing customer with a private e-mail": 1}


def test_counts_beside_the_source_fit_a_footnote() -> None:
    """What rows set aside explain, and what nothing does; a source that was not asked is not spoken of."""
    ties = [Tie("Won deals", 1914, 1921, {"null key": 7}), Tie("Open deals", 2, 5, {"free": 1}), Tie("Calls", 3, 3, {})]
    assert readings.tied(ties) == (
        "Beside the source: won deals 1,914 of 1,921, 7 explained; open deals 2 of 5, 1 explained, 2 not; "
        "calls 3 of 3.")
    assert readings.tied([]) == ""


def test_shares_are_written_as_everywhere() -> None:
    """12.3 % of many rows, 12 % of few, nothing where there is none."""
    frame = pd.DataFrame({"Missing": [0.1234, 0.1234, None]})
    assert readings.as_percent(frame, "Missing", [3700, 60, 60])["Missing"].tolist() == ["12.3\u00a0%", "12\u00a0%", ""]


def test_freshness_is_told_against_the_other_tables_and_against_today(warehouse_of: WarehouseOf) -> None:
    """Deals begin until 1 Jan and are decided until 1 Feb, accounts end a year before; ten days later all is older."""
    small = warehouse_of(FRAMES)
    through = small.warehouse.data_through
    assert through == date(2026, 2, 1)
    frame = readings.concepts(small.warehouse, through + timedelta(days=10)).set_index("Table")
    assert frame.loc["opportunities", ["Days behind", "Days old"]].tolist() == [31, 41]
    assert frame.loc["accounts", ["Days behind", "Days old"]].tolist() == [396, 406]
    told = examined(small.warehouse, small.company)
    assert readings.noticed(told, through, through + timedelta(days=10))[0] == "Data end 10 days before today."
    assert not any("today" in said for said in readings.noticed(told, through, through))


def test_the_finding_speaks_of_metrics(warehouse_of: WarehouseOf) -> None:
    """A gap may switch off a part of a page and no metric: nothing more than that is said."""
    relations = warehouse_of(FRAMES).warehouse.relations.values()
    said = [readings.finding(relations, off) for off in (0, 1, 2)]
    assert said == [
        f"Every row is accounted for; {which} switched off"
        for which in ("no metric is", "1 metric is", "2 metrics are")]
