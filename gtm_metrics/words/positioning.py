"""What we will say and whether we all say it, in sentences: the canvas, the votes, the champion's card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from gtm_metrics.journal.tables import PARTS
from gtm_metrics.positioning import Song, lines_of
from gtm_metrics.words.findings import Voice
from gtm_metrics.words.gates import spelled
from gtm_metrics.words.numbers import count, day, listed, percent
from gtm_metrics.words.plain import BLANK, escaped, plain
from gtm_metrics.words.signal import Told

ASKED = {
    "competitive alternatives": "What would they do if we were not there? Doing nothing is one.",
    "differentiated capabilities": "What can we do that none of these can?",
    "value themes": "What does that make possible for them, in their words?",
    "best-fit characteristics": "Who cares most about that value, and how do we know one?",
    "market category": "In which market does that make us the obvious choice?",
}
"""The question that each part of the canvas answers."""
OFFERED = {
    "competitive alternatives": "What decided deals were weighed against",
    "differentiated capabilities": "Why deals were won",
    "value themes": "What is heard, and from whom",
    "best-fit characteristics": "What the best tenth of the customers shares",
}
"""What the data offer for a part. No data tell a market category."""
NONE_TELLS = "No data tell a category."
NO_CATEGORY = f"{NONE_TELLS} Take the one in which the value above is what buyers look for."
EMPTY = "Nobody has written this yet."
READING = (
    "Heard: lines of customers kept on Best-fit customers under this theme, and deals won with it as the reason. What "
    "nobody is heard on is a theme of ours alone."
)
CARD = (
    "The champion must carry it to others without us: what will each of them ask, and what is the answer? Beside it: "
    "how often deals with a champion of that function are won. Champions named only after the decision count apart."
)


def canvas_title(kept: Mapping[str, Mapping[str, Any]]) -> str:
    """How much of the canvas is written, in at most fifteen words."""
    filled = sum(part in kept for part in PARTS)
    if not filled:
        return "Nobody has written down yet what we will say"
    if filled < len(PARTS):
        return f"What we will say: {spelled(filled)} of {spelled(len(PARTS))} parts are written down"
    return f"What we will say: all {spelled(len(PARTS))} parts are written down"


def canvas_paragraph(kept: Mapping[str, Mapping[str, Any]]) -> str:
    """The canvas in one sentence of its first lines; while a part is missing, which."""
    missing = [part for part in PARTS if part not in kept]
    if missing:
        return (
            f"Still to write: {listed(missing)}. In this order: each part follows from the one before, and the data "
            "offer what they know."
        )
    first = [next(iter(lines_of(kept[part]["text"])), BLANK) for part in PARTS]
    instead, can, value, who, category = (f"**{escaped(line)}**" for line in first)
    return f"For {who}, instead of {instead}: {category}. What only we can do: {can}. What they get: {value}."


def kept_by(row: Mapping[str, Any]) -> str:
    """Version 3, Anna on 4 Mar 2026."""
    return f"Version {row['version']:,}, {escaped(row['who'])} on {day(row['on'])}"


def heard_by(found: pd.DataFrame) -> str:
    """How often a line of the value themes is heard, and from whom, as plain text; that it is not, where it is not.

    found   the themes heard in it, `positioning.of_line`
    """
    voice = Voice(False)
    said = int(found["notes"].sum()) if len(found) else 0
    won = [int(n) for n in found["won"] if n is not None]
    names = list(dict.fromkeys(name for accounts in found["accounts"] for name in accounts))
    parts = []
    if said:
        more = f" and {len(names) - 3:,} more" if len(names) > 3 else ""
        parts.append(f"said {_times(said)} by {', '.join(voice.text(name) for name in names[:3])}{more}")
    if any(won):
        parts.append(f"why {count(sum(won), 'deal')} of {int(found['of'].iloc[0]):,} were won")
    return " and ".join(parts) if parts else "not heard from anybody yet"


def _times(n: int) -> str:
    return {1: "once", 2: "twice"}.get(n, f"{n:,} times")


def song_title(found: Song) -> str:
    """Whether we sing the same song, in at most fifteen words."""
    asked, name = found.asked, escaped(found.leading[1]) if found.leading else ""
    if not asked:
        return "Nobody has been asked yet for the best-fit segment"
    if len(asked) == 1:
        return f"Only {asked[0]} has been asked: name what the others say"
    if found.leading is None:
        return f"{spelled(len(asked)).capitalize()} functions, {count(len(found.named), 'song')}: nobody leads"
    if len(found.agree) == len(asked):
        every = "Both" if len(asked) == 2 else f"All {spelled(len(asked))}"
        return f"{every} functions asked sing the same song: {name}"
    return f"{spelled(len(found.agree)).capitalize()} of {spelled(len(asked))} functions name {name}"


def song_paragraph(found: Song, told: Told | None) -> str:
    """Who sings otherwise, who was not asked, and what the data say to it.

    told   the week's verdict; None where there is none
    """
    said = []
    if found.outliers:
        others = [f"{escaped(voice.person)} ({voice.function}) names {_name(voice.key)}" for voice in found.outliers]
        said.append(listed(others))
    if found.split:
        said.append(f"{listed(list(found.split))} {'is' if len(found.split) == 1 else 'are'} at odds within")
    if found.silent and found.voices:
        said.append(f"not asked yet: {listed(list(found.silent))}")
    sentences = [f"{each[:1].upper()}{each[1:]}." for each in said]
    return " ".join([*sentences, data_says(found, told)]).strip()


def voices_note(as_of: date, beyond: int) -> str:
    """The footnote of the voices on a board page; `beyond` are those it has no room for."""
    more = f" {count(beyond, 'more voice')} not shown." if beyond else ""
    return (
        "One line a person asked: the segment they name as the best fit, and why, as kept in the journal. Along: it is "
        f"the segment that most functions name. The data: the weekly verdict. As of {day(as_of)}.{more}"
    )


def data_says(found: Song, told: Told | None) -> str:
    """What the signal says beside what people say."""
    if told is None or told.key is None:
        return "The data name no segment yet, so the song is a conviction, not a finding." if found.voices else ""
    name = f"**{_name(told.key)}**"
    if told.kind == "lead_lost":
        return f"The data say the lead of {name} is gone."
    if told.kind not in ("tighten", "tightened"):
        return f"The data lean to {name}, not proven."
    if found.leading == told.key:
        return f"The data say the same: {name} is proven."
    return f"The data say {name}, proven; that is another song." if found.voices else f"The data say {name}, proven."


def _name(key: tuple[str, str]) -> str:
    return escaped(key[1])


def close_rate_with(row: Mapping[Any, Any] | None) -> str:
    """34 % of 120 (26-43), of decided deals; the counts where there are too few; that there is none."""
    if row is None:
        return "no deal with one on record"
    won, n = row["won"], row["decided"]
    if row["close_rate"] is None:
        return f"{won:,} won of {n:,}"
    return f"{percent(row['close_rate'], n)} of {n:,} ({100 * row['low']:.0f}–{100 * row['high']:.0f})"


def named_by(found: Song, key: tuple[str, str]) -> Sequence[str]:
    """Who names a segment: "Anna (sales)"."""
    return [f"{plain(voice.person)} ({voice.function})" for voice in found.voices if voice.key == key]
