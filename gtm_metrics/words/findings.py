"""Verdicts as sentences. A title claims only what a number on the screen shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gtm_metrics.funnel import Finding
from gtm_metrics.metrics import METRICS, Metric
from gtm_metrics.words.numbers import Row, counted, dot_label, estimate, interval, listed, times
from gtm_metrics.words.plain import escaped, plain, shortened_words

TITLE_WORDS = 15
NAME_WORDS = 5
NAME_LENGTH = 48
STATUS = {
    "ok": "",
    "too_early": "too early to say",
    "not_connected": "not connected",
    "not_measurable": "cannot be measured",
}
GUARANTEE = "Where nothing differs, a screen names a segment in at most 1 look in 20."
STANDING = {"ahead": "leads", "behind": "trails", "": "level with everyone else"}
HEADLINE = (
    "close_rate",
    "won_in_time",
    "churn",
    "response_rate",
    "reached_opportunity",
    "calls_to_understanding",
    "advanced",
)
"""Of the metrics on which a segment stands apart, the one a title takes its number from: nearest to money."""
CLAIMS = {
    "response_rate": "{ours} answer against {rest}",
    "calls_to_understanding": "it understands after {ours} against {rest}",
    "close_rate": "it closes {ours} against {rest}",
    "won_in_time": "{ours} are won in time against {rest}",
    "churn": "{ours} leave a month against {rest}",
    "reached_opportunity": "{ours} reach an opportunity against {rest}",
    "advanced": "{ours} advance against {rest}",
}
"""A segment's number beside everyone else's; a metric that is not listed is named by its label."""


@dataclass(frozen=True)
class Voice:
    """How a sentence is written: as Markdown (names escaped, our own numbers bold) or as plain text."""

    markdown: bool

    def text(self, value: object) -> str:
        """A name, or anything else that comes from data."""
        return escaped(value) if self.markdown else plain(value)

    def name(self, value: object, words: int = NAME_WORDS) -> str:
        """A segment's name, short enough for a sentence."""
        return self.text(shortened_words(value, max(2, min(words, NAME_WORDS)), NAME_LENGTH))

    def number(self, value: str) -> str:
        """A number of ours; a missing one is not stressed."""
        return f"**{value}**" if self.markdown and value[:1].isalnum() else value


def title(finding: Finding, metrics: Iterable[Metric] = METRICS, markdown: bool = True) -> str:
    """The finding in at most fifteen words, with its number and its cause; nothing in it is bold.

    `markdown`: names escaped for Streamlit; False gives plain text for a slide.
    """
    voice = Voice(markdown)
    if finding.kind in ("leads", "trails"):
        claim = _headline(finding, {metric.name: metric for metric in metrics})
        return f"{voice.name(finding.segment, _room(claim) - 1)} {finding.kind}: {claim}"
    if finding.kind == "level":
        level = len(_compared(finding.rows))
        if level:
            words = f"is level with everyone else on {level} {'measure' if level == 1 else 'measures'} so far"
            return f"{voice.name(finding.segment, _room(words))} {words}"
        if finding.segments == 1:
            return "Level so far: the one segment does not stand apart from everyone else"
        return f"Level so far: none of {finding.segments:,} segments stands apart from everyone else"
    if finding.kind == "too_early":
        words = f"Too early to say: {voice.text(finding.why)} in"
        return f"{words} {voice.name(finding.segment, _room(words))}"
    return f"Nothing to compare yet: {voice.text(shortened_words(finding.why, TITLE_WORDS - 4, 96))}"


def paragraph(finding: Finding, metrics: Iterable[Metric] = METRICS, markdown: bool = True, brief: bool = False) -> str:
    """The finding in sentences a board member follows; its numbers are those of the chart, and only they are
    bold. `brief` leaves out what the rule promises, for a page that has no room.
    """
    voice = Voice(markdown)
    if finding.kind in ("leads", "trails"):
        sentences = [*_apart(finding, tuple(metrics), voice)]
        return " ".join(sentences if brief else [*sentences, GUARANTEE])
    if finding.kind == "level":
        return _level(finding, tuple(metrics), voice)
    if finding.kind == "too_early":
        counts = [
            f"{voice.number(counted(metric, row['successes'], row['trials']))} ({metric.label.lower()})"
            for metric in metrics
            if (row := finding.rows.get(metric.name)) is not None and row["trials"] is not None
        ]
        return (
            f"No segment has enough yet for a rate beside everyone else's. {voice.name(finding.segment)} is "
            f"nearest: {listed(counts)}. A rate from so few would be luck; the counts stand here meanwhile."
        )
    return f"{_sentence(voice.text(finding.why))} Nothing is shown in its place: no data is not zero."


def too_early(metric: Metric, row: Row, markdown: bool = True) -> str:
    """Too early to say: 9 of 30 decided deals (3 won of 9). Says the status where that is another; '' when
    the row has its rate.
    """
    voice = Voice(markdown)
    if row["status"] == "ok":
        return ""
    if row["status"] == "too_early":
        sofar = counted(metric, row["successes"], row["trials"])
        return f"Too early to say: {voice.text(row['why'])} ({sofar})."
    return f"{metric.label}: {STATUS[row['status']]}. {_sentence(voice.text(row['why']))}"


