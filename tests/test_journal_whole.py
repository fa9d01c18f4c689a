"""The whole journal leaves as one text and comes back from it, row for row; a text that cannot be is refused whole."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from journals import REFRESH, TODAY, WEEK, a_full_journal, as_it_came, first_in, written_out

from gtm_metrics import journal, signal
from gtm_metrics.company import Refused
from gtm_metrics.journal.shapes import FIRST, KINDS, LAST, MOST, STATES
from gtm_metrics.journal.tables import MARKS, VERSION, Audited, Base, Mark
from gtm_metrics.signal.verdict import KIND_OF


@pytest.fixture
def full(tmp_path: Path) -> sa.Engine:
    """A journal with rows in every table, among them numbers that are not finite and words of all kinds."""
    return a_full_journal(f"sqlite:///{tmp_path / 'full.sqlite'}")


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What such a journal is written out as."""
    return written_out(a_full_journal(f"sqlite:///{tmp_path_factory.mktemp('full') / 'full.sqlite'}"))


def empty(folder: Path) -> sa.Engine:
    """A journal that holds nothing yet."""
    return journal.open_journal(f"sqlite:///{folder / 'empty.sqlite'}")


def test_the_journal_comes_back_whole(full: sa.Engine, tmp_path: Path) -> None:
    """Written out, read into an empty journal and written out again, it is the same to the byte but for the line of the
    audit that says so, and it goes on."""
    text, other = written_out(full), empty(tmp_path)
    counts = journal.imported(other, text, "kept.json", "Ada")
    assert as_it_came(other) == text
    whole = json.loads(text)
    assert counts == {table: len(rows) for table, rows in whole["tables"].items()}
    assert min(counts.values()) > 0
    assert set(counts) == set(Base.metadata.tables)
    with journal.reading(other) as seen:
        noted = journal.audit(seen).iloc[0]
    rows = sum(counts.values())
    assert (noted["who"], noted["what"]) == ("Ada", "import")
    assert noted["details"] == {"file": "kept.json", "version": VERSION, "rows": rows}
    assert whole["version"] == VERSION
    assert journal.keep_pin(other, "industry", "Retail", {"owner": "Cy"}, "theirs now", "Ben", TODAY, saw=1) == 2
    journal.decide(other, "loose", "", "", "still", "Ben", TODAY, replaces=1)
    with journal.reading(full) as before, journal.reading(other) as after:
        assert journal.verdicts(after)["log_e_any"].tolist() == journal.verdicts(before)["log_e_any"].tolist()
    with pytest.raises(sa.exc.IntegrityError, match="insert-only"), journal.writing(other) as writer:
        writer.execute(sa.text("delete from notes"))


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
PLAIN = st.none() | st.booleans() | st.integers(-MOST, MOST) | st.floats(-MOST, MOST) | TEXT
JSON = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3))
DAYS = st.dates(FIRST, LAST)
MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2999, 12, 31))
ROWS = st.fixed_dictionaries({
    "at": MOMENTS, "who": TEXT, "what": TEXT, "details": st.dictionaries(TEXT, JSON, max_size=3)})
JUDGEMENTS = st.fixed_dictionaries({
    "value": st.floats(min_value=0, max_value=1e6), "on": DAYS, "at": MOMENTS, "gone": st.booleans(),
    "question": st.sampled_from(MARKS), **dict.fromkeys(("dimension", "segment", "why", "who"), TEXT)})


@settings(max_examples=8, deadline=None)
@given(audit=st.lists(ROWS, min_size=1, max_size=6), marks=st.lists(JUDGEMENTS, min_size=1, max_size=6))
def test_whatever_is_in_it_comes_back(audit: list[dict[str, Any]], marks: list[dict[str, Any]]) -> None:
    """Any words, numbers, days, moments and JSON come back as they were, and the text is the same to the byte."""
    with tempfile.TemporaryDirectory() as folder:
        engines = [journal.open_journal(f"sqlite:///{Path(folder) / name}.sqlite") for name in ("one", "other")]
        with journal.writing(engines[0]) as writer:
            journal.append(writer, Audited, audit)
            journal.append(writer, Mark, marks)
        text = written_out(engines[0])
        journal.imported(engines[1], text, "kept.json", "Ada")
        assert as_it_came(engines[1]) == text
        with journal.reading(engines[1]) as seen:
            noted = seen.execute(sa.select(*[Audited.__table__.c[name] for name in audit[0]]).order_by(Audited.id))
            assert [dict(row) for row in noted.mappings()][: len(audit)] == audit
            kept = seen.execute(sa.select(*[Mark.__table__.c[name] for name in marks[0]]).order_by(Mark.id))
            assert [dict(row) for row in kept.mappings()] == marks
        for engine in engines:
            engine.dispose()


