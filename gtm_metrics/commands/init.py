"""gtm-metrics init: from a warehouse's URL to a gtm.toml and the first numbers.

Exit codes as everywhere: 0 fine, 1 data trouble, 2 usage.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import sqlalchemy as sa

from gtm_metrics.commands.asking import opened
from gtm_metrics.commands.printing import say, show, tell
from gtm_metrics.commands.warehouse import check
from gtm_metrics.company import Company, Refused, read_company
from gtm_metrics.funnel import funnel
from gtm_metrics.proposal import gtm_toml, proposed, settings_of, settings_with
from gtm_metrics.question import ALL, Question
from gtm_metrics.sources import TABLES
from gtm_metrics.tallies import dimensions, metrics_of, not_connected, offered, tally
from gtm_metrics.tallies.tally import KEYS
from gtm_metrics.warehouse import WarehouseError, connect
from gtm_metrics.warehouse.recognise import WITH_ACCOUNTS, Candidate, candidates, catalogue, chosen
from gtm_metrics.warehouse.resolve import Columns

FINE, TROUBLE = 0, 1
UNWRITTEN = ".unwritten-gtm.toml"
"""A name that no settings file has: what is read from there is every default."""
NEAREST = 8
"""How many relations are named where none of the layouts was recognised."""

PROGRAMS = Path(sys.executable).parent
"""Where this environment's programs lie: nobody has to have them on the PATH."""
FIRST_METRICS = 2
"""Of how many metrics the first funnel tells."""
FIRST_ROWS = 10
"""How many rows it has at most, all metrics together."""
FIRST_WEEKS = 13
FIRST_COLUMNS = ["metric", "segment", "trials", "successes", "estimate", "low", "high", "status"]
"""What it tells of each."""

MENDING = (
    (("password", "authentication", "incorrect username"), "check the user and the password or key in the URL"),
    (("resolve host", "translate host", "refused", "timeout", "unreachable"), "check host and port, and the network"),
    (("permission denied", "insufficient privileges"), "grant the role USAGE on the schema and SELECT on its tables"),
    (("current database",), "name a database in the URL: snowflake://user@account/DATABASE/SCHEMA"),
    (("does not exist",), "check the names of database and role in the URL"),
    (("no warehouse at",), "check the path; an absolute one has four slashes: duckdb:////path/to/file.duckdb"),
)
"""How to mend what a warehouse refuses, by words of the refusal; the first that fits is told."""


def add_init(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Adds the sub-parser; `command(name, run, text)` gives it."""
    sub = command("init", _init, "from a warehouse's URL to gtm.toml and the first numbers")
    told = "the warehouse's SQLAlchemy URL (default GTM_WAREHOUSE, else secrets.toml)"
    sub.add_argument("url", nargs="?", metavar="URL", help=told)
    sub.add_argument("--yes", action="store_true", help="take the best layouts without asking")
    sub.add_argument("--force", action="store_true", help="write over a settings file that is there")
    sub.add_argument("--print", action="store_true", help="print the settings and write nothing")
    sub.set_defaults(brief=True)


def _init(options: argparse.Namespace, company: Company, as_of: date | None, today: date) -> int:
    """Writes gtm.toml for a warehouse, runs check with it, and prints the first funnel."""
    target: Path = options.target
    if target.exists() and not (options.force or options.print):
        raise Refused(f"{target} is there already; --force writes over it, --print shows what would be written")
    asks = sys.stdin.isatty() and not options.yes
    start = _addressed(options.url, company, target, asks)
    for line in looking(start.url):
        tell(line)
    there = _looked(start)
    among = candidates(there)
    for one in among:
        tell(str(one))
    best = chosen(among)
    if not best:
        raise WarehouseError(unrecognised(there))
    tell(f"taken: {_named(best)}")
    if asks:
        best = _agreed(among, best)
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
    tell(f"{target} is written")
    written = read_company(target, {**os.environ, "GTM_WAREHOUSE": start.url})
    code = check(options, written, as_of, today)
    # a table that failed keeps none of the others from being counted
    _first_funnel(options, written, as_of, today)
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


def looking(url: str) -> tuple[str, ...]:
    """What to say before the look: in Snowflake, in which of the account's databases, and how to name another."""
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError):
        return ()
    if parsed.get_backend_name() != "snowflake":
        return ()
    database = (parsed.database or "").split("/")[0]
    where = f"database {database} alone" if database else "the connection's own database alone"
    return (f"looking in {where}; to look in another, name it in the URL: snowflake://user@account/DATABASE/SCHEMA",)


