"""Ease of capture and strategic benefit of each pin, 0 to 1: every formula of the scores stands here. Pure.

stage     ratio / (ratio + 1) of the pin's rate over that of all other accounts in the same weeks, the ratio drawn
          towards 1 by as much as the pins themselves suggest (Clayton and Kaldor 1987): half where it is like them.
          Below the minimum number of trials it counts for as much as there are of them, without any for nothing.
cycle     the same of the share of won deals that took no longer than the middle one of all
ties      1 - the product over the fallen pins of (1 - the weight of their tie to it)
ease      the mean of these by the weights of gtm.toml, over the stages that can be counted at all
left      accounts left to win x what a customer of the pin pays a month, drawn towards all customers by as much as
          30 more of them would; accounts alone where prices are not known
finances  the pin's share of what is left in all pins that can fall
doors     of what is left in the others that can fall, each by the weight of the pin's tie to it, the share of all
benefit   the mean of these two by the weights of gtm.toml
score     ease x benefit
certainty how much of the evidence for ease is there: the mean, by the same weights, of trials over the minimum, at
          most 1 each (of ties: referrals into the pin over 8)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gtm_metrics.estimates import (
    FloatArray,
    expected_at_rest_rate,
    gamma_poisson_shrinkage,
    observed_beside_rest,
)
from gtm_metrics.market_rules import MarketRules
from gtm_metrics.markets.ties import LEAST_REFERRALS, Ties
from gtm_metrics.question import ALL

PAYING = 30
"""Customers whose prices weigh as much as those of all."""


@dataclass(frozen=True)
class Stage:
    """One stage of every pin: trials, and successes observed beside those expected at the rate of all others.

    a   how far the ratios are drawn towards 1; NaN where no pin has a trial
    """

    trials: FloatArray
    observed: FloatArray
    expected: FloatArray
    a: float

    @property
    def ratio(self) -> FloatArray:
        """Shrunken ratios; 1 where there is no trial."""
        return drawn(self.observed, self.expected, self.a)


def drawn(observed: FloatArray, expected: FloatArray, a: float) -> FloatArray:
    """(O + a) / (E + a); 1 where there is nothing to go by."""
    if not np.isfinite(a):
        return np.ones_like(observed)
    return np.asarray((observed + a) / (expected + a))


def stages_of(frames: Mapping[str, pd.DataFrame], names: Sequence[str], missing: Mapping[str, str]) -> dict[str, Stage]:
    """The stages of ease that can be counted: response, calls, close, cycle."""
    found = {}
    for stage in ("response", "calls", "close"):
        if stage not in missing:
            found[stage] = _stage(frames["stages"], stage, names)
    if "cycles" not in missing:
        found["cycle"] = _cycle(frames["cycles"], names)
    return found


def _stage(frame: pd.DataFrame, stage: str, names: Sequence[str]) -> Stage:
    mine = frame[frame["stage"] == stage]
    strata = sorted(set(zip(mine["week"], mine["band"], strict=True)), key=str)
    at, column = {name: row for row, name in enumerate(names)}, {key: place for place, key in enumerate(strata)}
    x, n = np.zeros((len(names), len(strata))), np.zeros((len(names), len(strata)))
    m, N = np.zeros(len(strata)), np.zeros(len(strata))
    for row in mine.to_dict("records"):
        place = column[row["week"], row["band"]]
        if row["pin"] == ALL:
            m[place], N[place] = row["successes"], row["trials"]
        elif row["pin"] in at:
            x[at[row["pin"]], place], n[at[row["pin"]], place] = row["successes"], row["trials"]
    observed, expected = observed_beside_rest(x, n, N), expected_at_rest_rate(x, n, N, m)
    return Stage(n.sum(axis=1), observed, expected, gamma_poisson_shrinkage(observed, expected)[1])


def _cycle(frame: pd.DataFrame, names: Sequence[str]) -> Stage:
    everyone = frame[frame["pin"] == ALL].sort_values("days")
    won = float(everyone["n"].sum())
    if won <= 0:
        nothing = np.zeros(len(names))
        return Stage(nothing, nothing, nothing, float("nan"))
    reached = everyone["n"].cumsum().to_numpy()
    middle = int(everyone["days"].to_numpy()[int(np.searchsorted(reached, won / 2))])
    quick = float(everyone.loc[everyone["days"] <= middle, "n"].sum())
    mine = {name: frame[frame["pin"] == name] for name in names}
    n = np.array([float(mine[name]["n"].sum()) for name in names])
    x = np.array([float(mine[name].loc[mine[name]["days"] <= middle, "n"].sum()) for name in names])
    others = won - n
    expected = np.divide(n * (quick - x), others, out=np.zeros_like(n), where=others > 0)
    observed = np.where(others > 0, x, 0.0)
    return Stage(n, observed, expected, gamma_poisson_shrinkage(observed, expected)[1])


def enough(counts: FloatArray, minimum: float) -> FloatArray:
    """How much of the minimum there is, at most 1."""
    return np.minimum(1.0, counts / minimum)


def by_stages(ratios: Mapping[str, FloatArray], stages: Mapping[str, Stage], minimum: int) -> dict[str, FloatArray]:
    """The part of ease that each stage is, 0 to 1, of ratios that were drawn or sampled."""
    return {name: enough(stages[name].trials, minimum) * ratio / (ratio + 1) for name, ratio in ratios.items()}


def tied(weight: FloatArray, fallen: Sequence[int]) -> FloatArray:
    """The part of ease that fallen pins are: 1 - the product of (1 - weight) of their ties to each pin."""
    return np.asarray(1 - np.prod(1 - weight[list(fallen)], axis=0)) if len(fallen) else np.zeros(len(weight))


def ease(parts: Mapping[str, FloatArray], ties: FloatArray, rules: MarketRules) -> FloatArray:
    """Ease of capture, 0 to 1."""
    return _mean({**parts, "ties": ties}, dict(rules.ease))


def benefit(weight: FloatArray, left: FloatArray, standing: Sequence[int], rules: MarketRules) -> FloatArray:
    """Strategic benefit, 0 to 1: what is left to win in the pin and behind the doors it opens, as shares of all that is
    left in the pins that can fall. Of a pin that cannot, what its own share would be beside them."""
    able = np.zeros(len(left))
    able[list(standing)] = left[list(standing)]
    total = able.sum()
    if total <= 0:
        return np.zeros(len(left))
    behind = weight @ able
    own = left / np.maximum(total, total - able + left)
    return _mean({"doors": behind / total, "finances": own}, dict(rules.benefit))


def certainty(stages: Mapping[str, Stage], ties: Ties, minimum: int, rules: MarketRules, told: bool) -> FloatArray:
    """How much of the evidence for ease there is, 0 to 1; `told` where referrals can be counted at all.

    What is not connected counts as none of it: to connect it never lowers certainty.
    """
    parts = {name: np.zeros(len(ties.names)) for name, _ in rules.ease}
    parts |= {name: enough(stage.trials, minimum) for name, stage in stages.items()}
    if told:
        parts["ties"] = enough(ties.into, LEAST_REFERRALS)
    return _mean(parts, dict(rules.ease))


def left_to_win(frames: Mapping[str, pd.DataFrame], names: Sequence[str], priced: bool) -> FloatArray:
    """What is left to win in each pin, in money a month, or in accounts where prices are not known."""
    left: dict[str, Any] = {row["pin"]: row["left"] for row in frames["shares"].to_dict("records")}
    accounts = np.array([0.0 if pd.isna(left.get(name)) else float(left[name]) for name in names])
    if not priced:
        return accounts
    pays = {row["pin"]: (float(row["priced"]), float(row["mrr"])) for row in frames["prices"].to_dict("records")}
    customers, mrr = pays.get(ALL, (0.0, 0.0))
    if customers <= 0 or mrr <= 0:
        return accounts
    each = np.array([pays.get(name, (0.0, 0.0)) for name in names])
    return np.asarray(accounts * (each[:, 1] + PAYING * mrr / customers) / (each[:, 0] + PAYING))


def _mean(parts: Mapping[str, FloatArray], weights: Mapping[str, float]) -> FloatArray:
    total = sum(weights[name] for name in parts)
    some = next(iter(parts.values()))
    if total <= 0:
        return np.zeros_like(some)
    return np.clip(sum((weights[name] * part for name, part in parts.items()), np.zeros_like(some)) / total, 0.0, 1.0)
