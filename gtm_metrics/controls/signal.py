"""What the Tighten positioning page shows of its segment, made once for every reader."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from gtm_metrics import funnel, journal, measures, readings
from gtm_metrics.charts.canvas import Drawing
from gtm_metrics.charts.race import race
from gtm_metrics.charts.stages import stages
from gtm_metrics.controls.address import WAREHOUSE_PAGE, on_board, on_phone
from gtm_metrics.controls.connected import Place
from gtm_metrics.controls.notice import of_journal
from gtm_metrics.controls.place import ask, measured, place, refuse
from gtm_metrics.controls.screen import connect_first
from gtm_metrics.controls.show import dark, heading, width
from gtm_metrics.controls.week import Key, Week, week
from gtm_metrics.funnel.holds import Tallies
from gtm_metrics.measures import PACE_WEEKS, measure_named, values
from gtm_metrics.question import Question
from gtm_metrics.signal.series import holds_up, week_standings
from gtm_metrics.signal.states import LATCHED, REOPENED, TIGHTEN_NOW
from gtm_metrics.tables import decided as tables_decided
from gtm_metrics.tables import signal as tables_signal
from gtm_metrics.tallies import metrics_of, not_connected
from gtm_metrics.warehouse import WarehouseError
from gtm_metrics.weeks import WEEK
from gtm_metrics.words import day, escaped, explained, signal
from gtm_metrics.words.evidence import READING_SIGNAL
from gtm_metrics.words.gates import as_day, best_account, proven
from gtm_metrics.words.numbers import Row, count
from gtm_metrics.words.signal import LOOSE, ON_SCREEN, TOO_EARLY, Worth
from gtm_metrics.words.watched import the_same

DRAWN_WEEKS = 52
BEFORE_PROOF = 26
"""Weeks the race shows before the week of proof, where that lies further back than a year."""
WITHIN = 3
"""Further dimensions a lead is looked at within: the first declared ones."""
BOARD_TESTS = 4
"""Tests a board page has room for."""
STANDS_OUT = set(ON_SCREEN.values()) - {TOO_EARLY, LOOSE}
"""Words of a segment that is more than one of many."""


@dataclass(frozen=True, eq=False)
class Tighten:
    """The page: its week, the segment it is about, that segment's row."""

    place: Place
    week: Week
    subject: Key
    row: Row
    board: bool

    @property
    def labels(self) -> dict[str, str]:
        """What each watched dimension is called on screen."""
        return {name: self.place.company.dimension(name).label for name in self.week.comparisons}

    @property
    def caption(self) -> str:
        """The small line over the title."""
        watched = f"{count(len(self.week.rows), 'segment')} in {count(len(self.week.comparisons), 'dimension')} watched"
        told, through = self.week.told, self.week.told.week
        end = day(through + timedelta(days=6)) if through else ""
        said = f"Tighten positioning · to Sunday {end} · {watched}"
        return (
            said + (" · reconstructed" if self.week.reconstructed else "") + (" · thesis named" if told.thesis else "")
        )

    @property
    def away(self) -> bool:
        """Whether the warehouse does not answer: then the page is what the journal holds."""
        return bool(self.week.away)

    @property
    def proven(self) -> bool:
        """Whether the subject is proven or decided."""
        return self.row["state"] in LATCHED

    @property
    def question(self) -> Question:
        """The half year up to the page's day, by the subject's dimension."""
        return Question(self.week.as_of, (self.subject[0],), None, PACE_WEEKS)


def tighten() -> Tighten:
    """The page's data; where there is no verdict yet a sentence says why, and the script stops."""
    where = place(or_journal=True)
    of_journal()
    away = False
    try:
        found = week(where)
    except journal.JournalError as trouble:
        found, away = str(trouble), True
    row = None if isinstance(found, str) else found.row(found.subject)
    if isinstance(found, str) or found.subject is None or row is None:
        if where.away and where.warehouse.data_through is None:
            refuse(WarehouseError(where.away))
        if away:
            heading("Tighten positioning", "There is no verdict: the journal does not answer", escaped(str(found)))
            st.stop()
        heading("Tighten positioning", "There is no verdict yet", _why(found))
        gone = readings.switched_off((m, not_connected(where.warehouse, m)) for m in metrics_of(where.company))
        if isinstance(found, str) and len(gone):
            connect_first(where)
        else:
            st.page_link(WAREHOUSE_PAGE, label="Warehouse", icon=":material/database:")
        st.stop()
    return Tighten(where, found, found.subject, row, on_board())


