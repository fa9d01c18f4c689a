"""What the Alternatives page asks for and shows: counted once for every reader, judged, put into frames."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from gtm_metrics import alternatives, charts, measures, tables
from gtm_metrics.controls.address import View, choose
from gtm_metrics.controls.place import measured, rows_of
from gtm_metrics.controls.show import dark, height_of, present, table, width
from gtm_metrics.question import ALL, CROSS
from gtm_metrics.tables import alternatives as tables_alternatives
from gtm_metrics.words import alternatives as said
from gtm_metrics.words import escaped

ROWS_READ = 5000
RATE_WIDE = 148
"""Pixels of a column with rates: "18 % (16–20) of 1,110 ▼". By itself a column is as wide as most of its cells, and
the one rate among counts is cut."""
REASONS = (("win_reason", "Why they bought"), ("loss_reason", "Why they did not"))


@dataclass(frozen=True)
class Page:
    """The alternatives of a view: the counts, the rows judged, and what they come to (None where none is decided)."""

    view: View
    counted: measures.Against
    named: pd.DataFrame
    rows: pd.DataFrame
    finding: alternatives.Finding | None

    @property
    def overall(self) -> pd.DataFrame:
        """The rows over all segments."""
        return self.rows[self.rows["segment"] == ALL]

    @property
    def minimum(self) -> int:
        """Deals below which there are counts alone."""
        return self.view.place.company.minimum_trials

    @property
    def title(self) -> str:
        """The finding, in a sentence."""
        return said.title(self.finding, self.minimum) if self.finding else said.EMPTY

    @property
    def paragraph(self) -> str:
        """What explains it, or what is missing."""
        if self.finding:
            named = bool((self.named["alternative"] != alternatives.NOT_RECORDED).any())
            return said.paragraph(self.finding, self.minimum, named)
        return f"{escaped(self.counted.why)}." if self.counted.why else said.LONGER

    @property
    def note(self) -> str:
        """The footnote of the chart."""
        counted = self.counted
        return said.note(self.rows, self.view.question, counted.first_day, counted.last_day, self.minimum)


def judged(view: View) -> Page:
    """The alternatives of the view's window, by its dimension."""
    counted = measured(view.place, measures.against, view.question)
    if counted.why or not len(counted.frame):
        return Page(view, counted, pd.DataFrame(), pd.DataFrame(columns=list(alternatives.COLUMNS)), None)
    named = alternatives.named(counted.frame, view.place.company.status_quo)
    rows = alternatives.alternatives(named, view.place.company.minimum_trials)
    return Page(view, counted, named, rows, alternatives.finding(rows))


def chart(page: Page) -> str | None:
    """The chart with its footnote; the alternative that was clicked."""
    drawing = charts.outcomes(page.overall, alternatives.BENCHMARK, dark(), width(page.view.board))
    board = page.view.board
    clicked = present(drawing, page.note, key="alternatives", clickable=not board, board=board)
    return clicked[1] if clicked else None


def deals(page: Page, clicked: str | None) -> None:
    """The deals of one alternative, picked by a click or by name; it lives in the address."""
    names = [name for name in page.overall["alternative"] if name != alternatives.ALL_ALTERNATIVES]
    if clicked in names and st.session_state.get("clicked alternative") != clicked:
        st.session_state["against"] = clicked
    st.session_state["clicked alternative"] = clicked
    name = choose(st.container(), "against", "Deals against", {n: n for n in names}, names[0], st.selectbox)
    close = next(metric for metric in page.view.metrics if metric.name == "close_rate")
    every = rows_of(page.view.place, close, page.view.question, (), ROWS_READ)
    named = alternatives.named(every.assign(n=1), page.view.place.company.status_quo)
    listed = tables_alternatives.deals(every[(named["alternative"] == name).to_numpy()], page.view.place.company)
    crm = st.column_config.LinkColumn(display_text="open", width="small")
    st.dataframe(listed, hide_index=True, column_config={"CRM": crm}, alt="The deals against one alternative")
    if len(every) == ROWS_READ:
        st.caption(f"Of the newest {ROWS_READ:,} deals of the window.")


def segments(page: Page) -> None:
    """The close rate against each alternative, by segment."""
    frame = tables_alternatives.by_segment(page.rows)
    wide = {name: st.column_config.TextColumn(width=RATE_WIDE) for name in tables_alternatives.rated(frame)}
    high, alt = height_of(len(frame)), "Close rate by segment and alternative"
    st.dataframe(frame, hide_index=True, column_config=wide, height=high, alt=alt)
    st.caption(said.SEGMENTS)


def reasons(page: Page) -> None:
    """Why they bought and why they did not, beside the trust meter."""
    for slot, (kind, title) in zip(st.columns(2), REASONS, strict=True):
        with slot:
            st.markdown(f"**{title}**")
            why = measured(page.view.place, measures.reasons, page.view.question, None, kind, 6)
            if why.status == "ok":
                present(charts.reasons(why.frame, tables.answers(why), dark(), width(page.view.board, 1 / 2, 14)))
            else:
                st.caption(f"{escaped(why.why)}.")
    table(tables_alternatives.trust(alternatives.trust(page.named, page.minimum)), "What lost deals do not say")


def involved(page: Page) -> None:
    """Close rate by the champion's function and by the number of people."""
    counted = measured(page.view.place, measures.champions, page.view.question)
    by_function = alternatives.by_function(counted.frame, page.minimum)
    by_people = alternatives.by_people(counted.frame, page.minimum)
    left, right = st.columns(2)
    with left:
        table(tables_alternatives.involved(by_function, "Champion"), "Close rate by the champion's function")
    with right:
        table(tables_alternatives.involved(by_people, "People involved"), "Close rate by number of people involved")
    st.caption(said.INVOLVED)


def discounts(page: Page) -> None:
    """Discount depth beside winning and staying: given, not caused."""
    counted = measured(page.view.place, measures.discounts, page.view.question)
    if counted.why or not len(counted.frame):
        st.caption(f"{escaped(counted.why)}." if counted.why else said.NO_PRICES)
        return
    table(tables_alternatives.discounts(alternatives.by_discount(counted.frame, page.minimum)), "Winning by discount")
    st.caption(said.GIVEN)


def effort(page: Page) -> None:
    """Where effort goes in, beside where wins come from."""
    sums = measured(page.view.place, measures.sums, page.view.question, "effort")
    status, why = sums.status("effort")
    if status != "ok":
        st.caption(f"{escaped(why)}.")
        return
    names = sums.frame["segment"] + (CROSS + sums.frame["segment_2"] if "segment_2" in sums.frame else "")
    frame = sums.frame.assign(name=names)
    found = {name: dict(zip(part["name"], part["total"], strict=True)) for name, part in frame.groupby("measure")}
    won, decided = ({k: int(v) for k, v in found.get(name, {}).items()} for name in ("won", "decided"))
    rows = alternatives.effort_and_wins(found.get("effort", {}), won, decided, page.minimum)
    st.dataframe(tables_alternatives.effort(rows), hide_index=True, alt="Share of effort beside share of wins")
    st.caption(said.EFFORT)
