"""Whether the score knew: what was scored from data up to a year ago beside who still pays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pandas as pd
import sqlalchemy as sa

from gtm_metrics.company import Company
from gtm_metrics.estimates.concordance import Placements
from gtm_metrics.measures.value import inputs
from gtm_metrics.measures.value.score import recipe, scored
from gtm_metrics.question import Question
from gtm_metrics.warehouse import Warehouse
from gtm_metrics.warehouse.needs import lacks

BACK_MONTHS = 12


@dataclass(frozen=True)
class BackTest:
    """The customers of a day a year ago: those who still pay, and those who left since, by their score of that day."""

    then: date
    stayed: Placements
    left: Placements


def back_test(warehouse: Warehouse, company: Company, question: Question) -> BackTest:
    """Who paid a year before as_of, scored from what was known that day, beside who pays on as_of; one query.

    An account that left and came back pays. Both groups are empty where nobody paid then.
    """
    then = (pd.Timestamp(question.as_of) - pd.DateOffset(months=BACK_MONTHS)).date()
    nobody = Placements(0, 0.0, 0.0)
    if lacks(warehouse, "accounts") or lacks(warehouse, "subscriptions"):
        return BackTest(then, nobody, nobody)
    before = replace(question, as_of=then)
    made = recipe(warehouse, company, before)
    if not made.weights:
        return BackTest(then, nobody, nobody)
    found = warehouse.read(_placed(warehouse, company, question, before, made)).to_dict("records")
    groups = {
        int(row["pays"]): Placements(int(row["n"]), round(float(row["total"]), 9), round(float(row["squares"]), 9))
        for row in found
        if row["total"] is not None and not pd.isna(row["total"])
    }
    if len(groups) < 2:
        counts = {int(row["pays"]): int(row["n"]) for row in found}
        groups = {pays: Placements(n, 0.0, 0.0) for pays, n in counts.items()}
    return BackTest(then, groups.get(1, nobody), groups.get(0, nobody))


def _placed(warehouse: Warehouse, company: Company, question: Question, before: Question, made: Any) -> sa.Select[Any]:
    """pays | n | total | squares of the placements, from ranks among all and within each group."""
    base = scored(warehouse, company, before, made).subquery("scored_then")
    now = inputs.customers(warehouse, question.as_of)
    pays = sa.case((sa.and_(now.c.account_id.is_not(None), now.c.ended_on.is_(None)), 1), else_=0)
    rows = (
        sa.select(base.c.score, pays.label("pays"))
        .select_from(base.outerjoin(now, now.c.account_id == base.c.account_id))
        .where(base.c.pays == 1)
        .subquery("then_and_now")
    )
    half: Any = sa.cast(2, sa.Double())

    def middle(partition: Any) -> Any:
        """The middle of the places that those alike share, among all or within a group."""
        group = [] if partition is None else [partition]
        alike = sa.func.count().over(partition_by=[*group, rows.c.score])
        first = sa.func.rank().over(partition_by=group or None, order_by=rows.c.score)
        return sa.cast(first, sa.Double()) + sa.cast(alike - 1, sa.Double()) / half

    others = sa.func.count().over() - sa.func.count().over(partition_by=rows.c.pays)
    below = (middle(None) - middle(rows.c.pays)) / sa.func.nullif(sa.cast(others, sa.Double()), sa.cast(0, sa.Double()))
    placed = sa.select(rows.c.pays, sa.case((rows.c.pays == 1, below), else_=1 - below).label("v")).subquery("placed")
    return sa.select(
        placed.c.pays,
        sa.cast(sa.func.count(), sa.BigInteger()).label("n"),
        sa.func.sum(placed.c.v).label("total"),
        sa.func.sum(placed.c.v * placed.c.v).label("squares"),
    ).group_by(placed.c.pays)
