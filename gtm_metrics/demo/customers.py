"""Customers' prices over time: subscriptions row by row, and the renewals and expansions sold to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from gtm_metrics.demo import words
from gtm_metrics.demo.accounts import pick
from gtm_metrics.demo.clock import Bools, Clock, Floats, Ints
from gtm_metrics.demo.history import Spells

WON, LOST, NO_DECISION = 0, 1, 2

A_YEAR = {"expanded": 0.35, "not expanded": 0.15, "reduced": 0.07, "lapsed": 0.04}
"""What happens to a customer, times a year; a lapse is a gap of under 30 days between two payments."""


@dataclass(frozen=True)
class Price:
    """Monthly price of each deal and its discount (0 to 0.6) off list."""

    mrr: Floats
    discount: Floats


def prices(employees: Ints, rng: np.random.Generator) -> Price:
    """Prices grow with company size; half the deals get a discount, one in twenty a very deep one."""
    n = len(employees)
    mrr = 350 + np.round(65 * (np.maximum(employees, 5) / 50) ** 0.5 * rng.lognormal(0, 0.3, n)) * 10
    discount = np.where(rng.random(n) < 0.5, rng.uniform(0.03, 0.22, n), 0)
    return Price(mrr, np.where(rng.random(n) < 0.05, rng.uniform(0.35, 0.6, n), discount))


@dataclass
class _Stay:
    """One spell while its rows are written: the running price, and what is sold or changed on the way."""

    account: int
    mrr: float
    since: float
    rows: list[tuple[int, float, float, float, str | None]]
    sold: list[tuple[int, str, float, float, int, float]]

    def change(self, day: float, mrr: float, again: float, reason: str | None) -> None:
        """End the row at `day` and begin the next, at `mrr`, on day `again`."""
        self.rows.append((self.account, self.since, day, self.mrr, reason))
        self.since, self.mrr = again, mrr

    def sell(self, kind: str, created: float, closed: float, outcome: int, monthly: float) -> None:
        """Record an opportunity over `monthly` more, or again."""
        self.sold.append((self.account, kind, created, closed, outcome, 12 * monthly))


def subscriptions(
    spells: Spells, mrr: Floats, growing: Bools, clock: Clock, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Subscription rows begun by as_of, and the renewal and expansion opportunities, times in days.

    mrr: each spell's first monthly price; growing: spells that expand twice as often.
    Rows: account, started, ended, mrr, end_reason. Opportunities: account, kind, created, closed, outcome, amount.
    """
    rows: list[tuple[int, float, float, float, str | None]] = []
    sold: list[tuple[int, str, float, float, int, float]] = []
    left = pick(rng, words.END_REASONS, len(mrr))
    for i in np.flatnonzero(spells.started < clock.end):
        stay = _Stay(int(spells.account[i]), float(mrr[i]), float(spells.started[i]), rows, sold)
        ended = float(spells.ended[i])
        for day, what in _events(stay.since, ended, bool(growing[i]), clock, rng):
            _happens(stay, day, what, ended, clock, rng)
        if ended < clock.end:
            rows.append((stay.account, stay.since, ended, stay.mrr, None if rng.random() < 0.2 else left[i]))
        else:
            notice = ended < clock.end + 70 and rng.random() < 0.7
            rows.append((stay.account, stay.since, ended if notice else np.nan, stay.mrr, None))
    columns = ["account", "started", "ended", "mrr", "end_reason"]
    kinds = ["account", "kind", "created", "closed", "outcome", "amount"]
    return pd.DataFrame(rows, columns=columns), pd.DataFrame(sold, columns=kinds)


def _events(
    started: float, ended: float, growing: bool, clock: Clock, rng: np.random.Generator
) -> list[tuple[float, str]]:
    """Days on which something happens to a stay, in order, at least 35 days apart from one another and its ends."""
    last = min(ended if ended == ended else np.inf, clock.end)
    found = [(clock.anniversary(started, years), "renewal") for years in range(1, clock.weeks // 52 + 2)]
    # Renewals within 60 days are being talked about already.
    events = [(day, what) for day, what in found if day <= min(last + 60, clock.end + 60)]
    taken = [started, last, *(day for day, _ in found)]
    for what, rate in A_YEAR.items():
        often = rate * (2 if growing and what == "expanded" else 1)
        for day in np.floor(rng.uniform(started, last, rng.poisson(often * max(last - started, 0) / 365))):
            if min(abs(day - other) for other in taken) >= 35:
                events.append((float(day), what))
                taken.append(float(day))
    return sorted(events)


def _happens(stay: _Stay, day: float, what: str, ended: float, clock: Clock, rng: np.random.Generator) -> None:
    """Apply one event; `ended` is nan while they stay."""
    gone = ended <= day
    if what == "renewal":
        created = day - 60 + rng.integers(0, 10)
        if ended <= created:
            return
        closed = min(ended, day) if gone else day - rng.integers(1, 9)
        lost = LOST if rng.random() < 0.6 else NO_DECISION
        stay.sell(what, created, closed, lost if gone else WON, stay.mrr)
        if not gone and day < clock.end and rng.random() < 0.7:
            stay.change(day, round(stay.mrr * rng.uniform(0.97, 1.10)), day, "renewed")
    elif what == "expanded":
        more = round(stay.mrr * rng.uniform(0.12, 0.45))
        stay.sell("expansion", day - rng.integers(18, 33), day - rng.integers(0, 4), WON, more)
        stay.change(day, stay.mrr + more, day, "changed plan")
    elif what == "not expanded":
        lost = LOST if rng.random() < 0.5 else NO_DECISION
        stay.sell("expansion", day - rng.integers(18, 33), day, lost, round(stay.mrr * 0.3))
    elif what == "reduced":
        stay.change(day, round(stay.mrr * rng.uniform(0.65, 0.9)), day, "changed plan")
    else:
        stay.change(day, stay.mrr, day + rng.integers(5, 28), "payment failed")
