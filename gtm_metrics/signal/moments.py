"""What was judged of a segment, week by week: a moment a column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gtm_metrics.signal.columns import Floats
from gtm_metrics.signal.states import STATES


@dataclass(frozen=True)
class Moment:
    """One segment in one week. `start` is where its evidence begins, `signal` the column of its standing signal,
    `reopen` the log of the reopening detector (-inf without a standing signal)."""

    column: int
    state: str
    since: int
    log_e_any: float
    log_e_two: float
    log_threshold: float
    carrying: tuple[int, ...]
    fading: bool
    start: int
    signal: int | None
    reopened_before: int
    reopen: float


class History(NamedTuple):
    """The moments of one segment, one entry a column from its first on.

    state, carrying  positions in STATES; metrics in order, (column, metric), -1 where there are fewer
    signal           -1 without a standing signal
    """

    column: NDArray[np.int64]
    state: NDArray[np.int64]
    since: NDArray[np.int64]
    log_e_any: Floats
    log_e_two: Floats
    log_threshold: Floats
    carrying: NDArray[np.int64]
    fading: NDArray[np.bool_]
    start: NDArray[np.int64]
    signal: NDArray[np.int64]
    reopened_before: NDArray[np.int64]
    reopen: Floats

    def taken(self, which: NDArray[np.intp] | slice) -> History:
        """Some of the moments, in that order."""
        return History(*(values[which] for values in self))  # type: ignore[arg-type]

    def at(self, column: int) -> Moment:
        """The moment of a column. IndexError when it lies before the first or after the last."""
        i = column - int(self.column[0]) if len(self.column) else -1
        if not 0 <= i < len(self.column):
            raise IndexError(f"column {column} has no moment")
        signal = int(self.signal[i])
        return Moment(
            column=column,
            state=STATES[self.state[i]],
            since=int(self.since[i]),
            log_e_any=float(self.log_e_any[i]),
            log_e_two=float(self.log_e_two[i]),
            log_threshold=float(self.log_threshold[i]),
            carrying=tuple(int(k) for k in self.carrying[i] if k >= 0),
            fading=bool(self.fading[i]),
            start=int(self.start[i]),
            signal=None if signal < 0 else signal,
            reopened_before=int(self.reopened_before[i]),
            reopen=float(self.reopen[i]),
        )


def history_from(moments: Sequence[Moment], metrics: int, before: History | None = None) -> History:
    """The moments after those of `before` as one history; `metrics`: how many may carry."""
    carrying = np.full((len(moments), metrics), -1)
    for i, moment in enumerate(moments):
        carrying[i, : len(moment.carrying)] = moment.carrying
    further = {
        "column": np.array([m.column for m in moments], dtype=np.int64),
        "state": np.array([STATES.index(m.state) for m in moments], dtype=np.int64),
        "carrying": carrying,
        "fading": np.array([m.fading for m in moments], dtype=bool),
        "signal": np.array([-1 if m.signal is None else m.signal for m in moments], dtype=np.int64),
    }
    for name in ("since", "start", "reopened_before"):
        further[name] = np.array([getattr(m, name) for m in moments], dtype=np.int64)
    for name in ("log_e_any", "log_e_two", "log_threshold", "reopen"):
        further[name] = np.array([getattr(m, name) for m in moments], dtype=np.float64)
    if before is not None:
        further = {name: np.concatenate([getattr(before, name), values]) for name, values in further.items()}
    return History(**further)


def joined(parts: Sequence[History]) -> History:
    """The moments of several histories, at least one, one after the other."""
    return History(*map(np.concatenate, zip(*parts, strict=True)))


def packed(histories: Mapping[int, History]) -> dict[str, NDArray[Any]]:
    """The histories of several rows as a few arrays."""
    lengths = [len(one.column) for one in histories.values()]
    whole = {"rows": np.array(list(histories), dtype=np.int64), "lengths": np.array(lengths, dtype=np.int64)}
    return {**whole, **(joined(list(histories.values()))._asdict() if histories else {})}


def unpacked(arrays: Mapping[str, NDArray[Any]] | None) -> dict[int, History]:
    """What `packed` was given; nothing where nothing was."""
    if arrays is None or not len(arrays["rows"]):
        return {}
    whole = History(*(arrays[name] for name in History._fields))
    ends = np.cumsum(arrays["lengths"])
    cuts = zip(arrays["rows"].tolist(), (ends - arrays["lengths"]).tolist(), ends.tolist(), strict=True)
    return {row: whole.taken(slice(begin, end)) for row, begin, end in cuts}
