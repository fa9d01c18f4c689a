"""Several layouts beside one another, and a company's own names: whose table it is, schemas, columns, refusals."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from conftest import TODAY
from layouts.written import ACCOUNTS, Make, loaded

from gtm_metrics.company import Refused, read_company
from gtm_metrics.refresh.settings import hash_of, settings_of
from gtm_metrics.sources import Naming, naming_of
from gtm_metrics.warehouse import Relation, WarehouseError, connect
from gtm_metrics.warehouse.build import LoadFailed, load_folder


def test_each_table_comes_from_the_last_layout_that_has_it(tmp_path: Path, made: Make) -> None:
    """An add-on takes a table over, links by our accounts and deals, and gives it back where its tables are not there;
    nothing is united."""
    crm = {"accounts": ACCOUNTS, "opportunities": """-- one row per deal
-- reads: deal(opportunity_id = id, account_id, created_at)
select opportunity_id, account_id, created_at from deal
""", "calls": """-- one row per event
-- reads: event(id, account_id, held_at)
select id as call_id, account_id, held_at from event
"""}
    recorder = {"calls": """-- one row per recorded call
-- reads: recording(id, deal_id, domain, held_at)
-- reads: our_accounts(account_id, name)
-- reads: our_opportunities ?(opportunity_id, account_id)
select r.id as call_id, coalesce(o.account_id, a.account_id) as account_id, r.held_at, o.opportunity_id
from recording as r
left join our_opportunities as o on o.opportunity_id = r.deal_id
left join our_accounts as a on a.name = r.domain
"""}
    naming = made(crm=crm, recorder=recorder)
    frames = {"company": pd.DataFrame({"id": ["a", "b"], "name": ["a.example", "b.example"]}),
              "deal": pd.DataFrame({"id": ["1"], "account_id": ["a"], "created_at": ["2026-01-05"]}),
              "event": pd.DataFrame({"id": ["e"], "account_id": ["a"], "held_at": ["2026-01-06"]})}
    recordings = pd.DataFrame({"id": ["r", "s"], "deal_id": ["1", None], "domain": [None, "b.example"],
                               "held_at": ["2026-01-07"] * 2})
    facts, rows = loaded(tmp_path, naming, **frames)
    assert (facts["calls"]["layout"], facts["calls"]["rows_read"]) == ("crm", 1)
    facts, rows = loaded(tmp_path, naming, **frames, recording=recordings)
    assert (facts["calls"]["layout"], facts["opportunities"]["layout"]) == ("recorder", "crm")
    assert rows("select call_id, account_id, opportunity_id from gtm.calls") == [("r", "a", "1")]
    assert facts["calls"]["reasons"] == {"call without opportunity": 1}
    del frames["deal"]
    facts, _ = loaded(tmp_path, naming, **frames, recording=recordings)
    assert facts["opportunities"]["why"] == "crm: the warehouse has no table deal"
    assert facts["touches"]["why"] == "none of the layouts has a touches.sql"


def test_two_systems_may_call_their_tables_alike(tmp_path: Path, made: Make) -> None:
    """The files of a layout in a subfolder of its name are its own; those beside them are everyone else's."""
    naming = made(crm={"accounts": ACCOUNTS}, help_desk={"tickets": """-- one row per ticket
-- reads: ticket(id, company_id, opened)
-- reads: company(id, crm_id)
select t.id as ticket_id, c.crm_id as account_id, t.opened as opened_at
from ticket as t left join company as c on c.id = t.company_id
"""})
    files = tmp_path / "files"
    (files / "Help-Desk").mkdir(parents=True)
    (files / "company.csv").write_text("id,name\na,Acme\n", encoding="utf-8")
    (files / "Help-Desk" / "company.csv").write_text("id,crm_id\n1,a\n2,b\n", encoding="utf-8")
    (files / "Help-Desk" / "ticket.csv").write_text("id,company_id,opened\n7,1,2026-01-05\n8,2,2026-01-05\n9,1\n",
                                                    encoding="utf-8")
    (files / "Help-Desk" / "other.csv").write_text("a\n1\n", encoding="utf-8")
    said: list[str] = []
    facts = load_folder(files, tmp_path / "made.duckdb", naming, TODAY, set(), said.append)
    assert facts["tickets"]["reasons"] == {"account unknown": 1, "unreadable line": 1}
    assert facts["tickets"]["rows_read"] == 3
    assert facts["accounts"]["rows_read"] == 1
    assert "  not read, since the layout asks for none of them: other.csv" in said


def test_a_companys_own_column_goes_before_the_candidates(tmp_path: Path, made: Make) -> None:
    """gtm.toml's column is read, for one layout where it says so; what was looked for is kept with its candidates."""
    crm = {"accounts": """-- one row per company
-- reads: company(account_id = id, domain = website | web ?)
select account_id, domain from company
"""}
    frame = pd.DataFrame({"id": ["a"], "website": ["a.example"], "Home Page": ["b.example"]})
    naming = made((("company.domain", "home_page"),), crm=crm)
    facts, rows = loaded(tmp_path, naming, company=frame)
    assert rows("select domain from gtm.accounts") == [("b.example",)]
    assert facts["accounts"]["sought"] == [["company", "account_id", ["id"], "company", "id"],
                                           ["company", "domain", ["website", "web"], "company", "Home Page"]]
    for name, domain in (("crm.company.domain", "b.example"), ("company.account_id", "a.example")):
        other = Naming(naming.layouts, ((name, "home_page"),))
        _, rows = loaded(tmp_path, other, company=frame)
        assert rows("select domain from gtm.accounts") == [(domain,)]


