"""The funnel without a browser: gtm-metrics funnel | curve | definitions.

Exit codes as everywhere: 0 fine (also too early or refused, with rows), 1 data trouble, 2 usage.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd

from gtm_metrics.commands.asking import opened, question_of, weeks_of
from gtm_metrics.commands.printing import show, tell
from gtm_metrics.company import Company
from gtm_metrics.definitions import metric_definitions
from gtm_metrics.funnel import curve, funnel
from gtm_metrics.metrics import metric_named
from gtm_metrics.question import Tally
from gtm_metrics.tallies import metrics_of, offered, tally
from gtm_metrics.tallies.tally import KEYS

FINE = 0
BY: dict[str, Any] = {
    "action": "append", "default": [], "metavar": "DIM", "help": "dimension; give it twice to cross two",
}  # fmt: skip
CURVES = ("churn", "calls_to_understanding")


def add_funnel(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Adds the sub-parsers."""
    sub = command("funnel", _funnel, "the funnel metrics by segment, against everyone else in the same weeks")
    sub.add_argument("--by", **BY)
    sub.add_argument(
        "--weeks", type=weeks_of, default=13, metavar="N|all", help="closed weeks of each metric (default 13)"
    )
    sub.add_argument("--within", metavar="DIM", help="compare within each value of this dimension")
    sub = command("curve", _curve, "survival of customers, or share that has not understood, by age")
    sub.add_argument("--by", **BY)
    sub.add_argument("metric", choices=CURVES, help="churn by months of tenure, or calls by their number")
    command("definitions", _definitions, "what every metric counts")

def _funnel(options: argparse.Namespace, company: Company, as_of: date | None, today: date) -> int:
    warehouse = opened(company, today)
    question = question_of(options.by, options.within, company, warehouse, as_of, options.weeks)
    metrics = metrics_of(company)
    shown = offered(warehouse, metrics)
    counted = [(m, tally(warehouse, company, m, question, KEYS[m.estimate])) for m in metrics if m in shown]
    show(pd.concat([funnel(t, m) for m, t in counted], ignore_index=True), options.format)
    return FINE


def _curve(options: argparse.Namespace, company: Company, as_of: date | None, today: date) -> int:
    warehouse = opened(company, today)
    metric = metric_named(options.metric, metrics_of(company))
    question = question_of(options.by, None, company, warehouse, as_of, None)
    counted: Tally = tally(warehouse, company, metric, question, ("age",))
    if counted.why:
        tell(f"{metric.name}: {counted.why}")
    show(curve(counted, metric), options.format)
    return FINE


def _definitions(options: argparse.Namespace, company: Company, as_of: date | None, today: date) -> int:
    show(metric_definitions(metrics_of(company)), options.format)
    return FINE
