"""What people say of the pins, as the journal keeps it: head pin, statuses, market sizes, vouches, judgements."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

HEAD, NEXT, CANDIDATE, STANDING = "head pin", "next", "candidate", "standing"
NOT_NOW, NEVER, DOWN = "not now", "never", "down"
ORDER, LEADERSHIP = "order", "leadership"

BY_PIN, BY_DECISION, BY_SIGNAL = "pin", "decision", "signal"
"""Who says which pin is the head: people who put it there, their decision to tighten, or the signal."""

Key = tuple[str, str]
"""A segment as (dimension, segment); a pin of several rules has dimension ''."""


def _none(*names: str) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=object) for name in names})


@dataclass(frozen=True)
class Said:
    """Frames as the journal reads them; all may be empty.

    tightened  (dimension, segment) people decided to tighten on; None without such a decision
    leader     that of the signal; None where nobody leads
    pins       dimension | segment | status | owner | who | on
    sizes      dimension | segment | number | source | dated | who
    vouches    dimension | segment | to_dimension | to_segment
    judgements dimension | segment | question | value | why | who | on
    """

    tightened: Key | None = None
    leader: Key | None = None
    pins: pd.DataFrame = field(default_factory=lambda: _none("dimension", "segment", "status", "owner", "who", "on"))
    sizes: pd.DataFrame = field(
        default_factory=lambda: _none("dimension", "segment", "number", "source", "dated", "who")
    )
    vouches: pd.DataFrame = field(default_factory=lambda: _none("dimension", "segment", "to_dimension", "to_segment"))
    judgements: pd.DataFrame = field(
        default_factory=lambda: _none("dimension", "segment", "question", "value", "why", "who", "on")
    )


def by_pin(frame: pd.DataFrame, names: dict[Key, str]) -> dict[str, dict[str, Any]]:
    """Pin -> its row, of those that are pins; of several the last."""
    rows = {(str(row["dimension"]), str(row["segment"])): row for row in frame.to_dict("records")}
    return {names[key]: {str(k): v for k, v in row.items()} for key, row in rows.items() if key in names}


def judged(said: Said, names: dict[Key, str], question: str) -> dict[str, dict[str, Any]]:
    """Pin -> the judgement on one question."""
    return by_pin(said.judgements[said.judgements["question"] == question], names)


def head_of(said: Said, names: dict[Key, str]) -> tuple[str | None, str]:
    """(the head pin, who says so): the pin people put in front, else the one they tightened on, else the signal's
    leader; (None, "") where there is none, or it is no pin here."""
    put = [name for name, row in by_pin(said.pins, names).items() if row["status"] == HEAD]
    if put:
        return put[-1], BY_PIN
    for key, who in ((said.tightened, BY_DECISION), (said.leader, BY_SIGNAL)):
        if key is not None and key in names:
            return names[key], who
    return None, ""
