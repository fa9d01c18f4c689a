"""Alleys for the tests: counts of a few markets, by hand or by a law's examples, as the measures would give them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from gtm_metrics.market_rules import MarketRules
from gtm_metrics.markets import Alley, Said, alley
from gtm_metrics.question import ALL

BY = "industry"
RULES = MarketRules()
WEEK = pd.Timestamp("2026-01-05")
STAGES = ("response", "calls", "close", "churn")
NOTHING: Mapping[str, tuple[str, ...]] = {
    "prices": ("pin", "priced", "mrr"),
    "competitors": ("pin", "competitor", "n"),
    "traits": ("pin", "dimension", "value", "n"),
    "both": ("a", "b", "n"),
    "cycles": ("pin", "days", "n"),
    "came": ("pin", "n", "inbound"),
    "touches": ("pin", "direction", "channel", "n"),
    "custom_work": ("pin", "n", "asked"),
    "decided": ("pin", "n"),
    "calls_held": ("pin", "n"),
    "promoters": ("pin", "n", "promoters", "detractors"),
    "engagement": ("pin", "n", "total", "squares"),
    "score": ("pin", "n", "total", "squares"),
}


def counted(
    pins: Mapping[str, Mapping[str, Any]],
    referrals: Mapping[tuple[str, str], int] | None = None,
    **more: pd.DataFrame,
) -> dict[str, pd.DataFrame]:
    """The frames of these pins. A pin's counts: accounts, customers, left, requests, and response, calls, close, churn
    as (successes, trials); what is not given is none. Everyone is the sum of the pins.

    referrals   (from, to) -> how many
    more        frames in place of the empty ones
    """
    brought = referrals or {}
    names = list(pins)
    frames = {name: pd.DataFrame({column: [] for column in columns}) for name, columns in NOTHING.items()}
    frames["pins"] = pd.DataFrame([(name, BY, name) for name in names], columns=["pin", "dimension", "segment"])
    columns = ("accounts", "customers", "left", "open_deals", "requests")
    rows = [(name, *(pins[name].get(column, 0) for column in columns)) for name in names]
    frames["shares"] = pd.DataFrame(rows, columns=["pin", *columns])
    told = [
        (stage, name, WEEK, "0", *pins[name].get(stage, (0, 0))[::-1])
        for stage in STAGES
        for name in names
        if stage in pins[name]
    ]
    stages = pd.DataFrame(told, columns=["stage", "pin", "week", "band", "trials", "successes"])
    everyone = stages.groupby(["stage", "week", "band"], as_index=False)[["trials", "successes"]].sum().assign(pin=ALL)
    frames["stages"] = pd.concat([stages, everyone[list(stages)]], ignore_index=True)
    pairs = [(a, b, n) for (a, b), n in brought.items()]
    pairs += [(ALL, name, sum(n for (_, to), n in brought.items() if to == name)) for name in names]
    pairs.append((ALL, ALL, sum(brought.values())))
    frames["referrals"] = pd.DataFrame([pair for pair in pairs if pair[2]], columns=["a", "b", "n"])
    return frames | more


def judged(
    frames: Mapping[str, pd.DataFrame],
    head: str | None = None,
    missing: Mapping[str, str] | None = None,
    said: Said | None = None,
    rules: MarketRules = RULES,
    seed: int = 1,
    quick: bool = False,
) -> Alley:
    """The alley of these frames, `head` tightened on; `quick` where chance is not what is looked at."""
    told = said or Said()
    if head is not None:
        told = replace(told, tightened=(BY, head))
    lacking = {"prices": "no prices", "cycles": "no deals"} if missing is None else missing
    return alley(frames, lacking, told, rules, np.random.default_rng(seed), *((5, 10) if quick else ()))


def rows(names: Sequence[str], **columns: Any) -> pd.DataFrame:
    """A frame of the journal, a row a pin: its dimension, the pin, and the columns given (one value, or one each)."""
    told = {name: value if isinstance(value, list) else [value] * len(names) for name, value in columns.items()}
    return pd.DataFrame({"dimension": [BY] * len(names), "segment": list(names), **told}, dtype=object)
