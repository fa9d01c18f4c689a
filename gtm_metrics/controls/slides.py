"""What the Board deck page shows: the slides of the view's filters, as they would be printed, and files to take."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

import streamlit as st

from gtm_metrics import deck, journal
from gtm_metrics.company import Company
from gtm_metrics.controls.address import LABEL_HIGH, PICKER_HIGH, View, on_phone, write
from gtm_metrics.controls.place import ask, measured
from gtm_metrics.controls.show import XLSX, dark, hand_over, kept_free, width
from gtm_metrics.controls.week import engine_of, week
from gtm_metrics.controls.who import may, reader
from gtm_metrics.funnel.windows import WINDOWS
from gtm_metrics.weeks import known_by
from gtm_metrics.words import escaped

TITLE = "Each finding is a slide, its headline computed from the data"
EXPLANATION = (
    "Choose what the board should see. A slide that was taken once comes back with the same figures, also after the "
    "data moved: it is kept in the journal with its numbers."
)
FIRST = ("health", "quarter", "verdict", "decision", "best-fit", "alternatives")
"""The slides a deck begins with, until somebody chooses."""
CHOSEN, HIDDEN = "slides", "names"
PILLS_ON_PHONE = 220
"""Pixels that the findings to choose from take on a phone, in five lines."""
TALL = 9 / 16
"""A slide's height over its width."""
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"


@dataclass(frozen=True, eq=False)
class Made:
    """A deck as it is shown: what was asked, its slides (account names hidden where asked), why others are missing."""

    view: View
    asked: deck.Asked
    whole: deck.Deck
    hidden: bool

    @property
    def told(self) -> tuple[deck.Slide, ...]:
        """The slides as they leave the house."""
        return (self.whole.without_names() if self.hidden else self.whole).slides


def asked_for() -> tuple[str, ...]:
    """The findings the address asks for, in the deck's order; those a deck begins with where it asks for none."""
    given = st.query_params.get(CHOSEN, "").split(",")
    return tuple(name for name in deck.NAMES if name in given) or FIRST


def choose() -> tuple[str, ...]:
    """The findings, from pills that live in the address; whether account names are shown stands beside them."""
    labels = {finding.name: finding.label for finding in deck.FINDINGS}
    if CHOSEN not in st.session_state:
        st.session_state[CHOSEN] = list(asked_for())
        st.session_state[HIDDEN] = st.query_params.get(HIDDEN) == "hidden"
    name_of = labels.__getitem__
    with kept_free(PILLS_ON_PHONE if on_phone() else LABEL_HIGH + PICKER_HIGH):
        picked = st.pills("Findings", list(labels), selection_mode="multi", key=CHOSEN, format_func=name_of, wrap=True)
    hide = st.toggle("Hide account names", key=HIDDEN, disabled=not may("take names"))
    chosen = tuple(name for name in deck.NAMES if name in (picked or ()))
    write(CHOSEN, ",".join(chosen), ",".join(FIRST))
    write(HIDDEN, "hidden" if hide else "", "")
    return chosen


def made(view: View, chosen: Sequence[str]) -> Made:
    """The slides of the view's filters: as they were printed where they were, else made now and not kept."""
    through, today = view.place.warehouse.data_through, datetime.now(UTC).date()
    day = view.question.as_of
    window = st.query_params.get("window", "13")
    known = known_by(day, through, today)
    window = window if window in {each.key for each in WINDOWS} else "13"
    asked = deck.Asked(day, view.question.by[0], window, st.query_params.get("segment", ""), known)
    hidden = not may("take names") or st.query_params.get(HIDDEN) == "hidden"
    try:
        with st.spinner("Making the slides", show_time=True):
            # whoever comes first in a week has it judged
            week(view.place)
            found = deck.deck_of(asked, _doors(view), tuple(chosen))
    except journal.JournalError as trouble:
        st.error(f"There is no deck, because the journal does not answer: {escaped(str(trouble))}")
        st.stop()
    return Made(view, asked, found, hidden)


def _doors(view: View) -> deck.Doors:
    """The doors of a deck, through what every session shares."""
    where = view.place
    return deck.Doors(where.company, where.warehouse, engine_of(where), partial(ask, where), partial(measured, where))


