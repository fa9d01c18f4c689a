"""A chart laid out in pixels, and its drawing as one Vega-Lite view.

Vega-Lite places a label beside its point and lets it fall on whatever is there. Here every mark knows where
the others are before it is drawn, and the screen and the export come out the same. To a screen reader the
marks are silent: the drawing's text alternative speaks for them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any, Literal, TypeAlias

import altair as alt
from altair import LayerChart

from gtm_metrics.charts.palette import theme

Align: TypeAlias = Literal["left", "center", "right"]
NARROW = 380.0
"""Pixels of width below which a drawing is a phone's: labels stand over their rows, panels one under the other."""
SEGMENT, DIMENSION = "segment", "dimension"
"""Name of the selection and of the field it holds; the field beside it where segments of several dimensions meet."""


@dataclass(frozen=True)
class Drawing:
    """A drawing and the same in words (`alt`).

    spec    its Vega-Lite specification, checked against the schema: what a page sends
    chart   the same as an Altair chart, for notebooks and whoever adds to it; Altair checks it anew, which
            takes five times as long as drawing it
    """

    alt: str
    frame: Frame
    filled: Mapping[str, Any]

    @property
    def spec(self) -> dict[str, Any]:
        """A specification of the caller's own: changing it changes no other drawing."""
        spec: dict[str, Any] = json.loads(self.frame.spec)
        return spec | dict(self.filled)

    @property
    def stretched(self) -> dict[str, Any]:
        """The specification for a page of unknown width: what was laid out for `width` pixels spreads over more of
        them, while type and dots keep their size. Never asked to be narrower, no label meets another.

        Each layer holds its own data: a page sends named ones as so many Arrow files, which takes both ends longer.
        """
        spec = self.spec
        data, shared = spec.pop("datasets"), spec.pop("data", None)  # shared where there is one layer
        along = {"domain": [0, spec["width"]], "nice": False, "zero": False}
        for layer in spec["layer"]:
            layer["encoding"]["x"]["scale"] = along
            layer["data"] = {"values": data[layer.get("data", shared)["name"]]}
        # without a word on it Streamlit adds 20 pixels under the drawing
        return spec | {"width": "container", "padding": dict.fromkeys(("left", "right", "top", "bottom"), 0)}

    @property
    def chart(self) -> LayerChart:
        """An Altair chart of the caller's own."""
        chart: LayerChart = self.frame.chart.copy(deep=True)
        for key, value in self.filled.items():
            chart[key] = value
        return chart

    @property
    def pixels(self) -> int:
        """Its height on a page, in whole pixels."""
        return math.ceil(float(self.filled["height"]))

    @property
    def clickable(self) -> bool:
        """Whether any part of it answers to a click."""
        return self.frame.chart.params is not alt.Undefined


@dataclass(frozen=True)
class Frame:
    """A chart without size and data, and its specification as JSON."""

    chart: LayerChart
    spec: str


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
    """A circle, a diamond or an SVG path around its centre; of a circle the square of its diameter is `area`, of a
    path that of a square from -1 to 1."""

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


@dataclass(frozen=True)
class Wire:
    """An unseen line of this thickness that answers: hovering tells, a click selects its segment and dimension."""

    points: tuple[tuple[float, float], ...]
    width: float
    dimension: str
    segment: str
    numbers: str


Mark: TypeAlias = Band | Rule | Line | Shape | Text | Wire | Spot
ORDER: tuple[type[Mark], ...] = (Band, Rule, Line, Shape, Text, Wire, Spot)
"""From the lowest layer to the highest."""
WIRED = {"segment": "Segment", "numbers": "Evidence"}
"""What hovering over a wire tells, and its heading."""
Kind: TypeAlias = tuple[int, str]
"""Marks drawn alike: their place in ORDER, and which of a line's or a text's ways."""


def drawn(marks: Sequence[Mark], width: float, height: float, dark: bool, described: str) -> Drawing:
    """The marks as one chart with its theme in its own config: bands lowest, then rules, lines, shapes and
    texts, the answering parts over all.

    What a layer looks like does not depend on what it holds, so Altair builds and checks each combination of
    layers once a process; a drawing is that with its size and data filled in.
    """
    layers: dict[Kind, list[dict[str, Any]]] = {}
    for part, mark in enumerate(marks):
        layers.setdefault(_kind(mark), []).extend(_records(mark, part))
    ordered = sorted(layers)
    filled = {"width": width, "height": height, "datasets": {_name(kind): layers[kind] for kind in ordered}}
    return Drawing(described, _frame(tuple(ordered), dark), filled)


def lowered(mark: Mark, by: float) -> Mark:
    """The same mark so many pixels farther down."""
    if isinstance(mark, Line | Wire):
        return replace(mark, points=tuple((x, y + by) for x, y in mark.points))
    if isinstance(mark, Band):
        return replace(mark, points=tuple((x, y + by, y2 + by) for x, y, y2 in mark.points))
    if isinstance(mark, Rule | Spot):
        return replace(mark, y=mark.y + by, y2=mark.y2 + by)
    return replace(mark, y=mark.y + by)


