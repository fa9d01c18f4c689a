"""Whom to call on the Best-fit page, and what they said: names with a contact, and the lines people wrote down."""

from __future__ import annotations

from datetime import date

import pandas as pd
import streamlit as st

from gtm_metrics import customers, journal
from gtm_metrics.controls.customers import BestFit
from gtm_metrics.controls.draft import drafted, sent
from gtm_metrics.controls.kept import Kept
from gtm_metrics.controls.place import measured, today
from gtm_metrics.controls.show import table
from gtm_metrics.controls.week import engine_of
from gtm_metrics.controls.who import author
from gtm_metrics.measures import lost_to_no_decision, value
from gtm_metrics.tables import CRM
from gtm_metrics.tables import profile as tables_profile
from gtm_metrics.words import plain

ENDS, UNDECIDED, LOVED = 5, 5, 3
THEMES_HINT = "time saved, trust, price, ..."


def section(page: BestFit, known: Kept) -> None:
    """Five of the best, of the next best and of the worst, five lately lost to no decision, three small but loved."""
    st.subheader("Whom to call, and what they said", anchor=False)
    rows, notes = _rows(page), known.notes
    if rows.empty:
        st.caption("Nobody can be named yet.")
        return
    link = {CRM: st.column_config.LinkColumn(display_text="open", width="small")}
    frame = tables_profile.calls(rows, notes, page.place.company)
    st.dataframe(frame, hide_index=True, column_config=link, alt="Whom to call, with a contact and what they said")
    if known.now:
        _write_down(page, rows, today())
    if len(notes):
        with st.expander(f"What customers said: {len(notes):,}"):
            table(tables_profile.themes(notes), "Themes, how often each was heard and from whom")
            table(tables_profile.said(notes), "What customers said, the newest first")
            if known.now:
                _take_back(page, notes)


def _rows(page: BestFit) -> pd.DataFrame:
    """kind | account_id | account | contact | owner, each account once, in the order to show."""
    found = measured(page.place, value.ends, page.question, page.told.recipe, 2 * ENDS, ENDS)
    kinds = ["Best" if n <= ENDS else "Next best" if n <= 2 * ENDS else "Worst" for n in found["place"]]
    found = found.assign(kind=kinds)
    undecided = measured(page.place, lost_to_no_decision, page.question, UNDECIDED).assign(kind="Lost to no decision")
    parts = [found, undecided, _loved(page).assign(kind="Small but loved")]
    columns = ["kind", "account_id", "account", "contact", "owner"]
    listed = pd.concat([part[columns].astype(object) for part in parts], ignore_index=True)
    once: pd.DataFrame = listed.drop_duplicates("account_id", ignore_index=True)
    return once


def _loved(page: BestFit) -> pd.DataFrame:
    company = page.place.company
    among = [each.name for each in company.dimensions]
    found = customers.small_but_loved(page.told.frame, among, company.minimum_trials)
    named = {each.name: each for each in page.told.attributes}
    segments = tuple((named[each.attribute], each.value) for each in found)
    if not segments:
        return pd.DataFrame(columns=["account_id", "account", "contact", "owner"])
    frame: pd.DataFrame = measured(page.place, value.of_segments, page.question, page.told.recipe, segments)
    first: pd.DataFrame = frame.sort_values("place").drop_duplicates("account_id").head(LOVED)
    return first


def _write_down(page: BestFit, rows: pd.DataFrame, now: date) -> None:
    """The form that keeps one line a customer said."""
    names = {str(row["account_id"]): str(row["account"] or row["account_id"]) for row in rows.to_dict("records")}
    with st.popover("Write down what they said", icon=":material/edit_note:"), drafted("note", border=False) as draft:
        account = st.selectbox("Account", list(names), format_func=lambda one: plain(names[one]))
        line = st.text_input("What they said, in one line")
        theme = st.text_input("Theme", placeholder=THEMES_HINT)
        who, on = author("Heard by"), st.date_input("On", now, max_value=now)
        day = on if isinstance(on, date) else now

        def act() -> None:
            journal.note(engine_of(page.place), account or "", names.get(account or "", ""), line, theme, who, day)

        if sent(draft, act):
            st.rerun()


def _take_back(page: BestFit, notes: pd.DataFrame) -> None:
    """The form that takes a line back; the journal's history keeps it."""
    lines = {int(row["id"]): f"{row['account']}: {row['said']}" for row in notes.iloc[::-1].to_dict("records")}
    with drafted("take back a note", lines, border=False) as draft:
        offered = draft.base
        number = st.selectbox("Take back", list(offered), format_func=lambda one: plain(offered[one]))
        who = author()

        def act() -> None:
            journal.take_back_note(engine_of(page.place), int(number or 0), who, today())

        if sent(draft, act, lines, "Take it back"):
            st.rerun()
