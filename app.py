"""The app: `streamlit run app.py` serves the pages that pages/menu.py lists.

The menu is the script, and not this file, for a reason: beside a folder called pages, Streamlit takes the first
visit to a fresh server for an app of its older kind, and greets a deep link with "Page not found".
"""

import streamlit as st

from gtm_metrics import serving

serving.refuse_open_doors()
app = st.App("pages/menu.py", routes=serving.ROUTES)
