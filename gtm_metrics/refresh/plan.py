"""What a refresh finds when it starts, and what follows from it: the week that is due, the epoch, who is registered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
import sqlalchemy as sa

from gtm_metrics.company import Company, watched_names
from gtm_metrics.journal import decisions, frozen, frozen_accounts, last_refresh, registry, restatements
from gtm_metrics.journal.tables import THESIS
from gtm_metrics.metrics import Metric
from gtm_metrics.question import NOT_SET
from gtm_metrics.refresh.settings import (
    changed,
    definition_of,
    evidence_metrics,
    hash_of,
    metrics_called,
    settings_of,
    there,
)
from gtm_metrics.tallies import not_connected
from gtm_metrics.warehouse import Warehouse, WarehouseError

FIRST_CONNECTION = "first connection"
LEAST_METRICS = 2
"""Fewer metrics than this can name no segment, so evidence on them is given up for a metric that is connected."""


@dataclass(frozen=True, eq=False)
class Known:
    """What the journal held when the refresh began: the newest refresh (by column) and what belongs to its epoch.

    decisions  those in effect on the refresh's day; theses every one ever named, taken back or not, whenever it was
    """

    last: dict[str, Any] | None
    registry: pd.DataFrame
    frozen: pd.DataFrame
    accounts: pd.DataFrame
    restatements: pd.DataFrame
    decisions: pd.DataFrame
    theses: pd.DataFrame

    @property
    def head(self) -> tuple[int, date] | None:
        """(epoch, week) of the newest refresh."""
        return None if self.last is None else (self.last["epoch"], self.last["week"])


@dataclass(frozen=True)
class Plan:
    """The epoch a refresh belongs to; `opened` says why it is a new one, '' when it goes on.

    asked    dimensions that are counted: watched now, or registered in this epoch
    watched  those that are judged; left_out why others are not
    """

    epoch: int
    opened: str
    week: date
    watched: tuple[str, ...]
    asked: tuple[str, ...]
    left_out: tuple[str, ...]
    metrics: tuple[Metric, ...]
    settings: dict[str, Any]

    @property
    def first(self) -> bool:
        """Whether nothing was ever refreshed before."""
        return self.opened == FIRST_CONNECTION


def known(journal: sa.Connection, as_of: date) -> Known:
    """Reads what a refresh builds on."""
    last = last_refresh(journal)
    epoch = last["epoch"] if last else 0
    return Known(
        last,
        registry(journal),
        frozen(journal, epoch),
        frozen_accounts(journal, epoch),
        restatements(journal, epoch),
        decisions(journal, as_of),
        theses_named(journal),
    )


def theses_named(journal: sa.Connection) -> pd.DataFrame:
    """Every decision that named a thesis or took one back, in order."""
    every = decisions(journal, replaced=True)
    taken_back = set(every["id"][every["kind"] == THESIS]) & set(every["replaces"].dropna())
    return every[(every["kind"] == THESIS) | every["replaces"].isin(taken_back)].reset_index(drop=True)


def planned(warehouse: Warehouse, company: Company, before: Known, week: date, anew: bool) -> Plan:
    """Which epoch refresh week `week` belongs to, and what is counted in it.

    Raises WarehouseError where evidence would go on without a metric or a dimension that it was taken from.
    """
    watched, left_out = there(warehouse, company, watched_names(company))
    settings = settings_of(company)
    connected = evidence_metrics(warehouse, company)
    if before.last is None:
        return Plan(1, FIRST_CONNECTION, week, watched, watched, left_out, connected, settings)
    epoch = before.last["epoch"]
    mine = before.registry[before.registry["epoch"] == epoch]
    opened = _why_new(company, before.last, mine, watched, connected, settings, anew)
    if opened:
        return Plan(epoch + 1, opened, week, watched, watched, left_out, connected, settings)
    registered = tuple(sorted(set(mine["dimension"]) - set(watched)))
    others, _ = there(warehouse, company, registered)
    metrics = metrics_called(company, before.last["metrics"])
    _refuse_lost(warehouse, company, metrics, registered)
    unused = [m.label for m in connected if m.name not in before.last["metrics"]]
    said = tuple(f"{label} was connected after the evidence began; it counts from a new start" for label in unused)
    return Plan(epoch, "", week, watched, (*watched, *others), (*left_out, *said), metrics, settings)


def _refuse_lost(warehouse: Warehouse, company: Company, metrics: Sequence[Metric], registered: Sequence[str]) -> None:
    """Raises WarehouseError where a metric, or a dimension that is to be watched, was there when evidence began and is
    not now: a week that is frozen without it stays without it."""
    lost = [f"{metric.label}: {why}" for metric in metrics if (why := not_connected(warehouse, metric))]
    lost += there(warehouse, company, tuple(name for name in watched_names(company) if name in registered))[1]
    if lost:
        raise WarehouseError(
            f"the warehouse has lost what evidence is taken from, so no week is frozen ({'; '.join(lost)}); once it is "
            "back the weeks are judged, and where it is gone for good gtm-metrics refresh --anew begins without it"
        )


def _why_new(
    company: Company,
    last: dict[str, Any],
    registered: pd.DataFrame,
    watched: Sequence[str],
    connected: Sequence[Metric],
    settings: dict[str, Any],
    anew: bool,
) -> str:
    """Why evidence must start again; '' when it goes on."""
    if anew:
        return "asked for"
    if hash_of(settings) != last["rules_hash"]:
        return f"changed: {', '.join(changed(last['settings'], settings)) or 'settings'}"
    meant = dict(zip(registered["dimension"], registered["definition_hash"], strict=True))
    other = [name for name in watched if name in meant and meant[name] != hash_of(definition_of(company, name))]
    if other:
        return f"changed: what {', '.join(other)} means"
    if len(last["metrics"]) < LEAST_METRICS and len(connected) > len(last["metrics"]):
        return "connected: " + ", ".join(m.name for m in connected if m.name not in last["metrics"])
    return ""


def registered_anew(
    company: Company,
    plan: Plan,
    registry: pd.DataFrame,
    cells: pd.DataFrame,
    first_week: date,
    thesis: tuple[str, str] | None = None,
) -> list[dict[str, Any]]:
    """Rows of tables.Registered for the segments that have a trial and are not registered in this epoch.

    They are one batch, counted from refresh week `first_week`; K is the number of segments ever registered, each
    once whatever the epoch. `thesis` is the one that stands as they are registered: it is marked for good, and who is
    named afterwards never is.
    """
    mine = registry[registry["epoch"] == plan.epoch]
    there = set(zip(mine["dimension"], mine["segment"], strict=True))
    seen = cells[cells["dimension"].isin(plan.watched) & (cells["trials"] > 0) & (cells["segment"] != NOT_SET)]
    fresh = sorted(set(zip(seen["dimension"], seen["segment"], strict=True)) - there)
    ever = set(zip(registry["dimension"], registry["segment"], strict=True)) | set(fresh)
    batch = 1 if registry.empty else int(registry["batch"].max()) + 1
    rows = []
    for dimension, segment in fresh:
        definition = definition_of(company, dimension)
        rows.append(
            {
                "epoch": plan.epoch,
                "dimension": dimension,
                "segment": segment,
                "definition": definition,
                "definition_hash": hash_of(definition),
                "registered_week": plan.week,
                "first_week": first_week,
                "batch": batch,
                "k_at_birth": len(ever),
                "thesis": (dimension, segment) == thesis,
            }
        )
    return rows
