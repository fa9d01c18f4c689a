"""Tighten positioning: is it time to tighten, on whom, and what then?"""

import streamlit as st

from gtm_metrics import controls, tables_signal
from gtm_metrics.controls import signal as shown
from gtm_metrics.words import decided, signal, small

page = shown.tighten()
week, row, told = page.week, page.row, page.week.told
worth = shown.worth(page) if page.proven else None

controls.heading(page.caption, signal.title(told, row, worth), signal.paragraph(told, row, worth, week.metrics))
if week.away:
    st.caption(f"The warehouse does not answer; this is what the journal holds. {week.away}")
if not page.board:
    st.markdown(signal.six_words(str(row["state"]) if told.key else signal.STATE_OF[told.kind]))

left, right = st.columns([14, 10], gap="medium")
with left:
    controls.present(*shown.race_of(page), board=page.board)
with right:
    with st.container(gap="xxsmall"):
        st.markdown(f"**Does it hold up?** {signal.about(told, page.subject)}")
        shown.table(shown.held(page), "Whether the lead is still there with less data")
    reach = shown.reach_of(page)
    if reach and not page.board:
        st.markdown("**What tightening would change (a ceiling)**")
        frame = tables_signal.ceiling(reach, page.place.company.currency)
        shown.table(frame, "What tightening on the segment would change at the most")
controls.present(*shown.stages_of(page), board=page.board)
if page.board:
    st.stop()

shown.decide(page)
if told.small:
    st.subheader("What would shorten the wait", anchor=False)
    st.markdown(small.leaning(told.small.leaning) if told.small.leaning else "The counts lean towards nobody.")
    shown.table(tables_signal.levers(told.small), "Levers, each with its own wait")
    pace = reach.touches_a_week if reach else None
    st.markdown(small.settling_test(told.small.touches_per_arm, pace, page.subject[1]))

kept = shown.delivered(page)
if kept:
    st.subheader("Promised and delivered", anchor=False)
    st.markdown(f"{decided.promised(kept[1], kept[0], week.metrics)} {shown.outside(page, reach)} {shown.review(page)}")
    shown.table(tables_signal.delivered(kept[1], week.metrics), "Promised against delivered")
    for rings, said in shown.drift(page):
        (st.warning if rings else st.caption)(said)

st.subheader("What the verdict rests on", anchor=False)
shown.table(tables_signal.checklist(row), "The evidence and the five gates")
shown.table(tables_signal.numbers(row, week.metrics), "The measures, times the rest")
st.caption(signal.luck(told.luck))

if page.proven:
    st.subheader("What to change", anchor=False)
    shown.table(shown.to_change(page), "What to change when positioning is tightened")

st.subheader("Every watched segment", anchor=False)
shown.every_watched(page)

st.subheader("Since last week", anchor=False)
st.caption(shown.changed(week))
if len(week.decisions):
    st.subheader("Decisions", anchor=False)
    shown.table(tables_signal.history(week.decisions), "Decisions, the newest first")
