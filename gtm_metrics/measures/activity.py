"""Where the work goes: touches, opened deals and wins by segment and week, and the share of them outside a segment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
import sqlalchemy as sa

from gtm_metrics.company import Company
from gtm_metrics.measures.profile import Rule, fits
from gtm_metrics.measures.shared import NO_CURRENCY, between, decided_days
from gtm_metrics.question import Question
from gtm_metrics.tallies.known import accounts_known, known, refuse_unknown
from gtm_metrics.tallies.trials import is_new, opened_on, sequence_starts
from gtm_metrics.warehouse import Warehouse
from gtm_metrics.warehouse.dialects import day, week_of
from gtm_metrics.warehouse.needs import lacks

WORK = ("touches", "opened", "pipeline", "wins")
"""Accounts approached, by the first touch of a sequence; new deals opened; what they are worth; new deals won. In the
order shown."""

NEEDS = {
    "touches": "touches",
    "opened": "opportunities",
    "pipeline": "opportunities.amount",
    "wins": "opportunities.outcome",
}

INSIDE, OUTSIDE = "inside", "outside"
"""Segments by rules."""

DILUTION_COLUMNS = ("what", "week", "total", "outside", "share")


@dataclass(frozen=True)
class Activity:
    """Where the work went, week by week.

    frame    what | segment [| segment_2] | week | n | total; a row where n is not 0. n int64 counts accounts or deals
             (of the pipeline: opened deals with an amount), total float64 is n, or the pipeline's amount; weeks are
             Mondays. Rows of disjoint groups add.
    missing  what -> (status, why) of what is not there: not_connected, or not_measurable where the amounts are in
             several currencies
    currency the one currency of the pipeline; None where none is recorded or several are
    first_day, last_day   whole weeks; first_day None is from the beginning
    """

    question: Question
    frame: pd.DataFrame
    missing: Mapping[str, tuple[str, str]]
    currency: str | None
    first_day: date | None
    last_day: date


def activity(warehouse: Warehouse, company: Company, question: Question, rules: tuple[Rule, ...] = ()) -> Activity:
    """Accounts approached, new deals opened and new deals won in the window's complete weeks, by segment, in one query.

    An account counts in the week of the first touch of a sequence, as in the response rate: the touches that follow
    are no decision of their own. A deal opened counts in the week of its opening, a win in that of its close, so the
    three tell what was done that week and not what came of one cohort. With `rules` there are two segments, INSIDE of
    them and OUTSIDE, whatever the question segments by. Raises Refused for an unknown dimension.
    """
    for name in (*question.by, *(n for n, _ in question.scope)):
        refuse_unknown(warehouse, company, name)
    first, last = decided_days(company, question)
    names = ["segment"] if rules else ["segment", "segment_2"][: len(question.by)]
    missing = {what: ("not_connected", why) for what, need in NEEDS.items() if (why := lacks(warehouse, need))}
    parts = parts_of_work(warehouse, question, first, last, missing)
    if not parts:
        return Activity(question, _empty(names), missing, None, first, last)
    accounts = _by_rules(warehouse, company, question, rules) if rules else accounts_known(warehouse, company, question)
    work = (parts[0] if len(parts) == 1 else sa.union_all(*parts)).subquery("work")
    groups: list[Any] = [work.c.what, *(accounts.c[name] for name in names), work.c.week, work.c.currency]
    found = warehouse.read(
        sa.select(
            *groups,
            sa.cast(sa.func.count(work.c.amount), sa.BigInteger()).label("n"),
            sa.cast(sa.func.sum(work.c.amount), sa.Double()).label("total"),
        )
        .select_from(work.join(accounts, accounts.c.account_id == work.c.account_id))
        .group_by(*groups)
    )
    currencies = sorted({value for value in found["currency"].tolist() if isinstance(value, str)})
    if len(currencies) > 1:
        why = f"amounts in several currencies are never added ({', '.join(currencies)})"
        missing["pipeline"] = ("not_measurable", why)
        found = found[found["what"] != "pipeline"]
    keys = ["what", *names, "week"]
    counted = found[found["n"] > 0].groupby(keys, as_index=False)[["n", "total"]].sum()
    frame = _typed(counted, names) if len(counted) else _empty(names)
    return Activity(question, frame, missing, currencies[0] if len(currencies) == 1 else None, first, last)


def _by_rules(warehouse: Warehouse, company: Company, question: Question, rules: tuple[Rule, ...]) -> sa.Subquery:
    """account_id | segment, INSIDE or OUTSIDE of the rules, of the accounts in the question's scope."""
    scoped = accounts_known(warehouse, company, question)
    every = known(warehouse, "accounts", question.as_of)
    side = sa.case((fits(warehouse, company, every, rules), INSIDE), else_=OUTSIDE)
    return (
        sa.select(every.c.account_id, side.label("segment"))
        .select_from(every.join(scoped, scoped.c.account_id == every.c.account_id))
        .subquery("accounts_by_rules")
    )


