"""Every number of the pages on one company, as plain text: what tests/approved/ holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd

from gtm_metrics import alternatives, words
from gtm_metrics.company import Company
from gtm_metrics.funnel import (
    beside_everyone_else,
    curve,
    funnel,
    on_home,
    screened,
    symptoms,
    trend,
)
from gtm_metrics.funnel.windows import widened
from gtm_metrics.measures import (
    GROUPS,
    MEASURES,
    OUTCOMES,
    Sums,
    against,
    champions,
    counted_apart,
    cycle,
    cycle_rows,
    data_gaps,
    discounts,
    reasons,
    sums,
    this_week,
    values,
    velocity,
)
from gtm_metrics.metrics import Metric
from gtm_metrics.question import ALL, Question, Tally
from gtm_metrics.tallies import metrics_of, offered, tally
from gtm_metrics.tallies.tally import KEYS
from gtm_metrics.warehouse import OK, Warehouse
from gtm_metrics.words import alternatives as said_of_alternatives

Lines = Iterator[str]
Rows = Sequence[Mapping[Any, Any]]

AGES = {"calls_to_understanding": (1, 2, 3, 6), "churn": (0, 3, 6, 11, 12, 23, 24)}
"""Calls, and whole months of tenure, at which each curve is kept."""
NAMES = 5
"""Names kept of each kind of thing to act on."""
BEATEN_WEEKS = 52
"""Weeks that alternatives are counted over: in fewer the cells hold too few to be compared."""
SPAN, WEEKS = 26, 104
"""Weeks a point of a trend stands for, and weeks in all."""
STANDS = {"low": "ratio_low", "high": "ratio_high", "standing": "standing", "score": "score"}


def plain(value: Any) -> str:
    """A value as text: numbers to six significant digits, whole ones in full, ISO dates, missing as "-"."""
    if isinstance(value, list | tuple):
        return ", ".join(map(plain, value)) or "-"
    if value is None or value == "" or pd.isna(value):
        return "-"
    if isinstance(value, pd.Timestamp | date):
        return value.isoformat()[:10]
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else f"{value:.6g}"
    return str(value)


def laid_out(rows: Rows, columns: Sequence[str]) -> Lines:
    """Rows below their header, two blanks between columns, numbers to the right."""
    cells = [list(columns), *([plain(row.get(column)) for column in columns] for row in rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(columns))]
    right = [any(isinstance(row.get(c), int | float) and not pd.isna(row[c]) for row in rows) for c in columns]
    for line in cells:
        yield "  ".join(cell.rjust(width) if to_right else cell.ljust(width)
                        for cell, width, to_right in zip(line, widths, right, strict=True)).rstrip()


def headed(heading: str, rows: Rows, columns: Sequence[str]) -> Lines:
    """A part of the text: its heading, and its rows or that there are none."""
    yield ""
    yield f"== {heading}"
    yield from laid_out(rows, columns) if rows else ["none"]


def records(frame: pd.DataFrame) -> list[dict[Any, Any]]:
    """A frame's rows."""
    return frame.to_dict("records")


