"""Evidence: published tables, the design's worked examples, and what the parts do at their edges."""

from math import comb

import numpy as np
import pytest

from gtm_metrics.evidence import (
    RULES,
    combine_mean,
    combine_partial_conjunction,
    conditional_log_evalue,
    confidence_sequence,
    expected_log_growth,
    hypergeometric_moments,
    interval_grid,
    log_conditional_mgf,
    log_eprocess,
    log_likelihood_path,
    start_weights,
)
from gtm_metrics.evidence.processes import log_shiryaev_roberts_on

# Freireich et al. 1963, Blood 21, as in Gehan 1965: weeks in remission, + = still in remission
SIX_MP = {"relapsed": [6, 6, 6, 7, 10, 13, 16, 22, 23], "censored": [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]}
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]

# Bickel, Hammel, O'Connell 1975, as R's UCBAdmissions, departments A to F
MEN_ADMITTED, MEN = np.array([512, 353, 120, 138, 53, 22]), np.array([825, 560, 325, 417, 191, 373])
WOMEN_ADMITTED, WOMEN = np.array([89, 17, 202, 131, 94, 24]), np.array([108, 25, 593, 375, 393, 341])


def six_mp_tables():
    """(x, n, N, m) of the 6-MP arm in each week in which anybody relapsed."""
    leaving = np.array(SIX_MP["relapsed"] + SIX_MP["censored"])
    placebo = np.array(PLACEBO)
    weeks = np.unique(SIX_MP["relapsed"] + PLACEBO)
    x = np.array([SIX_MP["relapsed"].count(week) for week in weeks])
    n = np.array([(leaving >= week).sum() for week in weeks])
    N = n + np.array([(placebo >= week).sum() for week in weeks])
    return x, n, N, x + np.array([PLACEBO.count(week) for week in weeks])


def close(value):
    """To nine digits, as the design asks."""
    return pytest.approx(value, rel=1e-9, abs=1e-12)


# Tables


def test_one_table_worked_example():
    """Nine of fifty where five were due: moments, K, log e both ways and against a lead of 1.2."""
    # Design of the signal, worked example 1
    assert hypergeometric_moments(50, 200, 20) == close((5.0, 3.391959798994975))
    assert log_conditional_mgf(50, 200, 20, [0.4, -0.4]) == close([2.2852962438742743, -1.7437260743194238])
    log_e = conditional_log_evalue(9, 50, 200, 20, [0.4, -0.4])
    # Design of the signal, worked example 1
    assert log_e == close([1.3147037561257258, -1.8562739256805763])
    against_margin = conditional_log_evalue(9, 50, 200, 20, [0.8], null_theta=np.log(1.2))
    # Design of the signal, worked example 1
    assert against_margin == close([1.3385540695250837])
    assert conditional_log_evalue(9, 50, 200, 20, 0.4, phi=2.0) == close(log_e[0] / 2)


def test_the_logrank_test_of_the_6mp_trial():
    """The moments of its weekly tables give the published logrank test, and log e the design's evidence."""
    x, n, N, m = six_mp_tables()
    fair, variance = (part.sum() for part in hypergeometric_moments(n, N, m))
    # Freireich 1963, Gehan 1965; O, E, V and chi-squared as in Kleinbaum and Klein, Survival Analysis, chapter 2
    assert (x.sum(), round(fair, 2), round(variance, 3), round((x.sum() - fair) ** 2 / variance, 2)) == (
        9, 19.25, 6.257, 16.79)
    # Design of the signal, worked example 2, to all its digits
    assert [fair, variance] == close([19.25050094803113, 6.256960573675499])
    log_e = conditional_log_evalue(x, n, N, m, -np.array(RULES.theta))
    weeks = len(x)
    assert log_e[:, RULES.theta.index(0.8)].sum() == close(6.122060475507113)
    # Design of the signal, worked example 2: the lead was there from the first week
    assert log_eprocess(log_e, pi=np.eye(weeks)[0])[-1] == close(5.895159074500723)
    # Design of the signal, worked example 2: it may have started in any week
    assert log_eprocess(log_e)[-1] == close(5.216769587080963)


def test_the_admissions_of_berkeley():
    """Fair shares and variances by department give the published Mantel-Haenszel test."""
    fair, variance = hypergeometric_moments(MEN, MEN + WOMEN, MEN_ADMITTED + WOMEN_ADMITTED)
    beyond = abs((MEN_ADMITTED - fair).sum())
    # R, mantelhaen.test(UCBAdmissions): Mantel-Haenszel X-squared = 1.4269 (with continuity correction)
    assert round((beyond - 0.5) ** 2 / variance.sum(), 4) == 1.4269


