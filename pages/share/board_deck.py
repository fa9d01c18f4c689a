"""Board deck: give me the slide."""

import streamlit as st

from gtm_metrics import controls
from gtm_metrics.controls import slides

view = controls.view()
if view.board:
    slides.one(slides.made(view, slides.asked_for()))
    st.stop()

controls.heading("Board deck", slides.TITLE, slides.EXPLANATION)
chosen = slides.choose()
deck = slides.made(view, chosen)
slides.take(deck)
slides.left_out(deck)
for slide in deck.told:
    slides.present(deck, slide)
