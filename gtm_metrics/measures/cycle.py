"""Sales cycle and velocity: days from opened to won, the open deals counted for as long as they have been open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from gtm_metrics.company import Company
from gtm_metrics.estimates import cumulative_incidence, time_until
from gtm_metrics.measures.catalogue import measure_named
from gtm_metrics.measures.shared import between, how_many
from gtm_metrics.measures.sums import Sums
from gtm_metrics.measures.values import in_order, segments_in, values
from gtm_metrics.question import ALL, Question
from gtm_metrics.tallies.known import accounts_known, known, refuse_unknown
from gtm_metrics.tallies.trials import is_new, opened_on
from gtm_metrics.warehouse import Warehouse
from gtm_metrics.warehouse.dialects import day, days_between
from gtm_metrics.warehouse.needs import lacks
from gtm_metrics.weeks import WEEK

CYCLE_WEEKS = 104
"""New opportunities opened this long before as_of, or since, make up the cycle."""

LEAST_WON = 8
"""Won deals below which no median is given."""

USUAL = 0.8
"""The share of won deals that a usual cycle covers."""

COUNTS = ("won", "other", "open", "logged_late")
CYCLE_COLUMNS = ("segment", *COUNTS, "median_days", "usual_days", "rest_won", "rest_median_days", "status", "why")
VELOCITY_COLUMNS = (
    "segment",
    "open_deals",
    "close_rate",
    "deal_size",
    "cycle_days",
    "per_day",
    "currency",
    "status",
    "why",
)


@dataclass(frozen=True)
class Cycle:
    """New opportunities opened in the last 104 weeks, by how long they have taken.

    frame   segment [| segment_2] | days | won | other | open | logged_late; int64. A decided deal stands at the days
            from opened to closed, an open one at those from opened to as_of. `other` is lost and no decision.
            logged_late: won deals closed on a day before they were created, which say nothing of a duration.
    """

    question: Question
    frame: pd.DataFrame
    status: str
    why: str
    first_day: date
    last_day: date


def cycle(warehouse: Warehouse, company: Company, question: Question) -> Cycle:
    """The cycle's counts by segment and days, one aggregate query. The question's window plays no part: a cycle
    takes longer than most windows. Raises Refused for an unknown dimension.
    """
    for name in (*question.by, *(n for n, _ in question.scope)):
        refuse_unknown(warehouse, company, name)
    first, last = question.as_of - CYCLE_WEEKS * WEEK, question.as_of
    segments = ["segment", "segment_2"][: len(question.by)]
    columns = [*segments, "days", *COUNTS]
    why = lacks(warehouse, "opportunities.outcome")
    if why:
        return Cycle(question, _typed(pd.DataFrame(columns=columns)), "not_connected", why, first, last)
    deals = known(warehouse, "opportunities", question.as_of)
    accounts = accounts_known(warehouse, company, question)
    late = day(deals.c.closed_at) < day(deals.c.created_at)
    won = deals.c.outcome == "won"
    until = sa.func.coalesce(day(deals.c.closed_at), sa.literal(last, sa.Date()))
    each = (
        sa.select(
            *(accounts.c[name] for name in segments),
            days_between(opened_on(deals), until).label("days"),
            deals.c.outcome.label("outcome"),
            sa.case((sa.and_(won, late), 1), else_=0).label("late"),
        )
        .select_from(deals.join(accounts, accounts.c.account_id == deals.c.account_id))
        .where(is_new(deals), between(opened_on(deals), first, last))
        .subquery("each")
    )
    on_time = each.c.late == 0
    groups = [*(each.c[name] for name in segments), each.c.days]
    query = sa.select(
        *groups,
        how_many(sa.and_(each.c.outcome == "won", on_time), "won"),
        how_many(each.c.outcome.in_(("lost", "no_decision")), "other"),
        how_many(each.c.outcome.is_(None), "open"),
        how_many(sa.not_(on_time), "logged_late"),
    ).group_by(*groups)
    return Cycle(question, _typed(warehouse.read(query)[columns]), "ok", "", first, last)


def cycle_rows(found: Cycle) -> pd.DataFrame:
    """segment | won | other | open | logged_late | median_days | usual_days | rest_won | rest_median_days | status |
    why, in the order of funnel rows; missing is None.

    median_days: the day by which half of those that will be won are won, by the cumulative incidence of winning
    (Aalen and Johansen 1978): open deals are censored, a lost deal or one without a decision leaves, as it can no
    longer be won. Censoring those too would ask how long winning takes in a world without losing (Putter, Fiocco
    and Geskus 2007). With nothing open it is the plain median of the won deals. usual_days: the same at 8 in 10.
    """
    if found.status != "ok":
        return _rows([{"segment": ALL, "status": found.status, "why": found.why}])
    frame = found.frame.assign(name=segments_in(found.frame))
    rows = [_row(ALL, frame, None)]
    if found.question.by:
        for segment in in_order(frame["name"].unique()):
            here = frame["name"] == segment
            rows.append(_row(segment, frame[here], frame[~here]))
    return _rows(rows)


def velocity(pipeline: Sums, deals: Sums, found: Cycle, minimum: int = 30) -> pd.DataFrame:
    """segment | open_deals | close_rate | deal_size | cycle_days | per_day | currency | status | why, as rows.

    per_day = open deals x close rate x mean won amount / median cycle days: money a day that today's pipeline turns
    into, were it won at the window's rate and size. pipeline, deals: sums of those groups for the same dimensions.
    Raises ValueError where the three ask about different dimensions.
    """
    asked = {(part.question.by, part.question.scope, part.question.as_of) for part in (pipeline, deals, found)}
    if len(asked) > 1:
        raise ValueError("pipeline, deals and cycle must be asked of the same segments on the same day")
    parts = {
        "open_deals": values(pipeline, measure_named("open_deals")),
        "deal_size": values(deals, measure_named("deal_size")),
        "decided": values(deals, measure_named("decided")),
        "won": values(deals, measure_named("won")),
    }
    currencies = {pipeline.currency, deals.currency} - {None}
    rows: list[dict[str, Any]] = []
    for took in _records(cycle_rows(found)):
        at = {name: _of(part, str(took["segment"])) for name, part in parts.items()}
        decided = at["decided"]["n"]
        row: dict[str, Any] = {
            "segment": took["segment"],
            "open_deals": at["open_deals"]["n"],
            "deal_size": at["deal_size"]["value"],
            "cycle_days": took["median_days"],
            "close_rate": at["won"]["n"] / decided if decided and decided >= minimum else None,
        }
        failed = next((part for part in (*at.values(), took) if part["status"] != "ok"), None)
        if len(currencies) > 1:
            row |= {"status": "not_measurable", "why": "open and won amounts are in different currencies"}
        elif failed:
            row |= {"status": failed["status"], "why": failed["why"]}
        elif row["close_rate"] is None:
            row |= {"status": "too_early", "why": f"{decided:,} of {minimum:,} decided deals"}
        else:
            row |= {"status": "ok", "why": "", "currency": next(iter(currencies), None)}
            if row["deal_size"] is not None and row["cycle_days"]:
                row["per_day"] = row["open_deals"] * row["close_rate"] * row["deal_size"] / row["cycle_days"]
        rows.append(row)
    return _objects(rows, VELOCITY_COLUMNS)


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def _of(part: pd.DataFrame, segment: str) -> dict[str, Any]:
    """The row of a segment; the measure's one row where it failed for all; no rows counted where it has none."""
    rows = _records(part[(part["segment"] == segment) | (part["status"].isin(("not_connected", "not_measurable")))])
    return rows[0] if rows else {"n": 0, "value": None, "status": "ok", "why": ""}


