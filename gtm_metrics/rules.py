"""Every constant of the signal, with its range, its unit and the reason for it in a sentence.

`Rules()` holds the defaults the design was measured with. `CONSTANTS` lists them as rows, so that gtm.toml, its
checks and the definitions page can be generated from this file alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from gtm_metrics.evidence.rules import EvidenceRules

Numbers = tuple[float, ...]


@dataclass(frozen=True)
class Constant:
    """One constant: its name, kind (integer, number, numbers), default, allowed range, unit and reason."""

    key: str
    kind: str
    default: float | Numbers
    low: float
    high: float
    unit: str
    meaning: str


def _said(low: float, high: float, unit: str, meaning: str) -> dict[str, Any]:
    return {"low": low, "high": high, "unit": unit, "meaning": meaning}


@dataclass(frozen=True)
class Rules:
    """The constants of the signal; a value outside its range is refused with ValueError."""

    alpha: float = field(
        default=0.10,
        metadata=_said(
            0.001, 0.5, "chance", "a rule this strict names a wrong segment in at most this share of companies"
        ),
    )
    thesis_share: float = field(
        default=0.5,
        metadata=_said(
            0.1,
            0.9,
            "share of alpha",
            "how much of it a segment that was named in advance has; all others have the rest",
        ),
    )
    theta: Numbers = field(
        default=(0.1, 0.2, 0.4, 0.6, 0.8, 1.1),
        metadata=_said(
            0.01,
            3.0,
            "log odds ratio",
            "leads that are bet on: 1.11 times the odds is the smallest worth knowing, above 3 a lead decides itself",
        ),
    )
    start_mass: float = field(
        default=0.5,
        metadata=_said(
            0.01, 0.99, "share of the stake", "how much is bet on a lead that was there from the first week"
        ),
    )
    start_hazard: float = field(
        default=1 / 104,
        metadata=_said(0.001, 0.5, "per week", "the rest is bet on a later start, expected once in two years"),
    )
    sd_floor: float = field(
        default=0.10,
        metadata=_said(0.0, 1.0, "log odds", "no two weeks are alike: this much swing is always taken to be luck"),
    )
    lags: int = field(
        default=8,
        metadata=_said(
            0, 26, "weeks", "swings that last this long count as one, which covers most of a quarter's campaign"
        ),
    )
    dispersion_weight: float = field(
        default=50.0,
        metadata=_said(
            1.0, 10_000.0, "information", "no more swing than luck: this much is taken as known before there are weeks"
        ),
    )
    level_sd: float = field(
        default=0.5,
        metadata=_said(
            0.05, 3.0, "log odds ratio", "segments differ for good by about this much, which is not counted as swing"
        ),
    )
    drop_one_from: int = field(
        default=4,
        metadata=_said(
            3, 1000, "segments", "from so many on a lead must also hold against the rest without any one other segment"
        ),
    )
    interval_sd: float = field(
        default=0.5,
        metadata=_said(
            0.05, 3.0, "log odds ratio", "the always-valid interval expects 95 % of true log odds ratios within +-1"
        ),
    )
    interval_alpha: float = field(
        default=0.05,
        metadata=_said(0.001, 0.5, "chance", "how often the always-valid interval may ever miss the truth"),
    )
    interval_end: float = field(
        default=2.5,
        metadata=_said(
            1.0,
            5.0,
            "log odds ratio",
            "the always-valid interval is looked for from minus this to this: 12 times the odds",
        ),
    )
    interval_step: float = field(
        default=0.05,
        metadata=_said(0.01, 0.25, "log odds ratio", "how finely it is looked for; its ends lie within a step of this"),
    )
    settle_days: int = field(
        default=7,
        metadata=_said(0, 60, "days", "a closed week is frozen this much later, when late entries have arrived"),
    )
    stratum_weeks: Numbers = field(
        default=(1, 4, 13),
        metadata=_said(
            1, 52, "weeks", "lengths of the periods that segments are compared in, the shortest that will do"
        ),
    )
    stratum_kept: float = field(
        default=0.9,
        metadata=_said(
            0.5,
            0.99,
            "share of the evidence",
            "a comparison period is long enough when comparing within it keeps this much: with 10 trials nine tenths",
        ),
    )
    stratum_look: int = field(
        default=26,
        metadata=_said(4, 104, "weeks", "how many first weeks of data decide the length of a comparison period"),
    )
    watch: float = field(
        default=10.0,
        metadata=_said(2.0, 1000.0, "to 1", "evidence for this segment alone that makes it worth watching"),
    )
    watch_left: float = field(
        default=10 / 3,
        metadata=_said(1.0, 1000.0, "to 1", "evidence below which watching ends, so that noise does not switch it"),
    )
    emerging: float = field(
        default=0.5,
        metadata=_said(
            0.01, 1.0, "chance", "a lead is called emerging when evidence exceeds the number of segments over this"
        ),
    )
    emerging_left: float = field(
        default=1.5,
        metadata=_said(
            0.02, 10.0, "chance", "an emerging lead ends when evidence falls below the number of segments over this"
        ),
    )
    least_columns: int = field(
        default=8, metadata=_said(2, 104, "weeks", "before this many weeks a segment is too early to judge")
    )
    least_fair_share: float = field(
        default=5.0,
        metadata=_said(1.0, 100.0, "successes", "a metric takes part once a segment could expect this many successes"),
    )
    block_weeks: Numbers = field(
        default=(1, 2, 4, 13, 26),
        metadata=_said(1, 52, "weeks", "lengths of the periods in which leading is counted, the shortest that will do"),
    )
    block_fair_share: float = field(
        default=5.0,
        metadata=_said(1.0, 100.0, "successes", "a period can be led when a segment expects this many successes in it"),
    )
    blocks_counted: int = field(
        default=12, metadata=_said(3, 52, "periods", "how many recent periods are looked at for a consistent lead")
    )
    blocks_needed: int = field(
        default=6, metadata=_said(2, 52, "periods", "how many periods there must be before a lead can be consistent")
    )
    lead_share: float = field(
        default=2 / 3, metadata=_said(0.5, 1.0, "share of periods", "how many of the recent periods must have been led")
    )
    fading_share: float = field(
        default=0.5,
        metadata=_said(0.0, 1.0, "share of periods", "leading fewer of the recent periods than this is called fading"),
    )
    material_ratio: float = field(
        default=1.10,
        metadata=_said(1.0, 3.0, "times the rest", "a lead must be this large on two metrics to be worth acting on"),
    )
    worse: float = field(
        default=10.0, metadata=_said(2.0, 1000.0, "to 1", "evidence of being worse on any metric that stops a signal")
    )
    account: float = field(
        default=10.0,
        metadata=_said(1.0, 1000.0, "to 1", "what must remain of the evidence when any one top account is left out"),
    )
    top_accounts: int = field(
        default=3, metadata=_said(1, 20, "accounts", "how many accounts a metric are left out, one at a time")
    )
    kept_ratio: float = field(
        default=1.2,
        metadata=_said(1.0, 3.0, "times the odds", "a lead that has fallen below this is on its way to being lost"),
    )
    reopen_drops: Numbers = field(
        default=(0.1, 0.2, 0.4, 0.8),
        metadata=_said(0.01, 3.0, "log odds ratio", "sizes of the fall that reopening looks for"),
    )
    reopen_weeks: float = field(
        default=260.0,
        metadata=_said(10.0, 5200.0, "weeks", "a lead that lasts is wrongly reopened at most once in this many weeks"),
    )
    recent_weeks: int = field(
        default=26, metadata=_said(4, 104, "weeks", "whether a verdict holds is also asked of the last weeks alone")
    )
    planned_ratio: float = field(
        default=1.5, metadata=_said(1.05, 5.0, "times the odds", "the lead that waits, levers and tests are priced for")
    )
    tighten_pace: float = field(
        default=1.5,
        metadata=_said(
            1.0, 5.0, "times the least", "measured: a decision takes this much longer than the least possible"
        ),
    )
    pace_weeks: int = field(
        default=52, metadata=_said(4, 260, "weeks", "recent weeks from which the pace of evidence is read")
    )
    longest_wait: int = field(
        default=104, metadata=_said(13, 520, "weeks", "a decision further away than this is not counted down")
    )
    outreach_touches: int = field(
        default=100,
        metadata=_said(5, 100_000, "accounts a week", "first touches a week assumed where outreach is not connected"),
    )
    outreach_rate: float = field(
        default=0.05,
        metadata=_said(0.001, 0.5, "share", "share of them assumed to answer where outreach is not connected"),
    )
    test_level: float = field(
        default=0.05, metadata=_said(0.001, 0.5, "chance", "two-sided level of the test that would settle it")
    )
    test_power: float = field(
        default=0.80, metadata=_said(0.5, 0.99, "chance", "how often that test should find a lead that is there")
    )

    def __post_init__(self) -> None:
        for rule in fields(self):
            given, low, high = getattr(self, rule.name), rule.metadata["low"], rule.metadata["high"]
            values = given if isinstance(given, tuple) else (given,)
            if not values or not all(low <= value <= high for value in values):
                raise ValueError(
                    f"signal.{rule.name} is {given}; it must lie between {low:g} and {high:g} "
                    f"{rule.metadata['unit']} ({rule.metadata['meaning']})"
                )
        if self.watch_left > self.watch or self.emerging_left < self.emerging:
            raise ValueError("signal: a state must be left below where it is entered (watch_left, emerging_left)")

    def evidence(self, weeks_a_period: int = 1) -> EvidenceRules:
        """The constants of the evidence where a period holds so many weeks: a start is as likely a week as ever."""
        return EvidenceRules(
            theta=self.theta,
            start_mass=self.start_mass,
            start_hazard=1 - (1 - self.start_hazard) ** weeks_a_period,
            sd_floor=self.sd_floor,
            lags=self.lags,
            dispersion_weight=self.dispersion_weight,
            level_sd=self.level_sd,
            drop_one_from=self.drop_one_from,
            interval_sd=self.interval_sd,
            interval_end=self.interval_end,
            interval_step=self.interval_step,
            reopen_lead=self.kept_ratio,
            reopen_drops=self.reopen_drops,
        )


def _kind(default: object) -> str:
    if isinstance(default, tuple):
        return "numbers"
    return "integer" if isinstance(default, int) else "number"


DEFAULTS = Rules()

CONSTANTS: tuple[Constant, ...] = tuple(
    Constant(rule.name, _kind(getattr(DEFAULTS, rule.name)), getattr(DEFAULTS, rule.name), **rule.metadata)
    for rule in fields(Rules)
)
