"""The pins of the bowling alley: each changed version by version, every change kept, and any of them put back.

Whoever changes a pin says which version they looked at: of two who change it at once the later is told, and nothing of
the earlier is lost. A change is put back by another change, so the history tells of both.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd
import sqlalchemy as sa

from gtm_metrics.company import Refused
from gtm_metrics.journal.kept import refuse_blank, told_rule
from gtm_metrics.journal.open import writing
from gtm_metrics.journal.read import frame
from gtm_metrics.journal.tables import CANDIDATE, HEAD, PLACES, STATUSES, Pin, PinEvent
from gtm_metrics.journal.write import audited, plain

NEW: dict[str, Any] = {
    "status": CANDIDATE,
    "position": None,
    "owner": "",
    "notes": "",
    "rule": None,
}
"""What a pin is where nobody said otherwise; the fields that people change."""

CALLED = ("id", "dimension", "segment")
SHOWN = (*CALLED, "rule", "status", "position", "owner", "notes", "version", "who", "on")


def pins(journal: sa.Connection, as_of: date | None = None) -> pd.DataFrame:
    """One row a pin in the rack (on `as_of`), in the order set up: the columns of SHOWN."""
    if as_of is not None:
        return _as_they_stood(pin_events(journal, as_of=as_of))
    columns = [Pin.__table__.c[name] for name in SHOWN]
    return frame(journal, sa.select(*columns).where(Pin.gone == sa.false()).order_by(Pin.id))


def pin_events(journal: sa.Connection, pin: int | None = None, as_of: date | None = None) -> pd.DataFrame:
    """One row a change of a pin, oldest first: the columns of tables.PinEvent, and the pin's dimension and segment."""
    query = sa.select(PinEvent, Pin.dimension, Pin.segment).join(Pin, Pin.id == PinEvent.pin)
    if pin is not None:
        query = query.where(PinEvent.pin == pin)
    if as_of is not None:
        query = query.where(PinEvent.on <= as_of)
    return frame(journal, query.order_by(PinEvent.id))


def _as_they_stood(events: pd.DataFrame) -> pd.DataFrame:
    """The pins after these changes."""
    stood: dict[int, dict[str, Any]] = {}
    for event in events.to_dict("records"):
        called = {"id": event["pin"], "dimension": event["dimension"], "segment": event["segment"]}
        last = {"version": event["version"], "who": event["who"], "on": event["on"]}
        stood[event["pin"]] = stood.get(event["pin"], {}) | called | event["now"] | last
    rows = [pin for _, pin in sorted(stood.items()) if not pin["gone"]]
    return pd.DataFrame(rows, columns=list(SHOWN), dtype=object).astype({"version": "int64"})


def keep_pin(
    engine: sa.Engine,
    dimension: str,
    segment: str,
    changes: Mapping[str, Any],
    why: str,
    who: str,
    today: date,
    saw: int | None = None,
) -> int:
    """Sets up a pin, or changes one; the version it is at now.

    changes  {field: value} of NEW; of a new pin the others are as NEW says. A pin without a dimension needs a rule
    saw      the version its author looked at, None for a pin that is not there

    Raises Refused for words that are missing, a field or value that cannot be, a change that changes nothing, a second
    head pin, and for a version that is not the last.
    """
    refuse_blank(segment=segment, why=why, who=who)
    given = _checked(changes)
    with writing(engine) as journal:
        there = _pin(journal, Pin.dimension == dimension, Pin.segment == segment)
        seen = None if there is None else int(there["version"])
        if seen != saw and not (saw is None and there is not None and there["gone"]):
            raise _changed(journal, segment, there)
        if there is None:
            there = {"id": None, "dimension": dimension, "segment": segment, "version": 0}
            changed = NEW | given | {"gone": False}
        else:
            before = NEW if there["gone"] else {}
            wanted = {**before, **given, "gone": False}
            changed = {field: value for field, value in wanted.items() if there[field] != value}
        if not changed:
            raise Refused(f"{segment} is so already: nothing would change")
        if not (there | changed)["rule"] and not dimension:
            raise Refused(f"{segment} has neither a dimension nor a rule; give it one of them")
        return _moved(journal, there, changed, why, who, today)


