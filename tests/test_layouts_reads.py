"""What a layout's header may ask for: kinds, paths into JSON, words, our own tables, and columns a company names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from conftest import TODAY

from gtm_metrics.company import Refused, read_company
from gtm_metrics.refresh.settings import hash_of, settings_of
from gtm_metrics.sources import Naming, layout_in, naming_of
from gtm_metrics.vocabulary import words_of
from gtm_metrics.warehouse import Relation, WarehouseError, connect
from gtm_metrics.warehouse.build import LoadFailed, load_folder, load_frames

Make = Callable[..., Naming]

ACCOUNTS = """-- one row per company
-- reads: company(account_id = id, name ?, *)
select * from company
"""


@pytest.fixture
def made(tmp_path: Path) -> Make:
    """made(crm={"accounts": SQL, ...}, ..., columns=(), words={}) -> those folders as layouts, in that order."""

    def naming(columns: tuple[tuple[str, str], ...] = (), words: Mapping[str, tuple[str, ...]] | None = None,
               **layouts: Mapping[str, str]) -> Naming:
        for name, files in layouts.items():
            (tmp_path / name).mkdir()
            for file, text in files.items():
                path = tmp_path / name / (file if "." in file else f"{file}.sql")
                path.write_text(text, encoding="utf-8")
        return Naming(tuple(layout_in(tmp_path / name) for name in layouts), columns, words_of(words or {}))

    return naming


def loaded(tmp_path: Path, naming: Naming, **frames: pd.DataFrame) -> tuple[dict[str, Any], Callable[[str], list[Any]]]:
    """The facts of a load, and how to ask what it wrote."""
    target = tmp_path / "made.duckdb"
    facts = load_frames(frames, target, naming, TODAY, set(), lambda _line: None)

    def rows(query: str) -> list[Any]:
        with duckdb.connect(str(target), read_only=True) as con:
            return con.execute(query).fetchall()

    return facts, rows


def test_a_name_is_read_as_the_kind_it_states(tmp_path: Path, made: Make) -> None:
    """Text from a file compares as a date, an instant, a number, a whole number and a yes; what misses is a null."""
    naming = made(crm={"accounts": """-- one row per company
-- reads: company(account_id = id, since date, seen instant, size number, floors integer, closed_ = shut boolean,
--     end_ = until date ?, none_ = nothing instant ?)
select account_id, since as created_on, floors, case when closed_ then 'shut'
    when seen > timestamp '2025-01-01 12:00:00' then 'seen late' when size > 9 then 'large'
    when end_ < current_date or none_ < current_timestamp then 'ended'
    end as set_aside, end_
from company
"""})
    frame = pd.DataFrame({"id": ["a", "b", "c", "d", "e"], "since": "2025-01-01", "floors": "2.0",
                          "seen": ["2025-01-01T10:00:00Z"] * 4 + ["2025-01-01 13:00:00+00:00"],
                          "size": ["9", "10", "", "2.5", "1"], "SHUT": ["false", "FALSE", "true", "f", "0"]})
    facts, rows = loaded(tmp_path, naming, company=frame)
    assert facts["accounts"]["reasons"] == {"large": 1, "seen late": 1, "shut": 1}
    assert rows("select account_id, created_on, floors from gtm.accounts order by 1") == [
        ("a", TODAY.replace(2025, 1, 1), 2), ("d", TODAY.replace(2025, 1, 1), 2)]


@pytest.mark.parametrize("since", [1_740_000_000, 1_740_000_000_000, "1740000000", "1740000000.0",
                                   "2025-02-19 21:20:00", "2025-02-19T22:20:00+01:00"])
def test_seconds_from_1970_are_an_instant(tmp_path: Path, made: Make, since: Any) -> None:
    """A column read as a date or an instant may hold what an API counts: seconds, or thousandths of one."""
    naming = made(crm={"accounts": """-- one row per company