def worth(page: Tighten) -> Worth:
    """NRR and ARPA of the subject beside everyone else's, and the accounts left to win."""

    def made() -> Worth:
        if page.away:
            return Worth()
        found: dict[str, Any] = {}
        for group, name in (("retention", "nrr"), ("customers", "arpa")):
            sums = measured(page.place, measures.sums, page.question, group)
            rows = values(sums, measure_named(name), page.place.company.minimum_trials).to_dict("records")
            mine = (row for row in rows if row["segment"] == page.subject[1] and row["status"] == "ok")
            found[name] = next(mine, None)
        now = reach_of(page)
        left, weeks = (None, None) if now is None else (now.left, now.weeks_of_list)
        return tables_signal.worth(found["nrr"], found["arpa"], left, weeks, page.place.company.currency)

    return page.week.once(("worth", page.subject), made)


def reach_of(page: Tighten, on: date | None = None) -> funnel.Ceiling | None:
    """What tightening on the subject would change, as known on the page's day or on another; None where deals are not
    connected."""

    def made() -> funnel.Ceiling | None:
        if page.away:
            return None
        question, response = page.question, metrics_of(page.place.company)[0]
        question = question if on is None else replace(question, as_of=on)
        asked = partial(ask, page.place), partial(measured, page.place)
        frame = measures.reach_of(question, response, *asked).frame
        if page.subject[1] not in set(frame["segment"]):
            return None
        return funnel.ceiling(frame, page.subject[1], PACE_WEEKS, page.place.company.minimum_trials)

    return page.week.once(("reach", page.subject, on), made)


def ceiling_of(page: Tighten) -> pd.DataFrame | None:
    """What tightening would change, as a table; None where the verdict names nobody on whom one might."""
    now = reach_of(page) if page.week.told.key and not page.board else None
    return tables_decided.ceiling(now, page.place.company.currency) if now else None


def same_accounts(page: Tighten) -> str:
    """Which segments that stand out as well are mostly the same accounts as the subject, in a sentence; '' for none.

    The warehouse is asked only where another segment of another dimension does stand out.
    """

    def made() -> str:
        rows = page.week.rows.to_dict("records")
        out = {(r["dimension"], r["segment"]) for r in rows if ON_SCREEN[r["state"]] in STANDS_OUT}
        others = tuple(sorted({dimension for dimension, _ in out if dimension != page.subject[0]}))
        if page.subject not in out or not others or page.away:
            return ""
        asked = Question(page.week.as_of, (page.subject[0],))
        counts = measured(page.place, measures.overlaps, asked, others)
        found = measures.overlap(counts, page.subject[1]).to_dict("records")
        told = [r for r in found if (r["dimension"], r["value"]) in out and the_same(r)]
        return explained.same_accounts(page.subject[1], told)

    return page.week.once(("same accounts", page.subject), made)


def _why(found: Week | str) -> str:
    """Why there is no verdict, as a sentence."""
    why = escaped(found).rstrip(".") if isinstance(found, str) else "No segment is watched yet"
    return f"{why[:1].upper()}{why[1:]}. Verdicts begin with the first week that is settled."


def title(page: Tighten) -> str:
    """The verdict; "and worth it" where it is proven and compared."""
    return signal.title(page.week.told, page.row, worth(page) if page.proven else None)


def explanation(page: Tighten) -> str:
    """The paragraph under the title, and where another segment says the same, that."""
    about = worth(page) if page.proven else None
    told = explained.paragraph(page.week.told, page.row, about, page.week.metrics)
    return f"{told} {same_accounts(page)}".rstrip()


def race_of(page: Tighten) -> tuple[Drawing, str]:
    """The evidence race and its footnote."""
    in_dark = dark()
    drawing = page.week.once(("race", page.subject, page.board, on_phone(), in_dark), lambda: _race(page, in_dark))
    return drawing, "" if page.board else f"{READING_SIGNAL['race']} {_frozen(page)}"