def test_a_lady_tasting_tea():
    """The estimate of an interval is the conditional maximum likelihood estimate of Fisher's table."""
    grid = np.arange(-400, 401) * 0.01
    low, estimate, high = confidence_sequence(log_likelihood_path([3], [4], [8], [4], grid=grid)[-1], grid=grid)
    # R, fisher.test(TeaTasting): odds ratio 6.408309
    assert estimate == pytest.approx(6.408309, rel=1e-5)
    # The design's own value on this grid of step 0.01
    assert round(float(estimate), 6) == 6.408335
    assert low < 1 < estimate < high == np.inf


def test_tables_without_a_question_have_no_evidence():
    """Nobody in the segment or the rest, no success or nothing but successes: log e is exactly 0, K the sure thing."""
    x, n, N, m = [0, 4, 0, 3], [0, 9, 5, 3], [9, 9, 9, 9], [4, 4, 0, 9]
    theta = np.array([-1.1, 0.1, 0.3, 1.1])
    assert (conditional_log_evalue(x, n, N, m, theta) == 0).all()
    assert log_conditional_mgf(n, N, m, theta) == close(np.outer(x, theta))
    assert expected_log_growth(n, N, m).tolist() == [0, 0, 0, 0]
    mean, variance = hypergeometric_moments([0, 1, 1], [0, 1, 2], [0, 1, 1])
    assert (mean.tolist(), variance.tolist()) == ([0, 1, 0.5], [0, 0, 0.25])


@pytest.mark.parametrize(
    ("x", "n", "N", "m"),
    [(1, 5, 4, 2), (1, 2, 4, 5), (3, 2, 9, 4), (3, 4, 9, 2), (0, 8, 9, 2), (-1, 5, 9, 4), (1.5, 5, 9, 4),
     (np.nan, 5, 9, 4)],
)
def test_what_is_no_table_is_refused(x, n, N, m):
    """Counts that no two-by-two table can have are errors, never evidence."""
    with pytest.raises(ValueError, match=r"exceeds|fit|count"):
        conditional_log_evalue(x, n, N, m, 0.4)


def test_evidence_is_only_ever_weakened():
    """A phi below 1 would strengthen it and is refused, and so is a theta that is no odds ratio."""
    with pytest.raises(ValueError, match="1 or more"):
        conditional_log_evalue(2, 5, 9, 4, 0.4, phi=0.9)
    with pytest.raises(ValueError, match="phi"):
        log_likelihood_path([2], [5], [9], [4], phi=0.9)
    with pytest.raises(ValueError, match="log odds ratio"):
        log_conditional_mgf(5, 9, 4, 500.0)


def test_expected_growth_is_the_mean_of_log_e():
    """Averaging log e over what a segment with that odds ratio would show gives the growth."""
    n, N, m, theta = 12, 40, 15, float(np.log(1.5))
    x = np.arange(0, 13)
    log_null = np.array([conditional_log_evalue(k, n, N, m, theta) for k in x])
    weights = np.array([comb(n, k) * comb(N - n, m - k) for k in range(13)]) * np.exp(theta * x)
    growth = (weights * log_null).sum() / weights.sum()
    assert expected_log_growth(n, N, m, theta) == close(growth)
    assert expected_log_growth([n, n], N, m, theta, phi=[1, 2]) == close([growth, growth / 2])
    # The design's quick form, V theta^2 / 2
    assert growth == pytest.approx(hypergeometric_moments(n, N, m)[1] * theta**2 / 2, rel=0.1)


# Weeks


def test_onset_mixture_worked_example():
    """Three weeks against, four for: stakes, the mixture over starts, the plain product and the detector."""
    weekly = np.array([-0.2] * 3 + [0.7] * 4)[:, np.newaxis]
    # Design of the signal, worked example 6
    assert start_weights(7) == close([0.5, 0.004807692307692308, 0.00476146449704142, 0.004715681184569868,
                                      0.004670338096256697, 0.004625430999177306, 0.004580955701108293])
    # Design of the signal, worked example 6
    assert log_eprocess(weekly) == close([-0.09500831117835351, -0.18117596972493932, -0.2588255087158872,
                                          0.06028279436773576, 0.5015147149662392, 1.044570770411697,
                                          1.6572975072367684])
    assert log_eprocess(weekly, pi=np.eye(7)[0]) == close(np.cumsum(weekly))
    # Design of the signal, worked example 6
    detected, _ = log_shiryaev_roberts_on(weekly, None)
    assert detected == close([-0.2, 0.39813886938159176, 0.7119014326242004, 1.8111541217815443,
                              2.662557060552394, 3.430000347885893, 4.1618738763677525])


