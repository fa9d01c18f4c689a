"""The demo company's time: days counted from its first Monday, seasons, office hours, weekly rates."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from gtm_metrics.demo.truth import INDUSTRIES, Rates, Truth

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

BEYOND = 12
"""Weeks simulated past as_of, so that what is under way has a future (notice given, use falling)."""

LOW_SEASON = {"August": 0.45, "late December": 0.75}
"""Share of outreach left unsent in the slack weeks of the year."""


@dataclass(frozen=True)
class Clock:
    """`weeks` weeks that end with the Sunday `as_of`. A time is a float of days since the first Monday."""

    as_of: date
    weeks: int

    @property
    def origin(self) -> date:
        """The first Monday, day 0."""
        return self.as_of + timedelta(days=1 - 7 * self.weeks)

    @property
    def end(self) -> float:
        """The first instant after as_of."""
        return 7.0 * self.weeks

    def instants(self, days: Floats) -> pd.Series:
        """UTC instants to the second, missing where `days` is not a number."""
        seconds = pd.to_timedelta(np.round(np.asarray(days, dtype=float) * 86400), unit="s")
        return pd.Series(pd.Timestamp(self.origin) + seconds).astype("datetime64[us]")

    def dates(self, days: Floats) -> pd.Series:
        """The days themselves, at midnight."""
        return self.instants(np.floor(days))

    def anniversary(self, start: float, years: int) -> float:
        """The day `years` calendar years after the day of `start`; 29 February becomes the 28th."""
        first = pd.Timestamp(self.origin) + pd.Timedelta(days=int(start))
        return float((first + pd.DateOffset(years=years) - pd.Timestamp(self.origin)).days)

    def slack(self, days: Floats) -> Floats:
        """Share of outreach that is not sent on these days: August and the last two weeks of December."""
        when = self.instants(days)
        august = (when.dt.month == 8).to_numpy(dtype=float)
        december = ((when.dt.month == 12) & (when.dt.day >= 18)).to_numpy(dtype=float)
        share: Floats = LOW_SEASON["August"] * august + LOW_SEASON["late December"] * december
        return share


def office(days: Floats, rng: np.random.Generator) -> Floats:
    """The same days in office hours (8:30 to 17:30); a weekend becomes the Monday after it."""
    day = np.floor(days)
    weekday = day % 7
    return day + np.where(weekday >= 5, 7 - weekday, 0) + rng.uniform(8.5, 17.5, np.shape(days)) / 24


@dataclass(frozen=True)
class WeeklyRates:
    """The rates in force, one array (segment, week) each; looked up by segment and day."""

    tables: dict[str, Floats]

    def __call__(self, name: str, segment: Ints, days: Floats) -> Floats:
        table = self.tables[name]
        week = np.clip(np.floor(days / 7).astype(np.int64), 0, table.shape[1] - 1)
        return table[segment, week]


def weekly_rates(truth: Truth, clock: Clock, rng: np.random.Generator) -> WeeklyRates:
    """TRUTH spread over the weeks, times each week's luck, which all segments share and which averages 1."""
    weeks = clock.weeks + BEYOND
    mondays = [clock.origin + timedelta(days=7 * week) for week in range(weeks)]
    rates = [[truth.at(segment, monday, clock.as_of) for monday in mondays] for segment in INDUSTRIES]
    tables = {}
    for field in fields(Rates):
        luck = rng.lognormal(0, 0.12, weeks)
        flat = np.array([[getattr(rate, field.name) for rate in row] for row in rates])
        tables[field.name] = flat * luck / luck.mean()
    return WeeklyRates(tables)
