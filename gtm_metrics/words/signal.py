"""The verdict as sentences. A title claims only what a gate or a number tests; no sentence calls odds a probability."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

import pandas as pd

from gtm_metrics.metrics import METRICS, Metric
from gtm_metrics.signal.states import INSUFFICIENT_DATA
from gtm_metrics.words.evidence import spoken
from gtm_metrics.words.findings import CLAIMS, HEADLINE, NAME_WORDS, TITLE_WORDS, Voice
from gtm_metrics.words.gates import as_day, proven, waiting_for, when
from gtm_metrics.words.numbers import Row, count, dot_label, estimate
from gtm_metrics.words.small import LONGEST, Small, small_of

TOO_EARLY, LOOSE, WATCH, TIGHTEN, TIGHTENED, LEAD_LOST = (
    "Too early",
    "Loose",
    "Watch",
    "Tighten",
    "Tightened",
    "Lead lost",
)
ON_SCREEN = {
    "insufficient data": TOO_EARLY,
    "stay loose": LOOSE,
    "watch": WATCH,
    "emerging": WATCH,
    "tighten now": TIGHTEN,
    "tightened": TIGHTENED,
    "reopened": LEAD_LOST,
}
"""A state's word on screen; JSON keeps the state's own name."""
STATE_OF = {"loose": "stay loose", "too_early": "insufficient data"}
"""The state a verdict without a segment stands for."""
SIX = (TOO_EARLY, LOOSE, WATCH, TIGHTEN, TIGHTENED, LEAD_LOST)
COLOURS = {TIGHTEN: "green", TIGHTENED: "green", LEAD_LOST: "red"}
"""Only what is proven, decided or proven gone has a colour."""
MEANING = {
    TOO_EARLY: "not enough weeks or successes to judge",
    LOOSE: "no segment stands out: keep selling broadly",
    WATCH: "a lead on at least one measure, not proven",
    TIGHTEN: "proven: time to tighten positioning around it",
    TIGHTENED: "decided, and the lead has not been lost",
    LEAD_LOST: "the lead is proven gone: look again",
}


@dataclass(frozen=True)
class Thesis:
    """The segment named as thesis; standing is ahead, behind or level, as far as 10 to 1 tells, or unseen: not judged.

    `late`: it was named when its weeks already counted, and so needs the same proof as any other.
    """

    dimension: str
    segment: str
    standing: str
    late: bool = False


@dataclass(frozen=True)
class Told:
    """What is said of a week: the fields of signal.Verdict that words need, whether fresh or read back."""

    kind: str
    dimension: str
    segment: str
    since: date | None
    carrying: tuple[str, ...]
    luck: float
    k: int
    week: date | None
    thesis: Thesis | None = None
    wait: float | None = None
    enough_in: float | None = None
    small: Small | None = None

    @property
    def key(self) -> tuple[str, str] | None:
        """(dimension, segment) of the segment it is about."""
        return (self.dimension, self.segment) if self.segment else None


def row_of(rows: pd.DataFrame, key: tuple[str, str] | None) -> Row | None:
    """A segment's verdict row; None without one."""
    return next((r for r in rows.to_dict("records") if key == (r["dimension"], r["segment"])), None)


def subject_of(told: Told, rows: pd.DataFrame) -> tuple[str, str] | None:
    """The segment a page or a slide is about: the verdict's, else the thesis, else the one with the strongest evidence,
    of those there is enough of if there is any. `rows` are the week's verdicts, a row a segment."""
    thesis = told.thesis
    if told.key:
        return told.key
    if thesis and row_of(rows, (thesis.dimension, thesis.segment)):
        return thesis.dimension, thesis.segment
    enough = rows[rows["state"] != INSUFFICIENT_DATA]
    ranked = (rows if enough.empty else enough).sort_values("log_e_any", ascending=False, na_position="last")
    return None if ranked.empty else (str(ranked.iloc[0]["dimension"]), str(ranked.iloc[0]["segment"]))


def told(said: Mapping[str, Any]) -> Told:
    """A verdict's fields, from `asdict(signal.Verdict)` or the JSON that the journal keeps of it."""
    thesis = said.get("thesis")
    return Told(
        kind=said["kind"],
        dimension=said["dimension"] or "",
        segment=said["segment"] or "",
        since=as_day(said["since"]),
        carrying=tuple(said["carrying"]),
        luck=said["luck"],
        k=said["k"],
        week=as_day(said["week"]),
        thesis=Thesis(thesis["dimension"], thesis["segment"], thesis["standing"]) if thesis else None,
        wait=said.get("wait"),
        enough_in=said.get("enough_in"),
        small=small_of(said.get("small")),
    )


@dataclass(frozen=True)
class Worth:
    """What stands beside the odds: is the segment worth it, and big enough? None where it is not known.

    nrr       net revenue retention as a fraction, 1.18 is 118 %; rest_nrr everyone else's
    arpa      what a customer pays a month, in `currency`; rest_arpa everyone else's
    left      accounts left to win; weeks of first touches they last
    worth     whether ARPA or NRR put it above everyone else, and neither below
    """

    nrr: float | None = None
    rest_nrr: float | None = None
    left: int | None = None
    worth: bool | None = None
    arpa: float | None = None
    rest_arpa: float | None = None
    weeks: int | None = None
    currency: str = "$"


def six_words(state: str) -> str:
    """The six words in a line, the one that holds filled and in its colour: badges in Markdown."""
    now = ON_SCREEN[state]
    return " ".join(
        f":{COLOURS.get(word, 'gray')}-badge[● **{word}**]" if word == now else f":gray-badge[○ {word}]" for word in SIX
    )


