"""The verdict in a paragraph: what it rests on, its worth, what is still open, and which other segment is the same."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from gtm_metrics.metrics import METRICS, Metric
from gtm_metrics.weeks import WEEK
from gtm_metrics.words.evidence import odds, spoken
from gtm_metrics.words.findings import Voice
from gtm_metrics.words.gates import GATES, led_on, pace, provable_in, proven, reopened_on, said, spelled
from gtm_metrics.words.numbers import Row, count, listed, money, percent
from gtm_metrics.words.plain import escaped
from gtm_metrics.words.signal import Told, Worth, luck
from gtm_metrics.words.small import cannot_know


def paragraph(
    verdict: Told, row: Row | None = None, worth: Worth | None = None, metrics: Sequence[Metric] = METRICS
) -> str:
    """The verdict in sentences that a board member follows, as Markdown."""
    voice = Voice(True)
    if verdict.kind in ("tighten", "tightened") and row:
        parts = [*_proof(verdict, row, metrics, voice), *_beside_the_odds(worth, voice), luck(verdict.luck)]
    elif verdict.kind == "lead_lost" and row:
        parts = [
            "The evidence that its lead has fallen is as strong as the rule for taking a verdict back asks.",
            *reopened_on(row, metrics),
            "Evidence starts afresh from that week, against twice the proof.",
        ]
    elif verdict.kind in ("emerging", "watch") and row:
        parts = _not_proven(verdict, row, metrics, voice)
        parts += [] if verdict.small else [pace(row)]
    elif verdict.kind == "too_early":
        parts = [
            "No segment has had the weeks and successes that judging takes; counts and names stand here meanwhile."
        ]
    else:
        watched = count(verdict.k, "segment")
        parts = [
            f"{voice.number(watched)} watched; none is ahead of everyone else in the same weeks by more than luck can "
            "explain, on two measures or more.",
            "That is an answer too: positioning stays loose until customers of one kind pull ahead.",
            "" if verdict.wait is None else provable_in(verdict.wait),
        ]
    if verdict.small and verdict.kind not in ("tighten", "tightened", "lead_lost"):
        parts.append(cannot_know(verdict.small.why))
    return " ".join(part for part in [*parts, thesis_line(verdict)] if part)


def thesis_line(verdict: Told) -> str:
    """How the segment named in advance stands; '' without one.

    It never says more than the verdict: of another segment than the thesis it is told that this one came instead.
    """
    if verdict.thesis is None:
        return ""
    named = Voice(True).name(verdict.thesis.segment)
    mine = (verdict.thesis.dimension, verdict.thesis.segment) == verdict.key
    if verdict.kind in ("tighten", "tightened"):
        own = "It is the thesis you named." if verdict.thesis.late else "It is the thesis you named in advance."
        return own if mine else f"You named {named}; this segment came instead."
    if mine and verdict.thesis.late:
        return "It is the thesis you named; its weeks counted already, so it needs the same proof as any other."
    if mine:
        return "It is the thesis you named in advance, and needs less proof for that."
    if verdict.thesis.standing == "unseen":
        return f"Your thesis: {named}. So far: it has nothing in a week that is settled."
    if verdict.kind == "too_early":
        return f"Your thesis: {named}. So far: too early to say."
    stands = {"ahead": "ahead, not proven", "behind": "behind the rest"}.get(
        verdict.thesis.standing, "level with the rest"
    )
    return f"Your thesis: {named}. So far: {stands}."


def same_accounts(segment: str, found: Sequence[Row]) -> str:
    """Which segments that stand out as well are mostly the same accounts: one fact under two names (Markdown).

    found   rows of `measures.overlap` of the segment, those told of; '' where there is none
    """
    voice = Voice(True)
    told = [
        f"{voice.name(row['value'])} stands out too, and is mostly the same accounts "
        f"({voice.number(percent(row['of_other'], 0))} of them are {voice.name(segment)}, "
        f"{voice.number(percent(row['of_segment'], 0))} the other way round): one fact, not two."
        for row in found
    ]
    return " ".join(told)


def missing(row: Row, paces: pd.DataFrame, metrics: Sequence[Metric] = METRICS) -> str:
    """What the wait of a segment that is not proven comes to in trials, at its own pace; '' where it has no wait.

    paces   metric, trials a week of the segment in the last half year
    """
    weeks = row["weeks_to_decide"]
    if weeks is None or math.isnan(weeks) or not math.ceil(weeks):
        return ""
    named = {metric.name: metric for metric in metrics}
    parts = [
        f"{math.ceil(one['trials'] * math.ceil(weeks)):,} {named[one['metric']].unit}"
        for one in paces.to_dict("records")
        if one["trials"] > 0 and one["metric"] in named
    ]
    within = f"**{count(math.ceil(weeks), 'week')}**"
    of = f", which is {listed(parts)} of {Voice(True).name(row['segment'])}" if parts else ""
    return (
        f"About {within} more at its own pace{of}. That is how long proof takes if its odds are 1.5 times everyone "
        "else's; a smaller lead takes longer, a larger one less."
    )


def _proof(verdict: Told, row: Row, metrics: Sequence[Metric], voice: Voice) -> list[str]:
    """On what it is better, for how long that has been proven, and how consistently it led.

    A decision needs no proof: where people tightened and the evidence is below its line, nothing is called better.
    """
    of = len(row["metrics"] or {})
    measures = f" of {spelled(of)}" if of else ""
    carried = listed([voice.number(spoken(name, metrics)) for name in row["carrying"]])
    ago = _ago((verdict.week - verdict.since) // WEEK if verdict.since and verdict.week else 0)
    if verdict.kind == "tightened" and not proven(row):
        so_far = f"{odds(row['log_e_two'])}; {row['threshold']:,.0f} to 1 would be proof"
        parts = [f"Decided by people. {ago}the evidence is below the line of proof ({so_far})."]
    else:
        better = f"Better than everyone else in the same weeks on at least two{measures} measures"
        parts = [f"{better}; the proof came from {carried}."]
        if proven(row):
            parts.append(f"{ago}the evidence stands above the line of proof.")
        else:
            parts.append(f"{ago}the evidence is below the line of proof; only proof of a loss would take it back.")
    lead = (row["gates"] or {}).get("lead_blocks")
    if lead is not None and lead["passed"]:
        told = said(lead["reason"], metrics).split(";")[0]
        parts.append(f"It {voice.text(told[:1].lower() + told[1:])}.")
    return parts


def _ago(weeks: int) -> str:
    """How a sentence about now begins, so many weeks after proof or decision: no sentence begins with digits."""
    if not weeks:
        return "This week "
    word = spelled(weeks)
    return (
        f"After {word} weeks " if word[0].isdigit() else f"{word.capitalize()} {'week' if weeks == 1 else 'weeks'} on, "
    )


def _beside_the_odds(worth: Worth | None, voice: Voice) -> list[str]:
    """What it is worth and how much is left, as far as that is known: the numbers that "and worth it" rests on."""
    if worth is None:
        return []
    sides = []
    if worth.arpa is not None:
        pays, rest = (escaped(money(value, worth.currency, exact=True)) for value in (worth.arpa, worth.rest_arpa))
        sides.append(f"its customers pay **{pays}** a month" + (f" against {rest}" if worth.rest_arpa else ""))
    if worth.nrr is not None:
        beside = "" if worth.rest_nrr is None else f" against {percent(worth.rest_nrr, 0)}"
        sides.append(f"NRR is {voice.number(percent(worth.nrr, 0))}{beside}")
    parts = []
    if sides:
        head = "" if worth.worth is None else "Worth it: " if worth.worth else "Not worth more than the rest: "
        text = f"{head}{listed(sides)}."
        parts.append(text[:1].upper() + text[1:])
    if worth.left is not None:
        lasts = f", {count(worth.weeks, 'week')} of list at today's pace" if worth.left and worth.weeks else ""
        many = f"{voice.number(count(worth.left, 'account'))} {'is' if worth.left == 1 else 'are'} left to win{lasts}."
        parts.append(many if worth.left else "No account is left to win there.")
    return parts


def _not_proven(verdict: Told, row: Row, metrics: Sequence[Metric], voice: Voice) -> list[str]:
    names = led_on(row, verdict.carrying)
    carried = listed([voice.number(spoken(name, metrics)) for name in names])
    on = f" on {carried}" if carried else ""
    if verdict.kind == "watch":
        odd = odds(row["log_e_any"])
        return [
            f"Ahead{on}: {voice.number(odd)} against luck for this segment alone.",
            "With twenty equal segments about one dashboard in four shows a watch by chance at some time in two years.",
        ]
    lacking = [] if proven(row) else ["proof on a second measure"]
    lacking += [told for name, (_, told) in GATES.items() if not _passed(row, name)]
    open_still = f" Still open: {listed(lacking)}." if lacking else ""
    return [f"A real lead{on}, not yet a call to act.{open_still}"]


def _passed(row: Row, name: str) -> bool:
    gate = (row["gates"] or {}).get(name)
    return gate is None or bool(gate["passed"])
