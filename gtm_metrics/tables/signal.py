"""Frames of the signal as a page lists them: every watched segment, the gates, what holds up, what changed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from gtm_metrics import words
from gtm_metrics.funnel import held_by_test
from gtm_metrics.funnel.holds import ALL_DATA
from gtm_metrics.metrics import METRICS, Metric
from gtm_metrics.signal.series import Held
from gtm_metrics.words import evidence, gates, signal, small
from gtm_metrics.words.numbers import Row

LEAD = "Lead, 12 weeks"
YES, NOT_YET = "yes", "not yet"
WITHOUT_BEST = "Without its best accounts"
"""What the judge calls its test without the best accounts."""
BOTH_SIDES = 2.5
"""Ends of the strip of leads: further than this a week is drawn no longer."""


def watched(
    rows: pd.DataFrame,
    labels: Mapping[str, str],
    leads: Mapping[tuple[str, str], Sequence[float]],
    longest: int = small.LONGEST,
) -> pd.DataFrame:
    """A row a watched segment, the strongest evidence first: its word, strip of leads, odds, what is needed, the wait.

    rows     verdict rows of one week
    labels   what a dimension is called on screen
    leads    the last 12 weeks' lead by (dimension, segment), for a strip around a zero line
    longest  weeks beyond which the company counts no wait down
    """
    ordered = sorted(rows.to_dict("records"), key=lambda row: -_or_least(row["log_e_two"]))
    lines = [
        {
            "Segment": words.plain(row["segment"]),
            "Dimension": labels.get(row["dimension"], row["dimension"]),
            "Signal": signal.ON_SCREEN[row["state"]] + (", fading" if row["fading"] else ""),
            LEAD: strip(leads.get((row["dimension"], row["segment"]), ())),
            "On two measures": evidence.odds(row["log_e_two"]),
            "Needed": f"{row['threshold']:,.0f} to 1",
            "On one": evidence.odds(row["log_e_any"]),
            "Proof in": _wait(row, longest),
            "Carried by": _carried(row),
        }
        for row in ordered
    ]
    names = ["Segment", "Dimension", "Signal", LEAD, "On two measures", "Needed", "On one", "Proof in", "Carried by"]
    return pd.DataFrame(lines, columns=names)


def strip(leads: Iterable[float]) -> list[float]:
    """Leads as a strip draws them: cut at both ends, so that one week of luck does not flatten the others."""
    return [max(-BOTH_SIDES, min(BOTH_SIDES, lead)) for lead in leads]


def checklist(row: Row, metrics: Sequence[Metric] = METRICS, names: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Test | passed | how it stands: the evidence, then the five gates; `names` is what an account is called."""
    lines = [
        {"Test": label, "Passed": YES if passed else NOT_YET, "How it stands": words.plain(reason)}
        for label, passed, reason in gates.gates(row, metrics, names)
    ]
    return pd.DataFrame(lines, columns=["Test", "Passed", "How it stands"])


def numbers(row: Row, metrics: Sequence[Metric] = METRICS) -> pd.DataFrame:
    """Measure | times the rest | better when | evidence | counts | weeks to: one segment's frozen weeks alone."""
    lines = []
    for name, found in (row["metrics"] or {}).items():
        metric = next(each for each in metrics if each.name == name)
        last = gates.as_day(found["last_week"])
        lines.append(
            {
                "Measure": metric.label,
                "Times the rest": evidence.ratio_cell(
                    found["rate_ratio"], found["rate_ratio_low"], found["rate_ratio_high"]
                ),
                "Better when": "above 1" if evidence.good_above_one(metric) else "below 1",
                "Evidence": evidence.odds(found["log_e_better"]),
                "Counts": words.counted(metric, found["successes"], found["trials"]),
                "Weeks to": words.day(last) if last else words.MISSING,
            }
        )
    return pd.DataFrame(lines, columns=["Measure", "Times the rest", "Better when", "Evidence", "Counts", "Weeks to"])


