"""Tightening, tracked: did the decision work, does the work drift out of the segment, and who is behind it?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from gtm_metrics import funnel, journal, measures, tightening
from gtm_metrics.charts.drifting import drifting
from gtm_metrics.company import Refused
from gtm_metrics.controls.address import choose, on_board
from gtm_metrics.controls.connected import Place
from gtm_metrics.controls.home import TIGHTEN_PAGE
from gtm_metrics.controls.place import ask, measured, today
from gtm_metrics.controls.show import dark, download, heading, note, present, table, width
from gtm_metrics.controls.signal import tighten
from gtm_metrics.controls.tabs import TAB, TRACKED
from gtm_metrics.controls.week import Key, Week, engine_of
from gtm_metrics.funnel import MixOrRate
from gtm_metrics.journal.tables import IDEAL
from gtm_metrics.measures import INSIDE, Rule, rules_of, values
from gtm_metrics.question import Question
from gtm_metrics.tables import CRM
from gtm_metrics.tables import tightening as tables_tightening
from gtm_metrics.tightening import Drift
from gtm_metrics.weeks import WEEK, closed_through, known_by, monday
from gtm_metrics.words import count, day, escaped
from gtm_metrics.words import tightening as said
from gtm_metrics.words.gates import as_day

BEFORE_WEEKS = 26
LISTED = 500
WATCHED, SEGMENT, PROFILE = "of", "segment", "profile"


@dataclass(frozen=True, eq=False)
class Tracked:
    """What people tightened on, since when, and each kind of work since.

    kind   SEGMENT, a decision of the Tighten page, or PROFILE, the ideal profile that is kept
    key    of a segment; None of a profile
    """

    place: Place
    week: Week
    kind: str
    name: str
    key: Key | None
    rules: tuple[Rule, ...]
    on: date
    drifts: tuple[Drift, ...]
    shares: pd.DataFrame

    @property
    def since(self) -> Question:
        """The whole weeks after the week of the decision, by the dimensions of the rules."""
        first = monday(self.on) + WEEK
        last = max(first, closed_through(0, self.week.as_of))
        return Question(self.week.as_of, tuple(rule.dimension for rule in self.rules[:2]), None, (first, last))

    @property
    def before(self) -> Question:
        """The half year before the week of the decision."""
        at = monday(self.on)
        return replace(self.since, weeks=(at - BEFORE_WEEKS * WEEK, at - WEEK))

    @property
    def rings(self) -> bool:
        """Whether any kind of work drifts."""
        return any(each.rings for each in self.drifts)


def tracked(where: Place, now: Week | None) -> tuple[Tracked, ...]:
    """The decision that stands and the profile that is kept, each with where the work has gone since; neither while the
    warehouse is away."""
    if now is None or now.away:
        return ()
    found = (_drifting(where, now, *one) for one in _tightened(where, now))
    return tuple(each for each in found if each is not None)


def _tightened(where: Place, now: Week) -> Iterator[tuple[str, str, Key | None, tuple[Rule, ...], date]]:
    """Kind, name, key, rules and day of what people tightened on."""
    decision = tightening.standing(now.decisions)
    on = as_day(decision["decided_at"]) if decision else None
    if decision is not None and on is not None:
        key = str(decision["dimension"]), str(decision["segment"])
        yield SEGMENT, key[1], key, (Rule(key[0], (key[1],)),), on
    known = known_by(now.as_of, where.warehouse.data_through, today())
    try:
        with journal.reading(engine_of(where)) as seen:
            profile = journal.profile(seen, IDEAL, known)
    except journal.JournalError:
        return
    kept_on = as_day(profile["on"]) if profile else None
    if profile is not None and kept_on is not None:
        yield PROFILE, said.PROFILE, None, rules_of(profile["rules"]), kept_on


def _drifting(
    where: Place, now: Week, kind: str, name: str, key: Key | None, rules: tuple[Rule, ...], on: date
) -> Tracked | None:
    def made() -> Tracked | None:
        first = tightening.watched_from(on)
        last = max(first, closed_through(0, now.as_of))
        try:
            work = measured(where, measures.activity, Question(now.as_of, (), None, (first, last)), rules)
        except Refused:  # a dimension is no longer one, or its bands are others
            return None
        counted = measures.dilution(work, (INSIDE,))
        found, shares = tightening.drifts(counted, on), tightening.running(counted)
        return Tracked(where, now, kind, name, key, rules, on, found, shares)

    return now.once(("tracked", rules, on), made)


def diluted(where: Place, now: Week | None) -> None:
    """A line where the work drifts out of what people tightened on; nothing while it holds."""
    for found in tracked(where, now):
        if found.rings:
            st.warning(said.drifting(found.drifts, found.name, found.on), icon=":material/water_drop:")
            st.page_link(
                TIGHTEN_PAGE,
                label="The accounts behind it",
                icon=":material/center_focus_strong:",
                query_params={TAB: TRACKED, WATCHED: found.kind},
            )


def tab() -> None:
    """The alarm and the accounts behind it, then what moved before and since; on a board page the alarm alone."""
    page, board = tighten(), on_board()
    offered = {each.kind: each for each in tracked(page.place, page.week)}
    if not offered:
        heading("Tighten positioning · tracked", *(said.AWAY if page.away else said.UNDECIDED))
        return
    found = next(iter(offered.values()))
    if len(offered) > 1:
        names = {kind: each.name for kind, each in offered.items()}
        slot = None if board else st.container()
        found = offered[choose(slot, WATCHED, "Watch", names, found.kind, st.segmented_control)]
    weeks = max((each.weeks for each in found.drifts), default=0)
    caption = f"Tighten positioning · tracked since {day(found.on)} · {count(weeks, 'week')}"
    heading(caption, said.title(found.drifts, found.name), said.drifting(found.drifts, found.name, found.on))
    if not weeks:
        return
    present(drifting(found.shares, found.drifts, found.on, dark(), width(board)))
    outside = tables_tightening.outside(found.drifts, found.place.company.currency)
    table(outside, "Share of the work outside, before and since")
    note(said.promise(found.drifts), board)
    if board:
        return
    _behind(found)
    if found.key is not None:
        _worked(found, found.key)


def _worked(found: Tracked, key: Key) -> None:
    """What of the segment moved beside everyone else, its part of the customers, the company's mix and rate."""
    metrics = found.week.metrics
    moved, mixed = _moved(found, key)
    st.subheader("Did it work?", anchor=False)
    st.markdown(f"{said.did_it_work(moved, key[1], metrics)} {_part(found, key)}".rstrip())
    table(tables_tightening.worked(moved, metrics), "The measures before the decision and since")
    note(said.READING)
    st.subheader("The whole company: by its mix, or by doing better", anchor=False)
    st.markdown(said.mix(mixed, metrics))
    table(tables_tightening.mix(mixed, metrics), "The whole company's change, by mix and by rate")