def _race(page: Tighten, in_dark: bool) -> Drawing:
    now, told = page.week, page.week.told
    last = told.week or page.week.as_of
    sure = page.row["state"] == TIGHTEN_NOW or (page.proven and proven(page.row))
    since = as_day(page.row["since"]) if page.row["state"] == TIGHTEN_NOW else None
    first = min(last - DRAWN_WEEKS * WEEK, since - BEFORE_PROOF * WEEK if since else last)
    frame = now.history[now.history["week"] >= pd.Timestamp(first)]
    standing = "ahead" if sure else "behind" if page.row["state"] == REOPENED else ""
    height = 212.0 if page.board else 540.0 if told.key else 400.0
    return race(frame, page.subject, told.k, standing, now.in_advance, since, in_dark, width(page.board, 0.56), height)


def stages_of(page: Tighten) -> tuple[Drawing, str]:
    """The strip of the last half year, week by week and stage by stage, and its footnote."""
    comparison, in_dark = page.week.comparisons[page.subject[0]], dark()

    def made() -> Drawing:
        frame = week_standings(comparison, comparison.columns.row(page.subject[1]), page.week.weeks)
        return stages(frame, None, in_dark, width(page.board))

    lags = ", ".join(f"{m.metric.label.lower()} {m.lag}" for m in comparison.metrics)
    note = f"{READING_SIGNAL['stages']} A cell stands in the week it was settled, weeks after its own: {lags}."
    note = f"{READING_SIGNAL['board']} {_frozen(page)}" if page.board else note
    return page.week.once(("stages", page.subject, page.board, on_phone(), in_dark), made), note


def _frozen(page: Tighten) -> str:
    """What the drawings rest on, and the promise of the rule."""
    last = page.week.told.week or page.week.as_of
    return f"Frozen weeks to Sunday {day(last + timedelta(days=6))}, as of {day(page.week.as_of)}."


def held(page: Tighten) -> pd.DataFrame:
    """Does it hold up: the proof with less data, and the lead among its like; counts while it is too early."""
    if page.week.told.kind == "too_early":
        return tables_signal.numbers(page.row, page.week.metrics)[["Measure", "Counts"]]
    found = page.week.once(("held", page.subject), lambda: _held(page))
    return found.head(BOARD_TESTS) if page.board else found


def _held(page: Tighten) -> pd.DataFrame:
    comparison, segment = page.week.comparisons[page.subject[0]], page.subject[1]
    row, found = comparison.columns.row(segment), page.row["metrics"] or {}
    names = [metric.metric.name for metric in comparison.metrics]
    first = max(names, key=lambda name: (found.get(name) or {}).get("log_e_better") or 0.0)
    start, accounts = page.week.start(page.row), page.week.accounts[page.subject[0]]
    proofs = holds_up(comparison, accounts, row, start, math.log(page.row["threshold"]), names.index(first))
    best = accounts.top(row, start, len(page.week.weeks) - 1) if accounts.accounts is not None else []
    others = [d.name for d in page.place.company.dimensions if d.name != page.subject[0]][:WITHIN]
    question = replace(page.question, weeks=None)
    asked = () if page.away else comparison.metrics
    tallies = [
        Tallies(
            metric.metric,
            ask(page.place, metric.metric, question, ("week", "band")),
            {o: ask(page.place, metric.metric, replace(question, within=o), ("week", "band")) for o in others},
        )
        for metric in asked
    ]
    labels = {d.name: d.label for d in page.place.company.dimensions}
    return tables_signal.holds(proofs, funnel.holds_up((segment,), tallies), first, labels, len(best))


def checklist(page: Tighten) -> pd.DataFrame:
    """The evidence and the five gates; the account that matters most by its name."""

    def made() -> pd.DataFrame:
        account = best_account(page.row)
        asked = (account,) if account and not page.away else ()
        named = measured(page.place, measures.called, page.week.as_of, asked) if asked else {}
        return tables_signal.checklist(page.row, page.week.metrics, named)

    return page.week.once(("checklist", page.subject), made)
