"""The files of a deck, each opened by a reader that is not this program's: python-pptx, openpyxl, an XML parser."""

from __future__ import annotations

import struct
from dataclasses import replace
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import apps
import decks
import openpyxl
import pytest
import vl_convert
from PIL import Image

from gtm_metrics import deck
from gtm_metrics.company import Refused
from gtm_metrics.deck import extra
from gtm_metrics.deck.forms import PERCENT, Alley, Bars, Dots, Lines
from gtm_metrics.deck.letters import text_width

pytestmark = pytest.mark.xdist_group("decks")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the companies' warehouses lie."""
    return apps.shared_folder(tmp_path_factory)


def test_a_slide_has_its_finding_as_title_and_its_definitions_as_notes(folder: Path) -> None:
    """16:9; a slide a finding, its headline the title that outlines and screen readers know, the footnote on it, the
    notes under it."""
    slides = decks.made(decks.a_company(folder, "winner"))
    file = decks.opened(deck.pptx_of(slides, "Fernhill Software board deck"))
    assert (file.slide_width / decks.EMU, file.slide_height / decks.EMU) == (1280, 720)
    assert file.core_properties.title == "Fernhill Software board deck"
    assert len(file.slides) == len(slides)
    for native, slide in zip(file.slides, slides, strict=True):
        assert native.shapes.title.text_frame.text == slide.headline
        written = {shape.name: shape.text_frame.text for shape in native.shapes if shape.has_text_frame}
        assert written["Footnote"] == slide.footnote
        assert slide.notes.splitlines()[0] in native.notes_slide.notes_text_frame.text


def test_native_dots_are_the_numbers_of_the_slide(folder: Path) -> None:
    """Every dot and both ends of every interval stand in a chart's data, a panel a chart; percent as such."""
    for slide in decks.made(decks.a_company(folder, "winner"), "health", "best-fit", "learned"):
        (dots,) = slide.forms
        assert isinstance(dots, Dots)
        (native,) = decks.opened(deck.pptx_of([slide])).slides
        charts = decks.charts(native)
        assert len(charts) == len(dots.panels)
        for chart, panel in zip(charts, dots.panels, strict=True):
            times = 100 if panel.unit == PERCENT else 1
            series = {each.name: each for each in chart.plots[0].series}
            drawn = sorted(x for name, each in series.items() if name.startswith(("Ahead", "Behind", "Cannot"))
                           for x in decks.xs(each))
            assert drawn == pytest.approx(sorted(v * times for v in panel.values if v is not None))
            low, high = chart.category_axis.minimum_scale, chart.category_axis.maximum_scale
            for row, a, b in zip(dots.rows, panel.low, panel.high, strict=True):
                if a is not None and b is not None:
                    ends = decks.xs(series[f"{row}: 95 % interval"])
                    assert ends == pytest.approx([max(a * times, low), min(b * times, high)])


def test_native_bars_lines_and_steps_are_the_numbers_of_the_slide(folder: Path) -> None:
    """Bars hold the counts, lines a value a place, steps turn at right angles."""
    bars, verdict, segment = decks.made(decks.a_company(folder, "winner"), "alternatives", "verdict", "segment")
    (form,) = bars.forms
    assert isinstance(form, Bars)
    (chart,) = decks.charts(decks.opened(deck.pptx_of([bars])).slides[0])
    assert list(chart.plots[0].categories) == list(form.rows)
    for part, series in zip(form.parts, chart.plots[0].series, strict=True):
        assert tuple(series.values) == part.values
    (race,) = verdict.forms
    assert isinstance(race, Lines)
    (chart,) = decks.charts(decks.opened(deck.pptx_of([verdict])).slides[0])
    by_name = {series.name: series for series in chart.plots[0].series}
    for line in race.lines:
        shown = [None if v is None else max(v, 0.1) for v in line.values]
        assert list(by_name[line.name].values) == pytest.approx(shown)
    steps = segment.forms[1]
    assert isinstance(steps, Lines)
    assert steps.steps
    chart = decks.charts(decks.opened(deck.pptx_of([segment])).slides[0])[1]
    mine = next(line for line in steps.lines if line.subject)
    series = next(each for each in chart.plots[0].series if each.name == mine.name)
    corners = list(zip(decks.xs(series), series.values, strict=True))
    assert {v for _, v in corners} == {round(100 * v, 10) for v in mine.values if v is not None}
    assert all(a[0] == b[0] or a[1] == b[1] for a, b in pairwise(corners))


