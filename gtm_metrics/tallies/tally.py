"""Question -> trials -> tally: one aggregate query a metric, its column types fixed once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
import sqlalchemy as sa
import sqlglot

from gtm_metrics.company import Company, Refused
from gtm_metrics.metrics import Metric
from gtm_metrics.question import Question, Tally
from gtm_metrics.tallies.known import accounts_known, refuse_unknown
from gtm_metrics.tallies.offered import not_connected, not_measurable
from gtm_metrics.tallies.spells import entries_and_exits, pieces
from gtm_metrics.tallies.trials import ACCOUNT_DETAILS, COUNTED, EVENTS, reached_opportunity
from gtm_metrics.warehouse import Warehouse
from gtm_metrics.warehouse.selects import SQLGLOT
from gtm_metrics.weeks import WEEK, closed_through, monday, sunday

KEYS: dict[str, tuple[str, ...]] = {
    "rate": ("week", "band"),
    "calls": ("week", "band", "age"),
    "churn": ("week", "band"),
}
"""What an estimate needs a tally to be grouped by: restricted mean calls need the call's number."""


def window(metric: Metric, question: Question) -> tuple[date | None, date]:
    """First and last closed week of the question for this metric; the first is None for all weeks."""
    last = closed_through(metric.maturity, question.as_of)
    if question.weeks is None:
        return None, last
    if isinstance(question.weeks, int):
        return last - (question.weeks - 1) * WEEK, last
    return question.weeks[0], min(question.weeks[1], last)


def tally(
    warehouse: Warehouse, company: Company, metric: Metric, question: Question, keys: tuple[str, ...] = ("week", "band")
) -> Tally:
    """The metric's trials and successes by segment and by `keys` (week, band, age), one aggregate query.

    An open-ended window also holds the weeks begun since, up to as_of: `Tally.waiting`. Raises Refused for an
    unknown dimension or split and WarehouseError when the warehouse does not answer.
    """
    for name in (*question.by, *([question.within] if question.within else []), *(n for n, _ in question.scope)):
        refuse_unknown(warehouse, company, name)
    unknown = [split for split in question.splits if split not in metric.splits]
    if unknown:
        raise Refused(
            f"{metric.name} does not split by {unknown[0]!r}; it splits by {', '.join(metric.splits) or 'nothing'}"
        )
    why = not_connected(warehouse, metric)
    status = "not_connected" if why else "ok"
    if not why:
        why = not_measurable(warehouse, metric, question)
        status = "not_measurable" if why else "ok"
    first, last = window(metric, question)
    empty = Tally(
        metric.name,
        question,
        fixed(pd.DataFrame(columns=_columns(question, keys))),
        status,
        why,
        first,
        last,
        warehouse.data_through,
    )
    if why:
        return empty
    query, until = query_of(warehouse, company, metric, question, keys)
    frame = fixed(warehouse.read(query))
    if metric.shape == "exposure" and "week" in keys:
        frame = at_risk(
            frame, [str(column) for column in frame if column not in ("week", "change", "successes")], until
        )
    frame.insert(0, "metric", metric.name)
    if first is None:
        closed = (
            frame["week"][frame["week"] <= pd.Timestamp(last)]
            if "week" in frame
            else pd.Series([], dtype="datetime64[us]")
        )
        first = pd.Timestamp(closed.min()).date() if len(closed) else None
    if first is not None and first > last:
        first = None
    return replace(empty, frame=frame, first_week=first)


def _columns(question: Question, keys: tuple[str, ...]) -> list[str]:
    segments = ["segment", "segment_2"][: len(question.by)] + (["within"] if question.within else [])
    return ["metric", *segments, *keys, *question.splits, "trials", "successes"]


def _grouped(accounts: Any, trial: Any, question: Question, keys: tuple[str, ...]) -> list[Any]:
    names = ["segment", "segment_2"][: len(question.by)] + (["within"] if question.within else [])
    return [accounts.c[n] for n in names] + [trial.c[k] for k in keys] + [trial.c[s] for s in question.splits]


def query_of(
    warehouse: Warehouse, company: Company, metric: Metric, question: Question, keys: tuple[str, ...] = ("week", "band")
) -> tuple[sa.Select[Any], date]:
    """The one aggregate query of a tally, and the last day it counts.

    Of an exposure by week it yields the changes of the number at risk, which `at_risk` sums up.
    """
    first, last = window(metric, question)
    until = question.as_of
    if "week" not in keys:
        until = sunday(last)
    elif isinstance(question.weeks, tuple):
        until = min(until, sunday(question.weeks[1]))
    build = _exposures if metric.shape == "exposure" else _events
    return build(warehouse, company, metric, question, keys, first, until), until


