"""Segment: what is behind this number?"""

import streamlit as st

from gtm_metrics import charts, controls, funnel, tables, words
from gtm_metrics.controls import watched

view = controls.view()
screen = controls.compare(view)
segment = controls.segment(view, screen)
found = funnel.finding_of(screen.rows, screen.standings, segment.name)
stages = funnel.symptoms(screen.rows, screen.standings, segment.name)
dark, half = controls.dark(), controls.width(view.board, 1 / 2, 14)
third = controls.width(view.board, 1 / 3, 14)

controls.heading(
    words.overline("Segment", view.question, view.dimension),
    words.title(found, screen.metrics),
    words.paragraph(found, screen.metrics, brief=view.board),
)
if not view.board:
    numbers = tables.four_numbers(screen.rows, stages, screen.metrics, segment.name)
    high, alt = controls.height_of(len(numbers)), "The segment's numbers beside everyone else's, stage by stage"
    st.dataframe(numbers, hide_index=True, height=high, alt=alt)

trends = controls.trends(view, screen, segment)
for pair in controls.in_pairs(trends):
    for slot, each in zip(st.columns(2), pair, strict=False):
        with slot:
            stands = controls.standing(screen, each.metric, segment)
            height = controls.trend_height(view)
            controls.present(charts.trend_lines(each.frame, each.metric, segment.name, stands, dark, half, height))
controls.note(controls.trend_note(view, screen, trends), view.board)
if view.board:
    st.stop()
controls.as_slide("segment")

st.subheader("Is the lead real?", anchor=False)
watched.real(view, screen, segment)

for slot, (metric, rows) in zip(st.columns(2), controls.curves(view, segment), strict=False):
    with slot:
        kind = "ladder" if metric.estimate == "calls" else "survival"
        draw = charts.ladder if kind == "ladder" else charts.survival
        stands = controls.standing(screen, metric, segment)
        controls.present(draw(rows, segment.name, stands, dark, half), f"{words.READING[kind]} All closed weeks.")

st.subheader("Why they bought, why they did not, and what they had", anchor=False)
for slot, (title, why) in zip(st.columns(3), controls.reasons(view, screen, segment), strict=True):
    with slot:
        st.markdown(f"**{title}**")
        if why.status == "ok":
            controls.present(charts.reasons(why.frame, tables.answers(why), dark, third))
        else:
            st.caption(words.escaped(why.why))
st.caption(words.READING["reasons"])

st.subheader("Money, effort and time", anchor=False)
controls.table(controls.money(view, screen, segment), "Money, effort and time beside everyone else's")

st.subheader("Who was involved", anchor=False)
for slot, frame in zip(st.columns(2), controls.involved(view, screen, segment), strict=False):
    slot.dataframe(frame, hide_index=True, alt="Close rate by champion or by number of people involved")

st.subheader("The rows behind a number", anchor=False)
metric_behind = controls.pick_metric(screen)
if metric_behind is None:
    st.markdown("No metric is connected, so there are no rows.")
    st.stop()
behind = controls.rows_behind(view, screen, segment, metric_behind)
st.markdown(tables.adds_up(behind, metric_behind, screen.rows[metric_behind.name], segment.name))
listed = tables.rows_behind(behind, metric_behind, view.place.company)
crm = st.column_config.LinkColumn(display_text="open", width="small")
days = dict.fromkeys(tables.days_of(listed), st.column_config.DateColumn(format="D MMM YYYY"))
columns = {tables.CRM: crm, **days}
st.dataframe(listed, hide_index=True, placeholder="", column_config=columns, alt="The rows behind the number")
controls.download(behind, f"{segment.name} {metric_behind.label}")
