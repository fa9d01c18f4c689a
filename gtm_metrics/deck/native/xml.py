"""What python-pptx has no call for: error bars, the place of the plot, axes that grow by tens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gtm_metrics.deck.extra import needed
from gtm_metrics.deck.layout import Box

C = "http://schemas.openxmlformats.org/drawingml/2006/chart"
A = "http://schemas.openxmlformats.org/drawingml/2006/main"
_AFTER_ERROR_BARS = ("xVal", "yVal", "cat", "val", "smooth", "shape", "extLst")
"""What comes after the error bars of a series, whatever its kind (ECMA-376, 21.2.2.174)."""


def error_bars(
    series: Any, along: str, plus: Sequence[float], minus: Sequence[float], colour: str, width: float
) -> None:
    """Intervals of a scatter series, each point's own: `along` x or y, lengths in its numbers, width in pixels."""

    def literal(name: str, values: Sequence[float]) -> str:
        points = "".join(f'<c:pt idx="{i}"><c:v>{value!r}</c:v></c:pt>' for i, value in enumerate(values))
        head = f'<c:formatCode>General</c:formatCode><c:ptCount val="{len(values)}"/>'
        return f"<c:{name}><c:numLit>{head}{points}</c:numLit></c:{name}>"

    line = f'<a:ln w="{int(width * 9525)}" cap="rnd"><a:solidFill><a:srgbClr val="{colour}"/></a:solidFill></a:ln>'
    bars = _element(
        f'<c:errBars xmlns:c="{C}" xmlns:a="{A}"><c:errDir val="{along}"/><c:errBarType val="both"/>'
        f'<c:errValType val="cust"/><c:noEndCap val="1"/>{literal("plus", plus)}{literal("minus", minus)}'
        f"<c:spPr>{line}</c:spPr></c:errBars>"
    )
    element = series._element
    following = next((each for each in element if each.tag.split("}")[1] in _AFTER_ERROR_BARS), None)
    if following is None:
        element.append(bars)
    else:
        following.addprevious(bars)


def place_plot(chart: Any, whole: Box, plot: Box) -> None:
    """Puts the plot itself, without its axes' labels, at `plot` within the chart that fills `whole`."""
    area = chart._chartSpace.chart.plotArea
    for old in area.findall(f"{{{C}}}layout"):
        area.remove(old)
    x, y = (plot.x - whole.x) / whole.width, (plot.y - whole.y) / whole.height
    wide, high = plot.width / whole.width, plot.height / whole.height
    layout = _element(
        f'<c:layout xmlns:c="{C}"><c:manualLayout><c:layoutTarget val="inner"/><c:xMode val="edge"/>'
        f'<c:yMode val="edge"/><c:x val="{x:.5f}"/><c:y val="{y:.5f}"/><c:w val="{wide:.5f}"/><c:h val="{high:.5f}"/>'
        "</c:manualLayout></c:layout>"
    )
    area.insert(0, layout)


def every_days(axis: Any, days: int) -> None:
    """A label every so many days on an axis of dates."""
    element = axis._element
    for name in ("majorUnit", "majorTimeUnit", "baseTimeUnit"):
        for old in element.findall(f"{{{C}}}{name}"):
            element.remove(old)
    units = (
        f'<c:baseTimeUnit xmlns:c="{C}" val="days"/>',
        f'<c:majorUnit xmlns:c="{C}" val="{days}"/>',
        f'<c:majorTimeUnit xmlns:c="{C}" val="days"/>',
    )
    for unit in units:
        element.append(_element(unit))


def by_tens(axis: Any) -> None:
    """Makes a value axis logarithmic."""
    scaling = axis._element.find(f"{{{C}}}scaling")
    scaling.insert(0, _element(f'<c:logBase xmlns:c="{C}" val="10"/>'))


def _element(xml: str) -> Any:
    return needed("pptx").oxml.parse_xml(xml)
