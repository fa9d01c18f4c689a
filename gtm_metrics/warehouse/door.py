"""The only door to the warehouse: SELECTs go in, frames with lower-case names come out."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.sql import visitors

from gtm_metrics.logs import told
from gtm_metrics.warehouse import snowflake
from gtm_metrics.warehouse.selects import refusal
from gtm_metrics.warehouse.trouble import WarehouseAway, WarehouseError, first_line, in_words

LOG = logging.getLogger(__name__)
POSTGRESQL = {
    "default_transaction_read_only": "on",
    # texts end where our parser says that they end, whatever the server or the role is set to
    "standard_conforming_strings": "on",
    "timezone": "UTC",
    # it cannot guess how many rows a tidied table has, guesses one, and would loop over all of the other for each
    "enable_nestloop": "off",
    # compiling a long query takes longer than answering it
    "jit": "off",
    "work_mem": "64MB",
}
"""Settings of a session in PostgreSQL: it only reads, in UTC, and joins whole tables."""

DUCKDB = (
    "set TimeZone = 'UTC'; pragma enable_profiling = 'no_output'; set custom_profiling_settings = "
    """'{"CUMULATIVE_ROWS_SCANNED": "true", "TOTAL_BYTES_READ": "true"}'"""
)
"""Settings of a session in DuckDB: in UTC, and it counts what it goes through."""


def open_engine(url: str, timeout_seconds: int = 120, query_tag: str = "gtm-metrics") -> sa.Engine:
    """A read-only engine, its sessions in UTC with weeks from Monday. Nothing is asked of the warehouse yet.

    Raises WarehouseError for a URL that is none, a dialect that is not installed, or a file that is not there.
    """
    try:
        parsed = sa.make_url(url)
        if parsed.host and "@" in f"{parsed.host}{parsed.database}":
            raise ValueError("what follows a bare @ of the password was read as host or database")
    except (sa.exc.ArgumentError, ValueError):
        # whatever went wrong may quote a part of the password
        raise WarehouseError(
            "the warehouse's URL cannot be read; it has the form dialect://user:password@host/"
            "database, and a password writes @ : / ? # % as %40 %3A %2F %3F %23 %25"
        ) from None
    backend = parsed.get_backend_name()
    arguments: dict[str, Any] = {}
    try:
        if backend == "duckdb":
            file = parsed.database or ""
            if file in ("", ":memory:") or not Path(file).exists():
                raise WarehouseAway(f"there is no warehouse at {file or 'a DuckDB URL without a file'}")
            parsed = parsed.set(database=str(Path(file).resolve()))
            arguments = {"read_only": True, "config": {"enable_external_access": "false"}}
        elif backend == "postgresql":
            settings = {**POSTGRESQL, "statement_timeout": timeout_seconds * 1000}
            options = " ".join(f"-c {name}={value}" for name, value in settings.items())
            named = {} if "application_name" in parsed.query else {"application_name": query_tag}
            arguments = {"options": options, "connect_timeout": 15, **named}
        elif backend == "snowflake":
            parsed, arguments = snowflake.arguments(parsed)
            arguments["session_parameters"] = snowflake.session(timeout_seconds, query_tag)
        pool: dict[str, Any] = {"pool_pre_ping": backend != "duckdb"}
        if backend == "snowflake":
            pool = {"pool_recycle": snowflake.SECONDS_OF_USE, "isolation_level": "AUTOCOMMIT"}
        engine = sa.create_engine(parsed, connect_args=arguments, **pool)
    except WarehouseError:
        raise
    except Exception as error:
        raise WarehouseError(f"the warehouse's URL cannot be used: {first_line(error, parsed)}") from error
    if backend == "snowflake":
        return snowflake.reading(engine)
    if backend == "duckdb":
        event.listen(engine, "connect", lambda raw, _record: raw.execute(DUCKDB))
    return engine


@dataclass
class Meter:
    """What queries took, added up: how many, the rows that came back, seconds waited.

    scanned, read_bytes   rows and bytes that the warehouse itself went through, where it says so (DuckDB); else None
    """

    queries: int = 0
    rows: int = 0
    seconds: float = 0.0
    scanned: int | None = None
    read_bytes: int | None = None

    def add(self, rows: int, seconds: float) -> None:
        """One more query."""
        self.queries, self.rows, self.seconds = self.queries + 1, self.rows + rows, self.seconds + seconds

    def went_through(self, rows: int, read_bytes: int) -> None:
        """What the last query went through."""
        self.scanned, self.read_bytes = (self.scanned or 0) + rows, (self.read_bytes or 0) + read_bytes


def read(
    engine: sa.Engine,
    query: sa.Select[Any] | sa.CompoundSelect[Any] | sa.TextClause,
    timeout_seconds: int = 120,
    meter: Meter | None = None,
) -> pd.DataFrame:
    """The rows of one SELECT; what it took is added to the meter.

    Raises WarehouseError when it is no SELECT, or when the warehouse does not answer.
    """
    begun, dialect = time.perf_counter(), engine.dialect.name
    try:
        frame = _read(engine, query, timeout_seconds, meter)
    except WarehouseError as trouble:
        seconds = round(time.perf_counter() - begun, 3)
        LOG.warning("query failed: %s", trouble, extra=told(dialect=dialect, seconds=seconds))
        raise
    seconds = time.perf_counter() - begun
    LOG.info("query", extra=told(dialect=dialect, rows=len(frame), seconds=round(seconds, 3)))
    if meter:
        meter.add(len(frame), seconds)
    return frame


def _read(engine: sa.Engine, query: Any, timeout_seconds: int, meter: Meter | None) -> pd.DataFrame:
    _only_selects(query, engine.dialect.name)
    try:
        if engine.dialect.name == "duckdb":
            return _read_duckdb(engine, query, timeout_seconds, meter)
        with engine.connect() as connection:
            result = connection.execute(query)
            if engine.dialect.name == "snowflake":
                return _lower(snowflake.frame_of(result))
            return _lower(pd.DataFrame(result.fetchall(), columns=list(result.keys())))
    except (sa.exc.SQLAlchemyError, duckdb.Error, engine.dialect.loaded_dbapi.Error) as error:
        raise in_words(error, engine.url, timeout_seconds) from error


def _read_duckdb(engine: sa.Engine, query: sa.Executable, timeout_seconds: int, meter: Meter | None) -> pd.DataFrame:
    with engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        timer = threading.Timer(timeout_seconds, raw.interrupt)
        timer.start()
        try:
            result: Any = connection.execution_options(duckdb_arrow=True).execute(query)
            frame = _lower(result.arrow.to_pandas(date_as_object=False))
            if meter:
                # where DuckDB tells nothing of a query, nothing is added
                told = json.loads(raw.get_profiling_information(format="json"))
                meter.went_through(int(told.get("cumulative_rows_scanned", 0)), int(told.get("total_bytes_read", 0)))
            return frame
        finally:
            timer.cancel()


def _lower(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.rename(columns=str.lower)


def only_select(sql: str, dialect: str) -> str:
    """`sql` itself when it is one SELECT and changes nothing; WarehouseError says what else it holds."""
    why = refusal(sql, dialect)
    if why:
        raise WarehouseError(why)
    return sql


def _only_selects(query: object, dialect: str) -> None:
    """Refuses what is no SELECT, and a SELECT that locks rows or holds a statement that is none."""
    if isinstance(query, sa.TextClause):
        only_select(_plain(query), dialect)
        return
    if not isinstance(query, sa.SelectBase):
        raise WarehouseError(f"only SELECT goes through this door, not {type(query).__name__}")
    for part in _parts(query):
        if isinstance(part, sa.UpdateBase):
            held = type(part).__name__.upper()
            raise WarehouseError(f"only SELECT goes through this door, and this one holds {held}")
        if isinstance(part, sa.GenerativeSelect) and part._for_update_arg is not None:
            raise WarehouseError("only SELECT goes through this door, and this one holds FOR UPDATE")
        if isinstance(part, sa.TextualSelect) and isinstance(part.element, sa.TextClause):
            only_select(_plain(part.element), dialect)


def _parts(query: sa.SelectBase) -> Iterator[visitors.HasTraverseInternals]:
    """Every part of a query, each once: a select that stands in it many times is one part."""
    seen: dict[int, object] = {}
    waiting: list[Any] = [query]
    while waiting:
        part = waiting.pop()
        if id(part) not in seen:
            seen[id(part)] = part
            yield part
            waiting.extend(part.get_children())


def as_it_stands(sql: str) -> sa.TextClause:
    """SQL without parameters: its colons (casts, times of day) are no parameters of ours."""
    return sa.text(sql.replace(":", "\\:"))


def _plain(text: sa.TextClause) -> str:
    return text.text.replace("\\:", ":")
