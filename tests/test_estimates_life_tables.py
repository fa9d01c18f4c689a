"""Life tables: the published 6-MP table, the calls figure, and what must hold for any prospects."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gtm_metrics.estimates import (
    Z95,
    kaplan_meier,
    restricted_mean_calls,
    survival_interval,
)

quick = settings(max_examples=80, deadline=None)

# Freireich et al. 1963, Blood 21, 6-MP arm: 21 patients, weeks in remission; + = still in remission:
# 6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+.
# At risk and relapsed in each week of a relapse:
SIX_MP_AT_RISK = [21, 17, 15, 12, 11, 7, 6]
SIX_MP_RELAPSED = [3, 1, 1, 1, 1, 1, 1]


@st.composite
def prospects(draw):
    """Calls held and whether the last one did it, one entry a prospect."""
    pairs = draw(st.lists(st.tuples(st.integers(1, 9), st.booleans()), min_size=1, max_size=40))
    return [calls for calls, _ in pairs], [understood for _, understood in pairs]


def at_risk_tables(calls, understood):
    """(at_risk, events) by call number: calls held up to and with the last, and whether that one did it, a prospect."""
    numbers = range(1, max(calls, default=0) + 1)
    last = list(zip(calls, understood, strict=True))
    at_risk = [sum(held >= number for held, _ in last) for number in numbers]
    return np.array(at_risk, dtype=int), np.array([sum(held == j and did for held, did in last) for j in numbers], int)


def standard_errors(at_risk, events):
    """Greenwood's standard errors of the survival, read back from the ends of its log-log interval."""
    survival, _ = kaplan_meier(at_risk, events)
    low, _ = survival_interval(at_risk, events)
    return survival * -np.log(survival) * np.log(np.log(low) / np.log(survival)) / Z95


