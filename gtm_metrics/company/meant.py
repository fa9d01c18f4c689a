"""What a gtm.toml means, checked: a company and its dimensions."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from gtm_metrics.access import Access
from gtm_metrics.company.settings import LIMITS, STATUS_QUO, WEIGHTS
from gtm_metrics.market_rules import MarketRules
from gtm_metrics.rules import Rules

WATCHED = 2
"""How many of the declared dimensions are watched where gtm.toml does not say."""


@dataclass(frozen=True)
class Dimension:
    """An attribute of accounts to segment by; `edges` cut a numeric one into fixed bands."""

    name: str
    label: str
    edges: tuple[float, ...] = ()

    def bands(self) -> tuple[str, ...]:
        """The names of the bands, lowest first: "under 50", "50 to 199", "200 and more"."""
        if not self.edges:
            return ()
        first, last = self.edges[0], self.edges[-1]
        inner = [_between(a, b) for a, b in pairwise(self.edges)]
        return (f"under {_plain(first)}", *inner, f"{_plain(last)} and more")


def _between(low: float, high: float) -> str:
    if not (float(low).is_integer() and float(high).is_integer()):
        return f"{_plain(low)} to under {_plain(high)}"
    return f"{_plain(low)} to {_plain(high - 1)}" if high - 1 > low else _plain(low)


def _plain(edge: float) -> str:
    """An edge as people write it: 2.5, 1,000,000."""
    return f"{edge:,.15g}"


@dataclass(frozen=True)
class Company:
    """What gtm.toml says, checked. `folder` is where it lies: relative paths start there.

    `url_from` says where the warehouse's URL stands, for whoever has to mend it.
    """

    url: str
    layouts: tuple[str, ...]
    schema: str
    timeout_seconds: int
    dimensions: tuple[Dimension, ...]
    won_in_time_weeks: int
    minimum_trials: int
    minimum_customer_weeks: int
    name: str
    currency: str
    fiscal_year_starts: int
    dashboard_url: str
    account_url: str
    opportunity_url: str
    stalled_calls: int
    stalled_weeks: int
    folder: Path
    labels: tuple[tuple[str, str], ...] = ()
    edges: tuple[tuple[str, tuple[float, ...]], ...] = ()
    watched: tuple[str, ...] = ()
    thesis: tuple[str, str] | None = None
    rules: Rules = field(default_factory=Rules)
    status_quo: tuple[str, ...] = STATUS_QUO
    look_back_weeks: int = 26
    journal_url: str = ""
    schemas: tuple[tuple[str, str], ...] = ()
    columns: tuple[tuple[str, str], ...] = ()
    words: tuple[tuple[str, tuple[str, ...]], ...] = ()
    weights: tuple[tuple[str, float], ...] = tuple((name, usual) for name, usual, _ in WEIGHTS)
    markets: MarketRules = field(default_factory=MarketRules)
    limits: tuple[tuple[str, float], ...] = tuple((name, usual) for name, _, usual, *_ in LIMITS)
    query_tag: str = "gtm-metrics"
    load_seconds: int = 3600
    profile_hours: int = 12
    patience_seconds: int = 20
    kept_answers_mb: int = 200
    refresh_wait_seconds: int = 2
    access: Access = field(default_factory=Access)
    url_from: str = ""

    @property
    def layout(self) -> str:
        """The names of the layouts, as one text."""
        return " + ".join(self.layouts)

    def dimension(self, name: str) -> Dimension:
        """The dimension `name` with its label and edges, declared or not."""
        label = dict(self.labels).get(name) or name.replace("_", " ").capitalize()
        return Dimension(name, label, dict(self.edges).get(name, ()))


def watched_names(company: Company) -> tuple[str, ...]:
    """Names of the dimensions to watch: those of [signal] dimensions, else the first two declared."""
    return company.watched or tuple(d.name for d in company.dimensions[:WATCHED])
