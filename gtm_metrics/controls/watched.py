"""What a segment's page takes from the signal, and what stands beside it: among its like, mix or rate, overlap."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd
import streamlit as st

from gtm_metrics import funnel, journal, measures
from gtm_metrics.charts.anytime import anytime
from gtm_metrics.company import Dimension, watched_names
from gtm_metrics.controls.address import View, choose
from gtm_metrics.controls.home import TIGHTEN_PAGE
from gtm_metrics.controls.place import ask, measured, worked_out
from gtm_metrics.controls.screen import Segment
from gtm_metrics.controls.show import dark, present, table, width
from gtm_metrics.controls.week import Week, week
from gtm_metrics.funnel import Screen, Tallies
from gtm_metrics.metrics import Metric
from gtm_metrics.question import Question, Tally
from gtm_metrics.refresh.settings import evidence_metrics, there
from gtm_metrics.signal.series import ratio_path
from gtm_metrics.tables import watched as tables_watched
from gtm_metrics.tallies import dimensions
from gtm_metrics.weeks import WEEK, sunday
from gtm_metrics.words import day, escaped
from gtm_metrics.words import watched as said
from gtm_metrics.words.evidence import READING_SIGNAL
from gtm_metrics.words.numbers import Row

LIKE = ("employees", "region", "lead_source", "owner")
"""Dimensions a lead is looked at within, where they are known: size, region, source, owner."""


@dataclass(frozen=True, eq=False)
class Watched:
    """A segment as the signal knows it: its week and verdict row, or in a sentence why there is none.

    metrics   what evidence is taken from; `first` the one that carries most of it
    """

    week: Week | None
    row: Row | None
    why: str
    metrics: tuple[Metric, ...]
    first: str


def watched(view: View, about: Segment) -> Watched:
    """The segment's verdict in the week the address asks for."""
    where, by = view.place, view.question.by
    metrics = evidence_metrics(where.warehouse, where.company)
    try:
        found = week(where)
    except journal.JournalError as trouble:
        found = f"the journal does not answer. {trouble}"
    if isinstance(found, str):
        why = f"**There is no verdict:** {escaped(found)}"
        return Watched(None, None, why, metrics, metrics[0].name if metrics else "")
    row = found.row((by[0], about.name)) if len(by) == 1 else None
    if row is None:
        labels = [where.company.dimension(name).label for name in found.comparisons]
        own = len(by) == 1 and by[0] in found.comparisons
        why = said.not_watched(about.name, labels, len(by) > 1, own)
        return Watched(None, None, why, found.metrics, found.metrics[0].name)
    known = row["metrics"] or {}
    names = [metric.name for metric in found.metrics]
    first = max(names, key=lambda name: (known.get(name) or {}).get("log_e_better") or 0.0)
    return Watched(found, row, "", found.metrics, first)


def real(view: View, screen: Screen, about: Segment) -> None:
    """The section of the page: word and interval, overlap at the left; among its like, mix or rate at the right."""
    now = watched(view, about)
    metric = measure(now)
    left, right = st.columns(2, gap="medium")
    with left:
        interval(view, now, about, metric)
        shared(view, about)
    with right:
        among_like(view, about, metric)
        mix_or_rate(view, screen, about)


def measure(now: Watched) -> Metric | None:
    """The measure that is looked at, from a picker that lives in the address; the one that carries most comes first."""
    labels = {metric.name: metric.label for metric in now.metrics}
    if not labels:
        return None
    name = choose(st.container(), "measure", "Measure", labels, now.first, st.segmented_control)
    return next(metric for metric in now.metrics if metric.name == name)


def interval(view: View, now: Watched, about: Segment, metric: Metric | None) -> None:
    """The segment's word, and its ratio to the rest through time with the interval that may be looked at every week."""
    if now.week is None or now.row is None or metric is None:
        st.markdown(now.why)
        return
    st.markdown(said.word(now.row))
    kept = {"as_of": st.query_params["as_of"]} if "as_of" in st.query_params else None
    st.page_link(TIGHTEN_PAGE, label="Tighten positioning", icon=":material/center_focus_strong:", query_params=kept)
    comparison = now.week.comparisons[view.question.by[0]]
    k = [each.metric.name for each in comparison.metrics].index(metric.name)
    path = ratio_path(comparison, k, comparison.columns.row(about.name), now.week.start(now.row), now.week.weeks)
    until = f"Frozen weeks, to Sunday {day(sunday(now.week.weeks[-1]))}, as of {day(now.week.as_of)}."
    drawing = anytime(path, metric, about.name, dark(), width(view.board, 1 / 2, 14))
    present(drawing, f"Always-valid. {READING_SIGNAL['anytime']} {until}")


