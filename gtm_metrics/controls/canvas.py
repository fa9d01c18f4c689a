"""What we will say: the canvas part by part, each with its versions, its form, and what the data offer for it."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from gtm_metrics import alternatives, customers, journal, measures
from gtm_metrics.controls.address import on_board
from gtm_metrics.controls.draft import drafted
from gtm_metrics.controls.positioning import Spoken, kept, spoken, written
from gtm_metrics.controls.show import heading, note, table
from gtm_metrics.controls.who import author
from gtm_metrics.journal.tables import PARTS
from gtm_metrics.measures import Reasons, value
from gtm_metrics.positioning import heard, lines_of
from gtm_metrics.question import ALL, Question
from gtm_metrics.tables import positioning as tables_positioning
from gtm_metrics.words import day, escaped
from gtm_metrics.words import positioning as said

INSTEAD, CAN, VALUE, WHO, CATEGORY = PARTS
REASONS = 30
"""Win reasons that are counted apart: more than that are no themes."""


def tab() -> None:
    """The canvas: how much is written and in one sentence what; then part by part, on a board page in one table."""
    page = spoken()
    caption = "Tighten positioning · what we will say"
    now, versions, notes = kept(
        page,
        caption,
        partial(journal.canvas, as_of=page.known),
        partial(journal.canvas_versions, as_of=page.known),
        partial(journal.notes, as_of=page.known),
    )
    texts: dict[str, dict[str, Any]] = {
        str(row["part"]): {str(name): cell for name, cell in row.items()} for row in now.to_dict("records")
    }
    focus = page.focus
    about = f" · beside the data of {escaped(focus[1])}" if focus else ""
    heading(f"{caption}{about}", said.canvas_title(texts), said.canvas_paragraph(texts))
    why = _why(page)
    named = None if why is None else tables_positioning.named_reasons(why)
    themes = heard(notes, named)
    offers = {INSTEAD: _against(page), CAN: _won_for(page, why), VALUE: tables_positioning.themes(themes),
              WHO: _shared(page)}  # fmt: skip
    if on_board():
        _on_board(tables_positioning.canvas(texts, offers))
        note(_period(page, why), board=True)
        return
    for part in PARTS:
        _part(page, part, texts.get(part), offers.get(part), themes, versions)
    note(_period(page, why))
    if len(versions):
        with st.expander(f"Every version: {len(versions):,}"):
            table(tables_positioning.versions(versions), "Every version of the canvas, the newest first")


def _on_board(parts: pd.DataFrame) -> None:
    """The canvas in five rows: a part, what we say, what the data offer."""
    for part, ours, data in parts.itertuples(index=False):
        with st.container(border=True):
            name, said_of_it, offered = st.columns([4, 8, 9], gap="medium")
            name.markdown(f"**{part}**")
            said_of_it.markdown("  \n".join(map(escaped, ours.split("\n"))))
            offered.markdown("  \n".join(f":gray[{escaped(line)}]" for line in data.split("\n")))


def _part(
    page: Spoken,
    part: str,
    row: dict[str, Any] | None,
    offer: pd.DataFrame | None,
    themes: pd.DataFrame,
    versions: pd.DataFrame,
) -> None:
    """One part: what is written on the left with its form, what the data offer on the right."""
    with st.container(border=True):
        left, right = st.columns(2, gap="medium")
        with left:
            st.markdown(f"**{part.capitalize()}**")
            st.caption(said.ASKED[part])
            if row is None:
                st.markdown(said.EMPTY)
            elif part == VALUE:
                table(
                    tables_positioning.written(row["text"], themes), "Value themes, how often each is heard, from whom"
                )
                note(said.READING)
            else:
                st.markdown("\n".join(f"- {escaped(line)}" for line in lines_of(row["text"])))
            if row is not None:
                st.caption(said.kept_by(row))
            if page.open:
                _form(page, part, row, offer, versions)
        with right:
            if part == CATEGORY:
                st.caption(said.NO_CATEGORY)
            elif offer is None or offer.empty:
                st.caption(f"{said.OFFERED[part]}: nothing on record.")
            else:
                table(
                    offer.rename(columns={"From the data": said.OFFERED[part]}), f"{said.OFFERED[part]}, with numbers"
                )


def _form(
    page: Spoken, part: str, row: dict[str, Any] | None, offer: pd.DataFrame | None, versions: pd.DataFrame
) -> None:
    """The form that keeps the next version of a part; what is taken over from the data is added as lines."""
    offered = [] if offer is None else offer["From the data"].tolist()
    mine = versions[versions["part"] == part]
    now = {"version": None if mine.empty else int(mine["version"].iloc[-1]), "text": row["text"] if row else ""}
    with (
        st.popover("Change" if row else "Write", icon=":material/edit_note:"),
        drafted(f"canvas {part}", now, border=False) as draft,
    ):
        text = st.text_area(f"{part.capitalize()}, a line each", draft.base["text"], height=140)
        taken = st.multiselect("Take over from the data", offered) if offered else []
        who = author()
        lines = "\n".join([*lines_of(text), *(one for one in taken if one not in lines_of(text))])
        evidence = (
            [] if offer is None else [{"name": n, "numbers": said_of} for n, said_of in offer.to_numpy().tolist()]
        )
        saw = draft.saw["version"]
        written(
            draft, lambda engine, today: journal.keep_canvas(engine, part, lines, evidence, who, today, saw), page, now
        )


def _why(page: Spoken) -> Reasons | None:
    """Win reasons of the segment in focus beside everyone else's, or of all; None where they are not on record."""
    focus = page.focus
    by, segment = ((focus[0],), (focus[1],)) if focus else ((), None)
    found: Reasons | None = page.asked(measures.reasons, page.question(*by), segment, "win_reason", REASONS)
    return found if found is not None and found.status == "ok" else None


def _won_for(page: Spoken, why: Reasons | None) -> pd.DataFrame | None:
    return None if why is None else tables_positioning.won_for(why, page.focus is not None)


def _against(page: Spoken) -> pd.DataFrame | None:
    """What decided deals were weighed against, over all segments."""
    counted = page.asked(measures.against, page.question())
    if counted is None or counted.why or not len(counted.frame):
        return None
    company = page.place.company
    rows = alternatives.alternatives(alternatives.named(counted.frame, company.status_quo), company.minimum_trials)
    return tables_positioning.against(rows[rows["segment"] == ALL])


def _shared(page: Spoken) -> pd.DataFrame | None:
    """What the best tenth of the customers shares more often than all of them."""
    told = page.asked(value.grouped, Question(page.as_of, weeks=None))
    if told is None or told.missing or told.frame.empty:
        return None
    labels = {each.name: each.label for each in told.attributes}
    return tables_positioning.shared(customers.traits(told.frame), labels)


def _period(page: Spoken, why: Reasons | None) -> str:
    """Which weeks the offers rest on."""
    if why is None:
        return f"As of {day(page.as_of)}."
    where = f"Win reasons: {escaped(page.focus[1])} against everyone else. " if page.focus else ""
    return (
        f"{where}Deals closed in the 52 weeks to {day(why.last_day)}; the best tenth of who paid in the last 24 "
        f"months, as of {day(page.as_of)}."
    )
