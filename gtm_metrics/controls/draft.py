"""A form that writes into the journal, filled in by one reader while others write too.

It stands over what its reader saw when they began. Where somebody else wrote meanwhile, it says who and when; the words
stay in the form, and a second press writes over what they were told of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from gtm_metrics import journal
from gtm_metrics.company import Refused
from gtm_metrics.words import escaped

WRITE = "Write into the journal"


@dataclass(frozen=True)
class Draft:
    """A form as somebody fills it in.

    base     what it was filled in over: what was there when its reader began
    saw      what its reader knows of: the same, or after a refusal what they were told of
    refused  what they were told
    turn     how many such forms the session has written: a widget with a key of its own begins anew with it
    """

    form: str
    base: Any
    saw: Any
    refused: str = ""
    turn: int = 0


@contextmanager
def drafted(form: str, now: Any = None, **look: Any) -> Iterator[Draft]:
    """A form called `form`. `now` is what it would change, or offers, a mapping or None; a form that is being sent, or
    was refused, stands over what its reader began with, so that neither their words are lost nor anybody's they never
    saw is written over. Over another row (its id or version), and once it was written, it is another form, and begins
    anew. `look` goes to Streamlit's form."""
    held: Draft | None = st.session_state.get(f"draft {form}")
    stays = held is not None and (bool(held.refused) or bool(st.session_state.get(f"write {form}")))
    turn = st.session_state.get(f"written {form}", 0)
    draft = held if held is not None and stays else Draft(form, now, now, turn=turn)
    st.session_state[f"draft {form}"] = draft
    row = draft.base or {}
    with st.form(f"{form} {row.get('id')} {row.get('version')} {turn}", **look):
        yield draft


def sent(draft: Draft, act: Callable[[], Any], now: Any = None, label: str = WRITE) -> bool:
    """The button of a form and what it does; whether it was done. Where it is refused the form says why, and a second
    press writes over `now`, what is there."""
    if not st.form_submit_button(label, key=f"write {draft.form}"):
        if draft.refused:
            st.error(escaped(draft.refused))
        return False
    try:
        act()
    except (Refused, journal.JournalError) as trouble:
        st.session_state[f"draft {draft.form}"] = replace(draft, saw=now, refused=str(trouble))
        st.error(escaped(str(trouble)))
        return False
    del st.session_state[f"draft {draft.form}"]
    st.session_state[f"written {draft.form}"] = draft.turn + 1
    return True
