"""What the tabs of what we say share: the day, the verdict beside it, and what people have kept by then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pandas as pd
import sqlalchemy as sa
import streamlit as st

from gtm_metrics import journal, tightening
from gtm_metrics.company import Refused
from gtm_metrics.controls.connected import Place
from gtm_metrics.controls.draft import WRITE, Draft, drafted, sent
from gtm_metrics.controls.place import measured, place, today
from gtm_metrics.controls.show import heading
from gtm_metrics.controls.week import Key, Week, asked_day, engine_of, week
from gtm_metrics.controls.who import author, may
from gtm_metrics.question import Question
from gtm_metrics.warehouse.answers import NeverAsked
from gtm_metrics.words import escaped, plain

OFFERED_WEEKS = 52
"""Weeks whose deals are offered: what is said holds for longer than a quarter."""


@dataclass(frozen=True, eq=False)
class Spoken:
    """A day, and what is known on it.

    week   the verdict of its week; None where there is none
    now    whether it is the present, which alone can be changed
    """

    place: Place
    as_of: date
    week: Week | None
    now: bool

    @property
    def known(self) -> date:
        """The day up to which people's words count: data lag behind people."""
        return max(self.as_of, datetime.now(UTC).date()) if self.now else self.as_of

    @property
    def open(self) -> bool:
        """Whether the reader may write: only of the present, and who may edit."""
        return self.now and may("edit")

    @property
    def focus(self) -> Key | None:
        """The segment whose data are offered: the one decided on, else the verdict's; None without either."""
        if self.week is None:
            return None
        decision = tightening.standing(self.week.decisions)
        if decision is not None:
            return str(decision["dimension"]), str(decision["segment"])
        return self.week.told.key

    def question(self, *by: str) -> Question:
        """The last year of whole weeks, by dimensions."""
        return Question(self.as_of, by, None, OFFERED_WEEKS)

    def asked(self, measure: Callable[..., Any], *arguments: Any) -> Any:
        """What a measure says; None where the warehouse cannot be asked, or no longer has what is asked of."""
        if self.place.warehouse.data_through is None:
            return None
        try:
            return measured(self.place, measure, *arguments)
        except (NeverAsked, Refused):
            return None


def spoken() -> Spoken:
    """The day the address asks for, and the verdict of its week where there is one."""
    where = place(or_journal=True)
    through = where.warehouse.data_through or datetime.now(UTC).date()
    as_of = asked_day(through)
    try:
        found = week(where)
    except journal.JournalError:
        found = ""
    return Spoken(where, as_of, None if isinstance(found, str) else found, as_of == through)


def kept(page: Spoken, caption: str, *readers: Callable[[sa.Connection], pd.DataFrame]) -> tuple[pd.DataFrame, ...]:
    """What the journal holds, read as one state of it; where it does not answer a sentence says so, and it stops."""
    try:
        with journal.reading(engine_of(page.place)) as seen:
            return tuple(reader(seen) for reader in readers)
    except journal.JournalError as trouble:
        heading(caption, "The journal does not answer", escaped(str(trouble)))
        st.stop()


def take_back(page: Spoken, table: str, label: str, rows: Mapping[int, str]) -> None:
    """The form that takes one of the rows (number -> what it is called) back; it stays in the history."""
    if not rows:
        return
    with st.popover(label, icon=":material/undo:"), drafted(f"take back {table}", rows, border=False) as draft:
        offered = draft.base
        number = st.selectbox("Which", list(offered), format_func=lambda one: plain(offered[one]))
        who = author()
        written(
            draft, lambda engine, today: journal.take_back(engine, table, number, who, today), page, rows, "Take back"
        )


def written(
    draft: Draft, keep: Callable[[sa.Engine, date], object], page: Spoken, now: Any = None, label: str = WRITE
) -> None:
    """The button of a form that keeps something; the page is shown anew once it was written."""
    if sent(draft, lambda: keep(engine_of(page.place), today()), now, label):
        st.rerun()
