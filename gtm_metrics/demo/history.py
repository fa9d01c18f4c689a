"""What happens to each account in turn: approached or approaching us, talking, deciding, staying, leaving, again."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, TypeVar

import numpy as np

from gtm_metrics.demo.accounts import Accounts, Volume
from gtm_metrics.demo.clock import BEYOND, Bools, Clock, Floats, Ints, WeeklyRates, office
from gtm_metrics.demo.deals import Calls, Deals, deals
from gtm_metrics.demo.outreach import Touches, drip, sequences

QUIET = 92
"""Days between the last touch and the next sequence, so that each sequence counts as a new one (over 90)."""

NEVER = np.inf


@dataclass(frozen=True)
class Spells:
    """Customers' stays, arrays of one length; `ended` nan while they stay, `unrenewed` if it was a renewal day."""

    deal: Ints
    account: Ints
    started: Floats
    ended: Floats
    unrenewed: Bools


@dataclass(frozen=True)
class History:
    """All that happened, rows of `deals` being the index that `calls.deal` and `spells.deal` point to.

    touch_account  account of each touch of `touches`, outbound; inbound_* are the touches accounts began with
    deal_account   account of each deal; deal_inbound: it began with the account
    """

    touches: Touches
    touch_account: Ints
    inbound_account: Ints
    inbound_at: Floats
    deals: Deals
    deal_account: Ints
    deal_inbound: Bools
    calls: Calls
    spells: Spells


def history(people: Accounts, volume: Volume, rates: WeeklyRates, clock: Clock, rng: np.random.Generator) -> History:
    """Every account's story to as_of and a little beyond, a round of conversation at a time."""
    n = len(people.created)
    dripped = rng.random(n) < 0.03
    never_tried = rng.random(n) < 0.04
    turn = np.maximum(people.created, 0) + rng.exponential(volume.first_days, n)
    waited = people.created < 0
    turn[waited] += rng.uniform(0, 200, int(waited.sum()))
    turn[never_tried] = NEVER
    last_touch = np.full(n, -np.inf)
    rounds: list[_Round] = []
    while (who := np.flatnonzero(turn < clock.end)).size:
        inbound = rng.random(len(who)) < volume.inbound
        if rounds:
            inbound |= dripped[who]
        at = np.where(inbound, turn[who], _postponed(turn[who], clock, rng))
        this = _round(who, office(at, rng), inbound, people.segment[who], rates, clock, rng)
        np.maximum.at(last_touch, who, this.last_touch)
        turn[who] = _next_turn(this, volume, rng)
        turn = np.maximum(turn, last_touch + QUIET)
        rounds.append(this)

    began = np.flatnonzero(dripped & np.isfinite(last_touch))
    steady = drip(last_touch[began], clock, rng)
    touches = _join([*(r.touches for r in rounds), steady])
    touch_account = np.concatenate([*(r.who[r.cold][r.touches.sequence] for r in rounds), began[steady.sequence]])
    starts = np.cumsum([0, *(len(r.deals.created) for r in rounds)])[:-1]
    pieces = list(zip(starts, rounds, strict=True))
    return History(
        touches=touches,
        touch_account=touch_account,
        inbound_account=np.concatenate([r.who[~r.cold] for r in rounds]),
        inbound_at=np.concatenate([r.at[~r.cold] for r in rounds]),
        deals=_join([r.deals for r in rounds]),
        deal_account=np.concatenate([r.who[r.talks] for r in rounds]),
        deal_inbound=np.concatenate([~r.cold[r.talks] for r in rounds]),
        calls=_join([Calls(r.calls.deal + s, r.calls.held, r.calls.understood, r.calls.noted) for s, r in pieces]),
        spells=_join(
            [
                Spells(r.spells.deal + s, r.spells.account, r.spells.started, r.spells.ended, r.spells.unrenewed)
                for s, r in pieces
            ]
        ),
    )


