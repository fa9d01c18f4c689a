"""Rates and ratios from counts: published tables, and what must hold for any counts."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta

from gtm_metrics.estimates import (
    Z95,
    Placements,
    concordance,
    credibly_apart,
    expected_at_rest_rate,
    mantel_haenszel_interval,
    mantel_haenszel_rate_ratio,
    monthly_churn,
    monthly_churn_interval,
    observed_beside_rest,
    odds_to_rate_ratio,
    wilson,
)

quick = settings(max_examples=80, deadline=None)


@st.composite
def part_of(draw, largest=1_000_000):
    """Successes and the trials, at least one, they are out of."""
    trials = draw(st.integers(1, largest))
    return draw(st.integers(0, trials)), trials


@st.composite
def strata(draw, most=6):
    """(x, n, N, m) of some strata, empty ones among them."""
    segment = st.tuples(st.integers(0, 300), st.floats(0, 1))
    rows = draw(st.lists(st.tuples(segment, segment), min_size=1, max_size=most))
    x = np.array([round(n * p) for (n, p), _ in rows])
    y = np.array([round(n * p) for _, (n, p) in rows])
    n = np.array([n for (n, _), _ in rows])
    rest = np.array([n for _, (n, _) in rows])
    return x, n, n + rest, x + y


# Rates


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        # Newcombe 1998, Statistics in Medicine 17, 857-872, table I, method 3 (score)
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_gives_newcombes_table(successes, trials, low, high):
    """The score interval reproduces the four published examples to their four decimals."""
    assert np.round(wilson(successes, trials), 4).tolist() == [low, high]


def test_wilson_of_nothing_is_no_interval():
    """Zero trials, or counts that are not known, give NaN at both ends and leave the neighbours alone."""
    low, high = wilson([0, None, 3], [0, 10, 4])
    assert np.isnan(low).tolist() == np.isnan(high).tolist() == [True, True, False]


@pytest.mark.parametrize(("successes", "trials"), [(5, 4), (-1, 4), (0, -2), (1, float("inf"))])
def test_wilson_refuses_what_cannot_be_counts(successes, trials):
    """More successes than trials, negative and infinite counts are errors, not intervals."""
    with pytest.raises(ValueError, match=r"exceeds|negative or infinite"):
        wilson(successes, trials)


@quick
@given(part_of(), st.floats(0.1, 5))
def test_wilson_mirrors_and_contains_the_rate(counts, z):
    """Swapping success and failure mirrors the interval; it holds s / n and stays within 0 and 1."""
    successes, trials = counts
    low, high = wilson(successes, trials, z)
    mirrored_low, mirrored_high = wilson(trials - successes, trials, z)
    assert low == pytest.approx(1 - mirrored_high, abs=1e-12)
    assert high == pytest.approx(1 - mirrored_low, abs=1e-12)
    assert 0 <= low <= successes / trials <= high <= 1
    assert low < high


@quick
@given(part_of())
def test_wilson_ends_solve_the_score_equation(counts):
    """Each end p satisfies (s / n - p)^2 = z^2 p (1 - p) / n, the definition of the score interval."""
    successes, trials = counts
    for p in wilson(successes, trials):
        assert (successes / trials - p) ** 2 == pytest.approx(Z95**2 * p * (1 - p) / trials, rel=1e-6, abs=1e-15)


def test_monthly_churn_compounds_the_weekly_hazard():
    """A month is 52/12 weeks of survival: 1 - (1 - h)^(52/12), from none lost to all lost."""
    # By hand: 12 months compound to a year of 52 weeks, so (1 - monthly)^12 = 0.99^52 = 0.592968...
    assert (1 - monthly_churn(0.01)) ** 12 == pytest.approx(0.99**52, rel=1e-12)
    assert monthly_churn([0.0, 1.0]).tolist() == [0.0, 1.0]
    assert np.isnan(monthly_churn(np.nan))
    # For small h the month is 52/12 h to first order; the naive formula has lost half its digits here.
    assert monthly_churn(1e-12) == pytest.approx(52 / 12 * 1e-12, rel=1e-9)


@pytest.mark.parametrize("hazard", [-0.1, 1.1])
def test_monthly_churn_refuses_what_is_no_share(hazard):
    """A hazard outside 0 to 1 is an error."""
    with pytest.raises(ValueError, match="between 0 and 1"):
        monthly_churn(hazard)


def test_monthly_churn_interval_is_the_transformed_wilson_interval():
    """The ends are Wilson's, each turned monthly, and hold the monthly churn; no customer-weeks give NaN."""
    low, high = monthly_churn_interval([6, 0], [1200, 0])
    weekly_low, weekly_high = wilson(6, 1200)
    assert low[0] == pytest.approx(1 - (1 - weekly_low) ** (52 / 12))
    assert high[0] == pytest.approx(1 - (1 - weekly_high) ** (52 / 12))
    assert low[0] < monthly_churn(6 / 1200) < high[0]
    assert np.isnan([low[1], high[1]]).all()