def dilution(work: Activity, segment: tuple[str, ...]) -> pd.DataFrame:
    """what | week | total | outside | share: how much of the work went elsewhere, a row a kind of work and week.

    `segment` has a value a dimension; all others, "(not set)" included, are outside. Every week of the window has a
    row, from the first week with any work on; where nothing was done total is 0 and share None. Kinds that are
    missing have no rows. Raises ValueError when the segment does not name a value a dimension.
    """
    names = [name for name in ("segment", "segment_2") if name in work.frame]
    if not names or len(segment) != len(names):
        raise ValueError(f"{segment} does not name a segment of {work.question.dimension or 'everyone'}")
    frame = work.frame
    kinds = [what for what in WORK if what not in work.missing]
    if frame.empty or not kinds:
        return pd.DataFrame({column: pd.Series(dtype="object") for column in DILUTION_COLUMNS})
    inside = pd.Series(True, index=frame.index)
    for name, value in zip(names, segment, strict=True):
        inside &= frame[name] == value
    weeks = pd.date_range(frame["week"].min(), _last_week(work), freq="7D", unit="us", name="week")
    every = pd.MultiIndex.from_product([kinds, weeks], names=["what", "week"])
    added = frame.assign(outside=frame["total"].where(~inside, 0.0)).groupby(["what", "week"])[["total", "outside"]]
    table = added.sum().reindex(every, fill_value=0.0).reset_index()
    share = [part / whole if whole > 0 else None for part, whole in zip(table["outside"], table["total"], strict=True)]
    table["share"] = pd.Series(share, dtype=object)
    return table[list(DILUTION_COLUMNS)]


def parts_of_work(
    warehouse: Warehouse, question: Question, first: date | None, last: date, missing: Mapping[str, Any]
) -> list[sa.Select[Any]]:
    """What was done, a row each: what | account_id | week | done_on | currency | amount (1 where not worth)."""
    parts: list[sa.Select[Any]] = []

    def part(what: str, source: Any, when: Any, *conditions: Any, amount: Any = None, currency: Any = None) -> None:
        if what in missing:
            return
        columns = [
            sa.literal(what, sa.String()).label("what"),
            source.c.account_id,
            week_of(when).label("week"),
            day(when).label("done_on"),
            (NO_CURRENCY if currency is None else currency).label("currency"),
            sa.cast(1 if amount is None else amount, sa.Double()).label("amount"),
        ]
        parts.append(sa.select(*columns).where(between(day(when), first, last), *conditions))

    if "touches" not in missing:
        starts = sequence_starts(warehouse, question.as_of, first, last, with_names=False)
        part("touches", starts, starts.c.sent_at, starts.c.paying == 0)
    if not {"opened", "pipeline", "wins"} <= set(missing):
        deals = known(warehouse, "opportunities", question.as_of)
        opened, new = opened_on(deals), is_new(deals)
        priced = deals.c.amount.is_not(None)
        part("opened", deals, opened, new)
        part("pipeline", deals, opened, new, priced, amount=deals.c.amount, currency=sa.func.upper(deals.c.currency))
        part("wins", deals, deals.c.closed_at, new, deals.c.outcome == "won")
    return parts


def _last_week(work: Activity) -> pd.Timestamp:
    return pd.Timestamp(work.last_day) - pd.Timedelta(days=6)


def _typed(frame: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    kinds = {"what": "object", **dict.fromkeys(names, "object"), "n": "int64", "total": "float64"}
    dated = frame.assign(week=pd.to_datetime(frame["week"]).astype("datetime64[us]"))
    return dated[["what", *names, "week", "n", "total"]].astype(kinds)


def _empty(names: list[str]) -> pd.DataFrame:
    return _typed(pd.DataFrame(columns=["what", *names, "week", "n", "total"]), names)
