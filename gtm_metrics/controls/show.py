"""How things are put on a page: heading, chart with footnote, table, download."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from gtm_metrics import journal
from gtm_metrics.access import Reader
from gtm_metrics.controls.address import View, on_board, on_phone
from gtm_metrics.controls.notice import slot
from gtm_metrics.controls.place import here
from gtm_metrics.controls.who import may, reader
from gtm_metrics.exports import csv_of, nameless, xlsx_of
from gtm_metrics.logs import told
from gtm_metrics.tables import CRM
from gtm_metrics.tables.folded import fits_phone, folded
from gtm_metrics.words import escaped, whole

LOG = logging.getLogger(__name__)
WIDE, BOARD, PHONE = 816, 1120, 328
"""Pixels a drawing may take beside the menu on a screen of 1280, on a board page of 1280, on a phone of 360."""
ENCODED = str.maketrans({letter: f"%{ord(letter):02X}" for letter in "<>\\ \n\r"})
"""What would end an address between < and > in Markdown."""
LONGEST_CELL = 400
"""Characters of a text that a cell of a short table holds."""
ROW_HIGH, MOST_HIGH = 35, 400
"""Pixels of a row of an interactive table, and of the whole table at the most."""
LINE_HIGH = 29
"""Pixels of a row of a short table whose cells are one line."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def heading(caption: str, title: str, paragraph: str = "") -> None:
    """A page's opening: a small caption over the finding, and one paragraph that explains it."""
    with st.container(gap="xxsmall"):
        st.caption(caption.upper())
        slot()
        st.title(title, anchor=False)
        if paragraph:
            st.markdown(paragraph)


def dark() -> bool:
    """Whether the reader's theme is dark: charts have their own colours for it."""
    return getattr(st.context.theme, "type", None) == "dark"


def width(board: bool, share: float = 1.0, gap: float = 0.0) -> float:
    """Pixels a drawing may take that has this share of the page less a gap; on a phone, where nothing stands beside
    anything, the whole of it."""
    return PHONE if on_phone() else (BOARD if board else WIDE) * share - gap


def trend_height(view: View) -> int:
    """Pixels a trend may take in height: on a board page two rows of them share the page with their footnote, and on
    a phone a key stands over the lines."""
    return 246 if on_phone() else 176 if view.board else 220


def present(
    drawing: Any, footnote: str = "", *, key: str | None = None, clickable: bool = False, board: bool = False
) -> tuple[str, str] | None:
    """A chart with its text alternative and its footnote; of a clickable one what was clicked: (dimension, segment),
    the dimension '' where the chart has no more than one."""
    clickable = clickable and drawing.clickable
    with st.container(gap="xxsmall"):
        event: Any = st.vega_lite_chart(
            spec=drawing.stretched,  # as an Altair chart it would be checked a second time, for seven times as long
            theme=None,
            alt=drawing.alt,
            key=key,
            on_select="rerun" if clickable else "ignore",
            width="stretch",
            height=drawing.pixels,  # kept free until it is drawn, so that what stands below does not jump
        )
        if footnote:
            note(footnote, board)
    picked = event["selection"].get("segment") if clickable else None
    return (str(picked[0].get("dimension") or ""), str(picked[0]["segment"])) if picked else None


@contextmanager
def kept_free(pixels: int) -> Iterator[None]:
    """A place that is at least so many pixels high before what stands in it is drawn: Streamlit gives what it has not
    drawn yet the height of a button, and all below moves when it comes. It takes 16 pixels of width, and on a board
    page, where all must be in sight, nothing is kept."""
    if on_board():
        yield
        return
    with st.container(horizontal=True, wrap=False, gap=None):
        with st.container():
            yield
        with st.container(width=1):
            st.space(pixels)


def height_of(rows: int, whole: bool = False) -> int:
    """Pixels of an interactive table of so many rows as it is drawn: of more than ten, ten and a half are in sight,
    unless it stands there as a whole."""
    high = ROW_HIGH * (rows + 1) + 2
    return high if whole else min(high, MOST_HIGH)


