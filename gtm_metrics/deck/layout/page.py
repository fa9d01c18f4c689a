"""Where the texts of a slide stand, and the boxes that they leave to its charts."""

from __future__ import annotations

from dataclasses import dataclass

from gtm_metrics.deck.letters import Fitted, fitted, one_line
from gtm_metrics.deck.slide import Slide

WIDTH, HEIGHT = 1280.0, 720.0
LEFT, RIGHT = 56.0, 1224.0
OVER, TITLE, BODY, SMALL, NOTE = 13.0, 30.0, 15.0, 12.0, 10.5
GAP, BETWEEN = 44.0, 18.0
"""What lies between two charts side by side, and between two one above the other."""
HEAD, FOOT = 44.0, 24.0
"""Over a chart, for its title, and under it, for its axis."""


@dataclass(frozen=True)
class Box:
    """A rectangle; pixels from the top left."""

    x: float
    y: float
    width: float
    height: float

    @property
    def x2(self) -> float:
        """Its right edge."""
        return self.x + self.width

    @property
    def y2(self) -> float:
        """Its lower edge."""
        return self.y + self.height


@dataclass(frozen=True)
class Words:
    """A text that fits its box."""

    box: Box
    fitted: Fitted
    bold: bool = False


@dataclass(frozen=True)
class Page:
    """The texts of a slide and the boxes of its charts."""

    over: Words
    headline: Words
    paragraph: Words
    footnote: Words
    charts: tuple[Box, ...]


def page_of(slide: Slide) -> Page:
    """Where the slide's texts stand, and what they leave to its charts."""
    wide = RIGHT - LEFT
    head = fitted(slide.headline, (TITLE, 27.0, 24.0, 21.0), wide, 76.0, bold=True)
    y = 58.0 + head.height
    body = fitted(slide.paragraph, (BODY, 14.0, 13.0, 12.0), wide, 74.0)
    note = fitted(slide.footnote, (NOTE, 10.0, 9.5, 9.0, 8.5), wide, 80.0)
    foot = HEIGHT - 22.0 - note.height
    top = y + 10.0 + (body.height if slide.paragraph else 0.0) + 18.0
    room = wide - GAP * (len(slide.forms) - 1)
    charts: list[Box] = []
    x, down = LEFT, top
    high = foot - 16.0 - top
    for share in slide.shares:
        if slide.stacked:
            charts.append(Box(LEFT, down, wide, (high - BETWEEN * (len(slide.forms) - 1)) * share))
            down += charts[-1].height + BETWEEN
        else:
            charts.append(Box(x, top, room * share, high))
            x += room * share + GAP
    return Page(
        Words(Box(LEFT, 30.0, wide, 20.0), Fitted(OVER, (one_line(slide.over, OVER, wide),))),
        Words(Box(LEFT, 52.0, wide, head.height + 4), head, bold=True),
        Words(Box(LEFT, y + 10.0, wide, body.height + 2), body),
        Words(Box(LEFT, foot, wide, note.height + 4), note),
        tuple(charts),
    )
