"""The journal without a browser: gtm-metrics journal [WHAT], and the whole of it out and in: journal export | import.

Exit codes as everywhere: 0 fine, 1 data trouble, 2 usage.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable
from datetime import date
from functools import partial
from itertools import chain
from pathlib import Path

import pandas as pd
import sqlalchemy as sa

from gtm_metrics import journal
from gtm_metrics.commands.asking import journal_of
from gtm_metrics.commands.printing import show, tell
from gtm_metrics.company import Company, Refused

FINE = 0

KEPT: dict[str, Callable[..., pd.DataFrame]] = {
    "refreshes": journal.refreshes,
    "segments": journal.registry,
    "decisions": partial(journal.decisions, replaced=True),
    "restatements": journal.restatements,
    "profiles": journal.profiles,
    "lists": journal.listed,
    "notes": journal.notes,
    "criteria": journal.criteria,
    "slides": journal.slides,
    "pins": journal.pins,
    "pin_events": journal.pin_events,
    "market_sizes": journal.market_sizes,
    "vouches": journal.vouches,
    "judgements": journal.judgements,
    "votes": journal.votes,
    "canvas": journal.canvas_versions,
    "cards": journal.cards,
    "audit": journal.audit,
}
"""What `journal` prints, by name."""

OF_A_DAY = tuple(name for name in KEPT if name not in ("refreshes", "segments", "restatements", "audit"))
"""What of it can be asked for as of a day."""

EXPORT, IMPORT = "export", "import"
STREAM = "-"
"""Standard output, or standard input, in place of a file."""


def add_journal(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Adds the sub-parser; `command(name, run, text)` gives it."""
    text = "what was refreshed, decided and kept in words; the whole of it out and in"
    sub = command("journal", _journal, text)
    choices = (*KEPT, EXPORT, IMPORT)
    told = f"default refreshes; {EXPORT} writes the whole journal as JSON, {IMPORT} fills an empty one"
    sub.add_argument("what", nargs="?", choices=choices, default="refreshes", metavar="WHAT", help=told)
    sub.add_argument("file", nargs="?", metavar="FILE", help=f"of {EXPORT} (default {STREAM}) and {IMPORT}")
    sub.add_argument("--force", action="store_true", help=f"{EXPORT}: write over a file that is there")
    sub.add_argument("--who", default="command line", metavar="WHO", help="who exports or imports, for the audit")


def _journal(options: argparse.Namespace, company: Company, as_of: date | None, today: date) -> int:
    """Prints what the journal holds of one kind, or takes the whole of it out or in."""
    if options.what in KEPT:
        if options.file or options.force:
            raise Refused(f"journal {options.what} takes no file; {EXPORT} and {IMPORT} do")
        if as_of is not None and options.what not in OF_A_DAY:
            raise Refused(f"journal {options.what} takes no --as-of; {', '.join(OF_A_DAY)} do")
        how = {} if as_of is None else {"as_of": as_of}
        with journal_of(company) as engine, journal.reading(engine) as seen:
            show(KEPT[options.what](seen, **how).map(journal.plain), options.format)
        return FINE
    if as_of is not None:
        raise Refused(f"journal {options.what} takes no --as-of: it is of the whole journal")
    with journal_of(company) as engine:
        return (export if options.what == EXPORT else fill)(options, engine)


def export(options: argparse.Namespace, engine: sa.Engine) -> int:
    """Writes the whole journal to the file, which only its owner may read, or to standard output."""
    target = None if options.file in (None, STREAM) else Path(options.file)
    if target is not None and target.exists() and not options.force:
        raise Refused(f"{target} is there already; give another name, or --force to write over it")
    with journal.reading(engine) as seen:
        pieces = journal.exported(seen)
        begun = next(pieces)
        _note(engine, options.who, STREAM if target is None else target.name)
        if target is None:
            sys.stdout.writelines(chain([begun], pieces))
        else:
            _write(target, chain([begun], pieces))
    return FINE


def _note(engine: sa.Engine, who: str, file: str) -> None:
    """Notes in the journal that it leaves, after the state that does; from a full disk it leaves all the same."""
    try:
        with journal.writing(engine) as noted:
            journal.audited(noted, who, EXPORT, {"file": file})
    except journal.JournalError as trouble:
        tell(f"the export is not noted in the audit: {trouble}")


def _write(target: Path, pieces: Iterable[str]) -> None:
    """The whole file or none: a reader, or a power cut, never meets half of one."""
    half = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(handle, "w", encoding="utf-8", newline="\n") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        half.replace(target)
    except OSError as error:
        raise journal.JournalError(f"{target} cannot be written: {error.strerror}") from error
    finally:
        half.unlink(missing_ok=True)


def fill(options: argparse.Namespace, engine: sa.Engine) -> int:
    """Fills the journal, which must be empty, with an exported one."""
    if options.file is None:
        raise Refused(f"journal {IMPORT} takes the file of an export, or {STREAM} for standard input")
    if options.force:
        raise Refused(f"journal {IMPORT} takes no --force: it never writes over a journal")
    name = "standard input" if options.file == STREAM else options.file
    try:
        text = sys.stdin.read() if options.file == STREAM else Path(options.file).read_text(encoding="utf-8")
    except OSError as error:
        raise Refused(f"{name} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise journal.JournalError(f"{name} is no text in UTF-8 (byte {error.start})") from error
    counts = journal.imported(engine, text, name, options.who)
    filled = sum(1 for count in counts.values() if count)
    tell(f"{sum(counts.values()):,} rows in {filled} tables")
    return FINE