def _row(segment: str, frame: pd.DataFrame, rest: pd.DataFrame | None) -> dict[str, Any]:
    counts: dict[str, Any] = {name: int(frame[name].sum()) for name in COUNTS}
    early = counts["won"] < LEAST_WON
    row = {
        "segment": segment,
        **counts,
        "status": "too_early" if early else "ok",
        "why": f"{counts['won']} of {LEAST_WON} won deals" if early else "",
    }
    if not early:
        row |= {"median_days": _days(frame, 0.5), "usual_days": _days(frame, USUAL)}
    if rest is not None:
        row["rest_won"] = int(rest["won"].sum())
        row["rest_median_days"] = _days(rest, 0.5) if row["rest_won"] >= LEAST_WON else None
    return row


def _days(frame: pd.DataFrame, share: float) -> float | None:
    by_day = frame.groupby("days")[["won", "other", "open"]].sum().sort_index()
    counts = [by_day[name].to_numpy(dtype=np.float64) for name in ("won", "other", "open")]
    found = time_until(by_day.index.to_numpy(dtype=np.float64), cumulative_incidence(*counts), share)
    return None if np.isnan(found) else found


def _rows(rows: list[dict[str, Any]]) -> pd.DataFrame:
    return _objects(rows, CYCLE_COLUMNS)


def _objects(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series([row.get(name) for row in rows], dtype=object) for name in columns})


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype(dict.fromkeys(("days", *COUNTS), "int64")).astype(
        dict.fromkeys([name for name in ("segment", "segment_2") if name in frame], "object")
    )
