"""The tabs of Tighten positioning, without a browser: what was tightened tracked, what we say, the same song or not."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import apps
import duckdb
import pytest
from test_pages_signal import SUBJECT, assert_fine, copied, own, told, visitor, warehouses
from visits import Visitor, seen

from gtm_metrics import journal

pytestmark = pytest.mark.xdist_group("pages decide")

__all__ = ["own", "visitor", "warehouses"]

DECIDED_ON = date(2026, 3, 4)
OUTSIDE = "Share of the work outside the segment, before and since"
WORKED = "The measures before the decision and since"
BEHIND = "Accounts worked outside the segment since the decision"
MIX = "The whole company's change, by mix and by rate"


def decided(app: apps.App, on: date = DECIDED_ON) -> apps.App:
    """The app, its people having tightened on a day."""
    engine = journal.open_journal(app.journal)
    journal.decide(engine, "tighten", "industry", SUBJECT, "they love it", "Anna", on)
    engine.dispose()
    return app


@pytest.fixture(scope="module")
def winner(visitor: Visitor, warehouses: Path, own: Path) -> apps.App:
    """A company of which a page was opened, so that its weeks are judged; nobody decided anything."""
    app = apps.with_journal(warehouses, "winner", own / "song")
    assert_fine(seen(visitor.opened(app, "tighten")))
    return app


@pytest.fixture(scope="module")
def another(winner: apps.App, own: Path) -> Callable[[str], apps.App]:
    """(name) -> the same company with a journal of its own that says the same."""

    def made(name: str) -> apps.App:
        app = replace(winner, journal=f"sqlite:///{own / name}.sqlite")
        copied(winner, app)
        return app

    return made


def test_before_a_decision_there_is_nothing_to_track(visitor: Visitor, winner: apps.App) -> None:
    """The tab says what it will show and how to get there; home has no line of it."""
    page = seen(visitor.opened(winner, "tighten", tab="tracked"))
    assert_fine(page)
    assert page.titles == ("Nobody has decided to tighten yet",)
    assert "Decide on the first tab" in told(page)


def test_what_came_of_a_decision_is_tracked(visitor: Visitor, another: Callable[[str], apps.App]) -> None:
    """Every kind of work with its share outside then and since, the four measures on both sides with counts, mix and
    rate; nothing drifts in the demo company, and home keeps silent."""
    app = decided(another("tracked"))
    page = seen(visitor.opened(app, "tighten", tab="tracked"))
    assert_fine(page)
    assert f"go outside {SUBJECT}" in page.titles[0]
    assert "no share of the work outside" in told(page)
    shares = page.tables[OUTSIDE].set_index("Outside the segment")
    assert list(shares.index) == ["First touches", "Deals opened", "Deals won", "Pipeline opened"]
    assert shares["Last 13 weeks"].str.contains("%").all()
    assert list(shares["Alarm"][:3]) == ["quiet"] * 3
    measures = page.tables[WORKED]
    assert list(measures["Of"]) == [SUBJECT, "Everyone else"] * 4
    assert measures["Since"].str.contains(r"\d+ \w+ .*of [\d,]+").all()
    assert measures["Odds grew, times the rest's"].str.contains("–").sum() == 4
    assert len(page.tables[MIX]) == 4
    listed = page.tables[BEHIND]
    assert len(listed) == 500
    assert SUBJECT not in set(listed["Segment"])
    assert "Diluted" not in told(seen(visitor.opened(app, "home")))


def test_on_the_day_of_the_decision_it_says_when_it_begins(
    visitor: Visitor, another: Callable[[str], apps.App]
) -> None:
    """A decision of the last week has no whole week behind it yet."""
    page = seen(visitor.opened(decided(another("fresh"), date(2026, 11, 20)), "tighten", tab="tracked"))
    assert_fine(page)
    assert "the first whole week is not over" in page.titles[0]
    assert "begins with the first whole week after 20 Nov 2026" in told(page)
    assert OUTSIDE not in page.tables


def test_work_that_leaves_the_segment_rings_on_home_and_on_the_page(
    visitor: Visitor, another: Callable[[str], apps.App], own: Path
) -> None:
    """From May on no deal of the segment is opened any more: the alarm names it, with the accounts behind it."""
    app = decided(another("diluted"))
    file = own / "diluted.duckdb"
    shutil.copy(app.url.removeprefix("duckdb:///"), file)
    with duckdb.connect(str(file)) as warehouse:
        gone = warehouse.execute(
            "delete from gtm.opportunities where created_at >= '2026-05-04' and account_id in "
            "(select account_id from gtm.accounts where industry = ?)", [SUBJECT]).fetchone()
        assert gone
        assert gone[0] > 50
    app = replace(app, url=f"duckdb:///{file}")
    page = seen(visitor.opened(app, "tighten", tab="tracked"))
    assert_fine(page)
    assert page.titles[0] == f"Diluted: 100\u00a0% of deals opened go outside {SUBJECT} again"
    assert page.tables[OUTSIDE].set_index("Outside the segment")["Alarm"]["Deals opened"].startswith("rings since ")
    home = told(seen(visitor.opened(app, "home")))
    assert "Diluted since the week of" in home
    assert "The accounts behind it" in home
    assert "Diluted since the week of" in told(seen(visitor.opened(app, "tighten")))