def among_like(view: View, about: Segment, metric: Metric | None) -> None:
    """Whether the lead is still there among accounts of the same size, region, source or owner (Simpson)."""
    st.markdown("**Is it still ahead among its like?**")
    others = [d for d in dimensions(view.place.warehouse, view.place.company) if d.name in LIKE]
    others = [d for d in others if d.name not in view.question.by]
    if metric is None or not others:
        st.caption("There is nothing to look within: company size, region, source and owner are not connected.")
        return
    question = replace(view.question, weeks=None)
    asked = (question, about.values, metric.name, tuple(d.name for d in others))
    found = worked_out(
        view.place, "among its like", *asked, of=lambda: _among_like(view, about, metric, others, question)
    )
    table(found, "Whether the lead is there among its like")
    st.caption(said.LIKE_NOTE)


def _among_like(
    view: View, about: Segment, metric: Metric, others: list[Dimension], question: Question
) -> pd.DataFrame:
    tallies = {d.name: ask(view.place, metric, replace(question, within=d.name)) for d in others}
    whole = Tallies(metric, ask(view.place, metric, question), tallies)
    tests = funnel.holds_up(about.values, [whole])
    values = {name: funnel.within_each(about.values, metric, counted) for name, counted in tallies.items()}
    return tables_watched.among_like(tests, values, metric, {d.name: d.label for d in others})


def mix_or_rate(view: View, screen: Screen, about: Segment) -> None:
    """Whether everyone's close rate moved because segments changed, or because other segments came in."""
    st.markdown("**Mix or rate?**")
    metric = next((m for m in screen.metrics if m.name in ("close_rate", "won_in_time") and _ok(screen, m)), None)
    if metric is None:
        st.caption("No decided deal is on record, so there is no close rate to take apart.")
        return
    now = screen.tallies[metric.name]
    before = _before(view, metric, now)
    if before is None:
        st.caption("Over all weeks there is no window before. Take a shorter one.")
        return
    found = funnel.mix_or_rate(before, now, metric)
    st.markdown(said.moved(found, metric, now.first_week, now.last_week))
    frame = tables_watched.moved(found, metric, about.name)
    if len(frame):
        table(frame, "The change of everyone's close rate, by segment and by part")
        st.caption(said.MIX_NOTE)


def _ok(screen: Screen, metric: Metric) -> bool:
    return screen.tallies[metric.name].status == "ok"


def _before(view: View, metric: Metric, now: Tally) -> Tally | None:
    """As many closed weeks right before the window; None where the window is all there is."""
    if now.question.weeks is None or now.first_week is None or now.last_week is None or now.first_week > now.last_week:
        return None
    span = now.last_week - now.first_week + WEEK
    asked = replace(view.question, weeks=(now.first_week - span, now.first_week - WEEK))
    return ask(view.place, metric, asked)


def shared(view: View, about: Segment) -> None:
    """The watched segments of other dimensions that are mostly the same accounts."""
    st.markdown("**Which other watched segments is it?**")
    where, by = view.place, view.question.by
    names, _ = there(where.warehouse, where.company, watched_names(where.company))
    others = tuple(name for name in names if name not in by)
    if len(by) != 1 or not others:
        st.caption("Two dimensions crossed share accounts with both." if others else "No other dimension is watched.")
        return
    counts = measured(where, measures.overlaps, Question(view.question.as_of, by), others)
    labels = {name: where.company.dimension(name).label for name in others}
    found = measures.overlap(counts, about.name)
    table(tables_watched.shared(found, labels), "Watched segments that share accounts")
    st.caption(f"{said.one_fact(found)} {said.SHARED_NOTE}")
