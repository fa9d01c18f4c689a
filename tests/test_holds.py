"""Does it hold up, mix or rate, the ceiling and what came of it: hand-made tallies, hand-computed numbers."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gtm_metrics.estimates import mantel_haenszel_interval
from gtm_metrics.funnel import (
    DELIVERED_COLUMNS,
    HOLDS_COLUMNS,
    WITHIN_COLUMNS,
    Tallies,
    ceiling,
    funnel,
    held_by_test,
    holds_up,
    mix_or_rate,
    pace_delivered,
    promised_against_delivered,
    within_each,
)
from gtm_metrics.measures import REACH_COLUMNS
from gtm_metrics.metrics import metric_named
from gtm_metrics.question import ALL, NOT_SET, Question, Tally

AS_OF = date(2026, 11, 16)
WEEKS = [date(2026, 9, 21) + timedelta(weeks=n) for n in range(8)]
CLOSE, CHURN, CALLS = (metric_named(name) for name in ("close_rate", "churn", "calls_to_understanding"))


def tally(metric, columns, rows, by=("industry",), weeks=(WEEKS[0], WEEKS[-1]), **more):
    """A tally of these rows; the band is '' and the week the first unless they are among the columns."""
    frame = pd.DataFrame(rows, columns=columns.split())
    for column, value in (("week", WEEKS[0]), ("band", "")):
        if column not in frame:
            frame[column] = value
    frame["week"] = pd.to_datetime(frame["week"]).astype("datetime64[us]")
    within = "region" if "within" in frame else None
    told = {"status": "ok", "why": "", **more}
    return Tally(metric.name, Question(AS_OF, by, within), frame, told["status"], told["why"], *weeks, AS_OF)


def one(frame, test, within=""):
    """The one row of a test."""
    rows = frame[(frame["test"] == test) & (frame["within"] == within)].to_dict("records")
    assert len(rows) == 1
    return rows[0]


PLAIN = "segment week trials successes"
LEADS = [(name, week, 10, won) for week in WEEKS for name, won in (("A", 6), ("B", 3), (NOT_SET, 3))]


def test_a_lead_is_the_ratio_over_weeks_and_bands():
    """All the data: 6 of 10 beside 6 of 20 a week is twice the rest, with Greenland and Robins' interval, ahead."""
    row = one(holds_up(("A",), [Tallies(CLOSE, tally(CLOSE, PLAIN, LEADS))]), "all_data")
    assert [row[name] for name in ("metric", "trials", "successes", "rest_trials", "rest_successes", "compared")] == [
        "close_rate", 80, 48, 160, 48, 80]
    ratio, low, high = mantel_haenszel_interval([6] * 8, [10] * 8, [30] * 8, [12] * 8)
    assert (row["ratio"], row["low"], row["high"]) == (pytest.approx(2.0), pytest.approx(low), pytest.approx(high))
    assert float(ratio) == pytest.approx(2.0)
    assert (row["ahead"], row["standing"], row["held"], row["status"], row["why"]) == (True, "ahead", None, "ok", "")


def test_lower_is_ahead_where_lower_is_better():
    """Churn of half the rest's is ahead, and a tally by age, which counts spells, is refused."""
    rows = [("A", "0-3", 1000, 10), ("B", "0-3", 1000, 20)]
    row = one(holds_up(("A",), [Tallies(CHURN, tally(CHURN, "segment band trials successes", rows))]), "all_data")
    assert (row["ratio"], row["ahead"], row["standing"]) == (pytest.approx(0.5), True, "")
    # nobody of the rest left: infinitely more, so behind, though no ratio can be told
    rows = [("A", "0-3", 1000, 10), ("B", "0-3", 1000, 0)]
    row = one(holds_up(("A",), [Tallies(CHURN, tally(CHURN, "segment band trials successes", rows))]), "all_data")
    assert (row["ratio"], row["high"], row["ahead"], row["standing"]) == (None, None, False, "behind")
    by_age = tally(CHURN, "segment age trials successes", [("A", 1, 1000, 10), ("B", 1, 1000, 20)])
    with pytest.raises(ValueError, match="counts spells"):
        holds_up(("A",), [Tallies(CHURN, by_age)])


