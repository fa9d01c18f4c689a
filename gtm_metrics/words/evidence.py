"""What stands in and under the drawings of the evidence, and the same drawings as text."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date

import pandas as pd

from gtm_metrics.metrics import METRICS, Metric
from gtm_metrics.words.numbers import Row, count, day, times
from gtm_metrics.words.plain import enumerated, named

LEAST = math.log(1.5)
"""Log evidence below which there is none to speak of."""
RACE_TITLE = "The evidence, week by week"
RACE_CAPTION = "that a segment beats everyone else on at least two measures"
STAGES_TITLE = "Ahead of everyone else, week by week"
ANYTIME_CAPTION = "times the rest, with its interval as it stood each week"
KEY = (("ahead", "ahead"), ("behind", "behind"), ("level", "level"), ("none", "no data"))
"""How a week stands, and what the key of the strip calls it."""
SHORT = {
    "response_rate": "response",
    "calls_to_understanding": "calls",
    "won_in_time": "close",
    "close_rate": "close",
    "churn": "churn",
    "reached_opportunity": "opportunity",
    "advanced": "advance",
}
"""A metric in one word, where four stand in a line; its label in lower case for one that is not listed."""
SPOKEN = {
    "response_rate": "response",
    "calls_to_understanding": "calls to understanding",
    "won_in_time": "deals won in time",
    "close_rate": "close rate",
    "churn": "churn",
    "reached_opportunity": "reaching an opportunity",
    "advanced": "advancing",
}
"""A metric as one says it in a sentence: a lead on ..."""
READING_SIGNAL = {
    "race": "A line: what had been won by a fair bet that a segment beats everyone else in the same weeks on at least "
    "two measures (an e-value, on a log scale: some 10 to 1, strong 1,000 to 1, overwhelming 100,000 to 1). Green: "
    "proven; grey: every other watched segment. Dashed: proof.",
    "stages": "A cell: one week of one measure beside everyone else in that week. Full: ahead; low: behind; dash: "
    "level; dot: no data. A single week proves nothing; many in a row are what the evidence counts.",
    "anytime": "Line: times the rest, weeks compared with themselves; band: the interval of 95 % that may be looked at "
    "every week (wider than one that may be looked at once). Dashed: everyone else in the same weeks.",
    "board": "Evidence: what a fair bet on a segment beating everyone else in the same weeks on two measures had won "
    "(some 10 to 1, strong 1,000 to 1). Green: proven; dashed: proof. A full cell: ahead in that week; low: behind; "
    "dash: level; dot: no data.",
}
"""How to read a drawing of the evidence, by the name of its idea."""


def short(metric: str, metrics: Sequence[Metric] = METRICS) -> str:
    """A metric's one word: "response", "calls", "close", "churn"."""
    label = next((each.label.lower() for each in metrics if each.name == metric), metric)
    return SHORT.get(metric, label)


def spoken(metric: str, metrics: Sequence[Metric] = METRICS) -> str:
    """A metric in a sentence: "calls to understanding", "deals won in time"."""
    return SPOKEN.get(metric, short(metric, metrics))


def told_of_measures(text: str, metrics: Sequence[Metric] = METRICS) -> str:
    """A sentence of the judge as one says it: metrics are measures, and have the names that go into a sentence."""
    for metric in sorted(metrics, key=lambda each: -len(each.label)):
        here = rf"(?<![^\s(]){re.escape(metric.label)}(?=[\s,;:)]|$)"
        text = re.sub(here, spoken(metric.name, metrics), text)
    return re.sub(r"\bmetric(s?)\b", r"measure\1", text)


def odds(log_e: float | None) -> str:
    """An e-value as the odds it pays: 230 to 1; below even odds "nothing so far".

    Two significant figures: the third says nothing.
    """
    if log_e is None or math.isnan(log_e) or log_e < LEAST:
        return "nothing so far"
    if log_e >= math.log(1e6):
        return "over a million to 1"
    value = math.exp(log_e)
    places = 1 - math.floor(math.log10(value))
    return f"{round(value, min(places, 0)):,.0f} to 1"


def proof_label(who: str, segments: int) -> str:
    """What stands on a line of proof. who: 'all', or 'thesis' and 'others' where one segment was named in advance."""
    if who == "thesis":
        return "proof for the thesis: named in advance, looked at every week"
    counted = "one segment" if segments == 1 else f"{segments:,} segments"
    if who == "others":
        return f"proof for the others: allows for {counted}"
    return f"proof: allows for {counted} and for looking every week"


