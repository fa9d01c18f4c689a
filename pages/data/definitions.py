"""Definitions: what exactly does each number count?"""

import streamlit as st

from gtm_metrics import controls, definitions
from gtm_metrics.tallies import metrics_of

place = controls.place()
metrics = metrics_of(place.company)

controls.heading(
    "Definitions",
    "Every number is some successes out of some trials",
    "These definitions are the ones the code counts by: this page prints them, so the two cannot differ.",
)

if controls.on_board():
    controls.table(definitions.cards(metrics), "What a trial and a success are, metric by metric")
    controls.note("Below the least number of trials only counts are shown. Everyone else: the same weeks.", board=True)
    st.stop()

for metric in metrics:
    with st.container(border=True):
        st.subheader(metric.label, anchor=False)
        st.markdown(f"**{metric.question}**")
        controls.table(definitions.card(metric), f"Definition of {metric.label}")
        st.caption(metric.differs)

st.subheader("The customer value score", anchor=False)
st.markdown(
    "Each figure is ranked among the customers of the last 24 months, from 0 to 1; a part is the mean of its figures, "
    "the score the mean of the parts by their weights. What is missing is left out, and the other weights are rescaled."
)
controls.table(
    definitions.headed(definitions.value_definitions(place.company)), "Every figure of the customer value score"
)

st.subheader("The seven criteria of an ideal customer", anchor=False)
st.markdown("Counted of customers, those of the profile or the best tenth beside everyone else. No data is not zero.")
controls.table(definitions.headed(definitions.criteria_definitions(place.company)), "Every sign of the seven criteria")

st.subheader("Settings in gtm.toml", anchor=False)
settings = definitions.headed(definitions.setting_definitions(place.company))
st.dataframe(settings, hide_index=True, alt="Every setting, its range and meaning")

st.subheader("Tables", anchor=False)
st.markdown("What a layout must yield. Only accounts is required; a table that is not connected hides what needs it.")
tables = definitions.headed(definitions.table_definitions())
st.dataframe(tables, hide_index=True, alt="Every table and column, its type and meaning")
