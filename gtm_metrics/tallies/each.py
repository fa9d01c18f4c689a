"""One metric by several dimensions at once, each by itself: one aggregate query, its trials read a single time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pandas as pd
import sqlalchemy as sa

from gtm_metrics.company import Company
from gtm_metrics.metrics import Metric
from gtm_metrics.tallies.known import known, refuse_unknown, segment_of
from gtm_metrics.tallies.offered import why_not_each
from gtm_metrics.tallies.spells import entries_and_exits, pieces
from gtm_metrics.tallies.tally import at_risk, fixed
from gtm_metrics.tallies.trials import ACCOUNT_DETAILS, COUNTED, reached_opportunity
from gtm_metrics.warehouse import Warehouse

KEYS = ("week", "band")


def tally_each(
    warehouse: Warehouse,
    company: Company,
    metric: Metric,
    dimensions: Sequence[str],
    as_of: date,
    first: date | None,
    until: date,
) -> dict[str, pd.DataFrame]:
    """{dimension: segment | week | band | trials | successes} of the weeks that begin with `first` (None: all) and end
    by the Sunday `until`, as they were known on `as_of`; a dimension by which the metric cannot be counted is left out.

    The same counts as `tally` by one dimension after the other. Raises Refused for an unknown dimension and
    WarehouseError when the warehouse does not answer.
    """
    for name in dimensions:
        refuse_unknown(warehouse, company, name)
    asked = [name for name, why in why_not_each(warehouse, metric, as_of, dimensions).items() if not why]
    if not asked:
        return {}
    build = _exposures if metric.shape == "exposure" else _events
    frame = fixed(warehouse.read(build(warehouse, company, metric, asked, as_of, first, until)))
    found = {}
    for place, name in enumerate(asked):
        mine = frame[frame["place"] == place].drop(columns="place").reset_index(drop=True)
        if metric.shape == "exposure":
            mine = at_risk(mine, ["segment", "band"], until)
        found[name] = mine[["segment", *KEYS, "trials", "successes"]]
    return found


def _accounts(
    warehouse: Warehouse, company: Company, dimensions: Sequence[str], as_of: date, details: tuple[str, ...] = ()
) -> sa.Subquery:
    """account_id, the account's segment in each dimension (by_0, by_1, ...), and `details`."""
    source = known(warehouse, "accounts", as_of)
    segments = [
        segment_of(warehouse, source, refuse_unknown(warehouse, company, name)).label(f"by_{place}")
        for place, name in enumerate(dimensions)
    ]
    return sa.select(source.c.account_id, *segments, *[source.c[name] for name in details]).subquery("accounts_by")


def _sets(source: Any, count: int) -> tuple[list[Any], sa.ColumnElement[Any]]:
    """(place and segment of a row, what to group by): a grouping set for each of `count` dimensions."""
    by = [source.c[f"by_{place}"] for place in range(count)]
    keys = [source.c[name] for name in KEYS]
    place = sa.case(*((sa.func.grouping(column) == 0, place) for place, column in enumerate(by)), else_=-1)
    segment = sa.case(*((sa.func.grouping(column) == 0, column) for column in by))
    sets = sa.func.grouping_sets(*(sa.tuple_(column, *keys) for column in by))
    return [place.label("place"), segment.label("segment"), *keys], sets


def _summed(source: Any, names: tuple[str, ...]) -> list[Any]:
    return [sa.cast(sa.func.sum(source.c[name]), sa.BigInteger()).label(name) for name in names]


def _events(
    warehouse: Warehouse,
    company: Company,
    metric: Metric,
    dimensions: Sequence[str],
    as_of: date,
    first: date | None,
    until: date,
) -> sa.Select[Any]:
    if metric.name == "reached_opportunity":
        among = _accounts(warehouse, company, dimensions, as_of, ACCOUNT_DETAILS)
        wide = reached_opportunity(warehouse, metric, as_of, first, until, among).subquery("trial")
    else:
        trial = COUNTED[metric.name](warehouse, metric, as_of, first, until).subquery("trial")
        accounts = _accounts(warehouse, company, dimensions, as_of)
        segments = [accounts.c[f"by_{place}"] for place in range(len(dimensions))]
        joined = trial.join(accounts, accounts.c.account_id == trial.c.account_id)
        columns = [trial.c[name] for name in (*KEYS, "trials", "successes")]
        wide = sa.select(*columns, *segments).select_from(joined).subquery("wide")
    told, sets = _sets(wide, len(dimensions))
    return sa.select(*told, *_summed(wide, ("trials", "successes"))).group_by(sets)


def _exposures(
    warehouse: Warehouse,
    company: Company,
    metric: Metric,
    dimensions: Sequence[str],
    as_of: date,
    first: date | None,
    until: date,
) -> sa.Select[Any]:
    """place | segment | week | band | change of the number at risk | successes."""
    piece = pieces(warehouse, as_of, first, until, by_month=False).subquery("piece")
    accounts = _accounts(warehouse, company, dimensions, as_of)
    segments = [accounts.c[f"by_{place}"] for place in range(len(dimensions))]
    joined = piece.join(accounts, accounts.c.account_id == piece.c.account_id)
    spans = [piece.c.first_week, piece.c.last_week, piece.c.left_week, piece.c.band]
    wide = sa.select(*spans, *segments).select_from(joined).cte("wide")
    labels = [wide.c.band, *(wide.c[column.name] for column in segments)]
    moves = entries_and_exits(wide, labels).subquery("moves")
    told, sets = _sets(moves, len(dimensions))
    return sa.select(*told, *_summed(moves, ("change", "successes"))).group_by(sets)
