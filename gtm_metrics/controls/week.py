"""The verdict of a week as the journal holds it; whoever opens the app first in a week has it refreshed."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

import pandas as pd
import sqlalchemy as sa
import streamlit as st

from gtm_metrics import journal
from gtm_metrics.company import Company
from gtm_metrics.controls.address import EARLIEST
from gtm_metrics.controls.connected import Place, go_by_the_last_look, looked_at_now
from gtm_metrics.controls.notice import came_upon
from gtm_metrics.controls.refreshing import Refreshing
from gtm_metrics.journal.tables import RECONSTRUCTED
from gtm_metrics.metrics import Metric
from gtm_metrics.refresh import Outcome, is_due, refresh, week_due
from gtm_metrics.refresh.counting import Tell
from gtm_metrics.refresh.settings import evidence_metrics, metrics_called
from gtm_metrics.rules import Rules
from gtm_metrics.signal.accounts import LeaveOneOut
from gtm_metrics.signal.columns import columns_of
from gtm_metrics.signal.comparisons import Comparison
from gtm_metrics.signal.states import REOPENED
from gtm_metrics.weeks import WEEK, known_by
from gtm_metrics.words.gates import as_day
from gtm_metrics.words.numbers import Row
from gtm_metrics.words.signal import Thesis, Told, row_of, subject_of, told

Key = tuple[str, str]
T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Week:
    """One refresh week: its verdict, every segment's row in it and in the week before, and the weeks up to it.

    rows, before   verdict rows of this week and the one before; history the same of every week of the epoch
    decisions      those in effect on that day; weeks the refresh weeks that evidence is counted by
    away           why the warehouse could not be asked; '' when it was
    """

    told: Told
    rows: pd.DataFrame
    before: pd.DataFrame
    history: pd.DataFrame
    decisions: pd.DataFrame
    metrics: tuple[Metric, ...]
    weeks: tuple[date, ...]
    comparisons: dict[str, Comparison]
    accounts: dict[str, LeaveOneOut]
    as_of: date
    reconstructed: bool
    away: str
    _kept: dict[object, Any] = field(default_factory=dict, repr=False)

    def once(self, key: object, make: Callable[[], T]) -> T:
        """What `make` gives, made once for a key and shown to every reader: nobody may change it."""
        if key not in self._kept:
            self._kept[key] = make()
        found: T = self._kept[key]
        return found

    @property
    def subject(self) -> Key | None:
        """The segment it is about."""
        return subject_of(self.told, self.rows)

    @property
    def in_advance(self) -> Key | None:
        """The segment that was named before it was watched, whatever is named today: it has its own line of proof."""
        named = self.rows[self.rows["thesis"].astype(bool)]
        return None if named.empty else (str(named["dimension"].iloc[-1]), str(named["segment"].iloc[-1]))

    def segments(self, dimension: str) -> list[str]:
        """The watched segments of a dimension."""
        return [str(name) for name in self.rows[self.rows["dimension"] == dimension]["segment"]]

    def row(self, key: Key | None) -> Row | None:
        """A segment's verdict row; None without one."""
        return row_of(self.rows, key)

    def start(self, row: Row) -> int:
        """The refresh week a segment's evidence began in, as its place in `weeks`; past the end in the week in which
        its lead was lost, because it starts again after that."""
        began, lost = as_day(row["evidence_since"]), as_day(row["since"]) if row["state"] == REOPENED else None
        now = self.weeks[-1]
        return len(self.weeks) if lost == now else self.weeks.index(began) if began else 0

    def decision(self, kind: str = "tighten", key: Key | None = None) -> Row | None:
        """The newest decision of a kind on a segment; None without one."""
        rows = self.decisions[self.decisions["kind"] == kind].to_dict("records")
        mine = [r for r in rows if key in (None, (r["dimension"], r["segment"]))]
        return mine[-1] if mine else None


def engine_of(where: Place) -> sa.Engine:
    """The journal of a place, opened once."""
    return _engine(journal.journal_url(where.company))


@st.cache_resource(max_entries=8, show_spinner=False)
def _engine(url: str) -> sa.Engine:
    return journal.open_journal(url)


def asked_day(through: date) -> date:
    """The day the address asks for, at most the last with data."""
    try:
        day = date.fromisoformat(st.query_params.get("as_of", ""))
    except ValueError:
        return through
    return min(day, through) if day >= EARLIEST else through


