"""Rows a warehouse holds and a count must not: planted at known counts, each fitting one reason and no other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gtm_metrics.demo.clock import Clock
from gtm_metrics.demo.truth import DIRTY

Frames = dict[str, pd.DataFrame]

KEYS: Mapping[str, tuple[str, ...]] = {
    "accounts": ("account_id",),
    "touches": ("touch_id",),
    "calls": ("call_id",),
    "opportunities": ("opportunity_id",),
    "subscriptions": ("subscription_id",),
    "nps_responses": ("account_id", "answered_at", "person_id"),
    "usage_weeks": ("account_id", "week"),
    "tickets": ("ticket_id",),
    "referrals": ("referrer_account_id", "referred_account_id"),
}
BEGINS: Mapping[str, str] = {
    "accounts": "created_on",
    "touches": "sent_at",
    "calls": "held_at",
    "opportunities": "created_at",
    "subscriptions": "started_on",
    "nps_responses": "answered_at",
    "usage_weeks": "week",
    "tickets": "opened_at",
    "referrals": "referred_at",
}
ACCOUNTS = {"account_id", "referrer_account_id", "referred_account_id"}
ENDS: Mapping[str, str] = {"subscriptions": "ended_on", "tickets": "closed_at"}
KNOWN_LATER = {
    "touches": ("replied_at",),
    "opportunities": (
        "closed_at",
        "outcome",
        "win_reason",
        "loss_reason",
        "competitor",
        "understood_at",
        "advanced_at",
        "champion_title",
        "champion_named_at",
    ),
    "subscriptions": ("ended_on", "end_reason"),
    "tickets": ("closed_at",),
}
"""Columns empty on a row that has not begun."""

DIFFERS: Mapping[str, str] = {
    "accounts": "contact",
    "touches": "campaign",
    "calls": "minutes",
    "opportunities": "list_amount",
    "subscriptions": "end_reason",
    "nps_responses": "score",
    "usage_weeks": "seats",
    "tickets": "closed_at",
    "referrals": "referred_at",
}
"""The column in which a conflicting copy says something else."""


@dataclass(frozen=True)
class _Copies:
    """Copies of clean rows of one table, about to be spoilt."""

    name: str
    rows: pd.DataFrame
    clean: Frames
    clock: Clock
    rng: np.random.Generator

    def renamed(self, letter: str) -> pd.DataFrame:
        """The rows under keys of their own, where the table's key is an id."""
        key = KEYS[self.name][0]
        ids = [f"{old}{letter}{i}" for i, old in enumerate(self.rows[key], 1)]
        return self.rows.assign(**{key: ids}) if len(KEYS[self.name]) == 1 else self.rows

    def strangers_to(self, *tables: str) -> pd.DataFrame:
        """The accounts that no row of `tables` mentions, oldest first."""
        frames = [self.clean[table] for table in tables]
        known = {account for frame in frames for column in ACCOUNTS & {*frame} for account in frame[column]}
        everyone = self.clean["accounts"]
        return everyone[~everyone["account_id"].isin(known)].sort_values("created_on", kind="stable")


def planted(frames: Frames, clock: Clock, rng: np.random.Generator) -> Frames:
    """The clean tables with DIRTY's rows mixed in, by the time they begin; ValueError where a table is too small."""
    return {name: _mixed(name, frame, frames, clock, rng) for name, frame in frames.items()}


def _mixed(name: str, frame: pd.DataFrame, clean: Frames, clock: Clock, rng: np.random.Generator) -> pd.DataFrame:
    # A call that names its opportunity fits one reason only when its account is unknown.
    donors = frame[frame["opportunity_id"].notna()] if name == "calls" else frame
    reasons = DIRTY[name]
    copied = sum(count for reason, count in reasons.items() if reason.startswith("duplicate"))
    if len(donors) < copied:
        raise ValueError(f"{name} has {len(donors)} rows where {copied} are to be copied; take another seed")
    # Duplicates come first in DIRTY, each of a row of its own; the rest get new keys and may share a donor.
    order = np.resize(rng.permutation(donors.index), sum(reasons.values()))
    pieces, at = [frame], 0
    for reason, count in reasons.items():
        rows = frame.loc[order[at : at + count]].reset_index(drop=True)
        pieces.append(_SPOIL[reason](_Copies(name, rows, clean, clock, rng)))
        at += count
    return pd.concat(pieces, ignore_index=True).sort_values(BEGINS[name], kind="stable", ignore_index=True)