def take(page: Made) -> None:
    """Buttons that hand over PowerPoint, pictures, a workbook; what to install where a package is missing."""
    company, name = page.view.place.company, f"board-deck-{page.asked.as_of}"
    missing = {"PowerPoint": deck.missing("pptx"), "Pictures": deck.missing("vl_convert")}
    with st.container(horizontal=True, vertical_alignment="center"):
        if page.told and not missing["PowerPoint"]:
            title = f"{company.name} board deck".strip()
            _button(page, "PowerPoint", f"{name}.pptx", PPTX, partial(deck.pptx_of, page.told, title))
        if page.told and not missing["Pictures"]:
            _button(page, "Pictures", f"{name}.zip", "application/zip", partial(_pictures, page.told))
        if page.told:
            metrics = _doors(page.view).metrics
            _button(page, "Workbook", f"{name}.xlsx", XLSX, partial(deck.workbook_of, page.told, metrics))
    for label, why in missing.items():
        if why:
            st.caption(f"{label}: {escaped(why)}.")


def _button(page: Made, label: str, file: str, kind: str, make: Callable[[], bytes]) -> None:
    kept = partial(_kept, page.view.place.company, page.asked, page.whole, reader().name, make)
    hand_over(label, file, kind, kept, len(page.told), not page.hidden)


def _kept(company: Company, asked: deck.Asked, found: deck.Deck, who: str, make: Callable[[], bytes]) -> bytes:
    """The file, once the journal keeps what stands in it: a deck that left the house is the same ever after."""
    data = make()
    engine = journal.open_journal(journal.journal_url(company))
    try:
        deck.keep(engine, found, asked, who, datetime.now(UTC).date())
    finally:
        engine.dispose()
    return data


def _pictures(slides: Sequence[deck.Slide]) -> bytes:
    """PNG and SVG of every slide, in one file."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_STORED) as folder:
        for number, slide in enumerate(slides, start=1):
            name = f"{number:02d}-{slide.finding}"
            folder.writestr(f"{name}.png", deck.png_of(slide))
            folder.writestr(f"{name}.svg", deck.svg_of(slide))
    return held.getvalue()


def left_out(page: Made) -> None:
    """Which findings have no slide, and why; which come back as they were printed."""
    labels = {finding.name: finding.label for finding in deck.FINDINGS}
    for name, why in page.whole.left_out.items():
        st.caption(f"No slide for {labels[name]}: {escaped(why)}.")
    if page.whole.kept:
        names = ", ".join(labels[name].lower() for name in page.whole.kept)
        st.caption(f"As they were printed before: {names}.")
    if not page.told and not page.whole.left_out:
        st.markdown("Choose a finding to see its slide.")


def present(page: Made, slide: deck.Slide) -> None:
    """A slide as it will look, and its picture to take."""
    st.divider()
    _shown(slide)
    if not deck.missing("vl_convert"):
        with st.container(horizontal=True):
            mine = tuple(each for each in page.whole.slides if each.finding == slide.finding)
            single = replace(page, whole=replace(page.whole, slides=mine))
            name = f"{slide.finding}-{page.asked.as_of}"
            _button(single, "PNG", f"{name}.png", "image/png", partial(deck.png_of, slide))
            _button(single, "SVG", f"{name}.svg", "image/svg+xml", partial(_svg_bytes, slide))


def one(page: Made) -> None:
    """The board view of the deck: the first slide that was asked for."""
    if page.told:
        _shown(page.told[0])
    else:
        left_out(page)


def _shown(slide: deck.Slide) -> None:
    """The picture in the reader's light, with the same in words; the words are seen on a phone, where a slide's type is
    too small to read, and stand alone without the export extra."""
    drawn = not deck.missing("vl_convert")
    worded = on_phone() or not drawn
    if worded:
        st.subheader(escaped(slide.headline), anchor=False)
        st.markdown(escaped(slide.paragraph))
    if drawn:
        picture, alt = _svg(slide, dark()), f"{slide.headline}. {slide.paragraph} {slide.footnote}"
        with kept_free(round(width(False) * TALL)):
            st.image(picture, width="stretch", alt=alt)
    if worded:
        st.caption(escaped(slide.footnote))


@st.cache_data(ttl="1h", max_entries=200, show_spinner="Drawing the slide", hash_funcs={deck.Slide: repr})
def _svg(slide: deck.Slide, in_dark: bool) -> str:
    return deck.svg_of(slide, in_dark)


def _svg_bytes(slide: deck.Slide) -> bytes:
    return deck.svg_of(slide).encode()
