"""The six questions about every pin, each with its number, n and the head pin's beside it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from gtm_metrics.alternatives import folded
from gtm_metrics.estimates import Z95, mean_interval, monthly_churn, monthly_churn_interval, wilson
from gtm_metrics.question import ALL

QUESTIONS = ("untargeted", "value", "custom_work", "authority", "knowledge", "recommended")
"""Came without being targeted; found value; asked for custom work with budget; sought us for authority; knowledge
gained; recommended by customers outside the target."""

ANSWER_COLUMNS = (
    "segment", "question", "part", "number", "n", "estimate", "low", "high", "head_number", "head_n", "head_estimate",
    "unit", "status", "why",
)  # fmt: skip

LEAST_ANSWERS = 10
"""Answers to the 0-10 question below which there is no NPS."""

OK, TOO_EARLY, UNKNOWN = "ok", "too_early", "unknown"


def answers(
    frames: Mapping[str, pd.DataFrame],
    missing: Mapping[str, str],
    names: Sequence[str],
    head: str | None,
    channels: Sequence[str],
    minimum: int,
    minimum_weeks: int,
) -> pd.DataFrame:
    """A row a pin, question and part: ANSWER_COLUMNS, missing is None.

    untargeted   inbound: of the accounts first met in the window, those that came by themselves; outbound: of all
                 outbound touches, those that went there (elsewhere is the rest)
    value        churn: customers lost of customer-weeks, as a monthly rate; nps: promoters less detractors, -1 to 1;
                 engagement and score: means of 0 to 1
    custom_work  new deals with a budget for custom work, of the new deals opened
    authority    inbound touches by one of `channels`, of all inbound touches
    knowledge    decided: decided deals; calls: calls held; counts without a rate
    recommended  outside: accounts that customers of other markets brought, of those that anybody brought; head: that
                 the head pin's brought
    number, n    successes and trials, of a mean its n alone; estimate with a 95 % interval from the minimum on
    status       ok; too_early: counts alone; unknown: nothing to count, with `why`. Unknown is never 0
    """
    rows = []
    for part in _parts(frames, missing, names, head, channels):
        least = minimum_weeks if part["part"] == "churn" else minimum
        # what the head pin brought the others is asked of them alone
        asked = [name for name in names if part["part"] != "head" or (head and name != head)]
        rows += [_row(part, name, head, least) for name in asked]
    order = {name: place for place, name in enumerate(names)}
    rows.sort(key=lambda row: (order[row["segment"]], QUESTIONS.index(row["question"])))
    return pd.DataFrame({name: pd.Series([row[name] for row in rows], dtype=object) for name in ANSWER_COLUMNS})


def _parts(
    frames: Mapping[str, pd.DataFrame],
    missing: Mapping[str, str],
    names: Sequence[str],
    head: str | None,
    channels: Sequence[str],
) -> list[dict[str, Any]]:
    """question | part | kind | unit | why, and counts: pin -> (number, n), of a mean (n, total, squares)."""
    stages, touches = frames["stages"], frames["touches"]
    inbound = touches[touches["direction"] == "inbound"]
    sent = _added(touches[touches["direction"] == "outbound"], "n")
    by_content = pd.Series([_has(channel, channels) for channel in inbound["channel"]], inbound.index, dtype=bool)
    came, sought = _added(inbound, "n"), _added(inbound[by_content], "n")
    left, at_risk = (_added(stages[stages["stage"] == "churn"], name) for name in ("successes", "trials"))
    brought = {(a, b): int(n) for a, b, n in frames["referrals"][["a", "b", "n"]].itertuples(index=False)}

    def part(question: str, name: str, kind: str, unit: str, source: str, counts: dict[str, Any]) -> dict[str, Any]:
        why = missing.get(source, "")
        told = {"question": question, "part": name, "kind": kind, "unit": unit, "why": why}
        return told | {"counts": {} if why else counts}

    into = {b: n for (a, b), n in brought.items() if a == ALL}
    return [
        part("untargeted", "inbound", "rate", "accounts first met", "came", _pairs(frames["came"], "inbound")),
        part(
            "untargeted", "outbound", "share", "outbound touches", "touches",
            {pin: (n, sent[ALL]) for pin, n in sent.items()},
        ),
        part(
            "value", "churn", "churn", "customer-weeks", "churn",
            {pin: (left[pin], n) for pin, n in at_risk.items()},
        ),
        part(
            "value", "nps", "nps", "answers", "promoters",
            {r["pin"]: (r["promoters"], r["detractors"], r["n"]) for r in frames["promoters"].to_dict("records")},
        ),
        part("value", "engagement", "mean", "customers", "engagement", _means(frames["engagement"])),
        part("value", "score", "mean", "customers of 24 months", "score", _means(frames["score"])),
        part("custom_work", "asked", "rate", "new deals", "custom_work", _pairs(frames["custom_work"], "asked")),
        part(
            "authority", "content", "rate", "inbound touches", "touches",
            {pin: (sought.get(pin, 0), n) for pin, n in came.items()},
        ),
        part("knowledge", "decided", "count", "decided deals", "decided", _counts(frames["decided"])),
        part("knowledge", "calls", "count", "calls", "calls_held", _counts(frames["calls_held"])),
        part(
            "recommended", "outside", "rate", "accounts somebody brought", "referrals",
            {pin: (n - brought.get((pin, pin), 0), n) for pin, n in into.items()},
        ),
        part(
            "recommended", "head", "rate", "accounts somebody brought", "referrals",
            {pin: (brought.get((head, pin), 0), n) for pin, n in into.items() if pin != head} if head else {},
        ),
    ]  # fmt: skip


def _has(channel: Any, words: Sequence[str]) -> bool:
    """Whether one of the words stands in the channel whole, whatever its case and signs."""
    return isinstance(channel, str) and any(f" {folded(word)} " in f" {folded(channel)} " for word in words)


def _added(frame: pd.DataFrame, name: str) -> dict[str, int]:
    """Pin -> the column's sum."""
    found: dict[str, int] = {}
    for pin, n in zip(frame["pin"], frame[name], strict=True):
        found[str(pin)] = found.get(str(pin), 0) + int(n)
    return found


