"""What a page shows of the funnel: asked once, in the view's window or a wider one where that is too thin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import streamlit as st

from gtm_metrics import measures, readings, tables, words
from gtm_metrics.controls.address import WAREHOUSE_PAGE, View, choose, picker_row
from gtm_metrics.controls.connected import Place
from gtm_metrics.controls.place import ask, measured, rows_of, worked_out
from gtm_metrics.funnel import Screen, beside_everyone_else, curve, funnel, on_home, over_time, screened
from gtm_metrics.funnel.windows import widened
from gtm_metrics.metrics import Metric
from gtm_metrics.question import ALL, Question, Tally
from gtm_metrics.tallies import metrics_of, not_connected

ROWS_SHOWN = 5000
BOARD_SEGMENTS = 12
"""Segments a board page has room for."""


def on_page(view: View, screen: Screen) -> tuple[pd.DataFrame, str]:
    """The rows that the home chart draws, and what to say of those it does not: a board page has room for twelve."""
    names = screen.segments
    if not view.board or len(names) <= BOARD_SEGMENTS:
        return screen.every_row, ""
    subject = screen.finding.segment
    first = names[: BOARD_SEGMENTS - 1]
    first += [subject] if subject and subject not in first else []
    kept = screen.every_row[screen.every_row["segment"].isin([ALL, *first])]
    return kept, f"{len(first)} of {len(names):,} segments, those furthest ahead. "


@dataclass(frozen=True)
class Segment:
    """A segment by its name and its values, one a dimension."""

    name: str
    values: tuple[str, ...]


def compare(view: View) -> Screen:
    """Every metric of the home page by segment, segments in order of lead; counted once for every reader."""
    return _compared(view, view.place.name, view.question)


@st.cache_data(ttl="1h", max_entries=500, show_spinner="Counting the funnel", show_time=True)
def _compared(_view: View, name: str, question: Question) -> Screen:
    def counted(metric: Metric, asked: Question) -> Tally:
        return ask(_view.place, metric, asked)

    shown = on_home(_view.metrics, counted, question)
    return screened(shown, {metric.name: widened(counted, metric, question) for metric in shown})


def every_segment(view: View, screen: Screen) -> pd.DataFrame:
    """The table under the home chart: deals, customers, money, one row a segment."""
    decided = _decided_question(view, screen)
    parts = {
        group: measured(view.place, measures.sums, decided if group == "deals" else view.question, group)
        for group in ("deals", "customers", "retention", "pipeline")
    }
    return tables.segments(screen.segments, screen.rows["close_rate"], parts, view.place.company)


def _decided_question(view: View, screen: Screen) -> Question:
    """The view's question over the weeks that the close rate is shown for, which may be wider ones."""
    return replace(view.question, weeks=screen.tallies["close_rate"].question.weeks)


def connect_first(where: Place) -> None:
    """What stands where nothing has begun: the stages that are missing, each with what it needs."""
    gaps = readings.switched_off((m, not_connected(where.warehouse, m)) for m in metrics_of(where.company))
    if gaps.empty:
        st.markdown("Every stage is connected, and none has a trial in this window yet. Take a longer one.")
        return
    st.subheader("What to connect first", anchor=False)
    st.dataframe(gaps, hide_index=True, alt="Stages of the funnel that are not connected, and what each needs")
    st.markdown("Add these tables to the layout, or to the folder that `gtm-metrics load` reads.")
    st.page_link(WAREHOUSE_PAGE, label="Warehouse", icon=":material/database:")


def segment(view: View, screen: Screen) -> Segment:
    """The segment the page is about, from a picker that lives in the address."""
    names = screen.segments
    if not names:
        st.title("No segment has begun yet", anchor=False)
        connect_first(view.place)
        st.stop()
    first = screen.finding.segment if screen.finding.segment in names else names[0]
    slot = None if view.board else picker_row()
    name = choose(slot, "segment", view.dimension, {n: n for n in names}, first, st.selectbox, always=True, bare=True)
    by = next(row["by"] for row in screen.every_row.to_dict("records") if row["segment"] == name)
    return Segment(name, tuple(by.values()))


def standing(screen: Screen, metric: Metric, about: Segment) -> str:
    """ahead, behind or '' of a segment on one metric of the screen."""
    frame = screen.standings.get(metric.name)
    if frame is None:
        return ""
    return str(next(iter(frame[frame["segment"] == about.name]["standing"]), ""))


@dataclass(frozen=True)
class Trend:
    """A metric over time: its periods, the weeks each stands for, and the rows that its footnote speaks of."""

    metric: Metric
    frame: pd.DataFrame
    span: int
    rows: pd.DataFrame


