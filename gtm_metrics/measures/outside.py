"""The accounts behind a drift: who was worked outside a segment or a profile, with what, since a day."""

from __future__ import annotations

from typing import Any

import pandas as pd
import sqlalchemy as sa

from gtm_metrics.company import Company
from gtm_metrics.measures.activity import NEEDS, parts_of_work
from gtm_metrics.measures.profile import Rule, fits
from gtm_metrics.measures.shared import Kinds, decided_days, plainly, segment_name
from gtm_metrics.question import Question
from gtm_metrics.tallies.known import accounts_known, known, refuse_unknown
from gtm_metrics.warehouse import Warehouse
from gtm_metrics.warehouse.dialects import code_point
from gtm_metrics.warehouse.needs import lacks

OUTSIDE_COLUMNS = (
    "account_id", "account", "owner", "segment", "touches", "opened", "pipeline", "wins", "last_on", "in_all",
)  # fmt: skip


def worked_outside(
    warehouse: Warehouse, company: Company, question: Question, rules: tuple[Rule, ...], limit: int = 500
) -> pd.DataFrame:
    """OUTSIDE_COLUMNS, a row an account outside the rules that was worked in the window's complete weeks.

    touches, opened, wins   how often it was approached (first touches of a sequence), new deals opened and won
    pipeline                amount of the deals opened; None without one, and where amounts are in several currencies
    last_on                 the last day any of it happened
    in_all                  how many such accounts there are; the first `limit` are listed: most deals won, then most
                            opened, then most touches, then the latest

    They are the rows under `activity`'s counts outside the rules and add up to them. Raises Refused for an unknown
    dimension, ValueError without a rule and for a limit below 1.
    """
    if limit < 1:
        raise ValueError(f"limit is {limit}; it must be at least 1")
    for name in (*question.by, *(n for n, _ in question.scope)):
        refuse_unknown(warehouse, company, name)
    every = known(warehouse, "accounts", question.as_of)
    inside = fits(warehouse, company, every, rules)
    first, last = decided_days(company, question)
    missing = {what: why for what, need in NEEDS.items() if (why := lacks(warehouse, need))}
    parts = parts_of_work(warehouse, question, first, last, missing)
    if not parts:
        return _typed(pd.DataFrame(columns=list(OUTSIDE_COLUMNS)))
    work = (parts[0] if len(parts) == 1 else sa.union_all(*parts)).subquery("work")
    accounts = accounts_known(warehouse, company, question, ("name", "owner"))

    def times(what: str) -> Any:
        return sa.cast(sa.func.sum(sa.case((work.c.what == what, 1), else_=0)), sa.BigInteger()).label(what)

    amount = sa.func.sum(sa.case((work.c.what == "pipeline", work.c.amount)))
    currencies = sa.func.count(sa.distinct(work.c.currency))
    done = (
        sa.select(
            work.c.account_id,
            times("touches"),
            times("opened"),
            sa.cast(sa.case((currencies <= 1, amount)), sa.Double()).label("pipeline"),
            times("wins"),
            sa.func.max(work.c.done_on).label("last_on"),
        )
        .group_by(work.c.account_id)
        .subquery("done")
    )
    told = [done.c[name] for name in ("account_id", "touches", "opened", "pipeline", "wins", "last_on")]
    named = [accounts.c.name.label("account"), accounts.c.owner, segment_name(accounts, question).label("segment")]
    order = [done.c.wins.desc(), done.c.opened.desc(), done.c.touches.desc(), done.c.last_on.desc()]
    return _typed(
        warehouse.read(
            sa.select(*told, *named, sa.func.count().over().label("in_all"))
            .select_from(
                done.join(accounts, accounts.c.account_id == done.c.account_id).join(
                    every, every.c.account_id == done.c.account_id
                )
            )
            .where(sa.not_(inside))
            .order_by(*order, code_point(done.c.account_id))
            .limit(limit)
        )
    )


KINDS: Kinds = {"touches": int, "opened": int, "wins": int, "in_all": int, "pipeline": float}
"""Types of the columns that are no text."""


def _typed(found: pd.DataFrame) -> pd.DataFrame:
    return plainly(found, OUTSIDE_COLUMNS, "last_on", KINDS)
