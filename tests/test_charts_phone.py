"""Drawings on a phone: everything a wide one tells, in type of 11 pixels and more, no label cut off or over another."""

from __future__ import annotations

from itertools import combinations, pairwise

import pandas as pd
import pytest
from test_charts import LADDER, NASTY, SEGMENTS, STAY, TREND, boxes, home, marks, objects, stands, texts, trend_frame
from test_charts_signal import SUBJECT, evidence, race, ratios, stages, strip

from gtm_metrics import charts, words
from gtm_metrics.charts.anytime import anytime
from gtm_metrics.charts.lifts import lifts
from gtm_metrics.customers import FOUND
from gtm_metrics.metrics import metric_named

PHONE = 328.0
"""What a screen of 360 pixels leaves to a drawing."""
CLOSE = metric_named("close_rate")


def traits(count, names=SEGMENTS, most=40):
    """Rows of `lifts`: the first found on the best side, every third not compared with the worst."""
    rows = []
    for i in range(count):
        found = {}
        for side in ("best", "worst") if i % 3 else ("best",):
            inside, lift = (3 * i) % most, 0.4 + 0.7 * i
            found[side] = {
                "side": side, "attribute": "industry", "value": names[i % len(names)], "attribute_2": "",
                "value_2": "", "status": FOUND if i == 0 else "not_apart", "lift": lift, "low": 0.6 * lift,
                "high": 1.7 * lift, "in_tier": inside, "n": 10_000 + i, "tier_size": 51,
            }  # fmt: skip
        rows.append(found)
    return rows


def deals(counts, names=("", "Status quo", "Quillmark", "Tandemly", "(not recorded)")):
    """Rows of `outcomes`: won, lost, no decision of each alternative, "(all)" first; a rate from 30 deals on."""
    rows = []
    for name, (won, lost, none) in zip(["(all)", *names[1:]], counts, strict=False):
        n = won + lost + none
        rows.append({
            "segment": "(all)", "alternative": name, "won": won, "lost": lost, "no_decision": none, "decided": n,
            "close_rate": won / n if n >= 30 else None, "status": "ahead" if name == "Quillmark" else "not_apart",
        })  # fmt: skip
    return objects(rows)


def every_drawing():
    """One of each that has a layout of its own on a phone, in the states that pages meet."""
    rows = home()
    yield charts.funnel_dots(rows, stands(rows, SEGMENTS[0], "Agencies"), subject=SEGMENTS[0], width=PHONE)
    yield charts.funnel_dots(home(early=True), {}, board=True, width=PHONE)
    yield charts.funnel_dots(home([f"Segment {i}" for i in range(40)]), {}, width=PHONE)
    yield charts.funnel_dots(home(NASTY), {}, width=PHONE)
    yield charts.trend_lines(TREND, CLOSE, SEGMENTS[0], "ahead", width=PHONE)
    yield charts.trend_lines(trend_frame([0.1, 0.2, None], [0.2, 0.2, 0.2]), CLOSE, "A" * 90, width=PHONE)
    yield charts.ladder(LADDER, "DTC", "behind", width=PHONE)
    yield charts.survival(STAY, "DTC", width=PHONE)
    yield lifts(traits(9), {"industry": "Industry"}, False, PHONE)
    yield lifts(traits(5, NASTY), {}, False, PHONE)
    yield charts.outcomes(deals([(61, 96, 95), (27, 23, 64), (8, 21, 3), (2, 11, 3), (14, 31, 22)]), 0.4, width=PHONE)
    yield charts.outcomes(deals([(2, 11, 3), (1, 0, 2), (1, 11, 1)]), 0.4, width=PHONE)
    yield charts.outcomes(deals([(9000, 40_000, 90_000), (9000, 1, 1)], ("", "A" * 200)), 0.4, width=PHONE)
    yield race(evidence(1), SUBJECT, 8, "ahead", width=PHONE)
    yield race(evidence(4, weeks=104, segments=40, thesis_threshold=20.0), SUBJECT, 40, thesis=SUBJECT, width=PHONE)
    yield stages(strip(1), width=PHONE)
    yield anytime(ratios(0.5), metric_named("churn"), "DTC e-commerce", width=PHONE)