def test_an_empty_journal_comes_back_empty(tmp_path: Path) -> None:
    """Nothing is exported as nothing: every table is there, without a row."""
    text = written_out(journal.open_journal(f"sqlite:///{tmp_path / 'none.sqlite'}"))
    assert set(json.loads(text)["tables"]) == set(Base.metadata.tables)
    other = empty(tmp_path)
    assert set(journal.imported(other, text, "none.json", "Ada").values()) == {0}
    assert as_it_came(other) == text


def test_a_journal_that_holds_something_is_not_written_over(text: str, tmp_path: Path) -> None:
    """An import into a journal that holds even one row is refused with what it holds, and changes nothing."""
    other = empty(tmp_path)
    journal.decide(other, "loose", "", "", "nothing stands out", "Ada", TODAY)
    before = written_out(other)
    with pytest.raises(Refused, match=r"empty.sqlite is not empty \(rows: 1 of audit, 1 of decisions\).*GTM_JOURNAL"):
        journal.imported(other, text, "kept.json", "Ada")
    assert written_out(other) == before


def as_written(file: Path) -> None:
    """Puts what a refresh of the first version wrote where its tests, which made the file, had left blanks."""
    with closing(sqlite3.connect(file)) as raw, raw:
        triggers = raw.execute("select name, sql from sqlite_master where type = 'trigger'").fetchall()
        for name, _made in triggers:
            raw.execute(f'drop trigger "{name}"')
        written = [json.dumps(REFRESH[name]) for name in ("settings", "verdict")]
        raw.execute("update refreshes set settings = ?, verdict = ?", written)
        raw.execute("update verdicts set gates = null")
        for _name, made in triggers:
            raw.execute(made)


def test_an_export_of_the_first_version_is_brought_along(tmp_path: Path) -> None:
    """What an older version wrote out becomes the journal that its own file becomes when it is opened today."""
    url = first_in(tmp_path / "first.sqlite")
    as_written(tmp_path / "first.sqlite")
    old, described = sa.create_engine(url), sa.MetaData()
    described.reflect(old)
    described.remove(described.tables["alembic_version"])
    with old.connect() as connection:
        tables = {
            name: [{key: value if value is None or isinstance(value, bool | int | float | list | dict) else str(value)
                    for key, value in row.items()} for row in connection.execute(sa.select(table)).mappings()]
            for name, table in described.tables.items()
        }
    old.dispose()
    text = json.dumps({"format": "gtm-metrics journal", "version": "0001", "tables": tables})
    other = empty(tmp_path)
    counts = journal.imported(other, text, "first.json", "Ada")
    assert (counts["verdicts"], counts["decisions"], counts["pins"]) == (2, 3, 0)
    assert as_it_came(other) == written_out(journal.open_journal(url))
    with pytest.raises(journal.JournalError, match=r"tables.pins is unknown; there must be audit, decisions"):
        journal.imported(empty(tmp_path), text.replace('"audit"', '"pins": [], "audit"'), "first.json", "Ada")


def nested(deep: int) -> Any:
    """So many lists within one another."""
    return [nested(deep - 1)] if deep else []


def test_states_and_kinds_are_those_of_the_signal() -> None:
    """What an import lets through is what is judged today: the journal stands below the signal and cannot ask it."""
    assert STATES == signal.STATES
    assert set(KINDS) == {*KIND_OF.values(), "too_early", "loose"}


