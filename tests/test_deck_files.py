"""The files of a deck, each opened by a reader that is not this program's: python-pptx, openpyxl, an XML parser."""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any
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
from gtm_metrics.deck.forms import PERCENT, Alley, Bars, Dots, Lines, Panel
from gtm_metrics.deck.funnel import funnel_of
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


@pytest.mark.parametrize("story", ["winner", "small", "no-winner"])
def test_every_chart_of_every_finding_holds_the_numbers_of_its_slide(folder: Path, story: str) -> None:
    """Dots, intervals, everyone else, lines with their ends, steps and bars: a number of the slide is a number of the
    chart and the other way round; no chart is missing, none is more."""
    slides = decks.made(decks.a_company(folder, story))
    for slide, native in zip(slides, decks.opened(deck.pptx_of(slides)).slides, strict=True):
        charts = iter(decks.charts(native))
        for form in slide.forms:
            if isinstance(form, Dots):
                for panel in form.panels:
                    _same_dots(next(charts), form.rows, panel)
            elif isinstance(form, Bars):
                chart = next(charts)
                assert list(chart.plots[0].categories) == list(form.rows)
                values = [(series.name, tuple(series.values)) for series in chart.plots[0].series]
                assert values == [(part.name, part.values) for part in form.parts]
            elif isinstance(form, Lines):
                (_same_steps if form.steps else _same_lines)(next(charts), form)
        assert next(charts, None) is None, slide.finding


def _same_dots(chart: Any, rows: Sequence[str], panel: Panel) -> None:
    times = 100 if panel.unit == PERCENT else 1
    series = {each.name: decks.xs(each) for each in chart.plots[0].series}
    dots = sorted(x for name, each in series.items() if name.startswith(("Ahead", "Behind", "Cannot")) for x in each)
    assert dots == pytest.approx(sorted(v * times for v in panel.values if v is not None))
    assert series.get("Everyone else", []) == pytest.approx([v * times for v in panel.rest if v is not None])
    low, high = chart.category_axis.minimum_scale, chart.category_axis.maximum_scale
    ends = {
        f"{row}: 95 % interval": [max(a * times, low), min(b * times, high)]
        for row, a, b in zip(rows, panel.low, panel.high, strict=True)
        if a is not None and b is not None
    }
    assert {name for name in series if name.endswith("interval")} == set(ends)
    for name, wanted in ends.items():
        assert series[name] == pytest.approx(wanted)


def _same_lines(chart: Any, form: Lines) -> None:
    times = 100 if form.unit == PERCENT else 1
    low, high = chart.value_axis.minimum_scale, chart.value_axis.maximum_scale
    series = {each.name: list(each.values) for each in chart.plots[0].series}
    wanted = {line.name: line.values for line in form.lines}
    wanted |= {f"{line.name}, 95 % interval, low": line.low for line in form.lines if line.low}
    wanted |= {f"{line.name}, 95 % interval, high": line.high for line in form.lines if line.high}
    wanted |= {form.mark_label: (form.mark,) * len(form.at)} if form.mark is not None else {}
    assert set(series) == set(wanted)
    for name, values in wanted.items():
        shown = [None if v is None else min(max(v * times, low), high) for v in values]
        assert series[name] == pytest.approx(shown)


def _same_steps(chart: Any, form: Lines) -> None:
    series = {each.name: set(each.values) for each in chart.plots[0].series}
    for line in form.lines:
        assert series[line.name] == {round(100 * v, 10) for v in line.values if v is not None}


@pytest.mark.parametrize("story", ["winner", "small"])
def test_the_workbook_counts_what_the_tallies_count(folder: Path, story: str) -> None:
    """Trials and successes of every segment and measure in the workbook are the sums of its tally; of the quarters and
    the segment's slide as well."""
    company = decks.a_company(folder, story)
    found = funnel_of(company.asked, company.doors)
    slides = decks.made(company, "health", "segment")
    book = openpyxl.load_workbook(BytesIO(deck.workbook_of(slides, company.doors.metrics)))
    checked = 0
    for sheet in ("Funnel health", "Segment"):
        head, *rows = book[sheet].iter_rows(values_only=True)
        for row in (dict(zip(head, each, strict=True)) for each in rows):
            tally = found.tallies[row["metric"]]
            if tally.status != "ok":
                assert row["trials"] in (None, "")
                continue
            everyone = row["segment"] == "(all)"
            mine = tally.closed if everyone else tally.closed[tally.closed["segment"] == row["segment"]]
            assert (row["trials"], row["successes"]) == (mine["trials"].sum(), mine["successes"].sum())
            checked += 1
    assert checked > 20


@pytest.mark.parametrize("story", ["winner", "odd"])
def test_every_finding_is_svg_that_parses(folder: Path, story: str) -> None:
    """With names that are markup as well: its words are those of the slide, and nothing in it acts or is fetched."""
    for slide in decks.made(decks.a_company(folder, story, "hostile" if story == "odd" else "industry")):
        root = ElementTree.fromstring(deck.svg_of(slide))
        words = " ".join("".join(each.itertext()) for each in root.iter("{http://www.w3.org/2000/svg}text"))
        assert slide.headline in words
        assert " ".join(slide.footnote.split()) in " ".join(words.split())
        assert not [each for each in root.iter() if each.tag.endswith(("image", "script", "foreignObject", "}a"))]


@pytest.mark.parametrize("story", ["winner", "small", "no-winner"])
def test_every_footnote_says_what_how_many_and_when(folder: Path, story: str) -> None:
    """Of every finding: n, or that the table has it, and the day as of which; over the headline stand weeks or days."""
    for slide in decks.made(decks.a_company(folder, story)):
        assert "s of 15 Nov 2026" in slide.footnote, slide.finding
        if slide.finding not in ("decision", "markets"):  # their numbers are sums and scores, told in words
            assert re.search(r"\bn = \d|n: in the table", slide.footnote), slide.finding
        assert "2026" in slide.over, slide.finding
