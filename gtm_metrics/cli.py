"""The same numbers without a browser: gtm-metrics demo | load | check | funnel | curve | definitions,
alternatives (commands_alternatives.py), customers (commands_customers.py), markets (commands_markets.py),
refresh | signal (commands_signal.py), decide (commands_decide.py), journal (commands_journal.py),
init (commands_init.py), support (commands_support.py), deck (commands_deck.py),
digest (commands_digest.py).

Exit codes: 0 fine (also too early or refused, with rows), 1 data trouble, 2 usage, 3 (digest) a state changed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import textwrap
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, NoReturn

import pandas as pd
import sqlalchemy as sa

from gtm_metrics import commands_customers, demo, logs, readings
from gtm_metrics.commands_alternatives import add_alternatives
from gtm_metrics.commands_decide import add_decide
from gtm_metrics.commands_deck import add_deck
from gtm_metrics.commands_digest import add_digest
from gtm_metrics.commands_init import UNWRITTEN, add_init
from gtm_metrics.commands_journal import add_journal
from gtm_metrics.commands_markets import add_markets
from gtm_metrics.commands_signal import add_commands
from gtm_metrics.commands_support import add_support
from gtm_metrics.company import Company, Refused, read_company
from gtm_metrics.definitions import metric_definitions
from gtm_metrics.doctor import examined
from gtm_metrics.exports import defused, plain_line
from gtm_metrics.funnel import curve, funnel
from gtm_metrics.journal import cache_folder, journal_url
from gtm_metrics.metrics import metric_named
from gtm_metrics.question import Question, Tally
from gtm_metrics.sources import SHIPPED, TABLES, naming_of
from gtm_metrics.tallies import dimensions, metrics_of, not_connected, offered, prepared, tally
from gtm_metrics.tallies.tally import KEYS
from gtm_metrics.warehouse import FAILED, OK, PROVED, Keep, Warehouse, WarehouseError, connect
from gtm_metrics.warehouse.build import LoadFailed, load_folder, load_frames
from gtm_metrics.weeks import last_complete_week

FINE, TROUBLE, USAGE = 0, 1, 2
CURVES = ("churn", "calls_to_understanding")
FIRST, LAST = date(1970, 1, 1), date(2999, 12, 31)
"""Days as of which one may count: weeks are counted back and forth from them."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    options = _parser().parse_args(argv)
    today = datetime.now(UTC).date()
    try:
        logs.set_up(os.environ, usual="error")
    except ValueError as wrong:
        print(f"gtm-metrics: {wrong}", file=sys.stderr)
        return USAGE
    try:
        company = _company(options)
        code: int = options.run(options, company, options.as_of or None, today)
        sys.stdout.flush()
        return code
    except Refused as refused:
        print(f"gtm-metrics: {refused}", file=sys.stderr)
        return USAGE
    except LoadFailed as failed:
        _print(_report(failed.facts), options.format)
        print(f"gtm-metrics: {failed}", file=sys.stderr)
        return TROUBLE
    except WarehouseError as trouble:
        print(f"gtm-metrics: {trouble}", file=sys.stderr)
        return TROUBLE
    except BrokenPipeError:
        # whoever reads has enough; what is left must not be written when Python ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE


