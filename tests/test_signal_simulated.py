"""Simulated companies with a known truth: silence where nothing differs, and planted leads found, kept and lost."""

import math

import numpy as np
import pandas as pd
import pytest
from signal_market import EVIDENCE, MONDAY, judge_market, refresh_weeks, registry_of, states_of

from benchmarks.signal.market import CALL_BANDS, SIZES
from benchmarks.signal.rule import NEVER, columns_of_cells, told
from benchmarks.signal.scenarios import NOBODY, ONE, SCENARIOS
from benchmarks.signal.simulate import (
    CALLS,
    CHURN,
    RESPONSE,
    TWENTY,
    WON,
    Lead,
    Market,
    frozen_cells,
    simulate,
)
from benchmarks.signal.study import ANY, TIGHTEN, measure, median_interval, share_interval
from benchmarks.signal.tables import markdown
from benchmarks.signal.today import BONFERRONI, NAIVE, QUARTER_LEADER, TOP_THREE_WEEKS, named_today
from gtm_metrics.signal import REOPENED, TIGHTEN_NOW, Rules, judged

FEW = ("large", "large", "mid", "mid", "mid", "mid", "small", "small")
BY_KEY = {one.key: one for one in SCENARIOS}


def test_equal_segments_are_never_told_apart_while_todays_ways_do_it_nearly_always():
    """P14, reduced: 6 companies of 20 equal segments over 104 weeks. None says tighten now; z > 1.96 names a segment
    in all, the quarter's leader on two metrics in nearly all."""
    measured = measure(BY_KEY["k20"], 6, 11, Rules())
    assert measured.wrong[TIGHTEN].sum() == 0
    assert measured.wrong[NAIVE].sum() == 6
    assert measured.wrong[QUARTER_LEADER].sum() >= 5


@pytest.mark.parametrize("key", ["luck-10", "clusters", "bad", "leak", "small"])
def test_what_is_not_the_segment_is_not_called(key):
    """Lasting luck, clustered touches, a bad segment in the rest, metrics that share their deals, tiny volumes."""
    measured = measure(BY_KEY[key], 2, 12, Rules())
    assert measured.wrong[TIGHTEN].sum() == 0


def test_a_planted_lead_is_found_and_nobody_else():
    """A large segment with 1.5 times the odds on all four metrics is told within half a year, and only that one."""
    measured = measure(BY_KEY["large-1.5"], 3, 13, Rules())
    assert measured.first[TIGHTEN].max() <= 26
    assert not measured.wrong[TIGHTEN].any()
    assert np.median(measured.first[ANY]) <= np.median(measured.first[TIGHTEN])
    assert measured.misled[NAIVE].any()


def test_the_study_tells_what_the_judge_tells():
    """Leaving out hopeless segments and calling the judge's parts directly gives the judge's own weeks."""
    market = Market(FEW, 60, leads=(Lead(0, 1.8), Lead(2, 2.0)))
    verdicts = judge_market(market, 3).verdicts
    cells = simulate(market, np.random.default_rng(3))
    first = told(columns_of_cells(cells, Rules(), clocks=True), Rules()).tighten
    weeks = refresh_weeks(60)
    # The judge's clock begins three weeks after the first week of counts, the study's with it.
    told_in = verdicts[verdicts["state"] == TIGHTEN_NOW].groupby("segment")["week"].min()
    expected = {f"s{row:02d}": weeks[week - 3] for row, week in enumerate(first) if week != NEVER}
    assert told_in.to_dict() == expected
    assert len(expected) >= 2


def test_one_bad_segment_does_not_make_winners_of_the_others():
    """A large segment at a quarter of the odds: everybody beats the rest, nobody beats the rest without it."""
    verdicts = judge_market(Market(FEW, 104, leads=(Lead(0, 0.25),)), 4).verdicts
    assert TIGHTEN_NOW not in set(verdicts["state"])


def test_a_winner_on_two_metrics_is_not_reopened_for_the_two_that_did_not_carry_it():
    """Regression: the reopening detector runs on the carrying metrics. Over all four it would have reopened this one,
    which keeps its lead on two and never had any on the others."""
    market = Market(FEW, 156, leads=(Lead(0, 1.8, (RESPONSE, CALLS)),))
    result = judge_market(market, 5)
    states = states_of(result.verdicts, "s00")
    assert TIGHTEN_NOW in states
    assert REOPENED not in states
    signal = states.index(TIGHTEN_NOW)
    comparison = result.comparisons["industry"]
    all_four = comparison.detector(0, signal + 1, (0, 1, 2, 3))
    assert all_four[-1] >= np.log(260)


def test_a_lead_that_ends_fades_and_is_lost():
    """Once a large segment's lead is gone it is first marked as fading and then reopened, not before."""
    verdicts = judge_market(Market(FEW, 156, leads=(Lead(0, 1.6, last=70),)), 6).verdicts
    states, fading = states_of(verdicts, "s00"), verdicts[verdicts["segment"] == "s00"]["fading"].tolist()
    assert TIGHTEN_NOW in states[:70]
    lost = states.index(REOPENED)
    assert 73 < lost < 140
    assert fading.index(True) > 73


