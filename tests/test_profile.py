"""A look at the warehouse is kept beside the journal: used again on the same day, never where it no longer holds."""

from __future__ import annotations

import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import duckdb
import pandas as pd
import pytest
from places import in_order

from gtm_metrics import demo
from gtm_metrics.cli import main
from gtm_metrics.company import Company, read_company
from gtm_metrics.metrics import METRICS
from gtm_metrics.question import Question
from gtm_metrics.tallies import tally
from gtm_metrics.warehouse import Keep, connect, door, look
from gtm_metrics.warehouse.profile import file_of, last_profile

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
TODAY = NOW.date()


@pytest.fixture(scope="module")
def small() -> dict[str, pd.DataFrame]:
    return demo.company("small", 7, date(2026, 11, 15))


@pytest.fixture
def company(tmp_path: Path, small: dict[str, pd.DataFrame]) -> Company:
    """A company whose tables lie in a DuckDB file of its own, untidied."""
    write(tmp_path / "its.duckdb", small)
    (tmp_path / "gtm.toml").write_text('[segments]\ndimensions = ["industry"]\n', encoding="utf-8")
    return read_company(tmp_path / "gtm.toml", {"GTM_WAREHOUSE": f"duckdb:///{tmp_path / 'its.duckdb'}"})


def write(file: Path, frames: dict[str, pd.DataFrame]) -> None:
    file.unlink(missing_ok=True)
    with duckdb.connect(str(file)) as con:
        for name, frame in frames.items():
            con.register("frame", frame)
            con.execute(f'create table "{name}" as select * from frame')


def keep_of(company: Company, now: datetime = NOW, hours: int = 12) -> Keep:
    return Keep(company.folder / "kept.cache", now, hours)


def asked(company: Company, today: date = TODAY, keep: Keep | None = None, anew: bool = False) -> tuple[Any, int]:
    """The warehouse, and how many queries connecting it took."""
    asked_for: list[object] = []

    def noted(real: Callable[..., pd.DataFrame]) -> Callable[..., pd.DataFrame]:
        return lambda *given, **named: asked_for.append(given) or real(*given, **named)

    modules = (door, look, connect.__globals__)
    with (
        mock.patch.object(modules[0], "read", noted(door.read)),
        mock.patch.object(modules[1], "read", noted(look.read)),
        mock.patch.dict(modules[2], {"read": noted(door.read)}),
    ):
        found = connect(company, today, keep or keep_of(company), anew)
    return found, len(asked_for)


def test_a_second_connection_of_the_day_asks_nothing(company: Company) -> None:
    """The same relations, spans and SELECTs, and the same counts, without one query; it says that it was looked at
    before, and when."""
    first, queries = asked(company)
    assert queries > 5
    assert not first.from_profile
    again, queries = asked(company, keep=keep_of(company, NOW + timedelta(hours=12)))
    assert queries == 0
    assert again.from_profile
    assert again.looked_at == NOW
    assert dict(again.relations) == dict(first.relations)
    assert again.data_through == first.data_through
    since = date(2026, 9, 1)
    for name, relation in first.relations.items():
        if relation.chosen:
            assert again.relations[name].chosen(since, False) == relation.chosen(since, False), name
    question = Question(first.data_through, ("industry",), weeks=None)
    for metric in METRICS:
        told = [tally(each, company, metric, question, ("week",)) for each in (first, again)]
        pd.testing.assert_frame_equal(*(in_order(each.frame) for each in told))


@pytest.mark.parametrize(
    ("today", "now", "hours"),
    [
        (TODAY, NOW + timedelta(hours=12, minutes=1), 12),
        (TODAY, NOW - timedelta(minutes=1), 12),
        (TODAY + timedelta(days=1), NOW + timedelta(hours=1), 12),
        (TODAY - timedelta(days=7), NOW, 12),
        (TODAY, NOW, 0),
    ],
    ids=["too old", "of the future", "of the day before", "of a later day", "switched off"],
)
def test_a_look_that_does_not_hold_is_taken_again(company: Company, today: date, now: datetime, hours: int) -> None:
    """Too old, of another day or switched off: the tables are looked at again."""
    asked(company)
    found, queries = asked(company, today, keep_of(company, now, hours))
    assert queries > 5
    assert not found.from_profile