def test_kaplan_meier_and_greenwood_give_the_6mp_table():
    """Survival, its standard errors and the median week of the 6-MP arm come out as printed."""
    survival, median = kaplan_meier(SIX_MP_AT_RISK, SIX_MP_RELAPSED)
    # Klein and Moeschberger 2003, Survival Analysis, table 4.1A; Cox and Oakes 1984
    assert np.round(survival, 3).tolist() == [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
    # The same table; four decimals as Stata's `sts list` prints them (Kleinbaum and Klein, appendix)
    printed = [0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346]
    assert np.round(standard_errors(SIX_MP_AT_RISK, SIX_MP_RELAPSED), 4).tolist() == printed
    # The median remission under 6-MP is 23 weeks (Freireich 1963): the seventh relapse week.
    assert median == 7


def test_survival_interval_gives_the_published_log_log_ends():
    """The log-log interval reproduces printed output, on the 6-MP arm and on a table with one age."""
    low, high = survival_interval(SIX_MP_AT_RISK, SIX_MP_RELAPSED)
    # Stata, `sts list` on the 6-MP arm (Kleinbaum and Klein, Survival Analysis, computer appendix)
    assert np.round(low, 4).tolist() == [0.6197, 0.5631, 0.5032, 0.4316, 0.3675, 0.2678, 0.1881]
    assert np.round(high, 4).tolist() == [0.9516, 0.9228, 0.8894, 0.8491, 0.8049, 0.7468, 0.6801]
    # Stata, `sts list` on its cancer data, month 1 (48 at risk, 2 died), as quoted on Statalist 2007-11-14
    assert np.round(np.ravel(survival_interval([48], [2])), 4).tolist() == [0.8435, 0.9894]


def test_no_interval_before_the_first_event_or_after_the_last_survivor():
    """Where survival is exactly 1 or 0 the log-log scale ends: NaN."""
    at_risk, events = [9, 8, 4], [0, 2, 4]
    low, high = survival_interval(at_risk, events)
    assert np.isnan(low).tolist() == np.isnan(high).tolist() == [True, False, True]


def test_calls_to_understanding_worked_example():
    """Ten prospects give the at-risk table, survival and median that the design works out by hand."""
    calls, understood = [1, 2, 2, 3, 1, 4, 3, 2, 5, 1], [1, 1, 0, 1, 0, 1, 1, 1, 0, 0]
    at_risk, events = at_risk_tables(calls, understood)
    survival, median = kaplan_meier(at_risk, events)
    # Design of the signal, worked example 7
    assert at_risk.tolist() == [10, 7, 4, 2, 1]
    assert events.tolist() == [1, 2, 2, 1, 0]
    expected = [0.9, 0.6428571428571429, 0.32142857142857145, 0.16071428571428573, 0.16071428571428573]
    assert survival == pytest.approx(expected, rel=1e-9)
    assert median == 3.0


def test_restricted_mean_of_the_worked_example_in_exact_fractions():
    """Mean calls and its ends follow the formula, here summed in exact fractions."""
    at_risk, events = [10, 7, 4, 2, 1], [1, 2, 2, 1, 0]
    survival = [Fraction(1)]
    for n, d in zip(at_risk, events, strict=True):
        survival.append(survival[-1] * Fraction(n - d, n))
    variance = sum(
        sum(survival[j:6]) ** 2 * Fraction(d, n * (n - d))
        for j, (n, d) in enumerate(zip(at_risk, events, strict=True), start=1)
    )
    estimate, low, high = restricted_mean_calls(at_risk, events)
    # By hand: 1 + 9/10 + 9/14 + 9/28 + 9/56 + 9/56 = 223/70
    assert sum(survival) == Fraction(223, 70)
    assert estimate == pytest.approx(223 / 70, rel=1e-12)
    assert (high - low) / 2 == pytest.approx(Z95 * float(variance) ** 0.5, rel=1e-12)
    assert (high + low) / 2 == pytest.approx(estimate, rel=1e-12)


@quick
@given(st.lists(st.integers(1, 9), min_size=1, max_size=50), st.integers(2, 8))
def test_restricted_mean_without_censoring_is_the_plain_mean(calls, restricted_to):
    """If every prospect understood it is the mean of min(calls, limit), with that mean's variance."""
    at_risk, events = at_risk_tables(calls, [True] * len(calls))
    estimate, low, high = restricted_mean_calls(at_risk, events, calls=restricted_to)
    cut = np.minimum(calls, restricted_to)
    assert estimate == pytest.approx(cut.mean(), rel=1e-12)
    # Greenwood without censoring is the binomial variance, so the sum is the variance of a mean.
    assert (high - low) / 2 == pytest.approx(Z95 * np.sqrt(cut.var() / len(calls)), rel=1e-9, abs=1e-9)


def test_naive_mean_turns_the_ranking_round_and_kaplan_meier_does_not():
    """A bad segment whose prospects quit beats a good one on the mean of those who understood, only there."""
    tables = {}
    naive = {}
    for name, understands, leaves in (("good", 0.40, 0.05), ("bad", 0.20, 0.50)):
        staying = (1 - understands) * (1 - leaves)
        at_risk = 1_000_000 * staying ** np.arange(40)
        tables[name] = (at_risk, at_risk * understands)
        naive[name] = np.average(np.arange(1, 41), weights=at_risk * understands)
    # By hand: a share of 0.6 x 0.95 = 0.57 and 0.8 x 0.5 = 0.40 goes on to the next call
    assert naive["good"] == pytest.approx(1 / 0.43, rel=1e-6)
    assert naive["bad"] == pytest.approx(1 / 0.60, rel=1e-6)
    # Counting rules, "calls": 2.27 for the good segment beside 1.71 for the bad one, from a sample
    assert [naive["good"], naive["bad"]] == pytest.approx([2.27, 1.71], abs=0.1)
    assert naive["bad"] < naive["good"]
    # By hand: 0.6^2 = 0.36 <= 1/2 < 0.6; 0.8^4 = 0.41 <= 1/2 < 0.512 = 0.8^3
    assert {name: float(kaplan_meier(*table)[1]) for name, table in tables.items()} == {"good": 2, "bad": 4}
    # By hand: the sum of 0.6^j and of 0.8^j, j = 0..5
    assert restricted_mean_calls(*tables["good"])[0] == pytest.approx((1 - 0.6**6) / 0.4)
    assert restricted_mean_calls(*tables["bad"])[0] == pytest.approx((1 - 0.8**6) / 0.2)


def test_median_survives_rounding():
    """A curve that falls to exactly one half reaches its median there, whatever the product rounds to."""
    for size in range(2, 400, 2):
        at_risk = np.arange(size, 0, -1)
        assert kaplan_meier(at_risk, np.ones(size))[1] == size / 2


def test_tables_are_read_along_the_last_axis_and_short_ones_carry_forward():
    """Segments stack; a call nobody reached keeps S, and a segment with nobody at risk has no number."""
    at_risk = [[10, 7, 4, 2, 1], [10, 6, 0, 0, 0], [0, 0, 0, 0, 0], [5, 3, 2, 1, 1]]
    events = [[1, 2, 2, 1, 0], [4, 3, 0, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]]
    survival, median = kaplan_meier(at_risk, events)
    estimate, low, high = restricted_mean_calls(at_risk, events)
    assert survival[1] == pytest.approx([0.6, 0.3, 0.3, 0.3, 0.3])
    assert median[:2].tolist() == [3.0, 2.0]
    assert np.isnan(median[2:]).all()
    # By hand: 1 + 0.6 + 4 x 0.3; and nobody understood: all six calls
    assert estimate[[1, 3]] == pytest.approx([2.8, 6.0])
    assert (restricted_mean_calls([10, 6], [4, 3])[0], low[3], high[3]) == pytest.approx((2.8, 6.0, 6.0))
    assert np.isnan(survival[2]).all()
    assert np.isnan([estimate[2], low[2], high[2]]).all()
    assert restricted_mean_calls([4], [4]) == (1.0, 1.0, 1.0)


def test_no_prospects_make_an_empty_table_without_a_median():
    """No prospect at all gives empty tables, no median and no mean."""
    at_risk, events = at_risk_tables([], [])
    survival, median = kaplan_meier(at_risk, events)
    assert at_risk.shape == events.shape == survival.shape == (0,)
    assert np.isnan([median, restricted_mean_calls(at_risk, events)[0]]).all()


@pytest.mark.parametrize(
    ("act", "says"),
    [
        (lambda: kaplan_meier([3, 2], [1, 3]), "events exceeds at_risk"),
        (lambda: restricted_mean_calls([3], [1], calls=1), "fewer than 2 calls"),
    ],
)
def test_life_tables_refuse_what_cannot_be(act, says):
    """Impossible tables are errors that say what is wrong."""
    with pytest.raises(ValueError, match=says):
        act()


@quick
@given(prospects())
def test_survival_falls_within_its_interval_and_counts_add_up(table):
    """For any prospects S falls from at most 1, its interval holds it, and the table counts everyone once."""
    calls, understood = table
    at_risk, events = at_risk_tables(calls, understood)
    survival, median = kaplan_meier(at_risk, events)
    low, high = survival_interval(at_risk, events)
    assert at_risk[0] == len(calls)
    assert at_risk.sum() == sum(calls)
    assert events.sum() == sum(understood)
    assert (np.diff(survival) <= 0).all()
    assert survival[0] <= 1
    assert np.isnan(low).tolist() == ((survival == 1) | (survival == 0)).tolist()
    known = ~np.isnan(low)
    assert ((low >= 0) & (low <= survival) & (survival <= high) & (high <= 1))[known].all()
    assert np.isnan(median) == (survival[-1] > 0.5)
    estimate, least, most = restricted_mean_calls(at_risk, events)
    assert 1 <= estimate <= 6 + 1e-12
    assert least <= estimate <= most
