"""Life as a customer: weekly use, tickets, answers to the 0-10 question, and whom they brought."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gtm_metrics.demo import words
from gtm_metrics.demo.accounts import Accounts
from gtm_metrics.demo.clock import Bools, Clock, Floats, Ints, office
from gtm_metrics.demo.history import Spells
from gtm_metrics.demo.truth import INDUSTRIES


def _until(spells: Spells, clock: Clock) -> Floats:
    """The day each stay ends or the data do."""
    return np.where(np.isnan(spells.ended), clock.end, np.minimum(spells.ended, clock.end))


def _drawn(spells: Spells, count: Ints, clock: Clock, rng: np.random.Generator) -> tuple[Ints, Floats]:
    """`count` times at random within each stay: its row, and when, in office hours."""
    until = _until(spells, clock)
    row = np.repeat(np.arange(len(count)), count)
    at = office(spells.started[row] + rng.random(len(row)) * (until - spells.started)[row], rng)
    kept = at < until[row]
    return row[kept], at[kept]


def usage_weeks(spells: Spells, people: Accounts, keen: Bools, clock: Clock, rng: np.random.Generator) -> pd.DataFrame:
    """A row for each week of a stay with use: people active of the seats, falling in the 8 weeks before they leave."""
    n = len(spells.started)
    until = _until(spells, clock)
    seats = np.clip(np.round(people.employees[spells.account] * rng.lognormal(np.log(0.15), 0.3, n)), 3, 400)
    habit = np.where(keen, rng.beta(14, 3, n), rng.beta(5, 4, n))
    first, last = np.floor(spells.started / 7), np.ceil(until / 7)
    count = np.maximum(last - first, 0).astype(np.int64)
    row = np.repeat(np.arange(n), count)
    week = first[row] + np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    left = np.nan_to_num(spells.ended, nan=np.inf)[row] / 7 - week
    warming = np.minimum(1, (week - first[row] + 2) / 5)
    share = habit[row] * np.clip(left / 8, 0.15, 1) * warming * (1 - 0.5 * clock.slack(week * 7))
    active = rng.binomial(seats[row].astype(np.int64), share)
    kept = (rng.random(len(row)) >= 0.03) & (active > 0)
    frame = pd.DataFrame(
        {
            "account_id": people.frame["account_id"].to_numpy()[spells.account[row]],
            "week": clock.dates(week * 7),
            "active_users": active,
            "seats": seats[row],
        }
    )[kept]
    # An account that left and came back within a week has one row for it.
    return frame.drop_duplicates(["account_id", "week"]).sort_values(["week", "account_id"], ignore_index=True)


def tickets(spells: Spells, people: Accounts, discount: Floats, clock: Clock, rng: np.random.Generator) -> pd.DataFrame:
    """Support tickets: one at the start, then 0.4 a month on average, unevenly; very deep discounts ask three times."""
    months = np.maximum(_until(spells, clock) - spells.started, 0) / 30.4
    pace = rng.gamma(1.2, 0.33, len(months)) * np.where(discount > 0.3, 3, 1)
    row, opened = _drawn(spells, rng.poisson(months * pace), clock, rng)
    first = np.arange(len(months))
    asked = office(spells.started + rng.uniform(0, 10, len(months)), rng)
    soon = (asked < _until(spells, clock)) & (rng.random(len(months)) < 0.8)
    row, opened = np.concatenate([row, first[soon]]), np.concatenate([opened, asked[soon]])
    closed = opened + rng.lognormal(np.log(1.2), 1.1, len(row))
    frame = pd.DataFrame(
        {
            "account_id": people.frame["account_id"].to_numpy()[spells.account[row]],
            "opened_at": clock.instants(opened),
            "closed_at": clock.instants(np.where(closed < clock.end, closed, np.nan)),
        }
    ).sort_values(["opened_at", "account_id"], ignore_index=True)
    return frame.assign(ticket_id=[f"K-{i:05d}" for i in range(1, len(frame) + 1)])


def nps_responses(
    spells: Spells, people: Accounts, happy: Bools, keen: Bools, clock: Clock, rng: np.random.Generator
) -> pd.DataFrame:
    """Answers of one to three people a customer, first after a week, then every quarter; lower before they leave."""
    n = len(spells.started)
    rounds = clock.weeks // 13 + 1
    asked = spells.started[:, None] + 7 + 91 * np.arange(rounds)[None, :]
    row, _ = np.nonzero(asked < _until(spells, clock)[:, None])
    asked_at = asked[asked < _until(spells, clock)[:, None]]
    person = np.tile(np.arange(1, 4), len(row))
    row, asked_at = np.repeat(row, 3), np.repeat(asked_at, 3)
    kept = (person <= rng.integers(1, 4, n)[row]) & (rng.random(len(row)) < 0.5)
    row, asked_at, person = row[kept], asked_at[kept], person[kept]
    at = office(asked_at + rng.exponential(3, len(row)), rng)
    leaving = np.nan_to_num(spells.ended, nan=np.inf)[row] - at < 90
    mean = np.where(keen[row], 9.4, np.where(happy[row], 8.7, 7.7)) - 2.5 * leaving
    score = np.clip(np.round(rng.normal(mean, np.where(keen[row], 0.8, 1.8))), 0, 10)
    account_id = people.frame["account_id"].to_numpy()[spells.account[row]]
    frame = pd.DataFrame(
        {
            "account_id": account_id,
            "answered_at": clock.instants(at),
            "score": score,
            "person_id": [f"P{a[1:]}-{k}" for a, k in zip(account_id, person, strict=True)],
        }
    )[at < clock.end]
    return frame.sort_values(["answered_at", "account_id"], ignore_index=True)


def referrals(
    candidates: Ints, came: Floats, spells: Spells, people: Accounts, eager: Bools, rng: np.random.Generator
) -> tuple[Ints, Ints, Floats]:
    """Who brought whom: referrer, referred and when, for those of `candidates` whom a customer of the day could bring.

    came: when each candidate first wrote to us. Two thirds are brought by their own industry, most others by one
    whose people they talk to; spells of `eager` customers refer three times as often.
    """
    names = list(INDUSTRIES)
    ended = np.nan_to_num(spells.ended, nan=np.inf)
    customers = people.segment[spells.account]
    found: list[tuple[int, int, float]] = []
    for account, at in sorted(zip(candidates, came, strict=True), key=lambda pair: float(pair[1])):
        own = rng.random() < 0.66
        home = names[people.segment[account]]
        talks = [k for k, name in enumerate(names) if home in words.REFERS_TO[name]]
        wanted = np.isin(customers, [people.segment[account]] if own or not talks else talks)
        there = (spells.started + 3 < at) & (ended > at) & wanted & (spells.account != account)
        weight = there * np.where(eager, 3.0, 1.0)
        if weight.sum() > 0:
            referrer = int(spells.account[rng.choice(len(weight), p=weight / weight.sum())])
            found.append((referrer, int(account), float(at) - 0.03))
    columns = np.array(found, dtype=float).reshape(-1, 3)
    return columns[:, 0].astype(np.int64), columns[:, 1].astype(np.int64), columns[:, 2]