def undo_pin(engine: sa.Engine, event: int, why: str, who: str, today: date, saw: int) -> int:
    """Puts back what a change changed, and leaves what was changed since in other fields; the version it is at now.

    event  the number of the change in pin_events; putting back that a pin was set up takes it out of the rack
    saw    the pin's version that its author looked at

    Raises Refused for a change that is not there or was put back already, where a field was changed again since, and
    for a version that is not the last.
    """
    refuse_blank(why=why, who=who)
    with writing(engine) as journal:
        found = frame(journal, sa.select(PinEvent).where(PinEvent.id == event))
        if found.empty:
            raise Refused(f"there is no change {event} of a pin")
        was = {str(name): value for name, value in found.iloc[0].items()}
        there = _pin(journal, Pin.id == was["pin"])
        assert there is not None  # an event has its pin
        segment = there["segment"]
        by = frame(journal, sa.select(PinEvent).where(PinEvent.undoes == event))
        if len(by):
            raise Refused(f"change {event} of {segment} was put back by {by['who'][0]} on {by['on'][0]} already")
        if there["version"] != saw:
            raise _changed(journal, segment, there)
        since = sorted(field for field, value in was["now"].items() if there[field] != value)
        if since and was["then"]:
            again = ", ".join(since)
            raise Refused(f"{again} of {segment} changed again since change {event}; put that back first")
        return _moved(journal, there, was["then"] or {"gone": True}, why, who, today, undoes=event)


def _moved(
    journal: sa.Connection,
    there: Mapping[str, Any],
    changed: Mapping[str, Any],
    why: str,
    who: str,
    today: date,
    undoes: int | None = None,
) -> int:
    """Writes a pin's next version and the change that led to it."""
    after = {**there, **changed}
    if after["status"] == HEAD and not after["gone"]:
        _refuse_second_head(journal, after)
    version = int(there["version"]) + 1
    row = {**changed, "version": version, "who": who.strip(), "on": today}
    number, then = there["id"], {field: there[field] for field in changed if field in there}
    if number is None:
        called = {"dimension": there["dimension"], "segment": there["segment"]}
        number = int(journal.execute(sa.insert(Pin).values(**called, **row).returning(Pin.id)).scalar_one())
    else:
        mine = (Pin.id == number, Pin.version == there["version"])
        moved = journal.execute(sa.update(Pin).where(*mine).values(**row, at=sa.func.current_timestamp()))
        if moved.rowcount != 1:
            raise _changed(journal, after["segment"], _pin(journal, Pin.id == number))
    event = {"pin": number, "version": version, "then": plain(then), "now": plain(dict(changed)), "why": why.strip(),
             "who": who.strip(), "on": today, "undoes": undoes}  # fmt: skip
    journal.execute(sa.insert(PinEvent).values(**event))
    told = {"pin": number, "segment": after["segment"], "version": version, "now": event["now"], "undoes": undoes}
    audited(journal, who.strip(), "pin" if undoes is None else "put back a pin", told)
    return version


def _refuse_second_head(journal: sa.Connection, pin: Mapping[str, Any]) -> None:
    heads = frame(journal, sa.select(Pin).where(Pin.status == HEAD, Pin.gone == sa.false()))
    others = [name for number, name in zip(heads["id"], heads["segment"], strict=True) if number != pin["id"]]
    if others:
        raise Refused(f"{others[0]} is the head pin; there is one at a time, so change that one first")


def _checked(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The changes as they are kept. Raises Refused with field, value and what is allowed."""
    given = dict(changes)
    for field, value in given.items():
        if field not in NEW:
            raise Refused(f"a pin has {', '.join(NEW)}; there is no {field!r} to change")
        if field == "status" and value not in STATUSES:
            raise Refused(f"status is {value!r}; it is one of {', '.join(STATUSES)}")
        if field == "position" and value is not None and not (_whole(value) and 0 <= value < PLACES):
            raise Refused(f"position is {value!r}; it is 0 (in front) to {PLACES - 1}, or none")
        if field in ("owner", "notes"):
            given[field] = str(value).strip()
        if field == "position" and value is not None:
            given[field] = int(value)
        if field == "rule" and value is not None:
            given[field] = [told_rule(one) for one in value] or None
    return given


def _whole(value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, int)


def _pin(journal: sa.Connection, *mine: sa.ColumnElement[bool]) -> dict[str, Any] | None:
    found = journal.execute(sa.select(*Pin.__table__.columns).where(*mine)).mappings().first()
    return None if found is None else dict(found)


def _changed(journal: sa.Connection, segment: str, there: Mapping[str, Any] | None) -> Refused:
    """What whoever comes later is told: who changed the pin, when, and to what."""
    if there is None:
        return Refused(f"there is no pin {segment}; it was never set up")
    last = pin_events(journal, int(there["id"])).iloc[-1]
    now = {field: repr(value) if value or value == 0 else "none" for field, value in last["now"].items()}
    to = ", ".join(f"{field} {value}" for field, value in now.items() if field != "gone") or "taken out"
    return Refused(
        f"{segment} has changed since you looked at it: version {there['version']} ({to}) was kept by {there['who']} "
        f"on {there['on']}; look again before you change it"
    )
