"""Attributes of accounts as dimensions: which have few values that are common, and where numbers are cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from gtm_metrics.company import Company, Dimension
from gtm_metrics.measures.shared import how_many
from gtm_metrics.question import NOT_SET
from gtm_metrics.tallies.known import segment_of
from gtm_metrics.warehouse import Warehouse

MOST_MISSING = 0.3
"""An attribute that more accounts than these leave empty tells too little."""
COMMON = 0.02
"""The share of the accounts with a value from which a value is common."""
MOST_VALUES = 15
"""Common values above which an attribute is a name and not a segment."""
LEAST_COVERED = 0.8
"""The share of the accounts with a value that the common values must hold together."""
MOST_DISTINCT = 500
"""Distinct values above which nobody asks how often each stands there."""
LEAST_BAND = 0.05
"""The share of the accounts with a number that each band must hold."""
QUARTERS = (0.25, 0.5, 0.75)
"""What share of accounts should lie below each edge: four bands of one size, as far as readable numbers allow."""
EDGES = tuple(float(f"{digit}e{power}") for power in range(-2, 10) for digit in (1, 2, 5))
"""Readable numbers to cut at: 1, 2 and 5 of every power of ten, from 0.01 to 5,000,000,000."""

NO_SEGMENT = ("owner",)
"""Columns of ours that one may segment by and that say nothing of a market."""
USUAL = ("industr", "vertical", "sector", "employee", "size", "segment", "tier", "use", "team", "region", "country")
"""Parts of names of what usually tells segments apart, the most telling first; they go before all others."""


@dataclass(frozen=True)
class Proposable:
    """An attribute of accounts, and whether it goes as a dimension.

    missing  the share of accounts without a value
    values   the common values, the commonest first; of a number the bands that `edges` make
    edges    where a number is cut; () for other kinds
    why      why it is not proposed; '' where it is
    """

    name: str
    kind: str
    missing: float
    values: tuple[str, ...] = ()
    edges: tuple[float, ...] = ()
    why: str = ""


def attributes(warehouse: Warehouse, company: Company) -> tuple[Proposable, ...]:
    """Every attribute of accounts, those that go as dimensions first and the likeliest to tell segments apart ahead.

    Two aggregate queries over accounts. Dates are left out: a date is no segment.
    """
    if not warehouse.connected("accounts"):
        return ()
    relation = warehouse.relations["accounts"]
    kinds = {name: kind for name, kind in relation.attributes.items() if kind != "date" and name not in NO_SEGMENT}
    if relation.has("lead_source"):
        kinds["lead_source"] = "text"
    if not kinds or not relation.rows_used:
        return ()
    source = warehouse.source("accounts")
    counts = _counted(warehouse, source, kinds)
    rows = counts["gtm_rows"]
    asked = [n for n, kind in kinds.items() if kind != "number" and counts[f"{n} distinct"] <= MOST_DISTINCT]
    common = _values(warehouse, company, source, asked)
    found = []
    for name, kind in kinds.items():
        filled = counts[f"{name} filled"]
        missing = 1 - filled / rows
        if missing > MOST_MISSING:
            found.append(Proposable(name, kind, missing, why=f"{missing:.0%} of accounts have none"))
        elif kind == "number":
            edges = readable_edges({edge: counts[f"{name} {edge:g}"] for edge in EDGES}, filled)
            bands = Dimension(name, name, edges).bands()
            why = "" if edges else "no readable numbers cut it into bands of enough accounts"
            found.append(Proposable(name, kind, missing, bands, edges, why))
        elif name not in asked:
            found.append(Proposable(name, kind, missing, why=f"{counts[f'{name} distinct']:,} different values"))
        else:
            found.append(_worded(name, kind, missing, common[name], filled))
    return tuple(sorted(found, key=lambda a: (a.why != "", _place(a.name), a.missing > 0.1, a.name)))


def _counted(warehouse: Warehouse, source: Any, kinds: Mapping[str, str]) -> dict[str, int]:
    """How many accounts there are, have a value and have how many, and of numbers how many lie below each edge."""
    asked: dict[str, Any] = {"gtm_rows": sa.func.count()}
    for name, kind in kinds.items():
        asked[f"{name} filled"] = sa.func.count(source.c[name])
        if kind == "number":
            asked |= {f"{name} {edge:g}": how_many(source.c[name] < edge, "n") for edge in EDGES}
        else:
            asked[f"{name} distinct"] = sa.func.count(sa.distinct(source.c[name]))
    columns = [column.label(f"c{i}") for i, column in enumerate(asked.values())]
    row = warehouse.read(sa.select(*columns).select_from(source)).iloc[0]
    return {name: int(row[f"c{i}"]) for i, name in enumerate(asked)}


def _values(warehouse: Warehouse, company: Company, source: Any, names: Sequence[str]) -> dict[str, dict[str, int]]:
    """{attribute: {value: accounts}}, without those that have none."""
    if not names:
        return {}
    # the segments first, then how many: two spellings of one expression would be two for GROUP BY
    parts = [
        sa.select(
            sa.literal_column(str(i)).label("attribute"),
            segment_of(warehouse, source, company.dimension(name)).label("segment"),
        ).subquery(f"s{i}")
        for i, name in enumerate(names)
    ]
    each: list[Any] = [
        sa.select(p.c.attribute, p.c.segment, sa.func.count().label("counted")).group_by(p.c.attribute, p.c.segment)
        for p in parts
    ]
    found: dict[str, dict[str, int]] = {name: {} for name in names}
    for at, value, counted in warehouse.read(sa.union_all(*each)).itertuples(index=False):
        if value != NOT_SET:
            found[names[int(at)]][str(value)] = int(counted)
    return found


def _worded(name: str, kind: str, missing: float, counts: Mapping[str, int], filled: int) -> Proposable:
    """A text or a yes and no: proposed where 2 to 15 of its values are common and hold most accounts."""
    common = sorted((v for v, n in counts.items() if n >= COMMON * filled), key=lambda v: (-counts[v], v))
    why = ""
    if len(common) < 2:
        only = f"nearly all accounts have {common[0]!r}" if common else f"{len(counts):,} values, none of them common"
        why = only if common and counts[common[0]] > LEAST_COVERED * filled else f"{len(counts):,} different values"
    elif len(common) > MOST_VALUES:
        why = f"{len(common)} common values"
    elif sum(counts[v] for v in common) < LEAST_COVERED * filled:
        why = f"its common values hold {sum(counts[v] for v in common) / filled:.0%} of accounts"
    return Proposable(name, kind, missing, tuple(common), why=why)


def readable_edges(below: Mapping[float, int], filled: int) -> tuple[float, ...]:
    """The readable numbers nearest to a quarter, a half and three quarters of the values; () where none cut well.

    below   how many of the `filled` values lie below each edge, the edges rising
    """
    if not filled:
        return ()
    edges = sorted({min(below, key=lambda edge: (abs(below[edge] / filled - share), edge)) for share in QUARTERS})
    while edges:
        steps = [0, *(below[edge] for edge in edges), filled]
        bands = [b - a for a, b in pairwise(steps)]
        least = min(range(len(bands)), key=bands.__getitem__)
        if bands[least] >= LEAST_BAND * filled:
            return tuple(edges)
        # the least band joins its smaller neighbour
        left = least > 0 and (least == len(edges) or bands[least - 1] <= bands[least + 1])
        edges.pop(least - 1 if left else least)
    return ()


def _place(name: str) -> int:
    return next((i for i, part in enumerate(USUAL) if part in name.lower()), len(USUAL))