def holds(
    proofs: Sequence[Held], tests: pd.DataFrame, metric: str, labels: Mapping[str, str], best: int = 0
) -> pd.DataFrame:
    """Test | still there | times the rest: the proof with less data, then the lead among the segment's like.

    proofs   `signal.series.holds_up`: whether the evidence still reaches proof
    tests    `funnel.holds_up` of several metrics; those within a dimension are listed, with the ratio of `metric`
    best     how many accounts are its best ones: up to three a measure, one of several measures counted once
    """
    ratio = f"Times the rest ({evidence.short(metric)})"
    lines = [
        {
            "Test": f"Without its {best} best accounts" if held.test == WITHOUT_BEST and best > 1 else held.test,
            "Still there": "proven" if held.proven else "not proven",
            ratio: evidence.ratio_cell(held.times, held.low, held.high),
        }
        for held in proofs
    ]
    by_test = held_by_test(tests).to_dict("records") if len(tests) else []
    within = {row["within"]: row for row in tests.to_dict("records") if row["within"] and row["metric"] == metric}
    for row in by_test:
        if not row["within"] or row["test"] == ALL_DATA:
            continue
        mine = within.get(row["within"])
        lines.append(
            {
                "Test": f"Within {labels.get(row['within'], row['within']).lower()}",
                "Still there": f"on {row['held']} of {row['of']}" if row["of"] else "too few to say",
                ratio: evidence.ratio_cell(mine["ratio"], mine["low"], mine["high"]) if mine else words.MISSING,
            }
        )
    return pd.DataFrame(lines, columns=["Test", "Still there", ratio])


def changed(found: Sequence[tuple[str, str, str]]) -> pd.DataFrame:
    """Segment | what changed | mark, since last week."""
    lines = [{"Segment": words.plain(name), "What changed": told, "Real?": mark} for name, told, mark in found]
    return pd.DataFrame(lines, columns=["Segment", "What changed", "Real?"])


def _or_least(value: Any) -> float:
    return -math.inf if value is None or pd.isna(value) else float(value)


def _wait(row: Row, longest: int) -> str:
    """How long proof would take, in a few words: the whole reason stands under the verdict."""
    weeks = row["weeks_to_decide"]
    if signal.ON_SCREEN[row["state"]] in (signal.TIGHTEN, signal.TIGHTENED):
        return words.MISSING
    if weeks is not None and not pd.isna(weeks):
        return small.wait(float(weeks))
    found = row["metrics"] or {}
    if len(found) < 2:
        return "needs a second measure"
    return small.wait(math.inf, longest) if row["why_not_decidable"] else "not known"


def _carried(row: Row) -> str:
    """The measures behind the evidence, where there is any."""
    some = max(_or_least(row["log_e_any"]), _or_least(row["log_e_two"])) >= evidence.LEAST
    return ", ".join(evidence.short(name) for name in row["carrying"]) if some else ""


def worth(
    nrr: Row | None, arpa: Row | None, left: int | None, weeks: int | None = None, currency: str = "$"
) -> signal.Worth:
    """Whether a segment is worth it: NRR and ARPA beside everyone else's, as far as they are known.

    nrr, arpa   rows of `measures.values`, None where not known
    left        accounts left to win, which last so many weeks of first touches
    Worth it is neither below everyone else's and at least one above; not worth it is both known and below.
    """
    sides = [
        (row["value"] > row["rest_value"]) - (row["value"] < row["rest_value"])
        for row in (nrr, arpa)
        if row is not None and row["value"] is not None and row["rest_value"] is not None
    ]
    judged = True if sides and min(sides) >= 0 and max(sides) > 0 else False if sides == [-1, -1] else None
    own, rest = (nrr["value"], nrr["rest_value"]) if nrr is not None else (None, None)
    pays, others = (arpa["value"], arpa["rest_value"]) if arpa is not None else (None, None)
    return signal.Worth(own, rest, left, judged, pays, others, weeks, currency)
