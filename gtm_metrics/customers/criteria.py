"""The seven criteria of an ideal customer: what customers did, those of a profile or the best tenth beside the rest."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from gtm_metrics.customers.apart import NOT_APART, TOO_FEW, Q
from gtm_metrics.estimates import corrected, exact_p, wilson
from gtm_metrics.measures.value.seven import Criterion

MORE, LESS, IN_SCORE, NO_DATA = "more", "less", "in_score", "no_data"

CRITERIA_COLUMNS = (
    "criterion", "sign", "definition", "among", "needs", "met", "n", "share", "low", "high", "rest_met", "rest_n",
    "rest_share", "p", "q", "tried", "status", "why",
)  # fmt: skip


def criteria(
    frame: pd.DataFrame,
    missing: Mapping[str, str],
    seven: Sequence[Criterion],
    minimum: int,
    scored: Collection[str],
    q: float = Q,
) -> pd.DataFrame:
    """Every sign of the seven criteria beside everyone else, a row a sign in their order: CRITERIA_COLUMNS.

    frame    sign | met | n | rest_met | rest_n, as `value.criteria` counts
    missing  sign -> why it could not be counted
    scored   the parts of the value score that have a weight
    share    met / n with Wilson's 95 % interval low, high; rest_share likewise; None below `minimum` customers
    p        of so many or more, or so few or fewer, drawn by lot from all of whom it is known (hypergeometric, the
             smaller tail doubled); q corrects it for all `tried` (Benjamini-Hochberg)
    status   more or less (q at most `q`), not_apart, too_few (a side has under `minimum`: counts only), in_score (what
             the score counts too sets its best apart by the way they were chosen: not tried), no_data with its why
    No data is None and never 0: so are met and n of a sign that nobody of the group is known by.
    """
    counts = {str(row["sign"]): row for row in frame.to_dict("records")}
    rows = []
    for criterion in seven:
        for sign in criterion.signs:
            told = counts.get(sign.name)
            why = missing.get(sign.name, "")
            if told is None or not told["n"]:
                why = why or "nobody of them has it on record"
                numbers: list[Any] = [None] * 8
                status = NO_DATA
            else:
                numbers = _numbers(told, minimum)
                few = min(told["n"], told["rest_n"]) < minimum
                status = TOO_FEW if few else IN_SCORE if sign.part in scored else ""
            asked = (criterion.name, sign.name, sign.label, sign.among, ", ".join(sign.needs))
            rows.append((*asked, *numbers, None, None, 0, status, why))
    found = pd.DataFrame(rows, columns=list(CRITERIA_COLUMNS), dtype=object)
    tried = found["status"] == ""
    found["tried"] = int(tried.sum())
    if tried.any():
        _compare(found, tried, q)
    return found


def _numbers(told: Mapping[Any, Any], minimum: int) -> list[Any]:
    """met, n, share, low, high, rest_met, rest_n, rest_share; shares from `minimum` customers of a side on."""
    met, n, rest_met, rest_n = (int(told[name]) for name in ("met", "n", "rest_met", "rest_n"))
    low, high = (float(end) for end in wilson(met, n))
    mine = [met / n, low, high] if n >= minimum else [None, None, None]
    return [met, n, *mine, rest_met, rest_n, rest_met / rest_n if rest_n >= minimum else None]


def _compare(found: pd.DataFrame, tried: pd.Series, q: float) -> None:
    """Sets p, q and the status of the rows that are tried."""
    met, n, rest_met, rest_n = (
        np.asarray(found.loc[tried, name], dtype=np.int64) for name in ("met", "n", "rest_met", "rest_n")
    )
    p = exact_p(met, n, n + rest_n, met + rest_met)
    together = corrected(p)
    found.loc[tried, "p"], found.loc[tried, "q"] = p.astype(object), together.astype(object)
    more = met * rest_n > rest_met * n
    found.loc[tried, "status"] = [
        (MORE if ahead else LESS) if each <= q else NOT_APART for each, ahead in zip(together, more, strict=True)
    ]