DRAWINGS = list(every_drawing())


@pytest.mark.parametrize("drawing", DRAWINGS, ids=range(len(DRAWINGS)))
def test_labels_are_large_whole_and_apart(drawing):
    """Whatever a page meets: 11 pixels at least, inside the drawing, none over another."""
    assert all(mark["size"] >= 11 for mark in marks(drawing, "text"))
    for left, top, right, bottom, text in boxes(drawing):
        assert -0.01 <= left <= right <= PHONE + 0.01, text
        assert -0.01 <= top <= bottom <= drawing.spec["height"] + 0.01, text
    for a, b in combinations(boxes(drawing), 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1], (a, b)


def test_a_phone_tells_what_a_screen_tells():
    """The same numbers and the same names; the columns stand one under the other, so that names come once in each."""
    rows = home()
    wide, narrow = (charts.funnel_dots(rows, {}, width=width) for width in (980.0, PHONE))
    assert narrow.alt == wide.alt
    told = [sorted((spot["segment"], spot["label"], spot["numbers"]) for spot in marks(each, "rect"))
            for each in (wide, narrow)]  # fmt: skip
    assert told[0] == told[1]
    written = [[words.plain(text) for text in texts(each)] for each in (wide, narrow)]
    assert all(text in written[1] for text in written[0] if text.endswith("%") and "." in text)
    dots = [len(marks(each, "point")) for each in (wide, narrow)]
    assert dots[0] == dots[1] > 0
    assert all(texts(narrow).count(name) == 4 for name in SEGMENTS)
    labels = {metric_named(name).label for name in dict.fromkeys(rows["metric"])}
    assert labels <= set(texts(narrow))


def test_a_row_is_as_high_as_a_finger_is_wide():
    """Each segment's row in each panel answers, 40 pixels high at least, and no two rows share a pixel."""
    spots = marks(charts.funnel_dots(home(), {}, width=PHONE), "rect")
    assert len(spots) == 4 * len(SEGMENTS)
    assert all(spot["y2"] - spot["y"] >= 40 for spot in spots)
    edges = sorted((spot["y"], spot["y2"]) for spot in spots)
    assert all(above[1] <= below[0] + 0.01 for above, below in pairwise(edges))
    bars = marks(charts.outcomes(deals([(61, 96, 95), (27, 23, 64), (2, 3, 4)]), 0.4, width=PHONE), "rect")
    assert len(bars) == 2
    assert all(bar["y2"] - bar["y"] >= 40 for bar in bars)


def test_both_sides_of_the_traits_stand_one_under_the_other():
    """Every trait of each side with its number; what was not compared with the worst is missing there alone."""
    found = texts(lifts(traits(6), {"industry": "Industry"}, False, PHONE))
    assert found.index("The best tenth, 51 customers") < found.index("The worst tenth, 51 customers")
    assert [found.count(f"Industry: {name}") for name in SEGMENTS[:6]] == [1, 2, 2, 1, 2, 2]
    assert found.count("as among all") == 2


def test_lines_are_named_in_a_key():
    """No name stands at the end of a line; the number does, and the key names every line once."""
    found = texts(charts.trend_lines(TREND, CLOSE, SEGMENTS[0], "ahead", width=PHONE))
    assert found.count(SEGMENTS[0]) == found.count("Everyone else") == 1
    assert not any(text.endswith(f" {SEGMENTS[0]}") for text in found)
    assert {"22 %", "12 %"} <= {text.replace("\u00a0", " ") for text in found}


def test_empty_drawings_say_so_on_a_phone():
    """No segment, no trait, no deal: a sentence that fits."""
    rows = home()
    empty = [
        charts.funnel_dots(rows[rows["segment"] == "(all)"], {}, width=PHONE),
        lifts([], {}, False, PHONE),
        charts.outcomes(pd.DataFrame(), 0.4, width=PHONE),
    ]
    assert all(len(texts(each)) == 1 for each in empty)
