"""One way to write each kind of number, on the screen, in a sentence and on a slide."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, TypeAlias

from gtm_metrics.metrics import Metric
from gtm_metrics.question import Weeks
from gtm_metrics.weeks import WEEK, last_complete_week, sunday

Row: TypeAlias = Mapping[Hashable, Any]

NO_BREAK = "\u00a0"
"""Between a number and its %: a line never ends there."""
MISSING = "–"
DECIMAL_ABOVE = 100
"""A rate has its decimal from 101 trials on: below, a decimal is more than the counts know."""
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DONE = {
    "response_rate": "replied",
    "calls_to_understanding": "understood",
    "close_rate": "won",
    "won_in_time": "won in time",
    "churn": "left",
    "reached_opportunity": "reached one",
    "advanced": "advanced",
}
"""What a success is called behind its count; a metric that is not listed says only "3 of 5"."""


def percent(fraction: float | None, n: int) -> str:
    """12 % of up to 100 trials, 12.3 % above. What is not nothing never reads 0 %, nor what is not all 100 %.

    None is an en dash: no data is not zero.
    """
    if fraction is None:
        return MISSING
    places = 1 if n > DECIMAL_ABOVE else 0
    step = 10.0**-places
    text = f"{100 * fraction:.{places}f}"
    if fraction > 0 and float(text) == 0:
        return f"under {step:g}{NO_BREAK}%"
    if fraction < 1 and float(text) == 100:
        return f"over {100 - step:g}{NO_BREAK}%"
    return f"{text}{NO_BREAK}%"


def whole(text: str) -> str:
    """The text with no line ending inside 12 % or 18 → 22 %: what names are cleaned of, numbers keep."""
    return text.replace(" %", f"{NO_BREAK}%").replace(" → ", f"{NO_BREAK}→{NO_BREAK}")


def calls(mean: float | None) -> str:
    """4.0 calls."""
    return MISSING if mean is None else f"{mean:.1f} calls"


def times(ratio: float | None) -> str:
    """1.7 times; from 10 on without a decimal."""
    return MISSING if ratio is None else f"{ratio:.0f} times" if ratio >= 9.95 else f"{ratio:.1f} times"


def money(amount: float | None, currency: str = "$", exact: bool = False) -> str:
    """$212k, $2.9M, $1.4B; below a thousand and where `exact`, every unit: $212,345.

    In Markdown a dollar sign may open a formula: write escaped(money(...)) there.
    """
    if amount is None:
        return MISSING
    sign = "−" if round(amount) < 0 else ""
    symbol = f"{currency}{NO_BREAK}" if currency[-1:].isalpha() else currency
    size = abs(amount)
    if exact or size < 999.5:
        return f"{sign}{symbol}{size:,.0f}"
    if size < 999_500:
        return f"{sign}{symbol}{size / 1e3:.0f}k"
    scale, letter = (1e6, "M") if size < 999_500_000 else (1e9, "B")
    scaled = size / scale
    digits = f"{scaled:,.0f}" if scaled >= 99.95 else f"{scaled:.1f}"
    return f"{sign}{symbol}{digits}{letter}"


def count(number: int | None, one: str = "", many: str = "") -> str:
    """1,295 calls; the word agrees where one is given (`many` is `one` with an s)."""
    if number is None:
        return MISSING
    word = one if number == 1 else many or (f"{one}s" if one else "")
    return f"{number:,} {word}".rstrip()


def counted(metric: Metric, successes: int, trials: int) -> str:
    """3 won of 5; of churn the customer-weeks are named, because they are no customers: 2 left of 350
    customer-weeks."""
    done = DONE.get(metric.name, "")
    unit = f" {metric.unit}" if metric.shape == "exposure" else ""
    return f"{successes:,} {done} of {trials:,}{unit}" if done else f"{successes:,} of {trials:,}{unit}"


def count_label(metric: Metric, successes: int, trials: int) -> str:
    """The same where a dot would stand: 4 of 26; churn 2 left."""
    done = DONE.get(metric.name, "")
    return f"{successes:,} {done}" if metric.shape == "exposure" and done else f"{successes:,} of {trials:,}"


def estimate(metric: Metric, value: float | None, trials: int) -> str:
    """The metric's statistic in a sentence: 18.2 %, or 1.9 calls."""
    return calls(value) if metric.estimate == "calls" else percent(value, trials)


def dot_label(metric: Metric, value: float | None, trials: int) -> str:
    """The same above a dot, under a header that names the unit: 18.2 %, or 1.9."""
    return estimate(metric, value, trials).removesuffix(" calls")


def interval(metric: Metric, low: float | None, high: float | None, trials: int) -> str:
    """14.9–21.9 %, or of calls 1.7–2.2; '' where there is none."""
    if low is None or high is None:
        return ""
    if metric.estimate == "calls":
        return f"{low:.1f}–{high:.1f}"
    places = 1 if trials > DECIMAL_ABOVE else 0
    return f"{100 * low:.{places}f}–{100 * high:.{places}f}{NO_BREAK}%"


def day(when: date | None) -> str:
    """16 Nov 2026, in English wherever it runs."""
    return MISSING if when is None else f"{when.day} {MONTHS[when.month - 1]} {when.year}"


def days(first: date, last: date) -> str:
    """17 Aug to 15 Nov 2026; both years where they differ."""
    start = f"{first.day} {MONTHS[first.month - 1]}"
    return f"{start} to {day(last)}" if first.year == last.year else f"{day(first)} to {day(last)}"


def weeks_to(first_week: date | None, last_week: date | None) -> str:
    """13 weeks to Sunday 15 Nov 2026, from the first and last Monday; without a week "no closed week"."""
    if first_week is None or last_week is None or first_week > last_week:
        return "no closed week"
    return f"{count((last_week - first_week) // WEEK + 1, 'week')} to Sunday {day(sunday(last_week))}"


def window(weeks: Weeks, as_of: date) -> str:
    """What a reader asked for: 13 weeks to Sunday 15 Nov 2026; 17 Aug to 15 Nov 2026; all weeks to ...

    Each metric's own window ends when its weeks are closed; `weeks_to` says that one.
    """
    if isinstance(weeks, tuple):
        return days(weeks[0], sunday(weeks[1]))
    end = f"to Sunday {day(last_complete_week(as_of))}"
    return f"all weeks {end}" if weeks is None else f"{count(weeks, 'week')} {end}"


def cohort_end(last_week: date | None) -> str:
    """The last day of a metric's cohort, as a chart's header says it."""
    return MISSING if last_week is None else day(last_week + timedelta(days=6))


def listed(parts: Sequence[str]) -> str:
    """a, b and c."""
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)