def sql_of(warehouse: Warehouse, company: Company, metric: Metric, question: Question) -> str:
    """The SQL behind a metric's number, as this warehouse is asked it, with its dates written in; '' where none is.

    Raises Refused for an unknown dimension.
    """
    if not_connected(warehouse, metric):
        return ""
    query, _ = query_of(warehouse, company, metric, question, KEYS[metric.estimate])
    compiled = query.compile(warehouse.engine, compile_kwargs={"literal_binds": True})
    return sqlglot.transpile(str(compiled), read=SQLGLOT[warehouse.engine.dialect.name], pretty=True)[0]


def _events(
    warehouse: Warehouse,
    company: Company,
    metric: Metric,
    question: Question,
    keys: tuple[str, ...],
    since: date | None,
    until: date,
) -> sa.Select[Any]:
    if metric.name == "reached_opportunity":
        among = accounts_known(warehouse, company, question, ACCOUNT_DETAILS)
        trial = reached_opportunity(warehouse, metric, question.as_of, since, until, among).subquery("trial")
        groups: list[Any] = _grouped(trial, trial, question, keys)
        source: sa.FromClause = trial
    else:
        trials = EVENTS if question.splits else COUNTED
        trial = trials[metric.name](warehouse, metric, question.as_of, since, until).subquery("trial")
        accounts = accounts_known(warehouse, company, question)
        groups = _grouped(accounts, trial, question, keys)
        source = trial.join(accounts, accounts.c.account_id == trial.c.account_id)
    query = sa.select(
        *groups,
        sa.cast(sa.func.sum(trial.c.trials), sa.BigInteger()).label("trials"),
        sa.cast(sa.func.sum(trial.c.successes), sa.BigInteger()).label("successes"),
    ).select_from(source)
    return query.group_by(*groups) if groups else query


def _exposures(
    warehouse: Warehouse,
    company: Company,
    metric: Metric,
    question: Question,
    keys: tuple[str, ...],
    since: date | None,
    until: date,
) -> sa.Select[Any]:
    piece = pieces(warehouse, question.as_of, since, until, by_month="age" in keys).subquery("piece")
    accounts = accounts_known(warehouse, company, question)
    joined = piece.join(accounts, accounts.c.account_id == piece.c.account_id)
    plain = _grouped(accounts, piece, question, tuple(k for k in keys if k != "week"))
    if "week" not in keys:
        # a piece is a spell at one age, so its count is how many reached that age
        trials = sa.func.count() if "age" in keys else sa.func.sum(piece.c.trials)
        query = sa.select(
            *plain,
            sa.cast(trials, sa.BigInteger()).label("trials"),
            sa.cast(sa.func.sum(piece.c.successes), sa.BigInteger()).label("successes"),
        ).select_from(joined)
        return query.group_by(*plain) if plain else query
    # read three times and made once
    wide = sa.select(piece.c.first_week, piece.c.last_week, piece.c.left_week, *plain).select_from(joined).cte("wide")
    labels = [wide.c[column.name] for column in plain]
    moves = entries_and_exits(wide, labels).subquery("moves")
    groups = [moves.c[column.name] for column in plain] + [moves.c.week]
    query = sa.select(
        *groups,
        sa.cast(sa.func.sum(moves.c.change), sa.BigInteger()).label("change"),
        sa.cast(sa.func.sum(moves.c.successes), sa.BigInteger()).label("successes"),
    )
    return query.group_by(*groups)


def at_risk(moves: pd.DataFrame, groups: list[str], until: date) -> pd.DataFrame:
    """Changes a week to the number at risk in every week through `until`: a running sum within each group."""
    columns = [*groups, "week", "trials", "successes"]
    if moves.empty:
        return fixed(pd.DataFrame(columns=columns))
    weeks = pd.date_range(moves["week"].min(), pd.Timestamp(monday(until)), freq="7D", unit="us", name="week")
    moves = moves.assign(everyone="")
    wide = moves.pivot_table(
        index="week", columns=["everyone", *groups], values=["change", "successes"], aggfunc="sum", fill_value=0
    ).reindex(weeks, fill_value=0)
    stacked = pd.concat(
        {
            "trials": wide["change"].cumsum().unstack(),
            "successes": wide["successes"].unstack(),
        },
        axis=1,
    ).reset_index()
    stacked = stacked[(stacked["trials"] > 0) | (stacked["successes"] > 0)]
    return fixed(stacked[columns].reset_index(drop=True))


def fixed(frame: pd.DataFrame) -> pd.DataFrame:
    """Column types, whatever the warehouse sent: counts int64, weeks datetime64, the rest text."""
    out = frame.copy()
    for column in out.columns:
        if column in ("trials", "successes", "change", "age", "place"):
            out[column] = out[column].fillna(0).astype("int64")
        elif column == "week":
            out[column] = pd.to_datetime(out[column]).astype("datetime64[us]")
        elif column == "people_involved":
            out[column] = out[column].astype("Int64")
        else:
            out[column] = out[column].astype("object").where(out[column].notna(), None)
    return out
