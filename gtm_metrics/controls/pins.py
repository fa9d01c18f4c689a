"""Forms of the Follow-on markets page: what people change of a pin and say of its market stands in the journal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from gtm_metrics import journal
from gtm_metrics.company import Refused
from gtm_metrics.controls.draft import Draft, drafted, sent
from gtm_metrics.controls.markets import HISTORY, SHOWN, Page, last_of
from gtm_metrics.controls.place import today
from gtm_metrics.controls.week import engine_of
from gtm_metrics.controls.who import author
from gtm_metrics.journal.tables import PLACES, QUESTIONS, STATUSES, VOUCHES
from gtm_metrics.markets import Alley
from gtm_metrics.tables import markets as tables_markets
from gtm_metrics.words import escaped, plain

NOWHERE = "where the order puts it"
KINDS = {"vouch": "Somebody would vouch for us", "case study": "A case study"}
MARKED = (*QUESTIONS, "leadership")
WIDE = 620
"""Pixels a form takes across."""


def forms(page: Page, name: str, slot: Any) -> None:
    """What can be changed of a pin, a button a form; the form that was picked stands below, where it has room."""
    if not page.now:
        return
    offered = {"move": "Move the pin", "size": "Market size", "judge": "Judge"}
    offered |= {"vouch": "Would vouch"} if len(page.keys) > 1 else {}
    offered |= {"order": "Overrule the order"} if page.alley.pin(name)["order"] is not None else {}
    offered |= {"undo": "Undo"} if _undoable(page) else {}
    with slot:
        chosen = st.segmented_control("Change", list(offered), format_func=offered.__getitem__, key="change")
    made = {"move": move, "size": size, "judge": judge, "vouch": vouch, "order": overrule, "undo": undo}
    if chosen in offered:
        made[chosen](page, name)


@contextmanager
def _form(form: str, now: dict[Any, Any] | None) -> Iterator[Draft]:
    with drafted(form, now, width=WIDE) as draft:
        yield draft


def _write(draft: Draft, now: dict[Any, Any] | None, act: Callable[[], Any]) -> None:
    """The button of a form; once it was written the history is shown."""
    if sent(draft, act, now):
        st.query_params[SHOWN] = HISTORY
        st.rerun()


def move(page: Page, name: str) -> None:
    """Status, place, owner and notes of a pin."""
    key, now = page.keys[name], page.kept(page.keys[name])
    places: list[int | None] = [None, *range(PLACES)]
    with _form(f"move {name}", now) as draft:
        was = draft.base or {"status": page.alley.pin(name)["status"], "position": None, "owner": "", "notes": ""}
        there = None if pd.isna(was["position"]) else int(was["position"])
        asked = {
            "status": st.selectbox("Status", STATUSES, STATUSES.index(was["status"])),
            "position": st.selectbox("Place in the rack", places, places.index(there), format_func=_place),
            "owner": st.text_input("Owner", was["owner"]),
            "notes": st.text_area("Notes", was["notes"]),
        }
        who, reason = author(), st.text_area("Why, in a sentence")
        given = {field: value for field, value in asked.items() if value != {**was, "position": there}[field]}
        changes = given if draft.base else asked

        def act() -> None:
            saw = None if draft.saw is None else int(draft.saw["version"])
            journal.keep_pin(engine_of(page.place), *key, changes, reason, who, today(), saw)

        _write(draft, now, act)


def _place(position: int | None) -> str:
    return NOWHERE if position is None else "0, in front" if position == 0 else f"{position}"


def size(page: Page, name: str) -> None:
    """How many accounts the pin's market has, and who says so."""
    key = page.keys[name]
    now = last_of(page.told.sizes, key)
    with _form(f"size {name}", now) as draft:
        first = int(draft.base["number"]) if draft.base else None
        number = st.number_input("Accounts in the market", 1, None, first, 1)
        source = st.text_input("Source", placeholder="a register, an analyst, our own count")
        dated = st.date_input("Of the day", today(), max_value=today())
        who = author()

        def act() -> None:
            if number is None:
                raise Refused("the number of accounts is missing; give a whole number from 1 on")
            on = dated if isinstance(dated, date) else today()
            saw = _number(draft.saw)
            journal.keep_market_size(engine_of(page.place), *key, int(number), source, on, who, today(), saw)

        _write(draft, now, act)


