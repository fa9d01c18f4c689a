"""The decision before the board: choose, give up, cost, check by."""

from __future__ import annotations

from gtm_metrics import funnel, measures
from gtm_metrics.deck.asked import Asked, Doors
from gtm_metrics.deck.forms import Bars, Part, Table
from gtm_metrics.deck.slide import Slide, sheet_of
from gtm_metrics.deck.week import Key, Week, week_of
from gtm_metrics.funnel.ceiling import Ceiling
from gtm_metrics.measures import PACE_WEEKS
from gtm_metrics.metrics import metric_named
from gtm_metrics.question import Question
from gtm_metrics.tables.decided import ceiling as ceiling_table
from gtm_metrics.words import board, day, plain
from gtm_metrics.words import board_decision as said
from gtm_metrics.words.findings import Voice
from gtm_metrics.words.numbers import Row


def decision(asked: Asked, doors: Doors) -> Slide | str:
    """The slide, or why there is none."""
    now = week_of(asked, doors)
    key = now.subject if now else None
    if now is None or key is None:
        return "no week has been judged yet: gtm-metrics refresh judges those that have settled"
    made = decided_on(now, key)
    named = bool(now.told.key) and now.told.kind in ("tighten", "tightened", "emerging", "watch")
    about = key if named or made else None
    reach = reach_of(asked, doors, key) if about else None
    rows = said.choices(now.told, key, made, reach, doors.company.currency)
    table = Table(("", ""), tuple(rows), (1.0, 3.4), size=22.0)
    bars = bars_of(reach) if reach else None
    sheets = (sheet_of("The decision", ceiling_table(reach, doors.company.currency)),) if reach else ()
    return Slide(
        finding="decision",
        over=f"The decision · as of {day(asked.as_of)}",
        headline=said.title(now.told, key, made, reach),
        paragraph=said.paragraph(now.told, made, reach),
        forms=(table, bars) if bars else (table,),
        footnote=said.note(now.told, reach, asked.as_of, PACE_WEEKS),
        notes=said.notes(reach) + "\n" + board.definitions([metric_named("close_rate", doors.metrics)]),
        sheets=sheets,
        shares=(0.52, 0.48) if bars else (1.0,),
        written=(Voice(False).text(made["why"]).rstrip("."),) if made and made["why"] else (),
    )


def decided_on(now: Week, key: Key) -> Row | None:
    """The newest decision in effect: on the segment, else to stay loose; None where nobody has decided."""
    rows = [row for row in now.decisions.to_dict("records") if row["kind"] in ("tighten", "loose")]
    mine = [row for row in rows if (row["dimension"], row["segment"]) == key or row["kind"] == "loose"]
    return mine[-1] if mine else None


def reach_of(asked: Asked, doors: Doors, key: Key) -> Ceiling | None:
    """What tightening on a segment would change at the most; None where deals are not connected."""
    question = Question(asked.as_of, (key[0],), None, PACE_WEEKS)
    response = metric_named("response_rate", doors.metrics)
    frame = measures.reach_of(question, response, doors.ask, doors.measured).frame
    if key[1] not in set(frame["segment"]):
        return None
    return funnel.ceiling(frame, key[1], PACE_WEEKS, doors.company.minimum_trials)


def bars_of(reach: Ceiling) -> Bars | None:
    """Deals won a quarter: now, on the segment and elsewhere, beside the ceiling; None where neither is known."""
    if reach.won_a_quarter is None or reach.won_if_all is None:
        return None
    # whole deals, so that the parts add up to what stands beside them
    inside, outside = (float(round(n or 0)) for n in (reach.won_in_segment_a_quarter, reach.won_outside_a_quarter))
    most = float(round(reach.won_if_all))
    name = plain(reach.segment)
    return Bars(
        title="Deals won a quarter, at the most",
        caption="now, and if all of the work went to the segment",
        rows=("Now", "All on it"),
        parts=(Part(f"in {name}", (inside, most)), Part("elsewhere", (outside, 0.0))),
        labels=(f"{inside + outside:,.0f} a quarter", f"up to {most:,.0f}"),
        standings=("", ""),
        shares=False,
        subject="All on it",
    )
