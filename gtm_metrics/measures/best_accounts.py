"""The accounts that carry a segment's lead on one metric, and the metric's tally without them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
import sqlalchemy as sa

from gtm_metrics.company import Company
from gtm_metrics.metrics import Metric
from gtm_metrics.question import Question, Tally
from gtm_metrics.tallies.known import accounts_known, refuse_unknown
from gtm_metrics.tallies.spells import entries_and_exits, pieces
from gtm_metrics.tallies.tally import at_risk, fixed, not_connected, window
from gtm_metrics.tallies.trials import COUNTED
from gtm_metrics.warehouse import Warehouse
from gtm_metrics.warehouse.dialects import code_point
from gtm_metrics.weeks import sunday

BEST_COLUMNS = ("account_id", "account", "owner", "trials", "successes", "expected", "lead")

_NONE: Any = sa.cast(sa.literal(0), sa.Double())


def best_accounts(
    warehouse: Warehouse,
    company: Company,
    metric: Metric,
    question: Question,
    segment: tuple[str, ...],
    limit: int = 3,
) -> pd.DataFrame:
    """account_id | account | owner | trials | successes | expected | lead: who carries the segment's lead most.

    Over the question's closed weeks, one aggregate query by account. expected is E = sum over week and band of the
    account's trials times the rate of the rest there, everyone outside the segment; lead is O - E, or E - O where
    fewer is better. Weeks and bands without a rest count on neither side. The largest lead first, ties by
    account_id; only accounts with a lead above 0, at most `limit`. `segment` has a value a dimension. Empty where
    the metric is not connected. Raises ValueError for a limit below 1 or a segment that names none, Refused for an
    unknown dimension.
    """
    if limit < 1:
        raise ValueError(f"limit is {limit}; it must be at least 1")
    if not question.by or len(segment) != len(question.by):
        raise ValueError(f"{segment} does not name a segment of {question.dimension or 'everyone'}")
    _refuse(warehouse, company, question)
    if not_connected(warehouse, metric):
        return _best(pd.DataFrame(columns=list(BEST_COLUMNS)))
    first, last = window(metric, question)
    accounts = accounts_known(warehouse, company, question, ("name", "owner"))
    names = ("segment", "segment_2")[: len(segment)]
    inside = sa.and_(*(accounts.c[name] == value for name, value in zip(names, segment, strict=True)))
    mine = sa.case((inside, 1), else_=0).label("mine")
    count = _of_spells if metric.shape == "exposure" else _of_events
    part = count(warehouse, metric, question.as_of, first, sunday(last), accounts, mine)
    added = sa.select(
        part.c.account_id,
        sa.cast(sa.func.sum(part.c.trials), sa.BigInteger()).label("trials"),
        sa.cast(sa.func.sum(part.c.successes), sa.BigInteger()).label("successes"),
        sa.func.sum(part.c.expected).label("expected"),
    )
    each = added.group_by(part.c.account_id).subquery("each_account")
    lead = (
        each.c.successes - each.c.expected
        if metric.higher_is_better or metric.estimate == "calls"
        else (each.c.expected - each.c.successes)
    )
    # sums of doubles differ in their last digits from warehouse to warehouse, so ties are told by nine decimals
    rounded = sa.cast(lead, sa.Numeric(28, 9))
    query = (
        sa.select(
            each.c.account_id,
            accounts.c.name.label("account"),
            accounts.c.owner,
            each.c.trials,
            each.c.successes,
            each.c.expected,
            lead.label("lead"),
        )
        .select_from(each.join(accounts, accounts.c.account_id == each.c.account_id))
        .where(rounded > 0)
        .order_by(rounded.desc(), code_point(each.c.account_id))
        .limit(limit)
    )
    return _best(warehouse.read(query))


def tally_of_accounts(
    warehouse: Warehouse, company: Company, metric: Metric, question: Question, accounts: Sequence[str]
) -> pd.DataFrame:
    """account_id | segment [| segment_2] [| within] | week | band | trials | successes of the accounts named.

    The rows that these accounts add to the metric's tally of the same question by week and band, weeks begun since
    the window included. Empty where the metric is not connected or nobody is named. Raises Refused for an unknown
    dimension.
    """
    _refuse(warehouse, company, question)
    names = ["segment", "segment_2"][: len(question.by)] + (["within"] if question.within else [])
    columns = ["account_id", *names, "week", "band", "trials", "successes"]
    if not accounts or not_connected(warehouse, metric):
        return fixed(pd.DataFrame(columns=columns))
    first, _ = window(metric, question)
    until = question.as_of
    if isinstance(question.weeks, tuple):
        until = min(until, sunday(question.weeks[1]))
    scoped = accounts_known(warehouse, company, question)
    # compared as the ids of both sides, so that each warehouse may look only the named accounts up
    named = scoped.c.account_id.in_(sorted(set(accounts)))
    if metric.shape != "exposure":
        trial = COUNTED[metric.name](warehouse, metric, question.as_of, first, until).subquery("trial")
        groups: list[Any] = [scoped.c.account_id, *(scoped.c[n] for n in names), trial.c.week, trial.c.band]
        query = sa.select(
            *groups,
            sa.cast(sa.func.sum(trial.c.trials), sa.BigInteger()).label("trials"),
            sa.cast(sa.func.sum(trial.c.successes), sa.BigInteger()).label("successes"),
        )
        joined = trial.join(scoped, scoped.c.account_id == trial.c.account_id)
        return fixed(warehouse.read(query.select_from(joined).where(named).group_by(*groups)))[columns]
    piece = pieces(warehouse, question.as_of, first, until, by_month=False).subquery("piece")
    keys = [scoped.c.account_id, *(scoped.c[n] for n in names), piece.c.band]
    spans = sa.select(piece.c.first_week, piece.c.last_week, piece.c.left_week, *keys)
    wide = spans.select_from(piece.join(scoped, scoped.c.account_id == piece.c.account_id)).where(named).cte("wide")
    moves = entries_and_exits(wide, [wide.c[key.name] for key in keys]).subquery("moves")
    by = [moves.c[key.name] for key in keys] + [moves.c.week]
    change = sa.cast(sa.func.sum(moves.c.change), sa.BigInteger()).label("change")
    left = sa.cast(sa.func.sum(moves.c.successes), sa.BigInteger()).label("successes")
    found = fixed(warehouse.read(sa.select(*by, change, left).group_by(*by)))
    return at_risk(found, [key.name for key in keys], until)[columns]


def without(tally: Tally, named: pd.DataFrame) -> Tally:
    """The tally less what the named accounts add to it (`tally_of_accounts` of the same question). Pure.

    Raises ValueError where they add more than is there: the two then answer different questions.
    """
    counts = ["trials", "successes"]
    keys = [column for column in tally.frame if column not in (*counts, "metric")]
    if set(keys) - set(named.columns):
        raise ValueError(f"the tally is grouped by {keys}; the accounts' rows by {list(named.columns)}")
    if named.empty:
        return tally
    less = named.groupby(keys, as_index=False)[counts].sum()
    less[counts] = -less[counts]
    both = pd.concat([tally.frame[[*keys, *counts]], less[[*keys, *counts]]])
    left = both.groupby(keys, as_index=False, sort=False)[counts].sum()
    if (left[counts] < 0).any(axis=None):
        raise ValueError("the accounts have trials that the tally does not hold: they answer different questions")
    left.insert(0, "metric", tally.metric)
    return replace(tally, frame=fixed(left[left["trials"] > 0].reset_index(drop=True)))


def _of_events(
    warehouse: Warehouse, metric: Metric, as_of: date, since: date | None, until: date, accounts: Any, mine: Any
) -> sa.Subquery:
    """account_id | trials | successes | expected, a row a trial of the segment that has a rest beside it."""
    trial = COUNTED[metric.name](warehouse, metric, as_of, since, until).subquery("trial")
    joined = trial.join(accounts, accounts.c.account_id == trial.c.account_id)
    every = sa.select(
        trial.c.account_id, trial.c.week, trial.c.band, trial.c.trials, trial.c.successes, mine
    ).select_from(joined)
    every_trial = every.cte("every_trial")
    others = (
        sa.select(
            every_trial.c.week,
            every_trial.c.band,
            (sa.cast(sa.func.sum(every_trial.c.successes), sa.Double()) / sa.func.sum(every_trial.c.trials)).label(
                "rate"
            ),
        )
        .where(every_trial.c.mine == 0)
        .group_by(every_trial.c.week, every_trial.c.band)
        .subquery("others")
    )
    same = sa.and_(others.c.week == every_trial.c.week, others.c.band == every_trial.c.band)
    return (
        sa.select(
            every_trial.c.account_id,
            every_trial.c.trials,
            every_trial.c.successes,
            (every_trial.c.trials * others.c.rate).label("expected"),
        )
        .select_from(every_trial.join(others, same))
        .where(every_trial.c.mine == 1)
        .subquery("part")
    )


def _of_spells(
    warehouse: Warehouse, metric: Metric, as_of: date, since: date | None, until: date, accounts: Any, mine: Any
) -> sa.Subquery:
    """account_id | trials | successes | expected, in rows that add up: customer-weeks, and the weeks someone left.

    A week in which nobody left, here or in the rest, adds trials alone, so only the others are gone through.
    """
    piece = pieces(warehouse, as_of, since, until, by_month=False).subquery("piece")
    columns = [piece.c[name] for name in ("account_id", "first_week", "last_week", "left_week", "band", "trials")]
    joined = piece.join(accounts, accounts.c.account_id == piece.c.account_id)
    span = sa.select(*columns, mine).select_from(joined).cte("span")
    moves = entries_and_exits(span, [span.c.band, span.c.mine]).subquery("moves")
    rest = moves.c.mine == 0
    weekly = (
        sa.select(
            moves.c.band,
            moves.c.week,
            sa.func.sum(sa.case((rest, moves.c.change), else_=0)).label("change"),
            sa.func.sum(sa.case((rest, moves.c.successes), else_=0)).label("left_rest"),
            sa.func.sum(moves.c.successes).label("left_all"),
        )
        .group_by(moves.c.band, moves.c.week)
        .subquery("weekly")
    )
    # a running sum over the weeks of a change is the number at risk in each of them
    number = sa.func.sum(weekly.c.change).over(partition_by=weekly.c.band, order_by=weekly.c.week, rows=(None, 0))
    risk = sa.select(
        weekly.c.band, weekly.c.week, weekly.c.left_rest, weekly.c.left_all, number.label("at_risk")
    ).subquery("risk")
    left = (
        sa.select(
            risk.c.band,
            risk.c.week,
            (sa.cast(risk.c.left_rest, sa.Double()) / sa.func.nullif(risk.c.at_risk, 0)).label("rate"),
        )
        .where(risk.c.left_all > 0, risk.c.at_risk > 0)
        .subquery("left_weeks")
    )
    within = sa.and_(left.c.band == span.c.band, left.c.week >= span.c.first_week, left.c.week <= span.c.last_week)
    gone = sa.cast(sa.case((span.c.left_week == left.c.week, 1), else_=0), sa.BigInteger())
    weeks = sa.select(
        span.c.account_id, span.c.trials, sa.cast(0, sa.BigInteger()).label("successes"), _NONE.label("expected")
    ).where(span.c.mine == 1)
    leaving = (
        sa.select(span.c.account_id, sa.cast(0, sa.BigInteger()), gone, left.c.rate)
        .select_from(span.join(left, within))
        .where(span.c.mine == 1)
    )
    return sa.union_all(weeks, leaving).subquery("part")


def _refuse(warehouse: Warehouse, company: Company, question: Question) -> None:
    for name in (*question.by, *([question.within] if question.within else []), *(n for n, _ in question.scope)):
        refuse_unknown(warehouse, company, name)


def _best(found: pd.DataFrame) -> pd.DataFrame:
    kinds = dict.fromkeys(("trials", "successes"), "int64") | dict.fromkeys(("expected", "lead"), "float64")
    frame = found[list(BEST_COLUMNS)].astype(dict.fromkeys(("account_id", "account", "owner"), "object") | kinds)
    texts = {name: frame[name].where(frame[name].notna(), None) for name in ("account_id", "account", "owner")}
    return frame.assign(**texts)
