"""Pickers that live in the address: a link that is copied opens the same view on any server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NoReturn

import streamlit as st

from gtm_metrics.company import Dimension, Refused
from gtm_metrics.controls.connected import Place
from gtm_metrics.controls.place import PAGE, place
from gtm_metrics.funnel.windows import WINDOWS, weeks_of
from gtm_metrics.metrics import Metric
from gtm_metrics.question import CROSS, Question
from gtm_metrics.tallies import dimensions, in_funnel_order, metrics_of, refuse_unknown
from gtm_metrics.words import escaped, plain

WAREHOUSE_PAGE = "data/warehouse.py"
SEGMENT_PAGE = "this_week/segment.py"
DECK_PAGE = "share/board_deck.py"
KEYS = ("by", "and", "window", "as_of")
EARLIEST = date(1970, 1, 1)
"""The first day one may ask for: weeks are counted back from it."""
LABEL_HIGH, PICKER_HIGH = 28, 40
"""Pixels that a picker's label takes over it, and those of the picker."""
PILLS = 8
"""Dimensions up to which all stand side by side."""


@dataclass(frozen=True)
class View:
    """What the address asks for: the question, and whether it is shown as a board page."""

    place: Place
    question: Question
    board: bool

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """The metrics on offer here in funnel order, a stand-in in the place of the stage that is not connected."""
        return in_funnel_order(self.place.warehouse, metrics_of(self.place.company))

    @property
    def dimension(self) -> str:
        """What the dimension is called on screen: "Industry", or "Industry × Region" when crossed."""
        return CROSS.join(self.place.company.dimension(name).label for name in self.question.by)


def on_board() -> bool:
    """Whether the address asks for a board page: 16:9, no menu, no pickers."""
    return st.query_params.get("view") == "board"


def on_phone() -> bool:
    """Whether the reader holds a phone, by what its browser calls itself: before a page is made nothing else tells how
    wide it will be."""
    return "Mobi" in st.context.headers.get("User-Agent", "")


def menu_position() -> Any:
    """Where the menu stands: at the side, or nowhere on a board page."""
    return "hidden" if on_board() else "sidebar"


def to_board() -> None:
    """At the foot of the menu: the way to the board view of what is shown, with its filters; back leads back."""
    icon = ":material/crop_16_9:"
    st.sidebar.button("Board view", on_click=_to_board, type="tertiary", icon=icon, key="to board")


def _to_board() -> None:
    st.query_params["view"] = "board"


def view() -> View:
    """Dimension, crossing, window and as of, from pickers that live in the address; a board page shows none.

    Where there is nothing to show yet the page says what is missing, and the script stops.
    """
    where = place()
    through = where.warehouse.data_through
    known = dimensions(where.warehouse, where.company)
    if through is None:
        _stop("The warehouse holds nothing yet", "No connected table has a row with a date.")
    if not known:
        _stop("There is nothing to segment by yet", "The accounts have no attribute such as industry or region.")
    board = on_board()
    left, middle, right = st.columns([28, 6, 6], vertical_alignment="bottom") if not board else (None, None, None)
    labels = {d.name: d.label for d in known}
    by = _dimension(left, where, known, labels)
    window = choose(middle, "window", "Window", {w.key: w.label for w in WINDOWS}, "13", st.selectbox, bare=True)
    more = _more_of(right)
    crossing = {"": "nothing", **{name: label for name, label in labels.items() if name != by}}
    crossed = choose(more, "and", "Cross with", crossing, "", st.selectbox)
    as_of = as_of_day(more, through)
    weeks = weeks_of(window, as_of, where.company.fiscal_year_starts)
    return View(where, Question(as_of, (by, crossed) if crossed else (by,), None, weeks), board)


def _more_of(slot: Any) -> Any:
    """The popover at the end of a row of pickers; None where there is no row. Over it lies as much room as their labels
    take: the row is as high from the start, and nothing below moves when they are drawn."""
    if slot is None:
        return None
    with slot.container(gap=None):
        if not on_phone():
            st.space(LABEL_HIGH)
        return st.popover("More", icon=":material/tune:", width="stretch")


def picker_row() -> Any:
    """A place for one picker, whose room is kept free in the same way."""
    left, right = st.columns([28, 12])
    if not on_phone():
        right.space(LABEL_HIGH + PICKER_HIGH)
    return left


def _stop(title: str, why: str) -> NoReturn:
    st.title(title, anchor=False)
    st.markdown(f"{why} The Warehouse page says what was looked for and where.")
    st.page_link(WAREHOUSE_PAGE, label="Warehouse", icon=":material/database:")
    st.stop()


