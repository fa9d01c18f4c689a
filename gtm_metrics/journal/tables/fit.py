"""What people know of customers and no system holds: the profile, the lists, what was said, the criteria they set.

A row is corrected or taken back by another that names it in `replaces`; with `gone` nothing takes its place.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from gtm_metrics.journal.tables.base import JSON, Base, one_of, replacing

IDEAL, NEGATIVE = "ideal", "negative"
PROFILES = (IDEAL, NEGATIVE)
"""Whom one wants, and whom one does not want to sell to."""

NEVER, NOT_NOW = "never", "not_now"
LISTS = (NEVER, NOT_NOW)
"""Accounts set apart: for good, or until a day."""

CRITERIA = (
    "ready",
    "willing",
    "able",
    "can be made successful",
    "cost-effective to acquire",
    "room to grow",
    "will advocate",
)
"""The seven criteria of an ideal customer (Lincoln Murphy)."""


class Profile(Base):
    """One row a version of a profile.

    version   counts a kind's versions from 1
    rules     [{"dimension": name, "segments": [value, ...]}, ...]: an account fits when all hold
    evidence  what stood behind it that day: a row a trait, with its counts
    """

    __tablename__ = "profiles"
    __table_args__ = (one_of("kind", PROFILES), sa.UniqueConstraint("kind", "version"))

    id: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    kind: Mapped[str]
    version: Mapped[int]
    sentence: Mapped[str]
    rules: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    evidence: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    why: Mapped[str]
    who: Mapped[str]
    on: Mapped[date]
    replaces: Mapped[int | None] = replacing("profiles")
    gone: Mapped[bool]
    at: Mapped[datetime] = mapped_column(server_default=sa.func.current_timestamp())


class Listed(Base):
    """One row an account on a list. `until` is the first day on which "not now" no longer holds; null is open."""

    __tablename__ = "lists"
    __table_args__ = (one_of("kind", LISTS),)

    id: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    kind: Mapped[str]
    account_id: Mapped[str]
    account: Mapped[str]
    until: Mapped[date | None]
    why: Mapped[str]
    who: Mapped[str]
    on: Mapped[date]
    replaces: Mapped[int | None] = replacing("lists")
    gone: Mapped[bool]
    at: Mapped[datetime] = mapped_column(server_default=sa.func.current_timestamp())


class Note(Base):
    """One row a thing that a customer said: one line, its theme, who heard it on which day."""

    __tablename__ = "notes"

    id: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    account_id: Mapped[str]
    account: Mapped[str]
    said: Mapped[str]
    theme: Mapped[str]
    who: Mapped[str]
    on: Mapped[date]
    replaces: Mapped[int | None] = replacing("notes")
    gone: Mapped[bool]
    at: Mapped[datetime] = mapped_column(server_default=sa.func.current_timestamp())


class Criterion(Base):
    """One row an answer of people to one of the seven criteria, where data do not speak."""

    __tablename__ = "criteria"
    __table_args__ = (one_of("criterion", CRITERIA),)

    id: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    criterion: Mapped[str]
    answer: Mapped[str]
    who: Mapped[str]
    on: Mapped[date]
    replaces: Mapped[int | None] = replacing("criteria")
    gone: Mapped[bool]
    at: Mapped[datetime] = mapped_column(server_default=sa.func.current_timestamp())
