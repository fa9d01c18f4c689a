"""Mix or rate: whether a company's rate moved because its segments did, or because it met other segments. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from gtm_metrics.estimates import FloatArray, wilson
from gtm_metrics.funnel.pools import object_frame, or_none
from gtm_metrics.funnel.segments import Segment, checked, segments_of
from gtm_metrics.metrics import Metric
from gtm_metrics.question import Tally

PART_COLUMNS = ("segment", "share_before", "share_after", "rate_before", "rate_after", "mix", "rate")


@dataclass(frozen=True)
class MixOrRate:
    """How a rate moved from one window to another, in two parts that add up: change = mix + rate.

    before, after  successes / trials of everyone in each window, with their trials; a customer-week or a call is a
                   trial here as elsewhere, so churn is a weekly hazard and calls are understanding per call
    change         after - before, with its 95 % interval `low`, `high`: Newcombe's hybrid score (1998, method 10)
    mix            what the change would have been had no segment changed, and only their shares of trials
    rate           had the shares stayed, and only the segments' own rates changed
    parts          PART_COLUMNS, a row a segment that has trials in either window; mix and rate of the rows add up to
                   the two. rate_before and rate_after are None below the metric's minimum
    status, why    ok; too_early with the counts where a window has fewer trials than the minimum, all else None
                   and parts empty; or a tally's own
    """

    metric: str
    trials_before: int | None
    trials_after: int | None
    before: float | None
    after: float | None
    change: float | None
    low: float | None
    high: float | None
    mix: float | None
    rate: float | None
    parts: pd.DataFrame
    status: str
    why: str


def mix_or_rate(before: Tally, after: Tally, metric: Metric) -> MixOrRate:
    """Kitagawa's two components of the difference between two rates (JASA 50, 1955, 1168-1194).

    With shares s and rates r of segments, R = sum s r, and means taken over the two windows:
    rate = sum mean(s) (r2 - r1), mix = sum (s2 - s1) (mean(r) - mean(R)). They add up to R2 - R1 without an
    interaction left over. Taking mean(R) off changes no total, as the shares' changes add up to 0, and lets a
    segment's part be read: above 0 where more of a better segment came in, or less of a worse. A segment without
    trials in one window has no rate of its own to have changed: there it is given the other window's, so all it
    adds is mix. Counted are closed weeks; "(not set)" is a segment. Raises ValueError when the tallies count
    another metric or segment differently.
    """
    checked(before, metric)
    checked(after, metric)
    if not before.question.by or before.question.by != after.question.by:
        raise ValueError(f"the windows are segmented by {list(before.question.by)} and {list(after.question.by)}")
    for tally in (before, after):
        if tally.status != "ok":
            return _none(metric, None, None, tally.status, tally.why)
    names, n, x = _counts(before, after)
    totals = n.sum(axis=1)
    if (totals < metric.minimum).any():
        counts = [int(total) for total in totals]
        why = f"{min(counts):,} of {metric.minimum:,} {metric.unit}"
        return _none(metric, counts[0], counts[1], "too_early", why)
    shares = n / totals[:, None]
    rates = np.divide(x, n, out=np.full(n.shape, np.nan), where=n > 0)
    rates = np.where(np.isnan(rates), rates[::-1], rates)
    overall = x.sum(axis=1) / totals
    of_rate = shares.mean(axis=0) * (rates[1] - rates[0])
    of_mix = (shares[1] - shares[0]) * (rates.mean(axis=0) - overall.mean())
    change = float(overall[1] - overall[0])
    low, high = _difference(x.sum(axis=1), totals)
    shown = np.where(n >= metric.minimum, rates, np.nan)
    parts = object_frame(
        {
            "segment": names,
            "share_before": shares[0].tolist(),
            "share_after": shares[1].tolist(),
            "rate_before": or_none(shown[0]),
            "rate_after": or_none(shown[1]),
            "mix": of_mix.tolist(),
            "rate": of_rate.tolist(),
        }
    )
    mix = float(of_mix.sum())
    return MixOrRate(
        metric.name,
        int(totals[0]),
        int(totals[1]),
        float(overall[0]),
        float(overall[1]),
        change,
        low,
        high,
        mix,
        change - mix,
        parts,
        "ok",
        "",
    )


def _counts(before: Tally, after: Tally) -> tuple[list[str], FloatArray, FloatArray]:
    """Segments of either window in row order, and their trials and successes, shape (2, segments)."""
    found: list[tuple[tuple[Segment, ...], pd.DataFrame]] = []
    for tally in (before, after):
        segments, coded = segments_of(tally)
        found.append((segments, coded.closed.groupby("code")[["trials", "successes"]].sum()))
    named: dict[str, bool] = {}
    for segments, counts in found:
        named |= {segments[code].name: segments[code].named for code in counts.index[counts["trials"] > 0]}
    names = sorted(named, key=lambda name: (not named[name], name))
    tables = [
        counts.set_axis([segments[code].name for code in counts.index]).reindex(names, fill_value=0)
        for segments, counts in found
    ]
    n, x = (
        np.array([table[column].to_numpy(dtype=np.float64) for table in tables]) for column in ("trials", "successes")
    )
    return names, n, x


def _difference(successes: FloatArray, trials: FloatArray) -> tuple[float, float]:
    """95 % interval of the second rate minus the first, of Wilson's ends (Newcombe 1998, method 10)."""
    rate = successes / trials
    low, high = wilson(successes, trials)
    apart = rate[1] - rate[0]
    below = np.hypot(rate[1] - low[1], high[0] - rate[0])
    above = np.hypot(high[1] - rate[1], rate[0] - low[0])
    return float(apart - below), float(apart + above)


def _none(metric: Metric, trials_before: int | None, trials_after: int | None, status: str, why: str) -> MixOrRate:
    parts = object_frame({name: [] for name in PART_COLUMNS})
    told = (metric.name, trials_before, trials_after)
    return MixOrRate(*told, None, None, None, None, None, None, None, parts, status, why)
