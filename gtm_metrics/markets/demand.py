"""Demand outside the target: a market nobody aims at that starts converting, watched without crying wolf. Pure.

The evidence is the signal's own, valid however often one looks, with two differences. The head pin is left out of the
rest: beside a leader everybody looks slow. And only what converts counts, response, calls and wins; who stays was won
before. A market converts once two of them are better than in the other markets outside the target, at K / alpha for K
markets ever watched, with the signal's gates.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from gtm_metrics.markets.said import Key
from gtm_metrics.metrics import Metric
from gtm_metrics.signal import INSUFFICIENT_DATA, TIGHTEN_NOW, Rules, judged

CONVERTS = ("response_rate", "calls_to_understanding", "won_in_time", "reached_opportunity", "advanced")
"""The metrics of who comes to be a customer; churn is of those who are."""

CONVERTING, QUIET, EARLY = "converting", "quiet", "too_early"

DEMAND_COLUMNS = ("segment", "state", "since", "evidence", "needed", "carrying")


def demand(
    frozen: pd.DataFrame,
    registry: pd.DataFrame,
    metrics: Sequence[Metric],
    weeks: Sequence[Any],
    head: Key,
    rules: Rules | None = None,
) -> pd.DataFrame:
    """A row a market of the head pin's dimension but the head pin, those that convert first: DEMAND_COLUMNS.

    frozen, registry, weeks   as `signal.judged` takes them
    state      converting, quiet, or too_early
    since      the refresh week in which it began to be said; None unless it converts
    evidence   how many times as likely the counts are where two measures are better; 1 says nothing, needed is enough
    carrying   the measures that are better, by name
    Empty where fewer than two of the measures are counted, or no two markets are left to set side by side.
    """
    dimension, segment = head
    counted = [metric for metric in metrics if metric.name in CONVERTS]
    cells = frozen[(frozen["dimension"] == dimension) & (frozen["segment"] != segment)]
    cells = cells[cells["metric"].isin([metric.name for metric in counted])]
    others = registry[(registry["dimension"] == dimension) & (registry["segment"] != segment)]
    counted = [metric for metric in counted if metric.name in set(cells["metric"])]
    if len(counted) < 2 or others["segment"].nunique() < 2 or not len(weeks):
        return no_demand()
    verdicts = judged(cells, others, counted, weeks, rules).at(weeks[-1])
    rows = [_row(row) for row in verdicts.to_dict("records")]
    rows.sort(key=lambda row: (row["state"] != CONVERTING, -row["evidence"], row["segment"]))
    return _typed(rows)


def no_demand() -> pd.DataFrame:
    """Where nothing can be watched."""
    return _typed([])


def _row(verdict: dict[Any, Any]) -> dict[str, Any]:
    converting = verdict["state"] == TIGHTEN_NOW
    early = verdict["state"] == INSUFFICIENT_DATA
    log_e = verdict["log_e_two"]
    return {
        "segment": verdict["segment"],
        "state": CONVERTING if converting else EARLY if early else QUIET,
        "since": pd.Timestamp(verdict["since"]).date() if converting else None,
        "evidence": 1.0 if log_e is None or pd.isna(log_e) else float(np.exp(min(float(log_e), 700.0))),
        "needed": float(verdict["threshold"]),
        "carrying": list(verdict["carrying"]) if converting else [],
    }


def _typed(rows: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series([row[name] for row in rows], dtype=object) for name in DEMAND_COLUMNS})
