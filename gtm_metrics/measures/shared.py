"""What the counts of this package share: what is counted over which days, and small SQL pieces."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeAlias

import pandas as pd
import sqlalchemy as sa

from gtm_metrics.company import Company
from gtm_metrics.metrics import metric_named
from gtm_metrics.question import CROSS, Question
from gtm_metrics.tallies.offered import metrics_of
from gtm_metrics.tallies.tally import window
from gtm_metrics.weeks import sunday

NO_CURRENCY: Any = sa.cast(sa.null(), sa.String())
"""The currency of a row that has none."""


@dataclass(frozen=True)
class Counted:
    """What a group of measures counts.

    rows    account_id | currency | currency_2 [| week] and a column a measure, null where a row does not count for
            it; None where the table behind it is not connected. currency_2 differs from currency only for an
            account whose subscriptions are in two.
    unit    what a row is
    """

    rows: Any
    unit: str
    first_day: date | None
    last_day: date


def decided_days(company: Company, question: Question) -> tuple[date | None, date]:
    """First and last day of the question's closed weeks as the close rate counts them, so that deals tie out."""
    first, last = window(metric_named("close_rate", metrics_of(company)), question)
    return first, sunday(last)


def between(when: Any, first: date | None, last: date) -> Any:
    """Whether a day lies in [first, last]; first None is from the beginning."""
    return when <= last if first is None else sa.and_(when >= first, when <= last)


def days_back(as_of: date, days: int) -> date:
    """The first of the `days` days that end with as_of."""
    return as_of - timedelta(days=days - 1)


def one(condition: Any) -> sa.ColumnElement[int]:
    """1 where the condition holds, else null: a row that does not count."""
    return sa.case((condition, 1))


def how_many(condition: Any, label: str) -> sa.ColumnElement[int]:
    """How many rows of a query meet the condition."""
    return sa.cast(sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0), sa.BigInteger()).label(label)


def segment_name(accounts: Any, question: Question) -> sa.ColumnElement[str]:
    """The segment of an account in one column: '' without a dimension, "a × b" of two crossed ones."""
    columns: list[sa.ColumnElement[str]] = [accounts.c[n] for n in ("segment", "segment_2")[: len(question.by)]]
    if not columns:
        return sa.literal("")
    return columns[0] if len(columns) == 1 else columns[0] + CROSS + columns[1]


Kinds: TypeAlias = Mapping[str, Callable[[Any], Any]]
"""Columns by name, and what makes a plain Python value of one of their cells."""


def plainly(found: pd.DataFrame, columns: Sequence[str], dated: str, kinds: Kinds) -> pd.DataFrame:
    """The columns of a list of accounts: `dated` datetime64, the rest objects of plain Python values and None; a column
    that `kinds` does not name is text."""
    typed: dict[str, pd.Series] = {}
    for name in columns:
        if name == dated:
            typed[name] = pd.to_datetime(found[name]).astype("datetime64[us]")
            continue
        kind = kinds.get(name, str)
        cells = [None if pd.isna(value) else kind(value) for value in found[name].tolist()]
        typed[name] = pd.Series(cells, index=found.index, dtype=object)
    return pd.DataFrame(typed)