class Page:
    """One company by one dimension, asked as its pages ask."""

    def __init__(self, warehouse: Warehouse, company: Company, question: Question) -> None:
        self.warehouse, self.company, self.question = warehouse, company, question
        self.metrics = offered(warehouse, metrics_of(company))
        self.tallies = {m.name: widened(self.ask, m, question) for m in self.metrics}
        self.rows = {m.name: funnel(self.tallies[m.name], m) for m in self.metrics}
        home = screened(on_home(self.metrics, self.ask, question), self.tallies)
        self.home, self.standings, self.finding = home.rows, home.standings, home.finding
        self.every_row, self.order = home.every_row, home.segments
        self.decided = replace(question, weeks=self.tallies["close_rate"].question.weeks)

    def ask(self, metric: Metric, question: Question, keys: tuple[str, ...] = ()) -> Tally:
        """The metric's tally."""
        return tally(self.warehouse, self.company, metric, question, keys or KEYS[metric.estimate])

    @property
    def subject(self) -> tuple[str, ...]:
        """The segment that is looked at closely: the finding's, else the first in order."""
        return (self.finding.segment or self.order[0],)

    def sums(self, group: str) -> Sums:
        """The sums of a group of measures; of decided deals over the weeks that the close rate is shown for."""
        question = self.decided if group in ("deals", "effort") else self.question
        return sums(self.warehouse, self.company, question, group)

    def text(self) -> str:
        """All parts, one below the other."""
        parts = [self.said(), self.funnel(), self.stages(), self.curves(), self.trends(), self.money(), self.time(),
                 self.why(), self.beaten(), self.week(), self.gaps(), self.apart(), self.tables()]
        return "\n".join(line for part in parts for line in part) + "\n"

    def said(self) -> Lines:
        """What the page says in words: its title, and every sentence that holds a number."""
        yield f"title: {words.title(self.finding, self.metrics, markdown=False)}"
        paragraph = words.paragraph(self.finding, self.metrics, markdown=False)
        footnote = words.footnote(self.every_row, self.question, "dots", self.metrics, markdown=False)
        for name, said in (("paragraph", paragraph), ("footnote", footnote)):
            sentences = said.replace("; ", ". ").split(". ")
            yield from (f"{name}: {sentence}" for sentence in sentences if any(c.isdigit() for c in sentence))
        yield f"order: {', '.join(self.order)}"
        yield f"subject: {self.subject[0]}"
        yield f"compared: {self.finding.compared} rows of {self.finding.segments} segments"

    def funnel(self) -> Lines:
        """A part a metric: rows of the contract, and on the home page how each segment stands."""
        columns = ("segment", "successes", "trials", "estimate", "low", "high", "rest_estimate", "ratio",
                   "shrunken_ratio", "waiting")
        for metric in self.metrics:
            rows = records(self.rows[metric.name])
            stands = {row["segment"]: row for row in records(self.standings.get(metric.name, pd.DataFrame()))}
            for row in rows:
                row |= {ours: stands.get(row["segment"], {}).get(theirs) for theirs, ours in STANDS.items()}
                row["status"] = row["why"] or row["status"]
            weeks = self.tallies[metric.name].question.weeks
            window = f"{weeks} weeks" if weeks else "all weeks"
            heading = f"{metric.name}: {window}, {plain(rows[0]['first_week'])} to {plain(rows[0]['last_week'])}"
            yield from headed(heading, rows, (*columns, *(STANDS.values() if metric.on_home else ()), "status"))

    def stages(self) -> Lines:
        """Where the subject leaks."""
        found = [vars(stage) for stage in symptoms(self.home, self.standings, self.subject[0])]
        yield from headed(f"stages of {self.subject[0]}", found,
                          ("metric", "status", "ratio", "shrunken", "standing", "leakiest"))

    def curves(self) -> Lines:
        """Each life table at some ages, of everyone and of the subject."""
        for metric in self.metrics:
            if metric.estimate not in ("calls", "churn"):
                continue
            question = Question(self.question.as_of, self.question.by, None, None)
            frame = curve(self.ask(metric, question, ("age",)), metric, (ALL, *self.subject))
            rows = records(frame[frame["age"].isin(AGES[metric.name])])
            yield from headed(f"curve of {metric.name}", rows, ("segment", "age", "at_risk", "events", "survival",
                                                                "low", "high"))

    def trends(self) -> Lines:
        """The subject beside everyone else, half a year at a time."""
        for metric in self.metrics:
            if self.tallies[metric.name].status != "ok" or not metric.on_home:
                continue
            question = Question(self.question.as_of, self.question.by, None, WEEKS)
            counted = beside_everyone_else(self.ask(metric, question), self.subject)
            frame = trend(counted, metric, self.subject[0], SPAN)
            sides = {side: records(rows) for side, rows in frame.groupby("side")}
            columns = ("successes", "trials", "estimate", "low", "high")
            rows = [here | {f"rest_{name}": rest[name] for name in columns[:3]}
                    for here, rest in zip(sides.get("segment", []), sides.get("rest", []), strict=True)]
            yield from headed(f"trend of {metric.name}: {self.subject[0]}", rows, (
                "period_start", "period_end", *columns, *(f"rest_{name}" for name in columns[:3])))

    def money(self) -> Lines:
        """Every measure by segment, then with its interval for everyone and for the subject."""
        made = {group: self.sums(group) for group in GROUPS if group != "window_retention"}
        frames = {}
        for group, counted in made.items():
            for measure in MEASURES:
                if not measure.part and {measure.of or measure.name, measure.over or measure.of or measure.name} <= set(
                        GROUPS[group]):
                    frames[group, measure.name] = values(counted, measure, self.company.minimum_trials)
        names = [ALL, *self.order]
        for column in ("value", "n"):
            rows = [{"group": group, "measure": name} | {row["segment"]: row[column] for row in records(frame)}
                    for (group, name), frame in frames.items()]
            yield from headed(f"measures: {column} by segment", rows, ("group", "measure", *names))
        close = [row | {"group": group} for (group, _), frame in frames.items() for row in records(frame)
                 if row["segment"] in (ALL, *self.subject) and (row["why"] or row["low"] is not None)]
        for row in close:
            row["status"] = row["why"] or row["status"]
        yield from headed("measures of everyone and of the subject: intervals, and why there is none", close, (
            "group", "measure", "segment", "n", "value", "low", "high", "rest_n", "rest_value", "status"))

    def time(self) -> Lines:
        """Sales cycle and velocity by segment."""
        took = cycle(self.warehouse, self.company, self.question)
        rows = records(cycle_rows(took))
        yield from headed("sales cycle", rows, ("segment", "won", "other", "open", "logged_late", "median_days",
                                                "usual_days", "rest_won", "rest_median_days", "status", "why"))
        speed = velocity(self.sums("pipeline"), self.sums("deals"), took, self.company.minimum_trials)
        yield from headed("sales velocity", records(speed), ("segment", "open_deals", "close_rate", "deal_size",
                                                             "cycle_days", "per_day", "currency", "status", "why"))

    def why(self) -> Lines:
        """Reasons of the subject's decided deals beside everyone else's."""
        for kind in OUTCOMES:
            found = reasons(self.warehouse, self.company, self.decided, self.subject, kind, 6)
            heading = f"{kind}: {self.subject[0]}" + (f", {found.why}" if found.why else "")
            yield from headed(heading, records(found.frame), tuple(found.frame.columns))

    def beaten(self) -> Lines:
        """A year of alternatives: over all, and the cells that are compared; then what else stands beside winning."""
        asked = (self.warehouse, self.company, replace(self.question, weeks=BEATEN_WEEKS))
        least = self.company.minimum_trials
        named = alternatives.named(against(*asked).frame, self.company.status_quo)
        rows = alternatives.alternatives(named, least)
        found = alternatives.finding(rows)
        yield from headed(f"alternatives: {BEATEN_WEEKS} weeks, {said_of_alternatives.title(found, least)}",
                          records(rows[(rows["segment"] == ALL) | rows["p"].notna()]), (
            "segment", "alternative", "won", "lost", "no_decision", "close_rate", "low", "high", "ratio", "p", "q",
            "tried", "status"))
        people, prices = champions(*asked).frame, discounts(*asked).frame
        beside = {"silent": alternatives.trust(named, least).rename(columns={"missing": "group", "of": "decided"}),
                  "champion": alternatives.by_function(people, least), "people": alternatives.by_people(people, least),
                  "discount": alternatives.by_discount(prices, least).rename(columns={"band": "group"})}
        each = [{"beside": name} | row for name, frame in beside.items() for row in records(frame)]
        yield from headed("silent of deals not won; won of decided, by champion, people and discount", each, (
            "beside", "group", "n", "share", "won", "decided", "close_rate", "low", "high", "ended", "year"))

    def week(self) -> Lines:
        """What to act on: how many of each kind, and the first names."""
        found = this_week(self.warehouse, self.company, self.question, NAMES)
        yield from headed("this week", [{"kind": kind, "in all": n} for kind, n in found.counts.items()],
                          ("kind", "in all"))
        yield from (f"{kind}: {why}" for kind, why in found.missing.items())
        yield from headed("this week: names", records(found.frame), tuple(found.frame.columns))

    def gaps(self) -> Lines:
        """What the data do not say yet."""
        found = records(data_gaps(self.warehouse, self.company, self.question))
        yield from headed("gaps", found, ("share", "n", "of", "hides", "about", "gap"))

    def apart(self) -> Lines:
        """What each metric counts apart."""
        found = [{"metric": m.name} | row for m in self.metrics
                 for row in records(counted_apart(self.warehouse, self.company, m, self.question))]
        yield from headed("counted apart", found, ("metric", "n", "of", "reason"))

    def tables(self) -> Lines:
        """Rows read, used and set aside."""
        found: list[dict[str, Any]] = []
        for name, r in self.warehouse.relations.items():
            rows = {"read": r.rows_read, "used": r.rows_used, "aside": r.rows_set_aside} if r.status == OK else {}
            said = _counted(r.reasons.items()) or r.why
            found.append({"table": name, "status": r.status, **rows, "first": r.first, "last": r.last, "reasons": said})
        yield from headed("tables", found, ("table", "status", "read", "used", "aside", "first", "last", "reasons"))


def _counted(reasons: Iterable[tuple[str, int]]) -> str:
    return "; ".join(f"{n} {reason}" for reason, n in reasons)
