"""Drawings: nothing is lost, every number is a label and stands in the text alternative, labels keep clear."""

from __future__ import annotations

import json
import re
from itertools import combinations

import pandas as pd
import pytest
from drawings import (
    LADDER,
    SEGMENTS,
    STAY,
    TREND,
    boxes,
    contract,
    home,
    marks,
    objects,
    reason_frame,
    texts,
    trend_frame,
)

from gtm_metrics import charts, words
from gtm_metrics.charts.layout import sizes_for
from gtm_metrics.charts.lettering import fitted, text_width
from gtm_metrics.charts.palette import DARK, LIGHT
from gtm_metrics.charts.scales import domain
from gtm_metrics.metrics import metric_named
from gtm_metrics.question import ALL
from gtm_metrics.words.plain import enumerated

NASTY = ("**b** :red[x] $y$ <i>", "A" * 200, "a\nb\x00c", "日本" * 60, ":smile:")


def stands(rows, ahead="", behind=""):
    """Standings of every metric: one segment ahead on all, one behind on all."""
    frames = {}
    for name in dict.fromkeys(rows["metric"]):
        segments = [each for each in rows[rows["metric"] == name]["segment"] if each != ALL]
        standing = ["ahead" if each == ahead else "behind" if each == behind else "" for each in segments]
        frames[name] = pd.DataFrame({"segment": segments, "standing": standing}, dtype=object)
    return frames


def every_drawing(dark):
    """One of each, in every state that pages meet."""
    close = metric_named("close_rate")
    rows = home()
    yield charts.funnel_dots(rows, stands(rows, "DTC e-commerce", "Agencies"), subject="DTC e-commerce", dark=dark)
    yield charts.funnel_dots(home(early=True), {}, dark=dark, board=True, width=1120)
    yield charts.funnel_dots(home(SEGMENTS[:1]), {}, dark=dark)
    yield charts.funnel_dots(home([f"Segment {i}" for i in range(40)]), {}, dark=dark)
    yield charts.funnel_dots(home(NASTY), {}, dark=dark)
    yield charts.funnel_dots(home(metrics=("advanced", "close_rate")), {}, dark=dark)
    yield charts.funnel_dots(rows[rows["segment"] == ALL], {}, dark=dark)
    yield charts.trend_lines(TREND, close, "DTC", "ahead", dark)
    yield charts.trend_lines(trend_frame([None] * 3, [None] * 3), close, "DTC", dark=dark)
    yield charts.trend_lines(TREND.iloc[:0], close, "DTC", dark=dark)
    yield charts.ladder(LADDER, "DTC", "behind", dark)
    yield charts.ladder(LADDER.iloc[:0], "DTC", dark=dark)
    yield charts.survival(STAY, "DTC", dark=dark)
    yield charts.survival(STAY.iloc[:0], "DTC", dark=dark)
    yield charts.reasons(reason_frame(), 89, dark)
    yield charts.reasons(reason_frame(), 11, dark)
    yield charts.reasons(reason_frame().iloc[:0], 0, dark)


@pytest.mark.parametrize("dark", [False, True])
def test_every_drawing_is_a_valid_chart_with_words(dark):
    """Each validates against Vega-Lite's schema, carries its own theme, is finite JSON, and has an alternative."""
    for drawing in every_drawing(dark):
        spec = drawing.chart.to_dict(validate=True)
        assert json.loads(json.dumps(drawing.spec, allow_nan=False)) == json.loads(json.dumps(spec))
        assert spec["config"]["background"] == (DARK if dark else LIGHT).page
        assert spec["config"]["font"].startswith('"Source Sans"')
        assert drawing.alt.endswith(".")
        assert texts(drawing)


@pytest.mark.parametrize("count", [1, 3, 8, 12, 13, 40])
def test_no_segment_and_no_number_is_lost(count):
    """Every segment has its label, every row its number or its counts, and the alternative names them all."""
    segments = [f"Segment {i}" for i in range(count)]
    rows = home(segments)
    drawing = charts.funnel_dots(rows, {}, subject="Segment 0")
    labels = texts(drawing)
    assert sorted(label for label in labels if label in segments) == sorted(segments)
    drawn = rows[rows["segment"] != ALL].to_dict("records")
    for row in drawn:
        metric = metric_named(row["metric"])
        early = row["status"] == "too_early"
        assert labels.count(
            words.count_label(metric, row["successes"], row["trials"])
            if early
            else words.dot_label(metric, row["estimate"], row["trials"])
        )
    assert len(marks(drawing, "point")) == sum(row["status"] == "ok" for row in drawn)
    assert all(f"{segment}: response rate" in drawing.alt for segment in segments)
    assert {mark["segment"] for mark in marks(drawing, "rect")} == set(segments)


