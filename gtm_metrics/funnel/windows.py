"""The windows a leader picks from, and how one that is too thin is widened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from gtm_metrics.metrics import Metric
from gtm_metrics.question import NOT_SET, Question, Tally, Weeks
from gtm_metrics.weeks import add_months, quarter_start, weeks_within, year_start

Ask = Callable[[Metric, Question], Tally]

WIDER = (13, 26, 52)
"""Weeks tried in turn when a window is too thin; after them comes all there is."""


@dataclass(frozen=True)
class Window:
    """A window by the name it has in an address, and the words it has on screen."""

    key: str
    label: str


WINDOWS: tuple[Window, ...] = (
    Window("13", "13 weeks"),
    Window("26", "26 weeks"),
    Window("52", "52 weeks"),
    Window("quarter", "This quarter"),
    Window("last-quarter", "Last quarter"),
    Window("year", "This year"),
    Window("all", "All"),
)


def weeks_of(key: str, as_of: date, fiscal_year_starts: int) -> Weeks:
    """The weeks of a window: a number of closed weeks, a first and last Monday of a fiscal period, or None for all.

    A week belongs to the quarter that holds its Monday. Raises KeyError for a key that is not in WINDOWS.
    """
    if key == "all":
        return None
    if key in ("13", "26", "52"):
        return int(key)
    if key == "year":
        return weeks_within(year_start(as_of, fiscal_year_starts), as_of + timedelta(days=1))
    start = quarter_start(as_of, fiscal_year_starts)
    if key == "quarter":
        return weeks_within(start, as_of + timedelta(days=1))
    if key == "last-quarter":
        return weeks_within(add_months(start, -3), start)
    raise KeyError(key)


def widened(ask: Ask, metric: Metric, question: Question) -> Tally:
    """The tally of the question's window or, where its median segment is below the minimum, of a wider one.

    The widest holds all there is. `Tally.question.weeks` says which window it became.
    """
    counted = ask(metric, question)
    for weeks in (*WIDER, None):
        if counted.why or not thin(counted, metric):
            return counted
        if _wider(weeks, counted):
            counted = ask(metric, _at(question, weeks))
    return counted


def _at(question: Question, weeks: Weeks) -> Question:
    return Question(question.as_of, question.by, question.within, weeks, question.splits, question.scope)


def _wider(weeks: int | None, counted: Tally) -> bool:
    now = counted.question.weeks
    if weeks is None or now is None:
        return now is not None
    if isinstance(now, int):
        return weeks > now
    return weeks * 7 > (now[1] - now[0]).days + 7


def thin(counted: Tally, metric: Metric) -> bool:
    """Whether the median named segment has fewer trials than the metric's minimum."""
    if not counted.question.by or counted.frame.empty:
        return True
    names = ["segment", "segment_2"][: len(counted.question.by)]
    named = counted.frame
    for name in names:
        named = named[named[name] != NOT_SET]
    groups = named.groupby(names)["trials"].sum().index
    closed = counted.closed.groupby(names)["trials"].sum().reindex(groups, fill_value=0)
    return bool(closed.median() < metric.minimum) if len(closed) else True
