"""Trends, curves and reasons: gaps, ends, ticks, names at their lines, counts below the minimum."""

from __future__ import annotations

from itertools import combinations

import pandas as pd
import pytest
from drawings import LADDER, STAY, TREND, boxes, marks, reason_frame, texts

from gtm_metrics import charts
from gtm_metrics.charts.scales import Scale, tick_labels, ticks
from gtm_metrics.metrics import metric_named


def test_reasons_of_a_narrow_chart_stand_in_two_lines():
    """In a third of a page "recommended by a peer" is two lines and not "recomm…a peer"; no line touches the next."""
    rows = [("recommended by a peer", 5), ("saves hours every week", 4), ("price", 3)]
    frame = pd.DataFrame(rows, columns=["reason", "n"]).assign(share=None, rest_share=None)
    drawing = charts.reasons(frame, 12, width=258.0)
    assert {"recommended", "by a peer", "saves hours", "every week", "price"} <= set(texts(drawing))
    assert not any("…" in text for text in texts(drawing))
    for a, b in combinations(boxes(drawing), 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] + 0.5 or b[3] <= a[1] + 0.5, (a, b)


def test_the_name_of_a_segment_is_whole_at_its_line():
    """In half a page "DTC e-commerce" stands whole beside its last number."""
    ends = pd.date_range("2026-01-04", periods=4, freq="28D").date
    rows = [{"side": side, "period_end": end, "trials": 200, "successes": 193, "estimate": 0.963, "low": 0.9,
             "high": 0.99, "enough": True} for side in ("segment", "rest") for end in ends]  # fmt: skip
    drawing = charts.trend_lines(pd.DataFrame(rows), metric_named("response_rate"), "DTC e-commerce", width=394.0)
    assert any(text.endswith("% DTC e-commerce") for text in texts(drawing))


@pytest.mark.parametrize(("low", "high"), [(0.0, 0.013), (0.05, 0.24), (0.0, 1.0), (1.0, 6.0), (0.3301, 0.3302)])
def test_ticks_are_round_few_and_inside(low, high):
    """One to five ticks within the domain, rising, each written differently."""
    values = ticks(low, high, 5)
    assert 1 <= len(values) <= 5
    assert all(low - 1e-9 <= value <= high + 1e-9 for value in values)
    if high - low > 0.01:
        assert len(set(tick_labels(metric_named("close_rate"), values))) == len(values) > 1
    assert Scale(low, high, 0, 100).at(high + 1) == 100


def test_a_gap_in_a_trend_is_a_gap():
    """A period without enough breaks the line: nothing spans it, and its counts stand under its date."""
    drawing = charts.trend_lines(TREND, metric_named("close_rate"), "DTC")
    solid = [mark for mark in marks(drawing, "line") if "mark_strokeDash" not in mark]
    parts = [sorted(mark["x"] for mark in solid if mark["part"] == part) for part in {m["part"] for m in solid}]
    assert sorted(len(part) for part in parts) == [1, 2]
    assert "1 of 7" in texts(drawing)
    assert "22\u00a0% DTC" in texts(drawing)
    assert "12\u00a0% Everyone else" in texts(drawing)
    assert "too early (1 won of 7)" in drawing.alt


def test_curves_start_and_end_where_the_counts_allow():
    """Survival starts at 100 %, a ladder counts those who understood, both end where fewer than eight are left."""
    stay = [mark for mark in marks(charts.survival(STAY, "DTC"), "line") if "mark_strokeDash" not in mark]
    assert stay[0]["y"] == min(mark["y"] for mark in stay)
    ladder = charts.ladder(LADDER, "DTC")
    assert len([mark for mark in marks(ladder, "line") if "mark_strokeDash" not in mark]) == 4
    assert "90\u00a0% DTC" in texts(ladder)
    assert "75.0\u00a0% everyone else" in texts(ladder)
    few = LADDER.assign(at_risk=LADDER["at_risk"].where(LADDER["segment"] != "DTC", LADDER["at_risk"] // 8))
    assert "Too early: DTC 10 of 30 prospects" in texts(charts.ladder(few, "DTC"))


def test_reasons_carry_counts_and_below_the_minimum_nothing_else():
    """A count at every bar, with its share from 30 answers on; the benchmark is named."""
    assert {"46\u00a0% (41)", "**Other**", "everyone else"} <= set(texts(charts.reasons(reason_frame(), 89)))
    few = texts(charts.reasons(reason_frame(), 11))
    assert {"41", "22", "3"} <= set(few)
    assert not [text for text in few if "%" in text or text == "everyone else"]
