"""The bowling alley on a day: what the warehouse counts and what the journal keeps, brought to the judge together."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from gtm_metrics import journal
from gtm_metrics.company import Company, Refused
from gtm_metrics.journal.tables import HEAD, LOOSE, TIGHTEN
from gtm_metrics.markets import Alley, Said, alley, demand, no_demand
from gtm_metrics.measures import markets as measured
from gtm_metrics.question import Question
from gtm_metrics.signal import TIGHTEN_NOW, TIGHTENED
from gtm_metrics.tallies import dimensions, metrics_of
from gtm_metrics.warehouse import Warehouse

WEEKS = 52
"""Closed weeks that a market is judged by where nobody says otherwise: a year holds every season once."""

SEED = 1
"""Chance begins here, so that the same counts give the same sentence every time."""


@dataclass(frozen=True)
class FollowOn:
    """The alley, the counts it was judged from, and what people said."""

    alley: Alley
    counted: measured.Counted
    said: Said


def said(seen: sa.Connection, as_of: date) -> Said:
    """What the journal holds of the alley on a day."""
    return Said(
        tightened=_tightened(journal.decisions(seen, as_of)),
        leader=_leader(journal.verdicts(seen, as_of)),
        pins=_with_reasons(journal.pins(seen, as_of), journal.pin_events(seen, as_of=as_of)),
        sizes=journal.market_sizes(seen, as_of),
        vouches=journal.vouches(seen, as_of),
        judgements=journal.judgements(seen, as_of),
    )


def set_apart(seen: sa.Connection, as_of: date) -> tuple[str, ...]:
    """The accounts on the never and the not now list."""
    return tuple(journal.listed(seen, as_of)["account_id"])


def head_key(told: Said) -> tuple[str, str] | None:
    """(dimension, segment) of the head pin, as the judge takes it; None where there is none."""
    put = told.pins[told.pins["status"] == HEAD]
    if len(put):
        return str(put["dimension"].iloc[-1]), str(put["segment"].iloc[-1])
    return told.tightened or told.leader


def demand_outside(seen: sa.Connection, company: Company, told: Said, as_of: date) -> pd.DataFrame:
    """Which markets outside the target convert, by the frozen weeks of the newest refresh known on a day.

    The columns of markets.DEMAND_COLUMNS. Empty without a head pin, or where its dimension is not watched.
    """
    head, last = head_key(told), journal.last_refresh(seen, as_of)
    if head is None or last is None:
        return no_demand()
    registry = journal.registry(seen, last["epoch"])
    mine = registry[registry["dimension"] == head[0]]
    if mine.empty:
        return no_demand()
    weeks = pd.date_range(mine["first_week"].min(), last["week"], freq="7D").tolist()
    frozen = journal.frozen(seen, last["epoch"], [head[0]])
    return demand(frozen, mine, metrics_of(company), weeks, head, company.rules)


def dimension_of(warehouse: Warehouse, company: Company, told: Said) -> str:
    """The dimension whose values are the pins: the head pin's, else the first there is. Raises Refused without any."""
    head = head_key(told)
    there = [dimension.name for dimension in dimensions(warehouse, company)]
    found = [name for name in ((head[0],) if head else ()) + tuple(there) if name in there]
    if not found:
        raise Refused(
            "accounts have no attribute whose values could be markets; connect one, or keep pins made of rules"
        )
    return found[0]


def follow_on(
    warehouse: Warehouse,
    company: Company,
    question: Question,
    told: Said,
    on_lists: Collection[str] = (),
    seed: int = SEED,
) -> FollowOn:
    """The alley of the question's one dimension and window, with the pins that people keep of whatever kind.

    Raises Refused for an unknown dimension and for a kept pin whose rule means nothing here.
    """
    pins = measured.pins(warehouse, company, question, kept_pins(told))
    counted = measured.counted(warehouse, company, question, pins, on_lists)
    return FollowOn(judged(counted, told, company, seed), counted, told)


def kept_pins(told: Said) -> tuple[measured.Pin, ...]:
    """The pins that are asked for whatever their size: those that people keep, and the head pin."""
    head = head_key(told)
    # it stands in front however small, and of whatever dimension
    apart = [head] if head is not None and head[0] else []
    return measured.kept_pins(told.pins, apart)


def judged(counted: measured.Counted, told: Said, company: Company, seed: int = SEED) -> Alley:
    """The alley of what was counted and what people say."""
    return alley(counted.frames, counted.missing, told, company.markets, np.random.default_rng(seed))


def _with_reasons(pins: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """The pins with `why`: the reason given when each last changed its status."""
    reasons: dict[int, Any] = {
        int(event["pin"]): event["why"] for event in events.to_dict("records") if "status" in event["now"]
    }
    return pins.assign(why=pd.Series([reasons.get(int(number)) for number in pins["id"]], pins.index, dtype=object))


def _tightened(decisions: pd.DataFrame) -> tuple[str, str] | None:
    """The segment people decided to tighten on last, unless they went back to loose since."""
    kinds = decisions[decisions["kind"].isin((TIGHTEN, LOOSE))].sort_values("id")
    if kinds.empty or kinds["kind"].iloc[-1] != TIGHTEN:
        return None
    return str(kinds["dimension"].iloc[-1]), str(kinds["segment"].iloc[-1])


def _leader(verdicts: pd.DataFrame) -> tuple[str, str] | None:
    """The segment that the signal says to tighten on; of several the one with the most evidence."""
    leading = verdicts[verdicts["state"].isin((TIGHTEN_NOW, TIGHTENED))]
    if leading.empty:
        return None
    first = leading.sort_values(["log_e_two", "dimension", "segment"], ascending=[False, True, True]).iloc[0]
    return str(first["dimension"]), str(first["segment"])
