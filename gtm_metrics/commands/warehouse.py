"""The warehouse without a browser: gtm-metrics demo | load | check.

Exit codes as everywhere: 0 fine, 1 data trouble, 2 usage.
"""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa

from gtm_metrics import demo, readings
from gtm_metrics.commands.asking import opened, question_of
from gtm_metrics.commands.printing import cell, say, show, tell
from gtm_metrics.company import Company, Refused
from gtm_metrics.doctor import examined
from gtm_metrics.journal import journal_url
from gtm_metrics.sources import SHIPPED, TABLES, naming_of
from gtm_metrics.tallies import metrics_of, not_connected, prepared, tally
from gtm_metrics.tallies.tally import KEYS
from gtm_metrics.warehouse import FAILED, OK, PROVED, Warehouse, WarehouseError
from gtm_metrics.warehouse.build import load_folder, load_frames
from gtm_metrics.weeks import last_complete_week

FINE, TROUBLE = 0, 1


def add_warehouse(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Adds the sub-parsers."""
    sub = command("demo", _demo, "build the embedded warehouse of a made-up company whose truth is known")
    sub.add_argument(
        "--story", choices=tuple(demo.STORIES), default="winner", help="what is true of it (default winner)"
    )
    sub.add_argument("--seed", type=int, default=7, help="another seed, another company of the story (default 7)")
    sub.add_argument("--if-missing", action="store_true", help="leave a warehouse that is there as it is")
    sub = command("load", _load, "load a folder of CSV and Parquet files into the embedded warehouse")
    sub.add_argument("folder", type=Path, help="holds a file a table, named like it")
    sub = command("check", check, "what is connected, what was set aside, and why")
    sub.set_defaults(brief=False)

def _demo(options: argparse.Namespace, company: Company, as_of: date | None, today: date) -> int:
    target = _file_of(company)
    if options.if_missing and target.exists():
        say(f"The warehouse {target.name} is there already.")
        return FINE
    until = last_complete_week(as_of or today - timedelta(days=1))
    say(f"Building the demo company, story {options.story}, through {until} ...")
    try:
        frames = demo.company(options.story, options.seed, until)
    except ValueError as wrong:
        raise Refused(f"no demo company with seed {options.seed}: {wrong}") from wrong
    numeric = {name for name, _ in company.edges}
    facts = load_frames(frames, target, SHIPPED / "own", until, numeric, say, prepared)
    _set_aside_journal(company)
    show(report(facts), options.format)
    return FINE


def _set_aside_journal(company: Company) -> None:
    """Moves the journal of the company that is built over out of the way: its weeks are another company's."""
    url = sa.make_url(journal_url(company))
    if url.get_backend_name() != "sqlite" or not url.database or not Path(url.database).exists():
        return
    kept = Path(url.database)
    number = next(n for n in count(1) if not kept.with_name(f"{kept.stem}-{n}{kept.suffix}").exists())
    for suffix in ("", "-wal", "-shm"):
        part = kept.with_name(kept.name + suffix)
        if part.exists():
            part.rename(kept.with_name(f"{kept.stem}-{number}{kept.suffix}{suffix}"))
    say(f"The journal of the company before is kept as {kept.stem}-{number}{kept.suffix}.")


def _load(options: argparse.Namespace, company: Company, as_of: date | None, today: date) -> int:
    naming = naming_of(company)
    numeric = {name for name, _ in company.edges}
    target, seconds = _file_of(company), company.load_seconds
    facts = load_folder(options.folder, target, naming, as_of or today, numeric, say, prepared, seconds)
    show(report(facts), options.format)
    return FINE


def _file_of(company: Company) -> Path:
    try:
        url = sa.make_url(company.url)
    except (sa.exc.ArgumentError, ValueError):
        # the text may hold a password
        raise Refused(f"{company.url_from} cannot be read; it has the form duckdb:///data/company.duckdb") from None
    if url.get_backend_name() != "duckdb" or not url.database or url.database == ":memory:":
        raise Refused(
            f"{company.url_from} is a {url.get_backend_name()} address; load and demo write an embedded one, such as "
            "duckdb:///data/company.duckdb"
        )
    return Path(url.database)


def check(options: argparse.Namespace, company: Company, as_of: date | None, today: date) -> int:
    """What is connected, as tables were found now; with the doctor's report where it is read by people."""
    try:
        warehouse = opened(company, as_of or today, anew=True)
    except WarehouseError as away:
        raise WarehouseError(f"{away}{_unproved(company)}") from away
    relations = warehouse.relations.values()
    frame = pd.DataFrame(
        [_fact_row(r.table.name, r.status, r.rows_read, r.reasons, r.first, r.last) for r in relations], dtype=object
    )
    show(frame.drop(columns="reasons") if options.brief else frame, options.format)
    if options.format == "table" and not options.brief and warehouse.connected("accounts"):
        print(_examination(warehouse, company, as_of or today))
    if len(company.layouts) > 1:
        for relation in relations:
            if relation.status == OK:
                say(f"{relation.table.name}: read through {relation.layout}")
    accounts = warehouse.relations["accounts"]
    # without accounts every table fails, and for that one reason
    trouble = [r for r in relations if r.status == FAILED] if accounts.status == OK else [accounts]
    for relation in trouble:
        tell(f"{relation.table.name}: {relation.why}")
    return TROUBLE if trouble or not _tried(warehouse, company) else FINE


def _examination(warehouse: Warehouse, company: Company, today: date) -> str:
    """The doctor's report under the tables: columns, tie-outs, gaps, and a gtm.toml to paste."""
    found = examined(warehouse, company)
    there = [r for r in warehouse.relations.values() if r.status == OK]
    shown = ["Column", "Found as", "Sought as", "Rows with a value", "Missing"]
    off = sum(bool(not_connected(warehouse, metric)) for metric in metrics_of(company))
    parts = [readings.finding(warehouse.relations.values(), off, found.ties) + "."]

    def add(title: str, frame: pd.DataFrame) -> None:
        if len(frame):
            flat = frame.astype(object).map(partial(cell, short=True))
            parts.append(f"{title}\n{flat.to_string(index=False)}")

    add("Tables, as they were found", readings.concepts(warehouse, today))
    for relation in there:
        add(f"Columns of {relation.table.name}", readings.columns(relation)[shown])
    add("Beside what the source itself says", readings.tie_outs(found.ties))
    gaps = [f"{g}. Switched off: {parts_off}. {mend}" for g, parts_off, mend in found.off.itertuples(index=False)]
    if gaps:
        parts.append("\n".join(["What each gap switches off", *(textwrap.fill(g, 120) for g in gaps)]))
    add("Attributes of accounts", readings.attributes(found))
    parts.append("\n".join(readings.noticed(found, warehouse.data_through, today)))
    parts.append(f"A gtm.toml for this warehouse:\n\n{found.toml}")
    return "\n" + "\n\n".join(parts)


def _unproved(company: Company) -> str:
    """What to add to an error of a dialect that no test knows; '' for those that are tested."""
    try:
        backend = sa.make_url(company.url).get_backend_name()
    except (sa.exc.ArgumentError, ValueError):
        return ""
    return "" if backend in PROVED else f" ({backend} is not tested; {', '.join(PROVED)} are)"


def _tried(warehouse: Warehouse, company: Company) -> bool:
    """On a dialect that no test knows, asks each metric once and says what came of it; whether all went well."""
    if warehouse.engine.dialect.name in PROVED or warehouse.data_through is None:
        return True
    question = question_of([], None, company, warehouse, None, None)
    asked = [metric for metric in metrics_of(company) if not not_connected(warehouse, metric)]
    failed = 0
    for metric in asked:
        try:
            tally(warehouse, company, metric, question, KEYS[metric.estimate])
        except WarehouseError as trouble:
            failed += 1
            tell(f"{metric.name}: {trouble}")
    counted = f"{len(asked) - failed} of {len(asked)} metrics could be counted"
    tell(f"{counted}{_unproved(company)}")
    return failed == 0


def report(facts: dict[str, dict[str, Any]]) -> pd.DataFrame:
    """A row a table of what a load found: rows read, used and set aside by reason, first and last day."""
    def end(name: str, fact: dict[str, Any], which: int) -> str | None:
        span = fact.get("spans", {}).get(TABLES[name].begins)
        return span[which] if span else None

    return pd.DataFrame(
        [
            _fact_row(
                name,
                fact["status"],
                fact.get("rows_read", 0),
                fact.get("reasons", {}),
                end(name, fact, 0),
                end(name, fact, 1),
            )
            for name, fact in facts.items()
        ],
        dtype=object,
    )


def _fact_row(table: str, status: str, read: int, reasons: Any, first: Any, last: Any) -> dict[str, Any]:
    """One row of such a report."""
    # a table that is not there holds no number of rows, not even 0
    there, aside = status == OK, sum(reasons.values())
    return {
        "table": table,
        "status": status,
        "rows_read": read if there else None,
        "rows_used": read - aside if there else None,
        "rows_set_aside": aside if there else None,
        "reasons": dict(reasons),
        "first": first,
        "last": last,
    }
