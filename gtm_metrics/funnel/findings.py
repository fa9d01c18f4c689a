"""What a screen of rows comes to: which segment leads or trails, on what, and where a segment leaks."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import pandas as pd

from gtm_metrics.funnel.standing import AHEAD, BEHIND
from gtm_metrics.metrics import METRICS, Metric
from gtm_metrics.question import ALL, NOT_SET

Row: TypeAlias = dict[Hashable, Any]
Frames: TypeAlias = Mapping[str, pd.DataFrame]

LEADS, TRAILS, LEVEL, TOO_EARLY, NO_DATA = "leads", "trails", "level", "too_early", "no_data"
MATERIAL = 1.10
"""The smallest shrunken ratio, either way, that is called a difference at all (the signal's fourth gate)."""


@dataclass(frozen=True)
class Finding:
    """The one thing to say of a screen, with the numbers to say it.

    kind       leads      ahead on at least one metric and behind on none
               trails     nobody leads so, and this one is behind on something (it may be ahead elsewhere)
               level      compared, and nobody stands apart
               too_early  nothing could be compared; the segment nearest to its minimum, `why` its count
               no_data    nothing is measured, or there is nothing to set beside it; `why` says which
    segment    whom it is about: leads, trails, too_early; else ''
    ahead, behind   metrics on which that segment stands so, in METRICS order
    rows       that segment's row of each metric that has one, by metric name
    others     other segments that lead (or trail) too, the strongest first
    segments   named segments on the screen; `compared` how many of their rows could be set beside the rest
    """

    kind: str
    dimension: str
    segment: str
    ahead: tuple[str, ...]
    behind: tuple[str, ...]
    rows: Mapping[str, Row]
    others: tuple[str, ...]
    segments: int
    compared: int
    why: str


@dataclass(frozen=True)
class Symptom:
    """How a segment does at one stage, on the good side: above 1 is better whatever the metric's direction.

    ratio, shrunken    of the segment's row, turned over where lower is better; None where there is none
    standing           'ahead', 'behind' or ''
    leakiest           at most one stage: the smallest `shrunken`, where it is at most 1 / 1.10
    """

    metric: str
    status: str
    ratio: float | None
    shrunken: float | None
    standing: str
    leakiest: bool


def compared(rows_by_metric: Frames) -> int:
    """How many segment rows can be set beside the rest: named, enough trials, enough in the rest. What
    `standings` shares its 5 % between; at least 1.
    """
    rows = [row for frame in rows_by_metric.values() for row in _named(frame)]
    return max(1, sum(_is_compared(row) for row in rows))


def finding(rows_by_metric: Frames, standings_by_metric: Frames) -> Finding:
    """The finding of one dimension: `funnel` and `standings` of each metric on the screen, by metric name.

    Of several that lead, the one ahead on most metrics, then with the largest score on one of them, then
    by code point. Of several that trail: one that is ahead on nothing before others, then most metrics
    behind, then as above. Two metrics of the same deals (close_rate and won_in_time) count as two: give
    one. Segments that are not set are never the subject.
    """
    frames = {name: rows_by_metric[name] for name in sorted(rows_by_metric, key=_stage)}
    by_segment: dict[str, dict[str, Row]] = {}
    for name, frame in frames.items():
        for row in _named(frame):
            by_segment.setdefault(row["segment"], {})[name] = row
    standing: dict[str, dict[str, str]] = {segment: {} for segment in by_segment}
    score = dict.fromkeys(by_segment, 0.0)
    for name in frames:
        for row in _records(standings_by_metric.get(name)):
            if row["segment"] in by_segment and row["standing"]:
                standing[row["segment"]][name] = row["standing"]
                score[row["segment"]] = max(score[row["segment"]], abs(row["score"]))

    def on(segment: str, what: str) -> tuple[str, ...]:
        return tuple(name for name, stands in standing[segment].items() if stands == what)

    def found(kind: str, ranked: list[str], why: str = "") -> Finding:
        subject = ranked[0] if ranked else ""
        return Finding(
            kind=kind,
            dimension=next((row["dimension"] for frame in frames.values() for row in _records(frame)), ""),
            segment=subject,
            ahead=on(subject, AHEAD) if subject in standing else (),
            behind=on(subject, BEHIND) if subject in standing else (),
            rows=by_segment.get(subject, {}),
            others=tuple(ranked[1:]),
            segments=len(by_segment),
            compared=sum(_is_compared(row) for rows in by_segment.values() for row in rows.values()),
            why=why,
        )

    leading = [segment for segment in by_segment if on(segment, AHEAD) and not on(segment, BEHIND)]
    if leading:
        return found(LEADS, sorted(leading, key=lambda s: (-len(on(s, AHEAD)), -score[s], s)))
    trailing = [segment for segment in by_segment if on(segment, BEHIND)]
    if trailing:
        ranking = sorted(trailing, key=lambda s: (bool(on(s, AHEAD)), -len(on(s, BEHIND)), -score[s], s))
        return found(TRAILS, ranking)
    if any(_is_compared(row) for rows in by_segment.values() for row in rows.values()):
        return found(LEVEL, [])
    early = [row for rows in by_segment.values() for row in rows.values() if row["status"] == "too_early"]
    if early:
        nearest = max(early, key=_share_of_minimum)
        return found(TOO_EARLY, [nearest["segment"]], nearest["why"])
    return found(NO_DATA, [], _why_nothing(frames))


def finding_of(rows_by_metric: Frames, standings_by_metric: Frames, segment: str) -> Finding:
    """The finding of one segment: leads, trails, level, too early or no data, whatever the others do.

    A segment that is not set is level at most. The counts of the screen (segments, compared) stay.
    """
    whole = finding(rows_by_metric, standings_by_metric)
    only = {name: frame[frame["segment"].isin([segment, ALL])] for name, frame in rows_by_metric.items()}
    stand = {name: frame[frame["segment"] == segment] for name, frame in standings_by_metric.items()}
    alone = finding(only, stand)
    return replace(
        alone,
        segment=segment,
        others=(),
        segments=whole.segments,
        compared=whole.compared,
        rows={name: row for name, frame in only.items() if (row := _row_of(frame, segment))},
    )


def symptoms(rows_by_metric: Frames, standings_by_metric: Frames, segment: str) -> list[Symptom]:
    """The segment's stages in funnel order, a stand-in in the place of the stage it stands for.

    Low response, extra calls, no decision and churn are one chain: the leakiest stage is where to begin. A
    metric without a row for the segment has status too_early where it is measured, else the metric's own.
    """
    stages = []
    for name in sorted(rows_by_metric, key=_stage):
        row = _row_of(rows_by_metric[name], segment)
        everyone = _row_of(rows_by_metric[name], ALL) or {}
        stands = _row_of(standings_by_metric.get(name), segment) or {}
        unmeasured = everyone.get("status") in ("not_connected", "not_measurable")
        status = row["status"] if row else everyone["status"] if unmeasured else "too_early"
        ratio, shrunken = (_good_side(name, row[key] if row else None) for key in ("ratio", "shrunken_ratio"))
        stages.append(Symptom(name, status, ratio, shrunken, stands.get("standing", ""), False))
    leaks = [stage.shrunken for stage in stages if stage.shrunken is not None]
    worst = min(leaks, default=1.0)
    if worst > 1 / MATERIAL:
        return stages
    at = next(i for i, stage in enumerate(stages) if stage.shrunken == worst)
    return [replace(stage, leakiest=i == at) for i, stage in enumerate(stages)]


def _records(frame: pd.DataFrame | None) -> list[Row]:
    return [] if frame is None else frame.to_dict("records")


def _named(frame: pd.DataFrame) -> list[Row]:
    """Rows of segments: neither everyone nor those that are not set."""
    return [row for row in _records(frame) if row["by"] and NOT_SET not in row["by"].values()]


def _is_compared(row: Row) -> bool:
    return row["status"] == "ok" and row["rest_estimate"] is not None


def _row_of(frame: pd.DataFrame | None, segment: str) -> Row | None:
    return next((row for row in _records(frame) if row["segment"] == segment), None)


def _metric(name: str) -> Metric:
    return next(metric for metric in METRICS if metric.name == name)


def _stage(name: str) -> tuple[int, int]:
    """Where the metric stands in the funnel: a stand-in right after the stage it stands for."""
    names = [metric.name for metric in METRICS]
    stage = _metric(name).stand_in_for or name
    return names.index(stage), names.index(name)


def _good_side(name: str, ratio: float | None) -> float | None:
    metric = _metric(name)
    if ratio is None or metric.higher_is_better or metric.estimate == "calls":
        return ratio  # of calls the ratio is understanding per call: above 1 is better already
    return 1 / ratio if ratio > 0 else None


def _share_of_minimum(row: Row) -> float:
    """How near the row is to a rate; a company's own minimum scales all metrics of a shape alike."""
    return float(row["trials"] / _metric(row["metric"]).minimum)


def _why_nothing(frames: dict[str, pd.DataFrame]) -> str:
    rows = [row for frame in frames.values() for row in _records(frame)]
    whys = [row["why"] for row in rows if row["status"] in ("not_connected", "not_measurable")]
    measured = [row for row in rows if row["status"] in ("ok", "too_early")]
    if not measured:
        if len(whys) > 1:
            return "no stage of the funnel is connected"
        return whys[0] if whys else "no metric is asked for"
    dimension = measured[0]["dimension"]
    named = {row["segment"] for row in measured if row["by"] and NOT_SET not in row["by"].values()}
    if not dimension:
        return "no dimension to segment by is asked for"
    if not named:
        return f"no account counted here has a value for {dimension}"
    return f"there is nothing to set beside {min(named)}"
