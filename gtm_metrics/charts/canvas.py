"""A chart laid out in pixels, and its drawing as one Vega-Lite view.

Vega-Lite places a label beside its point and lets it fall on whatever is there. Here every mark knows where
the others are before it is drawn, and the screen and the export come out the same. To a screen reader the
marks are silent: the drawing's text alternative speaks for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

import altair as alt
from altair import Undefined

from gtm_metrics.charts.palette import theme

Align: TypeAlias = Literal["left", "center", "right"]
SEGMENT = "segment"
"""Name of the selection, and of the field it holds."""


@dataclass(frozen=True)
class Drawing:
    """A chart and the same in words."""

    chart: alt.LayerChart
    alt: str

    @property
    def clickable(self) -> bool:
        """Whether any part of it answers to a click."""
        return self.chart.params is not Undefined


@dataclass(frozen=True)
class Rule:
    """A straight line; pixels from the top left."""

    x: float
    y: float
    x2: float
    y2: float
    colour: str
    width: float = 1.0


@dataclass(frozen=True)
class Line:
    """A line through points (x, y) in their order."""

    points: tuple[tuple[float, float], ...]
    colour: str
    width: float = 2.0
    dashed: bool = False


@dataclass(frozen=True)
class Band:
    """The area between two edges: points (x, y of one edge, y of the other)."""

    points: tuple[tuple[float, float, float], ...]
    colour: str


@dataclass(frozen=True)
class Shape:
    """A circle or a diamond around its centre; `area` in square pixels."""

    x: float
    y: float
    shape: str
    area: float
    fill: str
    stroke: str


@dataclass(frozen=True)
class Text:
    """One line of text, its middle at y; `align` says which of its points stands at x."""

    x: float
    y: float
    text: str
    size: float
    colour: str
    align: Align = "left"
    bold: bool = False


@dataclass(frozen=True)
class Spot:
    """A part of the drawing that answers: hovering tells, a click selects its segment."""

    x: float
    y: float
    x2: float
    y2: float
    segment: str
    label: str
    numbers: str


Mark = Rule | Line | Band | Shape | Text | Spot


def drawn(marks: Sequence[Mark], width: float, height: float, dark: bool) -> alt.LayerChart:
    """The marks as one chart with its theme in its own config: bands lowest, then rules, lines, shapes and
    texts, the answering parts over all.
    """
    layers = [_bands([mark for mark in marks if isinstance(mark, Band)])]
    layers.append(_rules([mark for mark in marks if isinstance(mark, Rule)]))
    for dashed in (True, False):
        lines = [mark for mark in marks if isinstance(mark, Line) and mark.dashed == dashed]
        layers.append(_lines(lines, dashed))
    layers.append(_shapes([mark for mark in marks if isinstance(mark, Shape)]))
    texts = [mark for mark in marks if isinstance(mark, Text)]
    for align, bold in sorted({(mark.align, mark.bold) for mark in texts}):
        alike = [mark for mark in texts if (mark.align, mark.bold) == (align, bold)]
        layers.append(_texts(alike, align, bold))
    layers.append(_spots([mark for mark in marks if isinstance(mark, Spot)]))
    placed = [_placed(layer, width, height) for layer in layers if layer is not None]
    chart = alt.LayerChart(layer=placed, width=width, height=height, autosize="none")
    chart.config = alt.Config.from_dict(dict(theme(dark)["config"]))
    return chart


def _placed(layer: alt.Chart, width: float, height: float) -> alt.Chart:
    across = alt.Scale(domain=[0, width], nice=False, zero=False)
    down = alt.Scale(domain=[0, height], nice=False, zero=False, reverse=True)
    placed: alt.Chart = layer.encode(
        x=alt.X("x:Q", scale=across, axis=None), y=alt.Y("y:Q", scale=down, axis=None)
    )
    return placed


def _layer(records: Sequence[dict[str, Any]]) -> alt.Chart:
    return alt.Chart(alt.InlineData(values=list(records)))


def _bands(bands: Sequence[Band]) -> alt.Chart | None:
    records = [
        {"part": i, "x": x, "y": y, "y2": y2, "colour": band.colour}
        for i, band in enumerate(bands)
        for x, y, y2 in band.points
    ]
    chart: alt.Chart = (
        _layer(records)
        .mark_area(opacity=1, aria=False)
        .encode(y2="y2:Q", detail="part:N", color=alt.Color("colour:N", scale=None))
    )
    return chart if records else None


def _lines(lines: Sequence[Line], dashed: bool) -> alt.Chart | None:
    records = [
        {"part": i, "step": step, "x": x, "y": y, "colour": line.colour, "width": line.width}
        for i, line in enumerate(lines)
        for step, (x, y) in enumerate(line.points)
    ]
    layer = _layer(records)
    if dashed:
        layer = layer.mark_line(aria=False, strokeDash=[4, 4])
    else:
        layer = layer.mark_line(aria=False, strokeCap="round", strokeJoin="round")
    chart: alt.Chart = (
        layer
        .encode(
            detail="part:N",
            order="step:Q",
            color=alt.Color("colour:N", scale=None),
            strokeWidth=alt.StrokeWidth("width:Q", scale=None),
        )
    )
    return chart if records else None


def _rules(rules: Sequence[Rule]) -> alt.Chart | None:
    chart: alt.Chart = (
        _layer([asdict(mark) for mark in rules])
        .mark_rule(strokeCap="round", aria=False)
        .encode(
            x2="x2:Q",
            y2="y2:Q",
            color=alt.Color("colour:N", scale=None),
            strokeWidth=alt.StrokeWidth("width:Q", scale=None),
        )
    )
    return chart if rules else None


def _shapes(shapes: Sequence[Shape]) -> alt.Chart | None:
    chart: alt.Chart = (
        _layer([asdict(mark) for mark in shapes])
        .mark_point(strokeWidth=1.8, opacity=1, aria=False)
        .encode(
            shape=alt.Shape("shape:N", scale=None),
            size=alt.Size("area:Q", scale=None),
            fill=alt.Fill("fill:N", scale=None),
            stroke=alt.Stroke("stroke:N", scale=None),
        )
    )
    return chart if shapes else None


def _texts(texts: Sequence[Text], align: Align, bold: bool) -> alt.Chart:
    chart: alt.Chart = (
        _layer([asdict(mark) for mark in texts])
        .mark_text(align=align, baseline="middle", fontWeight=700 if bold else 400, aria=False)
        .encode(
            text="text:N",
            size=alt.Size("size:Q", scale=None),
            color=alt.Color("colour:N", scale=None),
        )
    )
    return chart


def _spots(spots: Sequence[Spot]) -> alt.Chart | None:
    chosen = alt.selection_point(name=SEGMENT, fields=[SEGMENT], on="click", empty=False)
    chart: alt.Chart = (
        _layer([asdict(mark) for mark in spots])
        .mark_rect(color="transparent", cursor="pointer", aria=False)
        .encode(
            x2="x2:Q",
            y2="y2:Q",
            tooltip=[
                alt.Tooltip("segment:N", title="Segment"),
                alt.Tooltip("label:N", title="Measure"),
                alt.Tooltip("numbers:N", title="Over the window"),
            ],
        )
        .add_params(chosen)
    )
    return chart if spots else None
