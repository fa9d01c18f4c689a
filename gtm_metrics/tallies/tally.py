"""Question -> trials -> tally: one aggregate query a metric, its column types fixed once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
import sqlalchemy as sa
import sqlglot

from gtm_metrics.company import Company, Refused
from gtm_metrics.metrics import Metric, metrics_with
from gtm_metrics.question import Question, Tally
from gtm_metrics.tallies.known import accounts_known, known, refuse_unknown
from gtm_metrics.tallies.spells import entries_and_exits, pieces
from gtm_metrics.tallies.trials import ACCOUNT_DETAILS, COUNTED, EVENTS, is_new, reached_opportunity
from gtm_metrics.warehouse import Warehouse
from gtm_metrics.warehouse.door import SQLGLOT
from gtm_metrics.weeks import WEEK, closed_through, monday, sunday

KEYS: dict[str, tuple[str, ...]] = {
    "rate": ("week", "band"),
    "calls": ("week", "band", "age"),
    "churn": ("week", "band"),
}
"""What an estimate needs a tally to be grouped by: restricted mean calls need the call's number."""

LOST_OR_LEARNED = ("close_rate", "won_in_time")
"""The metrics whose rate would mislead where no deal is ever lost, or by a dimension that was learned by winning."""
LEARNED_AMONG_WON = 0.5
LEARNED_AMONG_OTHERS = 0.1


def metrics_of(company: Company) -> tuple[Metric, ...]:
    """METRICS with the company's own M and minimum counts."""
    return metrics_with(company.won_in_time_weeks, company.minimum_trials, company.minimum_customer_weeks)


def not_connected(warehouse: Warehouse, metric: Metric) -> str:
    """Why a metric cannot be counted here; '' when it can."""

    def lacks(table: str, column: str | None = None) -> str:
        relation = warehouse.relations[table]
        if not warehouse.connected(table):
            return f"{table} is not connected: {relation.why}"
        if relation.rows_used == 0:
            return f"{table} holds no row that can be used"
        if column and not relation.has(column):
            return f"{table}.{column} is not connected: no row has a value"
        return ""

    if metric.name == "response_rate":
        return lacks("touches", "replied_at")
    if metric.name == "calls_to_understanding":
        said = lacks("calls", "understood") and lacks("opportunities", "understood_at")
        said = "neither calls.understood nor opportunities.understood_at is connected" if said else ""
        return lacks("calls") or lacks("opportunities") or said
    if metric.name in ("close_rate", "won_in_time"):
        return lacks("opportunities", "outcome")
    if metric.name == "churn":
        return lacks("subscriptions")
    if metric.name == "reached_opportunity":
        return lacks("accounts", "created_on") or lacks("opportunities")
    return lacks("opportunities", "advanced_at")


def offered(warehouse: Warehouse, metrics: tuple[Metric, ...]) -> tuple[Metric, ...]:
    """The metrics a page shows: a stand-in only where the real stage is not connected and the stand-in is."""
    connected = {metric.name: not not_connected(warehouse, metric) for metric in metrics}
    return tuple(
        metric
        for metric in metrics
        if metric.stand_in_for is None or (connected[metric.name] and not connected[metric.stand_in_for])
    )


def why_not(warehouse: Warehouse, metric: Metric, question: Question) -> str:
    """Why a metric cannot be counted by the question's dimensions; '' when it can."""
    return not_connected(warehouse, metric) or _not_measurable(warehouse, metric, question)


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
        why = _not_measurable(warehouse, metric, question)
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


def _not_measurable(warehouse: Warehouse, metric: Metric, question: Question) -> str:
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
