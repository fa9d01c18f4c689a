"""Snowflake for the tests: its protocol on a loopback port, spoken by an emulation in an environment of its own."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import duckdb
import pandas as pd
from servers import SECONDS_TO_START, free_port

from gtm_metrics.sources import TABLES

HERE = Path(__file__).parent / "snowflake_emulation"
ENVIRONMENT = Path(__file__).parent.parent / ".venv-snowflake"
READY = ENVIRONMENT / "ready"
SECONDS_TO_BUILD = 300
SECONDS_TO_LIVE = 3600
"""One lasts from its first test to the end of the run."""
"""A server whose test run was killed stops by itself after this long."""

SCHEMA = "GTM"
TOKEN = "lenient-otter-41"
"""Any would do: the emulation looks at none, save that it refuses "revoked"."""


class NoEmulation(RuntimeError):
    """The emulation cannot be built or started here; the text says why."""


@dataclass(frozen=True)
class Snowflake:
    """A running emulation and its port."""

    port: int

    def url(self, database: str, **parameters: str) -> str:
        """The SQLAlchemy URL of a database's schema GTM, by token unless another way is given."""
        way = {} if "authenticator" in parameters else {"authenticator": "programmatic_access_token", "token": TOKEN}
        place = {"host": "127.0.0.1", "port": str(self.port), "protocol": "http"}
        asked = {**place, "role": "GTM_READER", "warehouse": "GTM_WH", **way, **parameters}
        return f"snowflake://reader@org-account/{database}/{SCHEMA}?{urlencode(asked)}"

    def create(self, database: str, frames: Mapping[str, pd.DataFrame]) -> str:
        """A new database that holds the frames; its URL."""
        with tempfile.TemporaryDirectory(prefix="gtm-snowflake-") as folder:
            for name, frame in frames.items():
                _written(name, frame, Path(folder) / f"{name}.parquet")
            self._asked("load", {"database": database, "schema": SCHEMA, "folder": folder})
        return self.url(database)

    def told(self) -> dict[str, list[Any]]:
        """What every login sent, and the text of every statement, in order."""
        return self._asked("told")

    def _asked(self, path: str, body: Mapping[str, str] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/{path}", data, timeout=60) as answer:
            return json.load(answer)


def _written(name: str, frame: pd.DataFrame, path: Path) -> None:
    """One table as Parquet: dates and instants of ours as such, all else as it lies in the frame."""
    kinds = {column.name: column.kind for column in TABLES[name].columns} if name in TABLES else {}
    types = {"date": "date", "instant": "timestamp"}
    picks = [f'cast("{c}" as {types[kinds[c]]}) as "{c}"' if kinds.get(c) in types else f'"{c}"' for c in frame]
    empty = [c for c in frame if kinds.get(c) not in types and frame[c].isna().all()]
    for column in empty:
        # a column without a value has no type of its own
        kind = {"number": "double", "integer": "bigint", "boolean": "boolean"}.get(kinds.get(column, ""), "varchar")
        picks[list(frame).index(column)] = f'cast(null as {kind}) as "{column}"'
    with duckdb.connect() as con:
        con.register("frame", frame)
        con.execute(f"copy (select {', '.join(picks)} from frame) to '{path}' (format parquet)")


def built() -> Path:
    """The Python of the emulation's environment, made by whoever asks first. Raises NoEmulation."""
    python = ENVIRONMENT / "bin" / "python"
    lock = HERE / "requirements.lock"
    with ENVIRONMENT.with_suffix(".lock").open("w") as one_at_a_time:
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
        if READY.exists() and READY.read_text() == wanted:
            # make goes by the time of the file
            READY.touch()
            return python
        shutil.rmtree(ENVIRONMENT, ignore_errors=True)
        options = ("--quiet", "--disable-pip-version-check", "--no-compile", "--require-hashes", "-r", str(lock))
        steps = ([sys.executable, "-m", "venv", str(ENVIRONMENT)], [str(python), "-m", "pip", "install", *options])
        for command in steps:
            try:
                subprocess.run(command, check=True, capture_output=True, timeout=SECONDS_TO_BUILD)
            except subprocess.SubprocessError as error:
                said = (getattr(error, "stderr", None) or b"").decode(errors="replace").strip()
                raise NoEmulation(f"the emulation's environment cannot be built: {said[-500:] or error}") from error
        READY.write_text(wanted)
    return python


@contextlib.contextmanager
def snowflake() -> Iterator[Snowflake]:
    """A running emulation with nothing in it; stopped on the way out. Raises NoEmulation."""
    python = built()
    port = free_port()
    bounded = ["timeout", "--signal=TERM", "--kill-after=5", str(SECONDS_TO_LIVE)] if shutil.which("timeout") else []
    # nothing of the product's environment may be found in the other
    environment = {"PATH": os.environ.get("PATH", ""), "PYTHONDONTWRITEBYTECODE": "1"}
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen([*bounded, str(python), str(HERE / "server.py"), str(port)], stdin=subprocess.DEVNULL,
                                  stdout=log, stderr=log, env=environment, start_new_session=True)
        try:
            yield _ready(server, Snowflake(port), log)
        finally:
            server.terminate()
            try:
                server.wait(timeout=10)
            except subprocess.TimeoutExpired:
                os.killpg(server.pid, 9)
                server.wait(timeout=10)


def _ready(server: subprocess.Popen[bytes], running: Snowflake, log: Any) -> Snowflake:
    deadline = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            running.told()
            return running
        except (urllib.error.URLError, OSError):
            if server.poll() is not None or time.monotonic() > deadline:
                log.seek(0)
                said = log.read()[-500:].decode(errors="replace")
                raise NoEmulation(f"the emulation did not start: {said}") from None
            time.sleep(0.1)


if __name__ == "__main__":
    try:
        built()
    except NoEmulation as missing:
        print(f"Tests against Snowflake's protocol will be skipped: {missing}")
