"""The rows of the contract, curves and trends: hand-made tallies, hand-computed numbers."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from gtm_metrics.estimates import gamma_poisson_shrinkage
from gtm_metrics.funnel import CURVE_COLUMNS, ROW_COLUMNS, curve, funnel, grey_interval, trend
from gtm_metrics.metrics import metric_named, metrics_with
from gtm_metrics.question import ALL, NOT_SET, Question, Tally

AS_OF = date(2026, 11, 16)
WEEK_1, WEEK_2, OPEN_WEEK = date(2026, 10, 26), date(2026, 11, 2), date(2026, 11, 9)
PLAIN = ("segment", "week", "trials", "successes")
CLOSE, CALLS, CHURN = (metric_named(name) for name in ("close_rate", "calls_to_understanding", "churn"))


def tally(metric, columns, rows, by=("industry",), status="ok", why="", weeks=(WEEK_1, WEEK_2)):
    """A tally of these rows; the band is '' unless it is among the columns."""
    frame = pd.DataFrame(rows, columns=list(columns))
    if "week" in columns:
        frame["week"] = pd.to_datetime(frame["week"]).astype("datetime64[us]")
    if "band" not in columns:
        frame["band"] = ""
    return Tally(metric.name, Question(AS_OF, by=by), frame, status, why, *weeks, data_through=AS_OF)


TWO_SEGMENTS = (
    ("A", WEEK_1, 20, 10),
    ("B", WEEK_1, 30, 6),
    ("A", WEEK_2, 20, 6),
    ("B", WEEK_2, 10, 1),
    ("B", OPEN_WEEK, 5, 2),
)


def by_segment(frame):
    """The rows of a frame by segment."""
    return {row["segment"]: row for row in frame.to_dict("records")}


def test_rows_of_two_segments_by_hand():
    """Counts are of closed weeks, estimates s / n, the rest everybody else, the ratio week by week."""
    rows = funnel(tally(CLOSE, PLAIN, TWO_SEGMENTS), CLOSE)
    assert tuple(rows.columns) == ROW_COLUMNS
    everyone, a, b = rows.to_dict("records")
    assert (everyone["segment"], everyone["trials"], everyone["successes"]) == (ALL, 80, 23)
    assert everyone["estimate"] == pytest.approx(23 / 80)
    assert (everyone["rest_estimate"], everyone["ratio"], everyone["shrunken_ratio"]) == (None, None, None)
    assert (everyone["by"], a["by"]) == ({}, {"industry": "A"})
    assert (a["trials"], a["successes"], a["estimate"], a["rest_estimate"]) == (40, 16, 0.4, 7 / 40)
    # week 1: R = 10 x 30 / 50 = 6, S = 6 x 20 / 50 = 2.4; week 2: R = 6 x 10 / 30 = 2, S = 1 x 20 / 30 = 2/3
    assert a["ratio"] == pytest.approx(8 / (2.4 + 2 / 3))
    assert b["ratio"] == pytest.approx((2.4 + 2 / 3) / 8)
    assert (everyone["waiting"], a["waiting"], b["waiting"]) == (5, 0, 5)
    assert (a["status"], a["why"]) == ("ok", "")
    assert (a["first_week"], a["last_week"], a["as_of"], a["data_through"]) == (WEEK_1, WEEK_2, AS_OF, AS_OF)
    # expected at the rest's rate: A 20 x 6/30 + 20 x 1/10 = 6, B 30 x 10/20 + 10 x 6/20 = 18
    shrunken, _, _, _ = gamma_poisson_shrinkage([16, 7], [6, 18])
    assert [a["shrunken_ratio"], b["shrunken_ratio"]] == pytest.approx(shrunken.tolist())
    assert 1 < a["shrunken_ratio"] < 16 / 6


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        # Newcombe, Statistics in Medicine 17 (1998), table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
    ],
)
def test_interval_of_a_rate_is_wilson(successes, trials, low, high):
    """The interval beside a rate is Wilson's at 95 %."""
    row = funnel(tally(CLOSE, PLAIN, [("A", WEEK_1, trials, successes)]), CLOSE).iloc[1]
    assert (row["low"], row["high"]) == pytest.approx((low, high), abs=5e-5)


