"""The calendar everything is counted by: UTC weeks from Monday, closed weeks, fiscal quarters."""

from __future__ import annotations

from datetime import date, timedelta

WEEK = timedelta(days=7)


def monday(day: date) -> date:
    """The Monday that names the week of `day`."""
    return day - timedelta(days=day.weekday())


def sunday(week: date) -> date:
    """The last day of the week named by the Monday `week`."""
    return week + timedelta(days=6)


def closed_through(maturity_days: int, as_of: date) -> date:
    """The last week (its Monday) whose Sunday + maturity lies on or before `as_of`.

    Until then a week's outcome is not known in full, so it counts for nothing, not even in part.
    """
    return monday(as_of - timedelta(days=maturity_days + 6))


def last_complete_week(as_of: date) -> date:
    """The last Sunday on or before `as_of`."""
    return sunday(closed_through(0, as_of))


def known_by(as_of: date, through: date | None, today: date) -> date:
    """The last day whose decisions, lists and notes count for what is counted as of a day.

    Data lag behind people: whoever looks at the present, the last day with data (`through`) or a later one, knows what
    was decided since. Of a day in the past counts what was known then.
    """
    return max(as_of, today) if through is None or as_of >= through else as_of


def quarter_start(day: date, fiscal_year_starts: int = 1) -> date:
    """First day of the fiscal quarter that holds `day`; the year starts in month `fiscal_year_starts` (1-12)."""
    months_in = (day.month - fiscal_year_starts) % 3
    return add_months(day.replace(day=1), -months_in)


def year_start(day: date, fiscal_year_starts: int = 1) -> date:
    """First day of the fiscal year that holds `day`."""
    months_in = (day.month - fiscal_year_starts) % 12
    return add_months(day.replace(day=1), -months_in)


def add_months(first: date, months: int) -> date:
    """`first` (a first of the month) moved by whole months."""
    index = first.year * 12 + first.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def weeks_within(start: date, end: date) -> tuple[date, date]:
    """First and last week (Mondays) whose Monday lies in [start, end): how a quarter becomes whole weeks."""
    first = monday(start + timedelta(days=6))
    return first, monday(end - timedelta(days=1))
