"""The seven criteria of an ideal customer on the Best-fit page: data where they speak, people where they do not."""

from __future__ import annotations

from typing import Any

import streamlit as st

from gtm_metrics import customers, journal
from gtm_metrics.company import Refused
from gtm_metrics.controls.address import choose
from gtm_metrics.controls.customers import BestFit
from gtm_metrics.controls.draft import drafted, sent
from gtm_metrics.controls.kept import Kept, suggested
from gtm_metrics.controls.place import measured, today
from gtm_metrics.controls.show import table
from gtm_metrics.controls.week import engine_of
from gtm_metrics.controls.who import author
from gtm_metrics.measures import value
from gtm_metrics.tables import customers as tables_customers
from gtm_metrics.words import criteria as said
from gtm_metrics.words import escaped

WHOSE = {"profile": "The profile", "best": "The best tenth"}


def section(page: BestFit, known: Kept) -> None:
    """Those who fit the profile, or the best tenth, beside everyone else, criterion by criterion."""
    st.subheader("The seven criteria of an ideal customer", anchor=False)
    wanted, whose = known.ideal.rules or suggested(page.place, page.traits), "best"
    if wanted:
        whose = choose(st.container(), "criteria", "Of whom", WHOSE, "profile", st.segmented_control)
    try:
        asked = wanted if whose == "profile" else ()
        met: value.Met = measured(page.place, value.criteria, page.question, page.told.recipe, asked)
    except Refused as refused:
        st.warning(escaped(str(refused)))
        return
    company = page.place.company
    seven = value.seven(company)
    found = customers.criteria(met.frame, met.missing, seven, company.minimum_trials, page.told.recipe.weights)
    st.markdown(escaped(said.summary(found, set(known.answers["criterion"]))))
    group, rest = f"{WHOSE[whose]} ({met.inside:,})", f"Everyone else ({met.rest:,})"
    shown = tables_customers.criteria(found, known.answers, group, rest)
    table(shown, "The seven criteria of an ideal customer, in data and in words")
    if known.now:
        _answer(page, seven)
    st.caption(said.caption(found, company.minimum_trials, met.middle))


def _answer(page: BestFit, seven: tuple[value.Criterion, ...]) -> None:
    """The form in which a person answers a criterion, in place of what was said to it before."""
    names = {each.name: said.meaning(each) for each in seven}
    with st.popover("Answer a criterion", icon=":material/rule:"), drafted("criterion", border=False) as draft:
        chosen: Any = st.selectbox("Criterion", list(names), format_func=names.__getitem__)
        answer = st.text_input("What you know of it, in one line")
        who = author()
        if sent(draft, lambda: journal.answer(engine_of(page.place), chosen, answer, who, today())):
            st.rerun()
