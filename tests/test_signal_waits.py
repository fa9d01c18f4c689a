"""How long a decision takes, what cannot be known, and what the levers and the test would cost."""

from math import inf, log

import numpy as np
import pytest
from signal_market import TWO, refresh_weeks, registry_of, steady

from gtm_metrics.evidence import hypergeometric_moments
from gtm_metrics.metrics import metric_named
from gtm_metrics.signal import Rules, touches_per_arm
from gtm_metrics.signal.columns import columns_of
from gtm_metrics.signal.comparisons import Comparison
from gtm_metrics.signal.details import growth_of
from gtm_metrics.signal.waits import (
    MERGE,
    OUTREACH,
    THESIS,
    leaning_prices,
    levers,
    merged_growth_a_week,
    weeks_to_enough,
    weeks_to_tighten,
    why_not,
)

RULES = Rules()
LABELS = ("Response rate", "Calls to understanding", "Won in time", "Monthly churn")


def arrays(successes, trials=60, weeks=40, metrics=TWO):
    refreshes = refresh_weeks(weeks)
    frozen = steady(successes, trials, weeks, metrics)
    return columns_of(frozen, registry_of(list(successes), refreshes[0]), metrics, refreshes, RULES)[0]


def test_the_second_fastest_metric_sets_the_pace_of_a_decision():
    """1.5 log(3 K / alpha) / KL of the second fastest, as the design measured it for four metrics and K = 20."""
    growth = [0.05, 0.8, 0.2, 0.01]
    assert weeks_to_tighten(growth, log(20 / 0.10), 0.0, RULES) == pytest.approx(1.5 * log(3 * 20 / 0.10) / 0.2)


def test_evidence_that_is_in_shortens_the_wait_and_lost_stakes_do_not_lengthen_it():
    """What is reached is subtracted, an e-value below 1 is taken as 1, and a threshold that is met waits no longer."""
    growth = [0.2, 0.2]
    full = weeks_to_tighten(growth, log(200), 0.0, RULES)
    assert weeks_to_tighten(growth, log(200), log(200) / 2, RULES) == pytest.approx(full / 2)
    assert weeks_to_tighten(growth, log(200), -3.0, RULES) == full
    assert weeks_to_tighten(growth, log(200), 9.0, RULES) == 0


def test_no_second_metric_no_countdown():
    """One metric, or one with a pace, has no wait but a reason."""
    assert weeks_to_tighten([0.2], 5.0, 0.0, RULES) == inf
    assert weeks_to_tighten([0.2, 0.0], 5.0, 0.0, RULES) == inf
    assert "needs two" in why_not(inf, [0.2], LABELS[:1], RULES)
    assert "none yet on Calls to understanding" in why_not(inf, [0.2, 0.0], LABELS[:2], RULES)
    assert "about 105 weeks" in why_not(105.0, [0.2, 0.1], LABELS[:2], RULES)
    assert why_not(104.0, [0.2, 0.1], LABELS[:2], RULES) == ""


def pace(columns, row, end):
    """Expected growth of log e a week of one segment, metric by metric, as known before column `end`."""
    every = tuple(range(len(columns.segments)))
    return growth_of(Comparison(columns, every, RULES), row, end - 1, 0)


def test_the_pace_is_close_to_half_v_theta_squared():
    """At the planned lead the expected growth a week is V theta^2 / 2 to within a tenth, whatever the period."""
    columns = arrays({"a": 12, "b": 12, "c": 12})
    variance = hypergeometric_moments(60, 180, 36)[1]
    expected = np.full(3, variance * log(1.5) ** 2 / 2)
    assert [pace(columns, row, 40)[0] for row in range(3)] == pytest.approx(expected, rel=0.1)


def test_only_the_last_year_sets_the_pace():
    """Weeks after the column asked for, and more than a year before it, do not count."""
    columns = arrays({"a": 6, "b": 6, "c": 6}, weeks=80)
    steady_pace = pace(columns, 0, 60)
    for metric in columns.metrics:
        metric.x[:, :8] = 0
        metric.x[:, 60:] = 30
    assert pace(columns, 0, 60).tolist() == steady_pace.tolist()
    assert pace(columns, 0, 70).tolist() != steady_pace.tolist()


