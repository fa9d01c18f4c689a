"""The little that DuckDB, PostgreSQL and Snowflake write differently: calendar arithmetic and casts.

Everything else is the same text on the three. Dates to compare with are computed in Python and bound.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import ColumnElement, FunctionElement

from gtm_metrics.vocabulary import SIGNS


class add_days(FunctionElement[Any]):
    """add_days(date, n): the date n days on; n may be a column."""

    type = sa.Date()
    inherit_cache = True


class add_months(FunctionElement[Any]):
    """add_months(date, k): the same day k months on, clamped to the month's end; k may be a column."""

    type = sa.Date()
    inherit_cache = True


class days_between(FunctionElement[Any]):
    """days_between(a, b): whole days from date a to date b."""

    type = sa.Integer()
    inherit_cache = True


def _pair(element: FunctionElement[Any], compiler: Any, **kw: Any) -> tuple[str, str]:
    first, second = element.clauses
    return compiler.process(first, **kw), compiler.process(second, **kw)


@compiles(add_days)
def _add_days(element: Any, compiler: Any, **kw: Any) -> str:
    day, count = _pair(element, compiler, **kw)
    return f"(cast({day} as date) + cast({count} as integer))"


@compiles(add_days, "snowflake")
def _add_days_snowflake(element: Any, compiler: Any, **kw: Any) -> str:
    day, count = _pair(element, compiler, **kw)
    return f"dateadd(day, {count}, cast({day} as date))"


@compiles(add_months)
def _add_months(element: Any, compiler: Any, **kw: Any) -> str:
    day, count = _pair(element, compiler, **kw)
    return f"cast(cast({day} as date) + ({count}) * interval '1 month' as date)"


@compiles(add_months, "snowflake")
def _add_months_snowflake(element: Any, compiler: Any, **kw: Any) -> str:
    day, count = _pair(element, compiler, **kw)
    return f"dateadd(month, {count}, cast({day} as date))"


@compiles(days_between)
def _days_between(element: Any, compiler: Any, **kw: Any) -> str:
    start, end = _pair(element, compiler, **kw)
    return f"(cast({end} as date) - cast({start} as date))"


@compiles(days_between, "snowflake")
def _days_between_snowflake(element: Any, compiler: Any, **kw: Any) -> str:
    start, end = _pair(element, compiler, **kw)
    return f"datediff(day, cast({start} as date), cast({end} as date))"


def day(instant: ColumnElement[Any]) -> ColumnElement[Any]:
    """The UTC day of an instant."""
    return sa.cast(instant, sa.Date())


def by_day(when: ColumnElement[Any], last: date) -> ColumnElement[bool]:
    """Whether a date or an instant lies on or before a day.

    An instant is compared as it stands: its day would be worked out for every row, where no index and no statistics
    of the column serve.
    """
    return when < last + timedelta(days=1) if isinstance(when.type, sa.DateTime) else when <= last


def on_day(when: date) -> ColumnElement[Any]:
    """A day as a date where a value is made of it: Snowflake is sent a text, and would choose between text and date."""
    return sa.cast(sa.literal(when, sa.Date()), sa.Date())


def week_of(when: ColumnElement[Any]) -> ColumnElement[Any]:
    """The Monday of the week that holds a date or an instant (the cast keeps PostgreSQL out of the session's zone)."""
    return sa.cast(sa.func.date_trunc(sa.literal_column("'week'"), sa.cast(when, sa.DateTime())), sa.Date())


SQL_TYPES: dict[str, Any] = {
    "text": sa.String,
    "date": sa.Date,
    "instant": sa.DateTime,
    "number": sa.Double,
    "integer": sa.BigInteger,
    "boolean": sa.Boolean,
}


BLANKS = "".join(map(chr, (0x20, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000)))
"""Unicode's space separators: DuckDB's trim takes them off, the others' only where they are named."""

LARGEST = "1e300"
LARGEST_WHOLE = "9e18"
"""Numbers from here on, infinity and NaN (which sorts above all) are not a value."""


WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")


OFFSETS = tuple(f"%Y-%m-%d{mark}%H:%M{offset}" for mark in (" ", "T") for offset in ("%z", " %z", ":%S %z", "Z"))
"""Instants as ISO 8601 also writes them, without seconds or with a space before the offset; DuckDB's cast does not."""


