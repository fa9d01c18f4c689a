"""The funnel a deck speaks of: every home metric's rows by segment, frozen weeks as they were frozen."""

from __future__ import annotations

from dataclasses import dataclass

from gtm_metrics.deck.asked import Asked, Doors, question_of
from gtm_metrics.deck.week import as_frozen, week_of
from gtm_metrics.funnel import Screen, on_home, screened
from gtm_metrics.funnel.windows import widened
from gtm_metrics.metrics import Metric
from gtm_metrics.question import Question, Tally
from gtm_metrics.tallies import in_funnel_order


@dataclass(frozen=True)
class Funnel(Screen):
    """The screen of a question.

    frozen   labels of the metrics whose weeks stand as they were frozen
    """

    question: Question
    frozen: tuple[str, ...]


def home_metrics(doors: Doors, question: Question) -> tuple[Metric, ...]:
    """The metrics of the home page in funnel order."""
    return on_home(in_funnel_order(doors.warehouse, doors.metrics), doors.ask, question)


def counted_at(asked: Asked, doors: Doors, metric: Metric, question: Question) -> tuple[Tally, bool]:
    """A metric's tally, frozen weeks as they were frozen, and whether any was."""
    return as_frozen(doors.ask(metric, question), week_of(asked, doors))


def funnel_of(asked: Asked, doors: Doors) -> Funnel:
    """The funnel by the deck's dimension over its window, or a wider one where that is too thin."""
    return doors.once(("funnel", asked), lambda: _funnel(asked, doors))


def _funnel(asked: Asked, doors: Doors) -> Funnel:
    question = question_of(asked, doors)
    metrics = home_metrics(doors, question)
    found: dict[str, Tally] = {}
    frozen = []
    for metric in metrics:
        counted = widened(doors.ask, metric, question)
        found[metric.name], was = as_frozen(counted, week_of(asked, doors))
        frozen += [metric.label.lower()] if was else []
    return Funnel(**vars(screened(metrics, found)), question=question, frozen=tuple(frozen))