def test_a_lead_that_lived_in_the_last_weeks_does_not_hold_without_them():
    """Level for four weeks, then twice the rest for four: without the last four weeks the lead is gone."""
    rows = [(name, week, 10, won if n >= 4 else 4) for n, week in enumerate(WEEKS)
            for name, won in (("A", 8), ("B", 4))]
    found = holds_up(("A",), [Tallies(CLOSE, tally(CLOSE, PLAIN, rows))])
    assert one(found, "all_data")["ahead"] is True
    row = one(found, "without_last_weeks")
    assert (row["trials"], row["successes"], row["ratio"], row["ahead"], row["held"]) == (40, 16, 1.0, False, False)
    shorter = one(holds_up(("A",), [Tallies(CLOSE, tally(CLOSE, PLAIN, rows))], 3), "without_last_weeks")
    assert (shorter["trials"], shorter["held"]) == (50, True)
    assert found["test"].tolist() == ["all_data", "without_last_weeks"]
    with pytest.raises(ValueError, match="last_weeks is 0"):
        holds_up(("A",), [], 0)


def test_within_the_dimension_that_made_it_a_lead_is_gone():
    """Simpson (1951), drawn: A sells where everyone wins. In the north both win 3 of 4, in the south 1 of 4.

             north      south
    A        60 of 80   5 of 20
    B        15 of 20   20 of 80
    """
    cells = [("A", "north", 80, 60), ("A", "south", 20, 5), ("B", "north", 20, 15), ("B", "south", 80, 20)]
    within = tally(CLOSE, "segment within trials successes", cells)
    pooled = tally(CLOSE, "segment trials successes", [("A", 100, 65), ("B", 100, 35)])
    found = holds_up(("A",), [Tallies(CLOSE, pooled, within={"region": within})])
    assert tuple(found.columns) == HOLDS_COLUMNS
    assert one(found, "all_data")["ratio"] == pytest.approx(65 / 35)
    row = one(found, "within", "region")
    assert (row["ratio"], row["ahead"], row["held"], row["compared"]) == (pytest.approx(1.0), False, False, 100)
    assert held_by_test(found).to_dict("records") == [
        {"test": "without_last_weeks", "within": "", "held": 1, "of": 1},
        {"test": "within", "within": "region", "held": 0, "of": 1}]
    each = within_each(("A",), CLOSE, replace(within, frame=within.frame.assign(age=0)))
    assert tuple(each.columns) == WITHIN_COLUMNS
    assert each[["value", "trials", "estimate", "rest_estimate", "ratio", "status"]].to_numpy().tolist() == [
        ["north", 80, 0.75, None, None, "too_early"], ["south", 20, None, None, None, "too_early"]]
    assert each["why"].tolist() == ["20 of 30 decided deals of everyone else that can be compared",
                                    "20 of 30 decided deals"]


def test_each_value_of_the_further_dimension_has_its_ratio():
    """Where both sides are large enough, a value shows the two rates and their ratio with its interval."""
    cells = [("A", "north", 50, 25), ("B", "north", 40, 10), ("C", "north", 60, 15), ("B", "south", 50, 5)]
    row, = within_each(("A",), CLOSE, tally(CLOSE, "segment within trials successes", cells)).to_dict("records")
    assert [row[n] for n in ("value", "trials", "successes", "estimate", "rest_estimate", "compared", "status")] == [
        "north", 50, 25, 0.5, 0.25, 50, "ok"]
    assert (row["ratio"], row["ahead"]) == (pytest.approx(2.0), True)
    assert row["ratio_low"] < 2 < row["ratio_high"]
    away = tally(CLOSE, "segment trials successes", [("A", 50, 25)], status="not_connected", why="no deals")
    assert within_each(("A",), CLOSE, away).empty
    with pytest.raises(ValueError, match="not grouped by a further dimension"):
        within_each(("A",), CLOSE, tally(CLOSE, "segment trials successes", [("A", 50, 25)]))