def test_calls_are_a_restricted_mean_over_the_life_table():
    """Calls: the area under the share that has not understood, with Irwin's interval; the rest likewise."""
    at_risk, events = (100, 70, 40, 20, 10), (10, 20, 20, 10, 0)
    columns = ("segment", "week", "band", "age", "trials", "successes")
    rows = [
        (name, WEEK_1, str(age) if age < 4 else "4+", age, n, d)
        for name in ("A", "B")
        for age, (n, d) in enumerate(zip(at_risk, events, strict=True), start=1)
    ]
    a = by_segment(funnel(tally(CALLS, columns, rows), CALLS))["A"]
    assert (a["trials"], a["successes"]) == (240, 60)
    # S = 0.9, 0.9 x 5/7 = 0.642857, x 1/2 = 0.321429, x 1/2 = 0.160714, 0.160714; the sum with S(0) = 1
    assert a["estimate"] == pytest.approx(1 + 0.9 + 9 / 14 + 9 / 28 + 9 / 56 + 9 / 56)
    # A = 2.185714, 1.285714, 0.642857, 0.321429: sum of A^2 d / (n (n - d)) = 0.0302517; x 1.959964 its root
    assert (a["low"], a["high"]) == pytest.approx((2.844818, 3.526611), abs=2e-6)
    assert (a["rest_estimate"], a["ratio"]) == pytest.approx((a["estimate"], 1.0))


def test_churn_is_a_monthly_rate():
    """Churn: the weekly hazard and its Wilson ends, each compounded to a month."""
    columns = ("segment", "week", "band", "trials", "successes")
    rows = [("A", WEEK_1, "0-3", 800, 4), ("B", WEEK_1, "0-3", 900, 18), ("B", WEEK_1, "other", 100, 0)]
    a = by_segment(funnel(tally(CHURN, columns, rows), CHURN))["A"]
    assert a["estimate"] == pytest.approx(1 - 0.995 ** (52 / 12))
    assert a["rest_estimate"] == pytest.approx(1 - 0.982 ** (52 / 12))
    assert a["low"] < a["estimate"] < a["high"]
    # only the band both are in compares: (4 x 900 / 1700) / (18 x 800 / 1700)
    assert a["ratio"] == pytest.approx(0.25)


def test_simpson_trap():
    """A segment better in every week may be worse in the sum; the ratio is not taken in.

    week   A          B
    1      18 of 90   1 of 10
    2      8 of 10    63 of 90
    """
    rows = [("A", WEEK_1, 90, 18), ("B", WEEK_1, 10, 1), ("A", WEEK_2, 10, 8), ("B", WEEK_2, 90, 63)]
    a = by_segment(funnel(tally(CLOSE, PLAIN, rows), CLOSE))["A"]
    assert a["estimate"] == 0.26 < a["rest_estimate"] == 0.64
    # (18 x 10 / 100 + 8 x 90 / 100) / (1 x 90 / 100 + 63 x 10 / 100) = 9 / 7.2
    assert a["ratio"] == pytest.approx(1.25)


def test_within_is_a_stratum():
    """A further dimension that the tally is grouped by separates the strata, as weeks do."""
    columns = ("segment", "within", "week", "trials", "successes")
    rows = [("A", "small", 90, 18), ("B", "small", 10, 1), ("A", "large", 10, 8), ("B", "large", 90, 63)]
    rows = [(segment, size, WEEK_1, n, x) for segment, size, n, x in rows]
    assert by_segment(funnel(tally(CLOSE, columns, rows), CLOSE))["A"]["ratio"] == pytest.approx(1.25)


def test_interval_mirrors():
    """Failures counted as successes turn every rate and its interval over."""
    swapped = [(segment, week, n, n - x) for segment, week, n, x in TWO_SEGMENTS]
    rows, mirrored = (funnel(tally(CLOSE, PLAIN, r), CLOSE) for r in (TWO_SEGMENTS, swapped))
    for here, there in (("estimate", "estimate"), ("low", "high"), ("high", "low")):
        assert [1 - value for value in rows[here]] == pytest.approx(list(mirrored[there]))
    assert [1 - value for value in rows["rest_estimate"][1:]] == pytest.approx(
        list(mirrored["rest_estimate"][1:])
    )


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_tallies_add(seed):
    """A tally cut in two and put together again, in any order, gives the same rows to the last digit."""
    rng = np.random.default_rng(seed)
    weeks = [WEEK_2 - timedelta(weeks=i) for i in range(-1, 12)]
    rows = [
        (s, week, int(n), int(rng.integers(n + 1)))
        for s in "ABCDE"
        for week in weeks
        for n in [rng.integers(1, 20)]
    ]
    whole = tally(CLOSE, PLAIN, rows, weeks=(weeks[-1], WEEK_2))
    part = rng.integers(whole.frame["trials"] + 1)
    won = np.minimum(whole.frame["successes"], part)
    halves = [
        whole.frame.assign(trials=part, successes=won),
        whole.frame.assign(trials=whole.frame["trials"] - part, successes=whole.frame["successes"] - won),
    ]
    frame = pd.concat(halves).iloc[rng.permutation(2 * len(whole.frame))]
    pd.testing.assert_frame_equal(funnel(replace(whole, frame=frame), CLOSE), funnel(whole, CLOSE))


