"""The funnel dots' plan: how large things are, where each metric's panel stands, and its scale."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from gtm_metrics.charts.lettering import text_width
from gtm_metrics.charts.scales import Scale, domain, limits
from gtm_metrics.funnel import grey_interval
from gtm_metrics.metrics import Metric, metric_named
from gtm_metrics.question import ALL
from gtm_metrics.words import count, count_label, dot_label, plain
from gtm_metrics.words.numbers import Row

COMPACT_ABOVE, COMPACT_ABOVE_ON_BOARD = 12, 5
"""Segments up to which a number stands above its dot; beyond, rows close up and it stands at the side."""
LARGE_FROM = 24.0
"""Pixels of a compact row from which its type is as large as that of others."""
SMALL = 100
"""A segment's smallest n is told at its name up to here."""
NEAR = 7.0
"""Between a name and the n beside it."""
GAP = 34.0
INSET = 7.0


BOARD_ROWS_HEIGHT, MANY_ROWS_HEIGHT = 274.0, 248.0
"""Pixels a board page of 720 leaves for the rows, beside title, paragraph, header, axis and footnote; and for more than
MANY rows, of which paragraph and footnote have a line more to say."""
MANY = 9
CLOSEST_ROW = 16.0
"""A row is never lower: with more rows than fit, the drawing grows instead of becoming illegible."""


@dataclass(frozen=True)
class Sizes:
    """Type and room of one drawing, in pixels; `dot` is an area, `above` from a dot up to its number."""

    row: float
    head: float
    foot: float
    name: float
    value: float
    header: float
    caption: float
    small: float
    dot: float
    above: float
    compact: bool


@dataclass(frozen=True)
class Column:
    """One metric's place: its panel from x to x2, the scale inside it, each segment's row."""

    metric: Metric
    everyone: Row | None
    rows: Mapping[str, Row]
    x: float
    x2: float
    scale: Scale

    @property
    def measured(self) -> bool:
        """Whether the metric is counted at all."""
        return not (self.everyone and self.everyone["trials"] is None)


def sizes_for(segments: int, board: bool) -> Sizes:
    """Larger type on a board page, whose rows share what height there is; many rows close up."""
    compact = segments > (COMPACT_ABOVE_ON_BOARD if board else COMPACT_ABOVE)
    k = 1.15 if board else 1.0
    row = 22.0 if compact and not board else 40.0
    room = MANY_ROWS_HEIGHT if segments > MANY else BOARD_ROWS_HEIGHT
    row = max(CLOSEST_ROW, min(row * 1.06, room / max(1, segments))) if board else row
    small = compact and row < LARGE_FROM
    return Sizes(
        row=row,
        head=(68.0 if compact else 64.0) * k,
        foot=(40.0 if compact else 30.0) * k,
        name=(12.5 if small else 14.0) * k,
        value=(12.0 if small else 13.0) * k,
        header=15.5 * k,
        caption=12.5 * k,
        small=11.0 * k,
        dot=(52.0 if small else 88.0) * k,
        above=15.5 * k,
        compact=compact,
    )


def few_of(rows: pd.DataFrame, metrics: Sequence[Metric]) -> dict[str, str]:
    """segment -> the smallest n that a rate of its row rests on, as "98 calls", where that is at most SMALL."""
    least: dict[str, tuple[int, str]] = {}
    for row in rows.to_dict("records"):
        metric = metric_named(row["metric"], tuple(metrics))
        if metric.shape == "event" and row["status"] == "ok":
            mine = int(row["trials"]), metric.unit
            least[row["segment"]] = min(mine, least.get(row["segment"], mine))
    return {segment: f"{count(n)} {unit}" for segment, (n, unit) in least.items() if n <= SMALL}


def names_width(segments: Sequence[str], subject: str, few: Mapping[str, str], sizes: Sizes, width: float) -> float:
    """Room for the longest name and the n under it, beside it where rows close up; up to a quarter of the drawing."""
    names = [text_width(plain(name), sizes.name, name == subject) for name in segments]
    counts = [text_width(few.get(name, ""), sizes.small) for name in segments]
    widths = [a + NEAR + b if sizes.compact and b else max(a, b) for a, b in zip(names, counts, strict=True)]
    return min(max([84.0, *widths]) + 22, 0.23 * width)


def columns_of(
    rows: pd.DataFrame, metrics: tuple[Metric, ...], left: float, width: float, sizes: Sizes
) -> list[Column]:
    """The panels from `left` on, one a metric that is connected, all of one width."""
    by_metric: dict[str, dict[str, Row]] = {}
    for row in rows.to_dict("records"):
        by_metric.setdefault(row["metric"], {})[row["segment"]] = row
    shown = {
        name: found
        for name, found in by_metric.items()
        if any(row["status"] != "not_connected" for row in found.values())
    }
    room = (width - left + GAP) / max(1, len(shown))
    columns = []
    for i, (name, found) in enumerate(shown.items()):
        metric, everyone = metric_named(name, metrics), found.pop(ALL, None)
        x, x2 = left + i * room, left + (i + 1) * room - GAP
        end = x2 - (_side_room(metric, found.values(), sizes) if sizes.compact else 0) - INSET - 2
        scale = Scale(*_domain(metric, list(found.values())), x + INSET, end)
        columns.append(Column(metric, everyone, found, x, x2, scale))
    return columns


def label_of(metric: Metric, row: Row) -> str:
    """The number at a dot, or the counts where there is no rate."""
    if row["status"] == "ok":
        return dot_label(metric, row["estimate"], row["trials"])
    return "" if row["trials"] is None else count_label(metric, row["successes"], row["trials"])


def interval_of(metric: Metric, row: Row) -> tuple[float, float] | None:
    """The row's own interval, or the grey one of its counts."""
    if row["status"] == "ok":
        return None if row["low"] is None or row["high"] is None else (row["low"], row["high"])
    return None if row["trials"] is None else grey_interval(metric, row["trials"], row["successes"])


def _side_room(metric: Metric, rows: Iterable[Row], sizes: Sizes) -> float:
    """Room at the side of a compact panel for its widest number."""
    widths = [text_width(label_of(metric, row), sizes.value, bold=True) for row in rows]
    return max(widths, default=0.0) + 12


def _domain(metric: Metric, rows: Sequence[Row]) -> tuple[float, float]:
    points = [row[key] for row in rows for key in ("estimate", "rest_estimate") if row[key] is not None]
    solid = [found for row in rows if row["status"] == "ok" and (found := interval_of(metric, row))]
    faint = [found for row in rows if row["status"] != "ok" and (found := interval_of(metric, row))]
    return domain(points, solid + faint, limits(metric))