def race_described(frame: pd.DataFrame, subject: tuple[str, str] | None, segments: int) -> str:
    """The newest evidence of every segment, the strongest first, beside what it needs."""
    rows = [row for row in frame.to_dict("records") if row["log_e_two"] is not None and not pd.isna(row["log_e_two"])]
    head = f"{RACE_TITLE}, {RACE_CAPTION}, {count(segments, 'segment')} allowed for."
    if not rows:
        return f"{head} {'One measure is connected; it takes two' if len(frame) else 'No week is frozen yet'}."
    newest = max(pd.Timestamp(row["week"]) for row in rows)
    last = sorted((row for row in rows if pd.Timestamp(row["week"]) == newest), key=lambda row: -row["log_e_two"])
    parts = [
        f"{named(row['segment'])} {odds(row['log_e_two'])}"
        + (f" of {row['threshold']:,.0f} to 1 needed" if not pd.isna(row["threshold"]) else "")
        + (", the subject" if (row["dimension"], row["segment"]) == subject else "")
        for row in last
    ]
    return f"{head} In the week of {day(newest.date())}: {enumerated(parts)}."


def stages_title(counts: Mapping[str, tuple[int, int]]) -> str:
    """Ahead of everyone else, week by week: response 25, calls 25, close 22, churn 15 of 26 weeks.

    counts   by metric, the weeks it was ahead and the weeks drawn
    """
    if not counts:
        return STAGES_TITLE
    weeks = {of for _, of in counts.values()}
    if len(weeks) == 1:
        parts = ", ".join(f"{short(name)} {ahead:,}" for name, (ahead, _) in counts.items())
        return f"{STAGES_TITLE}: {parts} of {count(weeks.pop(), 'week')}"
    parts = ", ".join(f"{short(name)} {ahead:,} of {of:,}" for name, (ahead, of) in counts.items())
    return f"{STAGES_TITLE}: {parts} weeks"


def stages_described(frame: pd.DataFrame, counts: Mapping[str, tuple[int, int]]) -> str:
    """Metric by metric: how many weeks ahead, behind, level and without data, and which were behind."""
    lines = []
    for metric, rows in frame.groupby("metric", sort=False):
        found = {name: rows[rows["standing"] == name] for name, _ in KEY}
        told = ", ".join(f"{word} {len(found[name]):,}" for name, word in KEY if len(found[name]))
        weeks = ", ".join(day(pd.Timestamp(str(week)).date()) for week in found["behind"]["week"])
        lines.append(f"{short(str(metric))}: {told}" + (f" (behind in the weeks of {weeks})" if weeks else ""))
    return f"{stages_title(counts)}. {'; '.join(lines) or 'No week is frozen yet'}."


def anytime_described(frame: pd.DataFrame, metric: Metric, segment: str) -> str:
    """The newest ratio with its interval, and the weeks in which the interval left 1."""
    rows: list[Row] = [row for row in frame.to_dict("records") if not pd.isna(row["estimate"])]
    head = f"{metric.label} of {named(segment)}, {ANYTIME_CAPTION}."
    if not rows:
        return f"{head} Nothing of it can be set beside everyone else yet."
    last = rows[-1]
    when = day(_date(last["week"]))
    known = [row for row in rows if not (pd.isna(row["low"]) or pd.isna(row["high"]))]
    between = f" ({last['low']:.2f} to {last['high']:.2f})" if known and known[-1] is last else ""
    apart = [row for row in known if row["low"] > 1 or row["high"] < 1]
    first = f" The interval first left 1 in the week of {day(_date(apart[0]['week']))}." if apart else ""
    return f"{head} In the week of {when}: {last['estimate']:.2f} times everyone else{between}.{first}"


def ratio_label(estimate: float | None, low: float | None = None, high: float | None = None) -> str:
    """1.8 times (1.4–2.3); without ends only the ratio."""
    if estimate is None or low is None or high is None or pd.isna(low) or pd.isna(high):
        return times(estimate)
    return f"{times(estimate)} ({low:.1f}–{high:.1f})"


def ratio_cell(estimate: float | None, low: float | None = None, high: float | None = None) -> str:
    """1.8 (1.4–2.3), under a header that says what it is times of."""
    return ratio_label(estimate, low, high).replace(" times", "")


def good_above_one(metric: Metric) -> bool:
    """Whether a ratio above 1 is good news; of calls the ratio is that of understanding on a call, so it is."""
    return metric.estimate == "calls" or metric.higher_is_better


def _date(week: object) -> date:
    return pd.Timestamp(str(week)).date()
