"""Frames of what came of tightening as the page lists them: where the work goes, who is behind it, what moved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from gtm_metrics import words
from gtm_metrics.company import Company
from gtm_metrics.funnel import EVERYONE_ELSE, MixOrRate
from gtm_metrics.metrics import METRICS, Metric
from gtm_metrics.tables.links import CRM, crm_link
from gtm_metrics.tightening import Drift
from gtm_metrics.words import evidence, tightening

LABELS = {"touches": "First touches", "opened": "Deals opened", "wins": "Deals won", "pipeline": "Pipeline opened"}
STANDING = {"more": "more than the rest", "less": "less than the rest", "level": "as the rest", "": ""}


def outside(found: Iterable[Drift], currency: str) -> pd.DataFrame:
    """Work outside | before | first 13 weeks | last 13 weeks | of | evidence | alarm."""
    lines = []
    for each in found:
        amount = each.log_e is None
        of = words.money(each.lately_n, currency) if amount else f"{each.lately_n:,.0f}"
        lines.append(
            {
                "Work outside": LABELS[each.what],
                "Half year before": _share(each.before, each.before_n),
                "First 13 weeks since": _share(each.settled, each.settled_n),
                "Last 13 weeks": _share(each.lately, each.lately_n),
                "Of": of if each.lately is not None else "",
                "Evidence of a rise": "" if amount or not each.weeks else evidence.odds(each.log_e),
                "Alarm": f"rings since {words.day(each.since)}" if each.rings else "" if amount else "quiet",
            }
        )
    columns = ["Work outside", "Half year before", "First 13 weeks since", "Last 13 weeks", "Of",
               "Evidence of a rise", "Alarm"]  # fmt: skip
    return pd.DataFrame(lines, columns=columns)


def accounts(found: pd.DataFrame, company: Company) -> pd.DataFrame:
    """The accounts behind: whose they are, what was done there, and where they stand in the CRM."""
    lines = [
        {
            "Account": words.plain(row["account"] or row["account_id"]),
            "Segment": words.plain(row["segment"]),
            "Owner": words.plain(row["owner"]) if row["owner"] else "",
            "First touches": row["touches"],
            "Deals opened": row["opened"],
            "Pipeline": words.money(row["pipeline"], company.currency) if row["pipeline"] is not None else "",
            "Won": row["wins"],
            "Last on": row["last_on"].date(),
            CRM: crm_link(company, row["account_id"], None),
        }
        for row in found.to_dict("records")
    ]
    columns = ["Account", "Segment", "Owner", "First touches", "Deals opened", "Pipeline", "Won", "Last on", CRM]
    return pd.DataFrame(lines, columns=columns)


def worked(frame: pd.DataFrame, metrics: Sequence[Metric] = METRICS) -> pd.DataFrame:
    """Measure | who | before | since | moved beside the rest: rates with interval and counts on both sides.

    frame   rows of `tightening.worked`, of every metric: the segment's, then everyone else's
    """
    lines = []
    for row in frame.to_dict("records"):
        metric = next(each for each in metrics if each.name == row["metric"])
        mine = row["segment"] != EVERYONE_ELSE
        moved = evidence.ratio_cell(row["moved"], row["moved_low"], row["moved_high"]) if row["moved"] else ""
        why = words.plain(row["why"]) if row["why"] else ""
        lines.append(
            {
                "Measure": metric.label if mine else "",
                "Of": words.plain(row["segment"]),
                "Before": _rate(metric, row, "before", ("before_low", "before_high")),
                "Since": _rate(metric, row, "since", ("low", "high")),
                "Odds grew, times the rest's": moved,
                "So far": STANDING[row["standing"]] or why,
            }
        )
    return pd.DataFrame(lines, columns=["Measure", "Of", "Before", "Since", "Odds grew, times the rest's", "So far"])


def mix(found: Iterable[MixOrRate], metrics: Sequence[Metric] = METRICS) -> pd.DataFrame:
    """Measure | before | since | change | of it mix | of it rate: the whole company's, in points per trial."""
    lines = []
    for each in found:
        metric = next(one for one in metrics if one.name == each.metric)
        line = {"Measure": metric.label, "Of": metric.unit, "Change": words.plain(each.why) if each.why else ""}
        if each.before is not None and each.after is not None:
            line |= {
                "Before": f"{words.percent(each.before, each.trials_before or 0)} of {each.trials_before:,}",
                "Since": f"{words.percent(each.after, each.trials_after or 0)} of {each.trials_after:,}",
                "Change": f"{tightening.points(each.change)} ({_ends(each)})",
                "By mix": tightening.points(each.mix),
                "By rate": tightening.points(each.rate),
            }
        lines.append(line)
    columns = ["Measure", "Of", "Before", "Since", "Change", "By mix", "By rate"]
    return pd.DataFrame(lines, columns=columns).fillna("")


def _rate(metric: Metric, row: Mapping[Any, Any], side: str, ends: tuple[str, str]) -> str:
    n, x = row[f"trials_{side}"], row[f"successes_{side}"]
    if n is None:
        return ""
    if row[side] is None:
        return words.counted(metric, x, n)
    between = words.interval(metric, row[ends[0]], row[ends[1]], n)
    return f"{words.estimate(metric, row[side], n)} ({between}), {words.counted(metric, x, n)}"


def _share(share: float | None, n: float) -> str:
    return "" if share is None else words.percent(share, int(min(n, 100)))


def _ends(found: MixOrRate) -> str:
    assert found.low is not None
    assert found.high is not None
    return f"{100 * found.low:+.1f} to {100 * found.high:+.1f}".replace("-", "−")
