"""The least a Streamlit page with one choice and one chart can be: what the product's home is measured against."""

import altair as alt
import pandas as pd
import streamlit as st

DATA = {"Industry": range(8), "Region": range(5), "Company size": range(4)}

st.title("One chart")
chosen = st.pills("Segment by", list(DATA), default="Industry")
frame = pd.DataFrame({"segment": [f"{chosen} {i}" for i in DATA[chosen or "Industry"]]})
frame["rate"] = [0.1 + 0.05 * i for i in frame.index]
st.altair_chart(alt.Chart(frame).mark_point().encode(x="rate", y="segment"))
