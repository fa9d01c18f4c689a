"""A tally of one segment and everyone else, and the order in which segments are shown."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from statistics import fmean

import pandas as pd

from gtm_metrics.metrics import METRICS
from gtm_metrics.question import CROSS, NOT_SET, Tally

EVERYONE_ELSE = "Everyone else"
_HIGHER = {metric.name: metric.higher_is_better or metric.estimate == "calls" for metric in METRICS}


def beside_everyone_else(tally: Tally, segment: tuple[str, ...]) -> Tally:
    """The tally of two segments: the one asked for (a value a dimension) under its name, all others as one.

    The dimensions become one, so that the counts of the others add up.
    """
    names = ["segment", "segment_2"][: len(tally.question.by)]
    inside = pd.Series(True, index=tally.frame.index)
    for name, value in zip(names, segment, strict=True):
        inside &= tally.frame[name] == value
    named = tally.frame.drop(columns=names[1:])
    named["segment"] = inside.map({True: CROSS.join(segment), False: EVERYONE_ELSE})
    keys = [column for column in named if column not in ("trials", "successes")]
    frame = named.groupby(keys, as_index=False, dropna=False)[["trials", "successes"]].sum() if len(named) else named
    return replace(tally, frame=frame, question=replace(tally.question, by=tally.question.by[:1]))


def in_order_of_lead(rows_by_metric: Mapping[str, pd.DataFrame]) -> list[str]:
    """Segments from the one furthest ahead to the one furthest behind, those that are not set last.

    By the mean logarithm of the shrunken ratio over the metrics that have one, turned to the good side: small
    segments stand near the middle, not at the ends (Clayton and Kaldor 1987). Without any, by trials.
    """
    leads: dict[str, list[float]] = {}
    trials: dict[str, int] = {}
    for name, frame in rows_by_metric.items():
        for row in frame[frame["by"].map(bool)].to_dict("records"):
            segment = str(row["segment"])
            leads.setdefault(segment, [])
            trials[segment] = trials.get(segment, 0) + int(row["trials"] or 0)
            if row["shrunken_ratio"]:
                sign = 1 if _HIGHER[name] else -1
                leads[segment].append(sign * math.log(row["shrunken_ratio"]))

    def place(segment: str) -> tuple[bool, bool, float, int, str]:
        known = leads[segment]
        return (NOT_SET in segment.split(CROSS), not known, -fmean(known) if known else 0.0, -trials[segment], segment)

    return sorted(leads, key=place)
