"""Data gaps: what is not connected, not filled in or set aside, what that switches off, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import sqlalchemy as sa

from gtm_metrics.company import Company
from gtm_metrics.measures.apart import counted_apart
from gtm_metrics.measures.catalogue import MEASURES
from gtm_metrics.measures.reasons import OUTCOMES
from gtm_metrics.measures.shared import between, decided_days, how_many
from gtm_metrics.measures.this_week import THINGS
from gtm_metrics.metrics import METRICS, Metric
from gtm_metrics.question import NOT_SET, Question
from gtm_metrics.sources import TABLES
from gtm_metrics.tallies.known import accounts_known, dimensions, known, segment_of
from gtm_metrics.tallies.offered import metrics_of, not_connected, offered
from gtm_metrics.tallies.trials import is_new
from gtm_metrics.warehouse import Warehouse
from gtm_metrics.warehouse.dialects import day
from gtm_metrics.warehouse.needs import lacks

GAP_COLUMNS = ("gap", "about", "switches_off", "share", "n", "of", "mend", "hides")

NEEDED_BY: dict[str, tuple[str, ...]] = {
    "opportunities.win_reason": ("Why they bought",),
    "opportunities.loss_reason": ("Why they did not buy",),
    "opportunities.competitor": ("What they had instead",),
}
"""What needs a column besides the metrics, measures and things to do, whose own `needs` say it."""

WORDS = {
    "win_reason": ("Won deals with no reason", "Ask for the reason when a deal is marked as won."),
    "loss_reason": ("Deals not won with no reason", "Ask for the reason when a deal is marked as lost."),
    "competitor": (
        "Decided deals with no alternative on record",
        "Name what they had instead, a spreadsheet or doing nothing included, when a deal is decided.",
    ),
    "amount": ("Decided deals with no amount", "Make the amount a required field."),
    "list_amount": ("Won deals with no list price", "Record the list price beside the amount."),
}
"""What it is called when decided deals leave a column empty, and how to mend it."""

MEND = {
    "not_recorded": "Note after each call whether they understood, yes or no.",
    "without_call": "Log the calls, or record understanding on the day of the call.",
    "logged_late": "Create the opportunity when the talk begins, not once it is won.",
    "sequence_while_paying": "Keep customers out of prospecting sequences.",
    "never_started": "Leave 90 days between sequences to an account, or accept that only its first one counts.",
    "unpriced": "Fill in the monthly price of every subscription.",
}
"""How to mend what is counted apart; reasons that are no gap are not here."""


@dataclass(frozen=True)
class _Gap:
    gap: str
    about: str
    off: tuple[str, ...]
    share: float
    n: int | None
    of: int | None
    mend: str


def data_gaps(warehouse: Warehouse, company: Company, question: Question) -> pd.DataFrame:
    """gap | about | switches_off | share | n | of | mend | hides, the gap that hides most first.

    gap            what is missing, in words; `about` the table, column or dimension
    switches_off   what it switches off, or thins out: labels of METRICS, MEASURES and THINGS; "" for nothing
    share          how much is missing, as a fraction: 1.0 for a table or a column that is not there
    n, of          the rows missing, of how many; None where there is no table to count
    hides          share x what it touches: the order of the list, no more

    Deals and calls are those of the question's closed weeks; accounts and rows set aside are all there are.
    """
    asked = (warehouse, company, question)
    found = [*_not_connected(warehouse), *_deals(*asked), *_not_set(*asked), *_apart(*asked), *_set_aside(warehouse)]
    ranked = sorted(found, key=lambda gap: (-gap.share * len(gap.off), -(gap.n or 0), gap.gap))
    rows = [
        {
            "gap": g.gap,
            "about": g.about,
            "switches_off": "; ".join(g.off),
            "share": g.share,
            "n": g.n,
            "of": g.of,
            "mend": g.mend,
            "hides": g.share * len(g.off),
        }
        for g in ranked
    ]
    return pd.DataFrame({name: pd.Series([row[name] for row in rows], dtype=object) for name in GAP_COLUMNS})


def switched_off(warehouse: Warehouse) -> pd.DataFrame:
    """gap | switches_off | mend: each table or column that is not there, and the labels of all that needs it."""
    lines = [(gap.gap, "; ".join(gap.off), gap.mend) for gap in _not_connected(warehouse)]
    return pd.DataFrame(lines, columns=["gap", "switches_off", "mend"])


def _all_needs() -> Iterator[tuple[str, str]]:
    """(need, label of what needs it) of everything that is counted."""
    for metric in METRICS:
        if metric.stand_in_for is None:
            yield from ((need, metric.label) for need in metric.needs)
    for measure in MEASURES:
        if not measure.part:
            yield from ((need, measure.label) for need in measure.needs)
    for thing in THINGS:
        yield from ((need, thing.label) for need in thing.needs)
    for need, labels in NEEDED_BY.items():
        yield from ((need, label) for label in labels)


def _not_connected(warehouse: Warehouse) -> Iterator[_Gap]:
    """A gap a table that is not there, and a gap a column of one that is but holds nothing."""
    off: dict[str, list[str]] = {}
    for need, label in _all_needs():
        if lacks(warehouse, need):
            tables = [part.split(".")[0] for part in need.split(" or ")]
            lost = [table for table in dict.fromkeys(tables) if lacks(warehouse, table)]
            about = lost[0] if lost and len(lost) == len(set(tables)) else need
            off.setdefault(about, []).append(label)
    for about, labels in off.items():
        names = tuple(dict.fromkeys(labels))
        if about in TABLES:
            relation = warehouse.relations[about]
            empty = warehouse.connected(about)
            gap = f"{about} holds no row that can be used" if empty else f"{about} is not connected"
            mend = (
                "See why its rows are set aside."
                if empty
                else f"Add {about} to the layout: one row per {relation.table.grain}."
            )
            yield _Gap(gap, about, names, 1.0, None, None, mend)
        else:
            n = warehouse.relations[about.split(".")[0]].rows_used
            yield _Gap(f"{about} is empty", about, names, 1.0, n, n, f"Connect {about}: {_meaning(about)}.")


def _meaning(need: str) -> str:
    table, column = need.split(" or ")[0].split(".")
    return TABLES[table].column(column).meaning


def _deals(warehouse: Warehouse, company: Company, question: Question) -> Iterator[_Gap]:
    """Columns that decided deals leave empty, where the column is there; won deals alone have a list price."""
    if lacks(warehouse, "opportunities.outcome"):
        return
    deals = known(warehouse, "opportunities", question.as_of)
    outcomes = {**OUTCOMES, "amount": OUTCOMES["competitor"], "list_amount": ("won",)}
    counts: list[Any] = []
    for column, of_outcome in outcomes.items():
        asked = deals.c.outcome.in_(of_outcome)
        counts += [how_many(asked, f"{column}_of"), how_many(sa.and_(asked, deals.c[column].is_(None)), f"{column}_n")]
    found = _decided(warehouse, company, question, deals, counts)
    for column in outcomes:
        n, of, about = found[f"{column}_n"], found[f"{column}_of"], f"opportunities.{column}"
        if n and warehouse.has("opportunities", column):
            gap, mend = WORDS[column]
            off = tuple(dict.fromkeys(label for need, label in _all_needs() if need == about))
            yield _Gap(gap, about, off, n / of, n, of, mend)


def _decided(
    warehouse: Warehouse, company: Company, question: Question, deals: Any, counts: list[Any]
) -> dict[str, int]:
    """Counts over the new deals decided in the question's closed weeks and scope, by label."""
    first, last = decided_days(company, question)
    accounts = accounts_known(warehouse, company, Question(question.as_of, scope=question.scope))
    query = (
        sa.select(*counts)
        .select_from(deals.join(accounts, accounts.c.account_id == deals.c.account_id))
        .where(is_new(deals), deals.c.outcome.is_not(None), between(day(deals.c.closed_at), first, last))
    )
    return {str(name): int(n) for name, n in warehouse.read(query).iloc[0].items()}