def _dimension(slot: Any, where: Place, known: tuple[Dimension, ...], labels: dict[str, str]) -> str:
    declared = [d.name for d in where.company.dimensions if d.name in labels]
    names = declared or list(labels)
    asked = st.query_params.get("by", names[0])
    if asked in labels and asked not in names:
        names = [*names, asked]
    elif asked not in labels:
        try:
            refuse_unknown(where.warehouse, where.company, asked)
        except Refused as refused:
            st.warning(f"The address asks for another dimension: {escaped(str(refused))}")
    widget: Any = st.pills if len(names) <= PILLS else st.selectbox
    return choose(slot, "by", "Segment by", {name: labels[name] for name in names}, names[0], widget, bare=True)


def as_of_day(slot: Any, through: date) -> date:
    """The day as of which is counted, from a picker in `slot` that lives in the address; None shows no picker."""

    def read(text: str) -> date | None:
        try:
            day = date.fromisoformat(text)
        except ValueError:
            return None
        return min(day, through) if day >= EARLIEST else None

    if slot is None:
        return read(st.query_params.get("as_of", "")) or through
    _settle("as_of", read, through)
    picked = slot.date_input(
        "As of",
        min_value=EARLIEST,
        max_value=through,
        key="as_of",
        format="YYYY-MM-DD",
        help="Counts only what was known at the end of this day, UTC",
    )
    day = picked if isinstance(picked, date) else through
    write("as_of", day.isoformat(), through.isoformat())
    _leave("as_of", day)
    return day


def choose(
    slot: Any,
    key: str,
    label: str,
    options: Mapping[str, str],
    default: str,
    widget: Callable[..., Any],
    *,
    always: bool = False,
    bare: bool = False,
) -> str:
    """One choice that lives in the address under `key`, as a name and not as words; `slot` None shows no widget.

    The default is left out of the address, unless `always`: what is the default of today may not be tomorrow's. `bare`
    leaves the label to screen readers on a phone, where the finding would begin below the screen.
    """

    def read(name: str) -> str | None:
        return name if name in options else None

    if slot is None:
        return read(st.query_params.get(key, "")) or default
    _settle(key, read, default)
    markdown = widget is not st.selectbox
    more: dict[str, Any] = {"required": True} if markdown else {}
    more |= {"label_visibility": "collapsed"} if bare and on_phone() else {}
    with slot:
        picked = widget(
            escaped(label),
            list(options),
            key=key,
            **more,
            format_func=lambda name: (escaped if markdown else plain)(options[name]),
        )
    value = picked if picked in options else default
    write(key, value, "" if always else default)
    _leave(key, value)
    return value


def _settle(key: str, read: Callable[[str], Any], default: Any) -> None:
    """Sets where a picker stands, before it is drawn; `read` makes a value of what an address says, or None.

    On one page the picker is the reader's. Back and forward change the address alone: then it goes where that says.
    On another page Streamlit begins every picker anew: it goes where the address says, else where it stood before.
    """
    address, now = st.query_params.get(key), st.session_state.get(key)
    page, written, value = st.session_state.get(f"left {key}", ("", None, None))
    here = page == st.session_state.get(PAGE, "/")
    moved = here and address != written and now == value
    if here and not moved and now is not None and read(str(now)) == now:
        return
    asked = str(value) if address is None and not here and value is not None else address
    found = None if asked is None else read(asked)
    st.session_state[key] = default if found is None else found


def _leave(key: str, value: Any) -> None:
    """Remembers where a picker stands: on which page, what the address says of it, and its value."""
    page = st.session_state.get(PAGE, "/")
    st.session_state[f"left {key}"] = (page, st.query_params.get(key), value)


def write(key: str, value: str, default: str) -> None:
    """Puts a value into the address, or takes it out where it is the default."""
    if value == default:
        st.query_params.pop(key, None)
    elif st.query_params.get(key) != value:
        st.query_params[key] = value


def open_segment(segment: str) -> None:
    """Goes to the segment's page, with this view's filters."""
    kept = {key: st.query_params[key] for key in KEYS if key in st.query_params}
    st.switch_page(SEGMENT_PAGE, query_params={**kept, "segment": segment})


def as_slide(finding: str) -> None:
    """A link to this finding as a slide of the board deck, with this view's filters."""
    kept = {key: st.query_params[key] for key in (*KEYS, "segment") if key in st.query_params}
    asked = {**kept, "slides": finding}
    st.page_link(DECK_PAGE, label="As a slide for the board", icon=":material/slideshow:", query_params=asked)
