"""What the journal says of the deck's day: the verdict, every segment's row, decisions, and frozen counts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pandas as pd

from gtm_metrics import journal
from gtm_metrics.company import Company
from gtm_metrics.deck.asked import Asked, Doors
from gtm_metrics.metrics import Metric
from gtm_metrics.question import Tally
from gtm_metrics.refresh.settings import metrics_called
from gtm_metrics.words.numbers import Row
from gtm_metrics.words.signal import Told, row_of, subject_of, told

Key = tuple[str, str]


@dataclass(frozen=True, eq=False)
class Week:
    """The verdict known on a day: `rows` a row a segment, `history` every week's rows of the epoch up to it.

    cells    the frozen counts of the epoch; last the last frozen week of each dimension and metric
    decisions  those in effect on the last day that counts
    """

    told: Told
    rows: pd.DataFrame
    history: pd.DataFrame
    decisions: pd.DataFrame
    metrics: tuple[Metric, ...]
    cells: pd.DataFrame
    spans: dict[str, Any]

    @property
    def subject(self) -> Key | None:
        """The segment it is about."""
        return subject_of(self.told, self.rows)

    def row(self, key: Key | None) -> Row | None:
        """A segment's verdict row; None without one."""
        return row_of(self.rows, key)


def week_of(asked: Asked, doors: Doors) -> Week | None:
    """The week's verdict as the journal holds it; None where no week had been refreshed by then."""
    key = ("week", asked.as_of, asked.decided_by)
    return doors.once(key, lambda: _week(doors, asked.as_of, asked.decided_by))


def _week(doors: Doors, as_of: date, known: date) -> Week | None:
    company: Company = doors.company
    with journal.reading(doors.journal) as seen:
        last = journal.last_refresh(seen, as_of)
        if last is None:
            return None
        rows, history = journal.verdicts(seen, as_of), journal.history(seen)
        decisions = journal.decisions(seen, known)
        cells = journal.frozen(seen, last["epoch"])
    now = pd.Timestamp(last["week"])
    history = history[(history["epoch"] == last["epoch"]) & (history["week"] <= now)]
    metrics = metrics_called(company, last["metrics"])
    return Week(told(last["verdict"]), rows, history, decisions, metrics, cells, last["frozen"])


def as_frozen(counted: Tally, now: Week | None) -> tuple[Tally, bool]:
    """The tally with the weeks that were frozen by then as they were frozen, and whether any was.

    Frozen are single dimensions that are watched, by week and band; calls by their number are not. The weeks after
    the last frozen one are counted.
    """
    by, frame = counted.question.by, counted.frame
    if now is None or counted.why or len(by) != 1 or counted.question.within or counted.question.scope:
        return counted, False
    span = (now.spans.get(by[0]) or {}).get(counted.metric)
    if span is None or "age" in frame or not {"week", "band", "segment"} <= set(frame):
        return counted, False
    first, last = counted.first_week, pd.Timestamp(span[1])
    mine = now.cells[(now.cells["dimension"] == by[0]) & (now.cells["metric"] == counted.metric)]
    begin = pd.Timestamp(first) if first is not None else mine["week"].min()
    mine = mine[(mine["week"] >= begin) & (mine["week"] <= min(last, pd.Timestamp(counted.last_week or last)))]
    if mine.empty:
        return counted, False
    live = frame[(frame["week"] > last) | (frame["week"] < begin)]
    kept = mine.assign(metric=counted.metric)[list(frame.columns)].astype(frame.dtypes.to_dict())
    return replace(counted, frame=pd.concat([kept, live], ignore_index=True)), True
