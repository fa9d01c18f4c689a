"""Customer spells and their pieces: churn counted by entries and exits, not by a row a customer-week."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from gtm_metrics.metrics import SPELL_GAP_DAYS
from gtm_metrics.tallies.known import known
from gtm_metrics.tallies.trials import FAR
from gtm_metrics.warehouse import Warehouse
from gtm_metrics.warehouse.dialects import add_days, add_months, code_point, days_between, on_day, week_of
from gtm_metrics.weeks import monday, sunday

RENEWAL_MONTHS = 12


def spells(warehouse: Warehouse, as_of: date, joined: bool = False) -> sa.Subquery:
    """account_id | spell_id | started_on | ended_on (null: still a customer).

    Subscriptions of an account that overlap or lie at most 30 days apart are one spell. `joined`: accounts are joined
    afterwards.
    """
    paid = known(warehouse, "subscriptions", as_of, joined=joined)
    by_start = (paid.c.started_on, code_point(paid.c.subscription_id))
    until = sa.func.coalesce(paid.c.ended_on, on_day(FAR))
    reach = sa.func.max(until).over(partition_by=code_point(paid.c.account_id), order_by=by_start, rows=(None, -1))
    rows = sa.select(
        paid.c.account_id, paid.c.subscription_id, paid.c.started_on, until.label("until"), reach.label("reach")
    ).subquery("rows")
    anew = sa.or_(
        rows.c.reach.is_(None),
        sa.and_(rows.c.reach < FAR, days_between(rows.c.reach, rows.c.started_on) > SPELL_GAP_DAYS),
    )
    number = sa.func.sum(sa.case((anew, 1), else_=0)).over(
        partition_by=code_point(rows.c.account_id),
        order_by=(rows.c.started_on, code_point(rows.c.subscription_id)),
        rows=(None, 0),
    )
    numbered = sa.select(rows, number.label("number")).subquery("numbered")
    last = sa.func.max(numbered.c.until)
    return (
        sa.select(
            numbered.c.account_id,
            sa.func.min(code_point(numbered.c.subscription_id)).label("spell_id"),
            sa.func.min(numbered.c.started_on).label("started_on"),
            sa.case((last < FAR, last)).label("ended_on"),
        )
        .group_by(numbered.c.account_id, numbered.c.number)
        .subquery("spells")
    )


def ages(months: int, by_month: bool) -> list[tuple[int, int, str]]:
    """(from month, to month, band) covering `months` of tenure: month by month, or one row a stretch of one band."""

    def band(month: int) -> str:
        if month < 4:
            return "0-3"
        if month < RENEWAL_MONTHS:
            return "4-11"
        return "renewal" if month % RENEWAL_MONTHS == 0 else "other"

    if by_month:
        return [(month, month + 1, band(month)) for month in range(months + 1)]
    stretches = [(0, 4, "0-3"), (4, 12, "4-11")]
    for year in range(RENEWAL_MONTHS, months + 1, RENEWAL_MONTHS):
        stretches += [(year, year + 1, "renewal"), (year + 1, year + RENEWAL_MONTHS, "other")]
    return stretches


def pieces(warehouse: Warehouse, as_of: date, since: date | None, until: date, by_month: bool) -> sa.Select[Any]:
    """A spell's piece within one stretch of tenure and within [since, until] (whole weeks, by their Mondays).

    account_id | row_id | at | first_week | last_week | left_week | band | age | trials (customer-weeks) | successes.
    Tenure is counted at the week's Sunday; a spell is at risk from the week of started_on to that of ended_on.
    """
    spans = warehouse.relations["subscriptions"].spans
    earliest = min(spans["started_on"][0], as_of) if "started_on" in spans else as_of
    months = (as_of.year - earliest.year) * 12 + as_of.month - earliest.month + 1
    stretch = sa.values(
        sa.column("low", sa.Integer()),
        sa.column("high", sa.Integer()),
        sa.column("band", sa.String()),
        name="stretch",
    ).data(ages(months, by_month))
    spell = spells(warehouse, as_of, joined=True)
    last_week = on_day(monday(until))
    left = week_of(spell.c.ended_on)
    # the week whose Sunday first has tenure k is the one that holds started_on + k months
    starts = week_of(add_months(spell.c.started_on, stretch.c.low))
    stops = sa.cast(add_days(week_of(add_months(spell.c.started_on, stretch.c.high)), -7), sa.Date())
    first = starts if since is None else sa.case((starts < monday(since), on_day(monday(since))), else_=starts)
    cap = sa.case((left < last_week, left), else_=last_week)
    last = sa.case((stops < cap, stops), else_=cap)
    cut = (
        sa.select(
            spell.c.account_id,
            spell.c.spell_id,
            spell.c.started_on,
            left.label("left_week"),
            stretch.c.band,
            stretch.c.low,
            first.label("first_week"),
            last.label("last_week"),
        )
        .select_from(spell.join(stretch, add_months(spell.c.started_on, stretch.c.low) <= sunday(monday(until))))
        .subquery("cut")
    )
    weeks = sa.func.round(days_between(cut.c.first_week, cut.c.last_week) / 7.0) + 1
    gone = sa.and_(cut.c.left_week >= cut.c.first_week, cut.c.left_week <= cut.c.last_week)
    return sa.select(
        cut.c.account_id,
        cut.c.spell_id.label("row_id"),
        sa.cast(cut.c.started_on, sa.DateTime()).label("at"),
        cut.c.first_week,
        cut.c.last_week,
        sa.case((gone, cut.c.left_week)).label("left_week"),
        cut.c.band,
        cut.c.low.label("age"),
        sa.cast(weeks, sa.BigInteger()).label("trials"),
        sa.case((gone, 1), else_=0).label("successes"),
    ).where(cut.c.first_week <= cut.c.last_week)


def entries_and_exits(piece: Any, keys: list[Any]) -> sa.CompoundSelect[Any]:
    """Changes of the number at risk: a piece enters in its first week and is out of it the week after its last.

    keys | week | change | successes; summed up to a week, `change` is the number at risk in that week.
    """
    zero = sa.literal(0, sa.BigInteger())
    return sa.union_all(
        sa.select(
            *keys,
            piece.c.first_week.label("week"),
            sa.literal(1, sa.BigInteger()).label("change"),
            zero.label("successes"),
        ),
        sa.select(*keys, sa.cast(add_days(piece.c.last_week, 7), sa.Date()), sa.literal(-1, sa.BigInteger()), zero),
        sa.select(*keys, piece.c.left_week, zero, sa.literal(1, sa.BigInteger())).where(piece.c.left_week.is_not(None)),
    )
