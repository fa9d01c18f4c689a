"""Counted apart: what a metric leaves out, or counts in a way worth knowing, each with its number."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd
import sqlalchemy as sa

from gtm_metrics.company import Company
from gtm_metrics.measures.shared import between, how_many
from gtm_metrics.metrics import SPELL_GAP_DAYS, UNDERSTANDING_DAYS, Metric
from gtm_metrics.question import Question
from gtm_metrics.tallies.known import accounts_known, known, refuse_unknown
from gtm_metrics.tallies.offered import not_connected
from gtm_metrics.tallies.spells import spells
from gtm_metrics.tallies.tally import window
from gtm_metrics.tallies.trials import is_new, opened_on, outbound, prospect_calls, sequence_starts
from gtm_metrics.warehouse import Warehouse
from gtm_metrics.warehouse.dialects import code_point, day, days_between
from gtm_metrics.weeks import sunday

REASONS: dict[str, str] = {
    "sequence_while_paying": "sequences begun while the account was paying: no trial",
    "never_started": "accounts touched without a sequence starting: no trial, they were in contact already",
    "not_recorded": "calls that do not say whether they understood: no trial",
    "after_understanding": "calls held after they had understood: no trial",
    "without_call": "deals understood without a call in the 14 days before: no call did it",
    "other_type_calls": "calls about an expansion or a renewal: not with a prospect",
    "left_without": "closed new deals with a call that ended without understanding",
    "no_decision": "decided deals that ended in no decision: counted as not won",
    "other_type_decided": "expansions and renewals decided: not new business",
    "logged_late": "deals closed on a day before they were created: counted as opened that day",
    "other_type_opened": "expansions and renewals opened: not new business",
    "unpriced": "customers whose price is not on record: counted, they are customers",
    "bridged": "gaps of at most 30 days between subscriptions: still a customer",
    "came_back": "accounts that came back after more than 30 days: a new spell from month 0",
    "no_created_on": "accounts without a day of creation, whenever: no trial",
}
"""What is counted apart, by key, as the definitions page and a page's footnote say it."""

APART_COLUMNS = ("key", "reason", "n", "of")

Counts = list[tuple[str, int, int | None]]


def counted_apart(warehouse: Warehouse, company: Company, metric: Metric, question: Question) -> pd.DataFrame:
    """key | reason | n | of: what is counted apart of a metric in the question's closed weeks and scope.

    `of` is what n is a part of, None where it is a part of nothing. Rows that are set aside are not here (they are
    no part of any week): data_gaps has them. Empty where the metric is not connected. Raises Refused for an
    unknown dimension in the scope.
    """
    for name, _ in question.scope:
        refuse_unknown(warehouse, company, name)
    counts: Counts = []
    if not not_connected(warehouse, metric):
        first, last = window(metric, question)
        plain = Question(question.as_of, scope=question.scope)
        accounts = accounts_known(warehouse, company, plain)
        counts = APART[metric.name](warehouse, accounts, question.as_of, first, sunday(last))
    rows = [(key, REASONS[key], n, of) for key, n, of in counts]
    columns = {name: [row[i] for row in rows] for i, name in enumerate(APART_COLUMNS)}
    return pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in columns.items()})


def _response_rate(warehouse: Warehouse, accounts: Any, as_of: date, first: date | None, last: date) -> Counts:
    began = sequence_starts(warehouse, as_of, first, last)
    each = (
        sa.select(
            began.c.account_id,
            sa.func.count().label("sequences"),
            sa.func.sum(sa.case((began.c.paying > 0, 1), else_=0)).label("paying"),
        )
        .group_by(began.c.account_id)
        .subquery("each")
    )
    touches = known(warehouse, "touches", as_of)
    sent = (
        sa.select(touches.c.account_id)
        .distinct()
        .where(outbound(touches), between(day(touches.c.sent_at), first, last))
        .subquery("sent")
    )
    # whoever began a sequence was sent its first touch, so no start is lost by beginning from those touched
    touched = (
        sa.select(sent.c.account_id, each.c.sequences, each.c.paying)
        .select_from(sent.outerjoin(each, each.c.account_id == sent.c.account_id))
        .subquery("touched")
    )
    found = _one_row(
        warehouse,
        accounts,
        touched,
        [
            _total(touched.c.paying, "paying"),
            _total(touched.c.sequences, "sequences"),
            how_many(touched.c.sequences.is_(None), "never"),
            how_many(sa.true(), "touched"),
        ],
    )
    counts: Counts = [("never_started", found["never"], found["touched"])]
    if warehouse.connected("subscriptions"):
        counts.insert(0, ("sequence_while_paying", found["paying"], found["sequences"]))
    return counts


