"""The journal opens by itself, keeps what was written, refuses to change it, and can be read without a warehouse."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from journals import JUDGED, REFRESH, REGISTERED, TODAY, a_journal, rows_of_every_table

from gtm_metrics import journal
from gtm_metrics.company import Refused, read_company
from gtm_metrics.journal.open import MIGRATIONS
from gtm_metrics.journal.tables import INSERT_ONLY, VERSION, Base, Judgement, Refresh, Registered


@pytest.fixture
def kept(tmp_path: Path) -> sa.Engine:
    """A SQLite journal with one refreshed week."""
    return a_journal(f"sqlite:///{tmp_path / 'kept.sqlite'}")


def test_the_migrations_make_what_the_classes_describe(kept: sa.Engine) -> None:
    """The tables a new journal gets are those of tables.py, and its version is the last migration's."""
    with kept.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
        assert context.get_current_heads() == (VERSION,)
    assert ScriptDirectory(str(MIGRATIONS)).get_heads() == [VERSION]


def test_who_was_judged_as_the_thesis_stays_it_in_an_older_journal(tmp_path: Path) -> None:
    """A journal of the first version is brought along: its theses are marked, and it refuses changes again."""
    url = f"sqlite:///{tmp_path / 'old.sqlite'}"
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    old, other = sa.create_engine(url), {"segment": "Banks"}
    with old.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for table, row in ((Refresh, REFRESH), (Registered, REGISTERED), (Registered, REGISTERED | other),
                           (Judgement, JUDGED | {"thesis": True}), (Judgement, JUDGED | other)):
            connection.execute(sa.insert(table.__table__), row)  # type: ignore[arg-type]
    old.dispose()
    engine = journal.open_journal(url)
    with journal.reading(engine) as seen:
        rows = journal.registry(seen)
    assert dict(zip(rows["segment"], rows["thesis"], strict=True)) == {"Banks": False, "Retail": True}
    with pytest.raises(sa.exc.IntegrityError, match="insert-only"), journal.writing(engine) as writer:
        writer.execute(sa.text("update segment_registry set thesis = false"))


@pytest.mark.parametrize("table", INSERT_ONLY)
def test_a_row_is_never_changed(kept: sa.Engine, table: str) -> None:
    """Of every table the database refuses to change, replace or delete a row, and says which table it is."""
    rows_of_every_table(kept)
    columns = [f'"{column.name}"' for column in Base.metadata.tables[table].columns]
    same = ", ".join(columns)
    with kept.connect() as connection:
        before = connection.execute(sa.text(f"select * from {table}")).all()
    assert before
    for change in (
        f"update {table} set {columns[-1]} = {columns[-1]}",
        f"delete from {table}",
        f"insert or replace into {table} ({same}) select {same} from {table}",
    ):
        with pytest.raises(sa.exc.IntegrityError, match=f"{table} is insert-only"), journal.writing(kept) as writer:
            writer.execute(sa.text(change))
    with kept.connect() as connection:
        assert connection.execute(sa.text(f"select * from {table}")).all() == before


def test_a_verdict_needs_its_refresh(kept: sa.Engine) -> None:
    """A verdict of a week that was not refreshed is refused, so a part of a refresh cannot stand alone."""
    with pytest.raises(sa.exc.IntegrityError, match="FOREIGN KEY"), journal.writing(kept) as writer:
        journal.append(writer, Judgement, [JUDGED | {"week": date(2026, 6, 22)}])


def test_what_fails_in_the_middle_leaves_nothing(kept: sa.Engine) -> None:
    """A transaction that breaks off leaves none of its rows."""
    with pytest.raises(sa.exc.IntegrityError), journal.writing(kept) as writer:
        journal.append(writer, Refresh, [REFRESH | {"week": date(2026, 6, day)} for day in (22, 22)])
    with journal.reading(kept) as seen:
        assert len(journal.refreshes(seen)) == 1


def test_what_is_acknowledged_is_on_the_disk(kept: sa.Engine) -> None:
    """SQLite is told to wait for the disk at every commit (2 is full), whatever it was built to do."""
    with kept.connect() as connection:
        assert connection.exec_driver_sql("pragma synchronous").scalar() == 2
        assert connection.exec_driver_sql("pragma journal_mode").scalar() == "wal"


