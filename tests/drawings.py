"""Frames as pages hand them to charts, and what stands in a drawing: its marks, texts and boxes."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd

from gtm_metrics.charts.lettering import text_width
from gtm_metrics.metrics import metric_named
from gtm_metrics.question import ALL

HOME = ("response_rate", "calls_to_understanding", "close_rate", "churn")
SEGMENTS = ("DTC e-commerce", "B2B SaaS", "Agencies", "Education", "Manufacturing", "Healthcare", "Non-profit")
LAST = date(2026, 11, 9)


def contract(metric, segment, trials, successes, estimate=None, low=None, high=None, rest=None, status=None):
    """A contract row; without an estimate it is too early."""
    return {
        "metric": metric, "dimension": "industry", "segment": segment,
        "by": {} if segment == ALL else {"industry": segment}, "trials": trials, "successes": successes,
        "estimate": estimate, "low": low, "high": high, "rest_estimate": rest, "ratio": None,
        "shrunken_ratio": None, "waiting": 0, "status": status or ("ok" if estimate is not None else "too_early"),
        "why": "", "first_week": LAST - timedelta(weeks=12), "last_week": LAST, "as_of": date(2026, 11, 16),
        "data_through": date(2026, 11, 15),
    }  # fmt: skip


def home(segments=SEGMENTS, metrics=HOME, early=False):
    """Contract rows of a home screen: each segment a little further along, every fourth too early."""
    rows = []
    for name in metrics:
        calls, scale = name == "calls_to_understanding", 0.02 if name == "churn" else 0.3
        minimum = metric_named(name).minimum
        rows.append(contract(name, ALL, 9000, 900, 3.0 if calls else scale / 2, 2.8 if calls else 0.4 * scale, 3.2))
        for i, segment in enumerate(segments):
            at = (2 + 2 * i / len(segments)) if calls else scale * (i + 1) / len(segments)
            if early or i % 4 == 3:
                rows.append(contract(name, segment, minimum // 2, i % 5))
            else:
                rows.append(contract(name, segment, 40 + 97 * i + minimum, 7, at, 0.8 * at, 1.2 * at, 0.9 * at))
    return objects(rows)


def objects(rows):
    """A frame that keeps None, as the funnel's frames do."""
    return pd.DataFrame({name: pd.Series([row[name] for row in rows], dtype=object) for name in rows[0]})


def marks(drawing, kind):
    """The records of all layers of one kind of mark, with the mark's own properties."""
    spec = drawing.spec
    return [
        value | {f"mark_{key}": how for key, how in layer["mark"].items()}
        for layer in spec["layer"]
        if layer["mark"]["type"] == kind
        for value in spec["datasets"][layer.get("data", spec.get("data"))["name"]]
    ]


def texts(drawing):
    """Every label of a drawing."""
    return [mark["text"] for mark in marks(drawing, "text")]


def boxes(drawing):
    """(left, top, right, bottom, text) of every label."""
    found = []
    for mark in marks(drawing, "text"):
        width = text_width(mark["text"], mark["size"], mark["bold"])
        left = mark["x"] - {"left": 0, "center": 0.5, "right": 1}[mark["align"]] * width
        half = 0.36 * mark["size"]
        found.append((left, mark["y"] - half, left + width, mark["y"] + half, mark["text"]))
    return found


def trend_frame(values, rest, trials=60):
    """A trend of four-week periods; None is a period without enough."""
    rows = []
    for i, pair in enumerate(zip(values, rest, strict=True)):
        start = LAST - timedelta(weeks=4 * (len(values) - i) - 1)
        for side, value in zip(("segment", "rest"), pair, strict=True):
            n = trials if value is not None else 7
            low, high = (None, None) if value is None else (0.7 * value, 1.3 * value)
            rows.append((start, start + timedelta(days=27), side, n, n // 5, value, low, high, value is not None))
    names = ["period_start", "period_end", "side", "trials", "successes", "estimate", "low", "high", "enough"]
    return pd.DataFrame(rows, columns=names).astype(object).where(lambda frame: frame.notna(), None)


def curve_frame(metric, tables):
    """Curve rows: {segment: (first age, at risk at each age, survival at each age)}."""
    rows = [
        (metric, "industry", segment, first + i, n, 1, survival, max(0.0, survival - 0.1), min(1.0, survival + 0.1))
        for segment, (first, at_risk, survivals) in tables.items()
        for i, (n, survival) in enumerate(zip(at_risk, survivals, strict=True))
    ]
    names = ["metric", "dimension", "segment", "age", "at_risk", "events", "survival", "low", "high"]
    return pd.DataFrame(rows, columns=names).astype(object)


def reason_frame():
    """Three reasons, one with a name that is no markup."""
    rows = [("Saves a day a week", 41, 0.46, 0.2), ("Price", 22, 0.25, None), ("**Other**", 3, 0.03, 0.3)]
    frame = pd.DataFrame(rows, columns=["reason", "n", "share", "rest_share"]).astype(object)
    return frame.where(frame.notna(), None)


LADDER = curve_frame("calls_to_understanding", {
    "DTC": (1, [80, 44, 20, 9, 4, 2], [0.6, 0.35, 0.2, 0.1, 0.05, 0.02]),
    "everyone else": (1, [900, 700, 500, 300, 200, 90], [0.8, 0.6, 0.5, 0.4, 0.3, 0.25]),
})  # fmt: skip
STAY = curve_frame("churn", {
    "DTC": (0, [60 - i for i in range(30)], [0.99**i for i in range(30)]),
    "everyone else": (0, [900 - 9 * i for i in range(40)], [0.97**i for i in range(40)]),
})  # fmt: skip
TREND = trend_frame([0.1, None, 0.2, 0.22], [0.12, 0.11, 0.13, 0.12])
