"""Deciding on the Tighten page, without a browser: what the form writes, and what the page says afterwards."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

import apps
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest
from test_pages_signal import DECISIONS, DELIVERED, SUBJECT, assert_fine, copied, own, told, visitor, warehouses
from visits import Visitor, asked, seen

from gtm_metrics import journal
from gtm_metrics.words import signal as said

pytestmark = pytest.mark.xdist_group("pages decide")

__all__ = ["own", "visitor", "warehouses"]

DECIDED_ON = datetime(2026, 10, 7, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def decided(visitor: Visitor, warehouses: Path, own: Path) -> dict[str, Any]:
    """A company whose people looked on 7 Oct 2026 and decided through the form, and what they saw then and later."""
    app = apps.with_journal(warehouses, "winner", own / "decided")

    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return DECIDED_ON

    modules = ("gtm_metrics.controls.week.datetime", "gtm_metrics.controls.decision.datetime")
    with mock.patch(modules[0], Clock), mock.patch(modules[1], Clock), mock.patch.dict(os.environ, app.environment):
        session = visitor.opened(app, "tighten")
        before = seen(session)
        empty = seen(_submitted(session))
        session.text_input[0].set_value("Anna <b>")
        session.text_area[0].set_value("They love it; **everyone** says so")
        after = seen(_submitted(session))
    later = seen(visitor.opened(app, "tighten"))
    engine = journal.open_journal(app.journal)
    with journal.reading(engine) as read:
        rows = journal.decisions(read)
    engine.dispose()
    return {"before": before, "empty": empty, "after": after, "later": later, "rows": rows, "app": app}


def _submitted(session: AppTest) -> AppTest:
    button = next(each for each in session.button if each.label == "Write into the journal")
    button.click()
    return session.run()


def test_deciding_writes_into_the_journal(decided: dict[str, Any]) -> None:
    """The form writes one row with who, why, when and the evidence of that day, and only when who and why are told."""
    assert "says who" in told(decided["empty"]) or "says why" in told(decided["empty"])
    rows = decided["rows"]
    assert len(rows) == 1
    row = rows.iloc[0]
    assert (row["kind"], row["dimension"], row["segment"]) == ("tighten", "industry", SUBJECT)
    assert (row["who"], row["why"]) == ("Anna <b>", "They love it; **everyone** says so")
    assert pd.Timestamp(row["decided_at"]).date() == DECIDED_ON.date()
    assert row["evidence"]["log_e_two"] > 3
    assert pd.Timestamp(row["review_on"]).date() > DECIDED_ON.date()
    after = decided["after"]
    assert_fine(after)
    assert "Decisions" not in told(decided["before"])
    assert list(after.tables[DECISIONS]["Decision"]) == ["Tighten"]


def test_what_was_decided_is_tightened_and_delivered(decided: dict[str, Any]) -> None:
    """From the next refresh the segment is Tightened; the page sets what was promised beside what came."""
    later = decided["later"]
    assert_fine(later)
    assert later.titles[0].startswith(f"Tightened on {SUBJECT}")
    assert f":green-badge[● **{said.TIGHTENED}**]" in told(later)
    table = later.tables[DELIVERED].set_index("Measure")
    assert "Close rate" in table.index or "Won in time" in table.index
    assert table["Promised"].str.contains(r"\d").any()
    assert "Since 7 Oct 2026" in told(later) or "Decided on 7 Oct 2026" in told(later)


def test_a_decision_is_not_known_before_it_was_made(visitor: Visitor, decided: dict[str, Any]) -> None:
    """As of the day before there is no decision, and the segment is not Tightened."""
    page = seen(visitor.opened(decided["app"], "tighten", as_of="2026-10-04"))
    assert_fine(page)
    assert "Decisions" not in told(page)
    assert page.titles[0].startswith("Tighten on")


def test_a_decision_of_today_is_there_though_data_lag(visitor: Visitor, own: Path, decided: dict[str, Any]) -> None:
    """Data end days before people decide: whoever looks at the present sees the decision at once."""
    app = replace(decided["app"], journal=f"sqlite:///{own / 'lag.sqlite'}")
    copied(decided["app"], app)
    engine = journal.open_journal(app.journal)
    today = datetime.now(UTC).date()
    journal.decide(engine, "thesis", "industry", SUBJECT, "we know them", "Anna", today)
    engine.dispose()
    session = visitor.opened(app, "tighten", show="decisions")
    assert_fine(seen(session))
    assert list(seen(session).tables[DECISIONS]["Decision"]) == ["Thesis", "Tighten"]
    with mock.patch.dict(os.environ, app.environment):
        past = seen(asked(session, {"as_of": "2026-09-06"}))
    assert "Decisions" not in told(past)
