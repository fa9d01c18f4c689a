"""What the Tighten positioning page shows, asked once for every reader, and the form in which people decide."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from gtm_metrics import funnel, journal, measures, tables_signal
from gtm_metrics.charts.canvas import Drawing
from gtm_metrics.charts.race import race
from gtm_metrics.charts.stages import stages
from gtm_metrics.company import Refused
from gtm_metrics.controls.address import SEGMENT_PAGE, WAREHOUSE_PAGE, on_board
from gtm_metrics.controls.place import Place, ask, measured, place
from gtm_metrics.controls.show import BOARD, WIDE, dark
from gtm_metrics.controls.week import Key, Week, engine_of, week
from gtm_metrics.funnel.holds import Tallies
from gtm_metrics.measures import measure_named, values
from gtm_metrics.question import Question
from gtm_metrics.signal.series import holds_up, week_leads, week_standings
from gtm_metrics.signal.states import LATCHED, REOPENED, TIGHTEN_NOW
from gtm_metrics.tallies import metrics_of
from gtm_metrics.weeks import WEEK, monday
from gtm_metrics.words import day, decided, escaped, plain
from gtm_metrics.words.evidence import READING_SIGNAL
from gtm_metrics.words.gates import as_day, proven
from gtm_metrics.words.numbers import Row
from gtm_metrics.words.signal import Worth

DRAWN_WEEKS = 52
BEFORE_PROOF = 26
"""Weeks the race shows before the week of proof, where that lies further back than a year."""
PACE_WEEKS = 26
WITHIN = 3
"""Further dimensions a lead is looked at within: the first declared ones."""
BOARD_TESTS = 4
"""Tests a board page has room for."""
WORK = {"touches": "touches", "pipeline": "pipeline", "wins": "wins"}


@dataclass(frozen=True, eq=False)
class Tighten:
    """The page: its week, the segment it is about, that segment's row."""

    place: Place
    week: Week
    subject: Key
    row: Row
    board: bool

    @property
    def labels(self) -> dict[str, str]:
        """What each watched dimension is called on screen."""
        return {name: self.place.company.dimension(name).label for name in self.week.comparisons}

    @property
    def caption(self) -> str:
        """The small line over the title."""
        n, dimensions = len(self.week.rows), len(self.week.comparisons)
        told, through = self.week.told, self.week.told.week
        end = day(through + timedelta(days=6)) if through else ""
        said = f"Tighten positioning · to Sunday {end} · {n} segments in {dimensions} dimensions watched"
        return (
            said + (" · reconstructed" if self.week.reconstructed else "") + (" · thesis named" if told.thesis else "")
        )

    @property
    def proven(self) -> bool:
        """Whether the subject is proven or decided."""
        return self.row["state"] in LATCHED

    @property
    def question(self) -> Question:
        """The half year up to the page's day, by the subject's dimension."""
        return Question(self.week.as_of, (self.subject[0],), None, PACE_WEEKS)


def tighten() -> Tighten:
    """The page's data; where there is no verdict yet a sentence says why, and the script stops."""
    where = place()
    try:
        found = week(where)
    except journal.JournalError as trouble:
        found = str(trouble)
    row = None if isinstance(found, str) else found.row(found.subject)
    if isinstance(found, str) or found.subject is None or row is None:
        st.title("There is no verdict yet", anchor=False)
        st.markdown(f"{escaped(found) if isinstance(found, str) else 'No segment is watched yet.'}")
        st.page_link(WAREHOUSE_PAGE, label="Warehouse", icon=":material/database:")
        st.stop()
    return Tighten(where, found, found.subject, row, on_board())


def worth(page: Tighten) -> Worth:
    """NRR and ARPA of the subject beside everyone else's, and the accounts left to win."""
    found: dict[str, Any] = {}
    for group, name in (("retention", "nrr"), ("customers", "arpa")):
        sums = measured(page.place, measures.sums, page.question, group)
        rows = values(sums, measure_named(name), page.place.company.minimum_trials).to_dict("records")
        found[name] = next((row for row in rows if row["segment"] == page.subject[1] and row["status"] == "ok"), None)
    now = reach_of(page)
    return tables_signal.worth(found["nrr"], found["arpa"], None if now is None else now.left)


