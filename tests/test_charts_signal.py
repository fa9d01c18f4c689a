"""Drawings of the evidence: nothing is lost, nothing is claimed by colour alone, no label meets a line or a label."""

from __future__ import annotations

import json
import math
from datetime import date, timedelta
from itertools import combinations, pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gtm_metrics.charts.anytime import anytime, side_of_one
from gtm_metrics.charts.calendar import months
from gtm_metrics.charts.clear import Box, clear, stacked, strokes
from gtm_metrics.charts.lettering import text_width
from gtm_metrics.charts.palette import DARK, LIGHT
from gtm_metrics.charts.race import HIGHEST, LEVELS, race
from gtm_metrics.charts.stages import stages
from gtm_metrics.metrics import metric_named

FIRST = date(2026, 1, 5)
NAMES = (
    "DTC e-commerce",
    "B2B SaaS",
    "Agencies",
    "Education",
    "Manufacturing",
    "Healthcare",
    "Logistics",
    "Non-profit",
)
SUBJECT = ("industry", NAMES[0])
METRICS = ("response_rate", "calls_to_understanding", "won_in_time", "churn")


def evidence(seed, weeks=46, drift=0.3, segments=8, thesis_threshold=None):
    """Random evidence of some segments, the first with a drift."""
    rng = np.random.default_rng(seed)
    rows = []
    for j in range(segments):
        name = NAMES[j] if j < len(NAMES) else f"Segment {j}"
        path = np.maximum(np.cumsum(rng.normal(drift if j == 0 else -0.02, 0.3, weeks)), -2.2)
        threshold = thesis_threshold if j == 0 and thesis_threshold else 10.0 * segments
        rows += [(FIRST + timedelta(weeks=i), "industry", name, path[i], threshold) for i in range(weeks)]
    return pd.DataFrame(rows, columns=["week", "dimension", "segment", "log_e_two", "threshold"])


def strip(seed, weeks=26):
    """Random standings of four metrics."""
    rng = np.random.default_rng(seed)
    kinds = ["ahead", "behind", "level", "none"]
    rows = [
        (name, FIRST + timedelta(weeks=i), rng.choice(kinds, p=(0.6, 0.2, 0.1, 0.1)))
        for name in METRICS
        for i in range(weeks)
    ]
    return pd.DataFrame(rows, columns=["metric", "week", "standing"])


def ratios(log_ratio, weeks=52):
    """A ratio with an interval that narrows week by week; the first two weeks have none."""
    rows = []
    for i in range(weeks):
        wide = 2.0 / math.sqrt(i + 1)
        found = [math.exp(log_ratio + way * wide) for way in (0, -1, 1)] if i > 1 else [None] * 3
        rows.append((FIRST + timedelta(weeks=i), *found))
    return pd.DataFrame(rows, columns=["week", "estimate", "low", "high"]).astype({"week": object})


def marks(drawing, kind):
    """The records of all layers of one kind of mark that is seen, with the mark's own properties."""
    spec = drawing.spec
    return [
        value | {f"mark_{key}": how for key, how in layer["mark"].items()}
        for layer in spec["layer"]
        if layer["mark"]["type"] == kind and layer["mark"].get("color") != "transparent"
        for value in spec["datasets"][layer["data"]["name"]]
    ]


def wires(drawing):
    """The records of the unseen lines that answer to a click."""
    return drawing.spec["datasets"].get("wire", [])


def texts(drawing):
    """Every label of a drawing."""
    return [mark["text"] for mark in marks(drawing, "text")]


def boxes(drawing, wider=1.0):
    """Box and text of every label, in a drawing spread over `wider` times its width."""
    found = []
    for mark in marks(drawing, "text"):
        width = text_width(mark["text"], mark["size"], mark["bold"])
        left = wider * mark["x"] - {"left": 0, "center": 0.5, "right": 1}[mark["align"]] * width
        half = 0.36 * mark["size"]
        found.append((Box(left, mark["y"] - half, left + width, mark["y"] + half), mark["text"]))
    return found


def pieces(drawing, wider=1.0):
    """Straight pieces of all lines and rules, as boxes, in a drawing spread over `wider` times its width."""
    paths = {}
    for mark in marks(drawing, "line"):
        dashed = "mark_strokeDash" in mark
        paths.setdefault((dashed, mark["part"]), []).append((mark["step"], wider * mark["x"], mark["y"]))
    lines = [[point[1:] for point in sorted(path)] for path in paths.values()]
    rules = [[(wider * m["x"], m["y"]), (wider * m["x2"], m["y2"])] for m in marks(drawing, "rule")]
    return strokes([*lines, *rules])