class _Parser(argparse.ArgumentParser):
    """A parser that says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(USAGE, f"{self.prog}: {message}; {self.prog} --help says more\n")


def _parser() -> argparse.ArgumentParser:
    common = _Parser(add_help=False)
    common.add_argument("--config", type=Path, metavar="FILE", help="the company's settings (default gtm.toml)")
    common.add_argument("--as-of", type=_as_of, metavar="DATE", help="count what was known at this day's end (UTC)")
    common.add_argument(
        "--format", choices=("table", "json", "csv"), default="table", help="how rows are printed (default table)"
    )
    asked = _Parser(add_help=False)
    asked.add_argument("--by", action="append", default=[], metavar="DIM", help="dimension; give it twice to cross two")
    parser = _Parser(prog="gtm-metrics", description="Funnel health by segment, without a browser.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, run: Callable[..., int], text: str, *parents: _Parser) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text, parents=[common, *parents])
        sub.set_defaults(run=run)
        return sub

    sub = command("demo", _demo, "build the embedded warehouse of a made-up company whose truth is known")
    sub.add_argument(
        "--story", choices=tuple(demo.STORIES), default="winner", help="what is true of it (default winner)"
    )
    sub.add_argument("--seed", type=int, default=7, help="another seed, another company of the story (default 7)")
    sub.add_argument("--if-missing", action="store_true", help="leave a warehouse that is there as it is")
    sub = command("load", _load, "load a folder of CSV and Parquet files into the embedded warehouse")
    sub.add_argument("folder", type=Path, help="holds a file a table, named like it")
    sub = command("check", _check, "what is connected, what was set aside, and why")
    sub.set_defaults(brief=False)
    sub = command("funnel", _funnel, "the funnel metrics by segment, against everyone else in the same weeks", asked)
    sub.add_argument(
        "--weeks", type=_weeks, default=13, metavar="N|all", help="closed weeks of each metric (default 13)"
    )
    sub.add_argument("--within", metavar="DIM", help="compare within each value of this dimension")
    sub = command("curve", _curve, "survival of customers, or share that has not understood, by age", asked)
    sub.add_argument("metric", choices=CURVES, help="churn by months of tenure, or calls by their number")
    command("definitions", _definitions, "what every metric counts")
    add_alternatives(command, _weeks, _print, _opened)
    add_markets(command, _weeks, _print, _opened)
    add_commands(command, _print, _opened)
    add_decide(command, _day, _print, _opened)
    add_journal(command, _print, _opened)
    add_support(command, _opened)
    add_init(command, _check, _print, _opened)
    commands_customers.add_commands(command, _print, _opened)
    add_deck(command, _print, _opened)
    add_digest(command, _print, _opened)
    return parser


def _company(options: argparse.Namespace) -> Company:
    """The company of the settings file; for init, which writes that file to options.target, one of every default."""
    if options.command != "init":
        return read_company(_config(options.config))
    options.target = options.config or _config(None)
    return read_company(options.target.parent / UNWRITTEN)


def _config(asked: Path | None) -> Path:
    """The settings file: the one asked for, else that of GTM_CONFIG, as the app reads it, else gtm.toml here."""
    if asked is not None and not asked.is_file():
        raise Refused(f"there is no settings file {asked}")
    return asked or Path(os.environ.get("GTM_CONFIG") or "gtm.toml")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date such as 2026-11-15") from None


def _as_of(text: str) -> date:
    day = _day(text)
    if FIRST <= day <= LAST:
        return day
    raise argparse.ArgumentTypeError(f"{text!r} is no day from {FIRST} to {LAST}")


def _weeks(text: str) -> int | None:
    if text == "all":
        return None
    if text.isdigit() and 1 <= int(text) <= 1040:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is neither a number of weeks from 1 to 1,040 nor 'all'")


def _demo(options: argparse.Namespace, company: Company, as_of: date | None, today: date) -> int:
    target = _file_of(company)
    if options.if_missing and target.exists():
        print(f"The warehouse {target.name} is there already.", file=sys.stderr)
        return FINE
    until = last_complete_week(as_of or today - timedelta(days=1))
    print(f"Building the demo company, story {options.story}, through {until} ...", file=sys.stderr)
    try:
        frames = demo.company(options.story, options.seed, until)
    except ValueError as wrong:
        raise Refused(f"no demo company with seed {options.seed}: {wrong}") from wrong
    numeric = {name for name, _ in company.edges}
    facts = load_frames(frames, target, SHIPPED / "own", until, numeric, _say, prepared)
    _set_aside_journal(company)
    _print(_report(facts), options.format)
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
    print(f"The journal of the company before is kept as {kept.stem}-{number}{kept.suffix}.", file=sys.stderr)


def _load(options: argparse.Namespace, company: Company, as_of: date | None, today: date) -> int:
    naming = naming_of(company)
    numeric = {name for name, _ in company.edges}
    facts = load_folder(options.folder, _file_of(company), naming, as_of or today, numeric, _say, prepared)
    _print(_report(facts), options.format)
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


def _opened(company: Company, today: date, anew: bool = False) -> Warehouse:
    """The company's warehouse, looked at anew or as it was looked at before on this day, which is said; of an embedded
    one that is not there the message says how to make it."""
    file = company.url.removeprefix("duckdb:///").split("?")[0]
    if company.url.startswith("duckdb:///") and not Path(file).exists():
        raise WarehouseError(
            f"there is no warehouse at {file}; "
            "gtm-metrics demo builds the demo company's, gtm-metrics load FOLDER yours"
        )
    keep = Keep(cache_folder(company), datetime.now(UTC), company.profile_hours)
    warehouse = connect(company, today, keep, anew)
    if warehouse.from_profile:
        at = f"{warehouse.looked_at:%H:%M}"
        print(f"gtm-metrics: tables as looked at today at {at} UTC; check looks again", file=sys.stderr)
    return warehouse


def _check(options: argparse.Namespace, company: Company, as_of: date | None, today: date) -> int:
    try:
        warehouse = _opened(company, as_of or today, anew=True)
    except WarehouseError as away:
        raise WarehouseError(f"{away}{_unproved(company)}") from away
    relations = warehouse.relations.values()
    frame = pd.DataFrame(
        [_fact_row(r.table.name, r.status, r.rows_read, r.reasons, r.first, r.last) for r in relations], dtype=object
    )
    _print(frame.drop(columns="reasons") if options.brief else frame, options.format)
    if options.format == "table" and not options.brief and warehouse.connected("accounts"):
        print(_examination(warehouse, company, as_of or today))
    if len(company.layouts) > 1:
        for relation in relations:
            if relation.status == OK:
                print(f"{relation.table.name}: read through {relation.layout}", file=sys.stderr)
    accounts = warehouse.relations["accounts"]
    # without accounts every table fails, and for that one reason
    trouble = [r for r in relations if r.status == FAILED] if accounts.status == OK else [accounts]
    for relation in trouble:
        print(f"gtm-metrics: {relation.table.name}: {relation.why}", file=sys.stderr)
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
            flat = frame.astype(object).map(partial(_cell, short=True))
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
    question = _question([], None, company, warehouse, None, None)
    asked = [metric for metric in metrics_of(company) if not not_connected(warehouse, metric)]
    failed = 0
    for metric in asked:
        try:
            tally(warehouse, company, metric, question, KEYS[metric.estimate])
        except WarehouseError as trouble:
            failed += 1
            print(f"gtm-metrics: {metric.name}: {trouble}", file=sys.stderr)
    counted = f"{len(asked) - failed} of {len(asked)} metrics could be counted"
    print(f"gtm-metrics: {counted}{_unproved(company)}", file=sys.stderr)
    return failed == 0


def _report(facts: dict[str, dict[str, Any]]) -> pd.DataFrame:
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


def _question(
    by: list[str], within: str | None, company: Company, warehouse: Warehouse, as_of: date | None, weeks: int | None
) -> Question:
    """What is asked; without a dimension the first that there is. Raises Refused for dimensions that do not go."""
    through = as_of or warehouse.data_through
    if through is None:
        raise WarehouseError("the warehouse holds no row with a date, so there is no day to count through")
    if within in by:
        raise Refused(f"--within {within} compares within what --by segments by already; give it another dimension")
    others = [d.name for d in dimensions(warehouse, company) if d.name != within]
    try:
        return Question(through, tuple(by or others[:1]), within, weeks)
    except ValueError as wrong:
        raise Refused(str(wrong)) from wrong


def _funnel(options: argparse.Namespace, company: Company, as_of: date | None, today: date) -> int:
    warehouse = _opened(company, today)
    question = _question(options.by, options.within, company, warehouse, as_of, options.weeks)
    metrics = metrics_of(company)
    shown = offered(warehouse, metrics)
    counted = [(m, tally(warehouse, company, m, question, KEYS[m.estimate])) for m in metrics if m in shown]
    _print(pd.concat([funnel(t, m) for m, t in counted], ignore_index=True), options.format)
    return FINE


def _curve(options: argparse.Namespace, company: Company, as_of: date | None, today: date) -> int:
    warehouse = _opened(company, today)
    metric = metric_named(options.metric, metrics_of(company))
    question = _question(options.by, None, company, warehouse, as_of, None)
    counted: Tally = tally(warehouse, company, metric, question, ("age",))
    if counted.why:
        print(f"gtm-metrics: {metric.name}: {counted.why}", file=sys.stderr)
    _print(curve(counted, metric), options.format)
    return FINE


def _definitions(options: argparse.Namespace, company: Company, as_of: date | None, today: date) -> int:
    _print(metric_definitions(metrics_of(company)), options.format)
    return FINE


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _print(frame: pd.DataFrame, form: str) -> None:
    if form == "json":
        records = [{key: _plain(value) for key, value in row.items()} for row in frame.to_dict("records")]
        print(json.dumps(records, ensure_ascii=False, allow_nan=False, indent=1))
        return
    flat = frame.map(partial(_cell, short=form == "table"))
    print(flat.to_csv(index=False) if form == "csv" else flat.to_string(index=False), end="" if form == "csv" else "\n")


def _plain(value: Any) -> Any:
    """A value as JSON has it: dates ISO, missing null, numbers plain."""
    if isinstance(value, dict | list | tuple):
        return value
    if value is None or pd.isna(value):
        return None
    if isinstance(value, date):
        return value.isoformat()[:10]
    return value.item() if hasattr(value, "item") else value


def _cell(value: Any, short: bool) -> Any:
    """A value as one cell of text: rates short or in full, missing empty, groups as key=value."""
    plain = _plain(value)
    if plain is None:
        return ""
    if isinstance(plain, dict):
        plain = "; ".join(f"{key}={item}" for key, item in plain.items())
    if isinstance(plain, list):
        plain = ", ".join(str(item) for item in plain)
    if isinstance(plain, str):
        # a table is read on a terminal, CSV in a spreadsheet
        return plain_line(plain) if short else defused(plain)
    return f"{plain:.4g}" if short and isinstance(plain, float) else plain


if __name__ == "__main__":
    sys.exit(main())