AXIS = (
    "axId scaling delete axPos majorGridlines minorGridlines title numFmt majorTickMark minorTickMark tickLblPos spPr "
    "txPr crossAx crosses crossesAt"
)
SERIES = "idx order tx spPr invertIfNegative marker dPt dLbls trendline errBars"
SEQUENCES = {
    "valAx": f"{AXIS} crossBetween majorUnit minorUnit dispUnits extLst",
    "catAx": f"{AXIS} auto lblAlgn lblOffset tickLblSkip tickMarkSkip noMultiLvlLbl extLst",
    "dateAx": f"{AXIS} auto lblOffset baseTimeUnit majorUnit majorTimeUnit minorUnit minorTimeUnit extLst",
    "ser": f"{SERIES} cat val xVal yVal smooth shape extLst",
    "scaling": "logBase orientation max min extLst",
    "errBars": "errDir errBarType errValType noEndCap plus minus val spPr extLst",
    "plotArea": "layout scatterChart lineChart barChart valAx catAx dateAx dTable spPr extLst",
}
"""Order of children in charts (ECMA-376 part 1, 21.2.2): PowerPoint offers to repair a file that breaks it."""


def test_every_chart_is_in_the_order_of_its_schema(folder: Path) -> None:
    """What is added to python-pptx's charts stands where the schema has it, each thing once where once is allowed."""
    slides = decks.made(decks.a_company(folder, "winner"))
    for native in decks.opened(deck.pptx_of(slides)).slides:
        for chart in decks.charts(native):
            for element in chart._chartSpace.iter():
                wanted = SEQUENCES.get(str(element.tag).split("}")[-1])
                if wanted is None:
                    continue
                order = wanted.split()
                children = [str(child.tag).split("}")[-1] for child in element]
                assert set(children) <= set(order), element.tag
                places = [order.index(child) for child in children]
                assert places == sorted(places) or element.tag.endswith("plotArea"), children


def test_the_alley_is_shapes(folder: Path) -> None:
    """Every pin is a ring by its name with its share in it, in the order of the slide; ties are lines between them."""
    (slide,) = decks.made(decks.a_company(folder, "winner"), "markets")
    alley = slide.forms[0]
    assert isinstance(alley, Alley)
    (native,) = decks.opened(deck.pptx_of([slide])).slides
    names = [shape.name for shape in native.shapes]
    assert [name for name in names if name in {pin.name for pin in alley.pins}] == [pin.name for pin in alley.pins]
    written = [shape.text_frame.text for shape in native.shapes if shape.has_text_frame]
    assert all(pin.label in written for pin in alley.pins)
    lines = [shape for shape in native.shapes if shape.name.startswith("Freeform")]
    assert 0 < len(lines) <= len(alley.ties)


@pytest.mark.parametrize("story", ["winner", "small", "odd"])
def test_no_text_leaves_its_box(folder: Path, story: str) -> None:
    """Wrapped by somebody else, every text stays within its box, and every box on the slide; nothing is missing of
    headline and footnote."""
    slides = decks.made(decks.a_company(folder, story, "long" if story == "odd" else "industry"))
    for native in decks.opened(deck.pptx_of(slides)).slides:
        for text in decks.texts(native):
            wide, high = text.needs
            assert wide <= text.width + 0.5, text
            assert high <= text.height + 0.5, text
        for shape in native.shapes:
            assert shape.left >= 0
            assert shape.top >= 0
            assert shape.left + shape.width <= 1280 * decks.EMU
            assert shape.top + shape.height <= 720 * decks.EMU


def test_widths_are_those_of_the_typeface() -> None:
    """What the tables say of a text is what a renderer with the typeface draws, within 2 %."""
    for text in ("Close rate 26.1 % this quarter", "DTC e-commerce: 9 of 30 decided", "WWWiii,,,((())))"):
        for bold in (False, True):
            weight = 700 if bold else 400
            svg = (
                f'<svg xmlns="http://www.w3.org/2000/svg" width="1400" height="80"><rect width="1400" height="80" '
                f'fill="white"/><text x="20" y="55" font-family="Arial, Liberation Sans, sans-serif" font-size="40px" '
                f'font-weight="{weight}">{text}</text></svg>'
            )
            image = Image.open(BytesIO(vl_convert.svg_to_png(svg))).convert("L").point(lambda v: 255 if v < 128 else 0)
            box = image.getbbox()
            assert box is not None
            assert box[2] - 20 == pytest.approx(text_width(text, 40.0, bold), rel=0.02, abs=4)


