"""Means and ratios of totals, and cumulative incidence: published answers, small ones by hand, and laws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gtm_metrics.estimates import Z95, cumulative_incidence, kaplan_meier, mean_interval, ratio_interval, time_until

quick = settings(max_examples=80, deadline=None)

# Student 1908, The probable error of a mean, Biometrika 6: additional hours of sleep, ten patients, two drugs.
SLEEP = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4]

pairs = st.lists(st.tuples(st.integers(1, 900), st.integers(0, 900)), min_size=2, max_size=30)
outcomes = st.lists(st.tuples(*[st.integers(0, 5)] * 3), min_size=1, max_size=12)


def test_mean_interval_gives_students_sleep_data():
    """From n, total and total of squares alone come the mean and the ends that R prints for Student's data."""
    values = np.array(SLEEP)
    mean, low, high = mean_interval(len(values), values.sum(), (values**2).sum())
    # R 4, t.test(sleep$extra[11:20] - sleep$extra[1:10]): 1.58, 95 percent interval 0.7001142 to 2.4598858
    assert (float(mean), round(float(low), 7), round(float(high), 7)) == (pytest.approx(1.58), 0.7001142, 2.4598858)


def test_a_mean_of_nothing_is_missing_and_one_value_has_no_ends():
    """No value has no mean, and one value a mean without an interval: neither is zero."""
    mean, low, high = mean_interval([0, 1], [0, 7], [0, 49])
    assert np.isnan(mean[0])
    assert mean[1] == 7
    assert np.isnan([low, high]).all()


@quick
@given(pairs)
def test_ratio_interval_is_the_linearised_one_of_the_rows(rows):
    """From the sums alone comes the variance that the rows give: n / (n - 1) sum (y - R x)^2 / (sum x)^2."""
    x, y = np.array(rows, dtype=float).T
    sums = (len(x), y.sum(), (y**2).sum(), x.sum(), (x**2).sum(), ((x - y) ** 2).sum())
    ratio, low, high = ratio_interval(*sums)
    direct = y.sum() / x.sum()
    spread = np.sqrt(((y - direct * x) ** 2).sum() * len(x) / (len(x) - 1)) / x.sum()
    # Cochran 1977, Sampling Techniques, chapter 6
    ends = [direct, direct - Z95 * spread, direct + Z95 * spread]
    assert [ratio, low, high] == pytest.approx(ends, abs=1e-4, rel=1e-4)


def test_a_ratio_over_nothing_is_missing():
    """Where the bottom is zero there is no ratio, whatever stands on top."""
    assert np.isnan(ratio_interval(3, 5.0, 25.0, 0.0, 0.0, 25.0)).all()


def test_cumulative_incidence_by_hand():
    """Won, open, lost, won on days 1 to 4: the open one leaves at 2, the lost one can no longer win."""
    found = cumulative_incidence([1, 0, 0, 1], [0, 0, 1, 0], [0, 1, 0, 0])
    # at risk 4 3 2 1; not decided before them 1, 3/4, 3/4, 3/8: 1/4, then 1/4 + 3/8 * 1/1
    assert found.tolist() == [0.25, 0.25, 0.25, 0.625]


def test_without_other_outcomes_incidence_is_one_minus_kaplan_meier():
    """On the 6-MP arm, where relapse is the only outcome, the incidence is what survival leaves."""
    weeks = sorted({6, 7, 9, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 34, 35})
    relapsed = {6: 3, 7: 1, 10: 1, 13: 1, 16: 1, 22: 1, 23: 1}
    censored = {6: 1, 9: 1, 10: 1, 11: 1, 17: 1, 19: 1, 20: 1, 25: 1, 32: 2, 34: 1, 35: 1}
    counts = [[table.get(week, 0) for week in weeks] for table in (relapsed, {}, censored)]
    incidence = cumulative_incidence(*counts)
    # Klein and Moeschberger 2003, Survival Analysis, table 4.1A: survival 0.448 after week 23
    assert round(1 - incidence[-1], 3) == 0.448
    survival, _ = kaplan_meier([21, 17, 15, 12, 11, 7, 6], [3, 1, 1, 1, 1, 1, 1])
    assert incidence[-1] == pytest.approx(1 - survival[-1])


@quick
@given(outcomes)
def test_with_nothing_open_it_is_the_plain_share_and_the_plain_quantile(counts):
    """When every deal is decided the incidence is won / all, and the time until a half is the middle won one."""
    won, other, _ = np.array(counts).T
    incidence = cumulative_incidence(won, other, np.zeros_like(won))
    total = max(won.sum() + other.sum(), 1)
    assert incidence == pytest.approx(np.cumsum(won) / total)
    times = np.repeat(np.arange(len(won)), won)
    found = time_until(np.arange(len(won)), incidence)
    if len(times):
        assert found == np.sort(times)[(len(times) + 1) // 2 - 1]
    else:
        assert np.isnan(found)


def test_a_share_outside_0_to_1_is_refused():
    """Asking for the time until none, or more than all, have it is an error and not an answer."""
    for share in (0.0, 1.5):
        with pytest.raises(ValueError, match="must lie above 0"):
            time_until([1.0], [1.0], share)
