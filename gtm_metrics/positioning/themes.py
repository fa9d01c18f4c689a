"""How often a theme is heard and from whom: what customers said, and why deals were won."""

from __future__ import annotations

from typing import Any

import pandas as pd

from gtm_metrics.alternatives.against import folded

HEARD_COLUMNS = ("theme", "notes", "accounts", "won", "of")


def heard(notes: pd.DataFrame, reasons: pd.DataFrame | None) -> pd.DataFrame:
    """HEARD_COLUMNS, a row a theme, those heard most often first.

    notes     account | theme of what customers said; `notes` of the result counts the lines, `accounts` names who said
              them, each once
    reasons   reason | n | of, why deals were won, each named one; None where it is not known: then won and of are
              None. A theme that no deal was won for has 0 of them
    Themes and reasons are one where they differ in case, signs and spaces only; the first spelling stays.
    """
    known: dict[str, dict[str, Any]] = {}

    def of(name: Any) -> dict[str, Any] | None:
        if not isinstance(name, str) or not folded(name):
            return None
        fresh = {"theme": " ".join(name.split()), "notes": 0, "accounts": [], "won": None if reasons is None else 0}
        return known.setdefault(folded(name), fresh)

    total = None if reasons is None else int(reasons["of"].iloc[0]) if len(reasons) else 0
    for row in notes.to_dict("records"):
        theme = of(row["theme"])
        if theme is not None:
            theme["notes"] += 1
            theme["accounts"] += [] if row["account"] in theme["accounts"] else [row["account"]]
    for row in [] if reasons is None else reasons.to_dict("records"):
        theme = of(row["reason"])
        if theme is not None:
            theme["won"] += int(row["n"])
    ranked = sorted(known.values(), key=lambda each: (-each["notes"] - (each["won"] or 0), folded(each["theme"])))
    rows = [each | {"of": total} for each in ranked]
    return pd.DataFrame({name: pd.Series([row[name] for row in rows], dtype=object) for name in HEARD_COLUMNS})


def lines_of(text: str) -> tuple[str, ...]:
    """The lines that people wrote, without blank ones and without what marks them as a list."""
    return tuple(line for each in text.splitlines() if (line := each.strip().lstrip("-*• ").strip()))


def of_line(line: str, themes: pd.DataFrame) -> pd.DataFrame:
    """The themes that are heard in a line: those whose words stand in it whole, and those it stands in."""
    told = f" {folded(line)} "
    names = [f" {folded(name)} " for name in themes["theme"]]
    there = [bool(told.strip()) and (name in told or told in name) for name in names]
    return themes[pd.Series(there, themes.index, dtype=bool)].reset_index(drop=True)
