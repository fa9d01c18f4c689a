"""A layout of the company's own, whatever stands in it: read, or refused with its file; no table and no file but those
that it names is read, and the warehouse is the same to the byte."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from time import monotonic
from typing import Any

import duckdb
import pandas as pd
import pytest
from test_fuzzed_files import VALUES, spoiled

from gtm_metrics.company import Company, Refused, read_company
from gtm_metrics.sources import naming_of
from gtm_metrics.warehouse import FAILED, WarehouseError, connect, selects, told_by_source
from gtm_metrics.warehouse.build import load_frames
from gtm_metrics.warehouse.selects import strangers

TODAY = date(2026, 6, 30)
READS = "-- one row per company\n-- reads: company(account_id = id, name ?, created_on date ?, *)\n"
FILES = {
    "accounts.sql": f"{READS}select * from company\n",
    "opportunities.sql": """-- one row per deal
-- reads: deal(id, company_id, created = created_at instant, closed = closed_at instant ?, stage ?)
-- reads: words(list, plain)
with told as (select distinct id from deal join words as w on position(w.plain in stage) > 0)
select d.id as opportunity_id, company_id as account_id, created as created_at, closed as closed_at,
    case stage when 'won' then 'won' when 'lost' then 'lost' end as outcome
from deal as d left join told as t on t.id = d.id
""",
    "counts/won_deals.sql": "-- one row per company\n-- reads: company(id)\nselect count(*) as counted from company\n",
    "layout.toml": 'title = "Ours"\nkind = "CRM"\nschemas = ["crm"]\nfiles = "own"\n',
}
FRAMES = {
    "company": pd.DataFrame({"id": ["a", "b"], "name": ["A", "B"], "created_on": "2025-01-01", "trade": ["x", "y"]}),
    "deal": pd.DataFrame({"id": ["1", "2"], "company_id": ["a", "b"], "created_at": "2025-02-01",
                          "closed_at": "2025-03-01", "stage": ["won", "lost"]}),
}
BODIES = {
    "copy": "copy company to 'out.csv'",
    "attach": "attach 'other.duckdb' as other",
    "pragma": "pragma database_list",
    "install": "install httpfs",
    "a write behind": "select * from company; drop table company",
    "a bracket that ends it": "select * from company) as b; drop table company; --",
    "a comment without end": "select * from company /* ",
    "a text without end": "select 'x from company",
    "into": "select * into other from company",
    "for update": "select * from company for update",
    "a file": "select * from '/etc/hostname'",
    "a file by its function": "select content as account_id from read_text('/etc/hostname')",
    "files of a folder": "select file as account_id from glob('/etc/*')",
    "another table": "select company_id as account_id from deal",
    "another schema": "select * from information_schema.tables",
    "another table in a part": "select * from company where id in (select id from staging.main.deal)",
    "a name of an inner with": "select * from deal where exists (with deal as (select 1) select 1 from deal)",
    "SQL in a text": "select * from query('select * from deal')",
    "10,000 brackets": f"select {'(' * 10_000}1{')' * 10_000} as account_id from company",
    "nothing": "",
    "no select": "values (1)",
    "no key": "select 1 as x from company",
    "a comment behind its end": "select * from company; -- all",
}
HARMLESS = {
    "a name twice": "select account_id, account_id from company",
    "an id of no kind": "select [account_id] as account_id from company",
    "a name of 10,000 characters": f'select account_id, 1 as "{"x" * 10_000}" from company',
    "a name that is SQL": "select account_id, 1 as \"'; drop table company; --\" from company",
}
HEADERS = {
    "no grain": "select * from company",
    "no table": "-- one row per company\nselect * from company",
    "500 names": f"-- one row per company\n-- reads: company({', '.join(f'c{n} ?' for n in range(500))})\nselect 1",
    "a name that is SQL": "-- one row per company\n-- reads: company(id = id) as x; drop table company)\nselect 1",
    "a table that is SQL": '-- one row per company\n-- reads: "company"; drop table x(id)\nselect 1',
    "blanks without end": f"-- one row per company\n-- reads: company(id =  {' ' * 10_000} | x\nselect 1",
    "bytes that are no text": b"-- one row per \xff\nselect 1",
    "NUL": "-- one row per\x00 company\n-- reads: company(id)\nselect 1\x00",
}
TAKEN = {
    "a last line that is a comment": "select * from company -- all of them",
    "its end marked": "select * from company;\n",
    "a with of its own": "with told as (select * from company) select * from told",
    "the names in capitals": "SELECT * FROM COMPANY AS C",
}


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """A company with a layout of its own over a DuckDB file that nobody loaded."""
    tmp_path = tmp_path_factory.mktemp("own")
    (tmp_path / "ours" / "counts").mkdir(parents=True)
    with duckdb.connect(str(tmp_path / "raw.duckdb")) as con:
        for name, frame in FRAMES.items():
            con.register("frame", frame)
            con.execute(f"create table {name} as select * from frame")
    text = '[warehouse]\nlayout = "ours"\nurl = "duckdb:///raw.duckdb"\n'
    (tmp_path / "gtm.toml").write_text(text, encoding="utf-8")
    written(tmp_path)
    return read_company(tmp_path / "gtm.toml", {})


def written(folder: Path, **instead: str | bytes) -> None:
    """The layout's files as they should be, but those given instead (by their names without signs)."""
    for name, text in FILES.items():
        given = instead.get(name.split("/")[-1].replace(".", "_"), text)
        (folder / "ours" / name).write_bytes(given.encode() if isinstance(given, str) else given)