# One segment beside the rest


def test_mantel_haenszel_gives_the_migraine_trial():
    """Ratio and interval of a two-stratum trial come out as printed, for the outcome and for its opposite."""
    n, N = [27, 28], [27 + 25, 28 + 26]
    # SAS/STAT User's Guide, FREQ, example "Cochran-Mantel-Haenszel statistics": common relative risk 2.1636
    # (1.2336, 3.7948) for column 1 and 0.6420 (0.4705, 0.8761) for column 2
    better = mantel_haenszel_interval([16, 12], n, N, [16 + 5, 12 + 7])
    assert np.round(better, 4).tolist() == [2.1636, 1.2336, 3.7948]
    same = mantel_haenszel_interval([11, 16], n, N, [11 + 20, 16 + 19])
    assert np.round(same, 4).tolist() == [0.6420, 0.4705, 0.8761]
    assert [int(credibly_apart(low, high)) for _, low, high in (better, same)] == [1, -1]


def test_mantel_haenszel_gives_the_ugdp_trial_in_exact_fractions():
    """Deaths by drug and age give Rothman's pooled ratio, and exact fractions give the interval."""
    # University Group Diabetes Program, in Rothman, Epidemiology: An Introduction (under 55; 55 and older):
    # tolbutamide 8 of 106 and 22 of 98, placebo 5 of 120 and 16 of 85; pooled risk ratio 1.33
    x, n, N, m = [8, 22], [106, 98], [226, 183], [13, 38]
    rows = list(zip(x, n, N, m, strict=True))
    R = sum(Fraction(x_ * (N_ - n_), N_) for x_, n_, N_, _ in rows)
    S = sum(Fraction((m_ - x_) * n_, N_) for x_, n_, N_, m_ in rows)
    P = sum(Fraction(m_ * n_ * (N_ - n_) - x_ * (m_ - x_) * N_, N_ * N_) for x_, n_, N_, m_ in rows)
    ratio, low, high = mantel_haenszel_interval(x, n, N, m)
    assert round(float(ratio), 2) == 1.33
    assert ratio == pytest.approx(float(R / S), rel=1e-12)
    assert np.log(high / low) == pytest.approx(2 * Z95 * float(P / (R * S)) ** 0.5, rel=1e-12)
    assert credibly_apart(low, high) == 0


def test_mantel_haenszel_takes_segments_on_one_axis_and_strata_on_the_others():
    """Week x band strata are pooled, totals need no segment axis, and each segment stands for itself."""
    rng = np.random.default_rng(7)
    n = rng.integers(0, 30, size=(3, 4, 2))
    x = rng.binomial(n, 0.3)
    N, m = n.sum(axis=0), x.sum(axis=0)
    ratio, low, high = mantel_haenszel_interval(x, n, N, m, axis=(1, 2))
    assert ratio.shape == low.shape == high.shape == (3,)
    for s in range(3):
        flat = [np.ravel(part) for part in (x[s], n[s], N, m)]
        assert [ratio[s], low[s], high[s]] == pytest.approx(np.array(mantel_haenszel_interval(*flat)))
        assert mantel_haenszel_rate_ratio(*flat) == pytest.approx(ratio[s])