def vouch(page: Page, name: str) -> None:
    """That somebody in the pin would vouch for us to another, or a case study that does."""
    key, others = page.keys[name], [other for other in page.keys if other != name]
    with _form(f"vouch {name}", None) as draft:
        kind = st.radio("What", VOUCHES, format_func=KINDS.__getitem__, horizontal=True)
        to = st.selectbox(f"From {plain(name)} to", others, format_func=plain)
        called, what = st.text_input("Name, of a person or a case study"), st.text_input("What it is about")
        who = author()

        def act() -> None:
            journal.vouch(engine_of(page.place), kind or "", key, page.keys[to], called, what, who, today())

        _write(draft, None, act)


def judge(page: Page, name: str) -> None:
    """What people judge of the pin beside the evidence: each of the six questions, and whether it leads its market."""
    key, marks = page.keys[name], page.told.judgements
    now = {question: last_of(marks[marks["question"] == question], key) for question in MARKED}
    with _form(f"judge {name}", now) as draft:
        asked = st.selectbox("On", MARKED, MARKED.index("leadership"), format_func=tables_markets.ON.__getitem__)
        value = st.slider("From 0 (no) to 1 (yes)", 0.0, 1.0, 0.5, 0.05)
        who, reason = author(), st.text_area("Why, in a sentence")

        def act() -> None:
            saw = _number((draft.saw or {})[asked])
            journal.keep_judgement(engine_of(page.place), *key, asked, value, reason, who, today(), saw)

        _write(draft, now, act)


def overrule(page: Page, name: str) -> None:
    """The pin's place in the order by the judgement of people, in place of the evidence's."""
    row, key, marks = page.alley.pin(name), page.keys[name], page.told.judgements
    now = last_of(marks[marks["question"] == "order"], key)
    with _form(f"order {name}", now) as draft:
        st.caption(f"The evidence puts {escaped(name)} at place {row['rank']}.")
        place = st.selectbox("Place in the order", range(1, _ordered(page.alley) + 1), format_func=_falls)
        who, reason = author(), st.text_area("Why, against the evidence")

        def act() -> None:
            saw = _number(draft.saw)
            journal.keep_judgement(engine_of(page.place), *key, "order", place, reason, who, today(), saw)

        _write(draft, now, act)


def _ordered(found: Alley) -> int:
    return sum(place is not None for place in found.pins["order"])


def _falls(place: int) -> str:
    return "1, falls next" if place == 1 else f"{place}"


def undo(page: Page, _name: str) -> None:
    """Puts a change of a pin back, or takes back what was said of one; both stay in the history."""
    seen = {int(row["id"]): int(row["version"]) for row in page.told.pins.to_dict("records")}
    now = {"offered": _undoable(page), "seen": seen}
    with _form("undo", now) as draft:
        offered = draft.base["offered"]
        what = st.selectbox("What", list(offered), format_func=lambda each: offered[each][0])
        who, reason = author(), st.text_input("Why")

        def act() -> None:
            kind, number = what
            if kind != "pins":
                journal.take_back(engine_of(page.place), kind, number, who, today())
                return
            saw = draft.saw["seen"].get(offered[what][1], 0)
            journal.undo_pin(engine_of(page.place), number, reason, who, today(), saw)

        _write(draft, now, act)


def _undoable(page: Page) -> dict[tuple[str, int], tuple[str, int]]:
    """(kind, number) -> what it is called and, of a change, its pin; the newest change of a pin first."""
    back = set(page.events["undoes"].dropna()) if len(page.events) else set()
    there = set(page.told.pins["id"])
    found: dict[tuple[str, int], tuple[str, int]] = {}
    for row in page.events.iloc[::-1].to_dict("records"):
        if row["id"] not in back and row["pin"] in there:
            told = f"{plain(row['segment'])}: {tables_markets.moved(row)}"
            found[("pins", int(row["id"]))] = (told, int(row["pin"]))
    said = {"market_sizes": page.told.sizes, "vouches": page.told.vouches, "judgements": page.told.judgements}
    for kind, frame in said.items():
        for row in frame.iloc[::-1].to_dict("records"):
            found[(kind, int(row["id"]))] = (tables_markets.told(kind, row), 0)
    return found


def _number(row: dict[str, Any] | None) -> int | None:
    return None if row is None else int(row["id"])
