"""What the tests of the journal share: journals with a row in every table, and the journal of the first version."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from gtm_metrics import journal
from gtm_metrics.journal.tables import Base, Judgement, Refresh, Registered

WEEK = date(2026, 6, 15)
TODAY = date(2026, 6, 24)
"""A Wednesday of the week after the next."""

REFRESH: dict[str, Any] = {
    "epoch": 1, "week": WEEK, "as_of": date(2026, 6, 21), "by": "a test", "kind": "weekly", "first_week": WEEK,
    "rules_hash": "0", "code_version": "0", "data_through": None, "metrics": ["churn"], "frozen": {},
    "settings": {"rules": {"alpha": 0.1}, "maturity": {"churn": 30}}, "k": 1, "alpha": 0.1, "luck": 0.1,
    "verdict": {"kind": "loose", "dimension": None, "segment": None, "since": None, "carrying": [], "luck": 0.1, "k": 1,
                "week": "2026-06-15"},
}
REGISTERED: dict[str, Any] = {
    "epoch": 1, "dimension": "industry", "segment": "Retail", "definition": "", "definition_hash": "",
    "registered_week": WEEK, "first_week": WEEK, "batch": 1, "k_at_birth": 1,
}
JUDGED: dict[str, Any] = {
    "epoch": 1, "week": WEEK, "dimension": "industry", "segment": "Retail", "state": "watch", "since": WEEK,
    "log_e_any": 2.5, "log_e_two": None, "threshold": 10.0, "carrying": ["churn"], "gates": None, "metrics": None,
    "fading": False, "weeks_to_decide": None, "why_not_decidable": "", "reopened_before": 0, "reopen": None,
    "evidence_since": WEEK, "thesis": False, "code_version": "0",
}

SLIDE: dict[str, Any] = {
    "finding": "health", "over": "", "headline": "Level so far", "paragraph": "", "footnote": "", "notes": "",
    "forms": [], "shares": [1.0], "sheets": [],
}

NASTY = 'Zürich\n"quoted" \\ \u2028 ‚Söhne‘ \t 😀 \x7f'
"""A text with much of what a JSON writer could get wrong."""

FIRST = Path(__file__).parent / "first_journal"
"""The journal of the first version, a file a database: written by that version, and never again."""


def a_journal(url: str) -> sa.Engine:
    """A journal with one refreshed week, one segment and its verdict."""
    engine = journal.open_journal(url)
    with journal.writing(engine) as open_for_writing:
        journal.append(open_for_writing, Refresh, [REFRESH])
        journal.append(open_for_writing, Registered, [REGISTERED])
        journal.append(open_for_writing, Judgement, [JUDGED])
    return engine


def rows_of_every_table(engine: sa.Engine) -> None:
    """Gives every table of that journal a row, so that there is one to change."""
    cell = {"dimension": "industry", "segment": "Retail", "metric": "churn", "week": WEEK}
    counts = {"band": "0-3", "trials": 9, "successes": 1, "frozen_in": WEEK, "epoch": 1}
    moved = {"kind": "late", "then_trials": 9, "then_successes": 1, "now_trials": 10, "now_successes": 1}
    tables = Base.metadata.tables
    with engine.begin() as connection:
        connection.execute(tables["frozen_tallies"].insert(), {**cell, **counts})
        connection.execute(tables["frozen_accounts"].insert(), {**cell, **counts, "account_id": "a"})
        connection.execute(tables["restatements"].insert(), {**cell, **moved, "epoch": 1, "noticed_in": WEEK})
    journal.decide(engine, "loose", "", "", "nothing stands out", "Ada", TODAY)
    rule = {"dimension": "industry", "segments": ["Retail"]}
    journal.keep_profile(engine, "ideal", "Retailers", [rule], [], "they stay", "Ada", TODAY)
    journal.put_on_list(engine, "never", {"a": "Acme"}, "no budget, ever", "Ada", TODAY)
    journal.note(engine, "a", "Acme", "it saves us Fridays", "time", "Ada", TODAY)
    journal.answer(engine, "ready", "they have a date", "Ada", TODAY)
    journal.keep_pin(engine, "industry", "Retail", {"status": "head pin"}, "it leads", "Ada", TODAY)
    journal.keep_market_size(engine, "industry", "Retail", 4200, "the trade register", WEEK, "Ada", TODAY)
    journal.vouch(engine, "vouch", ("industry", "Retail"), ("industry", "Banks"), "Kim", "the till", "Ada", TODAY)
    journal.keep_judgement(engine, "industry", "Retail", "leadership", 1, "they are known", "Ada", TODAY)
    journal.vote(engine, "sales", "Ben", "industry", "Retail", "they answer", "Ada", TODAY)
    journal.keep_canvas(engine, "market category", "tills for shops", [], "Ada", TODAY)
    journal.keep_slides(engine, {"health": SLIDE}, {"by": "industry"}, TODAY, "1", "Ada", TODAY)
    journal.keep_card(engine, "Head of shops", [{"to": "the CFO", "must_answer": "what it saves"}], "Ada", TODAY)


def a_full_journal(url: str) -> sa.Engine:
    """A journal with rows in every table, among them numbers that are not finite, words of all kinds, taking backs."""
    engine = a_journal(url)
    rows_of_every_table(engine)
    odd = {"log_e_any": float("inf"), "log_e_two": float("-inf"), "threshold": 0.1 + 0.2,
           "gates": {NASTY: {"passed": True, "reason": NASTY}}}
    with journal.writing(engine) as writer:
        journal.append(writer, Registered, [REGISTERED | {"segment": NASTY, "thesis": True}])
        journal.append(writer, Judgement, [JUDGED | {"segment": NASTY, "thesis": True} | odd])
    journal.keep_pin(engine, "industry", NASTY, {"notes": NASTY, "position": 3}, NASTY, NASTY, TODAY)
    journal.undo_pin(engine, 2, "no", "Ben", TODAY, saw=1)
    journal.note(engine, "b", NASTY, NASTY, "", "Ada", TODAY)
    journal.take_back_note(engine, 2, "Ada", TODAY)
    return engine


def first_in(file: Path) -> str:
    """Makes a SQLite file of the first version's journal; its URL."""
    with closing(sqlite3.connect(file)) as raw:
        raw.executescript((FIRST / "sqlite.sql").read_text(encoding="utf-8"))
    return f"sqlite:///{file}"


def written_out(engine: sa.Engine) -> str:
    """The whole journal as its export."""
    with journal.reading(engine) as seen:
        return "".join(journal.exported(seen))


def as_it_came(engine: sa.Engine) -> str:
    """The export of a journal that was imported, without the line of the audit that says so."""
    text, left = re.subn(r',?\n\{"id": \d+, [^\n]*"what": "import", [^\n]*\}(?=\])', "", written_out(engine))
    assert left == 1
    return text
