"""Customers who could speak for us: paying for long, happy, and using the product, by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
import sqlalchemy as sa

from gtm_metrics.company import Company
from gtm_metrics.measures.money import paying
from gtm_metrics.measures.shared import Kinds, between, plainly, segment_name
from gtm_metrics.question import Question
from gtm_metrics.tallies.known import accounts_known, known, refuse_unknown
from gtm_metrics.tallies.spells import spells
from gtm_metrics.warehouse import Warehouse
from gtm_metrics.warehouse.dialects import add_months, code_point, week_of
from gtm_metrics.warehouse.needs import lacks
from gtm_metrics.weeks import WEEK, closed_through

TENURE_MONTHS = 12
"""Months a customer has paid before it can be named: it has renewed, or been free to leave, once."""

PROMOTER = 9
"""The mean of an account's latest scores from which it counts as a promoter."""

USAGE_WEEKS = 13
USED_LEAST = 7
"""Of the last 13 complete weeks, how many the product was used in."""

COLUMNS = (
    "account_id", "account", "owner", "contact", "segment", "since", "mrr", "currency", "score", "answers",
    "weeks_used", "referred",
)  # fmt: skip


@dataclass(frozen=True)
class Referenceable:
    """Customers who could speak for us.

    frame    account_id | account | owner | contact | segment | since | mrr | currency | score | answers | weeks_used |
             referred, at most `limit` rows. since is the first day of the spell (datetime64); score the mean of the
             latest answer a person, None where nobody answered; weeks_used of the last 13 complete weeks, None where
             no use was ever recorded; referred counts accounts it brought; mrr None where it is not recorded or in
             two currencies. All else objects of plain Python values
    in_all   how many there are
    missing  nps_responses, usage_weeks, referrals -> why it could not be looked at; subscriptions: nobody is listed
    """

    frame: pd.DataFrame
    in_all: int
    missing: Mapping[str, str]


def referenceable(
    warehouse: Warehouse, company: Company, question: Question, segment: tuple[str, ...] | None = None, limit: int = 10
) -> Referenceable:
    """Accounts that pay on as_of, for 12 months or longer without a gap, of one segment or of all.

    An account whose latest scores average below 9 is not listed, nor one that used the product in fewer than 7 of
    the last 13 complete weeks; where there is no score or no use on record that does not speak against it, and it
    stands after those that have one. First the highest score, then who brought most accounts, then the longest
    tenure. Raises Refused for an unknown dimension, ValueError for a limit below 1 or a segment that names none.
    """
    if limit < 1:
        raise ValueError(f"limit is {limit}; it must be at least 1")
    if segment is not None and (not question.by or len(segment) != len(question.by)):
        raise ValueError(f"{segment} does not name a segment of {question.dimension or 'everyone'}")
    for name in (*question.by, *(n for n, _ in question.scope)):
        refuse_unknown(warehouse, company, name)
    tables = ("subscriptions", "nps_responses", "usage_weeks", "referrals")
    missing = {table: why for table in tables if (why := lacks(warehouse, table))}
    if "subscriptions" in missing:
        return Referenceable(_typed(pd.DataFrame(columns=list(COLUMNS))), 0, missing)
    query = _listed(warehouse, company, question, segment, frozenset(missing), limit)
    found = warehouse.read(query)
    in_all = int(found["in_all"].iloc[0]) if len(found) else 0
    return Referenceable(_typed(found), in_all, missing)