def week(where: Place) -> Week | str:
    """The week the address asks for; a sentence where there is no verdict.

    A new week that nobody refreshed yet is begun, and waited for as long as the company has a page wait: the line under
    the caption says how far it is, and shows it when it is there. Raises JournalError where the journal gives none.
    """
    engine, today = engine_of(where), datetime.now(UTC).date()
    through = where.warehouse.data_through or today
    running = None
    if not where.away and is_due(engine, min(today, through)):
        # one that failed is tried again once the tables have been looked at anew
        name = f"{where.name} as of {where.warehouse.looked_at}"
        running = _refreshed(where, name, str(engine.url), week_due(min(today, through)))
        running.wait(where.company.refresh_wait_seconds)
        if running.why:
            return running.why
    came_upon(running)
    away = where.away or (running.failed if running else "")
    as_of = asked_day(through)
    known = known_by(as_of, through, today)
    with journal.reading(engine) as seen:
        last = journal.last_refresh(seen, as_of)
        marks = tuple(journal.decisions(seen, known)["id"].tolist())
    if last is None and running is not None and running.going:
        return "The weeks that have settled are being judged for the first time; this page shows them when they are"
    if last is None and running is not None and running.failed:
        return running.failed
    if last is None:
        return f"No week had been refreshed by {as_of}."
    head = (last["epoch"], last["week"], last["at"])
    return _week(where, where.name, str(engine.url), as_of, known, head, marks, away)


@st.cache_resource(ttl="1h", max_entries=64, show_spinner=False)
def _refreshed(_place: Place, name: str, url: str, due: date) -> Refreshing:
    """The refresh of a week, begun by the first page that comes upon it; one that failed is tried again in an hour."""
    company = _place.company

    def act(tell: Tell) -> Outcome:
        # what is frozen is asked of the warehouse alone, and by no look from before
        asked, today = looked_at_now(_place), datetime.now(UTC).date()
        tell("tables looked at")
        done = refresh(asked, company, _engine(journal.journal_url(company)), today, "app", tell=tell)
        if done.done:
            go_by_the_last_look()
        return done

    return Refreshing(len(evidence_metrics(_place.warehouse, company)) + 2).begin(act)


@st.cache_resource(ttl="1h", max_entries=32, show_spinner=False)
def _week(
    _place: Place,
    name: str,
    url: str,
    as_of: date,
    known: date,
    head: tuple[object, ...],
    marks: tuple[int, ...],
    away: str,
) -> Week:
    company = _place.company
    with journal.reading(engine_of(_place)) as seen:
        last = journal.last_refresh(seen, as_of) or {}
        rows, decisions = journal.verdicts(seen, as_of), journal.decisions(seen, known)
        told_so_far = journal.history(seen)
        registry = journal.registry(seen, last["epoch"])
        cells, kept = journal.frozen(seen, last["epoch"]), journal.frozen_accounts(seen, last["epoch"])
    now = pd.Timestamp(last["week"])
    history = told_so_far[(told_so_far["epoch"] == last["epoch"]) & (told_so_far["week"] <= now)]
    before = history[history["week"] == now - pd.Timedelta(weeks=1)]
    rules, metrics = judged_by(company, last["settings"], last["metrics"])
    first = last["first_week"]
    weeks = tuple(first + timedelta(weeks=i) for i in range((last["week"] - first) // WEEK + 1))
    registry = registry[registry["dimension"].isin(set(rows["dimension"])) & (registry["first_week"] <= now)]
    comparisons, accounts = {}, {}
    for columns in columns_of(cells, registry, metrics, weeks, rules):
        named = registry[registry["dimension"] == columns.dimension]["segment"]
        comparison = Comparison(columns, tuple(columns.row(str(one)) for one in named), rules)
        comparisons[columns.dimension] = comparison
        accounts[columns.dimension] = LeaveOneOut(comparison, kept, weeks)
    said = told(last["verdict"])
    said = replace(said, thesis=_thesis(decisions, rows, rules))
    return Week(
        said, rows, before, history, decisions, metrics, weeks, comparisons, accounts, as_of,
        last["kind"] == RECONSTRUCTED, away,
    )  # fmt: skip


def _thesis(decisions: pd.DataFrame, rows: pd.DataFrame, rules: Rules) -> Thesis | None:
    """The thesis that stands and how it does; `late` where its weeks counted already when it was named."""
    named = journal.standing_thesis(decisions)
    if named is None:
        return None
    for row in rows.to_dict("records"):
        if (row["dimension"], row["segment"]) == named:
            found = (row["metrics"] or {}).values()
            worse = max((one["log_e_worse"] for one in found), default=0.0) >= math.log(rules.worse)
            standing = "behind" if worse else "ahead" if row["log_e_any"] >= math.log(rules.watch) else "level"
            return Thesis(*named, standing, late=not row["thesis"])
    return Thesis(*named, "unseen")


def judged_by(company: Company, settings: dict[str, Any], names: list[str]) -> tuple[Rules, tuple[Metric, ...]]:
    """The rules and metrics a kept week was judged by: those of its refresh, whatever gtm.toml says since.

    settings   `refresh.settings.settings_of` as the journal keeps it; names the metrics of the refresh
    """
    known = {field.name for field in fields(Rules)}
    kept: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in settings["rules"].items()
        if name in known
    }
    rules = Rules(**kept)
    days = settings["maturity"]
    called = metrics_called(company, names)
    return rules, tuple(replace(metric, maturity=days.get(metric.name, metric.maturity)) for metric in called)
