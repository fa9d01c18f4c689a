"""Deciding on the Tighten page: the form, what to change, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import streamlit as st

from gtm_metrics import funnel, journal, measures
from gtm_metrics.company import Refused
from gtm_metrics.controls.address import choose
from gtm_metrics.controls.place import ask, measured
from gtm_metrics.controls.show import table
from gtm_metrics.controls.signal import Tighten, reach_of
from gtm_metrics.controls.week import engine_of
from gtm_metrics.controls.who import author, may
from gtm_metrics.tables import decided as tables_decided
from gtm_metrics.weeks import WEEK, monday
from gtm_metrics.words import decided, escaped, plain
from gtm_metrics.words.gates import as_day
from gtm_metrics.words.numbers import Row

SHOWN = "show"
EVIDENCE, SEGMENTS, CHANGE, DECISIONS = "evidence", "segments", "change", "decisions"
"""What stands at the foot of the page, one at a time: drawn together they take as long as all else of it."""


@dataclass(frozen=True, eq=False)
class Kept:
    """What came of a decision to tighten: the decision, the day, rates promised and delivered, and the work itself."""

    decision: Row
    on: date
    rates: pd.DataFrame
    pace: pd.DataFrame | None


def section(page: Tighten) -> str:
    """What the foot of the page shows, from a picker that lives in the address."""
    offered = {EVIDENCE: "What it rests on", SEGMENTS: "Every watched segment"}
    offered |= {CHANGE: "What to change"} if page.proven else {}
    offered |= {DECISIONS: "Decisions"} if len(page.week.decisions) else {}
    return choose(st.container(), SHOWN, "Look at", offered, EVIDENCE, st.segmented_control)


def show(what: str) -> None:
    """The foot of the page shows this from the next run on."""
    st.query_params[SHOWN] = what


def kept(page: Tighten) -> Kept | None:
    """Promised against delivered since one tightened on the subject; None without that decision."""
    decision = page.week.decision("tighten", page.subject)
    on = as_day(decision["decided_at"]) if decision else None
    if decision is None or on is None or page.away:
        return None

    def made() -> Kept:
        then = replace(page.question, as_of=on)
        first = monday(on) + WEEK
        since = replace(page.question, weeks=(first, max(first, monday(page.week.as_of))))
        promised, came = (
            pd.concat([funnel.funnel(ask(page.place, metric, asked), metric) for metric in page.week.metrics])
            for asked in (then, since)
        )
        rates = funnel.promised_against_delivered(promised, came, page.subject[1])
        before, now = reach_of(page, on), reach_of(page)
        pace = funnel.pace_delivered(before, now) if before and now else None
        return Kept(decision, on, rates, pace)

    return page.week.once(("kept", page.subject), made)


def came_of_it(page: Tighten, found: Kept) -> None:
    """The section after "tighten": the decision, what it promised and delivered, how much comparison is left."""
    metrics = page.week.metrics
    told = [decided.decision_line(found.decision), decided.due(found.decision, page.week.as_of)]
    told += [decided.promised(found.rates, found.on, metrics), outside(page)]
    st.markdown(" ".join(part for part in told if part))
    table(tables_decided.delivered(found.rates, metrics, found.pace), "Promised against delivered")


def outside(page: Tighten) -> str:
    """How much outreach still goes elsewhere, on which the comparison rests; '' where touches are not connected."""
    now = reach_of(page)
    if now is None or now.touches_a_week is None or now.touches_in_segment_a_week is None:
        return ""
    inside = now.touches_in_segment_a_week
    return decided.left_outside(inside, now.touches_a_week - inside)


def to_change(page: Tighten) -> pd.DataFrame:
    """The checklist of what to change, with what data say to each."""

    def made() -> pd.DataFrame:
        if page.away:
            return tables_decided.to_change(None, None)
        segment = (page.subject[1],)
        why = measured(page.place, measures.reasons, page.question, segment, "win_reason", 3)
        references = measured(page.place, measures.referenceable, page.question, segment)
        return tables_decided.to_change(why.frame if why.status == "ok" else None, references)

    return page.week.once(("to change", page.subject), made)


def decide(page: Tighten) -> None:
    """The form in which people decide; what they decide stands in the journal with the evidence of the day."""
    if page.week.as_of < (page.place.warehouse.data_through or page.week.as_of) or not may("edit"):
        return
    watched = [(row["dimension"], row["segment"]) for row in page.week.rows.to_dict("records")]
    kinds = {"tighten": "Tighten on it", "loose": "Stay loose", "thesis": "Name it as the thesis"}
    with st.popover("Decide", icon=":material/gavel:"), st.form("decide", border=False):
        kind = st.radio("What", list(kinds), format_func=kinds.__getitem__, horizontal=True)
        about = st.selectbox(
            "Segment",
            watched,
            watched.index(page.subject) if page.subject in watched else 0,
            format_func=lambda key: plain(f"{key[1]} ({page.labels[key[0]]})"),
        )
        who, why = author(), st.text_area("Why, in a sentence")
        today = datetime.now(UTC).date()
        looked_at = st.date_input("Review on", today + 13 * WEEK, min_value=today + timedelta(days=1))
        if not st.form_submit_button("Write into the journal"):
            return
        try:
            on = looked_at if isinstance(looked_at, date) else None
            journal.decide(engine_of(page.place), kind or "loose", *about, why, who, today, on)
        except (Refused, journal.JournalError) as trouble:
            st.error(escaped(str(trouble)))
            return
    show(DECISIONS)
    st.rerun()