def test_what_has_no_one_beside_it_cannot_be_compared():
    """A segment that is a whole region has no one beside it within regions: the counts stay, no ratio is told."""
    cells = [("A", "north", 100, 50), ("B", "south", 100, 25)]
    within = tally(CLOSE, "segment within trials successes", cells)
    pooled = tally(CLOSE, "segment trials successes", [("A", 100, 50), ("B", 100, 25)])
    row = one(holds_up(("A",), [Tallies(CLOSE, pooled, within={"region": within})]), "within", "region")
    assert (row["trials"], row["compared"], row["ratio"], row["ahead"], row["held"]) == (100, 0, None, None, None)
    assert (row["status"], row["why"]) == ("too_early", "0 of 30 decided deals that can be compared")
    with pytest.raises(ValueError, match="not grouped by it"):
        holds_up(("A",), [Tallies(CLOSE, pooled, within={"region": pooled})])


def test_what_is_not_connected_is_said_in_every_test():
    """A metric that is not connected has no counts and no ratio, and its reason; others are tested all the same."""
    away = tally(CALLS, "segment trials successes", [], status="not_connected", why="calls is not connected")
    found = holds_up(("A",), [Tallies(CALLS, away), Tallies(CLOSE, tally(CLOSE, PLAIN, LEADS))])
    assert found[["test", "metric", "status"]].to_numpy().tolist() == [
        ["all_data", "calls_to_understanding", "not_connected"], ["all_data", "close_rate", "ok"],
        ["without_last_weeks", "calls_to_understanding", "not_connected"], ["without_last_weeks", "close_rate", "ok"]]
    assert found[["trials", "ratio"]].to_numpy().tolist()[0] == [None, None]
    assert held_by_test(found)[["held", "of"]].to_numpy().tolist() == [[1, 1]]


def test_two_crossed_dimensions_are_one_segment():
    """Of two crossed dimensions the rest is everyone who differs in either."""
    cells = [("A", "x", 40, 20), ("A", "y", 40, 10), ("B", "x", 40, 10), ("B", "y", 40, 10)]
    crossed = tally(CLOSE, "segment segment_2 trials successes", cells, by=("industry", "region"))
    row = one(holds_up(("A", "x"), [Tallies(CLOSE, crossed)]), "all_data")
    assert (row["trials"], row["rest_trials"], row["ratio"]) == (40, 120, pytest.approx(2.0))


def windows(before, after, **more):
    """Two windows of one metric by segment."""
    return tuple(tally(CLOSE, "segment trials successes", rows, **more) for rows in (before, after))


def test_mix_alone_moves_a_rate():
    """No segment changed, and the rate fell by 10 points since more of the weaker came in: mix is all of it."""
    found = mix_or_rate(*windows([("A", 100, 50), ("B", 100, 10)], [("A", 50, 25), ("B", 150, 15)]), CLOSE)
    assert (found.before, found.after) == pytest.approx((0.3, 0.2))
    assert (found.change, found.mix, found.rate) == pytest.approx((-0.1, -0.1, 0.0), abs=1e-15)
    # the stronger's share fell by a quarter, at 0.25 above the mean of both windows; the weaker's rose, 0.15 below
    assert found.parts["mix"].tolist() == pytest.approx([-0.25 * 0.25, 0.25 * -0.15])
    assert found.parts["rate"].tolist() == pytest.approx([0.0, 0.0], abs=1e-15)


def test_mix_and_rate_together_by_hand():
    """Shares 0.5 to 0.8, rates 0.4 to 0.5 and 0.2 to 0.1: rate 0.65 x 0.1 - 0.35 x 0.1, mix 0.3 x (0.45 - 0.15)."""
    found = mix_or_rate(*windows([("A", 50, 20), ("B", 50, 10)], [("A", 80, 40), ("B", 20, 2)]), CLOSE)
    # Kitagawa (1955): differences in rates weighted by mean composition, in composition by mean rates
    assert (found.rate, found.mix, found.change) == pytest.approx((0.03, 0.09, 0.12))
    assert found.parts[["segment", "share_before", "share_after", "rate_before", "rate_after"]].to_numpy().tolist() == [
        ["A", 0.5, 0.8, 0.4, 0.5], ["B", 0.5, 0.2, 0.2, None]]


def test_the_interval_of_a_change_is_newcombes():
    """The change has the hybrid score interval, so a leader sees whether there is anything to split."""
    found = mix_or_rate(*windows([("A", 80, 48)], [("A", 70, 56)]), CLOSE)
    # Newcombe, Statistics in Medicine 17 (1998) 873-890, table II, 56/70 - 48/80, method 10
    assert (found.change, found.low, found.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)


