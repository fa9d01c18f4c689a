"""In which order the pins fall, and how much the order is worth. Pure; chance is an argument."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from gtm_metrics.estimates import FloatArray
from gtm_metrics.market_rules import MarketRules
from gtm_metrics.markets.scores import Stage, benefit, by_stages, drawn, ease, tied
from gtm_metrics.markets.ties import Ties, weights

SHUFFLES = 400
"""Times that referrals are dealt anew to see whether who brings whom is more than luck."""

DRAWS = 200
"""Times that counts are drawn anew to see whether the next pin stays the next."""

ROUNDS = 200
"""Rounds of proportional fitting: shares of so small a table no longer move by then."""
MOST_ADDED = 200
"""As many more referrals are tried to see what would change the order."""


@dataclass(frozen=True)
class Rack:
    """What an order is made of, arrays in the order of `ties.names`.

    fallen    places of the pins that are down, or that make others easier as if they were: the head pin
    standing  places of the pins that can fall
    certainty, customers   what decides between equal scores
    """

    ties: Ties
    stages: Mapping[str, Stage]
    left: FloatArray
    certainty: FloatArray
    customers: FloatArray
    fallen: tuple[int, ...]
    standing: tuple[int, ...]
    minimum: int
    rules: MarketRules

    @property
    def parts(self) -> dict[str, FloatArray]:
        """The stages' parts of ease."""
        return by_stages({name: stage.ratio for name, stage in self.stages.items()}, self.stages, self.minimum)


def scored(rack: Rack) -> tuple[FloatArray, FloatArray]:
    """(ease, benefit) of every pin as the rack stands now."""
    weight = rack.ties.weight
    return (
        ease(rack.parts, tied(weight, rack.fallen), rack.rules),
        benefit(weight, rack.left, rack.standing, rack.rules),
    )


def order(rack: Rack) -> tuple[int, ...]:
    """The places of the standing pins in the order they fall: the highest score first, then again with that pin fallen,
    which makes those easier that are tied to it and leaves less to win behind doors.

    Of equal scores the more certain goes first, then that with more customers, then by name.
    """
    found: list[int] = []
    remaining, fallen = list(rack.standing), list(rack.fallen)
    parts, weight = rack.parts, rack.ties.weight
    while remaining:
        score = ease(parts, tied(weight, fallen), rack.rules) * benefit(weight, rack.left, remaining, rack.rules)
        first = max(remaining, key=lambda place: _rank(rack, score, place))
        found.append(first)
        fallen.append(first)
        remaining.remove(first)
    return tuple(found)


def _rank(rack: Rack, score: FloatArray, place: int) -> tuple[float, float, float, int]:
    # to twelve digits: behind them is the order in which numbers were added
    return round(float(score[place]), 12), float(rack.certainty[place]), float(rack.customers[place]), -place


def first(rack: Rack, parts: Mapping[str, FloatArray], weight: FloatArray) -> int | None:
    """The place of the pin that is first by these parts and weights; None where none can fall."""
    if not rack.standing:
        return None
    score = ease(parts, tied(weight, rack.fallen), rack.rules)
    score = score * benefit(weight, rack.left, rack.standing, rack.rules)
    return max(rack.standing, key=lambda place: _rank(rack, score, place))


def holds(rack: Rack, rng: np.random.Generator, draws: int = DRAWS) -> float | None:
    """The share of draws in which the first pin stays first: referrals drawn as Poisson counts, the stages' ratios from
    their gamma distributions. 1 where nothing could differ; None without a pin that can fall.
    """
    usual = first(rack, rack.parts, rack.ties.weight)
    if usual is None:
        return None
    ties, kept = rack.ties, 0
    outside = np.maximum(0.0, ties.into - ties.referrals.sum(axis=0))
    beyond = max(0.0, ties.everything - float(ties.into.sum()))
    for _ in range(draws):
        referrals = rng.poisson(ties.referrals).astype(np.float64)
        into = referrals.sum(axis=0) + rng.poisson(outside)
        weight = weights(referrals, into, float(into.sum() + rng.poisson(beyond)), ties.rest)
        ratios = {name: _sampled(stage, rng) for name, stage in rack.stages.items()}
        kept += first(rack, by_stages(ratios, rack.stages, rack.minimum), weight) == usual
    return kept / draws


