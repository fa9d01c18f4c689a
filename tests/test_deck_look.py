"""How slides look: nothing written over anything else, nothing cut off, and the pictures that were approved.

GTM_APPROVE=1 writes tests/approved/slides anew. A picture is kept small and grey: type may differ by a hair from one
release of what draws it to the next; a chart that is gone or a table that is cut may not.
"""

from __future__ import annotations

import io
import os
from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path

import apps
import decks
import numpy as np
import pytest
from PIL import Image

from gtm_metrics import deck
from gtm_metrics.charts.canvas import Line, Text
from gtm_metrics.deck.forms import COUNT, ODDS, PERCENT, Dots, Lines, Panel, Table, written
from gtm_metrics.deck.forms import Line as Drawn
from gtm_metrics.deck.layout import Box, dots_plan, lines_plan, mark_box, spaced, table_plan
from gtm_metrics.deck.letters import one_line, text_width
from gtm_metrics.deck.picture import marks_of

pytestmark = pytest.mark.xdist_group("decks")

PICTURES = Path(__file__).parent / "approved" / "slides"
SMALL = (240, 135)
"""Pixels of a picture that is kept: one for 8 by 8 of 1920 by 1080."""
STRONG, SHARE = 24, 0.005
"""Two pixels differ when they lie this many of 255 greys apart; two pictures when more than this share of them do."""
COMPANIES = [("winner", "industry"), ("small", "industry"), ("odd", "long"), ("odd", "hostile"), ("odd", "many")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the companies' warehouses lie."""
    return apps.shared_folder(tmp_path_factory)


def slides_of(folder: Path, story: str, by: str) -> tuple[deck.Slide, ...]:
    """The slides of a company; those of its other dimensions are about the funnel alone."""
    company = decks.a_company(folder, story, by)
    return decks.made(company) if by == "industry" else decks.made(company, "health", "segment")


def box_of(text: Text) -> Box:
    """What a text covers."""
    wide, high = text_width(text.text, text.size, text.bold), text.size
    left = {"left": text.x, "center": text.x - wide / 2, "right": text.x - wide}[text.align]
    return Box(left, text.y - high / 2, wide, high)


def meet(a: Box, b: Box) -> bool:
    """Whether two boxes share more than an edge."""
    return a.x < b.x2 - 0.5 and b.x < a.x2 - 0.5 and a.y < b.y2 - 0.5 and b.y < a.y2 - 0.5


def crosses(box: Box, line: Line) -> bool:
    """Whether a line runs through a text."""
    for (x, y), (x2, y2) in pairwise(line.points):
        for part in np.linspace(0, 1, 40):
            at, height = x + part * (x2 - x), y + part * (y2 - y)
            if box.x < at < box.x2 and box.y + 1 < height < box.y2 - 1:
                return True
    return False


@pytest.mark.parametrize(("story", "by"), COMPANIES)
def test_nothing_is_written_over_anything_else(folder: Path, story: str, by: str) -> None:
    """No text lies on another or leaves the slide, and no line runs through one; with long names, hostile ones and
    200 segments as well."""
    for slide in slides_of(folder, story, by):
        marks = marks_of(slide)
        texts = [(mark.text, box_of(mark)) for mark in marks if isinstance(mark, Text) and mark.text]
        for words, box in texts:
            assert box.x >= 0, (slide.finding, words)
            assert box.y >= 0, (slide.finding, words)
            assert box.x2 <= 1280, (slide.finding, words)
            assert box.y2 <= 720, (slide.finding, words)
        met = [(a[0], b[0]) for a, b in combinations(texts, 2) if meet(a[1], b[1])]
        assert met == [], slide.finding
        lines = [] if slide.finding == "markets" else [mark for mark in marks if isinstance(mark, Line)]
        crossed = [words for words, box in texts for line in lines if crosses(box, line)]
        assert crossed == [], slide.finding


def test_the_proof_is_labelled_where_no_line_runs() -> None:
    """Over its line where there is room, under it where the evidence runs there, further right where it runs on both
    sides."""

    def race(*values: float) -> Lines:
        line = Drawn("A", values, "A", subject=True)
        days = tuple(f"{n} Jan" for n in range(len(values)))
        return Lines("", "", ODDS, days, (line,), mark=100.0, mark_label="proof: of twelve")

    box = Box(0, 0, 900, 400)
    flat = lines_plan(race(1, 1, 1, 1), box)
    assert mark_box(flat).x == flat.plot.x + 4
    assert mark_box(flat).y2 < flat.y(100.0)
    along = lines_plan(race(150, 150, 150, 150), box)
    assert mark_box(along).y > along.y(100.0)
    through = lines_plan(race(20, 200, 20, 1e4, 1e5, 1e5, 1e5), box)
    assert mark_box(through).x > through.x(2)


def test_ticks_keep_apart_and_captions_whole() -> None:
    """Of ticks that would meet every second or third stays, from the first; a caption too wide goes on after its
    semicolon, in every panel then."""
    assert spaced((0.0, 0.1, 0.2, 0.3, 0.4), PERCENT, 400.0) == (0.0, 0.1, 0.2, 0.3, 0.4)
    assert spaced((0.0, 0.1, 0.2, 0.3, 0.4), PERCENT, 100.0) == (0.0, 0.2, 0.4)
    one = Panel("Rate", "higher is better", PERCENT, (0.1,), (0.05,), (0.2,), ("10 %",), (0.15,), ("",))
    two = replace(one, caption="higher is better; first touched to 25 Oct 2026, over 26 weeks in all")
    wide = dots_plan(Dots(("A",), (one, two)), Box(0, 0, 1100, 300))
    narrow = dots_plan(Dots(("A",), (one, two)), Box(0, 0, 500, 300))
    assert [each.captions for each in wide.panels] == [(one.caption,), (two.caption,)]
    assert narrow.panels[1].captions[0] == "higher is better"
    assert narrow.top == wide.top + 15
    assert narrow.panels[0].rest_at is not None


def test_a_table_fills_its_box_and_numbers_end_at_one_edge() -> None:
    """Rows share what room is left, within reason; after numbers there is room before a text begins."""
    few = Table(("Name", "Pays", "Since"), (("A", "10", "May"), ("B", "200", "June")), (2.0, 1.0, 1.0), numbers=(1,))
    plan = table_plan(few, Box(0, 0, 400, 300))
    assert 100 < sum(plan.heights) < 300
    for times in (3, 5):
        full = table_plan(replace(few, cells=few.cells * times), Box(0, 0, 400, 300))
        assert sum(full.heights) == pytest.approx(300)
    assert (plan.beside(0), plan.beside(1), plan.beside(2)) == (9.0, 27.0, 0.0)
    assert plan.named == 0
    assert table_plan(replace(few, weights=(0.4, 2.0, 1.0)), Box(0, 0, 400, 300)).named == 1


def test_a_name_cut_on_one_line_says_what_it_can() -> None:
    """After a word, where that leaves half of the line; else within one."""
    assert one_line("60.5 % <script>alert('x')</script>", 13.0, 120.0, True).startswith("60.5 % <scr")
    assert one_line("Healthcare providers of Ohio", 10.0, 90.0) == "Healthcare…"
    assert text_width(one_line("60.5 % <script>alert('x')</script>", 13.0, 120.0, True), 13.0, True) <= 120.0


def test_large_numbers_are_written_in_words() -> None:
    """Odds beyond a million are told in millions, smaller numbers as they are."""
    assert [written(v, ODDS) for v in (0.1, 100.0, 1e6, 1e10)] == [
        "",
        "100 to 1",
        "1 million to 1",
        "10,000 million to 1",
    ]
    assert written(1200.0, COUNT) == "1,200"


def small(png: bytes) -> Image.Image:
    """A picture as it is kept."""
    return Image.open(io.BytesIO(png)).convert("L").resize(SMALL, Image.Resampling.BOX)


def apart(one: Image.Image, other: Image.Image) -> float:
    """The share of pixels in which two pictures differ."""
    greys = [np.asarray(each, dtype=np.int16) for each in (one, other)]
    return float((np.abs(greys[0] - greys[1]) > STRONG).mean())


@pytest.mark.parametrize("story", ["winner", "small"])
def test_slides_look_as_approved(folder: Path, story: str) -> None:
    """Every finding as a picture beside the one that was looked at."""
    broken = []
    made = slides_of(folder, story, "industry")
    if story == "small":
        # the one whose people have decided something
        made = tuple(decks.decided(folder) if slide.finding == "decided" else slide for slide in made)
    for slide in made:
        file, shot = PICTURES / f"{story}-{slide.finding}.png", small(deck.png_of(slide))
        if os.environ.get("GTM_APPROVE") == "1":
            PICTURES.mkdir(exist_ok=True)
            shot.save(file, optimize=True)
        share = apart(shot, Image.open(file)) if file.exists() else 1.0
        broken += [f"{file.name}: {share:.1%} is not as approved"] if share > SHARE else []
    assert not broken, "\n".join(broken)


def test_a_broken_slide_is_another_picture(folder: Path) -> None:
    """The comparison tells slides apart, and one whose chart, table, paragraph or footnote is gone from the whole."""
    files = sorted(PICTURES.glob("*.png"))
    assert len(files) == 2 * len(deck.NAMES) - 1  # a small company's markets are too early to tell
    pictures = [Image.open(file) for file in files]
    close = [(a.name, b.name) for (a, one), (b, other) in combinations(zip(files, pictures, strict=True), 2)
             if apart(one, other) <= SHARE]  # fmt: skip
    assert close == []
    (slide,) = decks.made(decks.a_company(folder, "winner"), "quarter")
    whole = small(deck.png_of(slide))
    dots, table = slide.forms
    assert isinstance(dots, Dots)
    assert isinstance(table, Table)
    for broken in (
        replace(slide, forms=(replace(dots, panels=dots.panels[:3]), table)),
        replace(slide, forms=(dots, replace(table, cells=table.cells[:3]))),
        replace(slide, footnote=""),
        replace(slide, headline=slide.headline[:20]),
    ):
        assert apart(whole, small(deck.png_of(broken))) > SHARE
