"""A screen of the funnel: every measure by segment, the segments in order of lead, and what it all comes to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from gtm_metrics.funnel.beside import in_order_of_lead
from gtm_metrics.funnel.findings import Finding, compared, finding
from gtm_metrics.funnel.rows import funnel
from gtm_metrics.funnel.standing import standings
from gtm_metrics.funnel.windows import Ask
from gtm_metrics.metrics import Metric
from gtm_metrics.question import ALL, Question, Tally


@dataclass(frozen=True)
class Screen:
    """Per metric its tally, rows ("(all)" first, segments in order of lead) and standings, and what it comes to."""

    metrics: tuple[Metric, ...]
    tallies: Mapping[str, Tally]
    rows: Mapping[str, pd.DataFrame]
    standings: Mapping[str, pd.DataFrame]
    finding: Finding

    @property
    def every_row(self) -> pd.DataFrame:
        """The rows of all metrics, one below the other."""
        return pd.concat(list(self.rows.values()), ignore_index=True)

    @property
    def segments(self) -> list[str]:
        """The segments in order of lead."""
        return [name for name in dict.fromkeys(self.every_row["segment"]) if name != ALL]


def on_home(offered: Sequence[Metric], ask: Ask, question: Question) -> tuple[Metric, ...]:
    """Of the metrics on offer those of the home page; won in time stands there in its own name where no lost deal is
    on record, so that there is no close rate."""
    close = next(metric for metric in offered if metric.name == "close_rate")

    def in_its_place(metric: Metric) -> bool:
        return metric.name == "won_in_time" and ask(close, question).status == "not_measurable"

    return tuple(metric for metric in offered if metric.on_home or in_its_place(metric))


def screened(metrics: Sequence[Metric], tallies: Mapping[str, Tally]) -> Screen:
    """What the tallies of these metrics come to, a tally a metric by its name, all of one question. Raises ValueError
    as `funnel` does."""
    rows = {metric.name: funnel(tallies[metric.name], metric) for metric in metrics}
    order, among = in_order_of_lead(rows), compared(rows)
    stand = {metric.name: standings(tallies[metric.name], metric, among) for metric in metrics}
    shown = {name: ordered(frame, order) for name, frame in rows.items()}
    return Screen(tuple(metrics), tallies, shown, stand, finding(rows, stand))


def ordered(rows: pd.DataFrame, segments: Sequence[str]) -> pd.DataFrame:
    """Contract rows with "(all)" first and the segments in this order."""
    place = {name: i for i, name in enumerate([ALL, *segments])}
    return rows.assign(place=rows["segment"].map(place)).sort_values("place", kind="stable").drop(columns="place")