def test_one_side_without_success_is_still_compared():
    """None of 500 beside a fifth is credibly behind, the mirror image ahead; none of 3 is neither."""
    ratio, low, high = mantel_haenszel_interval([0], [500], [5500], [1000])
    assert (float(ratio), float(low)) == (0.0, 0.0)
    # Clopper and Pearson 1934: the exact upper end of 0 of 500, over the 0.2 of a rest ten times its size
    assert high == pytest.approx(beta.ppf(0.975, 1, 500) / 0.2, rel=0.1)
    assert credibly_apart(low, high) == -1
    ratio, low, high = mantel_haenszel_interval([1000], [5000], [5500], [1000])
    assert np.isnan(ratio)
    assert high == np.inf
    assert credibly_apart(low, high) == 1
    _, low, high = mantel_haenszel_interval([0], [3], [33], [6])
    assert credibly_apart(low, high) == 0


@pytest.mark.parametrize(
    ("x", "n", "N", "m"),
    [
        ([0], [5], [20], [0]),
        ([2], [5], [5], [2]),
        ([0], [0], [9], [4]),
        ([0, 0], [0, 0], [0, 0], [0, 0]),
        ([], [], [], []),
    ],
)
def test_no_comparison_gives_no_ratio(x, n, N, m):
    """No success at all, no rest, nobody in the segment, or no stratum: NaN throughout, and not apart."""
    ratio, low, high = mantel_haenszel_interval(x, n, N, m)
    assert np.isnan([ratio, low, high]).all()
    assert np.isnan(mantel_haenszel_rate_ratio(x, n, N, m))
    assert credibly_apart(low, high) == 0


@pytest.mark.parametrize(("x", "n", "N", "m"), [(3, 2, 9, 4), (3, 4, 9, 2), (1, 10, 9, 4), (0, 8, 9, 2), (-1, 8, 9, 2)])
def test_ratios_refuse_what_is_no_table(x, n, N, m):
    """Counts that no two-by-two table can have are errors."""
    with pytest.raises(ValueError, match=r"exceeds|negative"):
        mantel_haenszel_rate_ratio([x], [n], [N], [m])


@quick
@given(strata(), st.randoms(use_true_random=False))
def test_mantel_haenszel_does_not_see_order_or_empty_strata(table, random):
    """Permuting strata, or adding ones without anybody, a segment or a rest, changes nothing."""
    x, n, N, m = table
    order = random.sample(range(len(x)), len(x))
    plain = np.array(mantel_haenszel_interval(x, n, N, m))
    shuffled = mantel_haenszel_interval(x[order], n[order], N[order], m[order])
    # Added: nobody at all; nobody in the segment; nobody in the rest
    padded = mantel_haenszel_interval([*x, 0, 0, 3], [*n, 0, 0, 8], [*N, 0, 50, 8], [*m, 0, 9, 3])
    assert np.array(shuffled) == pytest.approx(plain, rel=1e-9, nan_ok=True)
    assert np.array(padded) == pytest.approx(plain, rel=1e-9, nan_ok=True)


@quick
@given(strata())
def test_swapping_segment_and_rest_turns_the_ratio_over(table):
    """The rest beside the segment has one over the ratio and the interval, zero and infinity too."""
    x, n, N, m = table
    ratio, low, high = mantel_haenszel_interval(x, n, N, m)
    swapped, swapped_low, swapped_high = mantel_haenszel_interval(m - x, N - n, N, m)
    with np.errstate(divide="ignore"):
        assert swapped_low == pytest.approx(float(1 / high), rel=1e-9, nan_ok=True)
        assert swapped_high == pytest.approx(float(np.divide(1, low)), rel=1e-9, nan_ok=True)
    if ratio > 0 and swapped > 0:
        assert ratio * swapped == pytest.approx(1, rel=1e-9)
    if not np.isnan(ratio):
        assert low <= ratio <= high


def test_two_sides_that_always_succeed_are_level():
    """Where every trial succeeded ratio and interval are 1 to the last digit, not a rounding apart."""
    # By hand: no failure on either side, so P = 0
    assert mantel_haenszel_interval([1, 7], [1, 7], [20, 49], [20, 49]) == (1.0, 1.0, 1.0)


