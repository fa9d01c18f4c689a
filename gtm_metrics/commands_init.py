"""gtm-metrics init: from a warehouse's URL to a gtm.toml and the first numbers.

Exit codes as everywhere: 0 fine, 1 data trouble, 2 usage.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

from gtm_metrics.company import Company, Refused, read_company
from gtm_metrics.proposal import gtm_toml, proposed, settings_of, settings_with
from gtm_metrics.sources import TABLES
from gtm_metrics.warehouse import WarehouseError, connect
from gtm_metrics.warehouse.recognise import Candidate, candidates, catalogue, chosen
from gtm_metrics.warehouse.resolve import Columns

FINE, TROUBLE = 0, 1
UNWRITTEN = ".unwritten-gtm.toml"
"""A name that no settings file has: what is read from there is every default."""
NEAREST = 8
"""How many relations are named where none of the layouts was recognised."""

Run = Callable[[argparse.Namespace, Company, date | None, date], int]

MENDING = (
    (("password", "authentication", "incorrect username"), "check the user and the password or key in the URL"),
    (("resolve host", "translate host", "refused", "timeout", "unreachable"), "check host and port, and the network"),
    (("permission denied", "insufficient privileges"), "grant the role USAGE on the schema and SELECT on its tables"),
    (("does not exist",), "check the names of database and role in the URL"),
    (("no warehouse at",), "check the path; an absolute one has four slashes: duckdb:////path/to/file.duckdb"),
)
"""How to mend what a warehouse refuses, by words of the refusal; the first that fits is told."""


def add_init(command: Callable[..., argparse.ArgumentParser], check: Run, funnel: Run) -> None:
    """Adds the sub-parser; `check` and `funnel` are those commands, which init runs last."""
    sub = command("init", partial(_init, check, funnel), "from a warehouse's URL to gtm.toml and the first numbers")
    told = "the warehouse's SQLAlchemy URL (default GTM_WAREHOUSE, else secrets.toml)"
    sub.add_argument("url", nargs="?", metavar="URL", help=told)
    sub.add_argument("--yes", action="store_true", help="take the best layouts without asking")
    sub.add_argument("--force", action="store_true", help="write over a settings file that is there")
    sub.add_argument("--print", action="store_true", help="print the settings and write nothing")
    sub.set_defaults(by=[], within=None, weeks=13)


def _init(
    check: Run, funnel: Run, options: argparse.Namespace, company: Company, as_of: date | None, today: date
) -> int:
    target: Path = options.target
    if target.exists() and not (options.force or options.print):
        raise Refused(f"{target} is there already; --force writes over it, --print shows what would be written")
    asks = sys.stdin.isatty() and not options.yes
    start = _addressed(options.url, company, target, asks)
    there = _looked(start)
    among = candidates(there)
    for one in among:
        _say(str(one))
    best = chosen(among)
    if not best:
        raise WarehouseError(unrecognised(there))
    _say(f"taken: {', '.join(f'{one.layout.name} ({one.schema})' for one in best)}")
    if asks and _asked("Go on with these? [Y/n] ").lower() not in ("", "y", "yes"):
        raise Refused("nothing was written; name your layouts in gtm.toml (docs/layouts.md)")
    layouts = tuple(one.layout.name for one in best)
    schemas = tuple(sorted((one.layout.name, one.schema) for one in best))
    named = replace(start, layouts=layouts, schemas=schemas)
    text = settings_text(named, best, today)
    if options.print:
        print(text, end="")
        return FINE
    try:
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Refused(f"{target}: cannot be written: {error.strerror}") from None
    _say(f"{target} is written")
    written = read_company(target, {**os.environ, "GTM_WAREHOUSE": start.url})
    code = check(options, written, as_of, today)
    if code == FINE:
        code = funnel(options, written, as_of, today)
    _next(target, "\nurl = " not in text, start)
    return code


def _addressed(given: str | None, company: Company, target: Path, asks: bool) -> Company:
    """The company with the URL that was given, else that of the environment or secrets.toml, else the one asked for."""
    if not given and not company.url_from.endswith("warehouse.url"):
        return company
    url = given or (_asked("The warehouse's URL: ") if asks else "")
    if not url:
        raise Refused("there is no URL; give one, such as duckdb:///data/company.duckdb, or set GTM_WAREHOUSE")
    placed = read_company(target.parent / UNWRITTEN, {"GTM_WAREHOUSE": url})
    return replace(company, url=placed.url, url_from=f"{target.name}: warehouse.url")


def _looked(company: Company) -> dict[str, Columns]:
    try:
        return catalogue(company.url, company.timeout_seconds)
    except WarehouseError as away:
        if "URL cannot be" in str(away):
            raise Refused(str(away)) from away
        raise WarehouseError(f"{away}{mending(str(away))}") from away


def mending(refusal: str) -> str:
    """How to mend a refusal, to be said after it; '' where its words are not known."""
    low = refusal.lower()
    return next((f"; {told}" for words, told in MENDING if any(word in low for word in words)), "")


def unrecognised(there: Mapping[str, Columns]) -> str:
    """What to say where no layout gives accounts: what is there, and what our own tables need."""
    if not there:
        return "the warehouse holds no table that this role may see; grant it USAGE on the schema and SELECT"
    relations = [f"{schema}.{table}" for schema, tables in there.items() for table in tables]
    near = sorted(relations, key=lambda name: (not any(w in name.lower() for w in ("account", "compan")), name))
    needed = ", ".join(column.name for column in TABLES["accounts"].columns if column.required)
    return (
        f"no layout gives accounts; a table or view accounts needs {needed}, or a layout folder renames yours "
        f"(docs/connect.md); of {len(relations)} relations the nearest are {', '.join(near[:NEAREST])}"
    )


def settings_text(company: Company, best: tuple[Candidate, ...], today: date) -> str:
    """gtm.toml for a company whose layouts are chosen, with what its data suggest and why."""
    found = proposed(connect(company, today), company)
    plain = {key: value for key, value in settings_of(company).items() if key != "metrics.won_in_time_weeks"}
    settings, notes = settings_with(plain, found)
    key = "warehouse.layout" if len(best) == 1 else "warehouse.layouts"
    notes[key] = "; ".join(map(str, best))
    return gtm_toml(settings, notes, "Written by gtm-metrics init. Every setting and its meaning: docs/settings.md.")


def _next(target: Path, elsewhere: bool, company: Company) -> None:
    if elsewhere and not company.url_from.endswith("warehouse.url"):
        _say(f"the warehouse's URL stays where it is, in {company.url_from}")
    elif elsewhere:
        _say(
            f"the warehouse's URL is not written into {target.name}, as it holds a secret: put it into "
            "GTM_WAREHOUSE, or as url under [connections.warehouse] of .streamlit/secrets.toml"
        )
    _say(f"open it: GTM_CONFIG={target} streamlit run app.py")
    _say(f"every Monday: gtm-metrics refresh --config {target} (cron: 0 6 * * 1)")


def _asked(question: str) -> str:
    print(question, end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()


def _say(line: str) -> None:
    print(f"gtm-metrics: {line}", file=sys.stderr, flush=True)
