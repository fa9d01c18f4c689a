"""Charts as text, for readers who do not see them: every segment and every number that is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from gtm_metrics.metrics import Metric, metric_named
from gtm_metrics.question import ALL
from gtm_metrics.words.findings import STATUS
from gtm_metrics.words.numbers import Row, count, counted, day, estimate, interval, percent
from gtm_metrics.words.plain import enumerated, named

Standing = Mapping[tuple[str, str], str]
"""'ahead', 'behind' or '' by (metric, segment)."""


def dots_described(rows: pd.DataFrame, standing: Standing, metrics: Sequence[Metric]) -> str:
    """Segment by segment, each metric's number, everyone else's, and where it stands."""
    records: list[Row] = list(rows.to_dict("records"))
    drawn = [row for row in records if row["segment"] != ALL]
    unmeasured = [
        f"{metric_named(row['metric'], tuple(metrics)).label} {STATUS[row['status']]}"
        for row in records
        if row["segment"] == ALL and row["trials"] is None
    ]
    segments = list(dict.fromkeys(row["segment"] for row in drawn))
    names = list(dict.fromkeys(row["metric"] for row in drawn))
    labels = [metric_named(name, tuple(metrics)) for name in names]
    measured = "; ".join(f"{metric.label.lower()}, {metric.direction}" for metric in labels)
    head = f"Dots by segment: {measured or 'none'}."
    lines = [
        f"{named(segment)}: "
        + "; ".join(
            _cell(metric, row, standing.get((metric.name, segment), ""))
            for metric in labels
            for row in drawn
            if row["segment"] == segment and row["metric"] == metric.name
        )
        for segment in segments
    ]
    told = [f"{enumerated(lines, '. ')}."] if lines else []
    return " ".join([head, *told, *(f"{text}." for text in unmeasured)])


def cell_described(metric: Metric, row: Row, standing: str) -> str:
    """One dot in full: 18.2 % (14.9–21.9 %), ahead of everyone else (10.7 %), 73 replied of 401."""
    counts = counted(metric, row["successes"], row["trials"])
    if row["status"] != "ok":
        return f"{STATUS[row['status']]}, {counts}"
    text = estimate(metric, row["estimate"], row["trials"])
    between = interval(metric, row["low"], row["high"], row["trials"])
    parts = [f"{text} ({between})" if between else text]
    if row["rest_estimate"] is not None:
        beside = {"ahead": "ahead of everyone else", "behind": "behind everyone else"}
        rest = estimate(metric, row["rest_estimate"], row["trials"])
        parts.append(f"{beside.get(standing, 'everyone else')} {f'({rest})' if standing in beside else rest}")
    return ", ".join([*parts, counts])


def _cell(metric: Metric, row: Row, standing: str) -> str:
    return f"{metric.label.lower()} {cell_described(metric, row, standing)}"


def trend_described(frame: pd.DataFrame, metric: Metric, segment: str) -> str:
    """Period by period, the segment's number and everyone else's."""
    periods = []
    for end, rows in frame.groupby("period_end", sort=False):
        by_side = {row["side"]: row for row in rows.to_dict("records")}
        ours, rest = by_side.get("segment"), by_side.get("rest")
        parts = [_side(metric, ours)] if ours else []
        parts += [f"everyone else {_side(metric, rest)}"] if rest else []
        periods.append(f"to {day(pd.Timestamp(str(end)).date())} {', '.join(parts)}")
    body = enumerated(periods) or "no closed period yet"
    return f"{metric.label} of {named(segment)} over time, {metric.direction}: {body}."


def _side(metric: Metric, row: Row) -> str:
    if row["estimate"] is None:
        return f"too early ({counted(metric, row['successes'], row['trials'])})"
    return estimate(metric, row["estimate"], row["trials"])


def curve_described(rows: pd.DataFrame, what: str, age: str, gone: bool) -> str:
    """Segment by segment, the share at each age; with `gone` the share that has left the curve by then."""
    lines = []
    for segment, table in rows.groupby("segment", sort=False):
        points = [
            f"{age} {row['age']} {percent(1 - row['survival'] if gone else row['survival'], row['at_risk'])}"
            for row in table.to_dict("records")
            if row["survival"] is not None
        ]
        name = "everyone" if segment == ALL else named(segment)
        lines.append(f"{name}: {enumerated(points, ', ') or 'nobody yet'}")
    return f"{what}. {enumerated(lines, '. ') or 'Nobody yet'}."


def reasons_described(frame: pd.DataFrame, total: int) -> str:
    """Reason by reason, its count, share and everyone else's."""
    lines = [f"{named(row['reason'])} {row['n']:,}{_shares(row, total)}" for row in frame.to_dict("records")]
    return f"Reasons of {count(total, 'deal')}: {enumerated(lines) or 'none yet'}."


def _shares(row: Row, total: int) -> str:
    """In brackets, 18.2 % and everyone else 14.1 %; '' where there are too few for a share."""
    if row["share"] is None:
        return ""
    rest = "" if row["rest_share"] is None else f"; everyone else {percent(row['rest_share'], total)}"
    return f" ({percent(row['share'], total)}{rest})"
