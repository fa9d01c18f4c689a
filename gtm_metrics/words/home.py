"""Home's title and paragraph: the verdict over all watched dimensions, and what this screen shows of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gtm_metrics.funnel import Finding
from gtm_metrics.metrics import Metric
from gtm_metrics.words import explained, findings, signal
from gtm_metrics.words.gates import when
from gtm_metrics.words.numbers import Row, count

NO_PROFILE, NO_ALIKE = "Deals outside the kept profile are not listed", "Nobody who fits the profile is named"
"""Said where what the profile asks for is not there any more, with the reason."""
PROVEN = ("tighten", "tightened")


def title(
    verdict: signal.Told | None,
    row: Row | None,
    finding: Finding,
    metrics: Sequence[Metric],
    by: tuple[str, ...],
    rows: Mapping[str, Row],
    ahead: Sequence[str],
) -> str:
    """The verdict in at most fifteen words; without one (no journal, nothing watched) the screen's finding.

    row          the verdict's segment as the journal has it
    by           the dimension on the screen: the picker changes the numbers in the title, never the verdict
    rows, ahead  that segment's contract rows on the screen by metric, and the metrics on which it is credibly ahead
    """
    if verdict is None:
        return findings.title(finding, metrics)
    shown = signal.home_title(verdict, rows, ahead, metrics) if by == (verdict.dimension,) else ""
    return shown or signal.title(verdict, row)


def paragraph(
    verdict: signal.Told | None,
    finding: Finding,
    metrics: Sequence[Metric],
    by: tuple[str, ...],
    dimension: str,
    brief: bool = False,
) -> str:
    """What is proven, then what this screen shows; `dimension` is what it is called, `brief` for a board page."""
    shown = findings.paragraph(finding, metrics, brief=brief or verdict is not None)
    if verdict is None:
        return shown
    voice = findings.Voice(True)
    if by != (verdict.dimension,) or finding.segment != verdict.segment:
        stands = finding.kind in ("leads", "trails")
        seen = f"{voice.name(finding.segment)} {finding.kind}" if stands else findings.title(finding, metrics)
        lead = voice.text(dimension)
        shown = f"By {lead[:1].lower()}{lead[1:]}: {seen}. {shown}"
    return " ".join(part for part in (_proof(verdict), explained.thesis_line(verdict), shown) if part)


def _proof(verdict: signal.Told) -> str:
    """Since when, and among how many; '' where nothing is proven."""
    if verdict.kind not in PROVEN:
        return ""
    watched = count(verdict.k, "watched segment")
    since = when(verdict.since, verdict.week)
    if verdict.kind == "tightened":
        return f"Positioning was tightened on it in the week of {since}."
    return f"Time to tighten positioning: proven since {since} among {watched}."
