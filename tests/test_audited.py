"""Every decision, export and change stands in the audit log with who did it; only its owner can read the journal."""

from __future__ import annotations

import ast
import inspect
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from journals import TODAY, WEEK, a_journal, written_out
from sqlalchemy import event

import gtm_metrics
from gtm_metrics import journal

CELL = ("industry", "Retail")
BY = {"who": "Ada", "today": TODAY}
RULE = {"dimension": "industry", "segments": ["Retail"]}
WRITERS: Mapping[str, Callable[[sa.Engine], Any]] = {
    "decide": lambda j: journal.decide(j, "tighten", *CELL, "it leads", **BY),
    "keep_profile": lambda j: journal.keep_profile(j, "ideal", "Retailers", [RULE], [], "they stay", **BY),
    "take_back_profile": lambda j: journal.take_back_profile(j, "ideal", "no longer", **BY, saw=1),
    "put_on_list": lambda j: journal.put_on_list(j, "never", {"a": "Acme"}, "no budget", **BY),
    "take_off_list": lambda j: journal.take_off_list(j, ["a"], "they have one", **BY),
    "note": lambda j: journal.note(j, "a", "Acme", "it saves us Fridays", "time", "Ada", TODAY),
    "take_back_note": lambda j: journal.take_back_note(j, 1, **BY),
    "answer": lambda j: journal.answer(j, "ready", "they have a date", **BY),
    "keep_pin": lambda j: journal.keep_pin(j, *CELL, {"status": "head pin"}, "it leads", **BY),
    "undo_pin": lambda j: journal.undo_pin(j, 1, "no", **BY, saw=1),
    "keep_market_size": lambda j: journal.keep_market_size(j, *CELL, 4200, "the register", WEEK, **BY),
    "vouch": lambda j: journal.vouch(j, "vouch", CELL, ("industry", "Banks"), "Kim", "the till", **BY),
    "keep_judgement": lambda j: journal.keep_judgement(j, *CELL, "leadership", 1, "they are known", **BY),
    "vote": lambda j: journal.vote(j, "sales", "Ben", *CELL, "they answer", **BY),
    "take_back": lambda j: journal.take_back(j, "votes", 1, **BY),
    "keep_canvas": lambda j: journal.keep_canvas(j, "market category", "tills for shops", [], **BY),
    "keep_card": lambda j: journal.keep_card(j, "Head", [{"to": "the CFO", "must_answer": "what it saves"}], **BY),
    "keep_slides": lambda j: journal.keep_slides(j, {"health": {"headline": "Level"}}, {}, TODAY, "1", **BY),
}
"""Everything of the journal that writes what people decide or keep, each as somebody called Ada does it; in an order in
which each can be done."""
ELSEWHERE = {"imported", "reading", "writing"}
"""What else takes an engine: an import is another test's, the other two are how all of them get in."""
WRITE_BY_THEMSELVES = {
    "gtm_metrics/controls/show.py": "a file that leaves; tests/test_pages_access.py clicks it",
    "gtm_metrics/commands/journal.py": "an export and an import; tests/test_cli_journal.py",
    "gtm_metrics/refresh/keeping.py": "the refresh, whose weeks are a log themselves; tests/test_refresh.py",
}
"""Files outside the journal that open it for writing."""


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[sa.Engine]:
    """A journal with a refreshed week."""
    engine = a_journal(f"sqlite:///{tmp_path / 'kept.sqlite'}")
    yield engine
    engine.dispose()


def test_whatever_anybody_keeps_is_in_the_audit_with_their_name(kept: sa.Engine) -> None:
    """All eighteen writers in turn: each leaves a line with who, and no transaction changes a table without one."""
    silent: list[set[str]] = []
    written: set[str] = set()

    def statement(_c: Any, _cursor: Any, sql: str, *_rest: Any) -> None:
        words = sql.split()
        if words[0].lower() in ("insert", "update", "delete"):
            written.add(words[2 if words[0].lower() != "update" else 1].strip('"'))

    def commit(_c: Any) -> None:
        if written and "audit" not in written:
            silent.append(set(written))
        written.clear()

    event.listen(kept, "before_cursor_execute", statement)
    event.listen(kept, "commit", commit)
    for name, write in WRITERS.items():
        with journal.reading(kept) as seen:
            before = len(journal.audit(seen))
        write(kept)
        with journal.reading(kept) as seen:
            noted = journal.audit(seen)
        assert len(noted) == before + 1, name
        assert noted.iloc[0]["who"] == "Ada", name
        assert noted.iloc[0]["details"], name
    assert silent == []


def test_no_writer_is_left_out() -> None:
    """Whatever of the journal takes an engine stands in the walk, and nothing else opens it for writing."""
    takes = {name for name in vars(journal) if inspect.isfunction(getattr(journal, name))
             and next(iter(inspect.signature(getattr(journal, name)).parameters), "") == "engine"}
    assert takes == set(WRITERS) | ELSEWHERE
    package, found = Path(gtm_metrics.__file__).parent, set()
    for file in sorted(package.glob("**/*.py")):
        text = file.read_text(encoding="utf-8")
        tree = ast.parse(text if "writing(" in text else "")
        calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
        if any(getattr(call, "attr", getattr(call, "id", "")) == "writing" for call in calls):
            found.add(file.relative_to(package.parent).as_posix())
    assert {file for file in found if not file.startswith("gtm_metrics/journal/")} == set(WRITE_BY_THEMSELVES)


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o277])
def test_a_new_journal_is_its_owners_alone(tmp_path: Path, umask: int) -> None:
    """Whatever the umask: the file, and what SQLite puts beside it while it is open."""
    before = os.umask(umask)
    try:
        engine = journal.open_journal(f"sqlite:///{tmp_path / 'new.sqlite'}")
        with engine.connect():
            journal.decide(engine, "loose", "", "", "nothing stands out", **BY)
            found = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
        engine.dispose()
    finally:
        os.umask(before)
    assert found == dict.fromkeys(("new.sqlite", "new.sqlite-shm", "new.sqlite-wal"), 384)


def test_the_rights_of_a_journal_that_is_there_are_left_alone(tmp_path: Path) -> None:
    """A team that shares its journal by a group goes on doing so."""
    url = f"sqlite:///{tmp_path / 'shared.sqlite'}"
    journal.open_journal(url).dispose()
    (tmp_path / "shared.sqlite").chmod(0o660)
    engine = journal.open_journal(url)
    assert "loose" not in written_out(engine)
    engine.dispose()
    assert stat.S_IMODE((tmp_path / "shared.sqlite").stat().st_mode) == 0o660
