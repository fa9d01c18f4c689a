"""gtm-metrics init goes from a URL to a gtm.toml that check accepts, and keeps its hands off what is there."""

from __future__ import annotations

import io
from pathlib import Path

import duckdb
import emulation
import pandas as pd
import pytest
import servers
import sqlalchemy as sa
from commands import Ran, run
from conftest import WarehouseOf
from layouts import fivetran_stripe, gong, hubspot, outreach, salesforce, salesloft, zendesk
from layouts.company import Frames, part, used

from gtm_metrics.commands.init import crontab_line, custom_labels, first_rows, looking, mending, picked
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


FEWER = 20
"""Of so many of the demo's accounts one is taken: here it matters what is found, not how much."""


class Terminal(io.StringIO):
    """A standard input that says it is a terminal, with these lines typed."""

    def isatty(self) -> bool:
        """It is one."""
        return True


def typed(patch: pytest.MonkeyPatch, lines: str, url: str, target: Path) -> Ran:
    """What init does where a person answers with these lines; '' for a URL that has to be asked for."""
    patch.setattr("sys.stdin", Terminal(lines))
    return run("", "init", *([url] if url else []), config=target)


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
    return used(warehouse_of(part(FEWER), AS_OF))


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


def test_a_conversation_leads_from_the_url_to_the_first_numbers(
    company: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a terminal it asks for the URL and for consent; what it prints last are lines to be copied."""
    target = tmp_path / "gtm.toml"
    ran = typed(monkeypatch, f"duckdb:///{company}\ny\n", "", target)
    assert ran.code == 0, ran.err
    assert ("The warehouse's URL: " in ran.err, "Go on with these?" in ran.err) == (True, True)
    assert read_company(target, {}).url == f"duckdb:///{company}"
    assert f"0 6 * * 1 cd {Path.cwd()} && " in ran.err
    first = ran.out[ran.out.index("metric"):].splitlines()[1:]
    assert {line.split()[0] for line in first} == {"response_rate", "calls_to_understanding"}
    assert len(first) <= 10
    assert f"gtm-metrics funnel --config {target}" in ran.err


def test_a_person_may_name_other_layouts(company: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is none, and billing without a CRM, are asked again; a CRM alone is taken alone."""
    target = tmp_path / "gtm.toml"
    answers = "nonsense\nfivetran_stripe\nfivetran_salesforce (crm raw)\n"
    ran = typed(monkeypatch, answers, f"duckdb:///{company}", target)
    assert ran.code == 0, ran.err
    assert ("'nonsense' is none of fivetran_salesforce (crm raw)" in ran.err, "take one of" in ran.err) == (True, True)
    found = read_company(target, {})
    assert (found.layouts, dict(found.schemas)) == (("fivetran_salesforce",), {"fivetran_salesforce": "crm raw"})


@pytest.mark.parametrize(("lines", "told"), [("n\n", "nothing was written"), ("", "the input ended")])
def test_without_consent_nothing_is_written(
    lines: str, told: str, company: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A no, and an input that ends before an answer, leave no file."""
    ran = typed(monkeypatch, lines, f"duckdb:///{company}", tmp_path / "gtm.toml")
    assert (ran.code, told in ran.err, (tmp_path / "gtm.toml").exists()) == (2, True, False)
    ended = typed(monkeypatch, "", "", tmp_path / "gtm.toml")
    assert (ended.code, "the input ended" in ended.err) == (2, True)


def test_two_crms_are_not_taken_together() -> None:
    """Accounts come from one system, whatever a person asks for."""
    tables = {"account": dict.fromkeys(("id", "created_date", "_fivetran_synced"), "")}
    among = candidates({"a": tables, "b": tables})
    with pytest.raises(ValueError, match=r"take one of fivetran_salesforce \(a\)"):
        picked("fivetran_salesforce (a), fivetran_salesforce (b)", among)
    assert [one.schema for one in picked("fivetran_salesforce (b)", among)] == ["b"]


def test_accounts_alone_are_a_beginning(ours: Frames, tmp_path: Path) -> None:
    """With a table of accounts and no more it goes well, and says that nothing can be counted yet."""
    file = written(tmp_path / "few.duckdb", {"main": {"accounts": ours["accounts"]}})
    ran = run("", "init", f"duckdb:///{file}", "--yes", config=tmp_path / "gtm.toml")
    assert ran.code == 0, ran.err
    assert "no metric can be counted yet" in ran.err
    assert "Traceback" not in ran.err


def test_a_table_that_fails_keeps_none_of_the_others_from_being_counted(ours: Frames, tmp_path: Path) -> None:
    """The exit code says that one failed, and the first numbers are printed all the same."""
    own = {**ours, "calls": ours["calls"].drop(columns="account_id")}
    file = written(tmp_path / "failing.duckdb", {"main": own})
    ran = run("", "init", f"duckdb:///{file}", "--yes", config=tmp_path / "gtm.toml")
    assert (ran.code, "gtm-metrics: calls:" in ran.err) == (1, True)
    assert "response_rate" in ran.out


def test_our_own_tables_are_recognised(ours: Frames, tmp_path: Path) -> None:
    """Tables called as ours need no layout but our own, in whatever schema."""
    file = written(tmp_path / "own.duckdb", {"gtm": ours})
    ran = run("", "init", f"duckdb:///{file}", "--yes", config=tmp_path / "gtm.toml")
    assert ran.code == 0, ran.err
    found = read_company(tmp_path / "gtm.toml", {})
    assert (found.layouts, dict(found.schemas)) == (("own",), {"own": "gtm"})
    assert "response_rate" in ran.out


def test_in_postgresql_a_password_that_connects_is_written_nowhere(
    server: servers.Postgres, ours: Frames, tmp_path: Path
) -> None:
    """Two systems in two schemas are found by one look; the secret stands in no file and on no line."""
    billing = fivetran_stripe.written(ours)
    url = server.create("init", {**salesforce.fivetran(ours), **billing})
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("create schema billing"))
        for name in billing:
            connection.execute(sa.text(f'alter table "{name}" set schema billing'))
    engine.dispose()
    target = tmp_path / "gtm.toml"
    ran = run("", "init", url, "--yes", config=target)
    assert ran.code == 0, ran.err
    assert servers.PASSWORD not in ran.out + ran.err + target.read_text(encoding="utf-8")
    found = read_company(target, {"GTM_WAREHOUSE": url})
    assert dict(found.schemas) == {"fivetran_salesforce": "public", "fivetran_stripe": "billing"}
    assert f"GTM_WAREHOUSE=URL GTM_CONFIG={target}" in ran.err
    assert "response_rate" in ran.out
    wrong = run("", "init", url.replace(servers.PASSWORD, "sekret"), "--yes", "--force", config=target)
    assert (wrong.code, "check the user" in wrong.err, "sekret" in wrong.err) == (1, True, False)


def test_a_schema_that_the_role_may_not_use_is_not_looked_at(server: servers.Postgres, tmp_path: Path) -> None:
    """What a role cannot read is not proposed to it, and where nothing is left it is told which grant lacks."""
    accounts = pd.DataFrame({"account_id": ["1"], "created_at": ["2025-01-01"]})
    url = server.create("closed", {"accounts": accounts})
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("create schema closed; alter table accounts set schema closed"))
        connection.execute(sa.text("drop role if exists init_reader; create role init_reader login password 'sekret'"))
    engine.dispose()
    reader = url.replace("//postgres:", "//init_reader:").replace(servers.PASSWORD, "sekret")
    ran = run("", "init", reader, "--yes", config=tmp_path / "gtm.toml")
    assert (ran.code, "grant it USAGE" in ran.err, "sekret" in ran.err) == (1, True, False)


def test_in_snowflake_it_says_which_database_it_looks_in(
    emulated: emulation.Snowflake, ours: Frames, tmp_path: Path
) -> None:
    """The connection's database is named, and how to name another; its tables are recognised in capitals."""
    target = tmp_path / "gtm.toml"
    url = emulated.create("INIT", ours)
    ran = run("", "init", url, "--yes", config=target)
    assert ran.code == 0, ran.err
    assert "looking in database INIT alone" in ran.err
    assert "snowflake://user@account/DATABASE/SCHEMA" in ran.err
    assert emulation.TOKEN not in ran.out + ran.err + target.read_text(encoding="utf-8")
    assert dict(read_company(target, {}).schemas) == {"own": emulation.SCHEMA}
    assert "response_rate" in ran.out


def test_only_snowflake_has_several_databases() -> None:
    """Elsewhere a URL is one database; without a name in the URL it is the connection's own."""
    assert looking("postgresql+psycopg://reader@host/company") == looking("nonsense") == ()
    assert "the connection's own database" in looking("snowflake://reader@account")[0]


def test_the_first_rows_are_everyone_and_those_with_the_most_trials() -> None:
    """(all) stands first; a segment without a count comes last."""
    frame = pd.DataFrame({"segment": ["(all)", "a", "b", "c"], "trials": [9, 2, 7, None]}, dtype=object)
    assert first_rows(frame, 3)["segment"].tolist() == ["(all)", "b", "a"]
    alone = pd.DataFrame({"segment": ["(all)"], "trials": [None]}, dtype=object)
    assert first_rows(alone, 5)["segment"].tolist() == ["(all)"]


def test_a_crontab_line_keeps_its_paths_whole() -> None:
    """Blanks are quoted and per cents escaped, since cron would end the command at one."""
    line = crontab_line(Path("/srv/our app"), Path("/srv/bin"), Path("/srv/100%/gtm.toml"))
    assert line == "0 6 * * 1 cd '/srv/our app' && /srv/bin/gtm-metrics refresh --config /srv/100\\%/gtm.toml"


def test_custom_fields_are_called_without_their_ending() -> None:
    """Salesforce's own fields keep their names; c alone is no ending."""
    names = ("industry", "marketing_tool_c", "region__c", "_c")
    assert custom_labels(names) == {"marketing_tool_c": "Marketing tool", "region__c": "Region"}
