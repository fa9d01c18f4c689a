"""What a journal that comes from a file may hold beyond the types of its columns: what is in its JSON, and the ranges
of its days and counts.

Programs that wrote a journal kept to this without being told; a file may have been through other hands. A shape takes a
value and raises Odd where it is no such thing; what a mapping holds besides what is asked for may be any plain JSON.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import date
from typing import Any

from gtm_metrics.metrics import METRICS
from gtm_metrics.rules import Rules

FIRST, LAST = date(1970, 1, 1), date(2999, 12, 31)
"""Days that a journal may speak of, as those that may be asked for."""
DEEPEST = 32
"""Lists and objects within one another."""
MOST = 10**15
"""What a count or a number may be at most."""
STATES = ("insufficient data", "stay loose", "watch", "emerging", "tighten now", "tightened", "reopened")
KINDS = ("too_early", "loose", "watch", "emerging", "tighten", "tightened", "lead_lost")
"""States of a segment and kinds of a verdict, as `signal` calls them."""

Shape = Callable[[Any], None]


class Odd(ValueError):
    """A value that is not what it must be: where in the whole it stands (".rules[0].segments"), the value, and what it
    must be."""

    def __init__(self, value: Any, allowed: str, where: str = "") -> None:
        super().__init__(allowed)
        self.value, self.allowed, self.where = value, allowed, where


def that(holds: Callable[[Any], bool], allowed: str) -> Shape:
    """A value of which this holds."""

    def check(value: Any) -> None:
        if not holds(value):
            raise Odd(value, allowed)

    return check


def maybe(shape: Shape) -> Shape:
    """The same, or null."""
    return lambda value: None if value is None else shape(value)


def several(shape: Shape, allowed: str = "a list") -> Shape:
    """A list of it."""

    def check(value: Any) -> None:
        if not isinstance(value, list):
            raise Odd(value, allowed)
        for number, one in enumerate(value):
            _within(f"[{number}]", shape, one)

    return check


def called(shape: Shape) -> Shape:
    """An object whose values are all of this shape, whatever they are called."""

    def check(value: Any) -> None:
        if not isinstance(value, dict):
            raise Odd(value, "an object")
        for name, one in value.items():
            _within(f".{name}", shape, one)

    return check


def holding(optional: Mapping[str, Shape] | None = None, /, **asked: Shape) -> Shape:
    """An object that has all of these, and of the optional ones any."""

    def check(value: Any) -> None:
        if not isinstance(value, dict):
            raise Odd(value, f"an object with {', '.join(asked)}" if asked else "an object")
        for name, shape in asked.items():
            if name not in value:
                raise Odd(value, f"an object with {', '.join(asked)}; {name} is missing")
            _within(f".{name}", shape, value[name])
        for name, shape in (optional or {}).items():
            if name in value:
                _within(f".{name}", shape, value[name])

    return check


def _within(where: str, shape: Shape, value: Any) -> None:
    try:
        shape(value)
    except Odd as odd:
        raise Odd(odd.value, odd.allowed, where + odd.where) from None


def one_of(words: Sequence[str]) -> Shape:
    """One of these words."""
    return that(lambda value: isinstance(value, str) and value in words, f"one of {', '.join(words)}")


def plain_json(value: Any) -> None:
    """Any JSON that can be written out again: no half letters, no number beyond MOST, nothing nested without end."""
    waiting: list[tuple[Any, int]] = [(value, 1)]
    while waiting:
        one, depth = waiting.pop()
        if depth > DEEPEST:
            raise Odd(one, f"nested at most {DEEPEST} deep")
        if isinstance(one, str):
            whole_letters(one)
        elif isinstance(one, int | float) and not isinstance(one, bool):
            NUMBER(one)
        elif isinstance(one, dict):
            waiting += [(name, depth) for name in one] + [(each, depth + 1) for each in one.values()]
        elif isinstance(one, list):
            waiting += [(each, depth + 1) for each in one]


def whole_letters(text: str) -> None:
    """A text that can be written as UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Odd(text, "text without half a letter in it (a surrogate alone)") from None


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= MOST


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST


def _day(value: Any) -> date | None:
    """A day from a file (text) or from an older journal that was brought along."""
    try:
        day = value if isinstance(value, date) else date.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return day if FIRST <= date(day.year, day.month, day.day) <= LAST else None


NUMBER = that(_number, f"a number from -{MOST:,} to {MOST:,}")
COUNT = that(_whole, f"a whole number from 0 to {MOST:,}")
RATIO = that(lambda value: _number(value) and value >= 0, f"a number from 0 to {MOST:,}")
SHARE = that(lambda value: _number(value) and 0 <= value <= 1, "a number from 0 to 1")
TEXT = that(lambda value: isinstance(value, str), "text")
YES = that(lambda value: isinstance(value, bool), "true or false")
DAY = that(lambda value: _day(value) is not None, f"a day from {FIRST} to {LAST}")
WEEK = that(
    lambda value: (day := _day(value)) is not None and day.weekday() == 0, f"a Monday from {FIRST} to {LAST}"
)
METRIC = one_of([metric.name for metric in METRICS])


def _rules(value: Any) -> None:
    """The constants of a refresh, those that are no longer any left out."""
    called(plain_json)(value)
    known = {field.name for field in fields(Rules)}
    kept: dict[str, Any] = {
        name: tuple(one) if isinstance(one, list) else one for name, one in value.items() if name in known
    }
    try:
        Rules(**kept)
    except (TypeError, ValueError) as wrong:
        raise Odd(value, f"constants of the signal ({wrong})") from None


