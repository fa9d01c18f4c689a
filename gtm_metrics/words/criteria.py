"""The seven criteria of an ideal customer in words: what data say, what people say, and what nobody has said."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd

from gtm_metrics import customers
from gtm_metrics.measures.value import Criterion
from gtm_metrics.words.numbers import NO_BREAK, count, day
from gtm_metrics.words.plain import plain

NUMBERS = ("none", "one", "two", "three", "four", "five", "six", "all")


def summary(found: pd.DataFrame, answered: Collection[str]) -> str:
    """How far data speak to the seven, how many people answered, and what is left open."""
    names = list(dict.fromkeys(found["criterion"]))
    known = set(found.loc[found["status"] != customers.NO_DATA, "criterion"])
    told = [f"Data speak to {NUMBERS[len(known)]} of the seven criteria."]
    rest = [name for name in names if name not in known]
    if rest:
        gone = [name for name in rest if name not in answered]
        by_people = len(rest) - len(gone)
        told.append(f"People answered {NUMBERS[by_people]} of the others." if by_people else "")
        told.append(f"Nobody can tell of yet: {', '.join(gone)}." if gone else "")
    return " ".join(part for part in told if part)


def reading(row: Mapping[Any, Any]) -> str:
    """How the group stands beside everyone else, as plain text; why there is no data where there is none."""
    q = (
        ""
        if row["q"] is None
        else f" (q{NO_BREAK}{row['q']:.2f})"
        if row["q"] >= 0.01
        else f" (q{NO_BREAK}<{NO_BREAK}0.01)"
    )
    return {
        customers.MORE: f"more often{q}",
        customers.LESS: f"less often{q}",
        customers.NOT_APART: f"cannot be told apart{q}",
        customers.TOO_FEW: "too few to compare",
        customers.IN_SCORE: "in the score: not compared",
        customers.NO_DATA: plain(row["why"]),
    }[row["status"]]


def answered(row: Mapping[Any, Any]) -> str:
    """What a person said to a criterion, with the name and the day, as plain text."""
    return f"{plain(row['answer'])} ({plain(row['who'])}, {day(row['on'])})"


def caption(found: pd.DataFrame, minimum: int, middle: float | None) -> str:
    """How the table is to be read."""
    tried = int(found["tried"].iloc[0]) if len(found) else 0
    spent = f" The median customer took {middle:,.15g} touches and calls." if middle is not None else ""
    compared = (
        f" {count(tried, 'sign')} compared: exact p, corrected for all of them (Benjamini-Hochberg), told where q is "
        f"at most {customers.Q:g}."
        if tried
        else ""
    )
    return (
        f"Counted are customers of whom a thing is known; shares from {minimum:,} of them on.{compared} What the score "
        "counts too is not compared: the best were chosen by it, and so was a profile found among them."
        f"{spent} Where data do not speak people may; what they say stands with name and day."
    )


def meaning(criterion: Criterion) -> str:
    """A criterion for a list of choices: its name and what it means."""
    return f"{criterion.name}: {criterion.meaning}"
