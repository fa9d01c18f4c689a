"""The accounts a segment's lead leans on most: asked of the warehouse by account with a limit, never all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd
import sqlalchemy as sa

from gtm_metrics.company import Company
from gtm_metrics.metrics import Metric
from gtm_metrics.question import Question
from gtm_metrics.signal.columns import sign_of
from gtm_metrics.tallies.known import accounts_known
from gtm_metrics.tallies.offered import not_connected
from gtm_metrics.tallies.spells import pieces
from gtm_metrics.tallies.tally import fixed
from gtm_metrics.tallies.trials import COUNTED
from gtm_metrics.warehouse import Warehouse
from gtm_metrics.warehouse.dialects import add_days, code_point
from gtm_metrics.warehouse.door import as_it_stands
from gtm_metrics.weeks import sunday

CELL = ["segment", "metric", "week", "band"]
ACCOUNT = ["segment", "account_id"]
COUNTS = ["trials", "successes"]
ROWS = ("dimension", "segment", "metric", "account_id", "week", "band", "trials", "successes")


def leaned_on(
    warehouse: Warehouse,
    company: Company,
    metrics: Sequence[Metric],
    dimension: str,
    segments: Sequence[str],
    week: date,
    frozen: pd.DataFrame,
    before: pd.DataFrame,
    top: int,
) -> pd.DataFrame:
    """The cells (columns ROWS) of the accounts that carry the segments' leads, over all frozen weeks of every metric.

    Those are of each segment the `top` accounts a metric with the largest cumulative observed - expected in its
    favour, expected at the week's rate over everyone, and those named `before` (segment, account_id). frozen holds the
    dimension's frozen cells: an account never has more in a cell than its segment had when it was frozen.
    """
    through = {name: weeks.max().date() for name, weeks in frozen.groupby("metric")["week"]}
    asked = [m for m in metrics if m.name in through and not not_connected(warehouse, m)]
    named = [before[ACCOUNT]]
    for metric in asked:
        mine = _of_segments(warehouse, company, dimension, segments, week)
        rates = _rates(frozen[frozen["metric"] == metric.name])
        query = _favoured(warehouse, metric, mine, week, through[metric.name], rates, top)
        named.append(warehouse.read(query)[ACCOUNT])
    accounts = pd.concat(named, ignore_index=True).drop_duplicates()
    if accounts.empty:
        return pd.DataFrame({column: [] for column in ROWS})
    cells = []
    for metric in asked:
        mine = _of_segments(warehouse, company, dimension, segments, week)
        found = _cells(warehouse, metric, mine, week, through[metric.name], sorted(set(accounts["account_id"])))
        cells.append(found.assign(metric=metric.name))
    # an account that has changed its segment since is none of the one it was named for
    kept = pd.concat(cells, ignore_index=True).merge(accounts, on=ACCOUNT)
    kept = _at_most(kept, frozen.groupby(CELL, as_index=False)[COUNTS].sum()).assign(dimension=dimension)
    return kept.loc[kept["trials"] > 0, list(ROWS)].reset_index(drop=True)


def _at_most(cells: pd.DataFrame, frozen: pd.DataFrame) -> pd.DataFrame:
    """The cells with counts no larger than their segment's frozen ones, and successes no larger than trials."""
    both = cells.merge(frozen, on=CELL, suffixes=("", "_frozen"))
    trials = both[["trials", "trials_frozen"]].min(axis=1)
    successes = both[["successes", "successes_frozen"]].min(axis=1)
    return both.assign(trials=trials, successes=successes.where(successes <= trials, trials))


def _rates(cells: pd.DataFrame) -> pd.DataFrame:
    """week | band | rate: successes over trials of everyone, of every frozen cell that has trials."""
    sums = cells.groupby(["week", "band"], as_index=False)[COUNTS].sum()
    sums = sums[sums["trials"] > 0]
    return sums.assign(rate=sums["successes"] / sums["trials"])[["week", "band", "rate"]]


def _hazards(rates: pd.DataFrame) -> pd.DataFrame:
    """week | band | rate: each band's rates summed up through every week from the first to the last."""
    wide = rates.pivot(index="week", columns="band", values="rate")
    weeks = pd.date_range(wide.index.min(), wide.index.max(), freq="7D", unit="us", name="week")
    summed = wide.reindex(weeks).fillna(0.0).cumsum()
    return summed.reset_index().melt(id_vars="week", var_name="band", value_name="rate")


def _table(rates: pd.DataFrame) -> sa.CTE:
    """The rates as a relation of the query: our own weeks, bands and numbers, written in because there are hundreds."""
    rows = ", ".join(
        f"(date '{week:%Y-%m-%d}', '{band}', {rate:.9e})"
        for week, band, rate in zip(rates["week"], rates["band"], rates["rate"], strict=True)
    )
    columns: list[Any] = [sa.column("week", sa.Date()), sa.column("band", sa.String()), sa.column("rate", sa.Double())]
    return as_it_stands(f"select * from (values {rows}) as r (week, band, rate)").columns(*columns).cte("rates")