def put(whole: dict[str, Any], table: str, column: str, value: Any) -> None:
    """Changes a value of a table's first row."""
    whole["tables"][table][0][column] = value


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda w: w.pop("format"), 'format is None; of an exported journal it is "gtm-metrics journal"'),
        (lambda w: w.pop("tables"), "tables is missing; there must be format, version, tables"),
        (lambda w: w.update(more=1), "more is unknown"),
        (lambda w: w.update(version="9999"), f"version is '9999'; this program knows 0001 to {VERSION}, so a newer"),
        (lambda w: w.update(tables=[]), "tables is a list; it must be an object"),
        (lambda w: w["tables"].pop("pins"), "tables.pins is missing; there must be audit, canvas"),
        (lambda w: w["tables"].update(pinz=[]), "tables.pinz is unknown"),
        (lambda w: w["tables"].update(pins={}), "tables.pins is a dict; it must be a list of rows"),
        (lambda w: w["tables"]["pins"].append(7), r"tables.pins\[2\] is 7; it must be an object of columns"),
        (lambda w: w["tables"]["pins"][0].pop("owner"), r"tables.pins\[0\].owner is missing; there must be id"),
        (lambda w: put(w, "pins", "colour", "red"), r"tables.pins\[0\].colour is unknown"),
        (lambda w: put(w, "pins", "owner", None), r"tables.pins\[0\].owner is None; it must be text"),
        (lambda w: put(w, "pins", "owner", 7), r"tables.pins\[0\].owner is 7; it must be text"),
        (lambda w: put(w, "pins", "version", "1"), r"tables.pins\[0\].version is '1'; it must be a whole number"),
        (lambda w: put(w, "pins", "version", 2**63), r"version is 9223372036854775808; it must be a whole number"),
        (lambda w: put(w, "pins", "version", True), r"version is True; it must be a whole number"),
        (lambda w: put(w, "pins", "gone", 0), r"tables.pins\[0\].gone is 0; it must be true or false"),
        (lambda w: put(w, "pins", "on", "soon"), r"tables.pins\[0\].on is 'soon'; it must be a day such as 2026"),
        (lambda w: put(w, "pins", "at", 9), r"tables.pins\[0\].at is 9; it must be a moment in UTC without a zone"),
        (lambda w: put(w, "pins", "at", "2026-06-24T08:00:00+02:00"), r"it must be a moment in UTC without a zone"),
        (lambda w: put(w, "pins", "owner", ["x" * 9_999]), r"owner is \[.x{78}…; it must be text"),
        (lambda w: put(w, "pins", "owner", {"a": {"b": [None]}}), r"owner is \{.*; it must be text"),
        (lambda w: w["tables"]["pins"].append("x" * 9_999), r"tables.pins\[2\] is .x{79}…; it must be an object"),
        (lambda w: w.update(version=["x" * 9_999]), r"version is \[.x{78}…; this program knows"),
        (lambda w: put(w, "judgements", "value", "1"), "value is '1'; it must be a number, .inf. or .-inf"),
        (lambda w: put(w, "judgements", "value", "nan"), "value is 'nan'; it must be a number, .inf. or .-inf"),
        (lambda w: put(w, "judgements", "value", -1), r"value is -1.0; it must be a number from 0 to 1,000,000"),
        (lambda w: put(w, "judgements", "value", float("1e300")), r"value is 1e\+300; it must be a number from 0"),
        (lambda w: put(w, "refreshes", "settings", []), r"settings is \[\]; it must be an object with rules"),
        (lambda w: put(w, "refreshes", "settings", {"rules": {"alpha": 7}, "maturity": {}}), "rules is .*alpha is 7"),
        (lambda w: put(w, "refreshes", "metrics", ["luck"]), r"metrics\[0\] is 'luck'; it must be one of resp"),
        (lambda w: put(w, "refreshes", "frozen", {"industry": {"churn": [None, "soon"]}}),
         r"refreshes\[0\].frozen.industry.churn\[1\] is 'soon'; it must be a Monday from 1970-01-01 to 2999-12-31"),
        (lambda w: put(w, "refreshes", "verdict", {"kind": "loose"}), "verdict is .*; dimension is missing"),
        (lambda w: w["tables"]["refreshes"][0]["verdict"].update(kind="maybe"), "kind is 'maybe'; it must be one of"),
        (lambda w: put(w, "refreshes", "week", "2026-06-16"), "week is .*2026, 6, 16.*; it must be a Monday from 1970"),
        (lambda w: put(w, "refreshes", "as_of", "0001-01-01"), "as_of is .*; it must be a day from 1970-01-01 to 2999"),
        (lambda w: put(w, "verdicts", "state", "won"), "state is 'won'; it must be one of insufficient data"),
        (lambda w: put(w, "verdicts", "gates", {"lead": "passed"}), "gates.lead is 'passed'; it must be an object"),
        (lambda w: put(w, "verdicts", "metrics", {"churn": {"trials": 2}}), "churn is .*log_e_better is missing"),
        (lambda w: put(w, "frozen_tallies", "trials", -9), "trials is -9; it must be a whole number from 0 to 1,0"),
        (lambda w: put(w, "frozen_tallies", "successes", 10), "successes is 10; it must be at most the 9 trials"),
        (lambda w: put(w, "profiles", "rules", [{"dimension": "industry", "segments": "Retail"}]),
         r"profiles\[0\].rules\[0\].segments is 'Retail'; it must be a list"),
        (lambda w: put(w, "cards", "answers", [["the CFO"]]), r"answers\[0\] is .*it must be an object with to, "),
        (lambda w: put(w, "audit", "details", "said"), "details is 'said'; it must be an object"),
        (lambda w: put(w, "audit", "details", {"a": nested(40)}), "details is .*; it must be nested at most 32 deep"),
        (lambda w: put(w, "audit", "details", {"a": [10**400]}), "details is 10{77}.*it must be a number from -1,000"),
        (lambda w: put(w, "audit", "details", {"\ud800": 1}), "details is .*; it must be text without half a letter"),
        (lambda w: put(w, "notes", "said", "\udcff"), "said is '.udcff'; it must be text without half"),
        (lambda w: put(w, "pin_events", "now", {"owner": "Cy"}), "now is .*an object with .*status is missing"),
        (lambda w: put(w, "slides", "slide", {"headline": 7}), "slide is .*; it must be an object with finding, over"),
        (lambda w: put(w, "market_sizes", "number", 0), "refuses a row: CHECK constraint failed: ck_market_sizes"),
        (lambda w: put(w, "pins", "status", "falling"), "refuses a row: CHECK constraint failed: ck_pins_status"),
        (lambda w: put(w, "pin_events", "pin", 99), "refuses a row: FOREIGN KEY"),
        (lambda w: put(w, "notes", "id", 2), "refuses a row: UNIQUE"),
    ],
)
def test_a_text_that_cannot_be_is_refused_whole(
    text: str, tmp_path: Path, change: Callable[[dict[str, Any]], Any], said: str
) -> None:
    """A text with a wrong key, version, value or row is refused with file, key, value and what is allowed, and leaves
    the journal empty."""
    whole, other = json.loads(text), empty(tmp_path)
    change(whole)
    with pytest.raises(journal.JournalError, match=r"^kept.json: .*" + said):
        journal.imported(other, json.dumps(whole), "kept.json", "Ada")
    assert not any(json.loads(written_out(other))["tables"].values())


