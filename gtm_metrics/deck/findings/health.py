"""Funnel health: every segment beside everyone else in the same weeks, both close rates, and the tie-out."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from gtm_metrics import words
from gtm_metrics.deck.asked import Asked, Doors
from gtm_metrics.deck.forms import CALLS, PERCENT, Dots, Panel
from gtm_metrics.deck.funnel import Funnel, funnel_of
from gtm_metrics.deck.slide import Slide, sheet_of
from gtm_metrics.doctor import ties
from gtm_metrics.funnel import grey_interval
from gtm_metrics.measures import measure_named, sums, values
from gtm_metrics.metrics import Metric
from gtm_metrics.question import ALL
from gtm_metrics.words import board
from gtm_metrics.words.numbers import Row

ROWS = 11
"""Segments a slide has room for."""
TIED = ("Won deals",)
"""Counts that a board knows from the CRM's own report; the Warehouse page has the others."""


def health(asked: Asked, doors: Doors) -> Slide | str:
    """The slide, or why there is none."""
    found = funnel_of(asked, doors)
    if not found.segments or not any(tally.status == "ok" for tally in found.tallies.values()):
        return "no segment has begun: connect touches, calls, opportunities or subscriptions"
    names = shown_of(found)
    counted = [m for m in found.metrics if found.rows[m.name]["trials"].notna().any()]
    label = doors.label(asked.by)
    rates = both_rates(found, doors)
    left_out = len(found.segments) - len(names)
    note = words.footnote(found.every_row, found.question, "dots", found.metrics, label, markdown=False)
    tied = [tie.said() for tie in doors.measured(ties) if tie.label in TIED]
    return Slide(
        finding="health",
        over=words.overline("Funnel health", found.question, label, markdown=False),
        headline=words.title(found.finding, found.metrics, markdown=False),
        paragraph=" ".join([words.paragraph(found.finding, found.metrics, markdown=False, brief=True), rates]).strip(),
        forms=(Dots(names, tuple(panel_of(found, m, names) for m in counted), found.finding.segment),),
        footnote=" ".join(
            p for p in (board.left_out(left_out), note, board.frozen(found.frozen), board.tied(tied)) if p
        ),
        notes=board.definitions(found.metrics),
        sheets=(sheet_of("Funnel health", found.every_row),),
    )


def shown_of(found: Funnel) -> tuple[str, ...]:
    """The segments a slide shows, those furthest ahead and the one it is about."""
    names = found.segments
    if len(names) <= ROWS:
        return tuple(names)
    subject = found.finding.segment
    first = [name for name in names[:ROWS] if name != subject]
    return tuple(name for name in names if name in ([subject] if subject else []) + first[: ROWS - bool(subject)])


def panel_of(found: Funnel, metric: Metric, names: tuple[str, ...]) -> Panel:
    """A metric's column: the segments' numbers with their intervals, everyone else's, and who is told apart."""
    frame, standing = found.rows[metric.name], found.standings[metric.name]
    rows = {row["segment"]: row for row in frame.to_dict("records")}
    stands = dict(zip(standing["segment"], standing["standing"], strict=True))
    tally = found.tallies[metric.name]
    direction, cohort = words.column_captions(metric, tally.last_week)
    caption = f"{direction}; {cohort}{board.widened(tally.question.weeks, found.question.weeks)}"
    return panel(metric, [rows.get(name) for name in names], [stands.get(name, "") for name in names], caption)


def panel(metric: Metric, rows: list[Row | None], standings: list[str], caption: str) -> Panel:
    """Contract rows as a column: a number where there is one, else the counts."""
    ends = [interval_of(metric, row) for row in rows]
    return Panel(
        title=metric.label,
        caption=caption,
        unit=CALLS if metric.estimate == "calls" else PERCENT,
        values=tuple(row["estimate"] if row and row["status"] == "ok" else None for row in rows),
        low=tuple(low for low, _ in ends),
        high=tuple(high for _, high in ends),
        labels=tuple(label_of(metric, row) for row in rows),
        rest=tuple(row["rest_estimate"] if row and row["status"] == "ok" else None for row in rows),
        standings=tuple(standings),
    )


def interval_of(metric: Metric, row: Row | None) -> tuple[float | None, float | None]:
    """A row's own interval, or the grey one of its counts."""
    if row is None or row["trials"] is None:
        return None, None
    if row["status"] == "ok":
        return row["low"], row["high"]
    return grey_interval(metric, row["trials"], row["successes"]) or (None, None)


def label_of(metric: Metric, row: Row | None) -> str:
    """The number at a dot, or the counts where there is no rate."""
    if row is None or row["trials"] is None:
        return ""
    if row["status"] == "ok":
        return words.dot_label(metric, row["estimate"], row["trials"])
    return words.count_label(metric, row["successes"], row["trials"])


def both_rates(found: Funnel, doors: Doors) -> str:
    """The close rate of everybody, and the narrow one that CRMs call the win rate; '' where deals are not connected."""
    if "close_rate" not in found.rows:
        return ""
    row = next(r for r in found.rows["close_rate"].to_dict("records") if r["segment"] == ALL)
    if row["trials"] is None:
        return ""
    asked = replace(found.question, weeks=found.tallies["close_rate"].question.weeks)
    measure = measure_named("narrow_close_rate")
    narrow: pd.DataFrame = values(doors.measured(sums, asked, "deals"), measure, doors.company.minimum_trials)
    beside = next((r for r in narrow.to_dict("records") if r["segment"] == ALL), None)
    return board.both_rates(row, beside, board.widened(asked.weeks, found.question.weeks))
