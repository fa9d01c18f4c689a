"""What the Follow-on markets page asks for and shows: pins counted once for every reader, judged, put into frames."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, NoReturn

import pandas as pd
import streamlit as st

from gtm_metrics import follow_on, journal
from gtm_metrics.charts.alley import alley as drawn
from gtm_metrics.charts.capture import capture
from gtm_metrics.company import Refused
from gtm_metrics.controls.address import PILLS, WAREHOUSE_PAGE, as_of_day, choose, on_board
from gtm_metrics.controls.connected import Place
from gtm_metrics.controls.place import measured, place
from gtm_metrics.controls.place import today as day_it_is
from gtm_metrics.controls.show import dark, heading, present, table, width
from gtm_metrics.controls.week import engine_of, week
from gtm_metrics.controls.who import may
from gtm_metrics.markets import Alley, Said, no_demand
from gtm_metrics.measures import markets as counts
from gtm_metrics.question import Question
from gtm_metrics.tables import markets as tables_markets
from gtm_metrics.tallies import dimensions
from gtm_metrics.weeks import known_by
from gtm_metrics.words import alley as described
from gtm_metrics.words import escaped, overline, plain
from gtm_metrics.words import markets as said

BOARD_HEIGHT = 380.0
"""Pixels the rack may take on a board page of 720, beside title, paragraph and footnote."""
ABREAST = 10
"""Pins up to which the rack leaves room for something beside it."""
ORDER, ANSWERS, TIES, PEOPLE, HISTORY = "order", "answers", "ties", "people", "history"
LONGEST_NOTE = 4_000
"""Characters that the footnote of an alley of many pins may have."""
SHOWN = "show"
"""Key of the address under which it says what the foot of the page shows."""


@dataclass(frozen=True, eq=False)
class Page:
    """The page: its question, the alley, what people keep of it, and whether it shows the present, which alone can be
    changed.

    events    every change of a pin; changes: every size, vouch and judgement ever kept or taken back
    outside   which markets outside the target convert
    """

    place: Place
    question: Question
    counted: counts.Counted
    alley: Alley
    told: Said
    events: pd.DataFrame
    changes: pd.DataFrame
    outside: pd.DataFrame
    now: bool
    board: bool

    @property
    def labels(self) -> dict[str, str]:
        """What each dimension is called on screen."""
        return {each.name: each.label for each in self.place.company.dimensions}

    @property
    def keys(self) -> dict[str, tuple[str, str]]:
        """A pin's name -> (dimension, segment), as the journal names it; the front of the rack first."""
        rows = self.counted.frames["pins"].to_dict("records")
        named = {str(row["pin"]): (str(row["dimension"]), str(row["segment"])) for row in rows}
        return {str(name): named[str(name)] for name in self.alley.pins["segment"]}

    @property
    def wide(self) -> bool:
        """Whether the rack takes the whole width of the page; on a board page all must be in sight."""
        return len(self.alley.pins) > ABREAST and not self.board

    def kept(self, key: tuple[str, str]) -> dict[str, Any] | None:
        """The pin as people keep it; None where nobody set it up."""
        return last_of(self.told.pins, key)


def last_of(frame: pd.DataFrame, key: tuple[str, str]) -> dict[str, Any] | None:
    """The last row of a (dimension, segment); None where there is none."""
    rows = frame[(frame["dimension"] == key[0]) & (frame["segment"] == key[1])].to_dict("records")
    return {str(name): value for name, value in rows[-1].items()} if rows else None


def markets() -> Page:
    """The page's data as of the day in the address; where there is no pin a sentence says why, and it stops."""
    where, board = place(), on_board()
    through = where.warehouse.data_through
    known = dimensions(where.warehouse, where.company)
    if through is None or not known:
        why = "no connected table has a row with a date" if through is None else "accounts have no attribute"
        _nothing(f"{why[0].upper()}{why[1:]}, and pins are values of one, such as industries.")
    left, right = st.columns([34, 6], vertical_alignment="bottom") if not board else (None, None)
    more = right.popover("More", icon=":material/tune:", width="stretch") if right is not None else None
    day = as_of_day(more, through)
    now = day >= through
    try:
        told, events, changes, apart, outside = _kept(where, known_by(day, through, day_it_is()))
        first = follow_on.dimension_of(where.warehouse, where.company, told)
        labels = {each.name: each.label for each in known}
        declared = [each.name for each in where.company.dimensions if each.name in labels] or list(labels)
        names = {name: labels[name] for name in dict.fromkeys([*declared, first])}
        widget: Any = st.pills if len(names) <= PILLS else st.selectbox
        by = choose(left, "pins", "Pins by", names, first, widget, always=True, bare=True)
        question = Question(day, (by,), weeks=follow_on.WEEKS)
        pins = measured(where, counts.pins, question, follow_on.kept_pins(told))
        if not pins:
            _nothing("No account had a value of this attribute on that day.")
        counted = measured(where, counts.counted, question, pins, apart)
    except (Refused, journal.JournalError) as trouble:
        _nothing(escaped(str(trouble)))
    found = follow_on.judged(counted, told, where.company)
    return Page(where, question, counted, found, told, events, changes, outside, now and may("edit"), board)


