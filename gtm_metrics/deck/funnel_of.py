"""The funnel a deck speaks of: every home metric's rows by segment, frozen weeks as they were frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from gtm_metrics.deck.asked import Asked, Doors, question_of
from gtm_metrics.deck.told import as_frozen, week_of
from gtm_metrics.funnel import Finding, compared, finding, funnel, in_order_of_lead, standings
from gtm_metrics.funnel.windows import widened
from gtm_metrics.metrics import Metric, metric_named
from gtm_metrics.question import ALL, Question, Tally
from gtm_metrics.tables import ordered
from gtm_metrics.tallies import offered
from gtm_metrics.tallies.tally import KEYS


@dataclass(frozen=True)
class Funnel:
    """Per metric its tally, rows ("(all)" first, segments in order of lead) and standings, and what it comes to.

    frozen   labels of the metrics whose weeks stand as they were frozen
    """

    question: Question
    metrics: tuple[Metric, ...]
    tallies: Mapping[str, Tally]
    rows: Mapping[str, pd.DataFrame]
    standings: Mapping[str, pd.DataFrame]
    finding: Finding
    frozen: tuple[str, ...]

    @property
    def every_row(self) -> pd.DataFrame:
        """The rows of all metrics, one below the other."""
        return pd.concat(list(self.rows.values()), ignore_index=True)

    @property
    def segments(self) -> list[str]:
        """The segments in order of lead."""
        return [name for name in dict.fromkeys(self.every_row["segment"]) if name != ALL]


def home_metrics(doors: Doors, question: Question) -> tuple[Metric, ...]:
    """The metrics of the home page in funnel order: won in time in place of a close rate that cannot be measured."""
    shown = offered(doors.warehouse, doors.metrics)
    stage = {metric.name: i for i, metric in enumerate(doors.metrics)}
    close = metric_named("close_rate", doors.metrics)
    unmeasured = doors.ask(close, question, KEYS[close.estimate]).status == "not_measurable"
    kept = (m for m in shown if m.on_home or (m.name == "won_in_time" and unmeasured))
    return tuple(sorted(kept, key=lambda m: (stage[m.stand_in_for or m.name], m.stand_in_for is not None)))


def counted_at(asked: Asked, doors: Doors, metric: Metric, question: Question) -> tuple[Tally, bool]:
    """A metric's tally, frozen weeks as they were frozen, and whether any was."""
    return as_frozen(doors.ask(metric, question, KEYS[metric.estimate]), week_of(asked, doors))


def funnel_of(asked: Asked, doors: Doors) -> Funnel:
    """The funnel by the deck's dimension over its window, or a wider one where that is too thin."""
    return doors.once(("funnel", asked), lambda: _funnel(asked, doors))


def _funnel(asked: Asked, doors: Doors) -> Funnel:
    question = question_of(asked, doors)
    metrics = home_metrics(doors, question)
    found: dict[str, Tally] = {}
    frozen = []
    for metric in metrics:
        counted = widened(lambda m, q: doors.ask(m, q, KEYS[m.estimate]), metric, question)
        found[metric.name], was = as_frozen(counted, week_of(asked, doors))
        frozen += [metric.label.lower()] if was else []
    rows = {metric.name: funnel(found[metric.name], metric) for metric in metrics}
    among = compared(rows)
    stand = {metric.name: standings(found[metric.name], metric, among) for metric in metrics}
    order = in_order_of_lead(rows)
    shown = {name: ordered(frame, order) for name, frame in rows.items()}
    return Funnel(question, metrics, found, shown, stand, finding(rows, stand), tuple(frozen))
