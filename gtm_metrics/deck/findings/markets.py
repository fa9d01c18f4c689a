"""Follow-on markets: which pin falls next, in the bowling alley and in its order."""

from __future__ import annotations

from gtm_metrics import follow_on, journal
from gtm_metrics.company import Refused
from gtm_metrics.deck.asked import Asked, Doors
from gtm_metrics.deck.forms import Alley, Bond, Pin, Table
from gtm_metrics.deck.slide import Slide, sheet_of
from gtm_metrics.deck.week import week_of
from gtm_metrics.markets import Alley as Judged
from gtm_metrics.measures import markets as counts
from gtm_metrics.question import Question
from gtm_metrics.tables import markets as tables_markets
from gtm_metrics.words import alley as described
from gtm_metrics.words import markets as said
from gtm_metrics.words import overline, plain
from gtm_metrics.words.board import unmarked

COLUMNS = ("#", "Pin", "Left to win", "Ease", "Benefit", "Score")
WEIGHTS = (0.4, 2.2, 1.4, 0.9, 1.0, 0.9)
NUMBERS = (2, 3, 4, 5)
ROWS = 9


def markets(asked: Asked, doors: Doors) -> Slide | str:
    """The slide, or why there is none."""
    week_of(asked, doors)
    with journal.reading(doors.journal) as seen:
        told, apart = follow_on.said(seen, asked.decided_by), follow_on.set_apart(seen, asked.decided_by)
    try:
        by = follow_on.dimension_of(doors.warehouse, doors.company, told)
        question = Question(asked.as_of, (by,), weeks=follow_on.WEEKS)
        pins = doors.measured(counts.pins, question, follow_on.kept_pins(told))
        if not pins:
            return "no account has a value of an attribute whose values could be markets"
        counted = doors.measured(counts.counted, question, pins, apart)
    except Refused as refused:
        return str(refused)
    found = follow_on.judged(counted, told, doors.company)
    if found.head is None and (found.weak or found.next is None):
        return "no pin stands in front, and the order of the others is weak: hardly anything is known of them"
    ruled = found.overruled or {}
    order = tables_markets.order(found.pins)
    cells = tuple(tuple(str(cell) for cell in row) for row in order[list(COLUMNS)].itertuples(index=False))
    more = len(cells) - ROWS
    note = said.footnote(found, counted.first_day, counted.last_day, counted.since, question.as_of)
    return Slide(
        finding="markets",
        over=overline("Follow-on markets", question, doors.label(by), markdown=False),
        headline=said.title(found, plain),
        paragraph=unmarked(said.paragraph(found, plain)),
        forms=(alley_of(found), Table(COLUMNS, cells[:ROWS], WEIGHTS, numbers=NUMBERS)),
        footnote=note + (f" {more:,} pins further behind not shown in the table." if more > 0 else ""),
        notes=f"{described.ORDER_NOTE}\n{described.PLACES_NOTE}",
        sheets=(sheet_of("Follow-on markets", order), sheet_of("Ties", tables_markets.ties(found.ties))),
        shares=(0.56, 0.44),
        written=(plain(ruled["why"]),) if ruled.get("why") else (),
    )


def alley_of(found: Judged) -> Alley:
    """The rack: pins that have a place in it, and the ties between them, the strongest first."""
    front = found.pins[found.pins["row"].notna()].sort_values(["row", "place"]).to_dict("records")
    index = {row["segment"]: i for i, row in enumerate(front)}
    ties = found.ties.sort_values("weight", ascending=False, kind="stable").to_dict("records")
    return Alley(
        pins=tuple(
            Pin(
                name=plain(row["segment"]),
                status=str(row["status"]),
                row=int(row["row"]),
                place=int(row["place"]),
                share=described.known(row["share"]),
                share_of=str(row["share_of"]),
                down=bool(row["down"]),
                label=described.share_label(row),
            )
            for row in front
        ),
        ties=tuple(
            Bond(
                index[row["a"]], index[row["b"]], float(described.known(row["weight"]) or 0.0), described.tie_label(row)
            )
            for row in ties
            if row["a"] in index and row["b"] in index and row["a"] != row["b"]
        ),
    )
