"""What stands on a board's slides and nowhere else, as plain text: both close rates, quarters, decisions, what is ruled
out."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date

from gtm_metrics.metrics import Metric
from gtm_metrics.weeks import year_start
from gtm_metrics.words.findings import STATUS, TITLE_WORDS
from gtm_metrics.words.numbers import DONE, MISSING, Row, count, day, estimate, listed, percent

_MARKUP = re.compile(r"\\([\\*_\[\]$:<>#|~`&!^{}+=.)-])|\*\*|\u2060")


def unmarked(markdown: str) -> str:
    """A sentence of ours that was written as Markdown, as plain text: what was escaped stands as it was."""
    return _MARKUP.sub(lambda found: found.group(1) or "", markdown)


def definitions(metrics: Sequence[Metric]) -> str:
    """What each number counts, a line a metric: a speaker's notes."""
    lines = [f"{m.label}: one trial is {m.trials}; a success is that {m.success}. {m.differs}".strip() for m in metrics]
    return "\n".join(lines)


def widened(weeks: object, asked: object) -> str:
    """ ", 26 weeks" where a measure was counted over more weeks than the deck's window, too thin for it; else ''."""
    return f", {weeks:,} weeks" if isinstance(weeks, int) and weeks != asked else ""


def both_rates(row: Row, narrow: Row | None, over: str = "") -> str:
    """In all 385 of 1,475 decided deals were won (26.1 %); leaving out no decision, 385 of 935 (41.2 %)."""
    won, decided = row["successes"], row["trials"]
    wide = f"In all{over}{',' if over else ''} {won:,} of {count(decided, 'decided deal')} were won"
    wide += f" ({percent(won / decided, decided)})" if row["status"] == "ok" else ""
    if narrow is None or not narrow["n"]:
        return f"{wide}."
    rate = f" ({percent(narrow['value'], narrow['n'])})" if narrow["value"] is not None else ""
    return f"{wide}; leaving out no decision, {won:,} of {narrow['n']:,}{rate}."


def tied(said: Sequence[str]) -> str:
    """The tie-out to what the source says of itself, over all days; '' where it is not known."""
    return f"Beside the source, all days: {'. '.join(said)}." if said else ""


def frozen(labels: Sequence[str]) -> str:
    """Which measures stand as they were frozen; '' for none."""
    return f"Weeks as they were frozen: {', '.join(labels)}." if labels else ""


def left_out(number: int) -> str:
    """How many segments a slide has no room for; '' for none."""
    return f"{count(number, 'segment')} further behind not shown." if number else ""


def quarter_name(first: date, starts: int) -> str:
    """Q4 2026; of a fiscal year that does not begin in January, Q1 FY2027, named by the year in which it ends."""
    begin = year_start(first, starts)
    number = ((first.year - begin.year) * 12 + first.month - begin.month) // 3 + 1
    return f"Q{number} {begin.year}" if starts == 1 else f"Q{number} FY{begin.year + 1}"


def quarter_title(metric: Metric, rows: Sequence[Row], told: str, compared: bool) -> str:
    """Close rate fell to 20.1 %; last quarter 26.0 %, a year ago 22.3 %; counts where there are few.

    told   how it stands to the last quarter, '' where luck does as much; compared   whether it could be set beside it
    """
    now, before, year = (_number(metric, row) for row in rows)
    if not rows[0]["trials"]:
        return f"{metric.label}: nothing counted yet this quarter, {before} last quarter"
    if told:
        way = "rose" if rows[0]["estimate"] > rows[1]["estimate"] else "fell"
        return f"{metric.label} {way} to {now}; last quarter {before}, last year {year}"
    level = (f"{metric.label} {now}, level with last quarter's {before}; a year ago {year}",) if compared else ()
    shorter: tuple[str, ...] = (
        *level,
        f"{metric.label} {now} this quarter, {before} last quarter, {year} a year ago",
        f"{metric.label} {now}, last quarter {before}, a year ago {year}",
        f"{metric.label} {now} this quarter, {before} last quarter",
    )
    return next((each for each in shorter if len(each.split()) <= TITLE_WORDS), shorter[-1])


def quarter_paragraph(
    metrics: Sequence[Metric], rows: Mapping[str, Sequence[Row]], told: Mapping[str, str], compared: Collection[str]
) -> str:
    """What moved by more than luck, and what of the `compared` ones did not."""
    parts = []
    for metric in metrics:
        if told[metric.name]:
            now, before = (_number(metric, row) for row in rows[metric.name][:2])
            parts.append(f"{metric.label} is {told[metric.name]} than last quarter: {now} after {before}.")
    level = [m.label.lower() for m in metrics if m.name in compared and not told[m.name]]
    if level:
        parts.append(f"Luck alone could have moved {listed(level)} as far since last quarter.")
    if not compared:
        parts.append("Too early to set this quarter beside the last one: the counts stand here meanwhile.")
    return " ".join(parts)


def quarter_cells(
    metrics: Sequence[Metric], rows: Mapping[str, Sequence[Row]], narrow: Sequence[Row | None]
) -> tuple[tuple[str, ...], ...]:
    """A row a measure: its name, then each quarter's counts and rate; the close rate without no decision as well."""
    cells = []
    for metric in metrics:
        found = rows[metric.name]
        if all(row["trials"] is None for row in found):
            continue
        name = f"{metric.label}: {DONE.get(metric.name, 'successes')} of {metric.unit}"
        cells.append((name, *(_with_counts(metric, row) for row in found)))
        if metric.name == "close_rate" and any(narrow):
            told = [_narrow_counts(row, wide) for row, wide in zip(narrow, found, strict=True)]
            cells.append(("Without no decision: won of won and lost", *told))
    return tuple(cells)


def _with_counts(metric: Metric, row: Row) -> str:
    if row["trials"] is None:
        return STATUS[row["status"]]
    counts = f"{row['successes']:,} of {row['trials']:,}"
    return f"{counts} · {estimate(metric, row['estimate'], row['trials'])}" if row["status"] == "ok" else counts


def _narrow_counts(row: Row | None, wide: Row) -> str:
    if row is None or wide["trials"] is None:
        return MISSING
    rate = f" · {percent(row['value'], row['n'])}" if row["value"] is not None else ""
    return f"{wide['successes']:,} of {row['n']:,}{rate}"


def quarter_note(
    metrics: Sequence[Metric],
    rows: Mapping[str, Sequence[Row]],
    names: Sequence[str],
    as_of: date,
    kept: Sequence[str],
) -> str:
    """Definition, n of each quarter, as of."""
    parts = ["Dot: all accounts in the quarter; bar: 95 % interval."]
    parts.append("Green or rust: apart from last quarter (exact, 5 % over all measures). n: in the table.")
    for metric in metrics:
        if any(row["trials"] is not None for row in rows[metric.name]):
            parts.append(f"{metric.label}: {metric.success}.")
    parts.append(f"Quarters: {', '.join(names)}, in whole weeks that are closed. As of {day(as_of)}.")
    parts.append(frozen(kept))
    return " ".join(part for part in parts if part)


def _number(metric: Metric, row: Row) -> str:
    """A rate, or the counts where there are few."""
    if row["trials"] is None:
        return STATUS[row["status"]]
    if row["status"] == "ok":
        return estimate(metric, row["estimate"], row["trials"])
    return f"{row['successes']:,} of {row['trials']:,}" if row["trials"] else "nothing"
