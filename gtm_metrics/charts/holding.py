"""Who holds the revenue: share of MRR by the first customers, in order of score beside in order of what they pay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from gtm_metrics.charts.canvas import Drawing, Line, Mark, Rule, Shape, Text, drawn
from gtm_metrics.charts.palette import palette
from gtm_metrics.charts.scales import Scale
from gtm_metrics.customers import Held
from gtm_metrics.words import count, percent
from gtm_metrics.words.customers import curve_described

HEAD, FOOT, LEFT, RIGHT = 48.0, 40.0, 52.0, 16.0
VALUE, SMALL, HEADER, CAPTION = 13.0, 11.5, 15.5, 12.5
NAMES = {"score": "best by score first", "mrr": "largest first"}


def holding(
    curve: pd.DataFrame, held: Mapping[str, Sequence[Held]], dark: bool, width: float, height: float = 280.0
) -> Drawing:
    """The curve of each order, the score's with dots at 1, 10 and 20 % and what they hold.

    curve   order | percent | n | mrr, a row a hundredth of the customers
    held    by order what the first 1, 10 and 20 % hold
    """
    colours = palette(dark)
    described = curve_described(held)
    shown = [order for order in NAMES if any(each.share is not None for each in held.get(order, ()))]
    if not shown:
        text = "No MRR is on record, so nobody is seen to hold it"
        return drawn([Text(0, 14, text, VALUE, colours.quiet)], width, 28, dark, described)
    x, y = Scale(0, 100, LEFT, width - RIGHT), Scale(0, 1, height - FOOT, HEAD + 12)
    marks: list[Mark] = [
        Text(0, 9, "Who holds the revenue", HEADER, colours.ink, bold=True),
        Text(0, 28, "share of MRR held by the first customers", CAPTION, colours.quiet),
    ]
    for level in (0.0, 0.25, 0.5, 0.75, 1.0):
        marks.append(Rule(LEFT, y.at(level), x.end, y.at(level), colours.grid))
        marks.append(Text(LEFT - 8, y.at(level), percent(level, 0), SMALL, colours.quiet, "right"))
    for part in (0, 10, 20, 50, 100):
        marks.append(Text(x.at(part), height - FOOT + 16, percent(part / 100, 0), SMALL, colours.quiet, "center"))
    marks.append(Text((LEFT + x.end) / 2, height - 8, "of the customers", SMALL, colours.quiet, "center"))
    for order in shown:
        mine = curve[curve["order"] == order].sort_values("percent")
        running = mine["mrr"].cumsum() / mine["mrr"].sum()
        points = [(x.at(0), y.at(0)), *zip(map(x.at, mine["percent"]), map(y.at, running), strict=True)]
        subject = order == "score"
        marks.append(
            Line(tuple(points), colours.ink if subject else colours.mark, 2.4 if subject else 1.6, not subject)
        )
        middle = points[len(points) * 45 // 100]
        ink = colours.ink if subject else colours.quiet
        way = (14.0, 12.0) if subject else (-10.0, -12.0)
        marks.append(
            Text(
                middle[0] + way[0],
                middle[1] + way[1],
                NAMES[order],
                VALUE,
                ink,
                "left" if subject else "right",
                subject,
            )
        )
    for each in held.get("score", ()):
        if each.share is not None:
            at, up = x.at(each.percent), y.at(each.share)
            marks.append(Shape(at, up, "circle", 60, colours.ink, colours.ink))
            marks.append(
                Text(
                    at + 12,
                    min(up + 8, y.start - 9),
                    f"{count(each.n, 'customer')}: {percent(each.share, 0)}",
                    VALUE,
                    colours.ink,
                )
            )
    return drawn(marks, width, height, dark, described)
