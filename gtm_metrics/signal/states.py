"""From evidence to a state, with the hysteresis that keeps noise from switching it back and forth."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, log

from gtm_metrics.signal.rules import DEFAULTS, Rules

INSUFFICIENT_DATA = "insufficient data"
STAY_LOOSE = "stay loose"
WATCH = "watch"
EMERGING = "emerging"
TIGHTEN_NOW = "tighten now"
TIGHTENED = "tightened"
REOPENED = "reopened"

STATES = (INSUFFICIENT_DATA, STAY_LOOSE, WATCH, EMERGING, TIGHTEN_NOW, TIGHTENED, REOPENED)
LATCHED = (TIGHTEN_NOW, TIGHTENED)
"""States that noise does not end: only the reopening detector does."""


def log_threshold(h: float, reopened_before: int, batch: int, alpha: float) -> float:
    """log(h 2^(r + b - 1) / alpha): what the better-on-two evidence must reach.

    h is the number of segments that share alpha, b their batch (1 for the first connection), r how often this
    segment has been reopened. Each doubling spends half of what the one before spent, so that all of them
    together stay below 2 alpha (Ville's inequality with a union bound).
    """
    return log(h / alpha) + (reopened_before + batch - 1) * log(2)


def shares_of_alpha(k: int, theses: int, share: float = DEFAULTS.thesis_share) -> tuple[float, float]:
    """(h of a thesis, h of the others): K for all without a thesis; with theses these have `share` of alpha between
    them and the others the rest: 2 and 2K at one half."""
    return (theses / share, k / (1 - share)) if theses else (float(k), float(k))


def luck_figure(alpha: float, batches: int) -> float:
    """alpha (2 - 2^(1-b)): the chance of ever naming a wrong segment once b batches are judged."""
    return alpha * (2 - 2.0 ** (1 - batches))


def carrying_metrics(log_e: Sequence[float], at_least: float = DEFAULTS.watch) -> tuple[int, ...]:
    """Which metrics carry a signal: the two with the largest evidence, and any whose e-value reaches `at_least`.

    Positions in the order given, strongest first; ties keep that order.
    """
    order = sorted(range(len(log_e)), key=lambda i: -log_e[i])
    return tuple(i for place, i in enumerate(order) if place < 2 or log_e[i] >= log(at_least))


def signal_state(
    prev: str | None,
    log_e_any: float,
    log_e_two: float,
    K: float,
    gates_ok: bool,
    enough_data: bool,
    reopen: bool,
    alpha: float = DEFAULTS.alpha,
    reopened_before: int = 0,
    *,
    batch: int = 1,
    decided: bool = False,
    rules: Rules = DEFAULTS,
) -> str:
    """The state of one segment this week.

    prev         its state last week, None in its first week
    log_e_any    log e-value of "better on at least one metric"
    log_e_two    the same for "on at least two"; -inf where fewer than two metrics are connected: the answer is
                 then at most watch
    K            how many segments share alpha (h: K, or 2 and 2K beside a thesis)
    gates_ok     all five gates are passed
    reopen       the lead of a standing signal is lost
    decided      this week the journal says "tighten"
    """
    if decided:
        return TIGHTENED
    if prev in LATCHED:
        return REOPENED if reopen else str(prev)
    proven = log_e_two >= log_threshold(K, reopened_before, batch, alpha)
    if prev == REOPENED:
        return TIGHTEN_NOW if proven and gates_ok else REOPENED
    if not enough_data:
        return INSUFFICIENT_DATA
    if proven and gates_ok:
        return TIGHTEN_NOW
    watched = prev in (WATCH, EMERGING)
    if log_e_two > -inf:
        enter = max(log(K / rules.emerging), log(rules.watch))
        leave = max(log(K / rules.emerging_left), log(rules.watch_left))
        if proven or log_e_any >= (leave if prev == EMERGING else enter):
            return EMERGING
    return WATCH if log_e_any >= log(rules.watch_left if watched else rules.watch) else STAY_LOOSE
