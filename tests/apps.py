"""The app as the tests run it: warehouses built once a session, a private server, a browser; each bounded in time."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from servers import SECONDS_TO_START, free_port

from gtm_metrics import demo
from gtm_metrics.sources import SHIPPED, TABLES
from gtm_metrics.tallies import prepared
from gtm_metrics.warehouse.build import load_frames

ROOT = Path(__file__).parent.parent
AS_OF = date(2026, 11, 15)
SEED = 7
SECONDS_TO_LIVE = 1800
"""A server whose test run was killed stops by itself after this long; on a slow machine a file's tests take minutes."""

DIMENSIONS = ("industry", "employees", "region", "marketing_tool", "team", "primary_use")
CONFIG = """
[segments]
dimensions = [{dimensions}]

[segments.labels]
employees = "Company size"
{labels}

[segments.edges]
employees = [50, 200, 1000]

[display]
company = "Fernhill Software"
account_url = "https://crm.example.com/accounts/{{account_id}}"
opportunity_url = "https://crm.example.com/opportunities/{{opportunity_id}}"

[journal]
refresh_wait_seconds = 600
"""

HOSTILE = (
    "<script>alert('x')</script>",
    "**bold** _it_ `code` ~~gone~~",
    "[link](https://evil.example) https://evil.example",
    ":red[danger] :smile: :material/home:",
    "$x^2$ and $$y$$ at $5",
    "# Heading\n\n- item\n1. item | cell",
    "\u202eright\u200f to \u2066left\u2069",
    "=SUM(A1:A9)",
)
"""Names that turn into something else where they are not escaped; none may."""
LONG = "Very long name of a segment " * 7 + "end!"
"""A segment's name of 200 characters."""
TRIO = "Only three accounts"


@dataclass(frozen=True)
class App:
    """A company as a test serves it: where its gtm.toml lies, its warehouse's address, and its journal's, where that
    is not beside the warehouse."""

    config: Path
    url: str
    journal: str = ""

    @property
    def environment(self) -> dict[str, str]:
        """What tells the app where to look."""
        journal = {"GTM_JOURNAL": self.journal} if self.journal else {}
        return {"GTM_CONFIG": str(self.config), "GTM_WAREHOUSE": self.url, **journal}


def shared_folder(factory: pytest.TempPathFactory) -> Path:
    """Where warehouses lie, one folder for all workers of the session."""
    base = factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "apps"
    shared.mkdir(exist_ok=True)
    return shared


def an_app(folder: Path, name: str) -> App:
    """The app called `name` of APPS; built by whoever asks first, shared by every worker that sees `folder`."""
    target = folder / f"{name}.duckdb"
    config = folder / f"{name}.toml"
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not config.exists():
            APPS[name](target)
            config.write_text(_config(name), encoding="utf-8")
    return App(config, f"duckdb:///{target}")


def with_journal(folder: Path, name: str, own: Path, watched: Sequence[str] = (), more: str = "") -> App:
    """The app called `name` with a gtm.toml and a journal in the folder `own`.

    watched   dimensions the signal judges; more   lines of the section [signal]
    """
    app = an_app(folder, name)
    own.mkdir(parents=True, exist_ok=True)
    listed = ", ".join(f'"{each}"' for each in watched)
    text = f"{app.config.read_text(encoding='utf-8')}\n[signal]\ndimensions = [{listed}]\n{more}\n"
    (own / "gtm.toml").write_text(text, encoding="utf-8")
    return App(own / "gtm.toml", app.url, f"sqlite:///{own / 'journal.sqlite'}")


def _config(name: str) -> str:
    odd = name == "odd"
    dimensions = ", ".join(f'"{d}"' for d in (*DIMENSIONS, *(ODD if odd else ())))
    return CONFIG.format(dimensions=dimensions, labels="hostile = '<b>Own</b> *names* $x$ :smile:'" if odd else "")


