"""How well a score tells two groups apart: the chance that one of the first has the higher score."""

from __future__ import annotations

import math
from dataclasses import dataclass

from gtm_metrics.estimates.rates import Z95


@dataclass(frozen=True)
class Placements:
    """A group's placements: each one's share of the other group that it has on its right side, ties counting half.

    n, total and total of squares over the group; they add.
    """

    n: int
    total: float
    squares: float

    @property
    def variance(self) -> float:
        """The sample variance; 0 for a single one."""
        return max(0.0, self.squares - self.total**2 / self.n) / (self.n - 1) if self.n > 1 else 0.0


@dataclass(frozen=True)
class Concordance:
    """The share of pairs in which the first group's score is higher (the area under the ROC curve): 0.5 is luck."""

    estimate: float
    low: float
    high: float


def concordance(first: Placements, second: Placements) -> Concordance | None:
    """The concordance with its 95 % interval (DeLong, DeLong and Clarke-Pearson 1988); None where a group is empty.

    first   of each of the first group, the share of the second whose score is lower
    second  of each of the second group, the share of the first whose score is higher
    """
    if not first.n or not second.n:
        return None
    estimate = first.total / first.n
    half = Z95 * math.sqrt(first.variance / first.n + second.variance / second.n)
    return Concordance(estimate, max(0.0, estimate - half), min(1.0, estimate + half))