def test_a_reader_sees_one_state(kept: sa.Engine) -> None:
    """What is written while a page reads does not show on that page, and does on the next."""
    with journal.reading(kept) as seen:
        assert len(journal.decisions(seen)) == 0
        journal.decide(kept, "tighten", "industry", "Retail", "it leads", "Ada", TODAY)
        assert len(journal.decisions(seen)) == 0
    with journal.reading(kept) as seen:
        assert len(journal.decisions(seen)) == 1


def test_a_file_that_is_no_journal_is_told(tmp_path: Path) -> None:
    """A file that holds something else is not taken for a journal, and stays as it was."""
    file = tmp_path / "x.journal.sqlite"
    file.write_text("something else, and long enough to be looked at" * 20)
    with pytest.raises(journal.JournalError, match="did not answer"):
        journal.open_journal(f"sqlite:///{file}")
    assert file.read_text().startswith("something else")


def test_a_newer_journal_is_refused(kept: sa.Engine) -> None:
    """A journal that a newer version of the program wrote is left alone, and the message says so."""
    with journal.writing(kept) as writer:
        writer.execute(sa.text("update alembic_version set version_num = '9999'"))
    with pytest.raises(journal.JournalError, match=r"newer version of this program \(9999\)"):
        journal.open_journal(str(kept.url))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://root:secret-word@db/x", "mysql address"),
        ("duckdb:///x.duckdb", "duckdb address"),
        ("secret-word", "cannot be read"),
        ("postgresql+psycopg://root:secret-word@127.0.0.1:9/x", "did not answer"),
        ("sqlite:////proc/none/secret/x.sqlite", "cannot be made"),
    ],
)
def test_a_journal_that_cannot_be_opened_says_why(url: str, said: str) -> None:
    """The message says what is wrong with the journal's address and never quotes a password."""
    with pytest.raises(journal.JournalError, match=said) as refused:
        journal.open_journal(url)
    assert "secret-word" not in str(refused.value)


def test_where_the_journal_is(tmp_path: Path) -> None:
    """GTM_JOURNAL goes before everything; else the journal lies beside an embedded warehouse, or beside gtm.toml."""
    embedded = read_company(tmp_path / "gtm.toml", {"GTM_WAREHOUSE": f"duckdb:///{tmp_path}/data/my.company.duckdb"})
    other = read_company(tmp_path / "gtm.toml", {"GTM_WAREHOUSE": "postgresql+psycopg://db/x"})
    assert journal.journal_url(embedded, {}) == f"sqlite:///{tmp_path}/data/my.company.journal.sqlite"
    assert journal.journal_url(other, {}) == f"sqlite:///{tmp_path}/data/journal.sqlite"
    for company in (embedded, other):
        asked = journal.journal_url(company, {"GTM_JOURNAL": "sqlite:///kept/j.sqlite"})
        assert asked == f"sqlite:///{tmp_path}/kept/j.sqlite"
        assert journal.journal_url(company, {"GTM_JOURNAL": "postgresql://u@h/j"}) == "postgresql://u@h/j"


def test_a_decision_keeps_the_evidence_of_its_day(kept: sa.Engine) -> None:
    """A decision is kept with who, why, the week it counts from and the segment's last verdict."""
    number = journal.decide(kept, "tighten", "industry", "Retail", " it leads ", "Ada", TODAY, date(2026, 9, 1))
    with journal.reading(kept) as seen:
        row = journal.decisions(seen).iloc[0]
        noted = journal.audit(seen).iloc[0]
    assert (row["id"], row["kind"], row["why"], row["who"]) == (number, "tighten", "it leads", "Ada")
    assert row["week"].date() == date(2026, 6, 22)
    assert row["review_on"] == date(2026, 9, 1)
    assert row["evidence"]["state"] == "watch"
    assert row["evidence"]["log_e_any"] == 2.5
    assert row["evidence"]["week"] == "2026-06-15"
    assert (noted["what"], noted["who"]) == ("decided", "Ada")