def _sampled(stage: Stage, rng: np.random.Generator) -> FloatArray:
    if not np.isfinite(stage.a):
        return drawn(stage.observed, stage.expected, stage.a)
    return np.asarray(rng.gamma(stage.observed + stage.a) / (stage.expected + stage.a))


def luck(referrals: np.ndarray, rng: np.random.Generator, shuffles: int = SHUFFLES) -> float | None:
    """How often referrals dealt anew among the pins tie some as unevenly as these do: the p of who brings whom.

    Only referrals from one pin into another count. They are dealt so that every pin brings and gets as many as it did
    and none its own; unevenness is the sum of (n - fair share)^2 / fair share over pairs, the fair share being that of
    independence without the diagonal (Goodman 1968). None with fewer than two referrals between pins.
    """
    across = referrals - np.diag(np.diag(referrals))
    counts = np.rint(across).astype(np.int64)
    if counts.sum() < 2:
        return None
    fair = _fair(across)
    givers, takers = (np.repeat(side.ravel(), counts.ravel()) for side in np.indices(counts.shape))
    seen = _unevenness(givers, takers, fair)
    further = sum(_unevenness(givers, _dealt(givers, takers, rng), fair) >= seen - 1e-9 for _ in range(shuffles))
    return (1 + further) / (1 + shuffles)


def _fair(across: FloatArray) -> FloatArray:
    """Shares of independence with the margins of the table and nothing on the diagonal, by proportional fitting."""
    rows, columns = across.sum(axis=1), across.sum(axis=0)
    table = 1.0 - np.eye(len(across))
    for _ in range(ROUNDS):
        for axis, margin in ((1, rows), (0, columns)):
            sums = table.sum(axis=axis)
            table = table * np.expand_dims(np.divide(margin, sums, out=np.zeros_like(margin), where=sums > 0), axis)
    return np.asarray(table)


def _unevenness(givers: np.ndarray, takers: np.ndarray, fair: FloatArray) -> float:
    size = len(fair)
    counts = np.bincount(givers * size + takers, minlength=size * size).reshape(size, size)
    return float(np.divide((counts - fair) ** 2, fair, out=np.zeros_like(fair), where=fair > 1e-12).sum())


def _dealt(givers: np.ndarray, takers: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The takers dealt anew; who would bring its own swaps with another until nobody does, or no swap is left."""
    dealt = rng.permutation(takers)
    for _ in range(50):
        own = np.flatnonzero(givers == dealt)
        if not len(own):
            break
        for place in own:
            other = int(rng.integers(len(dealt)))
            if givers[place] != dealt[other] and givers[other] != dealt[place]:
                dealt[place], dealt[other] = dealt[other], dealt[place]
    return dealt


def referrals_to_lead(rack: Rack, giver: int, runner: int) -> int | None:
    """How many more referrals from a fallen pin make another the first, one fewer not yet; None where
    MOST_ADDED do not."""
    parts = rack.parts

    def leads(more: int) -> bool:
        referrals, into = rack.ties.referrals.copy(), rack.ties.into.copy()
        referrals[giver, runner] += more
        into[runner] += more
        weight = weights(referrals, into, rack.ties.everything + more, rack.ties.rest)
        return first(rack, parts, weight) == runner

    if leads(0) or not leads(MOST_ADDED):
        return None
    few, many = 0, MOST_ADDED
    while many - few > 1:
        middle = (few + many) // 2
        few, many = (few, middle) if leads(middle) else (middle, many)
    return many