def test_a_company_too_small_stays_silent_and_hears_what_would_help():
    """Four segments of 40 decided deals a quarter between eight: no countdown, the last week gives the wait."""
    verdicts = judge_market(Market(("speck",) * 4, 80), 7).verdicts
    last = verdicts[verdicts["week"] == verdicts["week"].max()]
    assert last["weeks_to_decide"].isna().all()
    assert last["why_not_decidable"].str.contains("takes about").all()
    assert TIGHTEN_NOW not in set(verdicts["state"])


def test_a_winner_is_found_whatever_order_and_names_the_segments_have():
    """Renaming the segments renames the verdicts and changes nothing else."""
    cells = frozen_cells(simulate(Market(FEW, 60, leads=(Lead(0, 2.0),)), np.random.default_rng(8)), MONDAY)
    weeks = refresh_weeks(60)
    new = {f"s{i:02d}": f"{chr(ord('z') - i)} {i}" for i in range(8)}
    renamed = cells.assign(segment=cells["segment"].map(new))
    one = judged(cells, registry_of(list(new), weeks[0]), EVIDENCE, weeks).verdicts
    other = judged(renamed, registry_of(list(new.values()), weeks[0]), EVIDENCE, weeks).verdicts
    one = one.assign(segment=one["segment"].map(new)).sort_values(["week", "segment"], ignore_index=True)
    kept = ["week", "segment", "state", "since", "threshold", "fading", "carrying"]
    pd.testing.assert_frame_equal(one[kept], other[kept])
    np.testing.assert_allclose(one["log_e_two"], other["log_e_two"], rtol=1e-9, atol=1e-9)


def test_the_simulated_company_is_the_measured_setting():
    """Twenty segments, rates as planted on average, a lead that shows where it was put, calls that follow deals and
    customers whose number holds."""
    market = Market(weeks=200, leads=(Lead(18, 1.5, (WON,)),))
    cells = simulate(market, np.random.default_rng(9))
    rates = {metric: counted.x.sum() / counted.n.sum() for metric, counted in cells.items()}
    assert 0.045 < rates[RESPONSE] < 0.056
    assert 0.31 < rates[CALLS] < 0.38
    assert 0.004 < rates[CHURN] < 0.007
    won = cells[WON].x.sum(axis=(1, 2)) / cells[WON].n.sum(axis=(1, 2))
    # odds of 0.2 times 1.5: 0.375 / 1.375 = 0.273
    assert abs(won[18] - 0.273) < 0.03
    assert abs(won[19] - 0.2) < 0.03
    assert len(TWENTY) == 20
    assert cells[RESPONSE].n[:, :, 0].mean(axis=1)[-1] / SIZES["large"].touches > 0.98
    assert 2.5 < cells[CALLS].n.sum() / cells[WON].n.sum() < 3.0
    assert cells[CALLS].bands == CALL_BANDS
    customers = cells[CHURN].n.sum(axis=2)[:18].sum(axis=0)
    assert 0.8 < customers[-1] / customers[0] < 1.4


def test_todays_dashboard_counts_touches_and_the_rule_accounts():
    """Four touches a sequence are four trials today and one of the rule's; each answer is one today."""
    cells = simulate(Market(("mid", "small"), 30, touches_each=4, account_sd=1.0), np.random.default_rng(10))[RESPONSE]
    x, n = cells.counted_today
    assert (n == 4 * cells.n[:, :, 0]).all()
    assert (x >= cells.x[:, :, 0]).all()
    assert x.sum() > cells.x.sum()


def test_each_way_of_today_names_a_segment_far_ahead_and_none_where_all_are_alike():
    """A segment answering five times as often is named by all; equal counts by none."""
    market = Market(("mid",) * 4, 40, leads=(Lead(0, 6.0),))
    named = named_today(simulate(market, np.random.default_rng(14)))
    assert set(named) == {NAIVE, TOP_THREE_WEEKS, BONFERRONI, QUARTER_LEADER}
    assert all(flags[0].any() for flags in named.values())
    assert named[BONFERRONI][0, -1]
    assert not named[BONFERRONI][1:, -1].any()


def test_intervals_of_the_study_are_the_known_ones():
    """Wilson's interval of 81 in 263, order statistics of a median, infinity among those never found."""
    # Newcombe (1998), Statistics in Medicine 17, table I, method 3: 81 of 263
    assert share_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert share_interval(0, 100)[0] == 0
    median, low, high = median_interval(np.arange(1.0, 101.0))
    # Conover (1999), Practical Nonparametric Statistics, section 3.2: n/2 -+ 1.96 sqrt(n)/2, rounded up
    assert (median, low, high) == (50.5, 41, 61)
    assert math.isinf(median_interval(np.array([3.0, np.inf, np.inf]))[0])


def test_the_tables_hold_every_scenario_that_was_run():
    """Same seed, same numbers; each scenario has a row, with its goal."""
    both = (BY_KEY["small"], BY_KEY["large-1.5"])
    tables = [markdown([measure(one, 2, 5, Rules()) for one in both], 5, MONDAY.date()) for _ in range(2)]
    assert tables[0] == tables[1]
    assert all(one.says in tables[0] for one in both)
    assert "at most 12" in tables[0]
    assert len({one.key for one in SCENARIOS}) == len(NOBODY) + len(ONE)