def beside_rest(metric: Metric, row: Row, standing: str, markdown: bool = True) -> str:
    """One row as a sentence: what it is, between what, beside everyone else, and whether that can be told
    apart.
    """
    if row["status"] != "ok":
        return too_early(metric, row, markdown)
    voice = Voice(markdown)
    ours = voice.number(estimate(metric, row["estimate"], row["trials"]))
    between = interval(metric, row["low"], row["high"], row["trials"])
    text = f"{metric.label}: {ours}" + (f" ({between})" if between else "")
    if row["rest_estimate"] is None:
        return f"{text}; nothing to set beside it."
    rest = estimate(metric, row["rest_estimate"], row["trials"])
    return f"{text} against {rest} for everyone else; {STANDING[standing]}."


def _level(finding: Finding, metrics: Sequence[Metric], voice: Voice) -> str:
    """Nobody stands apart, or the one segment asked about does not."""
    caveat = "Not told apart is not the same as equal: the bars say how large a difference may still hide."
    rows = _compared(finding.rows)
    if rows:
        claims = [_claim(metric, rows[metric.name], "", voice) for metric in metrics if metric.name in rows]
        beside = f"Beside everyone else in the same weeks: {listed(claims)}."
        return f"{beside} Chance alone could do as much. {caveat}"
    compared = voice.number(f"{finding.compared:,}")
    rates = "rate" if finding.compared == 1 else "rates"
    return (
        f"{compared} {rates} could be set beside everyone else in the same weeks, and chance alone could "
        f"make each difference. {caveat}"
    )


def _compared(rows: Mapping[str, Row]) -> dict[str, Row]:
    """The rows that have a number and one beside it."""
    return {name: row for name, row in rows.items() if row["rest_estimate"] is not None}


def _apart(finding: Finding, metrics: Sequence[Metric], voice: Voice) -> Iterable[str]:
    """The sentences of a segment that leads or trails."""
    by_name = {metric.name: metric for metric in metrics}
    rows = {metric.name: finding.rows[metric.name] for metric in metrics if metric.name in finding.rows}
    first, second = ("ahead", "behind") if finding.kind == "leads" else ("behind", "ahead")
    for which in (first, second):
        apart = [name for name in rows if name in (finding.ahead if which == "ahead" else finding.behind)]
        if apart:
            kind = "leads" if which == "ahead" else "trails"
            claims = [_claim(by_name[name], rows[name], kind, voice) for name in apart]
            opening = "Beside everyone else in the same weeks" if which == first else f"It is {which} as well"
            yield f"{opening}: {listed(claims)}."
    open_names = [name for name in rows if name not in finding.ahead + finding.behind]
    level = [name for name in open_names if name in _compared(rows)]
    if level:
        yield f"On {listed([by_name[name].label.lower() for name in level])} the difference may still be chance."
    early = [name for name in open_names if rows[name]["status"] == "too_early"]
    if early:
        counts = [f"{by_name[name].label.lower()} ({voice.text(rows[name]['why'])})" for name in early]
        yield f"Too early to say: {listed(counts)}."
    if finding.others:
        verb = finding.kind if len(finding.others) == 1 else finding.kind[:-1]
        names = [voice.name(name) for name in finding.others[:3]]
        more = len(finding.others) - len(names)
        yield f"{listed(names + ([f'{more} more'] if more else []))} {verb} too."


def _headline(finding: Finding, metrics: Mapping[str, Metric]) -> str:
    """The claim nearest to money, of those that the pooled numbers show."""
    apart = finding.ahead if finding.kind == "leads" else finding.behind
    ranked = sorted(apart, key=lambda name: HEADLINE.index(name) if name in HEADLINE else len(HEADLINE))
    shown = [name for name in ranked if _shows(metrics[name], finding.rows[name], finding.kind)]
    chosen = (shown or ranked)[0]
    return _claim(metrics[chosen], finding.rows[chosen], finding.kind, Voice(markdown=False))


def _room(text: str) -> int:
    """Words a title still has beside these."""
    return TITLE_WORDS - len(text.split())


def _claim(metric: Metric, row: Row, kind: str, voice: Voice) -> str:
    """Our number beside theirs; where the two pooled numbers do not show the difference, which week for week
    is there, the ratio says it. Without a kind no side is claimed.
    """
    if kind and not _shows(metric, row, kind):
        what = "understanding per call" if metric.estimate == "calls" else metric.label.lower()
        return f"{what} {voice.number(times(row['ratio']))} everyone else's, week for week"
    claim = CLAIMS.get(metric.name, f"{metric.label.lower()} {{ours}} against {{rest}}")
    ours = estimate(metric, row["estimate"], row["trials"])
    return claim.format(ours=voice.number(ours), rest=dot_label(metric, row["rest_estimate"], row["trials"]))


def _shows(metric: Metric, row: Row, kind: str) -> bool:
    """Whether the pooled numbers, as written, lie on the side the standing says."""
    ours, rest = row["estimate"], row["rest_estimate"]
    if ours is None or rest is None:
        return False
    if dot_label(metric, ours, row["trials"]) == dot_label(metric, rest, row["trials"]):
        return False
    return bool((ours > rest) == ((kind == "leads") == metric.higher_is_better))


def _sentence(text: str) -> str:
    """With a capital and a full stop."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