def test_a_segment_that_came_in_is_mix():
    """A segment without trials in one window has no rate that changed: what it adds is mix, those not set last."""
    found = mix_or_rate(*windows([("A", 100, 50)], [("A", 100, 50), (NOT_SET, 50, 5), ("B", 50, 5)]), CLOSE)
    assert (found.rate, found.mix) == pytest.approx((0.0, 0.3 - 0.5), abs=1e-15)
    assert found.parts["segment"].tolist() == ["A", "B", NOT_SET]
    assert found.parts["rate_before"].tolist() == [0.5, None, None]


counts = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda p: (max(p), min(p))), min_size=3,
                  max_size=3)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(counts, counts)
def test_mix_and_rate_add_up(before, after):
    """Whatever the counts, the parts of the segments add up to mix and rate, and these to the change, to the digit;
    turned round in time all signs turn."""
    rows = [[("ABC"[n], *cell) for n, cell in enumerate(side)] for side in (before, after)]
    found, back = (mix_or_rate(*windows(*sides), CLOSE) for sides in (rows, rows[::-1]))
    if found.status != "ok":
        assert min(sum(n for n, _ in before), sum(n for n, _ in after)) < CLOSE.minimum
        assert (found.change, found.mix, len(found.parts)) == (None, None, 0)
        return
    assert found.mix + found.rate == pytest.approx(found.change, abs=1e-15)
    assert math.fsum(found.parts["mix"]) == pytest.approx(found.mix, abs=1e-14)
    assert math.fsum(found.parts["rate"]) == pytest.approx(found.rate, abs=1e-14)
    assert (back.mix, back.rate) == pytest.approx((-found.mix, -found.rate), abs=1e-14)
    assert found.low <= found.change <= found.high


def test_windows_that_cannot_be_split_say_why():
    """Too few trials keep their counts; a tally that is not connected its reason; other segments are refused."""
    few = mix_or_rate(*windows([("A", 9, 3)], [("A", 90, 30)]), CLOSE)
    assert (few.status, few.why, few.trials_before, few.trials_after) == ("too_early", "9 of 30 decided deals", 9, 90)
    away = mix_or_rate(*windows([], [], status="not_connected", why="no deals"), CLOSE)
    assert (away.status, away.why, away.change) == ("not_connected", "no deals", None)
    one, other = windows([("A", 90, 3)], [("A", 90, 30)])
    with pytest.raises(ValueError, match="segmented by"):
        mix_or_rate(one, replace(other, question=Question(AS_OF, ("region",))), CLOSE)


def reach_of(**mine):
    """Rows of `reach` over 26 weeks: everyone, and the segment A with what the test says."""
    everyone = {"segment": ALL, "accounts": 2000, "left": 900, "no_decision_lately": 40, "first_touches": 1040,
                "first_touches_a_week": 40.0, "decided": 160, "won": 40, "decided_a_quarter": 80.0,
                "won_a_quarter": 20.0, "won_amount": 400_000.0, "won_priced": 40, "open_deals": 50,
                "open_pipeline": 500_000.0, "open_priced": 50}
    segment = {"segment": "A", "accounts": 500, "left": 350, "no_decision_lately": 7, "first_touches": 260,
               "first_touches_a_week": 10.0, "decided": 40, "won": 16, "decided_a_quarter": 20.0,
               "won_a_quarter": 8.0, "won_amount": 240_000.0, "won_priced": 16, "open_deals": 12,
               "open_pipeline": 200_000.0, "open_priced": 12, **mine}
    return pd.DataFrame([everyone, segment], columns=list(REACH_COLUMNS), dtype=object)


def test_the_ceiling_by_hand():
    """350 left are 9 weeks of list at 40 a week; 80 deals a quarter at 16 of 40 are 32 wins, at 15 000 each; given up
    are 12 wins a quarter and 300 000 of open pipeline."""
    found = ceiling(reach_of(), "A", 26)
    assert (found.left, found.touches_a_week, found.weeks_of_list) == (350, 40.0, 9)
    assert (found.won_a_quarter, found.won_if_all, found.cap, found.capped, found.why) == (20.0, 32.0, 362, False, "")
    # Wilson (1927) of 16 of 40, on 80 deals
    assert (found.won_if_all_low, found.won_if_all_high) == pytest.approx((80 * 0.2635, 80 * 0.5540), abs=0.01)
    assert (found.amount_a_quarter, found.amount_if_all) == (200_000.0, 480_000.0)
    assert (found.won_outside_a_quarter, found.amount_outside_a_quarter) == (12.0, 80_000.0)
    assert (found.open_deals_outside, found.open_pipeline_outside) == (38, 300_000.0)


