"""How strongly pins are tied: referrals, vouches, shared competitors and attributes, accounts in both. Pure.

A tie's weight from a to b is 1 - the product over the kinds of (1 - strength x part), so that every kind adds and none
is needed. Parts lie in 0 to 1:

    referrals    of those that somebody brought to b in 12 months, the share that came from a, drawn towards a's share
                 of all referrals by as much as 8 more referrals would; of fewer than 8, as much of it as there are
    vouched      one part a vouch or case study of a for b
    competitors  those that both meet more often than all others do, n / (n + 1): one that everybody meets ties nobody
    attributes   values that both hold more often than all others do, n / (n + 1)
    both         the share of b's accounts that are in a too
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gtm_metrics.alternatives import NOT_RECORDED, STATUS_QUO, named
from gtm_metrics.estimates import FloatArray, corrected, exact_p
from gtm_metrics.question import ALL

STRENGTH = {"referrals": 1.0, "vouched": 0.25, "competitors": 0.25, "attributes": 0.25, "both": 0.5}
"""What a full part of each kind makes of a tie: who brings accounts has shown it, the others may."""

LEAST_REFERRALS = 8
"""Referrals into a pin below which their shares count for as much as there are."""

Q, STANDS_OUT = 0.05, 1.2
"""A pin stands out in a value at q 0.05 over all that were tried, from 1.2 times the share of the other accounts."""


@dataclass(frozen=True)
class Ties:
    """Counts and weights between pins, rows and columns in the order of `names`; the diagonal of all but `referrals`
    is 0.

    referrals  a row's accounts brought a column's, own ones on the diagonal
    into       referrals into a pin, whoever brought them; everything: all referrals
    vouched    vouches and case studies of a row's for a column's
    competitors, attributes, both   how many they share
    rest       the weight without referrals: 1 - what referrals leave of it
    """

    names: tuple[str, ...]
    referrals: FloatArray
    into: FloatArray
    everything: float
    vouched: FloatArray
    competitors: NDArray[np.int64]
    attributes: NDArray[np.int64]
    both: NDArray[np.int64]
    rest: FloatArray

    @property
    def weight(self) -> FloatArray:
        """The weight from row to column, 0 to 1."""
        return weights(self.referrals, self.into, self.everything, self.rest)

    @property
    def across(self) -> int:
        """Referrals from one pin into another."""
        return int(self.referrals.sum() - np.trace(self.referrals))


def weights(referrals: FloatArray, into: FloatArray, everything: float, rest: FloatArray) -> FloatArray:
    """The weight from row to column, 0 to 1, of these referrals and the other kinds' weight."""
    part = _referral_part(referrals, into, everything)
    weight = 1 - (1 - STRENGTH["referrals"] * part) * (1 - rest)
    np.fill_diagonal(weight, 0.0)
    return np.clip(weight, 0.0, 1.0)


def _referral_part(referrals: FloatArray, into: FloatArray, everything: float) -> FloatArray:
    if everything <= 0:
        return np.zeros_like(referrals)
    across = referrals - np.diag(np.diag(referrals))
    usual = across.sum(axis=1, keepdims=True) / everything
    certain = np.minimum(1.0, into / LEAST_REFERRALS)
    return np.asarray(certain * (across + LEAST_REFERRALS * usual) / (into + LEAST_REFERRALS))


