"""What a segment leaves to win beside the pace of the company's work: one row a segment. Pure: no warehouse."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from gtm_metrics.measures.left_to_win import LeftToWin, left_to_win
from gtm_metrics.measures.sums import Sums, sums
from gtm_metrics.measures.values import in_order, segments_in
from gtm_metrics.metrics import Metric
from gtm_metrics.question import ALL, Question, Tally

REACH_COLUMNS = (
    "segment", "accounts", "left", "no_decision_lately", "first_touches", "first_touches_a_week", "decided", "won",
    "decided_a_quarter", "won_a_quarter", "won_amount", "won_priced", "open_deals", "open_pipeline", "open_priced",
)  # fmt: skip

QUARTER_WEEKS = 13
PACE_WEEKS = 26
"""Complete weeks that the pace of what tightening might change is counted over."""


@dataclass(frozen=True)
class Reach:
    """How much is left and how fast it is worked.

    frame     REACH_COLUMNS, "(all)" first, segments by code point, "(not set)" last; plain numbers, None where the
              table behind is not connected or amounts are in several currencies. A quarter is 13 weeks; won_priced
              and open_priced count the deals that have an amount
    missing   column -> why it is None
    currency  of won_amount and open_pipeline; None where none is recorded or several are
    weeks     how many weeks the paces are counted over, from first_day to last_day, both in
    """

    frame: pd.DataFrame
    missing: Mapping[str, str]
    currency: str | None
    weeks: int
    first_day: date
    last_day: date


def reach_of(
    question: Question, response: Metric, ask: Callable[[Metric, Question], Tally], measured: Callable[..., Any]
) -> Reach:
    """`reach` of a question. `response` is the response rate; its tally is asked for by `ask(metric, question)`, the
    rest by `measured(measure, *arguments)`, which stand for a warehouse or for what was asked of it before."""
    left = measured(left_to_win, question)
    deals, pipeline = (measured(sums, question, group) for group in ("deals", "pipeline"))
    return reach(left, ask(response, question), deals, pipeline)


def reach(left: LeftToWin, first_touches: Tally, deals: Sums, pipeline: Sums) -> Reach:
    """Accounts left, first touches a week, and deals decided and won a quarter, by segment.

    `first_touches` is the response rate's tally by week, whose trials are what is counted: its open weeks too, as a
    touch counts whether or not the time to answer it is over. The paces are means over the complete weeks of the
    deals' window; weeks before the first touch or deal there is count as weeks in which nothing was done. All four
    answer one question. Raises ValueError when they do not, or when the window has no first week.
    """
    by = deals.question.by
    asked = [(about.question.by, about.question.as_of, about.question.scope) for about in (first_touches, pipeline)]
    if any(other != (by, deals.question.as_of, deals.question.scope) for other in asked):
        raise ValueError("the tally and the sums answer different questions")
    if deals.first_day is None:
        raise ValueError("a pace needs a window: the question is asked over all weeks")
    weeks = ((deals.last_day - deals.first_day).days + 1) // 7
    if weeks < 1:
        raise ValueError(f"the window holds no complete week: {deals.first_day} to {deals.last_day}")
    touched, missing = _first_touches(first_touches, deals.first_day, deals.last_day)
    columns: dict[str, pd.Series[Any] | None] = {"first_touches": touched}
    if left.status == "ok":
        named = left.frame.assign(name=segments_in(left.frame)).set_index("name")
        columns |= {name: named[name] for name in ("accounts", "left", "no_decision_lately")}
    else:
        missing |= dict.fromkeys(("accounts", "left", "no_decision_lately"), left.why)
    for of, measure, column, what in (
        (deals, "decided", "decided", "n"),
        (deals, "won", "won", "n"),
        (deals, "won_amount", "won_amount", "total"),
        (deals, "won_amount", "won_priced", "n"),
        (pipeline, "open_deals", "open_deals", "n"),
        (pipeline, "open_pipeline", "open_pipeline", "total"),
        (pipeline, "open_pipeline", "open_priced", "n"),
    ):
        status, why = of.status(measure)
        if status == "ok":
            frame = of.frame[of.frame["measure"] == measure]
            columns[column] = frame.groupby(segments_in(frame))[what].sum()
        else:
            missing[column] = why
    present = {name: column for name, column in columns.items() if column is not None}
    segments = in_order(name for column in present.values() for name in column.index) if by else []
    rows = [_row(ALL, present, None, weeks), *(_row(name, present, name, weeks) for name in segments)]
    frame = pd.DataFrame({name: pd.Series([row[name] for row in rows], dtype=object) for name in REACH_COLUMNS})
    currencies = {of.currency for of in (deals, pipeline) if of.currency}
    currency = currencies.pop() if len(currencies) == 1 else None
    return Reach(frame, missing, currency, weeks, deals.first_day, deals.last_day)


def _first_touches(tally: Tally, first: date, last: date) -> tuple[pd.Series[Any] | None, dict[str, str]]:
    """First touches by segment in whole weeks, or None and why there are none to count."""
    if tally.metric != "response_rate":
        raise ValueError(f"the tally counts {tally.metric}; first touches are the trials of response_rate")
    if tally.status != "ok":
        return None, {"first_touches": tally.why, "first_touches_a_week": tally.why}
    if "week" not in tally.frame:
        raise ValueError("first touches are counted week by week; the tally is not grouped by week")
    during = tally.frame[(tally.frame["week"] >= pd.Timestamp(first)) & (tally.frame["week"] <= pd.Timestamp(last))]
    return during.groupby(segments_in(during))["trials"].sum(), {}


def _row(name: str, columns: Mapping[str, pd.Series[Any]], segment: str | None, weeks: int) -> dict[str, Any]:
    """A row's numbers: of one segment (0 where it has none), or, for None, of all of them."""
    row: dict[str, Any] = dict.fromkeys(REACH_COLUMNS)
    row["segment"] = name
    for column, counts in columns.items():
        value = counts.sum() if segment is None else counts.get(segment, 0)
        row[column] = float(value) if column in ("won_amount", "open_pipeline") else int(value)
    for column, pace, a in (
        ("first_touches", "first_touches_a_week", 1),
        ("decided", "decided_a_quarter", QUARTER_WEEKS),
        ("won", "won_a_quarter", QUARTER_WEEKS),
    ):
        row[pace] = None if row[column] is None else row[column] * a / weeks
    return row
