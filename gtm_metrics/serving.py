"""What the server does beside its pages: refuses to listen where nobody is asked who they are, and says how it is."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from streamlit import config

from gtm_metrics import __version__, journal, logs
from gtm_metrics.access import Access, refusal_to_listen
from gtm_metrics.company import Refused, read_company

CONFIG = "GTM_CONFIG"
LOG = logging.getLogger("gtm_metrics")


def named_config() -> Path:
    """The settings file the dashboard reads: that of GTM_CONFIG, else gtm.toml where it runs. Raises Refused where the
    one that is named is not there."""
    named = Path(os.environ.get(CONFIG) or "gtm.toml")
    if os.environ.get(CONFIG) and not named.exists():
        raise Refused(f"{CONFIG} names {named}; there is no such file")
    return named


def signs_in() -> bool:
    """Whether sign-in is set up: [auth] in Streamlit's secrets. Raises Refused where they cannot be read, because who
    may come in must not hang on a slip in a file."""
    if st.secrets.load_if_toml_exists():
        return "auth" in st.secrets
    for path in config.get_option("secrets.files"):
        if Path(path).exists():
            raise Refused(f"{path}: cannot be read as TOML, so nobody can tell whether people must sign in")
    return False


def refuse_open_doors() -> None:
    """Before the server listens: ends the process with a sentence where anybody could come in unasked.

    What is wrong with gtm.toml besides is told on the page.
    """
    try:
        logs.set_up(os.environ)
    except ValueError as wrong:
        _end(str(wrong))
    try:
        access, asked = read_company(named_config()).access, signs_in()
    except Refused as trouble:
        if refusal_to_listen(config.get_option("server.address"), False, Access()):
            _end(str(trouble))
        return
    refused = refusal_to_listen(config.get_option("server.address"), asked, access)
    if refused:
        _end(refused)
    if access.open_to_network and not asked:
        LOG.warning("gtm.toml: access.open_to_network is true: whoever reaches this server may see and change all.")


def _end(why: str) -> None:
    print(why, file=sys.stderr, flush=True)
    raise SystemExit(1)


def health(_request: Request) -> JSONResponse:
    """How the dashboard is, for whoever watches over it: no name, no figure, no secret.

    200 where pages open: status is ok, or degraded before the first refresh; 503 and down where gtm.toml or the journal
    cannot be read. The warehouse is not asked: with it away pages open with what was last read.
    """
    told: dict[str, str | None] = {"status": "ok", "version": __version__, "refreshed_week": None, "why": ""}
    try:
        engine = journal.open_journal(journal.journal_url(read_company(named_config())))
        try:
            with journal.reading(engine) as seen:
                last = journal.last_refresh(seen)
        finally:
            engine.dispose()
    except (Refused, journal.JournalError) as trouble:
        LOG.error("health: %s", trouble)
        kind = "gtm.toml" if isinstance(trouble, Refused) else "the journal"
        return JSONResponse({**told, "status": "down", "why": f"{kind} cannot be read; the log says why"}, 503)
    if last is None:
        return JSONResponse({**told, "status": "degraded", "why": "no week was refreshed yet"})
    return JSONResponse({**told, "refreshed_week": f"{last['week']:%Y-%m-%d}"})


ROUTES = [Route("/health", health)]