def test_merging_to_two_gives_each_half_of_everything():
    """Six segments merged to two: each half's pace is that of a segment with half of all trials, above a sixth's."""
    columns = arrays(dict.fromkeys("abcdef", 6))
    halves = arrays({"a": 18, "b": 18}, trials=180)
    merged = merged_growth_a_week(columns.metrics[0], 2, 0, 40, RULES)
    assert merged == pytest.approx(pace(halves, 0, 40)[0])
    assert merged > 1.4 * pace(columns, 0, 40)[0]


def test_levers_are_priced_as_new_starts():
    """Merging, a thesis and outreach each name their own wait; each is a new batch, so what it must reach doubles."""
    metrics = (metric_named("calls_to_understanding"), metric_named("churn"))
    columns = arrays(dict.fromkeys("abcdef", 3), trials=30, metrics=metrics)
    growth = pace(columns, 0, 40).tolist()
    found = levers(columns, growth, 6, 1, 0, 40, RULES)
    assert [(one.name, one.segments) for one in found] == [(MERGE, 2), (MERGE, 3), (THESIS, None), (OUTREACH, None)]
    thesis, outreach = found[2], found[3]
    assert thesis.weeks == pytest.approx(weeks_to_tighten(growth, log(2 * 2 / 0.10), 0.0, RULES))
    assert "100 accounts" in outreach.assumes
    merged = [merged_growth_a_week(metric, 2, 0, 40, RULES) for metric in columns.metrics]
    assert found[0].weeks == pytest.approx(weeks_to_tighten(merged, log(2 * 8 / 0.10), 0.0, RULES))


def test_outreach_is_no_lever_where_it_is_connected():
    """A company with a response rate is not told to connect it."""
    columns = arrays(dict.fromkeys("abc", 6))
    assert OUTREACH not in [one.name for one in levers(columns, [0.1, 0.1], 3, 1, 0, 40, RULES)]


def test_enough_data_comes_with_the_second_metric():
    """Four columns so far: four more are missing, or as long as the second metric takes to expect five successes."""
    assert weeks_to_enough(4, [9, 9, 0, 0], 4, RULES) == 4
    assert weeks_to_enough(4, [9, 1, 0.5, 0], 4, RULES) == pytest.approx(16)
    assert weeks_to_enough(20, [9, 9], 2, RULES) == 0
    assert weeks_to_enough(4, [0, 0], 2, RULES) == inf


def test_touches_needed_for_a_test():
    """Two proportions at 80 % power, against R's power.prop.test and the textbook case of 5 and 10 %."""
    # R, power.prop.test(p1 = .50, p2 = .75, power = .90) in ?power.prop.test: n = 76.7; odds ratio 3
    assert touches_per_arm(0.50, 3.0, power=0.90) == 77
    # R, power.prop.test(p1 = .05, p2 = .10, power = .80): n = 434.4; odds ratio (0.1 / 0.9) / (0.05 / 0.95)
    assert touches_per_arm(0.05, (0.1 / 0.9) / (0.05 / 0.95)) == 435
    assert touches_per_arm(0.0, 1.5) is None


def test_a_leaning_is_priced_for_the_luckiest_of_all():
    """1.5 successes ahead at variance 1: one segment gets so far 1 time in 6.3, the luckiest of five nearly 1 in 2."""
    one_in, of_all = leaning_prices([1.5, 0.0, -3.0], [1.0, 1.0, 0.0], 5)
    # standard normal tail: 1 - Phi(1) = 0.158655 (Abramowitz and Stegun 1964, table 26.1)
    assert one_in[0] == pytest.approx(1 / 0.158655, rel=1e-5)
    assert of_all[0] == pytest.approx(1 / (1 - (1 - 0.158655) ** 5), rel=1e-5)
    assert one_in[1] < 2
    assert one_in[2] == of_all[2] == 1