RULE = several(holding(dimension=TEXT, segments=several(TEXT)), 'a list of {"dimension": ..., "segments": [...]}')
GATES = maybe(called(holding(passed=maybe(YES), reason=TEXT)))
MEASURED = maybe(
    called(
        holding(
            {
                "odds_ratio": maybe(holding(estimate=maybe(RATIO), low=maybe(RATIO), high=maybe(RATIO))),
                "first_week": maybe(DAY),
                "last_week": maybe(DAY),
                **dict.fromkeys(
                    ("fair_share", "shrunken_ratio", "rate_ratio", "rate_ratio_low", "rate_ratio_high", "rest_rate"),
                    maybe(RATIO),
                ),
                "period_weeks": maybe(COUNT),
            },
            log_e_better=maybe(NUMBER),
            log_e_worse=maybe(NUMBER),
            trials=maybe(COUNT),
            successes=maybe(COUNT),
        )
    )
)
LEVER = holding({"segments": maybe(COUNT), "assumes": TEXT}, name=TEXT, weeks=maybe(NUMBER))
LEANING = holding(dimension=TEXT, segment=TEXT, one_in=NUMBER, one_in_of_all=NUMBER, segments=COUNT)
SMALL = holding(why=TEXT, levers=several(LEVER), leaning=maybe(LEANING), touches_per_arm=maybe(NUMBER))
VERDICT = maybe(
    holding(
        {
            "thesis": maybe(holding(dimension=TEXT, segment=TEXT, standing=TEXT)),
            "wait": maybe(NUMBER),
            "enough_in": maybe(NUMBER),
            "small": maybe(SMALL),
        },
        kind=one_of(KINDS),
        dimension=maybe(TEXT),
        segment=maybe(TEXT),
        since=maybe(DAY),
        carrying=several(METRIC),
        luck=SHARE,
        k=COUNT,
        week=DAY,
    )
)
TRAIT = holding(
    **dict.fromkeys(("side", "attribute", "value"), TEXT),
    **dict.fromkeys(("customers", "tried", "in_tier", "tier_size", "n"), COUNT),
    **dict.fromkeys(("p", "q", "lift", "low", "high"), maybe(NUMBER)),
    attribute_2=maybe(TEXT),
)
PIN = {
    "status": TEXT,
    "position": maybe(COUNT),
    "owner": TEXT,
    "notes": TEXT,
    "rule": maybe(RULE),
    "gone": YES,
}
SLIDE = holding(
    **dict.fromkeys(("finding", "over", "headline", "paragraph", "footnote", "notes"), TEXT),
    shares=several(NUMBER),
    forms=several(holding(form=TEXT)),
    sheets=several(
        holding(name=TEXT, columns=several(TEXT), cells=several(several(plain_json)), accounts=several(TEXT))
    ),
)

HELD: Mapping[str, Shape] = {
    "refreshes.settings": holding(rules=_rules, maturity=called(COUNT)),
    "refreshes.metrics": several(METRIC),
    "refreshes.frozen": called(called(several(maybe(WEEK)))),
    "refreshes.verdict": VERDICT,
    "refreshes.alpha": SHARE,
    "refreshes.luck": SHARE,
    "verdicts.state": one_of(STATES),
    "verdicts.carrying": several(METRIC),
    "verdicts.gates": GATES,
    "verdicts.metrics": MEASURED,
    "decisions.evidence": maybe(
        holding(
            {
                **dict.fromkeys(("log_e_any", "log_e_two", "threshold", "reopen", "weeks_to_decide"), maybe(NUMBER)),
                **dict.fromkeys(("since", "evidence_since"), maybe(DAY)),
                "epoch": COUNT,
                "week": DAY,
                "dimension": TEXT,
                "segment": TEXT,
                "state": one_of(STATES),
                "carrying": several(METRIC),
                "gates": GATES,
                "metrics": MEASURED,
            }
        )
    ),
    "audit.details": holding(),
    "profiles.rules": RULE,
    "profiles.evidence": several(TRAIT),
    "canvas.evidence": several(holding()),
    "cards.answers": several(holding(to=TEXT, must_answer=TEXT)),
    "pins.rule": maybe(RULE),
    "pin_events.then": holding(PIN),
    "pin_events.now": holding(PIN),
    "judgements.value": that(lambda value: _number(value) and 0 <= value <= 10**6, "a number from 0 to 1,000,000"),
    "slides.slide": SLIDE,
}
"""What single columns hold."""

WEEKS = ("week", "since", "evidence_since", "first_week", "registered_week", "frozen_in", "noticed_in")
COUNTS = (
    *("epoch", "version", "trials", "successes", "batch", "k", "k_at_birth", "reopened_before", "number"),
    *(f"{when}_{what}" for when in ("then", "now") for what in ("trials", "successes")),
)


def refuse_odd(table: str, column: str, value: Any) -> None:
    """Raises Odd for a value that a column of a journal from elsewhere may not hold."""
    if isinstance(value, str):
        whole_letters(value)
    elif isinstance(value, dict | list):
        plain_json(value)
    if f"{table}.{column}" in HELD:
        HELD[f"{table}.{column}"](value)
    elif column in WEEKS:
        maybe(WEEK)(value)
    elif column in COUNTS:
        maybe(COUNT)(value)
    elif isinstance(value, date):
        DAY(value)
    elif isinstance(value, float) and math.isfinite(value):
        NUMBER(value)


def refuse_odd_row(row: Mapping[str, Any]) -> None:
    """Raises Odd for a row that does not fit together: more successes than trials, a new pin that lacks a field."""
    for before in ("", "then_", "now_"):
        trials, successes = row.get(f"{before}trials"), row.get(f"{before}successes")
        if trials is not None and successes is not None and successes > trials:
            raise Odd(successes, f"at most the {trials:,} trials beside it", f".{before}successes")
    if row.get("then") == {}:
        _within(".now", holding(**PIN), row["now"])