def test_a_decision_is_taken_back_by_another(kept: sa.Engine) -> None:
    """A decision that was replaced is in effect no more, still was on the days before, and is replaced only once."""
    first = journal.decide(kept, "tighten", "industry", "Retail", "it leads", "Ada", TODAY)
    later = date(2026, 7, 8)
    second = journal.decide(kept, "loose", "", "", "it led by luck", "Ben", later, replaces=first)
    with journal.reading(kept) as seen:
        assert list(journal.decisions(seen)["id"]) == [second]
        assert list(journal.decisions(seen, as_of=TODAY)["id"]) == [first]
        assert list(journal.decisions(seen, replaced=True)["id"]) == [first, second]
    with pytest.raises(Refused, match="taken back already"):
        journal.decide(kept, "loose", "", "", "again", "Ben", later, replaces=first)
    with pytest.raises(Refused, match="no decision 99"):
        journal.decide(kept, "loose", "", "", "again", "Ben", later, replaces=99)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "widen"}, "one of tighten, loose, thesis"),
        ({"segment": "Retial"}, "industry has Retail"),
        ({"dimension": "region"}, "'region' is not watched"),
        ({"segment": ""}, "names a dimension and a segment"),
        ({"kind": "thesis", "segment": ""}, "names a dimension and a segment"),
        ({"why": " "}, "says why"),
        ({"who": ""}, "says who"),
        ({"review_on": TODAY}, "must lie after"),
    ],
)
def test_a_decision_that_says_too_little_is_refused(kept: sa.Engine, change: dict[str, Any], said: str) -> None:
    """A decision about a segment nobody judges, or without who and why, is refused and leaves no trace."""
    given: dict[str, Any] = {"kind": "tighten", "dimension": "industry", "segment": "Retail", "why": "x", "who": "Ada"}
    with pytest.raises(Refused, match=said):
        journal.decide(kept, **(given | change), today=TODAY)
    with journal.reading(kept) as seen:
        assert journal.decisions(seen, replaced=True).empty
        assert journal.audit(seen).empty


def test_a_thesis_is_named_before_there_is_a_segment(tmp_path: Path) -> None:
    """A thesis may be named in a journal in which nothing is registered yet."""
    engine = journal.open_journal(f"sqlite:///{tmp_path / 'new.sqlite'}")
    journal.decide(engine, "thesis", "industry", "Retail", "we know shops", "Ada", TODAY)
    with journal.reading(engine) as seen:
        assert list(journal.decisions(seen)["kind"]) == ["thesis"]
        assert journal.decisions(seen)["evidence"].isna().all()


def test_what_was_known_on_a_day(kept: sa.Engine) -> None:
    """Asked for a day, the journal answers with the last week that was over then; before the first there is none."""
    with journal.writing(kept) as writer:
        journal.append(writer, Refresh, [REFRESH | {"week": date(2026, 6, 22)}])
        journal.append(writer, Judgement, [JUDGED | {"week": date(2026, 6, 22), "state": "emerging"}])
    with journal.reading(kept) as seen:
        assert list(journal.verdicts(seen)["state"]) == ["emerging"]
        assert list(journal.verdicts(seen, date(2026, 6, 27))["state"]) == ["watch"]
        assert list(journal.verdicts(seen, date(2026, 6, 28))["state"]) == ["emerging"]
        assert journal.verdicts(seen, date(2026, 6, 20)).empty
        assert list(journal.history(seen, "industry", "Retail")["state"]) == ["watch", "emerging"]


def test_of_a_week_told_in_two_epochs_the_later_counts(kept: sa.Engine) -> None:
    """A week that was judged again after evidence started anew stands in the history once, as judged last."""
    with journal.writing(kept) as writer:
        journal.append(writer, Refresh, [REFRESH | {"epoch": 2}])
        journal.append(writer, Registered, [REGISTERED | {"epoch": 2}])
        journal.append(writer, Judgement, [JUDGED | {"epoch": 2, "state": "insufficient data"}])
    with journal.reading(kept) as seen:
        assert list(journal.history(seen)["state"]) == ["insufficient data"]
        assert list(journal.refreshes(seen)["epoch"]) == [2]


def test_a_printing_is_noted(kept: sa.Engine) -> None:
    """Slides that are printed stand in the audit, with who; what was printed before and is shown again does not."""
    made = {"health": {"headline": "Level so far"}}
    for who in ("Ada", "Ben"):
        journal.keep_slides(kept, made, {"by": "industry"}, REFRESH["week"], "1", who, TODAY)
    with journal.reading(kept) as seen:
        noted = journal.audit(seen)
    told = {"findings": ["health"], "filters": {"by": "industry"}, "as_of": "2026-06-15"}
    assert noted[["who", "what", "details"]].to_numpy().tolist() == [["Ada", "printed slides", told]]
