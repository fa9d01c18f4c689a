"""What the signal counts by: watched dimensions, evidence metrics, and every setting that changes a count."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from gtm_metrics import metrics as constants
from gtm_metrics.company import Company, Refused
from gtm_metrics.journal import plain
from gtm_metrics.metrics import Metric, metric_named
from gtm_metrics.rules import Rules
from gtm_metrics.sources import SHIPPED, layout_folder, layout_in
from gtm_metrics.tallies import metrics_of, not_connected, offered, refuse_unknown
from gtm_metrics.warehouse import Warehouse, WarehouseError
from gtm_metrics.warehouse.relation import FAILED, NOT_CONNECTED

EVIDENCE = ("response_rate", "calls_to_understanding", "won_in_time", "churn")
"""The metrics evidence is taken from; where one is not connected its stand-in takes its place."""

_TABLES = ("accounts", "touches", "calls", "opportunities", "subscriptions")


def there(warehouse: Warehouse, company: Company, names: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(those of the dimensions that the warehouse has, why the others are left out)."""
    found, left_out = [], []
    for name in names:
        try:
            refuse_unknown(warehouse, company, name)
            found.append(name)
        except Refused as why:
            left_out.append(str(why))
    return tuple(found), tuple(left_out)


def evidence_metrics(warehouse: Warehouse, company: Company) -> tuple[Metric, ...]:
    """The evidence metrics that are connected, stand-ins included, in the order of METRICS' stages."""
    shown = {m.stand_in_for or m.name: m for m in offered(warehouse, metrics_of(company)) if _is_evidence(m)}
    connected = {m.name for m in metrics_of(company) if not not_connected(warehouse, m)}
    return tuple(shown[stage] for stage in EVIDENCE if stage in shown and shown[stage].name in connected)


def metrics_called(company: Company, names: list[str]) -> tuple[Metric, ...]:
    """The metrics of these names, with the company's own settings."""
    return tuple(metric_named(name, metrics_of(company)) for name in names)


def refuse_failed(warehouse: Warehouse) -> None:
    """Raises WarehouseError where a table that evidence needs cannot be read, and where there are no accounts: what is
    frozen now is frozen for good."""
    for table in _TABLES:
        relation = warehouse.relations[table]
        if relation.status == FAILED or (table == "accounts" and relation.status == NOT_CONNECTED):
            raise WarehouseError(f"{table} cannot be read, so no week is frozen: {relation.why}")


def settings_of(company: Company) -> dict[str, Any]:
    """Every setting that changes a count, but for the dimensions: each has its own definition."""
    rules, usual = company.rules, Rules()
    return {
        "layout": company.layout,
        "layout_sql": _sql_of(company),
        "schema": company.schema,
        # only what a company says: one that says nothing of these counts as it did before there were any
        **{name: dict(told) for name, told in _words_of(company).items() if told},
        "maturity": {m.name: m.maturity for m in metrics_of(company) if _is_evidence(m)},
        "counting": {
            name: getattr(constants, name)
            for name in (
                "RESPONSE_DAYS",
                "SEQUENCE_GAP_DAYS",
                "UNDERSTANDING_DAYS",
                "SPELL_GAP_DAYS",
                "STAND_IN_OPPORTUNITY_DAYS",
                "STAND_IN_ADVANCED_DAYS",
                "CALL_BANDS",
                "CHURN_BANDS",
            )
        },
        # those a company set; a constant that a later version adds is none of its doing
        "rules": {
            f.name: plain(getattr(rules, f.name))
            for f in fields(rules)
            if getattr(rules, f.name) != getattr(usual, f.name)
        },
    }


def definition_of(company: Company, name: str) -> str:
    """What a dimension means, as text: its column, and where its numbers are cut."""
    dimension = company.dimension(name)
    return _text({"column": name, "edges": list(dimension.edges)})


def hash_of(settings: Mapping[str, Any] | str) -> str:
    """A hash that tells one text or set of settings from another."""
    text = settings if isinstance(settings, str) else _text(settings)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the settings that differ."""
    return tuple(name for name in sorted({*before, *now}) if _text(before.get(name)) != _text(now.get(name)))


def _text(value: Any) -> str:
    return json.dumps(plain(value), sort_keys=True, ensure_ascii=False)


def _is_evidence(metric: Metric) -> bool:
    return (metric.stand_in_for or metric.name) in EVIDENCE


def _words_of(company: Company) -> dict[str, tuple[tuple[str, Any], ...]]:
    return {"schemas": company.schemas, "columns": company.columns, "words": company.words}


def _sql_of(company: Company) -> str:
    """A hash of a company's own layouts, without regard to blanks and to comments that say nothing; '' for ours."""
    folders = [layout_folder(name, company.folder) for name in company.layouts]
    own = [folder for folder in folders if folder is not None and folder.parent != SHIPPED]
    bare = [_bare(path) for folder in own for path in sorted(layout_in(folder).files.values())]
    return hash_of(" ".join(bare)) if own else ""


def _bare(path: Path) -> str:
    lines = path.read_text(encoding="utf-8").splitlines()
    # which columns a select reads stands in a comment
    told = [line for line in lines if not line.lstrip().startswith("--") or "reads:" in line]
    return " ".join([path.name, *" ".join(told).split()])
