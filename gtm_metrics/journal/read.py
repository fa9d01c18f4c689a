"""What the journal holds, as frames for pages and commands. Needs no warehouse.

Every function reads through a connection of `reading(engine)`, so that what stands on one page is one state of the
journal. Weeks are Mondays (datetime64), counts int64, logarithms natural, missing None.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pandas as pd
import sqlalchemy as sa

from gtm_metrics.journal.tables import (
    THESIS,
    Audited,
    Base,
    Decision,
    FrozenAccount,
    FrozenTally,
    Judgement,
    Refresh,
    Registered,
    Restatement,
)
from gtm_metrics.weeks import closed_through

WEEKS = (
    "week",
    "since",
    "evidence_since",
    "first_week",
    "registered_week",
    "frozen_in",
    "noticed_in",
    "as_of",
    "data_through",
)
Rows = sa.Select[*tuple[Any, ...]]
COUNTS = ("epoch", "version", "trials", "successes", "batch", "k", "k_at_birth", "reopened_before")


def last_refresh(journal: sa.Connection, as_of: date | None = None) -> dict[str, Any] | None:
    """The newest refresh (of the last week complete on `as_of`, where one is given) by column; None before any."""
    query = sa.select(Refresh).order_by(Refresh.epoch.desc(), Refresh.week.desc()).limit(1)
    if as_of is not None:
        query = query.where(Refresh.week <= closed_through(0, as_of))
    row = journal.execute(_columns(query)).mappings().first()
    return None if row is None else dict(row)


def refreshes(journal: sa.Connection) -> pd.DataFrame:
    """One row a refreshed week, oldest first, by its last epoch: the columns of tables.Refresh."""
    query = sa.select(Refresh).where(_last_epoch(Refresh)).order_by(Refresh.week)
    return frame(journal, query)


def verdicts(journal: sa.Connection, as_of: date | None = None) -> pd.DataFrame:
    """One row a segment: its verdict in the newest refresh (known on `as_of`), the columns of tables.Judgement."""
    last = last_refresh(journal, as_of)
    query = sa.select(Judgement).order_by(Judgement.dimension, Judgement.segment)
    if last is None:
        return frame(journal, query.where(sa.false()))
    return frame(journal, query.where(Judgement.epoch == last["epoch"], Judgement.week == last["week"]))


def history(journal: sa.Connection, dimension: str | None = None, segment: str | None = None) -> pd.DataFrame:
    """One row a week and segment, oldest first: every verdict that was written, by the week's last epoch."""
    query = sa.select(Judgement, Refresh.kind).join(
        Refresh, sa.and_(Refresh.epoch == Judgement.epoch, Refresh.week == Judgement.week)
    )
    if dimension is not None:
        query = query.where(Judgement.dimension == dimension)
    if segment is not None:
        query = query.where(Judgement.segment == segment)
    query = query.where(_last_epoch(Judgement))
    return frame(journal, query.order_by(Judgement.week, Judgement.dimension, Judgement.segment))


def registry(journal: sa.Connection, epoch: int | None = None) -> pd.DataFrame:
    """One row a registered segment (of one epoch): the columns of tables.Registered, `k` for its K at birth."""
    query = sa.select(Registered, Registered.k_at_birth.label("k"))
    if epoch is not None:
        query = query.where(Registered.epoch == epoch)
    return frame(journal, query.order_by(Registered.epoch, Registered.dimension, Registered.segment))


def frozen(journal: sa.Connection, epoch: int, dimensions: Sequence[str] | None = None) -> pd.DataFrame:
    """One row a cell: dimension, metric, week, segment, band, trials, successes of the frozen weeks of an epoch."""
    f = FrozenTally
    query = sa.select(f.dimension, f.metric, f.week, f.segment, f.band, f.trials, f.successes).where(f.epoch == epoch)
    if dimensions is not None:
        query = query.where(f.dimension.in_(dimensions))
    return frame(journal, query.order_by(f.dimension, f.metric, f.week, f.segment, f.band))


def frozen_accounts(journal: sa.Connection, epoch: int) -> pd.DataFrame:
    """One row a cell: dimension, segment, metric, account_id, week, band, trials, successes kept for the fifth gate."""
    a = FrozenAccount
    query = sa.select(a.dimension, a.segment, a.metric, a.account_id, a.week, a.band, a.trials, a.successes)
    query = query.where(a.epoch == epoch)
    return frame(journal, query.order_by(a.dimension, a.segment, a.metric, a.account_id, a.week, a.band))


def restatements(journal: sa.Connection, epoch: int | None = None) -> pd.DataFrame:
    """One row a frozen count that moved, in the order noticed: the columns of tables.Restatement."""
    query = sa.select(Restatement)
    if epoch is not None:
        query = query.where(Restatement.epoch == epoch)
    return frame(journal, query.order_by(Restatement.id))


def decisions(journal: sa.Connection, as_of: date | None = None, replaced: bool = False) -> pd.DataFrame:
    """One row a decision in effect (on `as_of`), oldest first; with `replaced` also those taken back since."""
    later = sa.alias(Decision.__table__)
    newer = sa.select(later.c.id).where(later.c.replaces == Decision.id)
    query = sa.select(Decision)
    if as_of is not None:
        query = query.where(Decision.decided_at <= as_of)
        newer = newer.where(later.c.decided_at <= as_of)
    if not replaced:
        query = query.where(~newer.exists())
    return frame(journal, query.order_by(Decision.id))


def standing_thesis(decisions: pd.DataFrame) -> tuple[str, str] | None:
    """(dimension, segment) of the thesis that was named last and not taken back since; None without one.

    decisions  of any kinds, those taken back included or not; a thesis without a segment only takes another back
    """
    taken_back = set(decisions["replaces"].dropna())
    named = decisions[(decisions["kind"] == THESIS) & (decisions["segment"] != "")]
    in_effect = named[~named["id"].isin(taken_back)].sort_values("id")
    return None if in_effect.empty else (str(in_effect["dimension"].iloc[-1]), str(in_effect["segment"].iloc[-1]))


def audit(journal: sa.Connection) -> pd.DataFrame:
    """One row a thing that happened to the journal, newest first: at, who, what, details."""
    return frame(journal, sa.select(Audited).order_by(Audited.id.desc()))


def _last_epoch(table: type[Judgement] | type[Refresh]) -> sa.ColumnElement[bool]:
    """Of a week that two epochs told, the later."""
    other = sa.alias(Refresh.__table__)
    return table.epoch == sa.select(sa.func.max(other.c.epoch)).where(other.c.week == table.week).scalar_subquery()


def _columns(query: Rows) -> Rows:
    """The same query by columns: a connection gives rows, and an entity in it would be one value."""
    wanted: list[Any] = []
    for described in query.column_descriptions:
        entity = described["expr"]
        is_table = isinstance(entity, type) and issubclass(entity, Base)
        wanted += list(entity.__table__.columns) if is_table else [entity]
    return query.with_only_columns(*wanted, maintain_column_froms=True)


def frame(journal: sa.Connection, query: Rows) -> pd.DataFrame:
    """The rows of a query, their types fixed whatever the database sent."""
    result = journal.execute(_columns(query))
    names = list(result.keys())
    frame = pd.DataFrame(list(map(tuple, result)), columns=names, dtype="object")
    for name in names:
        if name in WEEKS:
            frame[name] = pd.to_datetime(frame[name]).astype("datetime64[us]")
        elif name in COUNTS:
            frame[name] = frame[name].astype("int64")
    return frame
