"""Every definition as rows: drawn from METRICS, TABLES and SETTINGS, so page, command and code cannot differ."""

from __future__ import annotations

from typing import Any

import pandas as pd

from gtm_metrics.company import SECRET, SETTINGS, Company
from gtm_metrics.measures import value
from gtm_metrics.metrics import Metric
from gtm_metrics.sources import TABLES


def metric_definitions(metrics: tuple[Metric, ...]) -> pd.DataFrame:
    """One row a metric: what a trial and a success are, when a week counts, how it differs from other tools."""
    return pd.DataFrame(
        [
            {
                "metric": m.name,
                "label": m.label,
                "question": m.question,
                "trial": m.trials,
                "success": m.success,
                "week": m.week,
                "unit": m.unit,
                "direction": m.direction,
                "maturity_days": m.maturity,
                "bands": [b for b in m.bands if b],
                "minimum": m.minimum,
                "splits": list(m.splits),
                "needs": list(m.needs),
                "stands_in_for": m.stand_in_for,
                "differs": m.differs,
            }
            for m in metrics
        ]
    )


def card(metric: Metric) -> pd.DataFrame:
    """One metric's definition as two columns, a name and its words."""
    bands = ", ".join(b for b in metric.bands if b)
    lines = {
        "One trial is": metric.trials,
        "A success": metric.success,
        "Its week": metric.week,
        "Counts once": f"the week's Sunday and {metric.maturity} more days have passed"
        if metric.maturity
        else "the week's Sunday has passed",
        "Direction": metric.direction,
        "Compared within": f"the same week and {bands}" if bands else "the same week",
        "Rate from": f"{metric.minimum:,} {metric.unit}; below it only counts",
        "Needs": ", ".join(metric.needs),
        "Stands in for": metric.stand_in_for or "",
        "Also splits by": ", ".join(metric.splits),
    }
    return pd.DataFrame([(name, words) for name, words in lines.items() if words], columns=["", "What it is"])


def cards(metrics: tuple[Metric, ...]) -> pd.DataFrame:
    """One row a metric, what a board asks of it: what is counted, out of what, once how many days have passed."""
    return pd.DataFrame(
        [
            {
                "Metric": m.label,
                "One trial is": m.trials,
                "A success": m.success,
                "Rate from": f"{m.minimum:,} {m.unit}",
                "Counts after": f"{m.maturity:,} days" if m.maturity else "its week",
            }
            for m in metrics
        ]
    )


def setting_definitions(company: Company | None = None) -> pd.DataFrame:
    """One row a line of gtm.toml: key, default, allowed range, unit, meaning; and the value that a company has."""

    def allowed(low: Any, high: Any) -> str:
        return "" if low is None else f"{low:,.15g} to {high:,.15g}"

    frame = pd.DataFrame(
        [
            {
                "setting": s.key,
                "default": _plain(s.default),
                "range": allowed(s.low, s.high),
                "unit": s.unit,
                "meaning": s.meaning,
            }
            for s in SETTINGS
        ]
    )
    if company is not None:
        frame.insert(1, "value", [_plain(_in_force(company, s.key)) for s in SETTINGS])
    return frame


def _in_force(company: Company, key: str) -> Any:
    """What a company has for a setting; of the warehouse's URL only its kind, since it may hold a password."""
    if key in SECRET:
        url = company.url if key == "warehouse.url" else company.journal_url
        return f"{url.split(':')[0]}://..." if url else ""
    section, name = key.split(".", 1)
    if section == "signal":
        ours = {"dimensions": company.watched, "thesis": dict([company.thesis] if company.thesis else [])}
        return ours[name] if name in ours else getattr(company.rules, name)
    if section == "access":
        held = getattr(company.access, name)
        # who may come in is for whoever looks after the dashboard, not for all who may look at it
        return held if not isinstance(held, tuple) else f"{len(held):,} entries" if held else ()
    if section == "value":
        return dict(company.weights)[name]
    if section == "markets":
        return company.markets.held(name)
    if section == "criteria":
        return dict(company.limits)[name]
    if key == "segments.dimensions":
        return tuple(dimension.name for dimension in company.dimensions)
    return company.name if key == "display.company" else getattr(company, name)


def _plain(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, tuple | dict):
        return str(value)
    if value and isinstance(value, tuple) and all(isinstance(item, int | float) for item in value):
        return ", ".join(f"{item:g}" for item in value)
    items = value.items() if isinstance(value, dict) else value
    return "; ".join(item if isinstance(item, str) else f"{item[0]} = {_item(item[1])}" for item in items) or "none"


def _item(value: Any) -> str:
    return value if isinstance(value, str) else ", ".join(f"{edge:.15g}" for edge in value)


def value_definitions(company: Company) -> pd.DataFrame:
    """One row a figure of the customer value score: its part, that part's weight, what it is and what it needs."""
    weights = dict(company.weights)
    return pd.DataFrame(
        [
            {
                "part": part.label,
                "weight": _plain(weights[part.name]),
                "figure": each.label,
                "definition": each.definition,
                "needs": each.needs,
            }
            for part in value.PARTS
            for each in part.inputs
        ]
    )


def criteria_definitions(company: Company) -> pd.DataFrame:
    """One row a sign of the seven criteria: what the criterion means, who meets the sign, of whom, what it needs."""
    return pd.DataFrame(
        [
            {
                "criterion": criterion.name,
                "meaning": criterion.meaning,
                "in_the_data": sign.label,
                "among": sign.among,
                "needs": ", ".join(sign.needs),
            }
            for criterion in value.seven(company)
            for sign in criterion.signs
        ]
    )


def headed(frame: pd.DataFrame) -> pd.DataFrame:
    """The table as a page shows it, its columns called in words: one_row_per is One row per."""
    return frame.rename(columns=lambda name: str(name).replace("_", " ").capitalize())


def table_definitions() -> pd.DataFrame:
    """One row a column of our tables: its type, whether it must be there, from when it may be used."""
    return pd.DataFrame(
        [
            {
                "table": t.name,
                "one_row_per": t.grain,
                "column": c.name,
                "type": c.kind,
                "required": c.required,
                "known_at": c.known_at or t.begins,
                "meaning": c.meaning,
            }
            for t in TABLES.values()
            for c in t.columns
        ]
    )
