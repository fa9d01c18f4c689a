"""The scenarios of the study: companies in which no segment is to be named, and companies in which one is."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.signal.market import FIVE, FIVE_ALIKE, RESPONSE, SIXTY, SMALL_COMPANY, TWENTY, WON, Lead, Market

MID, LARGE, SMALL = (TWENTY.index(size) for size in ("mid", "large", "small"))
CLUSTERED = 1.0
"""Spread of accounts in log odds: one in six answers 2.7 times as readily as the one in the middle, or more."""


@dataclass(frozen=True)
class Scenario:
    """A market and what would be right.

    key      what `--only` takes
    segment  the one to name, None where none is to be
    spared   segments that are no false alarm either way (the bad one)
    clocks   each metric as late as it is frozen, instead of week beside week
    bound    times the Wald bound that "any" may take, 0 where no goal was set
    within   weeks in which "tighten now" is to come, 0 where no goal was set
    """

    key: str
    says: str
    market: Market
    segment: int | None = None
    spared: tuple[int, ...] = ()
    clocks: bool = False
    bound: float = 0.0
    within: float = 0.0


def _one(key: str, says: str, lead: Lead, sizes: tuple[str, ...] = TWENTY, **goals: float) -> Scenario:
    return Scenario(key, says, Market(sizes, leads=(lead,)), lead.segment, **goals)


NOBODY: tuple[Scenario, ...] = (
    Scenario("k5", "independent, K = 5", Market(FIVE)),
    Scenario("k20", "independent, K = 20", Market()),
    Scenario("k60", "independent, K = 60", Market(SIXTY)),
    Scenario(
        "clusters",
        "clustered touches: 4 a sequence, accounts differ and come back",
        Market(touches_each=4, account_sd=CLUSTERED),
    ),
    Scenario("iid-luck", "weekly luck of +-20 %, all four metrics alike", Market(luck_sd=0.2)),
    Scenario("luck-10", "lasting luck of +-10 % (AR 0.8), all four alike", Market(luck_sd=0.1, luck_ar=0.8)),
    Scenario("luck-20", "lasting luck of +-20 % (AR 0.8), all four alike", Market(luck_sd=0.2, luck_ar=0.8)),
    Scenario("growth", "volumes grow 2 % a week", Market(growth=0.02)),
    Scenario("bad", "one large segment at half the odds", Market(leads=(Lead(LARGE, 0.5),)), spared=(LARGE,)),
    Scenario(
        "one-metric",
        "ten of twenty 1.8 times better on response only",
        Market(leads=tuple(Lead(row, 1.8, (RESPONSE,)) for row in range(0, 20, 2))),
    ),
    Scenario("leak", "deals differ; calls, winning, churn share them, each on its clock", Market(quality_sd=1.0),
             clocks=True),
    Scenario("small", "300 accounts, 40 decided deals a quarter, K = 8", Market(SMALL_COMPANY)),
)  # fmt: skip

ONE: tuple[Scenario, ...] = (
    _one("large-1.5", "large, 1.5 times", Lead(LARGE, 1.5), bound=3, within=12),
    _one("mid-1.5", "mid, 1.5 times", Lead(MID, 1.5), bound=2, within=22),
    _one("small-1.5", "small, 1.5 times", Lead(SMALL, 1.5), bound=2),
    _one("small-2", "small, 2 times", Lead(SMALL, 2.0), bound=2),
    _one("large-1.25", "large, 1.25 times", Lead(LARGE, 1.25), bound=3),
    _one("mid-1.25", "mid, 1.25 times", Lead(MID, 1.25), bound=2),
    _one("mid-1.5-k5", "mid, 1.5 times, K = 5, all mid", Lead(0, 1.5), FIVE_ALIKE, bound=2),
    _one("mid-beside-large", "mid, 1.5 times, K = 5, one large is most of the rest", Lead(FIVE.index("mid"), 1.5),
         FIVE, bound=2),
    _one("large-1.5-k60", "large, 1.5 times, K = 60", Lead(SIXTY.index("large"), 1.5), SIXTY, bound=3),
    _one("mid-1.5-k60", "mid, 1.5 times, K = 60", Lead(SIXTY.index("mid"), 1.5), SIXTY, bound=2),
    _one("mid-late", "mid, 1.5 times from week 41", Lead(MID, 1.5, first=40)),
    _one("mid-2-two", "mid, 2 times on response and close rate only", Lead(MID, 2.0, (RESPONSE, WON))),
    Scenario("large-few-deals", "large, 1.5 times, a fifth of the deals", Market(leads=(Lead(LARGE, 1.5),),
             deal_share=0.2), LARGE),
    Scenario("mid-few-deals", "mid, 1.5 times, a fifth of the deals", Market(leads=(Lead(MID, 1.5),),
             deal_share=0.2), MID),
    _one("small-company-2", "300 accounts: one of 8 segments, 2 times", Lead(0, 2.0), SMALL_COMPANY),
    _one("small-company-3", "300 accounts: one of 8 segments, 3 times", Lead(0, 3.0), SMALL_COMPANY),
)  # fmt: skip

SCENARIOS = NOBODY + ONE
