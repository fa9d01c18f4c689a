"""Warehouse: can I trust these numbers?"""

import streamlit as st

from gtm_metrics import controls, readings, words
from gtm_metrics.controls import sourced
from gtm_metrics.controls.sourced import WRITTEN, show
from gtm_metrics.doctor import examined
from gtm_metrics.tallies import metrics_of, not_connected

place, board = controls.place(), controls.on_board()
warehouse = place.as_found
relations = list(warehouse.relations.values())

found = controls.measured_before(place, examined) if warehouse.connected("accounts") else None
gaps = readings.switched_off([(m, not_connected(warehouse, m)) for m in metrics_of(place.company)])

finding = readings.finding(relations, len(gaps), found.ties if found else ())
controls.heading("Warehouse", finding, readings.paragraph(warehouse))
if board:
    sourced.tables(relations, readings.tied(found.ties) if found else "", board)
    st.stop()

st.subheader("Tables", anchor=False)
sourced.tables(relations)

left, right = st.columns([14, 10], gap="medium")
with left:
    st.subheader("Set aside, and why", anchor=False)
    aside = readings.set_aside(relations)
    if aside.empty:
        st.markdown("Every row is used.")
    else:
        show(aside, column_config=WRITTEN, alt="Rows that are not used, by table and reason")
with right:
    st.subheader("What each gap switches off", anchor=False)
    if gaps.empty:
        st.markdown("Nothing is switched off: every metric has what it needs.")
    else:
        controls.table(gaps, "Metrics that cannot be counted here, and what they miss")

if found:
    st.subheader("Beside what the source itself says", anchor=False)
    if found.ties:
        controls.table(readings.tie_outs(found.ties), "Counts here, in the source, and what explains the difference")
    st.caption(words.escaped(" ".join(readings.noticed(found, warehouse.data_through, controls.today()))))
    with st.expander("How fresh each table is, what comes twice, and what needs each gap"):
        sourced.freshness(place)
        if len(found.off):
            controls.table(readings.parts_off(found), "Gaps, and the parts of pages that need them")
    with st.expander("Dimensions, and a gtm.toml for this warehouse"):
        sourced.attributes(place, found)
        st.code(found.toml, language="toml", wrap_lines=True)
elif place.away:
    st.caption("What the source says of itself was not asked while the warehouse answered.")

st.subheader("Columns", anchor=False)
sourced.columns(place)

st.subheader("The SQL behind each number", anchor=False)
sourced.numbers(place)
