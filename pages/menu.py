"""The list of pages, and nothing else: a page is a line here and a file of its own."""

import streamlit as st

from gtm_metrics.controls import finish, menu_position, on_board, run, to_board, who

# an emoji, because the picture of a ":material/...:" icon would be fetched from elsewhere
st.set_page_config(page_title="GTM Metrics", page_icon="🎯", layout="wide")

who.admit()

PAGES = {
    "This week": [
        st.Page("this_week/funnel_health.py", title="Funnel health", icon=":material/monitoring:", default=True),
        st.Page("this_week/segment.py", title="Segment", icon=":material/search:", url_path="segment"),
    ],
    "Decide": [
        st.Page(
            "decide/tighten.py", title="Tighten positioning", icon=":material/center_focus_strong:", url_path="tighten"
        ),
        st.Page("decide/best_fit.py", title="Best-fit customers", icon=":material/star:", url_path="best-fit"),
        st.Page("decide/alternatives.py", title="Alternatives", icon=":material/balance:", url_path="alternatives"),
        st.Page(
            "decide/follow_on_markets.py",
            title="Follow-on markets",
            icon=":material/sports:",
            url_path="follow-on-markets",
        ),
    ],
    "Share": [
        st.Page("share/board_deck.py", title="Board deck", icon=":material/slideshow:", url_path="board-deck"),
    ],
    "Data": [
        st.Page("data/warehouse.py", title="Warehouse", icon=":material/database:", url_path="warehouse"),
        st.Page("data/definitions.py", title="Definitions", icon=":material/menu_book:", url_path="definitions"),
    ],
}

if not on_board():  # where nothing stands beside a page, there is no room for it either
    who.signed_in()
    to_board()
run(st.navigation(PAGES, position=menu_position()), finish)
