"""Opens the journal: SQLite beside the warehouse, or a PostgreSQL database; made and migrated when it is opened."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext

from gtm_metrics.company import Company, Refused
from gtm_metrics.journal.tables import VERSION

ENVIRONMENT = "GTM_JOURNAL"
PATIENCE_SECONDS = 30
"""How long a writer waits for another."""

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 5_478_209_113
"""Number of the advisory lock that makes writers take turns in PostgreSQL; any would do, all must use the same."""

_one_at_a_time = threading.Lock()


class JournalError(RuntimeError):
    """The journal cannot be read or written; the text says which and why, without secrets."""


def journal_url(company: Company, environ: Mapping[str, str] | None = None) -> str:
    """Where the journal is: GTM_JOURNAL, else [journal] url, else a SQLite file.

    Beside an embedded warehouse, data/demo.duckdb, that is data/demo.journal.sqlite; else data/journal.sqlite beside
    gtm.toml. A relative SQLite path starts at gtm.toml's folder.
    """
    environ = os.environ if environ is None else environ
    given = environ.get(ENVIRONMENT) or company.journal_url
    if given:
        rest = given.removeprefix("sqlite:///")
        if rest != given and rest and not rest.startswith(("/", ":")):
            return f"sqlite:///{(company.folder / rest).absolute()}"
        return given
    file = company.url.removeprefix("duckdb:///").split("?")[0]
    if company.url.startswith("duckdb:///") and file:
        return f"sqlite:///{Path(file).with_suffix('.journal.sqlite').absolute()}"
    return f"sqlite:///{(company.folder / 'data' / 'journal.sqlite').absolute()}"


def open_journal(url: str) -> sa.Engine:
    """An engine of the journal at `url`, brought to this program's version; safe when several open it at once.

    Raises JournalError when it cannot be reached or made, or was written by a newer version.
    """
    engine = _engine(url)
    try:
        with reading(engine) as connection:
            found = version_of(connection)
        if found != VERSION:
            _migrate(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection that sees one state of the journal from beginning to end. Raises JournalError."""
    # on PostgreSQL each statement would otherwise see its own state
    options = {} if engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
    with _told(engine), engine.connect().execution_options(**options) as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction that no other writer's overlaps; all of it is kept, or nothing.

    Raises JournalError, and Refused for a value that no database holds.
    """
    with _told(engine), engine.execution_options(immediate=True).begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
        yield connection


@contextmanager
def _told(engine: sa.Engine) -> Iterator[None]:
    try:
        yield
    except (sa.exc.DatabaseError, sa.exc.InterfaceError) as error:
        # the plain DatabaseError is a file that is no database; its other kinds are faults of ours, and stay
        if not isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError) and type(error) is not (
            sa.exc.DatabaseError
        ):
            raise
        raise JournalError(f"the journal at {shown(engine.url)} did not answer: {first_line(error)}") from error


def _engine(url: str) -> sa.Engine:
    try:
        parsed = sa.make_url(url)
        if parsed.host and "@" in f"{parsed.host}{parsed.database}":
            raise ValueError("what follows a bare @ of the password was read as host or database")
    except (sa.exc.ArgumentError, ValueError):
        # the text may hold a password
        raise JournalError("journal.url cannot be read; it has the form sqlite:///data/my.journal.sqlite") from None
    backend = parsed.get_backend_name()
    if backend == "sqlite" and parsed.database and parsed.database != ":memory:":
        folder = Path(parsed.database).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise JournalError(f"the journal's folder {folder} cannot be made: {error.strerror}") from error
        engine = sa.create_engine(parsed, connect_args={"timeout": PATIENCE_SECONDS})
        event.listen(engine, "handle_error", _not_to_be_held)
        event.listen(engine, "do_connect", partial(_made_for_its_owner, Path(parsed.database)))
        event.listen(engine, "connect", _sqlite_session)
        event.listen(engine, "begin", _begin)
        return engine
    if backend == "postgresql":
        engine = sa.create_engine(
            parsed, pool_pre_ping=True, connect_args={"options": "-c timezone=UTC", "connect_timeout": 15}
        )
        event.listen(engine, "handle_error", _not_to_be_held)
        return engine
    raise JournalError(f"journal.url is a {backend} address; the journal lives in a SQLite file or in PostgreSQL")


def _made_for_its_owner(file: Path, *_how: object) -> None:
    """Makes a SQLite file that is not there yet, for its owner alone whatever the umask; what SQLite puts beside it
    has the same rights. The rights of a file that is there are left as they are."""
    with contextlib.suppress(OSError):  # where it cannot be made SQLite says why
        handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        os.fchmod(handle, 0o600)
        os.close(handle)


def _not_to_be_held(fault: ExceptionContext) -> BaseException | None:
    # what no database takes as a value is told to whoever gave it; all else goes its way
    cause = fault.original_exception
    if isinstance(cause, UnicodeEncodeError):
        return Refused("the journal cannot hold a text with half a letter in it (it is no Unicode)")
    if isinstance(cause, OverflowError):
        return Refused("the journal cannot hold a number of more than 64 bits")
    if isinstance(fault.sqlalchemy_exception, sa.exc.DataError):
        return Refused(f"the journal cannot hold this: {first_line(cause)}")
    return None


def _sqlite_session(raw: sqlite3.Connection, _record: object) -> None:
    # transactions are begun by _begin alone
    raw.isolation_level = None
    raw.execute("pragma foreign_keys = on")
    # without it "insert or replace" would delete a row past the trigger that forbids it
    raw.execute("pragma recursive_triggers = on")
    # what was acknowledged is on the disk, also where SQLite was built to think otherwise
    raw.execute("pragma synchronous = full")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while raw.execute("pragma journal_mode").fetchone()[0] != "wal":
        # two that open a new file at once: the switch waits for nobody, so it is tried again
        try:
            raw.execute("pragma journal_mode = wal")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _begin(connection: sa.Connection) -> None:
    # a writer that began by reading could not become one while another writes, however long it waited
    immediate = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("begin immediate" if immediate else "begin")


def version_of(connection: sa.Connection) -> str | None:
    """The version that a journal has reached; None where there is none yet."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("select version_num from alembic_version")).scalar()


def _migrate(engine: sa.Engine, to: str = "head") -> None:
    # it takes a tenth of a second to import, and a journal is migrated once a version
    from alembic import command

    config, known = _steps(), versions()
    # Alembic's environment is one a process
    with _one_at_a_time, writing(engine) as connection:
        found = version_of(connection)
        if found is not None and found not in known:
            raise JournalError(
                f"the journal at {shown(engine.url)} was written by a newer version of this program ({found}); "
                f"this one knows versions through {VERSION}"
            )
        config.attributes["connection"] = connection
        command.upgrade(config, to)


def versions() -> tuple[str, ...]:
    """The versions a journal can have, the first one first; the last is VERSION."""
    from alembic.script import ScriptDirectory

    steps = ScriptDirectory.from_config(_steps()).walk_revisions()
    return tuple(reversed([step.revision for step in steps]))


def _steps() -> Any:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def made_at(url: str, version: str) -> sa.Engine:
    """An engine of a new journal as a program of that version made it."""
    engine = _engine(url)
    _migrate(engine, version)
    return engine


def shown(url: sa.URL) -> str:
    """The journal's place without its user, password and parameters."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return f"{url.host or 'this machine'}/{url.database}"


def first_line(error: Any) -> str:
    """What the database said, in one line."""
    cause = getattr(error, "orig", None) or error
    return (str(cause).strip().splitlines() or [type(cause).__name__])[0]
