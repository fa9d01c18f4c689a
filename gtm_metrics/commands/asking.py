"""What commands are asked: days, weeks, dimensions; and the warehouse and the journal they ask."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import sqlalchemy as sa

from gtm_metrics import journal
from gtm_metrics.commands.printing import tell
from gtm_metrics.company import Company, Refused
from gtm_metrics.question import Question
from gtm_metrics.refresh import is_due
from gtm_metrics.tallies import dimensions
from gtm_metrics.warehouse import Keep, Warehouse, WarehouseError, connect
from gtm_metrics.warehouse.profile import file_of

FIRST, LAST = date(1970, 1, 1), date(2999, 12, 31)
"""Days as of which one may count: weeks are counted back and forth from them."""


def day_of(text: str) -> date:
    """A day as people write it. Raises argparse.ArgumentTypeError."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date such as 2026-11-15") from None


def as_of_day(text: str) -> date:
    """A day one may count as of. Raises argparse.ArgumentTypeError."""
    day = day_of(text)
    if FIRST <= day <= LAST:
        return day
    raise argparse.ArgumentTypeError(f"{text!r} is no day from {FIRST} to {LAST}")


def weeks_of(text: str) -> int | None:
    """A number of weeks, None for all. Raises argparse.ArgumentTypeError."""
    if text == "all":
        return None
    if text.isdigit() and 1 <= int(text) <= 1040:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is neither a number of weeks from 1 to 1,040 nor 'all'")


def opened(company: Company, today: date, anew: bool = False) -> Warehouse:
    """The company's warehouse, looked at anew or as it was looked at before on this day, which is said; of an embedded
    one that is not there the message says how to make it."""
    file = company.url.removeprefix("duckdb:///").split("?")[0]
    if company.url.startswith("duckdb:///") and not Path(file).exists():
        raise WarehouseError(
            f"there is no warehouse at {file}; "
            "gtm-metrics demo builds the demo company's, gtm-metrics load FOLDER yours"
        )
    keep = Keep(journal.cache_folder(company), datetime.now(UTC), company.profile_hours)
    warehouse = connect(company, today, keep, anew)
    if warehouse.from_profile:
        at = f"{warehouse.looked_at:%H:%M}"
        tell(f"tables as looked at today at {at} UTC; check looks again")
    return warehouse


def opened_to_refresh(company: Company, engine: sa.Engine, as_of: date, today: date, anew: bool = False) -> Warehouse:
    """The company's warehouse for whoever refreshes next: looked at anew where a week is due, or `anew` says so."""
    return opened(company, today, anew or is_due(engine, min(as_of, today)))


@contextmanager
def journal_of(company: Company) -> Iterator[sa.Engine]:
    """The company's journal, closed on the way out. Raises JournalError."""
    engine = journal.open_journal(journal.journal_url(company))
    try:
        yield engine
    finally:
        engine.dispose()


def looks_again(company: Company) -> str:
    """What to add to a refusal of the warehouse where today's look at its tables is kept: it is forgotten, so that the
    next command looks again; '' where none is."""
    file = file_of(company, Keep(journal.cache_folder(company), datetime.now(UTC), company.profile_hours))
    if file is None or not file.exists():
        return ""
    file.unlink(missing_ok=True)
    return "; its tables may have changed since they were looked at, and the next command looks again"


def through_of(warehouse: Warehouse, as_of: date | None) -> date:
    """The day to count through: the one asked for, else the last with data. Raises WarehouseError without either."""
    through = as_of or warehouse.data_through
    if through is None:
        raise WarehouseError("the warehouse holds no row with a date, so there is no day to count through")
    return through


def question_of(
    by: list[str], within: str | None, company: Company, warehouse: Warehouse, as_of: date | None, weeks: int | None
) -> Question:
    """What is asked; without a dimension the first that there is. Raises Refused for dimensions that do not go."""
    through = through_of(warehouse, as_of)
    if within in by:
        raise Refused(f"--within {within} compares within what --by segments by already; give it another dimension")
    others = [d.name for d in dimensions(warehouse, company) if d.name != within]
    try:
        return Question(through, tuple(by or others[:1]), within, weeks)
    except ValueError as wrong:
        raise Refused(str(wrong)) from wrong