def _identical(copies: _Copies) -> pd.DataFrame:
    return copies.rows


def _conflicting(copies: _Copies) -> pd.DataFrame:
    column = DIFFERS[copies.name]
    values = copies.rows[column]
    other: pd.Series | str
    if column == "closed_at":
        other = copies.rows["opened_at"] + pd.Timedelta(hours=1)
    elif column == "score":
        other = (values + 1) % 11
    elif pd.api.types.is_datetime64_any_dtype(values):
        other = values + pd.Timedelta(hours=1)
    elif pd.api.types.is_numeric_dtype(values):
        other = values.fillna(0) + 10
    else:
        other = "see note"
    return copies.rows.assign(**{column: other})


def _null_key(copies: _Copies) -> pd.DataFrame:
    return copies.rows.assign(**{KEYS[copies.name][0]: None})


def _unknown(copies: _Copies) -> pd.DataFrame:
    column = "referred_account_id" if copies.name == "referrals" else "account_id"
    nobody = [f"A-{k}" for k in 99000 + copies.rng.choice(999, len(copies.rows), replace=False)]
    return copies.renamed("U").assign(**{column: nobody})


def _ends_first(copies: _Copies) -> pd.DataFrame:
    back = pd.to_timedelta(copies.rng.integers(3, 40, len(copies.rows)), unit="D")
    return copies.renamed("E").assign(**{ENDS[copies.name]: copies.rows[BEGINS[copies.name]] - back})


def _future(copies: _Copies) -> pd.DataFrame:
    """A mistyped year: whole weeks past as_of, so far that no load of today is there yet."""
    weeks = copies.rng.choice(np.arange(150, 250), len(copies.rows), replace=False)
    begins = copies.clock.instants(copies.clock.end + 7.0 * weeks)
    empty = dict.fromkeys(KNOWN_LATER.get(copies.name, ()))
    rows = copies.renamed("F").assign(**empty).assign(**{BEGINS[copies.name]: begins})
    if copies.name == "referrals":
        new = copies.strangers_to("referrals")["account_id"].iloc[: len(rows)]
        rows = rows.assign(referred_account_id=new.to_numpy())
    return rows


def _not_closed(copies: _Copies) -> pd.DataFrame:
    empty = dict.fromkeys(KNOWN_LATER["opportunities"])
    return copies.renamed("N").assign(**empty).assign(outcome=copies.rng.choice(["won", "lost"], len(copies.rows)))


def _stray_calls(copies: _Copies) -> pd.DataFrame:
    """Calls of accounts that never had an opportunity."""
    alone = copies.strangers_to("opportunities")["account_id"].iloc[: len(copies.rows)]
    return copies.renamed("S").assign(account_id=alone.to_numpy(), opportunity_id=None)


def _free(copies: _Copies) -> pd.DataFrame:
    """A free plan of accounts that never paid."""
    never = copies.strangers_to("subscriptions").iloc[: len(copies.rows)]
    origin = pd.Timestamp(copies.clock.origin)
    start = never["created_on"].where(never["created_on"] >= origin, origin)
    return copies.renamed("Z").assign(
        account_id=never["account_id"].to_numpy(), started_on=start.to_numpy(), mrr=0.0, ended_on=None, end_reason=None
    )


_SPOIL: Mapping[str, Callable[[_Copies], pd.DataFrame]] = {
    "duplicate key, identical": _identical,
    "duplicate key, conflicting": _conflicting,
    "null key": _null_key,
    "account unknown": _unknown,
    "ends before it starts": _ends_first,
    "in the future of the load": _future,
    "outcome without closed_at": _not_closed,
    "call without opportunity": _stray_calls,
    "free": _free,
}
