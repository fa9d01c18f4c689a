"""What we will say and whether we all say it: the votes, the canvas with its versions, and the champion's card."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from gtm_metrics.journal.tables.base import JSON, Base, one_of, replacing

FUNCTIONS = ("founder", "marketing", "sales", "product", "customer success")
"""Who must sing the same song (April Dunford's positioning team)."""

PARTS = (
    "competitive alternatives",
    "differentiated capabilities",
    "value themes",
    "best-fit characteristics",
    "market category",
)
"""The parts of the canvas, in the order they are worked out."""


class Vote(Base):
    """One row the best-fit segment one person names for a function, with the reasons."""

    __tablename__ = "votes"
    __table_args__ = (one_of("function", FUNCTIONS),)

    id: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    function: Mapped[str]
    person: Mapped[str]
    dimension: Mapped[str]
    segment: Mapped[str]
    reasons: Mapped[str]
    who: Mapped[str]
    on: Mapped[date]
    replaces: Mapped[int | None] = replacing("votes")
    gone: Mapped[bool]
    at: Mapped[datetime] = mapped_column(server_default=sa.func.current_timestamp())


class Canvas(Base):
    """One row a version of a part of the canvas; `evidence` what the data offered for it that day, a row each."""

    __tablename__ = "canvas"
    __table_args__ = (one_of("part", PARTS), sa.UniqueConstraint("part", "version"))

    id: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    part: Mapped[str]
    version: Mapped[int]
    text: Mapped[str]
    evidence: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    who: Mapped[str]
    on: Mapped[date]
    replaces: Mapped[int | None] = replacing("canvas")
    gone: Mapped[bool]
    at: Mapped[datetime] = mapped_column(server_default=sa.func.current_timestamp())


class Card(Base):
    """One row a version of a champion's card: the title, and what they must answer to whom.

    answers  [{"to": who asks, "must_answer": what}, ...]
    """

    __tablename__ = "cards"
    __table_args__ = (sa.UniqueConstraint("title", "version"),)

    id: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    title: Mapped[str]
    version: Mapped[int]
    answers: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    who: Mapped[str]
    on: Mapped[date]
    replaces: Mapped[int | None] = replacing("cards")
    gone: Mapped[bool]
    at: Mapped[datetime] = mapped_column(server_default=sa.func.current_timestamp())
