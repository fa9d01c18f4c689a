"""The dilution alarm: does the share of the work outside the segment rise again, by evidence and not by noise?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from gtm_metrics.estimates import FloatArray
from gtm_metrics.evidence import log_share_drift, share_dispersion
from gtm_metrics.weeks import WEEK, monday

KINDS = ("touches", "opened", "wins")
"""Work that is counted and watched; the amount of the pipeline stands beside it, for amounts are no counts."""
BEFORE_WEEKS, LEARNED_WEEKS, SETTLED_WEEKS, LATELY_WEEKS = 26, 52, 13, 13
"""Weeks before the decision that tell the share of that day, and the luck of weeks; weeks after it in which the work
settles; the last weeks, whose share is told."""
PROMISE = 0.05
"""The chance that anything is ever said to drift while nothing does, over all kinds of work and all weeks."""
RISE = 0.05
"""A proven drift rings while the share of the last weeks is higher by this much: five points."""
LUCK = 1.5
"""How much more luck a week is allowed than the year before the decision showed: of luck that lasts for weeks a year
holds few draws, and what it showed may be half too little."""


@dataclass(frozen=True)
class Drift:
    """One kind of work since the decision.

    before, before_n     share outside in the 26 weeks before the week of the decision, and of how many (the pipeline:
                         of which amount)
    settled, settled_n   in the first 13 weeks after it; None until they are over
    lately, lately_n     in the last 13 weeks, or as many as there are
    weeks                weeks since the decision
    log_e                evidence that the share rose, in logs of an e-value, after the last week; None for an amount
    needed               from which on it is proven
    rings, since         whether it rings, and the week (Monday) it has rung from
    rang                 the week it first rang in, whether or not it does now
    """

    what: str
    before: float | None
    before_n: float
    settled: float | None
    settled_n: float
    lately: float | None
    lately_n: float
    weeks: int
    log_e: float | None
    needed: float
    rings: bool
    since: date | None
    rang: date | None

    @property
    def base(self) -> float | None:
        """The share it is held against: the lower of the day's and the settled one."""
        known = [share for share in (self.before, self.settled) if share is not None]
        return min(known) if known else None


def watched_from(decided: date) -> date:
    """The first week (Monday) whose counts the alarm of a decision needs."""
    return monday(decided) - LEARNED_WEEKS * WEEK


def drifts(work: pd.DataFrame, decided: date) -> tuple[Drift, ...]:
    """Each kind of work that there is, in the order of KINDS, the pipeline's amount last.

    work   what | week | total | outside of `measures.dilution`, weeks in order and none left out, from `watched_from`
           on if there are so many

    Two comparisons, half of the stake on each: the weeks since the decision with the 26 before it, and those from
    the 14th on with the first 13: what was gained counts as what must be kept. By Ville's inequality any of the kinds
    is ever proven with chance at most PROMISE while no share rises. The decision's own week is on neither side.
    """
    found = []
    for what in (*KINDS, "pipeline"):
        frame = work[work["what"] == what]
        if len(frame):
            found.append(_drift(what, frame, decided))
    return tuple(found)


def running(work: pd.DataFrame) -> pd.DataFrame:
    """what | week | share: how much of the last 13 weeks' work of a kind went outside, from its 13th week on.

    work   as `drifts` takes it. The share is None where nothing was done in those weeks
    """
    parts = []
    for what, frame in work.groupby("what", sort=False):
        sums = frame[["total", "outside"]].rolling(LATELY_WEEKS).sum().iloc[LATELY_WEEKS - 1 :]
        shares = [o / n if n > 0 else None for n, o in zip(sums["total"], sums["outside"], strict=True)]
        weeks = frame["week"].iloc[LATELY_WEEKS - 1 :].reset_index(drop=True)
        parts.append(pd.DataFrame({"what": what, "week": weeks, "share": pd.Series(shares, dtype=object)}))
    empty = pd.DataFrame({"what": [], "week": pd.to_datetime([]), "share": []})
    return pd.concat(parts, ignore_index=True) if parts else empty


def _drift(what: str, frame: pd.DataFrame, decided: date) -> Drift:
    at = pd.Timestamp(monday(decided))
    before, since = frame[frame["week"] < at], frame[frame["week"] > at]
    day = before.iloc[-BEFORE_WEEKS:]
    over = len(since) >= SETTLED_WEEKS
    settled = since.iloc[:SETTLED_WEEKS] if over else since.iloc[:0]
    needed = math.log(len(KINDS) / PROMISE)
    log_e = None if what not in KINDS else _evidence(before, day, since)
    weeks = [each.date() for each in since["week"]]
    rings: list[bool] = []
    if log_e is not None:
        proven = np.maximum.accumulate(log_e) >= needed if len(log_e) else np.zeros(0, dtype=bool)
        rings = [bool(proven[i]) and _risen(day, since, i) for i in range(len(since))]
    sounding = bool(rings) and rings[-1]
    last_quiet = max((i for i, each in enumerate(rings) if not each), default=-1)
    return Drift(
        what,
        *_share(day),
        *_share(settled),
        *_share(since.iloc[-LATELY_WEEKS:]),
        len(since),
        None if log_e is None else float(log_e[-1]) if len(log_e) else 0.0,
        needed,
        sounding,
        weeks[last_quiet + 1] if sounding else None,
        weeks[rings.index(True)] if True in rings else None,
    )


def _evidence(before: pd.DataFrame, day: pd.DataFrame, since: pd.DataFrame) -> FloatArray:
    """log E after each week since."""
    x, n = since["outside"].to_numpy(), since["total"].to_numpy()
    luck = LUCK * share_dispersion(before["outside"], before["total"])
    of_day = log_share_drift(x, n, day["outside"], day["total"], luck)
    of_settled = np.zeros(len(x))
    if len(x) > SETTLED_WEEKS:
        first = slice(0, SETTLED_WEEKS)
        of_settled[SETTLED_WEEKS:] = log_share_drift(x[SETTLED_WEEKS:], n[SETTLED_WEEKS:], x[first], n[first], luck)
    return np.asarray(np.logaddexp(of_day, of_settled) - math.log(2))


def _risen(day: pd.DataFrame, since: pd.DataFrame, week: int) -> bool:
    """Whether the share of the last weeks, as of a week since the decision, lies well above what it is held against."""
    lately = _share(since.iloc[max(0, week + 1 - LATELY_WEEKS) : week + 1])[0]
    known = [_share(day)[0], _share(since.iloc[:SETTLED_WEEKS])[0] if week >= SETTLED_WEEKS else None]
    bases = [share for share in known if share is not None]
    return lately is not None and bool(bases) and lately >= min(bases) + RISE


def _share(weeks: pd.DataFrame) -> tuple[float | None, float]:
    total: Any = weeks["total"].sum()
    return (float(weeks["outside"].sum() / total) if total > 0 else None), float(total)
