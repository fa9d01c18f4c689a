"""How each pin moves through the funnel: trials and successes of every stage, and how fast what is won is won."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import sqlalchemy as sa

from gtm_metrics.company import Company
from gtm_metrics.measures.markets.pins import Pin, members
from gtm_metrics.measures.shared import between, decided_days
from gtm_metrics.metrics import Metric
from gtm_metrics.question import Question
from gtm_metrics.tallies.known import known
from gtm_metrics.tallies.offered import metrics_of, offered, why_not
from gtm_metrics.tallies.spells import pieces
from gtm_metrics.tallies.tally import window
from gtm_metrics.tallies.trials import COUNTED, is_new, opened_on
from gtm_metrics.warehouse import Warehouse
from gtm_metrics.warehouse.dialects import day, days_between
from gtm_metrics.warehouse.needs import lacks
from gtm_metrics.weeks import sunday

STAGES = {
    "response": ("response_rate", "reached_opportunity"),
    "calls": ("calls_to_understanding", "advanced"),
    "close": ("close_rate", "won_in_time"),
    "churn": ("churn",),
}
"""A stage, and the metrics it can be read off: the first that can be counted here."""

COLUMNS = {"stage": "object", "pin": "object", "week": "datetime64[us]", "band": "object"}


def stages(
    warehouse: Warehouse, company: Company, question: Question, of: Sequence[Pin]
) -> tuple[pd.DataFrame, dict[str, str], dict[str, str]]:
    """(stage | pin | week | band | trials | successes, stage -> metric, stage -> why it is missing).

    The metrics of the funnel in the question's closed weeks, by pin and "(all)". Churn has one week, the first of the
    window: it is counted in customer-weeks by band of tenure.
    """
    metrics = metrics_of(company)
    there = {metric.name: metric for metric in offered(warehouse, metrics)}
    frames, read, missing = [], {}, {}
    for stage, names in STAGES.items():
        whys = {name: why_not(warehouse, there[name], question) for name in names if name in there}
        found = next((name for name, why in whys.items() if not why), None)
        if found is None:
            missing[stage] = next(iter(whys.values()), f"{names[0]} is not connected")
            continue
        read[stage] = found
        counts = _stage(warehouse, company, there[found], question, of)
        frames.append(counts.assign(stage=stage))
    kinds = {**COLUMNS, "trials": "int64", "successes": "int64"}
    if not frames:
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()}), read, missing
    both = pd.concat([frame.assign(week=pd.to_datetime(frame["week"])) for frame in frames], ignore_index=True)
    return both.astype(kinds)[list(kinds)], read, missing


def _stage(
    warehouse: Warehouse, company: Company, metric: Metric, question: Question, of: Sequence[Pin]
) -> pd.DataFrame:
    first, last = window(metric, question)
    inside = members(warehouse, company, question, of, True)
    if metric.shape == "exposure":
        trial = pieces(warehouse, question.as_of, first, sunday(last), by_month=False).subquery("trial")
        week = sa.cast(sa.null(), sa.Date()).label("week")
        groups = [inside.c.pin, trial.c.band]
        keys = [inside.c.pin, week, trial.c.band]
    else:
        counted = COUNTED[metric.name](warehouse, metric, question.as_of, first, sunday(last))
        trial = counted.subquery("trial")
        keys = groups = [inside.c.pin, trial.c.week, trial.c.band]
    return warehouse.read(
        sa.select(
            *keys,
            sa.cast(sa.func.sum(trial.c.trials), sa.BigInteger()).label("trials"),
            sa.cast(sa.func.sum(trial.c.successes), sa.BigInteger()).label("successes"),
        )
        .join_from(trial, inside, inside.c.account_id == trial.c.account_id)
        .group_by(*groups)
    )


def cycles(warehouse: Warehouse, company: Company, question: Question, of: Sequence[Pin]) -> tuple[pd.DataFrame, str]:
    """(pin | days | n, why not): new deals won in the window by the days from opened to won, by pin and "(all)".

    A deal that was logged after it closed says no duration and is left out.
    """
    why = lacks(warehouse, "opportunities.outcome")
    kinds = {"pin": "object", "days": "int64", "n": "int64"}
    if why:
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()}), why
    first, last = decided_days(company, question)
    deal, inside = known(warehouse, "opportunities", question.as_of), members(warehouse, company, question, of, True)
    on_time = day(deal.c.closed_at) >= day(deal.c.created_at)
    each = (
        sa.select(deal.c.account_id, days_between(opened_on(deal), day(deal.c.closed_at)).label("days"))
        .where(is_new(deal), deal.c.outcome == "won", on_time, between(day(deal.c.closed_at), first, last))
        .subquery("won_deals")
    )
    found = warehouse.read(
        sa.select(inside.c.pin, each.c.days, sa.cast(sa.func.count(), sa.BigInteger()).label("n"))
        .join_from(each, inside, inside.c.account_id == each.c.account_id)
        .group_by(inside.c.pin, each.c.days)
    )
    return found.astype(kinds)[list(kinds)], ""