def table(frame: pd.DataFrame, alt: str) -> None:
    """A short table whose every word is seen: cells wrap, and names from data stay names. Of a text that would make a
    row as high as a page both ends stand, and the whole in a table under it, where a cell opens by a click. An address
    in the column CRM is a link. On a phone one that is too wide is folded."""

    def written(cell: Any) -> Any:
        if isinstance(cell, int | np.integer) and abs(int(cell)) >= 1000:
            return f"{int(cell):,}"
        return whole(escaped(cell, LONGEST_CELL)) if isinstance(cell, str) and cell else "" if cell is None else cell

    shown = frame.map(written)
    if CRM in frame:
        links = (f"[open](<{url.translate(ENCODED)}>)" if isinstance(url, str) and url else "" for url in frame[CRM])
        shown[CRM] = list(links)
    shown = shown.rename(columns=lambda name: escaped(name) if name else name)
    if on_phone() and not fits_phone(shown):
        shown = folded(shown)
    with kept_free(LINE_HIGH * (len(shown) + 1)):
        st.table(shown, border="horizontal", alt=alt)
    long = [
        (line, str(name), cell)
        for name, column in frame.items()
        for line, cell in enumerate(column, start=1)
        if isinstance(cell, str) and len(cell) > LONGEST_CELL
    ]
    if long:
        held = pd.DataFrame(sorted(long), columns=["Line", "Column", "In full"])
        high = min(height_of(len(long), whole=True), 178)
        st.dataframe(held, hide_index=True, height=high, alt=f"{alt}: long texts in full")


def note(footnote: str, board: bool = False) -> None:
    """A footnote under what it explains; on a board page in small type, because all of it must fit."""
    st.caption(f":small[{footnote}]" if board else footnote)


def download(frame: pd.DataFrame, name: str, workbook: bool = False) -> None:
    """Buttons that hand the frame over as CSV, and where asked as a workbook; no name in either acts as a formula.

    One who may not take names gets the frame without them. What leaves is noted in the journal's audit log first.
    """
    names = may("take names")
    taken = frame if names else nameless(frame)
    hand_over("CSV", f"{name}.csv", "text/csv", partial(csv_of, taken), len(taken), names)
    if workbook:
        hand_over("XLSX", f"{name}.xlsx", XLSX, partial(xlsx_of, {name[:31]: taken}), len(taken), names)


def hand_over(label: str, file: str, kind: str, made: Callable[[], bytes], rows: int, names: bool) -> None:
    """A button that hands over what is made when it is clicked, of `rows` rows or slides; that it leaves, with names or
    without, is noted in the journal's audit log first."""
    where = here()
    url = journal.journal_url(where.company) if where else ""
    noted = partial(_noted, url, reader(), file, rows, names)
    icon, handed = ":material/download:", partial(_handed, noted, label, made)
    st.download_button(label, handed, file, kind, icon=icon, on_click="ignore", key=file)


def _handed(noted: Callable[[str], None], kind: str, made: Callable[[], bytes]) -> bytes:
    noted(kind)
    return made()


def _noted(url: str, who: Reader, name: str, rows: int, names: bool, kind: str) -> None:
    """Notes that a file left. Raises JournalError where the journal does not take the note of one who signed in;
    whoever sits at this machine gets the file all the same, and the log says that it was not noted."""
    LOG.info("file", extra=told(kind=kind, rows=rows, names=names))
    try:
        engine = journal.open_journal(url)
        try:
            with journal.writing(engine) as open_:
                journal.audited(open_, who.name, f"took {kind}", {"file": name, "rows": rows, "names": names})
        finally:
            engine.dispose()
    except journal.JournalError as trouble:
        if who.signed:
            raise
        LOG.warning("a file left that the journal did not note: %s", trouble)
