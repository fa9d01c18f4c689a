"""The doctor: what a warehouse's tables hold and lack, beside what its systems say of themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import sqlalchemy as sa

from gtm_metrics.company import Company
from gtm_metrics.measures import switched_off
from gtm_metrics.measures.shared import how_many
from gtm_metrics.proposal import Proposed, gtm_toml, proposed, settings_of, settings_with
from gtm_metrics.warehouse import Told, Warehouse, told_by_source

TIES = (
    ("won_deals", "Won deals", "opportunities"),
    ("open_deals", "Open deals", "opportunities"),
    ("active_subscriptions", "Active subscriptions", "subscriptions"),
)
"""What is tied out: the layouts' file of counts, what it is called, and our table."""

SEVERAL = "several_companies"
"""The layouts' count of deals of several companies, none of them the primary one."""


@dataclass(frozen=True)
class Tie:
    """One count of ours beside the system's own.

    here      rows that are used; `there` what the system's own field says
    reasons   rows of the same kind that are set aside, by reason
    """

    label: str
    here: int
    there: int
    reasons: Mapping[str, int]

    @property
    def unexplained(self) -> int:
        """What neither rows used nor rows set aside account for; 0 where it ties out."""
        return self.there - self.here - sum(self.reasons.values())

    def said(self) -> str:
        """The tie-out in a line."""
        told = f"{self.label}: {self.here:,} here; the source says {self.there:,}"
        parts = [f"{n:,} set aside: {reason}" for reason, n in self.reasons.items()]
        if self.unexplained:
            parts.append(f"{self.unexplained:+,} not explained")
        return "; ".join([told, *parts])


@dataclass(frozen=True)
class Examined:
    """What the doctor asked of a warehouse beyond what connecting it counted.

    untold           by what it is called, why a count could not be held against the system's own
    lost, no_reason  decided deals that were not won, and how many have no reason
    several          deals of several companies of which none is the primary one; None where nothing says it
    off              gap | switches_off | mend
    toml             a gtm.toml with what is proposed
    """

    ties: tuple[Tie, ...]
    untold: Mapping[str, str]
    lost: int
    no_reason: int
    several: int | None
    off: pd.DataFrame
    proposed: Proposed
    toml: str


def examined(warehouse: Warehouse, company: Company) -> Examined:
    """Asks a connected warehouse what the doctor tells: about a dozen aggregate queries."""
    told = told_by_source(warehouse, company)
    found = proposed(warehouse, company)
    settings, notes = settings_with(settings_of(company), found)
    opening = f"Proposed from {found.accounts:,} accounts" + (
        f", data through {found.through:%-d %b %Y}." if found.through else "."
    )
    lost, no_reason = _lost(warehouse)
    toml = gtm_toml(settings, notes, opening)
    untold, several = _untold(warehouse, told), told.counts.get(SEVERAL)
    return Examined(_ties(warehouse, told), untold, lost, no_reason, several, switched_off(warehouse), found, toml)


def ties(warehouse: Warehouse, company: Company) -> tuple[Tie, ...]:
    """Our counts beside what the source says of itself, those that there are: a query or two each."""
    return _ties(warehouse, told_by_source(warehouse, company))


def _ties(warehouse: Warehouse, told: Told) -> tuple[Tie, ...]:
    return tuple(
        _tie(warehouse, name, label, table, told.counts[name])
        for name, label, table in TIES
        if name in told.counts and warehouse.connected(table)
    )


def _untold(warehouse: Warehouse, told: Told) -> dict[str, str]:
    """Why a connected table is not held against its system: the count failed, or no layout has a file for it."""
    # a load knows all its counts or, from before there were any, none
    older = warehouse.loaded and not told.counts and not told.untold
    why = "load anew, the file is from before such counts" if older else "no layout has counts/{}.sql"
    missing = {
        label: told.untold.get(name, why.format(name))
        for name, label, table in TIES
        if name not in told.counts and warehouse.connected(table)
    }
    return {**missing, **({"Deals of several companies": told.untold[SEVERAL]} if SEVERAL in told.untold else {})}


def _tie(warehouse: Warehouse, name: str, label: str, table: str, there: int) -> Tie:
    """Rows of ours that are of a kind, used and set aside, beside the system's own count."""
    source, aside = warehouse.source(table), warehouse.set_aside(table)
    here = warehouse.read(sa.select(how_many(_of_kind(name, source), "n")).select_from(source)).iloc[0]["n"]
    query = sa.select(aside.c.set_aside, sa.func.count().label("n")).where(_of_kind(name, aside))
    rows = warehouse.read(query.group_by(aside.c.set_aside)).itertuples(index=False)
    reasons = sorted(((str(reason), int(n)) for reason, n in rows), key=lambda r: (-r[1], r[0]))
    return Tie(label, int(here), there, dict(reasons))


def _of_kind(name: str, rows: Any) -> Any:
    if name == "won_deals":
        return rows.c.outcome == "won"
    return rows.c.outcome.is_(None) if name == "open_deals" else rows.c.ended_on.is_(None)


def _lost(warehouse: Warehouse) -> tuple[int, int]:
    """Deals lost or ended in no decision, and how many of them have no reason."""
    if not warehouse.connected("opportunities"):
        return 0, 0
    deals = warehouse.source("opportunities")
    lost = deals.c.outcome.in_(("lost", "no_decision"))
    query = sa.select(how_many(lost, "lost"), how_many(sa.and_(lost, deals.c.loss_reason.is_(None)), "bare"))
    row = warehouse.read(query.select_from(deals)).iloc[0]
    return int(row["lost"]), int(row["bare"])
