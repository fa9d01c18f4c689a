"""Shared by the tests: tiny embedded warehouses, made from frames or from the tables in a test's docstring."""

from __future__ import annotations

import gc
import inspect
import json
import os
import shutil
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import emulation
import pandas as pd
import pytest
import refreshes
import servers
import sqlalchemy as sa
from hypothesis import HealthCheck, settings

from gtm_metrics import journal, tallies
from gtm_metrics.company import Company, read_company
from gtm_metrics.metrics import Metric
from gtm_metrics.question import Question, Tally
from gtm_metrics.sources import TABLES, Naming, layout_in, naming_of
from gtm_metrics.tallies import prepared
from gtm_metrics.vocabulary import words_of
from gtm_metrics.warehouse import Warehouse, connect
from gtm_metrics.warehouse.build import load_folder, load_frames

DATA = Path(os.environ.get("GTM_SHARED_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")
TODAY = date(2026, 6, 30)
"""The day on which every hand-made warehouse is loaded and, unless a test says otherwise, asked."""

if os.environ.get("GTM_REQUIRE_ALL") == "1":
    # where each change is checked the same examples decide each time, however slow; at a desk new ones are sought
    settings.register_profile("gate", derandomize=True, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("gate")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A file's tests go to one worker, which makes what they share once; unless they name a group of their own."""
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


def pytest_collection_finish() -> None:
    """What is imported by now stays to the end: whoever looks for garbage need not go through it, nor so often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of the examples' real files; without it the test is skipped."""
    if not (DATA / "olist").is_dir() or not (DATA / "ravenstack").is_dir():
        pytest.skip("the examples' files are in neither GTM_SHARED_DATA nor ../shared/data: nothing to check against")
    return DATA


@pytest.fixture(scope="session")
def server() -> Iterator[servers.Postgres]:
    """A private PostgreSQL, one a worker; without its binaries the tests are skipped, unless GTM_REQUIRE_ALL=1."""
    yield from _running()


@pytest.fixture
def stoppable() -> Iterator[servers.Postgres]:
    """A PostgreSQL of one test, which may stop it."""
    yield from _running()


def _running() -> Iterator[servers.Postgres]:
    try:
        with servers.postgres() as running:
            yield running
    except servers.NoServer as missing:
        if os.environ.get("GTM_REQUIRE_ALL") == "1":
            pytest.fail(str(missing))
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def processes_find_tests() -> Iterator[None]:
    """Processes that are started find the files of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(__file__).parent), prepend=os.pathsep)
        yield


@pytest.fixture(scope="session")
def emulated() -> Iterator[emulation.Snowflake]:
    """Snowflake's protocol on loopback; where it cannot be built tests are skipped, unless GTM_REQUIRE_ALL=1."""
    try:
        with emulation.snowflake() as running:
            yield running
    except emulation.NoEmulation as missing:
        if os.environ.get("GTM_REQUIRE_ALL") == "1":
            pytest.fail(str(missing))
        pytest.skip(str(missing))


@dataclass(frozen=True, eq=False)
class Small:
    """A small warehouse with its company, asked the way pages ask."""

    warehouse: Warehouse
    company: Company

    def metric(self, name: str) -> Metric:
        """The metric with the company's own settings."""
        return next(m for m in tallies.metrics_of(self.company) if m.name == name)

    def tally(self, metric: str, as_of: date = TODAY, keys: tuple[str, ...] = ("week", "band"), **asked: Any) -> Tally:
        """A tally over all weeks unless the question says otherwise."""
        question = Question(as_of, **{"weeks": None, **asked})
        return tallies.tally(self.warehouse, self.company, self.metric(metric), question, keys)

    def rows(self, metric: str, as_of: date = TODAY, segment: tuple[str, ...] | None = None,
             **asked: Any) -> pd.DataFrame:
        """The rows behind that tally's closed weeks."""
        question = Question(as_of, **{"weeks": None, **asked})
        return tallies.rows(self.warehouse, self.company, self.metric(metric), question, segment)


WarehouseOf = Callable[..., Small]


@pytest.fixture(scope="session")
def warehouse_of(tmp_path_factory: pytest.TempPathFactory) -> WarehouseOf:
    """(frames or a folder of files, today, **settings of gtm.toml by section) -> Small; its own folder each."""

    def made(source: Mapping[str, pd.DataFrame] | Path, today: date = TODAY, layout: Path | None = None,
             **settings: Mapping[str, Any]) -> Small:
        folder = tmp_path_factory.mktemp("warehouse")
        (folder / "gtm.toml").write_text(_toml(settings), encoding="utf-8")
        target = folder / "small.duckdb"
        company = read_company(folder / "gtm.toml", {"GTM_WAREHOUSE": f"duckdb:///{target}"})
        numeric = {name for name, _ in company.edges}
        names = layout or naming_of(company)
        if isinstance(source, Path):
            load_folder(source, target, names, today, numeric, lambda _line: None, prepared)
        else:
            load_frames(source, target, names, today, numeric, lambda _line: None, prepared)
        return Small(connect(company, today), company)

    return made


def _toml(settings: Mapping[str, Mapping[str, Any]]) -> str:
    lines = []
    for section, body in settings.items():
        lines.append(f"[{section}]")
        for key, value in body.items():
            tables = value.items() if isinstance(value, dict) else [(None, value)]
            lines += [f"{key}.{name} = {json.dumps(v)}" if name else f"{key} = {json.dumps(v)}" for name, v in tables]
    return "\n".join(lines)


def drawn(text: str | None, trap: str) -> dict[str, list[dict[str, Any]]]:
    """The tables drawn in a docstring, their accounts and ids made the trap's own.

        touches | account | sent_at          | replied_at
                | a       | 2025-01-06 09:00 |

    An empty cell is null. `account`, `opportunity`, ... are short for account_id, opportunity_id; a key that is
    not drawn is numbered. Accounts that are mentioned exist, unless accounts are drawn.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    name, columns = "", []
    for line in (text or "").splitlines():
        if "|" not in line:
            continue
        first, *cells = (cell.strip() for cell in line.split("|"))
        if first:
            name, columns = first, [c if c in TABLES[first].names or f"{c}_id" not in TABLES[first].names
                                    else f"{c}_id" for c in cells]
            found.setdefault(name, [])
            continue
        assert len(cells) <= len(columns), f"{trap}: {line!r} has more cells than its table"
        row = dict.fromkeys(columns) | {c: v or None for c, v in zip(columns, cells, strict=False)}
        ids = [c for c in columns if c.endswith("_id") and c not in ("person_id", "owner_id")]
        row |= {c: f"{trap}/{row[c]}" for c in ids if row[c] is not None}
        found[name].append(row)
    for table, rows in found.items():
        key = TABLES[table].key[0]
        for n, row in enumerate(rows):
            if key not in row:
                row[key] = f"{trap}/{n}"
    mentioned = [row[c] for rows in found.values() for row in rows
                 for c in ("account_id", "referrer_account_id", "referred_account_id") if row.get(c)]
    if "accounts" not in found:
        found["accounts"] = [{"account_id": account} for account in dict.fromkeys(mentioned)]
    for account in found["accounts"]:
        account["trap"] = trap
    return found


@dataclass(frozen=True, eq=False)
class Told:
    """What the warehouse says of the rows drawn in one test's docstring."""

    small: Small
    trap: str

    def tally(self, metric: str, as_of: date = TODAY, **asked: Any) -> Tally:
        """The tally of this trap's accounts alone."""
        return self.small.tally(metric, as_of, scope=(("trap", self.trap), *asked.pop("scope", ())), **asked)

    def __call__(self, metric: str, as_of: date = TODAY, **asked: Any) -> tuple[int, int]:
        """(trials, successes) of the closed weeks."""
        frame = self.tally(metric, as_of, **asked).closed
        return int(frame["trials"].sum()), int(frame["successes"].sum())

    def by(self, metric: str, *columns: str, as_of: date = TODAY, **asked: Any) -> dict[Any, tuple[int, int]]:
        """{group: (trials, successes)} of the closed weeks by columns of the tally; weeks as ISO dates."""
        frame = self.tally(metric, as_of, **asked).closed
        frame = frame.assign(week=frame["week"].dt.date.astype("str")) if "week" in frame else frame
        by = columns[0] if len(columns) == 1 else list(columns)
        grouped = frame.groupby(by)[["trials", "successes"]].sum()
        return {k: (int(n), int(s)) for k, n, s in zip(grouped.index, grouped["trials"], grouped["successes"],
                                                       strict=True)}

    def rows(self, metric: str, as_of: date = TODAY, **asked: Any) -> pd.DataFrame:
        """The rows behind the tally, ids as drawn."""
        frame = self.small.rows(metric, as_of, scope=(("trap", self.trap),), **asked)
        mine = {c: frame[c].str.removeprefix(f"{self.trap}/") for c in ("account_id", "row_id")}
        return frame.assign(**mine)

    def table(self, name: str, *columns: str, aside: bool = False) -> list[tuple[Any, ...]]:
        """Rows that are used, or set aside, of one table: ids as drawn, sorted."""
        query = sa.text(f"select {', '.join(columns)} from {'aside' if aside else 'gtm'}.{name}")
        frame = self.small.warehouse.read(query).astype("object")
        rows = [tuple(None if pd.isna(v) else v for v in row) for row in frame.itertuples(index=False)]
        own = f"{self.trap}/"
        mine = [row for row in rows if any(str(v).startswith(own) for v in row)]
        plain = [tuple(v.removeprefix(own) if isinstance(v, str) else v for v in row) for row in mine]
        return sorted(plain, key=lambda row: [str(value) for value in row])


@pytest.fixture(scope="module")
def drawn_tables(request: pytest.FixtureRequest, warehouse_of: WarehouseOf) -> Small:
    """One warehouse of all tables drawn where a module's tests ask `told`, with the settings the module names."""
    tests = {name: member for name, member in vars(request.module).items()
             if isinstance(member, types.FunctionType) and "told" in inspect.signature(member).parameters}
    tables: dict[str, list[dict[str, Any]]] = {}
    for name, test in tests.items():
        for table, rows in drawn(test.__doc__, name).items():
            tables.setdefault(table, []).extend(rows)
    frames = {table: pd.DataFrame(rows) for table, rows in tables.items()}
    return warehouse_of(frames, **getattr(request.module, "SETTINGS", {}))


@pytest.fixture
def told(request: pytest.FixtureRequest, drawn_tables: Small) -> Told:
    """Asks the module's warehouse about the rows drawn in this test's docstring."""
    return Told(drawn_tables, request.function.__name__)


@pytest.fixture(scope="session")
def usual(warehouse_of: WarehouseOf) -> Small:
    """The company most tests of refreshes refresh."""
    return warehouse_of(refreshes.company(refreshes.USUAL), **refreshes.SETTINGS)


@pytest.fixture
def kept(tmp_path: Path) -> sa.Engine:
    """An empty journal."""
    return journal.open_journal(f"sqlite:///{tmp_path / 'kept.sqlite'}")


@pytest.fixture(scope="session")
def first_connection(usual: Small, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a journal in which the usual company was refreshed once, in EARLIER."""
    file = tmp_path_factory.mktemp("first") / "kept.sqlite"
    engine = journal.open_journal(f"sqlite:///{file}")
    assert refreshes.refreshed(usual, engine, refreshes.EARLIER).done
    engine.dispose()
    return file


@pytest.fixture
def begun(first_connection: Path, tmp_path: Path) -> sa.Engine:
    """A copy of that journal."""
    return journal.open_journal(f"sqlite:///{shutil.copy(first_connection, tmp_path / 'begun.sqlite')}")


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., Naming]:
    """made(crm={"accounts": SQL, ...}, ..., columns=(), words={}) -> those folders as layouts, in that order."""

    def naming(columns: tuple[tuple[str, str], ...] = (), words: Mapping[str, tuple[str, ...]] | None = None,
               **layouts: Mapping[str, str]) -> Naming:
        for name, files in layouts.items():
            (tmp_path / name).mkdir()
            for file, text in files.items():
                path = tmp_path / name / (file if "." in file else f"{file}.sql")
                path.write_text(text, encoding="utf-8")
        return Naming(tuple(layout_in(tmp_path / name) for name in layouts), columns, words_of(words or {}))

    return naming