def reach_of(page: Tighten) -> funnel.Ceiling | None:
    """What tightening on the subject would change; None where deals are not connected."""
    question, response = page.question, metrics_of(page.place.company)[0]
    left = measured(page.place, measures.left_to_win, question)
    deals, pipeline = (measured(page.place, measures.sums, question, group) for group in ("deals", "pipeline"))
    frame = measures.reach(left, ask(page.place, response, question), deals, pipeline).frame
    if page.subject[1] not in set(frame["segment"]):
        return None
    return funnel.ceiling(frame, page.subject[1], PACE_WEEKS, page.place.company.minimum_trials)


def race_of(page: Tighten) -> tuple[Drawing, str]:
    """The evidence race and its footnote."""
    now, told = page.week, page.week.told
    last = told.week or page.week.as_of
    sure = page.row["state"] == TIGHTEN_NOW or (page.proven and proven(page.row))
    since = as_day(page.row["since"]) if page.row["state"] == TIGHTEN_NOW else None
    first = min(last - DRAWN_WEEKS * WEEK, since - BEFORE_PROOF * WEEK if since else last)
    frame = now.history[now.history["week"] >= pd.Timestamp(first)]
    standing = "ahead" if sure else "behind" if page.row["state"] == REOPENED else ""
    width = (BOARD if page.board else WIDE) * 0.56
    height = 184.0 if page.board else 440.0
    drawing = race(frame, page.subject, told.k, standing, now.in_advance, since, dark(), width, height)
    return drawing, "" if page.board else f"{READING_SIGNAL['race']} {_frozen(page)}"


def stages_of(page: Tighten) -> tuple[Drawing, str]:
    """The strip of the last half year, week by week and stage by stage, and its footnote."""
    comparison = page.week.comparisons[page.subject[0]]
    frame = week_standings(comparison, comparison.columns.row(page.subject[1]), page.week.weeks)
    lags = ", ".join(f"{m.metric.label.lower()} {m.lag}" for m in comparison.metrics)
    note = f"{READING_SIGNAL['stages']} A cell stands in the week it was settled, weeks after its own: {lags}."
    note = f"{READING_SIGNAL['board']} {_frozen(page)}" if page.board else note
    return stages(frame, None, dark(), BOARD if page.board else WIDE), note


def _frozen(page: Tighten) -> str:
    """What the drawings rest on, and the promise of the rule."""
    last = page.week.told.week or page.week.as_of
    return f"Frozen weeks to Sunday {day(last + timedelta(days=6))}, as of {day(page.week.as_of)}."


def held(page: Tighten) -> pd.DataFrame:
    """Does it hold up: the proof with less data, and the lead among the segment's like."""
    comparison, segment = page.week.comparisons[page.subject[0]], page.subject[1]
    row, found = comparison.columns.row(segment), page.row["metrics"] or {}
    names = [metric.metric.name for metric in comparison.metrics]
    best = max(names, key=lambda name: (found.get(name) or {}).get("log_e_better") or 0.0)
    start = page.week.start(page.row)
    proof = math.log(page.row["threshold"])
    proofs = holds_up(comparison, page.week.accounts[page.subject[0]], row, start, proof, names.index(best))
    others = [d.name for d in page.place.company.dimensions if d.name != page.subject[0]][:WITHIN]
    question = replace(page.question, weeks=None)
    tallies = [
        Tallies(
            metric.metric,
            ask(page.place, metric.metric, question, ("week", "band")),
            None,
            {o: ask(page.place, metric.metric, replace(question, within=o), ("week", "band")) for o in others},
        )
        for metric in comparison.metrics
    ]
    labels = {d.name: d.label for d in page.place.company.dimensions}
    found = tables_signal.holds(proofs, funnel.holds_up((segment,), tallies), best, labels)
    return found.head(BOARD_TESTS) if page.board else found


def table(frame: pd.DataFrame, alt: str) -> None:
    """A short table whose every word is seen: cells wrap, and names from data stay names."""
    shown = frame.map(lambda cell: escaped(cell) if isinstance(cell, str) and cell else "" if cell is None else cell)
    st.table(shown.rename(columns=lambda name: escaped(name) if name else name), border="horizontal", alt=alt)


def leads(now: Week) -> dict[Key, list[float]]:
    """Every watched segment's lead in the last 12 weeks."""
    return {
        (dimension, segment): week_leads(comparison, comparison.columns.row(segment))
        for dimension, comparison in now.comparisons.items()
        for segment in (comparison.columns.segments[row] for row in comparison.registered)
    }


