"""How long a slide takes, and a deck of six: from questions to the warehouse to the file, on the demo company."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

from benchmarks.measure import Times
from benchmarks.report import Line, Part, Report
from gtm_metrics import deck, demo, journal
from gtm_metrics.company import read_company
from gtm_metrics.refresh import refresh
from gtm_metrics.sources import SHIPPED
from gtm_metrics.tallies import prepared
from gtm_metrics.warehouse import connect
from gtm_metrics.warehouse.build import load_frames

AS_OF, SEED = date(2026, 11, 15), 7
SLIDE_AT_MOST, DECK_AT_MOST = 0.5, 3.0
"""Seconds."""
SIX = ("health", "quarter", "verdict", "decision", "best-fit", "alternatives")
ROOT = Path(__file__).parent.parent
PART = Part(
    "The board deck, on the demo company",
    "Seconds of the processor, all threads together and whatever else the machine does, with a warehouse that is open "
    "and nothing of the deck asked before: numbers are counted, worded, drawn as native charts and written. A picture "
    "is drawn of a slide that is made. The first of a process, which loads packages, does not count.",
    ("", "seconds", "goal", "ratio"),
)


def measure(repeats: int, report: Report) -> None:
    """Adds to the report: the slowest slide as PowerPoint, as PNG and as SVG, and six in one file."""
    report.open("slides", PART)
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "demo.duckdb"
        frames = demo.company("winner", SEED, AS_OF)
        load_frames(frames, target, SHIPPED / "own", AS_OF, {"employees"}, lambda _line: None, prepared)
        company = read_company(ROOT / "gtm.toml", {"GTM_WAREHOUSE": f"duckdb:///{target}"})
        engine = journal.open_journal(f"sqlite:///{Path(folder) / 'journal.sqlite'}")
        warehouse = connect(company, AS_OF)
        refresh(warehouse, company, engine, AS_OF, "benchmark")
        asked = deck.Asked(AS_OF, "industry")

        def made(*names: str) -> tuple[deck.Slide, ...]:
            warehouse.remembered.clear()
            return deck.deck_of(asked, deck.asking(company, warehouse, engine), names, anew=True).slides

        def written(*names: str) -> bytes:
            return deck.pptx_of(made(*names))

        each = {name: _timed(partial(written, name), repeats) for name in SIX}
        name = max(each, key=lambda name: each[name].median)
        report.add(_within(f"the slowest slide ({name}), as PowerPoint", each[name], SLIDE_AT_MOST))
        report.add(_within("six slides, as PowerPoint", _timed(partial(written, *SIX), repeats), DECK_AT_MOST))
        (slide,) = made("health")
        report.add(_within("a slide as PNG, 1920 by 1080", _timed(lambda: deck.png_of(slide), repeats), SLIDE_AT_MOST))
        report.add(_within("a slide as SVG", _timed(lambda: deck.svg_of(slide), repeats), SLIDE_AT_MOST))
        engine.dispose()


def _within(what: str, taken: Times, at_most: float) -> Line:
    return Line("slides", what, str(taken), f"at most {at_most:g} s", taken.median / at_most, goal=1.0)


def _timed(way: Callable[[], object], repeats: int) -> Times:
    """Seconds of the processor in each repetition, after one that does not count."""
    way()
    taken = []
    for _ in range(repeats):
        begun = time.process_time()
        way()
        taken.append(time.process_time() - begun)
    return Times(tuple(taken))
