"""What ties pins to one another: who brought whom, shared competitors and attributes, accounts in both."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pandas as pd
import sqlalchemy as sa

from gtm_metrics.company import Company
from gtm_metrics.measures.markets.pins import Pin, members
from gtm_metrics.measures.shared import between, decided_days
from gtm_metrics.question import NOT_SET, Question
from gtm_metrics.tallies.known import known, refuse_unknown, segment_of
from gtm_metrics.tallies.trials import is_new
from gtm_metrics.warehouse import Warehouse
from gtm_metrics.warehouse.dialects import day
from gtm_metrics.warehouse.needs import lacks

MONTHS = 12
"""How far back a referral still tells who talks to whom."""


def since(as_of: date) -> date:
    """The first day of the 12 months that end with as_of."""
    return (pd.Timestamp(as_of) - pd.DateOffset(months=MONTHS)).date() + timedelta(days=1)


def referrals(
    warehouse: Warehouse, company: Company, question: Question, of: Sequence[Pin]
) -> tuple[pd.DataFrame, str]:
    """(a | b | n, why not): referrals of the last 12 months, an account of pin `a` brought one of pin `b`.

    "(all)" stands on either side for every account, in a pin or not; a = b are referrals within a pin.
    """
    why = lacks(warehouse, "referrals")
    if why:
        return _typed(pd.DataFrame(columns=["a", "b", "n"])), why
    tie = known(warehouse, "referrals", question.as_of)
    there = members(warehouse, company, question, of, True).alias("there")
    back = members(warehouse, company, question, of, True).alias("back")
    joined = tie.join(there, there.c.account_id == tie.c.referrer_account_id).join(
        back, back.c.account_id == tie.c.referred_account_id
    )
    lately = between(day(tie.c.referred_at), since(question.as_of), question.as_of)
    a, b = there.c.pin.label("a"), back.c.pin.label("b")
    return _typed(warehouse.read(sa.select(a, b, _n()).select_from(joined).where(lately).group_by(a, b))), ""


def competitors(
    warehouse: Warehouse, company: Company, question: Question, of: Sequence[Pin]
) -> tuple[pd.DataFrame, str]:
    """(pin | competitor | n, why not): new deals decided in the window by the alternative on record, as written;
    by pin and "(all)"."""
    why = lacks(warehouse, "opportunities.competitor")
    if why:
        return pd.DataFrame({"pin": [], "competitor": [], "n": []}).astype({"pin": "object", "n": "int64"}), why
    first, last = decided_days(company, question)
    deal, inside = known(warehouse, "opportunities", question.as_of), members(warehouse, company, question, of, True)
    decided = [is_new(deal), deal.c.outcome.is_not(None), between(day(deal.c.closed_at), first, last)]
    found = warehouse.read(
        sa.select(inside.c.pin, deal.c.competitor, _n())
        .join_from(deal, inside, inside.c.account_id == deal.c.account_id)
        .where(*decided, deal.c.competitor.is_not(None))
        .group_by(inside.c.pin, deal.c.competitor)
    )
    return found.astype({"pin": "object", "competitor": "object", "n": "int64"}), ""


def traits(warehouse: Warehouse, company: Company, question: Question, of: Sequence[Pin]) -> pd.DataFrame:
    """pin | dimension | value | n: accounts by the value of each dimension of gtm.toml that no pin is made of.

    By pin and "(all)"; "(not set)" has no row.
    """
    made_of = {rule.dimension for pin in of for rule in pin.rules}
    asked = [d.name for d in company.dimensions if d.name not in made_of]
    asked = [name for name in asked if name in {c.name for c in known(warehouse, "accounts", question.as_of).c}]
    columns = {"pin": "object", "dimension": "object", "value": "object", "n": "int64"}
    if not asked:
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in columns.items()})
    source, inside = known(warehouse, "accounts", question.as_of), members(warehouse, company, question, of, True)
    values = [
        segment_of(warehouse, source, refuse_unknown(warehouse, company, name)).label(f"value_{place}")
        for place, name in enumerate(asked)
    ]
    joined = source.join(inside, inside.c.account_id == source.c.account_id)
    each = sa.select(inside.c.pin, *values).select_from(joined).cte("each_member")
    parts: list[sa.Select[Any]] = []
    for place, name in enumerate(asked):
        value = each.c[f"value_{place}"]
        told = sa.select(each.c.pin, sa.literal(name, sa.String()).label("dimension"), value.label("value"), _n())
        parts.append(told.where(value != NOT_SET).group_by(each.c.pin, value))
    found = warehouse.read(parts[0] if len(parts) == 1 else sa.union_all(*parts))
    return found.astype(columns)[list(columns)]


def both(warehouse: Warehouse, company: Company, question: Question, of: Sequence[Pin]) -> pd.DataFrame:
    """a | b | n: accounts in two pins, either order; none where all pins are values of one dimension."""
    if len({pin.dimension for pin in of}) == 1 and of[0].dimension:
        return _typed(pd.DataFrame(columns=["a", "b", "n"]))
    one = members(warehouse, company, question, of).alias("one")
    other = members(warehouse, company, question, of).alias("other")
    joined = one.join(other, sa.and_(other.c.account_id == one.c.account_id, other.c.pin != one.c.pin))
    a, b = one.c.pin.label("a"), other.c.pin.label("b")
    return _typed(warehouse.read(sa.select(a, b, _n()).select_from(joined).group_by(a, b)))


def _n() -> Any:
    return sa.cast(sa.func.count(), sa.BigInteger()).label("n")


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    ordered = frame.sort_values(["a", "b"], ignore_index=True)
    return ordered.astype({"a": "object", "b": "object", "n": "int64"})
