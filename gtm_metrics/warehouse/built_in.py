"""The relations that are there for every layout's file: the company's words, and what our own tables hold already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy.engine.interfaces import Dialect

from gtm_metrics.sources import TABLES
from gtm_metrics.warehouse.dialects import NULLS, in_host
from gtm_metrics.warehouse.layout import BUILT_IN, LINKS, OURS, Reads
from gtm_metrics.warehouse.trouble import WarehouseError

ACCOUNTS = "gtm_accounts"
"""The accounts that links lead to, by id and host, worked out once however many relations are made of them."""


@dataclass(frozen=True)
class Beside:
    """What a file may read besides the warehouse's tables, and what gtm.toml calls otherwise.

    columns  the company's own column by relation.name
    words    (list, word, its plain form)
    ours     SELECTs of the used rows of our own tables, by name
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    words: tuple[tuple[str, str, str], ...] = ()
    ours: Mapping[str, str] = field(default_factory=dict)


class NotThere(LookupError):
    """The relation that a file reads is not in the warehouse."""


def built_in(reads: Iterable[Reads], beside: Beside, dialect: Dialect) -> list[str]:
    """The items of a WITH that make the relations a file reads without any in the warehouse.

    Raises NotThere where they hold rows of a table of ours that is not connected, and WarehouseError for a name that
    such a relation does not have.
    """
    asked = [read for read in reads if read.relation in BUILT_IN]
    ours = dialect.identifier_preparer.quote
    parts = []
    if any(read.relation in LINKS for read in asked):
        accounts = f"select account_id, {in_host('domain')} as host from ({_rows_of('accounts', beside)}) as ours"
        parts.append(f"{ACCOUNTS} as ({accounts})")
    for read in asked:
        names = _names(read.relation)
        unknown = [want.candidates[0] for want in read.columns if want.candidates[0] not in names]
        if unknown:
            raise WarehouseError(f"{read.relation} has no {', '.join(unknown)}; it has {', '.join(names)}")
        rows = _rows(read, beside, dialect)
        picks = ", ".join(f"{ours(want.candidates[0])} as {ours(want.name)}" for want in read.columns)
        parts.append(f"{ours(read.relation)} as (select {picks} from {rows})")
    return parts


def _names(relation: str) -> tuple[str, ...]:
    """The names that a relation has."""
    if relation == "words":
        return ("list", "word", "plain")
    return TABLES[OURS[relation]].names if relation in OURS else LINKS[relation]


def _rows(read: Reads, beside: Beside, dialect: Dialect) -> str:
    """What a relation is selected from, under its names."""
    ours = dialect.identifier_preparer.quote
    if read.relation == "words":
        rows = ", ".join("(" + ", ".join(_text(part) for part in row) + ")" for row in beside.words)
        return f"(values {rows}) as lists({', '.join(ours(name) for name in _names(read.relation))})"
    if read.relation == "our_ids":
        # Salesforce writes one id in 18 characters or in 15
        short = f"select account_id, substr(account_id, 1, 15) from {ACCOUNTS} where length(account_id) = 18"
        return f"(select account_id, account_id as id from {ACCOUNTS} union {short}) as ids"
    if read.relation == "our_hosts":
        free = ", ".join(_text(word) for name, word, _ in beside.words if name == "free_mail") or "''"
        return f"(select account_id, host from {ACCOUNTS} where host not in ({free})) as hosts"
    table = OURS[read.relation]
    if table not in beside.ours and read.optional:
        types = [(c.name, NULLS[c.kind][dialect.name == "snowflake"]) for c in TABLES[table].columns]
        nulls = ", ".join(f"cast(null as {kind}) as {ours(name)}" for name, kind in types)
        return f"(select {nulls} where 1 = 0) as ours"
    return f"({_rows_of(table, beside)}) as ours"


def _rows_of(table: str, beside: Beside) -> str:
    if table not in beside.ours:
        raise NotThere(f"{table} is not connected")
    return beside.ours[table]


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