def test_a_companys_own_column_that_is_not_there_is_refused(tmp_path: Path, made: Make) -> None:
    """A name that no layout reads is refused with those there are, a column that is not there with those like it."""
    naming = made((("company.domian", "x"),), crm={"accounts": ACCOUNTS.replace("name ?", "domain ?")})
    frame = pd.DataFrame({"id": ["a"], "home_page": ["a.example"], "colour": ["red"]})
    with pytest.raises(Refused, match=r"warehouse\.columns names 'company\.domian', which no layout reads; near it are "
                                      r"company\.domain, .*; all are company\.account_id, company\.domain"):
        loaded(tmp_path, naming, company=frame)
    missing = Naming(naming.layouts, (("company.domain", "homepages"),))
    with pytest.raises(LoadFailed, match=r"company\.domain is 'homepages', and table company has no such column; near "
                                         "it are home_page$"):
        loaded(tmp_path, missing, company=frame)


def live(tmp_path: Path, text: str, schemas: Mapping[str, str]) -> dict[str, Relation]:
    """The relations of a DuckDB file with a table company in each of these schemas, looked up without a load."""
    target = tmp_path / f"live-{len(list(tmp_path.glob('live*')))}.duckdb"
    with duckdb.connect(str(target)) as con:
        for schema, name in schemas.items():
            con.execute(f'create schema if not exists "{schema}"')
            con.execute(f"create table \"{schema}\".company as select '{name}' as id, '{name}' as name")
    (tmp_path / "gtm.toml").write_text(text, encoding="utf-8")
    company = read_company(tmp_path / "gtm.toml", {"GTM_WAREHOUSE": f"duckdb:///{target}"})
    return dict(connect(company, TODAY).relations)


def test_a_layout_is_read_from_its_own_schema(tmp_path: Path, made: Make) -> None:
    """gtm.toml's schema of a layout, else the one its connector usually writes to, else warehouse.schema."""
    made(crm={"accounts": ACCOUNTS, "layout.toml": 'schemas = ["crm_raw", "crm"]\n'})
    text = '[warehouse]\nlayouts = ["crm"]\nschema = "other"\n'
    own = text + '[warehouse.schemas]\ncrm = "ELSEWHERE"\n'
    places = {"main": "m", "other": "o", "CRM": "c", "Elsewhere": "e"}

    def name(text: str, *schemas: str) -> str:
        sql = live(tmp_path, text, {s: places[s] for s in schemas})["accounts"].sql
        return next(place for s, place in places.items() if f'"{s}"."company"' in sql)

    assert name(own, "other", "CRM", "Elsewhere") == "e"
    assert name(text, "other", "CRM", "Elsewhere") == "c"
    assert name(text, "other", "Elsewhere") == "o"
    with pytest.raises(WarehouseError, match=r"warehouse\.schemas\.crm is 'ELSEWHERE'; there are CRM, "):
        live(tmp_path, own, {"CRM": "c", "other": "o"})


def test_layouts_that_are_none_are_refused(tmp_path: Path) -> None:
    """A layout that neither ships nor lies beside gtm.toml is refused with those that ship."""
    (tmp_path / "gtm.toml").write_text('[warehouse]\nlayouts = ["own", "crmm"]\n', encoding="utf-8")
    with pytest.raises(Refused, match=r"warehouse\.layouts is 'crmm'; .*ship are .*own"):
        naming_of(read_company(tmp_path / "gtm.toml", {}))


def test_settings_of_layouts_count_and_their_absence_does_not(tmp_path: Path, made: Make) -> None:
    """What a company says of layouts, schemas, columns, words and its own SQL is in the hash; saying nothing is not."""
    made(crm={"accounts": ACCOUNTS})

    def hashed(text: str) -> str:
        (tmp_path / "gtm.toml").write_text(text, encoding="utf-8")
        return hash_of(settings_of(read_company(tmp_path / "gtm.toml", {})))

    plain = hashed("")
    assert plain == hashed('[warehouse]\nlayout = "own"\n') == hashed('[warehouse]\nlayouts = ["own"]\n')
    settings = settings_of(read_company(tmp_path / "gtm.toml", {}))
    assert set(settings) == {"layout", "layout_sql", "schema", "maturity", "counting", "rules"}
    several = '[warehouse]\nlayouts = ["own", "crm"]\n'
    hashes = [plain, hashed('[warehouse]\nlayout = "crm"\n'), hashed(several)]
    hashes += [hashed(several + more) for more in (
        '[warehouse.schemas]\ncrm = "raw"\n', '[warehouse.columns]\n"company.name" = "label"\n',
        '[warehouse.words]\nno_decision = ["nothing"]\n')]
    (tmp_path / "crm" / "accounts.sql").write_text(ACCOUNTS + "where 1 = 1\n", encoding="utf-8")
    assert len({*hashes, hashed(several)}) == len(hashes) + 1
