"""Layouts that ship: what each says of itself, its SQL on every kind of warehouse, and that something proves it."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp
from test_warehouses_sql import URLS, Asked, checked

from gtm_metrics.sources import SHIPPED, TABLES, Layout, Naming, layout_in, shipped_layouts
from gtm_metrics.sources.layouts import KINDS
from gtm_metrics.vocabulary import LISTS
from gtm_metrics.warehouse import clean
from gtm_metrics.warehouse.door import open_engine
from gtm_metrics.warehouse.layout import BUILT_IN, header, read_by
from gtm_metrics.warehouse.resolve import Place, resolve_table

TESTS = Path(__file__).parent
PAGE = (TESTS.parent / "docs" / "layouts.md").read_text(encoding="utf-8")
TODAY = date(2026, 6, 30)
HOLD_ACCOUNTS = ("CRM", "our tables")


@pytest.mark.parametrize("name", shipped_layouts())
def test_a_layout_says_what_it_is(name: str) -> None:
    """layout.toml has a title, a kind and the usual schemas; a CRM yields accounts, and what adds to it does not."""
    told = tomllib.loads((SHIPPED / name / "layout.toml").read_text(encoding="utf-8"))
    assert set(told) <= {"title", "kind", "schemas", "files"}
    layout = layout_in(SHIPPED / name)
    assert layout.title == told["title"]
    assert layout.kind in KINDS
    assert layout.kind == "our tables" or layout.schemas
    assert ("accounts" in layout.files) == (layout.kind in HOLD_ACCOUNTS)
    assert set(layout.files) <= set(TABLES)


@pytest.mark.parametrize("name", shipped_layouts())
def test_a_layout_is_documented(name: str) -> None:
    """docs/layouts.md has a row a layout with its title, and the tables that it gives."""
    layout = layout_in(SHIPPED / name)
    gives = "all of them" if set(layout.files) == set(TABLES) else ", ".join(t for t in TABLES if t in layout.files)
    assert f"| `{name}` | {layout.title} | {gives} |" in PAGE.splitlines()


@pytest.mark.parametrize("name", [name for name in shipped_layouts() if name != "own"])
def test_a_layout_is_proved_by_the_demo_company(name: str) -> None:
    """Some test writes the demo company in the layout's own tables; one that nothing proves does not ship."""
    assert any(name in path.read_text(encoding="utf-8") for path in TESTS.glob("test_layouts_*.py"))


def place_of(layout: Layout, schema: str) -> Place:
    """A Snowflake that has every relation of a layout, with the first candidate of every name."""
    columns: dict[str, dict[str, str]] = {}
    for path in layout.files.values():
        for read in read_by(path):
            if read.relation not in BUILT_IN:
                there = columns.setdefault(read.candidates[0].upper(), {})
                for want in read.columns:
                    column, *path_into = want.candidates[0].split(".")
                    there[column.upper()] = "VARIANT" if path_into else "TEXT"
                if read.rest:
                    there["INDUSTRY"] = "TEXT"
    return Place(schema, columns)


@pytest.mark.parametrize("name", [name for name in shipped_layouts() if any((SHIPPED / name).glob("*.sql"))])
def test_a_layout_is_one_select_a_table_on_snowflake(name: str) -> None:
    """Renamed, typed, marked and counted, each table is one SELECT that Snowflake can read.

    DuckDB and PostgreSQL are left out: there the demo company goes through every layout.
    """
    engine = open_engine(URLS["snowflake"])
    write = clean.Writing(engine.dialect.name, engine.dialect.identifier_preparer.quote)
    layout = layout_in(SHIPPED / name)
    layouts = (layout,) if "accounts" in layout.files else (layout_in(SHIPPED / "own"), layout)
    places = {each.name: place_of(each, "Raw") for each in layouts}
    kept: dict[str, str] = {}
    for table in sorted(TABLES, key=lambda t: (t != "accounts", t != "opportunities")):
        if not any(table in each.files for each in layouts):
            continue
        gave, resolved = resolve_table(table, Naming(layouts), places, kept, engine.dialect)
        assert (gave.name == name) == (table in layout.files)
        typed = clean.typed(TABLES[table], resolved.sql, yields(gave.files[table]), {}, write)
        marked = clean.marked(TABLES[table], typed, {}, kept, TODAY, write)
        checked(Asked(engine), clean.profile(TABLES[table], marked, write))
        if table in ("accounts", "opportunities"):
            kept[table] = f"select * from kept_{table}"
    engine.dispose()


def yields(path: Path) -> tuple[str, ...]:
    """Names of our columns that a file yields."""
    _, reads, body = header(path.read_text(encoding="utf-8"), path.name)
    names = set(sqlglot.parse_one(body, read="duckdb").named_selects)
    return tuple(names | {want.name for read in reads if read.rest for want in read.columns})


@pytest.mark.parametrize("words", LISTS, ids=lambda words: words.name)
def test_every_list_of_words_is_asked_for(words: object) -> None:
    """A list that no layout reads would be a setting that does nothing."""
    name = words.name  # type: ignore[attr-defined]
    assert any(f"'{name}'" in path.read_text(encoding="utf-8") for path in SHIPPED.rglob("*.sql"))


@pytest.mark.parametrize("path", sorted(SHIPPED.rglob("*.sql")), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_file_asks_for_lists_that_there_are(path: Path) -> None:
    """Every list of words that a file asks for is one of vocabulary's."""
    body = sqlglot.parse_one(header(path.read_text(encoding="utf-8"), path.name)[2], read="duckdb")
    compared = [column.parent for column in body.find_all(exp.Column) if column.name == "list"]
    asked = {literal.name for each in compared if isinstance(each, exp.EQ | exp.In)
             for literal in each.find_all(exp.Literal)}
    assert asked <= {words.name for words in LISTS}


def test_candidates_are_documented() -> None:
    """docs/layouts.md has a row a name that Salesforce has no standard field for, with its candidates in order."""
    custom = {}
    for path in sorted((SHIPPED / "fivetran_salesforce").glob("*.sql")):
        for read in read_by(path):
            for want in read.columns:
                if any(re.fullmatch(r"\w+_c", candidate) for candidate in want.candidates):
                    custom[f"{read.relation}.{want.name}"] = ", ".join(want.candidates)
    rows = {tuple(cell.strip(" `") for cell in line.strip("|").split("|")) for line in PAGE.splitlines()
            if line.startswith("|")}
    documented = {row[0]: row[-1] for row in rows if re.fullmatch(r"[a-z_]+\.[a-z_]+", row[0])}
    assert {name: documented.get(name) for name in custom} == custom