def _loaded(frames: Mapping[str, pd.DataFrame], target: Path) -> None:
    load_frames(frames, target, SHIPPED / "own", AS_OF, {"employees"}, lambda _line: None, prepared)


def _story(story: str) -> Callable[[Path], None]:
    return lambda target: _loaded(demo.company(story, SEED, AS_OF), target)


def with_late_rows(folder: Path) -> tuple[Path, str]:
    """The small company a quarter later: its gtm.toml and its warehouse's address. A quarter of the deals were entered
    late, subscriptions pay more, a fifth of the accounts has another industry."""
    frames = dict(demo.company("small", SEED, AS_OF))
    accounts, deals, paid = frames["accounts"], frames["opportunities"], frames["subscriptions"]
    names = sorted(accounts["industry"].dropna().unique())
    moved = {name: names[(i + 1) % len(names)] for i, name in enumerate(names)}
    fifth = accounts["account_id"].fillna("").map(lambda text: sum(map(ord, text)) % 5 == 0)
    frames["accounts"] = accounts.assign(industry=accounts["industry"].where(~fifth, accounts["industry"].map(moved)))
    late = deals.tail(len(deals) // 4)
    late = late.assign(opportunity_id=late["opportunity_id"] + " late")
    frames["opportunities"] = pd.concat([deals, late], ignore_index=True)
    frames["subscriptions"] = paid.assign(mrr=paid["mrr"] * 1.5)
    target = folder / "late.duckdb"
    _loaded(frames, target)
    (folder / "late.toml").write_text(_config("small") + '\n[signal]\ndimensions = ["industry", "employees"]\n')
    return folder / "late.toml", f"duckdb:///{target}"


def _odd(target: Path) -> None:
    """The winner's company once more, with attributes that try a page: what they are called is ODD."""
    frames = demo.company("winner", SEED, AS_OF)
    accounts = frames["accounts"]
    industry = {name: HOSTILE[n % len(HOSTILE)] for n, name in enumerate(demo.INDUSTRIES)}
    ids = accounts["account_id"].fillna("").rank(method="dense").astype(int)
    odd = accounts.assign(
        hostile=accounts["industry"].map(industry),
        long=accounts["industry"].where(accounts["industry"] != demo.TRUTH["winner"].planted.segment, LONG),
        copy="All the same",
        many="Segment " + (ids % 200).astype(str).str.zfill(3),
        place=accounts["industry"].where(ids % 1000 != 7, TRIO),
        name=accounts["name"] + ids.map(lambda n: f" {HOSTILE[n % len(HOSTILE)]}"),
        owner=ids.map(lambda n: HOSTILE[(n + 3) % len(HOSTILE)]),
    )
    deals = frames["opportunities"]
    spoiled = {
        column: deals[column].map(lambda text: f"{text} {HOSTILE[len(text) % len(HOSTILE)]}", na_action="ignore")
        for column in ("win_reason", "loss_reason", "competitor", "champion_title")
    }
    _loaded({**frames, "accounts": odd, "opportunities": deals.assign(**spoiled)}, target)


ODD = ("hostile", "long", "copy", "many", "place")
"""Attributes that try a page, some under names that a query might use for itself."""


def _headers(target: Path) -> None:
    """Every table is there, and no row."""
    columns = {name: [*table.names, *(DIMENSIONS if table.attributes else ())] for name, table in TABLES.items()}
    _loaded({name: pd.DataFrame(columns=names, dtype="str") for name, names in columns.items()}, target)


def _accounts_only(target: Path) -> None:
    _loaded({"accounts": demo.company("young", SEED, AS_OF)["accounts"]}, target)


def _undated(target: Path) -> None:
    """Accounts alone, and nothing says when."""
    accounts = demo.company("young", SEED, AS_OF)["accounts"]
    _loaded({"accounts": accounts.drop(columns="created_on")}, target)


def _bare(target: Path) -> None:
    """A company whose accounts have nothing to segment by."""
    frames = demo.company("small", SEED, AS_OF)
    _loaded({**frames, "accounts": frames["accounts"][["account_id", "name", "created_on"]]}, target)


def _untidied(lost: Mapping[str, list[str]]) -> Callable[[Path], None]:
    """A warehouse nobody loaded, its tables as a CRM left them; the columns of `lost` are missing."""

    def made(target: Path) -> None:
        with duckdb.connect(str(target)) as con:
            for name, frame in demo.company("small", SEED, AS_OF).items():
                con.register("frame", frame.drop(columns=list(lost.get(name, []))))
                con.execute(f'create table "{name}" as select * from frame')

    return made


APPS: Mapping[str, Callable[[Path], None]] = {
    "winner": _story("winner"),
    "no-winner": _story("no-winner"),
    "young": _story("young"),
    "small": _story("small"),
    "odd": _odd,
    "headers": _headers,
    "accounts only": _accounts_only,
    "undated": _undated,
    "bare": _bare,
    "untidied": _untidied({}),
    "failed": _untidied({"opportunities": ["created_at"]}),
    "failed accounts": _untidied({"accounts": ["account_id"]}),
}
"""How each warehouse is made."""


class NoBrowser(RuntimeError):
    """There is no Chromium here, or nothing to steer it by; the text says which."""


CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium() -> str:
    """The path of Chromium. Raises NoBrowser."""
    found = CHROMIUM if Path(CHROMIUM).exists() else shutil.which("chromium")
    if found is None:
        raise NoBrowser(f"Chromium is not installed: neither at {CHROMIUM} nor on the PATH")
    return found


@contextlib.contextmanager
def browser(*more: str) -> Iterator[Any]:
    """A headless Chromium with a fresh profile and `more` flags; closed on the way out. Raises NoBrowser."""
    path = chromium()
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise NoBrowser("Playwright is not installed; it is one of the development dependencies") from error
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, headless=True, args=[*FLAGS, *more])
        try:
            yield opened
        finally:
            opened.close()


