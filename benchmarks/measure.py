"""Times and memory: medians of repetitions, and the peak of a process of its own."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

MEGABYTE = 1e6


@dataclass(frozen=True)
class Times:
    """Seconds of every repetition, in the order they were measured."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The one in the middle."""
        return statistics.median(self.seconds)

    def __str__(self) -> str:
        return f"{_short(self.median)} ({_short(min(self.seconds))} to {_short(max(self.seconds))})"


def _short(seconds: float) -> str:
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.2f} s" if seconds < 9.995 else f"{seconds:.0f} s"


def side_by_side(
    ours: Callable[[], Any], other: Callable[[], Any], repeats: int, clock: Callable[[], float] = time.perf_counter
) -> tuple[Times, Times]:
    """Both ways in turn, so that what else the machine does falls on both; each is run once before it counts."""
    ours(), other()
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(repeats):
        for way, seconds in zip((ours, other), taken, strict=True):
            begun = clock()
            way()
            seconds.append(clock() - begun)
    return Times(tuple(taken[0])), Times(tuple(taken[1]))


def in_a_process(*arguments: object, timeout_seconds: int = 3000) -> dict[str, Any]:
    """What `python -m benchmarks.once ...` says, as a dict: seconds, peak_mb and whatever else it measured."""
    command = [sys.executable, "-m", "benchmarks.once", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout_seconds, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    return dict(json.loads(done.stdout.splitlines()[-1]))
