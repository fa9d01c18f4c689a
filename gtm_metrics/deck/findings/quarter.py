"""The fiscal quarter beside the last one and the same one a year ago: all accounts, every measure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import pandas as pd

from gtm_metrics import words
from gtm_metrics.deck.asked import Asked, Doors, question_of
from gtm_metrics.deck.findings.health import panel
from gtm_metrics.deck.forms import Dots, Panel, Table
from gtm_metrics.deck.funnel import counted_at, home_metrics
from gtm_metrics.deck.slide import Slide, sheet_of
from gtm_metrics.estimates import exact_p
from gtm_metrics.funnel import funnel
from gtm_metrics.measures import measure_named, sums, values
from gtm_metrics.metrics import Metric
from gtm_metrics.question import ALL, Question, Tally
from gtm_metrics.weeks import add_months, quarter_start, weeks_within
from gtm_metrics.words import board
from gtm_metrics.words.findings import HEADLINE
from gtm_metrics.words.numbers import Row

ERROR = 0.05
"""A change this unlikely by luck is told as one: of twenty quarters without any, one names one, over all measures."""


def quarter(asked: Asked, doors: Doors) -> Slide | str:
    """The slide, or why there is none."""
    question = question_of(asked, doors)
    metrics = home_metrics(doors, question)
    spans = quarters(asked.as_of, doors.company.fiscal_year_starts)
    rows: dict[str, list[Row]] = {metric.name: [] for metric in metrics}
    frozen: list[str] = []
    for metric in metrics:
        # one question a metric, from the quarter a year ago to now, cut into quarters here
        years = (min(first for first, _ in spans.values()), max(last for _, last in spans.values()))
        counted, was = counted_at(asked, doors, metric, replace(question, weeks=years))
        frozen += [metric.label.lower()] if was else []
        quarters_of = (within(counted, weeks) for weeks in spans.values())
        rows[metric.name] = [funnel(each, metric).to_dict("records")[0] for each in quarters_of]
    if not any(row["trials"] for each in rows.values() for row in each):
        return "nothing was counted in this quarter, in the last one, or a year ago"
    names = tuple(spans)
    tried = [m.name for m in metrics if comparable(m, rows[m.name])]
    told = {m.name: change(m, rows[m.name], len(tried)) for m in metrics}
    panels = tuple(
        _panel(metric, rows[metric.name], told[metric.name])
        for metric in metrics
        if rows[metric.name][0]["trials"] is not None
    )
    narrow = [_narrow(replace(question, weeks=weeks), doors) for weeks in spans.values()]
    cells = board.quarter_cells(metrics, rows, narrow)
    every = pd.DataFrame(
        [{"period": name, **row} for each in rows.values() for name, row in zip(names, each, strict=True)]
    )
    about = subject(metrics, told)
    return Slide(
        finding="quarter",
        over=f"The quarter · all accounts · as of {words.day(asked.as_of)}",
        headline=board.quarter_title(about, rows[about.name], told[about.name], about.name in tried),
        paragraph=board.quarter_paragraph(metrics, rows, told, tried),
        forms=(Dots(names, panels, names[0]), Table(("Counts", *names), cells, (1.3, 1.0, 1.0, 1.0), size=13.0)),
        footnote=board.quarter_note(metrics, rows, names, asked.as_of, frozen),
        notes=board.definitions(metrics),
        sheets=(sheet_of("The quarter", every.drop(columns=["by"])),),
        shares=(0.5, 0.5),
        stacked=True,
    )


def within(counted: Tally, weeks: tuple[date, date]) -> Tally:
    """The part of a tally that lies within these weeks, as if it had been asked for."""
    first, last = weeks
    question = replace(counted.question, weeks=weeks)
    end = last if counted.last_week is None else min(last, counted.last_week)
    if "week" not in counted.frame:
        return replace(counted, question=question, first_week=first, last_week=end)
    week = counted.frame["week"]
    frame = counted.frame[(week >= pd.Timestamp(first)) & (week <= pd.Timestamp(last))]
    return replace(counted, frame=frame.reset_index(drop=True), question=question, first_week=first, last_week=end)


def _narrow(question: Question, doors: Doors) -> Row | None:
    """The close rate without no decision of a quarter; None where deals are not connected."""
    frame = values(
        doors.measured(sums, question, "deals"), measure_named("narrow_close_rate"), doors.company.minimum_trials
    )
    return next((row for row in frame.to_dict("records") if row["segment"] == ALL and row["n"] is not None), None)


def quarters(as_of: date, starts: int) -> dict[str, tuple[date, date]]:
    """This fiscal quarter so far, the last one and the same one a year ago, by name: first and last week."""
    now = quarter_start(as_of, starts)
    ends = {now: as_of + timedelta(days=1)}
    named = {}
    for first in (now, add_months(now, -3), add_months(now, -12)):
        so_far = f" to {words.day(as_of)}" if first == now else ""
        named[board.quarter_name(first, starts) + so_far] = weeks_within(first, ends.get(first, add_months(first, 3)))
    return named


def subject(metrics: tuple[Metric, ...], told: Mapping[str, str]) -> Metric:
    """The measure the slide is about: of those that changed the one nearest to money, else the close rate."""
    order = [*HEADLINE, *(m.name for m in metrics if m.name not in HEADLINE)]
    ranked = sorted(metrics, key=lambda m: (not told[m.name], order.index(m.name)))
    close = next((m for m in metrics if m.name in ("close_rate", "won_in_time")), metrics[0])
    return ranked[0] if told[ranked[0].name] else close


def comparable(metric: Metric, rows: list[Row]) -> bool:
    """Whether both quarters have a rate."""
    return metric.estimate == "rate" and all(row["status"] == "ok" for row in rows[:2])


def change(metric: Metric, rows: list[Row], tried: int) -> str:
    """How this quarter stands to the last one: better or worse where luck hardly does as much in one of the `tried`
    measures (Bonferroni), else ''."""
    if not comparable(metric, rows):
        return ""
    now, before = rows[0], rows[1]
    x, n = now["successes"], now["trials"]
    p = float(exact_p(x, n, n + before["trials"], x + before["successes"]))
    if p > ERROR / tried:
        return ""
    return "better" if (now["estimate"] > before["estimate"]) == metric.higher_is_better else "worse"


def _panel(metric: Metric, rows: list[Row], told: str) -> Panel:
    direction, _ = words.column_captions(metric, None)
    standing = {"better": "ahead", "worse": "behind"}.get(told, "")
    return panel(metric, [row if row["segment"] == ALL else None for row in rows], [standing, "", ""], direction)
