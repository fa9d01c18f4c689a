"""What tightening on a segment would change, as a ceiling, and what came of it. Pure functions of frames."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd

from gtm_metrics.estimates import wilson
from gtm_metrics.funnel.pools import object_frame
from gtm_metrics.metrics import METRICS
from gtm_metrics.question import ALL

LEAST_PRICED = 8
"""Won deals with an amount from which a deal size is told."""


@dataclass(frozen=True)
class Ceiling:
    """What would change if all of the company's work went to one segment: at the most, not a forecast.

    left, no_decision_lately   accounts left to win there, and those of them that ended in no decision lately
    touches_a_week, touches_in_segment_a_week   first touches now: the company's, the segment's part of them
    weeks_of_list   weeks that the accounts left last if every first touch goes to them, rounded up
    decided_a_quarter, won_a_quarter   deals of the company now, a quarter of 13 weeks
    won_in_segment_a_quarter           the segment's part of the wins
    close_rate, close_rate_low, close_rate_high   the segment's, 95 % (Wilson); None below the minimum
    won_if_all, won_if_all_low, won_if_all_high   wins a quarter if as many deals as now were decided, all of them
                    the segment's and at its close rate; never more than `cap`, and None below the minimum
    cap, capped     accounts left plus the deals open in the segment: more cannot be won before new accounts are
                    found; `capped` where it is what limits won_if_all
    amount_a_quarter, amount_if_all   amount won now, and at won_if_all with the segment's mean deal size
    won_outside_a_quarter, amount_outside_a_quarter, open_deals_outside, open_pipeline_outside   what is given up
    why             why won_if_all is not told: '' when it is

    None is not known: a table that is not connected, amounts in several currencies, or too few deals.
    """

    segment: str
    left: int | None
    no_decision_lately: int | None
    touches_a_week: float | None
    touches_in_segment_a_week: float | None
    weeks_of_list: int | None
    decided_a_quarter: float | None
    won_a_quarter: float | None
    won_in_segment_a_quarter: float | None
    close_rate: float | None
    close_rate_low: float | None
    close_rate_high: float | None
    won_if_all: float | None
    won_if_all_low: float | None
    won_if_all_high: float | None
    cap: int | None
    capped: bool
    amount_a_quarter: float | None
    amount_if_all: float | None
    won_outside_a_quarter: float | None
    amount_outside_a_quarter: float | None
    open_deals_outside: int | None
    open_pipeline_outside: float | None
    why: str


def ceiling(reach: pd.DataFrame, segment: str, weeks: int, minimum: int = 30) -> Ceiling:
    """The ceiling of a segment, from the rows of `measures.reach` and the weeks they count.

    A ceiling for three reasons: it holds the close rate at its level although the next accounts may be harder, it
    takes as many deals as now to be found in one segment, and it takes what works there to be the segment's doing.
    Raises KeyError when there is no such segment, ValueError when weeks < 1.
    """
    if weeks < 1:
        raise ValueError(f"weeks is {weeks}; the rows are counted over at least 1")
    rows = {str(row["segment"]): row for row in reach.to_dict("records")}
    if segment not in rows or segment == ALL:
        raise KeyError(f"there is no segment {segment!r}; there are {', '.join(n for n in rows if n != ALL)}")
    mine, everyone = rows[segment], rows[ALL]
    quarters = weeks / 13
    pace, left = everyone["first_touches_a_week"], mine["left"]
    cap = None if left is None else left + (mine["open_deals"] or 0)
    rate, low, high, why = _close_rate(mine["decided"], mine["won"], minimum)
    deals: float | None = everyone["decided_a_quarter"]
    uncapped = None if rate is None or deals is None else deals * rate

    def at_most(share: float | None) -> float | None:
        if share is None or deals is None:
            return None
        return deals * share if cap is None else min(deals * share, float(cap))

    won_if_all = at_most(rate)
    amount, amount_mine = everyone["won_amount"], mine["won_amount"]
    priced = amount_mine is not None and mine["won_priced"] >= LEAST_PRICED
    size = amount_mine / mine["won_priced"] if priced else None
    return Ceiling(
        segment=segment,
        left=left,
        no_decision_lately=mine["no_decision_lately"],
        touches_a_week=pace,
        touches_in_segment_a_week=mine["first_touches_a_week"],
        weeks_of_list=math.ceil(left / pace) if left is not None and pace else None,
        decided_a_quarter=deals,
        won_a_quarter=everyone["won_a_quarter"],
        won_in_segment_a_quarter=mine["won_a_quarter"],
        close_rate=rate,
        close_rate_low=low,
        close_rate_high=high,
        won_if_all=won_if_all,
        won_if_all_low=at_most(low),
        won_if_all_high=at_most(high),
        cap=cap,
        capped=uncapped is not None and cap is not None and uncapped > cap,
        amount_a_quarter=None if amount is None else amount / quarters,
        amount_if_all=None if won_if_all is None or size is None else won_if_all * size,
        won_outside_a_quarter=_less(everyone["won_a_quarter"], mine["won_a_quarter"]),
        amount_outside_a_quarter=None if amount is None else (amount - amount_mine) / quarters,
        open_deals_outside=_less(everyone["open_deals"], mine["open_deals"]),
        open_pipeline_outside=_less(everyone["open_pipeline"], mine["open_pipeline"]),
        why=why,
    )


def _close_rate(
    decided: int | None, won: int | None, minimum: int
) -> tuple[float | None, float | None, float | None, str]:
    if decided is None or won is None:
        return None, None, None, "no deals are connected"
    if decided < minimum:
        return None, None, None, f"{decided:,} of {minimum:,} decided deals"
    low, high = wilson(won, decided)
    return won / decided, float(low), float(high), ""


def _less(whole: Any, part: Any) -> Any:
    return None if whole is None or part is None else whole - part


DELIVERED_COLUMNS = (
    "metric", "promised", "promised_low", "promised_high", "delivered", "low", "high", "trials", "successes",
    "standing", "why",
)  # fmt: skip

KEPT, BETTER, SHORT = "kept", "better", "short"


def promised_against_delivered(promised: pd.DataFrame, delivered: pd.DataFrame, segment: str) -> pd.DataFrame:
    """A row a metric: what a segment stood at on the day of the decision, and what it has done since.

    Both are funnel rows; `delivered` counts the weeks from the decision on. promised is that day's estimate with its
    95 % interval. standing: 'short' where the whole interval since lies on the worse side of the promised estimate,
    'better' where on the better side, 'kept' between: no worse than luck allows; '' where there is nothing to hold
    against the promise, with why. The promise was made of past weeks, so a part of any lead that was picked for
    being large is luck that does not return: 'short' of the estimate is less grave where still above
    promised_low. Metrics in the order promised. Raises KeyError when a row of the promise names no metric.
    """
    higher = {metric.name: metric.higher_is_better for metric in METRICS}
    since = {str(row["metric"]): row for row in delivered.to_dict("records") if row["segment"] == segment}
    rows: list[dict[str, Any]] = []
    for then in promised[promised["segment"] == segment].to_dict("records"):
        now = since.get(str(then["metric"]), {"status": "too_early", "why": "nothing is counted yet"})
        standing, why = "", str(now["why"])
        if then["estimate"] is None:
            why = "nothing was promised: it was too early"
        elif now["status"] == "ok":
            standing = _standing(then["estimate"], now["low"], now["high"], higher[str(then["metric"])])
        rows.append(
            {
                "metric": then["metric"],
                "promised": then["estimate"],
                "promised_low": then["low"],
                "promised_high": then["high"],
                "delivered": now.get("estimate"),
                "low": now.get("low"),
                "high": now.get("high"),
                "trials": now.get("trials"),
                "successes": now.get("successes"),
                "standing": standing,
                "why": why,
            }
        )
    return object_frame({name: [row[name] for row in rows] for name in DELIVERED_COLUMNS})


def _standing(promised: float, low: float, high: float, higher_is_better: bool) -> str:
    if high < promised:
        return SHORT if higher_is_better else BETTER
    if low > promised:
        return BETTER if higher_is_better else SHORT
    return KEPT


def pace_delivered(promised: Ceiling, now: Ceiling) -> pd.DataFrame:
    """what | promised | delivered: the numbers of the work itself, on the day of the decision and now.

    first_touches_a_week  all that were made then, against those made in the segment now
    won_a_quarter         the ceiling of that day, against what was won in the segment
    left                  accounts left to win then and now

    None is not known. No test: the ceiling is no forecast, so falling short of it is not a broken promise.
    """
    return object_frame(
        {
            "what": ["first_touches_a_week", "won_a_quarter", "left"],
            "promised": [promised.touches_a_week, promised.won_if_all, promised.left],
            "delivered": [now.touches_in_segment_a_week, now.won_in_segment_a_quarter, now.left],
        }
    )