def changed(now: Week) -> str:
    """The table of what changed since last week, where anything did; says what did not, for a line under it."""
    changes = decided.changes(now.before, now.rows, now.metrics)
    if changes:
        table(tables_signal.changed(changes), "What changed since last week")
    return decided.unchanged(len(now.rows), changes)


def lead_column() -> Any:
    """How a table draws the strip of leads: bars up and down from a zero line in the middle."""
    ends = tables_signal.BOTH_SIDES
    said = "Ahead of everyone else (up) or behind, week by week, all measures together"
    return st.column_config.BarChartColumn(tables_signal.LEAD, help=said, y_min=-ends, y_max=ends, width=120)


def every_watched(page: Tighten) -> None:
    """The table of every watched segment; a row that is chosen opens its segment."""
    longest = next(iter(page.week.comparisons.values())).rules.longest_wait
    listed = tables_signal.watched(page.week.rows, page.labels, leads(page.week), longest)
    chosen = st.dataframe(
        listed,
        hide_index=True,
        column_config={tables_signal.LEAD: lead_column()},
        on_select="rerun",
        selection_mode="single-row",
        key="every watched segment",
        alt="Every watched segment and its evidence",
    )
    if chosen.selection.rows:
        line = listed.iloc[chosen.selection.rows[0]]
        names = {(label, plain(s)): (d, s) for d, label in page.labels.items() for s in page.week.segments(d)}
        open_watched(names[line["Dimension"], line["Segment"]])


def open_watched(key: Key) -> None:
    """Goes to a watched segment's page."""
    kept = {"as_of": st.query_params["as_of"]} if "as_of" in st.query_params else {}
    st.switch_page(SEGMENT_PAGE, query_params={**kept, "by": key[0], "segment": key[1]})


def delivered(page: Tighten) -> tuple[date, pd.DataFrame] | None:
    """The day one tightened on the subject, and promised against delivered since; None without that decision."""
    decision = page.week.decision("tighten", page.subject)
    on = as_day(decision["decided_at"]) if decision else None
    if on is None:
        return None
    then = replace(page.question, as_of=on)
    first = monday(on) + WEEK
    since = replace(page.question, weeks=(first, max(first, monday(page.week.as_of))))
    promised, came = (
        pd.concat([funnel.funnel(ask(page.place, metric, asked), metric) for metric in page.week.metrics])
        for asked in (then, since)
    )
    return on, funnel.promised_against_delivered(promised, came, page.subject[1])


def outside(page: Tighten, reach: funnel.Ceiling | None) -> str:
    """How much outreach still goes elsewhere, on which the comparison rests; '' where touches are not connected."""
    if reach is None or reach.touches_a_week is None or reach.touches_in_segment_a_week is None:
        return ""
    inside = reach.touches_in_segment_a_week
    return decided.left_outside(inside, reach.touches_a_week - inside)


def review(page: Tighten) -> str:
    """Whether the review of the decision on the subject is due, in a sentence; '' while it is not."""
    decision = page.week.decision("tighten", page.subject)
    return decided.due(decision, page.week.as_of) if decision else ""


def drift(page: Tighten) -> list[tuple[bool, str]]:
    """The dilution alarm: of each kind of work, whether it drifts out of the profile, in a sentence."""
    work = measured(page.place, measures.activity, page.question)
    return tables_signal.alarm(measures.dilution(work, (page.subject[1],)), WORK)


def to_change(page: Tighten) -> pd.DataFrame:
    """The checklist of what to change, with what data say to each."""
    segment = (page.subject[1],)
    why = measured(page.place, measures.reasons, page.question, segment, "win_reason", 3)
    references = measured(page.place, measures.referenceable, page.question, segment)
    return tables_signal.to_change(why.frame if why.status == "ok" else None, references)


def decide(page: Tighten) -> None:
    """The form in which people decide; what they decide stands in the journal with the evidence of the day."""
    if page.week.as_of < (page.place.warehouse.data_through or page.week.as_of):
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
        who, why = st.text_input("Who"), st.text_area("Why, in a sentence")
        today = datetime.now(UTC).date()
        looked_at = st.date_input("Review on", today + 13 * WEEK, min_value=today + timedelta(days=1))
        if not st.form_submit_button("Write into the journal", type="primary"):
            return
        try:
            on = looked_at if isinstance(looked_at, date) else None
            journal.decide(engine_of(page.place), kind or "loose", *about, why, who, today, on)
        except (Refused, journal.JournalError) as trouble:
            st.error(escaped(str(trouble)))
            return
    st.rerun()