def _of_segments(
    warehouse: Warehouse, company: Company, dimension: str, segments: Sequence[str], week: date
) -> sa.Subquery:
    """account_id | segment of the accounts of these segments."""
    accounts = accounts_known(warehouse, company, Question(sunday(week), by=(dimension,)))
    query = sa.select(accounts.c.account_id, accounts.c.segment).where(accounts.c.segment.in_(segments))
    return query.subquery("mine")


def _favoured(
    warehouse: Warehouse, metric: Metric, mine: sa.Subquery, week: date, through: date, rates: pd.DataFrame, top: int
) -> sa.Select[Any]:
    """segment | account_id of each segment's accounts most in its favour, at most `top` of each."""
    trial = _trials(warehouse, metric, week, through)
    source: Any = trial.join(mine, mine.c.account_id == trial.c.account_id)
    if metric.shape == "exposure":
        hazards = _table(_hazards(rates))
        ends, begins = hazards.alias("ends"), hazards.alias("begins")
        before = sa.cast(add_days(trial.c.first_week, -7), sa.Date())
        source = source.outerjoin(ends, _at(ends, trial.c.last_week, trial.c.band))
        source = source.outerjoin(begins, _at(begins, before, trial.c.band))
        expected = sa.func.coalesce(ends.c.rate, 0.0) - sa.func.coalesce(begins.c.rate, 0.0)
    else:
        rate = _table(rates)
        source = source.join(rate, _at(rate, trial.c.week, trial.c.band))
        expected = trial.c.trials * rate.c.rate
    favour = sign_of(metric) * sa.func.sum(trial.c.successes - expected)
    sums = sa.select(mine.c.segment, trial.c.account_id, favour.label("favour")).select_from(source)
    summed = sums.group_by(mine.c.segment, trial.c.account_id).subquery("summed")
    order = (summed.c.favour.desc(), code_point(summed.c.account_id))
    place = sa.func.row_number().over(partition_by=summed.c.segment, order_by=order)
    ranked = sa.select(summed.c.segment, summed.c.account_id, place.label("place"))
    first = ranked.where(summed.c.favour > 0).subquery("ranked")
    return sa.select(first.c.segment, first.c.account_id).where(first.c.place <= top)


def _at(rates: sa.FromClause, week: Any, band: Any) -> sa.ColumnElement[bool]:
    return sa.and_(rates.c.week == week, rates.c.band == band)


def _trials(warehouse: Warehouse, metric: Metric, week: date, through: date) -> sa.Subquery:
    """The metric's trials of its weeks through `through`, as they were known at the end of refresh week `week`."""
    if metric.shape == "exposure":
        return pieces(warehouse, sunday(week), None, sunday(through), by_month=False).subquery("trial")
    return COUNTED[metric.name](warehouse, metric, sunday(week), None, sunday(through)).subquery("trial")


def _cells(
    warehouse: Warehouse, metric: Metric, mine: sa.Subquery, week: date, through: date, names: Sequence[str]
) -> pd.DataFrame:
    """segment | account_id | week | band | trials | successes of the named accounts."""
    trial = _trials(warehouse, metric, week, through)
    source = trial.join(mine, mine.c.account_id == trial.c.account_id)
    told: list[Any] = [mine.c.segment, trial.c.account_id, trial.c.band]
    if metric.shape == "exposure":
        spans = [trial.c.first_week, trial.c.last_week, trial.c.left_week]
        query = sa.select(*told, *spans).select_from(source).where(trial.c.account_id.in_(names))
        return _by_week(warehouse.read(query))
    told.append(trial.c.week)
    sums = [sa.cast(sa.func.sum(trial.c[name]), sa.BigInteger()).label(name) for name in COUNTS]
    query = sa.select(*told, *sums).select_from(source).where(trial.c.account_id.in_(names))
    return fixed(warehouse.read(query.group_by(*told)))


def _by_week(spans: pd.DataFrame) -> pd.DataFrame:
    """Pieces of spells (first to last week) as a row an account, week and band."""
    rows: list[Mapping[str, Any]] = []
    keys = ["segment", "account_id", "band"]
    for piece in spans.to_dict("records"):
        cell = {key: piece[key] for key in keys} | {"trials": 1}
        left = pd.Timestamp(piece["left_week"])
        for at in pd.date_range(piece["first_week"], piece["last_week"], freq="7D"):
            rows.append({**cell, "week": at, "successes": int(at == left)})
    frame = pd.DataFrame(rows, columns=[*keys, "week", *COUNTS])
    return fixed(frame.groupby([*keys, "week"], as_index=False)[COUNTS].sum())
