"""What travels with every chart: what was counted, how many, when, as of when, under which filters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import pandas as pd

from gtm_metrics.metrics import CALLS_COUNTED, METRICS, Metric, metric_named
from gtm_metrics.question import ALL, Question
from gtm_metrics.words.findings import STATUS, Voice
from gtm_metrics.words.numbers import DONE, Row, cohort_end, count, day, weeks_to, window

COHORT = {
    "response_rate": "first touched",
    "calls_to_understanding": "calls held",
    "close_rate": "decided",
    "won_in_time": "opened",
    "churn": "customers",
    "reached_opportunity": "created",
    "advanced": "opened",
}
"""What a metric's trials did in their week, before "to 25 Oct 2026"; its unit for one that is not listed."""
READING = {
    "dots": "Dot: over the window; bar: 95 % interval; tick: everyone else, same weeks. Green circle: "
    "credibly ahead; rust diamond: credibly behind; hollow: cannot be told apart.",
    "trend": "Solid: the segment and its 95 % interval; dashed: everyone else, same weeks; gap: too few for a rate.",
    "ladder": "Share that has understood by each call (Kaplan-Meier: who left counts up to then), 95 % interval.",
    "survival": "Share still a customer after each month (Kaplan-Meier), 95 % interval.",
    "reasons": "Share of those deals, the ones without an answer included; line: everyone else.",
}
"""How to read a chart, by the name of its idea."""


def column_captions(metric: Metric, last_week: date | None) -> tuple[str, str]:
    """The two lines under a metric's header: "higher is better", "first touched to 25 Oct 2026"."""
    end = f"{COHORT.get(metric.name, metric.unit)} to {cohort_end(last_week)}"
    return metric.direction, end if last_week is not None else "no closed week yet"


def overline(page: str, question: Question, dimension: str = "", markdown: bool = True) -> str:
    """The small line over a title: Funnel health · 13 weeks to Sunday 15 Nov 2026 · by industry.

    `dimension` is its label on screen; the question's own name where none is given.
    """
    parts = [page, window(question.weeks, question.as_of)]
    by = dimension or question.dimension
    return " · ".join([*parts, f"by {Voice(markdown).text(by)}"] if by else parts)


def footnote(
    rows: pd.DataFrame,
    question: Question,
    reading: str,
    metrics: Sequence[Metric] = METRICS,
    dimension: str = "",
    markdown: bool = True,
) -> str:
    """The one footnote of screen and export.

    rows      contract rows (`funnel`) of the metrics drawn; their "(all)" rows give n, window, as of and
              data through, so that it can say nothing the chart does not hold
    reading   a key of READING
    """
    voice = Voice(markdown)
    everyone = [row for row in rows.to_dict("records") if row["segment"] == ALL]
    drawn = [metric_named(row["metric"], tuple(metrics)) for row in everyone]
    parts = [READING[reading], _minimums(drawn) if reading == "dots" else ""]
    parts += [_definition(metric, row, voice) for metric, row in zip(drawn, everyone, strict=True)]
    parts.append(_known(everyone, question))
    by = dimension or question.dimension
    parts.append(f"By {voice.text(by)}." if by else "")
    parts.append(f"Compared within {voice.text(question.within)}." if question.within else "")
    if question.scope:
        kept = ", ".join(f"{voice.text(name)} = {voice.text(value)}" for name, value in question.scope)
        parts.append(f"Only accounts with {kept}.")
    return " ".join(part for part in parts if part)


def _definition(metric: Metric, row: Row, voice: Voice) -> str:
    """Close rate: won; n = 385 decided deals (86 won), 13 weeks to Sunday 15 Nov 2026."""
    if row["trials"] is None:
        return f"{metric.label}: {STATUS[row['status']]} ({voice.text(row['why']).rstrip('.')})."
    done = DONE.get(metric.name, "")
    of_them = f" ({row['successes']:,} {done})" if done else ""
    waiting = f"; {row['waiting']:,} more still open" if row["waiting"] else ""
    when = weeks_to(row["first_week"], row["last_week"])
    return f"{metric.label}: {_shown(metric)}; n = {row['trials']:,} {metric.unit}{of_them}, {when}{waiting}."


def _shown(metric: Metric) -> str:
    if metric.estimate == "calls":
        return f"mean calls until they understood, first {CALLS_COUNTED} counted (Kaplan-Meier)"
    return f"{metric.success}, as a monthly rate" if metric.estimate == "churn" else metric.success


def _minimums(metrics: Iterable[Metric]) -> str:
    """Below 30 trials or 400 customer-weeks: counts only."""
    trials = sorted({metric.minimum for metric in metrics if metric.shape == "event"})
    weeks = sorted({metric.minimum for metric in metrics if metric.shape == "exposure"})
    parts = [count(n, "trial") for n in trials] + [count(n, "customer-week") for n in weeks]
    return f"Below {' or '.join(parts)}: counts only." if parts else ""


def _known(everyone: Sequence[Row], question: Question) -> str:
    through = [row["data_through"] for row in everyone if row["data_through"] is not None]
    known = f"As of {day(question.as_of)}"
    return f"{known}, data through {day(max(through))}." if through else f"{known}."
