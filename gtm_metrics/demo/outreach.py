"""Sequences of outreach: touches over a few weeks to several people, and whether and when the account answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gtm_metrics.demo.clock import Clock, Floats, Ints, office

STEPS = 7
LATE_REPLIES = 0.012
"""Share of sequences answered only after day 21: no success, though an answer."""


@dataclass(frozen=True)
class Touches:
    """Touches as parallel arrays; `sequence` is the row of the sequence asked for, `replied` nan without reply."""

    sequence: Ints
    sent: Floats
    replied: Floats


def sequences(
    first: Floats, response: Floats, clock: Clock, rng: np.random.Generator
) -> tuple[Touches, Floats, Floats]:
    """Sequences whose first touches go out at `first`, each answered in time with chance `response`.

    Returns the touches, and for each sequence the time of the reply (nan: none) and of its last touch.
    A reply lands 0.1 to 20.5 days after the first touch, so always within 21 days, on the latest touch sent
    before it, and ends the sequence.
    """
    n = len(first)
    answered = rng.random(n) < response
    late = ~answered & (rng.random(n) < LATE_REPLIES)
    lag = 0.1 + 20.4 * rng.beta(1.2, 3.6, n)
    lag = np.where(late, 22.5 + rng.exponential(7, n), lag)
    reply = np.where(answered | late, first + lag, np.nan)

    gaps = rng.integers(2, 7, (n, STEPS - 1))
    steps = office(first[:, None] + np.cumsum(gaps, axis=1), rng)
    sent = np.column_stack([first, steps])
    planned = np.arange(STEPS) < rng.integers(4, STEPS + 1, n)[:, None]
    unsent = rng.random(sent.shape) < clock.slack(sent.ravel()).reshape(sent.shape) * 0.8
    unsent[:, 0] = False
    stopped = sent >= np.where(np.isnan(reply), np.inf, reply)[:, None]
    kept = planned & ~unsent & ~stopped

    row, step = np.nonzero(kept)
    people = rng.choice([1, 2, 3], len(row), p=[0.87, 0.10, 0.03])
    sequence = np.repeat(row, people)
    nth = np.arange(len(sequence)) - np.repeat(np.cumsum(people) - people, people)
    # Colleagues get theirs minutes later, never after the reply that stops the sequence.
    when = np.repeat(sent[row, step], people) + nth * 0.004
    in_time = (nth == 0) | ~(when >= reply[sequence])
    sequence, when = sequence[in_time], when[in_time]

    last = np.full(n, -np.inf)
    np.maximum.at(last, sequence, when)
    replied = np.where(when == last[sequence], reply[sequence], np.nan)
    return Touches(sequence.astype(np.int64), when, replied), reply, last


def drip(after: Floats, clock: Clock, rng: np.random.Generator) -> Touches:
    """One touch every two to five weeks from `after` to the end: an account under constant drip."""
    count = int(clock.end / 14) + 2
    sent = office(after[:, None] + np.cumsum(rng.uniform(12, 35, (len(after), count)), axis=1), rng)
    row, step = np.nonzero(sent < clock.end)
    return Touches(row.astype(np.int64), sent[row, step], np.full(len(row), np.nan))