def _calls_to_understanding(warehouse: Warehouse, accounts: Any, as_of: date, first: date | None, last: date) -> Counts:
    calls = prospect_calls(warehouse, as_of)
    said_by_call = warehouse.has("calls", "understood")
    held, closed = between(calls.c.held_on, first, last), between(day(calls.c.closed_at), first, last)
    if said_by_call:
        after = sa.func.coalesce(calls.c.number > calls.c.understood_call, sa.false())
        missing: Any = calls.c.understood_call.is_(None)
    else:
        after = sa.func.coalesce(calls.c.held_on > calls.c.understood_on, sa.false())
        missing = calls.c.understood_on.is_(None)
    ended = sa.and_(calls.c.number == 1, calls.c.outcome.is_not(None), closed)
    counted = _one_row(
        warehouse,
        accounts,
        calls,
        [
            how_many(held, "held"),
            how_many(sa.and_(held, after), "after"),
            how_many(sa.and_(held, sa.not_(after), calls.c.understood.is_(None)), "unsaid"),
            how_many(sa.and_(ended, missing), "left_without"),
            how_many(ended, "ended"),
        ],
    )
    deals, every = known(warehouse, "opportunities", as_of), known(warehouse, "calls", as_of)
    other = (
        sa.select(deals.c.account_id)
        .join_from(every, deals, every.c.opportunity_id == deals.c.opportunity_id)
        .where(sa.not_(is_new(deals)), between(day(every.c.held_at), first, last))
        .subquery("other")
    )
    others = _one_row(warehouse, accounts, other, [how_many(sa.true(), "n")])["n"]
    counts: Counts = [("after_understanding", counted["after"], counted["held"])]
    if said_by_call:
        counts.insert(0, ("not_recorded", counted["unsaid"], counted["held"]))
    else:
        near = sa.and_(
            calls.c.opportunity_id == deals.c.opportunity_id,
            calls.c.held_on <= day(deals.c.understood_at),
            days_between(calls.c.held_on, deals.c.understood_at) <= UNDERSTANDING_DAYS,
        )
        alone_of = sa.case((sa.func.count(calls.c.opportunity_id) == 0, 1), else_=0).label("alone")
        understood = (
            sa.select(deals.c.account_id, deals.c.opportunity_id, alone_of)
            .select_from(deals.outerjoin(calls, near))
            .where(is_new(deals), between(day(deals.c.understood_at), first, last))
            .group_by(deals.c.account_id, deals.c.opportunity_id)
            .subquery("understood")
        )
        alone = _one_row(
            warehouse,
            accounts,
            understood,
            [how_many(understood.c.alone == 1, "alone"), how_many(sa.true(), "understood")],
        )
        counts.append(("without_call", alone["alone"], alone["understood"]))
    return [*counts, ("other_type_calls", others, None), ("left_without", counted["left_without"], counted["ended"])]


def _close_rate(warehouse: Warehouse, accounts: Any, as_of: date, first: date | None, last: date) -> Counts:
    deals = known(warehouse, "opportunities", as_of)
    closed = sa.and_(deals.c.outcome.is_not(None), between(day(deals.c.closed_at), first, last))
    new = sa.and_(closed, is_new(deals))
    found = _one_row(
        warehouse,
        accounts,
        deals,
        [
            how_many(sa.and_(new, deals.c.outcome == "no_decision"), "no_decision"),
            how_many(new, "decided"),
            how_many(sa.and_(closed, sa.not_(is_new(deals))), "other"),
        ],
    )
    return [("no_decision", found["no_decision"], found["decided"]), ("other_type_decided", found["other"], None)]


