"""E-values, e-processes and intervals that stay valid however often one looks: pure functions of counts.

Counts go in as whole numbers, no data as 0 trials; evidence comes back as natural logs of e-values, the pay-off of a
fair bet against "no different". Axes run (segment, week[, band]); a theta, a log odds ratio, has the last axis. What
is said of a week rests on that week and those before it. Nothing here draws at random or keeps a state.
"""

from gtm_metrics.evidence.conditional import conditional_log_evalue, expected_log_growth, log_conditional_mgf
from gtm_metrics.evidence.dispersion import predictable_dispersion_from
from gtm_metrics.evidence.drift import log_share_drift, share_dispersion
from gtm_metrics.evidence.intervals import confidence_sequence, interval_grid, log_likelihood_path
from gtm_metrics.evidence.merging import combine_mean, combine_partial_conjunction
from gtm_metrics.evidence.processes import log_eprocess, start_weights
from gtm_metrics.evidence.reopening import Detector, reopen_detector
from gtm_metrics.evidence.rules import RULES, EvidenceRules
from gtm_metrics.evidence.segments import MetricEvidence, Standing, segment_evidence, segment_standing
from gtm_metrics.evidence.tables import hypergeometric_moments

__all__ = [
    "RULES",
    "Detector",
    "EvidenceRules",
    "MetricEvidence",
    "Standing",
    "combine_mean",
    "combine_partial_conjunction",
    "conditional_log_evalue",
    "confidence_sequence",
    "expected_log_growth",
    "hypergeometric_moments",
    "interval_grid",
    "log_conditional_mgf",
    "log_eprocess",
    "log_likelihood_path",
    "log_share_drift",
    "predictable_dispersion_from",
    "reopen_detector",
    "segment_evidence",
    "segment_standing",
    "share_dispersion",
    "start_weights",
]
