"""The verdict: has one segment consistently pulled ahead, and how strong is the evidence?"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta

import pandas as pd

from gtm_metrics.deck.asked import Asked, Doors
from gtm_metrics.deck.forms import ODDS, Line, Lines
from gtm_metrics.deck.slide import Slide, sheet_of
from gtm_metrics.deck.week import Key, Week, week_of
from gtm_metrics.signal.states import LATCHED, REOPENED, TIGHTEN_NOW
from gtm_metrics.words import board, day, explained, shortened, signal
from gtm_metrics.words.evidence import LEAST, RACE_CAPTION, RACE_TITLE, READING_SIGNAL, odds, proof_label
from gtm_metrics.words.gates import proven
from gtm_metrics.words.numbers import MONTHS, Row, count

DRAWN_WEEKS = 52
NAMED = 3
"""Segments named beside the one the slide is about, the strongest first."""
NO_WEEK = "no week has been judged yet: gtm-metrics refresh judges those that have settled"


def verdict(asked: Asked, doors: Doors) -> Slide | str:
    """The slide, or why there is none."""
    now = week_of(asked, doors)
    key = now.subject if now else None
    row = now.row(key) if now else None
    if now is None or key is None or row is None:
        return NO_WEEK
    form = race_of(now, key, doors)
    if form is None:
        return "evidence takes two connected measures that agree"
    last = now.told.week or asked.as_of
    end = day(last + timedelta(days=6))
    told = explained.paragraph(now.told, row, None, now.metrics)
    threshold = f"Needed: {row['threshold']:,.0f} to 1." if row["threshold"] is not None else ""
    return Slide(
        finding="verdict",
        over=f"The verdict · to Sunday {end} · {count(len(now.rows), 'segment')} watched",
        headline=signal.title(now.told, row, markdown=False),
        paragraph=board.unmarked(told),
        forms=(form,),
        footnote=(
            f"{READING_SIGNAL['race']} {threshold} n = {count(len(now.rows), 'watched segment')}, "
            f"{count(len(form.at), 'week')}. Frozen weeks to Sunday {end}, as of {day(asked.as_of)}."
        ),
        notes=f"{signal.luck(now.told.luck)}\n{board.definitions(now.metrics)}",
        sheets=(sheet_of("The verdict", table_of(now)), sheet_of("Evidence by week", by_week(now))),
    )


def race_of(now: Week, subject: Key, doors: Doors) -> Lines | None:
    """The evidence of every watched segment, week by week, as odds; None where there is none."""
    history = by_week(now)
    weeks = list(dict.fromkeys(history["week"]))[-DRAWN_WEEKS:]
    lines = []
    for (dimension, segment), mine in history.groupby(["dimension", "segment"], sort=False):
        known = dict(zip(mine["week"], mine["log_e_two"], strict=True))
        values = tuple(None if known.get(week) is None else math.exp(min(known[week], 300.0)) for week in weeks)
        if any(value is not None for value in values):
            lines.append(((str(dimension), str(segment)), values))
    if not lines:
        return None
    lines.sort(key=lambda each: (each[0] == subject, each[1][-1] or 0.0))
    row = now.row(subject)
    others = [(key, values[-1]) for key, values in lines if key != subject]
    named = [key for key, last in others if last and math.log(last) >= LEAST][-NAMED:]
    drawn = tuple(
        Line(
            name=doors.segment(*key),
            values=values,
            label=_label(doors.segment(*key), values[-1], key == subject) if key in (subject, *named) else "",
            subject=key == subject,
            standing=standing_of(row) if key == subject else "",
        )
        for key, values in lines
    )
    if others and not named:
        # the strongest of them all stands for the bundle at the foot
        rest = f"{count(len(others), 'other')}: {odds(None)}"
        drawn = tuple(
            replace(line, label=rest) if key == others[-1][0] else line
            for (key, _), line in zip(lines, drawn, strict=True)
        )
    at = tuple(f"{week.day} {MONTHS[week.month - 1]}" for week in weeks)
    days = tuple(week.isoformat() for week in weeks)
    threshold = row["threshold"] if row else None
    who = "all" if not bool(now.rows["thesis"].any()) else "thesis" if row and row["thesis"] else "others"
    label = proof_label(who, now.told.k) if threshold is not None else ""
    return Lines(RACE_TITLE, RACE_CAPTION, ODDS, at, drawn, mark=threshold, mark_label=label, days=days)


def standing_of(row: Row | None) -> str:
    """ahead where it is proven, behind where its lead was lost; a leaning is not a finding."""
    if row is None:
        return ""
    state = row["state"]
    if state == TIGHTEN_NOW or (state in LATCHED and proven(row)):
        return "ahead"
    return "behind" if state == REOPENED else ""


def _label(name: str, last: float | None, subject: bool) -> str:
    """What stands at a line's end: the name, of the one the slide is about also how strong its evidence is."""
    return f"{shortened(name, 26)}: {odds(math.log(last) if last else None)}" if subject else shortened(name, 22)


def by_week(now: Week) -> pd.DataFrame:
    """week | dimension | segment | log_e_two | threshold | state, the weeks as days."""
    frame = now.history[["week", "dimension", "segment", "log_e_two", "threshold", "state"]].copy()
    frame["week"] = [pd.Timestamp(week).date() for week in frame["week"]]
    frame["log_e_two"] = [None if value is None or pd.isna(value) else float(value) for value in frame["log_e_two"]]
    return frame.astype({"log_e_two": object})


def table_of(now: Week) -> pd.DataFrame:
    """Every watched segment as the journal has it, the strongest evidence first."""
    frame = now.rows.sort_values("log_e_two", ascending=False, na_position="last")
    names = ["dimension", "segment", "state", "since", "log_e_any", "log_e_two", "threshold", "carrying"]
    return frame[names].reset_index(drop=True)