def every_drawing(dark=False):
    """One of each, in every state that pages meet."""
    yield race(evidence(1), SUBJECT, 8, "ahead", since=FIRST + timedelta(weeks=20), dark=dark)
    yield race(evidence(2, drift=0.0), SUBJECT, 8, dark=dark, width=400, height=300)
    yield race(evidence(3, weeks=104, drift=0.8, segments=40), SUBJECT, 40, "ahead", dark=dark)
    yield race(evidence(4, thesis_threshold=20.0), SUBJECT, 8, "ahead", thesis=SUBJECT, dark=dark)
    yield race(evidence(5, thesis_threshold=20.0), ("industry", NAMES[1]), 8, "behind", thesis=SUBJECT, dark=dark)
    yield race(evidence(6, weeks=1), SUBJECT, 8, dark=dark)
    yield race(evidence(7), None, 8, dark=dark)
    yield race(evidence(7).iloc[:0], None, 0, dark=dark)
    yield stages(strip(1), dark=dark)
    yield stages(strip(2, weeks=52), dark=dark, width=816)
    yield stages(strip(3, weeks=1), dark=dark)
    yield stages(strip(3).iloc[:0], dark=dark)
    for name, lead in (("won_in_time", 0.5), ("churn", 0.4), ("calls_to_understanding", 0.0)):
        yield anytime(ratios(lead), metric_named(name), "DTC", dark, 400, 220)
    yield anytime(ratios(0.0, 3), metric_named("churn"), "DTC", dark)
    yield anytime(ratios(0.0, 2), metric_named("churn"), "DTC", dark)


@pytest.mark.parametrize("dark", [False, True])
def test_every_drawing_is_a_valid_chart_with_words(dark):
    """Each validates against Vega-Lite's schema, carries its own theme, is finite JSON, and has an alternative."""
    short = [
        race(evidence(1, 5, segments=2), SUBJECT, 2, "ahead", since=FIRST + timedelta(weeks=3), dark=dark),
        race(evidence(1).iloc[:0], None, 0, dark=dark),
        stages(strip(1, weeks=8), dark=dark),
        anytime(ratios(0.5, 6), metric_named("churn"), "DTC", dark),
    ]
    for drawing in short:
        spec = drawing.chart.to_dict(validate=True)
        assert json.loads(json.dumps(drawing.spec, allow_nan=False)) == json.loads(json.dumps(spec))
        assert spec["config"]["background"] == (DARK if dark else LIGHT).page
        assert drawing.alt.endswith(".")
        assert texts(drawing)


def test_every_state_of_a_drawing_is_finite_and_told_in_words():
    """Whatever a page meets, the numbers sent to the browser are finite and the text alternative is a sentence."""
    for drawing in every_drawing():
        json.dumps(drawing.spec, allow_nan=False)
        assert drawing.alt.endswith(".")
        assert texts(drawing)


@pytest.mark.parametrize("wider", [1.0, 1.8])
def test_labels_keep_clear_of_lines_and_of_each_other(wider):
    """No label meets another, leaves the drawing or is crossed by a line, also when the drawing is spread."""
    for drawing in every_drawing():
        found, lines = boxes(drawing, wider), pieces(drawing, wider)
        for (a, one), (b, other) in combinations(found, 2):
            assert not a.meets(b), (one, other)
        for box, text in found:
            assert -0.01 <= box.left <= box.right <= wider * drawing.spec["width"] + 0.01, text
            assert -0.01 <= box.top <= box.bottom <= drawing.spec["height"] + 0.01, text
            assert clear(box, lines, []), text


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 110), st.integers(1, 30), st.sampled_from([400.0, 540.0, 900.0]))
def test_a_race_of_any_company_keeps_its_labels_clear(seed, weeks, segments, width):
    """Whatever the evidence did, names and proof labels stand clear of every line and of each other."""
    thesis = SUBJECT if seed % 3 == 0 else None
    frame = evidence(seed, weeks, drift=0.2 * (seed % 4), segments=segments, thesis_threshold=20.0 if thesis else None)
    drawing = race(frame, SUBJECT, segments, "ahead", thesis=thesis, width=width)
    found, lines = boxes(drawing), pieces(drawing)
    assert all(clear(box, lines, []) for box, _ in found)
    assert not any(a.meets(b) for (a, _), (b, _) in combinations(found, 2))
    said = " ".join(texts(drawing))
    assert "proof" in said
    assert f"{segments} segments" in said or segments == 1


def test_the_race_draws_every_segment_and_names_three_at_most():
    """A line a segment, the subject bold and coloured, the runner-up named, all others grey and silent."""
    drawing = race(evidence(1, drift=0.1), SUBJECT, 8, "ahead", thesis=("industry", "Agencies"))
    lines = [mark for mark in marks(drawing, "line") if "mark_strokeDash" not in mark]
    colours = [colour for _, colour in {(mark["part"], mark["colour"]) for mark in lines}]
    assert sorted(colours) == sorted([LIGHT.ahead] + [LIGHT.band] * 7)
    named = set(texts(drawing)) & set(NAMES)
    assert {NAMES[0], "Agencies"} <= named
    assert len(named) == 3
    assert {mark["text"] for mark in marks(drawing, "text") if mark["mark_fontWeight"] == 700} >= {NAMES[0]}
    assert all(name in drawing.alt for name in NAMES)


