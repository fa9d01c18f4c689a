"""The thesis of gtm.toml: the refresh that first sees it writes it down, and what was written cannot be rewritten."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from gtm_metrics.company import Company
from gtm_metrics.journal import standing_thesis
from gtm_metrics.journal.tables import THESIS

FILE = "gtm.toml"
"""Who named a thesis that stands in the company's settings."""


def named_anew(company: Company, theses: pd.DataFrame, week: date, today: date) -> dict[str, Any] | None:
    """A row of tables.Decision where gtm.toml names another thesis than it did when last looked at; None where not.

    theses  `plan.theses_named`. The row takes gtm.toml's former one back; without a thesis it does only that.
    """
    told = theses[(theses["kind"] == THESIS) & (theses["who"] == FILE)].sort_values("id").to_dict("records")
    last = told[-1] if told else None
    before = (last["dimension"], last["segment"]) if last else ("", "")
    now = company.thesis or ("", "")
    if now == before:
        return None
    open_ = last is not None and last["segment"] != "" and last["id"] not in set(theses["replaces"].dropna())
    return {
        "kind": THESIS,
        "dimension": now[0],
        "segment": now[1],
        "why": "[signal] thesis names it" if company.thesis else "[signal] thesis no longer names one",
        "who": FILE,
        "review_on": None,
        "decided_at": today,
        "week": week,
        "replaces": last["id"] if last and open_ else None,
    }


def stands(theses: pd.DataFrame, anew: dict[str, Any] | None) -> tuple[str, str] | None:
    """(dimension, segment) of the thesis that stands once `anew` is written, whoever named it; None without one."""
    if anew is None:
        return standing_thesis(theses)
    number = int(theses["id"].max()) + 1 if len(theses) else 1
    row = pd.DataFrame([{**anew, "id": number}], dtype=object)
    return standing_thesis(pd.concat([theses, row], ignore_index=True) if len(theses) else row)


def not_there(thesis: tuple[str, str] | None, registry: pd.DataFrame) -> str:
    """Why the thesis that stands cannot be judged yet; '' where it is, or where there is none.

    registry  the registered segments that are watched
    """
    if thesis is None:
        return ""
    dimension, segment = thesis
    mine = sorted(registry["segment"][registry["dimension"] == dimension])
    if segment in mine:
        return ""
    there = f"it has {', '.join(mine)}" if mine else f"{dimension!r} is not watched"
    return f"the thesis {segment!r} has no trial in a settled week of {dimension}; {there}"
