"""The tabs of Tighten positioning, one of which is shown: which one stands in the address."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from gtm_metrics.controls.address import choose, on_board

TAB = "tab"
VERDICT, TRACKED, SAY, SONG = "verdict", "tracked", "say", "song"
TABS = {
    VERDICT: "Is it time?",
    TRACKED: "Tightening, tracked",
    SAY: "What we will say",
    SONG: "Do we sing the same song?",
}


def chosen() -> str:
    """The tab to show: only its part of the page is made. A board page is the tab of its address, without the row."""
    widget: Any = partial(st.segmented_control, label_visibility="collapsed")
    slot = None if on_board() else st.container()
    return choose(slot, TAB, "What to look at", TABS, VERDICT, widget)


def place(tab: str) -> Any:
    """Where this tab is shown, one place a tab: the others are emptied at once, so that nothing of the tab before
    stands under the title of this one while it is made."""
    return {each: st.container() if each == tab else st.empty() for each in TABS}[tab]