def _agreed(among: Sequence[Candidate], best: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    """The layouts that whoever is asked agrees to, or names instead. Raises Refused for a no."""
    while True:
        answer = _asked("Go on with these? [Y/n, or the layouts to take instead] ")
        if answer.lower() in ("", "y", "yes"):
            return best
        if answer.lower() in ("n", "no"):
            raise Refused("nothing was written; name your layouts in gtm.toml (docs/layouts.md)")
        try:
            best = picked(answer, among)
        except ValueError as wrong:
            tell(str(wrong))
            continue
        tell(f"taken: {_named(best)}")
        return best


def picked(answer: str, among: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """The candidates that are named, "layout" or "layout (schema)", commas between; without a schema the likeliest.

    Raises ValueError saying what there is for a name that is none, and where none or two of them are a CRM.
    """
    taken = []
    for name in (part.strip() for part in answer.split(",") if part.strip()):
        found = next((one for one in among if name in (one.layout.name, _named([one]))), None)
        if found is None:
            raise ValueError(f"{name!r} is none of {_named(among)}")
        taken.append(found)
    first = [one for one in taken if one.layout.kind in WITH_ACCOUNTS]
    if len(first) != 1:
        raise ValueError(f"take one of {_named([one for one in among if one.layout.kind in WITH_ACCOUNTS])}")
    return (first[0], *(one for one in taken if one is not first[0]))


def _named(several: Sequence[Candidate]) -> str:
    return ", ".join(f"{one.layout.name} ({one.schema})" for one in several)


def _looked(company: Company) -> Mapping[str, Columns]:
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
    if any(one.layout.name.endswith("salesforce") for one in best):
        settings["segments.labels"] = custom_labels(settings["segments.dimensions"])
    key = "warehouse.layout" if len(best) == 1 else "warehouse.layouts"
    notes[key] = "; ".join(map(str, best))
    return gtm_toml(settings, notes, "Written by gtm-metrics init. Every setting and its meaning: docs/settings.md.")


def custom_labels(names: Sequence[str]) -> dict[str, str]:
    """What to call Salesforce's custom fields, which end in _c: region_c is Region."""
    plain = {name: name.removesuffix("_c").rstrip("_") for name in names if name.endswith("_c")}
    return {name: told.replace("_", " ").capitalize() for name, told in plain.items() if told}


def _first_funnel(options: argparse.Namespace, company: Company, as_of: date | None, today: date) -> None:
    """Prints two metrics by the first dimension: a look, where the command funnel has every row."""
    warehouse = opened(company, today)
    metrics = metrics_of(company)
    connected = [m for m in offered(warehouse, metrics) if not not_connected(warehouse, m)][:FIRST_METRICS]
    through, by = as_of or warehouse.data_through, [d.name for d in dimensions(warehouse, company)][:1]
    if not connected or through is None or not warehouse.connected("accounts"):
        tell("no metric can be counted yet; which needs what stands in docs/metrics.md")
        return
    question = Question(through, tuple(by), None, FIRST_WEEKS)
    rows = [funnel(tally(warehouse, company, m, question, KEYS[m.estimate]), m) for m in connected]
    shown = pd.concat([first_rows(frame, FIRST_ROWS // len(rows)) for frame in rows], ignore_index=True)
    show(shown[FIRST_COLUMNS], options.format)
    every = sum(map(len, rows))
    tell(
        f"{len(shown)} of {every} rows, those with the most trials in {FIRST_WEEKS} closed weeks as of {through}"
        f"{f', by {by[0]}' if by else ''}; every row, and why rows were set aside:"
    )
    for command in ("funnel", "check"):
        say(f"  {_near('gtm-metrics')} {command} --config {shlex.quote(str(options.target))}")


def first_rows(frame: pd.DataFrame, count: int) -> pd.DataFrame:
    """ "(all)" and the segments with the most trials, `count` rows in all."""
    trials = frame["trials"].map(lambda n: -1 if n is None else n).astype(int).where(frame["segment"] != ALL, 1 << 62)
    return frame.loc[trials.sort_values(ascending=False, kind="stable").index[:count]]


def _next(target: Path, elsewhere: bool, company: Company) -> None:
    """Says how to open the app and how to refresh: whole lines, to be copied."""
    given = company.url_from.endswith("warehouse.url")
    if elsewhere and not given:
        tell(f"the warehouse's URL stays where it is, in {company.url_from}")
    elif elsewhere:
        tell(
            f"the warehouse's URL is not written into {target.name}, as it holds a secret: put it into "
            "GTM_WAREHOUSE, or as url under [connections.warehouse] of .streamlit/secrets.toml"
        )
    name = "GTM_WAREHOUSE=URL " if elsewhere and given else ""
    tell(f"open it: {name}GTM_CONFIG={shlex.quote(str(target))} {_near('streamlit')} run app.py")
    if elsewhere and (given or "GTM_WAREHOUSE" in company.url_from):
        tell("cron does not see your shell's GTM_WAREHOUSE: secrets.toml, or a line GTM_WAREHOUSE=URL above, tells it")
    tell(f"every Monday, in crontab -e: {crontab_line(Path.cwd(), PROGRAMS, target)}")


def _near(program: str) -> str:
    """How to call a program of this environment from here."""
    near = PROGRAMS.relative_to(Path.cwd()) if PROGRAMS.is_relative_to(Path.cwd()) else PROGRAMS
    return shlex.quote(str(near / program))


def crontab_line(folder: Path, programs: Path, target: Path) -> str:
    """A line of crontab that refreshes on Mondays at six; in one, % would end the command."""
    asked = ["refresh", "--config", str(target.absolute())]
    command = f"cd {shlex.quote(str(folder))} && {shlex.join([str(programs / 'gtm-metrics'), *asked])}"
    return f"0 6 * * 1 {command}".replace("%", "\\%")


def _asked(question: str) -> str:
    """What is answered. Raises Refused where the input ends first: that is no consent."""
    print(question, end="", file=sys.stderr, flush=True)
    line = sys.stdin.readline()
    if not line:
        print(file=sys.stderr)
        raise Refused("the input ended; nothing was written; --yes takes the best layouts without asking")
    return line.strip()
