"""What gtm.toml says of follow-on markets, for the settings that hold it and for the judge that keeps to it."""

from __future__ import annotations

from dataclasses import dataclass

EASE: tuple[tuple[str, float, str], ...] = (
    ("response", 1.0, "how much it counts for ease that a market answers more than the others"),
    ("calls", 1.0, "how much it counts for ease that it understands in fewer calls"),
    ("close", 1.0, "how much it counts for ease that it buys more often"),
    ("cycle", 1.0, "how much it counts for ease that it buys sooner"),
    ("ties", 2.0, "how much it counts for ease that fallen pins bring it, or share competitors and attributes with it"),
)
BENEFIT: tuple[tuple[str, float, str], ...] = (
    ("doors", 1.0, "how much it counts for benefit what is left to win in the markets it is tied to"),
    ("finances", 1.0, "how much it counts for benefit what is left to win in the market itself"),
)
"""The parts of ease of capture and of strategic benefit: name, usual weight, and what the weight says."""

CONTENT = (
    "content", "blog", "webinar", "webinars", "podcast", "newsletter", "event", "events", "conference", "community",
    "organic search",
)  # fmt: skip
"""Channels by which people come who sought us for what we know."""


@dataclass(frozen=True)
class MarketRules:
    """How markets are judged; weights are (name, weight) in the order of the settings.

    down_at         share of its market at which a pin is down
    minimum_trials, minimum_customer_weeks, status_quo   as everywhere
    """

    content_channels: tuple[str, ...] = CONTENT
    down_at: float = 0.40
    ease: tuple[tuple[str, float], ...] = tuple((name, usual) for name, usual, _ in EASE)
    benefit: tuple[tuple[str, float], ...] = tuple((name, usual) for name, usual, _ in BENEFIT)
    minimum_trials: int = 30
    minimum_customer_weeks: int = 400
    status_quo: tuple[str, ...] = ()

    def held(self, name: str) -> tuple[str, ...] | float:
        """The value of a setting of [markets] by its name: ease_ties is the weight of ties in ease."""
        part, _, weight = name.partition("_")
        weights = {"ease": self.ease, "benefit": self.benefit}.get(part)
        if weights is not None:
            return dict(weights)[weight]
        return self.down_at if name == "down_at" else self.content_channels
