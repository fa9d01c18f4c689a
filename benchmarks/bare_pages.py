"""The least an app of two pages can be, a title and a chart each: what opening a page is measured against."""

import altair as alt
import pandas as pd
import streamlit as st


def one_chart(title: str) -> None:
    """A page."""
    st.title(title)
    frame = pd.DataFrame({"segment": [f"{title} {i}" for i in range(8)]})
    frame["rate"] = [0.1 + 0.05 * i for i in frame.index]
    st.altair_chart(alt.Chart(frame).mark_point().encode(x="rate", y="segment"))


def first() -> None:
    """The page that opens by itself."""
    one_chart("One chart")


def second() -> None:
    """The page that a link opens."""
    one_chart("Another chart")


st.navigation([st.Page(first, title="First", default=True), st.Page(second, title="Second")]).run()
