"""Won, lost and no decision against each alternative, the status quo one of them, over all and by segment."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gtm_metrics.estimates import corrected, exact_p, mantel_haenszel_interval, wilson
from gtm_metrics.question import ALL

STATUS_QUO = "Status quo"
NOT_RECORDED = "(not recorded)"
ALL_ALTERNATIVES = "(all)"
OUTCOMES = ("won", "lost", "no_decision")

BENCHMARK = 0.40
"""Share of B2B deals that end in no decision: about 40 % (Dunford); 40-60 % in Dixon and McKenna, The JOLT Effect
(2022)."""

Q = 0.01
"""Of the differences told on a day at most this share is expected to be luck (Benjamini and Hochberg 1995). At 0.01
about one company in ten that looks every Monday of a year is told of an alternative by luck; at 0.05 one in two."""

COLUMNS = (
    "segment", "alternative", "won", "lost", "no_decision", "decided", "close_rate", "low", "high", "rest_won",
    "rest_decided", "ratio", "ratio_low", "ratio_high", "p", "q", "tried", "status",
)  # fmt: skip


def folded(name: str) -> str:
    """A name without regard to case, signs and spaces: "In-House " and "in house" are one."""
    return " ".join(re.sub(r"[\W_]+", " ", name.casefold()).split())


def named(frame: pd.DataFrame, status_quo: Iterable[str]) -> pd.DataFrame:
    """The frame with `alternative` in place of `competitor`: "Status quo" where one of the words stands in it whole,
    "(not recorded)" where nothing is on record, else the most frequent spelling of the name.

    frame   competitor | n and any other columns
    """
    words = [f" {folded(word)} " for word in status_quo]
    spelled: dict[str, Counter[str]] = {}
    for name, n in zip(frame["competitor"], frame["n"], strict=True):
        if isinstance(name, str) and name.strip():
            spelled.setdefault(folded(name) or name.strip(), Counter())[" ".join(name.split())] += int(n)

    def alternative(name: Any) -> str:
        if not isinstance(name, str) or not name.strip():
            return NOT_RECORDED
        key = folded(name) or name.strip()
        if any(word in f" {key} " for word in words):
            return STATUS_QUO
        return min(spelled[key].items(), key=lambda each: (-each[1], each[0]))[0]

    return frame.assign(alternative=[alternative(name) for name in frame["competitor"]]).drop(columns="competitor")


def alternatives(frame: pd.DataFrame, minimum: int, q: float = Q) -> pd.DataFrame:
    """A row an alternative over all segments, then a row an alternative and segment: COLUMNS.

    frame    segment | alternative | outcome | n, as `named` gives it
    rest     over all: the deals against every other alternative on record; of a segment: those against the same
             alternative in the other segments. ratio is the close rate over theirs, with its 95 % interval
    p, q     exact, of so uneven a split by luck; q corrects p for all `tried` rows of its kind (Benjamini-Hochberg), so
             that no winner is picked out of noise: those over all are one kind, those of segments the other, so that
             what is said of an alternative does not hang on the dimension it is looked at by
    status   ahead or behind (q at most `q`), not_apart, too_early (fewer than `minimum` on either side: not tried, no
             rate where the row itself has fewer), not_compared ("(all)", "(not recorded)", or nothing to set beside)
    "(all)" stands first, alternatives follow by their deals, "(not recorded)" last.
    """
    order = _order(frame)
    everyone, rows = _counts(frame, ["alternative"]), []
    recorded = _added(everyone, (key for key in everyone if key != (NOT_RECORDED,)))
    rows.append(_row(ALL, ALL_ALTERNATIVES, _added(everyone, everyone), None))
    for name in order:
        mine = everyone[(name,)]
        rows.append(_row(ALL, name, mine, None if name == NOT_RECORDED else recorded - mine))
    cells = _counts(frame, ["segment", "alternative"])
    for segment in sorted({key[0] for key in cells}):
        if segment == "":
            continue
        rows.append(_row(segment, ALL_ALTERNATIVES, _added(cells, (k for k in cells if k[0] == segment)), None))
        for name in order:
            if (segment, name) in cells:
                mine = cells[segment, name]
                rows.append(_row(segment, name, mine, None if name == NOT_RECORDED else everyone[(name,)] - mine))
    return _judged(rows, minimum, q)


def _order(frame: pd.DataFrame) -> list[str]:
    counted = frame.groupby("alternative")["n"].sum()
    return sorted(counted.index, key=lambda name: (name == NOT_RECORDED, -int(counted[name]), name))


def _counts(frame: pd.DataFrame, by: list[str]) -> dict[tuple[str, ...], np.ndarray]:
    """Group -> (won, lost, no decision)."""
    found: dict[tuple[str, ...], np.ndarray] = {}
    for row in frame.to_dict("records"):
        key = tuple(str(row[name]) for name in by)
        found.setdefault(key, np.zeros(3, dtype=np.int64))[OUTCOMES.index(row["outcome"])] += int(row["n"])
    return found


def _added(counts: dict[tuple[str, ...], np.ndarray], keys: Iterable[tuple[str, ...]]) -> np.ndarray:
    return sum((counts[key] for key in keys), np.zeros(3, dtype=np.int64))


def _row(segment: str, name: str, mine: np.ndarray, rest: np.ndarray | None) -> dict[str, Any]:
    won, lost, no_decision = (int(n) for n in mine)
    compared = rest is not None and rest.sum() > 0
    return {
        "segment": segment,
        "alternative": name,
        "won": won,
        "lost": lost,
        "no_decision": no_decision,
        "decided": won + lost + no_decision,
        "rest_won": int(rest[0]) if rest is not None and compared else None,
        "rest_decided": int(rest.sum()) if rest is not None and compared else None,
    }


def _judged(rows: list[dict[str, Any]], minimum: int, q: float) -> pd.DataFrame:
    for row in rows:
        row["status"] = "not_compared" if row["rest_decided"] is None else "too_early"
        if row["decided"] >= minimum:
            low, high = wilson(row["won"], row["decided"])
            row |= {"close_rate": row["won"] / row["decided"], "low": float(low), "high": float(high)}
    for kind in (True, False):
        mine = [row for row in rows if (row["segment"] == ALL) == kind]
        tried = [row for row in mine if min(row["decided"], row["rest_decided"] or 0) >= minimum]
        _compare(tried, q)
        for row in mine:
            row["tried"] = len(tried)
    return pd.DataFrame({name: pd.Series([row.get(name) for row in rows], dtype=object) for name in COLUMNS})


def _compare(tried: list[dict[str, Any]], q: float) -> None:
    """Fills in ratio, p, q and status of rows that are tried together."""
    names = ("won", "decided", "rest_won", "rest_decided")
    x, n, rest_x, rest_n = (np.array([row[name] for row in tried], dtype=np.int64) for name in names)
    both_n, both_x = n + rest_n, x + rest_x
    ends = mantel_haenszel_interval(x[:, None], n[:, None], both_n[:, None], both_x[:, None])
    ps = exact_p(x, n, both_n, both_x)
    for i, (row, p, corrected_p) in enumerate(zip(tried, ps, corrected(ps).tolist(), strict=True)):
        ahead = x[i] * rest_n[i] > rest_x[i] * n[i]
        row |= dict(zip(("ratio", "ratio_low", "ratio_high"), (_finite(end[i]) for end in ends), strict=True))
        row |= {"p": float(p), "q": corrected_p}
        row["status"] = "not_apart" if corrected_p > q else "ahead" if ahead else "behind"


def _finite(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None


@dataclass(frozen=True)
class Losses:
    """Where decided deals went. A deal that ended in no decision was lost to the status quo, whoever else competed.

    to_status_quo   no decision, and lost where the alternative on record was the status quo
    to_rivals       lost where a rival is on record
    unknown         lost with no alternative on record: nobody's, never guessed
    """

    won: int
    lost: int
    no_decision: int
    to_status_quo: int
    to_rivals: int
    unknown: int

    @property
    def not_won(self) -> int:
        """Lost and no decision."""
        return self.lost + self.no_decision

    @property
    def decided(self) -> int:
        """All of them."""
        return self.won + self.not_won


def losses(rows: pd.DataFrame) -> Losses:
    """The Losses of `alternatives`."""
    overall = [row for row in rows.to_dict("records") if row["segment"] == ALL]
    total = next(row for row in overall if row["alternative"] == ALL_ALTERNATIVES)
    lost = {row["alternative"]: row["lost"] for row in overall if row["alternative"] != ALL_ALTERNATIVES}
    quo, unknown = lost.get(STATUS_QUO, 0), lost.get(NOT_RECORDED, 0)
    return Losses(
        total["won"],
        total["lost"],
        total["no_decision"],
        total["no_decision"] + quo,
        total["lost"] - quo - unknown,
        unknown,
    )


@dataclass(frozen=True)
class Finding:
    """What the table comes to: the losses, and of the alternatives credibly apart from the others the one that beats
    us most and least; None where none is."""

    losses: Losses
    beats_us_most: dict[str, Any] | None
    beats_us_least: dict[str, Any] | None


def finding(rows: pd.DataFrame) -> Finding:
    """The Finding of `alternatives`."""
    overall = [{str(k): v for k, v in row.items()} for row in rows.to_dict("records") if row["segment"] == ALL]
    behind = [row for row in overall if row["status"] == "behind"]
    ahead = [row for row in overall if row["status"] == "ahead"]
    return Finding(
        losses(rows),
        min(behind, key=lambda row: row["close_rate"], default=None),
        max(ahead, key=lambda row: row["close_rate"], default=None),
    )


def trust(frame: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """missing | n | of | share | low | high: of the deals not won, those that say no reason, and no alternative.

    frame   alternative | outcome | n | no_reason, as `named` gives it; below `minimum` deals there is no share
    """
    not_won = frame[frame["outcome"] != "won"]
    of = int(not_won["n"].sum())
    silent = {
        "no reason": int(not_won["no_reason"].sum()),
        "no alternative": int(not_won.loc[not_won["alternative"] == NOT_RECORDED, "n"].sum()),
    }
    rows = []
    for missing, n in silent.items():
        low, high = wilson(n, of) if of >= minimum else (None, None)
        ends = {} if low is None or high is None else {"share": n / of, "low": float(low), "high": float(high)}
        rows.append({"missing": missing, "n": n, "of": of, **ends})
    names = ("missing", "n", "of", "share", "low", "high")
    return pd.DataFrame({name: pd.Series([row.get(name) for row in rows], dtype=object) for name in names})
