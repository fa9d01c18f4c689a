"""The decision to tighten that stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

TIGHTEN, LOOSE = "tighten", "loose"


def standing(decisions: pd.DataFrame) -> Mapping[Any, Any] | None:
    """The last decision to tighten, by column; None where none was made or people went back to loose since.

    decisions   those in effect, oldest first: kind | dimension | segment | decided_at | ...; to stay loose on another
                segment does not end it, to stay loose on it or on everyone does
    """
    found: Mapping[Any, Any] | None = None
    for row in decisions.to_dict("records"):
        if row["kind"] == TIGHTEN:
            found = row
        elif row["kind"] == LOOSE and found is not None:
            same = (row["dimension"], row["segment"]) == (found["dimension"], found["segment"])
            found = None if same or not row["segment"] else found
    return found
