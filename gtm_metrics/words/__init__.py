"""Every sentence and every formatted number: screen, command line and slide take them from here.

Whatever holds a name from data comes in two voices: Markdown that Streamlit shows literally (the default),
or plain text for a slide.
"""

from gtm_metrics.words.described import (
    Standing,
    cell_described,
    curve_described,
    dots_described,
    reasons_described,
    trend_described,
)
from gtm_metrics.words.findings import STANDING, STATUS, beside_rest, paragraph, title, too_early
from gtm_metrics.words.footnotes import READING, column_captions, footnote, overline
from gtm_metrics.words.numbers import (
    MISSING,
    NO_BREAK,
    calls,
    count,
    count_label,
    counted,
    day,
    days,
    dot_label,
    estimate,
    interval,
    money,
    percent,
    times,
    weeks_to,
    whole,
    window,
)
from gtm_metrics.words.plain import BLANK, ELLIPSIS, escaped, plain, shortened, shortened_words

__all__ = [
    "BLANK",
    "ELLIPSIS",
    "MISSING",
    "NO_BREAK",
    "READING",
    "STANDING",
    "STATUS",
    "Standing",
    "beside_rest",
    "calls",
    "cell_described",
    "column_captions",
    "count",
    "count_label",
    "counted",
    "curve_described",
    "day",
    "days",
    "dot_label",
    "dots_described",
    "escaped",
    "estimate",
    "footnote",
    "interval",
    "money",
    "overline",
    "paragraph",
    "percent",
    "plain",
    "reasons_described",
    "shortened",
    "shortened_words",
    "times",
    "title",
    "too_early",
    "trend_described",
    "weeks_to",
    "whole",
    "window",
]
