"""A made-up company in a PostgreSQL server of its own: the same Parquet files, copied in as CSV."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import duckdb
import psycopg
import sqlalchemy as sa

from benchmarks.asking import Place
from tests.servers import postgres

HOURS = 3
TYPES = {"VARCHAR": "text", "TIMESTAMP": "timestamp", "DATE": "date", "BOOLEAN": "boolean", "BIGINT": "bigint",
         "INTEGER": "integer"}
CHUNK = 1 << 22


KEYS = {"touches": "touch_id", "calls": "call_id", "opportunities": "opportunity_id",
        "subscriptions": "subscription_id", "accounts": "account_id"}
DAYS = {"touches": ("sent_at", "replied_at")}
"""Of touches alone the rows since a day are asked for."""


@contextlib.contextmanager
def served(place: Place) -> Iterator[str]:
    """The URL of a server that holds the company's tables, vacuumed and analysed, without indexes. Raises NoServer."""
    with postgres(seconds=HOURS * 3600) as server:
        admin = sa.create_engine(server.url("postgres"), isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(sa.text("create database company"))
        admin.dispose()
        url = server.url("company")
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            for file in sorted(place.files.glob("*.parquet")):
                _copied(connection, file, place.folder / "copied.csv")
        with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
            # what the server would otherwise do by itself while something is measured
            connection.execute("vacuum analyze")
        yield url


def indexed(url: str) -> None:
    """Takes the copies of keys away, and makes keys unique and days of touches found by an index."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        for table, key in KEYS.items():
            connection.execute(
                f"delete from {table} where ctid in (select ctid from (select ctid, row_number() over "
                f"(partition by {key} order by ctid) as nth from {table}) as copies where nth > 1)")
            connection.execute(f"create unique index on {table} ({key})")
            for day in DAYS.get(table, ()):
                connection.execute(f"create index on {table} ({day})")
        connection.execute("vacuum analyze")


def _copied(connection: psycopg.Connection, file: Path, passing: Path) -> None:
    """One table by COPY."""
    source = str(file).replace("'", "''")
    with duckdb.connect() as duck:
        described = duck.execute(f"describe select * from '{source}'").fetchall()
        duck.execute(f"copy (select * from '{source}') to '{passing}' (format csv, header false, nullstr '\\N')")
    columns = ", ".join(f'"{name}" {TYPES.get(kind, "double precision")}' for name, kind, *_ in described)
    with connection.cursor() as cursor, passing.open("rb") as rows:
        cursor.execute(f'create table "{file.stem}" ({columns})')
        with cursor.copy(f"copy \"{file.stem}\" from stdin (format csv, null '\\N')") as copy:
            while chunk := rows.read(CHUNK):
                copy.write(chunk)
    connection.commit()
    passing.unlink()
