"""Pins: the markets that are set side by side, and which accounts are in which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import sqlalchemy as sa

from gtm_metrics.company import Company, Refused
from gtm_metrics.measures.profile import Rule, fits, rules_of
from gtm_metrics.question import ALL, NOT_SET, Question
from gtm_metrics.tallies.known import accounts_known, known, refuse_unknown
from gtm_metrics.warehouse import Warehouse

MOST = 15
"""Pins of a rack: five rows."""


class NoMarkets(Refused):
    """There is no market to ask about: no account has a value, and people keep no pin."""


@dataclass(frozen=True)
class Pin:
    """A market: the accounts that meet every rule. Of a segment the one rule is its value; `dimension` is '' of others.

    name     what it is called, once over all pins: the segment, with its dimension where two are called alike
    segment  the value of the dimension, or what people call the rules
    """

    name: str
    dimension: str
    segment: str
    rules: tuple[Rule, ...]


def segment_pin(dimension: str, segment: str) -> Pin:
    """The pin of one value of a dimension."""
    return Pin(segment, dimension, segment, (Rule(dimension, (segment,)),))


def kept_pins(kept: pd.DataFrame, apart: Iterable[tuple[str, str]] = ()) -> tuple[Pin, ...]:
    """The pins of the journal: dimension | segment | rule, a rule being None for the segment itself; and others apart
    from it, as (dimension, segment)."""
    asked: dict[tuple[str, str], tuple[Rule, ...]] = {}
    for row in kept.to_dict("records"):
        key = str(row["dimension"]), str(row["segment"])
        asked[key] = rules_of(row["rule"]) if row["rule"] else (Rule(key[0], (key[1],)),)
    for dimension, segment in apart:
        asked.setdefault((dimension, segment), (Rule(dimension, (segment,)),))
    found: dict[str, Pin] = {}
    for (dimension, segment), rules in asked.items():
        name = f"{segment} ({dimension})" if segment in found else segment
        found[name] = Pin(name, dimension, segment, rules)
    return tuple(found.values())


def pins(
    warehouse: Warehouse, company: Company, question: Question, kept: Iterable[Pin] = (), most: int = MOST
) -> tuple[Pin, ...]:
    """The pins people keep, then the other values of the question's one dimension, those with the most accounts first.

    At most `most` in all, unless people keep more; "(not set)" is no market. Raises ValueError when the question does
    not name one dimension, Refused for an unknown one.
    """
    if len(question.by) != 1:
        raise ValueError(f"by is {list(question.by)}; pins are the values of one dimension")
    for name in (*question.by, *(n for n, _ in question.scope)):
        refuse_unknown(warehouse, company, name)
    found = list(kept)
    taken = {(pin.dimension, pin.segment) for pin in found}
    called = {pin.name for pin in found}
    accounts = accounts_known(warehouse, company, question)
    n = sa.func.count().label("n")
    counts = warehouse.read(sa.select(accounts.c.segment, n).group_by(accounts.c.segment))
    order = sorted(
        zip(counts["segment"].tolist(), counts["n"].tolist(), strict=True), key=lambda one: (-one[1], one[0])
    )
    by = question.by[0]
    others = [segment_pin(by, str(name)) for name, _ in order if name != NOT_SET and (by, name) not in taken]
    others = [replace(pin, name=f"{pin.segment} ({by})") if pin.name in called else pin for pin in others]
    return tuple(found + others[: max(0, most - len(found))])


def members(
    warehouse: Warehouse, company: Company, question: Question, of: Sequence[Pin], everyone: bool = False
) -> sa.Subquery:
    """account_id | pin: a row an account and pin it is in; with `everyone` also a row an account, pin "(all)".

    An account may be in several pins, so counts by pin do not add. Raises NoMarkets without a pin, Refused for a rule
    that means nothing here.
    """
    if not of:
        named = f"no account has a value of {question.by[0]}" if question.by else "there are no accounts"
        raise NoMarkets(f"{named} by {question.as_of}, so there is no market to look at")
    scoped = accounts_known(warehouse, company, Question(question.as_of, scope=question.scope))
    source = known(warehouse, "accounts", question.as_of)
    joined = source.join(scoped, scoped.c.account_id == source.c.account_id)
    parts: list[sa.Select[Any]] = []
    for dimension, names in _values(of).items():
        by = accounts_known(warehouse, company, Question(question.as_of, (dimension,), scope=question.scope))
        parts.append(sa.select(by.c.account_id, by.c.segment.label("pin")).where(by.c.segment.in_(names)))
    for pin in of:
        if not _is_value(pin):
            met = fits(warehouse, company, source, pin.rules)
            name = sa.literal(pin.name, sa.String()).label("pin")
            parts.append(sa.select(source.c.account_id, name).select_from(joined).where(met))
    if everyone:
        parts.append(sa.select(scoped.c.account_id, sa.literal(ALL, sa.String()).label("pin")))
    return (parts[0] if len(parts) == 1 else sa.union_all(*parts)).subquery("members")


def _is_value(pin: Pin) -> bool:
    return pin.rules == (Rule(pin.dimension, (pin.name,)),)


def _values(of: Sequence[Pin]) -> Mapping[str, list[str]]:
    """Dimension -> the pins that are values of it: one select each."""
    found: dict[str, list[str]] = {}
    for pin in of:
        if _is_value(pin):
            found.setdefault(pin.dimension, []).append(pin.name)
    return found