@pytest.mark.parametrize(
    ("cut", "said"),
    [
        (lambda text: text[:-4], "kept.json is no JSON, or was cut off: "),
        (lambda text: "", "kept.json is no JSON, or was cut off: "),
        (lambda text: "[" * 200_000, "kept.json is no JSON, or was cut off: "),
        (lambda text: text.replace('"version"', '"more": ' + "9" * 9_999 + ', "version"'), "kept.json is no JSON, or"),
        (lambda text: "[]", r"kept.json: format is missing \(a list\)"),
        (lambda text: text.replace('"inf"', "1e999"), "kept.json: 1e999 is no number that JSON knows"),
        (lambda text: text.replace('"owner":', '"owner": "Zoe", "owner":'), "the key 'owner' more than once"),
        (lambda text: text.replace('"tables"', '"version": "0001", "tables"'), "the key 'version' more than once"),
        (lambda text: text.replace('"inf"', "Infinity"), "kept.json: Infinity is no number that JSON knows"),
    ],
)
def test_a_text_that_was_cut_off_is_refused(text: str, tmp_path: Path, cut: Callable[[str], str], said: str) -> None:
    """A half file is no journal, and no other JSON is one either."""
    with pytest.raises(journal.JournalError, match=said):
        journal.imported(empty(tmp_path), cut(text), "kept.json", "Ada")


ODD = (None, [], {}, "", "x", "12", 0, -1, 10**15, 2**62, 10**400, 1e300, 0.5, True, [None], [[]], ["x"], {"x": 1},
       [{"x": 1}], "0001-01-01", "9999-12-31", "2026-11-10", "2026-11-09T01:01:01", "\ud800", "inf", "nan", nested(40))


def test_odd_values_anywhere_are_refused_or_come_back(text: str, tmp_path: Path) -> None:
    """60 times, one value of one row is another, however deep it stands: a sentence with file and key, or the journal
    is filled and written out again."""
    rng, taken = random.Random(4), 0
    empty(tmp_path).dispose()
    for number in range(60):
        whole = json.loads(text)
        table = rng.choice(sorted(whole["tables"]))
        place, key = whole["tables"], table
        while isinstance(inner := place[key], dict | list) and inner:
            place, key = inner, rng.choice(list(inner) if isinstance(inner, dict) else range(len(inner)))
        place[key] = rng.choice(ODD)
        shutil.copy(tmp_path / "empty.sqlite", tmp_path / f"{number}.sqlite")
        other = journal.open_journal(f"sqlite:///{tmp_path / f'{number}.sqlite'}")
        try:
            journal.imported(other, json.dumps(whole), "kept.json", "Ada")
            taken += 1
            assert json.loads(as_it_came(other))
        except journal.JournalError as refused:
            said = str(refused)
            assert said.startswith(("kept.json: tables.", "kept.json: the journal refuses a row")), said
            assert len(said) < 1_000, said
            assert not any(json.loads(written_out(other))["tables"].values())
        other.dispose()
    assert 5 < taken < 40


def test_what_is_exported_is_one_state(full: sa.Engine) -> None:
    """What is written while an export runs is not in it, not in part either."""
    before = written_out(full)
    with journal.reading(full) as seen:
        pieces = journal.exported(seen)
        begun = next(pieces)
        journal.decide(full, "tighten", "industry", "Retail", "it leads", "Ada", WEEK)
        assert begun + "".join(pieces) == before
    assert written_out(full) != before
