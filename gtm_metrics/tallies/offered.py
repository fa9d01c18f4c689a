"""Which metrics a warehouse can count, and why not the others: not connected, or their rate would mislead."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd
import sqlalchemy as sa

from gtm_metrics.company import Company
from gtm_metrics.metrics import Metric, metrics_with
from gtm_metrics.question import Question
from gtm_metrics.tallies.known import known
from gtm_metrics.tallies.trials import is_new
from gtm_metrics.warehouse import Warehouse
from gtm_metrics.warehouse.needs import lacking, lacks

LOST_OR_LEARNED = ("close_rate", "won_in_time")
"""The metrics whose rate would mislead where no deal is ever lost, or by a dimension that was learned by winning."""
LEARNED_AMONG_WON = 0.5
LEARNED_AMONG_OTHERS = 0.1


def metrics_of(company: Company) -> tuple[Metric, ...]:
    """METRICS with the company's own M and minimum counts."""
    return metrics_with(company.won_in_time_weeks, company.minimum_trials, company.minimum_customer_weeks)


def not_connected(warehouse: Warehouse, metric: Metric) -> str:
    """Why a metric cannot be counted here; '' when it can."""
    if metric.name == "response_rate":
        return lacks(warehouse, "touches.replied_at")
    if metric.name == "calls_to_understanding":
        return lacking(warehouse, ("calls", "opportunities", "calls.understood or opportunities.understood_at"))
    if metric.name in ("close_rate", "won_in_time"):
        return lacks(warehouse, "opportunities.outcome")
    if metric.name == "churn":
        return lacks(warehouse, "subscriptions")
    if metric.name == "reached_opportunity":
        return lacking(warehouse, ("accounts.created_on", "opportunities"))
    return lacks(warehouse, "opportunities.advanced_at")


def offered(warehouse: Warehouse, metrics: tuple[Metric, ...]) -> tuple[Metric, ...]:
    """The metrics a page shows: a stand-in only where the real stage is not connected and the stand-in is."""
    connected = {metric.name: not not_connected(warehouse, metric) for metric in metrics}
    return tuple(
        metric
        for metric in metrics
        if metric.stand_in_for is None or (connected[metric.name] and not connected[metric.stand_in_for])
    )


def in_funnel_order(warehouse: Warehouse, metrics: tuple[Metric, ...]) -> tuple[Metric, ...]:
    """The metrics `offered`, a stand-in in the place of the stage that is not connected."""
    stage = {metric.name: i for i, metric in enumerate(metrics)}
    shown = offered(warehouse, metrics)
    return tuple(sorted(shown, key=lambda m: (stage[m.stand_in_for or m.name], m.stand_in_for is not None)))


def why_not(warehouse: Warehouse, metric: Metric, question: Question) -> str:
    """Why a metric cannot be counted by the question's dimensions; '' when it can."""
    return not_connected(warehouse, metric) or not_measurable(warehouse, metric, question)


def why_not_each(warehouse: Warehouse, metric: Metric, as_of: date, dimensions: Sequence[str]) -> dict[str, str]:
    """`why_not` by each dimension by itself; what all of them need of the deals is one query."""
    if metric.name in LOST_OR_LEARNED and not not_connected(warehouse, metric):
        asked = {("learned", as_of, (name,)): f"set_{place}" for place, name in enumerate(dimensions)}
        if not asked.keys() <= warehouse.remembered.keys():
            counts = _learned(warehouse, as_of, dimensions)
            for one, own in asked.items():
                mine = counts[["won", "n", "decided", own]].rename(columns={own: "set_0"})
                warehouse.remembered.setdefault(one, mine)
    return {name: why_not(warehouse, metric, Question(as_of, (name,))) for name in dimensions}


def not_measurable(warehouse: Warehouse, metric: Metric, question: Question) -> str:
    """Why a rate would mislead: no deal was ever lost, or the dimension was learned by winning. '' when it is fine."""
    if metric.name not in LOST_OR_LEARNED:
        return ""
    asked = ("learned", question.as_of, question.by)
    counts = warehouse.remembered.get(asked)
    if counts is None:
        counts = warehouse.remembered.setdefault(asked, _learned(warehouse, question.as_of, question.by))
    sums = {bool(row["won"]): row for _, row in counts.iterrows()}
    lost = int(sums[False]["decided"]) if False in sums else 0
    if metric.name == "close_rate" and True in sums and lost == 0:
        return "the warehouse holds won deals and none that was lost or ended in no decision"
    for i, name in enumerate(question.by):
        if True not in sums or False not in sums:
            continue
        share = {side: float(row[f"set_{i}"]) / float(row["n"]) for side, row in sums.items()}
        if share[True] >= LEARNED_AMONG_WON and share[False] < LEARNED_AMONG_OTHERS * share[True]:
            return (
                f"{name} is known for {share[True]:.0%} of the won deals and {share[False]:.0%} of the others: "
                "it was learned by winning"
            )
    return ""


def _learned(warehouse: Warehouse, as_of: date, by: Sequence[str]) -> pd.DataFrame:
    """won | n | decided | set_0 | set_1 ...: new deals by whether they were won, and how many have each dimension."""
    deals = known(warehouse, "opportunities", as_of, joined=True)
    source = known(warehouse, "accounts", as_of)
    won = sa.func.coalesce(deals.c.outcome == "won", sa.false())
    filled = [sa.func.count(source.c[name]).label(f"set_{i}") for i, name in enumerate(by)]
    query = (
        sa.select(
            won.label("won"), sa.func.count().label("n"), sa.func.count(deals.c.outcome).label("decided"), *filled
        )
        .select_from(deals.join(source, source.c.account_id == deals.c.account_id))
        .where(is_new(deals))
        .group_by(won)
    )
    return warehouse.read(query)
