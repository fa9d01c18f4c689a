"""The bowling alley and ease by benefit: no label meets a line or another label, and nothing is lost."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from itertools import combinations, pairwise

import pandas as pd
import pytest
from test_charts import boxes, marks, texts

from gtm_metrics.charts.alley import alley
from gtm_metrics.charts.canvas import Drawing
from gtm_metrics.charts.capture import capture
from gtm_metrics.charts.palette import DARK, LIGHT

NAMES = ("DTC e-commerce", "B2B SaaS", "Marketplaces", "Agencies", "Subscription boxes", "Retail chains", "Media",
         "Education", "Logistics", "Healthcare", "Non-profit", "Manufacturing", "Hospitality", "Public sector",
         "Travel")  # fmt: skip
STATUSES = ("standing", "candidate", "not now", "never", "down", "")


def pins(count: int, rng: random.Random | None = None, names: tuple[str, ...] = NAMES) -> pd.DataFrame:
    """A rack of so many pins; with a source of chance their names, shares, statuses and scores are drawn from it."""
    rows = []
    for i in range(count):
        row = int((math.isqrt(8 * i + 1) - 1) / 2)
        drawn = rng is not None
        share = None if rng and rng.random() < 0.2 else rng.random() ** 2 if rng else 0.38 / (i + 1)
        rows.append({
            "segment": _name(i, rng) if rng else names[i], "position": i, "row": row, "place": i - row * (row + 1) // 2,
            "status": "head pin" if i == 0 else "next" if i == 1 else rng.choice(STATUSES) if rng else "standing",
            "customers": 200 - 10 * i, "market": 560 if i % 2 == 0 else None, "share": share,
            "share_of": "market" if i % 2 == 0 else "accounts we know", "down": drawn and i % 5 == 4,
            "ease": rng.random() if rng else 0.5, "benefit": rng.random() if rng else 0.5,
        })  # fmt: skip
    frame = pd.DataFrame(rows).astype(object)
    return frame.where(frame.notna(), None)


def _name(i: int, rng: random.Random) -> str:
    """A name of up to 60 characters, of one long word or of several."""
    letters = "".join(rng.choice("abcdefghijklmnoprstuvwz   ") for _ in range(rng.randint(3, 57)))
    return f"{i} {letters.strip() or 'x'}"


def ties(frame: pd.DataFrame, pairs: list[tuple[int, int, int]]) -> pd.DataFrame:
    """Ties between pins by their index, with so many referrals."""
    names, most = list(frame["segment"]), max((n for _, _, n in pairs), default=1)
    rows = [
        {"a": names[a], "b": names[b], "weight": n / most, "referrals": n, "vouched": 0,
         "shared_competitors": 0, "shared_attributes": 0, "accounts_in_both": 0}
        for a, b, n in pairs
    ]  # fmt: skip
    columns = ["a", "b", "weight", "referrals", "vouched", "shared_competitors", "shared_attributes",
               "accounts_in_both"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def chance(count: int, rng: random.Random) -> list[tuple[int, int, int]]:
    """Ties between any two of so many pins, as chance has it."""
    likely = rng.random()
    return [(a, b, rng.randint(1, 400)) for b in range(count) for a in range(b) if rng.random() < likely]


def circles(drawing: Drawing) -> list[tuple[float, float, float]]:
    """(x, y, radius) of every pin: the page under its ring."""
    return [(m["x"], m["y"], math.sqrt(m["area"]) / 2) for m in marks(drawing, "point") if m["shape"] == "circle"]


def lines(drawing: Drawing) -> dict[int, tuple[list[tuple[float, float]], float]]:
    """Points and width of every tie that is seen."""
    found: dict[int, tuple[list[tuple[float, float]], float]] = {}
    for mark in marks(drawing, "line"):
        if mark.get("mark_color") != "transparent":
            found.setdefault(mark["part"], ([], mark["width"]))[0].append((mark["x"], mark["y"]))
    return found


def assert_clear(drawing: Drawing, spread: float = 1.0) -> None:
    """No label meets another, a line with its width, a pin it does not stand in, or the edge; no line passes
    another's pin; also where a page spreads the drawing."""
    labels = []
    for mark, (left, top, right, bottom, text) in zip(marks(drawing, "text"), boxes(drawing), strict=True):
        moved = (spread - 1) * mark["x"]
        labels.append((left + moved, top, right + moved, bottom, text))
    for a, b in combinations(labels, 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1], (a, b)
    assert all(box[0] >= -0.5 and box[2] <= spread * drawing.spec["width"] + 0.5 for box in labels)
    assert all(box[1] >= -0.5 and box[3] <= drawing.spec["height"] + 0.5 for box in labels)
    rings = [(spread * x, y, radius) for x, y, radius in circles(drawing)]
    for points, width in lines(drawing).values():
        path = [(spread * x, y) for x, y in points]
        ends = {min(range(len(rings)), key=lambda i, p=p: math.dist(p, rings[i][:2])) for p in (path[0], path[-1])}
        for i, (x, y, radius) in enumerate(rings):
            assert i in ends or min(math.dist(p, (x, y)) for p in path) > radius + width / 2 - 0.5
        seen = [p for p in along(path) if all(math.dist(p, rings[i][:2]) >= rings[i][2] for i in ends)]
        assert seen
        for box in labels:
            assert all(distance(p, box) >= width / 2 for p in seen), (box, path[0], path[-1])
    for x, y, radius in rings:
        for box in labels:
            if box[0] <= x <= box[2] and box[1] <= y <= box[3]:
                continue
            assert distance((x, y), box) >= radius, box


