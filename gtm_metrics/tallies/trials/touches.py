"""Outreach: which touches begin a sequence, and whether the account answered."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from gtm_metrics.metrics import RESPONSE_DAYS, SEQUENCE_GAP_DAYS, Metric
from gtm_metrics.tallies.known import known
from gtm_metrics.tallies.trials.trial import between, one_if, trials_of
from gtm_metrics.warehouse import Warehouse
from gtm_metrics.warehouse.dialects import add_days, by_day, code_point, day, days_between, on_day

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

FAR = date(9999, 12, 31)
"""The end of what has not ended."""


def outbound(touches: Any) -> Any:
    """Touches we sent: a direction that is not recorded is outbound."""
    return sa.or_(touches.c.direction == "outbound", touches.c.direction.is_(None))


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
        return between(sa.select(*plain, answered), kept.c.sent_on, since, min(until, as_of)).subquery("starts")
    earliest = None if since is None else since - timedelta(days=SEQUENCE_GAP_DAYS)
    touches = known(warehouse, "touches", as_of, earliest, joined)
    starts = _first_touches(touches, earliest, since, until, names)
    replies = between(
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
    reach = between(sent, touches.c.sent_at, earliest, until).subquery("sent")
    fresh = sa.or_(reach.c.before_on.is_(None), days_between(reach.c.before_on, reach.c.sent_on) > SEQUENCE_GAP_DAYS)
    return between(sa.select(reach).where(fresh), reach.c.sent_on, since, until).subquery("first_touches")


def response_rate(
    warehouse: Warehouse, metric: Metric, as_of: date, since: date | None, until: date, with_names: bool = True
) -> sa.Select[Any]:
    """An account's first outbound touch of a sequence; the reply may sit on any of its outbound touches.

    Without names row_id, channel and campaign are null, and the counts come sooner.
    """
    started = sequence_starts(warehouse, as_of, since, until, with_names, joined=True)
    names = [started.c[name] if with_names else sa.cast(sa.null(), sa.String()).label(name) for name in _NAMES]
    answered = one_if(started.c.answered_at.is_not(None))
    found = trials_of(started.c.account_id, names[0], started.c.sent_at, answered, *names[1:])
    return found.where(started.c.paying == 0)
