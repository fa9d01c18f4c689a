"""The deck as another office program reads it: LibreOffice opens it and writes what it read."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import apps
import decks
import pytest
from pptx.enum.chart import XL_CHART_TYPE

from gtm_metrics import deck

OFFICE = shutil.which("soffice")
SECONDS = 120
SCATTERED = {kind for kind in XL_CHART_TYPE if kind.name.startswith("XY_SCATTER")}
"""Charts whose numbers stand in x: dots and steps."""

pytestmark = [
    pytest.mark.xdist_group("decks"),
    pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed: apt-get install libreoffice-impress"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the companies' warehouses lie."""
    return apps.shared_folder(tmp_path_factory)


def _read_by_office(content: bytes, at: Path) -> bytes:
    """The file as LibreOffice wrote it again, from a profile of its own."""
    assert OFFICE is not None
    file = at / "deck.pptx"
    file.write_bytes(content)
    subprocess.run(
        [OFFICE, "--headless", "--norestore", f"-env:UserInstallation={(at / 'profile').as_uri()}",
         "--convert-to", "pptx", "--outdir", str(at / "read"), str(file)],
        check=True, capture_output=True, timeout=SECONDS,
    )
    return (at / "read" / file.name).read_bytes()


def test_an_office_program_reads_every_slide_word_and_number(folder: Path, tmp_path: Path) -> None:
    """All findings: as many slides, the same titles, texts and notes, and in every chart the same series of numbers."""
    written = deck.pptx_of(decks.made(decks.a_company(folder, "winner")))
    ours, theirs = decks.opened(written), decks.opened(_read_by_office(written, tmp_path))
    assert len(ours.slides) == len(theirs.slides) == len(deck.NAMES)
    numbers = 0
    for mine, read in zip(ours.slides, theirs.slides, strict=True):
        assert read.shapes.title.text_frame.text == mine.shapes.title.text_frame.text
        assert _texts(read) == _texts(mine)
        assert read.notes_slide.notes_text_frame.text == mine.notes_slide.notes_text_frame.text
        for chart, again in zip(decks.charts(mine), decks.charts(read), strict=True):
            for series, same in zip(chart.plots[0].series, again.plots[0].series, strict=True):
                assert (same.name, _numbers(same.values)) == (series.name, _numbers(series.values))
                if chart.chart_type in SCATTERED:
                    assert decks.xs(same)[: len(decks.xs(series))] == pytest.approx(decks.xs(series))
                numbers += len(_numbers(series.values))
    assert numbers > 200


def _texts(slide: Any) -> list[str]:
    """Every text on it, sorted: the order of shapes is the reader's own."""
    written = (shape.text_frame.text for shape in slide.shapes if shape.has_text_frame)
    return sorted(text for text in written if text.strip())


def _numbers(values: tuple[float | None, ...]) -> list[float | None]:
    """Without the empty cells at the end with which LibreOffice makes all series of a chart one length."""
    kept = list(values)
    while kept and kept[-1] is None:
        kept.pop()
    return [None if v is None else pytest.approx(v) for v in kept]