@contextlib.contextmanager
def served(app: App, folder: Path = ROOT, port: int = 0, log: Path | None = None) -> Iterator[str]:
    """A fresh server of the app on a loopback port (0: any free one), its address; stopped on the way out.

    folder   where it runs, whose .streamlit/secrets.toml counts
    log      a file for what it writes at its most talkative; else what it writes is thrown away
    """
    port = port or free_port()
    bounded = ["timeout", "--signal=TERM", "--kill-after=5", str(SECONDS_TO_LIVE)] if shutil.which("timeout") else []
    command = [
        *bounded,
        sys.executable,
        "-m",
        "streamlit",
        "run",
        str(ROOT / "app.py"),
        "--server.headless=true",
        f"--server.port={port}",
        "--server.address=127.0.0.1",
    ]
    talkative = {"GTM_LOG_LEVEL": "debug", "STREAMLIT_LOGGER_LEVEL": "debug"} if log else {}
    with log.open("w+b") if log else tempfile.TemporaryFile() as lines:
        server = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **app.environment, **talkative},
            stdin=subprocess.DEVNULL,
            stdout=lines,
            stderr=lines,
            start_new_session=True,
        )
        try:
            _wait(f"http://127.0.0.1:{port}/_stcore/health", server, lines)
            yield f"http://127.0.0.1:{port}"
        finally:
            _stop(server)


def _wait(health: str, server: subprocess.Popen[bytes], log: Any) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            with urllib.request.urlopen(health, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            if server.poll() is not None or time.monotonic() > deadline:
                log.seek(0)
                raise RuntimeError(f"the server did not start: {log.read()[-800:].decode(errors='replace')}") from None
            time.sleep(0.1)


def _stop(server: subprocess.Popen[bytes]) -> None:
    """The whole process group: `timeout` hands the signal on, but a killed one would leave the server behind."""
    for sign, patience in ((signal.SIGTERM, 5), (signal.SIGKILL, 5)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, sign)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(timeout=patience)
            return
