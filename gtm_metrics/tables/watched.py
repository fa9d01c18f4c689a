"""Frames of a segment's page beside the signal: its lead among its like, mix or rate, what it shares with others."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from gtm_metrics import words
from gtm_metrics.funnel import MixOrRate
from gtm_metrics.metrics import Metric
from gtm_metrics.question import NOT_SET
from gtm_metrics.tables.cells import said_of_any
from gtm_metrics.words import evidence, watched

NAMES = 3
"""Values named one by one where a lead is gone."""
SHARED_ROWS = 6


def among_like(
    tests: pd.DataFrame, values: Mapping[str, pd.DataFrame], metric: Metric, labels: Mapping[str, str]
) -> pd.DataFrame:
    """Within | ahead in | times the rest | not ahead in: a segment's lead among those alike in a further dimension.

    tests    `funnel.holds_up` of one metric; its rows within a dimension are listed
    values   dimension -> `funnel.within_each`
    """
    ratio = f"Times the rest ({evidence.short(metric.name)})"
    lines = []
    for row in tests.to_dict("records"):
        if not row["within"]:
            continue
        judged = [v for v in values[row["within"]].to_dict("records") if v["ahead"] is not None]
        behind = [words.plain(words.shortened(str(v["value"]), 28)) for v in judged if not v["ahead"]]
        more = f" and {len(behind) - NAMES:,} more" if len(behind) > NAMES else ""
        lines.append(
            {
                "Within": words.plain(labels.get(row["within"], row["within"])),
                "Ahead in": f"{len(judged) - len(behind):,} of {len(judged):,}" if judged else "too few to say",
                ratio: evidence.ratio_cell(row["ratio"], row["low"], row["high"]),
                "Not ahead in": ", ".join(behind[:NAMES]) + more,
            }
        )
    return said_of_any(pd.DataFrame(lines, columns=["Within", "Ahead in", ratio, "Not ahead in"]), ("Not ahead in",))


def moved(found: MixOrRate, metric: Metric, segment: str) -> pd.DataFrame:
    """Who | share of trials | rate | by rate | by mix | together: a segment, everyone else, all.

    Shares and rates are before → now. Parts are rounded so that they add up, down and across.
    """
    parts = found.parts[found.parts["segment"] == segment].to_dict("records")
    if found.status != "ok" or not parts:
        return pd.DataFrame()
    mine = parts[0]
    _, rate, mix = watched.parts(found)
    own_mix, own_rate = round(1000 * mine["mix"]), round(1000 * mine["rate"])
    sides = ((found.before, "before", found.trials_before), (found.after, "after", found.trials_after))
    shares = [mine[f"share_{side}"] for _, side, _ in sides]
    trials = [round(share * (n or 0)) for share, (_, _, n) in zip(shares, sides, strict=True)]
    own = [mine[f"rate_{side}"] for _, side, _ in sides]
    others = [
        None if r is None or whole is None or share >= 1 else (whole - share * r) / (1 - share)
        for r, share, (whole, _, _) in zip(own, shares, sides, strict=True)
    ]
    everyone = [n or 0 for _, _, n in sides]
    rest = [n - k for n, k in zip(everyone, trials, strict=True)]
    lines = [
        (words.plain(words.shortened(segment, 28)), shares, own, trials, own_rate, own_mix),
        ("Everyone else", [1 - share for share in shares], others, rest, rate - own_rate, mix - own_mix),
        ("All", [], [found.before, found.after], everyone, rate, mix),
    ]
    return pd.DataFrame(
        [
            {
                "": name,
                "Share": _path([words.percent(s, 0) for s in part]) if part else "",
                metric.label: _path([words.estimate(metric, r, n) for r, n in zip(rates, of, strict=True)]),
                "By rate": watched.points(of_rate),
                "By mix": watched.points(of_mix),
                "Together": watched.points(of_rate + of_mix),
            }
            for name, part, rates, of, of_rate, of_mix in lines
        ]
    )


def shared(found: pd.DataFrame, labels: Mapping[str, str]) -> pd.DataFrame:
    """Segment | dimension | in both | of this one | of the other | : the watched segments it shares most accounts with.

    found   `measures.overlap`
    """
    named = [row for row in found.to_dict("records") if row["value"] != NOT_SET]
    named.sort(key=lambda row: (-min(row["of_segment"], row["of_other"]), row["value"]))
    lines = [
        {
            "Segment": words.plain(words.shortened(str(row["value"]), 40)),
            "Dimension": words.plain(labels.get(row["dimension"], row["dimension"])),
            "In both": f"{row['both']:,}",
            "Of this one": words.percent(row["of_segment"], 0),
            "Of that one": words.percent(row["of_other"], 0),
            "": watched.SAME if watched.the_same(row) else "",
        }
        for row in named[:SHARED_ROWS]
    ]
    return pd.DataFrame(lines, columns=["Segment", "Dimension", "In both", "Of this one", "Of that one", ""])


def _path(two: list[str]) -> str:
    """18 → 22 %: the sign once, so that a narrow column holds it."""
    percents = all(each.endswith("%") and each[0].isdigit() for each in two)
    return " → ".join([two[0].rstrip("%").rstrip(), two[1]] if percents else two)
