"""Drawings: nothing is lost, every number is a label and stands in the text alternative, labels keep clear."""

from __future__ import annotations

import json
import re
import tomllib
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path

import altair as alt
import pandas as pd
import pytest

from gtm_metrics import charts, words
from gtm_metrics.charts.layout import sizes_for
from gtm_metrics.charts.lettering import fitted, text_width
from gtm_metrics.charts.palette import DARK, LIGHT
from gtm_metrics.charts.scales import Scale, domain, tick_labels, ticks
from gtm_metrics.metrics import metric_named
from gtm_metrics.question import ALL
from gtm_metrics.words.plain import enumerated

HOME = ("response_rate", "calls_to_understanding", "close_rate", "churn")
SEGMENTS = ("DTC e-commerce", "B2B SaaS", "Agencies", "Education", "Manufacturing", "Healthcare", "Non-profit")
NASTY = ("**b** :red[x] $y$ <i>", "A" * 200, "a\nb\x00c", "日本" * 60, ":smile:")
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


def stands(rows, ahead="", behind=""):
    """Standings of every metric: one segment ahead on all, one behind on all."""
    frames = {}
    for name in dict.fromkeys(rows["metric"]):
        segments = [each for each in rows[rows["metric"] == name]["segment"] if each != ALL]
        standing = ["ahead" if each == ahead else "behind" if each == behind else "" for each in segments]
        frames[name] = pd.DataFrame({"segment": segments, "standing": standing}, dtype=object)
    return frames


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


def luminance(colour):
    """Relative luminance of #RRGGBB."""
    # WCAG 2.2, definition of relative luminance.
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    """Contrast ratio of two colours."""
    # WCAG 2.2, definition of contrast ratio.
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_text_and_marks_stand_out(colours):
    """Text has a contrast of 4.5 on the page and on washes, marks that carry a number have 3 (WCAG 2.2)."""
    for text in (colours.ink, colours.quiet, colours.ahead, colours.behind):
        assert contrast(text, colours.page) >= 4.5
    for mark in (colours.mark, colours.tick):
        assert contrast(mark, colours.page) >= 3
    assert contrast(colours.ahead, colours.ahead_wash) >= 3
    assert contrast(colours.behind, colours.behind_wash) >= 3


def test_the_app_and_the_charts_share_their_colours():
    """config.toml has the charts' page, ink and green, fonts of Streamlit's own, and asks nobody elsewhere."""
    text = (Path(__file__).parents[1] / ".streamlit" / "config.toml").read_text()
    config = tomllib.loads(text)
    for name, colours in (("light", LIGHT), ("dark", DARK)):
        part = config["theme"][name]
        assert (part["backgroundColor"], part["textColor"]) == (colours.page, colours.ink)
        assert (part["greenColor"], part["redColor"]) == (colours.ahead, colours.behind)
        assert contrast(part["textColor"], part["sidebar"]["backgroundColor"]) >= 4.5
        assert contrast(part["primaryColor"], part["backgroundColor"]) >= 3
        assert contrast("#FFFFFF", part["primaryColor"]) >= 3
    assert config["theme"]["font"] == "sans-serif"
    assert not re.search(r"https?://|url", text)
    assert config["browser"]["gatherUsageStats"] is config["runner"]["magicEnabled"] is False
    assert "enableAgentApi" not in config["server"]


def test_the_theme_is_registered_and_left_alone():
    """Both themes go by name, and neither is switched on for everyone: readers may differ."""
    assert {"gtm_light", "gtm_dark"} <= set(alt.theme.names())
    assert alt.theme.active not in ("gtm_light", "gtm_dark")
    assert charts.theme(True)["config"]["background"] == DARK.page


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
