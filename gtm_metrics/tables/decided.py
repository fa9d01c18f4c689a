"""Frames of a decision as a page lists them: what it would change, what to change, what came of it, the levers."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from gtm_metrics import words
from gtm_metrics.funnel.ceiling import Ceiling
from gtm_metrics.measures import Referenceable
from gtm_metrics.metrics import METRICS, Metric
from gtm_metrics.words import decided, evidence, gates, small


def ceiling(now: Ceiling, currency: str) -> pd.DataFrame:
    """What tightening would change, at the most: loose as it is now beside all of the work on one segment.

    A line of which neither side is known is left out.
    """
    name = words.plain(words.shortened(now.segment, 24))
    rate = words.percent(now.close_rate, 0) if now.close_rate is not None else ""
    amount = words.money(now.amount_a_quarter, currency)
    lines = [
        ("Accounts left to win", "", _count(now.left)),
        ("First touches a week", _count(now.touches_a_week), _now(now.touches_in_segment_a_week)),
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
    known = [line for line in lines if not set(line[1:]) <= {"", words.MISSING}]
    return pd.DataFrame(known, columns=["", "Loose (now)", f"All on {name}"])


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


def history(decisions: pd.DataFrame) -> pd.DataFrame:
    """On | decision | segment | who | why | review | evidence of that day; the newest first."""
    names = {"tighten": "Tighten", "loose": "Stay loose", "thesis": "Thesis"}
    lines = []
    for row in reversed(decisions.to_dict("records")):
        then = row["evidence"] or {}
        lines.append(
            {
                "On": words.day(gates.as_day(row["decided_at"])),
                "Decision": names[row["kind"]] if row["segment"] or row["kind"] != "thesis" else decided.NO_THESIS,
                "Segment": words.plain(row["segment"]) if row["segment"] else "",
                "Who": words.plain(row["who"]),
                "Why": words.plain(row["why"]),
                "Review": words.day(gates.as_day(row["review_on"])),
                "Evidence that day": evidence.odds(then.get("log_e_two")) if then else "",
            }
        )
    return pd.DataFrame(lines, columns=["On", "Decision", "Segment", "Who", "Why", "Review", "Evidence that day"])


PACE = {
    "first_touches_a_week": "First touches a week",
    "won_a_quarter": "Won a quarter (the promise is a ceiling)",
    "left": "Accounts left to win",
}
"""What the work itself comes to, by `funnel.pace_delivered`'s names."""


def delivered(
    frame: pd.DataFrame, metrics: Sequence[Metric] = METRICS, pace: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Measure | promised | delivered | counts | kept: the segment's rates on the day of the decision and since.

    frame   `funnel.promised_against_delivered`
    pace    `funnel.pace_delivered`: the work itself, listed after the rates where both sides are known
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
    for row in [] if pace is None else pace.dropna().to_dict("records"):
        then, now = (_count(row[side]) for side in ("promised", "delivered"))
        lines.append({"Measure": PACE[row["what"]], "Promised": then, "Delivered": now, "Counts": "", "So far": ""})
    return pd.DataFrame(lines, columns=["Measure", "Promised", "Delivered", "Counts", "So far"])


def _top(reasons: pd.DataFrame, most: int = 3) -> list[tuple[str, int]]:
    return list(zip(reasons["reason"].tolist()[:most], reasons["n"].tolist()[:most], strict=True))


def _count(value: float | None) -> str:
    return words.MISSING if value is None else f"{value:,.0f}"


def _now(value: float | None) -> str:
    return words.MISSING if value is None else f"now {value:,.0f}"


def _up_to(value: float | None, capped: bool) -> str:
    if value is None:
        return words.MISSING
    return f"up to {value:,.0f}" + (", then the list is empty" if capped else "")


def _money_up_to(value: float | None, currency: str) -> str:
    return words.MISSING if value is None else f"up to {words.money(value, currency)}"
