"""Opportunities from creation to decision: calls, understanding, leaving, winning."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gtm_metrics.demo.clock import Bools, Clock, Floats, Ints, WeeklyRates, office

OUTCOMES = ("won", "lost", "no_decision")
MOST_CALLS = 12
AFTERWARDS = 2
"""Calls at most that are held after understanding."""

NO_DECISION = 0.53
"""Share of the deals not won that end in no decision: about 40 % of all decided ones."""


@dataclass(frozen=True)
class Deals:
    """Opportunities of type new, arrays of one length; times are nan where a thing never happens.

    outcome  index into OUTCOMES, what it will be; a deal that is never decided has no `closed`
    """

    created: Floats
    closed: Floats
    outcome: Ints
    understood: Floats
    advanced: Floats


@dataclass(frozen=True)
class Calls:
    """Calls held, arrays of one length: the deal's row, when, and whether the prospect had understood by its end.

    noted  whether anybody wrote down if they did
    """

    deal: Ints
    held: Floats
    understood: Bools
    noted: Bools


def win_given_understood(understanding: Floats, leaving: Floats, close: Floats) -> Floats:
    """The chance to win once they understood, such that `close` of all are won; nobody buys who has not understood.

    With h the chance to understand on a call and l that to leave after another, the share that ever understands
    is the sum of the geometric series h (1 + q + q^2 + ...), q = (1 - h)(1 - l).
    """
    ever = understanding / (1 - (1 - understanding) * (1 - leaving))
    return np.minimum(close / ever, 1.0)


def deals(
    since: Floats, created: Floats, segment: Ints, rates: WeeklyRates, rng: np.random.Generator
) -> tuple[Deals, Calls]:
    """Deals created at `created` in `segment`, with all their calls, at the rates of the week of creation.

    since: when the account showed interest; a few first calls are held between that and the deal's creation.
    """
    n = len(created)
    understanding = rates("understanding", segment, created)
    leaving = rates("leaving", segment, created)
    close = rates("close", segment, created)

    without_calls = rng.random(n) < 0.05
    same_day = without_calls & (rng.random(n) < 0.5)
    gets_it = rng.random((n, MOST_CALLS)) < understanding[:, None]
    leaves = rng.random((n, MOST_CALLS)) < leaving[:, None]
    ends = gets_it | leaves
    ends[:, -1] = True
    last = ends.argmax(axis=1)
    got_it = gets_it[np.arange(n), last]
    afterwards = np.where(got_it, rng.choice([0, 1, 2], n, p=[0.5, 0.35, 0.15]), 0)
    held = _held(since, created, rng)
    number = np.where(without_calls, 0, last + 1 + afterwards)

    won = rng.random(n) < np.where(without_calls, close, win_given_understood(understanding, leaving, close) * got_it)
    outcome = np.where(won, 0, np.where(rng.random(n) < NO_DECISION, 2, 1)).astype(np.int64)

    got_it &= ~without_calls
    rows = np.arange(n)
    understood = np.where(got_it, np.maximum(held[rows, last] + rng.uniform(0.05, 0.2, n), created), np.nan)
    ready = np.where(number > 0, held[rows, np.maximum(number, 1) - 1], created)
    considering = np.where(got_it, 5 + rng.lognormal(np.log(14), 0.7, n), 10 + rng.exponential(16, n))
    considering *= np.where(rng.random(n) < 0.04, 4.0, 1.0)
    closed = np.floor(office(ready + considering, rng))
    closed = np.where(same_day, np.floor(created), closed)
    closed = np.where(rng.random(n) < 0.03, np.nan, closed)

    # Won without a call on record: somebody understood, the day is the rep's guess.
    unseen = without_calls & won & ~same_day & ~np.isnan(closed)
    understood = np.where(unseen, created + (closed - created) * 0.4, understood)
    advanced = office(understood + rng.uniform(1, 3.5, n), rng)
    advanced = np.where(advanced >= closed, np.floor(closed), advanced)

    row, call = np.nonzero(np.arange(MOST_CALLS + AFTERWARDS) < number[:, None])
    knows = got_it[row] & (call >= last[row])
    result = Deals(created, closed, outcome, understood, advanced)
    return result, Calls(row.astype(np.int64), held[row, call], knows, _noted(row, call, last, rng))


def _held(since: Floats, created: Floats, rng: np.random.Generator) -> Floats:
    """When each deal's calls would be held: in order, days apart; one first call in twelve precedes the record."""
    n = len(created)
    wait = 1 + rng.lognormal(np.log(4), 0.7, n)
    wait = np.where(rng.random(n) < 0.08, (since - created) * rng.random(n), wait)
    gaps = 3 + rng.lognormal(np.log(4.5), 0.7, (n, MOST_CALLS + AFTERWARDS - 1))
    return office(np.cumsum(np.column_stack([created + wait, gaps]), axis=1), rng)


def _noted(row: npt.NDArray[np.intp], call: npt.NDArray[np.intp], last: Ints, rng: np.random.Generator) -> Bools:
    """Whether understanding was noted: 3 % were not, alike whatever came of the call.

    Where the call that did it was not noted, neither are those after it, else the next would seem to have done it.
    """
    noted = rng.random(len(row)) >= 0.03
    forgotten = np.zeros(len(last), dtype=bool)
    forgotten[row[(call == last[row]) & ~noted]] = True
    return noted & ~(forgotten[row] & (call > last[row]))


def logged_late(deals: Deals, clock: Clock, rng: np.random.Generator) -> Floats:
    """Creation as the CRM has it: a few wins were entered 1 to 9 days after they were won."""
    late = (deals.outcome == 0) & (deals.closed < clock.end - 12) & (rng.random(len(deals.created)) < 0.03)
    return np.where(late, office(deals.closed + rng.integers(1, 8, len(late)), rng), deals.created)
