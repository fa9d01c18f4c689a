"""How long the judge takes: all weeks at once, and the one more week of a refresh."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.measure import Times, side_by_side
from benchmarks.report import Line, Part, Report
from benchmarks.signal.market import CHURN, METRICS, SIXTY, Lead, Market
from benchmarks.signal.simulate import Cells, frozen_cells, simulate
from gtm_metrics.evidence import segment_evidence
from gtm_metrics.metrics import metric_named
from gtm_metrics.refresh.shortcut import keep_in, known_from
from gtm_metrics.signal import Carried, Judged, judged

WEEKS = 156
ALL_AT_MOST, ONE_MORE_AT_MOST = 2.0, 0.1
"""Seconds."""
TOLD = ["week", "segment", "state", "since", "log_e_any", "log_e_two", "threshold", "weeks_to_decide"]
FIRST = pd.Timestamp("2023-01-02")
PART = Part(
    "The signal: 60 segments, 156 weeks, 4 metrics",
    "From frozen counts in memory to states, gates, estimates and waits, in seconds of one core, whatever else the "
    "machine does. A refresh goes on from what the last one left beside the journal; reading that file and checking it "
    "against the counts are part of it. Both ways say the same, or the run stops.",
    ("", "seconds", "beside", "ratio"),
)


def measure(seed: int, repeats: int, report: Report) -> None:
    """Adds to the report: all weeks, one more week in both ways, the evidence alone, one week's details."""
    report.open("signal", PART)
    market = Market(SIXTY, WEEKS + 1, leads=(Lead(SIXTY.index("large"), 1.5),))
    cells = simulate(market, np.random.default_rng(seed))
    frozen = frozen_cells(cells, FIRST)
    # as the journal hands them over
    frozen = frozen.astype(dict.fromkeys(("dimension", "metric", "segment", "band"), "object"))
    weeks = list(pd.date_range(FIRST + pd.Timedelta(weeks=3), periods=WEEKS + 1, freq="7D"))
    known = _judged(frozen, weeks)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "x.carried.npz"
        keep_in(file, _judged(frozen, weeks[:-1]).carried)

        def one_more() -> Judged:
            found = _judged(frozen, weeks, known_from(file))
            found.since(found.weeks[-1])
            return found

        def anew() -> Judged:
            found = _judged(frozen, weeks)
            found.since(found.weeks[-1])
            return found

        pd.testing.assert_frame_equal(one_more().verdicts[TOLD], known.verdicts[TOLD], rtol=1e-9)
        on, all_ = side_by_side(one_more, anew, repeats, time.process_time)
        reading = _timed(lambda: known_from(file), repeats)
    report.add(_within("157 weeks judged", all_, ALL_AT_MOST))
    report.add(_within("one more week, gone on with", on, ONE_MORE_AT_MOST))
    report.add(Line("signal", "one more week, beside all weeks anew", str(on), str(all_), on.median / all_.median))
    report.add(Line("signal", "of which reading the file", str(reading), ""))
    ways: dict[str, Callable[[], object]] = {
        "of all weeks the evidence": lambda: _evidence(cells),
        "gates, estimates and waits of a past week, asked for by a page": lambda: known.at(weeks[WEEKS // 2]),
    }
    for what, way in ways.items():
        report.add(Line("signal", what, str(_timed(way, repeats)), ""))


def _within(what: str, taken: Times, at_most: float) -> Line:
    """A line whose goal is a time."""
    return Line("signal", what, str(taken), f"goal {at_most:g} s", taken.median / at_most, goal=1.0)


def _timed(way: Callable[[], object], repeats: int) -> Times:
    """Seconds of one core in each repetition, after one that does not count."""
    way()
    taken = []
    for _ in range(repeats):
        begun = time.process_time()
        way()
        taken.append(time.process_time() - begun)
    return Times(tuple(taken))


def _evidence(cells: dict[str, Cells]) -> None:
    for metric, counted in cells.items():
        segment_evidence(counted.x[:, :WEEKS], counted.n[:, :WEEKS], metric != CHURN)


def _judged(frozen: pd.DataFrame, weeks: list[pd.Timestamp], carried: Mapping[str, Carried] | None = None) -> Judged:
    names = sorted(frozen["segment"].unique())
    rows = {"dimension": "industry", "segment": names, "first_week": weeks[0]}
    registry = pd.DataFrame(rows).assign(batch=1, k=len(names), epoch=1, registered_week=weeks[WEEKS - 1])
    return judged(frozen, registry, tuple(metric_named(name) for name in METRICS), weeks, carried=carried)
