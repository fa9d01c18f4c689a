"""Question -> sums: totals over some n, by segment, one aggregate query a group of measures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
import sqlalchemy as sa

from gtm_metrics.company import Company
from gtm_metrics.measures import deals, money
from gtm_metrics.measures.catalogue import BY_NAME, GROUPS
from gtm_metrics.measures.shared import Counted
from gtm_metrics.question import Question
from gtm_metrics.tallies.known import accounts_known, refuse_unknown
from gtm_metrics.warehouse import Warehouse
from gtm_metrics.warehouse.needs import lacking

BUILD: dict[str, Callable[[Warehouse, Company, Question], Counted]] = {
    "customers": money.customers,
    "pipeline": deals.pipeline,
    "retention": money.retention,
    "window_retention": money.window_retention,
    "deals": deals.decided,
    "effort": deals.effort,
    "endings": money.endings,
}
WEEKLY = ("deals", "effort", "endings")
"""Groups whose rows fall in a week; the others stand on a day."""


@dataclass(frozen=True)
class Sums:
    """The sums of one group of measures, and what they were counted over.

    frame       measure | segment [| segment_2] [| week] | n | total | total_squares; a row a measure and group in
                which n is not 0. n int64, the totals float64, weeks Mondays. Rows of disjoint groups add, so
                everyone is the sum over the segments, "(not set)" included.
    missing     measure -> (status, why) of those that are not in the frame: not_connected, or not_measurable
                where amounts are in several currencies. A measure that is connected and was counted 0 times
                is in neither.
    currency    the one currency of the totals; None where none is recorded or several are
    first_day, last_day   the days counted; first_day None is from the beginning
    """

    group: str
    question: Question
    frame: pd.DataFrame
    missing: Mapping[str, tuple[str, str]]
    currency: str | None
    first_day: date | None
    last_day: date
    data_through: date | None

    def status(self, measure: str) -> tuple[str, str]:
        """(status, why) of a measure of this group: ok, not_connected or not_measurable; why is '' when ok."""
        if measure not in GROUPS[self.group]:
            raise KeyError(f"{measure} is not counted in {self.group}; that has {', '.join(GROUPS[self.group])}")
        return self.missing.get(measure, ("ok", ""))


def sums(warehouse: Warehouse, company: Company, question: Question, group: str, keys: tuple[str, ...] = ()) -> Sums:
    """The sums of a group of measures (GROUPS) by segment, and by week where `keys` is ("week",).

    A stock (customers, pipeline) stands on as_of; retention compares as_of with 52 weeks before, window_retention
    the two ends of the question's window; deals, effort and endings count the window's closed weeks. Raises
    Refused for an unknown dimension, ValueError for a group that has no weeks.
    """
    if set(keys) - ({"week"} if group in WEEKLY else set()):
        raise ValueError(f"{group} does not group by {list(keys)}; only {', '.join(WEEKLY)} do, by week")
    for name in (*question.by, *(n for n, _ in question.scope)):
        refuse_unknown(warehouse, company, name)
    missing = {
        name: ("not_connected", why) for name in GROUPS[group] if (why := lacking(warehouse, BY_NAME[name].needs))
    }
    counted = BUILD[group](warehouse, company, question)
    segments = ["segment", "segment_2"][: len(question.by)]
    names = [name for name in GROUPS[group] if name not in missing]
    frame, currency = _empty([*segments, *keys]), None
    if names and counted.rows is not None:
        wide = _read(warehouse, company, question, counted.rows, names, [*segments, *keys])
        refusal, currency = _one_currency(wide, counted.unit)
        if refusal:
            refused = [name for name in names if BY_NAME[name].money]
            missing |= dict.fromkeys(refused, ("not_measurable", refusal))
            names = [name for name in names if name not in refused]
        frame = _long(wide, names, [*segments, *keys])
    return Sums(group, question, frame, missing, currency, counted.first_day, counted.last_day, warehouse.data_through)


def _read(
    warehouse: Warehouse, company: Company, question: Question, rows: Any, names: list[str], groups: list[str]
) -> pd.DataFrame:
    """One row a group and pair of currencies: how many rows are in that currency; n, total, squares a measure."""
    accounts = accounts_known(warehouse, company, question)
    by: list[Any] = [accounts.c[g] if g in accounts.c else rows.c[g] for g in groups]
    by += [rows.c.currency, rows.c.currency_2]
    counts: list[Any] = [sa.cast(sa.func.count(), sa.BigInteger()).label("priced")]
    for name in names:
        value: Any = sa.cast(rows.c[name], sa.Double())
        counts += [
            sa.cast(sa.func.count(value), sa.BigInteger()).label(f"{name}_n"),
            sa.cast(sa.func.sum(value), sa.Double()).label(f"{name}_total"),
            sa.cast(sa.func.sum(value * value), sa.Double()).label(f"{name}_squares"),
        ]
    joined = rows.join(accounts, accounts.c.account_id == rows.c.account_id)
    return warehouse.read(sa.select(*by, *counts).select_from(joined).group_by(*by))


def _one_currency(wide: pd.DataFrame, unit: str) -> tuple[str, str | None]:
    """(why amounts cannot be added, '') when they are in several currencies; ('', the currency or None) when not.

    Rows without a currency do not make a second one: CRMs leave out their own.
    """
    counts: dict[tuple[str, ...], int] = {}
    for row in wide.to_dict("records"):
        named = tuple(row[column] for column in ("currency", "currency_2") if isinstance(row[column], str))
        if named:
            counts[named] = counts.get(named, 0) + int(row["priced"])
    found = sorted({currency for named in counts for currency in named})
    if len(found) < 2:
        return "", found[0] if found else None
    said = ", ".join(f"{n:,} in {' and '.join(named)}" for named, n in sorted(counts.items()))
    return f"amounts in several currencies are never added ({unit}: {said})", None


def _long(wide: pd.DataFrame, names: list[str], groups: list[str]) -> pd.DataFrame:
    """A row a measure and group, groups without any row left out, columns typed."""
    parts = []
    for name in names:
        part = wide[groups].assign(
            measure=name, n=wide[f"{name}_n"], total=wide[f"{name}_total"], total_squares=wide[f"{name}_squares"]
        )
        parts.append(part[part["n"] > 0])
    if not parts or all(part.empty for part in parts):
        return _empty(groups)
    added = (
        pd.concat(parts)
        .groupby(["measure", *groups], as_index=False, sort=False)[["n", "total", "total_squares"]]
        .sum()
    )
    return _typed(added[["measure", *groups, "n", "total", "total_squares"]].reset_index(drop=True))


def _empty(groups: list[str]) -> pd.DataFrame:
    return _typed(pd.DataFrame(columns=["measure", *groups, "n", "total", "total_squares"]))


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    kinds = {"n": "int64", "total": "float64", "total_squares": "float64", "week": "datetime64[us]"}
    return frame.astype(dict.fromkeys(frame.columns, "object") | {c: k for c, k in kinds.items() if c in frame})
