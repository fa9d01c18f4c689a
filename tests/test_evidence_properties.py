"""Evidence: what must hold for any counts, and the design's formulas written out plainly beside the quick ones."""

from fractions import Fraction
from itertools import pairwise
from math import comb, exp, log, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.stats import hypergeom, nchypergeom_fisher

from gtm_metrics.evidence import (
    RULES,
    combine_mean,
    combine_partial_conjunction,
    conditional_log_evalue,
    confidence_sequence,
    hypergeometric_moments,
    log_conditional_mgf,
    log_eprocess,
    log_likelihood_path,
    predictable_dispersion_from,
    segment_evidence,
)

quick = settings(max_examples=60, deadline=None)
thetas = st.floats(-1.5, 1.5).filter(lambda theta: abs(theta) > 1e-3)
log_es = st.lists(st.floats(-20, 20), min_size=1, max_size=8)


@st.composite
def margins(draw, largest=120):
    """n, N, m of one table."""
    N = draw(st.integers(1, largest))
    return draw(st.integers(0, N)), N, draw(st.integers(0, N))


@st.composite
def tables(draw, largest=120):
    """x, n, N, m of one table."""
    n, N, m = draw(margins(largest))
    return draw(st.integers(max(0, m - (N - n)), min(n, m))), n, N, m


@st.composite
def dimensions(draw, segments=(2, 6), weeks=(1, 14)):
    """Successes and trials of some segments, weeks and bands, empty ones among them."""
    shape = draw(st.tuples(st.integers(*segments), st.integers(*weeks), st.integers(1, 2)))
    n = draw(arrays.arrays(np.int64, shape, elements=st.integers(0, 30)))
    share = draw(arrays.arrays(np.float64, shape, elements=st.floats(0, 1)))
    return np.floor(n * share).astype(np.int64), n


def support(n, N, m):
    """The successes the segment can have, and their chances if it is no different."""
    k = np.arange(max(0, m - (N - n)), min(n, m) + 1)
    return k, np.array([float(Fraction(comb(n, int(i)) * comb(N - n, m - int(i)), comb(N, m))) for i in k])


# One table


@quick
@given(margins(), thetas, thetas)
def test_an_e_value_is_a_fair_bet(table, theta, true_theta):
    """P1, P3: its mean is 1 if the segment is no different, and at most 1 if it differs the other way."""
    n, N, m = table
    k, chance = support(n, N, m)
    e = np.exp(conditional_log_evalue(k, n, N, m, theta))
    assert (chance * e).sum() == pytest.approx(1, rel=1e-10)
    tilted = chance * np.exp(-np.sign(theta) * abs(true_theta) * k)
    assert (tilted / tilted.sum() * e).sum() <= 1 + 1e-10


@quick
@given(tables(), thetas)
def test_log_e_is_a_likelihood_ratio(table, theta):
    """P2: log e is Fisher's noncentral hypergeometric log chance less the central one."""
    x, n, N, m = table
    expected = nchypergeom_fisher.logpmf(x, N, m, n, exp(theta)) - hypergeom.logpmf(x, N, m, n)
    assert conditional_log_evalue(x, n, N, m, theta) == pytest.approx(expected, rel=1e-7, abs=1e-8)


@quick
@given(margins(), st.lists(thetas, min_size=1, max_size=4))
def test_K_is_the_plain_sum(table, theta):
    """K equals the log of the sum over exact fractions, for every theta of a grid in any order."""
    k, chance = support(*table)
    plain = [log((chance * np.exp(t * k)).sum()) for t in theta]
    assert log_conditional_mgf(*table, theta) == pytest.approx(plain, rel=1e-12, abs=1e-13)


@quick
@given(tables(), thetas)
def test_swapping_sides_turns_theta(table, theta):
    """P4, P5: the rest beside the segment, or failures for successes, is the same evidence for minus theta."""
    x, n, N, m = table
    log_e = conditional_log_evalue(x, n, N, m, theta)
    assert conditional_log_evalue(m - x, N - n, N, m, -theta) == pytest.approx(float(log_e), rel=1e-9, abs=1e-12)
    assert conditional_log_evalue(n - x, n, N, N - m, -theta) == pytest.approx(float(log_e), rel=1e-9, abs=1e-12)


@quick
@given(st.integers(1, 60), st.booleans(), st.booleans(), st.data())
def test_a_table_without_a_question_says_nothing(N, about_trials, full, data):
    """P6: n = 0, n = N, m = 0 and m = N give e = 1 exactly."""
    sure, other = (N if full else 0), data.draw(st.integers(0, N))
    n, m = (sure, other) if about_trials else (other, sure)
    assert conditional_log_evalue(max(0, n + m - N), n, N, m, [-0.8, 0.1, 1.1]).tolist() == [0, 0, 0]


