"""Follow-on markets: which pin falls next?"""

import streamlit as st

from gtm_metrics import controls
from gtm_metrics.controls import markets, pins

page = markets.markets()

markets.opening(page)
left, right = (st.container(), st.container()) if page.wide else st.columns([14, 10], gap="medium")
with left:
    in_rack = markets.rack(page)
beside, below = st.columns(2, gap="medium") if page.wide else (right, right)
with beside:
    in_scatter = markets.scatter(page)
if page.board:
    controls.note(markets.footnote(page), board=True)
    st.stop()
controls.as_slide("markets")

row = st.container(horizontal=True, vertical_alignment="bottom")
name = markets.subject(row, page, in_rack, in_scatter)
with below:
    markets.why(page, name)
pins.forms(page, name, row)

markets.outside(page)
markets.more(page)
