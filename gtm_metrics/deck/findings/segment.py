"""A segment: how its close rate has gone beside everyone else's, and whether its customers stay."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import Any

import pandas as pd

from gtm_metrics import words
from gtm_metrics.deck.asked import Asked, Doors
from gtm_metrics.deck.findings.health import panel_of
from gtm_metrics.deck.forms import CALLS, PERCENT, Dots, Form, Line, Lines
from gtm_metrics.deck.funnel import Funnel, counted_at, funnel_of
from gtm_metrics.deck.slide import Slide, sheet_of
from gtm_metrics.deck.week import week_of
from gtm_metrics.funnel import EVERYONE_ELSE, SPANS, beside_everyone_else, curve, finding_of, over_time
from gtm_metrics.metrics import Metric, metric_named
from gtm_metrics.question import ALL, Tally
from gtm_metrics.words import board
from gtm_metrics.words.findings import HEADLINE
from gtm_metrics.words.numbers import MONTHS

OVER = 48
"""Letters of the name in the small line over the headline, which tells the weeks as well."""
LAST_MONTH = 24
"""Months of tenure that a slide shows."""


def segment(asked: Asked, doors: Doors) -> Slide | str:
    """The slide, or why there is none."""
    found = funnel_of(asked, doors)
    name = subject_of(asked, doors, found)
    if name is None:
        return f"no segment is called {asked.segment!r} by {asked.by}" if asked.segment else "no segment has begun"
    about = finding_of(found.rows, found.standings, name)
    metric = headline_metric(found, (*about.ahead, *about.behind))
    forms: list[Form] = []
    row = [panel_of(found, m, (name,)) for m in found.metrics if found.tallies[m.name].status == "ok"]
    sheets = [sheet_of("Segment", found.every_row[found.every_row["segment"].isin([name, ALL])])]
    line, span, frame = line_of(asked, doors, found, metric, name)
    if line is not None:
        forms.append(line)
        sheets.append(sheet_of("Segment over time", frame))
    elif row:
        forms.append(Dots((words.plain(name),), tuple(row), words.plain(name)))
    steps, table = steps_of(asked, doors, found, name)
    if steps is not None:
        forms.append(steps)
        sheets.append(sheet_of("Segment survival", table))
    if not forms:
        return f"{words.plain(name)} has too few trials for a line, and no subscriptions are connected"
    label = doors.label(asked.by)
    reading = "trend" if line is not None else "dots"
    note = words.footnote(found.every_row, found.question, reading, found.metrics, label, markdown=False)
    period = f"A point: {span} weeks. " if line is not None else ""
    survival = ""
    if steps is not None:
        survival = f"{'Right' if line is not None else 'Below'}: {words.READING['survival']} All closed weeks. "
    return Slide(
        finding="segment",
        over=words.overline(words.shortened(name, OVER), found.question, label, markdown=False),
        headline=words.title(about, found.metrics, markdown=False),
        paragraph=words.paragraph(about, found.metrics, markdown=False, brief=True),
        forms=tuple(forms),
        footnote=f"{period}{survival}{note}",
        notes=board.definitions(found.metrics),
        sheets=tuple(sheets),
        shares=(1.0,) if len(forms) == 1 else (0.54, 0.46) if line is not None else (0.3, 0.7),
        stacked=line is None,
    )


def subject_of(asked: Asked, doors: Doors, found: Funnel) -> str | None:
    """The segment asked for, else the verdict's, else the one the screen is about, else the first; None where the one
    asked for is not there."""
    names = found.segments
    if asked.segment:
        return asked.segment if asked.segment in names else None
    now = week_of(asked, doors)
    told = now.told.key if now else None
    if told and told[0] == asked.by and told[1] in names:
        return told[1]
    return found.finding.segment or (names[0] if names else None)


def headline_metric(found: Funnel, apart: tuple[str, ...]) -> Metric:
    """The measure whose line is drawn: of those on which the segment stands apart the one nearest to money."""
    there = [m for m in found.metrics if found.tallies[m.name].status == "ok"] or list(found.metrics)
    ranked = sorted(there, key=lambda m: (m.name not in apart, HEADLINE.index(m.name) if m.name in HEADLINE else 99))
    return ranked[0]


def line_of(
    asked: Asked, doors: Doors, found: Funnel, metric: Metric, name: str
) -> tuple[Lines | None, int, pd.DataFrame]:
    """The measure over time, the weeks a point stands for, and its numbers; no line where no point has enough."""
    values = _values(found, name)
    window = found.tallies[metric.name].question.weeks
    # a point of the window's weeks ends the line with the number of the headline
    spans = [each for each in SPANS if not isinstance(window, int) or each[0] >= window] or SPANS[-1:]

    def counted(weeks: int) -> Tally:
        tally, _ = counted_at(asked, doors, metric, replace(found.question, weeks=weeks))
        return beside_everyone_else(tally, values)

    frame, span, _ = over_time(counted, metric, name, spans)
    mine, rest = (frame[frame["side"] == side].to_dict("records") for side in ("segment", "rest"))
    if not any(row["enough"] for row in mine):
        return None, span, frame
    at = tuple(f"{MONTHS[row['period_end'].month - 1]} {row['period_end'].year % 100:02d}" for row in mine)
    stands = dict(zip(*[found.standings[metric.name][c] for c in ("segment", "standing")], strict=True)).get(name, "")

    def last(rows: list[dict[Hashable, Any]]) -> str:
        row = next((r for r in reversed(rows) if r["enough"]), None)
        return words.dot_label(metric, row["estimate"], row["trials"]) if row else ""

    lines = (
        Line(EVERYONE_ELSE, tuple(r["estimate"] for r in rest), f"{last(rest)} {EVERYONE_ELSE}", dashed=True),
        Line(
            words.plain(name),
            tuple(row["estimate"] for row in mine),
            f"{last(mine)} {words.plain(name)}",
            subject=True,
            standing=stands,
            low=tuple(row["low"] for row in mine),
            high=tuple(row["high"] for row in mine),
        ),
    )
    unit = CALLS if metric.estimate == "calls" else PERCENT
    days = tuple(row["period_end"].isoformat() for row in mine)
    caption = f"{metric.direction}; band: 95 % interval"
    return Lines(metric.label, caption, unit, at, lines, days=days), span, frame


def steps_of(asked: Asked, doors: Doors, found: Funnel, name: str) -> tuple[Lines | None, pd.DataFrame]:
    """Survival by month of tenure, and its numbers; None where subscriptions are not connected."""
    churn = metric_named("churn", doors.metrics)
    counted = doors.ask(churn, replace(found.question, weeks=None), ("age",))
    if counted.status != "ok":
        return None, pd.DataFrame()
    frame = curve(beside_everyone_else(counted, _values(found, name)), churn)
    frame = frame[(frame["segment"] != ALL) & (frame["age"] <= LAST_MONTH)]
    sides = {side: frame[frame["segment"] == side].to_dict("records") for side in (EVERYONE_ELSE, name)}
    if not sides[name]:
        return None, frame
    last = max(int(row["age"]) for rows in sides.values() for row in rows)

    def line(side: str, subject: bool) -> Line:
        by_age = {int(row["age"]): row for row in sides[side]}
        values = tuple(by_age[age]["survival"] if age in by_age else None for age in range(last + 1))
        kept = sides[side][-1]["survival"]
        label = f"{words.percent(kept, sides[side][0]['at_risk'])} {words.plain(side)}"
        low = tuple(by_age[age]["low"] if age in by_age else None for age in range(last + 1)) if subject else ()
        high = tuple(by_age[age]["high"] if age in by_age else None for age in range(last + 1)) if subject else ()
        return Line(words.plain(side), values, label, subject, "", not subject, low, high)

    lines = tuple(line(side, side == name) for side in sides if sides[side])
    at = tuple(str(age) for age in range(last + 1))
    caption = "share still a customer, by month since they began"
    return Lines("Who stays", caption, PERCENT, at, lines, steps=True), frame.reset_index(drop=True)


def _values(found: Funnel, name: str) -> tuple[str, ...]:
    by = next(row["by"] for row in found.every_row.to_dict("records") if row["segment"] == name)
    return tuple(by.values())