def test_too_early_keeps_counts():
    """Below the minimum there is no rate, no rank and no ratio, but the counts and how many are missing."""
    rows = [("A", WEEK_1, 9, 3), ("B", WEEK_1, 40, 10), ("C", WEEK_1, 40, 12)]
    a = by_segment(funnel(tally(CLOSE, PLAIN, rows), CLOSE))["A"]
    assert (a["trials"], a["successes"], a["status"], a["why"]) == (
        9,
        3,
        "too_early",
        "9 of 30 decided deals",
    )
    missing = ("estimate", "low", "high", "rest_estimate", "ratio", "shrunken_ratio")
    assert [a[key] for key in missing] == [None] * 6
    own = metrics_with(minimum_trials=1000)[2]
    assert by_segment(funnel(tally(own, PLAIN, rows), own))["B"]["why"] == "40 of 1,000 decided deals"


def test_rest_too_early_gives_no_comparison():
    """Beside fewer than 30 other deals a segment has its own rate and nothing to compare it with."""
    rows = [("A", WEEK_1, 90, 30), ("B", WEEK_1, 29, 9)]
    a = by_segment(funnel(tally(CLOSE, PLAIN, rows), CLOSE))["A"]
    assert (a["status"], a["estimate"]) == ("ok", pytest.approx(1 / 3))
    assert (a["rest_estimate"], a["ratio"], a["shrunken_ratio"]) == (None, None, None)


@pytest.mark.parametrize("status", ["not_connected", "not_measurable"])
def test_what_is_not_measured_has_no_counts(status):
    """A metric that is not connected or not measurable is one row without counts: no data is not zero."""
    rows = funnel(tally(CLOSE, PLAIN, [], status=status, why="opportunities is not connected"), CLOSE)
    (row,) = rows.to_dict("records")
    assert (row["segment"], row["status"], row["why"]) == (ALL, status, "opportunities is not connected")
    assert [row[key] for key in ("trials", "successes", "estimate", "waiting")] == [None] * 4


def test_connected_but_empty_is_zero_of_the_minimum():
    """Connected tables without a closed trial count 0, too early; nothing closed yet is waiting."""
    (row,) = funnel(tally(CLOSE, PLAIN, []), CLOSE).to_dict("records")
    assert (row["trials"], row["status"], row["why"]) == (0, "too_early", "0 of 30 decided deals")
    unclosed = tally(CLOSE, PLAIN, [("A", WEEK_1, 7, 0)], weeks=(None, None))
    assert [(row["trials"], row["waiting"]) for row in funnel(unclosed, CLOSE).to_dict("records")] == [
        (0, 7)
    ] * 2


def test_a_segment_that_only_waits_has_a_row():
    """Trials begun in open weeks alone still give the segment a row, so that it does not vanish."""
    rows = by_segment(funnel(tally(CLOSE, PLAIN, [*TWO_SEGMENTS, ("C", OPEN_WEEK, 4, 1)]), CLOSE))
    assert [rows["C"][key] for key in ("trials", "waiting", "status")] == [0, 4, "too_early"]


def test_order_and_not_set():
    """Everyone first, segments by code point, "(not set)" last, unranked, yet part of everybody's rest."""
    rows = [(name, WEEK_1, 40, x) for name, x in (("b", 8), ("(not set)", 4), ("É", 12), ("B", 20))]
    frame = funnel(tally(CLOSE, PLAIN, rows), CLOSE)
    assert list(frame["segment"]) == [ALL, "B", "b", "É", NOT_SET]
    rows = by_segment(frame)
    assert rows["B"]["rest_estimate"] == pytest.approx(24 / 120)
    assert rows[NOT_SET]["ratio"] == pytest.approx(4 / 40 / (40 / 120))
    assert rows[NOT_SET]["shrunken_ratio"] is None
    # expected at the rest's rate: 40 x 24/120, 40 x 36/120, 40 x 32/120; "(not set)" takes no part
    shrunken, _, _, _ = gamma_poisson_shrinkage([20, 8, 12], [8, 12, 32 / 3])
    assert [rows[name]["shrunken_ratio"] for name in ("B", "b", "É")] == pytest.approx(shrunken.tolist())