def _pairs(frame: pd.DataFrame, name: str) -> dict[str, tuple[int, int]]:
    return {pin: (int(x), int(n)) for pin, x, n in zip(frame["pin"], frame[name], frame["n"], strict=True)}


def _means(frame: pd.DataFrame) -> dict[str, tuple[int, float, float]]:
    rows = frame[["pin", "n", "total", "squares"]].itertuples(index=False)
    return {pin: (int(n), float(total), float(squares)) for pin, n, total, squares in rows}


def _counts(frame: pd.DataFrame) -> dict[str, tuple[int, int]]:
    return {pin: (int(n), int(n)) for pin, n in zip(frame["pin"], frame["n"], strict=True)}


def _row(part: Mapping[str, Any], name: str, head: str | None, minimum: int) -> dict[str, Any]:
    mine = _told(part["kind"], part["counts"].get(name), minimum)
    beside = _told(part["kind"], part["counts"].get(head), minimum) if head not in (None, name) else {}
    row = dict.fromkeys(ANSWER_COLUMNS) | {
        "segment": name, "question": part["question"], "part": part["part"], "unit": part["unit"], "why": part["why"],
    }  # fmt: skip
    row |= mine | {f"head_{key}": beside.get(key) for key in ("number", "n", "estimate")}
    if row["status"] == UNKNOWN and not row["why"]:
        row["why"] = f"no {part['unit']} on record"
    elif row["status"] == TOO_EARLY:
        row["why"] = f"{row['n']:,} of {_least(part['kind'], minimum):,} {part['unit']}"
    return row


def _least(kind: str, minimum: int) -> int:
    return LEAST_ANSWERS if kind == "nps" else minimum


def _told(kind: str, counts: Any, minimum: int) -> dict[str, Any]:
    """number | n | estimate | low | high | status of one part's counts."""
    if counts is None:
        return {"status": UNKNOWN}
    n = int(counts[0] if kind == "mean" else counts[-1])
    number = int(counts[0])
    told: dict[str, Any] = {"number": None if kind == "mean" else number, "n": n, "status": OK}
    if n == 0:
        return {"status": UNKNOWN}
    if kind == "count":
        return told
    if n < _least(kind, minimum):
        return told | {"status": TOO_EARLY}
    if kind == "mean":
        _, total, squares = counts
        return told | _ends(*(float(end) for end in mean_interval(n, total, squares)))
    if kind == "nps":
        p, d = counts[0] / n, counts[1] / n
        half = Z95 * float(np.sqrt((p + d - (p - d) ** 2) / n))
        return told | _ends(p - d, max(-1.0, p - d - half), min(1.0, p - d + half))
    if kind == "churn":
        low, high = monthly_churn_interval(number, n)
        return told | _ends(float(monthly_churn(number / n)), low, high)
    if kind == "share":
        # all touches are counted, not a sample of them: no interval
        return told | {"estimate": counts[0] / n}
    low, high = wilson(number, n)
    return told | _ends(counts[0] / n, low, high)


def _ends(estimate: float, low: Any, high: Any) -> dict[str, float]:
    return {"estimate": float(estimate), "low": float(low), "high": float(high)}
