"""Reasons as bars: why they bought, or why they did not, beside everyone else's."""

from __future__ import annotations

import pandas as pd

from gtm_metrics.charts.canvas import Band, Drawing, Mark, Rule, Text, drawn
from gtm_metrics.charts.lettering import in_lines, text_width
from gtm_metrics.charts.palette import palette
from gtm_metrics.words import percent, plain, reasons_described

WIDTH = 520.0
ROW, NAME, VALUE, SMALL = 32.0, 13.0, 13.0, 11.5
LINE = 14.5
"""Between the two lines of a reason that one line does not hold."""
MINIMUM = 30
"""Answers below which a share is no share: bars then stand for counts."""


def reasons(frame: pd.DataFrame, total: int, dark: bool = False, width: float = WIDTH) -> Drawing:
    """One bar a reason, as given (the most frequent first), its count and share at its end.

    frame   reason, n (of this segment), share (n of `total`), rest_share (the same of everyone else):
            fractions, None where there are too few for one
    total   answers the shares are of; below 30, or without shares, no percentage is written and nothing is
            set beside
    """
    colours = palette(dark)
    rows = frame.to_dict("records")
    described = reasons_described(frame, total)
    if not rows or not total:
        marks: list[Mark] = [Text(0, 14, "No reason is on record yet", VALUE, colours.quiet)]
        return drawn(marks, width, 28, dark, described)
    enough = total >= MINIMUM and all(row["share"] is not None for row in rows)
    shares = [row["n"] / total for row in rows]
    left = min(max(text_width(plain(row["reason"]), NAME) for row in rows) + 16, 0.42 * width)
    labels = [f"{percent(row['share'], total)} ({row['n']:,})" if enough else f"{row['n']:,}" for row in rows]
    room = width - left - max(text_width(label, VALUE) for label in labels) - 16
    beside = [row["rest_share"] if enough else None for row in rows]
    most = max(shares + [share for share in beside if share is not None]) or 1.0
    marks = []
    for i, (row, label, rest) in enumerate(zip(rows, labels, beside, strict=True)):
        y = ROW * (i + 0.5)
        end = left + shares[i] / most * room
        lines = in_lines(plain(row["reason"]), NAME, left - 12)
        first = y - LINE * (len(lines) - 1) / 2
        marks += [Text(0, first + LINE * j, line, NAME, colours.ink) for j, line in enumerate(lines)]
        marks.append(Band(((left, y - 6, y + 6), (max(end, left + 1), y - 6, y + 6)), colours.mark))
        after = end + 10
        if rest is not None:
            x = left + rest / most * room
            marks.append(Rule(x, y - 10, x, y + 10, colours.ink, 1.6))
            if end - 4 < x < after + text_width(label, VALUE):
                after = x + 8
        marks.append(Text(after, y, label, VALUE, colours.ink))
    height = ROW * len(rows)
    if any(share is not None for share in beside):
        height += 20
        last = next(i for i in reversed(range(len(rows))) if beside[i] is not None)
        x = left + (beside[last] or 0.0) / most * room
        half = text_width("everyone else", SMALL) / 2
        middle = min(max(x, left + half), width - half)
        marks.append(Text(middle, height - 14, "everyone else", SMALL, colours.quiet, "center"))
    return drawn(marks, width, height, dark, described)
