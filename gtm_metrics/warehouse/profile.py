"""What the last look at a warehouse found, in a file that may be deleted at any time: it spares another look that day.

One JSON file a connection: what was found and counted of each of our tables, when, and of which version of the file
where the warehouse is one. Missing, broken, of another program, setting or layout: the warehouse is looked at again.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from gtm_metrics import sources
from gtm_metrics.company import Company, Refused
from gtm_metrics.sources import naming_of
from gtm_metrics.warehouse.trouble import is_secret

Facts = dict[str, dict[str, Any]]
"""What was found of each of our tables, as `relation.facts_of` gives it."""

CODE = (Path(__file__).parent, Path(sources.__file__).parent)
"""Where that is written from which a profile follows."""


@dataclass(frozen=True)
class Keep:
    """Where profiles are kept, what time it is, and for how many hours one is used; 0 looks at every connection."""

    folder: Path | None
    now: datetime
    hours: int = 12


@dataclass(frozen=True)
class Profile:
    """A look at a warehouse: when, on which day, at which dialect, and what it found.

    loaded    whether the warehouse is an embedded one, its tables tidied; `prepared` what a load worked out beside them
    stamp     path, size and time of the file where the warehouse is one; '' otherwise
    """

    looked_at: datetime
    today: date
    dialect: str
    loaded: bool
    version: str
    prepared: tuple[str, ...]
    stamp: str
    tables: Facts

    @property
    def whole(self) -> bool:
        """Whether every table that is there could be read: a failure is not kept, it may have passed."""
        return all(facts["status"] != "failed" for facts in self.tables.values())


def reusable(company: Company, today: date, keep: Keep | None) -> Profile | None:
    """The kept profile where it still holds: of this day, young enough, of the same file."""
    found = _read(file_of(company, keep)) if keep and keep.hours else None
    if keep is None or found is None or found.loaded or found.today != today or found.stamp != stamp_of(company):
        return None
    age = keep.now - found.looked_at
    return found if timedelta() <= age <= timedelta(hours=keep.hours) else None


def last_profile(company: Company, keep: Keep | None) -> Profile | None:
    """The profile that the company's last kept answers rest on, however old, else the last one; None without."""
    return _read(file_of(company, keep, "answered")) or _read(file_of(company, keep))


def keep_answered(company: Company, keep: Keep) -> None:
    """Keeps the profile once more, as the one that the answers kept from now on rest on."""
    profile, answered = file_of(company, keep), file_of(company, keep, "answered")
    if profile is None or answered is None:
        return
    try:
        write_whole(answered, profile.read_bytes())
    except OSError:
        return


def _read(file: Path | None) -> Profile | None:
    if file is None:
        return None
    try:
        held = json.loads(file.read_text(encoding="utf-8"))
        looked_at, today = datetime.fromisoformat(held["looked_at"]), date.fromisoformat(held["today"])
        held |= {"looked_at": looked_at, "today": today, "prepared": tuple(held["prepared"])}
        profile = Profile(**held)
        return profile if set(profile.tables) == set(sources.TABLES) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep_profile(company: Company, keep: Keep | None, profile: Profile) -> None:
    """Puts the profile into its file, whole or not at all; where nothing can be written nothing is."""
    file = file_of(company, keep)
    if file is None or not profile.whole:
        return
    days = {"looked_at": profile.looked_at.isoformat(), "today": profile.today.isoformat()}
    write_whole(file, json.dumps(profile.__dict__ | days).encode())


def write_whole(file: Path, content: bytes) -> bool:
    """Writes a file that only its owner may read, whole or not at all; whether it could be."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=".", suffix=".new")
    except OSError:
        return False
    try:
        with os.fdopen(handle, "wb") as opened:
            opened.write(content)
        os.replace(name, file)
    except OSError:
        Path(name).unlink(missing_ok=True)
        return False
    return True


def file_of(company: Company, keep: Keep | None, kind: str = "profile") -> Path | None:
    """The file of the profile of the company's connection; None where it has none."""
    if keep is None or keep.folder is None:
        return None
    try:
        return keep.folder / f"{kind}-{key_of(company)}.json"
    except (Refused, sa.exc.ArgumentError, ValueError):
        return None


def key_of(company: Company) -> str:
    """A name for the connection without its secrets, the settings and layouts it is read through, and the program."""
    url = sa.make_url(company.url)
    # a role may be a parameter, and what it may see is nobody else's
    more = tuple(sorted((name, value) for name, value in url.query.items() if not is_secret(name)))
    connection = (url.get_backend_name(), url.username, url.host, url.port, url.database, more)
    settings = (company.schema, company.schemas, company.columns, company.words, company.edges, company.layouts)
    hashed = hashlib.blake2b(repr((connection, settings, code())).encode(), digest_size=8)
    for layout in naming_of(company).layouts:
        for name, path in sorted(layout.files.items()):
            hashed.update(name.encode() + path.read_bytes())
    return hashed.hexdigest()


def stamp_of(company: Company) -> str:
    """Path, size and time of the warehouse's file; '' where it is none or is not there."""
    url = sa.make_url(company.url)
    if url.get_backend_name() != "duckdb" or not url.database:
        return ""
    try:
        path = Path(url.database).resolve()
        told = path.stat()
    except OSError:
        return ""
    return f"{path}|{told.st_size}|{told.st_mtime_ns}"


@cache
def code() -> str:
    """A hash of the program that looks: a profile of another is not used."""
    hashed = hashlib.blake2b(digest_size=8)
    for root in CODE:
        for path in sorted(root.glob("*.py")):
            hashed.update(path.read_bytes())
    return hashed.hexdigest()
