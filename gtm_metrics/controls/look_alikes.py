"""Accounts that look like the profile on the Best-fit page, and the lists of those that people set apart."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import streamlit as st

from gtm_metrics import journal
from gtm_metrics.company import Refused
from gtm_metrics.controls.customers import BestFit
from gtm_metrics.controls.draft import drafted, sent
from gtm_metrics.controls.kept import Kept
from gtm_metrics.controls.place import measured, today
from gtm_metrics.controls.show import download, table
from gtm_metrics.controls.week import engine_of
from gtm_metrics.controls.who import author, may
from gtm_metrics.journal.tables import LISTS, NEVER, NOT_NOW
from gtm_metrics.measures import LookAlikes, Rule, look_alikes
from gtm_metrics.tables import CRM
from gtm_metrics.tables import profile as tables_profile
from gtm_metrics.weeks import WEEK
from gtm_metrics.words import escaped, plain
from gtm_metrics.words import profile as said

LISTED = 100
ROW, HEIGHT = 66, 466
"""Pixels: only rows higher than 64 let a text run over several lines, as reasons and contacts must."""
NAMES = {NEVER: "Never", NOT_NOW: "Not now"}


def alike(page: BestFit, known: Kept, rules: tuple[Rule, ...]) -> None:
    """Who fits and is left to win: counts, names with reasons, files, and a list for those that are ticked."""
    unwanted = known.negative.rules
    try:
        found: LookAlikes = measured(page.place, look_alikes, page.question, rules, known.on_lists, LISTED, unwanted)
    except Refused as refused:
        st.warning(escaped(str(refused)))
        return
    nobody = [why for name, why in found.missing.items() if name in ("accounts", "who pays")]
    if nobody:
        st.caption(f"Nobody can be named: {escaped(nobody[0])}.")
        return
    st.markdown(said.who_is_left(found.counts, len(found.frame)))
    if found.frame.empty:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        hidden = st.toggle("Hide names", key="hide names")
        frame = tables_profile.listed(found, page.place.company, page.labels, not hidden)
        # reasons name who referred an account, so the file of one who may not take names is made without
        taken = frame if may("take names") else tables_profile.listed(found, page.place.company, page.labels, False)
        download(taken, "Look-alikes", workbook=True)
    shown = tables_profile.on_screen(frame, "touches" not in found.missing)
    ticked: Any = st.dataframe(
        shown,
        hide_index=True,
        height=HEIGHT,
        row_height=ROW,
        column_config={
            "Why": st.column_config.TextColumn(width=255),
            "Contact": st.column_config.TextColumn(width=215),
            "Last touch": st.column_config.TextColumn(width="small"),
            CRM: st.column_config.LinkColumn(display_text="open", width="small"),
        },
        on_select="rerun" if known.now else "ignore",
        selection_mode="multi-row",
        key="look-alikes",
        alt="Accounts that fit the profile and are left to win, with what speaks for each",
    )
    lines = ticked["selection"]["rows"] if known.now else []
    if lines:
        some = found.frame.iloc[lines]
        names = [str(name or one) for name, one in zip(some["account"], some["account_id"], strict=True)]
        _put(page, dict(zip(some["account_id"], names, strict=True)), lines)
    elif known.now:
        st.caption("Tick accounts to put them on a list: never, or not now.")


def _put(page: BestFit, accounts: dict[str, str], lines: list[int]) -> None:
    """The form that puts the accounts of the ticked lines on a list; it stays with those that its reader ticked, also
    where somebody else took one out of the table meanwhile."""
    day = today()
    with drafted(f"put on a list {lines}", {"accounts": accounts}) as draft:
        ticked = draft.base["accounts"]
        st.markdown(f"**Set apart:** {escaped(', '.join(ticked.values()))}")
        kind = st.radio("List", LISTS, format_func=NAMES.__getitem__, horizontal=True)
        until = st.date_input("Not now ends on", day + 26 * WEEK, min_value=day + timedelta(days=1))
        who, why = author(), st.text_input("Why")
        ends = until if kind == NOT_NOW and isinstance(until, date) else None

        def act() -> None:
            journal.put_on_list(engine_of(page.place), kind or NEVER, ticked, why, who, day, ends)

        if sent(draft, act, {"accounts": accounts}):
            st.rerun()


def set_apart(page: BestFit, known: Kept) -> None:
    """Accounts on a list, and the form that takes one off."""
    if known.lists.empty:
        return
    with st.expander(f"On a list: {len(known.lists):,}"):
        table(tables_profile.set_apart(known.lists, NAMES), "Accounts that people set apart")
        if not known.now:
            return
        names = dict(zip(known.lists["account_id"], known.lists["account"], strict=True))
        with drafted("take off", {"names": names}, border=False) as draft:
            offered = draft.base["names"]
            gone = st.multiselect("Take off", list(offered), format_func=lambda one: plain(offered[one]))
            who, why = author(), st.text_input("Why")

            def act() -> None:
                journal.take_off_list(engine_of(page.place), gone, why, who, today())

            if sent(draft, act, {"names": names}):
                st.rerun()
