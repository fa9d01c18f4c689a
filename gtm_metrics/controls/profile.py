"""The profiles on the Best-fit page: whom one wants and whom one does not, kept or suggested, with their evidence."""

from __future__ import annotations

import streamlit as st

from gtm_metrics import journal
from gtm_metrics.controls.customers import BestFit
from gtm_metrics.controls.draft import drafted, sent
from gtm_metrics.controls.kept import Kept, Versions, suggested
from gtm_metrics.controls.look_alikes import alike, set_apart
from gtm_metrics.controls.place import today
from gtm_metrics.controls.show import table
from gtm_metrics.controls.week import engine_of
from gtm_metrics.controls.who import author
from gtm_metrics.journal.tables import IDEAL, NEGATIVE
from gtm_metrics.measures import Rule
from gtm_metrics.question import NOT_SET
from gtm_metrics.tables import customers as tables_customers
from gtm_metrics.tables import profile as tables_profile
from gtm_metrics.words import escaped, plain
from gtm_metrics.words import profile as said

OPENS = {IDEAL: "Keep a profile", NEGATIVE: "Keep a negative profile"}
MEANS = {
    IDEAL: "An account fits when it fits in every line that is filled.",
    NEGATIVE: "An account is not wanted when it fits in every line that is filled.",
}


def section(page: BestFit, known: Kept) -> None:
    """Both profiles and the look-alikes; where the journal does not answer a sentence says so."""
    st.subheader("The profile, and who looks like it", anchor=False)
    if known.trouble:
        st.caption(escaped(known.trouble))
        return
    wanted = known.ideal.rules or suggested(page.place, page.traits)
    if known.ideal.now:
        st.markdown(said.kept(known.ideal.now))
    else:
        st.markdown(said.suggested(wanted, page.labels) if wanted else said.NO_PROFILE)
    if known.negative.now:
        st.markdown(said.not_wanted(known.negative.now))
    with st.container(horizontal=True):
        if known.now:
            _keep(page, known.ideal, wanted)
            _keep(page, known.negative, known.negative.rules or suggested(page.place, page.traits, "worst"))
        for versions in (known.ideal, known.negative):
            _history(page, versions, known.now)
    if wanted:
        alike(page, known, wanted)
    set_apart(page, known)


def _history(page: BestFit, versions: Versions, may_change: bool) -> None:
    """What stood behind the version in effect on the day it was kept, every version, and the form that takes it back;
    nothing before the first."""
    if versions.rows.empty:
        return
    label = said.EVIDENCE[versions.kind]
    with st.popover(label, icon=":material/history:"):
        if versions.now:
            st.markdown(said.evidence(versions.now))
            shown = tables_customers.evidence(versions.now, page.labels)
            if len(shown):
                table(shown, f"{label}: the traits of that day")
        table(tables_profile.versions(versions.rows), f"{label}: every version, the newest first")
        if versions.now and may_change:
            _take_back(page, versions)


def _take_back(page: BestFit, versions: Versions) -> None:
    """The form after which there is no such profile: what the traits suggest stands in its place again."""
    there_is = {"version": versions.saw}
    with drafted(f"take back {versions.kind} profile", there_is, border=False) as draft:
        why, who = st.text_input("Why it is taken back"), author()

        def act() -> None:
            saw = int(draft.saw["version"] or 0)
            journal.take_back_profile(engine_of(page.place), versions.kind, why, who, today(), saw)

        if sent(draft, act, there_is, "Take the profile back"):
            st.rerun()


def _keep(page: BestFit, versions: Versions, here: tuple[Rule, ...]) -> None:
    """The form in which people keep a profile: the segments that fit, who says so and why."""
    kind, frame = versions.kind, page.told.frame
    there_is = {"version": versions.saw, "rules": {rule.dimension: list(rule.segments) for rule in here}}
    with (
        st.popover(OPENS[kind], icon=":material/bookmark:"),
        drafted(f"{kind} profile", there_is, border=False) as draft,
    ):
        st.caption(MEANS[kind])
        now, chosen = draft.base["rules"], {}
        for attribute in page.place.company.dimensions:
            there = frame.loc[(frame["attribute"] == attribute.name) & (frame["attribute_2"] == ""), "value"]
            offered = sorted({*(str(value) for value in there), *now.get(attribute.name, ())} - {NOT_SET})
            if offered:
                chosen[attribute.name] = st.multiselect(
                    escaped(attribute.label), offered, now.get(attribute.name, []), format_func=plain
                )
        who, why = author(), st.text_area("Why, in a sentence")
        made = tuple(Rule(name, tuple(values)) for name, values in chosen.items() if values)
        found = page.traits[page.traits["attribute"].isin([rule.dimension for rule in made])]

        def act() -> None:
            journal.keep_profile(
                engine_of(page.place),
                kind,
                said.sentence(made, page.labels) or "-",
                [{"dimension": rule.dimension, "segments": rule.segments} for rule in made],
                [{str(name): value for name, value in row.items()} for row in found.to_dict("records")],
                why,
                who,
                today(),
                draft.saw["version"],
            )

        if sent(draft, act, there_is):
            st.rerun()
