"""Layouts: every folder of SQL files there is, found by itself, held to what a layout must be."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import sqlglot
from sqlglot import exp

from gtm_metrics.doctor import SEVERAL, TIES
from gtm_metrics.sources import DOMAINS, SHIPPED, TABLES, Column, Table, layout_folder, layout_in
from gtm_metrics.warehouse import WarehouseError
from gtm_metrics.warehouse.door import only_select
from gtm_metrics.warehouse.layout import Reads, header
from gtm_metrics.warehouse.selects import SQLGLOT

ROOT = SHIPPED.parent.parent
FOLDERS = sorted({path.parent for place in (SHIPPED, ROOT / "examples") for path in place.rglob("*.sql")})
FILES = [path for folder in FOLDERS for path in sorted(folder.glob("*.sql"))]
"""Every file, those that count what a source itself says of its deals and subscriptions among them."""
COUNTS = [path for path in FILES if path.parent.name == "counts"]
LAYOUTS = [folder for folder in FOLDERS if folder.name != "counts"]


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def parts(path: Path) -> tuple[str, tuple[Reads, ...], exp.Expr]:
    """Grain, what is read, and the parsed body of a file."""
    grain, reads, body = header(path.read_text(encoding="utf-8"), path.name)
    return grain, reads, sqlglot.parse_one(body, read="duckdb")


def yields(path: Path) -> set[str]:
    """The names of the columns that a file yields; `select *` hands on what its header reads."""
    _, reads, body = parts(path)
    names = set(body.named_selects)
    return names if "*" not in names else (names - {"*"}) | {want.name for read in reads for want in read.columns}


def test_layouts_are_found():
    """There is a folder to look at: our own, and those of the examples."""
    assert SHIPPED / "own" in LAYOUTS
    assert any(ROOT / "examples" in folder.parents for folder in FOLDERS)


@pytest.mark.parametrize("folder", LAYOUTS, ids=named)
def test_a_layout_yields_our_tables(folder):
    """A file is named like one of our tables; accounts, which everything belongs to, is there unless a CRM has it."""
    tables = {path.stem for path in folder.glob("*.sql")}
    assert ("accounts" in tables) == (layout_in(folder).kind in ("CRM", "our tables"))
    assert tables <= set(TABLES)


@pytest.mark.parametrize("path", FILES, ids=named)
def test_a_file_states_its_grain(path):
    """The first line says what one row is: one row per something."""
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("-- one row per ")
    assert parts(path)[0].strip()


@pytest.mark.parametrize("path", COUNTS, ids=named)
def test_a_count_is_one_number(path):
    """A file of counts/ yields the one column `counted`, and is called as the doctor asks for it."""
    assert yields(path) == {"counted"}
    assert path.stem in {*(name for name, _, _ in TIES), SEVERAL}


@pytest.mark.parametrize("path", [path for path in FILES if path not in COUNTS], ids=named)
def test_a_file_yields_the_columns_of_its_table(path):
    """Every required column is there, and none that is not ours; only accounts may add attributes."""
    table, names = TABLES[path.stem], yields(path)
    assert {column.name for column in table.columns if column.required} <= names
    if not table.attributes:
        assert names <= {*table.names, "set_aside"}
    assert all(name == name.lower() for name in names)


@pytest.mark.parametrize("path", FILES, ids=named)
def test_a_file_reads_what_its_header_says(path):
    """The body is one SELECT over the relations of its header and over all of them, on every kind of warehouse."""
    _, reads, body = parts(path)
    own = {cte.alias for cte in body.find_all(exp.CTE)}
    assert {table.name for table in body.find_all(exp.Table)} - own == {read.relation for read in reads}
    for dialect in SQLGLOT:
        only_select(header(path.read_text(encoding="utf-8"), path.name)[2], dialect)


@pytest.mark.parametrize("path", FILES, ids=named)
def test_a_file_asks_for_every_column_it_uses(path):
    """A column that stands in the body is one that the header asks for, or one that the body itself makes."""
    _, reads, body = parts(path)
    asked = {want.name for read in reads for want in read.columns}
    made = {alias.alias for alias in body.find_all(exp.Alias)}
    assert {column.name for column in body.find_all(exp.Column) if not column.is_star} <= asked | made


def test_the_own_layout_names_our_columns():
    """Our own layout reads every column of every table under its own name; what we do not require may miss."""
    for table in TABLES.values():
        _, (read, *others), body = parts(SHIPPED / "own" / f"{table.name}.sql")
        assert not others
        assert (read.relation, read.optional, bool(read.rest)) == (table.name, False, table.attributes)
        assert {want.name: want.optional for want in read.columns} == {c.name: not c.required for c in table.columns}
        assert all(want.candidates == (want.name,) for want in read.columns)
        assert body.named_selects == (["*"] if table.attributes else list(table.names))


def test_the_own_layout_connects_every_table(warehouse_of):
    """A warehouse with our tables and our required columns alone is connected throughout."""
    frames = {t.name: pd.DataFrame({c.name: [] for c in t.columns if c.required}) for t in TABLES.values()}
    relations = warehouse_of(frames).warehouse.relations
    assert {name: (r.status, r.rows_read) for name, r in relations.items()} == dict.fromkeys(TABLES, ("ok", 0))


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda t: t.name)
def test_our_tables_fit_together(table: Table):
    """Keys, beginnings, ends and known-at columns are columns of the table, and each says what it means."""
    names = {column.name: column for column in table.columns}
    assert len(names) == len(table.columns)
    assert {*table.key, table.begins, *table.accounts} <= set(names)
    assert names[table.begins].kind in ("date", "instant")
    assert table.ends is None or names[table.ends].known_at == table.ends
    for column in table.columns:
        assert column.meaning
        assert isinstance(column, Column)
        at = column.known_at and names[column.known_at]
        assert not at or (at.kind in ("date", "instant") and not column.required)


def test_words_belong_to_columns():
    """A column that holds one of a few words is a column of ours, of text, and not required."""
    for table, column in DOMAINS:
        assert TABLES[table].column(column).kind == "text"
        assert not TABLES[table].column(column).required


def test_a_layout_is_ours_or_lies_beside_gtm_toml(tmp_path):
    """gtm.toml names a layout that ships or a folder beside itself; anything else, or an empty folder, is none."""
    (tmp_path / "mine").mkdir()
    assert layout_folder("own", tmp_path) == SHIPPED / "own"
    assert layout_folder("mine", tmp_path) is None
    (tmp_path / "mine" / "accounts.sql").write_text("-- one row per company\n", encoding="utf-8")
    assert layout_folder("mine", tmp_path) == tmp_path / "mine"
    assert layout_folder("nothing", tmp_path) is None


@pytest.mark.parametrize(("text", "says"), [
    ("select 1 as account_id", "one row per"),
    ("-- one row per account\nselect 1 as account_id", "must say what it reads"),
    ("-- one row per account\n-- reads: account\nselect id as account_id from account", "not of the form table"),
    ("-- one row per account\n-- reads: account(id as account_id)\nselect 1 as account_id", "not of the form name"),
])
def test_a_header_that_says_too_little(text, says):
    """A file without grain, without what it reads, or with a list that cannot be read names itself and its fault."""
    with pytest.raises(WarehouseError, match=f"accounts.sql.*{says}"):
        header(text, "accounts.sql")


@pytest.mark.parametrize("body", [
    "drop table account", "select 1; select 2", "insert into account select 1", "copy account to 'x'",
    "with gone as (delete from account returning id) select id from gone", "select id into other from account",
])
def test_a_body_that_is_not_one_select(body):
    """A layout's body is one SELECT that changes nothing."""
    with pytest.raises(WarehouseError):
        only_select(body, "postgresql")
