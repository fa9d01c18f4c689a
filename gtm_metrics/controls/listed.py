"""Every watched segment as pages list them: strips of leads, a table whose rows open, what changed since last week."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from gtm_metrics.controls.address import SEGMENT_PAGE
from gtm_metrics.controls.show import table
from gtm_metrics.controls.week import Key, Week
from gtm_metrics.signal.series import week_leads
from gtm_metrics.tables import signal as tables_signal
from gtm_metrics.words import decided, plain


def leads(now: Week) -> dict[Key, list[float]]:
    """Every watched segment's lead in the last 12 weeks."""

    def made() -> dict[Key, list[float]]:
        return {
            (dimension, segment): week_leads(comparison, comparison.columns.row(segment))
            for dimension, comparison in now.comparisons.items()
            for segment in (comparison.columns.segments[row] for row in comparison.registered)
        }

    return now.once("leads", made)


def changed(now: Week) -> str:
    """The table of what changed since last week, where anything did; says what did not, for a line under it."""
    changes = now.once("changes", lambda: decided.changes(now.before, now.rows, now.metrics))
    if changes:
        table(tables_signal.changed(changes), "What changed since last week")
    return decided.unchanged(len(now.rows), changes)


def lead_column() -> Any:
    """How a table draws the strip of leads: bars up and down from a zero line in the middle."""
    ends = tables_signal.BOTH_SIDES
    said = "Ahead of everyone else (up) or behind, week by week, all measures together"
    return st.column_config.BarChartColumn(tables_signal.LEAD, help=said, y_min=-ends, y_max=ends, width=120)


def every_watched(now: Week, labels: Mapping[str, str]) -> None:
    """The table of every watched segment; a row that is chosen opens its segment.

    labels   what each watched dimension is called on screen
    """
    longest = next(iter(now.comparisons.values())).rules.longest_wait
    listed = now.once("watched", lambda: tables_signal.watched(now.rows, labels, leads(now), longest))
    chosen = st.dataframe(
        listed,
        hide_index=True,
        column_config={tables_signal.LEAD: lead_column()},
        on_select="rerun",
        selection_mode="single-row",
        key="every watched segment",
        alt="Every watched segment and its evidence",
    )
    if chosen.selection.rows:
        line = listed.iloc[chosen.selection.rows[0]]
        names = {(label, plain(s)): (d, s) for d, label in labels.items() for s in now.segments(d)}
        open_watched(names[line["Dimension"], line["Segment"]])


def open_watched(key: Key) -> None:
    """Goes to a watched segment's page."""
    kept = {"as_of": st.query_params["as_of"]} if "as_of" in st.query_params else {}
    st.switch_page(SEGMENT_PAGE, query_params={**kept, "by": key[0], "segment": key[1]})
