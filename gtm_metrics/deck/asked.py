"""What a deck is asked for, and the doors its numbers come through: the warehouse's, cached or not, and the journal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

import sqlalchemy as sa

from gtm_metrics.company import Company, Refused
from gtm_metrics.funnel.windows import WINDOWS, weeks_of
from gtm_metrics.metrics import Metric
from gtm_metrics.question import Question, Tally
from gtm_metrics.tallies import metrics_of, refuse_unknown, tally
from gtm_metrics.tallies.tally import KEYS
from gtm_metrics.warehouse import Warehouse
from gtm_metrics.words import plain

Ask = Callable[..., Tally]
Measured = Callable[..., Any]
T = TypeVar("T")


@dataclass(frozen=True)
class Asked:
    """One deck: as of a day, by a dimension, over a window, about a segment ('' for whom the numbers name).

    known   the last day whose decisions count: data lag behind people
    """

    as_of: date
    by: str
    window: str = "13"
    segment: str = ""
    known: date | None = None

    @property
    def filters(self) -> dict[str, str]:
        """What a printed slide is found again by, beside its finding."""
        return {"as_of": self.as_of.isoformat(), "by": self.by, "window": self.window, "segment": self.segment}

    @property
    def decided_by(self) -> date:
        """The last day whose decisions count."""
        return self.known or self.as_of


@dataclass(frozen=True, eq=False)
class Doors:
    """Where a deck's numbers come from.

    ask        a metric's tally, `ask(metric, question)`, as its estimate needs it; a third argument groups it otherwise
    measured   a measure's answer, `measured(measure, *arguments)`
    """

    company: Company
    warehouse: Warehouse
    journal: sa.Engine
    ask: Ask
    measured: Measured
    _kept: dict[object, Any] = field(default_factory=dict, init=False, repr=False)

    def once(self, key: object, make: Callable[[], T]) -> T:
        """What `make` gives, made once for a key: several slides speak of it."""
        if key not in self._kept:
            self._kept[key] = make()
        found: T = self._kept[key]
        return found

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """METRICS with the company's own settings."""
        return metrics_of(self.company)

    def segment(self, dimension: str, segment: str) -> str:
        """What a segment is called where several dimensions meet: a band of numbers says of what."""
        banded = dimension in {name for name, _ in self.company.edges}
        return plain(f"{self.label(dimension)} {segment}" if banded else segment)

    def label(self, dimension: str) -> str:
        """What a dimension is called on screen."""
        return self.company.dimension(dimension).label


def asking(company: Company, warehouse: Warehouse, journal: sa.Engine) -> Doors:
    """Doors that ask the warehouse each time a question is new to this deck."""
    tallies: dict[object, Tally] = {}
    answers: dict[object, Any] = {}

    def ask(metric: Metric, question: Question, keys: tuple[str, ...] = ()) -> Tally:
        key = (metric.name, question, keys)
        if key not in tallies:
            tallies[key] = tally(warehouse, company, metric, question, keys or KEYS[metric.estimate])
        return tallies[key]

    def measured(measure: Callable[..., Any], *arguments: Any) -> Any:
        key = (measure, repr(arguments))  # a recipe among them is not hashable
        if key not in answers:
            answers[key] = measure(warehouse, company, *arguments)
        return answers[key]

    return Doors(company, warehouse, journal, ask, measured)


def question_of(asked: Asked, doors: Doors) -> Question:
    """The question of the deck's window. Raises Refused for a dimension or a window that is not known."""
    if asked.window not in {window.key for window in WINDOWS}:
        known = ", ".join(window.key for window in WINDOWS)
        raise Refused(f"the window is {asked.window!r}; it is one of {known}")
    refuse_unknown(doors.warehouse, doors.company, asked.by)
    weeks = weeks_of(asked.window, asked.as_of, doors.company.fiscal_year_starts)
    return Question(asked.as_of, (asked.by,), None, weeks)