def looked(company: Company) -> tuple[str, Mapping[str, Any]]:
    """What is said of the tables in a look at the warehouse, '' where all is well, and the counts."""
    warehouse = connect(company, TODAY)
    told = told_by_source(warehouse, company)
    failed = {name: r.why for name, r in warehouse.relations.items() if r.status == FAILED}
    warehouse.engine.dispose()
    return "; ".join(f"{name}: {why}" for name, why in failed.items()), {**told.counts, **told.untold}


def answered(company: Company, load: bool = True) -> list[str]:
    """What a look says, and a load of the same rows; '' where all is well."""

    def loaded() -> str:
        load_frames(FRAMES, company.folder / "its.duckdb", naming_of(company), TODAY, set(), lambda _line: None)
        return ""

    said = []
    for act in (lambda: looked(company)[0], loaded)[: 1 + load]:
        try:
            said.append(act())
        except (WarehouseError, Refused) as trouble:
            said.append(str(trouble))
    return said


def test_spoiled_layouts_are_read_or_refused(company: Company) -> None:
    """24 files spoiled by chance: loaded and looked at, or refused in a sentence that names table or file."""
    rng, raw = random.Random(8), company.folder / "raw.duckdb"
    before = raw.read_bytes()
    for number in range(24):
        name = rng.choice(list(FILES))
        written(company.folder, **{name.split("/")[-1].replace(".", "_"): spoiled(rng, FILES[name].encode())})
        for said in answered(company, load=number % 3 == 0):
            assert not said or any(each in said for each in ("ours/", "accounts", "opportunities")), said
            assert len(said) < 2_000
    assert raw.read_bytes() == before


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_body_is_one_select_of_what_its_header_names(company: Company, body: str) -> None:
    """Whatever acts, reaches beyond its tables, or yields no account is refused, by a look and by a load alike."""
    raw = company.folder / "raw.duckdb"
    before = raw.read_bytes(), sorted(company.folder.iterdir())
    written(company.folder, accounts_sql=READS + body)
    for said in answered(company):
        assert "ours/accounts.sql" in said or "layout's accounts.sql" in said or "accounts: " in said, said
        assert len(said) < 2_000
    assert (raw.read_bytes(), sorted(company.folder.iterdir())) == before


def test_what_a_body_calls_its_columns_is_no_sql(company: Company) -> None:
    """A name twice, a list, a name that is SQL, one of 10,000 characters: read, and it has done nothing."""
    for body in HARMLESS.values():
        written(company.folder, accounts_sql=READS + body)
        assert answered(company) == ["", ""], body


