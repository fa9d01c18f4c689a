"""Close rate by the champion's function and by how many people took part."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from gtm_metrics.alternatives.against import NOT_RECORDED, folded
from gtm_metrics.estimates import wilson

AFTERWARDS = "recorded afterwards"
OTHER = "other"

FUNCTIONS: Mapping[str, tuple[str, ...]] = {
    "marketing": ("marketing", "cmo", "brand", "growth", "demand generation", "content", "communications"),
    "sales": ("sales", "cro", "revenue", "account executive", "business development", "sdr", "bdr"),
    "finance": ("finance", "financial", "cfo", "controller", "accounting", "accountant", "procurement", "treasurer"),
    "product": ("product", "cpo", "design", "ux"),
    "operations": ("operations", "ops", "revops", "coo", "logistics", "supply chain", "process"),
    "IT": ("it", "cio", "cto", "ciso", "engineering", "engineer", "developer", "technology", "data", "security"),
    "executive": ("ceo", "founder", "owner", "president", "managing director", "general manager", "partner"),
}
"""Functions by the words of a title, found whole; the first that holds one is the champion's."""

PEOPLE = ((1, 1, "1"), (2, 3, "2 to 3"), (4, 6, "4 to 6"), (7, None, "7 and more"))

INVOLVED = ("group", "won", "decided", "close_rate", "low", "high")


def function_of(title: object) -> str:
    """A title's function by FUNCTIONS: "Head of Marketing" is marketing; "other" where no word is known.

    A vice president of something is of that something, and of nothing in particular executive.
    """
    if not isinstance(title, str) or not title.strip():
        return NOT_RECORDED
    words = f" {folded(title)} "
    for function, known in FUNCTIONS.items():
        if any(f" {word} " in words for word in known):
            return function
    return OTHER


def by_function(frame: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """INVOLVED, a row a function, the most deals first; then "recorded afterwards" (champions named when the deal was
    decided already: winners get one more often) and "(not recorded)".

    frame   title | afterwards | outcome | n
    """
    last = {AFTERWARDS: 1, NOT_RECORDED: 2}

    def group(row: Mapping[Any, Any]) -> str:
        return AFTERWARDS if row["afterwards"] else function_of(row["title"])

    return _rates(frame, group, minimum, lambda name, n: (last.get(name, 0), -n, name))


def by_people(frame: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """INVOLVED by the number of people: 1, 2 to 3, 4 to 6, 7 and more; "(not recorded)" last.

    frame   people | outcome | n
    """
    place = {name: i for i, (_, _, name) in enumerate(PEOPLE)}

    def group(row: Mapping[Any, Any]) -> str:
        n = row["people"]
        if n is None or pd.isna(n) or n < 1:
            return NOT_RECORDED
        return next(name for low, high, name in PEOPLE if low <= n and (high is None or n <= high))

    return _rates(frame, group, minimum, lambda name, n: place.get(name, len(place)))


def _rates(
    frame: pd.DataFrame, group: Callable[[Mapping[Any, Any]], str], minimum: int, order: Callable[[str, int], Any]
) -> pd.DataFrame:
    counted: dict[str, list[int]] = {}
    for row in frame.to_dict("records"):
        each = counted.setdefault(group(row), [0, 0])
        each[0] += int(row["n"]) if row["outcome"] == "won" else 0
        each[1] += int(row["n"])
    rows = []
    for name, (won, n) in sorted(counted.items(), key=lambda item: order(item[0], item[1][1])):
        line: dict[str, Any] = {"group": name, "won": won, "decided": n}
        if n >= minimum:
            low, high = wilson(won, n)
            line |= {"close_rate": won / n, "low": float(low), "high": float(high)}
        rows.append(line)
    return pd.DataFrame({name: pd.Series([row.get(name) for row in rows], dtype=object) for name in INVOLVED})