@dataclass(frozen=True)
class _Round:
    """One conversation each for the accounts `who`; `talks` are the rows that became deals, in their order."""

    who: Ints
    at: Floats
    cold: Bools
    touches: Touches
    last_touch: Floats
    talks: Ints
    deals: Deals
    calls: Calls
    spells: Spells


def _round(
    who: Ints,
    at: Floats,
    inbound: Bools,
    segment: Ints,
    rates: WeeklyRates,
    clock: Clock,
    rng: np.random.Generator,
) -> _Round:
    cold = ~inbound
    response = rates("response", segment[cold], at[cold])
    touches, reply, last = sequences(at[cold], response, clock, rng)
    interest, last_touch = at.copy(), np.full(len(who), -np.inf)
    interest[cold], last_touch[cold] = reply, last
    interest[rng.random(len(who)) > np.where(inbound, 0.8, 0.85)] = np.nan
    created = office(interest + 1 + rng.lognormal(np.log(2), 0.7, len(who)), rng)
    talks = np.flatnonzero(created < clock.end)
    talk, calls = deals(interest[talks], created[talks], segment[talks], rates, rng)
    buyers = np.flatnonzero((talk.outcome == 0) & ~np.isnan(talk.closed))
    stays = _spells(buyers, who[talks[buyers]], segment[talks[buyers]], talk.closed[buyers], rates, clock, rng)
    return _Round(who, at, cold, touches, last_touch, talks, talk, calls, stays)


def _spells(
    deal: Ints,
    account: Ints,
    segment: Ints,
    closed: Floats,
    rates: WeeklyRates,
    clock: Clock,
    rng: np.random.Generator,
) -> Spells:
    """How long they stay: a weekly hazard from the week after the start, and the renewal day of every year."""
    n = len(deal)
    started = np.floor(closed + rng.integers(0, 21, n))
    mondays = np.arange(clock.weeks + BEYOND, dtype=np.float64) * 7
    monthly = rates("churn", segment[:, None], mondays[None, :])
    weekly = 1 - (1 - monthly) ** (12 / 52)
    leaves = (rng.random((n, len(mondays))) < weekly) & (mondays[None, :] > started[:, None])
    week = np.where(leaves.any(axis=1), leaves.argmax(axis=1), np.nan)
    ended: Floats = week * 7 + rng.integers(0, 7, n)
    unrenewed = np.zeros(n, dtype=bool)
    for years in range(1, clock.weeks // 52 + 2):
        day = np.array([clock.anniversary(start, years) for start in started], dtype=np.float64)
        refused = rng.random(n) < rates("churn_at_renewal", segment, day)
        here = refused & ~(ended <= day) & (day < mondays[-1])
        ended = np.where(here, day, ended)
        unrenewed |= here
    return Spells(deal, account, started, ended, unrenewed)


def _postponed(at: Floats, clock: Clock, rng: np.random.Generator) -> Floats:
    """Outreach that would begin in a slack week is mostly put off until it is over."""
    put_off = rng.random(len(at)) < clock.slack(at)
    august = (clock.instants(at).dt.month == 8).to_numpy()
    return np.where(put_off, at + np.where(august, 31, 16), at)


def _next_turn(this: _Round, volume: Volume, rng: np.random.Generator) -> Floats:
    """When each account of the round is tried again, or comes again; many never."""
    n = len(this.who)
    idle = rng.exponential(volume.idle_days, n)
    free = this.at + 30
    free[this.talks] = this.deals.closed + 40
    free[this.talks[this.spells.deal]] = this.spells.ended + QUIET
    free[np.isnan(free)] = NEVER
    keeps = rng.random(n) < 0.8
    return np.where(keeps, free + idle, NEVER)


T = TypeVar("T")


def _join(parts: list[T]) -> T:
    """The parts, one after the other, as one of their kind."""
    kind: Any = type(parts[0])
    joined: T = kind(**{f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(kind)})
    return joined
