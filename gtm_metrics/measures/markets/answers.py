"""Counts behind the answers to the six questions. By pin and "(all)", int64, a row where there is any."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import sqlalchemy as sa

from gtm_metrics.company import Company
from gtm_metrics.measures.markets.pins import Pin, members
from gtm_metrics.measures.referenceable import latest_answers
from gtm_metrics.measures.shared import between, decided_days, how_many
from gtm_metrics.measures.value import inputs
from gtm_metrics.measures.value.score import recipe, scored
from gtm_metrics.question import Question
from gtm_metrics.tallies.known import known
from gtm_metrics.tallies.trials import is_new, opened_on, outbound
from gtm_metrics.warehouse import Warehouse
from gtm_metrics.warehouse.dialects import day
from gtm_metrics.warehouse.needs import lacking, lacks

PROMOTER, DETRACTOR = 9, 6
"""Answers from 9 up promote, those up to 6 do not (Reichheld 2003)."""

Read = tuple[pd.DataFrame, str]


def came(warehouse: Warehouse, company: Company, question: Question, of: Sequence[Pin]) -> Read:
    """pin | n | inbound: accounts whose first touch ever lies in the window, and those that began it themselves.

    Of two touches at one instant ours counts as the first: nobody came unasked who was asked that moment.
    """
    why = lacks(warehouse, "touches.direction")
    if why:
        return _nothing("n", "inbound"), why
    touch = known(warehouse, "touches", question.as_of)
    ours = outbound(touch)
    met = (
        sa.select(
            touch.c.account_id,
            sa.func.min(touch.c.sent_at).label("first_at"),
            sa.func.min(sa.case((ours, touch.c.sent_at))).label("ours_at"),
        )
        .group_by(touch.c.account_id)
        .subquery("met")
    )
    unasked = sa.or_(met.c.ours_at.is_(None), met.c.first_at < met.c.ours_at)
    lately = _within(company, question, day(met.c.first_at))
    return _by_pin(warehouse, company, question, of, met, [lately], {"inbound": unasked}), ""


def touches(warehouse: Warehouse, company: Company, question: Question, of: Sequence[Pin]) -> Read:
    """pin | direction | channel | n: touches of the window, "outbound" or "inbound", channel as written or None."""
    why = lacks(warehouse, "touches.direction")
    if why:
        return _nothing("direction", "channel", "n"), why
    first, _ = decided_days(company, question)
    touch, inside = known(warehouse, "touches", question.as_of, first), members(warehouse, company, question, of, True)
    direction = sa.case((outbound(touch), "outbound"), else_="inbound")
    each = (
        sa.select(touch.c.account_id, direction.label("direction"), touch.c.channel)
        .where(_within(company, question, day(touch.c.sent_at)))
        .subquery("each_touch")
    )
    keys = [inside.c.pin, each.c.direction, each.c.channel]
    found = warehouse.read(
        sa.select(*keys, sa.cast(sa.func.count(), sa.BigInteger()).label("n"))
        .join_from(each, inside, inside.c.account_id == each.c.account_id)
        .group_by(*keys)
    )
    texts = found.astype({"pin": "object", "direction": "object", "channel": "object", "n": "int64"})
    return texts.assign(channel=texts["channel"].where(texts["channel"].notna(), None)), ""


def custom_work(warehouse: Warehouse, company: Company, question: Question, of: Sequence[Pin]) -> Read:
    """pin | n | asked: new deals opened in the window, and those with a budget for custom work above 0."""
    why = lacks(warehouse, "opportunities.custom_work_budget")
    if why:
        return _nothing("n", "asked"), why
    deal = known(warehouse, "opportunities", question.as_of)
    new = [is_new(deal), _within(company, question, opened_on(deal))]
    return _by_pin(warehouse, company, question, of, deal, new, {"asked": deal.c.custom_work_budget > 0}), ""


def decided(warehouse: Warehouse, company: Company, question: Question, of: Sequence[Pin]) -> Read:
    """pin | n: new deals decided in the window."""
    why = lacks(warehouse, "opportunities.outcome")
    if why:
        return _nothing("n"), why
    deal = known(warehouse, "opportunities", question.as_of)
    mine = [is_new(deal), deal.c.outcome.is_not(None), _within(company, question, day(deal.c.closed_at))]
    return _by_pin(warehouse, company, question, of, deal, mine), ""


def calls(warehouse: Warehouse, company: Company, question: Question, of: Sequence[Pin]) -> Read:
    """pin | n: calls held in the window."""
    why = lacks(warehouse, "calls")
    if why:
        return _nothing("n"), why
    call = known(warehouse, "calls", question.as_of)
    return _by_pin(warehouse, company, question, of, call, [_within(company, question, day(call.c.held_at))]), ""


def promoters(warehouse: Warehouse, company: Company, question: Question, of: Sequence[Pin]) -> Read:
    """pin | n | promoters | detractors: the latest answer a person, whenever it was given."""
    why = lacks(warehouse, "nps_responses")
    if why:
        return _nothing("n", "promoters", "detractors"), why
    said = latest_answers(warehouse, question.as_of)
    flags = {"promoters": said.c.score >= PROMOTER, "detractors": said.c.score <= DETRACTOR}
    return _by_pin(warehouse, company, question, of, said, [], flags), ""


def engagement(warehouse: Warehouse, company: Company, question: Question, of: Sequence[Pin]) -> Read:
    """pin | n | total | squares: customers with use on record, and their engagement (0 to 1) added up."""
    why = lacking(warehouse, ("usage_weeks", "subscriptions"))
    if why:
        return _nothing("n", "total", "squares"), why
    used = inputs.engagement(warehouse, company, question.as_of)
    people = inputs.customers(warehouse, question.as_of)
    stays = (
        sa.select(used.c.account_id, used.c.engagement.label("value"))
        .join_from(used, people, people.c.account_id == used.c.account_id)
        .where(people.c.ended_on.is_(None))
        .subquery("engaged")
    )
    return _mean_by_pin(warehouse, company, question, of, stays), ""


def score(warehouse: Warehouse, company: Company, question: Question, of: Sequence[Pin]) -> Read:
    """pin | n | total | squares: customers of the last 24 months, and their value score (0 to 1) added up."""
    why = lacks(warehouse, "subscriptions")
    if why:
        return _nothing("n", "total", "squares"), why
    made = recipe(warehouse, company, question)
    if not made.weights:
        return _nothing("n", "total", "squares"), "no part of the value score can be counted"
    whole = scored(warehouse, company, Question(question.as_of, scope=question.scope), made).subquery("scored")
    each = sa.select(whole.c.account_id, whole.c.score.label("value")).subquery("valued")
    return _mean_by_pin(warehouse, company, question, of, each), ""


def _within(company: Company, question: Question, when: Any) -> Any:
    """Whether a day lies in the closed weeks in which deals are counted."""
    first, last = decided_days(company, question)
    return between(when, first, last)


def _by_pin(
    warehouse: Warehouse,
    company: Company,
    question: Question,
    of: Sequence[Pin],
    rows: Any,
    conditions: Sequence[Any],
    flags: dict[str, Any] | None = None,
) -> pd.DataFrame:
    """pin | n and a count a flag, of the rows that meet every condition."""
    inside = members(warehouse, company, question, of, True)
    told = [how_many(condition, name) for name, condition in (flags or {}).items()]
    query = sa.select(inside.c.pin, how_many(sa.true(), "n"), *told)
    joined = rows.join(inside, inside.c.account_id == rows.c.account_id)
    found = warehouse.read(query.select_from(joined).where(*conditions).group_by(inside.c.pin))
    return found.astype({"pin": "object"} | dict.fromkeys(found.columns[1:], "int64"))


def _mean_by_pin(
    warehouse: Warehouse, company: Company, question: Question, of: Sequence[Pin], each: Any
) -> pd.DataFrame:
    """pin | n | total | squares of a `value` an account, to nine digits: behind them is how a warehouse adds."""
    inside = members(warehouse, company, question, of, True)
    value: Any = sa.cast(each.c.value, sa.Double())
    sums = [sa.func.sum(value).label("total"), sa.func.sum(value * value).label("squares")]
    query = sa.select(inside.c.pin, sa.cast(sa.func.count(value), sa.BigInteger()).label("n"), *sums)
    joined = each.join(inside, inside.c.account_id == each.c.account_id)
    found = warehouse.read(query.select_from(joined).where(value.is_not(None)).group_by(inside.c.pin))
    kinds = {"pin": "object", "n": "int64", "total": "float64", "squares": "float64"}
    return found.astype(kinds).round({"total": 9, "squares": 9})[list(kinds)]


def _nothing(*names: str) -> pd.DataFrame:
    kinds = {"n": "int64", "inbound": "int64", "asked": "int64", "promoters": "int64", "detractors": "int64"}
    return pd.DataFrame({name: pd.Series(dtype=kinds.get(name, "object")) for name in ("pin", *names)})