def trends(view: View, screen: Screen, about: Segment) -> list[Trend]:
    """Each connected metric over time, in the shortest periods that mostly carry a number."""
    connected = [metric for metric in screen.metrics if screen.tallies[metric.name].status == "ok"]
    asked = (view.question, about.values, tuple(metric.name for metric in connected))
    found: list[Trend] = worked_out(
        view.place, "trends", *asked, of=lambda: [_trend(view, metric, about) for metric in connected]
    )
    return found


def _trend(view: View, metric: Metric, about: Segment) -> Trend:
    def counted(weeks: int) -> Tally:
        return beside_everyone_else(ask(view.place, metric, replace(view.question, weeks=weeks)), about.values)

    frame, span, last = over_time(counted, metric, about.name)
    return Trend(metric, frame, span, funnel(last, metric))


def trend_note(view: View, screen: Screen, shown: list[Trend]) -> str:
    """The footnote of all trends on the page: how many weeks a point stands for, then what every footnote says."""
    spans = ", ".join(f"{each.span} weeks ({each.metric.label.lower()})" for each in shown)
    rows = pd.concat([each.rows for each in shown], ignore_index=True) if shown else screen.every_row
    said = words.footnote(rows, view.question, "trend", screen.metrics, view.dimension)
    return f"A point: {spans}. {said}" if shown else said


def in_pairs(items: list[Any]) -> Iterator[list[Any]]:
    """Two and two, the last alone where the number is odd."""
    for i in range(0, len(items), 2):
        yield items[i : i + 2]


def curves(view: View, about: Segment) -> list[tuple[Metric, pd.DataFrame]]:
    """The calls ladder and the survival curve, the segment beside everyone else, over all closed weeks."""
    question = replace(view.question, weeks=None)
    found = []
    for metric in view.metrics:
        if metric.estimate in ("calls", "churn"):
            counted = ask(view.place, metric, question, ("age",))
            if counted.status == "ok":
                found.append((metric, curve(beside_everyone_else(counted, about.values), metric)))
    return [(metric, frame[frame["segment"] != ALL]) for metric, frame in found]


def money(view: View, screen: Screen, about: Segment) -> pd.DataFrame:
    """Money, effort and time of a segment beside everyone else, a row a measure."""
    decided = _decided_question(view, screen)
    asked = (view.question, decided, about.name)
    found: pd.DataFrame = worked_out(view.place, "money", *asked, of=lambda: _money(view, decided, about))
    return found


def _money(view: View, decided: Question, about: Segment) -> pd.DataFrame:
    groups = ("customers", "retention", "deals", "effort", "pipeline", "endings")
    parts = {
        g: measured(view.place, measures.sums, decided if g in ("deals", "effort") else view.question, g)
        for g in groups
    }
    took = measured(view.place, measures.cycle, view.question)
    return tables.money(parts, took, about.name, view.place.company)


def reasons(view: View, screen: Screen, about: Segment) -> list[tuple[str, Any]]:
    """Win reasons, loss reasons and alternatives of a segment's decided deals, beside the rest's."""
    kinds = (("win_reason", "Why they bought"), ("loss_reason", "Why they did not"), ("competitor", "What they had"))
    asked = _decided_question(view, screen)
    return [(title, measured(view.place, measures.reasons, asked, about.values, kind, 6)) for kind, title in kinds]


def involved(view: View, screen: Screen, about: Segment) -> list[pd.DataFrame]:
    """Close rate of a segment by the champion's function and by the number of people involved."""
    close = next(m for m in view.metrics if m.name == "close_rate")
    if screen.tallies["close_rate"].status != "ok":
        return []
    asked = _decided_question(view, screen)
    found = []
    for split in ("champion_title", "people_involved"):
        counted = ask(view.place, close, replace(asked, splits=(split,)))
        found.append(tables.involved(counted, split, about.values, close))
    return found


def pick_metric(screen: Screen) -> Metric | None:
    """The metric whose rows are shown, from a picker that lives in the address."""
    there = {m.name: m for m in screen.metrics if screen.tallies[m.name].status == "ok"}
    if not there:
        return None
    name = choose(
        st.container(),
        "rows",
        "Rows behind",
        {n: m.label for n, m in there.items()},
        next(iter(there)),
        st.segmented_control,
    )
    return there[name]


def rows_behind(view: View, screen: Screen, about: Segment, metric: Metric) -> pd.DataFrame:
    """The trials behind the segment's number, in the window that the number is shown for."""
    question = replace(view.question, weeks=screen.tallies[metric.name].question.weeks)
    frame: pd.DataFrame = rows_of(view.place, metric, question, about.values, ROWS_SHOWN)
    return frame
