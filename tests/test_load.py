"""A load is whole or nothing: what stands beside the target before, during and after it, and what its facts say."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from gtm_metrics.company import read_company
from gtm_metrics.sources import SHIPPED, TABLES
from gtm_metrics.warehouse import WarehouseError, connect
from gtm_metrics.warehouse.build import LoadFailed, load_folder, load_frames
from gtm_metrics.warehouse.layout import asked_for, header

TODAY = date(2026, 6, 30)
OWN = SHIPPED / "own"


def quiet(_line: str) -> None:
    """Says nothing."""


def folder_of(folder: Path, **files: str) -> Path:
    """A folder with these CSV files, by table."""
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def accounts(*names: str) -> str:
    """A file of accounts."""
    return "account_id,industry\n" + "".join(f"{name},Retail\n" for name in names)


def ask(target: Path, query: str) -> list[tuple[Any, ...]]:
    """The rows of a query to an embedded warehouse."""
    with duckdb.connect(str(target), read_only=True) as con:
        return con.execute(query).fetchall()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """A warehouse loaded with the one account "old"."""
    made = tmp_path / "made" / "company.duckdb"
    load_folder(folder_of(tmp_path / "first", accounts=accounts("old")), made, OWN, TODAY, set(), quiet)
    return made


def beside(target: Path) -> set[str]:
    """What lies beside the target, the lock aside."""
    return {path.name for path in target.parent.iterdir()} - {f".{target.stem}.lock"}


def test_a_load_leaves_a_link_and_one_version(target: Path, tmp_path: Path) -> None:
    """After a second load the target is a link to the new version, and the old one is gone."""
    before = os.readlink(target)
    load_folder(folder_of(tmp_path / "second", accounts=accounts("new")), target, OWN, TODAY, set(), quiet)
    assert beside(target) == {target.name, os.readlink(target)}
    assert os.readlink(target) != before
    assert ask(target, "select account_id from gtm.accounts") == [("new",)]


@pytest.mark.parametrize(("files", "why"), [
    ({"accounts": "id\nA1\n"}, r"accounts: own/accounts\.sql: table accounts has no column account_id"),
    ({"accounts": accounts("A1"), "touches": "touch_id,account_id\nT1,A1\n"}, "touches: .* has no column sent_at"),
    ({"accounts": accounts("A1"), "touches": ""}, r"touches\.csv is empty"),
    ({"touches": "touch_id,account_id,sent_at\nT1,A1,2026-01-05\n"}, "accounts: the warehouse has no table accounts"),
], ids=["no key", "no sent_at", "empty file", "no accounts"])
def test_a_failed_load_changes_nothing(target: Path, tmp_path: Path, files: dict[str, str], why: str) -> None:
    """A load that cannot be whole says why, leaves the old warehouse as it was and nothing beside it."""
    before = (beside(target), os.readlink(target))
    with pytest.raises(WarehouseError, match=why):
        load_folder(folder_of(tmp_path / "bad", **files), target, OWN, TODAY, set(), quiet)
    assert (beside(target), os.readlink(target)) == before
    assert ask(target, "select account_id from gtm.accounts") == [("old",)]


def test_a_failed_load_tells_what_it_got_to(tmp_path: Path) -> None:
    """The facts of a failed load name the table that failed and those that did not."""
    bad = folder_of(tmp_path / "bad", accounts=accounts("A1"), touches="touch_id,account_id\nT1,A1\n")
    with pytest.raises(LoadFailed) as failed:
        load_folder(bad, tmp_path / "x.duckdb", OWN, TODAY, set(), quiet)
    status = {name: fact["status"] for name, fact in failed.value.facts.items()}
    assert (status["accounts"], status["touches"], status["calls"]) == ("ok", "failed", "not_connected")
    assert not (tmp_path / "x.duckdb").exists()


KILLED = """
import os, signal, sys
from datetime import date
from pathlib import Path
from gtm_metrics.sources import SHIPPED
from gtm_metrics.warehouse import build

folder, target, when = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
replace = os.replace

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def say(line):
    if when in line:
        die()

def replaced(source, to):
    if when == "before the version":
        die()
    replace(source, to)
    if when == "before the link" or (when == "after the link" and Path(to) == target):
        die()

