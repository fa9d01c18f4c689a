"""A table that is too wide for a phone, as one of two columns: what a row is called, and under it its cells by name."""

from __future__ import annotations

from typing import Any

import pandas as pd

ACROSS, BESIDE = 44, 3
"""Letters that a phone of 360 pixels holds across, and those that the air around a cell takes of them."""
LINES = 5
"""Lines that a cell may have before its column asks for more room."""


def fits_phone(frame: pd.DataFrame) -> bool:
    """Whether every column has room for its longest word, and for its longest text in LINES lines."""
    return sum(_letters(str(name), column) + BESIDE for name, column in frame.items()) <= ACROSS


def folded(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame in two columns, the first with its first column's name: a row's first cell in bold, then a row a cell
    that holds something, its column's name before it; where the first cell is empty, the row goes on with the one
    above. Cells are Markdown.
    """
    first, *others = frame.columns
    rows: list[tuple[Any, Any]] = []
    for cell, *rest in frame.itertuples(index=False, name=None):
        rows += [(f"**{cell}**", "")] if str(cell).strip() else []
        rows += [(name, held) for name, held in zip(others, rest, strict=True) if str(held).strip()]
    return pd.DataFrame(rows, columns=[first, " "], dtype=object)


def _letters(name: str, column: pd.Series) -> int:
    """Letters a column needs across."""
    texts = [name, *(str(cell) for cell in column)]
    longest = max((len(word) for text in texts for word in text.split(" ")), default=0)
    return max(longest, -(-max(map(len, texts)) // LINES))
