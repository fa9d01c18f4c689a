"""Alternatives: what do we have to beat, and where do we?"""

import streamlit as st

from gtm_metrics import controls, words
from gtm_metrics.controls import alternatives

view = controls.view()
page = alternatives.judged(view)

controls.heading(words.overline("Alternatives", view.question, view.dimension), page.title, page.paragraph)
if page.finding is None:
    controls.connect_first(view.place)
    st.stop()

clicked = alternatives.chart(page)
if view.board:
    st.stop()
controls.as_slide("alternatives")

st.subheader("Where we win against them", anchor=False)
alternatives.segments(page)

st.subheader("The deals behind a row", anchor=False)
alternatives.deals(page, clicked)

st.subheader("What they say, and how often they say nothing", anchor=False)
alternatives.reasons(page)

st.subheader("Who wanted it, and how many took part", anchor=False)
alternatives.involved(page)

st.subheader("Discounts: given, not caused", anchor=False)
alternatives.discounts(page)

st.subheader("Where effort goes in, and where wins come from", anchor=False)
alternatives.effort(page)
