"""The Monday summary: what changed, what to do first, how it stands; as Markdown and as HTML with pictures inline."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import pandas as pd

from gtm_metrics import journal, tables
from gtm_metrics.company import Refused
from gtm_metrics.deck.asked import Asked, Doors
from gtm_metrics.deck.findings import finding_named
from gtm_metrics.deck.slide import Slide
from gtm_metrics.deck.view import view_of
from gtm_metrics.deck.week import Week, week_of
from gtm_metrics.exports import HIDDEN
from gtm_metrics.journal.tables import IDEAL, NEVER
from gtm_metrics.measures import THINGS, Fit, rules_of, this_week
from gtm_metrics.question import NOT_SET, Question
from gtm_metrics.words import day, decided, explained, plain, signal
from gtm_metrics.words.board import unmarked
from gtm_metrics.words.home import NO_PROFILE
from gtm_metrics.words.plain import WORD_JOINER

FIRST = ("verdict", "health")
"""The slides that stand in it."""
DONE = ("won", "lost", "no_decision")
"""What happened, and needs nobody any more."""
A_KIND, ALTOGETHER = 2, 8
"""Names of one kind of thing to do, and in all."""
OPEN = "Open the dashboard"
COLUMNS = ("What", "Account", "Segment", "Owner", "Detail", "Amount", tables.CRM)

T = TypeVar("T")

MARKUP = re.compile(r"([\\`*_\[\]<>#|~&{}]|\$(?!\d))")
"""What is markup in any Markdown (CommonMark, 2.4), where words are struck out, formulas set and templates filled in; a
name that holds it reads as it is."""
LINKED = re.compile(r"(?<=:)(?=//)|(?<=www)(?=\.)|(?<=@)(?=\w)|(?<=:)(?=[\w/+-]+[:\[])", re.IGNORECASE)
"""Where a renderer would find an address, a shortcode or a directive without any markup."""


@dataclass(frozen=True)
class Digest:
    """The summary of a week.

    changes   (segment, what changed, what stands behind it), of every watched segment
    moved     whether a state changed: a scheduler may send it then alone
    happened  the week's deals in a line; '' where deals are not connected
    to_do     COLUMNS, what is to be done first
    slides    how it stands, and `views` the addresses at which the dashboard shows each
    dashboard the address of the dashboard, '' where gtm.toml does not say it
    """

    title: str
    caption: str
    paragraph: str
    changes: tuple[tuple[str, str, str], ...]
    quiet: str
    moved: bool
    happened: str
    to_do: pd.DataFrame
    slides: tuple[Slide, ...]
    due: tuple[str, ...]
    dashboard: str = ""
    views: tuple[str, ...] = ()


def digest_of(asked: Asked, doors: Doors, hide_names: bool = False) -> Digest | str:
    """The summary of the week known on the deck's day; in a sentence why there is none."""
    now = week_of(asked, doors)
    if now is None:
        return "no week has been judged yet: gtm-metrics refresh judges those that have settled"
    before = _before(now)
    changes = decided.changes(before, now.rows, now.metrics) if len(before) else []
    row = now.row(now.told.key)
    week = now.told.week
    through = f"to Sunday {day(week + timedelta(days=6))}" if week else f"as of {day(asked.as_of)}"
    company = doors.company.name
    slides = [made for name in FIRST if isinstance(made := finding_named(name).made(asked, doors), Slide)]
    fit, question = _fit(asked, doors), Question(asked.as_of, (asked.by,))
    without: tuple[str, ...] = ()
    try:
        found = doors.measured(this_week, question, A_KIND, fit)
    except Refused as refused:
        without = (f"{NO_PROFILE}: {refused}",)
        found = doors.measured(this_week, question, A_KIND, Fit(never=fit.never))
    to_do = tables.things(found, doors.company)
    to_do = to_do[[kind not in _labels(DONE) for kind in to_do["What"]]].head(ALTOGETHER)
    to_do = to_do.assign(Segment=to_do["Segment"].replace(NOT_SET, f"{doors.label(asked.by)} not set"))
    if hide_names:
        to_do = to_do.assign(Account=[HIDDEN.format(i) for i in range(1, len(to_do) + 1)], **{tables.CRM: None})
    reviews = [decided.due(each, asked.decided_by) for each in now.decisions.to_dict("records")]
    return Digest(
        title=signal.title(now.told, row, markdown=False),
        caption=f"{company} · {through}" if company else f"Week {through}",
        paragraph=unmarked(explained.paragraph(now.told, row, None, now.metrics)),
        changes=tuple(changes),
        quiet=decided.unchanged(len(now.rows), changes) if len(before) else "There is no week before this one.",
        moved=_moved(before, now.rows),
        happened=unmarked(tables.happened(found, asked.as_of)),
        to_do=to_do[list(COLUMNS)],
        slides=tuple(slides),
        due=(*(said for said in reviews if said), *without),
        dashboard=doors.company.dashboard_url,
        views=tuple(view_of(doors.company.dashboard_url, slide.finding, asked) for slide in slides),
    )


