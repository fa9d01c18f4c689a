"""Warehouse: can I trust these numbers?"""

import streamlit as st

from gtm_metrics import controls, readings, words
from gtm_metrics.doctor import examined
from gtm_metrics.tallies import metrics_of, not_connected

percent = st.column_config.NumberColumn(format="percent")
place = controls.place()
warehouse = place.warehouse
relations = list(warehouse.relations.values())

found = controls.measured(place, examined) if warehouse.connected("accounts") else None
gaps = readings.switched_off([(m, not_connected(warehouse, m)) for m in metrics_of(place.company)])

finding = readings.finding(relations, len(gaps), found.ties if found else ())
controls.heading("Warehouse", finding, readings.paragraph(warehouse))

st.subheader("Tables")
st.dataframe(
    readings.tables(relations),
    hide_index=True,
    alt="One row a table: rows read, used and set aside, first and last day",
)
st.caption(
    "Rows read = used + set aside. A table that is not connected switches off what needs it; it never counts as zero."
)

left, right = st.columns(2)
with left:
    st.subheader("Set aside, and why")
    aside = readings.set_aside(relations)
    if aside.empty:
        st.markdown("Every row is used.")
    else:
        st.dataframe(aside, hide_index=True, alt="Rows that are not used, by table and reason")
with right:
    st.subheader("What each gap switches off")
    if gaps.empty:
        st.markdown("Nothing is switched off: every metric has what it needs.")
    else:
        st.dataframe(gaps, hide_index=True, alt="Metrics that cannot be counted here, and what they miss")

if found:
    st.subheader("Beside what the source itself says")
    if found.ties:
        controls.table(readings.tie_outs(found.ties), "Counts here, in the source, and what explains the difference")
    st.caption(words.escaped(" ".join(readings.noticed(found))))
    with st.expander("How fresh each table is, what comes twice, and what needs each gap"):
        share = {"Without an account": percent}
        st.dataframe(readings.concepts(warehouse), hide_index=True, column_config=share, alt="Days and orphans")
        st.dataframe(readings.parts_off(found), hide_index=True, alt="Gaps, and the parts of pages that need them")
    with st.expander("Dimensions, and a gtm.toml for this warehouse"):
        missing = {"Missing": percent}
        st.dataframe(readings.attributes(found), hide_index=True, column_config=missing, alt="Attributes of accounts")
        st.code(found.toml, language="toml")

st.subheader("Columns")
picked = st.selectbox("Table", [r.table.name for r in relations], label_visibility="collapsed")
relation = warehouse.relations[picked]
st.dataframe(
    readings.columns(relation),
    hide_index=True,
    column_config={"Missing": percent},
    alt=f"Columns of {picked}: where each was found, how many rows have it",
)
with st.expander("The SQL behind this table"):
    st.code(relation.sql or "not connected", language="sql")

st.subheader("The SQL behind each number", anchor=False)
behind = controls.behind_numbers(place)
if behind:
    first = next(iter(behind))
    label = st.segmented_control("Number", list(behind), default=first, label_visibility="collapsed", required=True)
    sql, took, asked = behind[label]
    st.caption(f"{label} {asked}. The warehouse answered in {took:.2f} seconds.")
    st.code(sql, language="sql", height=320)
else:
    st.markdown("No metric can be counted here yet.")