@settings(max_examples=10, deadline=None)
@given(st.integers(1, 1_000_000), st.integers(0, 50_000), st.floats(0, 1))
def test_large_counts_stay_finite(n, m, share):
    """P15: a million trials and fifty thousand successes give finite evidence, and K as its tangents bound it."""
    N = 1_000_000
    x = round(max(0, m - (N - n)) + share * (min(n, m) - max(0, m - (N - n))))
    theta = np.array(RULES.theta)
    assert np.isfinite(conditional_log_evalue(x, n, N, m, theta)).all()
    mean = hypergeometric_moments(n, N, m)[0]
    K = log_conditional_mgf(n, N, m, theta)
    # Jensen below; above, Hoeffding 1963: drawing without replacement is no more spread than with
    assert (mean * theta <= K * (1 + 1e-12)).all()
    assert (m * np.log1p(n / N * np.expm1(theta)) * (1 + 1e-12) + 1e-9 >= K).all()


@quick
@given(st.lists(tables(40), min_size=1, max_size=6), st.lists(tables(400), min_size=1, max_size=40))
def test_a_table_does_not_see_those_computed_with_it(some, others):
    """K of a table is the same to the last bit alone and among any others."""
    alone = [log_conditional_mgf(n, N, m, RULES.theta) for _, n, N, m in some]
    _, n, N, m = np.array(some + others).T
    assert (log_conditional_mgf(n, N, m, RULES.theta)[: len(some)] == alone).all()


# Segments


@quick
@given(dimensions(weeks=(2, 14)), st.booleans(), st.data())
def test_adding_weeks_never_changes_earlier_values(dimension, higher, data):
    """P7: evidence, phi and everything beside them are for each week what they were when it was the last."""
    x, n = dimension
    until = data.draw(st.integers(1, x.shape[1] - 1))
    whole = segment_evidence(x, n, higher)
    then = segment_evidence(x[:, :until], n[:, :until], higher)
    for name in vars(whole):
        assert (getattr(whole, name)[:, :until] == getattr(then, name)).all(), name


@quick
@given(dimensions(weeks=(2, 14)), st.data())
def test_phi_reads_other_segments_earlier_weeks(dimension, data):
    """P7: a segment's successes of any week leave its own tau2 of that week alone; phi is never below 1."""
    x, n = (part.sum(axis=2).astype(float) for part in dimension)
    e, v = hypergeometric_moments(n, n.sum(axis=0), x.sum(axis=0))
    segment, week = data.draw(st.integers(0, len(x) - 1)), data.draw(st.integers(0, x.shape[1] - 1))
    changed = x.copy()
    changed[segment, week:] += 7
    phi, other = predictable_dispersion_from(x, e, v), predictable_dispersion_from(changed, e, v)
    assert (phi >= 1).all()
    assert (phi[segment] == other[segment]).all()
    assert (phi[:, : week + 1] == other[:, : week + 1]).all()


@quick
@given(dimensions(), st.booleans(), st.randoms(use_true_random=False))
def test_the_order_of_segments_does_not_matter(dimension, higher, random):
    """P8: permuting segments permutes the output, ties for the hardest rest included."""
    x, n = dimension
    order = random.sample(range(len(x)), len(x))
    plain, shuffled = segment_evidence(x, n, higher), segment_evidence(x[order], n[order], higher)
    for name in vars(plain):
        assert getattr(shuffled, name) == pytest.approx(getattr(plain, name)[order], rel=1e-9, abs=1e-9), name


@quick
@given(dimensions())
def test_no_data_is_no_evidence(dimension):
    """P8, P12: without trials, or without successes, wealth stays 1 and phi 1."""
    x, n = dimension
    for successes, trials in ((0 * x, 0 * n), (0 * x, n), (n, n)):
        evidence = segment_evidence(successes, trials, True)
        assert np.abs([evidence.log_e_better, evidence.log_e_worse]).max() < 1e-12
        assert (evidence.phi == 1).all()


