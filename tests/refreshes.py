"""What the tests of refreshes share: a company whose weeks are alike, and questions to its journal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from gtm_metrics import journal
from gtm_metrics.company import Company
from gtm_metrics.refresh import Outcome, refresh
from gtm_metrics.weeks import WEEK, sunday

if TYPE_CHECKING:
    from conftest import Small

MONDAY = date(2025, 9, 1)
WEEKS = 36
"""Weeks of data from MONDAY on."""

LAST = MONDAY + (WEEKS - 1) * WEEK
EARLIER = LAST - 3 * WEEK
"""The week most tests connect in; both lie in one month, so that no test looks at everything by accident."""

SETTINGS = {"segments": {"dimensions": ["industry", "size"]}, "metrics": {"won_in_time_weeks": 4}}
Frames = dict[str, pd.DataFrame]


def company(segments: Mapping[str, float], weeks: int = WEEKS, seed: int = 5) -> Frames:
    """A company that sells to `segments` (chance that a touch is answered) since MONDAY, ten touches a week each.

    Every fifth account has no industry; half of those touched have a deal with calls, a third of the deals is won.
    """
    rng = np.random.default_rng(seed)
    count = weeks * 10 * len(segments)
    names = np.array(list(segments))[np.arange(count) % len(segments)]
    sent = pd.to_datetime(MONDAY) + pd.to_timedelta(7 * (np.arange(count) // (10 * len(segments))), unit="D")
    sent = sent + pd.to_timedelta(rng.integers(0, 7 * 24, count), unit="h")
    ids = pd.Series([f"a{n:05d}" for n in range(count)])
    answered = rng.random(count) < np.array([segments[name] for name in names])
    size = np.where(rng.random(count) < 0.4, "small", "large")
    accounts = pd.DataFrame({"account_id": ids, "name": ids, "industry": names, "size": size, "created_on": sent})
    accounts.loc[accounts.index % 5 == 4, "industry"] = None
    touches = pd.DataFrame({"touch_id": "t" + ids, "account_id": ids, "sent_at": sent,
                            "replied_at": (sent + pd.Timedelta(days=3)).where(answered)})
    deal = rng.random(count) < 0.5
    opened = pd.Series(sent)[deal] + pd.Timedelta(days=1)
    won = rng.random(len(opened)) < 1 / 3
    deals = pd.DataFrame({"opportunity_id": "o" + ids[deal], "account_id": ids[deal], "created_at": opened,
                          "closed_at": opened + pd.Timedelta(days=20), "outcome": np.where(won, "won", "lost")})
    calls = deals[["opportunity_id", "account_id"]].assign(
        call_id="c" + ids[deal], held_at=opened + pd.Timedelta(days=2), understood=rng.random(len(opened)) < 0.4)
    paying = deals[won].assign(subscription_id="s" + ids[deal][won], started_on=deals["closed_at"][won], mrr=100.0)
    paying["ended_on"] = (paying["started_on"] + pd.Timedelta(days=60)).where(rng.random(len(paying)) < 0.4)
    subscriptions = paying[["subscription_id", "account_id", "started_on", "ended_on", "mrr"]]
    return {"accounts": accounts, "touches": touches, "opportunities": deals, "calls": calls,
            "subscriptions": subscriptions}


USUAL = {"Retail": 0.3, "Banks": 0.3, "Schools": 0.5, "Clinics": 0.3}


def refreshed(small: Small, kept: sa.Engine, week: date, company: Company | None = None, **how: Any) -> Outcome:
    """Refreshes the week, asked on its Sunday."""
    return refresh(small.warehouse, company or small.company, kept, sunday(week), "a test", **how)


def read(kept: sa.Engine, what: Any, *asked: Any) -> pd.DataFrame:
    """A frame of the journal."""
    with journal.reading(kept) as seen:
        frame: pd.DataFrame = what(seen, *asked)
    return frame


def everything(kept: sa.Engine) -> dict[str, list[Any]]:
    """Every row of every table."""
    with kept.connect() as connection:
        tables = [t for t in sa.inspect(connection).get_table_names() if t != "alembic_version"]
        return {t: [tuple(row) for row in connection.execute(sa.text(f"select * from {t}"))] for t in tables}


def changed(frames: Frames, table: str, frame: pd.DataFrame) -> Frames:
    """The frames with one table in another's place."""
    return {**frames, table: frame}
