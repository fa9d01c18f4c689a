"""How far each pin is won: accounts known, customers, what they pay, who is left to win, who asks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import pandas as pd
import sqlalchemy as sa

from gtm_metrics.company import Company
from gtm_metrics.measures.left_to_win import places
from gtm_metrics.measures.markets.pins import Pin, members
from gtm_metrics.measures.money import paying
from gtm_metrics.measures.shared import between, days_back, how_many
from gtm_metrics.question import Question
from gtm_metrics.tallies.known import known
from gtm_metrics.tallies.trials import is_new, outbound
from gtm_metrics.warehouse import Warehouse
from gtm_metrics.warehouse.dialects import day
from gtm_metrics.warehouse.needs import lacks

REQUEST_DAYS = 13 * 7
"""Days back to which an account that came to us counts as one that asks."""


def shares(
    warehouse: Warehouse,
    company: Company,
    question: Question,
    of: Sequence[Pin],
    on_lists: Collection[str] = (),
) -> tuple[pd.DataFrame, dict[str, str]]:
    """(pin | accounts | customers | left | open_deals | requests, what is not known -> why), counts of accounts.

    customers    pay on as_of; where no subscription is connected, accounts that a deal was won of
    left         as `left_to_win` counts them: never paid, nothing open, none lost lately, on no list
    open_deals   accounts with an open new deal, customers or not
    requests     accounts that are no customers and came to us in the last 13 weeks (an inbound touch); where touches
                 tell no direction, those with an open new deal
    A row a pin that has an account, and "(all)". Columns that are not known are missing values.
    """
    missing: dict[str, str] = {}
    without = {need: lacks(warehouse, need) for need in ("subscriptions", "opportunities.outcome", "touches.direction")}
    subscribed, decided, directed = (not why for why in without.values())
    if not subscribed and not decided:
        missing["customers"] = missing["left"] = "neither subscriptions nor opportunities.outcome is connected"
    if lacks(warehouse, "opportunities"):
        missing["open_deals"] = lacks(warehouse, "opportunities")
    if not directed and "open_deals" in missing:
        missing["requests"] = without["touches.direction"]
    placed = places(warehouse, members(warehouse, company, question, of, True), question.as_of, on_lists)
    joined: Any = placed
    never: Any = sa.false()
    pays, asks, opens = placed.c.place == "paid", never, never
    if subscribed:
        paid = known(warehouse, "subscriptions", question.as_of)
        payers = sa.select(paid.c.account_id).where(paying(paid, question.as_of)).distinct().subquery("paying_now")
        joined = joined.outerjoin(payers, payers.c.account_id == placed.c.account_id)
        pays = payers.c.account_id.is_not(None)
    if "open_deals" not in missing:
        deals = known(warehouse, "opportunities", question.as_of)
        still = sa.select(deals.c.account_id).where(is_new(deals), deals.c.outcome.is_(None)).distinct()
        open_now = still.subquery("open_now")
        joined = joined.outerjoin(open_now, open_now.c.account_id == placed.c.account_id)
        opens = asks = open_now.c.account_id.is_not(None)
    if directed:
        touch = known(warehouse, "touches", question.as_of, days_back(question.as_of, REQUEST_DAYS))
        lately = between(day(touch.c.sent_at), days_back(question.as_of, REQUEST_DAYS), question.as_of)
        came = sa.select(touch.c.account_id).where(sa.not_(outbound(touch)), lately).distinct().subquery("came")
        joined = joined.outerjoin(came, came.c.account_id == placed.c.account_id)
        asks = came.c.account_id.is_not(None)
    query = sa.select(
        placed.c.pin,
        how_many(sa.true(), "accounts"),
        how_many(pays, "customers"),
        how_many(placed.c.place == "left", "left"),
        how_many(opens, "open_deals"),
        how_many(sa.and_(asks, sa.not_(pays)), "requests"),
    )
    found = warehouse.read(query.select_from(joined).group_by(placed.c.pin))
    frame = found.astype({"pin": "object"} | dict.fromkeys(found.columns[1:], "Int64"))
    for name in missing:
        frame[name] = pd.array([pd.NA] * len(frame), dtype="Int64")
    return frame, missing


def prices(warehouse: Warehouse, company: Company, question: Question, of: Sequence[Pin]) -> tuple[pd.DataFrame, str]:
    """(pin | priced | mrr, why not): paying accounts whose price is on record and what they pay a month, by pin and
    "(all)". Prices in several currencies are never added: then the frame is empty and the reason says so.
    """
    columns = {"pin": "object", "priced": "int64", "mrr": "float64"}
    nothing = pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in columns.items()})
    why = lacks(warehouse, "subscriptions.mrr")
    if why:
        return nothing, why
    paid, inside = known(warehouse, "subscriptions", question.as_of), members(warehouse, company, question, of, True)
    each = (
        sa.select(
            paid.c.account_id,
            sa.func.coalesce(sa.func.upper(sa.func.min(paid.c.currency)), "").label("currency"),
            sa.func.sum(paid.c.mrr).label("mrr"),
        )
        .where(paying(paid, question.as_of), paid.c.mrr.is_not(None))
        .group_by(paid.c.account_id)
        .subquery("each")
    )
    found = warehouse.read(
        sa.select(
            inside.c.pin,
            each.c.currency,
            sa.cast(sa.func.count(), sa.BigInteger()).label("priced"),
            sa.cast(sa.func.sum(each.c.mrr), sa.Double()).label("mrr"),
        )
        .join_from(each, inside, inside.c.account_id == each.c.account_id)
        .group_by(inside.c.pin, each.c.currency)
    )
    currencies = sorted(set(found["currency"]) - {""})
    if len(currencies) > 1:
        return nothing, f"prices in several currencies are never added ({', '.join(currencies)})"
    added = found.groupby("pin", as_index=False)[["priced", "mrr"]].sum()
    return added.assign(mrr=added["mrr"].astype(float).round(2)).astype(columns)[list(columns)], ""
