"""Do we sing the same song? What each function names, the data beside it, and the champion's cards."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from gtm_metrics import alternatives, funnel, journal, measures
from gtm_metrics.company import Refused
from gtm_metrics.controls.address import on_board
from gtm_metrics.controls.draft import drafted
from gtm_metrics.controls.place import ask
from gtm_metrics.controls.positioning import Spoken, kept, spoken, take_back, written
from gtm_metrics.controls.show import heading, note, table
from gtm_metrics.controls.week import Key
from gtm_metrics.controls.who import author
from gtm_metrics.journal.tables import FUNCTIONS
from gtm_metrics.metrics import Metric
from gtm_metrics.positioning import Song, song
from gtm_metrics.tables import alternatives as tables_alternatives
from gtm_metrics.tables import positioning as tables_positioning
from gtm_metrics.tallies import metrics_of, offered
from gtm_metrics.warehouse.answers import NeverAsked
from gtm_metrics.words import alternatives as beaten
from gtm_metrics.words import escaped, plain
from gtm_metrics.words import positioning as said

ON_BOARD = 2
"""Segments whose data a board page has room for."""
ANSWERS = 3
"""Questions a card asks for at once; the next version adds more."""


def tab() -> None:
    """Agreement in a sentence, who names what and why, the data beside it; then the champion's cards, but not on a
    board page."""
    page = spoken()
    caption = "Tighten positioning · do we sing the same song?"
    votes, cards = kept(
        page, caption, partial(journal.votes, as_of=page.known), partial(journal.cards, as_of=page.known)
    )
    found = song(votes, FUNCTIONS)
    told = page.week.told if page.week else None
    heading(caption, said.song_title(found), said.song_paragraph(found, told))
    if on_board():
        shown, beyond = tables_positioning.voices_on_board(found)
        table(shown, "Who names which best-fit segment, and why")
        _beside(page, found, ON_BOARD)
        note(said.voices_note(page.as_of, beyond), board=True)
        return
    if page.open:
        with st.container(horizontal=True):
            _ask(page)
            named = {
                row["id"]: f"{row['person']} ({row['function']}): {row['segment']}" for row in votes.to_dict("records")
            }
            take_back(page, "votes", "Take one back", named)
    table(tables_positioning.voices(found), "Who names which best-fit segment, and why")
    _beside(page, found)
    _cards(page, cards)


def _ask(page: Spoken) -> None:
    """The form that keeps what one person names for a function: a watched segment, or another in their own words."""
    segments = _segments(page)
    labels = {dimension: page.place.company.dimension(dimension).label for dimension, _ in segments}
    with (
        st.popover("Write down a voice", icon=":material/record_voice_over:"),
        drafted("vote", border=False) as draft,
    ):
        function = st.selectbox("Function", FUNCTIONS, format_func=str.capitalize)
        person = st.text_input("Who speaks")
        picked = st.selectbox(
            "Best-fit segment", segments, format_func=lambda one: plain(f"{one[1]} ({labels[one[0]]})")
        )
        own_words = st.text_input("Or another, in their words").strip()
        reasons, who = st.text_area("Why this one"), author("Written down by")
        key = ("", own_words) if own_words or picked is None else picked
        written(draft, lambda engine, today: journal.vote(engine, function, person, *key, reasons, who, today), page)


def _segments(page: Spoken) -> list[Key]:
    """Every watched segment that has a name."""
    if page.week is None:
        return []
    return [(str(row["dimension"]), str(row["segment"])) for row in page.week.rows.to_dict("records")]


def _beside(page: Spoken, found: Song, most: int | None = None) -> None:
    """The data of every segment that is named, and of the one the data name themselves; of `most` of them, those named
    most often first, and then without why they bought."""
    own = page.week.told.key if page.week else None
    keys = [*found.named, *([own] if own and own not in found.named else [])][:most]
    if not keys or page.place.warehouse.data_through is None:
        return
    st.subheader("The data beside it", anchor=False)
    states = (
        {}
        if page.week is None
        else {
            (str(row["dimension"]), str(row["segment"])): str(row["state"]) for row in page.week.rows.to_dict("records")
        }
    )
    metrics = [m for m in offered(page.place.warehouse, metrics_of(page.place.company)) if m.on_home]
    rows = {key: _rows(page, key, metrics) for key in keys if key[0]}
    table(tables_positioning.beside(found, keys, states, rows, metrics), "The segments named, measure by measure")
    if most is not None:
        return
    why = [f"{escaped(key[1])}: {told}" for key in rows if (told := _won_for(page, key))]
    if why:
        note(f"Why they bought, of the deals won in the last 52 weeks. {'. '.join(why)}.")


def _rows(page: Spoken, key: Key, metrics: list[Metric]) -> dict[str, dict[object, object]]:
    """metric -> the segment's funnel row over the last 52 weeks."""
    rows = {}
    for metric in metrics:
        try:
            frame = funnel.funnel(ask(page.place, metric, page.question(key[0])), metric)
        except (NeverAsked, Refused):
            continue
        mine = frame[frame["segment"] == key[1]].to_dict("records")
        if mine:
            rows[metric.name] = dict(mine[0].items())
    return rows


def _won_for(page: Spoken, key: Key) -> str:
    """The first win reasons of a segment: "time saved (12 of 40)"."""
    why = page.asked(measures.reasons, page.question(key[0]), (key[1],), "win_reason", 3)
    if why is None or why.status != "ok":
        return ""
    named = tables_positioning.named_reasons(why)
    return ", ".join(f"{escaped(row['reason'])} ({row['n']:,} of {row['of']:,})" for row in named.to_dict("records"))


def _cards(page: Spoken, cards: pd.DataFrame) -> None:
    """The champion's cards beside how often deals with such a champion are won."""
    st.subheader("The champion's card", anchor=False)
    st.caption(said.CARD)
    counted = page.asked(measures.champions, page.question())
    minimum = page.place.company.minimum_trials
    frame = pd.DataFrame(columns=["title", "afterwards", "outcome", "n"]) if counted is None else counted.frame
    by_function = alternatives.by_function(frame, minimum)
    if page.open:
        with st.container(horizontal=True):
            _write_card(page, cards)
            take_back(page, "cards", "Take a card back", {row["id"]: row["title"] for row in cards.to_dict("records")})
    if len(cards):
        table(tables_positioning.cards(cards, by_function), "Champions, what each must answer and to whom")
    else:
        st.markdown("No card yet: name the title that champions us, and what it must answer to whom.")
    if len(by_function):
        table(tables_alternatives.involved(by_function, "Champion"), "Close rate by the champion's function")
        note(beaten.INVOLVED)


def _write_card(page: Spoken, cards: pd.DataFrame) -> None:
    """The form that keeps a card: a new title, or the next version of one."""
    now = {str(row["title"]): int(row["version"]) for row in cards.to_dict("records")}
    with st.popover("Write a card", icon=":material/badge:"), drafted("card", {"seen": now}, border=False) as draft:
        title = st.text_input("The champion's title", placeholder="Head of E-commerce")
        answers = []
        for place in range(ANSWERS):
            left, right = st.columns([2, 5])
            asks = left.text_input("Asked by", key=f"card asks {place} {draft.turn}", placeholder="CFO")
            must = right.text_input("Must answer", key=f"card must {place} {draft.turn}")
            answers += [{"to": asks, "must_answer": must}] if asks.strip() or must.strip() else []
        who = author()
        saw = draft.saw["seen"].get(title.strip())
        written(
            draft,
            lambda engine, today: journal.keep_card(engine, title, answers, who, today, saw),
            page,
            {"seen": now},
        )