-- reads: company(account_id = id, since date ?, seen = since instant ?)
select account_id, since as created_on, case when seen = timestamp '2025-02-19 21:20:00' then 'yes' end as name
from company
"""})
    _, rows = loaded(tmp_path, naming, company=pd.DataFrame({"id": ["a", "b"], "since": [since, None]}))
    assert rows("select * from gtm.accounts order by 1")[0][:3] == ("a", "yes", TODAY.replace(2025, 2, 19))


@pytest.mark.parametrize(("address", "host"), [
    ("https://www.Acme.example/about?x=1", "acme.example"), ("acme.example", "acme.example"), ("", None), (None, None),
    ("http://acme.example:8080", "acme.example"), ("Ann <ann@acme.example", "acme.example"),
    (" Ann@ACME.example ", "acme.example"), ("https://pages.example/@acme", "pages.example"), ("www.", None),
])
def test_a_host_is_the_domain_of_an_address(tmp_path: Path, made: Make, address: str | None, host: str | None) -> None:
    """Of a web address, however it is written, and of an e-mail address."""
    naming = made(crm={"accounts": """-- one row per company
-- reads: company(account_id = id, domain = site host)
select * from company
"""})
    _, rows = loaded(tmp_path, naming, company=pd.DataFrame({"id": ["a", "b"], "site": [address, "x.example"]}))
    assert rows("select domain from gtm.accounts order by account_id")[0] == (host,)


def test_another_systems_rows_find_our_accounts(tmp_path: Path, made: Make) -> None:
    """By an id in either of Salesforce's lengths, or by a domain; a mail provider's is nobody's, also the company's."""
    crm = "-- one row per company\n-- reads: company(account_id = id, domain)\nselect account_id, domain from company"
    help_desk = """-- one row per ticket
-- reads: ticket(ticket_id = id, asked_by text, host = asked_by host)
-- reads: our_ids(account_id, id)
-- reads: our_hosts(account_id, host)
select t.ticket_id, coalesce(i.account_id, h.account_id) as account_id, timestamp '2025-01-01 00:00:00' as opened_at
from ticket as t left join our_ids as i on i.id = t.asked_by left join our_hosts as h on h.host = t.host
"""
    naming = made(crm={"accounts": crm}, desk={"tickets": help_desk}, words={"free_mail": ("post.example",)})
    asked = ["001000000000018AAA", "001000000000018", "a@acme.example", "b@post.example", "c@gmail.com", "nobody"]
    _, rows = loaded(tmp_path, naming, company=pd.DataFrame(
        [["001000000000018AAA", "https://acme.example"], ["b", "post.example"], ["c", "gmail.com"]],
        columns=["id", "domain"]), ticket=pd.DataFrame({"id": list("123456"), "asked_by": asked}))
    assert rows("select ticket_id, account_id from gtm.tickets order by 1") == [
        ("1", "001000000000018AAA"), ("2", "001000000000018AAA"), ("3", "001000000000018AAA"), ("5", "c")]


def test_what_is_ours_is_not_taken_for_anothers(tmp_path: Path, made: Make) -> None:
    """A layout that reads relations called as ours are, in the same schema, still finds our accounts."""
    naming = made(crm={"accounts": "-- one row per company\n-- reads: accounts(account_id, *)\nselect * from accounts"},
                  sequencer={"touches": """-- one row per e-mail
-- reads: accounts(owner = account_id text)
-- reads: our_accounts(account_id)
select a.owner as touch_id, o.account_id, timestamp '2025-01-01 00:00:00' as sent_at
from accounts as a left join our_accounts as o on o.account_id = a.owner
"""})
    with duckdb.connect(str(tmp_path / "theirs.duckdb")) as con:
        con.execute("create table accounts as select 'a' as account_id")
    (tmp_path / "gtm.toml").write_text('[warehouse]\nlayouts = ["crm", "sequencer"]\n', encoding="utf-8")
    company = read_company(tmp_path / "gtm.toml", {"GTM_WAREHOUSE": f"duckdb:///{tmp_path / 'theirs.duckdb'}"})
    relation = connect(company, TODAY).relations["touches"]
    assert naming.has("touches")
    assert (relation.status, relation.rows_used, relation.why) == ("ok", 1, "")


def test_text_that_a_kind_cannot_read_is_counted(tmp_path: Path, made: Make) -> None:
    """What a header reads as a date, a number or yes and cannot counts as missing, and how often it did is kept."""
    naming = made(crm={"accounts": """-- one row per company