def _listed(
    warehouse: Warehouse,
    company: Company,
    question: Question,
    segment: tuple[str, ...] | None,
    missing: frozenset[str],
    limit: int,
) -> sa.Select[Any]:
    as_of = question.as_of
    accounts = accounts_known(warehouse, company, question, ("name", "owner", "contact"))
    spell, pays = spells(warehouse, as_of), _pays(warehouse, as_of)
    joined: Any = spell.join(pays, pays.c.account_id == spell.c.account_id).join(
        accounts, accounts.c.account_id == spell.c.account_id
    )
    score: Any = sa.cast(sa.null(), sa.Double())
    answers: Any = sa.cast(sa.null(), sa.BigInteger())
    used, brought = answers, answers
    fits = [spell.c.ended_on.is_(None), add_months(spell.c.started_on, sa.literal(TENURE_MONTHS)) <= as_of]
    if "nps_responses" not in missing:
        said = latest_scores(warehouse, as_of)
        joined = joined.outerjoin(said, said.c.account_id == spell.c.account_id)
        score, answers = said.c.score, said.c.answers
        fits.append(sa.or_(score.is_(None), score >= PROMOTER))
    if "usage_weeks" not in missing:
        use = _use(warehouse, as_of)
        joined = joined.outerjoin(use, use.c.account_id == spell.c.account_id)
        used = use.c.weeks
        fits.append(sa.or_(used.is_(None), used >= USED_LEAST))
    if "referrals" not in missing:
        tie = known(warehouse, "referrals", as_of)
        count = sa.func.count(sa.distinct(tie.c.referred_account_id)).label("n")
        ties = (
            sa.select(tie.c.referrer_account_id.label("account_id"), count)
            .group_by(tie.c.referrer_account_id)
            .subquery("ties")
        )
        joined = joined.outerjoin(ties, ties.c.account_id == spell.c.account_id)
        brought = sa.func.coalesce(ties.c.n, 0)
    if segment is not None:
        names = ("segment", "segment_2")[: len(segment)]
        fits += [accounts.c[name] == value for name, value in zip(names, segment, strict=True)]
    order = [
        sa.case((score.is_(None), 1), else_=0),
        score.desc(),
        sa.case((used.is_(None), 1), else_=0),
        sa.func.coalesce(brought, 0).desc(),
        spell.c.started_on,
        code_point(spell.c.account_id),
    ]
    return (
        sa.select(
            spell.c.account_id,
            accounts.c.name.label("account"),
            accounts.c.owner,
            accounts.c.contact,
            segment_name(accounts, question).label("segment"),
            spell.c.started_on.label("since"),
            pays.c.mrr,
            pays.c.currency,
            score.label("score"),
            answers.label("answers"),
            used.label("weeks_used"),
            brought.label("referred"),
            sa.func.count().over().label("in_all"),
        )
        .select_from(joined)
        .where(*fits)
        .order_by(*order)
        .limit(limit)
    )


def _pays(warehouse: Warehouse, as_of: date) -> sa.Subquery:
    """account_id | mrr | currency of those that pay on the day; null where prices are in two currencies."""
    paid = known(warehouse, "subscriptions", as_of)
    lowest, highest = (end(sa.func.upper(paid.c.currency)) for end in (sa.func.min, sa.func.max))
    one = sa.func.coalesce(lowest == highest, sa.true())
    return (
        sa.select(
            paid.c.account_id,
            sa.cast(sa.case((one, sa.func.sum(paid.c.mrr))), sa.Double()).label("mrr"),
            sa.case((one, lowest)).label("currency"),
        )
        .where(paying(paid, as_of))
        .group_by(paid.c.account_id)
        .subquery("pays")
    )


def latest_answers(warehouse: Warehouse, as_of: date) -> sa.Subquery:
    """account_id | score: the latest answer a person; answers without a name are one person's."""
    said = known(warehouse, "nps_responses", as_of)
    latest = sa.func.row_number().over(
        partition_by=(said.c.account_id, sa.func.coalesce(said.c.person_id, "")),
        order_by=(said.c.answered_at.desc(), said.c.score),
    )
    numbered = sa.select(said.c.account_id, said.c.score, latest.label("nth")).subquery("numbered_answers")
    return sa.select(numbered.c.account_id, numbered.c.score).where(numbered.c.nth == 1).subquery("latest_answers")


def latest_scores(warehouse: Warehouse, as_of: date) -> sa.Subquery:
    """account_id | score | answers: the mean of the latest answer a person."""
    answer = latest_answers(warehouse, as_of)
    return (
        sa.select(
            answer.c.account_id,
            sa.func.avg(sa.cast(answer.c.score, sa.Double())).label("score"),
            sa.cast(sa.func.count(), sa.BigInteger()).label("answers"),
        )
        .group_by(answer.c.account_id)
        .subquery("said")
    )


def _use(warehouse: Warehouse, as_of: date) -> sa.Subquery:
    """account_id | weeks: of the last 13 complete weeks, those in which somebody used the product."""
    use = known(warehouse, "usage_weeks", as_of)
    last = closed_through(0, as_of)
    lately = between(week_of(use.c.week), last - (USAGE_WEEKS - 1) * WEEK, last)
    weeks = sa.func.sum(sa.case((sa.and_(lately, use.c.active_users > 0), 1), else_=0))
    return (
        sa.select(use.c.account_id, sa.cast(weeks, sa.BigInteger()).label("weeks"))
        .group_by(use.c.account_id)
        .subquery("use_of")
    )


KINDS: Kinds = {"mrr": float, "score": float, "answers": int, "weeks_used": int, "referred": int}
"""Types of the columns that are no text."""


def _typed(found: pd.DataFrame) -> pd.DataFrame:
    return plainly(found, COLUMNS, "since", KINDS)
