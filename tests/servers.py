"""A private PostgreSQL for the tests: own folder, own loopback port, bounded in time, always stopped."""

from __future__ import annotations

import contextlib
import itertools
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import sqlalchemy as sa

from gtm_metrics.sources import TABLES

SECONDS_TO_LIVE = 3600
"""A server whose test run was killed stops by itself after this long; a run has one server from first to last."""

SECONDS_TO_START = 120
"""A machine that does much else may need this long; a server that ends is not waited for."""
PORTS = range(20_000, 32_000)
"""Below those that a system gives to whoever asks for any: nobody is given one that was chosen and not yet used."""
NUMBERS = itertools.count(1)
PASSWORD = "lenient-Otter-41"
SETTINGS = {
    # safe only because the data are thrown away
    "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",
    # a server far from UTC and from the code-point order: neither may show in a number
    "timezone": "America/New_York", "shared_buffers": "64MB", "max_connections": "100",
}


class NoServer(RuntimeError):
    """PostgreSQL cannot be started here; the text says why."""


@dataclass(frozen=True)
class Postgres:
    """A running server: its port, its process and the password of its user `postgres`."""

    port: int
    process: subprocess.Popen[bytes]
    password: str = PASSWORD

    def stop(self) -> None:
        """Ends the server at once, as one that crashes."""
        _stop(self.process)

    def url(self, database: str, password: str | None = None) -> str:
        """The SQLAlchemy URL of a database, with the right password unless another is given."""
        return f"postgresql+psycopg://postgres:{password or self.password}@127.0.0.1:{self.port}/{database}"

    def create(self, database: str, frames: Mapping[str, pd.DataFrame], zone: str | None = None) -> str:
        """A new database that holds the frames; its URL. Instants carry `zone`'s offset where one is given.

        Its name is `database` with a number: one server lasts for a whole run, and two files may use one name.
        """
        database = f"{database}_{next(NUMBERS)}"
        admin = sa.create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(sa.text(f'create database "{database}"'))
        admin.dispose()
        engine = sa.create_engine(self.url(database))
        for name, frame in frames.items():
            _copy(engine, name, frame, zone)
        engine.dispose()
        return self.url(database)


def _copy(engine: sa.Engine, name: str, frame: pd.DataFrame, zone: str | None) -> None:
    """One table by COPY. Null is written as \\N, so that an empty text stays an empty text."""
    # a table of somebody else's has the types of its frame
    kinds = {column.name: column.kind for column in TABLES[name].columns} if name in TABLES else {}
    types = {column: _type(kinds.get(column, "text"), frame[column], zone) for column in frame}
    written = frame.copy()
    for column, kind in kinds.items():
        if column in written and kind == "date":
            written[column] = pd.to_datetime(written[column]).dt.strftime("%Y-%m-%d")
        elif column in written and kind == "instant":
            at = pd.to_datetime(written[column])
            written[column] = at.dt.tz_localize("UTC").dt.tz_convert(zone) if zone else at
    columns = ", ".join(f'"{column}" {kind}' for column, kind in types.items())
    raw = engine.raw_connection()
    with raw.cursor() as cursor:
        cursor.execute(f'create table "{name}" ({columns})')
        with cursor.copy(f"copy \"{name}\" from stdin (format csv, null '\\N')") as copy:
            copy.write(written.to_csv(index=False, header=False, na_rep="\\N"))
    raw.commit()
    raw.close()


def _type(kind: str, values: pd.Series, zone: str | None) -> str:
    """The PostgreSQL type of a column: by our kind of it, else by what the frame holds."""
    if kind in ("date", "instant"):
        return "date" if kind == "date" else "timestamptz" if zone else "timestamp"
    if pd.api.types.is_bool_dtype(values.dropna().infer_objects()) and len(values.dropna()):
        return "boolean"
    if pd.api.types.is_datetime64_any_dtype(values):
        return "timestamp"
    if pd.api.types.is_integer_dtype(values):
        return "bigint"
    return "double precision" if kind in ("number", "integer") or pd.api.types.is_float_dtype(values) else "text"


def free_port() -> int:
    """A loopback port that nobody listens on."""
    while True:
        port = random.SystemRandom().choice(PORTS)
        with socket.socket() as free, contextlib.suppress(OSError):
            free.bind(("127.0.0.1", port))
            return port


def binaries() -> Path:
    """The folder of initdb and postgres. Raises NoServer when they are not installed."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise NoServer("PostgreSQL is not installed: neither on the PATH nor under /usr/lib/postgresql")


@contextlib.contextmanager
def postgres(seconds: int = SECONDS_TO_LIVE) -> Iterator[Postgres]:
    """A server with an English collation (ICU), reached by password; stopped and removed on the way out.

    It stops by itself after `seconds`, whatever becomes of us.

    As root everything runs as the user postgres, because PostgreSQL refuses root. Raises NoServer.
    """
    bin_folder = binaries()
    folder = Path(tempfile.mkdtemp(prefix="gtm-postgres-"))
    try:
        account = _account()
        if account:
            os.chown(folder, account.pw_uid, account.pw_gid)
        server = _start(bin_folder, folder, account, seconds)
        try:
            yield _ready(server, folder)
        finally:
            _stop(server)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _account() -> pwd.struct_passwd | None:
    """Whom the server runs as: None for ourselves."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError as error:
        raise NoServer("root may not run PostgreSQL and there is no user postgres") from error


def _popen(arguments: list[str], account: pwd.struct_passwd | None, log: Path) -> subprocess.Popen[bytes]:
    who = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"}
    with log.open("ab") as handle:
        return subprocess.Popen(arguments, stdout=handle, stderr=handle, stdin=subprocess.DEVNULL,
                                env=environment, cwd="/", start_new_session=True, **who)


def _start(
    bin_folder: Path, folder: Path, account: pwd.struct_passwd | None, seconds: int
) -> subprocess.Popen[bytes]:
    secret, log, data = folder / "password", folder / "log", folder / "data"
    secret.write_text(PASSWORD)
    if account:
        os.chown(secret, account.pw_uid, account.pw_gid)
    made = _popen(
        [str(bin_folder / "initdb"), "-D", str(data), "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8",
         "--locale-provider=icu", "--icu-locale=en-US", "--auth=scram-sha-256", f"--pwfile={secret}", "--no-sync"],
        account, log)
    if made.wait(timeout=SECONDS_TO_START) != 0:
        raise NoServer(f"initdb failed: {log.read_text(errors='replace')[-500:]}")
    port = free_port()
    (folder / "port").write_text(str(port))
    bounded = ["timeout", "--signal=QUIT", str(seconds)] if shutil.which("timeout") else []
    chosen = [argument for name, value in SETTINGS.items() for argument in ("-c", f"{name}={value}")]
    chosen += ["-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={folder}"]
    return _popen([*bounded, str(bin_folder / "postgres"), "-D", str(data), "-p", str(port), *chosen], account, log)


def _ready(server: subprocess.Popen[bytes], folder: Path) -> Postgres:
    running = Postgres(int((folder / "port").read_text()), server)
    engine = sa.create_engine(running.url("postgres"))
    deadline = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            with engine.connect():
                engine.dispose()
                return running
        except sa.exc.OperationalError as error:
            if server.poll() is not None or time.monotonic() > deadline:
                raise NoServer(f"PostgreSQL did not start: {(folder / 'log').read_text()[-500:]}") from error
            time.sleep(0.05)


def _stop(server: subprocess.Popen[bytes]) -> None:
    """An immediate shutdown: the data are thrown away."""
    server.send_signal(signal.SIGQUIT)
    try:
        server.wait(timeout=20)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait(timeout=10)
