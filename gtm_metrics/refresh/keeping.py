"""Writes what a refresh found, in one transaction: all of it is there, or nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
import sqlalchemy as sa

from gtm_metrics import __version__
from gtm_metrics.journal import append, audited, decided, last_refresh, plain, writing
from gtm_metrics.journal.tables import (
    RECONSTRUCTED,
    WEEKLY,
    Base,
    FrozenAccount,
    FrozenTally,
    Judgement,
    Refresh,
    Registered,
    Restatement,
)
from gtm_metrics.refresh.counting import Frozen
from gtm_metrics.refresh.plan import Known, Plan, theses_named
from gtm_metrics.refresh.settings import hash_of
from gtm_metrics.signal import INSUFFICIENT_DATA, Judged, verdict_of
from gtm_metrics.signal.verdict import KIND_OF, ORDER
from gtm_metrics.weeks import sunday


@dataclass(frozen=True, eq=False)
class Refreshed:
    """Everything one refresh writes; `thesis` is a decision of gtm.toml's, where it names another than before."""

    plan: Plan
    first_week: date
    weeks: tuple[date, ...]
    frozen: Frozen
    registered: list[dict[str, Any]]
    thesis: dict[str, Any] | None
    restated: list[dict[str, Any]]
    accounts: pd.DataFrame
    judged: Judged


def keep(engine: sa.Engine, before: Known, done: Refreshed, as_of: date, data_through: date | None, by: str) -> bool:
    """Writes everything in one transaction; False when another refresh wrote since `before` was read."""
    plan = done.plan
    common = {
        "epoch": plan.epoch,
        "as_of": as_of,
        "by": by,
        "first_week": done.first_week,
        "rules_hash": hash_of(plan.settings),
        "settings": plan.settings,
        "code_version": __version__,
        "data_through": data_through,
        "metrics": [m.name for m in plan.metrics],
        "k": int(done.judged.k),
        "alpha": float(done.judged.alpha),
        "luck": float(done.judged.luck),
    }
    in_week = {"epoch": plan.epoch, "frozen_in": plan.week}
    # everything is worked out before others have to wait
    rows: list[tuple[type[Base], list[dict[str, Any]]]] = [
        (Refresh, [common | row for row in _weeks(done)]),
        (Registered, done.registered),
        (FrozenTally, [row | in_week for row in _records(done.frozen.cells)]),
        (FrozenAccount, [row | in_week for row in _records(done.accounts)]),
        (Restatement, [row | {"epoch": plan.epoch, "noticed_in": plan.week} for row in done.restated]),
        (Judgement, _judgements(done)),
    ]
    with writing(engine) as journal:
        last = last_refresh(journal)
        if (None if last is None else (last["epoch"], last["week"])) != before.head:
            return False
        # who stands as the thesis decides how alpha is shared, so nobody may have been named in between
        if list(theses_named(journal)["id"]) != list(before.theses["id"]):
            return False
        if done.thesis is not None:
            decided(journal, done.thesis)
        for table, new in rows:
            append(journal, table, new)
        _noted(journal, before, done, by)
    return True


def _weeks(done: Refreshed) -> list[dict[str, Any]]:
    """Columns of tables.Refresh that differ from week to week."""
    rows = []
    told = _by_week(done.judged.since(done.weeks[0]))
    for week in done.weeks:
        now = week == done.plan.week
        # of years that are reconstructed at once, who stood out is told; the waits of those days help nobody
        said = headline(done.judged, week, told[week]) if done.plan.first and not now else verdict_of(done.judged, week)
        kind = WEEKLY if now else RECONSTRUCTED
        frozen = plain(done.frozen.spans) if now else {}
        rows.append({"week": week, "kind": kind, "frozen": frozen, "verdict": plain(said)})
    return rows


def _by_week(verdicts: pd.DataFrame) -> Mapping[date, list[Mapping[Any, Any]]]:
    rows: dict[date, list[Mapping[Any, Any]]] = defaultdict(list)
    for row in verdicts.to_dict("records"):
        rows[row["week"].date()].append(row)
    return rows


def headline(judged: Judged, week: date, told: Sequence[Mapping[Any, Any]]) -> dict[str, Any]:
    """The fields of a Verdict of a week in which nobody had decided anything, without waits and leanings.

    told  the rows of judged.verdicts of that week
    """
    notable = sorted((row for row in told if row["state"] in KIND_OF), key=_rank)
    first = notable[0] if notable else None
    early = all(row["state"] == INSUFFICIENT_DATA for row in told)
    return {
        "kind": KIND_OF[first["state"]] if first else "too_early" if early else "loose",
        **{name: first[name] if first else None for name in ("dimension", "segment", "since")},
        "carrying": first["carrying"] if first else (),
        "fading": bool(first and first["fading"]),
        "luck": judged.luck,
        "k": judged.k,
        "week": week,
        "as_of": sunday(week),
        "others": [(row["dimension"], row["segment"], row["state"]) for row in notable[1:]],
        **dict.fromkeys(("thesis", "wait", "enough_in", "small")),
    }


def _rank(row: Mapping[Any, Any]) -> tuple[Any, ...]:
    """What is proven first, longest first; then the strongest evidence."""
    kind = KIND_OF[row["state"]]
    began = pd.Timestamp(row["since"]).value if kind == "tighten" else 0
    return ORDER.index(kind), began, -row["log_e_any"], row["dimension"], row["segment"]


def _judgements(done: Refreshed) -> list[dict[str, Any]]:
    """Rows of tables.Judgement: every segment in every week written, from its first week on."""
    told = done.judged.since(done.weeks[0])
    columns = [c.name for c in Judgement.__table__.columns if c.name not in ("epoch", "week", "code_version")]
    rows = []
    for row in told[told["week"].isin([pd.Timestamp(week) for week in done.weeks])].to_dict("records"):
        values = {name: plain(row.get(name)) for name in columns}
        days = {name: values[name] and date.fromisoformat(values[name]) for name in ("since", "evidence_since")}
        # of a week that is only told later gates and metrics were not worked out, which is not none
        worked_out = {name: values[name] or None for name in ("gates", "metrics")}
        ours = {"epoch": done.plan.epoch, "week": pd.Timestamp(row["week"]).date(), "code_version": __version__}
        rows.append({**values, **days, **worked_out, **ours})
    return rows


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    rows = frame.assign(week=pd.to_datetime(frame["week"]).dt.date).to_dict("records")
    return [{str(key): value for key, value in row.items()} for row in rows]


def _noted(journal: sa.Connection, before: Known, done: Refreshed, by: str) -> None:
    """What people will want to look up: epochs opened, segments registered, counts that moved."""
    plan = done.plan
    week = {"epoch": plan.epoch, "week": plan.week}
    if plan.opened:
        old = before.last["settings"] if before.last else None
        audited(journal, by, "epoch opened", week | {"why": plan.opened, "before": old, "settings": plan.settings})
    if done.registered:
        names = [f"{r['dimension']}: {r['segment']}" for r in done.registered]
        batch = done.registered[0]["batch"]
        thesis = next((f"{r['dimension']}: {r['segment']}" for r in done.registered if r["thesis"]), None)
        audited(journal, by, "segments registered", week | {"batch": batch, "segments": names, "thesis": thesis})
    if done.restated:
        audited(journal, by, "restated", week | {"counts": len(done.restated)})
