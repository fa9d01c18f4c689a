"""Who could be sold to: volumes by story, and the accounts with their attributes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gtm_metrics.demo import words
from gtm_metrics.demo.clock import Clock, Floats, Ints
from gtm_metrics.demo.truth import INDUSTRIES

MISSING = {
    "industry": 0.05,
    "employees": 0.07,
    "region": 0.05,
    "country": 0.05,
    "marketing_tool": 0.10,
    "team": 0.08,
    "primary_use": 0.09,
    "lead_source": 0.05,
    "owner": 0.02,
    "contact": 0.06,
}
"""Share of accounts on which nobody filled the column in."""


@dataclass(frozen=True)
class Volume:
    """How much of everything.

    existing    share of the accounts that were there before the first week
    growth      new accounts a week at the end, as a multiple of those at the start
    inbound     share of conversations that the account begins
    idle_days   mean wait before a quiet account is tried again
    first_days  mean wait before a new account is tried
    tables      the tables that are connected
    """

    accounts: int
    weeks: int
    existing: float
    growth: float
    inbound: float
    idle_days: float
    first_days: float
    tables: tuple[str, ...]


ALL_TABLES = (
    "accounts",
    "touches",
    "calls",
    "opportunities",
    "subscriptions",
    "nps_responses",
    "usage_weeks",
    "tickets",
    "referrals",
)

VOLUMES: Mapping[str, Volume] = {
    "winner": Volume(3700, 156, 0.25, 4.0, 0.25, 90, 12, ALL_TABLES),
    "no-winner": Volume(3700, 156, 0.25, 4.0, 0.25, 90, 12, ALL_TABLES),
    "young": Volume(1150, 12, 0.0, 0.35, 0.35, 120, 3, ALL_TABLES),
    "small": Volume(300, 156, 0.35, 0.9, 1.0, 75, 20, ("accounts", "opportunities", "subscriptions")),
}


def pick(rng: np.random.Generator, weights: Mapping[str, float], size: int) -> np.ndarray:
    """`size` of the words, drawn by their weights."""
    chances = np.array(list(weights.values()))
    return rng.choice(np.array(list(weights), dtype=object), size, p=chances / chances.sum())


@dataclass(frozen=True)
class Accounts:
    """What the rest of the company needs to know of its accounts, arrays of one length.

    created   the day each was entered; before day 0 for those that were there
    segment   index into INDUSTRIES: what is true, though the column may be empty
    """

    frame: pd.DataFrame
    created: Floats
    segment: Ints
    employees: Ints
    owner: Ints


def accounts(volume: Volume, clock: Clock, rng: np.random.Generator) -> Accounts:
    """The accounts in order of creation, every attribute filled in; `lead_source` is added once it is known."""
    n = volume.accounts
    created = np.sort(_created(volume, clock, rng))
    segment = rng.choice(len(INDUSTRIES), n, p=list(INDUSTRIES.values())).astype(np.int64)
    industry = np.array(list(INDUSTRIES), dtype=object)[segment]
    employees = np.maximum(2, np.round(rng.lognormal(np.log(60), 1.2, n))).astype(np.int64)
    region = pick(rng, {name: share for name, (share, _) in words.COUNTRIES.items()}, n)
    country = np.array([rng.choice(words.COUNTRIES[name][1]) for name in region], dtype=object)
    owner = rng.integers(0, len(words.REPS), n)
    name = _names(segment, rng)
    domain = np.array([text.lower().replace(" ", "-") + ".example" for text in name], dtype=object)
    account_id = np.array([f"A-{i:05d}" for i in range(1, n + 1)], dtype=object)
    frame = pd.DataFrame(
        {
            "account_id": account_id,
            "name": name,
            "created_on": clock.dates(created),
            "domain": domain,
            "parent_account_id": _parents(account_id, rng),
            "owner": np.array(words.REPS, dtype=object)[owner],
            "contact": _contacts(domain, rng),
            "industry": industry,
            "employees": employees,
            "region": region,
            "country": country,
            "marketing_tool": pick(rng, words.MARKETING_TOOLS, n),
            "team": pick(rng, words.TEAMS, n),
            "primary_use": pick(rng, words.PRIMARY_USES, n),
        }
    )
    return Accounts(frame, created, segment, employees, owner)


def with_gaps(frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """The accounts as the CRM has them: some attributes were never filled in, whatever the account did."""
    gaps = {name: rng.random(len(frame)) < share for name, share in MISSING.items()}
    return frame.assign(**{name: frame[name].mask(gap) for name, gap in gaps.items()})


def _created(volume: Volume, clock: Clock, rng: np.random.Generator) -> Floats:
    """Creation times: some long before, the rest week by week with growth, luck and the slack season."""
    before = round(volume.accounts * volume.existing)
    weeks = np.arange(clock.weeks)
    weights = np.linspace(1, volume.growth, clock.weeks) * rng.lognormal(0, 0.15, clock.weeks)
    weights *= 1 - clock.slack(np.asarray(weeks * 7.0, dtype=np.float64))
    week = rng.choice(weeks, volume.accounts - before, p=weights / weights.sum())
    return np.concatenate([rng.uniform(-180, 0, before), week * 7 + rng.uniform(0, 6.99, len(week))])


def _names(segment: Ints, rng: np.random.Generator) -> np.ndarray:
    """Invented company names, none twice; the ending tells the industry."""
    names = np.empty(len(segment), dtype=object)
    for index, industry in enumerate(INDUSTRIES):
        mine = np.flatnonzero(segment == index)
        endings = words.NAME_ENDINGS[industry]
        chosen = rng.choice(len(words.NAME_STEMS) * len(endings), len(mine), replace=False)
        for place, choice in zip(mine, chosen, strict=True):
            names[place] = f"{words.NAME_STEMS[choice // len(endings)]} {endings[choice % len(endings)]}"
    return names


def _parents(account_id: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A few accounts are part of an earlier one."""
    parent = np.full(len(account_id), None, dtype=object)
    children = np.flatnonzero(rng.random(len(account_id)) < 0.02)
    children = children[children > 0]
    parent[children] = account_id[rng.integers(0, children)]
    return parent


def _contacts(domain: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Whom to call at each account: a name and an address."""
    first = rng.choice(np.array(words.FIRST_NAMES, dtype=object), len(domain))
    last = rng.choice(np.array(words.LAST_NAMES, dtype=object), len(domain))
    rows = zip(first, last, domain, strict=True)
    return np.array([f"{a} {b}, {a.lower()}.{b.lower()}@{host}" for a, b, host in rows], dtype=object)
