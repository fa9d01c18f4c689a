"""Has a lead that was there gone? A detector that starts afresh every week."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from gtm_metrics.estimates import FloatArray
from gtm_metrics.evidence.conditional import conditional_log_evalue
from gtm_metrics.evidence.processes import log_shiryaev_roberts_on
from gtm_metrics.evidence.rules import RULES, EvidenceRules
from gtm_metrics.evidence.tables import segments_and_all


class Detector(NamedTuple):
    """Where the detector of one metric stands after some weeks: log R after each, and log R(d) after the last."""

    log_r: FloatArray
    each: FloatArray


def reopen_detector(
    x: ArrayLike,
    n: ArrayLike,
    segment: int,
    start: int,
    higher_is_better: bool,
    phi: ArrayLike = 1.0,
    rules: EvidenceRules = RULES,
    before: Detector | None = None,
) -> Detector:
    """log R of one metric after each week, -inf (R = 0) before week `start` (from 0), and what it takes to go on.

    `x`, `n`: all segments', (segment, week) or (segment, week, band); `segment`: the row that keeps or loses its lead;
    `start`: the first week watched, the one after its signal. R_w(d) = (R_{w-1}(d) + 1) e_w(th0 - d | th0), meaned
    over d, with th0 = log `reopen_lead`, signs turned where lower is better. While the odds ratio stays at that
    lead or above, R >= c comes after c weeks or more on average (Shin, Ramdas and Rinaldo 2024). `phi` (week,), that
    of the segment's evidence, tempers. `before`: where it stood over the first weeks of the same counts. Over several
    metrics take `combine_mean`. Raises ValueError on what is no count.
    """
    x_, n_, N, m = segments_and_all(x, n)
    weeks = x_.shape[1]
    sign = 1 if higher_is_better else -1
    lead = np.log(rules.reopen_lead)
    fallen = sign * (lead - np.asarray(rules.reopen_drops))
    if before is None:
        before = Detector(np.full(min(start, weeks), -np.inf), np.full(len(fallen), -np.inf))
    new = slice(len(before.log_r), None)
    tables = x_[segment, new], n_[segment, new], N[new], m[new]
    weekly = conditional_log_evalue(*tables, fallen, null_theta=float(sign * lead)).sum(axis=1)
    tempered = weekly / np.broadcast_to(np.asarray(phi, dtype=np.float64), (weeks,))[new, np.newaxis]
    log_r, each = log_shiryaev_roberts_on(tempered, before.each)
    return Detector(np.concatenate([before.log_r, log_r]), each)