def test_every_line_and_every_name_of_the_race_answers():
    """A click anywhere along a line, or on its name, selects that segment with its dimension; the subject's line lies
    over those it crosses."""
    frame = evidence(4)
    drawing = race(frame, SUBJECT, 8, "ahead")
    assert drawing.clickable
    assert [(p["name"], p["select"]["fields"]) for p in drawing.spec["params"]] == [
        ("segment", ["segment", "dimension"])
    ]
    found = wires(drawing)
    assert {(wire["dimension"], wire["segment"]) for wire in found} == {
        tuple(key) for key in frame[["dimension", "segment"]].to_numpy()
    }
    lines = {wire["part"]: (wire["dimension"], wire["segment"]) for wire in found if wire["width"] < 14.0}
    assert list(lines.values())[-1] == SUBJECT
    for key in set(lines.values()):
        mine = sorted((w["x"], w["y"]) for w in found if w["segment"] == key[1] and lines.get(w["part"]) == key)
        assert mine[-1][0] - mine[0][0] > 300
    for label in marks(drawing, "text"):
        if label["text"] in NAMES:
            across = [w for w in found if w["segment"] == label["text"] and w["y"] == label["y"] and w["width"] > 14.0]
            assert len(across) == 2
            assert across[0]["x"] == label["x"] < across[1]["x"]
    alone = race(evidence(4, weeks=1), SUBJECT, 8)
    assert len(wires(alone)) >= 2 * 8


def test_one_measure_is_no_race():
    """Where one measure is connected there is no evidence on two: the drawing says that, and not that no week is
    frozen."""
    drawing = race(evidence(4).assign(log_e_two=np.nan), SUBJECT, 8)
    assert any("One measure is connected" in text for text in texts(drawing))
    assert "One measure is connected" in drawing.alt
    assert any("No week is frozen" in text for text in texts(race(evidence(4).iloc[:0], None, 8)))


def test_the_line_of_proof_stands_where_the_evidence_must_reach():
    """Proof for 20 segments at alpha 0.10 is e = 200: between the words some and strong, at its own height."""
    frame = evidence(1, segments=20)
    drawing = race(frame, SUBJECT, 20)
    dashed = {mark["y"] for mark in marks(drawing, "line") if "mark_strokeDash" in mark}
    heights = {mark["text"]: mark["y"] for mark in marks(drawing, "text")}
    some, strong = heights["some"], heights["strong"]
    assert len(dashed) == 1
    # SIGNAL's rule: threshold K / alpha = 200; the axis is linear in log e
    share = (math.log(200) - math.log(10)) / (math.log(1000) - math.log(10))
    assert dashed.pop() == pytest.approx(some + share * (strong - some), abs=0.01)
    assert [word for _, word in LEVELS] == ["none", "some", "strong", "overwhelming"]


def test_evidence_beyond_the_drawing_is_cut_not_flattened():
    """A line that leaves at the top ends in an arrowhead there; nothing is drawn level with the edge after it."""
    frame = evidence(3, weeks=104, drift=0.8)
    assert frame["log_e_two"].max() > HIGHEST
    drawing = race(frame, SUBJECT, 8, "ahead")
    mine = [mark for mark in marks(drawing, "line") if mark["colour"] == LIGHT.ahead]
    parts = {part: sorted((m["step"], m["y"]) for m in mine if m["part"] == part) for part in {m["part"] for m in mine}}
    path, head = sorted(parts.values(), key=len, reverse=True)
    assert len(head) == 3
    assert len(path) < 104
    top = min(y for _, y in path)
    assert sum(y == top for _, y in path) == 1


def test_a_thesis_has_its_own_line_of_proof():
    """With a segment named in advance two lines stand, the thesis' lower, and each says whom it is for."""
    drawing = race(evidence(4, thesis_threshold=20.0), SUBJECT, 8, thesis=SUBJECT)
    dashed = {mark["y"]: mark["colour"] for mark in marks(drawing, "line") if "mark_strokeDash" in mark}
    assert dashed[max(dashed)] == LIGHT.ink
    assert len(dashed) == 2
    said = " ".join(texts(drawing))
    assert "proof for the thesis" in said
    assert "proof for the others" in said


