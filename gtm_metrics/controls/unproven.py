"""What stands on the Tighten page while nothing is proven: what is missing, or what cannot be known and what helps."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

from gtm_metrics import tables
from gtm_metrics.controls.place import rows_of
from gtm_metrics.controls.show import table
from gtm_metrics.controls.signal import Tighten, reach_of
from gtm_metrics.measures import PACE_WEEKS
from gtm_metrics.signal.states import LATCHED
from gtm_metrics.tables import decided as tables_decided
from gtm_metrics.tallies import metrics_of
from gtm_metrics.words import explained, small
from gtm_metrics.words.findings import Voice
from gtm_metrics.words.small import Small

READ = {"close_rate": 8, "calls_to_understanding": 6}
"""Deals and calls that are listed, the newest."""


def unproven(page: Tighten) -> None:
    """The section for a segment that is not proven; nothing for one that is."""
    if page.week.told.small:
        cannot_be_known(page, page.week.told.small)
    elif page.row["state"] not in LATCHED:
        said = explained.missing(page.row, paces(page), page.week.metrics)
        if said:
            st.subheader("What is missing", anchor=False)
            st.markdown(said)


def paces(page: Tighten) -> pd.DataFrame:
    """metric, trials: the subject's trials a week over the last half year that is frozen."""

    def made() -> pd.DataFrame:
        comparison = page.week.comparisons[page.subject[0]]
        row = comparison.columns.row(page.subject[1])
        lines = [
            (metric.metric.name, float(metric.n[row, -PACE_WEEKS:].sum(axis=-1).mean()))
            for metric in comparison.metrics
        ]
        return pd.DataFrame(lines, columns=["metric", "trials"])

    return page.week.once(("paces", page.subject), made)


def cannot_be_known(page: Tighten, found: Small) -> None:
    """Where volume cannot prove: what cannot be known, the levers with their waits, which way the counts lean, and
    whom to read and call meanwhile."""
    st.subheader("What cannot be known here yet", anchor=False)
    st.markdown(f"{small.cannot_know(found.why)} {small.no_lever(found.levers)}".rstrip())
    table(tables_decided.levers(found), "Levers, each with its own wait")
    reach = reach_of(page)
    if page.away:
        return
    whom = found.leaning.segment if found.leaning else page.subject[1]
    rules, a_week = page.week.comparisons[page.subject[0]].rules, reach.touches_a_week if reach else None
    st.markdown(small.settling_test(found.touches_per_arm, a_week, whom, rules.planned_ratio, rules.test_power))
    st.subheader("Meanwhile: accounts to read and call", anchor=False)
    st.markdown(small.leaning(found.leaning) if found.leaning else "The counts lean towards nobody.")
    dimension = found.leaning.dimension if found.leaning else page.subject[0]
    listed = to_read(page, dimension, whom)
    if len(listed):
        crm = st.column_config.LinkColumn(display_text="open", width="small")
        st.dataframe(listed, hide_index=True, column_config={tables.CRM: crm}, alt="Accounts and calls to read")
        st.caption(f"The newest decided deals and held calls of {Voice(True).name(whom)}.")
    else:
        st.caption(f"No decided deal and no held call of {Voice(True).name(whom)} is on record.")


def to_read(page: Tighten, dimension: str, segment: str) -> pd.DataFrame:
    """The newest decided deals and held calls of a segment, as the page lists them."""
    question = replace(page.question, by=(dimension,), weeks=None)
    named = {metric.name: metric for metric in metrics_of(page.place.company)}
    found = {name: rows_of(page.place, named[name], question, (segment,), most) for name, most in READ.items()}
    return tables.to_read(found, page.place.company)