def test_mantel_haenszel_stays_finite_for_large_counts():
    """A million trials in a stratum with a rate near one leave ratio and interval finite and in order."""
    n = np.array([500_000, 999_999, 10])
    x = np.array([499_999, 999_998, 1])
    N = np.array([1_000_000, 1_000_000, 1_000_000])
    m = np.array([999_999, 999_999, 50_000])
    ratio, low, high = mantel_haenszel_interval(x, n, N, m)
    assert 0 < low < ratio < high < np.inf


def test_the_interval_covers_the_truth_as_often_as_it_promises():
    """Over 2,000 seeded draws at a true ratio of 1.5 the 95 % interval misses 3.5 to 6.5 % of the time."""
    rng = np.random.default_rng(11)
    rest_rate = rng.uniform(0.05, 0.3, size=26)
    n, rest = np.full((2000, 26), 12), np.full((2000, 26), 60)
    x, y = rng.binomial(n, 1.5 * rest_rate), rng.binomial(rest, rest_rate)
    _, low, high = mantel_haenszel_interval(x, n, n + rest, x + y)
    assert 0.035 < np.mean((low > 1.5) | (high < 1.5)) < 0.065


def test_odds_ratio_as_rate_ratio():
    """An odds ratio means less as a rate ratio the higher the rest's rate; one stays one."""
    # Design of the signal, worked example 9; Zhang and Yu 1998, JAMA 280, 1690
    assert odds_to_rate_ratio(1.8, 0.25) == pytest.approx(1.5, rel=1e-12)
    assert odds_to_rate_ratio([1.0, 0.5, 3.0], [0.3, 0.0, 1.0]).tolist() == [1.0, 0.5, 1.0]
    with pytest.raises(ValueError, match="between 0 and 1"):
        odds_to_rate_ratio(1.5, 1.2)


@quick
@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_odds_ratio_of_two_rates_gives_back_their_ratio(rate, rest_rate):
    """The odds ratio of any two rates, read at the second, is the first over the second."""
    odds_ratio = rate / (1 - rate) / (rest_rate / (1 - rest_rate))
    assert odds_to_rate_ratio(odds_ratio, rest_rate) == pytest.approx(rate / rest_rate, rel=1e-9)


def test_expected_at_rest_rate_leaves_out_strata_without_a_rest():
    """Each stratum expects at its own rest's rate; one without a rest counts neither in E nor in its O."""
    x, n, N, m = [9, 4, 2], [50, 10, 6], [200, 30, 6], [20, 8, 2]
    # By hand: 50 x 11/150 + 10 x 4/20, the third has no rest
    assert expected_at_rest_rate(x, n, N, m) == pytest.approx(50 * 11 / 150 + 2.0)
    assert observed_beside_rest(x, n, N) == 13


@quick
@given(strata())
def test_the_fair_share_lies_between_observed_and_expected(table):
    """In one stratum n m / N lies between O and E: expecting by all trials pulls a segment to itself."""
    x, n, N, m = (int(part[0]) for part in table)
    if 0 < n < N:
        expected = float(expected_at_rest_rate([x], [n], [N], [m]))
        assert min(x, expected) - 1e-9 <= n * m / N <= max(x, expected) + 1e-9


def test_concordance_has_delongs_interval():
    """Scores 3, 4, 5 beside 1, 2, 4.5: seven of nine pairs; the variance by hand, DeLong et al. 1988, eq. 4 and 5."""
    # placements of the first: 2/3, 2/3, 1; of the second: 1, 1, 1/3
    first, second = Placements(3, 7 / 3, 4 / 9 + 4 / 9 + 1), Placements(3, 7 / 3, 1 + 1 + 1 / 9)
    found = concordance(first, second)
    assert found.estimate == pytest.approx(7 / 9)
    # S10 = 1/27, S01 = 4/27, so the variance is (1/27 + 4/27) / 3 = 5/81
    assert found.estimate - found.low == pytest.approx(1.959963984540054 * (5 / 81) ** 0.5)
    assert found.high == 1.0
    assert concordance(first, Placements(0, 0.0, 0.0)) is None
