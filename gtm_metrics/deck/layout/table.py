"""Where the cells of a table stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from gtm_metrics.deck.forms import Table
from gtm_metrics.deck.layout.page import SMALL, Box
from gtm_metrics.deck.letters import LINE, Fitted, fitted, one_line

CELL = 9.0
"""Room around a cell's text."""


@dataclass(frozen=True)
class TablePlan:
    """A table: its columns' edges, its rows' heights, what lies over and under a cell's text, and every cell's text as
    it fits."""

    form: Table
    box: Box
    edges: tuple[float, ...]
    heights: tuple[float, ...]
    around: float
    head: tuple[Fitted, ...]
    cells: tuple[tuple[Fitted, ...], ...]

    @property
    def named(self) -> int:
        """The column in bold, which says what a row is about: the first that is no rank."""
        return next((i for i, weight in enumerate(self.form.weights) if weight >= 0.5), 0)

    def beside(self, place: int) -> float:
        """What lies between a column's text and the next column."""
        return beside(self.form, place)


def beside(form: Table, place: int) -> float:
    """What lies between a column's text and the next column: more where numbers end and a text begins, nothing at the
    right edge."""
    if place == len(form.columns) - 1:
        return 0.0
    return 3 * CELL if place in form.numbers and place + 1 not in form.numbers else CELL


def table_plan(form: Table, box: Box) -> TablePlan:
    """Where a table's cells stand: rows as high as their text, smaller type where they do not fit, fewer lines a cell
    at the smallest."""
    whole = sum(form.weights)
    edges = [box.x]
    for weight in form.weights:
        edges.append(edges[-1] + box.width * weight / whole)
    widths = [b - a - beside(form, place) for place, (a, b) in enumerate(pairwise(edges))]
    titles = zip(form.columns, widths, strict=True)
    head = tuple(Fitted(SMALL, (one_line(name, SMALL, width, True),)) for name, width in titles)
    first = 28.0 if any(form.columns) else 0.0
    sizes = (form.size, *(each for each in (19.0, 16.0, 14.0, 13.0, 12.0, 11.0) if each < form.size))
    for size, lines in [(each, 99) for each in sizes] + [(sizes[-1], n) for n in (3, 2, 1)]:
        cells = _cells(form, widths, size, lines)
        texts = [max(len(cell.lines) for cell in row) * size * LINE for row in cells]
        around = max(CELL - 2.0, 0.8 * size)
        spare = box.height - first - sum(texts) - 2 * around * len(texts)
        if spare >= 0:
            # what is left goes between the rows, within reason
            around += min(spare / max(1, len(texts)), 1.2 * size) / 2
            break
    around += min(0.0, spare) / 2 / max(1, len(texts))
    heights = (first, *(text + 2 * around for text in texts))
    return TablePlan(form, box, tuple(edges), heights, around, head, cells)


def _cells(form: Table, widths: Sequence[float], size: float, lines: int) -> tuple[tuple[Fitted, ...], ...]:
    return tuple(
        tuple(
            fitted(cell, (size,), width, lines * size * LINE + 0.1, bold=True)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in form.cells
    )