@pytest.mark.parametrize("seed", range(8))
def test_the_strip_counts_what_it_draws(seed):
    """As many full cells as the title counts weeks ahead, as many low ones as weeks behind, dots for no data."""
    frame = strip(seed)
    drawing = stages(frame)
    blocks = marks(drawing, "area")
    full = {mark["part"] for mark in blocks if mark["colour"] == LIGHT.ahead}
    low = {mark["part"] for mark in blocks if mark["colour"] == LIGHT.behind}
    counts = frame["standing"].value_counts()
    assert len(full) == counts["ahead"] + 1  # and one in the key
    assert len(low) == counts["behind"] + 1
    assert len(marks(drawing, "point")) == counts["none"] + 1
    ahead = frame[frame["standing"] == "ahead"]["metric"].value_counts()
    title = (
        texts(drawing)[0] if "week by week" in texts(drawing)[0] else next(t for t in texts(drawing) if "by week" in t)
    )
    assert title == (
        f"Ahead of everyone else, week by week: response {ahead['response_rate']}, "
        f"calls {ahead['calls_to_understanding']}, close {ahead['won_in_time']}, churn {ahead['churn']} of 26 weeks"
    )


def test_the_strip_reads_without_colour():
    """Ahead is three times as high as behind, level is a hairline, no data no area at all."""
    rows = [
        ("churn", FIRST + timedelta(weeks=i), stands) for i, stands in enumerate(("ahead", "behind", "level", "none"))
    ]
    drawing = stages(pd.DataFrame(rows, columns=["metric", "week", "standing"]))
    heights = {mark["colour"]: mark["y2"] - mark["y"] for mark in marks(drawing, "area")}
    assert heights[LIGHT.ahead] >= 3 * heights[LIGHT.behind] >= 2 * heights[LIGHT.mark] > 0


def test_a_ratio_is_coloured_when_its_interval_leaves_one_on_either_side():
    """Above 1 is good for won in time and for understanding on a call, bad for churn; across 1 nothing is said."""
    above, across = {"low": 1.1, "high": 2.0}, {"low": 0.9, "high": 2.0}
    assert side_of_one(above, metric_named("won_in_time")) == "ahead"
    assert side_of_one(above, metric_named("calls_to_understanding")) == "ahead"
    assert side_of_one(above, metric_named("churn")) == "behind"
    assert side_of_one({"low": 0.4, "high": 0.8}, metric_named("churn")) == "ahead"
    assert side_of_one(across, metric_named("churn")) == ""
    assert side_of_one({"low": None, "high": None}, metric_named("churn")) == ""


def test_the_interval_is_drawn_on_a_log_scale_around_one():
    """Twice and half as often lie equally far from the dashed line of everyone else."""
    drawing = anytime(ratios(0.0), metric_named("won_in_time"), "DTC")
    band = [mark for mark in marks(drawing, "area") if mark["colour"] == LIGHT.wash]
    one = next(mark["y"] for mark in marks(drawing, "line") if "mark_strokeDash" in mark)
    last = max(band, key=lambda mark: mark["x"])
    assert last["y"] - one == pytest.approx(one - last["y2"])
    assert "1.0 times (0.8–1.3)" in texts(drawing)


def test_months_are_named_where_they_begin_and_never_touch():
    """The week that holds the first of a month has its name, January and the first label their year, none overlap."""
    for weeks in (2, 5, 26, 52, 156, 520):
        days = [FIRST + timedelta(weeks=i) for i in range(weeks)]
        labels = months(days, lambda i, weeks=weeks: 300 * i / weeks, 11.5)
        assert labels
        for (x, one), (x2, other) in pairwise(labels):
            assert x + text_width(one, 11.5) / 2 < x2 - text_width(other, 11.5) / 2
    named = months([date(2025, 11, 24) + timedelta(weeks=i) for i in range(8)], lambda i: 100.0 * i, 11.5)
    # 1 Dec 2025 is a Monday; 1 Jan 2026 is a Thursday in the week of 29 Dec
    assert named == [(100.0, "Dec 2025"), (500.0, "Jan 2026")]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 300), st.floats(5, 30)), min_size=1, max_size=6))
def test_blocks_are_stacked_without_overlap_in_their_order(wanted):
    """No two blocks overlap, the order of wanted places is kept, and what fits stays inside the room."""
    placed = stacked(wanted, 0.0, 300.0)
    order = sorted(range(len(wanted)), key=lambda i: wanted[i][0])
    for a, b in pairwise(order):
        assert placed[b] - placed[a] >= (wanted[a][1] + wanted[b][1]) / 2 - 1e-6
    assert placed[order[0]] - wanted[order[0]][1] / 2 >= -1e-6
    assert placed[order[-1]] + wanted[order[-1]][1] / 2 <= 300 + 1e-6
    if len(wanted) == 1 and wanted[0][1] / 2 <= wanted[0][0] <= 300 - wanted[0][1] / 2:
        assert placed[0] == pytest.approx(wanted[0][0])
