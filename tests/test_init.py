"""gtm-metrics init goes from a URL to a gtm.toml that check accepts, and keeps its hands off what is there."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd
import pytest
from commands import run
from conftest import WarehouseOf
from layouts import fivetran_stripe, gong, hubspot, outreach, salesforce, salesloft, zendesk
from layouts.company import Frames, part, used

from gtm_metrics.commands_init import mending
from gtm_metrics.company import read_company
from gtm_metrics.demo import AS_OF
from gtm_metrics.warehouse.recognise import candidates, catalogue, chosen

HAND_WRITTEN = """
[warehouse]
url = "duckdb:///company.duckdb"
layouts = ["fivetran_salesforce", "fivetran_stripe"]
[warehouse.schemas]
fivetran_salesforce = "crm raw"
fivetran_stripe = "billing"
"""


def written(file: Path, schemas: dict[str, dict[str, pd.DataFrame]]) -> Path:
    """A DuckDB file with these tables by schema."""
    with duckdb.connect(str(file)) as connection:
        for schema, frames in schemas.items():
            connection.execute(f'create schema if not exists "{schema}"')
            for name, frame in frames.items():
                connection.register("frame", frame)
                connection.execute(f'create table "{schema}"."{name}" as select * from frame')
                connection.unregister("frame")
    return file


@pytest.fixture(scope="module")
def ours(warehouse_of: WarehouseOf) -> Frames:
    """The used rows of a part of the demo company."""
    return used(warehouse_of(part(), AS_OF))


@pytest.fixture(scope="module")
def company(ours: Frames, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo company in Salesforce's and Stripe's tables, in schemas that no connector usually writes to."""
    return written(tmp_path_factory.mktemp("init") / "company.duckdb", {
        "crm raw": salesforce.fivetran(ours), "billing": fivetran_stripe.written(ours)})


def test_init_writes_what_a_hand_would_and_the_numbers_are_the_same(company: Path, tmp_path: Path) -> None:
    """Layouts and schemas are those of a hand-written gtm.toml, and so is every number of the funnel."""
    target = tmp_path / "gtm.toml"
    ran = run("", "init", f"duckdb:///{company}", "--yes", config=target)
    assert ran.code == 0, ran.err
    found = read_company(target, {})
    assert found.layouts == ("fivetran_salesforce", "fivetran_stripe")
    assert dict(found.schemas) == {"fivetran_salesforce": "crm raw", "fivetran_stripe": "billing"}
    assert f"GTM_CONFIG={target}" in ran.err
    by_hand = tmp_path / "hand.toml"
    by_hand.write_text(HAND_WRITTEN.replace("company.duckdb", str(company)) + "[metrics]\n"
                       f"won_in_time_weeks = {found.won_in_time_weeks}\n", encoding="utf-8")
    by = found.dimensions[0].name
    edges = dict(found.edges).get(by)
    assert edges is None
    asked = ("funnel", "--by", by, "--format", "json")
    assert run(company, *asked, config=target).rows == run(company, *asked, config=by_hand).rows


@pytest.mark.parametrize("crm", ["fivetran_salesforce", "airbyte_salesforce", "fivetran_hubspot"])
def test_each_system_is_recognised_in_whatever_schema(ours: Frames, crm: str) -> None:
    """A CRM, a sequencer, calls, a help desk and billing are found by their relations, and none is taken twice."""
    written_by = {"fivetran_salesforce": salesforce.fivetran, "fivetran_hubspot": hubspot.fivetran,
                  "airbyte_salesforce": lambda rows: salesforce.airbyte(salesforce.fivetran(rows))}
    systems = {"a": written_by[crm](ours), "b": outreach.written(ours), "c": gong.written(ours),
               "d": zendesk.written(ours), "e": fivetran_stripe.written(ours)}
    there = {schema: {name: dict.fromkeys(frame, "") for name, frame in frames.items()}
             for schema, frames in systems.items()}
    best = {one.schema: one.layout.name for one in chosen(candidates(there))}
    family = crm.split("_")[1]
    assert best.pop("a").endswith(family)
    assert best == {"b": "outreach", "c": "gong", "d": "zendesk", "e": "fivetran_stripe"}
    alone = [one.layout.name for one in chosen(candidates({"a": there["a"]}))]
    assert len(alone) == 1
    sales = {name: dict.fromkeys(frame, "") for name, frame in salesloft.written(ours).items()}
    assert [one.layout.name for one in chosen(candidates({"a": there["a"], "s": sales}))][1:] == ["salesloft"]


def test_a_settings_file_that_is_there_stays(company: Path, tmp_path: Path) -> None:
    """Without --force nothing is written over; --print writes nothing at all."""
    target = tmp_path / "gtm.toml"
    target.write_text("mine", encoding="utf-8")
    refused = run(company, "init", "--yes", config=target)
    assert (refused.code, "--force" in refused.err) == (2, True)
    shown = run(company, "init", "--yes", "--print", config=target)
    assert (shown.code, "fivetran_salesforce" in shown.out) == (0, True)
    assert target.read_text(encoding="utf-8") == "mine"


def test_of_two_schemas_alike_the_usual_one_is_taken(tmp_path: Path) -> None:
    """Beside salesforce_history with the same tables, salesforce is taken."""
    tables = {"account": pd.DataFrame({"id": ["1"], "created_date": ["2025-01-01"], "_fivetran_synced": ["x"]})}
    file = written(tmp_path / "two.duckdb", {"salesforce_history": tables, "salesforce": tables})
    best = chosen(candidates(catalogue(f"duckdb:///{file}", 60)))
    assert [(one.layout.name, one.schema) for one in best] == [("fivetran_salesforce", "salesforce")]


@pytest.mark.parametrize(("tables", "told"), [
    ({}, "holds no table"), ({"orgs": pd.DataFrame({"n": [1]})}, "account_id")])
def test_what_is_not_recognised_is_said(tables: dict[str, pd.DataFrame], told: str, tmp_path: Path) -> None:
    """An empty warehouse, and one of other tables, leave no file and say what is needed."""
    file = written(tmp_path / "other.duckdb", {"main": tables})
    ran = run(file, "init", "--yes", config=tmp_path / "gtm.toml")
    assert (ran.code, told in ran.err, (tmp_path / "gtm.toml").exists()) == (1, True, False)


def test_a_refusal_says_how_to_mend_it(tmp_path: Path) -> None:
    """A file that is not there is told with the form of a path; words that are not known get no advice."""
    ran = run("", "init", f"duckdb:///{tmp_path}/none.duckdb", "--yes", config=tmp_path / "gtm.toml")
    assert (ran.code, "four slashes" in ran.err) == (1, True)
    wrong = run("", "init", "nonsense:sekret", "--yes", config=tmp_path / "gtm.toml")
    assert (wrong.code, "sekret" in wrong.err) == (2, False)
    assert mending("something else") == ""