def cast_text(dialect: str, expression: str, kind: str, data_type: str = "") -> str:
    """SQL that turns an expression of any type into one of our kinds; unreadable text becomes null on DuckDB.

    Instants go through a zoned timestamp in a UTC session, so that "23:30+02:00" is 21:30. `data_type` is the
    warehouse's name of the expression's type where it is known: what is already of the kind goes no way round, over
    text in DuckDB, over a zone in PostgreSQL.
    """
    plain = _already(dialect, expression, kind, data_type)
    if plain:
        return plain
    if kind == "text":
        return _trimmed(dialect, _as_text(dialect, expression))
    if dialect == "duckdb":
        # an empty cell of a file is no value, and neither is a blank one
        plain = _as_text(dialect, expression) if kind == "boolean" else f"cast({expression} as varchar)"
        expression = _trimmed(dialect, plain)
    cast = "try_cast" if dialect == "duckdb" else "cast"
    if kind in ("instant", "date"):
        if dialect == "snowflake":
            zoned = f"convert_timezone('UTC', cast({expression} as timestamp_tz))"
        else:
            instant = f"{cast}({expression} as timestamptz)"
            if dialect == "duckdb":
                instant = f"coalesce({instant}, try_strptime({expression}, {list(OFFSETS)}))"
            zoned = f"timezone('UTC', {instant})"
        stamp = "timestamp_ntz" if dialect == "snowflake" else "timestamp"
        return f"cast({zoned} as {stamp if kind == 'instant' else 'date'})"
    if kind in ("number", "integer"):
        number = f"{cast}({expression} as {'double' if dialect != 'postgresql' else 'double precision'})"
        return _bounded(dialect, number, kind)
    if dialect == "postgresql":
        # bigint and double precision do not cast to boolean, their text does
        expression = f"cast({expression} as varchar)"
    return f"{cast}({expression} as boolean)"


POSTGRESQL = {"timestamp without time zone": "TIMESTAMP", "date": "DATE", "boolean": "BOOLEAN"}
"""What DuckDB calls PostgreSQL's types that say of what kind a value is."""


def _already(dialect: str, expression: str, kind: str, data_type: str) -> str:
    """SQL for an expression whose type says that it is of the kind, the same values sooner; '' for others."""
    if dialect == "postgresql":
        data_type = POSTGRESQL.get(data_type, "")
    elif dialect != "duckdb":
        return ""
    if (kind, data_type) in (("instant", "TIMESTAMP"), ("date", "DATE"), ("boolean", "BOOLEAN")):
        return expression
    if (kind, data_type) == ("instant", "DATE"):
        return f"{'try_cast' if dialect == 'duckdb' else 'cast'}({expression} as timestamp)"
    if (kind, data_type) == ("date", "TIMESTAMP"):
        return f"cast({expression} as date)"
    if (kind, data_type) == ("text", "VARCHAR"):
        return _trimmed("duckdb", expression)
    if kind in ("number", "integer") and data_type in (*WHOLE, "DOUBLE"):
        return _bounded("duckdb", f"cast({expression} as double)", kind)
    return ""


def _bounded(dialect: str, number: str, kind: str) -> str:
    """A number or whole number where it lies within what counts as a value, else null."""
    if kind == "number":
        return f"case when abs({number}) < {LARGEST} then {number} end"
    # PostgreSQL rounds a half of double precision to even, a half of numeric as the others do: away from zero
    whole = f"round(cast({number} as numeric))" if dialect == "postgresql" else f"round({number})"
    return f"case when abs({number}) < {LARGEST_WHOLE} then cast({whole} as bigint) end"


def _as_text(dialect: str, expression: str) -> str:
    """A value as text: an id that came as a float because some are missing is "7", as elsewhere, not "7.0"."""
    text = f"cast({expression} as varchar)"
    if dialect != "duckdb":
        return text
    return (
        f"case when typeof({expression}) in ('DOUBLE', 'FLOAT') then regexp_replace({text}, '[.]0$', '') "
        f"else {text} end"
    )


def _trimmed(dialect: str, text: str) -> str:
    """Text without blanks around it; null where nothing is left."""
    if dialect == "duckdb":
        return f"nullif(trim({text}), '')"
    return f"nullif({'btrim' if dialect == 'postgresql' else 'trim'}({text}, '{BLANKS}'), '')"