def test_the_ceiling_is_capped_by_what_is_left_to_win():
    """With 10 accounts left and 12 deals open no more than 22 can be won, whatever the rate says."""
    found = ceiling(reach_of(left=10), "A", 26)
    assert (found.weeks_of_list, found.cap, found.won_if_all, found.capped) == (1, 22, 22.0, True)
    assert (found.won_if_all_low, found.won_if_all_high) == (pytest.approx(80 * 0.2635, abs=0.01), 22.0)


def test_a_ceiling_of_few_deals_has_no_rate():
    """Below the minimum no rate and no ceiling is told, and why; what needs no rate stays. What is not connected is
    not known, and not zero."""
    found = ceiling(reach_of(decided=9, won=3, won_priced=3), "A", 26)
    assert (found.close_rate, found.won_if_all, found.amount_if_all) == (None, None, None)
    assert (found.why, found.capped, found.weeks_of_list) == ("9 of 30 decided deals", False, 9)
    blank = reach_of().assign(left=None, first_touches_a_week=None, open_pipeline=None, won_amount=None)
    bare = ceiling(blank, "A", 26)
    assert (bare.left, bare.weeks_of_list, bare.cap, bare.open_pipeline_outside, bare.amount_a_quarter) == (None,) * 5
    assert (bare.won_if_all, bare.capped) == (32.0, False)
    assert ceiling(reach_of(won_priced=7), "A", 26).amount_if_all is None
    for segment in (ALL, "Z"):
        with pytest.raises(KeyError, match="there are A"):
            ceiling(reach_of(), segment, 26)
    with pytest.raises(ValueError, match="weeks is 0"):
        ceiling(reach_of(), "A", 0)


def test_delivered_is_held_against_the_promise():
    """A promise of 50 %: 20 of 100 since is short of it, 45 of 100 is within luck, 80 of 100 better; 9 deals say
    nothing; churn turns the sides."""
    def rows(metric, trials, successes):
        return funnel(tally(metric, "segment trials successes", [("A", trials, successes), ("B", 900, 9)]), metric)

    promised = rows(CLOSE, 100, 50)
    seen = [promised_against_delivered(promised, rows(CLOSE, n, x), "A").iloc[0]
            for n, x in ((100, 20), (100, 45), (100, 80), (9, 5))]
    assert [row["standing"] for row in seen] == ["short", "kept", "better", ""]
    assert (seen[0]["promised"], seen[0]["delivered"], seen[0]["trials"]) == (0.5, 0.2, 100)
    assert (seen[3]["delivered"], seen[3]["trials"], seen[3]["why"]) == (None, 9, "9 of 30 decided deals")
    fewer = promised_against_delivered(rows(CHURN, 5000, 100), rows(CHURN, 5000, 20), "A")
    assert (tuple(fewer.columns), fewer["standing"].tolist()) == (DELIVERED_COLUMNS, ["better"])
    nothing = promised_against_delivered(promised, promised.iloc[:0], "A").iloc[0]
    assert (nothing["standing"], nothing["why"]) == ("", "nothing is counted yet")
    early = promised_against_delivered(rows(CLOSE, 9, 5), promised, "A").iloc[0]
    assert (early["promised"], early["standing"], early["why"]) == (None, "", "nothing was promised: it was too early")


def test_the_pace_since_stands_beside_the_ceiling_of_that_day():
    """Touches in the segment, its wins and what is left, then and now; not known stays not known."""
    then, now = ceiling(reach_of(), "A", 26), ceiling(reach_of(left=200, first_touches_a_week=None, won_a_quarter=25.0),
                                                      "A", 26)
    assert pace_delivered(then, now).to_numpy().tolist() == [
        ["first_touches_a_week", 40.0, None], ["won_a_quarter", 32.0, 25.0], ["left", 350, 200]]
