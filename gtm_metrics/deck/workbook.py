"""A deck as a workbook: what each slide says, a tab a table, and a tab of definitions."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from gtm_metrics.deck.slide import Slide
from gtm_metrics.definitions import metric_definitions
from gtm_metrics.exports import xlsx_of
from gtm_metrics.metrics import Metric

SLIDES, DEFINITIONS = "Slides", "Definitions"


def workbook_of(slides: Sequence[Slide], metrics: Sequence[Metric], title: str = "") -> bytes:
    """The workbook: headlines and footnotes first, then every table with its numbers in full, definitions last."""
    told = [(s.headline, s.paragraph, s.footnote, s.notes) for s in slides]
    sheets = {SLIDES: pd.DataFrame(told, columns=["Headline", "Explanation", "Footnote", "Notes"], dtype=object)}
    sheets |= {sheet.name: sheet.frame for slide in slides for sheet in slide.sheets}
    sheets[DEFINITIONS] = metric_definitions(tuple(metrics))
    return xlsx_of(sheets, title)