def _labels(kinds: Sequence[str]) -> set[str]:
    return {thing.label for thing in THINGS if thing.kind in kinds}


def _before(now: Week) -> pd.DataFrame:
    """The rows of the week before, those of the same segments' epoch."""
    weeks = sorted(now.history["week"].unique())
    return now.history[now.history["week"] == weeks[-2]] if len(weeks) > 1 else now.history.iloc[:0]


def _moved(before: pd.DataFrame, after: pd.DataFrame) -> bool:
    """Whether a segment that was watched the week before stands in another state now."""
    then = {(row["dimension"], row["segment"]): row["state"] for row in before.to_dict("records")}
    now = {(row["dimension"], row["segment"]): row["state"] for row in after.to_dict("records")}
    return any(now[key] != state for key, state in then.items() if key in now)


def _fit(asked: Asked, doors: Doors) -> Fit:
    """What people keep that makes an open deal one to disqualify."""
    with journal.reading(doors.journal) as seen:
        kept = journal.profile(seen, IDEAL, asked.decided_by)
        listed = journal.listed(seen, asked.decided_by)
    never = tuple(listed[listed["kind"] == NEVER]["account_id"])
    return Fit(rules_of(kept["rules"]) if kept else (), never)


def markdown_of(digest: Digest, pictures: Sequence[str] = ()) -> str:
    """The summary as Markdown; `pictures` are the addresses of its slides' pictures, in their order."""
    lines = [f"# {_shown(digest.title)}", _shown(digest.caption), _shown(digest.paragraph)]
    lines += [f"[{OPEN}]({digest.dashboard})"] if digest.dashboard else []
    lines.append("## What changed")
    told = [f"- **{_shown(name)}**: {_shown(what)} ({mark})" for name, what, mark in digest.changes]
    lines += ["\n".join(told)] if told else []
    lines += [digest.quiet] if digest.quiet else []
    lines += ["\n".join(f"- {_shown(said)}" for said in digest.due)] if digest.due else []
    lines.append("## What to do first")
    lines += [_shown(digest.happened)] if digest.happened else []
    lines.append("\n".join(f"- {_markdown_line(row)}" for row in _rows(digest)) or "Nothing waits to be acted on.")
    lines.append("## How it stands")
    for slide, view, picture in _stands(digest, pictures):
        headline = _shown(slide.headline)
        lines.append(f"**[{headline}]({view})**" if view else f"**{headline}**")
        if picture:
            lines.append(f"![{headline}]({picture})")
        elif slide.paragraph != digest.paragraph:
            lines.append(_shown(slide.paragraph))
        lines.append(f"*{_shown(slide.footnote)}*")
    return "\n\n".join(lines) + "\n"


def _shown(text: str) -> str:
    """A text as Markdown that reads exactly so, whoever renders it."""
    return MARKUP.sub(r"\\\1", LINKED.sub(WORD_JOINER, plain(text)))


