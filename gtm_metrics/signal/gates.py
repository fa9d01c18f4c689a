"""The five gates beside the evidence. They can only withhold a signal, so the guarantee against error stands.

Arrays of one segment: metrics first, refresh columns last. `signs` is 1 where more successes are better, -1
where fewer are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, exp, log

import numpy as np
from numpy.typing import ArrayLike

from gtm_metrics.signal.columns import Floats
from gtm_metrics.signal.rules import Rules

LEAD_BLOCKS = "lead_blocks"
AHEAD_ON_ALL = "ahead_on_all"
NOTHING_WORSE = "nothing_worse"
MATERIAL = "material"
WITHOUT_TOP_ACCOUNT = "without_top_account"

GATES = (LEAD_BLOCKS, AHEAD_ON_ALL, NOTHING_WORSE, MATERIAL, WITHOUT_TOP_ACCOUNT)


@dataclass(frozen=True)
class Gate:
    """Whether a gate is passed, and why in a sentence."""

    name: str
    passed: bool
    reason: str


@dataclass(frozen=True)
class BlockLead:
    """How many of the recent comparable blocks were led; a tie counts one half.

    length is in weeks; None when no block is long enough, then `needed` weeks would make one.
    """

    led: float
    blocks: int
    length: int | None
    needed: int | None = None


def block_length(expected: ArrayLike, rules: Rules) -> int | None:
    """The shortest of 1, 2, 4, 13, 26 weeks in which a segment expects 5 successes on average; None if none does.

    expected: its fair share of successes a week, of shape (weeks,).
    """
    shares = np.asarray(expected, dtype=np.float64)
    a_week = float(shares.mean()) if shares.size else 0.0
    lengths = sorted(int(length) for length in rules.block_weeks)
    return next((length for length in lengths if a_week * length >= rules.block_fair_share), None)


def block_lead(observed: ArrayLike, expected: ArrayLike, variance: ArrayLike, sign: int, rules: Rules) -> BlockLead:
    """The lead in the last 12 comparable blocks, counted back from the last week.

    observed, expected and variance of the segment's successes a week, each of shape (weeks,). A block is
    comparable when its variance is above 0: the segment and the rest both had trials, with both outcomes.
    """
    o, e, v = (np.asarray(values, dtype=np.float64) for values in (observed, expected, variance))
    length = block_length(e, rules)
    if length is None:
        a_week = float(e.mean()) if e.size else 0.0
        return BlockLead(0.0, 0, None, ceil(rules.block_fair_share / a_week) if a_week > 0 else None)
    whole = e.size // length
    ahead, spread = (values[e.size - whole * length :].reshape(whole, length).sum(axis=1) for values in (o - e, v))
    ahead = sign * ahead[spread > 0][-rules.blocks_counted :]
    level = np.abs(ahead) < 1e-9
    return BlockLead(float(np.sum((ahead > 0) & ~level) + 0.5 * np.sum(level)), ahead.size, length)


def lead_blocks(lead: BlockLead, label: str, rules: Rules) -> Gate:
    """Gate 1: led in two thirds of the last 12 blocks (of those there are, at least 6), on the metric `label`."""
    if lead.length is None:
        pace = f"a comparable period takes {lead.needed} weeks here" if lead.needed else "it has no successes to expect"
        return Gate(LEAD_BLOCKS, False, f"Too few successes to compare periods on {label}: {pace}")
    period = "weeks" if lead.length == 1 else f"periods of {lead.length} weeks"
    if lead.blocks < rules.blocks_needed:
        return Gate(LEAD_BLOCKS, False, f"{lead.blocks} {period} so far on {label}; {rules.blocks_needed} are needed")
    needed = rules.lead_share * lead.blocks
    reason = f"Led on {label} in {lead.led:g} of the last {lead.blocks} {period}; {ceil(needed - 1e-9)} are needed"
    return Gate(LEAD_BLOCKS, lead.led >= needed - 1e-9, reason)


def is_fading(lead: BlockLead, rules: Rules) -> bool:
    """Led in fewer than half of the last 12 blocks."""
    return lead.blocks > 0 and lead.led < rules.fading_share * lead.blocks


def ahead_on_all(
    ratios: ArrayLike, fair_shares: ArrayLike, signs: Sequence[int], labels: Sequence[str], rules: Rules
) -> Gate:
    """Gate 2: on the good side of 1 on all metrics that take part but at most one, at least two of them ahead."""
    ratio, share = np.asarray(ratios, dtype=np.float64), np.asarray(fair_shares, dtype=np.float64)
    part = np.flatnonzero(share >= rules.least_fair_share).tolist()
    ahead = [i for i in part if _log_lead(ratio[i], signs[i]) > 0]
    behind = [labels[i] for i in part if i not in ahead]
    if len(part) < 2:
        return Gate(AHEAD_ON_ALL, False, f"{len(part)} of {len(labels)} metrics have enough successes; 2 are needed")
    but = f", not on {', '.join(behind)}" if behind else ""
    passed = len(behind) <= 1 and len(ahead) >= 2
    return Gate(AHEAD_ON_ALL, passed, f"Ahead on {len(ahead)} of {len(part)} metrics with enough successes{but}")


def nothing_worse(log_e_worse: ArrayLike, labels: Sequence[str], rules: Rules) -> Gate:
    """Gate 3: on no metric does the evidence of being worse reach 10."""
    worse = [label for label, e in zip(labels, np.asarray(log_e_worse), strict=True) if e >= log(rules.worse)]
    reason = f"Credibly worse on {', '.join(worse)}" if worse else "Credibly worse on nothing"
    return Gate(NOTHING_WORSE, not worse, reason)


def material(ratios: ArrayLike, signs: Sequence[int], labels: Sequence[str], rules: Rules) -> Gate:
    """Gate 4: the shrunken ratio is at least 1.10 (where fewer are better, at most 1 / 1.10) on two metrics."""
    least = log(rules.material_ratio) - 1e-12
    large = [
        label
        for label, ratio, sign in zip(labels, np.asarray(ratios, dtype=np.float64), signs, strict=True)
        if _log_lead(ratio, sign) >= least
    ]
    on = f" ({', '.join(large)})" if large else ""
    metrics = "1 metric" if len(large) == 1 else f"{len(large)} metrics"
    reason = f"A lead of {rules.material_ratio:.2f} times or more on {metrics}{on}; 2 are needed"
    return Gate(MATERIAL, len(large) >= 2, reason)


def without_top_account(left: Iterable[tuple[str, float]] | None, rules: Rules) -> Gate:
    """Gate 5: the better-on-two evidence stays at 10 or more without any single one of the top accounts.

    left: (account, log e-value without it), empty when no account's rows are kept; None when account rows are
    not part of the judgement at all.
    """
    if left is None:
        return Gate(WITHOUT_TOP_ACCOUNT, True, "Not asked: judged without account rows")
    remaining = list(left)
    if not remaining:
        return Gate(WITHOUT_TOP_ACCOUNT, False, "No rows of its accounts are kept yet")
    account, least = min(remaining, key=lambda one: one[1])
    passed = least >= log(rules.account)
    stays = "stays at" if passed else "falls to"
    left_over = float(f"{exp(min(least, 30)):.2g}")  # a third figure says nothing
    reason = f"Without {account} the evidence {stays} {left_over:,.10g} to 1; {rules.account:g} is needed"
    return Gate(WITHOUT_TOP_ACCOUNT, passed, reason)


def _log_lead(ratio: float, sign: int) -> float:
    """How far the ratio lies on the good side of 1, in logs; minus infinity where there is no ratio."""
    return sign * log(ratio) if ratio > 0 else -np.inf if np.isnan(ratio) else -sign * np.inf


def most_events(expected: Floats) -> int:
    """The metric with the segment's largest cumulative fair share; `expected` of shape (metrics, weeks)."""
    return int(np.argmax(expected.sum(axis=-1)))