def test_of_very_many_segments_the_words_say_how_many_are_left_out():
    """What lists 200 segments, or names of 10,000 characters, stays short enough to be heard: the first of them, then
    how many more; a long name shows both its ends."""
    drawing = charts.funnel_dots(home([f"Segment {i}" for i in range(200)]), {})
    told = len(re.findall(r"Segment \d+: response rate", drawing.alt))
    assert f". And {200 - told} more." in drawing.alt
    assert told >= 40
    assert len(drawing.alt) < 17_000
    long = charts.funnel_dots(home(["x" * 10_000, "y" * 9_000 + "z", "short"]), {})
    assert len(long.alt) < 2_000
    assert f"{'y' * 98}z: response" in long.alt
    assert "short: response rate" in long.alt
    assert enumerated(["a" * 20_000, "b"]) == f"{'a' * 20_000}; and 1 more"
    assert enumerated([]) == ""


def test_names_from_data_are_shown_as_they_are():
    """Long names are shortened and fit; markup is plain text; a click still gives the name as it is in the data."""
    drawing = charts.funnel_dots(home(NASTY), {})
    assert "**b** :red[x] $y$ <i>" in texts(drawing)
    assert "a b c" in texts(drawing)
    assert {mark["segment"] for mark in marks(drawing, "rect")} == set(NASTY)
    assert all(words.plain(name) in drawing.alt for name in NASTY)
    assert text_width(fitted("A" * 200, 14, 120), 14) <= 120


@pytest.mark.parametrize("board", [False, True])
@pytest.mark.parametrize("few", [False, True])
@pytest.mark.parametrize("count", [2, 5, 7, 9, 12, 30])
def test_labels_keep_clear(board, few, count):
    """No label touches another, leaves the drawing, or lies on a dot, a bar or a tick; few: with an n at every name,
    under it or, where rows close up, beside it."""
    segments = [f"Segment {i}" for i in range(count)]
    rows = home(segments)
    rows["trials"] = [min(n, 99) if few and n else n for n in rows["trials"]]
    drawing = charts.funnel_dots(rows, {}, board=board, width=1120.0 if board else 976.0)
    assert not few or sum(text in ("99 accounts contacted", "99 calls") for text in texts(drawing)) >= count / 2
    spec = drawing.spec
    found, rules, dots = boxes(drawing), marks(drawing, "rule"), marks(drawing, "point")
    for a, b in combinations(found, 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1], (a, b)
    for left, top, right, bottom, text in found:
        assert -0.01 <= left <= right <= spec["width"] + 0.01, text
        assert 0 <= top <= bottom <= spec["height"], text
        for rule in rules:
            beside = max(rule["x"], rule["x2"]) <= left or min(rule["x"], rule["x2"]) >= right
            assert beside or max(rule["y"], rule["y2"]) <= top or min(rule["y"], rule["y2"]) >= bottom, text
        for dot in dots:
            reach = (dot["area"] / 3.14) ** 0.5
            assert not (left < dot["x"] < right and top < dot["y"] + reach and bottom > dot["y"] - reach), text


def test_a_page_keeps_the_height_of_a_drawing_free():
    """Whole pixels, at least its own height: what stands below does not jump when it is drawn."""
    drawing = charts.funnel_dots(home(), {})
    assert 0 <= drawing.pixels - drawing.spec["height"] < 1


def test_standing_is_a_shape_as_well_as_a_colour():
    """Ahead is a filled circle, behind a filled diamond, the rest hollow: it reads in grey print."""
    rows = home()
    dots = marks(charts.funnel_dots(rows, stands(rows, "DTC e-commerce", "Agencies")), "point")
    looks = {(dot["shape"], dot["fill"], dot["stroke"]) for dot in dots}
    assert looks == {
        ("circle", LIGHT.ahead, LIGHT.ahead),
        ("diamond", LIGHT.behind, LIGHT.behind),
        ("circle", LIGHT.page, LIGHT.mark),
    }