-- reads: company(account_id = id, since date ?, size number ?, shut = more.shut boolean ?, words_ = note words ?)
select account_id, since as created_on, case when size > 9 or shut then 'no' end as set_aside from company
"""})
    frame = pd.DataFrame({"id": ["a", "b", "c"], "since": ["2025-01-01", "last year", ""], "size": ["a lot", "9", "x"],
                          "more": ['{"shut": "perhaps"}', '{"shut": false}', "{}"], "note": "?"})
    facts, _ = loaded(tmp_path, naming, company=frame)
    assert facts["accounts"]["unreadable"] == {"company.since": 1, "company.size": 2, "company.more.shut": 1}
    assert facts["accounts"]["reasons"] == {}


def test_deals_that_are_not_connected_have_their_types(tmp_path: Path, made: Make) -> None:
    """Our deals, where there are none, are no rows of the right types: the body may compare them all the same."""
    naming = made(crm={"accounts": ACCOUNTS, "calls": """-- one row per call
-- reads: phone(id, company, at instant)
-- reads: our_opportunities ?(opportunity_id, account_id, created_at, closed_at, amount)
select p.id as call_id, p.company as account_id, p.at as held_at, o.opportunity_id
from phone as p
left join our_opportunities as o on o.account_id = p.company and o.created_at <= p.at
    and coalesce(o.closed_at, p.at) >= p.at and o.amount > 0
"""})
    facts, _ = loaded(tmp_path, naming, company=pd.DataFrame({"id": ["a"], "name": ["x"]}),
                      phone=pd.DataFrame({"id": ["1"], "company": ["a"], "at": ["2026-01-05"]}))
    assert (facts["calls"]["status"], facts["calls"]["rows_read"]) == ("ok", 1)


def test_a_name_that_ends_in_an_underscore_is_the_files_own(tmp_path: Path, made: Make) -> None:
    """`*` hands on attributes under plain names, but neither a connector's columns nor what the file only reads."""
    naming = made(crm={"accounts": """-- one row per company
-- reads: company(account_id = id, gone_ = IsDeleted boolean, *)
select company.* from company
"""})
    frame = pd.DataFrame({"Id": ["a"], "IsDeleted": ["false"], "NumberOfEmployees": [7], "_fivetran_synced": ["x"],
                          "_airbyte_meta": ["{}"], "Health__c": ["good"]})
    facts, _ = loaded(tmp_path, naming, company=frame)
    assert list(facts["accounts"]["attributes"]) == ["number_of_employees", "health__c"]


@pytest.mark.parametrize("as_text", [True, False], ids=["text", "struct"])
def test_a_path_leads_into_json(tmp_path: Path, made: Make, as_text: bool) -> None:
    """A candidate with points is the value at that path, in text and in the warehouse's own type, arrays by number."""
    naming = made(crm={"accounts": """-- one row per company
-- reads: company(account_id = id, name = label | properties.name, domain = properties.sites.1.host,
--     seats = properties.seats integer ?, colour = paint.colour ?)
select account_id, name, domain, seats, colour from company
"""})
    value: Any = {"name": "Acme", "sites": [{"host": "a.example"}, {"host": "b.example"}], "seats": 12}
    text = '{"name": "Acme", "sites": [{"host": "a.example"}, {"host": "b.example"}], "seats": 12}'
    _, rows = loaded(tmp_path, naming, company=pd.DataFrame({"id": ["a"], "Properties": [text if as_text else value]}))
    assert rows("select account_id, name, domain, seats, colour from gtm.accounts") == [
        ("a", "Acme", "b.example", 12, None)]


