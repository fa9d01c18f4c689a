"""This rule on simulated counts: when each segment's evidence is in, and when it is told to tighten.

Evidence beside the whole rest is an upper bound of the rule's (which also leaves out any one other segment), so
segments that never come up to "emerging" there need no more work. All others go through the judge's own code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

from benchmarks.signal.simulate import Cells
from gtm_metrics.evidence import combine_mean, combine_partial_conjunction, segment_evidence
from gtm_metrics.metrics import metric_named
from gtm_metrics.signal.columns import Columns, MetricColumns, lag_weeks, stratum_columns
from gtm_metrics.signal.comparisons import Comparison
from gtm_metrics.signal.histories import Entry, history_of
from gtm_metrics.signal.rules import Rules
from gtm_metrics.signal.states import LATCHED, STATES, log_threshold

Weeks = NDArray[np.int64]
NEVER = -1


@dataclass(frozen=True)
class Told:
    """Per segment the first column, counted from 0, in which something is reached; NEVER where it is not.

    any_one   evidence of being better on at least one metric at K / alpha
    two       the same on at least two
    emerging  the state emerging, or tighten now
    tighten   tighten now: evidence and gates
    """

    any_one: Weeks
    two: Weeks
    emerging: Weeks
    tighten: Weeks


def columns_of_cells(cells: dict[str, Cells], rules: Rules, clocks: bool = False) -> Columns:
    """Simulated counts on the refresh clock. `clocks`: each metric as late as it is frozen; else week for week."""
    parts = []
    for name, counted in cells.items():
        metric = metric_named(name)
        lag = lag_weeks(metric, rules) if clocks else 0
        x, n = (_later(values, lag).astype(np.float64) for values in (counted.x, counted.n))
        stratum = stratum_columns(n[:, lag:], rules)
        parts.append(MetricColumns(metric, x, n, counted.bands, lag, lag, stratum))
    names = tuple(f"s{i:02d}" for i in range(len(parts[0].n)))
    return Columns("industry", names, tuple(parts))


def told(columns: Columns, rules: Rules, rows: Sequence[int] | None = None) -> Told:
    """When the rule tells what of which segment; `rows`: those to look at (all)."""
    count = len(columns.segments)
    looked_at = np.arange(count) if rows is None else np.asarray(rows)
    comparison = Comparison(columns, tuple(range(count)), rules)
    least = max(log(count / rules.emerging), log(rules.watch))
    worth = [int(row) for row in looked_at[_upper_bound(columns, looked_at, rules) >= least]]
    comparison.prepare(0, worth)
    found = {name: np.full(count, NEVER) for name in ("any_one", "two", "emerging", "tighten")}
    threshold = log_threshold(count, 0, 1, rules.alpha)
    for row in worth:
        run = comparison.run(row, 0)
        found["any_one"][row] = first_week(run.log_e_any >= threshold)
        found["two"][row] = first_week(run.log_e_two >= threshold)
        history = history_of(comparison, Entry(row, 0, 1, 1, count, float(count)), {}, lambda *_: None)
        states = np.array(STATES)[history.state]
        found["tighten"][row] = first_week(np.isin(states, LATCHED))
        found["emerging"][row] = first_week(np.isin(states, (*LATCHED, "emerging")))
    return Told(**found)


def first_week(reached: NDArray[np.bool_]) -> int:
    """The first column that holds, NEVER if none."""
    return int(np.argmax(reached)) if reached.any() else NEVER


def _upper_bound(columns: Columns, rows: NDArray[np.intp], rules: Rules) -> NDArray[np.float64]:
    """The most that "better on at least one" ever reaches beside the whole rest, and so at most; (row,)."""
    better = []
    for metric in columns.metrics:
        x, n, begin = metric.strata(0)
        evidence = rules.evidence(metric.stratum)
        log_e = segment_evidence(x, n, metric.sign > 0, robust_rest=False, rules=evidence, only=rows).log_e_better
        better.append(metric.on_columns(log_e, begin))
    stacked = np.stack(better)
    return np.maximum(combine_mean(stacked), combine_partial_conjunction(stacked, 2)).max(axis=1)


def _later(values: NDArray[np.int64], columns: int) -> NDArray[np.int64]:
    if columns == 0:
        return values
    nothing = np.zeros_like(values[:, :columns])
    return np.concatenate([nothing, values], axis=1)[:, : values.shape[1]]