def test_a_load_reaches_no_file_but_its_own(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where our parser let a function pass, DuckDB itself opens no file while a layout's SQL runs."""
    monkeypatch.setattr(selects, "_ACTING", re.compile("nothing"))
    selects.refusal.cache_clear()
    written(company.folder, accounts_sql=f"{READS}select content as account_id from read_text('/etc/hostname')")
    for said in answered(company):
        assert "file system operations are disabled by configuration" in said
    selects.refusal.cache_clear()


ENDLESS = {
    "rows without end": "with recursive more as (select account_id from company union all select account_id from more) "
                        "select account_id from more",
    "no row, ever": "with recursive n as (select 1 as i union all select i % 7 + 1 from n) "
                    "select account_id from company where 0 = (select max(i) from n)",
    "every row with every row": "select a.account_id from company as a, range(10000000) as b, "
                                "range(10000000) as c where b.range * c.range < 0",
}


@pytest.mark.parametrize("body", ENDLESS.values(), ids=ENDLESS)
def test_a_body_that_never_ends_is_stopped(company: Company, body: str) -> None:
    """After the seconds that a load may take for a table, in words that name the setting; what was loaded before is as
    it was, and the next load goes on."""
    written(company.folder)
    target = company.folder / "its.duckdb"
    load_frames(FRAMES, target, naming_of(company), TODAY, set(), lambda _line: None)
    before, begun = target.read_bytes(), monotonic()
    written(company.folder, accounts_sql=READS + body)
    said = r"accounts took longer than 0.3 seconds and was stopped, .* warehouse\.load_seconds in gtm\.toml allows more"
    with pytest.raises(WarehouseError, match=said):
        load_frames(FRAMES, target, naming_of(company), TODAY, set(), lambda _line: None, seconds=0.3)
    assert monotonic() - begun < 30
    assert target.read_bytes() == before
    written(company.folder)
    load_frames(FRAMES, target, naming_of(company), TODAY, set(), lambda _line: None)


def test_a_count_that_never_ends_is_stopped(company: Company) -> None:
    """What a system says of itself is left out with the reason, and the rows are loaded."""
    endless = "with recursive n as (select 1 as i union all select i % 7 + 1 from n) select max(i) as counted from n"
    written(company.folder, won_deals_sql=f"-- one row per company\n-- reads: company(id)\n{endless}")
    target = company.folder / "its.duckdb"
    facts = load_frames(FRAMES, target, naming_of(company), TODAY, set(), lambda _line: None, seconds=0.5)
    assert "took longer than 0.5 seconds" in facts["accounts"]["untold"]["won_deals"]
    assert facts["accounts"]["rows_read"] == 2


@pytest.mark.parametrize("text", HEADERS.values(), ids=HEADERS)
def test_a_header_that_cannot_be_meant_is_refused(company: Company, text: str | bytes) -> None:
    """With the file's name, and within a moment."""
    written(company.folder, accounts_sql=text)
    for said in answered(company):
        assert "ours/accounts.sql" in said or "yields no account_id" in said, said
        assert len(said) < 2_000


@pytest.mark.parametrize("body", TAKEN.values(), ids=TAKEN)
def test_how_a_select_is_written_is_its_writers_business(company: Company, body: str) -> None:
    """A comment on the last line, a sign at the end, capitals."""
    written(company.folder, accounts_sql=READS + body)
    assert answered(company) == ["", ""]


@pytest.mark.parametrize("key", ["title", "kind", "schemas", "files", "other", "title.x"])
def test_a_layouts_own_settings_are_taken_or_refused_by_key(company: Company, key: str) -> None:
    """Every kind of value that TOML knows under every key: read, or refused with file, key and what is allowed."""

    def refusal(value: str) -> str:
        written(company.folder, layout_toml=f"{key} = {value}\n")
        try:
            naming_of(company)
        except Refused as refused:
            return str(refused)
        return ""

    for value in VALUES:
        said = refusal(value)
        assert said or key in ("title", "schemas"), value
        assert not said or said.startswith("ours/layout.toml"), value
        assert not said or any(words in said for words in ("it must be", "there are", "cannot be read")), value
        assert len(said) < 1_000


@pytest.mark.parametrize("yields", ["'many' as counted", "null as counted", "1.5 as counted", "1 as other", "1e400"])
def test_a_count_that_is_none_is_told(company: Company, yields: str) -> None:
    """A file of counts yields one whole number called counted; otherwise the count is missing, and why."""
    count = f"-- one row per company\n-- reads: company(id)\nselect {yields} from company where id = 'a'"
    written(company.folder, won_deals_sql=count)
    assert "a whole number" in looked(company)[1]["won_deals"] or "Conversion" in looked(company)[1]["won_deals"]


@pytest.mark.parametrize(("sql", "found"), [
    ("select * from a join b on true", ("b",)),
    ("with b as (select * from a) select * from b", ()),
    ("with b as (select * from a) select * from s.b", ("s.b",)),
    ("select * from A as b, lateral (select * from b) as c", ("b",)),
    ("select (select max(x) from c) from a where exists (select 1 from d)", ("c", "d")),
    ("select * from unnest([1, 2]) as u, a", ()),
])
def test_what_a_select_reads_is_known(sql: str, found: tuple[str, ...]) -> None:
    """Tables in joins and inner selects; names of its own WITH are no tables, but those of another schema are."""
    assert set(strangers(sql, "duckdb", frozenset(("a",)))) == set(found)