def _not_set(warehouse: Warehouse, company: Company, question: Question) -> Iterator[_Gap]:
    """Accounts without a value for a dimension that gtm.toml names or the question asks for."""
    if not warehouse.connected("accounts"):
        return
    asked = {dimension.name for dimension in company.dimensions} | set(question.by)
    watched = [dimension for dimension in dimensions(warehouse, company) if dimension.name in asked]
    if not watched:
        return
    every = known(warehouse, "accounts", question.as_of)
    accounts = accounts_known(warehouse, company, Question(question.as_of, scope=question.scope))
    counts = [
        how_many(segment_of(warehouse, every, dimension) == NOT_SET, f"d{i}") for i, dimension in enumerate(watched)
    ]
    row = warehouse.read(
        sa.select(how_many(sa.true(), "all_accounts"), *counts).select_from(
            every.join(accounts, accounts.c.account_id == every.c.account_id)
        )
    ).iloc[0]
    of = int(row["all_accounts"])
    labels = tuple(
        metric.label for metric in offered(warehouse, metrics_of(company)) if not not_connected(warehouse, metric)
    )
    for i, dimension in enumerate(watched):
        n = int(row[f"d{i}"])
        if n:
            yield _Gap(
                f"{dimension.label} not set",
                f"accounts.{dimension.name}",
                tuple(f"{label} by {dimension.label}" for label in labels),
                n / of,
                n,
                of,
                f"Fill in {dimension.label} for these accounts, or have it enriched.",
            )


