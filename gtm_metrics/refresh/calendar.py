"""The clock of refreshes: which week is due, which weeks of a metric it freezes, where the clock begins."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from gtm_metrics.metrics import Metric
from gtm_metrics.rules import Rules
from gtm_metrics.signal.columns import lag_weeks
from gtm_metrics.weeks import WEEK, closed_through

LONGEST_SILENCE = 52 * WEEK
"""Rows that lie longer than this before all others are strays (a date of 1970), and no beginning."""


def week_due(as_of: date) -> date:
    """The last refresh week that is over at the end of `as_of`."""
    return closed_through(0, as_of)


def frozen_through(metric: Metric, week: date, rules: Rules) -> date:
    """The last of the metric's weeks that is frozen by the end of refresh week `week`.

    Its Sunday + the metric's maturity + the days to settle lie on or before that week's Sunday.
    """
    return week - lag_weeks(metric, rules) * WEEK


def first_refresh_week(weeks_of_data: Sequence[tuple[Metric, Iterable[date]]], rules: Rules, due: date) -> date:
    """Where the clock begins: the refresh week that freezes the first week of data of any metric, at most `due`."""
    begins = [
        beginning(weeks) + lag_weeks(metric, rules) * WEEK
        for metric, weeks in ((m, sorted(set(w))) for m, w in weeks_of_data)
        if weeks
    ]
    return min([due, *begins])


def beginning(weeks: Sequence[date]) -> date:
    """The first of the weeks (rising) after which no silence is longer than a year."""
    first = weeks[-1]
    for week in reversed(weeks):
        if first - week > LONGEST_SILENCE:
            break
        first = week
    return first


def weeks_from(first: date, last: date) -> tuple[date, ...]:
    """Every Monday from `first` to `last`, both in."""
    return tuple(first + timedelta(days=7 * n) for n in range((last - first).days // 7 + 1))