def html_of(digest: Digest, pictures: Sequence[bytes] = ()) -> str:
    """The summary as one HTML page for a mail: no script, nothing fetched, the slides' PNGs inline."""
    e = html.escape
    parts = [f"<h1>{e(digest.title)}</h1>", f"<p>{e(digest.caption)}</p>", f"<p>{e(digest.paragraph)}</p>"]
    parts += [f"<p>{_linked(OPEN, digest.dashboard)}</p>"] if digest.dashboard else []
    parts.append("<h2>What changed</h2>")
    told = [f"<li><b>{e(name)}</b>: {e(what)} ({e(mark)})</li>" for name, what, mark in digest.changes]
    told += [f"<li>{e(said)}</li>" for said in digest.due]
    parts += [f"<ul>{''.join(told)}</ul>"] if told else []
    parts += [f"<p>{e(digest.quiet)}</p>"] if digest.quiet else []
    parts.append("<h2>What to do first</h2>")
    parts += [f"<p>{e(digest.happened)}</p>"] if digest.happened else []
    rows = [f"<li>{_html_line(row)}</li>" for row in _rows(digest)]
    parts.append(f"<ul>{''.join(rows)}</ul>" if rows else "<p>Nothing waits to be acted on.</p>")
    parts.append("<h2>How it stands</h2>")
    for slide, view, picture in _stands(digest, pictures):
        if picture:
            data = base64.b64encode(picture).decode()
            about = e(f"{slide.headline}. {slide.paragraph} {slide.footnote}", quote=True)
            image = f'<img alt="{about}" width="100%" src="data:image/png;base64,{data}">'
            parts.append(f'<p><a href="{e(view, quote=True)}">{image}</a></p>' if view else f"<p>{image}</p>")
        else:
            said = "" if slide.paragraph == digest.paragraph else f"<br>{e(slide.paragraph)}"
            parts.append(f"<p><b>{_linked(slide.headline, view)}</b>{said}</p>")
            parts.append(f"<p><small>{e(slide.footnote)}</small></p>")
    body = "\n".join(parts)
    style = "font-family:Arial,sans-serif;max-width:60em;padding:0 1em;color:#17191E"
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{e(digest.title)}</title></head>\n'
        f'<body style="{style}">\n{body}\n</body>\n</html>\n'
    )


def _stands(digest: Digest, pictures: Sequence[T]) -> list[tuple[Slide, str, T | None]]:
    """Each slide with the address of its view ('' for none) and its picture."""
    views = digest.views or ("",) * len(digest.slides)
    shown: Sequence[T | None] = pictures or [None] * len(digest.slides)
    return list(zip(digest.slides, views, shown, strict=True))


def _linked(text: str, address: str) -> str:
    """A text as HTML, a link where there is an address on the web."""
    said = html.escape(text)
    if not address.startswith(("https://", "http://")):
        return said
    return f'<a href="{html.escape(address, quote=True)}">{said}</a>'


def _rows(digest: Digest) -> list[dict[str, str]]:
    rows = digest.to_do.to_dict("records")
    return [
        {str(name): "" if value is None or pd.isna(value) else str(value) for name, value in r.items()} for r in rows
    ]


def _about(row: dict[str, str]) -> str:
    """What is known of a thing to do, after its account's name."""
    owner = f"owner {row['Owner']}" if row["Owner"] else ""
    return ", ".join(part for part in (row["Segment"], row["Detail"], row["Amount"], owner) if part)


def _markdown_line(row: dict[str, str]) -> str:
    name = f"[{_shown(row['Account'])}]({row[tables.CRM]})" if row[tables.CRM] else _shown(row["Account"])
    about = _about(row)
    return f"{_shown(row['What'])}: {name}" + (f" ({_shown(about)})" if about else "")


def _html_line(row: dict[str, str]) -> str:
    about = _about(row)
    named = _linked(row["Account"], row[tables.CRM])
    return f"{html.escape(row['What'])}: {named}" + (f" ({html.escape(about)})" if about else "")
