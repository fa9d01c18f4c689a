"""A text file of rows before DuckDB reads it: its encoding, its separator, its column names, its broken lines.

The form is that of RFC 4180, with any of four separators: a value may stand in double quotes, and then hold
separators, line ends and doubled quotes.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, cast

from gtm_metrics.warehouse.layout import normal
from gtm_metrics.warehouse.trouble import WarehouseError

SEPARATORS = (",", ";", "\t", "|")
LONGEST_VALUE = 100
"""Lines that one quoted value may span in a file that has broken lines: beyond it, its quote was never closed."""

_CHUNK = 1 << 20
_NEVER_CLOSED = "unexpected end of data"


def opened(path: Path) -> BinaryIO:
    """The file's bytes, unpacked where its name ends in .gz."""
    return cast(BinaryIO, gzip.open(path)) if path.name.lower().endswith(".gz") else path.open("rb")


def encoding_of(path: Path) -> str:
    """The encoding of a text file, as Python names it: UTF-8 and UTF-16 where it is that, else a Western one.

    Windows-1252 is what spreadsheets write where they do not write UTF-8; bytes it does not know make it Latin-1.
    """
    with opened(path) as handle:
        start = handle.read(2)
    if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16"
    if b"\0" in start:
        return "utf-16-le" if start.endswith(b"\0") else "utf-16-be"
    return next(encoding for encoding in ("utf-8-sig", "cp1252", "latin-1") if _decodes(path, encoding))


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with opened(path) as handle:
        try:
            while chunk := handle.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def recoded(path: Path, encoding: str, into: Path) -> Path:
    """The file in UTF-8: `into`, written from it."""
    with opened(path) as raw, into.open("w", encoding="utf-8", newline="") as out:
        text = io.TextIOWrapper(raw, encoding=encoding, newline="")
        while chunk := text.read(_CHUNK):
            out.write(chunk)
    return into


def first_record(path: Path) -> tuple[str, list[str]]:
    """The separator of a UTF-8 file and the column names of its first record, blank where a column has none.

    The separator is the one that parts the first record into most names. Raises WarehouseError when there is no name.
    """
    with opened(path) as handle:
        start = handle.read(_CHUNK).decode("utf-8-sig", errors="ignore")
    records = {mark: next(csv.reader(io.StringIO(start, newline=""), delimiter=mark), []) for mark in SEPARATORS}
    separator = max(SEPARATORS, key=lambda mark: len(records[mark]))
    names = [name.strip() for name in records[separator]]
    if not any(names):
        raise WarehouseError(f"{path.name}: its first line must hold the names of its columns")
    return separator, names


def told_apart(names: Iterable[str]) -> list[str]:
    """Column names with a number behind those that an earlier one already has, compared as layouts compare them."""
    told: list[str] = []
    seen: set[str] = set()
    for name in names:
        unlike, count = name, 1
        while name and normal(unlike) in seen:
            count += 1
            unlike = f"{name}_{count}"
        seen.add(normal(unlike))
        told.append(unlike)
    return told


def mended(path: Path, separator: str, width: int, into: Path) -> int:
    """Writes the records of a UTF-8 file that have `width` values to `into`, and counts the lines that are broken.

    Slower than DuckDB's reader and more patient: a quote that is never closed breaks its own line and none after it.
    """
    broken = 0
    with opened(path) as raw, into.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, delimiter=separator, lineterminator="\n", quoting=csv.QUOTE_ALL)
        for record in _records(io.TextIOWrapper(raw, encoding="utf-8-sig", newline=""), separator):
            if record is None or len(record) != width:
                broken += 1
            else:
                writer.writerow(record)
    return broken


def _records(lines: Iterable[str], separator: str) -> Iterator[list[str] | None]:
    """Records of a file's lines, None for a line that is none; blank lines are passed over."""
    ahead: deque[str] = deque()
    source = iter(lines)
    while line := (ahead.popleft() if ahead else next(source, "")):
        taken = [line]
        while True:
            try:
                record = next(csv.reader(taken, delimiter=separator, strict=True), [])
            except csv.Error as error:
                more = ""
                if str(error) == _NEVER_CLOSED and len(taken) < LONGEST_VALUE:
                    more = ahead.popleft() if ahead else next(source, "")
                if more:
                    taken.append(more)
                    continue
                ahead.extendleft(reversed(taken[1:]))
                yield None
            else:
                if record:
                    yield record
            break