def test_crossed_dimensions():
    """Two dimensions crossed: segment "A × B", two keys in `by`, a value not set on either side goes last."""
    columns = ("segment", "segment_2", "week", "trials", "successes")
    rows = [("Retail", "EU", 30, 3), (NOT_SET, "EU", 30, 3), ("Bank", NOT_SET, 30, 3), ("Bank", "US", 30, 9)]
    rows = [(one, two, WEEK_1, n, x) for one, two, n, x in rows]
    frame = funnel(tally(CLOSE, columns, rows, by=("industry", "region")), CLOSE)
    assert list(frame["segment"]) == [ALL, "Bank × US", "Retail × EU", "(not set) × EU", "Bank × (not set)"]
    assert set(frame["dimension"]) == {"industry × region"}
    assert frame["by"][1] == {"industry": "Bank", "region": "US"}
    assert frame["rest_estimate"][1] == pytest.approx(0.1)
    assert list(frame["shrunken_ratio"].isna()) == [True, False, False, True, True]


def test_no_dimension_is_one_row():
    """Without a dimension the whole company is the one row."""
    (row,) = funnel(tally(CLOSE, PLAIN[1:], [(WEEK_1, 40, 10)], by=()), CLOSE).to_dict("records")
    assert (row["segment"], row["dimension"], row["by"], row["estimate"]) == (ALL, "", {}, 0.25)


def test_json_has_null_and_never_nan():
    """Rows go into strict JSON as they are: null where missing, whole numbers for counts."""
    rows = [("A", WEEK_1, 40, 4), ("B", WEEK_1, 40, 0), ("C", WEEK_1, 3, 0)]
    frames = [
        funnel(tally(CLOSE, PLAIN, rows), CLOSE),
        funnel(tally(CLOSE, PLAIN, rows[1:2]), CLOSE),
        funnel(tally(CLOSE, PLAIN, [], status="not_connected"), CLOSE),
        trend(tally(CLOSE, PLAIN, rows), CLOSE, "A", 1),
    ]
    for frame in frames:
        text = json.dumps(frame.to_dict("records"), allow_nan=False, default=date.isoformat)
        assert '"trials": null' in text or all(type(row["trials"]) is int for row in json.loads(text))
    assert by_segment(frames[0])["A"]["ratio"] is None  # the rest won nothing: no finite ratio


def test_seven_of_seven_does_not_lead():
    """Seven wins of seven rank below sixty of 120 by the shrunken ratio, though the raw ratio says other."""
    eager = replace(CLOSE, minimum=5)
    rows = [("Tiny", WEEK_1, 7, 7), ("Big", WEEK_1, 120, 60), *((s, WEEK_1, 120, 20) for s in "CDEF")]
    found = by_segment(funnel(tally(eager, PLAIN, rows), eager))
    assert found["Tiny"]["ratio"] > found["Big"]["ratio"]
    assert found["Tiny"]["shrunken_ratio"] < found["Big"]["shrunken_ratio"]


def test_segments_too_early_take_part_in_the_shrinkage():
    """A segment below the minimum has no shrunken ratio, but tells how far segments differ."""
    rows = [("A", WEEK_1, 60, 24), ("B", WEEK_1, 60, 12), ("C", WEEK_1, 20, 0)]
    found = by_segment(funnel(tally(CLOSE, PLAIN, rows), CLOSE))
    # expected at the rest's rate: 60 x 12/80, 60 x 24/80, 20 x 36/120
    shrunken, _, _, _ = gamma_poisson_shrinkage([24, 12, 0], [9, 18, 6])
    assert found["C"]["shrunken_ratio"] is None
    assert [found[s]["shrunken_ratio"] for s in "AB"] == pytest.approx(shrunken[:2].tolist())


def test_tallies_that_cannot_answer_are_refused():
    """Refused: another metric's tally, one not segmented as asked, calls without age, churn with it."""
    with pytest.raises(ValueError, match="counts close_rate, not churn"):
        funnel(tally(CLOSE, PLAIN, TWO_SEGMENTS), CHURN)
    with pytest.raises(ValueError, match="segment columns"):
        funnel(tally(CLOSE, PLAIN, TWO_SEGMENTS, by=("industry", "region")), CLOSE)
    with pytest.raises(ValueError, match="grouped by age"):
        funnel(tally(CALLS, PLAIN, TWO_SEGMENTS), CALLS)
    with pytest.raises(ValueError, match="counts spells"):
        funnel(tally(CHURN, (*PLAIN, "age"), [("A", WEEK_1, 40, 4, 0)]), CHURN)
    with pytest.raises(ValueError, match="close_rate has no ages"):
        curve(tally(CLOSE, PLAIN, TWO_SEGMENTS), CLOSE)


