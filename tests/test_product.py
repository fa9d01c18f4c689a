"""The whole product on DuckDB, PostgreSQL and Snowflake: each page and each command says the same, to the integer."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from unittest import mock

import apps
import pandas as pd
import pytest
import sqlalchemy as sa
from commands import run
from visits import Seen, Visitor, seen

from gtm_metrics import demo
from gtm_metrics.journal.tables import Base

AS_OF = date(2026, 11, 8)
WATCHED = ("industry", "region")
KINDS = ("duckdb", "postgresql", "snowflake")
OTHERS = KINDS[1:]
COMMANDS = (
    ("check",),
    ("funnel", "--by", "industry", "--weeks", "all"),
    ("funnel", "--by", "employees", "--by", "region", "--within", "team"),
    ("curve", "churn", "--by", "industry"),
    ("definitions",),
    ("customers", "--limit", "30"),
    ("customers", "--traits", "best", "--pairs"),
    ("alternatives", "--by", "industry", "--weeks", "all"),
    ("targets", "--rule", "industry=B2B SaaS|Healthcare", "--limit", "500"),
    ("markets", "--by", "industry"),
    ("markets", "--by", "industry", "--answers"),
    ("refresh",),
    ("signal",),
    ("signal", "--by", "region", "--history"),
    ("decide", "tighten", "--dimension", "industry", "--segment", "{segment}", "--why", "it leads", "--who", "Ada"),
    ("journal", "refreshes"),
    ("journal", "segments"),
    ("journal", "decisions"),
)
"""Every command that asks a warehouse or the journal, in the order a company gives them."""
WRITTEN_WHEN = re.compile(r"^(at|by|decided_at)$")
"""Columns that say who wrote a row and when, which differ between two companies that do the same."""


@dataclass
class Company:
    """The same company in one kind of warehouse, its journal beside it, and what was seen and printed of it."""

    app: apps.App
    visitor: Visitor
    shown: dict[str, Seen] = field(default_factory=dict)
    printed: dict[tuple[str, ...], Any] = field(default_factory=dict)

    def page(self, name: str, **query: str) -> Seen:
        """A page as it is shown, opened once."""
        key = f"{name} {query}"
        if key not in self.shown:
            self.shown[key] = seen(self.visitor.opened(self.app, name, **query))
        return self.shown[key]

    def command(self, words: tuple[str, ...], segment: str) -> Any:
        """The rows of a command, but for who wrote them and when."""
        if words not in self.printed:
            asked = [word.format(segment=segment) for word in words]
            # a decision is made on the day it is written, and the journal is read as it stands
            day = () if words[0] in ("decide", "journal") else ("--as-of", AS_OF.isoformat())
            with mock.patch.dict(os.environ, self.app.environment):
                ran = run(self.app.url, *asked, *day, "--format", "json", config=self.app.config)
            assert ran.code == 0, ran.err
            rows = ran.rows if isinstance(ran.rows, list) else [ran.rows]
            self.printed[words] = [{k: v for k, v in row.items() if not WRITTEN_WHEN.match(k)} for row in rows]
        return self.printed[words]


@pytest.fixture(scope="module")
def frames() -> dict[str, pd.DataFrame]:
    """The demo company of forty deals a quarter, every dirty row in."""
    return demo.company("small", apps.SEED, apps.AS_OF)


@pytest.fixture(scope="module")
def companies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Company]:
    """Those made so far, by the kind of warehouse."""
    return {}


@pytest.fixture
def company_in(request: pytest.FixtureRequest, companies: dict[str, Company], frames: dict[str, pd.DataFrame],
               tmp_path_factory: pytest.TempPathFactory) -> Any:
    """company_in("snowflake"): the company there, made when it is first asked for."""

    def made(kind: str) -> Company:
        if kind not in companies:
            folder = tmp_path_factory.mktemp(kind)
            base = apps.shared_folder(tmp_path_factory)
            app = apps.with_journal(base, "untidied", folder, WATCHED)
            if kind == "postgresql":
                server = request.getfixturevalue("server")
                app = apps.App(app.config, server.create("product", frames), server.create("journal", {}))
            if kind == "snowflake":
                app = apps.App(app.config, request.getfixturevalue("emulated").create("PRODUCT", frames), app.journal)
            companies[kind] = Company(app, Visitor(base, {}))
        return companies[kind]

    return made


def segment_of(company: Company) -> str:
    """An industry of the company, to decide on."""
    rows = company.command(("funnel", "--by", "industry", "--weeks", "all"), "")
    return next(row["segment"] for row in rows if row["segment"] not in ("(all)", "(not set)"))


@pytest.mark.parametrize("kind", OTHERS)
def test_every_command_prints_the_same(company_in: Any, kind: str) -> None:
    """A command's rows are DuckDB's, figure by figure, whatever the warehouse and, on PostgreSQL, the journal."""
    here, there = company_in("duckdb"), company_in(kind)
    for words in COMMANDS:
        expected = here.command(words, segment_of(here))
        assert expected, words
        assert there.command(words, segment_of(here)) == expected, words


WRITTEN = ("refreshes", "segment_registry", "frozen_tallies", "frozen_accounts", "restatements", "verdicts")


def frozen(company: Company) -> dict[str, list[str]]:
    """Every row that a refresh wrote, but for who wrote it and when."""
    engine = sa.create_engine(company.app.journal)
    rows = {}
    with engine.connect() as connection:
        for name in WRITTEN:
            columns = [c for c in Base.metadata.tables[name].columns if c.name not in ("by", "at", "id")]
            rows[name] = sorted(str(tuple(row)) for row in connection.execute(sa.select(*columns)))
    engine.dispose()
    return rows


@pytest.mark.parametrize("kind", OTHERS)
def test_a_refresh_freezes_the_same(company_in: Any, kind: str) -> None:
    """Frozen counts, accounts, verdicts: row by row what a refresh from DuckDB writes."""
    here, there = company_in("duckdb"), company_in(kind)
    for company in (here, there):
        company.command(("refresh",), "")
    expected = frozen(here)
    assert len(expected["refreshes"]) > 20
    assert len(expected["frozen_tallies"]) > 500
    assert frozen(there) == expected


VISITS: tuple[tuple[str, dict[str, str]], ...] = (
    ("home", {}),
    ("segment", {"by": "industry", "window": "52"}),
    ("tighten", {}),
    ("best-fit", {}),
    ("best-fit", {"list": "hell"}),
    ("alternatives", {"by": "industry", "window": "52"}),
    ("warehouse", {}),
    ("definitions", {}),
)
OWN_WORDS = re.compile(r"DuckDB|PostgreSQL|Snowflake|answered in [0-9.]+ seconds|looked at on [^.]+ UTC|^[a-z+]+://\.\.\.$")
"""What each warehouse says of itself, when it was looked at, and how long it took."""


def said(page: Seen) -> Seen:
    """A page without what each warehouse says of itself."""
    texts = tuple(OWN_WORDS.sub("", text) for text in page.texts)
    tables = {
        alt: frame.drop(columns=["Found as", "Read from"], errors="ignore").replace(OWN_WORDS, "", regex=True)
        for alt, frame in page.tables.items()
    }
    return Seen(page.exceptions, page.titles, texts, page.charts, tables)


@pytest.mark.parametrize("kind", OTHERS)
@pytest.mark.parametrize(("name", "query"), VISITS, ids=["-".join([name, *query.values()]) for name, query in VISITS])
def test_a_page_says_the_same(company_in: Any, name: str, query: dict[str, str], kind: str) -> None:
    """Titles, sentences, charts and tables of a page are DuckDB's, save what a warehouse says of itself."""
    here, there = company_in("duckdb"), company_in(kind)
    for company in (here, there):
        company.command(("refresh",), "")
    expected, found = said(here.page(name, **query)), said(there.page(name, **query))
    assert found.exceptions == expected.exceptions == ()
    assert found.titles == expected.titles
    assert found.texts == expected.texts
    assert found.charts == expected.charts
    assert list(found.tables) == list(expected.tables)
    for alt, frame in expected.tables.items():
        pd.testing.assert_frame_equal(found.tables[alt], frame, obj=alt)


def test_a_process_that_asked_snowflake_leaves_in_silence(company_in: Any) -> None:
    """gtm-metrics check as a process of its own: exit code 0, and not a word on stderr, not the connector's either."""
    app = company_in("snowflake").app
    ran = subprocess.run([sys.executable, "-m", "gtm_metrics.cli", "check", "--config", str(app.config)],
                         capture_output=True, text=True, timeout=120, check=False,
                         env={**os.environ, **app.environment})
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "opportunities" in ran.stdout
