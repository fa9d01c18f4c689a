"""What was known: the as-of selects, generated from TABLES, that every count joins; and the dimensions of accounts.

A row that begins after as_of is absent; a fact known after it is null. Attributes have no history.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from gtm_metrics.company import Company, Dimension, Refused
from gtm_metrics.question import NOT_SET, Question
from gtm_metrics.warehouse import Warehouse, WarehouseError
from gtm_metrics.warehouse.dialects import by_day

PLAIN = ("account_id", "name", "domain", "parent_account_id", "contact", "created_on")
"""Columns of accounts that name an account and so do not segment it."""


def known(
    warehouse: Warehouse, table: str, as_of: date, since: date | None = None, joined: bool = False
) -> sa.Subquery:
    """The used rows of `table` as they were known at the end of `as_of`, every column under its own name.

    `since`: those of which no day lies on or after it may be left out. `joined`: those of unknown accounts may be in
    it, because what follows joins accounts.
    """
    source = warehouse.source(table, since, joined)
    shape = warehouse.relations[table].table
    columns: list[Any] = []
    for column in source.c:
        at = shape.column(column.name).known_at if column.name in shape.names else None
        if at is None:
            columns.append(column)
        else:
            columns.append(sa.case((by_day(source.c[at], as_of), column)).label(column.name))
    begins = source.c[shape.begins]
    present = by_day(begins, as_of)
    if not shape.column(shape.begins).required:
        present = sa.or_(present, begins.is_(None))
    return sa.select(*columns).where(present).subquery(table)


def dimensions(warehouse: Warehouse, company: Company) -> tuple[Dimension, ...]:
    """Every attribute one may segment by: those that gtm.toml names first, then all others, by name."""
    if not warehouse.connected("accounts"):
        return company.dimensions
    kinds = _kinds(warehouse)
    declared = [d for d in company.dimensions if d.name in kinds]
    others = [
        name
        for name, kind in kinds.items()
        if name not in {d.name for d in declared}
        and _segments(company.dimension(name), kind)
        and (name not in warehouse.relations["accounts"].table.names or warehouse.has("accounts", name))
    ]
    return (*declared, *(company.dimension(name) for name in sorted(others)))


def _segments(dimension: Dimension, kind: str) -> bool:
    return kind in ("text", "boolean") or (kind == "number" and bool(dimension.edges))


def _kinds(warehouse: Warehouse) -> dict[str, str]:
    relation = warehouse.relations["accounts"]
    own = {c.name: c.kind for c in relation.table.columns if c.name not in PLAIN}
    return {**own, **relation.attributes}


def refuse_unknown(warehouse: Warehouse, company: Company, name: str) -> Dimension:
    """The dimension called `name`. Raises Refused when there is none, or it is a number without edges, and
    WarehouseError without accounts."""
    if not warehouse.connected("accounts"):
        raise WarehouseError(f"accounts is not connected: {warehouse.relations['accounts'].why}")
    there = dimensions(warehouse, company)
    for dimension in there:
        if dimension.name == name:
            if _kinds(warehouse)[name] == "number" and not dimension.edges:
                break
            return dimension
    kind = _kinds(warehouse).get(name, "")
    if kind == "number":
        raise Refused(f"{name} is a number; give it edges in gtm.toml, such as segments.edges.{name} = [50, 200]")
    if kind == "date":
        raise Refused(f"{name} is a date, and a date is no segment")
    listed = ", ".join(d.name for d in there) or "none: accounts has no attributes"
    raise Refused(f"{name!r} is not a dimension; there are {listed}")


def segment_of(warehouse: Warehouse, source: Any, dimension: Dimension) -> sa.ColumnElement[str]:
    """The segment of an account by one dimension: its value, its band, or "(not set)"."""
    column = source.c[dimension.name]
    kind = _kinds(warehouse)[dimension.name]
    if kind == "boolean":
        return sa.case((column == sa.true(), "yes"), (column == sa.false(), "no"), else_=NOT_SET)
    if kind == "number":
        bands = dimension.bands()
        whens = [(column < edge, band) for edge, band in zip(dimension.edges, bands, strict=False)]
        return sa.case((column.is_(None), NOT_SET), *whens, else_=bands[-1])
    return sa.func.coalesce(column, NOT_SET)


def accounts_known(
    warehouse: Warehouse, company: Company, question: Question, details: tuple[str, ...] = ()
) -> sa.Subquery:
    """The accounts in the question's scope: account_id, segment, segment_2, within as asked for, and `details`."""
    source = known(warehouse, "accounts", question.as_of)
    names = ["segment", "segment_2"][: len(question.by)] + (["within"] if question.within else [])
    asked = [*question.by, *([question.within] if question.within else [])]
    columns: list[Any] = [source.c.account_id]
    for label, name in zip(names, asked, strict=True):
        columns.append(segment_of(warehouse, source, refuse_unknown(warehouse, company, name)).label(label))
    columns += [source.c[name] for name in details]
    query = sa.select(*columns)
    for name, value in question.scope:
        query = query.where(segment_of(warehouse, source, refuse_unknown(warehouse, company, name)) == value)
    return query.subquery("accounts_in_scope")
