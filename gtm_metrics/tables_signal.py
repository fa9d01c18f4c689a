"""Frames of the signal as a page lists them: every watched segment, the gates, what holds up, what would change."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from gtm_metrics import words
from gtm_metrics.funnel import held_by_test
from gtm_metrics.funnel.ceiling import Ceiling
from gtm_metrics.funnel.holds import ALL_DATA
from gtm_metrics.measures import Referenceable
from gtm_metrics.metrics import METRICS, Metric
from gtm_metrics.signal.series import Held
from gtm_metrics.words import decided, evidence, gates, signal, small
from gtm_metrics.words.numbers import Row

LEAD = "Lead, 12 weeks"
YES, NOT_YET = "yes", "not yet"
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


def checklist(row: Row) -> pd.DataFrame:
    """Test | passed | how it stands: the evidence, then the five gates."""
    lines = [
        {"Test": label, "Passed": YES if passed else NOT_YET, "How it stands": words.plain(reason)}
        for label, passed, reason in gates.gates(row)
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


def holds(proofs: Sequence[Held], tests: pd.DataFrame, metric: str, labels: Mapping[str, str]) -> pd.DataFrame:
    """Test | still there | times the rest: the proof with less data, then the lead among the segment's like.

    proofs   `signal.series.holds_up`: whether the evidence still reaches proof
    tests    `funnel.holds_up` of several metrics; those within a dimension are listed, with the ratio of `metric`
    """
    ratio = f"Times the rest ({evidence.short(metric)})"
    lines = [
        {
            "Test": held.test,
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
                "Still there": f"ahead on {row['held']} of {row['of']}" if row["of"] else "too few to say",
                ratio: evidence.ratio_cell(mine["ratio"], mine["low"], mine["high"]) if mine else words.MISSING,
            }
        )
    return pd.DataFrame(lines, columns=["Test", "Still there", ratio])


def ceiling(now: Ceiling, currency: str) -> pd.DataFrame:
    """What tightening would change, at the most: loose as it is now beside all of the work on one segment."""
    name = words.plain(words.shortened(now.segment, 24))
    rate = words.percent(now.close_rate, 0) if now.close_rate is not None else ""
    amount = words.money(now.amount_a_quarter, currency)
    lines = [
        ("Accounts left to win", "", _count(now.left)),
        ("First touches a week", _count(now.touches_a_week), f"now {_count(now.touches_in_segment_a_week)}"),
        ("The list lasts", "", words.count(now.weeks_of_list, "week")),
        ("Deals won a quarter", _count(now.won_a_quarter), _up_to(now.won_if_all, now.capped)),
        ("Close rate it rests on", "", rate or words.MISSING),
        (
            "Amount won a quarter",
            amount,
            _money_up_to(now.amount_if_all, currency),
        ),
        ("Given up: won outside a quarter", "", _count(now.won_outside_a_quarter)),
        ("Given up: open pipeline outside", "", words.money(now.open_pipeline_outside, currency)),
    ]
    return pd.DataFrame(lines, columns=["", "Loose (now)", f"All on {name}"])


def levers(found: small.Small) -> pd.DataFrame:
    """Lever | proof in | taken for granted: what would shorten a wait of over two years, each with its own."""
    lines = [
        {
            "Lever": small.lever_name(lever),
            "Proof in": small.wait(lever.weeks),
            "Taken for granted": words.plain(lever.assumes) if lever.assumes else "a lead of 1.5 times the odds",
        }
        for lever in found.levers
    ]
    return pd.DataFrame(lines, columns=["Lever", "Proof in", "Taken for granted"])


TO_CHANGE = (
    ("Testimonials", "customers of the segment who would say it, by name"),
    ("Value proposition", "why they bought, in their words"),
    ("Influencers", "whom this segment listens to"),
    ("Images", "people and places this segment recognises"),
    ("Tone and language", "the words its customers use"),
    ("Needs", "the ones it has and others have not"),
    ("Client list", "logos of the segment first"),
    ("Content", "one piece a need, written for it"),
    ("The company's values", "what it can stand for with them"),
)
"""What a company changes when it tightens its positioning."""


def to_change(reasons: pd.DataFrame | None, references: Referenceable | None) -> pd.DataFrame:
    """What to change | to what | evidence from data, where there is any: win reasons, referenceable customers."""
    heard = "" if reasons is None else ", ".join(f"{words.plain(r)} ({n:,})" for r, n in _top(reasons))
    names = [] if references is None else [words.plain(name) for name in references.frame["account"].tolist()[:5]]
    more = (
        "" if references is None or references.in_all <= len(names) else f" and {references.in_all - len(names):,} more"
    )
    known = {
        "Testimonials": f"{', '.join(names)}{more}" if names else "",
        "Value proposition": heard,
        "Client list": f"{references.in_all:,} could be named" if references is not None and references.in_all else "",
    }
    lines = [{"What to change": what, "To": to, "What data say": known.get(what, "")} for what, to in TO_CHANGE]
    return pd.DataFrame(lines, columns=["What to change", "To", "What data say"])


def changed(found: Sequence[tuple[str, str, str]]) -> pd.DataFrame:
    """Segment | what changed | mark, since last week."""
    lines = [{"Segment": words.plain(name), "What changed": told, "Real?": mark} for name, told, mark in found]
    return pd.DataFrame(lines, columns=["Segment", "What changed", "Real?"])


def history(decisions: pd.DataFrame) -> pd.DataFrame:
    """On | decision | segment | who | why | review | evidence of that day; the newest first."""
    names = {"tighten": "Tighten", "loose": "Stay loose", "thesis": "Thesis"}
    lines = []
    for row in reversed(decisions.to_dict("records")):
        then = row["evidence"] or {}
        lines.append(
            {
                "On": words.day(gates.as_day(row["decided_at"])),
                "Decision": names[row["kind"]],
                "Segment": words.plain(row["segment"]) if row["segment"] else "",
                "Who": words.plain(row["who"]),
                "Why": words.plain(row["why"]),
                "Review": words.day(gates.as_day(row["review_on"])),
                "Evidence that day": evidence.odds(then.get("log_e_two")) if then else "",
            }
        )
    return pd.DataFrame(lines, columns=["On", "Decision", "Segment", "Who", "Why", "Review", "Evidence that day"])


def delivered(frame: pd.DataFrame, metrics: Sequence[Metric] = METRICS) -> pd.DataFrame:
    """Measure | promised | delivered | counts | kept: the segment's rates on the day of the decision and since.

    frame   `funnel.ceiling`'s comparison of promised and delivered rows
    """
    lines = []
    for row in frame.to_dict("records"):
        metric = next(each for each in metrics if each.name == row["metric"])
        n = row["trials"] or 0
        lines.append(
            {
                "Measure": metric.label,
                "Promised": words.estimate(metric, row["promised"], n) if row["promised"] is not None else "",
                "Delivered": words.estimate(metric, row["delivered"], n) if row["delivered"] is not None else "",
                "Counts": words.counted(metric, row["successes"], n) if row["trials"] is not None else "",
                "So far": row["standing"] or words.plain(row["why"]),
            }
        )
    return pd.DataFrame(lines, columns=["Measure", "Promised", "Delivered", "Counts", "So far"])


def alarm(work: pd.DataFrame, labels: Mapping[str, str]) -> list[tuple[bool, str]]:
    """Whether each kind of work is drifting out of the profile, and the sentence of each."""
    found = []
    for what, label in labels.items():
        frame = work[work["what"] == what]
        if len(frame):
            found.append(decided.dilution(frame, label))
    return found


def _top(reasons: pd.DataFrame, most: int = 3) -> list[tuple[str, int]]:
    return list(zip(reasons["reason"].tolist()[:most], reasons["n"].tolist()[:most], strict=True))


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


def _count(value: float | None) -> str:
    return words.MISSING if value is None else f"{value:,.0f}"


def _up_to(value: float | None, capped: bool) -> str:
    if value is None:
        return words.MISSING
    return f"up to {value:,.0f}" + (", then the list is empty" if capped else "")


def _money_up_to(value: float | None, currency: str) -> str:
    return words.MISSING if value is None else f"up to {words.money(value, currency)}"


def worth(nrr: Row | None, arpa: Row | None, left: int | None) -> signal.Worth:
    """Whether a segment is worth it: NRR and ARPA beside everyone else's, as far as they are known.

    nrr, arpa   rows of `measures.values`, None where not known
    Worth it is neither below everyone else's and at least one above; not worth it is both known and below.
    """
    sides = [
        (row["value"] > row["rest_value"]) - (row["value"] < row["rest_value"])
        for row in (nrr, arpa)
        if row is not None and row["value"] is not None and row["rest_value"] is not None
    ]
    judged = True if sides and min(sides) >= 0 and max(sides) > 0 else False if sides == [-1, -1] else None
    own, rest = (nrr["value"], nrr["rest_value"]) if nrr is not None else (None, None)
    return signal.Worth(own, rest, left, judged)
