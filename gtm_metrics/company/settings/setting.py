"""What one line of gtm.toml is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Setting:
    """One line of gtm.toml: its key, type, default, allowed range, unit and what it means."""

    key: str
    kind: str
    default: Any
    low: float | None
    high: float | None
    unit: str
    meaning: str
