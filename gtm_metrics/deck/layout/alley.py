"""Where the rack of the bowling alley stands."""

from __future__ import annotations

from dataclasses import dataclass

from gtm_metrics.charts.rack import Rack, Stand, Tied, rack
from gtm_metrics.deck.forms import Alley
from gtm_metrics.deck.layout.page import Box
from gtm_metrics.words.alley import status_label

NARROW = 0.9
"""Type of the rack over that of the page: Arial is so much wider than the page's typeface, by which it is laid out."""


@dataclass(frozen=True)
class AlleyPlan:
    """The rack in its box: `rack` counts from the box's top left; `letters` is what its type is multiplied by."""

    form: Alley
    box: Box
    rack: Rack
    letters: float = NARROW

    def at(self, x: float, y: float) -> tuple[float, float]:
        """A point of the rack on the slide."""
        return self.box.x + x, self.box.y + y


def alley_plan(form: Alley, box: Box, ink: str, quiet: str) -> AlleyPlan:
    """Where pins, ties and their words stand; `ink` and `quiet` are the colours of words."""
    stands = [
        Stand(pin.name, status_label(pin.status), pin.row, pin.place, pin.status in ("head pin", "next"))
        for pin in form.pins
    ]
    ties = [Tied(tie.a, tie.b, tie.weight, tie.label) for tie in form.ties]
    return AlleyPlan(form, box, rack(stands, ties, box.width, ink, quiet, box.height))