def distance(point: tuple[float, float], box: tuple[float, ...]) -> float:
    """From a point to the nearest of a box."""
    (x, y), (left, top, right, bottom) = point, box[:4]
    return math.hypot(max(left - x, x - right, 0), max(top - y, y - bottom, 0))


def along(path: list[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """Every pixel of a line."""
    for (x, y), (x2, y2) in pairwise(path):
        steps = math.ceil(math.dist((x, y), (x2, y2)))
        yield from ((x + i / steps * (x2 - x), y + i / steps * (y2 - y)) for i in range(steps))
    yield path[-1]


@pytest.mark.parametrize("count", range(1, 16))
def test_no_label_meets_a_line_or_another_label(count: int) -> None:
    """From one pin to fifteen, with ties as chance has them and names of up to 60 characters, narrow and wide, as it
    is laid out and spread over more room."""
    rng = random.Random(count)
    for width, most in ((460.0, None), (816.0, None), (627.0, 400.0)):
        frame = pins(count, rng)
        drawing = alley(frame, ties(frame, chance(count, rng)), width=width, most=most)
        assert most is None or drawing.spec["height"] <= most + 80
        for spread in (1.0, 1.4):
            assert_clear(drawing, spread)


def test_fifteen_pins_leave_a_board_page_its_footnote() -> None:
    """Where the height is bounded as on a board page, five rows of short names take no more than it and a line."""
    names = pins(15).assign(segment=[f"Segment {i:03}" for i in range(15)])
    drawing = alley(names, ties(names, []), width=627.0, most=380.0)
    assert 300 <= drawing.spec["height"] <= 400


def test_a_name_at_an_edge_is_not_cut_where_pins_may_stand_closer() -> None:
    """In the room beside the scatter a name of one long word stands whole: neighbours close up for it."""
    names = pins(8).assign(segment=["Head", "B", "C", "Ed", "Log", "Manufacturing", "Health", "Non-profit"])
    assert "Manufacturing" in {mark["text"] for mark in marks(alley(names, ties(names, []), width=457.0), "text")}


def test_the_rack_stands_as_in_an_alley() -> None:
    """The head pin is in front, each row behind holds one more, and whoever stands behind stands between two."""
    drawing = alley(pins(10), ties(pins(10), []))
    stand = circles(drawing)
    assert len(stand) == 10
    head, rows = stand[0], sorted({y for _, y, _ in stand}, reverse=True)
    assert head[1] == rows[0]
    assert [sum(y == row for _, y, _ in stand) for row in rows] == [1, 2, 3, 4]
    left, right = stand[1], stand[2]
    assert math.isclose((left[0] + right[0]) / 2, head[0])
    assert all(math.dist(a[:2], b[:2]) > a[2] + b[2] for a, b in combinations(stand, 2))


def test_every_pin_and_its_share_is_told() -> None:
    """Name, share and status of each stand in the drawing and in its words; without a share stands a question mark."""
    frame = pins(10)
    frame.loc[3, ["share", "customers"]] = None
    frame.loc[4, "status"] = "not now"
    drawing = alley(frame, ties(frame, [(0, 1, 31)]))
    written = [text.replace("\u00a0", " ") for text in texts(drawing)]
    assert "38 %" in written
    assert "?" in written
    assert {"head pin", "next", "not now", "31"} <= set(written)
    told = drawing.alt.replace("\u00a0", " ")
    assert "DTC e-commerce: 200 customers, 38 % of a market of 560; head pin" in told
    assert "Agencies: customers not known" in told
    assert "DTC e-commerce and B2B SaaS: 31 referrals" in told
    hovered = {mark["segment"] for mark in marks(drawing, "line") if mark.get("mark_color") == "transparent"}
    assert hovered == set(frame["segment"])


def test_a_ring_without_a_market_is_dashed() -> None:
    """A share of the market is one arc; one of the accounts one knows is many; a share of nothing has no arc."""
    frame = pins(2)
    paths = [mark["shape"] for mark in marks(alley(frame, ties(frame, [])), "point") if mark["shape"] != "circle"]
    assert [path.count("M") for path in paths[:2]] == [1, 1]
    assert all(path.count("M") > 3 for path in paths[2:])
    frame["share"] = 0.0
    bare = [mark["shape"] for mark in marks(alley(frame, ties(frame, [])), "point") if mark["shape"] != "circle"]
    assert len(bare) == 2


def test_a_pin_that_is_down_is_filled() -> None:
    """What fell is filled, so that it is seen without colour; what stands is not."""
    frame = pins(3)
    frame.loc[2, ["down", "status"]] = [True, "down"]
    fills = [m["fill"] for m in marks(alley(frame, ties(frame, [])), "point") if m["shape"] == "circle"]
    assert fills == [LIGHT.page, LIGHT.page, LIGHT.band]


def test_the_width_of_a_tie_is_its_weight() -> None:
    """The heaviest tie is the widest line; a tie of no weight is not drawn, and not said to be missing."""
    frame = pins(6)
    drawing = alley(frame, ties(frame, [(0, 1, 30), (0, 2, 15), (1, 3, 0)]))
    widths = sorted((width for _, width in lines(drawing).values()), reverse=True)
    assert len(widths) == 2
    assert widths[0] > widths[1]
    assert not any("not drawn" in text for text in texts(drawing))


def test_ties_without_room_are_counted() -> None:
    """Of a hundred ties between fifteen pins the strongest are drawn, and the drawing says how many are not."""
    rng = random.Random(4)
    frame = pins(15)
    every = [(a, b, rng.randint(1, 99)) for b in range(15) for a in range(b)]
    drawing = alley(frame, ties(frame, every), width=816)
    drawn = lines(drawing)
    assert 15 <= len(drawn) <= 30
    assert f"{len(every) - len(drawn)} weaker ties not drawn: all are in the table" in texts(drawing)


def test_no_pin_no_rack() -> None:
    """Without pins a sentence stands there, and its words are the same."""
    drawing = alley(pins(1).iloc[:0], ties(pins(1), []))
    assert texts(drawing) == ["No pin stands yet"]
    assert drawing.alt == "No pin stands yet."


def test_what_has_no_place_is_named_under_the_rack() -> None:
    """A pin that is never played for stands in no row; without a head pin its place stays empty."""
    frame = pins(4)
    frame.loc[0, ["row", "place", "status"]] = [None, None, "never"]
    drawing = alley(frame, ties(frame, [(0, 1, 9), (1, 2, 3)]))
    assert "Not in the alley: DTC e-commerce" in texts(drawing)
    assert len(circles(drawing)) == 3
    assert len(lines(drawing)) == 1
    assert "DTC e-commerce: 200 customers" in drawing.alt


def test_hostile_names_are_drawn_as_they_are_written() -> None:
    """A name from the data is plain text in the drawing; a click still gives it as the data have it."""
    frame = pins(2, names=("**b** <i>", "a\nb"))
    drawing = alley(frame, ties(frame, [(0, 1, 3)]))
    assert {"**b** <i>", "a b"} <= set(texts(drawing))
    assert "a\nb" in {mark.get("segment") for mark in marks(drawing, "line")}


@pytest.mark.parametrize("dark", [False, True])
def test_both_drawings_are_valid_in_either_theme(dark: bool) -> None:
    """They validate against Vega-Lite's schema and carry the theme's page."""
    frame = pins(10)
    for drawing in (alley(frame, ties(frame, [(0, 1, 3), (0, 3, 2)]), dark), capture(frame, dark)):
        spec = drawing.chart.to_dict(validate=True)
        assert spec["config"]["background"] == (DARK if dark else LIGHT).page
        assert drawing.alt.endswith(".")


def assert_named(drawing: Drawing) -> int:
    """Names meet no dot, no other name and no line that joins one to its dot; how many there are."""
    every = boxes(drawing)
    for a, b in combinations(every, 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1], (a, b)
    found = [box for box in every if not box[4].endswith(("→", "↑")) and box[3] < drawing.spec["height"] - 10]
    for x, y, radius in circles(drawing):
        for box in found:
            assert distance((x, y), box) >= radius, box
    for rule in marks(drawing, "rule"):
        path = list(along([(rule["x"], rule["y"]), (rule["x2"], rule["y2"])]))
        assert min(distance(p, box) for p in path for box in found) > 0
    return len(found)


@pytest.mark.parametrize("count", [1, 2, 5, 10, 15])
def test_names_of_dots_never_meet(count: int) -> None:
    """Wherever the pins lie, also all on one place, each has its name, which meets nothing."""
    rng = random.Random(count)
    for place in range(4):
        frame = pins(count, rng)
        if place == 3:
            frame[["ease", "benefit"]] = 0.5
        assert assert_named(capture(frame)) == count


@pytest.mark.parametrize("seed", range(4))
def test_names_without_room_are_counted(seed: int) -> None:
    """Fifteen long names of dots that lie in a row on each other do not all find a place: those that do meet nothing,
    and the drawing says how many do not."""
    rng = random.Random(seed)
    frame = pins(15, rng)
    frame["ease"] = [0.05 + 0.2 * rng.random() for _ in range(15)]
    frame["benefit"] = [0.04 + 0.01 * rng.random() for _ in range(15)]
    frame.loc[0, ["ease", "benefit"]] = [0.4, 0.2]
    drawing = capture(frame)
    shown = assert_named(drawing)
    missing = [text for text in texts(drawing) if "without room" in text]
    assert len(circles(drawing)) == 15
    assert [text.split()[0] for text in missing] == ([f"{15 - shown}"] if shown < 15 else [])


def test_a_pin_without_numbers_is_a_question_mark() -> None:
    """A pin without ease or benefit is no dot at zero: it is named under the drawing, and in its words."""
    frame = pins(3)
    frame.loc[2, "ease"] = None
    drawing = capture(frame)
    assert len(circles(drawing)) == 2
    assert "? Marketplaces" in texts(drawing)
    assert "Not known: Marketplaces." in drawing.alt
    frame["benefit"] = None
    assert texts(capture(frame)) == ["No pin has both ease and benefit yet"]