def test_grey_interval_between_least_and_minimum():
    """From 8 trials up to the minimum there is a grey interval; below, above, and for calls there is none."""
    assert grey_interval(CLOSE, 7, 7) is None
    assert grey_interval(CLOSE, 30, 7) is None
    assert grey_interval(CALLS, 20, 7) is None
    # Wilson for 0 of 10: 0 to z^2 / (10 + z^2) = 3.841459 / 13.841459
    assert grey_interval(CLOSE, 10, 0) == pytest.approx((0.0, 0.277533), abs=1e-6)
    low, high = grey_interval(CHURN, 100, 0)
    assert (low, high) == pytest.approx((0.0, 1 - (1 - 3.841459 / 103.841459) ** (52 / 12)), abs=1e-6)


def test_curve_of_calls():
    """A curve is the Kaplan-Meier table by age: everyone, then the segments; open weeks are not in it."""
    columns = ("segment", "week", "age", "trials", "successes")
    # calls held 1 2 2 3 1 4 3 2 5 1, understood on the last: yes yes no yes no yes yes yes no no
    table = zip((10, 7, 4, 2, 1), (1, 2, 2, 1, 0), strict=True)
    rows = [("A", WEEK_1, age, n, d) for age, (n, d) in enumerate(table, start=1)]
    rows += [("B", WEEK_1, 1, 4, 4), ("C", OPEN_WEEK, 1, 4, 4)]
    frame = curve(tally(CALLS, columns, rows), CALLS)
    assert tuple(frame.columns) == CURVE_COLUMNS
    assert list(frame["segment"]) == [ALL] * 5 + ["A"] * 5 + ["B"]
    a = frame[frame["segment"] == "A"]
    assert [list(a[key]) for key in ("age", "at_risk", "events")] == [
        [1, 2, 3, 4, 5],
        [10, 7, 4, 2, 1],
        [1, 2, 2, 1, 0],
    ]
    assert list(a["survival"]) == pytest.approx([0.9, 9 / 14, 9 / 28, 9 / 56, 9 / 56])
    # Greenwood at call 1: se of log(-log S) = sqrt(1 / (10 x 9)) / -log 0.9 = 1.000463; 0.9^exp(+-1.96 se)
    assert (a["low"].iloc[0], a["high"].iloc[0]) == pytest.approx((0.473009, 0.985281), abs=1e-6)
    b = frame.iloc[-1]
    assert (b["survival"], b["low"], b["high"]) == (0.0, None, None)
    assert set(curve(tally(CALLS, columns, rows), CALLS, ["A"])["segment"]) == {"A"}


def test_curve_of_churn_without_weeks():
    """Tenure begins at month 0, and a tally of spells by age alone is taken whole."""
    spells = tally(CHURN, ("segment", "age", "trials", "successes"), [("A", 0, 50, 5), ("A", 2, 20, 0)])
    frame = curve(spells, CHURN, [ALL])
    assert list(frame["age"]) == [0, 1, 2]
    assert list(frame["at_risk"]) == [50, 0, 20]
    assert list(frame["survival"]) == pytest.approx([0.9] * 3)
    assert curve(replace(spells, status="not_connected"), CHURN).empty


def test_trend_counts_back_from_the_last_closed_week():
    """Periods of whole weeks end with the last closed week; odd weeks at the start and open ones are out."""
    weeks = [WEEK_2 - timedelta(weeks=i) for i in range(4, -2, -1)]  # five closed weeks and an open one
    rows = [row for i, week in enumerate(weeks) for row in (("A", week, 16, i), ("B", week, 14, 7))]
    counted = tally(CLOSE, PLAIN, rows, weeks=(weeks[0], WEEK_2))
    frame = trend(counted, CLOSE, "A", 2)
    assert list(frame["side"]) == ["segment", "rest"] * 2
    assert list(frame["period_start"]) == [weeks[1]] * 2 + [weeks[3]] * 2
    assert list(frame["period_end"]) == [date(2026, 10, 25)] * 2 + [date(2026, 11, 8)] * 2
    assert list(frame["trials"]) == [32, 28, 32, 28]
    assert list(frame["successes"]) == [1 + 2, 14, 3 + 4, 14]
    assert list(frame["enough"]) == [True, False, True, False]
    assert list(frame["estimate"]) == [3 / 32, None, 7 / 32, None]
    assert list(trend(counted, CLOSE, ALL, 5)["trials"]) == [150]
    assert trend(counted, CLOSE, "A", 6).empty
    assert list(trend(counted, CLOSE, "Nobody", 5)["trials"]) == [0, 150]
