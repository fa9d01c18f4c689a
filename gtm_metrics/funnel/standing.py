"""Who is credibly ahead of the rest, who behind: the only thing that earns a colour."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pandas as pd
from scipy.special import betainc

from gtm_metrics.estimates import FloatArray, credibly_apart, mantel_haenszel_interval
from gtm_metrics.funnel.pools import object_frame, or_none, pooled
from gtm_metrics.funnel.segments import checked, segments_of
from gtm_metrics.funnel.strata import beside_rest, strata_of
from gtm_metrics.metrics import Metric
from gtm_metrics.question import Tally

AHEAD = "ahead"
BEHIND = "behind"
STANDING_COLUMNS = ("segment", "ratio", "low", "high", "standing", "score")
COLOURED_BY_CHANCE = 0.05
"""Share of screens without any difference on which luck alone may colour something."""


def standings(tally: Tally, metric: Metric, comparisons: int) -> pd.DataFrame:
    """How each segment stands beside the rest of the same weeks and bands; one row a segment, in row order.

    `comparisons` is how many are made on the screen (`compared` counts them): each is judged at 5 % over
    their number (Bonferroni), so that a screen on which nothing differs shows a colour in at most 5 % of
    looks. The guarantee is for one look; what is watched week by week is the signal's affair.

    ratio           Mantel-Haenszel rate ratio; low, high its interval at that level. None where too early,
                    where the rest is below the minimum, and for an end that is not finite
    standing        'ahead' or 'behind', better or worse whatever the metric's direction; else ''. The
                    interval must lie off 1 and the tail probability of the count be as small: with a
                    handful of successes the interval alone is wrong twice too often
    score           (successes - expected) / standard deviation if nothing differed, above 0 is better
                    (Cochran, Mantel and Haenszel); None where there is no ratio to judge

    Segments that are not set have a ratio but neither standing nor score. A tally that is not ok has no
    segments and so no rows. Raises ValueError when comparisons < 1, or as `funnel` does.
    """
    checked(tally, metric)
    if comparisons < 1:
        raise ValueError(f"comparisons is {comparisons}; a screen that judges anything makes at least 1")
    if tally.status != "ok" or not tally.question.by:
        return object_frame({name: [] for name in STANDING_COLUMNS})
    segments, coded = segments_of(tally)
    closed = coded.closed
    each = pooled(closed, closed["code"].to_numpy(dtype=np.int64), len(segments), metric)
    everyone = each.total()
    enough = (each.trials >= metric.minimum) & (everyone.trials - each.trials >= metric.minimum)
    judged = enough & np.array([segment.named for segment in segments], dtype=bool)

    error = COLOURED_BY_CHANCE / comparisons
    z = NormalDist().inv_cdf(1 - error / 2)

    def beside(x: FloatArray, n: FloatArray, N: FloatArray, m: FloatArray) -> tuple[FloatArray, ...]:
        return *mantel_haenszel_interval(x, n, N, m, z=z), *_if_nothing_differed(x, n, N, m)

    ratio, low, high, observed, expected, variance = beside_rest(strata_of(closed), len(segments), beside)
    better = 1 if metric.higher_is_better or metric.estimate == "calls" else -1
    unlikely = tail_probability(observed, expected, variance) < error / 2
    direction = np.where(judged & unlikely, better * credibly_apart(low, high), 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        score = better * (observed - expected) / np.sqrt(variance)
    return object_frame(
        {
            "segment": [segment.name for segment in segments],
            "ratio": or_none(np.where(enough, ratio, np.nan)),
            "low": or_none(np.where(enough, low, np.nan)),
            "high": or_none(np.where(enough, high, np.nan)),
            "standing": [{1: AHEAD, -1: BEHIND}.get(sign, "") for sign in direction.tolist()],
            "score": or_none(np.where(judged, score, np.nan)),
        }
    )


def tail_probability(observed: FloatArray, expected: FloatArray, variance: FloatArray) -> FloatArray:
    """Probability of a count at least this far to its side of the expectation, if nothing differed.

    Given its margins a stratum's count, less the least it can be, is a sum of independent Bernoulli trials
    (Vatutin and Mikhailov 1982), and so is the sum over strata. It is read as the binomial of the same mean
    and variance, n p = expected and n p (1 - p) = variance, n not a whole number; a count beyond n is read
    as n. 1 where nothing could have varied.
    """
    varied = variance > 0
    mean = np.where(varied, expected, 1.0)
    p = 1 - np.where(varied, variance, 0.5) / mean
    p = np.clip(p, 1e-9, 1.0)  # a hair above 0 where the count is all but Poisson
    n = mean / p
    count = np.minimum(observed, n)
    at_least = betainc(np.maximum(count, 1e-9), n - count + 1, p)
    at_most = 1 - betainc(count + 1, np.maximum(n - count, 1e-9), p)
    return np.asarray(np.where(varied, np.where(count > expected, at_least, at_most), 1.0))


def _if_nothing_differed(
    x: FloatArray, n: FloatArray, N: FloatArray, m: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(observed, expected, variance) of the successes beyond the least that the margins allow, summed over
    strata: hypergeometric.
    """
    least = np.maximum(0.0, m - (N - n))
    fair = n * m / np.maximum(N, 1)
    variance = fair * (N - n) * (N - m) / (np.maximum(N, 1) * np.maximum(N - 1, 1))
    return (x - least).sum(axis=-1), (fair - least).sum(axis=-1), variance.sum(axis=-1)
