"""What was learned and ruled out: an answer too, where nothing stands out."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd

from gtm_metrics.deck.asked import Asked, Doors
from gtm_metrics.deck.forms import TIMES, Dots, Panel
from gtm_metrics.deck.slide import Slide, sheet_of
from gtm_metrics.deck.week import Week, week_of
from gtm_metrics.metrics import Metric
from gtm_metrics.words import board, board_learned, day
from gtm_metrics.words.evidence import good_above_one, ratio_label
from gtm_metrics.words.numbers import Row

LARGE = 1.5
"""Times as good as everyone else: what a segment must be for positioning to be tightened on it before long."""
ROWS = 12


def learned(asked: Asked, doors: Doors) -> Slide | str:
    """The slide, or why there is none."""
    now = week_of(asked, doors)
    if now is None or now.rows.empty:
        return "no week has been judged yet: gtm-metrics refresh judges those that have settled"
    frame = ruled_out(now)
    known = frame[frame["low"].notna() & frame["high"].notna()]
    if known.empty:
        return "no segment has been watched long enough for an interval that may be looked at every week"
    verdict = by_segment(known, now.metrics)
    rows = [key for key in verdict if key in set(zip(known["dimension"], known["segment"], strict=True))][:ROWS]
    panels = tuple(_panel(known, metric, rows) for metric in now.metrics if (known["metric"] == metric.name).any())
    called = {(key[0], doors.segment(*key)): told for key, told in verdict.items()}
    last = now.told.week or asked.as_of
    return Slide(
        finding="learned",
        over=f"Learned and ruled out · to Sunday {day(last + timedelta(days=6))}",
        headline=board_learned.title(called),
        paragraph=board_learned.paragraph(called),
        forms=(Dots(tuple(doors.segment(*key) for key in rows), panels),),
        footnote=board_learned.note(last + timedelta(days=6), asked.as_of, len(verdict) - len(rows), verdict),
        notes=board.definitions(now.metrics),
        sheets=(sheet_of("Learned and ruled out", frame),),
    )


def ruled_out(now: Week) -> pd.DataFrame:
    """dimension | segment | metric | trials | successes | times | low | high | ruled_out: a row a segment and metric.

    times, low, high   of everyone else in the same weeks, the interval valid however often one looks; turned over
                       where lower is better, so that above 1 is better everywhere
    ruled_out          whether the interval leaves no room for LARGE times
    """
    named = {metric.name: metric for metric in now.metrics}
    lines = []
    for row in now.rows.to_dict("records"):
        for name, found in (row["metrics"] or {}).items():
            if name not in named:
                continue
            times, low, high = (found.get(key) for key in ("rate_ratio", "rate_ratio_low", "rate_ratio_high"))
            if not good_above_one(named[name]):
                times, low, high = _over(times), _over(high), _over(low)
            out = None if high is None else high < LARGE
            counts = (found["trials"], found["successes"])
            lines.append((row["dimension"], row["segment"], name, *counts, times, low, high, out))
    columns = ["dimension", "segment", "metric", "trials", "successes", "times", "low", "high", "ruled_out"]
    return pd.DataFrame(lines, columns=columns, dtype=object)


def by_segment(known: pd.DataFrame, metrics: tuple[Metric, ...]) -> dict[tuple[str, str], tuple[list[str], list[str]]]:
    """(dimension, segment) -> names of the metrics on which LARGE is ruled out, and of those on which it is open; the
    segments of which most is known first."""
    found: dict[tuple[str, str], tuple[list[str], list[str]]] = {}
    for row in known.to_dict("records"):
        out, still = found.setdefault((str(row["dimension"]), str(row["segment"])), ([], []))
        (out if row["ruled_out"] else still).append(str(row["metric"]))
    return dict(sorted(found.items(), key=lambda item: (len(item[1][1]), -len(item[1][0]), item[0])))


def _over(value: float | None) -> float | None:
    return None if not value else 1 / value


def _panel(known: pd.DataFrame, metric: Metric, rows: list[tuple[str, str]]) -> Panel:
    mine = {(r["dimension"], r["segment"]): r for r in known[known["metric"] == metric.name].to_dict("records")}
    found: list[Row | None] = [mine.get(key) for key in rows]
    return Panel(
        title=metric.label,
        caption="times as good as everyone else" if good_above_one(metric) else "times as few as of everyone else",
        unit=TIMES,
        values=tuple(row["times"] if row else None for row in found),
        low=tuple(row["low"] if row else None for row in found),
        high=tuple(row["high"] if row else None for row in found),
        labels=tuple(ratio_label(row["times"]).removesuffix(" times") if row else "" for row in found),
        rest=tuple(None for _ in found),
        standings=tuple(
            "ahead" if row and row["low"] > 1 else "behind" if row and row["high"] < 1 else "" for row in found
        ),
        line=LARGE,
        line_label=f"{LARGE:g} times",
    )
