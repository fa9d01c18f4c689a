"""What a layout's header may ask for: kinds, paths into JSON, words, our own tables, one of several."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from conftest import TODAY
from layouts.written import ACCOUNTS, Make, loaded

from gtm_metrics.company import read_company
from gtm_metrics.sources import Naming, layout_in
from gtm_metrics.vocabulary import words_of
from gtm_metrics.warehouse import connect


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
