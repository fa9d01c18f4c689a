"""Rates, intervals, ratios, shrinkage and life tables: pure functions of counts.

Counts go in as array-likes of any matching shape and come back as float64 arrays. A NaN or None among the
counts means "not known" and gives NaN; so does a count of zero where a rate would need one to divide by.
Every interval is two-sided at 95 % unless another z is given.
"""

from gtm_metrics.estimates.concordance import Concordance, Placements, concordance
from gtm_metrics.estimates.counts import FloatArray
from gtm_metrics.estimates.exact import exact_p, exact_share_p
from gtm_metrics.estimates.incidence import cumulative_incidence, time_until
from gtm_metrics.estimates.life_tables import (
    kaplan_meier,
    restricted_mean_calls,
    survival_interval,
)
from gtm_metrics.estimates.many import corrected
from gtm_metrics.estimates.money import mean_interval, ratio_interval
from gtm_metrics.estimates.rates import Z95, monthly_churn, monthly_churn_interval, wilson
from gtm_metrics.estimates.ratios import (
    credibly_apart,
    expected_at_rest_rate,
    mantel_haenszel_interval,
    mantel_haenszel_rate_ratio,
    observed_beside_rest,
    odds_to_rate_ratio,
)
from gtm_metrics.estimates.shrinkage import gamma_poisson_shrinkage

__all__ = [
    "Z95",
    "Concordance",
    "FloatArray",
    "Placements",
    "concordance",
    "corrected",
    "credibly_apart",
    "cumulative_incidence",
    "exact_p",
    "exact_share_p",
    "expected_at_rest_rate",
    "gamma_poisson_shrinkage",
    "kaplan_meier",
    "mantel_haenszel_interval",
    "mantel_haenszel_rate_ratio",
    "mean_interval",
    "monthly_churn",
    "monthly_churn_interval",
    "observed_beside_rest",
    "odds_to_rate_ratio",
    "ratio_interval",
    "restricted_mean_calls",
    "survival_interval",
    "time_until",
    "wilson",
]
