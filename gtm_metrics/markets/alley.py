"""The bowling alley: which pin falls next, why, what would change that, and how far it can be relied on. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gtm_metrics.market_rules import MarketRules
from gtm_metrics.markets.answers import answers
from gtm_metrics.markets.doors import leaning, tie_rows
from gtm_metrics.markets.order import DRAWS, SHUFFLES, Rack, holds, luck, order, referrals_to_lead, scored
from gtm_metrics.markets.places import placed
from gtm_metrics.markets.said import (
    DOWN,
    HEAD,
    LEADERSHIP,
    NEVER,
    NEXT,
    NOT_NOW,
    ORDER,
    STANDING,
    Key,
    Said,
    by_pin,
    head_of,
    judged,
)
from gtm_metrics.markets.scores import certainty, left_to_win, stages_of
from gtm_metrics.markets.statuses import as_ruled, counts_of, is_down, overruled, share_of, status_of
from gtm_metrics.markets.ties import LEAST_REFERRALS, ties_of

LUCK = 0.05
"""Ties that referrals dealt anew reach this often, or more often, are luck for all that is known."""

HOLDS = 0.8
"""Draws in which the next pin stays first, from which the order is said to hold."""

THIN = 0.5
"""Certainty below which a pin's scores are called weak."""

NO_TIES, BY_LUCK, CLOSE, FEW = "no ties", "luck", "close", "thin"
"""Why an order is weak: hardly any ties; ties that may be luck; the next pin changes with a little luck; too little is
known of it."""


@dataclass(frozen=True)
class Alley:
    """The pins, what ties them, and the order they fall in.

    pins        PIN_COLUMNS, a row a pin in order of position, those that people will never win last (position None)
                position: place in the rack, 0 the head pin (vacant where there is none), row r holding r + 1 pins;
                place: from the left in its row; share: customers of `share_of`; down: people say so, or customers reach
                down_at of the market; rank by the evidence and order after what people ruled, 1 falls next, None of
                pins that cannot; leans_on: the fallen or head pin it is tied to most, referrals_from it; opens: doors
    ties        TIE_COLUMNS, a row a pair with any; a stands before b, referrals_there from a to b
    answers     the six questions, as `answers` gives them
    head        the head pin, and head_by who says so: pin, decision, signal, or '' for none
    fallen      pins that are down
    next        that of the order; evidence_next that of the evidence alone
    overruled   segment | who | on | why of the judgement that put another next; None without one
    runner_up   second by the evidence; to_lead: how many more referrals to it from `giver` would make it first, None
                where no number tried does
    weak        why the order is weak; () where it holds
    luck        how often referrals dealt anew tie pins as unevenly; holds: how often the next stays the next when
                counts are drawn anew; None where that could not be tried
    parked      requests of pins that are not aimed at; None where they are not counted
    """

    pins: pd.DataFrame
    ties: pd.DataFrame
    answers: pd.DataFrame
    head: str | None
    head_by: str
    fallen: tuple[str, ...]
    next: str | None
    evidence_next: str | None
    overruled: Mapping[str, Any] | None
    runner_up: str | None
    giver: str | None
    to_lead: int | None
    weak: tuple[str, ...]
    luck: float | None
    holds: float | None
    down_at: float
    parked: int | None
    missing: Mapping[str, str]

    def pin(self, segment: str) -> dict[str, Any]:
        """The row of a pin. KeyError where there is none."""
        rows = self.pins[self.pins["segment"] == segment].to_dict("records")
        if not rows:
            raise KeyError(f"no pin is called {segment!r}")
        return {str(name): value for name, value in rows[0].items()}

    def tie(self, one: str, other: str) -> dict[str, Any] | None:
        """The row of a pair in either order; None where nothing ties them."""
        for row in self.ties.to_dict("records"):
            if {row["a"], row["b"]} == {one, other}:
                return {str(name): value for name, value in row.items()}
        return None