def test_a_picture_is_full_hd_and_holds_its_words(folder: Path) -> None:
    """PNG of 1920 by 1080; SVG that parses, headline and footnote in it, and nothing fetched from elsewhere."""
    (slide,) = decks.made(decks.a_company(folder, "winner"), "health")
    data = deck.png_of(slide)
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", data[16:24]) == (1920, 1080)
    svg = deck.svg_of(slide)
    root = ElementTree.fromstring(svg)
    words = ["".join(each.itertext()) for each in root.iter("{http://www.w3.org/2000/svg}text")]
    assert slide.headline in words
    assert slide.footnote in " ".join(words)
    assert not [each for each in root.iter() if each.tag.endswith(("image", "script", "foreignObject"))]
    assert 'href="http' not in svg


def test_the_workbook_holds_the_numbers_and_the_definitions(folder: Path) -> None:
    """A tab a table, each number as it stands on the slide; headlines first, definitions last."""
    company = decks.a_company(folder, "winner")
    slides = decks.made(company)
    book = openpyxl.load_workbook(BytesIO(deck.workbook_of(slides, company.doors.metrics)))
    assert book.sheetnames == ["Slides", *(sheet.name for slide in slides for sheet in slide.sheets), "Definitions"]
    assert [row[0].value for row in book["Slides"].iter_rows(min_row=2)] == [slide.headline for slide in slides]
    for slide in slides:
        for sheet in slide.sheets:
            rows = list(book[sheet.name].iter_rows(values_only=True))
            assert rows[0] == sheet.columns
            for read, kept in zip(rows[1:], sheet.cells, strict=True):
                for value, wanted in zip(read, kept, strict=True):
                    number = isinstance(wanted, float)
                    same = pytest.approx(wanted, rel=1e-12) if number else wanted
                    assert value == same or (value in ("", None) and wanted in ("", None))
    defined = [row[1].value for row in book["Definitions"].iter_rows(min_row=2)]
    assert "Close rate" in defined


def test_hidden_names_are_in_no_file(folder: Path) -> None:
    """With names hidden no account of the list is in the PowerPoint file, its charts, or the workbook."""
    company = decks.a_company(folder, "small")
    (slide,) = decks.made(company, "best-fit")
    names = [row[0] for row in slide.forms[0].cells]  # type: ignore[union-attr]
    hidden = slide.hidden()
    written = [shape.text for text in decks.opened(deck.pptx_of([hidden])).slides for shape in decks.texts(text)]
    book = openpyxl.load_workbook(BytesIO(deck.workbook_of([hidden], company.doors.metrics)))
    written += [str(value) for sheet in book for row in sheet.iter_rows(values_only=True) for value in row]
    assert "Account 1" in written
    assert not [name for name in names if any(name in text for text in written)]


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Where a package of the export extra is not there, the error names it and how to get it; a workbook needs none."""
    company = decks.a_company(folder, "winner")
    (slide,) = decks.made(company, "health")
    monkeypatch.setattr(extra, "find_spec", lambda name: None)
    told = 'vl-convert-python is not installed: pip install "gtm-metrics[export]"'
    with pytest.raises(Refused, match=r"vl-convert-python is not installed"):
        deck.png_of(slide)
    with pytest.raises(Refused, match=r"python-pptx is not installed"):
        deck.pptx_of([slide])
    assert deck.missing("vl_convert") == told
    assert "and" in deck.missing("pptx", "vl_convert")
    assert deck.workbook_of([slide], company.doors.metrics)


def test_forty_segments_and_none(folder: Path) -> None:
    """Of 200 segments the slide shows those it has room for and says how many it does not; charts stay legible."""
    company = decks.a_company(folder, "odd", "industry")
    asked = replace(company.asked, by="many")
    (slide,) = deck.deck_of(asked, company.doors, ("health",), anew=True).slides
    (dots,) = slide.forms
    assert isinstance(dots, Dots)
    assert len(dots.rows) == 11
    assert "further behind not shown" in slide.footnote
    assert len(decks.charts(decks.opened(deck.pptx_of([slide])).slides[0])) == len(dots.panels)