def test_words_are_found_whole(tmp_path: Path, made: Make) -> None:
    """A field read as words holds a word of a list whatever its case and signs; the company's list is the one asked."""
    sql = """-- one row per company
-- reads: company(account_id = id, why words ?)
-- reads: words(list, plain)
with matched as (
    select distinct c.account_id from company as c
    join words as w on w.list = 'no_decision' and position(w.plain in c.why) > 0
)
select c.account_id, case when m.account_id is not null then 'no decision' end as set_aside
from company as c left join matched as m on m.account_id = c.account_id
"""
    frame = pd.DataFrame({"id": list("abcdefg"), "why": [
        "No Decision / Non-Responsive", "multitiming", "Budget_cut", "it's: kept (their own) spreadsheet", None, "",
        "international"]})
    _, rows = loaded(tmp_path, made(crm={"accounts": sql}), company=frame)
    assert rows("select account_id from aside.accounts order by 1") == [("a",), ("c",)]
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "accounts.sql").write_text(sql, encoding="utf-8")
    own = Naming((layout_in(tmp_path / "own"),), (), words_of({"no_decision": ("kept their spreadsheet",)}))
    _, rows = loaded(tmp_path, own, company=frame)
    assert rows("select account_id from aside.accounts") == []
    own = Naming(own.layouts, (), words_of({"no_decision": ("kept (their own) SPREADSHEET",)}))
    _, rows = loaded(tmp_path, own, company=frame)
    assert rows("select account_id from aside.accounts") == [("d",)]


def test_the_words_of_an_earlier_name_are_those_of_its_column(tmp_path: Path, made: Make) -> None:
    """A company that names its own column for a reason has its words read too, unless it names another for those."""
    sql = """-- one row per company
-- reads: company(account_id = id, why = reason | cause ?, why_words = why words ?)
select account_id, why as name, why_words as domain from company
"""
    frame = pd.DataFrame({"id": ["a"], "reason": ["No budget!"], "told": ["Too dear."], "said": ["Later"]})
    for columns, found in (((), ("No budget!", "no budget")), ((("company.why", "told"),), ("Too dear.", "too dear")),
                           ((("company.why_words", "said"),), ("No budget!", "later"))):
        folder = tmp_path / found[1].replace(" ", "_")
        folder.mkdir()
        naming = made(columns, **{f"crm_{len(found[1])}": {"accounts": sql}})
        _, rows = loaded(folder, naming, company=frame)
        assert rows("select name, domain from gtm.accounts") == [found]


def test_one_of_several_must_be_there(tmp_path: Path, made: Make) -> None:
    """Of the relations, or names, marked + any is enough; without one the table is not connected, and says of what."""
    naming = made(crm={"accounts": ACCOUNTS, "calls": """-- one row per meeting or call
-- reads: meeting +(id, account_id, met)
-- reads: phone_call | call +(id, account_id, met)
select id as call_id, account_id, met as held_at from meeting
union all
select id, account_id, met from phone_call
""", "referrals": """-- one row per company that was referred
-- reads: company(id, since, by_id = referrer_id +, by_name = referrer +)
select by_id as referrer_account_id, id as referred_account_id, since as referred_at from company
"""})
    company = pd.DataFrame({"id": ["a"], "since": ["2026-01-01"]})
    facts, _ = loaded(tmp_path, naming, company=company)
    assert (facts["calls"]["status"], facts["calls"]["why"]) == (
        "not_connected", "the warehouse has no table meeting or phone_call or call")
    assert (facts["referrals"]["status"], facts["referrals"]["why"]) == (
        "not_connected", "table company has no column referrer_id or referrer")
    facts, _ = loaded(tmp_path, naming, company=company.assign(referrer="Acme"),
                      call=pd.DataFrame({"id": ["1"], "account_id": ["a"], "met": ["2026-01-02"]}))
    assert (facts["calls"]["status"], facts["calls"]["rows_read"]) == ("ok", 1)
    assert facts["referrals"]["status"] == "ok"


def test_a_prefix_is_left_off(tmp_path: Path, made: Make) -> None:
    """`property_*` hands on the columns that begin so by the rest of their names, and no others."""
    naming = made(crm={"accounts": """-- one row per company
-- reads: company(account_id = id, name = property_name, property_* | properties_*)
select * from company
"""})
    frame = pd.DataFrame({"id": ["a"], "property_name": ["Acme"], "property_region": ["North"], "portal_id": [7],
                          "properties_size": [3], "properties_region": ["South"]})
    facts, rows = loaded(tmp_path, naming, company=frame)
    assert list(facts["accounts"]["attributes"]) == ["region", "size"]
    assert rows("select name, region from gtm.accounts") == [("Acme", "North")]


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
