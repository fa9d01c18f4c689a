"""Do we sing the same song? The best-fit segment that each function names, and who names another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

Key = tuple[str, str]
"""A dimension and its segment."""


@dataclass(frozen=True)
class Voice:
    """What one person names for a function, and why."""

    function: str
    person: str
    key: Key
    reasons: str
    on: date


@dataclass(frozen=True)
class Song:
    """What everybody names.

    voices    in the order of the functions, within one by who spoke first
    silent    functions nobody of which was asked
    split     functions whose own people name different segments
    leading   the segment that most functions name as one, of these that most people name; None where two are level,
              and where nobody was asked
    agree     functions that name it as one
    """

    voices: tuple[Voice, ...]
    silent: tuple[str, ...]
    split: tuple[str, ...]
    leading: Key | None
    agree: tuple[str, ...]

    @property
    def asked(self) -> tuple[str, ...]:
        """Functions that were asked, in their order."""
        return tuple(dict.fromkeys(voice.function for voice in self.voices))

    @property
    def named(self) -> tuple[Key, ...]:
        """Every segment that is named, the one most people name first."""
        counts = Counter(voice.key for voice in self.voices)
        return tuple(sorted(counts, key=lambda key: (-counts[key], key)))

    @property
    def outliers(self) -> tuple[Voice, ...]:
        """Who names another segment than the leading one; nobody where none leads."""
        return () if self.leading is None else tuple(voice for voice in self.voices if voice.key != self.leading)


def song(votes: pd.DataFrame, functions: Sequence[str]) -> Song:
    """The votes of people, a row each: function | person | dimension | segment | reasons | on.

    A function names a segment as one when all of its people do: five who sing louder than one do not outvote it.
    """
    order = {function: place for place, function in enumerate(functions)}
    spoken = [
        Voice(row["function"], row["person"], (row["dimension"], row["segment"]), row["reasons"], row["on"])
        for row in votes.to_dict("records")
    ]
    voices = tuple(sorted(spoken, key=lambda voice: order[voice.function]))
    named: dict[str, set[Key]] = {}
    for voice in voices:
        named.setdefault(voice.function, set()).add(voice.key)
    whole = {function: next(iter(keys)) for function, keys in named.items() if len(keys) == 1}
    leading = _leading(whole, voices)
    return Song(
        voices,
        tuple(function for function in functions if function not in named),
        tuple(function for function in functions if len(named.get(function, ())) > 1),
        leading,
        tuple(function for function in functions if leading is not None and whole.get(function) == leading),
    )


def _leading(whole: dict[str, Key], voices: Sequence[Voice]) -> Key | None:
    functions, people = Counter(whole.values()), Counter(voice.key for voice in voices)
    ranked = sorted(people, key=lambda key: (-functions[key], -people[key]))
    if not ranked:
        return None
    level = [key for key in ranked if (functions[key], people[key]) == (functions[ranked[0]], people[ranked[0]])]
    return ranked[0] if len(level) == 1 else None
