"""Alternatives: what takes the deals that are not won, the status quo among them."""

from __future__ import annotations

from gtm_metrics import alternatives as judge
from gtm_metrics.deck.asked import Asked, Doors, question_of
from gtm_metrics.deck.forms import Bars, Part
from gtm_metrics.deck.slide import Slide, sheet_of
from gtm_metrics.measures import against
from gtm_metrics.question import ALL
from gtm_metrics.words import alternatives as said
from gtm_metrics.words import overline, plain
from gtm_metrics.words.board import unmarked

ROWS = 9
"""Alternatives a slide has room for, all decided deals among them."""
PARTS = (("won", "won"), ("lost", "lost"), ("no_decision", "no decision"))


def alternatives(asked: Asked, doors: Doors) -> Slide | str:
    """The slide, or why there is none."""
    question, minimum = question_of(asked, doors), doors.company.minimum_trials
    counted = doors.measured(against, question)
    if counted.why or counted.frame.empty:
        return counted.why or "no deal was decided in this window"
    named = judge.named(counted.frame, doors.company.status_quo)
    rows = judge.alternatives(named, minimum)
    found = judge.finding(rows)
    overall = rows[rows["segment"] == ALL].to_dict("records")
    shown = overall[:ROWS]
    shares = shown[0]["close_rate"] is not None
    recorded = bool((named["alternative"] != judge.NOT_RECORDED).any())
    rated = [row["close_rate"] is not None or not shares for row in shown]
    form = Bars(
        title="Won, lost and no decision",
        caption="of the deals against each alternative; counts where there are few",
        rows=tuple(plain(said.name_of(row)) for row in shown),
        parts=tuple(
            Part(label, tuple(row[name] if fine else None for row, fine in zip(shown, rated, strict=True)))
            for name, label in PARTS
        ),
        labels=tuple(said.bar_label(row) for row in shown),
        standings=tuple(row["status"] if row["status"] in ("ahead", "behind") else "" for row in shown),
        shares=shares,
        subject=plain(said.name_of(shown[0])),
        line=1 - judge.BENCHMARK if shares else None,
        line_label=said.BENCHMARK_LABEL if shares else "",
    )
    note = said.note(rows, question, counted.first_day, counted.last_day, minimum).replace(", a square a deal", "")
    more = len(overall) - len(shown)
    return Slide(
        finding="alternatives",
        over=overline("Alternatives", question, markdown=False).removesuffix(f" · by {question.dimension}"),
        headline=unmarked(said.title(found, minimum)),
        paragraph=unmarked(said.paragraph(found, minimum, recorded)),
        forms=(form,),
        footnote=note + (f" {more:,} alternatives with fewer deals not shown." if more > 0 else ""),
        notes=f"{said.SEGMENTS}\n{said.SOURCE}",
        sheets=(sheet_of("Alternatives", rows.drop(columns=["tried"])),),
    )
