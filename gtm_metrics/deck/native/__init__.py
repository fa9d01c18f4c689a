"""Slides as a 16:9 PowerPoint file whose charts are native: their numbers can be looked at and edited."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from gtm_metrics.deck.extra import needed
from gtm_metrics.deck.forms import Alley, Bars, Dots, Lines
from gtm_metrics.deck.layout import HEIGHT, WIDTH, Words, page_of
from gtm_metrics.deck.native.alley import put_alley
from gtm_metrics.deck.native.bars import put_bars
from gtm_metrics.deck.native.dots import put_dots
from gtm_metrics.deck.native.lines import put_lines
from gtm_metrics.deck.native.paint import COLOURS, emu, put_text
from gtm_metrics.deck.native.table import put_table
from gtm_metrics.deck.slide import Slide

TITLE_ONLY = 5
"""The layout that has a title and nothing else: the headline is the slide's title for outlines and screen readers."""


def pptx_of(slides: Sequence[Slide], title: str = "") -> bytes:
    """The slides as a PowerPoint file. Raises Refused where the export extra is not installed."""
    deck = needed("pptx").Presentation()
    deck.slide_width, deck.slide_height = emu(WIDTH), emu(HEIGHT)
    deck.core_properties.title = title
    for slide in slides:
        _put(deck, slide)
    held = BytesIO()
    deck.save(held)
    return held.getvalue()


def _put(deck: Any, slide: Slide) -> None:
    page = page_of(slide)
    made = deck.slides.add_slide(deck.slide_layouts[TITLE_ONLY])
    _title(made, page.headline)
    for words, colour, name in (
        (page.over, COLOURS.quiet, "Overline"),
        (page.paragraph, COLOURS.ink, "Paragraph"),
        (page.footnote, COLOURS.quiet, "Footnote"),
    ):
        text = " ".join(words.fitted.lines)
        if text:
            put_text(made, words.box, text, words.fitted.size, colour, bold=words.bold, name=name)
    for form, box in zip(slide.forms, page.charts, strict=True):
        if isinstance(form, Dots):
            put_dots(made, form, box)
        elif isinstance(form, Lines):
            put_lines(made, form, box)
        elif isinstance(form, Bars):
            put_bars(made, form, box)
        elif isinstance(form, Alley):
            put_alley(made, form, box)
        else:
            put_table(made, form, box)
    made.notes_slide.notes_text_frame.text = f"{slide.paragraph}\n\n{slide.notes}\n\n{slide.footnote}".strip()


def _title(made: Any, words: Words) -> None:
    """The headline in the slide's own title, where it was measured."""
    enum = needed("pptx.enum.text")
    shape, box = made.shapes.title, words.box
    shape.left, shape.top, shape.width, shape.height = emu(box.x), emu(box.y), emu(box.width), emu(box.height)
    new = put_text(made, box, " ".join(words.fitted.lines), words.fitted.size, COLOURS.ink, bold=True)
    # the text of the box, with its look, goes into the title; the box goes
    frame = shape.text_frame
    frame._txBody.getparent().replace(frame._txBody, new.text_frame._txBody)
    frame = shape.text_frame
    frame.vertical_anchor = enum.MSO_ANCHOR.TOP
    new._element.getparent().remove(new._element)
