"""What a layout's SQL may do while a load runs it: one SELECT, of what is staged and no other file, within its time."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import duckdb

from gtm_metrics.warehouse.files import Staged
from gtm_metrics.warehouse.trouble import WarehouseError


def shut(con: duckdb.DuckDBPyConnection, staged: Mapping[str, Staged]) -> None:
    """From here on nothing but what is staged can be read or written, whatever a layout's SQL asks for."""
    kept = dict.fromkeys(file for held in staged.values() for file in held.read_in_place)
    listed = ", ".join("'" + str(file).replace("'", "''") + "'" for file in kept)
    con.execute(f"set allowed_paths = [{listed}]")
    con.execute("set enable_external_access = false")


def alone_a_select(con: duckdb.DuckDBPyConnection, sql: str) -> duckdb.DuckDBPyConnection:
    """Executes what a layout's SQL stands in, where DuckDB itself takes it for one SELECT, as our parser did."""
    kinds = [statement.type for statement in con.extract_statements(sql)]
    if kinds != [duckdb.StatementType.SELECT]:
        raise WarehouseError("only one SELECT goes through this door")
    return con.execute(sql)


@contextmanager
def within(con: duckdb.DuckDBPyConnection, seconds: float, what: str) -> Iterator[None]:
    """Bounds in time what a layout's SQL may take, an endless WITH RECURSIVE for one. Raises WarehouseError."""
    done, over = threading.Event(), threading.Event()

    def stop() -> None:
        if not done.wait(seconds):
            over.set()
            # between two statements there is nothing to interrupt, so the next one is met
            while not done.wait(0.05):
                con.interrupt()

    watch = threading.Thread(target=stop, daemon=True, name="how long a load takes")
    watch.start()
    try:
        yield
    except duckdb.Error as error:
        if not over.is_set():
            raise
        raise WarehouseError(
            f"{what} took longer than {seconds:,g} seconds and was stopped, as a SELECT that never ends would be; "
            "warehouse.load_seconds in gtm.toml allows more"
        ) from error
    finally:
        done.set()
        watch.join()
