"""Best-fit customers: who are our best and worst customers, what sets them apart?"""

import streamlit as st

from gtm_metrics import controls
from gtm_metrics.controls import calls, criteria, customers, kept, profile

page = customers.best_fit()

customers.opening(page)
controls.present(*customers.chart(page), board=page.board)
if page.board:
    st.stop()
controls.as_slide("best-fit")

customers.cards(page)

st.subheader("What sets them apart", anchor=False)
customers.traits(page)

st.subheader("What they are worth", anchor=False)
customers.tiers(page)

known = kept.kept(page.place, page.question)
profile.section(page, known)
criteria.section(page, known)

customers.lists(page)
customers.loved(page)
calls.section(page, known)
customers.came_from(page)
customers.recipe(page)
