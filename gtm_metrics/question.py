"""What is asked, and what comes back: the Question every page, query, cache and command shares, and its Tally."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

ALL = "(all)"
NOT_SET = "(not set)"
CROSS = " × "

Weeks = int | tuple[date, date] | None
"""The last N closed weeks of the metric, a first and last week (Mondays), or None for all."""


@dataclass(frozen=True)
class Question:
    """One question to the warehouse: hashable, so it is also the cache key, the URL and the footnote.

    as_of   a date, meaning the end of that day, UTC
    by      dimensions to segment by: none, one, or two crossed
    within  a further dimension used as a stratum ("within company size")
    weeks   the window, counted in closed weeks of the metric asked for
    splits  columns of the trial to group by as well (competitor, loss_reason, ...)
    scope   account filter: (attribute, value) pairs that must all hold; empty is every account
    """

    as_of: date
    by: tuple[str, ...] = ()
    within: str | None = None
    weeks: Weeks = 13
    splits: tuple[str, ...] = ()
    scope: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if len(self.by) > 2 or len(set(self.by)) != len(self.by):
            raise ValueError(f"by is {list(self.by)}; it takes none, one, or two different dimensions")
        if isinstance(self.weeks, int) and self.weeks < 1:
            raise ValueError(f"weeks is {self.weeks}; it must be at least 1, or 'all'")
        if isinstance(self.weeks, tuple) and any(week.weekday() for week in self.weeks):
            raise ValueError(f"weeks is {' to '.join(map(str, self.weeks))}; weeks are named by their Mondays")

    @property
    def dimension(self) -> str:
        """The dimension as rows name it: `industry`, or `industry × region` when crossed."""
        return CROSS.join(self.by)


@dataclass(frozen=True)
class Tally:
    """Successes out of trials, grouped, and what they were counted over.

    frame       metric | segment [| segment_2] | within | week | band | age | trials | successes, with those
                of the middle columns that were asked for; one row a group; the rows of disjoint groups add.
                Weeks are Mondays (datetime64), trials and successes int64. It holds the window's closed
                weeks and every week begun since: the latter are what is still waiting.
    status      ok, not_connected or not_measurable; `why` says it in words, '' when ok
    first_week  first closed week of the window; None when the window holds none
    last_week   last closed week of the metric
    """

    metric: str
    question: Question
    frame: pd.DataFrame
    status: str
    why: str
    first_week: date | None
    last_week: date | None
    data_through: date | None

    @property
    def closed(self) -> pd.DataFrame:
        """The frame without the weeks that are still open (empty when nothing is closed).

        A tally that is not grouped by week was counted over closed weeks alone.
        """
        if "week" not in self.frame:
            return self.frame
        if self.last_week is None or self.frame.empty:
            return self.frame.iloc[:0]
        return self.frame[self.frame["week"] <= pd.Timestamp(self.last_week)]

    @property
    def waiting(self) -> pd.DataFrame:
        """Trials begun in weeks that are not closed yet (none in a tally that is not grouped by week)."""
        if "week" not in self.frame:
            return self.frame.iloc[:0]
        if self.last_week is None or self.frame.empty:
            return self.frame
        return self.frame[self.frame["week"] > pd.Timestamp(self.last_week)]
