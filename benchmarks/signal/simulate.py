"""Companies with a known truth, as weekly counts: what the signal is calibrated on.

Every metric has a common rate that moves from week to week (shocks and a season), each segment may have luck of its
own, independent or lasting, and a lead may begin and end. Deals hold calls until they understand, won ones become
customers, customers grow older and leave. All chance comes from the `rng` that is given.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.signal.market import (
    CALL_BANDS,
    CALL_LOG_ODDS,
    CALLS,
    CHURN,
    CHURN_BANDS,
    CHURN_LOG_ODDS,
    COMES_BACK,
    CUSTOMERS_A_DEAL,
    METRICS,
    RESPONSE,
    SALES_CYCLE,
    SEASON,
    SHOCK_SD,
    SIZES,
    STAYS_FOR_ANOTHER_CALL,
    TWENTY,
    WON,
    Lead,
    Market,
)

Counts = NDArray[np.int64]
Logits = NDArray[np.float64]
WEEKS_A_MONTH = 365.25 / 12 / 7
LONGEST = 60  # calls a deal can hold


@dataclass(frozen=True)
class Cells:
    """One metric's counts: successes x and trials n of shape (segment, week, band), and the names of the bands.

    today  (successes, trials) that a usual dashboard would count where it counts something else, (segment, week)
    """

    x: Counts
    n: Counts
    bands: tuple[str, ...]
    today: tuple[Counts, Counts] | None = None

    @property
    def counted_today(self) -> tuple[Counts, Counts]:
        """Successes and trials, (segment, week), as a usual dashboard counts them."""
        return self.today if self.today is not None else (self.x.sum(axis=2), self.n.sum(axis=2))


class _Deals(NamedTuple):
    """One entry a deal: its segment, week of its start, and quality in log odds."""

    segment: Counts
    week: Counts
    quality: Logits


def simulate(market: Market, rng: np.random.Generator) -> dict[str, Cells]:
    """The market's weekly counts, metric by metric, every metric's weeks its own."""
    shared = _luck(market, rng)
    logits = {}
    for metric in METRICS:
        luck = shared if market.shared_luck else _luck(market, rng)
        logits[metric] = _common(market, metric, rng) + luck + _leads(market, metric)
    deals = _deals(market, rng)
    won = rng.random(deals.week.size) < _chance(logits[WON][deals.segment, deals.week] + deals.quality)
    out = {}
    for metric in market.metrics:
        if metric == RESPONSE:
            out[metric] = _responses(market, logits[metric], rng)
        elif metric == CALLS:
            out[metric] = _calls(market, deals, logits[metric], rng)
        elif metric == WON:
            out[metric] = _won(market, deals, won)
        else:
            out[metric] = _churned(market, _Deals(*(part[won] for part in deals)), logits[metric], rng)
    return out


def frozen_cells(cells: dict[str, Cells], first_week: pd.Timestamp, dimension: str = "industry") -> pd.DataFrame:
    """The counts as frozen rows: dimension, metric, week, segment, band, trials, successes. Week 0 is `first_week`."""
    parts = []
    for metric, counted in cells.items():
        segment, week, band = np.nonzero(counted.n)
        parts.append(
            pd.DataFrame(
                {
                    "dimension": dimension,
                    "metric": metric,
                    "week": first_week + pd.to_timedelta(7 * week, unit="D"),
                    "segment": np.array([f"s{i:02d}" for i in range(counted.n.shape[0])])[segment],
                    "band": np.array(counted.bands)[band],
                    "trials": counted.n[segment, week, band],
                    "successes": counted.x[segment, week, band],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _luck(market: Market, rng: np.random.Generator) -> Logits:
    """Stationary AR(1) swings of shape (segment, week), sd `luck_sd`."""
    steps = rng.standard_normal((len(market.sizes), market.weeks)) * market.luck_sd
    out = steps.copy()
    for week in range(1, market.weeks):
        out[:, week] = market.luck_ar * out[:, week - 1] + np.sqrt(1 - market.luck_ar**2) * steps[:, week]
    return out


def _common(market: Market, metric: str, rng: np.random.Generator) -> Logits:
    """What moves everybody in the same week: base rate, shocks, season; shape (week,)."""
    base = market.base_rate[metric]
    season = SEASON * np.sin(2 * np.pi * np.arange(market.weeks) / 52)
    return np.asarray(np.log(base / (1 - base)) + season + SHOCK_SD[metric] * rng.standard_normal(market.weeks))


def _leads(market: Market, metric: str) -> Logits:
    out = np.zeros((len(market.sizes), market.weeks))
    for lead in market.leads:
        if metric in lead.metrics:
            better = -np.log(lead.odds_ratio) if metric == CHURN else np.log(lead.odds_ratio)
            out[lead.segment, lead.first : lead.last] += better
    return out


def _volume(market: Market, what: str) -> Logits:
    """Expected trials of shape (segment, week), growing by `growth` a week."""
    size = np.array([getattr(SIZES[name], what) for name in market.sizes])
    size = size * (market.deal_share if what == "deals" else 1.0)
    return np.asarray(size[:, np.newaxis] * (1 + market.growth) ** np.arange(market.weeks))


def _chance(logits: Logits) -> Logits:
    return np.asarray(1 / (1 + np.exp(-logits)))


def _responses(market: Market, logits: Logits, rng: np.random.Generator) -> Cells:
    accounts = rng.poisson(_volume(market, "touches"))
    if market.touches_each == 1 and market.account_sd == 0:
        return Cells(rng.binomial(accounts, _chance(logits))[..., np.newaxis], accounts[..., np.newaxis], ("",))
    once, touches = np.zeros_like(accounts), np.zeros_like(accounts)
    for segment in range(accounts.shape[0]):
        kept = rng.standard_normal((COMES_BACK, accounts[segment].max())) * market.account_sd
        for week, count in enumerate(accounts[segment].tolist()):
            own = logits[segment, week] + kept[week % COMES_BACK, :count]
            answers = rng.binomial(market.touches_each, _chance(own))
            once[segment, week], touches[segment, week] = np.count_nonzero(answers), answers.sum()
    by_touch = (touches, accounts * market.touches_each)
    return Cells(once[..., np.newaxis], accounts[..., np.newaxis], ("",), by_touch)


def _deals(market: Market, rng: np.random.Generator) -> _Deals:
    segment, week = np.indices((len(market.sizes), market.weeks))
    count = rng.poisson(_volume(market, "deals")).ravel()
    quality = rng.standard_normal(count.sum()) * market.quality_sd
    return _Deals(np.repeat(segment.ravel(), count), np.repeat(week.ravel(), count), quality)


def _counted(market: Market, segment: Counts, week: Counts, band: Counts | int, bands: int) -> Counts:
    out = np.zeros((len(market.sizes), market.weeks, bands), dtype=np.int64)
    np.add.at(out, (segment, week, band), 1)
    return out


def _calls(market: Market, deals: _Deals, logits: Logits, rng: np.random.Generator) -> Cells:
    """A deal holds a call a week from its first on, until it understands or leaves; the fourth and later share a
    band. Deals begun before week 0 are under way."""
    before = rng.poisson(np.tile(_volume(market, "deals")[:, :1], (1, LONGEST)))
    segment, week = (part.ravel() for part in np.indices(before.shape))
    older = rng.standard_normal(before.sum()) * market.quality_sd
    segment = np.concatenate([np.repeat(segment, before.ravel()), deals.segment])
    week = np.concatenate([np.repeat(week, before.ravel()) - LONGEST, deals.week])
    quality = np.concatenate([older, deals.quality])
    shape = (len(market.sizes), market.weeks, len(CALL_BANDS))
    x, n = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    for call in range(LONGEST):
        band = min(call, len(CALL_BANDS) - 1)
        at = np.maximum(week, 0)
        understood = rng.random(week.size) < _chance(logits[segment, at] + CALL_LOG_ODDS[band] + quality)
        seen = week >= 0
        n += _counted(market, segment[seen], week[seen], band, len(CALL_BANDS))
        x += _counted(market, segment[seen & understood], week[seen & understood], band, len(CALL_BANDS))
        stays = ~understood & (rng.random(week.size) < STAYS_FOR_ANOTHER_CALL) & (week + 1 < market.weeks)
        segment, week, quality = segment[stays], week[stays] + 1, quality[stays]
    return Cells(x, n, CALL_BANDS)


def _won(market: Market, deals: _Deals, won: NDArray[np.bool_]) -> Cells:
    n = _counted(market, deals.segment, deals.week, 0, 1)
    return Cells(_counted(market, deals.segment[won], deals.week[won], 0, 1), n, ("",))


def _churned(market: Market, wins: _Deals, logits: Logits, rng: np.random.Generator) -> Cells:
    """Customers of the start, as many as wins replace and as old as they come, and those won since."""
    base = market.base_rate[CHURN]
    first = rng.poisson(_volume(market, "deals")[:, 0] * CUSTOMERS_A_DEAL)
    older = -rng.geometric(base, first.sum())
    segment = np.concatenate([np.repeat(np.arange(first.size), first), wins.segment])
    since = np.concatenate([older, wins.week + SALES_CYCLE])
    quality = np.concatenate([np.zeros(older.size), wins.quality])
    shape = (len(market.sizes), market.weeks, len(CHURN_BANDS))
    x, n = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    shift, here = np.array(CHURN_LOG_ODDS), np.ones(segment.size, dtype=bool)
    for week in range(market.weeks):
        now = np.flatnonzero(here & (since <= week))
        band = _tenure_band(week - since[now])
        np.add.at(n, (segment[now], week, band), 1)
        left = rng.random(now.size) < _chance(logits[segment[now], week] + shift[band] - quality[now])
        np.add.at(x, (segment[now[left]], week, band[left]), 1)
        here[now[left]] = False
    return Cells(x, n, CHURN_BANDS)


def _tenure_band(weeks: Counts) -> Counts:
    """Position among CHURN_BANDS: months 0-3, 4-11, every twelfth (the renewal), the other ones."""
    months = (weeks / WEEKS_A_MONTH).astype(np.int64)
    late = np.where(months % 12 == 0, 2, 3)
    return np.asarray(np.where(months < 4, 0, np.where(months < 12, 1, late)))


__all__ = [
    "CALLS",
    "CHURN",
    "METRICS",
    "RESPONSE",
    "TWENTY",
    "WON",
    "Cells",
    "Lead",
    "Market",
    "frozen_cells",
    "simulate",
]
