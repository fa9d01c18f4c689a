"""Salesforce, by Fivetran and by Airbyte: the demo company written in its objects is the demo company again."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import emulation
import pandas as pd
import pytest
import servers
import sqlalchemy as sa
from conftest import Small, WarehouseOf
from layouts.company import Frames, part, used
from layouts.salesforce import ASIDE, WORDS, airbyte, fivetran

from gtm_metrics import readings
from gtm_metrics.demo import AS_OF
from gtm_metrics.metrics import METRICS
from gtm_metrics.warehouse import connect

pytestmark = pytest.mark.xdist_group("salesforce")

NOT_SALESFORCES = ("nps_responses", "usage_weeks")
ATTRIBUTES = {"industry": "industry", "number_of_employees": "employees", "billing_country": "country"}
SAMPLES = Path(os.environ.get("GTM_SHARED_DATA") or Path(__file__).parents[2] / "shared" / "data") / "crm_layouts"


@pytest.fixture(scope="module")
def own(warehouse_of: WarehouseOf) -> Small:
    """A part of the demo company in our own tables, but for those that Salesforce has not."""
    return warehouse_of({name: frame for name, frame in part().items() if name not in NOT_SALESFORCES}, AS_OF)


@pytest.fixture(scope="module")
def written(own: Small) -> Frames:
    """The used rows as Fivetran writes them, decoys among them."""
    return fivetran(used(own))


@pytest.fixture(scope="module", params=["fivetran_salesforce", "airbyte_salesforce"])
def theirs(request: pytest.FixtureRequest, warehouse_of: WarehouseOf, written: Frames) -> Small:
    """The same company through a layout of Salesforce."""
    frames = written if request.param == "fivetran_salesforce" else airbyte(written)
    return warehouse_of(frames, AS_OF, warehouse={"layout": request.param, "words": WORDS})


UNSAID = {"touches": {"channel"}, "opportunities": {"owner_id", "people_involved"}}
"""Columns that are not as ours: what a task's channel is called, a user's id, people of a deal nobody was named of."""


@pytest.mark.parametrize("table", ["accounts", "touches", "calls", "opportunities", "subscriptions", "tickets",
                                   "referrals"])
def test_what_was_written_is_read(own: Small, theirs: Small, table: str) -> None:
    """Every row that counts comes back with what Salesforce can say of it, and no other row does."""
    expected, found = used(own)[table], used(theirs)[table]
    names = [c.name for c in theirs.warehouse.relations[table].table.columns if c.name not in UNSAID.get(table, ())]
    if table == "accounts":
        found = found.rename(columns=ATTRIBUTES)
        names += list(ATTRIBUTES.values())
    if table == "touches":
        expected["direction"] = expected["direction"].fillna("outbound")
    if table == "opportunities":
        expected["type"] = expected["type"].fillna("new")
    if table == "subscriptions":
        expected["mrr"] = expected["mrr"].round(6)
        found["mrr"] = found["mrr"].round(6)
    key = names[:2] if table == "referrals" else names[:1]
    expected, found = (frame[names].sort_values(key, ignore_index=True) for frame in (expected, found))
    pd.testing.assert_frame_equal(found, expected, check_dtype=False, rtol=1e-9)


def test_people_involved_are_those_with_a_role(own: Small, theirs: Small) -> None:
    """As many people take part in a deal as contacts have a role in it that was not taken back; none is not zero."""
    expected, found = (used(small)["opportunities"].set_index("opportunity_id") for small in (own, theirs))
    # whom our own tables forget to count is there all the same: a champion alone is one
    known = expected["people_involved"].mask(expected["people_involved"].isna() & expected["champion_title"].notna(), 1)
    pd.testing.assert_series_equal(found["people_involved"].sort_index(), known.sort_index(), check_dtype=False)


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_counts_are_those_of_the_demo_company(own: Small, theirs: Small, metric: object) -> None:
    """Every metric by industry, week and band is what our own tables say, to the integer."""
    name = metric.name  # type: ignore[attr-defined]
    expected, found = (small.tally(name, AS_OF, by=("industry",)) for small in (own, theirs))
    assert (found.status, found.why) == (expected.status, expected.why)
    assert len(expected.closed) > 100
    columns = ["segment", "week", "band"]
    pd.testing.assert_frame_equal(*(t.frame.sort_values(columns, ignore_index=True) for t in (found, expected)),
                                  check_dtype=False)


def test_what_salesforce_cannot_say_is_not_connected(theirs: Small) -> None:
    """No object of Salesforce holds surveys or the use of the product: not connected, never zero."""
    for name in NOT_SALESFORCES:
        assert theirs.warehouse.relations[name].status == "not_connected"


def test_every_row_is_accounted_for(own: Small, theirs: Small, written: Frames) -> None:
    """What does not count stands under its reason, and read is used and set aside together."""
    replies = used(own)["touches"]["replied_at"].notna()
    mailed = written["task"]["id"].astype("str").str.endswith("-reply").sum()
    expected = {**ASIDE, "touches": {**ASIDE["touches"], "an answer, told with what it answers": int(mailed)}}
    logged = written["task"]["what_id"].astype("str").str.startswith("O-") & written["task"]["task_subtype"].eq("Call")
    # one of them is still to be made
    expected["touches"]["call on a deal, told among the calls"] = int(logged.sum()) - 1
    assert 0 < mailed <= replies.sum()
    for name, reasons in expected.items():
        relation = theirs.warehouse.relations[name]
        assert dict(relation.reasons) == reasons, name
        assert relation.rows_read == relation.rows_used + sum(reasons.values())
    referrals = theirs.warehouse.relations["referrals"]
    assert set(referrals.reasons) == {"referral without a referrer", "said again, with no more"}


def facts(small: Small) -> dict[str, tuple[object, ...]]:
    """What a check tells of every table."""
    return {name: (r.status, r.rows_read, dict(r.reasons), dict(r.filled), dict(r.spans))
            for name, r in small.warehouse.relations.items()}


@pytest.mark.parametrize("theirs", ["fivetran_salesforce"], indirect=True)
def test_text_from_files_says_the_same(theirs: Small, warehouse_of: WarehouseOf, written: Frames,
                                       tmp_path: Path) -> None:
    """Files in which everything is text are read as the typed tables are, row by row and reason by reason."""
    for name, frame in written.items():
        frame.to_csv(tmp_path / f"{name}.csv", index=False)
    small = warehouse_of(tmp_path, AS_OF, warehouse={"layout": "fivetran_salesforce", "words": WORDS})
    assert facts(small) == facts(theirs)


@pytest.mark.parametrize("theirs", ["airbyte_salesforce"], indirect=True)
def test_postgresql_says_the_same(theirs: Small, written: Frames, server: servers.Postgres) -> None:
    """In the connector's schema of a PostgreSQL, read as it stands, every table and two metrics say the same."""
    url = server.create("airbyte_salesforce", airbyte(written))
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("alter schema public rename to salesforce"))
    engine.dispose()
    company = replace(theirs.company, url=url, timeout_seconds=60)
    small = Small(connect(company, AS_OF), company)
    assert facts(small) == facts(theirs)
    for name in ("calls_to_understanding", "churn"):
        expected, found = (one.tally(name, AS_OF, by=("industry",), keys=()).frame for one in (theirs, small))
        pd.testing.assert_frame_equal(*(f.sort_values("segment", ignore_index=True) for f in (found, expected)))


