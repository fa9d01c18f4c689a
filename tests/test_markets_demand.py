"""Demand outside the target: a market that starts converting is told, and nobody where luck alone is at work."""

from __future__ import annotations

import numpy as np
import pandas as pd
from signal_market import MONDAY, names, refresh_weeks, registry_of

from benchmarks.signal.simulate import Lead, Market, frozen_cells, simulate
from gtm_metrics import markets
from gtm_metrics.metrics import METRICS

SIZES = ("large", "large", "mid", "mid", "mid", "mid", "small", "small")
HEAD = ("industry", "s00")
LEADS = Lead(0, 2.2)


def watched(*leads: Lead, seed: int, weeks: int = 80) -> pd.DataFrame:
    """What is said, after so many weeks, of simulated markets of which s00 is the head pin."""
    cells = simulate(Market(SIZES, weeks, leads=leads), np.random.default_rng(seed))
    clock = refresh_weeks(weeks)
    frozen = frozen_cells(cells, MONDAY)
    return markets.demand(frozen, registry_of(names(len(SIZES)), clock[0]), METRICS, clock, HEAD)


def test_luck_alone_is_never_told() -> None:
    """Twelve companies whose head pin leads by far and whose other markets are alike: nobody converts, and evidence of
    all stays below what is needed."""
    for seed in range(12):
        found = watched(LEADS, seed=seed)
        assert list(found["segment"].sort_values()) == names(len(SIZES))[1:]
        assert set(found["state"]) == {markets.QUIET}
        assert (found["evidence"] < found["needed"]).all()


def test_a_market_that_starts_converting_is_told_with_what_it_is_better_at() -> None:
    """One that answers, understands and buys 1.8 times as readily from week 30 on is told by week 80, after it began
    and alone, though the head pin is better still."""
    for seed in range(3):
        found = watched(LEADS, Lead(2, 1.8, first=30), seed=seed)
        first = found.iloc[0]
        assert (first["segment"], first["state"]) == ("s02", markets.CONVERTING)
        assert first["since"] > (MONDAY + pd.Timedelta(weeks=30)).date()
        assert len(first["carrying"]) >= 2
        assert "churn" not in first["carrying"]
        assert set(found["state"].iloc[1:]) == {markets.QUIET}


def test_customers_who_stay_are_no_demand() -> None:
    """A market better at keeping customers alone is not told: nobody new converts."""
    assert set(watched(LEADS, Lead(2, 2.5, ("churn",)), seed=1)["state"]) == {markets.QUIET}


def test_without_two_measures_or_two_markets_nothing_is_watched() -> None:
    """One measure counted, one market beside the head pin, no week: no row."""
    cells = frozen_cells(simulate(Market(SIZES, 30), np.random.default_rng(1)), MONDAY)
    clock, registry = refresh_weeks(30), registry_of(names(len(SIZES)), refresh_weeks(30)[0])
    one = cells[cells["metric"].isin(("response_rate", "churn"))]
    pair = registry[registry["segment"].isin(("s00", "s01"))]
    for found in (
        markets.demand(one, registry, METRICS, clock, HEAD),
        markets.demand(cells, pair, METRICS, clock, HEAD),
        markets.demand(cells, registry, METRICS, [], HEAD),
        markets.demand(cells, registry, METRICS, clock, ("region", "EU")),
        markets.no_demand(),
    ):
        assert (len(found), list(found)) == (0, list(markets.DEMAND_COLUMNS))