def test_a_stake_of_nothing_is_kept():
    """Weeks without evidence leave wealth at 1, however long; the stakes of an endless horizon sum to 1."""
    assert log_eprocess(np.zeros((2, 300, 6))) == pytest.approx(np.zeros((2, 300)), abs=1e-12)
    assert start_weights(20_000).sum() == pytest.approx(1, abs=1e-12)
    assert start_weights(1).tolist() == [0.5]
    assert start_weights(0).shape == (0,)


@pytest.mark.parametrize("pi", [[0.9, 0.9], [1.0], [1.5, -0.5]])
def test_stakes_that_do_not_fit_are_refused(pi):
    """Stakes over weeks are one each, none negative, and sum to 1 at most; there is an axis of thetas."""
    with pytest.raises(ValueError, match="pi holds"):
        log_eprocess(np.zeros((2, 2)), pi)
    with pytest.raises(ValueError, match="theta"):
        log_eprocess(np.zeros(2))


def test_expectation_under_the_null_is_one():
    """Over 4,000 seeded pasts without a difference E is 1 on average, and few ever reach 20."""
    rng = np.random.default_rng(5)
    n, N = rng.integers(1, 6, size=(4000, 26)), 60
    m = rng.integers(1, 12, size=(4000, 26))
    x = rng.hypergeometric(m, N - m, n)
    log_e = log_eprocess(conditional_log_evalue(x, n, N, m, RULES.theta))
    E = np.exp(log_e[:, -1])
    assert E.mean() == pytest.approx(1, abs=4 * E.std() / np.sqrt(len(E)))
    # Ville 1939: at most 1 in 20, here of 4,000 with four standard errors to spare
    assert (log_e.max(axis=1) >= np.log(20)).mean() < 0.05 + 4 * np.sqrt(0.05 * 0.95 / 4000)


# Merging


def test_combining_metrics_worked_example():
    """Mean, at least two, at least three and all four of e = 400, 30, 2, 0.5."""
    log_e = np.log([400, 30, 2, 0.5])
    # Design of the signal, worked example 5
    assert combine_mean(log_e) == close(4.683287965252043)
    # Design of the signal, worked example 5
    at_least = [2.3826278006675823, 0.22314355131420982, -0.6931471805599453]
    assert [float(combine_partial_conjunction(log_e, r)) for r in (2, 3, 4)] == close(at_least)


@pytest.mark.parametrize(("log_e", "r"), [([0.0, 1.0], 3), ([0.0, 1.0], 0), ([], 1)])
def test_more_than_all_is_refused(log_e, r):
    """At least r of M needs r between 1 and M."""
    with pytest.raises(ValueError, match="r is"):
        combine_partial_conjunction(log_e, r)


# Intervals


def test_interval_narrows_around_the_odds_ratio():
    """With weeks it closes around the true odds ratio; without data it is open and there is no estimate."""
    rng = np.random.default_rng(3)
    n, rest = np.full(104, 40), np.full(104, 400)
    x, y = rng.binomial(n, 0.2727), rng.binomial(rest, 0.2)
    low, estimate, high = confidence_sequence(log_likelihood_path(x, n, n + rest, x + y))
    assert low[-1] < 1.5 < high[-1]
    assert high[-1] / low[-1] < 1.4 < high[12] / low[12]
    low, estimate, high = confidence_sequence(log_likelihood_path([0], [0], [9], [3]))
    assert (low.tolist(), high.tolist(), np.isnan(estimate).tolist()) == ([0.0], [np.inf], [True])


def test_interval_ends_lie_just_outside_the_exact_ones():
    """An end between two points of the grid is the one of a grid 50 times finer, or up to 1 % outside it."""
    args = ([30, 40], [100, 120], [800, 900], [150, 180])
    fine = np.arange(-2500, 2501) * 0.001
    grids = (interval_grid(), fine)
    coarse, exact = (np.array(confidence_sequence(log_likelihood_path(*args, grid=g)[-1], grid=g)) for g in grids)
    assert 0.99 < coarse[0] / exact[0] <= 1.0005
    assert coarse[1] == pytest.approx(exact[1], rel=1e-4)
    assert 0.9995 <= coarse[2] / exact[2] < 1.01


def test_bands_are_added_before_they_are_tempered():
    """Two bands of a week count as the sum of their likelihoods, divided by the week's one phi."""
    x, n, N, m = ([[2, 3], [1, 0]], [[9, 8], [7, 3]], [[30, 40], [30, 20]], [[6, 11], [5, 2]])
    path = log_likelihood_path(x, n, N, m, phi=[1.5, 2.0], bands=True)
    first, second = (
        log_likelihood_path(*(np.array(part)[:, band] for part in (x, n, N, m)), phi=[1.5, 2.0]) for band in (0, 1)
    )
    assert path == close(first + second)
    with pytest.raises(ValueError, match="even grid"):
        confidence_sequence(path, grid=[0.0, 0.1, 0.5])
