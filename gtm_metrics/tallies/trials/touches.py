"""Which trials: one SELECT a metric, a row a trial, every definition of METRICS.md in one place.

Each yields account_id | row_id | at | week | band | age | trials | successes | splits of the metric.
`since` and `until` are the first and last day whose trials are wanted; `since` None is from the beginning. Whatever
counts them joins accounts, so that of a warehouse that was not loaded those of unknown accounts may be among them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa

from gtm_metrics.metrics import (
    RESPONSE_DAYS,
    SEQUENCE_GAP_DAYS,
    STAND_IN_ADVANCED_DAYS,
    STAND_IN_OPPORTUNITY_DAYS,
    UNDERSTANDING_DAYS,
    Metric,
)
from gtm_metrics.tallies.known import known
from gtm_metrics.warehouse import Warehouse
from gtm_metrics.warehouse.dialects import add_days, by_day, code_point, day, days_between, on_day, week_of

Trials = Callable[[Warehouse, Metric, date, "date | None", date], sa.Select[Any]]

_ONE = sa.literal(1, sa.BigInteger())
_NAMES = ("touch_id", "channel", "campaign")

STARTS = "sequence_starts"
"""The table in which an embedded warehouse keeps what sequence_starts found when it was loaded."""
STARTS_COLUMNS: dict[str, str] = {
    "account_id": "text",
    "sent_at": "instant",
    "sent_on": "date",
    "answered_at": "instant",
    "paying": "integer",
    "touch_id": "text",
    "channel": "text",
    "campaign": "text",
}
ACCOUNT_DETAILS = ("created_on", "lead_source")
"""What the trials that are accounts themselves need of them."""

FAR = date(9999, 12, 31)
"""The end of what has not ended."""


def _flag(condition: Any) -> sa.ColumnElement[int]:
    return sa.case((condition, 1), else_=0)


def _between(query: sa.Select[Any], when: Any, since: date | None, until: date) -> sa.Select[Any]:
    query = query.where(by_day(when, until))
    return query if since is None else query.where(when >= since)


def outbound(touches: Any) -> Any:
    """Touches we sent: a direction that is not recorded is outbound."""
    return sa.or_(touches.c.direction == "outbound", touches.c.direction.is_(None))


def is_new(opportunities: Any) -> Any:
    """Opportunities of type new: a type that is not recorded is new."""
    return sa.or_(opportunities.c.type == "new", opportunities.c.type.is_(None))


def opened_on(opportunities: Any) -> Any:
    """The day an opportunity was opened; one closed on an earlier day was logged late and counts as opened then."""
    created, closed = day(opportunities.c.created_at), day(opportunities.c.closed_at)
    return sa.func.least(created, sa.func.coalesce(closed, created), type_=sa.Date())


def sequence_starts(
    warehouse: Warehouse,
    as_of: date,
    since: date | None,
    until: date,
    with_names: bool = True,
    joined: bool = False,
) -> sa.Subquery:
    """First outbound touch of each sequence: none to the account in the 90 days before, by day.

    account_id | sent_at | sent_on | answered_at (null: no reply within 21 days, on any outbound touch) | paying (how
    many subscriptions were paid for that day; 0 where none are connected), and with names touch_id | channel |
    campaign. An embedded warehouse found them when it was loaded (prepared.py); elsewhere only touches that can matter
    are read: those of the span and of the 90 days before it. `joined`: accounts are joined afterwards.
    """
    names = _NAMES if with_names else ()
    if STARTS in warehouse.prepared:
        kept = warehouse.kept(STARTS, STARTS_COLUMNS)
        answered = sa.case((by_day(kept.c.answered_at, as_of), kept.c.answered_at)).label("answered_at")
        plain = [kept.c[name] for name in ("account_id", "sent_at", "sent_on", "paying", *names)]
        return _between(sa.select(*plain, answered), kept.c.sent_on, since, min(until, as_of)).subquery("starts")
    earliest = None if since is None else since - timedelta(days=SEQUENCE_GAP_DAYS)
    touches = known(warehouse, "touches", as_of, earliest, joined)
    starts = _first_touches(touches, earliest, since, until, names)
    replies = _between(
        sa.select(touches.c.account_id, touches.c.replied_at).where(
            outbound(touches), touches.c.replied_at.is_not(None)
        ),
        touches.c.replied_at,
        since,
        until + timedelta(days=RESPONSE_DAYS),
    ).subquery("replies")
    answers = sa.and_(
        replies.c.account_id == starts.c.account_id,
        replies.c.replied_at >= starts.c.sent_at,
        day(replies.c.replied_at) <= add_days(starts.c.sent_on, RESPONSE_DAYS),
    )
    # a start stays one row whatever answers it
    keys = [starts.c[name] for name in ("account_id", "sent_at", "sent_on", *names)]
    outcome: Any = starts.outerjoin(replies, answers)
    paying: Any = sa.literal(0)
    if warehouse.connected("subscriptions"):
        # joined and counted: EXISTS stands in Snowflake's WHERE only, and PostgreSQL looks every one up by itself
        paid = known(warehouse, "subscriptions", as_of, joined=joined)
        ends = sa.func.coalesce(paid.c.ended_on, on_day(FAR))
        outcome = outcome.outerjoin(
            paid,
            sa.and_(
                paid.c.account_id == starts.c.account_id,
                paid.c.started_on <= starts.c.sent_on,
                ends > starts.c.sent_on,
            ),
        )
        paying = sa.func.count(paid.c.account_id)
    soonest = sa.func.min(replies.c.replied_at)
    query = sa.select(*keys, soonest.label("answered_at"), paying.label("paying")).select_from(outcome)
    return query.group_by(*keys).subquery("starts")


def _first_touches(
    touches: sa.Subquery, earliest: date | None, since: date | None, until: date, names: tuple[str, ...]
) -> sa.Subquery:
    """account_id | sent_at | sent_on | before_on and `names` of the touches that begin a sequence."""
    # of touches at one instant any may come first, unless its name is asked for: sorting by that is half of the work
    first = (touches.c.sent_at, code_point(touches.c.touch_id)) if names else (touches.c.sent_at,)
    before = sa.func.lag(day(touches.c.sent_at)).over(partition_by=code_point(touches.c.account_id), order_by=first)
    sent = sa.select(
        touches.c.account_id,
        touches.c.sent_at,
        day(touches.c.sent_at).label("sent_on"),
        before.label("before_on"),
        *[touches.c[name] for name in names],
    )
    sent = sent.where(outbound(touches))
    reach = _between(sent, touches.c.sent_at, earliest, until).subquery("sent")
    fresh = sa.or_(reach.c.before_on.is_(None), days_between(reach.c.before_on, reach.c.sent_on) > SEQUENCE_GAP_DAYS)
    return _between(sa.select(reach).where(fresh), reach.c.sent_on, since, until).subquery("first_touches")


def response_rate(
    warehouse: Warehouse, metric: Metric, as_of: date, since: date | None, until: date, with_names: bool = True
) -> sa.Select[Any]:
    """An account's first outbound touch of a sequence; the reply may sit on any of its outbound touches.

    Without names row_id, channel and campaign are null, and the counts come sooner.
    """
    started = sequence_starts(warehouse, as_of, since, until, with_names, joined=True)
    names = [started.c[name] if with_names else sa.cast(sa.null(), sa.String()).label(name) for name in _NAMES]
    return sa.select(
        started.c.account_id,
        names[0].label("row_id"),
        started.c.sent_at.label("at"),
        week_of(started.c.sent_at).label("week"),
        sa.literal("").label("band"),
        sa.literal(0).label("age"),
        _ONE.label("trials"),
        _flag(started.c.answered_at.is_not(None)).label("successes"),
        *names[1:],
    ).where(started.c.paying == 0)


def prospect_calls(warehouse: Warehouse, as_of: date, joined: bool = False) -> sa.Subquery:
    """Every call held with a prospect, numbered, with the number of the call on which they understood (or null).

    Rule 1, where calls say it: the first call marked understood. Rule 2, where opportunities do: the last call held
    on or before the day of understood_at, at most 14 days before it. `counted` tells trials from other calls.
    """
    calls = known(warehouse, "calls", as_of, joined=joined)
    deals = known(warehouse, "opportunities", as_of, joined=joined)
    number = sa.func.row_number().over(
        partition_by=code_point(calls.c.opportunity_id), order_by=(calls.c.held_at, code_point(calls.c.call_id))
    )
    held = (
        sa.select(
            deals.c.account_id,
            calls.c.call_id,
            calls.c.opportunity_id,
            calls.c.held_at,
            day(calls.c.held_at).label("held_on"),
            calls.c.understood,
            day(deals.c.understood_at).label("understood_on"),
            deals.c.closed_at,
            deals.c.outcome,
            deals.c.lead_source,
            deals.c.owner_id,
            deals.c.champion_title,
            number.label("number"),
        )
        .join_from(calls, deals, calls.c.opportunity_id == deals.c.opportunity_id)
        .where(is_new(deals))
        .subquery("held")
    )
    prospect = code_point(held.c.opportunity_id)
    if warehouse.has("calls", "understood"):
        first = sa.func.min(sa.case((held.c.understood == sa.true(), held.c.number))).over(partition_by=prospect)
        numbered = sa.select(held, first.label("understood_call")).subquery("numbered")
        before = sa.or_(numbered.c.understood_call.is_(None), numbered.c.number <= numbered.c.understood_call)
        counted = sa.and_(numbered.c.understood.is_not(None), before)
        success = numbered.c.number == numbered.c.understood_call
    else:
        last = sa.func.max(sa.case((held.c.held_on <= held.c.understood_on, held.c.number))).over(partition_by=prospect)
        numbered = sa.select(held, last.label("understood_call")).subquery("numbered")
        counted = sa.or_(numbered.c.understood_on.is_(None), numbered.c.held_on <= numbered.c.understood_on)
        success = sa.and_(
            numbered.c.number == numbered.c.understood_call,
            days_between(numbered.c.held_on, numbered.c.understood_on) <= UNDERSTANDING_DAYS,
        )
    return sa.select(numbered, _flag(counted).label("counted"), _flag(success).label("success")).subquery(
        "prospect_calls"
    )


def calls_to_understanding(
    warehouse: Warehouse, metric: Metric, as_of: date, since: date | None, until: date
) -> sa.Select[Any]:
    """A call held with a prospect who had not understood yet; the call on which they did is the success."""
    calls = prospect_calls(warehouse, as_of, joined=True)
    number = calls.c.number
    band = sa.case((number == 1, "1"), (number == 2, "2"), (number == 3, "3"), else_="4+")
    query = sa.select(
        calls.c.account_id,
        calls.c.call_id.label("row_id"),
        calls.c.held_at.label("at"),
        week_of(calls.c.held_at).label("week"),
        band.label("band"),
        number.label("age"),
        _ONE.label("trials"),
        calls.c.success.label("successes"),
        calls.c.lead_source,
        calls.c.owner_id,
        calls.c.champion_title,
    ).where(calls.c.counted == 1)
    return _between(query, calls.c.held_on, since, until)


def _deal(deals: Any, at: Any, success: Any) -> sa.Select[Any]:
    return sa.select(
        deals.c.account_id,
        deals.c.opportunity_id.label("row_id"),
        at.label("at"),
        week_of(at).label("week"),
        sa.literal("").label("band"),
        sa.literal(0).label("age"),
        _ONE.label("trials"),
        _flag(success).label("successes"),
        deals.c.outcome,
        deals.c.competitor,
        deals.c.loss_reason,
        deals.c.win_reason,
        deals.c.champion_title,
        deals.c.people_involved,
        deals.c.owner_id,
        deals.c.lead_source,
    ).where(is_new(deals))


def close_rate(warehouse: Warehouse, metric: Metric, as_of: date, since: date | None, until: date) -> sa.Select[Any]:
    """A new opportunity that was decided, by its close date; no decision is a decision against us."""
    deals = known(warehouse, "opportunities", as_of, joined=True)
    query = _deal(deals, deals.c.closed_at, deals.c.outcome == "won").where(deals.c.outcome.is_not(None))
    return _between(query, deals.c.closed_at, since, until)


def won_in_time(warehouse: Warehouse, metric: Metric, as_of: date, since: date | None, until: date) -> sa.Select[Any]:
    """A new opportunity by the week it was opened; won within M weeks of that day."""
    deals = known(warehouse, "opportunities", as_of, joined=True)
    opened = opened_on(deals)
    won = sa.and_(deals.c.outcome == "won", day(deals.c.closed_at) <= add_days(opened, metric.maturity))
    return _between(_deal(deals, opened, won), opened, since, until)


def advanced(warehouse: Warehouse, metric: Metric, as_of: date, since: date | None, until: date) -> sa.Select[Any]:
    """A new opportunity by the week it was opened; it passed the stage of understanding within 60 days."""
    deals = known(warehouse, "opportunities", as_of, joined=True)
    opened = opened_on(deals)
    passed = day(deals.c.advanced_at) <= add_days(opened, STAND_IN_ADVANCED_DAYS)
    return _between(_deal(deals, opened, passed), opened, since, until)


def reached_opportunity(
    warehouse: Warehouse, metric: Metric, as_of: date, since: date | None, until: date, among: sa.Subquery | None = None
) -> sa.Select[Any]:
    """An account by the week it was created; it had an opportunity within 30 days.

    `among` are the accounts to count (all that are known), with created_on and lead_source; what else they carry,
    their segments, stands in the row too, so that they need not be joined again.
    """
    accounts = known(warehouse, "accounts", as_of) if among is None else among
    carried = [] if among is None else [c for c in among.c if c.name not in ("account_id", *ACCOUNT_DETAILS)]
    deals = known(warehouse, "opportunities", as_of, joined=True)
    opened = sa.select(deals.c.account_id, sa.func.min(opened_on(deals)).label("opened_on"))
    first = opened.group_by(deals.c.account_id).subquery("first_opportunity")
    reached = first.c.opened_on <= add_days(accounts.c.created_on, STAND_IN_OPPORTUNITY_DAYS)
    query = sa.select(
        accounts.c.account_id,
        accounts.c.account_id.label("row_id"),
        sa.cast(accounts.c.created_on, sa.DateTime()).label("at"),
        week_of(accounts.c.created_on).label("week"),
        sa.literal("").label("band"),
        sa.literal(0).label("age"),
        _ONE.label("trials"),
        _flag(reached).label("successes"),
        accounts.c.lead_source,
        *carried,
    ).select_from(accounts.outerjoin(first, first.c.account_id == accounts.c.account_id))
    return _between(query.where(accounts.c.created_on.is_not(None)), accounts.c.created_on, since, until)


EVENTS: dict[str, Trials] = {
    "response_rate": response_rate,
    "calls_to_understanding": calls_to_understanding,
    "close_rate": close_rate,
    "won_in_time": won_in_time,
    "reached_opportunity": reached_opportunity,
    "advanced": advanced,
}
"""The trials of every metric of shape event; churn, an exposure, stands in spells.py."""

COUNTED: dict[str, Trials] = {**EVENTS, "response_rate": partial(response_rate, with_names=False)}
"""The same trials where nothing but their number is asked for: by week, band and segment, without splits."""

__all__ = [
    "ACCOUNT_DETAILS",
    "COUNTED",
    "EVENTS",
    "is_new",
    "opened_on",
    "outbound",
    "prospect_calls",
    "sequence_starts",
]
