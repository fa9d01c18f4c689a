"""The line under a page's caption: how old its figures are where the warehouse is away, how far a refresh is."""

from __future__ import annotations

from typing import Any

import streamlit as st

from gtm_metrics.controls.connected import Place, ask_again
from gtm_metrics.controls.place import AGE, OF_JOURNAL, REFRESHING, SLOT, here
from gtm_metrics.controls.refreshing import Refreshing
from gtm_metrics.words import standing

EVERY_SECONDS = 1.0
"""How often a page looks how far the refresh is."""


def slot() -> None:
    """The line, at the place of the page that is being made, where there is one to write by then."""
    where = here()
    if (where is not None and (where.away or where.lost)) or _tells(st.session_state.get(REFRESHING)):
        st.session_state[SLOT], st.session_state[AGE] = st.empty(), None
        _write()


def _tells(running: Refreshing | None) -> bool:
    """Whether a refresh has something to say: how far it is, or why it could not be done."""
    return running is not None and (running.going or bool(running.failed))


def came_upon(running: Refreshing | None) -> None:
    """Notes the refresh that the page came upon."""
    st.session_state[REFRESHING] = running


def of_journal() -> None:
    """Notes that all the page shows is the journal's where the warehouse is away."""
    st.session_state[OF_JOURNAL] = True


def finish() -> None:
    """The line once more when the page is made: what it came upon, and how old the oldest is that it read."""
    # a page that stopped itself has no end; what it had come upon by its heading is told there
    if st.session_state.get(SLOT) is not None:
        _write()
    elif _tells(st.session_state.get(REFRESHING)):
        # it came upon the refresh after its heading
        st.session_state[SLOT], st.session_state[AGE] = st.empty(), None
        _write()
    for name in (SLOT, AGE, REFRESHING, OF_JOURNAL):
        st.session_state.pop(name, None)


def _write() -> None:
    room: Any = st.session_state[SLOT]
    running: Refreshing | None = st.session_state.get(REFRESHING)
    where = here()
    if where is not None and (where.away or where.lost):
        _away(where, room, not st.session_state.get(OF_JOURNAL))
    elif running is not None and running.going:
        if st.session_state[AGE] is None:
            st.session_state[AGE] = room
            with room.container():
                _progress(running)
    elif running is not None and running.failed:
        room.caption(standing.not_refreshed(running.failed))


def _away(where: Place, room: Any, figures: bool) -> None:
    if st.session_state[AGE] is None:
        with room.container(horizontal=True, vertical_alignment="center"):
            st.session_state[AGE] = st.empty()
            icon = ":material/refresh:"
            st.button("Ask again", "ask again", on_click=ask_again, args=(where.company,), type="tertiary", icon=icon)
    read_at = where.read_at if figures else None
    said = standing.as_read(where.away, read_at) if where.away else standing.without(where.lost.values(), read_at)
    st.session_state[AGE].caption(said)


@st.fragment(run_every=EVERY_SECONDS)
def _progress(running: Refreshing) -> None:
    """The bar, until the refresh is over: then the whole page is made anew."""
    if not running.going:
        st.rerun()
    st.progress(running.share, text=standing.refreshing(running.lines))
