"""What people decided and what came of it: journal lines, promise and delivery, what changed since last week."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

import pandas as pd

from gtm_metrics.metrics import METRICS, Metric
from gtm_metrics.words.evidence import good_above_one, spoken
from gtm_metrics.words.findings import Voice
from gtm_metrics.words.gates import as_day, spelled
from gtm_metrics.words.numbers import Row, count, day, listed, percent
from gtm_metrics.words.signal import LEAD_LOST, ON_SCREEN, TIGHTEN, TIGHTENED

KINDS = {"tighten": "Tighten on {}", "loose": "Stay loose", "thesis": "Thesis: {}"}
NO_THESIS = "No thesis any more"
KEEP_OUTSIDE = 0.1
"""Share of first touches that should stay outside a segment one tightened on: without it nothing is compared."""
PROVEN, LIKELY, NOISE, DECIDED, NEW = "proven", "likely", "within noise", "decided", "new"
MARKS = {
    PROVEN: "the rule's own guarantee stands behind it",
    LIKELY: "an interval of 95 % that may be looked at every week left 1; of many such intervals some do so by luck",
    NOISE: "luck moves a number this much in a week",
    DECIDED: "a decision of people",
    NEW: "nothing to set beside it yet",
}
"""What stands behind a change."""


def decision_line(row: Row, markdown: bool = True) -> str:
    """16 Nov 2026: Tighten on DTC e-commerce (Anna): why. Review on 1 Feb 2027."""
    voice = Voice(markdown)
    about = voice.name(row["segment"]) if row["segment"] else "everyone"
    review = f" Review on {day(as_day(row['review_on']))}." if as_day(row["review_on"]) else ""
    why = voice.text(row["why"]).rstrip(".")
    what = KINDS[str(row["kind"])].format(about) if row["segment"] or row["kind"] != "thesis" else NO_THESIS
    return f"{day(as_day(row['decided_at']))}: {what} ({voice.text(row['who'])}): {why}.{review}"


def due(row: Row, today: date) -> str:
    """Whether the decision is due for a review; '' while it is not, or where no day was set."""
    review = as_day(row["review_on"])
    if review is None or review > today:
        return ""
    return f"The review of this decision was set for {day(review)}."


def promised(frame: pd.DataFrame, since: date, metrics: Sequence[Metric] = METRICS) -> str:
    """Promised against delivered in a sentence; the table lists the numbers.

    frame   `funnel.promised_against_delivered`: metric, standing (short, better, kept, or '' where it is too early)
    """
    said = [row for row in frame.to_dict("records") if row["standing"]]
    if not said:
        return f"Decided on {day(since)}; too early to set what came beside what was promised."
    short_of = [spoken(str(row["metric"]), metrics) for row in said if row["standing"] == "short"]
    if short_of:
        kept_so_far = f"{len(said) - len(short_of)} of {len(said)} kept"
        return f"Since {day(since)}: {listed(short_of)} short of the promise, {kept_so_far}."
    every = {1: "the one promise", 2: "both promises"}.get(len(said), f"all {spelled(len(said))} promises")
    return f"Since {day(since)}: {every} kept so far."


def left_outside(inside: float, outside: float) -> str:
    """How much of the outreach still goes elsewhere: the comparison rests on it, so some should."""
    total = inside + outside
    if not total:
        return "Nobody is touched at the moment, so there is nothing to compare."
    share = outside / total
    rest = f"{count(round(outside), 'account')} a week ({percent(share, 0)}) are still first touched outside it"
    if share < KEEP_OUTSIDE - 0.005:
        return f"Only {rest}: keep about 1 in 10 there, or the comparison ends for want of a rest."
    return f"{rest[:1].upper()}{rest[1:]}; the comparison rests on them. About 1 in 10 is enough."


def changes(
    before: pd.DataFrame, after: pd.DataFrame, metrics: Sequence[Metric] = METRICS
) -> list[tuple[str, str, str]]:
    """What changed between two weeks' verdicts: (segment, what changed, a mark of MARKS).

    before, after   verdict rows of two weeks. Only what the rule itself guards is called proven: a segment that
    reached proof or lost its lead. An interval that left 1 is likely; everything else that moves from week to week
    is within noise, and numbers that did are not listed one by one.
    """
    earlier = {(row["dimension"], row["segment"]): row for row in before.to_dict("records")}
    found = []
    for row in after.to_dict("records"):
        name = str(row["segment"])
        then = earlier.get((row["dimension"], row["segment"]))
        if then is None:
            found.append((name, "watched from this week on", NEW))
            continue
        was, now = ON_SCREEN[then["state"]], ON_SCREEN[row["state"]]
        if was != now:
            guarded = now in (TIGHTEN, LEAD_LOST)
            mark = DECIDED if now == TIGHTENED else PROVEN if guarded else NOISE
            found.append((name, f"{was} → {now}", mark))
        elif then["fading"] != row["fading"]:
            found.append((name, "fading" if row["fading"] else "no longer fading", NOISE))
        found += [(name, told, LIKELY) for told in _left_one(then, row, metrics)]
    return found


def unchanged(rows: int, found: Sequence[tuple[str, str, str]]) -> str:
    """How many segments nothing is told of: their numbers moved within noise."""
    quiet = rows - len({name for name, _, _ in found})
    if not quiet:
        return ""
    if quiet == rows:
        return f"Nothing changed since last week: the numbers of {count(rows, 'segment')} moved within noise."
    return f"The numbers of the other {count(quiet, 'segment')} moved within noise."


def _left_one(then: Row, row: Row, metrics: Sequence[Metric]) -> list[str]:
    """Metrics whose always-valid interval left 1 this week."""
    told = []
    for name, now in (row["metrics"] or {}).items():
        was, metric = (then["metrics"] or {}).get(name), next((m for m in metrics if m.name == name), None)
        if was is None or metric is None:
            continue
        side, before = _side(now), _side(was)
        if side and side != before:
            good = (side > 0) == good_above_one(metric)
            told.append(f"{'ahead' if good else 'behind'} on {spoken(name, metrics)}")
    return told


def _side(found: Row) -> int:
    """1 or -1 where the interval of the odds ratio lies above or below 1, else 0."""
    ratio = found.get("odds_ratio") or {}
    low, high = ratio.get("low"), ratio.get("high")
    if low is None or high is None or math.isnan(low) or math.isnan(high):
        return 0
    return 1 if low > 1 else -1 if high < 1 else 0
