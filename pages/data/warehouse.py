"""Warehouse: can I trust these numbers?"""

from functools import partial

import streamlit as st

from gtm_metrics import controls, readings, words
from gtm_metrics.doctor import examined
from gtm_metrics.tallies import metrics_of, not_connected

show = partial(st.dataframe, hide_index=True, placeholder="")
written = dict.fromkeys(readings.NUMBERS, st.column_config.NumberColumn(format="localized"))
written |= dict.fromkeys(("First", "Last"), st.column_config.DateColumn(format="D MMM YYYY", width=105))
written |= dict.fromkeys(("Missing", "Without an account"), st.column_config.NumberColumn(format="percent"))
place = controls.place()
warehouse = place.warehouse
relations = list(warehouse.relations.values())

found = controls.measured_before(place, examined) if warehouse.connected("accounts") else None
gaps = readings.switched_off([(m, not_connected(warehouse, m)) for m in metrics_of(place.company)])

finding = readings.finding(relations, len(gaps), found.ties if found else ())
controls.heading("Warehouse", finding, readings.paragraph(warehouse))

st.subheader("Tables")
spare = "One row per" if any(r.why for r in relations) else "Why"
wide = {**written, "Why": st.column_config.Column(width=520), spare: None}
show(readings.tables(relations), column_config=wide, alt="One row a table: rows and days, and why it is not there")
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
        show(aside, column_config=written, alt="Rows that are not used, by table and reason")
with right:
    st.subheader("What each gap switches off")
    if gaps.empty:
        st.markdown("Nothing is switched off: every metric has what it needs.")
    else:
        controls.table(gaps, "Metrics that cannot be counted here, and what they miss")

if found:
    st.subheader("Beside what the source itself says")
    if found.ties:
        controls.table(readings.tie_outs(found.ties), "Counts here, in the source, and what explains the difference")
    st.caption(words.escaped(" ".join(readings.noticed(found, warehouse.data_through, controls.today()))))
    with st.expander("How fresh each table is, what comes twice, and what needs each gap"):
        show(readings.concepts(warehouse, controls.today()), column_config=written, alt="Days and orphans")
        if len(found.off):
            controls.table(readings.parts_off(found), "Gaps, and the parts of pages that need them")
    with st.expander("Dimensions, and a gtm.toml for this warehouse"):
        show(readings.attributes(found), column_config=written, alt="Attributes of accounts")
        st.code(found.toml, language="toml", wrap_lines=True)
elif place.away:
    st.caption("What the source says of itself was not asked while the warehouse answered.")

st.subheader("Columns")
picked = st.selectbox("Table", [r.table.name for r in relations], label_visibility="collapsed")
relation = warehouse.relations[picked]
about = f"Columns of {picked}: where each was found, how many rows have it"
show(readings.columns(relation), column_config=written, alt=about)
with st.expander("The SQL behind this table"):
    st.code(relation.sql or "not connected", language="sql", wrap_lines=True)

st.subheader("The SQL behind each number", anchor=False)
behind = controls.behind_numbers(place)
if behind:
    first = next(iter(behind))
    label = st.segmented_control("Number", list(behind), default=first, label_visibility="collapsed", required=True)
    sql, took, asked = behind[label]
    st.caption(f"{label} {asked}. The warehouse answered in {took:.2f} seconds.")
    st.code(sql, language="sql", wrap_lines=True)
else:
    st.markdown("No metric can be counted here yet.")
