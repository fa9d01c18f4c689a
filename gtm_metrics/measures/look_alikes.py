"""Look-alikes: accounts that fit the profile, are no customers, have no open deal and are on no list, by name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
import sqlalchemy as sa

from gtm_metrics.company import Company
from gtm_metrics.measures.left_to_win import COUNTS, not_taken_off, places
from gtm_metrics.measures.profile import Rule, fits
from gtm_metrics.measures.shared import days_back, how_many
from gtm_metrics.question import Question
from gtm_metrics.tallies.known import accounts_known, known, refuse_unknown, segment_of
from gtm_metrics.tallies.trials import outbound
from gtm_metrics.warehouse import Warehouse
from gtm_metrics.warehouse.dialects import code_point, day
from gtm_metrics.warehouse.needs import lacks

LATELY_DAYS = 26 * 7
"""Days in which an answer or a visit of its own speaks for an account."""

DETAILS = ("name", "domain", "owner", "contact")
COLUMNS = (
    "account_id", "account", "domain", "owner", "contact", "segments", "referred_by", "answered_on", "came_on",
    "no_decision", "last_touch",
)  # fmt: skip
DAYS = ("answered_on", "came_on", "last_touch")


@dataclass(frozen=True)
class LookAlikes:
    """Accounts to win that fit a profile.

    frame    account_id | account | domain | owner | contact | segments | referred_by | answered_on | came_on |
             no_decision | last_touch, at most `limit` rows. segments is (dimension, segment) of each rule; referred_by
             a customer that brought it (its name, else its id); answered_on and came_on the last day in 26 weeks on
             which it answered a touch, or reached out by itself; no_decision: a deal of it ended so in that time;
             last_touch the last day we wrote. Days are datetime64; what is missing or unknown is None
    counts   {fit, paid, open_deal, lost_lately, on_list, left} and, where there is a negative profile, `unwanted`:
             those that fit it too and would be left; fit = the sum of the others
    missing  table -> why it could not be looked at; with `accounts` or `who pays` nobody is listed
    """

    frame: pd.DataFrame
    counts: Mapping[str, int]
    missing: Mapping[str, str]


def look_alikes(
    warehouse: Warehouse,
    company: Company,
    question: Question,
    rules: tuple[Rule, ...],
    on_lists: Collection[str] = (),
    limit: int = 100,
    unwanted: tuple[Rule, ...] = (),
) -> LookAlikes:
    """Accounts that fit every rule and are left to win, as `left_to_win` counts them, the most promising first.

    unwanted  the rules of the negative profile: an account that fits them all is not named

    First those a customer referred, then those that reached out by themselves, that answered, and whose last deal
    ended in no decision; then those not written to for longest. Raises Refused for an unknown dimension, ValueError
    for a limit below 1 or without rules.
    """
    if limit < 1:
        raise ValueError(f"limit is {limit}; it must be at least 1")
    for rule in (*rules, *unwanted):
        refuse_unknown(warehouse, company, rule.dimension)
    missing = {table: why for table in ("accounts", "touches", "referrals") if (why := lacks(warehouse, table))}
    if len(not_taken_off(warehouse)) == 2:
        missing["who pays"] = "neither subscriptions nor opportunities.outcome is connected"
    if {"accounts", "who pays"} & set(missing):
        return LookAlikes(_typed(pd.DataFrame(columns=list(COLUMNS)), rules), {}, missing)
    placed = places(warehouse, _fitting(warehouse, company, question, rules, unwanted), question.as_of, on_lists)
    names: tuple[str, ...] = (*COUNTS[1:5], "left")
    if unwanted:
        placed, names = _without_unwanted(placed), (*names, "unwanted")
    counts = [how_many(sa.true(), "fit"), *(how_many(placed.c.place == name, name) for name in names)]
    counted = warehouse.read(sa.select(*counts).select_from(placed)).iloc[0]
    found = warehouse.read(_listed(warehouse, question.as_of, placed, frozenset(missing), limit))
    return LookAlikes(_typed(found, rules), {str(name): int(counted[name]) for name in counted.index}, missing)


def _without_unwanted(placed: sa.Subquery) -> sa.Subquery:
    """The same accounts; those that would be left but fit the negative profile stand in a place of their own."""
    place = sa.case((sa.and_(placed.c.place == "left", placed.c.unwanted == 1), "unwanted"), else_=placed.c.place)
    others = [column for column in placed.c if column.name != "place"]
    return sa.select(*others, place.label("place")).subquery("wanted")


def _fitting(
    warehouse: Warehouse,
    company: Company,
    question: Question,
    rules: tuple[Rule, ...],
    unwanted: tuple[Rule, ...],
) -> sa.Subquery:
    """The accounts in scope that meet every rule: account_id, DETAILS, rule_0, rule_1, ... their segments, and where
    there is a negative profile `unwanted`, 1 for those that meet every rule of that."""
    source = known(warehouse, "accounts", question.as_of)
    columns: list[Any] = [source.c.account_id, *(source.c[name] for name in DETAILS)]
    for place, rule in enumerate(rules):
        dimension = refuse_unknown(warehouse, company, rule.dimension)
        columns.append(segment_of(warehouse, source, dimension).label(f"rule_{place}"))
    if unwanted:
        columns.append(sa.case((fits(warehouse, company, source, unwanted), 1), else_=0).label("unwanted"))
    query = sa.select(*columns).where(fits(warehouse, company, source, rules))
    if question.scope:
        inside = accounts_known(warehouse, company, question)
        query = query.where(source.c.account_id.in_(sa.select(inside.c.account_id)))
    return query.subquery("fitting")


def _listed(
    warehouse: Warehouse, as_of: date, placed: sa.Subquery, missing: frozenset[str], limit: int
) -> sa.Select[Any]:
    nothing: Any = sa.cast(sa.null(), sa.Date())
    nobody: Any = sa.cast(sa.null(), sa.String())
    joined: Any = placed
    answered, came, last, referred = nothing, nothing, nothing, nobody
    if "touches" not in missing:
        touched = _touched(warehouse, as_of)
        joined = joined.outerjoin(touched, touched.c.account_id == placed.c.account_id)
        answered, came, last = touched.c.answered_on, touched.c.came_on, touched.c.last_touch
    if "referrals" not in missing:
        ties = _brought(warehouse, as_of)
        joined = joined.outerjoin(ties, ties.c.account_id == placed.c.account_id)
        referred = ties.c.referred_by
    order = [
        sa.case((referred.is_not(None), 0), else_=1),
        sa.case((came.is_not(None), 0), else_=1),
        sa.case((answered.is_not(None), 0), else_=1),
        placed.c.undecided.desc(),
        sa.case((last.is_(None), 0), else_=1),
        last,
        code_point(placed.c.account_id),
    ]
    rules = [column for column in placed.c if column.name.startswith("rule_")]
    return (
        sa.select(
            placed.c.account_id,
            placed.c.name.label("account"),
            *(placed.c[name] for name in ("domain", "owner", "contact")),
            *rules,
            referred.label("referred_by"),
            answered.label("answered_on"),
            came.label("came_on"),
            placed.c.undecided.label("no_decision"),
            last.label("last_touch"),
        )
        .select_from(joined)
        .where(placed.c.place == "left")
        .order_by(*order)
        .limit(limit)
    )


def _touched(warehouse: Warehouse, as_of: date) -> sa.Subquery:
    """account_id | answered_on | came_on | last_touch: the last day of each, the first two within LATELY_DAYS."""
    touches = known(warehouse, "touches", as_of)
    since = days_back(as_of, LATELY_DAYS)
    sent, replied, ours = day(touches.c.sent_at), day(touches.c.replied_at), outbound(touches)
    return (
        sa.select(
            touches.c.account_id,
            sa.func.max(sa.case((sa.and_(ours, replied >= since), replied))).label("answered_on"),
            sa.func.max(sa.case((sa.and_(sa.not_(ours), sent >= since), sent))).label("came_on"),
            sa.func.max(sa.case((ours, sent))).label("last_touch"),
        )
        .group_by(touches.c.account_id)
        .subquery("touched")
    )


def _brought(warehouse: Warehouse, as_of: date) -> sa.Subquery:
    """account_id | referred_by: of those that referred it the first by name."""
    ties, accounts = known(warehouse, "referrals", as_of), known(warehouse, "accounts", as_of)
    who = sa.func.coalesce(accounts.c.name, ties.c.referrer_account_id)
    joined = ties.outerjoin(accounts, accounts.c.account_id == ties.c.referrer_account_id)
    first = sa.func.min(code_point(who)).label("referred_by")
    query = sa.select(ties.c.referred_account_id.label("account_id"), first).select_from(joined)
    return query.group_by(ties.c.referred_account_id).subquery("brought")


def _typed(found: pd.DataFrame, rules: tuple[Rule, ...]) -> pd.DataFrame:
    """Days datetime64, the rest objects of plain Python values and None."""
    columns: dict[str, Any] = {}
    for name in COLUMNS:
        if name == "segments":
            values = [found[f"rule_{place}"].tolist() for place in range(len(rules)) if f"rule_{place}" in found]
            cells: list[Any] = [
                tuple((rule.dimension, str(value)) for rule, value in zip(rules, row, strict=True))
                for row in zip(*values, strict=True)
            ]
        elif name in DAYS:
            columns[name] = pd.to_datetime(found[name]).astype("datetime64[us]")
            continue
        elif name == "no_decision":
            cells = [bool(value) for value in found[name].tolist()]
        else:
            cells = [None if pd.isna(value) else str(value) for value in found[name].tolist()]
        columns[name] = pd.Series(cells, index=found.index, dtype=object)
    return pd.DataFrame(columns)
