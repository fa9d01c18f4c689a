"""Runs the scenarios and sums them up: false alarms in two years, weeks to find a lead, each with its error."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from math import log, sqrt

import numpy as np
from numpy.typing import NDArray

from benchmarks.signal.market import CHURN
from benchmarks.signal.rule import NEVER, columns_of_cells, first_week, told
from benchmarks.signal.scenarios import Scenario
from benchmarks.signal.simulate import Cells, simulate
from benchmarks.signal.today import named_today
from gtm_metrics.evidence import expected_log_growth
from gtm_metrics.signal.rules import Rules

TIGHTEN = "tighten now"
TWO = "better on two at K / alpha"
EMERGING = "emerging"
ANY = "better on any at K / alpha"
OURS = (TIGHTEN, TWO, EMERGING, ANY)
Z = 1.96


@dataclass(frozen=True)
class Measured:
    """A scenario's runs, per way of naming.

    wrong  in which runs it named, at any time in two years, a segment that is not the one to name; (run,)
    first  weeks from the lead's start until the one is named, inf where it is not; (run,), nothing without one
    misled in which runs it named a wrong one before the right one, or only a wrong one; (run,)
    wald   log(K / alpha) over the growth of the fastest metric, in weeks; None without a lead
    """

    scenario: Scenario
    wrong: dict[str, NDArray[np.bool_]]
    first: dict[str, NDArray[np.float64]]
    misled: dict[str, NDArray[np.bool_]]
    wald: float | None


def measure(scenario: Scenario, runs: int, seed: int, rules: Rules) -> Measured:
    """`runs` companies of the scenario; the same seed gives the same companies, whatever else is run."""
    key = zlib.crc32(scenario.key.encode())
    weeks, walds = [], []
    for run in range(runs):
        cells = simulate(scenario.market, np.random.default_rng([seed, key, run]))
        weeks.append(_first_weeks(scenario, cells, rules))
        if scenario.segment is not None:
            walds.append(wald_weeks(scenario, cells, rules))
    first_named = {way: np.array([one[way] for one in weeks], dtype=np.float64) for way in weeks[0]}
    wrong, first, misled = {}, {}, {}
    for way, named in first_named.items():
        named[named == NEVER] = np.inf
        right = [scenario.segment] if scenario.segment is not None else []
        others = np.delete(named, [*right, *scenario.spared], axis=1).min(axis=1)
        wrong[way] = np.isfinite(others)
        if scenario.segment is not None:
            # A name given before the lead began is a false alarm, and is not taken back.
            mine = named[:, scenario.segment] + 1 - scenario.market.leads[0].first
            first[way] = np.where(mine > 0, mine, np.inf)
            misled[way] = np.isfinite(others) & (others <= named[:, scenario.segment])
    wald = float(np.mean(walds)) if walds else None
    return Measured(scenario, wrong, first, misled, wald)


def _first_weeks(scenario: Scenario, cells: dict[str, Cells], rules: Rules) -> dict[str, NDArray[np.int64]]:
    """Way -> first week each segment is named in, (segment,)."""
    columns = columns_of_cells(cells, rules, scenario.clocks)
    ours = told(columns, rules)
    out = dict(zip(OURS, (ours.tighten, ours.two, ours.emerging, ours.any_one), strict=True))
    for way, flags in named_today(cells).items():
        out[way] = np.array([first_week(one) for one in flags])
    return out


def wald_weeks(scenario: Scenario, cells: dict[str, Cells], rules: Rules) -> float:
    """log(K / alpha) / KL: the least mean time of any test that knows the lead, its start and the best metric."""
    lead = scenario.market.leads[0]
    growth = []
    for metric in lead.metrics:
        theta = log(lead.odds_ratio) * (-1 if metric == CHURN else 1)
        n, x = cells[metric].n[:, lead.first :], cells[metric].x[:, lead.first :]
        a_week = expected_log_growth(n[lead.segment], n.sum(axis=0), x.sum(axis=0), theta).sum(axis=1)
        growth.append(float(a_week.mean()))
    return log(len(scenario.market.sizes) / rules.alpha) / max(growth)


def share_interval(count: int, runs: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share (Wilson 1927)."""
    share = count / runs
    middle = (share + Z**2 / (2 * runs)) / (1 + Z**2 / runs)
    half = Z / (1 + Z**2 / runs) * sqrt(share * (1 - share) / runs + Z**2 / (4 * runs**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def median_interval(values: NDArray[np.float64]) -> tuple[float, float, float]:
    """(median, low, high): 95 % by order statistics, inf where it lies among those not found."""
    ordered = np.sort(values)
    half = Z * sqrt(ordered.size) / 2
    low, high = int(np.floor(ordered.size / 2 - half)), int(np.ceil(ordered.size / 2 + half))
    middle = ordered[(ordered.size - 1) // 2 : ordered.size // 2 + 1]
    median = float(middle.mean()) if np.isfinite(middle).all() else float("inf")
    return median, float(ordered[max(low, 0)]), float(ordered[min(high, ordered.size - 1)])
