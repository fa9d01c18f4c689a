"""What the tests of the signal share: registries, hand-made cells, judged simulated markets."""

import numpy as np
import pandas as pd

from benchmarks.signal.simulate import METRICS, Cells, Market, frozen_cells, simulate
from gtm_metrics.metrics import Metric, metric_named
from gtm_metrics.signal import Judged, Rules, judged

MONDAY = pd.Timestamp("2023-01-02")
EVIDENCE = tuple(metric_named(name) for name in METRICS)
TWO = (metric_named("response_rate"), metric_named("calls_to_understanding"))


def refresh_weeks(count: int, first: pd.Timestamp = MONDAY) -> list[pd.Timestamp]:
    """So many refresh weeks from the first on in which a week of calls, the quickest to close, is frozen."""
    return list(pd.date_range(first + pd.Timedelta(weeks=3), periods=count, freq="7D"))


def registry_of(segments: list[str], first_week: pd.Timestamp, **columns: object) -> pd.DataFrame:
    """One row a segment of `industry`, all of batch 1 and epoch 1, K their number, unless said otherwise."""
    rows = pd.DataFrame({"dimension": "industry", "segment": segments, "first_week": first_week})
    return rows.assign(**{"batch": 1, "k": len(segments), "epoch": 1, **columns})


def names(count: int) -> list[str]:
    """The names the simulated segments have."""
    return [f"s{i:02d}" for i in range(count)]


def decisions_of(*rows: tuple[str, str, pd.Timestamp]) -> pd.DataFrame:
    """The journal's decisions: (kind, segment, week)."""
    columns = {"kind": [], "dimension": [], "segment": [], "week": [], "who": [], "why": [], "review_on": []}
    for kind, segment, week in rows:
        for column, value in zip(columns, (kind, "industry", segment, week, "ana", "", None), strict=True):
            columns[column].append(value)
    return pd.DataFrame(columns)


def judge_market(market: Market, seed: int, refreshes: int | None = None, **given: object) -> Judged:
    """A simulated market judged over `refreshes` weeks, all its segments registered from the first on."""
    cells = simulate(market, np.random.default_rng(seed))
    weeks = refresh_weeks(refreshes or market.weeks)
    return judge_cells(cells, weeks, registry_of(names(len(market.sizes)), weeks[0]), **given)


def judge_cells(cells: dict[str, Cells], weeks: list[pd.Timestamp], registry: pd.DataFrame, **given: object) -> Judged:
    """Simulated counts judged on their own metrics."""
    metrics = tuple(metric_named(name) for name in cells)
    return judged(frozen_cells(cells, MONDAY), registry, metrics, weeks, **given)


def steady(
    successes: dict[str, int], trials: int, weeks: int, metrics: tuple[Metric, ...] = TWO, first: pd.Timestamp = MONDAY
) -> pd.DataFrame:
    """Cells in which every segment has the same trials and its own successes, every week alike."""
    rows = [
        ("industry", metric.name, first + pd.Timedelta(weeks=week), segment, metric.bands[0], trials, count)
        for metric in metrics
        for week in range(weeks)
        for segment, count in successes.items()
    ]
    return pd.DataFrame(rows, columns=["dimension", "metric", "week", "segment", "band", "trials", "successes"])


def states_of(verdicts: pd.DataFrame, segment: str) -> list[str]:
    """The segment's states, week by week."""
    return verdicts[verdicts["segment"] == segment]["state"].tolist()


__all__ = [
    "EVIDENCE",
    "MONDAY",
    "TWO",
    "Rules",
    "decisions_of",
    "judge_cells",
    "judge_market",
    "names",
    "refresh_weeks",
    "registry_of",
    "states_of",
    "steady",
]
