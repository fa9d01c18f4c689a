"""Tighten positioning: is it time to tighten, on whom, and what then?"""

import streamlit as st

from gtm_metrics import controls
from gtm_metrics.controls import canvas, decision, listed, song, tabs, tracked, unproven
from gtm_metrics.controls import signal as shown
from gtm_metrics.tables import decided as tables_decided
from gtm_metrics.tables import signal as tables_signal
from gtm_metrics.words import signal

tab = tabs.chosen()
with tabs.place(tab):
    if tab != tabs.VERDICT:
        {tabs.TRACKED: tracked.tab, tabs.SAY: canvas.tab, tabs.SONG: song.tab}[tab]()
        st.stop()

    page = shown.tighten()
    week, row, told = page.week, page.row, page.week.told

    controls.heading(page.caption, shown.title(page), shown.explanation(page))
    if not page.board:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(signal.six_words(str(row["state"]) if told.key else signal.STATE_OF[told.kind]))
            decision.decide(page)

    left, right = st.columns([14, 10], gap="medium")
    with left:
        clicked = controls.present(*shown.race_of(page), key="race", clickable=not page.board, board=page.board)
        if clicked:
            listed.open_watched(clicked)
    with right:
        with st.container(gap="xxsmall"):
            st.markdown(signal.about(told, page.subject))
            controls.table(shown.held(page), "Whether the lead is still there with less data")
        ceiling = shown.ceiling_of(page)
        if ceiling is not None:
            st.markdown("**What tightening would change (a ceiling)**")
            controls.table(ceiling, "What tightening on the segment would change at the most")
    controls.present(*shown.stages_of(page), board=page.board)
    if page.board:
        st.stop()
    controls.as_slide("verdict")

    unproven.unproven(page)

    kept = decision.kept(page)
    if kept:
        st.subheader("Promised and delivered", anchor=False)
        decision.came_of_it(page, kept)
    tracked.diluted(page.place, week)

    chosen = decision.section(page)
    if chosen == decision.EVIDENCE:
        controls.table(shown.checklist(page), "The evidence and the five gates")
        controls.table(tables_signal.numbers(row, week.metrics), "The measures, times the rest")
        st.caption(signal.luck(told.luck))
    elif chosen == decision.SEGMENTS:
        listed.every_watched(week, page.labels)
        st.caption(listed.changed(week))
    elif chosen == decision.CHANGE:
        controls.table(decision.to_change(page), "What to change when positioning is tightened")
    else:
        controls.table(tables_decided.history(week.decisions), "Decisions, the newest first")