def _apart(warehouse: Warehouse, company: Company, question: Question) -> Iterator[_Gap]:
    """What is counted apart of the metrics on screen and could be mended; what two metrics count apart, once."""
    seen: set[str] = set()
    for metric in offered(warehouse, metrics_of(company)):
        # counted over all segments, and so once for whatever dimension is asked next
        asked = ("counted apart", metric, replace(question, by=(), within=None, splits=()))
        counted = warehouse.remembered.get(asked)
        if counted is None:
            counted = warehouse.remembered.setdefault(asked, counted_apart(warehouse, company, metric, question))
        for row in counted.to_dict("records"):
            key, n, of = str(row["key"]), row["n"], row["of"]
            if key in MEND and key not in seen and n:
                seen.add(key)
                yield _Gap(
                    str(row["reason"]).split(":")[0].capitalize(),
                    metric.name,
                    _thinned(metric, key),
                    n / of if of else 0.0,
                    n,
                    of,
                    MEND[key],
                )


def _thinned(metric: Metric, key: str) -> tuple[str, ...]:
    money = tuple(measure.label for measure in MEASURES if "subscriptions.mrr" in measure.needs and not measure.part)
    return money if key == "unpriced" else (metric.label,)


def _set_aside(warehouse: Warehouse) -> Iterator[_Gap]:
    for name, relation in warehouse.relations.items():
        if warehouse.connected(name) and relation.rows_set_aside:
            # every row belongs to an account
            labels = tuple(
                dict.fromkeys(
                    label
                    for need, label in _all_needs()
                    if name == "accounts" or any(part.split(".")[0] == name for part in need.split(" or "))
                )
            )
            reasons = sorted(relation.reasons.items(), key=lambda counted: (-counted[1], counted[0]))
            said = ", ".join(f"{n:,} {reason}" for reason, n in reasons)
            n, of = relation.rows_set_aside, relation.rows_read
            yield _Gap(
                f"Rows of {name} set aside: {said}",
                name,
                labels,
                n / of,
                n,
                of,
                "Mend them at the source; until then they do not count.",
            )