def test_whoever_asks_for_it_looks_anew(company: Company) -> None:
    """`anew` looks again, and what it finds is what the next one uses."""
    asked(company)
    found, _ = asked(company, keep=keep_of(company, NOW + timedelta(hours=1)), anew=True)
    assert not found.from_profile
    assert asked(company, keep=keep_of(company, NOW + timedelta(hours=2)))[0].looked_at == NOW + timedelta(hours=1)


def test_a_file_that_changed_is_looked_at_again(company: Company, small: dict[str, pd.DataFrame]) -> None:
    """A DuckDB file that was written since is looked at again, though it is the same day."""
    before, _ = asked(company)
    before.engine.dispose()
    write(Path(company.url.removeprefix("duckdb:///")), {**small, "accounts": small["accounts"].head(20)})
    after, queries = asked(company)
    assert queries > 5
    assert after.relations["accounts"].rows_read == 20 < before.relations["accounts"].rows_read


def test_other_settings_are_another_look(company: Company) -> None:
    """Edges make an attribute a number, a layout reads other tables: each is looked at for itself."""
    asked(company)
    _, queries = asked(replace(company, edges=(("employees", (50.0,)),)))
    assert queries > 5


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"tables": {}}', b"\xff\xfe"])
def test_a_broken_file_is_as_good_as_none(company: Company, content: bytes) -> None:
    """What is no profile is ignored, and the next look writes it anew."""
    asked(company)
    file = file_of(company, keep_of(company))
    assert file is not None
    file.write_bytes(content)
    assert asked(company)[1] > 5
    assert asked(company)[1] == 0


def test_only_its_owner_may_read_it_and_it_holds_no_password(company: Company) -> None:
    """Mode 0600, and neither its name nor its content depends on the password, which it does not hold."""
    asked(company)
    file = file_of(company, keep_of(company))
    assert file is not None
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [each.name for each in file.parent.iterdir()] == [file.name]
    urls = [f"postgresql+psycopg://reader:{word}@db/x" for word in ("lenient", "otter")]
    assert len({file_of(replace(company, url=url), keep_of(company)) for url in urls}) == 1


def test_a_table_that_failed_is_not_kept(company: Company, small: dict[str, pd.DataFrame]) -> None:
    """What could not be read may be readable in a minute: the next connection looks again."""
    deals = small["opportunities"].drop(columns="created_at")
    write(Path(company.url.removeprefix("duckdb:///")), {**small, "opportunities": deals})
    found, _ = asked(company)
    found.engine.dispose()
    assert found.relations["opportunities"].status == "failed"
    assert asked(company)[1] > 5


def test_where_nothing_can_be_written_the_warehouse_opens(company: Company) -> None:
    """A file stands where the folder should be: every connection looks, and nothing is said of it."""
    (company.folder / "kept.cache").write_text("no folder")
    assert asked(company)[1] > 5
    assert asked(company)[1] > 5
    assert last_profile(company, keep_of(company)) is None


def test_commands_use_it_and_say_so(company: Company, capsys: pytest.CaptureFixture[str],
                                    monkeypatch: pytest.MonkeyPatch) -> None:
    """check looks and keeps; funnel uses that and says when it was; check looks again."""
    monkeypatch.setenv("GTM_WAREHOUSE", company.url)
    config = ["--config", str(company.folder / "gtm.toml")]
    said = []
    for command in ("check", "funnel", "check"):
        assert main([command, *config]) == 0
        said.append("tables as looked at today at" in capsys.readouterr().err)
    assert said == [False, True, False]
    assert (company.folder / "its.journal.cache").is_dir()
