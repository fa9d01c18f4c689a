"""How far an axis reaches, in round numbers, and how high rows are."""

from __future__ import annotations

import math
from statistics import median

from gtm_metrics.deck.forms import CALLS, PERCENT, Panel

ROW, CLOSEST = 54.0, 20.0
"""Height of a row, and the least."""
ROOMY = {1: 110.0, 2: 110.0, 3: 78.0, 4: 78.0}
"""With so few rows each may be so high."""


def row_height(rows: int, room: float) -> float:
    """How high each row is: what there is room for, within reason."""
    return max(CLOSEST, min(ROOMY.get(rows, ROW), room / rows))


def domain_of(panel: Panel) -> tuple[float, float, tuple[float, ...]]:
    """(low, high, ticks) of a panel, round numbers at both ends: every number is in it; intervals reach at most twice
    the usual reach beyond them, so that one wild interval squeezes nobody."""
    points = [v for v in (*panel.values, *panel.rest, panel.line) if v is not None]
    ends = [(a, b) for a, b in zip(panel.low, panel.high, strict=True) if a is not None and b is not None]
    if not points and not ends:
        return 0.0, 1.0, (0.0, 1.0)
    points = points or [(a + b) / 2 for a, b in ends]
    reach = 2 * median([(b - a) / 2 for a, b in ends]) if ends else 0.0
    low = min(points) if not ends else max(min([*points, *(a for a, _ in ends)]), min(points) - reach)
    high = max(points) if not ends else min(max([*points, *(b for _, b in ends)]), max(points) + reach)
    floor = 1.0 if panel.unit == CALLS else 0.0
    return rounded(low, high, floor, 1.0 if panel.unit == PERCENT else None)


def rounded(
    low: float, high: float, floor: float | None = None, ceiling: float | None = None, most: int = 4
) -> tuple[float, float, tuple[float, ...]]:
    """(low, high, ticks) widened to a round step; from `floor` where the numbers begin near it."""
    if high - low < 1e-9:
        low, high = low - 0.05 * max(1.0, abs(low)), high + 0.05 * max(1.0, abs(high))
    if floor is not None and low - floor < 0.3 * (high - low):
        low = floor
    rough = (high - low) / most
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * k for k in (1.0, 2.0, 2.5, 5.0, 10.0) if size * k >= rough - 1e-12)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = tuple(round(i * step, 12) for i in range(first, last + 1))
    end = min(ticks[-1], ceiling) if ceiling is not None else ticks[-1]
    return ticks[0], end, tuple(tick for tick in ticks if tick <= end)
