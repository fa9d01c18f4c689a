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
    exp.Show,
    exp.Describe,
    exp.Summarize,
    exp.Pragma,
    exp.Use,
    exp.Attach,
    exp.Detach,
    exp.Execute,
    exp.Kill,
    exp.Analyze,
    exp.TruncateTable,
    exp.Grant,
    exp.Revoke,
)
"""Statements that are no SELECT, wherever in one they stand."""

ACTING = {
    "PostgreSQL's server: files, other sessions, the log": r"pg_(?!typeof$|sleep(_for|_until)?$|get_|\w*size)\w+",
    "large objects": r"lo_\w+|loread|lowrite",
    "settings and sequences": r"set_config|nextval|setval",
    "SQL that stands in a text": r"query|query_table|\w+_query|dblink\w*|\w+_execute|json_execute_serialized_sql|"
    r"(query|cursor|table|schema|database)_to_xml\w*|ts_stat|ts_rewrite|crosstab\w*|connectby|xpath_table|"
    r"from_substrait\w*|query_export_to_s3",
    "indexes and rows as they lie, in PostgreSQL": r"brin_(de)?summarize_\w+|gin_clean_pending_list|currtid2?|"
    r"binary_upgrade_\w+",
    "files and other databases, in DuckDB": r"read_\w+|\w+_scan(_pushdown|_dumb)?|glob|sniff_csv|parquet_\w+|getenv|"
    r"(force_)?checkpoint|pragma_\w+|duckdb_\w+|load_aws_credentials|write_log|\w+_attach|st_read\w*|which_secret|"
    r"(enable|disable)_(logging|profiling)|truncate_duckdb_logs|python_map_function",
    "other machines": r"http(_(get|post|put|patch|delete|head))?|\w+_(to|from)_s3",
    "Snowflake's system, files and models": r"system\$(?!typeof$|wait$)\w+|getnextval|infer_schema|to_file|"
    r"get_presigned_url|build_(stage|scoped)_file_url|ai_\w+",
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
    if acting:
        return f"only SELECT goes through this door, and {acting}() does more than read tables"
    hidden = _hidden(statements[0], sql, dialect)
    return f"only SELECT of named tables goes through this door, and this one holds {hidden}" if hidden else ""


def _hidden(tree: exp.Expr, sql: str, dialect: str) -> str:
    """What stands for a name that is not written out, reads what is no table, or acts without being called; else ''."""
    if dialect == "postgresql" and _in_unicode_escapes(sql):
        return 'a name in Unicode escapes (U&"...")'
    if dialect != "snowflake":
        return ""
    if tree.find(exp.DynamicIdentifier) or any(
        isinstance(rows.this, exp.Literal | exp.Parameter) for rows in tree.find_all(exp.TableFromRows)
    ):
        return "a name that stands in a text or a variable"
    if tree.find(exp.DirectoryStage) or any(table.name.startswith("@") for table in tree.find_all(exp.Table)):
        return "a stage of files"
    if any(column.table and column.name.upper() == "NEXTVAL" for column in tree.find_all(exp.Column)):
        return "a sequence's NEXTVAL"
    if any(_root(dot).lower() == "snowflake" and dot.find(exp.Func) for dot in tree.find_all(exp.Dot)):
        return "a function of the database SNOWFLAKE"
    return ""


def _root(dot: exp.Dot) -> str:
    """The first of the names that dots join."""
    first: exp.Expr = dot
    while isinstance(first, exp.Dot):
        first = first.this
    return first.name


def _in_unicode_escapes(sql: str) -> bool:
    """Whether a name is written as U&"...", which the parser takes for U & "..." and PostgreSQL for another name."""
    tokens = sqlglot.tokenize(sql, read=SQLGLOT["postgresql"])
    kinds = sqlglot.TokenType.VAR, sqlglot.TokenType.AMP, sqlglot.TokenType.IDENTIFIER
    return any(
        u.text.upper() == "U"
        and (u.token_type, sign.token_type, name.token_type) == kinds
        and (u.end + 1, sign.end + 1) == (sign.start, name.start)
        for u, sign, name in zip(tokens, tokens[1:], tokens[2:], strict=False)
    )


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
