"""The constants of the evidence, in one place: each with its default, its unit and the reason for it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class EvidenceRules:
    """Constants of the evidence. They are chosen before the data and kept: a change starts the evidence afresh."""

    theta: tuple[float, ...] = (0.1, 0.2, 0.4, 0.6, 0.8, 1.1)
    """Log odds ratios bet on, in equal parts: 1.11 is the smallest lead worth knowing, beyond 3 it decides itself."""

    start_mass: float = 0.5
    """Share of the stake on a lead that was there from the first week; the other half waits for a later start."""

    start_hazard: float = 1 / 104
    """Chance, each week, that a later lead starts: once in two years."""

    sd_floor: float = 0.10
    """Least sd of the week-to-week log odds of a segment: two weeks are never alike."""

    lags: int = 8
    """Weeks over which the luck of one week may last: a quarter's campaign is mostly covered."""

    dispersion_weight: float = 50.0
    """Information (V squared) at no extra spread that the estimate of the spread begins with."""

    level_sd: float = 0.5
    """Sd of a segment's lasting log odds ratio, taken out before the spread is measured."""

    drop_one_from: int = 4
    """Segments with trials from which the rest is also taken without any one other segment."""

    interval_sd: float = 0.5
    """Sd of the mixture behind the interval: 95 % of true log odds ratios lie within one."""

    interval_end: float = 2.5
    """The interval's log odds ratios run from minus this to this."""

    interval_step: float = 0.05
    """Distance of the interval's log odds ratios."""

    reopen_lead: float = 1.2
    """Odds ratio that a segment keeps while its lead lasts."""

    reopen_drops: tuple[float, ...] = (0.1, 0.2, 0.4, 0.8)
    """How far below that lead the log odds ratio may have fallen, in equal parts."""


RULES = EvidenceRules()
"""The defaults."""
