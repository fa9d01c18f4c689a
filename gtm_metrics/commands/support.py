"""gtm-metrics support: one file for whoever is asked for help, without secrets, names and figures of customers.

Exit codes as everywhere: 0 fine, 1 data trouble, 2 usage.
"""

from __future__ import annotations

import argparse
import json
import platform
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from gtm_metrics import __version__, journal
from gtm_metrics.commands.asking import journal_of, opened
from gtm_metrics.commands.printing import say
from gtm_metrics.company import SETTINGS, Company, Refused
from gtm_metrics.definitions import setting_definitions
from gtm_metrics.journal import JournalError
from gtm_metrics.sources import SHIPPED
from gtm_metrics.warehouse import WarehouseError

FINE = 0
PACKAGES = ("streamlit", "pandas", "altair", "sqlalchemy", "duckdb", "duckdb-sqlalchemy", "snowflake-connector-python",
            "snowflake-sqlalchemy", "psycopg", "numpy", "pyarrow", "alembic")  # fmt: skip
TOLD_AS_NUMBERS = ("integer", "number", "numbers", "switch")
"""Kinds of settings whose values are told; of the others, which may hold words of the company, whether they are set."""
README = """What GTM Metrics tells of itself, for whoever helps you. Read it before you send it on.

about.json       the program, Python, the machine's kind, versions of packages
settings.json    every setting: numbers as they are; of text and lists only whether they differ from the default
tables.json      per table: whether it was found, rows read and set aside by reason, first and last day; no row, no name
refreshes.json   per refreshed week: when, by which version, with which settings' hash
trouble.json     what could not be read while this was written, with the reason

It holds no URL, password, address of a person, or name of a customer, a segment or a column of yours.
"""


def add_support(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Adds the sub-parser."""
    sub = command("support", _support, "write a file for whoever helps you: no secret, no name")
    sub.add_argument("--out", type=Path, default=Path("gtm-support.zip"), metavar="FILE", help="(gtm-support.zip)")


def _support(options: argparse.Namespace, company: Company, _as_of: date | None, today: date) -> int:
    if options.out.suffix != ".zip":
        raise Refused(f"--out is {options.out}; it must end in .zip")
    parts: dict[str, Any] = {"about": _about(), "settings": _settings(company)}
    trouble: dict[str, str] = {}
    for name, read in (("tables", partial(_tables, company, today)), ("refreshes", partial(_weeks, company))):
        try:
            parts[name] = read()
        except (WarehouseError, JournalError) as wrong:
            # its text may quote a table, a column or a machine
            trouble[name] = type(wrong).__name__
    try:
        with zipfile.ZipFile(options.out, "w", zipfile.ZIP_DEFLATED) as bundle:
            bundle.writestr("README.txt", README)
            for name, told in {**parts, "trouble": trouble}.items():
                bundle.writestr(f"{name}.json", json.dumps(told, indent=2, default=str) + "\n")
    except OSError as wrong:
        # half a file says nothing; what is no file of ours stays
        if options.out.is_file():
            options.out.unlink()
        raise Refused(f"{options.out} cannot be written: {wrong.strerror}") from wrong
    say(f"Wrote {options.out}. Read it before you send it on.")
    return FINE


def _about() -> dict[str, Any]:
    return {
        "gtm-metrics": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "packages": {name: metadata.version(name) for name in PACKAGES},
    }


def _settings(company: Company) -> dict[str, str]:
    """Each setting's value where it is a number or a switch, else whether it is the default; the layouts that ship."""
    rows = {row["setting"]: row for row in setting_definitions(company).to_dict("records")}
    told = {}
    for setting in SETTINGS:
        row = rows[setting.key]
        is_default = row["value"] == row["default"]
        told[setting.key] = row["value"] if setting.kind in TOLD_AS_NUMBERS or is_default else "set"
    shipped = [name for name in company.layouts if (SHIPPED / name).is_dir()]
    try:
        kind = sa.make_url(company.url).get_backend_name()
    except (sa.exc.ArgumentError, ValueError):
        kind = "a URL that cannot be read"
    return {**told, "warehouse": kind, "layouts that ship": ", ".join(shipped)}


def _tables(company: Company, today: date) -> list[dict[str, Any]]:
    warehouse = opened(company, today, anew=True)
    return [
        {
            "table": r.table.name,
            "status": r.status,
            "rows_read": r.rows_read,
            "set_aside": dict(r.reasons),
            "first": r.first,
            "last": r.last,
        }
        for r in warehouse.relations.values()
    ]


def _weeks(company: Company) -> list[dict[str, Any]]:
    with journal_of(company) as engine, journal.reading(engine) as seen:
        frame = journal.refreshes(seen)
    kept = frame[["epoch", "week", "as_of", "kind", "rules_hash", "code_version", "data_through", "at", "k"]]
    return [{str(name): _plain(value) for name, value in row.items()} for row in kept.to_dict("records")]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value
