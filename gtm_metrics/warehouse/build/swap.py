"""A file that is replaced whole: the new version is written beside the old one, then a link is moved to it.

Whatever fails or is killed on the way leaves the old version as it was, and a process that has it open keeps
reading it.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import duckdb

from gtm_metrics.warehouse.trouble import WarehouseError

Found = TypeVar("Found")


def swapped_in(target: Path, write: Callable[[Path, Path], Found]) -> Found:
    """What `write` found out while it wrote the new version of `target`, which stands there when this returns.

    `write` is given the path to write and a scratch folder beside it, which is taken away afterwards. Raises
    WarehouseError when `target` is not a link of ours, somebody else is replacing it, or it cannot be written; what
    `write` raises passes through. Either way the old version stands.
    """
    versions = re.compile(rf"{re.escape(target.stem)}-[0-9a-f]{{12}}{re.escape(target.suffix)}")
    made_here = target.is_symlink() and versions.fullmatch(os.readlink(target))
    if not made_here and (target.exists() or target.is_symlink()):
        raise WarehouseError(f"{target} was not made by a load; give another path, or move it away first")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _alone(target):
            _clear(target, versions)
            scratch = target.with_name(f".{target.stem}-building")
            scratch.mkdir()
            try:
                building = scratch / "building.duckdb"
                found = write(building, scratch)
                _point(target, building, scratch)
                return found
            finally:
                _clear(target, versions)
    except (OSError, duckdb.Error) as error:
        raise WarehouseError(f"{target} cannot be written: {str(error).splitlines()[0]}") from error


def _point(target: Path, building: Path, scratch: Path) -> None:
    """Puts what was built beside the target, under a name of its own, and points the target to it."""
    version = target.with_name(f"{target.stem}-{secrets.token_hex(6)}{target.suffix}")
    os.replace(building, version)
    link = scratch / "link"
    link.symlink_to(version.name)
    os.replace(link, target)


def _clear(target: Path, versions: re.Pattern[str]) -> None:
    """Takes away what a load that failed or was killed left beside the target, and versions that nothing points to."""
    shutil.rmtree(target.with_name(f".{target.stem}-building"), ignore_errors=True)
    kept = os.readlink(target) if target.is_symlink() else None
    for path in target.parent.iterdir():
        if versions.fullmatch(path.name) and path.name != kept:
            path.unlink()


@contextmanager
def _alone(target: Path) -> Iterator[None]:
    """One load at a time a target; the lock goes with the process, however it ends."""
    lock = target.with_name(f".{target.stem}.lock")
    with lock.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise WarehouseError(f"another load of {target.name} is running") from error
        yield
