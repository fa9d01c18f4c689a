"""A profile applied to accounts: which fit its rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from gtm_metrics.company import Company, Refused
from gtm_metrics.question import NOT_SET
from gtm_metrics.tallies.known import refuse_unknown, segment_of
from gtm_metrics.warehouse import Warehouse


@dataclass(frozen=True)
class Rule:
    """One condition of a profile: the account's segment by `dimension` is one of `segments`."""

    dimension: str
    segments: tuple[str, ...]


@dataclass(frozen=True)
class Fit:
    """What people keep that makes an open deal one to disqualify: the profile's rules, accounts on the never list."""

    rules: tuple[Rule, ...] = ()
    never: tuple[str, ...] = ()


NOTHING_KEPT = Fit()
"""Nobody kept a profile, and nobody is on the never list."""


def rules_of(kept: Iterable[Mapping[str, Any]]) -> tuple[Rule, ...]:
    """The rules of a profile as the journal keeps them: [{"dimension": name, "segments": [value, ...]}, ...]."""
    return tuple(Rule(str(one["dimension"]), tuple(str(value) for value in one["segments"])) for one in kept)


def fits(warehouse: Warehouse, company: Company, accounts: Any, rules: Sequence[Rule]) -> sa.ColumnElement[bool]:
    """Whether an account of `accounts` (a select of the accounts' own columns) meets every rule.

    An account whose attribute is not set does not meet a rule, unless "(not set)" is named by it.
    Raises Refused for a dimension that is not one here and for a band that the edges of gtm.toml no longer make,
    ValueError without any rule.
    """
    if not rules:
        raise ValueError("there are no rules; a profile has at least one")
    met = []
    for rule in rules:
        dimension = refuse_unknown(warehouse, company, rule.dimension)
        unknown = sorted(set(rule.segments) - {NOT_SET, *dimension.bands()}) if dimension.edges else []
        if unknown:
            bands = ", ".join(dimension.bands())
            asked = f"the profile asks for {rule.dimension} {unknown[0]!r}"
            raise Refused(f"{asked}; with the edges of gtm.toml it is {bands}")
        met.append(segment_of(warehouse, accounts, dimension).in_(rule.segments))
    return sa.and_(*met)
