"""Months under a drawing whose points are weeks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from itertools import pairwise

from gtm_metrics.charts.lettering import text_width
from gtm_metrics.words.numbers import MONTHS

EVERY = (1, 2, 3, 6, 12, 24, 60)


def months(weeks: Sequence[date], place: Callable[[int], float], size: float) -> list[tuple[float, str]]:
    """(x, label) of the weeks that hold the first of a month, as many as fit side by side: Nov, Dec, Jan 2026, Feb.

    place    the x of the i-th week
    The first label and every January carry the year. Within a few weeks of one month no month begins: then the one
    label is the first week's day.
    """
    ends = [week + timedelta(days=6) for week in weeks]
    labels: list[tuple[float, str]] = []
    for every in EVERY:
        begun = [i for i, end in enumerate(ends) if end.day <= 7 and (12 * end.year + end.month - 1) % every == 0]
        labels = [(place(i), _label(ends[i], i == begun[0])) for i in begun]
        if _apart(labels, size):
            break
    if labels or not weeks:
        return labels
    return [(place(0), f"{weeks[0].day} {MONTHS[weeks[0].month - 1]} {weeks[0].year}")]


def _label(day: date, first: bool) -> str:
    month = MONTHS[day.month - 1]
    return f"{month} {day.year}" if first or day.month == 1 else month


def _apart(labels: Sequence[tuple[float, str]], size: float) -> bool:
    """Whether no label comes nearer than a letter's width to the next."""
    edges = [(x - text_width(text, size) / 2, x + text_width(text, size) / 2) for x, text in labels]
    return all(after[0] - before[1] >= size for before, after in pairwise(edges))