os.replace = replaced
build.load_folder(folder, target, SHIPPED / "own", date(2026, 6, 30), set(), say)
"""


@pytest.mark.parametrize(("when", "survives"), [
    ("reading accounts.csv", "old"), ("accounts: 2 rows", "old"), ("before the version", "old"),
    ("before the link", "old"), ("after the link", "new"),
])
def test_a_killed_load_leaves_a_whole_warehouse(target: Path, tmp_path: Path, when: str, survives: str) -> None:
    """Killed at any moment, a load leaves the old or the new warehouse whole, and the next load tidies up."""
    files = folder_of(tmp_path / "second", accounts=accounts("new", "newer"))
    run = subprocess.run([sys.executable, "-c", KILLED, str(files), str(target), when], timeout=120, check=False)
    assert run.returncode == -signal.SIGKILL
    assert ask(target, "select min(account_id) from gtm.accounts") == [(survives,)]
    load_folder(folder_of(tmp_path / "third", accounts=accounts("third")), target, OWN, TODAY, set(), quiet)
    assert ask(target, "select account_id from gtm.accounts") == [("third",)]
    assert beside(target) == {target.name, os.readlink(target)}


def test_two_loads_at_once(target: Path, tmp_path: Path) -> None:
    """While a load runs, a second one into the same target is told so and the first one ends well."""
    started, go = threading.Event(), threading.Event()
    files = folder_of(tmp_path / "second", accounts=accounts("new"))

    def say(_line: str) -> None:
        started.set()
        go.wait(120)

    first = threading.Thread(target=load_folder, args=(files, target, OWN, TODAY, set(), say))
    first.start()
    assert started.wait(120)
    try:
        with pytest.raises(WarehouseError, match=r"another load of company\.duckdb is running"):
            load_folder(files, target, OWN, TODAY, set(), quiet)
        load_folder(files, target.with_name("other.duckdb"), OWN, TODAY, set(), quiet)
    finally:
        go.set()
        first.join(120)
    assert ask(target, "select account_id from gtm.accounts") == [("new",)]


def a_file(path: Path) -> None:
    """Someone's own DuckDB file."""
    duckdb.connect(str(path)).close()


def a_link(path: Path) -> None:
    """A link to someone's own DuckDB file."""
    duckdb.connect(str(path.with_name("precious.duckdb"))).close()
    path.symlink_to("precious.duckdb")


@pytest.mark.parametrize("make", [a_file, a_link, Path.mkdir, lambda path: path.symlink_to("gone-000000000000.db")],
                         ids=["file", "link", "folder", "dangling link"])
def test_a_target_that_no_load_made_is_refused(tmp_path: Path, make: Callable[[Path], None]) -> None:
    """A load overwrites only what a load made: a file, a folder or a link of anyone else stays as it is."""
    target = tmp_path / "mine.duckdb"
    make(target)
    before = sorted(path.name for path in tmp_path.iterdir())
    files = folder_of(tmp_path / "files", accounts=accounts("A1"))
    with pytest.raises(WarehouseError, match="was not made by a load"):
        load_folder(files, target, OWN, TODAY, set(), quiet)
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "files") == before


def test_a_reader_keeps_the_version_it_opened(target: Path, tmp_path: Path) -> None:
    """Whoever has the old version open reads on from it; whoever opens the target afterwards reads the new one."""
    company = read_company(tmp_path / "gtm.toml", {"GTM_WAREHOUSE": f"duckdb:///{target}"})
    old = connect(company, TODAY)
    load_folder(folder_of(tmp_path / "second", accounts=accounts("new")), target, OWN, TODAY, set(), quiet)
    new = connect(company, TODAY)
    with old.engine.connect(), old.engine.connect():
        assert list(old.read(old.source("accounts").select())["account_id"]) == ["old"]
    assert list(new.read(new.source("accounts").select())["account_id"]) == ["new"]
    assert new.version != old.version


def test_a_version_of_another_target_stays(target: Path, tmp_path: Path) -> None:
    """Tidying up takes away this target's own versions only."""
    other = target.with_name("company-eu.duckdb")
    files = folder_of(tmp_path / "second", accounts=accounts("new"))
    load_folder(files, other, OWN, TODAY, set(), quiet)
    load_folder(files, target, OWN, TODAY, set(), quiet)
    assert ask(other, "select account_id from gtm.accounts") == [("new",)]


def test_a_target_that_cannot_be_written(tmp_path: Path) -> None:
    """A target below a file is refused in a sentence."""
    files = folder_of(tmp_path / "files", accounts=accounts("A1"))
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(WarehouseError, match="cannot be written"):
        load_folder(files, tmp_path / "file" / "x.duckdb", OWN, TODAY, set(), quiet)


DIRT = {
    "accounts": "account_id,industry\nA1,Retail\nA1,Bank\nA2,\n,Retail\nA3,Bank\n",
    "touches": "touch_id,account_id,sent_at,direction\nT1,A1,2026-01-05,outbound\nT2,A9,2026-01-05,\n"
               "T3,A1,2031-01-05,\nT4,A1,soon,\nT5,A1,2026-01-05,sideways\nbroken\nT1,A1,2026-01-05,outbound\n",
    "opportunities": "opportunity_id,account_id,created_at,closed_at,outcome\nO1,A1,2026-01-05,2026-02-01,won\n"
                     "O2,A1,2026-01-05,,lost\nO3,A2,2026-01-05,2026-02-01,\n",
    "subscriptions": "subscription_id,account_id,started_on,ended_on,mrr\nS1,A1,2026-01-05,,100\nS2,A1,2026-01-05,,0\n"
                     "S3,A1,2026-01-05,2026-01-01,100\n",
    "tickets": "ticket_id,account_id,opened_at,closed_at\nK1,A1,2026-01-05 09:00,2026-01-05 08:00\nK2,A1,,\n",
}


