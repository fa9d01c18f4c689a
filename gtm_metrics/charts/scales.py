"""From a number to its place: domains that one wild interval cannot squeeze, and round ticks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from gtm_metrics.metrics import CALLS_COUNTED, Metric
from gtm_metrics.words import NO_BREAK

STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class Scale:
    """A straight scale from numbers (low, high) to pixels (start, end)."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """The pixel of the value; beyond the domain, its nearest end."""
        inside = min(max(value, self.low), self.high)
        return self.start + (inside - self.low) / (self.high - self.low) * (self.end - self.start)


def limits(metric: Metric) -> tuple[float, float]:
    """What the metric's numbers can be at all."""
    return (1.0, float(CALLS_COUNTED)) if metric.estimate == "calls" else (0.0, 1.0)


def domain(
    points: Sequence[float], intervals: Sequence[tuple[float, float]], within: tuple[float, float]
) -> tuple[float, float]:
    """(low, high): every point, and intervals as far as twice the usual reach beyond the points.

    The usual reach is the median, over intervals, of how far they go from their own middle. One segment with
    very few trials then runs out of the picture instead of squeezing everybody else.
    """
    middles = list(points) or [(low + high) / 2 for low, high in intervals]
    if not middles:
        return within
    reach = 2 * median([(high - low) / 2 for low, high in intervals]) if intervals else 0.0
    low, high = min(middles), max(middles)
    low = max(min([low, *(i[0] for i in intervals)]), low - reach)
    high = min(max([high, *(i[1] for i in intervals)]), high + reach)
    if high - low < 1e-9:
        room = 0.1 * (within[1] - within[0])
        low, high = low - room, high + room
    if low - within[0] < 0.25 * (high - low):
        low = within[0]
    return max(low, within[0]), min(high, within[1])


def ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers inside the domain, at most `most` of them and at least one."""
    rough = (high - low) / max(1, most)
    size = 10.0 ** math.floor(math.log10(rough))
    for step in (size * factor for factor in (*STEPS, 20.0, 50.0)):
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first + 1 <= most:
            break
    return [round(i * step, 12) for i in range(first, last + 1)] or [low]


def tick_labels(metric: Metric, values: Sequence[float]) -> list[str]:
    """The ticks as written: 5 %, or 2.5 calls; all with the same number of decimals."""
    shown = list(values) if metric.estimate == "calls" else [100 * value for value in values]
    places = next((p for p in (0, 1, 2) if all(abs(round(v, p) - v) < 1e-9 for v in shown)), 3)
    unit = "" if metric.estimate == "calls" else f"{NO_BREAK}%"
    return [f"{value:.{places}f}{unit}" for value in shown]
