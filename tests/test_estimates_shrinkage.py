"""Shrunken ratios: an independent likelihood, and what must hold for any counts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import gamma, nbinom, poisson

from gtm_metrics.estimates import gamma_poisson_shrinkage
from gtm_metrics.estimates.shrinkage import negative_binomial_log_likelihood

quick = settings(max_examples=80, deadline=None)

OBSERVED = np.array([7, 42, 18, 3, 61, 25, 0, 11])
EXPECTED = np.array([2.4, 30.5, 24.1, 5.2, 44.0, 31.7, 3.3, 9.8])


def test_shrinkage_maximises_the_negative_binomial_likelihood():
    """a is where a negative binomial tabulated on a fine grid peaks; ratios and bands follow from it."""
    ratio, a, low, high = gamma_poisson_shrinkage(OBSERVED, EXPECTED)
    grid = np.exp(np.linspace(np.log(0.05), np.log(1e5), 200_001))[:, np.newaxis]
    # Clayton and Kaldor 1987, Biometrics 43, section 3: O ~ NegBin(size a, prob a / (a + E))
    likelihood = nbinom.logpmf(OBSERVED, grid, grid / (grid + EXPECTED)).sum(axis=1)
    assert a == pytest.approx(grid[np.argmax(likelihood), 0], rel=2e-4)
    assert ratio == pytest.approx((OBSERVED + a) / (EXPECTED + a), rel=1e-12)
    assert low == pytest.approx(gamma.ppf(0.05, OBSERVED + a, scale=1 / (EXPECTED + a)), rel=1e-9)
    assert high == pytest.approx(gamma.ppf(0.95, OBSERVED + a, scale=1 / (EXPECTED + a)), rel=1e-9)


@pytest.mark.parametrize("a", [0.05, 1.0, 19.999, 20.0, 60.0, 3000.0])
def test_likelihood_is_the_negative_binomials_over_the_poissons(a):
    """On both sides of the switch to Stirling's series it is the ratio of the two textbook likelihoods."""
    # scipy.stats, as an independent statement of both: O ~ NegBin(size a, prob a / (a + E)), O ~ Poisson(E)
    negative_binomial = nbinom.logpmf(OBSERVED, a, a / (a + EXPECTED)).sum()
    likelihood = negative_binomial_log_likelihood(a, OBSERVED, EXPECTED)
    assert likelihood == pytest.approx(negative_binomial - poisson.logpmf(OBSERVED, EXPECTED).sum(), abs=1e-9)


def test_shrinkage_at_large_counts_agrees_with_the_plain_likelihood():
    """Where counts and a are large the likelihood still peaks where the plain formula does."""
    observed, expected = (
        np.array([10_400.0, 9_700, 12_100, 8_800]),
        np.array([10_000.0, 10_000, 12_000, 9_000]),
    )
    grid = np.exp(np.linspace(np.log(50), np.log(1e5), 100_001))[:, np.newaxis]
    # Clayton and Kaldor 1987, Biometrics 43, section 3: O ~ NegBin(size a, prob a / (a + E))
    likelihood = nbinom.logpmf(observed, grid, grid / (grid + expected)).sum(axis=1)
    assert gamma_poisson_shrinkage(observed, expected)[1] == pytest.approx(grid[np.argmax(likelihood), 0], rel=2e-3)


def test_seven_of_seven_does_not_lead():
    """A tiny segment with the best raw ratio ranks behind a large one whose lead is much better known."""
    ratio, _, _, _ = gamma_poisson_shrinkage([7, 180, 95, 60, 80], [3.5, 110, 120, 75, 90])
    assert np.argmax(ratio) == 1
    assert 1 < ratio[0] < 7 / 3.5


@pytest.mark.parametrize("count", [10, 1_000_000])
def test_segments_no_further_apart_than_luck_all_come_to_one(count):
    """Equal segments send a to its upper bound: finite, and every ratio and band next to 1."""
    ratio, a, low, high = gamma_poisson_shrinkage([count] * 5, [count + 0.5] * 5)
    assert np.isfinite(a)
    assert a > 1e6
    assert np.concatenate([ratio, low, high]) == pytest.approx(1, abs=1e-3)


def test_segments_without_counts_have_no_ratio_and_do_not_move_the_others():
    """O = E = 0 and unknown counts give NaN and leave a alone; success where none is expected is above 1."""
    ratio, a, low, high = gamma_poisson_shrinkage([*OBSERVED, 0, np.nan, 3], [*EXPECTED, 0, 4, 0])
    plain = gamma_poisson_shrinkage(OBSERVED, EXPECTED)
    assert a == plain[1]
    assert ratio[:8].tolist() == plain[0].tolist()
    assert np.isnan([ratio[8:10], low[8:10], high[8:10]]).all()
    assert ratio[10] == pytest.approx((3 + a) / a)


def test_shrinkage_of_nothing_is_nothing():
    """No segments give empty arrays, segments with nothing expected NaN; a is NaN for both."""
    ratio, a, _, _ = gamma_poisson_shrinkage([], [])
    assert ratio.shape == (0,)
    assert np.isnan(a)
    ratio, a, _, _ = gamma_poisson_shrinkage([3, 0], [0, 0])
    assert np.isnan([*ratio, a]).all()


@pytest.mark.parametrize(("observed", "expected"), [([1, 2], [1]), (3, 2), ([-1], [2]), ([1], [-2.0])])
def test_shrinkage_refuses_unequal_shapes_and_negative_counts(observed, expected):
    """One entry a segment in both, none negative; anything else is an error."""
    with pytest.raises(ValueError, match=r"one entry a segment|negative"):
        gamma_poisson_shrinkage(observed, expected)


@quick
@given(st.lists(st.tuples(st.integers(0, 1_000_000), st.floats(0.01, 1e6)), min_size=1, max_size=12))
def test_a_shrunken_ratio_lies_between_one_and_the_raw_one(rows):
    """For one segment or many, of any size, each ratio is between 1 and O / E and inside its finite band."""
    observed, expected = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    ratio, a, low, high = gamma_poisson_shrinkage(observed, expected)
    assert 0.04 < a < np.inf
    raw = observed / expected
    assert (np.minimum(1, raw) - 1e-9 <= ratio).all()
    assert (ratio <= np.maximum(1, raw) * (1 + 1e-9)).all()
    assert ((low >= 0) & (low <= ratio) & (ratio <= high) & np.isfinite(high)).all()


@quick
@given(st.integers(0, 500), st.floats(0.5, 500), st.integers(1, 50))
def test_more_successes_than_its_twin_rank_higher(count, expected, more):
    """Of two segments with the same expectation the one with more successes has the larger ratio and band."""
    ratio, _, low, high = gamma_poisson_shrinkage([count, count + more, 20], [expected, expected, 18.0])
    assert ratio[0] < ratio[1]
    assert low[0] < low[1]
    assert high[0] < high[1]