def alley(
    frames: Mapping[str, pd.DataFrame],
    missing: Mapping[str, str],
    said: Said,
    rules: MarketRules,
    rng: np.random.Generator,
    draws: int = DRAWS,
    shuffles: int = SHUFFLES,
) -> Alley:
    """The alley of the pins that `frames["pins"]` names, from their counts and what people say of them.

    Nothing depends on the order of any frame's rows. Chance decides `luck` and `holds` alone.
    """
    named = frames["pins"].sort_values("pin", ignore_index=True)
    names = [str(name) for name in named["pin"]]
    keys = {(str(r.dimension), str(r.segment)): str(r.pin) for r in named.itertuples(index=False)}
    head, head_by = head_of(said, keys)
    counts = counts_of(frames["shares"], names)
    sizes, kept = by_pin(said.sizes, keys), by_pin(said.pins, keys)
    shares = {name: share_of(name, counts, sizes, missing) for name in names}
    down = {name for name in names if is_down(name, shares, kept, rules.down_at)}
    status = {name: status_of(name, head, down, kept) for name in names}
    rack = _rack(frames, missing, said, rules, names, keys, counts, status, head)
    ranked = [names[place] for place in order(rack)]
    marked = judged(said, keys, ORDER)
    ruled = as_ruled(ranked, marked, kept)
    if ruled:
        status |= {name: STANDING for name in names if status[name] == NEXT} | {ruled[0]: NEXT}
    aimed = {name for name in names if name == head or status[name] in (DOWN, NEVER)}
    requests = [counts[name].get("requests") for name in names if name not in aimed]
    told = [n for n in requests if n is not None]
    giver, runner = _giver(rack, head), ranked[1] if len(ranked) > 1 else None
    steady, by_luck = holds(rack, rng, draws), luck(rack.ties.referrals, rng, shuffles)
    eases, benefits = scored(rack)
    leadership = judged(said, keys, LEADERSHIP)
    rows = {
        name: {
            "segment": name,
            "dimension": str(named["dimension"].iloc[place]),
            "status": status[name],
            "owner": kept.get(name, {}).get("owner") or None,
            **shares[name],
            **{column: counts[name].get(column) for column in ("accounts", "left", "open_deals", "requests")},
            "down": name in down,
            "ease": float(eases[place]),
            "benefit": float(benefits[place]),
            "score": float(eases[place] * benefits[place]),
            "rank": ranked.index(name) + 1 if name in ranked else None,
            "order": ruled.index(name) + 1 if name in ruled else None,
            "certainty": float(rack.certainty[place]),
            "weak": bool(rack.certainty[place] < THIN),
            "leadership": leadership[name]["value"] if name in leadership else None,
            **leaning(rack, place),
        }
        for place, name in enumerate(names)
    }
    pins = placed(rows, head, ruled, status, kept)
    first = ranked[0] if ranked else None
    return Alley(
        pins=pins,
        ties=tie_rows(rack.ties, [str(name) for name in pins["segment"]]),
        answers=answers(
            frames, missing, names, head, rules.content_channels, rules.minimum_trials,
            rules.minimum_customer_weeks,
        ),
        head=head,
        head_by=head_by,
        fallen=tuple(sorted(down)),
        next=ruled[0] if ruled else None,
        evidence_next=first,
        overruled=overruled(ruled, first, marked, kept),
        runner_up=runner,
        giver=None if giver is None else names[giver],
        to_lead=None if giver is None or runner is None else referrals_to_lead(rack, giver, names.index(runner)),
        weak=_weak(rack, first, steady, by_luck),
        luck=by_luck,
        holds=steady,
        down_at=rules.down_at,
        parked=sum(told) if told else None,
        missing=dict(missing),
    )  # fmt: skip


def _rack(
    frames: Mapping[str, pd.DataFrame],
    missing: Mapping[str, str],
    said: Said,
    rules: MarketRules,
    names: Sequence[str],
    keys: Mapping[Key, str],
    counts: Mapping[str, Mapping[str, int | None]],
    status: Mapping[str, str],
    head: str | None,
) -> Rack:
    vouches = [
        (keys.get((str(a), str(b)), ""), keys.get((str(c), str(d)), ""))
        for a, b, c, d in said.vouches[["dimension", "segment", "to_dimension", "to_segment"]].itertuples(index=False)
    ]
    ties = ties_of(frames, names, vouches, rules.status_quo)
    stages = stages_of(frames, names, missing)
    sure = certainty(stages, ties, rules.minimum_trials, rules, "referrals" not in missing)
    fallen = tuple(place for place, name in enumerate(names) if status[name] in (DOWN, HEAD) or name == head)
    able = tuple(p for p, name in enumerate(names) if p not in fallen and status[name] not in (NOT_NOW, NEVER))
    return Rack(
        ties=ties,
        stages=stages,
        left=left_to_win(frames, names, "prices" not in missing),
        certainty=sure,
        customers=np.array([float(counts[name].get("customers") or 0) for name in names]),
        fallen=fallen,
        standing=able,
        minimum=rules.minimum_trials,
        rules=rules,
    )


def _giver(rack: Rack, head: str | None) -> int | None:
    """The fallen pin whose referrals are asked what would change: the head pin, else the one that brings most."""
    if head is not None:
        return rack.ties.names.index(head)
    if not rack.fallen:
        return None
    return max(rack.fallen, key=lambda place: (float(rack.ties.referrals[place].sum()), -place))


def _weak(rack: Rack, first: str | None, steady: float | None, by_luck: float | None) -> tuple[str, ...]:
    """Why the order is weak."""
    if first is None:
        return ()
    found = []
    if rack.ties.across < LEAST_REFERRALS:
        # nobody can tell so few from luck, but who would vouch has said so
        found += [] if rack.ties.vouched.any() else [NO_TIES]
    elif by_luck is None or by_luck > LUCK:
        found.append(BY_LUCK)
    if steady is not None and steady < HOLDS:
        found.append(CLOSE)
    if rack.certainty[rack.ties.names.index(first)] < THIN:
        found.append(FEW)
    return tuple(found)
