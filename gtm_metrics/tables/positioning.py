"""Frames of the canvas and of the votes as pages list them: what the data offer, what each names, the cards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from gtm_metrics import alternatives, customers, words
from gtm_metrics.journal.tables import PARTS
from gtm_metrics.measures import NOT_RECORDED, OTHERS, Reasons
from gtm_metrics.metrics import Metric
from gtm_metrics.positioning import Song, lines_of, of_line
from gtm_metrics.words import alternatives as beaten
from gtm_metrics.words import positioning
from gtm_metrics.words.customers import full_name
from gtm_metrics.words.signal import ON_SCREEN

ON_BOARD = 2
"""Lines of a part of the canvas, and of what the data offer for it, that a board page has room for."""
LINE_ON_BOARD = 56
"""Characters of such a line."""
VOICES_ON_BOARD, REASON_ON_BOARD = 6, 40
"""Voices that a board page has room for, and characters of their reasons."""
OFFERED = 6
"""Rows that the data offer a part of the canvas at the most."""
NOBODY = "nobody asked yet"


def against(rows: pd.DataFrame) -> pd.DataFrame:
    """Name | numbers: alternatives on record with what became of the deals, most deals first.

    rows   `alternatives.alternatives` over all segments
    """
    named = rows[~rows["alternative"].isin([alternatives.ALL_ALTERNATIVES, alternatives.NOT_RECORDED])]
    return _offered([(row["alternative"], beaten.counts(row)) for row in named.head(OFFERED).to_dict("records")])


def won_for(why: Reasons, beside: bool) -> pd.DataFrame:
    """Name | numbers: win reasons, with their share beside everyone else's where there is a segment."""
    found = []
    for row in named_reasons(why).head(OFFERED).to_dict("records"):
        numbers = f"{row['n']:,} of {row['of']:,} won"
        if beside and row["share"] is not None and row["rest_share"] is not None:
            here, rest = (words.percent(row[side], 0) for side in ("share", "rest_share"))
            numbers = f"{numbers}, {here} against {rest}"
        found.append((row["reason"], numbers))
    return _offered(found)


def named_reasons(why: Reasons) -> pd.DataFrame:
    """The reasons that have a name and won a deal here, not only elsewhere."""
    named = ~why.frame["reason"].isin([NOT_RECORDED, OTHERS]) & (why.frame["n"] > 0)
    return why.frame[named].reset_index(drop=True)


def shared(traits: pd.DataFrame, labels: Mapping[str, str]) -> pd.DataFrame:
    """Name | numbers: what the best tenth shares more often than all customers."""
    found = customers.shared(traits, "best").head(OFFERED).to_dict("records")
    return _offered(
        [
            (
                full_name(row, labels),
                f"{row['in_tier']:,} of the {row['tier_size']:,} best, {words.times(row['lift'])} as often",
            )
            for row in found
        ]
    )


def themes(heard: pd.DataFrame) -> pd.DataFrame:
    """Name | numbers: themes with how often each is heard and from whom."""
    found = []
    for place in range(min(len(heard), OFFERED)):
        one = heard.iloc[[place]]
        found.append((one["theme"].iloc[0], positioning.heard_by(one)))
    return _offered(found)


def _offered(found: Sequence[tuple[Any, str]]) -> pd.DataFrame:
    lines = [(words.plain(name), numbers) for name, numbers in found]
    return pd.DataFrame(lines, columns=["From the data", "Numbers"])


def written(text: str, heard: pd.DataFrame) -> pd.DataFrame:
    """Value theme | heard: each line that people wrote, with how often it is heard and from whom."""
    lines = [(words.plain(line), positioning.heard_by(of_line(line, heard))) for line in lines_of(text)]
    return pd.DataFrame(lines, columns=["Value theme", "Heard"])


def canvas(texts: Mapping[str, Mapping[str, Any]], offers: Mapping[str, pd.DataFrame | None]) -> pd.DataFrame:
    """Part | what we say | in the data: the canvas on one page, the first lines of each part and how many more; each
    cell its lines, parted by line breaks.

    texts    part -> its row, `text` its lines; a part that nobody has written is missing
    offers   part -> name | numbers, what the data offer for it; None or missing where they offer nothing
    """
    lines = []
    for part in PARTS:
        offer = offers.get(part)
        data = [] if offer is None else [f"{name}: {numbers}" for name, numbers in offer.to_numpy().tolist()]
        ours = [words.plain(line) for line in lines_of(texts[part]["text"])] if part in texts else []
        lines.append(
            {
                "": part.capitalize(),
                "What we say": _first(ours) + _more(ours) or positioning.EMPTY,
                "In the data": _first(data) or (positioning.NONE_TELLS if part not in positioning.OFFERED else ""),
            }
        )
    return pd.DataFrame(lines, columns=["", "What we say", "In the data"])


