"""The same numbers the usual pandas way: read the tables whole, then filter, merge and group in memory.

Each yields segment | week | band | [age |] trials | successes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

DAY = pd.Timedelta(days=1)
WEEK = 7 * DAY
DATES = ("created_on", "started_on", "ended_on")
"""Columns that a driver hands over as Python's dates."""

FAR = pd.Timestamp("2200-01-01")


@dataclass(frozen=True)
class Asked:
    """What is counted: from `since` (a Monday, or None) through `as_of`.

    table  reads a table whole, by name
    weeks  M of won_in_time
    """

    table: Callable[[str], pd.DataFrame]
    as_of: date
    since: date | None
    weeks: int

    @property
    def end(self) -> pd.Timestamp:
        """The instant at which as_of is over."""
        return pd.Timestamp(self.as_of + timedelta(days=1))

    @property
    def begin(self) -> pd.Timestamp:
        """The instant at which the window begins."""
        return pd.Timestamp(self.since) if self.since else pd.Timestamp("1900-01-01")

    def read(self, *tables: str) -> list[pd.DataFrame]:
        """The tables, every row and column; accounts with their segment."""
        frames = []
        for table in tables:
            frame = self.table(table)
            for column in DATES:
                if column in frame:
                    frame[column] = pd.to_datetime(frame[column])
            if table == "accounts":
                frame = frame[~(frame["created_on"] >= self.end)]
                frame["segment"] = frame["industry"].fillna("(not set)")
            frames.append(frame)
        return frames


def _monday(when: pd.Series) -> pd.Series:
    day = when.dt.normalize()
    return day - pd.to_timedelta(day.dt.weekday, unit="D")


def _grouped(trials: pd.DataFrame, accounts: pd.DataFrame, *, age: bool = False) -> pd.DataFrame:
    named = trials.merge(accounts[["account_id", "segment"]], on="account_id")
    keys = ["segment", "week", "band", *(["age"] if age else [])]
    counted = named.groupby(keys)["success"].agg(["size", "sum"]).reset_index()
    return counted.rename(columns={"size": "trials", "sum": "successes"})


def response_rate(asked: Asked) -> pd.DataFrame:
    """First outbound touch of a sequence, answered within 21 days."""
    accounts, touches, paid = asked.read("accounts", "touches", "subscriptions")
    touches = touches[(touches["direction"].fillna("outbound") == "outbound") & (touches["sent_at"] < asked.end)]
    touches = touches.sort_values(["account_id", "sent_at"])
    sent_on = touches["sent_at"].dt.normalize()
    before = sent_on.groupby(touches["account_id"]).shift()
    fresh = before.isna() | (sent_on - before > 90 * DAY)
    starts = touches.assign(sent_on=sent_on)[fresh & (sent_on >= asked.begin)][["account_id", "sent_at", "sent_on"]]
    starts = starts.reset_index(drop=True).reset_index(names="start")
    paying = starts.merge(paid, on="account_id")
    ended = paying["ended_on"].where(paying["ended_on"] < asked.end).fillna(FAR)
    paying = paying[(paying["started_on"] <= paying["sent_on"]) & (ended > paying["sent_on"])]
    starts = starts[~starts["start"].isin(paying["start"])]
    replies = touches.loc[touches["replied_at"] < asked.end, ["account_id", "replied_at"]]
    answered = starts.merge(replies, on="account_id")
    in_time = (answered["replied_at"] >= answered["sent_at"]) & (
        answered["replied_at"].dt.normalize() <= answered["sent_on"] + 21 * DAY)
    success = starts["start"].isin(answered.loc[in_time, "start"])
    return _grouped(starts.assign(week=_monday(starts["sent_at"]), band="", success=success), accounts)


def calls_to_understanding(asked: Asked) -> pd.DataFrame:
    """Calls with a prospect who had not understood; the call on which they did."""
    accounts, calls, deals = asked.read("accounts", "calls", "opportunities")
    deals = deals[(deals["type"].fillna("new") == "new") & (deals["created_at"] < asked.end)]
    held = calls[calls["held_at"] < asked.end].drop(columns="account_id")
    held = held.merge(deals[["opportunity_id", "account_id"]], on="opportunity_id")
    held = held.sort_values(["opportunity_id", "held_at", "call_id"])
    held["age"] = held.groupby("opportunity_id").cumcount() + 1
    understood = held["understood"].fillna(False).astype(bool)
    first = held["age"].where(understood).groupby(held["opportunity_id"]).transform("min")
    counted = held[held["understood"].notna() & ~(held["age"] > first) & (held["held_at"] >= asked.begin)]
    band = counted["age"].astype(str).where(counted["age"] < 4, "4+")
    success = counted["age"] == first.loc[counted.index]
    return _grouped(counted.assign(week=_monday(counted["held_at"]), band=band, success=success), accounts, age=True)


