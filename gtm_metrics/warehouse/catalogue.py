"""What a warehouse says it holds: its schemas, and the tables and columns of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import pandas as pd
import sqlalchemy as sa

from gtm_metrics.warehouse.door import read
from gtm_metrics.warehouse.trouble import WarehouseError

CATALOGUES = ("information_schema", "pg_catalog", "pg_toast")
"""Schemas that describe a warehouse."""

Ask = Callable[[sa.TextClause], pd.DataFrame]
"""Gives the rows of one SELECT."""


def schemas_of(engine: sa.Engine, ask: Ask | None = None) -> tuple[str, ...]:
    """The names of the schemas that the connection may see, as the warehouse spells them.

    `ask` is asked in place of the engine: a warehouse that keeps its answers.
    """
    ask = ask or partial(read, engine)
    there = ask(sa.text("select schema_name as name from information_schema.schemata"))["name"]
    return tuple(dict.fromkeys(there))


def spelled(there: tuple[str, ...], schema: str, key: str = "warehouse.schema") -> str:
    """A schema's name as the warehouse spells it. Raises WarehouseError naming the schemas when it is not there."""
    found = [name for name in there if name.lower() == schema.lower()]
    if not found:
        raise WarehouseError(f"gtm.toml: {key} is {schema!r}; there are {', '.join(sorted(there))}")
    return schema if schema in found else str(found[0])


def columns_by_schema(engine: sa.Engine) -> dict[str, dict[str, dict[str, str]]]:
    """{schema: {table: {column: data type}}} of every schema that the connection may use, by one query.

    Schemas that describe the warehouse, and those without a table, are left out.
    """
    told = ", ".join(f"'{name}'" for name in CATALOGUES)
    if engine.dialect.name == "postgresql":
        return _columns(engine, f"s.nspname not in ({told}) and has_schema_privilege(s.oid, 'USAGE')")
    return _columns(engine, f"lower(table_schema) not in ({told})")


def columns_of(engine: sa.Engine, schema: str, ask: Ask | None = None) -> Mapping[str, Mapping[str, str]]:
    """{table: {column: data type}} of a schema, from its catalogue, names as the warehouse spells them.

    `schema` is spelled as there, too; an empty one is the connection's own. `ask` as in `schemas_of`.
    """
    name = "s.nspname" if engine.dialect.name == "postgresql" else "table_schema"
    found = _columns(engine, f"{name} = coalesce(nullif(:wanted, ''), current_schema())", ask, wanted=schema)
    return next(iter(found.values()), {})


def _columns(
    engine: sa.Engine, where: str, ask: Ask | None = None, **bound: str
) -> dict[str, dict[str, dict[str, str]]]:
    query = (
        "select table_schema, table_name, column_name, data_type from information_schema.columns "
        f"where {where} order by table_schema, table_name, ordinal_position"
    )
    if engine.dialect.name == "postgresql":
        # its information_schema leaves out materialized views
        query = (
            "select s.nspname, c.relname, a.attname, format_type(a.atttypid, null) from pg_catalog.pg_attribute a "
            "join pg_catalog.pg_class c on c.oid = a.attrelid "
            "join pg_catalog.pg_namespace s on s.oid = c.relnamespace "
            f"where {where} and c.relkind in ('r', 'v', 'm', 'f', 'p') "
            "and a.attnum > 0 and not a.attisdropped order by s.nspname, c.relname, a.attnum"
        )
    told = (ask or partial(read, engine))(sa.text(query).bindparams(**bound))
    found: dict[str, dict[str, dict[str, str]]] = {}
    for schema, table, column, kind in told.itertuples(index=False):
        found.setdefault(schema, {}).setdefault(table, {})[column] = kind
    return found
