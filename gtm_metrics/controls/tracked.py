"""Tightening, tracked: did the decision work, does the work drift out of the segment, and who is behind it?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import pandas as pd
import streamlit as st

from gtm_metrics import funnel, measures, tables_tightening, tightening
from gtm_metrics.company import Refused
from gtm_metrics.controls.home import TIGHTEN_PAGE
from gtm_metrics.controls.place import Place, ask, measured
from gtm_metrics.controls.show import download, heading, note, table
from gtm_metrics.controls.signal import tighten
from gtm_metrics.controls.tabs import TAB, TRACKED
from gtm_metrics.controls.week import Key, Week
from gtm_metrics.funnel import MixOrRate
from gtm_metrics.question import Question
from gtm_metrics.tables import CRM
from gtm_metrics.tightening import Drift
from gtm_metrics.weeks import WEEK, closed_through, monday
from gtm_metrics.words import count, day
from gtm_metrics.words import tightening as said
from gtm_metrics.words.gates import as_day

BEFORE_WEEKS = 26
LISTED = 500


@dataclass(frozen=True, eq=False)
class Tracked:
    """The decision to tighten that stands: on which segment, since when, and each kind of work since."""

    place: Place
    week: Week
    key: Key
    on: date
    drifts: tuple[Drift, ...]

    @property
    def since(self) -> Question:
        """The whole weeks after the week of the decision, by its dimension."""
        first = monday(self.on) + WEEK
        last = max(first, closed_through(0, self.week.as_of))
        return Question(self.week.as_of, (self.key[0],), None, (first, last))

    @property
    def before(self) -> Question:
        """The half year before the week of the decision."""
        at = monday(self.on)
        return replace(self.since, weeks=(at - BEFORE_WEEKS * WEEK, at - WEEK))


def tracked(where: Place, now: Week | None) -> Tracked | None:
    """The decision that stands and where the work has gone since; None without one and while the warehouse is away."""
    decision = None if now is None or now.away else tightening.standing(now.decisions)
    on = as_day(decision["decided_at"]) if decision else None
    if now is None or decision is None or on is None:
        return None
    week, since, key = now, on, (str(decision["dimension"]), str(decision["segment"]))

    def made() -> Tracked | None:
        first = tightening.watched_from(since)
        last = max(first, closed_through(0, week.as_of))
        try:
            work = measured(where, measures.activity, Question(week.as_of, (key[0],), None, (first, last)))
        except Refused:  # the dimension is no longer one
            return None
        found = tightening.drifts(measures.dilution(work, (key[1],)), since)
        return Tracked(where, week, key, since, found)

    return week.once(("tracked", key, since), made)


def diluted(where: Place, now: Week | None) -> None:
    """A line where the work drifts out of the segment that was decided on; nothing while it holds."""
    found = tracked(where, now)
    if found is not None and any(each.rings for each in found.drifts):
        st.warning(said.drifting(found.drifts, found.key[1], found.on), icon=":material/water_drop:")
        st.page_link(
            TIGHTEN_PAGE,
            label="The accounts behind it",
            icon=":material/center_focus_strong:",
            query_params={TAB: TRACKED},
        )


def tab() -> None:
    """Tightening, tracked: the alarm and the accounts behind it, then what moved before and since."""
    page = tighten()
    found = tracked(page.place, page.week)
    if found is None:
        away = page.away and tightening.standing(page.week.decisions) is not None
        heading("Tighten positioning · tracked", *(said.AWAY if away else said.UNDECIDED))
        return
    segment, weeks = found.key[1], max((each.weeks for each in found.drifts), default=0)
    caption = f"Tighten positioning · tracked since {day(found.on)} · {count(weeks, 'week')}"
    heading(caption, said.title(found.drifts, segment), said.drifting(found.drifts, segment, found.on))
    if not weeks:
        return
    currency, metrics = found.place.company.currency, found.week.metrics
    st.subheader("Where the work goes", anchor=False)
    table(tables_tightening.outside(found.drifts, currency), "Share of the work outside the segment, before and since")
    note(said.promise(found.drifts))
    _behind(found)
    moved, mixed = _moved(found)
    st.subheader("Did it work?", anchor=False)
    st.markdown(said.did_it_work(moved, segment, metrics))
    table(tables_tightening.worked(moved, metrics), "The measures before the decision and since")
    note(said.READING)
    st.subheader("The whole company: by its mix, or by doing better", anchor=False)
    st.markdown(said.mix(mixed, metrics))
    table(tables_tightening.mix(mixed, metrics), "The whole company's change, by mix and by rate")


def _behind(found: Tracked) -> None:
    """Who was worked outside the segment since the decision, by name, and as a file."""
    accounts: pd.DataFrame = measured(found.place, measures.worked_outside, found.since, (found.key[1],), LISTED)
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
            alt="Accounts worked outside the segment since the decision",
        )
        download(listed, "Worked outside")


def _moved(found: Tracked) -> tuple[pd.DataFrame, list[MixOrRate]]:
    """What of the segment moved beside everyone else, and the company's change by mix and rate, a measure each."""

    def made() -> tuple[pd.DataFrame, list[MixOrRate]]:
        parts, mixed = [], []
        for metric in found.week.metrics:
            before, since = (ask(found.place, metric, question) for question in (found.before, found.since))
            parts.append(tightening.worked(before, since, metric, found.key[1]))
            mixed.append(funnel.mix_or_rate(before, since, metric))
        return pd.concat(parts, ignore_index=True), mixed

    return found.week.once(("moved", found.key, found.on), made)