def _first(lines: Sequence[str]) -> str:
    return "\n".join(words.shortened(line, LINE_ON_BOARD) for line in lines[:ON_BOARD])


def _more(lines: Sequence[str]) -> str:
    return f"\nand {len(lines) - ON_BOARD:,} more" if len(lines) > ON_BOARD else ""


def versions(kept: pd.DataFrame) -> pd.DataFrame:
    """Part | version | text | who | on, the newest first; what was taken back says so."""
    lines = [
        {
            "Part": str(row["part"]).capitalize(),
            "Version": f"{row['version']:,}",
            "Text": "taken back" if row["gone"] else "; ".join(map(words.plain, lines_of(row["text"]))),
            "Who": words.plain(row["who"]),
            "On": words.day(row["on"]),
        }
        for row in kept.iloc[::-1].to_dict("records")
    ]
    return pd.DataFrame(lines, columns=["Part", "Version", "Text", "Who", "On"])


def voices(found: Song) -> pd.DataFrame:
    """Function | who | names | why | on; a function nobody of which was asked stands last."""
    lines = [
        {
            "Function": voice.function.capitalize(),
            "Who": words.plain(voice.person),
            "Names": words.plain(voice.key[1]),
            "Sings": "" if found.leading is None else "along" if voice.key == found.leading else "another song",
            "Why": words.plain(voice.reasons) if voice.reasons else "",
            "On": words.day(voice.on),
        }
        for voice in found.voices
    ]
    silent = [
        {"Function": function.capitalize(), "Who": NOBODY, "Names": "", "Sings": "", "Why": "", "On": ""}
        for function in found.silent
    ]
    return pd.DataFrame([*lines, *silent], columns=["Function", "Who", "Names", "Sings", "Why", "On"])


def voices_on_board(found: Song) -> tuple[pd.DataFrame, int]:
    """The voices that a board page has room for, reasons shortened, and how many it has not."""
    every = voices(found)
    kept = every.head(VOICES_ON_BOARD)
    why = [words.shortened(each, REASON_ON_BOARD) if each else "" for each in kept["Why"]]
    return kept.assign(Why=why), len(every) - len(kept)


def beside(
    found: Song,
    keys: Sequence[tuple[str, str]],
    states: Mapping[tuple[str, str], str],
    rows: Mapping[tuple[str, str], Mapping[str, Mapping[Any, Any]]],
    metrics: Sequence[Metric],
) -> pd.DataFrame:
    """Segment | named by | signal | a column a measure: the segment's, everyone else's, and of how many.

    keys     segments in the order to show: those named, then the data's own
    states   the signal's state of those that are watched
    rows     key -> metric -> its funnel row
    """
    lines = []
    for key in keys:
        line = {
            "Segment": words.plain(key[1]),
            "Named by": ", ".join(positioning.named_by(found, key)) or "the data alone",
            "Signal": ON_SCREEN[states[key]] if key in states else "not watched",
        }
        for metric in metrics:
            line[metric.label] = _measure(metric, rows.get(key, {}).get(metric.name))
        lines.append(line)
    return pd.DataFrame(lines, columns=["Segment", "Named by", "Signal", *(metric.label for metric in metrics)])


def _measure(metric: Metric, row: Mapping[Any, Any] | None) -> str:
    if row is None or row["trials"] is None:
        return ""
    n = int(row["trials"])
    if row["estimate"] is None:
        return words.counted(metric, int(row["successes"]), n)
    rest = "" if row["rest_estimate"] is None else f", else {words.estimate(metric, row['rest_estimate'], 0)}"
    return f"{words.estimate(metric, row['estimate'], 0)}{rest} (n{words.NO_BREAK}{n:,})"


def cards(kept: pd.DataFrame, by_function: pd.DataFrame) -> pd.DataFrame:
    """Champion | function | won with such a champion | asked by | must answer | kept: a row an answer.

    by_function   `alternatives.by_function`
    """
    won = {row["group"]: row for row in by_function.to_dict("records")}
    lines = []
    for row in kept.to_dict("records"):
        function = alternatives.function_of(row["title"])
        for place, answer in enumerate(row["answers"]):
            first = place == 0
            lines.append(
                {
                    "Champion": words.plain(row["title"]) if first else "",
                    "Won with such a champion": positioning.close_rate_with(won.get(function)) if first else "",
                    "Asked by": words.plain(answer["to"]),
                    "Must answer": words.plain(answer["must_answer"]),
                    "Kept": f"{words.plain(row['who'])}, {words.day(row['on'])}" if first else "",
                }
            )
    columns = ["Champion", "Won with such a champion", "Asked by", "Must answer", "Kept"]
    return pd.DataFrame(lines, columns=columns)
