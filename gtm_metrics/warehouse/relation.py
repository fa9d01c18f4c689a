"""One of our tables as a warehouse has it: what it yields, what was counted of it, as facts that a load keeps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd

from gtm_metrics.sources import Layout, Table
from gtm_metrics.warehouse.resolve import Resolved, Sought
from gtm_metrics.warehouse.trouble import WarehouseError

OK, NOT_CONNECTED, FAILED = "ok", "not_connected", "failed"


@dataclass(frozen=True)
class Relation:
    """One of our tables as a warehouse has it.

    status      ok, not_connected or failed; `why` says it in words
    filled      how many used rows have a value, by column; a column that is empty throughout is not connected
    attributes  extra columns of accounts and their kind
    reasons     rows set aside, by reason; rows_read = rows_used + their sum
    unreadable  values of optional columns that no type could read and that count as missing, by column
    spans       first and last day of every date and instant, by column
    found       (our name, table, column) of what was found; `sql` the SELECT behind it
    layout      the layout that gave it; `sought` every name its file looked for, with the candidates
    told        of accounts, what the systems say of themselves, counted when they were loaded: {"won_deals": 63}
    untold      of accounts, what could not be counted then, and why
    aside       the SELECT of the rows that are set aside, each with its reason; '' where a load keeps them apart
    chosen      gives the SELECT of the rows with a day on or after a date (None: of all), those before need not be
                tidied; and, for what joins accounts, with rows of unknown ones; None where all rows stand ready
    """

    table: Table
    status: str
    why: str = ""
    filled: Mapping[str, int] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)
    rows_read: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    unreadable: Mapping[str, int] = field(default_factory=dict)
    spans: Mapping[str, tuple[date, date]] = field(default_factory=dict)
    found: tuple[tuple[str, str, str], ...] = ()
    sql: str = ""
    layout: str = ""
    sought: tuple[Sought, ...] = ()
    told: Mapping[str, int] = field(default_factory=dict)
    untold: Mapping[str, str] = field(default_factory=dict)
    aside: str = field(default="", repr=False, compare=False)
    chosen: Callable[[date | None, bool], str] | None = field(default=None, repr=False, compare=False)

    @property
    def rows_set_aside(self) -> int:
        """Rows that are not used, over all reasons."""
        return sum(self.reasons.values())

    @property
    def rows_used(self) -> int:
        """Rows that count."""
        return self.rows_read - self.rows_set_aside

    @property
    def first(self) -> date | None:
        """The day the first used row begins."""
        return self.spans[self.table.begins][0] if self.table.begins in self.spans else None

    @property
    def last(self) -> date | None:
        """The day the last used row begins."""
        return self.spans[self.table.begins][1] if self.table.begins in self.spans else None

    def has(self, column: str) -> bool:
        """Whether the column holds anything at all."""
        return self.filled.get(column, 0) > 0


def output(
    table: Table, names: tuple[str, ...], resolved: Resolved, numeric: set[str]
) -> tuple[tuple[str, ...], dict[str, str]]:
    """Names that a layout's SELECT yields, and for accounts the kinds of those that are not ours: attributes.

    A name that ends in an underscore is the file's own and no attribute.
    """
    lost = [c.name for c in table.columns if c.required and c.name not in names]
    if lost:
        raise WarehouseError(f"the layout's {table.name}.sql yields no {', '.join(lost)}")
    if not table.attributes:
        return names, {}
    attributes = {}
    types = dict(resolved.extra)
    for name in names:
        if name not in table.names and name != "set_aside" and not name.endswith("_"):
            attributes[name] = "number" if name in numeric else _kind(types.get(name, "varchar"))
    return names, attributes


def _kind(data_type: str) -> str:
    kind = data_type.lower()
    if kind.startswith(("bool",)):
        return "boolean"
    if kind.startswith(("date", "timestamp")):
        return "date"
    if kind.startswith(
        (
            "int",
            "bigint",
            "hugeint",
            "smallint",
            "tinyint",
            "ubigint",
            "uinteger",
            "double",
            "real",
            "float",
            "decimal",
            "numeric",
            "number",
        )
    ):
        return "number"
    return "text"


def facts_of(
    table: Table,
    profile: pd.DataFrame,
    attributes: Mapping[str, str],
    layout: Layout,
    resolved: Resolved,
    unreadable: Mapping[str, int],
) -> dict[str, Any]:
    """What a profile says of a table, as plain JSON-able facts."""
    good = profile[profile["set_aside"].isna()]
    bad = profile[profile["set_aside"].notna()].sort_values("set_aside")
    filled, spans = {}, {}
    for column in table.columns:
        filled[column.name] = int(good[f"filled_{column.name}"].sum())
        if column.name in table.dated and filled[column.name]:
            ends = [good[f"{end}_{column.name}"].iloc[0] for end in ("first", "last")]
            if not pd.isna(ends[0]):
                spans[column.name] = [pd.Timestamp(end).date().isoformat() for end in ends]
    return {
        "status": OK,
        "why": "",
        "filled": filled,
        "attributes": dict(attributes),
        "spans": spans,
        "rows_read": int(profile["counted"].sum()),
        "reasons": {str(reason): int(n) for reason, n in zip(bad["set_aside"], bad["counted"], strict=True)},
        "unreadable": dict(unreadable),
        "found": [list(f) for f in resolved.found],
        "sql": resolved.sql,
        "layout": layout.name,
        "sought": [[s.relation, s.name, list(s.candidates), s.table, s.column] for s in resolved.sought],
    }


def relation_from(table: Table, facts: Mapping[str, Any]) -> Relation:
    """The Relation of plain facts, as `loaded` keeps them."""
    spans = {name: (date.fromisoformat(a), date.fromisoformat(b)) for name, (a, b) in facts.get("spans", {}).items()}
    found = tuple((a, b, c) for a, b, c in facts.get("found", []))
    sought = tuple(Sought(a, b, tuple(c), d, e) for a, b, c, d, e in facts.get("sought", []))
    same = ("filled", "attributes", "rows_read", "reasons", "unreadable", "sql", "layout", "told", "untold")
    plain = {name: facts[name] for name in same if name in facts}
    return Relation(table, facts["status"], facts.get("why", ""), spans=spans, found=found, sought=sought, **plain)
