"""HubSpot, by Fivetran and by Airbyte: the demo company written in their tables is the demo company again."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from conftest import Small, WarehouseOf
from layouts.company import part, used
from layouts.hubspot import ADVANCED, STALLED, UNDERSTOOD, Frames, fivetran
from layouts.hubspot_airbyte import airbyte
from layouts.hubspot_ids import hubs

from gtm_metrics.demo import AS_OF
from gtm_metrics.warehouse import Warehouse, connect

pytestmark = pytest.mark.xdist_group("hubspot")

NOT_HUBSPOTS = ("subscriptions", "usage_weeks")
SEGMENTS = {"segments": {"dimensions": ["industry", "employees"], "edges": {"employees": [50, 200, 1000]}}}


@pytest.fixture(scope="module")
def own(warehouse_of: WarehouseOf) -> Small:
    """A part of the demo company in our own tables, save those that HubSpot has not."""
    company = {name: frame for name, frame in part().items() if name not in NOT_HUBSPOTS}
    return warehouse_of(company, AS_OF, **SEGMENTS)


@pytest.fixture(scope="module")
def written(own: Small) -> Frames:
    """The used rows as Fivetran writes them, decoys among them."""
    return fivetran(used(own))


WORDS: dict[str, Any] = {
    "fivetran_hubspot": {"advanced_stages": ["proposal sent"]},
    "airbyte_hubspot": {"understood_stages": [UNDERSTOOD], "advanced_stages": [ADVANCED],
                        "no_decision": ["no budget", "not a priority", STALLED]},
}


@pytest.fixture(scope="module", params=["fivetran_hubspot", "airbyte_hubspot"])
def frames(request: pytest.FixtureRequest, written: Frames) -> tuple[str, Frames]:
    """A layout of HubSpot, and the same company in its tables."""
    return request.param, written if request.param == "fivetran_hubspot" else airbyte(written)


@pytest.fixture(scope="module")
def theirs(frames: tuple[str, Frames], warehouse_of: WarehouseOf) -> Small:
    """The same company through a layout of HubSpot."""
    layout, tables = frames
    return warehouse_of(tables, AS_OF, warehouse={"layout": layout, "words": WORDS[layout]}, **SEGMENTS)


COLUMNS = {
    "accounts": "account_id name created_on domain parent_account_id lead_source owner contact industry employees "
                "country",
    "touches": "touch_id account_id sent_at direction campaign replied_at",
    "calls": "call_id account_id held_at opportunity_id minutes understood",
    "opportunities": "opportunity_id account_id created_at type closed_at outcome win_reason loss_reason competitor "
                     "understood_at advanced_at amount list_amount currency champion_title champion_named_at "
                     "people_involved custom_work_budget lead_source owner",
    "nps_responses": "account_id answered_at score person_id",
    "tickets": "ticket_id account_id opened_at closed_at",
    "referrals": "referrer_account_id referred_account_id referred_at",
}
IDS = {"account_id", "parent_account_id", "touch_id", "call_id", "opportunity_id", "ticket_id", "person_id",
       "referrer_account_id", "referred_account_id"}


@pytest.mark.parametrize("table", COLUMNS)
def test_what_was_written_is_read(own, theirs, table):
    """Every row that counts comes back with what HubSpot can say of it, and no other row does."""
    names = COLUMNS[table].split()
    expected, found = (used(small)[table][names].copy() for small in (own, theirs))
    for name in IDS & {*names}:
        expected[name] = hubs(expected[name]).astype("string")
        found[name] = found[name].astype("string")
    if table == "touches":
        expected["direction"] = expected["direction"].fillna("outbound")
    if table == "opportunities":
        expected["type"] = expected["type"].fillna("new")
        # whom our own tables forget to count is there all the same: a champion alone is one
        forgotten = expected["people_involved"].isna() & expected["champion_title"].notna()
        expected["people_involved"] = expected["people_involved"].mask(forgotten, 1)
    key = names[:1] if table != "nps_responses" else ["person_id", "answered_at"]
    key = ["referrer_account_id", "referred_account_id"] if table == "referrals" else key
    expected, found = (frame.sort_values(key, ignore_index=True) for frame in (expected, found))
    pd.testing.assert_frame_equal(found, expected, check_dtype=False, rtol=1e-9)


def test_what_hubspot_cannot_say_is_not_connected(own, theirs):
    """Counts of the demo company are the same by segment, and what needs a billing system or the product says so."""
    for name in ("response_rate", "calls_to_understanding", "close_rate", "won_in_time", "reached_opportunity"):
        asked = {"as_of": AS_OF, "by": ("industry",)}
        expected, found = (small.tally(name, **asked).closed for small in (own, theirs))
        columns = ["segment", "week", "band"]
        assert len(expected) > 100
        pd.testing.assert_frame_equal(*(f.sort_values(columns, ignore_index=True) for f in (found, expected)),
                                      check_dtype=False)
    for name in NOT_HUBSPOTS:
        assert theirs.warehouse.relations[name].status == "not_connected"
    assert theirs.tally("churn", AS_OF).status == "not_connected"


def test_every_row_is_accounted_for(own, theirs):
    """What does not count stands under its reason, and read is used and set aside together."""
    relations = theirs.warehouse.relations
    reasons = {name: dict(relation.reasons) for name, relation in relations.items() if relation.reasons}
    by_fivetran = {"marketing e-mail beside one-to-one e-mail": 20} if "fivetran" in relations["touches"].layout else {}
    answered = int(used(own)["touches"]["replied_at"].notna().sum())
    decoys = min(answered, 300)
    assert reasons == {
        "accounts": {"deleted in HubSpot": 1, "merged into another company": 1},
        "opportunities": {"deleted in HubSpot": 1, "merged into another deal": 1},
        "touches": {"an answer, told with what it answers": answered + decoys, "automatic reply or bounce": decoys,
                    "forwarded to HubSpot": decoys, "deleted in HubSpot": decoys, "not delivered": decoys,
                    **by_fivetran},
        "calls": {"meeting not held": 80, "meeting without an outcome": 20, "call that reached nobody": 20,
                  "deleted in HubSpot": 20},
        "nps_responses": {"survey of another kind": 60},
        "tickets": {"deleted in HubSpot": 1, "merged into another ticket": 1},
    }


def counted(warehouse: Warehouse) -> dict[str, tuple[Any, ...]]:
    """What a look at a warehouse finds: by table, how many rows are read, used and set aside, and what is filled."""
    return {name: (r.status, r.rows_read, r.rows_used, dict(r.reasons), dict(r.filled))
            for name, r in warehouse.relations.items()}


@pytest.mark.parametrize("frames", ["fivetran_hubspot"], indirect=True)
def test_a_database_counts_as_a_load_does(frames, theirs, tmp_path):
    """A DuckDB file that holds HubSpot's tables gives what a load of them gives, row by row.

    They lie in the connection's own schema: within a file's SELECT its names for relations hide the tables'.
    """
    _, tables = frames
    with duckdb.connect(str(tmp_path / "its.duckdb")) as con:
        for name, frame in tables.items():
            con.register("incoming", frame)
            con.execute(f"create table {name} as select * from incoming")
    assert counted(connect(replace(theirs.company, url=f"duckdb:///{tmp_path}/its.duckdb"), AS_OF)) == counted(
        theirs.warehouse)


def test_postgresql_counts_as_a_load_does(frames, theirs, server):
    """PostgreSQL reads the same files, types and all."""
    layout, tables = frames
    company = replace(theirs.company, url=server.create(layout, tables))
    assert counted(connect(company, AS_OF)) == counted(theirs.warehouse)


SAMPLES = Path(os.environ.get("GTM_SHARED_DATA") or Path(__file__).parents[2] / "shared" / "data") / "crm_layouts"


def test_the_connectors_own_sample_rows(warehouse_of):
    """Nothing of the rows that Fivetran tests its own models with is lost: what cannot count says why."""
    if not (SAMPLES / "hubspot").is_dir():
        pytest.skip("the sample rows are in neither GTM_SHARED_DATA nor ../shared/data: nothing to read")
    files = (SAMPLES / "hubspot").glob("*_data.csv")
    small = warehouse_of({file.stem.removesuffix("_data"): pd.read_csv(file, dtype="str") for file in files},
                         warehouse={"layout": "fivetran_hubspot"})
    assert {name: (r.rows_read, r.rows_used, dict(r.reasons)) for name, r in small.warehouse.relations.items()
            if r.status == "ok"} == {
        "accounts": (24, 24, {}),
        "touches": (4, 0, {"e-mail without a direction": 1, "marketing e-mail beside one-to-one e-mail": 3}),
        "calls": (101, 0, {"call without an outcome": 1, "meeting without an outcome": 100}),
        # the one association names neither a deal nor a company of the sample
        "opportunities": (44, 0, {"account unknown": 44}),
        "tickets": (25, 0, {"account unknown": 25}),
    }
    assert small.warehouse.relations["referrals"].why.startswith("table company has no column property_referred_by")
