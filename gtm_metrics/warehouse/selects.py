"""What is one SELECT that only reads, told by a parser: the whole of what may reach a warehouse.

A parser cannot know what a warehouse's own functions do, so those that are known to do more than read, or to read what
is no table, are refused by name; of all others the rights of the warehouse's role decide.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.scope import traverse_scope

SQLGLOT = {"duckdb": "duckdb", "postgresql": "postgres", "snowflake": "snowflake"}
"""The dialects on which every count is tested, and what the parser calls them."""

WRITES = (
    exp.Insert,
    exp.Update,
    exp.Delete,
    exp.Merge,
    exp.Create,
    exp.Drop,
    exp.Alter,
    exp.Into,
    exp.Command,
    exp.Lock,
    exp.Set,
    exp.Copy,
    exp.NextValueFor,
)

ACTING = {
    "PostgreSQL's server: files, other sessions, the log": r"pg_(?!typeof$|sleep(_for|_until)?$|get_|\w*size)\w+",
    "large objects": r"lo_\w+|loread|lowrite",
    "settings and sequences": r"set_config|nextval|setval",
    "SQL that stands in a text": r"query|query_table|\w+_query|dblink\w*|"
    r"(query|cursor|table|schema|database)_to_xml\w*",
    "files and other databases, in DuckDB": r"read_\w+|\w+_scan(_pushdown)?|glob|sniff_csv|parquet_\w+|getenv|"
    r"(force_)?checkpoint|pragma_\w+|duckdb_\w+|load_aws_credentials|write_log",
    "Snowflake's system": r"system\$(?!typeof$|wait$)\w+",
}
"""Functions that do more than read tables, as their names in small letters match."""
_ACTING = re.compile("|".join(f"(?:{names})" for names in ACTING.values()))

# a statement that it cannot read is refused, and the reason told: its own line on stderr says nothing more
logging.getLogger("sqlglot").setLevel(logging.ERROR)


@lru_cache(maxsize=256)
def refusal(sql: str, dialect: str) -> str:
    """Why `sql` is not one SELECT that only reads; '' where it is."""
    try:
        statements = _parsed(sql, dialect)
    except sqlglot.errors.SqlglotError as error:
        return f"this SQL cannot be read: {(str(error).strip().splitlines() or [''])[0]}"
    except RecursionError:
        return "this SQL cannot be read: it is nested too deep"
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        return "only one SELECT goes through this door"
    held = statements[0].find(*WRITES)
    if held:
        return f"only SELECT goes through this door, and this one holds {type(held).__name__.upper()}"
    acting = next((name for name in _functions(statements[0]) if _ACTING.fullmatch(name)), "")
    return f"only SELECT goes through this door, and {acting}() does more than read tables" if acting else ""


@lru_cache(maxsize=256)
def strangers(sql: str, dialect: str, names: frozenset[str]) -> tuple[str, ...]:
    """The tables and files that one SELECT reads besides those called so (in small letters) and its own WITH."""
    tree = _parsed(sql, dialect)[0]
    known = {
        id(table)
        for scope in traverse_scope(tree)
        for table in scope.tables
        if not table.db and table.name.lower() in names | {name.lower() for name in scope.cte_sources}
    }
    tables = [table for table in tree.find_all(exp.Table) if not isinstance(table.this, exp.Func)]
    return tuple(dict.fromkeys(table.sql(dialect=SQLGLOT.get(dialect)) for table in tables if id(table) not in known))


def _parsed(sql: str, dialect: str) -> list[exp.Expr]:
    # a dialect that the parser does not know is read as the SQL that all have in common
    known = sqlglot.Dialect.get(SQLGLOT.get(dialect, dialect))
    return [statement for statement in sqlglot.parse(sql, read=known) if statement is not None]


def _functions(tree: exp.Expr) -> Iterator[str]:
    """Every name that a function of the tree may have, in small letters."""
    for function in tree.find_all(exp.Func):
        if isinstance(function, exp.Anonymous | exp.AnonymousAggFunc):
            yield function.name.lower()
        else:
            yield from (name.lower() for name in function.sql_names())