def plain_evidence(x, n, sign):
    """log E^better (segment, week) and phi by the design's formulas, one number at a time."""
    S, W, B = x.shape
    N, m = n.sum(axis=0), x.sum(axis=0)
    e, v = (part.sum(axis=2) for part in hypergeometric_moments(n, N, m))
    d, phi = np.zeros((S, W)), np.ones((S, W))
    for s in range(S):
        for w in range(W):
            level = sum(x[s, u].sum() - e[s, u] for u in range(w)) / (sum(v[s, u] for u in range(w)) + 1 / 0.5**2)
            d[s, w] = x[s, w].sum() - e[s, w] - v[s, w] * level
    for s in range(S):
        others = [i for i in range(S) if i != s]
        for w in range(W):
            past = [(i, u) for i in others for u in range(w)]
            tau2 = sum(d[i, u] ** 2 - v[i, u] for i, u in past) / (50 + sum(v[i, u] ** 2 for i, u in past))
            for lag in range(1, 9):
                far = [(i, u) for i, u in past if u >= lag]
                above = sum(d[i, u] * d[i, u - lag] for i, u in far)
                tau2 += 2 * (1 - lag / 9) * max(0, above / (50 + sum(v[i, u] * v[i, u - lag] for i, u in far)))
            phi[s, w] = 1 + max(0.1**2, tau2) * v[s, w]

    def process(s, N, m):
        E, S_g, kept = [], [0.0] * 6, 1.0
        for w in range(W):
            pi = 0.5 if w == 0 else 0.5 / 104 * (103 / 104) ** (w - 1)
            kept -= pi
            for g, theta in enumerate(RULES.theta):
                K = sum(log((p * np.exp(sign * theta * k)).sum())
                        for k, p in (support(n[s, w, b], N[w, b], m[w, b]) for b in range(B)))
                S_g[g] = (S_g[g] + pi) * exp((sign * theta * x[s, w].sum() - K) / phi[s, w])
            E.append(sum(S_g) / 6 + kept)
        return E

    better = np.empty((S, W))
    for s in range(S):
        paths, seen = {None: process(s, N, m)}, {None}
        for w in range(W):
            gone = [j for j in range(S) if j != s and n[j, : w + 1].sum() > 0]
            if (n[:, : w + 1].sum(axis=(1, 2)) > 0).sum() >= 4:
                z = {}
                for j in gone:
                    fair, variance = hypergeometric_moments(n[s, : w + 1], (N - n[j])[: w + 1], (m - x[j])[: w + 1])
                    if variance.sum() > 0:
                        z[j] = sign * (x[s, : w + 1].sum() - fair.sum()) / sqrt(variance.sum())
                seen |= {j for j in z if z[j] <= min(z.values()) + 1e-12}
            for j in seen - set(paths):
                paths[j] = process(s, N - n[j], m - x[j])
            better[s, w] = log(min(paths[j][w] for j in seen))
    return better, phi


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([1, -1]), st.integers(3, 6), st.integers(1, 2))
def test_evidence_is_what_the_formulas_say(seed, sign, segments, bands):
    """The quick evidence equals the design's formulas worked through one number at a time."""
    rng = np.random.default_rng(seed)
    n = rng.poisson(rng.choice([0.3, 4, 12], size=(segments, 1, bands)), (segments, 11, bands))
    x = rng.binomial(n, rng.uniform(0.05, 0.6, (segments, 1, 1)))
    evidence = segment_evidence(x, n, sign == 1)
    better, phi = plain_evidence(x, n, sign)
    assert evidence.phi == pytest.approx(phi, rel=1e-9)
    assert evidence.log_e_better == pytest.approx(better, rel=1e-9, abs=1e-11)


# Merging and intervals


@quick
@given(log_es)
def test_at_least_r_falls_in_r(log_e):
    """P9: more is harder to show; r = 1 is the mean, r = M the least."""
    merged = [float(combine_partial_conjunction(log_e, r)) for r in range(1, len(log_e) + 1)]
    assert all(one >= next_ - 1e-12 for one, next_ in pairwise(merged))
    assert merged[0] == pytest.approx(log(np.mean(np.exp(log_e))), abs=1e-9)
    assert (float(combine_mean(log_e)), merged[-1]) == (merged[0], pytest.approx(min(log_e)))


@quick
@given(log_es, st.integers(1, 8))
def test_a_metric_without_data_counts_as_one(log_e, r):
    """P16: the process of a metric nobody was tried on merges as e = 1 does."""
    empty = log_eprocess(conditional_log_evalue([0] * 9, [0] * 9, [0] * 9, [0] * 9, RULES.theta))[-1]
    r = min(r, len(log_e) + 1)
    expected = combine_partial_conjunction([*log_e, 0.0], r)
    assert combine_partial_conjunction([*log_e, empty], r) == pytest.approx(float(expected), abs=1e-9)


@quick
@given(st.lists(tables(), min_size=1, max_size=8))
def test_the_interval_holds_the_estimate(weeks):
    """P10: every week it is in order and holds its estimate, but where there is nothing to estimate."""
    x, n, N, m = np.array(weeks).T
    low, estimate, high = confidence_sequence(log_likelihood_path(x, n, N, m))
    assert (low < high).all()
    known = ~np.isnan(estimate)
    assert ((low <= estimate) & (estimate <= high))[known].all()
    silent = np.cumsum(hypergeometric_moments(n, N, m)[1]) == 0
    assert (known == ~silent).all()
