"""What a segment's page says beside the signal: its word, mix or rate, and how far two segments are one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from gtm_metrics.funnel import MixOrRate
from gtm_metrics.metrics import Metric
from gtm_metrics.question import NOT_SET
from gtm_metrics.words.evidence import odds
from gtm_metrics.words.findings import Voice
from gtm_metrics.words.gates import as_day, pace
from gtm_metrics.words.numbers import Row, day, estimate, listed, weeks_to
from gtm_metrics.words.plain import escaped
from gtm_metrics.words.signal import COLOURS, MEANING, ON_SCREEN

SAME = "mostly the same accounts"
HALF = 0.5
LIKE_NOTE = (
    "The segment beside everyone else with the same value, all closed weeks, each compared with itself; the ratio is "
    "Mantel-Haenszel's with an interval of 95 % for one look. A lead that is gone among its like was not the segment's."
)
"""Footnote of the table of a lead among the segment's like."""
MIX_NOTE = (
    "Share of all deals and rate, before → now; then Kitagawa's two parts of the change in percentage "
    "points: by rate and by mix. They add up to it."
)
SHARED_NOTE = "Counted are all accounts known on the day asked for, customers or not."


def word(row: Row) -> str:
    """A verdict row as one line of Markdown: its word, since when, the evidence and what is needed."""
    said = ON_SCREEN[row["state"]]
    meaning = f"{MEANING[said][:1].upper()}{MEANING[said][1:]}"
    needed = f"; {row['threshold']:,.0f} to 1 is proof" if row["threshold"] is not None else ""
    return (
        f":{COLOURS.get(said, 'gray')}-badge[● **{said}**] since {day(as_day(row['since']))}. "
        f"{meaning}. Better than everyone else on two measures: {odds(row['log_e_two'])}{needed}. {pace(row)}"
    ).rstrip()


def not_watched(segment: str, dimensions: Sequence[str], crossed: bool, own: bool) -> str:
    """Why a segment has no word.

    dimensions   what the watched dimensions are called; own whether the segment's is one of them
    """
    those = listed([escaped(name) for name in dimensions])
    if crossed:
        return f"**Not watched.** Two dimensions crossed are not watched; {those} are, each by itself."
    if own and segment == NOT_SET:
        return "**Not watched.** Accounts without a value are part of everyone else and cannot win."
    if own:
        return f"**Not watched yet.** {Voice(True).name(segment)} has no trial in a week that is settled."
    if not those:
        return "**Not watched.** No dimension is."
    return (
        f"**Not watched.** The signal judges the segments of {those}; `[signal] dimensions` in gtm.toml names others, "
        "and each more to judge raises the line of proof for all."
    )


def moved(found: MixOrRate, metric: Metric, first_week: Any, last_week: Any) -> str:
    """How everyone's rate moved from the window before to this one, and which part of it is the mix (Markdown)."""
    if found.before is None or found.after is None or found.low is None or found.high is None:
        return f"Too early to say: {escaped(found.why)} in one of the two windows."
    before, after = (
        estimate(metric, value, n or 0)
        for value, n in ((found.before, found.trials_before), (found.after, found.trials_after))
    )
    change, rate, mix = parts(found)
    verb = "rose" if change > 0 else "fell" if change < 0 else "stayed"
    path = f"from {before} to **{after}**" if change else f"at {after}"
    said = f"Everyone's {metric.label.lower()} {verb} {path}, {weeks_to(first_week, last_week)} beside as many before"
    if not change:
        return f"{said}."
    why = (
        f"{points(rate)} points because segments themselves changed, {points(mix)} because other segments came in"
        if rate or mix
        else "neither part stands out"
    )
    luck = " No more than luck moves a rate." if found.low <= 0 <= found.high else ""
    return f"{said}: {why}.{luck}"


def parts(found: MixOrRate) -> tuple[int, int, int]:
    """(change, rate, mix) in tenths of a point, rounded so that the two parts add up to the change."""
    change, mix = round(1000 * (found.change or 0.0)), round(1000 * (found.mix or 0.0))
    return change, change - mix, mix


def points(tenths: int) -> str:
    """+1.2; −0.3; 0.0."""
    return f"{'+' if tenths > 0 else '−' if tenths < 0 else ''}{abs(tenths) / 10:.1f}"


def one_fact(found: pd.DataFrame) -> str:
    """Which segments are mostly the same accounts as this one, so that two signals would be one fact (Markdown).

    found   `measures.overlap`
    """
    names = [Voice(True).name(str(row["value"])) for row in found.to_dict("records") if the_same(row)]
    if not names:
        return "No other is mostly the same accounts: over half of both would have to be shared."
    return f"{listed(names)}: {SAME}, so what is said of one is said of the other."


def the_same(row: Row) -> bool:
    """Whether two segments are mostly the same accounts: over half of each lies in the other."""
    return bool(row["value"] != NOT_SET and row["of_segment"] > HALF and row["of_other"] > HALF)
