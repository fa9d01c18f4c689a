"""Gate 5: would the evidence still be there without any one of the segment's best accounts?"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gtm_metrics.signal.columns import Floats, refresh_clock
from gtm_metrics.signal.comparisons import Comparison, metric_evidence, run_of


@dataclass(frozen=True)
class AccountRows:
    """One metric's account rows of one segment, on the refresh clock: one entry a cell of an account.

    ahead  successes above the account's fair share of that week and band, in the better direction
    """

    account: NDArray[np.object_]
    column: NDArray[np.int64]
    band: NDArray[np.int64]
    trials: Floats
    successes: Floats
    ahead: Floats


@dataclass
class LeaveOneOut:
    """A dimension's account rows; None when it is judged without any. consulted: rows whose verdicts rest on some."""

    comparison: Comparison
    accounts: pd.DataFrame | None
    weeks: Sequence[Any]
    consulted: set[int] = field(default_factory=set, repr=False)
    _rows: dict[int, tuple[AccountRows, ...]] = field(default_factory=dict, repr=False)
    _paths: dict[tuple[int, int, tuple[str, ...]], Floats] = field(default_factory=dict, repr=False)

    def __call__(self, row: int, start: int, column: int) -> list[tuple[str, float]] | None:
        """(account, log e-value of "better on two" without it) for each top account of the segment at `column`."""
        if self.accounts is None:
            return None
        return leave_one_account_out(self, row, start, column)

    def consult(self, row: int, start: int, column: int) -> list[tuple[str, float]] | None:
        """The same, asked by a verdict: what it was told becomes part of what the column rests on."""
        if self.accounts is not None:
            self.consulted.add(row)
        return self(row, start, column)

    def hash_through(self, rows: Sequence[int], through: int) -> str:
        """A hash of all that is known of the rows' accounts in the first `through` columns."""
        parts = []
        for part in (part for row in sorted(rows) for part in self.rows(row)):
            known = part.column < through
            cells = (part.account, part.column, part.band, part.trials, part.successes)
            parts.append(tuple(values[known] for values in cells))
        return _hash_of_cells(parts)

    def rows(self, row: int) -> tuple[AccountRows, ...]:
        """The segment's account rows, metric by metric."""
        if row not in self._rows:
            self._rows[row] = tuple(self._of_metric(row, k) for k in range(len(self.comparison.metrics)))
        return self._rows[row]

    def top(self, row: int, start: int, column: int) -> list[str]:
        """Per metric the 3 accounts that are furthest ahead of their fair share since `start`, each named once."""
        names: dict[str, None] = {}
        for part in self.rows(row):
            counted = (part.column >= start) & (part.column <= column)
            codes, accounts = pd.factorize(part.account[counted], sort=True)
            ahead = np.bincount(codes, part.ahead[counted], len(accounts))
            order = np.argsort(-ahead, kind="stable")[: self.comparison.rules.top_accounts]
            names.update((str(accounts[i]), None) for i in order if ahead[i] > 0)
        return list(names)

    def path(self, row: int, start: int, without: Sequence[str]) -> Floats:
        """The segment's log e-value of "better on two" since `start` had these accounts never been; (column,)."""
        key = (row, start, tuple(sorted(without)))
        if key not in self._paths:
            run = self.comparison.run(row, start)
            better = run.log_e_better.copy()
            for k, part in enumerate(self.rows(row)):
                gone = np.isin(part.account.astype(str), key[2])
                if gone.any():
                    better[k] = self._without(row, start, k, part, gone)
            self._paths[key] = run_of(start, better, run.log_e_worse).log_e_two
        return self._paths[key]

    def _without(self, row: int, start: int, k: int, part: AccountRows, gone: NDArray[np.bool_]) -> Floats:
        metric = self.comparison.metrics[k]
        x, n = metric.x.copy(), metric.n.copy()
        place = (part.column[gone], part.band[gone])
        np.subtract.at(x[row], place, part.successes[gone])
        np.subtract.at(n[row], place, part.trials[gone])
        np.maximum(x[row], 0.0, out=x[row])
        np.maximum(n[row], x[row], out=n[row])
        better, _ = metric_evidence(replace(metric, x=x, n=n), start, [row], self.comparison.rules)
        return np.asarray(better[0])

    def _of_metric(self, row: int, k: int) -> AccountRows:
        metric, cells = self.comparison.metrics[k], self._cells(row, k)
        clock = refresh_clock(self.weeks)
        week = cells["week"].to_numpy().astype("datetime64[D]")
        column = ((week - clock[0]) // np.timedelta64(7, "D")).astype(np.int64) + metric.lag
        band = pd.Index(metric.bands).get_indexer(pd.Index(cells["band"])).astype(np.int64)
        inside = (column >= 0) & (column < clock.size) & (band >= 0)
        column, band = column[inside], band[inside]
        trials, successes = (cells[name].to_numpy(np.float64)[inside] for name in ("trials", "successes"))
        all_trials, all_successes = metric.n.sum(axis=0)[column, band], metric.x.sum(axis=0)[column, band]
        rate = np.divide(all_successes, all_trials, out=np.zeros_like(trials), where=all_trials > 0)
        ahead = metric.sign * (successes - trials * rate)
        return AccountRows(cells["account_id"].to_numpy(object)[inside], column, band, trials, successes, ahead)

    def _cells(self, row: int, k: int) -> pd.DataFrame:
        columns, frame = self.comparison.columns, self.accounts
        assert frame is not None
        wanted = (
            (frame["dimension"] == columns.dimension)
            & (frame["segment"] == columns.segments[row])
            & (frame["metric"] == columns.metrics[k].metric.name)
        )
        return frame[wanted]


def leave_one_account_out(accounts: LeaveOneOut, row: int, start: int, column: int) -> list[tuple[str, float]]:
    """(account, log e-value of "better on two" at `column` without it), one a top account, evidence since `start`.

    Per metric the 3 accounts with the largest cumulative O - E in the segment's favour, each removed singly from
    all metrics: from the segment, and from all trials and successes it was compared with.
    """
    return [
        (account, float(accounts.path(row, start, [account])[column])) for account in accounts.top(row, start, column)
    ]


def _hash_of_cells(parts: Iterable[tuple[NDArray[Any], ...]]) -> str:
    """A hash of account cells, each part's arrays of one length, whatever their order."""
    hashed = hashlib.blake2b(digest_size=16)
    for names, column, band, trials, successes in parts:
        text = names.astype(str)
        order = np.lexsort((band, column, text))
        hashed.update(repr(text[order].tolist()).encode())
        for values in (column, band, trials, successes):
            hashed.update(np.ascontiguousarray(values[order], dtype=np.float64).tobytes())
    return hashed.hexdigest()