def test_rows_read_are_used_or_set_aside(tmp_path: Path) -> None:
    """Every row and every unreadable line of every table is used or set aside with a reason, none in silence."""
    target = tmp_path / "x.duckdb"
    facts = load_folder(folder_of(tmp_path / "dirt", **DIRT), target, OWN, TODAY, set(), quiet)
    assert facts["touches"]["reasons"] == {
        "account unknown": 1, "duplicate key, identical": 1, "in the future of the load": 1,
        "unknown direction": 1, "unreadable line": 1, "unreadable sent_at": 1}
    assert facts["accounts"]["reasons"] == {"duplicate key, conflicting": 1, "null key": 1}
    assert facts["subscriptions"]["reasons"] == {"ends before it starts": 1, "free": 1}
    for name, text in DIRT.items():
        # a line of the file is a row, its header aside
        assert facts[name]["rows_read"] == len(text.splitlines()) - 1, name
        used, aside = (ask(target, f"select count(*) from {schema}.{name}")[0][0] for schema in ("gtm", "aside"))
        lines = facts[name]["reasons"].get("unreadable line", 0)
        assert facts[name]["rows_read"] == used + aside + lines, name
        assert aside + lines == sum(facts[name]["reasons"].values()), name


def test_a_version_that_the_layout_sets_aside_is_no_copy(tmp_path: Path) -> None:
    """A deleted version of a row does not push out the row that counts.

    account_id  region  deleted
    A1          East    yes        set aside: deleted
    A1          West    no         used
    """
    layout = tmp_path / "layout"
    layout.mkdir()
    (layout / "accounts.sql").write_text(
        "-- one row per account\n-- reads: accounts(account_id, region, deleted)\n"
        "select account_id, region, case when deleted = 'yes' then 'deleted' end as set_aside from accounts\n")
    frame = pd.DataFrame({"account_id": ["A1", "A1"], "region": ["East", "West"], "deleted": ["yes", "no"]})
    facts = load_frames({"accounts": frame}, tmp_path / "x.duckdb", layout, TODAY, set(), quiet)
    assert facts["accounts"]["reasons"] == {"deleted": 1}
    assert ask(tmp_path / "x.duckdb", "select region from gtm.accounts") == [("West",)]


LAYOUT = """-- one row per account
-- reads: customers | accounts_2024 | clients (id = customer_id | client_id, region ?)
-- reads: extras ? (id, size)
select c.id as account_id, c.region, e.size from customers as c left join extras as e on e.id = c.id
"""


@pytest.mark.parametrize(("file", "column"), [("customers", "customer_id"), ("Clients", "CLIENT ID")])
def test_a_layout_takes_the_first_relation_that_is_there(tmp_path: Path, file: str, column: str) -> None:
    """`a | b (...)` reads whichever relation is there under the first name, and facts and broken lines follow it."""
    layout = tmp_path / "layout"
    layout.mkdir()
    (layout / "accounts.sql").write_text(LAYOUT, encoding="utf-8")
    files = folder_of(tmp_path / "files", **{file: f"{column},region\n1,East\n2\n"})
    facts = load_folder(files, tmp_path / "x.duckdb", layout, TODAY, set(), quiet)["accounts"]
    assert facts["found"] == [["id", file, column], ["region", file, "region"]]
    assert facts["reasons"] == {"unreadable line": 1}
    assert ask(tmp_path / "x.duckdb", "select account_id, region, size from gtm.accounts") == [("1", "East", None)]


def test_a_layout_names_every_relation_it_tried(tmp_path: Path) -> None:
    """When none of a relation's names is there, the sentence lists them all."""
    layout = tmp_path / "layout"
    layout.mkdir()
    (layout / "accounts.sql").write_text(LAYOUT, encoding="utf-8")
    assert asked_for(layout.glob("*.sql")) == {"customers", "accounts2024", "clients", "extras"}
    assert [read.candidates for read in header(LAYOUT, "x")[1]] == [
        ("customers", "accounts_2024", "clients"), ("extras",)]
    with pytest.raises(LoadFailed, match="no table customers or accounts_2024 or clients"):
        load_folder(folder_of(tmp_path / "files", extras="id,size\n1,2\n"), tmp_path / "x.duckdb", layout, TODAY, set(),
                    quiet)


def test_every_table_is_reported(tmp_path: Path) -> None:
    """A load reports every table of ours, and says of those it read how many rows it set aside and why."""
    said: list[str] = []
    files = folder_of(tmp_path / "files", accounts=accounts("A1", "A1"))
    facts = load_folder(files, tmp_path / "x.duckdb", OWN, TODAY, set(), said.append)
    assert list(facts) == list(TABLES)
    assert said[-1].strip() == "accounts: 2 rows read, 1 set aside: 1 duplicate key, identical"
