"""The rows behind a number: its trials with their accounts, whose last columns add up to it."""

from __future__ import annotations

from typing import Any

import pandas as pd
import sqlalchemy as sa

from gtm_metrics.company import Company
from gtm_metrics.metrics import Metric
from gtm_metrics.question import Question
from gtm_metrics.tallies.known import accounts_known
from gtm_metrics.tallies.offered import not_connected
from gtm_metrics.tallies.spells import pieces
from gtm_metrics.tallies.tally import fixed, window
from gtm_metrics.tallies.trials import EVENTS
from gtm_metrics.warehouse import Warehouse
from gtm_metrics.warehouse.dialects import code_point
from gtm_metrics.weeks import sunday


def rows(
    warehouse: Warehouse,
    company: Company,
    metric: Metric,
    question: Question,
    segment: tuple[str, ...] | None = None,
    limit: int | None = None,
) -> pd.DataFrame:
    """The trials of the closed weeks, newest first, of one segment (a value a dimension) or of all.

    account_id | account | owner | row_id | at | week | band | age | splits | trials | successes. A churn row is a
    spell's piece within one stretch of tenure, its trials customer-weeks. Empty where the metric is not connected.
    """
    if not_connected(warehouse, metric):
        return pd.DataFrame(columns=["account_id", "account", "owner", "row_id", "at", "trials", "successes"])
    first, last = window(metric, question)
    if metric.shape == "exposure":
        trial = pieces(warehouse, question.as_of, first, sunday(last), by_month=False).subquery("trial")
        when: list[Any] = [trial.c.first_week, trial.c.last_week, trial.c.band, trial.c.age]
        newest: Any = trial.c.last_week
    else:
        trial = EVENTS[metric.name](warehouse, metric, question.as_of, first, sunday(last)).subquery("trial")
        when = [trial.c.week, trial.c.band, trial.c.age, *(trial.c[split] for split in metric.splits)]
        newest = trial.c.at
    accounts = accounts_known(warehouse, company, question, ("name", "owner"))
    query = sa.select(
        trial.c.account_id,
        accounts.c.name.label("account"),
        accounts.c.owner,
        trial.c.row_id,
        trial.c.at,
        *when,
        trial.c.trials,
        trial.c.successes,
    ).select_from(trial.join(accounts, accounts.c.account_id == trial.c.account_id))
    for column, value in zip(("segment", "segment_2"), segment or (), strict=False):
        query = query.where(accounts.c[column] == value)
    query = query.order_by(newest.desc(), code_point(trial.c.account_id), code_point(trial.c.row_id), trial.c.age)
    frame = warehouse.read(query if limit is None else query.limit(limit))
    dated = [c for c in ("at", "first_week", "last_week") if c in frame]
    kept = {c: pd.to_datetime(frame[c]).astype("datetime64[us]") for c in dated}
    return fixed(frame).assign(**kept)