def about(verdict: Told, key: tuple[str, str]) -> str:
    """The heading over the details (Markdown): whom they speak of, where the verdict itself names nobody."""
    if verdict.key:
        return "**Does it hold up?**"
    if verdict.kind == "too_early":
        return f"**Too early to judge anybody.** {Voice(True).name(key[1])} so far:"
    if verdict.thesis and (verdict.thesis.dimension, verdict.thesis.segment) == key:
        return f"**Nobody stands out.** This is your thesis, {Voice(True).name(key[1])}:"
    return f"**Nobody stands out.** {Voice(True).name(key[1])} has come furthest:"


def luck(share: float) -> str:
    """What the rule promises, one figure everywhere; `share` of companies, 0.10 at first, never above 0.20."""
    part = Fraction(share).limit_denominator(40)
    return (
        f"A rule this strict names a wrong segment in fewer than {count(part.numerator, 'company', 'companies')} in "
        f"{part.denominator}, however long it watches (against luck; not against a star rep)."
    )


def title(verdict: Told, row: Row | None = None, worth: Worth | None = None, markdown: bool = True) -> str:
    """The Tighten page's title, at most fifteen words.

    row     the verdict row of its segment, None where the verdict names none
    worth   "and worth it" is said only where it was compared and is so
    """
    voice, since, segment = Voice(markdown), when(verdict.since, verdict.week), verdict.segment
    if verdict.kind == "tighten":
        worth_it = ", and worth it" if worth and worth.worth else ""
        return _named(f"Tighten on {{}}: proven since {since}{worth_it}", segment, voice)
    if verdict.kind == "tightened":
        ending = "its lead is fading" if row and row["fading"] else "its lead has not been lost"
        ending = "not proven so far" if row and not proven(row) and not row["fading"] else ending
        return _named(f"Tightened on {{}} since {since}: {ending}", segment, voice)
    if verdict.kind == "lead_lost":
        return _named(f"{{}} has lost its lead, week of {since}: look again", segment, voice)
    if verdict.kind == "emerging" and verdict.small:
        return _named("{} is pulling ahead, but cannot be proven yet at this volume", segment, voice)
    if verdict.kind == "emerging":
        return _named(f"{{}} is pulling ahead; waiting for {waiting_for(row)}", segment, voice)
    if verdict.kind == "watch":
        on = f" on {spoken(verdict.carrying[0])}" if verdict.carrying else ""
        return _named(f"Worth watching, not proven: {{}}{on}", segment, voice)
    if verdict.kind == "too_early":
        return _too_early(verdict)
    if verdict.thesis and verdict.thesis.standing != "unseen":
        stands = {"ahead": "is ahead, not proven", "behind": "trails the rest"}.get(
            verdict.thesis.standing, "is level with the rest"
        )
        return _named(f"Your thesis, {{}}, {stands} so far: stay loose", verdict.thesis.segment, voice)
    if verdict.small:
        return "No segment stands out, and none can be proven yet: stay loose"
    return f"No segment stands out among {count(verdict.k, 'segment')}: keep selling broadly"


def home_title(
    verdict: Told, rows: Mapping[str, Row], ahead: Collection[str], metrics: Sequence[Metric] = METRICS
) -> str:
    """Home's title where a segment is proven or decided: it, with the number nearest to money that shows it (Markdown).

    rows    the segment's contract rows on the screen, by metric
    ahead   metrics on which it is credibly ahead on the screen: a number that does not show it is not claimed
    '' where the verdict has no proven segment, or none of the screen's numbers shows its lead; the caller then takes
    `title`.
    """
    if verdict.kind not in ("tighten", "tightened"):
        return ""
    for name in sorted(ahead, key=lambda each: HEADLINE.index(each) if each in HEADLINE else len(HEADLINE)):
        metric = next((each for each in metrics if each.name == name), None)
        claim = _claim(metric, rows.get(name)) if metric else ""
        if claim:
            return _named(f"{{}} pulls ahead: {claim}", verdict.segment, Voice(True))
    return ""


def _named(sentence: str, segment: str, voice: Voice) -> str:
    """The sentence with the segment's name, shortened to the words a title has left."""
    room = TITLE_WORDS - (len(sentence.split()) - 1)
    return sentence.format(voice.name(segment, min(room, NAME_WORDS)))


def _too_early(verdict: Told) -> str:
    """How long until anything can be judged; where nobody can say, that."""
    if verdict.enough_in is not None and verdict.enough_in > 0:
        weeks = count(math.ceil(verdict.enough_in), "week")
        within = f"about {weeks}" if verdict.enough_in <= LONGEST else "over two years"
        return f"Too early to call: {within} until the first segment can be judged"
    return "Too early to call: not enough successes to compare yet"


def _claim(metric: Metric | None, row: Row | None) -> str:
    """Our number beside everyone else's, '' where the two as written do not show a lead."""
    if metric is None or row is None or row["estimate"] is None or row["rest_estimate"] is None:
        return ""
    ours, rest = (dot_label(metric, row[key], row["trials"]) for key in ("estimate", "rest_estimate"))
    if ours == rest or (row["estimate"] > row["rest_estimate"]) != metric.higher_is_better:
        return ""
    claim = CLAIMS.get(metric.name, f"{metric.label.lower()} {{ours}} against {{rest}}")
    return claim.format(ours=estimate(metric, row["estimate"], row["trials"]), rest=rest)
