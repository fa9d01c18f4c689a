"""What every trial looks like, and the span of days whose trials are wanted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import sqlalchemy as sa

from gtm_metrics.metrics import Metric
from gtm_metrics.warehouse import Warehouse
from gtm_metrics.warehouse.dialects import by_day, week_of

Trials = Callable[[Warehouse, Metric, date, "date | None", date], sa.Select[Any]]
"""(warehouse, metric, as_of, since, until) -> a SELECT of trials; `since` None is from the beginning."""


def trials_of(
    account_id: Any, row_id: Any, at: Any, successes: Any, *more: Any, band: Any = None, age: Any = None
) -> sa.Select[Any]:
    """account_id | row_id | at | week | band | age | trials | successes and `more`, a row a trial.

    Without a band it is '', without an age 0.
    """
    return sa.select(
        account_id,
        row_id.label("row_id"),
        at.label("at"),
        week_of(at).label("week"),
        (sa.literal("") if band is None else band).label("band"),
        (sa.literal(0) if age is None else age).label("age"),
        sa.literal(1, sa.BigInteger()).label("trials"),
        successes.label("successes"),
        *more,
    )


def one_if(condition: Any) -> sa.ColumnElement[int]:
    """1 where the condition holds, 0 where it does not or is not known."""
    return sa.case((condition, 1), else_=0)


def between(query: sa.Select[Any], when: Any, since: date | None, until: date) -> sa.Select[Any]:
    """The query's rows whose `when` lies on a day from `since`, or from the beginning, up to and with `until`."""
    query = query.where(by_day(when, until))
    return query if since is None else query.where(when >= since)
