"""This week: names to act on, a limited list a kind of thing, with how many there are in all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import sqlalchemy as sa

from gtm_metrics.company import Company
from gtm_metrics.measures import account_things, deal_things
from gtm_metrics.measures.profile import NOTHING_KEPT, Fit
from gtm_metrics.measures.shared import segment_name
from gtm_metrics.question import Question
from gtm_metrics.tallies.known import accounts_known, refuse_unknown
from gtm_metrics.warehouse import Warehouse
from gtm_metrics.warehouse.dialects import code_point
from gtm_metrics.warehouse.needs import lacking


@dataclass(frozen=True)
class Thing:
    """A kind of thing to act on.

    definition  which deals or accounts, with {stalled_calls} and {stalled_weeks} of gtm.toml
    mark        what the column `mark` says: the bound that was passed; '' where there is none
    first       which are listed first
    """

    kind: str
    label: str
    definition: str
    needs: tuple[str, ...]
    first: str
    mark: str = ""


_OUTCOME = ("opportunities.outcome",)
_UNDERSTOOD = ("calls", "opportunities", "calls.understood or opportunities.understood_at")

THINGS: tuple[Thing, ...] = (
    Thing("won", "Won", "New deals won in the 7 days to as of.", _OUTCOME, "the latest"),
    Thing("lost", "Lost", "New deals lost in the 7 days to as of.", _OUTCOME, "the latest"),
    Thing(
        "no_decision",
        "No decision",
        "New deals that ended in no decision in the 7 days to as of.",
        _OUTCOME,
        "the latest",
    ),
    Thing(
        "on_never",
        "On the never list",
        "Open new deals of accounts that people put on the list never; only where there are some.",
        ("opportunities",),
        "most calls",
    ),
    Thing(
        "outside",
        "Outside the profile",
        "Open new deals of accounts that do not fit the ideal profile; only where one is kept.",
        ("opportunities",),
        "most calls",
    ),
    Thing(
        "stalled_calls",
        "Many calls, no understanding",
        "Open new deals with {stalled_calls} calls held or more and no understanding.",
        _UNDERSTOOD,
        "most calls",
        "calls",
    ),
    Thing(
        "quiet",
        "Gone quiet",
        "Open new deals without a call or a touch for {stalled_weeks} weeks or more.",
        ("opportunities", "calls or touches"),
        "the latest to fall quiet",
        "weeks",
    ),
    Thing(
        "open_long",
        "Open longer than usual",
        "New deals open longer than 8 in 10 of the deals won in the last 104 weeks took, where at least 8 were won.",
        _OUTCOME,
        "the longest",
        "days that 8 in 10 won deals took",
    ),
    Thing(
        "biggest_open",
        "Biggest open deals",
        "Open new deals by amount, within each currency.",
        ("opportunities.amount",),
        "the largest",
    ),
    Thing(
        "no_reason",
        "Lost, reason not recorded",
        "New deals lost in the last 13 weeks with no reason on record.",
        (*_OUTCOME, "opportunities.loss_reason"),
        "the latest",
    ),
    Thing(
        "renewal",
        "Renewal ahead",
        "Customers whose month 12, 24, ... begins within the next 60 days.",
        ("subscriptions",),
        "the soonest",
        "month of tenure that begins",
    ),
    Thing(
        "using_less",
        "Best customers using less",
        "Customers of the best tenth by value 13 weeks ago that pay still, and whose active users a week in the last 4 "
        "weeks are half or less of what they were in the 13 before.",
        ("subscriptions", "usage_weeks"),
        "the steepest fall",
        "percent less",
    ),
    Thing(
        "left",
        "Left",
        "Accounts that stopped paying in the last 30 days: they may still come back.",
        ("subscriptions.ended_on",),
        "the latest",
    ),
)

BUILD: dict[str, Callable[[Warehouse, Company, Question], sa.Select[Any]]] = {
    "won": deal_things.won,
    "lost": deal_things.lost,
    "no_decision": deal_things.no_decision,
    "stalled_calls": deal_things.stalled_calls,
    "quiet": deal_things.quiet,
    "open_long": deal_things.open_long,
    "biggest_open": deal_things.biggest_open,
    "no_reason": deal_things.no_reason,
    "renewal": account_things.renewal,
    "using_less": account_things.using_less,
    "left": account_things.left,
}
"""A SELECT a kind, uniform in its columns; `place` is where a row stands in its list, from 1."""

BY_PEOPLE: dict[str, tuple[str, Callable[[Warehouse, Company, Question, Fit], sa.Select[Any]]]] = {
    "on_never": ("never", deal_things.on_never),
    "outside": ("rules", deal_things.outside),
}
"""Kinds that are told only where people keep something: what of Fit, and their SELECT."""

COLUMNS = (
    "kind",
    "account_id",
    "account",
    "owner",
    "segment",
    "opportunity_id",
    "on",
    "amount",
    "currency",
    "reason",
    "calls",
    "weeks",
    "mark",
)


PLAIN: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("kind", "account_id", "account", "owner", "segment", "opportunity_id", "currency", "reason"), str),
    "amount": float,
    "calls": int,
    "weeks": int,
    "mark": round,
}


@dataclass(frozen=True)
class Things:
    """What to act on this week.

    frame    kind | account_id | account | owner | segment | opportunity_id | on | amount | currency | reason | calls |
             weeks | mark, in the order of THINGS, at most `limit` rows a kind. `on` is a day (datetime64): of the
             close, of the last call, of the last call or touch, of the opening, of the renewal, of the leaving.
             amount is the deal's, or the account's MRR. weeks are whole: since `on`; until it for a renewal.
             Missing is None.
    counts   kind -> how many there are in all, 0 included
    missing  kind -> why it cannot be told here
    """

    frame: pd.DataFrame
    counts: Mapping[str, int]
    missing: Mapping[str, str]


def this_week(
    warehouse: Warehouse, company: Company, question: Question, limit: int = 10, fit: Fit = NOTHING_KEPT
) -> Things:
    """Deals and accounts to act on as of question.as_of, the `limit` first of each kind; by `fit` those to disqualify.

    The lists are one query, remembered for whatever dimension is asked next; the segments of those listed another.

    Raises Refused for an unknown dimension, ValueError for a limit below 1.
    """
    if limit < 1:
        raise ValueError(f"limit is {limit}; it must be at least 1")
    for name in (*question.by, *(n for n, _ in question.scope)):
        refuse_unknown(warehouse, company, name)
    asked_for = [thing for thing in THINGS if thing.kind in BUILD or getattr(fit, BY_PEOPLE[thing.kind][0])]
    missing = {thing.kind: why for thing in asked_for if (why := lacking(warehouse, thing.needs))}
    kinds = [thing.kind for thing in asked_for if thing.kind not in missing]
    if not kinds:
        return Things(_empty(), {}, missing)
    plain = replace(question, by=(), within=None, splits=(), weeks=None)
    asked = ("this week", company.stalled_calls, company.stalled_weeks, plain, limit, fit)
    found = warehouse.remembered.get(asked)
    if found is None:
        found = warehouse.remembered.setdefault(asked, _found(warehouse, company, plain, kinds, limit, fit))
    order = {thing.kind: place for place, thing in enumerate(THINGS)}
    found = found.merge(_segments(warehouse, company, question, found["account_id"]), on="account_id", how="left")
    found = found.assign(rank=found["kind"].map(order)).sort_values(["rank", "place"], ignore_index=True)
    totals = found.groupby("kind")["in_all"].max()
    return Things(_typed(found, question), {kind: int(totals.get(kind, 0)) for kind in kinds}, missing)


def _found(
    warehouse: Warehouse, company: Company, question: Question, kinds: list[str], limit: int, fit: Fit
) -> pd.DataFrame:
    """The lists of every kind, whatever the dimension."""
    accounts = accounts_known(warehouse, company, question, ("name", "owner"))
    asked = (warehouse, company, question)
    built = {kind: BUILD[kind](*asked) if kind in BUILD else BY_PEOPLE[kind][1](*asked, fit) for kind in kinds}
    lists = [_listed(accounts, kind, query, limit) for kind, query in built.items()]
    return warehouse.read(lists[0] if len(lists) == 1 else sa.union_all(*lists))


def _segments(warehouse: Warehouse, company: Company, question: Question, account_ids: pd.Series) -> pd.DataFrame:
    """account_id | segment of the accounts that are listed."""
    accounts = accounts_known(warehouse, company, question)
    listed = accounts.c.account_id.in_(sorted(set(account_ids)))
    query = sa.select(accounts.c.account_id, segment_name(accounts, question).label("segment")).where(listed)
    return warehouse.read(query)


def _listed(accounts: Any, kind: str, things: sa.Select[Any], limit: int) -> sa.Select[Any]:
    """A kind's rows in scope with their accounts, numbered and counted, the first `limit`."""
    thing = things.subquery(kind)
    place = sa.func.row_number().over(
        partition_by=thing.c.apart,
        order_by=(thing.c.rank.desc().nulls_last(), code_point(thing.c.account_id), code_point(thing.c.opportunity_id)),
    )
    numbered = (
        sa.select(
            sa.literal(kind, sa.String()).label("kind"),
            thing.c.account_id,
            accounts.c.name.label("account"),
            sa.func.coalesce(thing.c.owner, accounts.c.owner).label("owner"),
            thing.c.opportunity_id,
            thing.c.happened_on,
            thing.c.amount,
            thing.c.currency,
            thing.c.reason,
            thing.c.calls,
            thing.c.mark,
            place.label("place"),
            sa.func.count().over().label("in_all"),
        )
        .select_from(thing.join(accounts, accounts.c.account_id == thing.c.account_id))
        .subquery(f"{kind}_numbered")
    )
    return sa.select(numbered).where(numbered.c.place <= limit)


def _typed(found: pd.DataFrame, question: Question) -> pd.DataFrame:
    """The columns of Things.frame: `on` datetime64, the rest objects of plain Python values and None."""
    on = pd.to_datetime(found["happened_on"]).astype("datetime64[us]")
    weeks = (pd.Timestamp(question.as_of) - on).dt.days.abs() // 7
    frame = found.assign(on=on, weeks=weeks)
    columns: dict[str, pd.Series] = {"on": on}
    for column, plain in PLAIN.items():
        cells = [None if pd.isna(value) else plain(value) for value in frame[column].tolist()]
        columns[column] = pd.Series(cells, index=frame.index, dtype=object)
    return pd.DataFrame({column: columns[column] for column in COLUMNS})


def _empty() -> pd.DataFrame:
    frame = pd.DataFrame({column: pd.Series(dtype="object") for column in COLUMNS})
    return frame.astype({"on": "datetime64[us]"})