NULLS = {
    "text": ("varchar", "varchar"),
    "words": ("varchar", "varchar"),
    "host": ("varchar", "varchar"),
    "date": ("date", "date"),
    "instant": ("timestamp", "timestamp_ntz"),
    "number": ("double precision", "double precision"),
    "integer": ("bigint", "bigint"),
    "boolean": ("boolean", "boolean"),
}
"""The type of a null of each kind, on DuckDB and PostgreSQL and on Snowflake."""


def in_words(expression: str) -> str:
    """SQL for a text as `vocabulary.plain_words` writes it; null where there is none."""
    signs = SIGNS.replace("'", "''")
    blanks = " " * len(SIGNS)
    text = f"translate(lower(cast({expression} as varchar)), '{signs}', '{blanks}')"
    for many in ("    ", "  ", "  "):
        text = f"replace({text}, '{many}', ' ')"
    return f"' ' || nullif(trim({text}), '') || ' '"


def in_host(expression: str) -> str:
    """SQL for the domain of a web address, with or without its scheme and www, or of an e-mail address."""
    text = f"lower(trim(cast({expression} as varchar)))"
    bare = f"regexp_replace({text}, '^([^/]*@|([a-z]+://)?(www[.])?)', '')"
    return f"nullif(split_part(split_part({bare}, '/', 1), ':', 1), '')"


def at_path(dialect: str, expression: str, data_type: str, path: tuple[str, ...]) -> str:
    """SQL for the text at a path of a column that holds JSON, whether as text or as the warehouse's own type."""
    whole = data_type.lower()
    if dialect == "duckdb":
        held = expression if whole in ("json", "varchar") else f"to_json({expression})"
        steps = "".join(f"[{key}]" if key.isdigit() else f'."{key}"' for key in path)
        return f"json_extract_string({held}, '${steps}')"
    if dialect == "postgresql":
        return f"cast(nullif(cast({expression} as text), '') as jsonb) #>> '{{{','.join(path)}}}'"
    held = expression if whole in ("variant", "object", "array") else f"try_parse_json({expression})"
    steps = "".join(f"[{key}]" if key.isdigit() else f".{key}" for key in path).removeprefix(".")
    return f"cast(get_path({held}, '{steps}') as varchar)"


TEXTS = ("varchar", "text", "char", "string", "json", "variant")
"""How the types of columns begin that hold text, or a value as text."""


def counted_from_1970(dialect: str, expression: str, data_type: str, kind: str, plain: str) -> str:
    """SQL for a date or instant that may be counted in seconds from 1970, or in thousandths of one; else `plain`.

    A column of numbers is such a count, and so is a text of nine digits or more: fewer may be a date without signs.
    """
    text = f"cast({expression} as varchar)"
    double, stamp = "double precision", "timestamp"
    if dialect == "snowflake":
        double, stamp = "double", "timestamp_ntz"
    count = f"{'try_cast' if dialect == 'duckdb' else 'cast'}({text} as {double})"
    seconds = f"case when {count} >= 1e11 then {count} / 1000 else {count} end"
    if dialect == "snowflake":
        instant = f"to_timestamp_ntz(cast({seconds} as bigint))"
    else:
        instant = f"timezone('UTC', to_timestamp({seconds}))"
    counted = f"cast({instant} as {stamp if kind == 'instant' else 'date'})"
    if data_type and not data_type.lower().startswith(TEXTS):
        return counted
    digits = f"translate({text}, '0123456789.', '') = '' and length({text}) >= 9"
    return f"case when {digits} then {counted} else {plain} end"


class code_point(FunctionElement[Any]):
    """code_point(text): sorts by code point, as the other two warehouses do and PostgreSQL does not.

    Windows are cut by it too: sorting by a language takes PostgreSQL several times as long.
    """

    type = sa.String()
    inherit_cache = True


@compiles(code_point)
def _code_point(element: Any, compiler: Any, **kw: Any) -> str:
    return str(compiler.process(next(iter(element.clauses)), **kw))


@compiles(code_point, "postgresql")
def _code_point_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    return f'{compiler.process(next(iter(element.clauses)), **kw)} collate "C"'
