"""A CRM, a sequencer, a call recorder, a help desk and a billing system in one database, by naming them in gtm.toml."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from conftest import Small, WarehouseOf
from layouts import fivetran_stripe, gong, outreach, salesforce, zendesk
from layouts.company import Frames, part, used

from gtm_metrics.cli import main
from gtm_metrics.company import read_company
from gtm_metrics.demo import AS_OF
from gtm_metrics.sources import naming_of
from gtm_metrics.warehouse import connect
from gtm_metrics.warehouse.build import load_folder

TOML = f"""
[warehouse]
url = "duckdb:///company.duckdb"
layouts = ["fivetran_salesforce", "outreach", "gong", "zendesk", "fivetran_stripe"]
[warehouse.schemas]
gong = "calls raw"
[warehouse.columns]
opportunity.loss_reason = "WHY_we_lost__c"
[warehouse.words]
understood_stages = ["Value Confirmed"]
advanced_stages = ["Negotiation/Review"]
understood_trackers = ["{gong.TRACKER}"]
"""
GAVE = {"accounts": "fivetran_salesforce", "touches": "outreach", "calls": "gong",
        "opportunities": "fivetran_salesforce", "subscriptions": "fivetran_stripe", "tickets": "zendesk",
        "referrals": "fivetran_salesforce"}
COUNTED = ("response_rate", "calls_to_understanding", "close_rate", "won_in_time", "churn")


@pytest.fixture(scope="module")
def ours() -> Frames:
    """A part of the demo company: outreach by e-mail and calls of which it is known what they brought."""
    frames = {name: frame for name, frame in part().items() if name not in ("nps_responses", "usage_weeks")}
    touches, calls = frames["touches"], frames["calls"]
    sent = (touches["channel"] == "email") & (touches["direction"] == "outbound")
    return {**frames, "touches": touches[sent], "calls": calls[calls["understood"].notna()]}


@pytest.fixture(scope="module")
def own(ours: Frames, warehouse_of: WarehouseOf) -> Small:
    """That part in our own tables: what the systems together are held against."""
    return warehouse_of(ours, AS_OF)


@pytest.fixture(scope="module")
def systems(own: Small) -> dict[str, Frames]:
    """The same in the tables of each system, by the schema it lies in; Salesforce has outreach of its own."""
    rows = used(own)
    crm = salesforce.fivetran(rows)
    crm["opportunity"] = crm["opportunity"].rename(columns={"lost_reason_c": "why_we_lost_c"})
    return {"salesforce": crm, "OUTREACH": outreach.written(rows), "Calls Raw": gong.written(rows),
            "zendesk": zendesk.written(rows), "stripe": fivetran_stripe.written(rows)}


@pytest.fixture(scope="module")
def together(systems: dict[str, Frames], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with gtm.toml and a DuckDB that holds a schema a system, as connectors left them."""
    folder = tmp_path_factory.mktemp("together")
    (folder / "gtm.toml").write_text(TOML, encoding="utf-8")
    with duckdb.connect(str(folder / "company.duckdb")) as con:
        for schema, frames in systems.items():
            con.execute(f'create schema "{schema}"')
            for name, frame in frames.items():
                con.register("incoming", frame)
                con.execute(f'create table "{schema}"."{name}" as select * from incoming')
                con.unregister("incoming")
    return folder


def counted(small: Small, metric: str) -> pd.DataFrame:
    """A metric by industry, week and band."""
    told = small.tally(metric, AS_OF, by=("industry",))
    assert told.status == "ok", told.why
    return told.frame.sort_values(["segment", "week", "band"], ignore_index=True)


def test_five_systems_are_one_company(own: Small, together: Path) -> None:
    """Read where they lie, each table comes from the last system that has it, and every count is the demo's own."""
    company = replace(read_company(together / "gtm.toml", {}), timeout_seconds=60)
    small = Small(connect(company, AS_OF), company)
    relations = small.warehouse.relations
    assert {name: r.layout for name, r in relations.items() if r.status == "ok"} == GAVE
    assert relations["usage_weeks"].why == "none of the layouts has a usage_weeks.sql"
    for metric in COUNTED:
        pd.testing.assert_frame_equal(counted(small, metric), counted(own, metric), check_dtype=False)
    found = {(s.relation, s.name): s.column for s in relations["opportunities"].sought}
    assert found["opportunity", "loss_reason"] == "why_we_lost_c"
    assert found["opportunity", "win_reason"] == "win_reason_c"
    assert found["opportunity", "champion_id"] == ""


def test_five_folders_are_one_company(own: Small, systems: dict[str, Frames], tmp_path: Path) -> None:
    """Exported, the files of each system in a folder of the layout's name, they load as the same company."""
    for name, frames in zip(("fivetran_salesforce", "outreach", "gong", "zendesk", "fivetran_stripe"),
                            systems.values(), strict=True):
        (tmp_path / name).mkdir()
        for table, frame in frames.items():
            frame.to_parquet(tmp_path / name / f"{table}.parquet")
    (tmp_path / "gtm.toml").write_text(TOML, encoding="utf-8")
    company = read_company(tmp_path / "gtm.toml", {})
    facts = load_folder(tmp_path, tmp_path / "company.duckdb", naming_of(company), AS_OF, set(), lambda _line: None)
    assert {name: fact["layout"] for name, fact in facts.items() if fact["status"] == "ok"} == GAVE
    small = Small(connect(company, AS_OF), company)
    for metric in COUNTED:
        pd.testing.assert_frame_equal(counted(small, metric), counted(own, metric), check_dtype=False)


def test_check_says_which_layout_gave_each_table(together: Path, capsys: pytest.CaptureFixture[str],
                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    """`check` prints the layout of each table beside its rows."""
    monkeypatch.delenv("GTM_WAREHOUSE", raising=False)
    assert main(["check", "--config", str(together / "gtm.toml"), "--as-of", AS_OF.isoformat()]) == 0
    said = capsys.readouterr().err
    assert [f"{table}: read through {layout}" in said for table, layout in GAVE.items()] == [True] * len(GAVE)