@pytest.fixture(scope="module")
def snowflake() -> Iterator[emulation.Snowflake]:
    """An emulation; where it cannot be built the tests are skipped, unless GTM_REQUIRE_ALL=1."""
    try:
        with emulation.snowflake() as running:
            yield running
    except emulation.NoEmulation as missing:
        if os.environ.get("GTM_REQUIRE_ALL") == "1":
            pytest.fail(str(missing))
        pytest.skip(str(missing))


@pytest.mark.parametrize("theirs", ["fivetran_salesforce"], indirect=True)
def test_snowflake_says_the_same(theirs: Small, written: Frames, snowflake: emulation.Snowflake) -> None:
    """Read as it stands in a Snowflake, where names are in capitals, every table says the same."""
    company = replace(theirs.company, url=snowflake.create("SALES", written), timeout_seconds=60)
    connected = connect(company, AS_OF)
    assert facts(Small(connected, company)) == facts(theirs)
    connected.engine.dispose()


def test_where_each_column_was_found_is_told(theirs: Small) -> None:
    """The Warehouse page names the column of the relation whose rows a table's are, and every candidate is kept."""
    relation = theirs.warehouse.relations["opportunities"]
    table, column = relation.found[0][1], {s.name: s.column for s in reversed(relation.sought)}
    found = readings.columns(relation).set_index("Column")["Found as"]
    assert found["account_id"] == f"{table}.{column['account_id']}"
    assert found["loss_reason"] == f"{table}.{column['loss_reason']}"
    assert column["loss_reason"] in ("lost_reason_c", "LostReason__c")
    assert found["outcome"] == "by the layout's SELECT"
    [sought] = [s for s in relation.sought if s.name == "champion_id"]
    assert (sought.candidates, sought.column) == (("champion_c", "champion_contact_c"), "")


def test_the_connectors_own_sample_rows(warehouse_of: WarehouseOf) -> None:
    """Nothing of the rows that Fivetran tests its own models with is lost: what cannot count says why."""
    if not (SAMPLES / "salesforce").is_dir():
        pytest.skip("the sample rows are in neither GTM_SHARED_DATA nor ../shared/data: nothing to read")
    files = (SAMPLES / "salesforce").glob("sf_*_data.csv")
    frames = {file.stem.removeprefix("sf_").removesuffix("_data"): pd.read_csv(file, dtype="str") for file in files}
    small = warehouse_of(frames, warehouse={"layout": "fivetran_salesforce"})
    assert {name: (r.rows_read, dict(r.reasons)) for name, r in small.warehouse.relations.items()
            if r.status == "ok"} == {
        "accounts": (10, {"deleted in Salesforce": 5, "merged into another account": 1, "older version": 3}),
        # tasks that are neither e-mails nor calls, and events of accounts that are not in the sample
        "touches": (10, {"task of another kind": 10}),
        "calls": (10, {"account unknown": 10}),
        "opportunities": (10, {"deleted in Salesforce": 8, "older version": 2}),
        "referrals": (0, {}),
    }
