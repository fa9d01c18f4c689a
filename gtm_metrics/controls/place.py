"""Where the app stands: the company, its warehouse, and what was already asked of it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, date, datetime
from time import perf_counter
from typing import Any, NoReturn

import streamlit as st

from gtm_metrics.company import Refused, read_company
from gtm_metrics.controls.connected import Place, stands, stands_in
from gtm_metrics.logs import told
from gtm_metrics.metrics import Metric
from gtm_metrics.question import Question, Tally
from gtm_metrics.serving import named_config
from gtm_metrics.tallies import dimensions, metrics_of, offered, rows, sql_of, tally
from gtm_metrics.tallies.tally import KEYS
from gtm_metrics.warehouse import WarehouseError, WarehouseRefuses
from gtm_metrics.warehouse.answers import NeverAsked
from gtm_metrics.words import escaped

LOG = logging.getLogger(__name__)
PAGE = "page"
"""Key of the session under which the page that is shown has its name."""
SLOT, AGE, REFRESHING, OF_JOURNAL = "notice", "age", "refreshing", "of the journal"
"""Keys of the session, for the line that says how up to date a page is: where it goes, where the age of the figures
stands in it, the refresh that the page came upon, and whether all it shows is the journal's."""
HERE = "here"
"""Key of the session under which the place of the page that is shown stands."""


def place(or_journal: bool = False) -> Place:
    """The company and its warehouse, as it was last read where it does not answer; on trouble a sentence on the page,
    and the script stops.

    or_journal   a warehouse of which nothing is known will do, where it does not answer and nothing is kept
    """
    for name in (HERE, SLOT, REFRESHING, OF_JOURNAL):
        st.session_state[name] = None
    try:
        company = read_company(named_config())
        st.session_state[HERE] = stands(company, or_journal)
        here: Place = st.session_state[HERE]
        return here
    except (Refused, WarehouseError) as trouble:
        refuse(trouble)


def refuse(trouble: Exception) -> NoReturn:
    """The page of a dashboard that cannot open its warehouse, and the script stops."""
    st.title("The dashboard cannot open the warehouse", anchor=False)
    st.error(escaped(str(trouble)))
    st.markdown(
        "`gtm-metrics demo` builds the demo company's warehouse, `gtm-metrics load FOLDER` loads your own files, "
        "and `gtm-metrics check` says what is connected."
    )
    st.stop()


def here() -> Place | None:
    """The place of the page that is being made; None where it has none."""
    found: Place | None = st.session_state.get(HERE)
    return found


def run(page: Any, finish: Callable[[], None]) -> None:
    """Shows a page of the menu, and then what `finish` has to add. Where the warehouse stops answering in the middle
    of it, the page is made again of what was last read, or a sentence says so."""
    st.session_state[PAGE] = page.url_path
    begun = perf_counter()
    try:
        _made(page)
        finish()
    finally:
        # a page that stops itself, or goes to another, leaves by an exception
        LOG.info("page", extra=told(page=page.url_path or "/", seconds=round(perf_counter() - begun, 3)))


def _made(page: Any) -> None:
    try:
        page.run()
    except NeverAsked as trouble:
        if st.session_state.get(SLOT) is None:
            st.session_state[SLOT], st.session_state[AGE] = st.empty(), None
            st.title("There is no figure for this view yet", anchor=False)
        st.markdown("What comes here was not asked for while the warehouse answered, so nothing is known of it.")
        st.caption(escaped(str(trouble)))
    except WarehouseError as trouble:
        where = here()
        if where is not None and stands_in(where, trouble):
            st.rerun()
        refuses = isinstance(trouble, WarehouseRefuses)
        st.title(f"The warehouse {'refuses what is asked' if refuses else 'stopped answering'}", anchor=False)
        st.error(escaped(str(trouble)))
        st.markdown("Reload the page to ask again; `gtm-metrics check` says what is connected.")


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


def today() -> date:
    """The day it is, in UTC."""
    return datetime.now(UTC).date()


def measured(where: Place, measure: Callable[..., Any], *arguments: Any) -> Any:
    """`measure(warehouse, company, *arguments)`, asked of the warehouse once and shared by every session."""
    return _measured(where, where.name, measure, f"{measure.__module__}.{measure.__qualname__}", arguments)


def measured_before(where: Place, measure: Callable[..., Any], *arguments: Any) -> Any:
    """`measured`, and None where the warehouse is away and it was not asked for before."""
    try:
        return measured(where, measure, *arguments)
    except NeverAsked:
        return None


@st.cache_data(ttl="1h", max_entries=4000, show_spinner=False)
def _measured(_place: Place, name: str, _measure: Callable[..., Any], called: str, arguments: tuple[Any, ...]) -> Any:
    return _measure(_place.warehouse, _place.company, *arguments)


def worked_out(where: Place, what: str, *arguments: Any, of: Callable[[], Any]) -> Any:
    """What `of` works out from answers of the warehouse, once for every session: `what` names it, and `arguments` are
    all that it depends on beside the place."""
    return _worked_out(where.name, what, arguments, of)


@st.cache_data(ttl="1h", max_entries=2000, show_spinner=False)
def _worked_out(name: str, what: str, arguments: tuple[Any, ...], _of: Callable[[], Any]) -> Any:
    return _of()


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
