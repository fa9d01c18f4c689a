"""Why they bought, why they did not, and what else they had: reasons of decided deals beside the rest's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
import sqlalchemy as sa

from gtm_metrics.company import Company
from gtm_metrics.measures.shared import between, decided_days
from gtm_metrics.question import Question
from gtm_metrics.tallies.known import accounts_known, known, refuse_unknown
from gtm_metrics.tallies.trials import is_new
from gtm_metrics.warehouse import Warehouse
from gtm_metrics.warehouse.dialects import day
from gtm_metrics.warehouse.needs import lacks

NOT_RECORDED = "(not recorded)"
OTHERS = "(all others)"

OUTCOMES: dict[str, tuple[str, ...]] = {
    "win_reason": ("won",),
    "loss_reason": ("lost", "no_decision"),
    "competitor": ("won", "lost", "no_decision"),
}
"""Kinds of reason, and the outcomes of the deals that have one."""

REASON_COLUMNS = ("reason", "n", "of", "share", "rest_n", "rest_of", "rest_share")


@dataclass(frozen=True)
class Reasons:
    """Reasons of one kind, of the deals decided in the window.

    frame   reason | n | of | share | rest_n | rest_of | rest_share: the most frequent first, then "(all others)",
            then "(not recorded)"; n adds up to `of`, rest_n to `rest_of`. A share is None below the company's
            minimum of deals; the rest is None where no segment was asked for.
    """

    kind: str
    segment: tuple[str, ...] | None
    frame: pd.DataFrame
    status: str
    why: str
    first_day: date | None
    last_day: date


def reasons(
    warehouse: Warehouse, company: Company, question: Question, segment: tuple[str, ...] | None, kind: str, top: int = 8
) -> Reasons:
    """The `top` reasons of a kind (OUTCOMES) in one segment (a value a dimension of the question) or, with None, of
    all, beside every other deal of the same outcomes and weeks. Type new, by close date.

    Raises Refused for an unknown dimension, ValueError for an unknown kind or a segment that does not fit `by`.
    """
    if kind not in OUTCOMES:
        raise ValueError(f"no reason is called {kind!r}; there are {', '.join(OUTCOMES)}")
    if segment is not None and len(segment) != len(question.by):
        raise ValueError(f"segment {segment} does not fit the dimensions {question.by}")
    for name in (*question.by, *(n for n, _ in question.scope)):
        refuse_unknown(warehouse, company, name)
    first, last = decided_days(company, question)
    why = lacks(warehouse, "opportunities.outcome") or lacks(warehouse, f"opportunities.{kind}")
    if why:
        return Reasons(kind, segment, _frame([]), "not_connected", why, first, last)
    deals = known(warehouse, "opportunities", question.as_of)
    accounts = accounts_known(warehouse, company, question)
    inside: Any = sa.true()
    for column, value in zip(("segment", "segment_2"), segment or (), strict=False):
        inside = sa.and_(inside, accounts.c[column] == value)
    each = (
        sa.select(deals.c[kind].label("reason"), sa.case((inside, 1), else_=0).label("inside"))
        .select_from(deals.join(accounts, accounts.c.account_id == deals.c.account_id))
        .where(is_new(deals), deals.c.outcome.in_(OUTCOMES[kind]), between(day(deals.c.closed_at), first, last))
        .subquery("each")
    )
    counted = warehouse.read(
        sa.select(
            each.c.reason,
            sa.cast(sa.func.sum(each.c.inside), sa.BigInteger()).label("n"),
            sa.cast(sa.func.sum(1 - each.c.inside), sa.BigInteger()).label("rest_n"),
        ).group_by(each.c.reason)
    )
    frame = _ranked(counted, top, segment is not None, company.minimum_trials)
    return Reasons(kind, segment, frame, "ok", "", first, last)


def _ranked(counted: pd.DataFrame, top: int, beside: bool, minimum: int) -> pd.DataFrame:
    """reason | n | rest_n in any order to the frame of Reasons."""
    rows = [
        (row["reason"] if isinstance(row["reason"], str) else NOT_RECORDED, int(row["n"]), int(row["rest_n"]))
        for row in counted.to_dict("records")
    ]
    of, rest_of = sum(n for _, n, _ in rows), sum(n for _, _, n in rows)
    blank = [row for row in rows if row[0] == NOT_RECORDED]
    named = sorted((row for row in rows if row[0] != NOT_RECORDED), key=lambda row: (-row[1], -row[2], row[0]))
    shown, others = named[:top], named[top:]
    if others:
        shown.append((OTHERS, sum(n for _, n, _ in others), sum(n for _, _, n in others)))
    made: list[dict[str, Any]] = []
    for reason, n, rest_n in [*shown, *blank]:
        row: dict[str, Any] = {"reason": reason, "n": n, "of": of, "share": n / of if of >= minimum else None}
        if beside:
            row |= {
                "rest_n": rest_n,
                "rest_of": rest_of,
                "rest_share": rest_n / rest_of if rest_of >= minimum else None,
            }
        made.append(row)
    return _frame(made)


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series([row.get(name) for row in rows], dtype=object) for name in REASON_COLUMNS})
