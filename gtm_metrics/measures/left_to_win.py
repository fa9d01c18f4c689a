"""Accounts left to win: by segment, every account in exactly one column, so that the columns add up."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
import sqlalchemy as sa

from gtm_metrics.company import Company
from gtm_metrics.measures.shared import between, days_back, how_many
from gtm_metrics.question import Question
from gtm_metrics.tallies.known import accounts_known, known, refuse_unknown
from gtm_metrics.warehouse import Warehouse
from gtm_metrics.warehouse.dialects import day
from gtm_metrics.warehouse.needs import lacks

LOST_DAYS = 26 * 7
"""Days in which an account that was lost is left alone."""

COUNTS = ("accounts", "paid", "open_deal", "lost_lately", "on_list", "left", "no_decision_lately")


@dataclass(frozen=True)
class LeftToWin:
    """Accounts left to win as of a day.

    frame      segment [| segment_2] | accounts | paid | open_deal | lost_lately | on_list | left |
               no_decision_lately, int64, a row a segment. accounts = paid + open_deal + lost_lately + on_list + left:
               an account counts in the first column whose words fit it. no_decision_lately is a part of `left`:
               accounts with a deal that ended in no decision in the same 26 weeks
    status     ok, or not_connected with `why`; the frame is then empty
    not_known  what could not be taken off because its table is not connected, in words; () when all could
    lost_since the first day on which a lost deal still takes an account off
    """

    frame: pd.DataFrame
    status: str
    why: str
    not_known: tuple[str, ...]
    lost_since: date


def left_to_win(
    warehouse: Warehouse, company: Company, question: Question, on_lists: Collection[str] = ()
) -> LeftToWin:
    """Accounts that never paid, have no open opportunity, lost none in the last 26 weeks, and are on no list.

    An account has paid once a subscription has begun, whatever became of it, or an opportunity was won. An open
    opportunity is one of any type. `on_lists` are account ids that people set apart ("never", "not now"). The
    question's window does not matter. Raises Refused for an unknown dimension.
    """
    for name in (*question.by, *(n for n, _ in question.scope)):
        refuse_unknown(warehouse, company, name)
    since = days_back(question.as_of, LOST_DAYS)
    names = ["segment", "segment_2"][: len(question.by)]
    without = {need: lacks(warehouse, need) for need in ("accounts", "subscriptions", "opportunities.outcome")}
    if without["accounts"] or (without["subscriptions"] and without["opportunities.outcome"]):
        why = without["accounts"] or "neither subscriptions nor opportunities.outcome is connected"
        return LeftToWin(_typed(pd.DataFrame(columns=[*names, *COUNTS]), names), "not_connected", why, (), since)
    placed = places(warehouse, accounts_known(warehouse, company, question), question.as_of, on_lists)
    counts = [how_many(sa.true(), "accounts")]
    counts += [how_many(placed.c.place == name, name) for name in COUNTS[1:-1]]
    counts.append(how_many(sa.and_(placed.c.place == "left", placed.c.undecided == 1), COUNTS[-1]))
    groups = [placed.c[name] for name in names]
    query = sa.select(*groups, *counts)
    frame = warehouse.read(query.group_by(*groups) if groups else query)
    return LeftToWin(_typed(frame, names), "ok", "", not_taken_off(warehouse), since)


def not_taken_off(warehouse: Warehouse) -> tuple[str, ...]:
    """What cannot be taken off the accounts left to win because its table is not connected, in words."""
    asked = (("subscriptions", "who pays"), ("opportunities.outcome", "which deals are open or lost"))
    return tuple(words for need, words in asked if lacks(warehouse, need))


def places(warehouse: Warehouse, accounts: sa.Subquery, as_of: date, on_lists: Collection[str] = ()) -> sa.Subquery:
    """The columns of `accounts` | place | undecided: which column of LeftToWin.frame an account counts in, and
    whether a deal of it ended in no decision in the last 26 weeks (1 or 0).
    """
    joined: Any = accounts
    paid: list[Any] = [sa.false()]
    never = sa.false()
    open_deal, lost, undecided = never, never, never
    if warehouse.connected("subscriptions"):
        spells = known(warehouse, "subscriptions", as_of)
        payers = sa.select(spells.c.account_id).distinct().subquery("payers")
        joined = joined.outerjoin(payers, payers.c.account_id == accounts.c.account_id)
        paid.append(payers.c.account_id.is_not(None))
    if warehouse.connected("opportunities"):
        deals = _deals(warehouse, as_of, days_back(as_of, LOST_DAYS))
        joined = joined.outerjoin(deals, deals.c.account_id == accounts.c.account_id)
        paid.append(_any(deals.c.won))
        open_deal, lost, undecided = _any(deals.c.open), _any(deals.c.lost), _any(deals.c.no_decision)
    listed = accounts.c.account_id.in_(sorted(on_lists)) if on_lists else never
    place = sa.case(
        (sa.or_(*paid), "paid"), (open_deal, "open_deal"), (lost, "lost_lately"), (listed, "on_list"), else_="left"
    )
    each = sa.select(*accounts.c, place.label("place"), sa.case((undecided, 1), else_=0).label("undecided"))
    return each.select_from(joined).subquery("placed")


def _deals(warehouse: Warehouse, as_of: date, since: date) -> sa.Subquery:
    """account_id | won | open | lost | no_decision: 1 where the account has such an opportunity, the last two since
    a day."""
    deals = known(warehouse, "opportunities", as_of)
    lately = between(day(deals.c.closed_at), since, as_of)

    def flag(condition: Any, label: str) -> Any:
        return sa.func.max(sa.case((condition, 1), else_=0)).label(label)

    return (
        sa.select(
            deals.c.account_id,
            flag(deals.c.outcome == "won", "won"),
            flag(deals.c.outcome.is_(None), "open"),
            flag(sa.and_(deals.c.outcome == "lost", lately), "lost"),
            flag(sa.and_(deals.c.outcome == "no_decision", lately), "no_decision"),
        )
        .group_by(deals.c.account_id)
        .subquery("deals")
    )


def _any(column: Any) -> Any:
    """Whether the account has one; without any opportunity there is no row, and so none."""
    return sa.func.coalesce(column, 0) == 1


def _typed(frame: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    ordered = frame.sort_values(names, ignore_index=True) if names else frame
    return ordered[[*names, *COUNTS]].astype(dict.fromkeys(names, "object") | dict.fromkeys(COUNTS, "int64"))
