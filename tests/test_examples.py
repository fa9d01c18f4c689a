"""The examples' files as they come: dirty rows, columns alone, and nobody's data among what is shipped."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import duckdb
import pytest
import sqlalchemy as sa
from example_data import ROOT, aside, count, example, readme, shown_tables

from gtm_metrics.warehouse.layout import header

pytestmark = pytest.mark.xdist_group("examples")
FILES = {"accounts": "accounts", "subscriptions": "subscriptions", "tickets": "support_tickets",
         "usage_weeks": "feature_usage"}
USES = """
select u.usage_id as id, case when s.subscription_id is null then 'subscription unknown'
    when u.usage_count < 0 then 'negative usage count' when u.usage_count = 0 then 'no use'
    when u.usage_date < a.signup_date then 'use before sign-up' else 'used' end as fate, s.account_id, u.usage_date
from read_csv($uses) u left join read_csv($subscriptions) s on s.subscription_id = u.subscription_id
left join read_csv($accounts) a on a.account_id = s.account_id
"""


@pytest.mark.parametrize("table", FILES)
def test_what_becomes_of_dirty_rows(table: str, data: Path, tmp_path: Path) -> None:
    """In the place of its clean file, every row of every labelled kind is used or set aside as the README says."""
    file = FILES[table]
    dirty = data / "ravenstack" / "messy" / f"ravenstack_{file}_MESSY_ONLY.csv"
    folder = tmp_path / "files"
    folder.mkdir()
    for path in (*(data / "ravenstack").glob("*.csv"), dirty):
        if path.stem != f"ravenstack_{file}":
            (folder / path.name).symlink_to(path)
    small = example("ravenstack", folder, tmp_path)
    relation = small.warehouse.relations[table]
    with dirty.open(encoding="utf-8") as handle:
        labelled = {next(iter(row.values())): row["messiness_description"] for row in csv.DictReader(handle)}
    if table == "usage_weeks":
        files = {"uses": dirty, "subscriptions": data / "ravenstack" / "ravenstack_subscriptions.csv",
                 "accounts": data / "ravenstack" / "ravenstack_accounts.csv"}
        with duckdb.connect() as con:
            each = con.execute(USES, {name: str(path) for name, path in files.items()}).df()
        used = each[each["fate"] == "used"]
        weeks = used.assign(week=used["usage_date"].dt.to_period("W")).drop_duplicates(["account_id", "week"])
        assert relation.rows_used == len(weeks)
    else:
        key = relation.table.key[0]
        each = small.warehouse.read(sa.text(f"select {key} as id, 'used' as fate from gtm.{table} union all "
                                            f"select {key}, set_aside from aside.{table}"))
        assert relation.rows_read == len(labelled)
    fates = dict(zip(each["id"], each["fate"], strict=True))
    assert set(fates) == set(labelled)
    assert {fate: n for fate, n in Counter(fates.values()).items() if fate != "used"} == dict(relation.reasons)
    became = Counter((label, fates[row]) for row, labels in labelled.items() for label in labels.split("; "))
    shown = [row for row in readme("ravenstack", 6) if row[1] == file]
    told = {(kind, fate): n for kind, _, _, used_rows, rest, _ in shown
            for fate, n in {"used": count(used_rows), **aside(rest)}.items() if n}
    assert told == dict(became)
    kinds = Counter(label for labels in labelled.values() for label in labels.split("; "))
    assert {kind: count(rows) for kind, _, rows, *_ in shown} == dict(kinds)


@pytest.mark.parametrize("name", ["olist", "ravenstack"])
def test_examples_fit_together(name: str, tmp_path: Path) -> None:
    """Without anyone's data: files with nothing but the column names that a layout asks for connect its tables."""
    layout = ROOT / "examples" / name / "layout"
    files: dict[str, set[str]] = {}
    for path in layout.glob("*.sql"):
        for read in header(path.read_text(encoding="utf-8"), path.name)[1]:
            files.setdefault(read.relation, set()).update(want.candidates[0] for want in read.columns)
    folder = tmp_path / "files"
    folder.mkdir()
    for relation, names in files.items():
        (folder / f"{relation}.csv").write_text(",".join(sorted(names)) + "\n", encoding="utf-8")
    small = example(name, folder, tmp_path)
    assert {table for table, (read, *_) in shown_tables(small).items() if read == 0} == {
        path.stem for path in layout.glob("*.sql")}


@pytest.mark.parametrize("name", ["olist", "ravenstack"])
def test_examples_hold_no_data(name: str) -> None:
    """An example is settings, SQL and words: no row of anyone's data lies in it."""
    kinds = {path.suffix for path in (ROOT / "examples" / name).rglob("*") if path.is_file()}
    assert kinds <= {".sql", ".toml", ".md"}
