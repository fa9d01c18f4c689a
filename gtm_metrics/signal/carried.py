"""What a judgement leaves behind, so that one more week need not judge all weeks before it again.

What a week says rests on that week and those before it, so what was worked out through a column stays as it was while
it was worked out from the same: the counts through that column, who is registered, the rules, what people had decided.
A hash of these is the key. Where it differs nothing is taken over, all is worked out anew, and both come out the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gtm_metrics.signal.accounts import LeaveOneOut
from gtm_metrics.signal.columns import Columns, MetricColumns
from gtm_metrics.signal.comparisons import Comparison
from gtm_metrics.signal.histories import Entry
from gtm_metrics.signal.rules import Rules

CONSULTED = "consulted"
State = Mapping[str, NDArray[Any]]
"""Arrays by name: where one thing stands that goes on from week to week."""


@dataclass(frozen=True, eq=False)
class Carried:
    """One dimension as it stood after its first `columns` columns.

    key     hash of all that they were judged from, but for accounts
    states  by the name under which whoever goes on looks for it
    """

    columns: int
    key: str
    states: Mapping[str, State]


def key_of(
    columns: Columns,
    begins: np.datetime64,
    entries: Sequence[Entry],
    decided: Sequence[Mapping[int, str]],
    with_accounts: bool,
    rules: Rules,
    through: int,
) -> str:
    """The hash of what the first `through` columns are judged from.

    entries, decided  the registered segments, and of each the decisions by column
    """
    hashed = hashlib.blake2b(digest_size=16)
    before = [{column: kind for column, kind in of.items() if column < through} for of in decided]
    _add(hashed, through, begins, columns.dimension, columns.segments, entries, before, with_accounts, rules)
    for metric in columns.metrics:
        began = metric.first < through
        _add(hashed, metric.metric, metric.lag, metric.bands, began and (metric.first, metric.stratum))
        for counts in _through(metric, through):
            hashed.update(np.ascontiguousarray(counts).tobytes())
    return hashed.hexdigest()


def go_on(comparison: Comparison, accounts: LeaveOneOut, carried: Carried | None, key: Callable[[int], str]) -> None:
    """Lets the comparison go on from where it stood, where that was judged from the same.

    key  `key_of` with all but its last argument given
    """
    if carried is None or not 0 < carried.columns <= comparison.weekly.observed.shape[2]:
        return
    consulted = carried.states[CONSULTED]
    rows = [int(row) for row in consulted["rows"]]
    same = key(carried.columns) == carried.key
    if same and accounts.hash_through(rows, carried.columns) == str(consulted["hash"]):
        comparison.before = carried.states
        accounts.consulted.update(rows)


def leave(comparison: Comparison, accounts: LeaveOneOut, through: int, key: Callable[[int], str]) -> Carried:
    """Where the comparison stands once its `through` columns are judged."""
    rows = sorted(accounts.consulted)
    consulted = {"rows": np.array(rows, dtype=np.int64), "hash": np.array(accounts.hash_through(rows, through))}
    return Carried(through, key(through), {**comparison.after, CONSULTED: consulted})


def _through(metric: MetricColumns, through: int) -> Iterable[NDArray[Any]]:
    return (counts[:, :through] for counts in (metric.x, metric.n))


def _add(hashed: Any, *values: object) -> None:
    for value in values:
        hashed.update(repr(value).encode())
        hashed.update(b"\0")