def _kind(mark: Mark) -> Kind:
    if isinstance(mark, Line):
        return ORDER.index(Line), "dashed" if mark.dashed else "solid"
    if isinstance(mark, Text):
        return ORDER.index(Text), f"{mark.align} {'bold' if mark.bold else 'regular'}"
    return ORDER.index(type(mark)), ""


def _name(kind: Kind) -> str:
    return f"{ORDER[kind[0]].__name__} {kind[1]}".strip().lower()


def _records(mark: Mark, part: int) -> list[dict[str, Any]]:
    """The rows of data a mark is drawn from; `part` keeps the points of one line from those of another."""
    if isinstance(mark, Line):
        look = {"part": part, "colour": mark.colour, "width": mark.width}
        return [look | {"step": step, "x": x, "y": y} for step, (x, y) in enumerate(mark.points)]
    if isinstance(mark, Wire):
        told = {"part": part, "width": mark.width, SEGMENT: mark.segment, DIMENSION: mark.dimension}
        told["numbers"] = mark.numbers
        return [told | {"step": step, "x": x, "y": y} for step, (x, y) in enumerate(mark.points)]
    if isinstance(mark, Band):
        return [{"part": part, "colour": mark.colour, "x": x, "y": y, "y2": y2} for x, y, y2 in mark.points]
    return [asdict(mark)]


@lru_cache(maxsize=64)
def _frame(kinds: tuple[Kind, ...], dark: bool) -> Frame:
    """These layers under this theme."""
    pixels: dict[str, Any] = {"scale": None, "axis": None}
    layers = []
    for kind in kinds:
        layer = _layer(kind).encode(x=alt.X("x:Q", **pixels), y=alt.Y("y:Q", **pixels))
        layer.data = alt.NamedData(name=_name(kind))
        layers.append(layer)
    chart = LayerChart(layer=layers, autosize="none")
    chart.config = alt.Config(**theme(dark)["config"])
    return Frame(chart, json.dumps(chart.to_dict()))


def _layer(kind: Kind) -> alt.Chart:
    """How the marks of one kind are drawn; colours, sizes and shapes are the data's own."""
    what, how = ORDER[kind[0]], kind[1]
    base, colour = alt.Chart(), alt.Color("colour:N", scale=None)
    # of a line Vega-Lite takes the width from its size: beside one in the theme's config it is deaf to strokeWidth
    thickness, part = alt.StrokeWidth("width:Q", scale=None), alt.Detail("part:N")
    along = alt.Size("width:Q", scale=None)
    to_x, to_y = alt.X2("x2:Q"), alt.Y2("y2:Q")
    chart: alt.Chart
    if what is Band:
        chart = base.mark_area(opacity=1, aria=False).encode(to_y, part, colour)
    elif what is Rule:
        chart = base.mark_rule(strokeCap="round", aria=False).encode(to_x, to_y, colour, thickness)
    elif what is Line:
        dashed = base.mark_line(strokeDash=[4, 4], aria=False)
        solid = base.mark_line(strokeCap="round", strokeJoin="round", aria=False)
        line = dashed if how == "dashed" else solid
        chart = line.encode(part, alt.Order("step:Q"), colour, along)
    elif what is Shape:
        chart = base.mark_point(strokeWidth=1.8, opacity=1, aria=False).encode(
            alt.Shape("shape:N", scale=None),
            alt.Size("area:Q", scale=None),
            alt.Fill("fill:N", scale=None),
            alt.Stroke("stroke:N", scale=None),
        )
    elif what is Text:
        align, weight = how.split()
        style: dict[str, Any] = {"align": align, "fontWeight": 700 if weight == "bold" else 400}
        text = base.mark_text(baseline="middle", aria=False, **style)
        chart = text.encode(alt.Text("text:N"), alt.Size("size:Q", scale=None), colour)
    elif what is Wire:
        unseen = base.mark_line(color="transparent", strokeCap="butt", cursor="pointer", aria=False)
        tooltip = [alt.Tooltip(f"{field}:N", title=title) for field, title in WIRED.items()]
        chosen = alt.selection_point(name=SEGMENT, fields=[SEGMENT, DIMENSION], on="click", empty=False)
        chart = unseen.encode(part, alt.Order("step:Q"), along, tooltip=tooltip).add_params(chosen)
    else:
        rect = base.mark_rect(color="transparent", cursor="pointer", aria=False)
        told = {"segment": "Segment", "label": "Measure", "numbers": "Over the window"}
        tooltip = [alt.Tooltip(f"{field}:N", title=title) for field, title in told.items()]
        chosen = alt.selection_point(name=SEGMENT, fields=[SEGMENT], on="click", empty=False)
        chart = rect.encode(to_x, to_y, tooltip=tooltip).add_params(chosen)
    return chart
