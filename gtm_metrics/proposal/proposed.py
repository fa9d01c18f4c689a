"""What is proposed: dimensions with their edges, and M of won in time from the cycle of won deals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from gtm_metrics.company import Company
from gtm_metrics.measures.cycle import cycle, cycle_rows
from gtm_metrics.proposal.attributes import Proposable, attributes
from gtm_metrics.question import Question
from gtm_metrics.warehouse import Warehouse

LADDER_WEEKS = (4, 8, 13, 26, 52)
"""M is one of these, which people know: a month, two, a quarter, half a year, a year."""
LEAST_WINS = 20
"""Won deals below which no M is proposed: of 20 the longest lies above the true 80th percentile 99 times in 100."""
MOST_DIMENSIONS = 8
"""How many dimensions are proposed: each is a column of every frozen week, and more tell less."""


@dataclass(frozen=True)
class WonInTime:
    """M of won in time as proposed.

    weeks   one of LADDER_WEEKS; None where too few were won
    days    the day by which 8 in 10 of the deals that will be won are won
    won     over how many won deals; `why` is why there is no M
    """

    weeks: int | None
    days: float | None
    won: int
    why: str = ""


@dataclass(frozen=True)
class Proposed:
    """What a warehouse suggests for gtm.toml, and from what: accounts used, and the last day it holds."""

    attributes: tuple[Proposable, ...]
    won_in_time: WonInTime
    accounts: int
    through: date | None

    @property
    def dimensions(self) -> tuple[Proposable, ...]:
        """The attributes to segment by, the likeliest to tell segments apart first."""
        return tuple(a for a in self.attributes if not a.why)[:MOST_DIMENSIONS]

    @property
    def edges(self) -> dict[str, tuple[float, ...]]:
        """Where the numeric ones of them are cut."""
        return {a.name: a.edges for a in self.dimensions if a.edges}


def proposed(warehouse: Warehouse, company: Company) -> Proposed:
    """Dimensions, edges and M for a connected warehouse: three aggregate queries."""
    relation = warehouse.relations["accounts"]
    return Proposed(
        attributes(warehouse, company),
        _won_in_time(warehouse, company),
        relation.rows_used if warehouse.connected("accounts") else 0,
        warehouse.data_through,
    )


def _won_in_time(warehouse: Warehouse, company: Company) -> WonInTime:
    if warehouse.data_through is None or not warehouse.connected("accounts"):
        return WonInTime(None, None, 0, "no deal is connected")
    row = cycle_rows(cycle(warehouse, company, Question(warehouse.data_through, ()))).iloc[0]
    if row["status"] == "not_connected":
        return WonInTime(None, None, 0, str(row["why"]))
    return weeks_for(row["usual_days"], int(row["won"]))


def weeks_for(days: float | None, won: int) -> WonInTime:
    """M for the day by which 8 in 10 of the won deals are won, rounded up to a span that people know."""
    if days is None or won < LEAST_WINS:
        return WonInTime(None, days, won, f"{won} won deals in the last two years; it takes {LEAST_WINS}")
    return WonInTime(next((w for w in LADDER_WEEKS if days <= 7 * w), LADDER_WEEKS[-1]), days, won)


def settings_with(settings: Mapping[str, Any], found: Proposed) -> tuple[dict[str, Any], dict[str, str]]:
    """Settings by key with what is proposed for those that are not there, and a note a key that says from what.

    Dimensions that a company has named stay as they are: its weeks are frozen by them. So do edges.
    """
    made, notes = dict(settings), {}
    if not made.get("segments.dimensions") and found.dimensions:
        made["segments.dimensions"] = tuple(a.name for a in found.dimensions)
        made["segments.edges"] = {**found.edges, **dict(made.get("segments.edges", {}))}
        notes["segments.dimensions"] = f"attributes with few common values, of {found.accounts:,} accounts"
        if found.edges:
            notes["segments.edges"] = "readable numbers near a quarter, a half and three quarters of the accounts"
    told = found.won_in_time
    if told.weeks is not None and told.days is not None:
        before = made.get("metrics.won_in_time_weeks")
        made["metrics.won_in_time_weeks"] = told.weeks
        notes["metrics.won_in_time_weeks"] = (
            f"8 in 10 of {told.won:,} won deals were won within {told.days:.0f} days"
            + (f"; it was {before}" if before not in (None, told.weeks) else "")
        )
    else:
        notes["metrics.won_in_time_weeks"] = f"nothing is proposed: {told.why}"
    return made, notes