def test_the_subject_alone_is_bold():
    """Among the names, weight belongs to the finding's segment."""
    drawing = charts.funnel_dots(home(), {}, subject="Agencies")
    bold = {mark["text"] for mark in marks(drawing, "text") if mark["mark_fontWeight"] == 700}
    assert bold & set(SEGMENTS) == {"Agencies"}


def test_a_click_selects_a_segment_and_the_first_drawing_needs_none():
    """One selection, named segment, over the field segment; no mark depends on it."""
    spec = charts.funnel_dots(home(), {}).spec
    assert [(param["name"], param["select"]["fields"]) for param in spec["params"]] == [("segment", ["segment"])]
    assert "condition" not in json.dumps(spec)


def test_an_unconnected_metric_has_no_column_and_an_unmeasurable_one_says_so():
    """No data is not zero: no column, or a column with a sentence and no axis."""
    gone = objects([contract("churn", ALL, None, None, status="not_connected")])
    learned = objects([contract("close_rate", ALL, None, None, status="not_measurable")])
    drawing = charts.funnel_dots(pd.concat([home(metrics=("response_rate",)), gone, learned]), {})
    assert "Monthly churn" not in texts(drawing)
    assert {"Close rate", "cannot be measured"} <= set(texts(drawing))
    assert drawing.alt.endswith("Monthly churn not connected. Close rate cannot be measured.")
    nothing = charts.funnel_dots(gone, {})
    assert texts(nothing) == ["Nothing is connected that could stand here"]


def test_one_wild_interval_does_not_squeeze_the_others():
    """The domain holds every estimate and most intervals; what runs on is cut off and marked."""
    usual = [(0.08, 0.14), (0.09, 0.13), (0.07, 0.15)]
    low, high = domain([0.11, 0.11, 0.11, 0.2], [*usual, (0.02, 0.95)], (0.0, 1.0))
    assert high < 0.35
    assert low <= 0.07
    assert domain([0.11, 0.9], usual, (0.0, 1.0))[1] >= 0.9
    assert domain([], [], (1.0, 6.0)) == (1.0, 6.0)
    rows = home(SEGMENTS[:3])
    rows.loc[rows["segment"] == "Agencies", "high"] = 0.99
    assert marks(charts.funnel_dots(rows, {}), "line")
    assert not marks(charts.funnel_dots(home(SEGMENTS[:3]), {}), "line")


def test_a_stretched_drawing_spreads_what_was_laid_out() -> None:
    """On a page of unknown width the same places are spread over its width; nothing else of the drawing changes. Each
    layer holds its own rows, also where there is but one."""
    alone = charts.funnel_dots(home().iloc[:0], {})
    assert [layer["data"]["values"] for layer in alone.stretched["layer"]] == list(alone.spec["datasets"].values())
    drawing = charts.funnel_dots(home(), {})
    wide = drawing.stretched
    assert wide["width"] == "container"
    for layer in wide["layer"]:
        along = {"domain": [0, drawing.spec["width"]], "nice": False, "zero": False}
        assert layer["encoding"]["x"].pop("scale") == along
    plain = drawing.spec
    for layer in plain["layer"]:
        assert layer["encoding"]["x"].pop("scale") is None
    for layer in wide["layer"]:
        layer["data"] = {"name": next(n for n, rows in plain["datasets"].items() if rows == layer["data"]["values"])}
    # without a word on it Streamlit adds room under a drawing
    assert set(wide.pop("padding").values()) == {0}
    assert {**wide, "width": 0, "datasets": plain["datasets"]} == {**plain, "width": 0}


def test_rows_of_a_board_page_share_the_room_there_is():
    """Up to nine take what title and footnote leave them, more of them less, whose paragraph and footnote have a line
    more: twelve segments of two hundred stay on one screen."""
    heights = {segments: segments * sizes_for(segments, True).row for segments in range(1, 13)}
    assert max(heights.values()) <= 274
    assert max(heights[segments] for segments in (10, 11, 12)) <= 248 < heights[9]
