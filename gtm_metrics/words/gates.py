"""What a verdict rests on, in words: the evidence, the gates, what is still missing and how long that takes."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from gtm_metrics.metrics import METRICS, Metric
from gtm_metrics.words.evidence import odds, spoken, told_of_measures
from gtm_metrics.words.numbers import MONTHS, Row, count, listed
from gtm_metrics.words.small import countdown

GATES = {
    "lead_blocks": ("Leads in two thirds of recent periods", "a lead in two thirds of recent periods"),
    "ahead_on_all": ("Ahead on every measure but one at most", "being ahead on nearly every measure"),
    "nothing_worse": ("Credibly worse on nothing", "nothing being credibly worse"),
    "material": ("Large enough to matter on two measures", "a lead large enough on two measures"),
    "without_top_account": ("Still there without its best account", "a lead without its best account"),
}
"""Each gate as a test, and as what is waited for."""
WITHOUT = re.compile("Without (?P<account>.+) the evidence (?=stays at|falls to|falls at)")
"""How the gate on the best account names the account that matters most."""
HUGE = re.compile(r"\d[\d.]*e\+\d+ to 1|\d{1,3}(?:,\d{3}){2,} to 1")
"""Odds of a million to one and more, however they are written."""
STRONG = math.log(10)
"""Log evidence from which a lead on one measure is called one: ten to one."""
NUMBERS = (
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
)  # fmt: skip


def waiting_for(row: Row | None) -> str:
    """What an emerging lead still lacks: proof on a second measure, else the first gate that is not passed."""
    if row is None or not proven(row):
        return "proof on a second measure"
    for name, told in GATES.items():
        gate = (row["gates"] or {}).get(name)
        if gate is not None and not gate["passed"]:
            return told[1]
    return "this week to close"


def proven(row: Row) -> bool:
    """Whether the evidence on two measures stands at or above the segment's line of proof in the row's week."""
    log_e, threshold = row["log_e_two"], row["threshold"]
    return log_e is not None and threshold is not None and log_e >= math.log(threshold) - 1e-9


def said(reason: str, metrics: Sequence[Metric] = METRICS, names: Mapping[str, str] | None = None) -> str:
    """A gate's reason as a sentence has it: measures are called that and by the names one says, an account by its own.

    names   what an account is called, by its id
    """
    found = WITHOUT.match(reason)
    if found:
        account = found["account"]
        left = HUGE.sub("over a million to 1", reason[found.end() :])
        return f"Without {(names or {}).get(account, account)} the evidence {left}"
    return told_of_measures(reason, metrics)


def best_account(row: Row) -> str | None:
    """The id of the account without which the evidence is weakest, as the gate names it; None where it names none."""
    gate = (row["gates"] or {}).get("without_top_account")
    found = WITHOUT.match(gate["reason"]) if gate else None
    return found["account"] if found else None


def led_on(row: Row, carrying: Sequence[str]) -> list[str]:
    """Of the measures that carry a lead those with evidence of ten to one each; else the strongest alone."""
    found = row["metrics"] or {}
    strong = [name for name in carrying if (found.get(name) or {}).get("log_e_better", -math.inf) >= STRONG]
    return strong or list(carrying[:1])


def gates(
    row: Row, metrics: Sequence[Metric] = METRICS, names: Mapping[str, str] | None = None
) -> list[tuple[str, bool, str]]:
    """Test, whether it is passed, and how it stands: the evidence itself first, then every gate."""
    needed = "" if row["threshold"] is None else f"; {row['threshold']:,.0f} to 1 is needed"
    reason = f"{odds(row['log_e_two']).capitalize()}{needed}"
    found = [("Better on two measures by more than luck", proven(row), reason)]
    for name, (label, _) in GATES.items():
        gate = (row["gates"] or {}).get(name)
        if gate is not None:
            found.append((label, bool(gate["passed"]), said(str(gate["reason"]), metrics, names)))
    return found


def provable_in(weeks: float, ratio: float = 1.5) -> str:
    """How many weeks more a lead takes to prove."""
    within = count(math.ceil(weeks), "week")
    return f"At this pace a lead of {ratio:g} times the odds would be proven in about {within}."


def pace(row: Row) -> str:
    """How far a decision is away, or why nobody can say."""
    weeks = row["weeks_to_decide"]
    if weeks is not None and not math.isnan(weeks):
        return provable_in(weeks)
    why = countdown(str(row["why_not_decidable"] or "")).rstrip(".")
    return f"{why[:1].upper()}{why[1:]}." if why else ""


def reopened_on(row: Row, metrics: Sequence[Metric]) -> list[str]:
    """On which measures it is now credibly worse; nothing where the detector, and not one measure, spoke."""
    worse = [name for name, found in (row["metrics"] or {}).items() if (found["log_e_worse"] or 0.0) >= math.log(10)]
    return (
        [f"Credibly worse than everyone else on {listed([spoken(name, metrics) for name in worse])}."] if worse else []
    )


def when(day: date | None, now: date | None) -> str:
    """3 Aug; with its year where that is another than now's."""
    if day is None:
        return "now"
    text = f"{day.day} {MONTHS[day.month - 1]}"
    return text if now is not None and now.year == day.year else f"{text} {day.year}"


def spelled(number: int) -> str:
    """two, twenty, 21."""
    return NUMBERS[number] if 0 <= number < len(NUMBERS) else f"{number:,}"


def as_day(value: Any) -> date | None:
    """A date, whatever a frame holds it as; None where there is none."""
    return None if value is None or pd.isna(value) else pd.Timestamp(value).date()
