"""The profile on the Best-fit page: what is kept or suggested, who looks like it, and the lists of those set apart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from gtm_metrics import customers, journal, tables_profile
from gtm_metrics.company import Refused
from gtm_metrics.controls.customers import BestFit
from gtm_metrics.controls.place import Place, measured
from gtm_metrics.controls.show import download, table
from gtm_metrics.controls.week import engine_of
from gtm_metrics.controls.who import author, may
from gtm_metrics.journal.tables import IDEAL, LISTS, NEVER, NOT_NOW
from gtm_metrics.measures import NOTHING_KEPT, Fit, LookAlikes, Rule, look_alikes, rules_of
from gtm_metrics.question import NOT_SET, Question
from gtm_metrics.tables import CRM
from gtm_metrics.weeks import WEEK
from gtm_metrics.words import escaped, plain
from gtm_metrics.words import profile as said

LISTED = 100
NAMES = {NEVER: "Never", NOT_NOW: "Not now"}


@dataclass(frozen=True, eq=False)
class Kept:
    """What the journal knows on the day of the page: the versions of the profile, accounts on lists.

    now   whether the page shows the present, which alone can be changed
    """

    versions: pd.DataFrame
    lists: pd.DataFrame
    now: bool

    @property
    def profile(self) -> dict[str, Any] | None:
        """The version in effect, by column; None before the first and where it was taken back."""
        if self.versions.empty or self.versions["gone"].iloc[-1]:
            return None
        return {str(name): value for name, value in self.versions.iloc[-1].items()}

    @property
    def saw(self) -> int | None:
        """The last version, which a change is made from, also one that was taken back; None before the first."""
        return None if self.versions.empty else int(self.versions["version"].iloc[-1])


def fit(where: Place, question: Question) -> Fit:
    """What people keep by which open deals are to be disqualified; nothing where the journal does not answer."""
    try:
        kept = _kept(where, question)
    except journal.JournalError:
        return NOTHING_KEPT
    never = kept.lists.loc[kept.lists["kind"] == NEVER, "account_id"]
    return Fit(rules_of(kept.profile["rules"]) if kept.profile else (), tuple(sorted(never)))


def section(page: BestFit) -> None:
    """The profile and its look-alikes; where the journal does not answer a sentence says so."""
    st.subheader("The profile, and who looks like it", anchor=False)
    try:
        kept = _kept(page.place, page.question)
    except journal.JournalError as trouble:
        st.caption(escaped(str(trouble)))
        return
    suggested = tuple(Rule(*rule) for rule in customers.suggested(page.traits, list(page.labels)))
    rules = rules_of(kept.profile["rules"]) if kept.profile else suggested
    if kept.profile:
        st.markdown(said.kept(kept.profile))
    else:
        st.markdown(said.suggested(rules, page.labels) if rules else said.NO_PROFILE)
    with st.container(horizontal=True):
        if kept.now:
            _keep(page, kept, rules)
        if len(kept.versions) > 1:
            with st.popover("Versions", icon=":material/history:"):
                table(tables_profile.versions(kept.versions), "Versions of the profile, the newest first")
    if rules:
        _alike(page, kept, rules)
    _set_apart(page, kept)


def _kept(where: Place, question: Question) -> Kept:
    today = datetime.now(UTC).date()
    through = where.warehouse.data_through
    now = through is None or question.as_of >= through
    known = max(today, question.as_of) if now else question.as_of
    with journal.reading(engine_of(where)) as seen:
        return Kept(journal.profiles(seen, known, IDEAL), journal.listed(seen, known), now and may("edit"))


def _keep(page: BestFit, kept: Kept, rules: tuple[Rule, ...]) -> None:
    """The form in which people keep a profile: the segments that fit, who says so and why."""
    frame = page.told.frame
    here = {rule.dimension: list(rule.segments) for rule in rules}
    with st.popover("Keep a profile", icon=":material/bookmark:"), st.form("profile", border=False):
        st.caption("An account fits when it fits in every line that is filled.")
        chosen = {}
        for attribute in page.place.company.dimensions:
            there = frame.loc[(frame["attribute"] == attribute.name) & (frame["attribute_2"] == ""), "value"]
            offered = sorted({*(str(value) for value in there), *here.get(attribute.name, ())} - {NOT_SET})
            if offered:
                chosen[attribute.name] = st.multiselect(
                    escaped(attribute.label), offered, here.get(attribute.name, []), format_func=plain
                )
        who, why = author(), st.text_area("Why, in a sentence")
        if not st.form_submit_button("Write into the journal", type="primary"):
            return
        made = tuple(Rule(name, tuple(values)) for name, values in chosen.items() if values)
        found = page.traits[page.traits["attribute"].isin([rule.dimension for rule in made])]
        try:
            journal.keep_profile(
                engine_of(page.place),
                IDEAL,
                said.sentence(made, page.labels) or "-",
                [{"dimension": rule.dimension, "segments": rule.segments} for rule in made],
                [{str(name): value for name, value in row.items()} for row in found.to_dict("records")],
                why,
                who,
                datetime.now(UTC).date(),
                kept.saw,
            )
        except (Refused, journal.JournalError) as trouble:
            st.error(escaped(str(trouble)))
            return
    st.rerun()


def _alike(page: BestFit, kept: Kept, rules: tuple[Rule, ...]) -> None:
    """Who fits and is left to win: counts, names with reasons, files, and a list for those that are ticked."""
    on_lists = tuple(sorted(kept.lists["account_id"]))
    try:
        found: LookAlikes = measured(page.place, look_alikes, page.question, rules, on_lists, LISTED)
    except Refused as refused:
        st.warning(escaped(str(refused)))
        return
    nobody = [why for name, why in found.missing.items() if name in ("accounts", "who pays")]
    if nobody:
        st.caption(f"Nobody can be named: {escaped(nobody[0])}.")
        return
    st.markdown(said.who_is_left(found.counts, len(found.frame)))
    if found.frame.empty:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        hidden = st.toggle("Hide names", key="hide names")
        frame = tables_profile.listed(found, page.place.company, page.labels, not hidden)
        download(frame, "Look-alikes", workbook=True)
    shown = tables_profile.on_screen(frame, "touches" not in found.missing)
    ticked: Any = st.dataframe(
        shown,
        hide_index=True,
        height=320,
        column_config={
            "Why": st.column_config.TextColumn(width=330),
            "Contact": st.column_config.TextColumn(width=190),
            "Last touch": st.column_config.TextColumn(width="small"),
            CRM: st.column_config.LinkColumn(display_text="open", width="small"),
        },
        on_select="rerun" if kept.now else "ignore",
        selection_mode="multi-row",
        key="look-alikes",
        alt="Accounts that fit the profile and are left to win, with what speaks for each",
    )
    lines = ticked["selection"]["rows"] if kept.now else []
    if lines:
        some = found.frame.iloc[lines]
        names = [str(name or one) for name, one in zip(some["account"], some["account_id"], strict=True)]
        _put(page, dict(zip(some["account_id"], names, strict=True)))
    elif kept.now:
        st.caption("Tick accounts to put them on a list: never, or not now.")


def _put(page: BestFit, accounts: dict[str, str]) -> None:
    """The form that puts accounts on a list."""
    today = datetime.now(UTC).date()
    with st.form("put on a list"):
        st.markdown(f"**Set apart:** {escaped(', '.join(accounts.values()))}")
        kind = st.radio("List", LISTS, format_func=NAMES.__getitem__, horizontal=True)
        until = st.date_input("Not now ends on", today + 26 * WEEK, min_value=today + timedelta(days=1))
        who, why = author(), st.text_input("Why")
        if not st.form_submit_button("Write into the journal", type="primary"):
            return
        day = until if kind == NOT_NOW and isinstance(until, date) else None
        try:
            journal.put_on_list(engine_of(page.place), kind or NEVER, accounts, why, who, today, day)
        except (Refused, journal.JournalError) as trouble:
            st.error(escaped(str(trouble)))
            return
    st.rerun()


def _set_apart(page: BestFit, kept: Kept) -> None:
    """Accounts on a list, and the form that takes one off."""
    if kept.lists.empty:
        return
    with st.expander(f"On a list: {len(kept.lists):,}"):
        table(tables_profile.set_apart(kept.lists, NAMES), "Accounts that people set apart")
        if not kept.now:
            return
        names = dict(zip(kept.lists["account_id"], kept.lists["account"], strict=True))
        with st.form("take off", border=False):
            gone = st.multiselect("Take off", list(names), format_func=lambda one: plain(names[one]))
            who, why = author(), st.text_input("Why")
            if not st.form_submit_button("Write into the journal"):
                return
            try:
                journal.take_off_list(engine_of(page.place), gone, why, who, datetime.now(UTC).date())
            except (Refused, journal.JournalError) as trouble:
                st.error(escaped(str(trouble)))
                return
        st.rerun()