def ties_of(
    frames: Mapping[str, pd.DataFrame],
    names: Sequence[str],
    vouches: Sequence[tuple[str, str]] = (),
    status_quo: Sequence[str] = (),
) -> Ties:
    """The ties between the pins `names`, of the counted frames referrals, competitors, traits, both and shares.

    vouches   (from, to), one entry a vouch
    """
    at = {name: place for place, name in enumerate(names)}
    size = len(names)
    referrals, into, everything = _referrals(frames["referrals"], at)
    vouched = np.zeros((size, size))
    for giver, taker in vouches:
        if giver in at and taker in at and giver != taker:
            vouched[at[giver], at[taker]] += 1
    # staying as they are is no competitor that two markets have in common
    shared = _shared(_rivals(frames["competitors"], status_quo), at, but=STATUS_QUO)
    alike = _shared(frames["traits"], at)
    both = np.zeros((size, size), dtype=np.int64)
    for a, b, n in frames["both"][["a", "b", "n"]].itertuples(index=False):
        if a in at and b in at:
            both[at[a], at[b]] = n
    for counts in (shared, alike, both):
        np.fill_diagonal(counts, 0)
    accounts = _accounts(frames["shares"], at)
    inside = np.divide(both, accounts, out=np.zeros((size, size)), where=accounts > 0)
    left = (1 - STRENGTH["vouched"]) ** vouched
    left = left * (1 - STRENGTH["competitors"] * shared / (shared + 1))
    left = left * (1 - STRENGTH["attributes"] * alike / (alike + 1))
    left = left * (1 - STRENGTH["both"] * np.minimum(1.0, inside))
    return Ties(tuple(names), referrals, into, everything, vouched, shared, alike, both, 1 - left)


def _referrals(frame: pd.DataFrame, at: Mapping[str, int]) -> tuple[FloatArray, FloatArray, float]:
    found, into, everything = np.zeros((len(at), len(at))), np.zeros(len(at)), 0.0
    for a, b, n in frame[["a", "b", "n"]].itertuples(index=False):
        if a in at and b in at:
            found[at[a], at[b]] = n
        elif a == ALL and b in at:
            into[at[b]] = n
        elif a == b == ALL:
            everything = float(n)
    return found, into, everything


def _accounts(frame: pd.DataFrame, at: Mapping[str, int]) -> FloatArray:
    found = np.zeros(len(at))
    for name, n in zip(frame["pin"], frame["accounts"], strict=True):
        if name in at:
            found[at[name]] = n
    return found


def _rivals(frame: pd.DataFrame, status_quo: Sequence[str]) -> pd.DataFrame:
    """pin | dimension | value | n: deals by the alternative on record, as values of one more dimension."""
    called = named(frame, status_quo) if len(frame) else frame.assign(alternative="")
    counts: Counter[tuple[str, str]] = Counter()
    for row in called[called["alternative"] != NOT_RECORDED].to_dict("records"):
        counts[row["pin"], row["alternative"]] += int(row["n"])
    rows = [(pin, "competitor", name, n) for (pin, name), n in counts.items()]
    return pd.DataFrame(rows, columns=["pin", "dimension", "value", "n"])


def _shared(frame: pd.DataFrame, at: Mapping[str, int], but: str = "") -> NDArray[np.int64]:
    """How many values two pins both hold more often than the other accounts or deals do, beyond luck.

    frame   pin | dimension | value | n, "(all)" for everyone
    but     a value that is tried and not counted
    """
    counted = {(r[1], r[2], r[0]): int(r[3]) for r in frame[["pin", "dimension", "value", "n"]].itertuples(index=False)}
    values = sorted({key[:2] for key in counted})
    if not values:
        return np.zeros((len(at), len(at)), dtype=np.int64)
    whole: Counter[tuple[str, str]] = Counter()
    for (dimension, _, pin), held in counted.items():
        whole[dimension, pin] += held

    def counts(of: Sequence[str], dimension: bool) -> NDArray[np.int64]:
        each = [[whole[v[0], pin] if dimension else counted.get((*v, pin), 0) for v in values] for pin in of]
        return np.array(each, dtype=np.int64)

    x, n = counts(list(at), False), counts(list(at), True)
    m, N = counts([ALL], False), counts([ALL], True)
    p = np.asarray(exact_p(x, n, N, m))
    q = corrected(p)
    with np.errstate(divide="ignore", invalid="ignore"):
        times = (x / n) / ((m - x) / (N - n))
    out = (q <= Q) & (times >= STANDS_OUT) & np.array([value[1] != but for value in values])
    return np.asarray(out.astype(np.int64) @ out.T.astype(np.int64))