def _opened(warehouse: Warehouse, accounts: Any, as_of: date, first: date | None, last: date) -> Counts:
    deals = known(warehouse, "opportunities", as_of)
    opened = between(opened_on(deals), first, last)
    new, late = sa.and_(opened, is_new(deals)), day(deals.c.closed_at) < day(deals.c.created_at)
    found = _one_row(
        warehouse,
        accounts,
        deals,
        [
            how_many(sa.and_(new, late), "late"),
            how_many(new, "opened"),
            how_many(sa.and_(opened, sa.not_(is_new(deals))), "other"),
        ],
    )
    return [("logged_late", found["late"], found["opened"]), ("other_type_opened", found["other"], None)]


def _churn(warehouse: Warehouse, accounts: Any, as_of: date, first: date | None, last: date) -> Counts:
    paid, spell = known(warehouse, "subscriptions", as_of), spells(warehouse, as_of)
    by_start = (paid.c.started_on, code_point(paid.c.subscription_id))
    # an open subscription before it reaches further than any later start: its gap is no gap
    until = sa.func.coalesce(paid.c.ended_on, sa.literal(date(9999, 12, 31), sa.Date()))
    reach = sa.func.max(until).over(partition_by=paid.c.account_id, order_by=by_start, rows=(None, -1))
    started = sa.select(paid.c.account_id, paid.c.started_on, reach.label("reach")).subquery("started")
    gap = days_between(started.c.reach, started.c.started_on)
    gaps = _one_row(
        warehouse,
        accounts,
        started,
        [how_many(sa.and_(between(started.c.started_on, first, last), gap >= 1, gap <= SPELL_GAP_DAYS), "bridged")],
    )
    number = sa.func.row_number().over(partition_by=spell.c.account_id, order_by=spell.c.started_on)
    numbered = sa.select(spell.c.account_id, spell.c.started_on, number.label("number")).subquery("numbered")
    back = _one_row(
        warehouse,
        accounts,
        numbered,
        [how_many(sa.and_(between(numbered.c.started_on, first, last), numbered.c.number > 1), "back")],
    )
    here = sa.and_(paid.c.started_on <= last, sa.or_(paid.c.ended_on.is_(None), paid.c.ended_on > last))
    each = (
        sa.select(
            paid.c.account_id,
            sa.func.max(sa.case((paid.c.mrr.is_(None), 1), else_=0)).label("unpriced"),
        )
        .where(here)
        .group_by(paid.c.account_id)
        .subquery("each")
    )
    customers = _one_row(
        warehouse, accounts, each, [how_many(each.c.unpriced == 1, "unpriced"), how_many(sa.true(), "n")]
    )
    return [
        ("unpriced", customers["unpriced"], customers["n"]),
        ("bridged", gaps["bridged"], None),
        ("came_back", back["back"], None),
    ]


def _reached_opportunity(warehouse: Warehouse, accounts: Any, as_of: date, first: date | None, last: date) -> Counts:
    every = known(warehouse, "accounts", as_of)
    found = _one_row(
        warehouse, accounts, every, [how_many(every.c.created_on.is_(None), "n"), how_many(sa.true(), "all_accounts")]
    )
    return [("no_created_on", found["n"], found["all_accounts"])]


APART: dict[str, Callable[[Warehouse, Any, date, date | None, date], Counts]] = {
    "response_rate": _response_rate,
    "calls_to_understanding": _calls_to_understanding,
    "close_rate": _close_rate,
    "won_in_time": _opened,
    "churn": _churn,
    "reached_opportunity": _reached_opportunity,
    "advanced": _opened,
}
"""What is counted apart of each metric; every metric has an entry."""


def _total(column: Any, label: str) -> Any:
    return sa.cast(sa.func.coalesce(sa.func.sum(column), 0), sa.BigInteger()).label(label)


def _one_row(warehouse: Warehouse, accounts: Any, source: Any, counts: list[Any]) -> dict[str, int]:
    """Counts over the rows of a source whose accounts are in scope, by label."""
    joined = source.join(accounts, accounts.c.account_id == source.c.account_id)
    row = warehouse.read(sa.select(*counts).select_from(joined)).iloc[0]
    return {str(name): int(n) for name, n in row.items()}
