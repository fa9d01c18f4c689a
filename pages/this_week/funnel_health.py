"""Funnel health: how does each segment move through our funnel, and did anything really change?"""

import streamlit as st

from gtm_metrics import charts, controls, measures, tables, words
from gtm_metrics.controls import home, kept, tracked

view = controls.view()
screen = controls.compare(view)
now = home.verdict(view)

home.opening(view, screen, now)
if not screen.segments:
    controls.connect_first(view.place)
    st.stop()
rows, shown = controls.on_page(view, screen)
drawing = charts.funnel_dots(
    rows,
    screen.standings,
    screen.metrics,
    screen.finding.segment,
    controls.dark(),
    view.board,
    controls.width(view.board),
)
note = shown + words.footnote(screen.every_row, view.question, "dots", screen.metrics, view.dimension)
clicked = controls.present(drawing, note, key="dots", clickable=not view.board, board=view.board)
if clicked:
    controls.open_segment(clicked[1])
if view.board:
    st.stop()
controls.as_slide("health")

st.subheader("Every segment", anchor=False)
listed = home.with_signal(controls.every_segment(view, screen), view, screen, now)
chosen = st.dataframe(
    listed,
    hide_index=True,
    column_config=home.columns(),
    on_select="rerun",
    selection_mode="single-row",
    key="every segment",
    alt="Every segment: deals, customers, share of ARR, NRR, open pipeline",
)
if chosen.selection.rows and chosen.selection.rows[0] < len(listed) - 1:
    controls.open_segment(screen.segments[chosen.selection.rows[0]])

home.since_last_week(now)

st.subheader("This week", anchor=False)
tracked.diluted(view.place, now)
known = kept.kept(view.place, view.question)
week = home.this_week(view, known)
kinds = tables.kinds(week)
st.markdown(tables.happened(week, view.question.as_of))
if kinds:
    only = st.pills("Show", list(kinds), format_func=kinds.__getitem__, label_visibility="collapsed", key="kind")
    crm = st.column_config.LinkColumn(display_text="open", width="small")
    on = st.column_config.DateColumn(format="D MMM YYYY")
    named = tables.things(week, view.place.company, only)
    st.dataframe(named, hide_index=True, column_config={tables.CRM: crm, "On": on}, alt="Names to act on this week")
    st.caption(tables.not_listed(week))
else:
    st.markdown(tables.nothing_to_do(week))

home.look_alikes(view, known)

gaps = tables.gaps(controls.measured(view.place, measures.data_gaps, view.question))
if not gaps.empty:
    st.subheader("What the data do not say yet", anchor=False)
    controls.table(gaps, "Gaps in the data, the largest first")
