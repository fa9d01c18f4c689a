"""What the warehouse answered, in files that may be deleted at any time: shown, with its age, when it does not answer.

One file an answer (Arrow), named by its connection and its SQL. Written whole while the warehouse answers, the oldest
removed where they grow too many; a file that is broken counts as none. The weekly refresh neither reads nor writes it:
what is frozen is always asked for.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
import pyarrow as pa
import sqlalchemy as sa

from gtm_metrics.warehouse.profile import write_whole
from gtm_metrics.warehouse.trouble import WarehouseAway, WarehouseError, WarehouseRefuses

T = TypeVar("T")
READ_AT = b"read_at"
ENDING = ".arrow"
LOOKED_THROUGH_EVERY = 25
"""After so many answers the folder is looked through for what is too much."""


class NeverAsked(WarehouseError):
    """The warehouse does not answer, or not this, and what is asked now was not asked while it did."""


@dataclass(eq=False)
class Answers:
    """The kept answers of one connection.

    folder, name   where they lie, and what every file of the connection begins with
    most_bytes     what all files together may take; 0 keeps none
    patience       seconds after which an answer that is kept is taken for one that does not come
    first_kept     is called when the first answer is kept
    away           why the warehouse is not asked; '' where it is
    lost           what can no longer be asked of it, and why; '' where all can
    oldest         when the oldest answer that was shown instead was read; None where none was
    broken         files that could not be read
    """

    folder: Path
    name: str
    most_bytes: int
    patience: float
    first_kept: Callable[[], None] = lambda: None
    away: str = ""
    lost: str = ""
    oldest: datetime | None = None
    broken: int = 0
    kept: int = 0

    def read(self, engine: sa.Engine, query: Any, ask: Callable[[], pd.DataFrame]) -> pd.DataFrame:
        """The warehouse's answer, kept for later; the kept one where it is away, or has lost what is asked for.

        Raises NeverAsked where there is none then, WarehouseAway where the answer takes longer than one should wait
        that has it, and what `ask` raises.
        """
        file = self._file(engine, query)
        if self.away:
            return self._instead(file, f"{self.away}; this was not asked while it did")

        def asked() -> pd.DataFrame:
            frame = ask()
            self._keep(file, frame)
            return frame

        try:
            return within(self.patience, asked) if file.exists() else asked()
        except WarehouseRefuses:
            if not self.lost:
                raise
            return self._instead(file, f"{self.lost}; this was not asked while it could be")

    def _instead(self, file: Path, why_not: str) -> pd.DataFrame:
        """The kept answer; NeverAsked with the reason where there is none."""
        found = self._found(file)
        if found is None:
            raise NeverAsked(why_not)
        frame, read_at = found
        self.oldest = min(read_at, self.oldest or read_at)
        return frame

    def _file(self, engine: sa.Engine, query: Any) -> Path:
        # written in SQL by way of the engine's own store of such texts: it is asked for the same one right afterwards
        compiled, given, named, _ = query._compile_w_cache(
            engine.dialect, compiled_cache=engine._compiled_cache, column_keys=[]
        )
        params = compiled.construct_params(named, extracted_parameters=given)
        text = repr((str(compiled), sorted(params.items(), key=str)))
        return self.folder / f"{self.name}-{hashlib.blake2b(text.encode(), digest_size=16).hexdigest()}{ENDING}"

    def _found(self, file: Path) -> tuple[pd.DataFrame, datetime] | None:
        try:
            with pa.ipc.open_file(pa.BufferReader(file.read_bytes())) as opened:
                table = opened.read_all()
            return table.to_pandas(), datetime.fromisoformat(table.schema.metadata[READ_AT].decode())
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, pa.ArrowException):
            self.broken += 1
            return None

    def _keep(self, file: Path, frame: pd.DataFrame) -> None:
        """Writes an answer; one that Arrow cannot hold, or that has no place, is not kept."""
        if not self.most_bytes:
            return
        try:
            table = pa.Table.from_pandas(frame, preserve_index=False)
            told = {**(table.schema.metadata or {}), READ_AT: datetime.now(UTC).isoformat().encode()}
            sink = pa.BufferOutputStream()
            options = pa.ipc.IpcWriteOptions(compression="lz4")
            with pa.ipc.new_file(sink, table.schema.with_metadata(told), options=options) as writer:
                writer.write_table(table.replace_schema_metadata(told))
        except (ValueError, TypeError, pa.ArrowException):
            return
        if write_whole(file, sink.getvalue().to_pybytes()):
            if not self.kept:
                self.first_kept()
            if self.kept % LOOKED_THROUGH_EVERY == 0:
                self._drop_oldest()
            self.kept += 1

    def _drop_oldest(self) -> None:
        """Removes the oldest answers, of any connection, until all together take no more than they may."""
        held = []
        for each in self.folder.glob(f"*{ENDING}"):
            try:
                told = each.stat()
            except OSError:
                continue
            held.append((told.st_mtime_ns, told.st_size, each))
        total = sum(size for _, size, _ in held)
        for _, size, each in sorted(held):
            if total <= self.most_bytes:
                return
            each.unlink(missing_ok=True)
            total -= size


def within(seconds: float, do: Callable[[], T]) -> T:
    """What `do` returns or raises; WarehouseAway where that takes longer, and then it goes on by itself."""
    done: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            done.append(do())
        except BaseException as error:
            failed.append(error)

    worker = threading.Thread(target=run, daemon=True, name="a question to the warehouse")
    worker.start()
    worker.join(seconds)
    if failed:
        raise failed[0]
    if not done:
        raise WarehouseAway(f"it had no answer within {seconds:g} seconds")
    return done[0]
