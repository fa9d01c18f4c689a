"""The bowling alley as people set it up: its pins, how large their markets are, who vouches for us, and judgements.

A segment is named by its dimension and its value; a pin that is a rule over several has no dimension and a name of its
own. Pins alone are changed in place, version by version; every change is a row of their history.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from gtm_metrics.journal.tables.base import JSON, Base, one_of, replacing

HEAD, NEXT, CANDIDATE, STANDING = "head pin", "next", "candidate", "standing"
PARKED, PASSED_OVER, DOWN = "not now", "never", "down"
STATUSES = (HEAD, NEXT, CANDIDATE, STANDING, PARKED, PASSED_OVER, DOWN)
"""What a pin is: aimed at, to come, thought of, there, put off, given up, or won."""

PLACES = 15
"""Pins a rack has room for: five rows."""

VOUCH, CASE_STUDY = "vouch", "case study"
VOUCHES = (VOUCH, CASE_STUDY)

QUESTIONS = ("untargeted", "value", "custom_work", "authority", "knowledge", "recommended")
"""The six questions asked of a pin: came without being targeted, found value, asked for custom work with budget, sought
us for authority, knowledge gained, recommended from outside the target."""

LEADERSHIP, ORDER = "leadership", "order"
MARKS = (*QUESTIONS, LEADERSHIP, ORDER)
"""What people give a judgement on: the six questions, leadership in the market, and the pin's place in the order."""


class Pin(Base):
    """One row a pin as it stands; how it came to stand so is told by its events.

    rule      null for the segment itself, else [{"dimension": name, "segments": [value, ...]}, ...]: all must hold
    position  where people put it in the rack, 0 in front; null where nobody did
    version   counts its changes from 1; the database refuses a change that does not count
    gone      it was taken out of the rack
    """

    __tablename__ = "pins"
    __table_args__ = (
        one_of("status", STATUSES),
        sa.CheckConstraint(f"position between 0 and {PLACES - 1}", name="position"),
        sa.UniqueConstraint("dimension", "segment"),
    )

    id: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    dimension: Mapped[str]
    segment: Mapped[str]
    rule: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON)
    status: Mapped[str]
    position: Mapped[int | None]
    owner: Mapped[str]
    notes: Mapped[str]
    version: Mapped[int]
    who: Mapped[str]
    on: Mapped[date]
    gone: Mapped[bool]
    at: Mapped[datetime] = mapped_column(server_default=sa.func.current_timestamp())


class PinEvent(Base):
    """One row a change of a pin, which it brought to `version`: the fields that changed, as they were and as they are.

    then    {field: value}, empty where the pin was new
    undoes  the event whose fields this one put back
    """

    __tablename__ = "pin_events"
    __table_args__ = (sa.UniqueConstraint("pin", "version"),)

    id: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    pin: Mapped[int] = mapped_column(sa.Integer, sa.ForeignKey("pins.id"))
    version: Mapped[int]
    then: Mapped[dict[str, Any]]
    now: Mapped[dict[str, Any]]
    why: Mapped[str]
    who: Mapped[str]
    on: Mapped[date]
    undoes: Mapped[int | None] = mapped_column(sa.Integer, sa.ForeignKey("pin_events.id"), unique=True)
    at: Mapped[datetime] = mapped_column(server_default=sa.func.current_timestamp())


class MarketSize(Base):
    """One row a segment's market: how many accounts there are, whose number that is, and of which day (`dated`)."""

    __tablename__ = "market_sizes"
    __table_args__ = (sa.CheckConstraint("number > 0", name="number"),)

    id: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    dimension: Mapped[str]
    segment: Mapped[str]
    number: Mapped[int]
    source: Mapped[str]
    dated: Mapped[date]
    who: Mapped[str]
    on: Mapped[date]
    replaces: Mapped[int | None] = replacing("market_sizes")
    gone: Mapped[bool]
    at: Mapped[datetime] = mapped_column(server_default=sa.func.current_timestamp())


class Vouch(Base):
    """One row that makes word travel from a segment to another: somebody who would vouch for us, or a case study.

    name  who would vouch, or what the case study is called; what it is about is `what`
    """

    __tablename__ = "vouches"
    __table_args__ = (one_of("kind", VOUCHES),)

    id: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    kind: Mapped[str]
    dimension: Mapped[str]
    segment: Mapped[str]
    to_dimension: Mapped[str]
    to_segment: Mapped[str]
    name: Mapped[str]
    what: Mapped[str]
    who: Mapped[str]
    on: Mapped[date]
    replaces: Mapped[int | None] = replacing("vouches")
    gone: Mapped[bool]
    at: Mapped[datetime] = mapped_column(server_default=sa.func.current_timestamp())


class Mark(Base):
    """One row a judgement of people beside the evidence.

    value  0 (no) to 1 (yes); of "order" the place, 1 for the pin that is to fall next
    """

    __tablename__ = "judgements"
    __table_args__ = (one_of("question", MARKS), sa.CheckConstraint("value >= 0", name="value"))

    id: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    dimension: Mapped[str]
    segment: Mapped[str]
    question: Mapped[str]
    value: Mapped[float]
    why: Mapped[str]
    who: Mapped[str]
    on: Mapped[date]
    replaces: Mapped[int | None] = replacing("judgements")
    gone: Mapped[bool]
    at: Mapped[datetime] = mapped_column(server_default=sa.func.current_timestamp())
