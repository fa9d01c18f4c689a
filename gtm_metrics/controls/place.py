"""Where the app stands: the company, its warehouse, and what was already asked of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import streamlit as st

from gtm_metrics.company import Company, Refused, read_company
from gtm_metrics.journal import cache_folder
from gtm_metrics.metrics import Metric
from gtm_metrics.question import Question, Tally
from gtm_metrics.tallies import dimensions, metrics_of, offered, rows, sql_of, tally
from gtm_metrics.tallies.tally import KEYS
from gtm_metrics.warehouse import Keep, Warehouse, WarehouseError, connect
from gtm_metrics.words import escaped

CONFIG = "GTM_CONFIG"
PAGE = "page"
"""Key of the session under which the page that is shown has its name."""


@dataclass(frozen=True)
class Place:
    """A company, its warehouse, and a name for both that no other connection, setting or load shares."""

    company: Company
    warehouse: Warehouse
    name: str


def place() -> Place:
    """The company and its warehouse; on trouble a sentence on the page, and the script stops."""
    try:
        named = Path(os.environ.get(CONFIG) or "gtm.toml")
        if os.environ.get(CONFIG) and not named.exists():
            raise Refused(f"{CONFIG} names {named}; there is no such file")
        company = read_company(named)
        return _place(company, _name_of(company), datetime.now(UTC).date())
    except (Refused, WarehouseError) as trouble:
        st.title("The dashboard cannot open the warehouse", anchor=False)
        st.error(escaped(str(trouble)))
        st.markdown(
            "`gtm-metrics demo` builds the demo company's warehouse, `gtm-metrics load FOLDER` loads your own files, "
            "and `gtm-metrics check` says what is connected."
        )
        st.stop()


def run(page: Any) -> None:
    """Shows a page of the menu; where the warehouse stops answering in the middle of it, a sentence says so."""
    st.session_state[PAGE] = page.url_path
    try:
        page.run()
    except WarehouseError as trouble:
        st.title("The warehouse stopped answering", anchor=False)
        st.error(escaped(str(trouble)))
        st.markdown("Reload the page to ask again; `gtm-metrics check` says what is connected.")


def _name_of(company: Company) -> str:
    """Connection, settings and loaded version in one text: a cache that has it in its key mixes up nothing."""
    file = company.url.removeprefix("duckdb:///")
    loaded = os.path.realpath(file) if file != company.url else company.url
    return repr((loaded, replace(company, url="")))


@st.cache_resource(ttl="1h", max_entries=8, show_spinner="Connecting the warehouse")
def _place(_company: Company, name: str, today: date) -> Place:
    keep = Keep(cache_folder(_company), datetime.now(UTC), _company.profile_hours)
    return Place(_company, connect(_company, today, keep), name)


def ask(where: Place, metric: Metric, question: Question, keys: tuple[str, ...] = ()) -> Tally:
    """The metric's tally, asked of the warehouse once and shared by every session."""
    return _tally(where, where.name, metric, question, keys or KEYS[metric.estimate])[0]


def seconds(where: Place, metric: Metric, question: Question) -> float:
    """How long the warehouse took to answer for this tally, when it was asked."""
    return _tally(where, where.name, metric, question, KEYS[metric.estimate])[1]


@st.cache_data(ttl="1h", max_entries=4000, show_spinner=False)
def _tally(_place: Place, name: str, metric: Metric, question: Question, keys: tuple[str, ...]) -> tuple[Tally, float]:
    began = perf_counter()
    counted = tally(_place.warehouse, _place.company, metric, question, keys)
    return counted, perf_counter() - began


def measured(where: Place, measure: Callable[..., Any], *arguments: Any) -> Any:
    """`measure(warehouse, company, *arguments)`, asked of the warehouse once and shared by every session."""
    return _measured(where, where.name, measure, f"{measure.__module__}.{measure.__qualname__}", arguments)


@st.cache_data(ttl="1h", max_entries=4000, show_spinner=False)
def _measured(_place: Place, name: str, _measure: Callable[..., Any], called: str, arguments: tuple[Any, ...]) -> Any:
    return _measure(_place.warehouse, _place.company, *arguments)


def rows_of(where: Place, metric: Metric, question: Question, segment: tuple[str, ...], limit: int) -> Any:
    """The rows behind a segment's number, newest first, at most `limit`."""
    return measured(where, rows, metric, question, segment, limit)


def behind_numbers(where: Place) -> dict[str, tuple[str, float, str]]:
    """By a metric's label: the SQL behind its number, the seconds the warehouse took to answer, what was asked."""
    known, through = dimensions(where.warehouse, where.company), where.warehouse.data_through
    if not known or through is None:
        return {}
    question = Question(through, (known[0].name,))
    found = {}
    for metric in offered(where.warehouse, metrics_of(where.company)):
        sql = sql_of(where.warehouse, where.company, metric, question)
        if sql:
            asked = f"by {escaped(known[0].label)}, the last 13 closed weeks"
            found[metric.label] = (sql, seconds(where, metric, question), asked)
    return found