def _behind(found: Tracked) -> None:
    """Who was worked outside since the decision, by name, and as a file."""
    accounts: pd.DataFrame = measured(found.place, measures.worked_outside, found.since, found.rules, LISTED)
    if accounts.empty:
        st.caption("Nobody was worked outside it since.")
        return
    in_all = int(accounts["in_all"].iloc[0])
    cut = f", the first {len(accounts):,} listed" if in_all > len(accounts) else ""
    with st.expander(f"The accounts worked outside it since: {in_all:,}{cut}"):
        listed = tables_tightening.accounts(accounts, found.place.company)
        link = st.column_config.LinkColumn(display_text="open", width="small")
        on = st.column_config.DateColumn(format="D MMM YYYY")
        st.dataframe(
            listed,
            hide_index=True,
            column_config={CRM: link, "Last on": on},
            alt="Accounts worked outside since the decision",
        )
        download(listed, "Worked outside")


def _moved(found: Tracked, key: Key) -> tuple[pd.DataFrame, list[MixOrRate]]:
    """What of the segment moved beside everyone else, and the company's change by mix and rate, a measure each."""

    def made() -> tuple[pd.DataFrame, list[MixOrRate]]:
        parts, mixed = [], []
        for metric in found.week.metrics:
            before, since = (ask(found.place, metric, question) for question in (found.before, found.since))
            parts.append(tightening.worked(before, since, metric, key[1]))
            mixed.append(funnel.mix_or_rate(before, since, metric))
        return pd.concat(parts, ignore_index=True), mixed

    return found.week.once(("moved", key, found.on), made)


def _part(found: Tracked, key: Key) -> str:
    """The segment's part of the customers and of the ARR, on the day of the decision and now."""

    def of(on: date) -> dict[str, dict[Any, Any]]:
        sums = measured(found.place, measures.sums, Question(on, (key[0],)), "customers")
        rows = {name: values(sums, measures.measure_named(name)) for name in ("customers", "share_of_arr")}
        return {
            name: row
            for name, frame in rows.items()
            for row in frame.to_dict("records")
            if row["segment"] == key[1] and row["status"] == "ok"
        }

    return said.part(of(found.on), of(found.week.as_of), escaped(key[1]), found.on)
