"""What the Warehouse page shows of tables and columns, and of the SQL behind tables and numbers."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from gtm_metrics import readings
from gtm_metrics.controls.connected import Place
from gtm_metrics.controls.place import behind_numbers, today
from gtm_metrics.controls.show import height_of, note
from gtm_metrics.doctor import Examined
from gtm_metrics.warehouse import Relation

WRITTEN: dict[str, Any] = {
    **dict.fromkeys(readings.NUMBERS, st.column_config.NumberColumn(format="localized")),
    **dict.fromkeys(("First", "Last"), st.column_config.DateColumn(format="D MMM YYYY", width=105)),
}
"""How counts and days are written."""
ROWS = (
    "Rows read = used + set aside. A table that is not connected switches off what needs it; it never counts as zero."
)


def show(frame: pd.DataFrame, whole: bool = False, **how: Any) -> None:
    """An interactive table whose room is kept free until it is drawn."""
    st.dataframe(frame, hide_index=True, placeholder="", height=height_of(len(frame), whole), **how)


def tables(relations: list[Relation], also: str = "", board: bool = False) -> None:
    """One row a table, with why it is not there; the footnote ends with `also`."""
    spare = "One row per" if any(r.why for r in relations) else "Why"
    wide = {**WRITTEN, "Why": st.column_config.Column(width=520), spare: None}
    alt = "One row a table: rows and days, and why it is not there"
    show(readings.tables(relations), whole=True, column_config=wide, alt=alt)
    note(f"{ROWS} {also}".rstrip(), board)


def columns(where: Place) -> None:
    """The columns of the table that is picked, and its SQL."""
    names = list(where.warehouse.relations)
    picked = st.selectbox("Table", names, label_visibility="collapsed")
    relation = where.warehouse.relations[picked]
    about = f"Columns of {picked}: where each was found, how many rows have it"
    found = readings.columns(relation)
    shown = readings.as_percent(found, "Missing", [relation.rows_used] * len(found))
    show(shown, whole=True, column_config=WRITTEN, alt=about)
    with st.expander("The SQL behind this table"):
        st.code(relation.sql or "not connected", language="sql", wrap_lines=True)


def freshness(where: Place) -> None:
    """Days, orphans and copies of each connected table."""
    relations, found = where.warehouse.relations, readings.concepts(where.warehouse, today())
    shown = readings.as_percent(found, "Without an account", [relations[name].rows_read for name in found["Table"]])
    show(shown, column_config=WRITTEN, alt="Days and orphans")


def attributes(where: Place, found: Examined) -> None:
    """The attributes of accounts, and whether each goes as a dimension."""
    frame, rows = readings.attributes(found), where.warehouse.relations["accounts"].rows_used
    shown = readings.as_percent(frame, "Missing", [rows] * len(frame))
    show(shown, column_config=WRITTEN, alt="Attributes of accounts")


def numbers(where: Place) -> None:
    """The SQL behind the number that is picked, and how long the warehouse took to answer."""
    behind = behind_numbers(where)
    if not behind:
        st.markdown("No metric can be counted here yet.")
        return
    first = next(iter(behind))
    label = st.segmented_control("Number", list(behind), default=first, label_visibility="collapsed", required=True)
    sql, took, asked = behind[label]
    st.caption(f"{label} {asked}. The warehouse answered in {took:.2f} seconds.")
    st.code(sql, language="sql", wrap_lines=True)