def _kept(where: Place, known: date) -> tuple[Said, pd.DataFrame, pd.DataFrame, tuple[str, ...], pd.DataFrame]:
    """What the journal holds on a day, once the weeks that are due were judged: the signal may name the head pin."""
    now = week(where)
    with journal.reading(engine_of(where)) as seen:
        told, apart = follow_on.said(seen, known), follow_on.set_apart(seen, known)
        events, changes = journal.pin_events(seen, as_of=known), journal.market_changes(seen, known)

        def demand() -> pd.DataFrame:
            return follow_on.demand_outside(seen, where.company, told, known)

        outside = no_demand() if isinstance(now, str) else now.once(("demand", follow_on.head_key(told)), demand)
    return told, events, changes, apart, outside


def _nothing(why: str) -> NoReturn:
    heading("Follow-on markets", said.EMPTY, why)
    st.markdown("A pin is a segment of `accounts`: connect that table with an attribute, such as industry or region.")
    st.page_link(WAREHOUSE_PAGE, label="Warehouse", icon=":material/database:")
    st.stop()


def opening(page: Page) -> None:
    """The overline, the finding, and why."""
    label = page.labels.get(page.question.by[0], page.question.by[0])
    heading(overline("Follow-on markets", page.question, label), said.title(page.alley), said.paragraph(page.alley))


def rack(page: Page) -> str | None:
    """The alley, with its footnote but on a board page; the pin that was clicked."""
    found = page.alley
    wide = width(page.board, 1.0 if page.wide else 0.56)
    drawing = drawn(found.pins, found.ties, dark(), wide, BOARD_HEIGHT if page.board else None)
    # on a board page it stands across the foot: in a column it would be so high that the page had to be scrolled
    clicked = present(drawing, "" if page.board else footnote(page), key="alley", clickable=not page.board)
    return clicked[1] if clicked else None


def footnote(page: Page) -> str:
    """What the rack's rings, lines and scores are."""
    counted, as_of = page.counted, page.question.as_of
    told = said.footnote(page.alley, counted.first_day, counted.last_day, counted.since, as_of)
    return escaped(told, LONGEST_NOTE)


def scatter(page: Page) -> str | None:
    """Ease by benefit; the pin that was clicked."""
    wide = width(page.board, 0.5 if page.wide else 0.4)
    drawing = capture(page.alley.pins, dark(), wide, 300.0 if page.board else 330.0)
    clicked = present(drawing, described.PLACES_NOTE, key="capture", clickable=not page.board, board=page.board)
    return clicked[1] if clicked else None


def subject(slot: Any, page: Page, *clicked: str | None) -> str:
    """The pin the page tells more of, picked by a click or by name; the next pin where nobody picked."""
    names = list(page.keys)
    for where, name in zip(("alley", "capture"), clicked, strict=True):
        if name in names and st.session_state.get(f"clicked {where}") != name:
            st.session_state["pin"] = name
        st.session_state[f"clicked {where}"] = name
    first = page.alley.next or page.alley.head or names[0]
    return choose(slot, "pin", "Pin", {name: name for name in names}, first, st.selectbox)


def why(page: Page, name: str) -> None:
    """The six questions about a pin beside the head pin, with what people judge."""
    marks = page.told.judgements
    mine = marks[(marks["dimension"] == page.keys[name][0]) & (marks["segment"] == page.keys[name][1])]
    table(tables_markets.why(name, page.alley.answers, mine), f"The six questions about {plain(name)}")


def outside(page: Page) -> None:
    """Whether a market that nobody aims at starts converting, by the signal's evidence."""
    if len(page.outside):
        st.markdown(said.demand(page.outside))


def more(page: Page) -> None:
    """The foot of the page: the order, every answer, the ties, what people say, or the history."""
    offered = {ORDER: "The order", ANSWERS: "Every answer", TIES: "Ties"}
    offered |= (
        {PEOPLE: "What people say"} if len(page.told.sizes) + len(page.told.vouches) + len(page.told.judgements) else {}
    )
    offered |= {HISTORY: "History"} if len(page.events) + len(page.changes) else {}
    chosen = choose(st.container(), SHOWN, "Look at", offered, ORDER, st.segmented_control)
    found, told = page.alley, page.told
    if chosen == ORDER:
        _listed(tables_markets.order(found.pins), "The pins in their order, with scores")
        st.caption(described.ORDER_NOTE)
    elif chosen == ANSWERS:
        _listed(tables_markets.answers(found.answers), "The six answers of every pin")
    elif chosen == TIES:
        _listed(tables_markets.ties(found.ties), "What ties pins to one another")
    elif chosen == PEOPLE:
        table(tables_markets.people(told.sizes, told.vouches, told.judgements, page.labels), "What people say of pins")
    else:
        table(tables_markets.history(page.events, page.changes, page.labels), "Every change, the newest first")


def _listed(frame: pd.DataFrame, alt: str) -> None:
    st.dataframe(frame, hide_index=True, column_config={"#": st.column_config.TextColumn(width=40)}, alt=alt)
