"""What came of tightening, in sentences: the dilution alarm, what grew more than elsewhere, mix or rate."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import pandas as pd

from gtm_metrics.funnel import MixOrRate
from gtm_metrics.metrics import METRICS, Metric
from gtm_metrics.tightening import LATELY_WEEKS, PROMISE, RISE, Drift
from gtm_metrics.words.evidence import odds, spoken
from gtm_metrics.words.findings import Voice
from gtm_metrics.words.numbers import NO_BREAK, Row, count, day, listed, percent

WORK = {"touches": "first touches", "opened": "deals opened", "wins": "deals won", "pipeline": "pipeline"}
"""What each kind of work is called in a sentence."""


PROFILE = "the profile"
"""What the ideal profile that is kept is called where a segment has its name."""
UNDECIDED = (
    "Nobody has decided to tighten yet",
    "Decide on the first tab, or keep a profile on Best-fit customers. From the first whole week after it, this page "
    "watches whether the work drifts out of it again, and sets the measures of the segment beside everyone else's, "
    "before and since.",
)
AWAY = (
    "What came of the decision is not known now",
    "The warehouse does not answer; the decision itself is among the decisions of the first tab.",
)
"""Title and paragraph where there is nothing to follow."""
READING = (
    "Before: the half year before the week of the decision. Since: the whole weeks after it that are settled. Odds "
    "grew: how many times the segment's odds grew as much as everyone else's in the same weeks, with its 95 % "
    "interval; above 1 is better but for churn. What lifts all alike is no merit of the decision."
)
"""How to read what moved."""


def title(found: Sequence[Drift], segment: str) -> str:
    """How much of the work goes outside the segment now and before, in at most fifteen words, nothing bold."""
    name = Voice(True).name(segment)
    ringing = [each for each in found if each.rings]
    if ringing:
        worst = max(ringing, key=lambda each: each.log_e or 0.0)
        return f"Diluted: {percent(worst.lately, 0)} of {WORK[worst.what]} go outside {name} again"
    told = next((each for each in found if each.lately is not None and each.before is not None), None)
    if told is None:
        return f"Tightened on {name}: the first whole week is not over"
    shares = f"{percent(told.lately, 0)} of {WORK[told.what]} go outside {name}"
    return f"{shares}, {percent(told.before, 0)} did before"


def drifting(found: Iterable[Drift], segment: str, on: date, markdown: bool = True) -> str:
    """The alarm in sentences: what drifts out of the segment and since when, or that nothing is proven to."""
    name = Voice(markdown).name(segment)
    watched = [each for each in found if each.log_e is not None]
    ringing = [each for each in watched if each.rings]
    if not watched:
        return "The dilution alarm has nothing to watch: neither touches nor deals are connected."
    if not ringing:
        weeks = max(each.weeks for each in watched)
        if not weeks:
            return f"The dilution alarm begins with the first whole week after {day(on)}."
        back = [f"{WORK[each.what]} rang from {day(each.rang)} and came back" for each in watched if each.rang]
        name_it = f"no share of the work outside {name} has risen by more than luck explains"
        held = f"In {count(weeks, 'week')} since {day(on)} {name_it}."
        return f"Holding again: {listed(back)}. {held}" if back else f"{held}{_not_yet(watched)}"
    said = [
        f"{percent(each.lately, 0)} of {WORK[each.what]} in the last {LATELY_WEEKS} weeks went outside {name}, "
        f"{percent(each.base, 0)} {_base(each, on)}"
        for each in ringing
    ]
    since = min(each.since for each in ringing if each.since)
    best = max(each.log_e or 0.0 for each in ringing)
    return f"Diluted since the week of {day(since)}: {'; '.join(said)}. Evidence {odds(best)} against luck."


def _not_yet(watched: Sequence[Drift]) -> str:
    """Whether the work has moved into the segment at all, where that can be told."""
    known = [(each.before, each.lately) for each in watched if each.before is not None and each.lately is not None]
    if not known or any(before - lately >= RISE for before, lately in known):
        return ""
    return f" Nor has any fallen by {100 * RISE:.0f} points: the work has not been tightened yet."


def _base(found: Drift, on: date) -> str:
    """What the share is held against."""
    if found.settled is not None and found.base == found.settled:
        return f"in the first 13 weeks after {day(on)}"
    return f"in the half year before {day(on)}"


def drift_described(shares: pd.DataFrame, found: Sequence[Drift], on: date) -> str:
    """Kind by kind, the share outside before, in the first 13 weeks since, and in the last 13."""
    told = []
    for each in found:
        if each.log_e is None or each.lately is None:
            continue
        parts = [
            f"{percent(share, 0)} {when}"
            for share, when in ((each.before, "in the half year before"), (each.settled, "in the first 13 weeks since"))
            if share is not None
        ]
        told.append(f"{WORK[each.what]} {', '.join([*parts, f'{percent(each.lately, 0)} in the last 13'])}")
    weeks = shares["week"].nunique()
    head = f"Share of the work outside, {count(weeks, 'week')}; decided {day(on)}."
    return f"{head} {'; '.join(told)}." if told else f"{head} Nothing to set beside it yet."


def promise(found: Sequence[Drift]) -> str:
    """What the alarm promises, and the size it takes."""
    needed = next((math.exp(each.needed) for each in found), 0.0)
    return (
        f"Rings when the evidence that a share rose reaches {needed:,.0f} to 1 and the last {LATELY_WEEKS} weeks lie "
        f"{100 * RISE:.0f} points higher or more. Looked at every week, on all kinds of work, it rings falsely in at "
        f"most 1 company in {round(1 / PROMISE)}. Amounts are shown and not tested."
    )


def did_it_work(frame: pd.DataFrame, segment: str, metrics: Sequence[Metric] = METRICS) -> str:
    """What of the segment moved more or less than everyone else's since the decision, in a sentence.

    frame   rows of `tightening.worked`, of every metric
    """
    name = Voice(True).name(segment)
    mine = [row for row in frame.to_dict("records") if row["segment"] == segment]
    told = [row for row in mine if row["standing"]]
    if not told:
        return f"Whether {name} has gained on everyone else cannot be told yet: too few weeks are settled since."
    more, less = (
        [spoken(str(row["metric"]), metrics) for row in told if row["standing"] == side] for side in ("more", "less")
    )
    parts = [f"gained on everyone else in {listed(more)}"] if more else []
    parts += [f"fell back in {listed(less)}"] if less else []
    if not parts:
        all_of = "the one measure" if len(told) == 1 else f"all {len(told)} measures"
        return f"{name} moved as everyone else did, within luck, on {all_of} that can be told."
    return f"Since the decision {name} {' and '.join(parts)}."


def part(then: Mapping[str, Row], now: Mapping[str, Row], name: str, on: date) -> str:
    """The segment's part of the customers and of ARR, on the day of the decision and now; '' where neither is known.

    then, now   customers, share_of_arr -> its row of `measures.values`: value and rest_value, where there is one
    """
    said = []
    for what, label in (("customers", "of the customers"), ("share_of_arr", "of ARR")):
        shares = [_share_of(rows.get(what), what) for rows in (then, now)]
        if None not in shares:
            said.append(f"{percent(shares[1], 0)} {label} ({percent(shares[0], 0)} on {day(on)})")
    return f"{name} is {listed(said)}." if said else ""


def _share_of(row: Row | None, what: str) -> float | None:
    if row is None or row["value"] is None:
        return None
    if what == "share_of_arr":
        return float(row["value"])
    every = row["value"] + (row["rest_value"] or 0)
    return float(row["value"] / every) if every else None


def mix(found: Iterable[MixOrRate], metrics: Sequence[Metric] = METRICS) -> str:
    """How much of the company's change came of meeting other segments, and how much of doing better in them."""
    said = []
    for each in found:
        if each.change is None or each.mix is None or each.rate is None or each.low is None or each.high is None:
            continue
        if each.low <= 0 <= each.high:
            continue
        moved, of = (f"{100 * abs(part):.1f} points" for part in (each.change, each.mix))
        said.append(f"{spoken(each.metric, metrics)} {_way(each.change)} {moved}, {of} of it {_by(each)}")
    if not said:
        return "The company's own rates have not moved by more than luck explains."
    return f"In the whole company {'; '.join(said)}."


def _way(change: float) -> str:
    return "rose by" if change > 0 else "fell by"


def _by(found: MixOrRate) -> str:
    assert found.mix is not None
    assert found.change is not None
    return "by its mix" if found.mix * found.change >= 0 else "against its mix"


def points(change: float | None) -> str:
    """+4.2 points."""
    return "" if change is None else f"{100 * change:+.1f}{NO_BREAK}points".replace("-", "−")