def _new_deals(asked: Asked) -> tuple[pd.DataFrame, pd.DataFrame]:
    accounts, deals = asked.read("accounts", "opportunities")
    deals = deals[(deals["type"].fillna("new") == "new") & (deals["created_at"] < asked.end)]
    closed = deals["closed_at"].where(deals["closed_at"] < asked.end)
    created, closed_on = deals["created_at"].dt.normalize(), closed.dt.normalize()
    deals = deals.assign(closed_at=closed, closed_on=closed_on, outcome=deals["outcome"].where(closed.notna()),
                         opened_on=created.where(~(closed_on < created), closed_on), band="")
    return accounts, deals


def close_rate(asked: Asked) -> pd.DataFrame:
    """Decided new deals by the week they closed."""
    accounts, deals = _new_deals(asked)
    deals = deals[deals["outcome"].notna() & (deals["closed_at"] >= asked.begin)]
    return _grouped(deals.assign(week=_monday(deals["closed_at"]), success=deals["outcome"] == "won"), accounts)


def _cohort(asked: Asked, success: Callable[[pd.DataFrame], pd.Series]) -> pd.DataFrame:
    accounts, deals = _new_deals(asked)
    deals = deals[deals["opened_on"] >= asked.begin]
    return _grouped(deals.assign(week=_monday(deals["opened_on"]), success=success(deals)), accounts)


def won_in_time(asked: Asked) -> pd.DataFrame:
    """New deals by the week they were opened, won within M weeks."""
    return _cohort(asked, lambda deals: (deals["outcome"] == "won") & (
        deals["closed_on"] <= deals["opened_on"] + asked.weeks * WEEK))


def advanced(asked: Asked) -> pd.DataFrame:
    """New deals by the week they were opened, past the stage within 60 days."""
    return _cohort(asked, lambda deals: (deals["advanced_at"] < asked.end) & (
        deals["advanced_at"].dt.normalize() <= deals["opened_on"] + 60 * DAY))


def reached_opportunity(asked: Asked) -> pd.DataFrame:
    """Accounts by the week they were created, with a deal within 30 days."""
    accounts, deals = asked.read("accounts", "opportunities")
    deals = deals[deals["created_at"] < asked.end]
    created = deals["created_at"].dt.normalize()
    closed = deals["closed_at"].where(deals["closed_at"] < asked.end).dt.normalize()
    opened = created.where(~(closed < created), closed).groupby(deals["account_id"]).min()
    trials = accounts[accounts["created_on"] >= asked.begin]
    success = trials["account_id"].map(opened) <= trials["created_on"] + 30 * DAY
    trials = trials[["account_id"]].assign(week=_monday(trials["created_on"]), band="", success=success)
    return _grouped(trials, accounts)


def churn(asked: Asked) -> pd.DataFrame:
    """Customer-weeks at risk, a row each, and those in which the account left."""
    accounts, paid = asked.read("accounts", "subscriptions")
    paid = paid[paid["started_on"] < asked.end].sort_values(["account_id", "started_on", "subscription_id"])
    paid["until"] = paid["ended_on"].where(paid["ended_on"] < asked.end).fillna(FAR)
    reach = paid.groupby("account_id")["until"].cummax().groupby(paid["account_id"]).shift()
    anew = reach.isna() | ((reach < FAR) & (paid["started_on"] - reach > 30 * DAY))
    paid["spell"] = anew.cumsum()
    spells = paid.groupby("spell").agg(account_id=("account_id", "first"), started_on=("started_on", "min"),
                                       until=("until", "max")).reset_index(drop=True)
    spells["left"] = _monday(spells["until"].where(spells["until"] < FAR))
    last = pd.Timestamp(asked.as_of - timedelta(days=asked.as_of.weekday()))
    first = _monday(spells["started_on"])
    count = ((spells["left"].fillna(last) - first) // WEEK + 1).to_numpy()
    weekly = spells.loc[spells.index.repeat(count)]
    number = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    weekly = weekly.assign(week=first.loc[weekly.index] + pd.to_timedelta(7 * number, unit="D"))
    weekly = weekly[weekly["week"] >= asked.begin]
    sunday, start = weekly["week"] + 6 * DAY, weekly["started_on"]
    months = 12 * (sunday.dt.year - start.dt.year) + sunday.dt.month - start.dt.month
    # a spell begun on the 31st is a month old on the last day of a shorter month
    months -= sunday.dt.day < np.minimum(start.dt.day, sunday.dt.days_in_month)
    band = np.select([months < 4, months < 12, months % 12 == 0], ["0-3", "4-11", "renewal"], "other")
    return _grouped(weekly.assign(band=band, success=weekly["week"] == weekly["left"]), accounts)


WAYS: dict[str, Callable[[Asked], pd.DataFrame]] = {
    way.__name__: way for way in (
        response_rate, calls_to_understanding, close_rate, won_in_time, churn, reached_opportunity, advanced)
}
