"""How long the judge takes: all weeks at once, and the one more week of a refresh."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from benchmarks.measure import Times
from benchmarks.report import Line, Part, Report
from benchmarks.signal.market import CHURN, METRICS, SIXTY, Lead, Market
from benchmarks.signal.simulate import Cells, frozen_cells, simulate
from gtm_metrics.evidence import segment_evidence
from gtm_metrics.metrics import metric_named
from gtm_metrics.signal import Judged, judged

WEEKS = 156
FIRST = pd.Timestamp("2023-01-02")
PART = Part(
    "The signal: 60 segments, 156 weeks, 4 metrics",
    "From frozen counts in memory to states, gates, estimates and waits. A refresh judges all weeks anew: what was "
    "said of the past comes out the same, so nothing is kept that could go stale. There is no goal.",
    ("", "seconds", "", ""),
)


def measure(seed: int, repeats: int, report: Report) -> None:
    """Adds to the report: all weeks, all weeks and one more, the evidence alone, one week's details."""
    report.open("signal", PART)
    market = Market(SIXTY, WEEKS + 1, leads=(Lead(SIXTY.index("large"), 1.5),))
    cells = simulate(market, np.random.default_rng(seed))
    frozen = frozen_cells(cells, FIRST)
    weeks = list(pd.date_range(FIRST + pd.Timedelta(weeks=3), periods=WEEKS + 1, freq="7D"))
    known = _judged(frozen, weeks)
    ways: dict[str, Callable[[], object]] = {
        "156 weeks judged": lambda: _judged(frozen, weeks[:-1]),
        "a refresh: one more week, judged with all before it": lambda: _judged(frozen, weeks),
        "of which the evidence of 156 weeks": lambda: _evidence(cells),
        "gates, estimates and waits of a past week, asked for by a page": lambda: known.at(weeks[WEEKS // 2]),
    }
    for what, way in ways.items():
        report.add(Line("signal", what, str(_timed(way, repeats)), ""))


def _timed(way: Callable[[], object], repeats: int) -> Times:
    """Seconds of each repetition, after one that does not count."""
    way()
    taken = []
    for _ in range(repeats):
        begun = time.perf_counter()
        way()
        taken.append(time.perf_counter() - begun)
    return Times(tuple(taken))


def _evidence(cells: dict[str, Cells]) -> None:
    for metric, counted in cells.items():
        segment_evidence(counted.x[:, :WEEKS], counted.n[:, :WEEKS], metric != CHURN)


def _judged(frozen: pd.DataFrame, weeks: list[pd.Timestamp]) -> Judged:
    names = sorted(frozen["segment"].unique())
    rows = {"dimension": "industry", "segment": names, "first_week": weeks[0]}
    registry = pd.DataFrame(rows).assign(batch=1, k=len(names), epoch=1)
    return judged(frozen, registry, tuple(metric_named(name) for name in METRICS), weeks)
