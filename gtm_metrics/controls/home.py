"""What home takes from the signal: its title, the word and the lead of every segment, what changed since last week."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from gtm_metrics import customers, journal
from gtm_metrics.company import Refused
from gtm_metrics.controls.address import View
from gtm_metrics.controls.kept import Kept, suggested
from gtm_metrics.controls.listed import changed, lead_column, leads
from gtm_metrics.controls.look_alikes import LISTED
from gtm_metrics.controls.place import measured
from gtm_metrics.controls.show import heading, table
from gtm_metrics.controls.week import Week, week
from gtm_metrics.funnel import Screen
from gtm_metrics.measures import Fit, LookAlikes, Things, value
from gtm_metrics.measures import look_alikes as alike
from gtm_metrics.measures import this_week as things
from gtm_metrics.question import Question
from gtm_metrics.tables import profile as tables_profile
from gtm_metrics.tables import signal as tables_signal
from gtm_metrics.words import decided, escaped, home, overline, profile
from gtm_metrics.words.signal import ON_SCREEN

LIMIT = 10
"""Names of one kind of thing to do."""
TIGHTEN_PAGE, BEST_FIT_PAGE = "decide/tighten.py", "decide/best_fit.py"
CALLED = 5
"""Look-alikes that home names."""
SIGNAL = "Signal"


def verdict(view: View) -> Week | None:
    """The week's verdict over all watched dimensions, refreshed by whoever comes first; None where there is none."""
    try:
        found = week(view.place)
    except journal.JournalError as trouble:
        st.warning(f"There is no verdict, because the journal does not answer: {escaped(str(trouble))}")
        return None
    return None if isinstance(found, str) else found


def opening(view: View, screen: Screen, now: Week | None) -> None:
    """The overline, the verdict as title, and what this screen shows of it."""
    told, finding, by = now.told if now else None, screen.finding, view.question.by
    segment = told.segment if told else ""
    rows = {
        name: row
        for name, frame in screen.rows.items()
        for row in frame.to_dict("records")
        if segment and row["segment"] == segment
    }
    ahead = [
        name
        for name, frame in screen.standings.items()
        if segment and (frame[frame["segment"] == segment]["standing"] == "ahead").any()
    ]
    row = now.row(now.told.key) if now else None
    heading(
        overline("Funnel health", view.question, view.dimension),
        home.title(told, row, finding, screen.metrics, by, rows, ahead),
        home.paragraph(told, finding, screen.metrics, by, view.dimension, view.board),
    )


def with_signal(listed: pd.DataFrame, view: View, screen: Screen, now: Week | None) -> pd.DataFrame:
    """The table of segments with each one's word and its lead in the last 12 weeks, where its dimension is watched."""
    by = view.question.by
    if now is None or len(by) != 1 or by[0] not in now.comparisons:
        return listed
    states = {row["segment"]: row for row in now.rows.to_dict("records") if row["dimension"] == by[0]}
    strips = leads(now)
    names = screen.segments
    words = [ON_SCREEN[states[name]["state"]] if name in states else "" for name in names]
    drawn = [tables_signal.strip(strips.get((by[0], name), ())) for name in names]
    rest = len(listed) - len(names)
    out = listed.copy()
    out.insert(1, SIGNAL, words + [""] * rest)
    out.insert(2, tables_signal.LEAD, drawn + [[] for _ in range(rest)])
    return out


def columns() -> dict[str, Any]:
    """How the table draws what `with_signal` added."""
    return {tables_signal.LEAD: lead_column()}


def this_week(view: View, known: Kept) -> Things:
    """The names to act on; where the kept profile speaks of what is no longer there, without the deals outside it, and
    that is said."""
    found: Things
    try:
        found = measured(view.place, things, view.question, LIMIT, known.fit)
    except Refused as refused:
        st.warning(f"{home.NO_PROFILE}: {escaped(refused)}")
        found = measured(view.place, things, view.question, LIMIT, Fit(never=known.fit.never))
    return found


def look_alikes(view: View, known: Kept) -> None:
    """A few accounts to call that fit the profile, kept or suggested, and the way to all of them."""
    question = Question(view.question.as_of, weeks=None)
    rules = known.ideal.rules
    if not rules:
        told = measured(view.place, value.grouped, question)
        rules = suggested(view.place, customers.traits(told.frame))
    if not rules:
        return
    try:
        found: LookAlikes = measured(view.place, alike, question, rules, known.on_lists, LISTED, known.negative.rules)
    except Refused as refused:
        st.caption(f"{home.NO_ALIKE}: {escaped(refused)}")
        return
    if found.frame.empty:
        return
    labels = {rule.dimension: view.place.company.dimension(rule.dimension).label for rule in rules}
    shown = tables_profile.to_call(found, view.place.company, labels, CALLED)
    st.markdown(profile.to_call(found.counts["left"], rules, labels, kept=known.ideal.now is not None))
    table(shown, "Look-alikes to call")
    st.page_link(BEST_FIT_PAGE, label="All that look like the profile", icon=":material/star:")


def since_last_week(now: Week | None) -> None:
    """What changed in the verdicts, each change real or within noise; decisions that are due for a review."""
    if now is None:
        return
    st.subheader("Since last week", anchor=False)
    said = [changed(now)]
    said += [decided.due(row, now.as_of) for row in now.decisions.to_dict("records")]
    st.caption(" ".join(part for part in said if part))
    st.page_link(TIGHTEN_PAGE, label="How the evidence stands", icon=":material/center_focus_strong:")
