"""A file beside the journal that spares a refresh judging weeks of the past again. It may be deleted at any time.

It holds what the last judgement left behind (`signal.Carried`), used only where it was worked out from the same counts,
registry, rules and decisions by the same program. Missing, stale, cut short or not to be written: the refresh takes
longer, and says the same.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import scipy
import sqlalchemy as sa
from numpy.typing import NDArray

from gtm_metrics import signal
from gtm_metrics.company import Company
from gtm_metrics.journal.beside import beside
from gtm_metrics.signal import Carried

PACKAGE = Path(signal.__file__).parent.parent
CODE = ("evidence", "estimates", "signal", "rules.py")
"""Where that is written from which a judgement follows."""
ENDING = ".carried.npz"


def file_of(journal: sa.URL, company: Company) -> Path | None:
    """demo.journal.carried.npz beside demo.journal.sqlite; of a journal on a server a file in data beside gtm.toml."""
    return beside(journal, company, ENDING)


def known_from(file: Path | None) -> dict[str, Carried]:
    """By dimension what the file holds; nothing where it is missing, of another program, or no such file."""
    if file is None:
        return {}
    try:
        with np.load(file, allow_pickle=False) as kept:
            arrays = {name: kept[name] for name in kept.files} if str(kept["code"]) == code() else {}
        return _carried(arrays)
    except Exception:
        return {}


def keep_in(file: Path | None, carried: Mapping[str, Carried]) -> None:
    """Puts it into the file, whole or not at all; where nothing can be written nothing is."""
    if file is None:
        return
    arrays: dict[str, Any] = {"code": np.array(code())}
    for i, (dimension, one) in enumerate(carried.items()):
        head = {"dimension": dimension, "columns": one.columns, "key": one.key}
        arrays |= {f"{i}|{name}": np.array(value) for name, value in head.items()}
        arrays |= {f"{i}|{state}|{name}": value for state, of in one.states.items() for name, value in of.items()}
    try:
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=file.name, suffix=".new")
    except OSError:
        return
    new = Path(name)
    try:
        with os.fdopen(handle, "wb") as opened:
            np.savez(opened, **arrays)
        new.replace(file)
    except OSError:
        new.unlink(missing_ok=True)


@cache
def code() -> str:
    """A hash of the program that judges: a judgement of another is not gone on with."""
    hashed = hashlib.blake2b(digest_size=16)
    for place in CODE:
        root = PACKAGE / place
        for path in sorted(root.rglob("*.py")) if root.is_dir() else [root]:
            hashed.update(path.read_bytes())
    hashed.update(" ".join((np.__version__, scipy.__version__, pd.__version__)).encode())
    return hashed.hexdigest()


def _carried(arrays: Mapping[str, NDArray[Any]]) -> dict[str, Carried]:
    heads: dict[str, dict[str, Any]] = {}
    states: dict[str, dict[str, dict[str, NDArray[Any]]]] = {}
    for name, value in arrays.items():
        parts = name.split("|")
        if len(parts) == 2:
            heads.setdefault(parts[0], {})[parts[1]] = value.item()
        elif len(parts) == 3:
            states.setdefault(parts[0], {}).setdefault(parts[1], {})[parts[2]] = value
    return {head["dimension"]: Carried(head["columns"], head["key"], states[i]) for i, head in heads.items()}
