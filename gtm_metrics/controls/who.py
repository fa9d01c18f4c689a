"""Who looks at the page: let in or asked to sign in before anything is read, and what they may do."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st
from streamlit.errors import StreamlitAuthError

from gtm_metrics.access import MAY, NEAR, NotAdmitted, Reader, admitted
from gtm_metrics.company import Refused, read_company
from gtm_metrics.controls.place import refuse
from gtm_metrics.serving import named_config, signs_in
from gtm_metrics.words import escaped

READER = "reader"
"""Key of the session under which the one who was let in stands."""
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip")
"""Headers of a request that came through a proxy, from whoever can reach that."""


def admit() -> None:
    """Lets the reader in, or shows why not and stops the script; called before a page is chosen."""
    st.session_state.pop(READER, None)
    try:
        access = read_company(named_config()).access
        if not signs_in():
            if not access.open_to_network and _from_afar():
                raise NotAdmitted(
                    "This dashboard is reached from another machine, and no sign-in is set up. Whoever looks after it "
                    "finds in docs/access.md how to set it up, or how to say that all may see it."
                )
            st.session_state[READER] = NEAR
            return
        if not st.user.is_logged_in:
            raise NotAdmitted("", again=True)
        st.session_state[READER] = admitted(st.user.to_dict(), access, datetime.now(UTC))
    except Refused as trouble:
        refuse(trouble)
    except NotAdmitted as no:
        _turned_away(no)


def _from_afar() -> bool:
    """Whether the page is asked for from another machine, directly (Streamlit says None of this one) or by a proxy."""
    told = [st.context.ip_address, *(st.context.headers.get(name) for name in FORWARDED)]
    return any(isinstance(each, str) and each for each in told)


def _turned_away(no: NotAdmitted) -> None:
    signed = signs_in() and st.user.is_logged_in
    st.title("You cannot see this dashboard" if not no.again else "Please sign in", anchor=False)
    if str(no):
        st.markdown(escaped(str(no)))
    try:
        if no.again and st.button("Sign in", icon=":material/login:"):
            st.login()
        if signed and not no.again:
            st.button("Sign out", on_click=st.logout, icon=":material/logout:")
    except StreamlitAuthError as trouble:
        st.error(escaped(f".streamlit/secrets.toml: {trouble}"))
    st.stop()


def reader() -> Reader:
    """The one who was let in; a page that nobody let anybody into (a test of a page alone) is this machine's."""
    found: Reader = st.session_state.get(READER, NEAR)
    return found


def may(what: str) -> bool:
    """Whether the reader may do `what`, a key of access.MAY."""
    return reader().may(what)


def author(label: str = "Who") -> str:
    """In a form: who writes. Who signed in is not asked; without sign-in people write their name."""
    who = reader()
    if not who.signed:
        return st.text_input(label)
    st.caption(f"{label}: {escaped(who.name)}")
    return who.name


def signed_in() -> None:
    """At the foot of the menu: who is signed in, with what role, and the way out."""
    who = reader()
    if who.signed:
        with st.sidebar:
            lacks = next((f"{least}s may {does}" for least, does in MAY.values() if not who.may_as(least)), "")
            st.caption(f"{escaped(who.name)}, {who.role}" + (f". Only {lacks}." if lacks else ""))
            st.button("Sign out", on_click=st.logout, type="tertiary", icon=":material/logout:", key="sign out")
