"""What is simulated: sizes of segments, rates, leads, and the ways in which luck is more than a coin."""

from __future__ import annotations

from dataclasses import dataclass, field

RESPONSE, CALLS, WON, CHURN = "response_rate", "calls_to_understanding", "won_in_time", "churn"
METRICS = (RESPONSE, CALLS, WON, CHURN)

BASE_RATE = {RESPONSE: 0.05, CALLS: 0.35, WON: 0.20, CHURN: 0.005}
"""Answers a first touch; understanding a call; wins a deal; customers lost a week."""
SHOCK_SD = {RESPONSE: 0.25, CALLS: 0.15, WON: 0.20, CHURN: 0.20}
"""Weekly swing of the rate common to all segments, in log odds; a season of SEASON comes on top."""
SEASON = 0.15

CALL_BANDS, CHURN_BANDS = ("1", "2", "3", "4+"), ("0-3", "4-11", "renewal", "other")
CALL_LOG_ODDS = (-0.25, 0.0, 0.15, 0.3)
"""Understanding comes easier the later the call, beside the base rate."""
CHURN_LOG_ODDS = (0.2, -0.2, 0.8, -0.3)
"""Leaving by months of tenure, beside the base rate."""
STAYS_FOR_ANOTHER_CALL = 0.97
"""Share of the deals that have not understood and hold another call a week later: 2.7 calls a deal."""
CUSTOMERS_A_DEAL = BASE_RATE[WON] / BASE_RATE[CHURN]
"""Customers at the start for each deal a week: as many as wins replace."""
SALES_CYCLE = 8
"""Weeks from a deal's start to its first week as a customer."""
COMES_BACK = 26
"""Weeks after which an account is sequenced again, in markets whose accounts differ."""


@dataclass(frozen=True)
class Size:
    """A segment's volume: accounts first touched and deals started, a week."""

    touches: float
    deals: float


SIZES = {
    "speck": Size(1.5, 40 / 13 / 8),
    "tiny": Size(5, 1.25),
    "small": Size(25, 5),
    "mid": Size(100, 20),
    "large": Size(500, 75),
}
"""A fifth of the deals is won: one a month in a tiny segment, 1, 4 and 15 a week in the others."""
TWENTY = ("tiny",) * 5 + ("small",) * 7 + ("mid",) * 6 + ("large",) * 2
FIVE = ("tiny", "small", "small", "mid", "large")
FIVE_ALIKE = ("mid",) * 5
SIXTY = TWENTY * 3
SMALL_COMPANY = ("speck",) * 8
"""300 accounts, each sequenced again twice a year, and 40 decided deals a quarter, in 8 segments."""


@dataclass(frozen=True)
class Lead:
    """Segment `segment` does better: `odds_ratio` on `metrics` in weeks [first, last); on churn it loses fewer."""

    segment: int
    odds_ratio: float
    metrics: tuple[str, ...] = METRICS
    first: int = 0
    last: int | None = None


@dataclass(frozen=True)
class Market:
    """What to simulate.

    sizes         one name of SIZES a segment
    luck_sd       swing of a segment's own rates, in log odds; luck_ar how much of it lasts to the next week
    shared_luck   one swing for all four metrics of a segment, instead of one each
    touches_each  touches of a sequence: the rule counts an account once, today's dashboards count touches
    account_sd    how much accounts differ in answering, in log odds; they keep that when sequenced again
    quality_sd    how much deals differ, in log odds: the same deal understands sooner, wins and stays
    deal_share    share of the deals of SIZES that there are; touches stay
    growth        by how much volumes grow a week
    """

    sizes: tuple[str, ...] = TWENTY
    weeks: int = 104
    metrics: tuple[str, ...] = METRICS
    leads: tuple[Lead, ...] = ()
    luck_sd: float = 0.0
    luck_ar: float = 0.0
    shared_luck: bool = True
    touches_each: int = 1
    account_sd: float = 0.0
    quality_sd: float = 0.0
    deal_share: float = 1.0
    growth: float = 0.0
    base_rate: dict[str, float] = field(default_factory=lambda: dict(BASE_RATE))
