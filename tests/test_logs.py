"""What the program says of its running, and the file for whoever helps: nothing of it tells a secret or a name."""

from __future__ import annotations

import io
import json
import logging
import zipfile
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import apps
import duckdb
import pytest
import sqlalchemy as sa
from commands import run
from conftest import Small
from refreshes import EARLIER

from gtm_metrics import logs
from gtm_metrics.company import read_company
from gtm_metrics.refresh import act, refresh
from gtm_metrics.warehouse import WarehouseAway, WarehouseError, connect
from gtm_metrics.warehouse.door import as_it_stands, open_engine, read
from gtm_metrics.weeks import WEEK, sunday


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Where the program's lines go during a test."""
    yield io.StringIO()
    logs.set_up({})


def test_a_query_is_a_line_of_json_without_what_it_asked(lines: io.StringIO, tmp_path: Path) -> None:
    """At info each query tells rows and seconds; one that fails tells why, at warning."""
    logs.set_up({"GTM_LOG": "json", "GTM_LOG_LEVEL": "info"}, lines)
    file = tmp_path / "w.duckdb"
    duckdb.connect(str(file)).close()
    engine = open_engine(f"duckdb:///{file}")
    read(engine, as_it_stands("select 'Acme Corp' as name"))
    with pytest.raises(WarehouseError):
        read(engine, as_it_stands("delete from accounts"))
    told = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert [(line["level"], line["dialect"]) for line in told] == [("info", "duckdb"), ("warning", "duckdb")]
    assert told[0]["rows"] == 1
    assert 0 <= told[0]["seconds"] < 60
    assert "DELETE" in told[1]["message"] or "SELECT" in told[1]["message"]
    assert "Acme" not in lines.getvalue()


def test_a_line_of_text_is_one_line(lines: io.StringIO) -> None:
    """A message cannot pretend to be another line of the log."""
    logs.set_up({}, lines)
    logging.getLogger("gtm_metrics.x").warning("first\n2026-01-01 00:00:00 error second\u202e\x1b[31m")
    written = lines.getvalue()
    assert written.count("\n") == 1
    assert "\x1b" not in written
    assert "\u202e" not in written


@pytest.mark.parametrize("variable", ["GTM_LOG", "GTM_LOG_LEVEL"])
def test_a_log_that_cannot_be_meant_is_refused(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable, its value and what it may be are named, by the command too."""
    with pytest.raises(ValueError, match=f"{variable} is 'loud'; it must be one of"):
        logs.set_up({variable: "loud"})
    monkeypatch.setenv(variable, "loud")
    ran = run("duckdb:///none", "definitions")
    assert ran.code == 2
    assert f"{variable} is 'loud'" in ran.err


def test_the_support_file_holds_no_secret_and_no_name(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Versions, settings, counts and weeks; not the URL, an account, a segment, a person or an own word."""
    app = apps.with_journal(apps.shared_folder(tmp_path_factory), "small", tmp_path / "own", more="alpha = 0.05")
    text = app.config.read_text(encoding="utf-8")
    more = '\n[access]\nviewers = ["vera@fernhill.example"]\n[alternatives]\nstatus_quo = ["the Fernhill way"]\n'
    app.config.write_text(text + more, encoding="utf-8")
    out = tmp_path / "help.zip"
    ran = run(app.url, "support", "--out", out, config=app.config)
    assert ran.code == 0, ran.err
    with zipfile.ZipFile(out) as bundle:
        parts = {name: bundle.read(name).decode() for name in bundle.namelist()}
    held = "\n".join(parts.values())
    warehouse = connect(read_company(app.config, app.environment), apps.AS_OF)
    names = read(warehouse.engine, as_it_stands("select name, owner, industry from gtm.accounts"))
    named = {str(value) for column in names for value in names[column].dropna().unique()}
    assert len(named) > 200
    assert not [name for name in (*named, "vera", "Fernhill way", str(tmp_path), "duckdb:///") if name in held]
    tables = {row["table"]: row for row in json.loads(parts["tables.json"])}
    assert tables["accounts"]["rows_read"] > sum(tables["accounts"]["set_aside"].values()) > 0
    assert json.loads(parts["settings.json"])["signal.alpha"] == "0.05"
    assert json.loads(parts["settings.json"])["alternatives.status_quo"] == "set"
    assert json.loads(parts["trouble.json"]) == {}


def test_the_support_file_says_what_could_not_be_read(tmp_path: Path) -> None:
    """Without a warehouse it is written all the same."""
    config = tmp_path / "gtm.toml"
    config.write_text("", encoding="utf-8")
    out = tmp_path / "help.zip"
    assert run("duckdb:///nowhere/secret-name.duckdb", "support", "--out", out, config=config).code == 0
    with zipfile.ZipFile(out) as bundle:
        assert json.loads(bundle.read("trouble.json")) == {"tables": "WarehouseError"}
        assert b"secret-name" not in b"".join(bundle.read(name) for name in bundle.namelist())


def test_a_refresh_is_one_line_of_the_log(lines: io.StringIO, usual: Small, kept: sa.Engine) -> None:
    """What came of it, the week, queries, rows, seconds and the tag its queries carry; no segment and nobody's name."""
    logs.set_up({"GTM_LOG": "json", "GTM_LOG_LEVEL": "info"}, lines)
    for _ in range(2):
        refresh(usual.warehouse, usual.company, kept, sunday(EARLIER), "Ada Lovelace")
    away = mock.Mock(side_effect=WarehouseAway("the warehouse did not answer: gone"))
    with mock.patch.object(act, "count", away), pytest.raises(WarehouseAway):
        refresh(usual.warehouse, usual.company, kept, sunday(EARLIER + WEEK), "Ada Lovelace")
    told = [json.loads(line) for line in lines.getvalue().splitlines()]
    first, again, failed = [line for line in told if line["logger"] == "gtm_metrics.refresh.act"]
    assert (first["message"], first["level"], first["outcome"]) == ("refresh", "info", "judged")
    assert (first["week"], first["epoch"], first["query_tag"]) == (EARLIER.isoformat(), 1, "gtm-metrics")
    queries = [line for line in told if line["message"] == "query"]
    assert first["queries"] == len(queries) > 0
    assert first["rows"] == sum(line["rows"] for line in queries) > 0
    assert first["seconds"] > 0
    assert (again["outcome"], again["queries"], again["weeks"]) == ("judged before", 0, 0)
    assert (failed["level"], failed["outcome"]) == ("warning", "failed")
    assert failed["message"] == "refresh failed: the warehouse did not answer: gone"
    assert "Ada" not in lines.getvalue()
    assert not [name for name in usual.warehouse.relations["accounts"].attributes if name in lines.getvalue()]
